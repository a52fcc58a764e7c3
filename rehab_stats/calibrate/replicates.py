"""Repeated small extracts: what each analysis gives of persons drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rehab_stats.calibrate.analyses import Resampling, estimate_cells
from rehab_stats.calibrate.parts import Part, generator
from rehab_stats.calibrate.studies import STUDIES
from rehab_stats.estimate.model.bootstrap import DRAWS

REPLICATES = 2_000
BLOCK = 20
"""Replicates in a part: half a minute of one core."""


def replicate_parts(study: str, scenarios: Sequence[str], folder: Path, *, replicates: int = REPLICATES) -> list[Part]:
    """One part a block, so that all scenarios come along together; the last block may be shorter."""
    starts = range(0, replicates, BLOCK)
    return [
        Part(
            folder / f"replicates-{study}-{scenario}-{start:05d}-{min(start + BLOCK, replicates):05d}.parquet",
            replicate_block,
            (study, scenario, start, min(start + BLOCK, replicates)),
        )
        for start in starts
        for scenario in scenarios
    ]


def replicate_block(study: str, scenario: str, start: int, stop: int) -> pd.DataFrame:
    """The replicates numbered start, ..., stop - 1 below each other."""
    return pd.concat([replicate(study, scenario, number) for number in range(start, stop)], ignore_index=True)


def replicate(study: str, scenario: str, number: int) -> pd.DataFrame:
    """One extract of the scenario's own size, and what is repeated; the number alone decides its chance.

    Studies analyse the same extracts. A bootstrap draws as many times as it does by default, from a stream of its own.
    """
    made_by = STUDIES[study]
    drawn = made_by.draw(scenario, None, generator("replicates", scenario, number))
    cohort = made_by.cohort(drawn, made_by.education_levels, made_by.days(scenario))
    resampling = Resampling(DRAWS, generator("replicates, draws", scenario, number))
    cells = estimate_cells(made_by, cohort, resampling, replicate=number)
    return cells.assign(scenario=scenario, replicate=number)
