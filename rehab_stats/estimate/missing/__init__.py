"""What is missing: patterns, weights for who answered, imputation and its pooling."""
