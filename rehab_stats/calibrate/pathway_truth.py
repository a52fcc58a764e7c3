"""The exact truth of a world of the pathway: what `pathway` would give of all persons there could be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rehab_stats.estimate.pathway.reading_rows import READING, REORDERED
from rehab_stats.estimate.pathway.readings import READINGS, SEQUENTIAL, Reading, read
from rehab_stats.estimate.pathway.stages import TOTAL
from rehab_stats.extract.synthetic.pathway_frames import known_path
from rehab_stats.vocabulary import Estimates

NO_ERROR = 0.0
"""Standard error of a truth that nothing was drawn for."""


def true_pathway(
    world: str, *, reading: str, order: Sequence[str] = (), reference: str = "basic", model: str = ""
) -> Estimates:
    """Stage quantities, ratios, contributions and shares of the total in a world of `simulate_pathway`, by education.

    The reading is taken of the chances with which the persons are drawn, averaged over the shares of the covariate
    patterns among all persons: no simulation, and no model.

    Parameters
    ----------
    world : str
        A key of `pathway_frames.WORLDS`.
    reading : {"sequential", "shapley"}
    order : sequence of str
        As in `pathway`.
    reference : str
        Level of education.
    model : str
        What the column `model` says; empty: the reading, as of `pathway` with one set of terms.

    Returns
    -------
    Estimates
        The rows of `pathway` in its order, with std_error 0 and no limits, and a `share_of_total` of every stage.

    Raises
    ------
    ValueError
        No such world, reading or level; an order that is not one of all stages.

    Notes
    -----
    Checked by hand, and against a large draw, in tests/test_calibrate_pathway.py.
    """
    known = known_path(world)
    wanted = tuple(order) or known.stages
    if reading not in READINGS:
        raise ValueError(f"reading must be one of {', '.join(READINGS)}, not {reading!r}")
    if sorted(wanted) != sorted(known.stages):
        raise ValueError(f"order must name every stage once ({', '.join(known.stages)}), not {', '.join(wanted)}")
    if reference not in known.levels:
        raise ValueError(f"no level {reference!r}; there are {', '.join(known.levels)}")
    base = known.levels.index(reference)
    upper = [place for place in range(len(known.levels)) if place != base]
    places = [known.stages.index(stage) for stage in wanted]
    found = read(known.chances, known.share, base=base, upper=upper, reading=reading, order=places)
    rows = _rows(found, known.stages, known.levels, base, upper)
    told = REORDERED if reading == SEQUENTIAL and wanted != known.stages else reading
    frame = pd.DataFrame(rows).assign(model=model or told, stratum=f"{READING}={told}", std_error=NO_ERROR)
    context = {"outcome": known.stages[-1], "exposure": "education", "stages": list(known.stages)}
    context |= {"reading": reading, "stratum": READING}
    return Estimates(frame, method=f"Exact truth of the world {world}, {reading} reading.", context=context)


def _rows(
    found: Reading, stages: Sequence[str], levels: Sequence[str], base: int, upper: Sequence[int]
) -> list[dict[str, object]]:
    logs, parts = (np.concatenate([each, each.sum(axis=0, keepdims=True)]) for each in (found.logs, found.parts))
    rows = []
    for k, stage in enumerate([*stages, TOTAL]):
        if stage != TOTAL:
            rows += [_row(stage, "stage_quantity", levels[a], None, value) for a, value in enumerate(found.quantity[k])]
        for measure, values in (("stage_ratio", np.exp(logs)), ("log_contribution", logs), ("contribution", parts)):
            rows += [_row(stage, measure, levels[a], levels[base], values[k, i]) for i, a in enumerate(upper)]
    for i, a in enumerate(upper):
        shares = parts[:-1, i] / parts[-1, i]
        rows += [
            _row(stage, "share_of_total", levels[a], levels[base], share)
            for stage, share in zip(stages, shares, strict=True)
        ]
    return rows


def _row(stage: str, measure: str, level: str, reference: str | None, value: float) -> dict[str, object]:
    return {"outcome": stage, "measure": measure, "level": level, "reference": reference, "estimate": float(value)}
