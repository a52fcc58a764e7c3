"""What a notebook's numbers came from: data, seed and versions, for the last cell."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

import pandas as pd

from rehab_stats.wording import View

PACKAGES = ("rehab-stats", "pandas", "numpy", "scipy", "statsmodels", "lifelines", "formulaic", "matplotlib", "seaborn")


def provenance(*, data: str = "", checksum: str = "", **parameters: object) -> View:
    """A table of the data's name and checksum, the parameters given (such as the seed), and the versions in use."""
    given: Mapping[str, object] = {"data": data, "SHA-256": checksum} | parameters
    rows = {name: str(value) for name, value in given.items() if str(value)}
    rows |= {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    return View(pd.DataFrame({"what": list(rows), "which": list(rows.values())}))
