"""How much persons changed, under each handling of what is missing."""
