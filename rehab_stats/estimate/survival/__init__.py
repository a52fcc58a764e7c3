"""When: cumulative incidence, restricted means, horizons and censoring."""
