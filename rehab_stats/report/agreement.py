"""These estimates beside those another program made of the same data: for readers who want to see it, not be told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from rehab_stats.measures import format_estimate, format_estimate_interval
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import View
from rehab_stats.words import label

REFERENCES = Path(__file__).resolve().parents[2] / "tests" / "reference"
"""Where the scripts in R and the numbers they wrote are kept."""

COMPARED = ("estimate", "std_error", "conf_low", "conf_high")
_KEYS = ["model", "measure", "level"]


def load_reference(name: str) -> Estimates:
    """Numbers that R gave, from `tests/reference/<name>.csv`; the script that wrote them lies beside them.

    Raises ValueError when there is no such file.
    """
    path = REFERENCES / f"{name}.csv"
    if not path.is_file():
        there = ", ".join(sorted(found.stem for found in REFERENCES.glob("*.csv")))
        raise ValueError(f"no reference {name!r} in tests/reference; there are {there}")
    rows = pd.read_csv(path, dtype={"level": str}).rename(columns={"case": "model"})
    return Estimates(rows, method=f"Numbers that R wrote, tests/reference/{path.name}.")


def largest_difference(estimates: Estimates, reference: Estimates) -> pd.Series:
    """Per row of the estimates, the largest relative difference in estimate, standard error and both limits.

    Raises ValueError when a row has no counterpart, or several, by model, measure and level.
    """
    here, there = (part.tidy().set_index(_KEYS)[list(COMPARED)] for part in (estimates, reference))
    absent = [" ".join(key) for key in here.index if key not in there.index]
    if absent or there.index.has_duplicates:
        raise ValueError(
            f"no single reference for {'; '.join(absent) or 'rows with the same model, measure and level'}"
        )
    there = there.loc[here.index]
    # absolute where the reference is all but nought
    return (np.abs(here - there) / np.maximum(np.abs(there), 1e-12)).max(axis=1).reset_index(drop=True)


def agreement(
    estimates: Estimates, reference: Estimates, *, by: str = "R", language: str = "en", tolerance: float = 1e-6
) -> View:
    """A table of each estimate here and by another program, and whether their largest relative difference is below the
    tolerance."""
    apart = largest_difference(estimates, reference)
    exposure = estimates.context.get("exposure", "")
    there = reference.tidy().set_index(_KEYS)
    lines = []
    for (_, row), difference in zip(estimates.tidy().iterrows(), apart, strict=True):
        lines.append(
            {
                label("model", language): label(row["model"], language),
                label("measure", language): label(row["measure"], language),
                label("level", language): label(row["level"], language, exposure),
                label("here", language): _with_interval(row, row["measure"], language),
                by: _with_interval(there.loc[tuple(row[_KEYS])], row["measure"], language),
                label("largest_difference", language): f"< {tolerance:g}"
                if difference < tolerance
                else f"{difference:.1g}",
            }
        )
    return View(pd.DataFrame(lines))


def _with_interval(row: pd.Series, measure: str, language: str) -> str:
    interval = format_estimate_interval(row["conf_low"], row["conf_high"], measure, language)
    return f"{format_estimate(row['estimate'], measure, language)} ({interval})"
