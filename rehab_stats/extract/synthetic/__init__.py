"""Synthetic persons whose truth is known: the mechanism, the tables it writes, and the answer key."""
