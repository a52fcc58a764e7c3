"""From somebody's files to validated tables, and from those to one row per person."""
