"""Estimators: one estimand per function, knowing nothing of extracts, files or figures."""
