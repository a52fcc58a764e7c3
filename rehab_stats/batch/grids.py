"""Many sets of parameters from a few lists: every combination of a grid, each with a folder of its own."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

MOST = 1000
"""More combinations than this are taken for a slip."""
UNFIT = re.compile(r"[^\w-]+")
"""What a folder's name does not hold; letters of any alphabet stay."""


def grid_sets(notebook: str, given: Mapping[str, Any], prefix: str = "") -> tuple[list[tuple[str, dict]], list[str]]:
    """The sets that parameters with a `grid` stand for, and why there are none.

    Parameters
    ----------
    notebook : str
        For the sentences.
    given : mapping
        Parameters with their values, and `grid`: parameter -> list of values.
    prefix : str
        Begins the name of every set.

    Returns
    -------
    sets : list of (str, dict)
        Name (the values in the order of the grid, joined by `_`) and parameters, the last list varying quickest.
    offences : list of str
    """
    fixed, grid = {name: value for name, value in given.items() if name != "grid"}, given["grid"]
    if not isinstance(grid, Mapping) or not grid:
        return [], [f"{notebook}: grid should hold parameters, each with a list of values"]
    offences = [
        f"{notebook}: grid.{name} should be a list of values, not empty; got {values!r}"
        for name, values in grid.items()
        if not isinstance(values, Sequence) or isinstance(values, str) or not len(values)
    ]
    offences += [f"{notebook}: {name!r} stands in the grid and beside it" for name in grid if name in fixed]
    if offences:
        return [], offences
    number = 1
    for values in grid.values():
        number *= len(values)
    if number > MOST:
        return [], [f"{notebook}: the grid has {number:,} combinations, more than {MOST:,}"]
    sets: dict[str, dict] = {}
    for values in itertools.product(*grid.values()):
        name = "_".join(filter(None, [prefix, *(UNFIT.sub("-", str(value)).strip("-") or "empty" for value in values)]))
        if name in sets:
            offences.append(f"{notebook}: two combinations of the grid are named {name!r}")
        sets[name] = fixed | dict(zip(grid, values, strict=True))
    return list(sets.items()), offences
