"""What a municipality counts every half-year: deadlines, coverage, shares, funnels, charts over time, equity."""
