"""What a notebook's numbers came from: data, seed and versions, for the last cell."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

import pandas as pd

from rehab_stats.wording import View
from rehab_stats.words import label

PACKAGES = ("rehab-stats", "pandas", "numpy", "scipy", "statsmodels", "lifelines", "formulaic", "matplotlib", "seaborn")


def provenance(*, data: str = "", checksum: str = "", language: str = "en", **parameters: object) -> View:
    """A table of the data's name and checksum, the parameters given (such as the seed), and the versions in use.

    Parameters go by their names in words; what the extract says of itself, and names of packages, stay as they are.
    """
    given: Mapping[str, object] = {"data": data, "SHA-256": checksum} | parameters
    rows = {label(name, language): str(value) for name, value in given.items() if str(value)}
    rows |= {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    return View(pd.DataFrame({label("what", language): list(rows), label("which", language): list(rows.values())}))
