"""From the tables of an extract to analysis sets: a row a person, and the flow that led there."""
