"""From the diagnosis to the end of rehabilitation: at which step a gap arises, and what would close it."""
