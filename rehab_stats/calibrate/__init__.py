"""Do the estimators find what was planted? Answer keys, repeated simulation and its judgement (`make calibrate`)."""
