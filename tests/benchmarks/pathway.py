"""How long 2,000 bootstrap draws of the pathway take on the default extract, beside refits row by row in statsmodels.

Run from the top of the repository: python tests/benchmarks/pathway.py
A bar shows how far the draws are. It rewrites pathway.md beside this file. Seconds depend on the machine; the ratio
within one run means more. Not a test.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import statsmodels.api as sm

from rehab_stats import load_extract, named_scenarios, pathway, pathway_adjustment, pathway_cohort, scenario
from rehab_stats.estimate.model.design_matrix import build_design
from rehab_stats.estimate.pathway.stages import COUNT, read_journeys

DRAWS, PLAIN_DRAWS = 2_000, 400
MODEL = "age_sex_year"


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    """How long it took, and what it gave."""
    start = time.perf_counter()
    made = work()
    return time.perf_counter() - start, made


def row_by_row(rows, stages, terms, draws: int) -> np.ndarray:
    """Plain bootstrap of the last quantities: every stage a GLM on the rows drawn, predicted for all rows."""
    journeys = read_journeys(rows, stages)
    frame = rows.assign(education=rows["education"].cat.remove_unused_categories())
    design = build_design(frame, exposure="education", terms=terms)
    matrix, columns = design.matrix[design.index], design.terms["education"]
    levels = frame["education"].cat.codes.to_numpy()
    found = []
    for stream in np.random.default_rng(2015).spawn(draws):
        times = np.bincount(stream.integers(0, len(rows), len(rows)), minlength=len(rows)).astype(float)
        product = np.ones((len(rows), levels.max() + 1))
        for place, stage in enumerate(journeys.stages):
            size = journeys.size[place] * times
            here = size > 0
            family = sm.families.Poisson() if stage.kind == COUNT else sm.families.Binomial()
            mean = journeys.value[place][here] / journeys.size[place][here]
            fit = sm.GLM(mean, matrix[here], family=family, freq_weights=size[here]).fit()
            for level in range(product.shape[1]):
                there = matrix.copy()
                there[:, columns] = -design.centre[columns]
                if level:
                    there[:, columns[level - 1]] += 1
                product[:, level] *= fit.predict(there)
        found.append(times @ product / times.sum())
    return np.array(found)


def main() -> None:
    """Time everything and write the table."""
    load = os.getloadavg()[0]
    cohort = pathway_cohort(load_extract())
    rows, stages = cohort.session_set, cohort.session_stages
    terms = pathway_adjustment(persons=rows)[MODEL]
    call = {"stages": stages, "exposure": "education", "adjust": terms, "draws": DRAWS}
    changes = named_scenarios(rows, stages=stages, exposure="education", adjust=terms)
    plain, _ = seconds(lambda: row_by_row(rows, stages, terms, PLAIN_DRAWS))
    plain *= DRAWS / PLAIN_DRAWS
    works = {
        "pathway, sequential reading": lambda: pathway(rows, **call),
        "the same, two threads": lambda: pathway(rows, **call, workers=2),
        "pathway, Shapley reading": lambda: pathway(rows, **call, reading="shapley"),
        f"scenario, {len(changes)} scenarios at once": lambda: scenario(rows, **call, change=changes),
    }
    done = {name: seconds(work) for name, work in works.items()}
    patterns = done["pathway, sequential reading"][1].diagnostics["patterns"]
    lines = [f"| {name} | {taken:.1f} | {plain / taken:.0f} |" for name, (taken, _) in done.items()]
    text = [
        f"# Pathway: {DRAWS:,} bootstrap draws, all stages refitted",
        "",
        f"Written by pathway.py. Python {platform.python_version()}, numpy {np.__version__}; {os.cpu_count()} cores, "
        f"load average before the run {load:.1f}.",
        f"Default extract: {len(rows):,} persons at the start, {patterns:,} covariate patterns, {len(stages)} stages.",
        "",
        "| work | seconds | refits row by row take, times as long |",
        "| --- | --- | --- |",
        *lines,
        f"| statsmodels GLM row by row ({PLAIN_DRAWS} draws timed, times {DRAWS // PLAIN_DRAWS}) | {plain:.1f} | 1 |",
        "",
    ]
    Path(__file__).with_suffix(".md").write_text("\n".join(text), encoding="utf-8")
    sys.stdout.write("\n".join(text))


if __name__ == "__main__":
    main()
