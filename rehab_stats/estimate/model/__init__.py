"""What every estimator stands on: the rows used, the model matrix, likelihoods, rows of a result."""
