"""From files of any usual format to the tables of an extract, and to a pseudonymised copy of them."""
