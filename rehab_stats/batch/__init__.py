"""Floor 4: notebooks in batch: parameters checked, a process for each notebook, results renamed into place."""
