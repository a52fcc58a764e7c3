"""Rules on courses and appointments: whose they are, the order of their days, and what was registered of them."""

from __future__ import annotations

import numpy as np

from rehab_stats.extract.evidence import Evidence


def still_planned(e: Evidence) -> np.ndarray:
    """Which rows of appointments have the status `planned`: only they may lie after the extract date."""
    if not e.has("appointments", "status"):
        return np.zeros(len(e.tables.get("appointments", ())), dtype=bool)
    return (e.tables["appointments"]["status"] == "planned").to_numpy(dtype=bool)
