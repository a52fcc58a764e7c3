"""Repeated small extracts: what each analysis gives of persons drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rehab_stats.calibrate.analyses import estimate_cells, horizon_of
from rehab_stats.calibrate.parts import Part, generator
from rehab_stats.extract.cohort.access import access_cohort
from rehab_stats.extract.synthetic.simulate import simulate_extract

SCENARIOS = ("default", "equal", "reversed", "dalton")
REPLICATES = 2_000
BLOCK = 20
"""Replicates in a part: half a minute of one core."""


def replicate_parts(scenarios: Sequence[str], folder: Path, *, replicates: int = REPLICATES) -> list[Part]:
    """One part a block, so that all scenarios come along together; the last block may be shorter."""
    starts = range(0, replicates, BLOCK)
    return [
        Part(
            folder / f"replicates-{scenario}-{start:05d}-{min(start + BLOCK, replicates):05d}.parquet",
            replicate_block,
            (scenario, start, min(start + BLOCK, replicates)),
        )
        for start in starts
        for scenario in scenarios
    ]


def replicate_block(scenario: str, start: int, stop: int) -> pd.DataFrame:
    """The replicates numbered start, ..., stop - 1 below each other."""
    return pd.concat([replicate(scenario, number) for number in range(start, stop)], ignore_index=True)


def replicate(scenario: str, number: int) -> pd.DataFrame:
    """One extract of the scenario's own size, and what is repeated; the number alone decides its chance."""
    extract = simulate_extract(scenario, rng=generator("replicates", scenario, number), validate=False)
    cohort = access_cohort(extract, horizon_days=horizon_of(scenario))
    return estimate_cells(cohort, replicate=number).assign(scenario=scenario, replicate=number)
