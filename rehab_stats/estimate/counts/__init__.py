"""How often: models of counts."""
