"""Who is referred: ratios, standardised risks, indices of inequality, interaction."""
