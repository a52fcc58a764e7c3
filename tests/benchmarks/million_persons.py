"""How long a million persons take: logistic and Cox models of 28 parameters, beside statsmodels row by row.

Run from the top of the repository: python tests/benchmarks/million_persons.py
It rewrites million_persons.md beside this file. Seconds depend on the machine; the ratio within one run means more. Not
a test: a test that fails on a busy machine teaches nothing.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import formulaic
import numpy as np
import pandas as pd
import statsmodels.api as sm

from rehab_stats.estimate.access.gradient import hazard_ratios, odds_ratios, standardised_risks
from rehab_stats.estimate.model.design_matrix import build_design
from rehab_stats.estimate.model.fit import fit_logistic

PERSONS = 1_000_000
TERMS = ["bs(age, df=4)", "sex", "C(year)", "diagnosis_group", "income_fifth", "cohabiting", "children", "comorbidity"]
SHARES = {
    "education": [0.30, 0.40, 0.27, 0.03],
    "sex": [0.52, 0.48],
    "diagnosis_group": [0.22, 0.16, 0.12, 0.14, 0.04, 0.08, 0.24],
    "income_fifth": [0.2, 0.2, 0.2, 0.2, 0.2],
    "cohabiting": [0.45, 0.55],
    "children": [0.78, 0.10, 0.12],
    "comorbidity": [0.85, 0.15],
}


def persons(rng: np.random.Generator) -> pd.DataFrame:
    """A million invented persons with the columns of the cohort; ages as in a cancer register, days whole."""
    age = np.clip(rng.normal(66, 12, PERSONS).round(), 30, 99).astype(int)
    data = pd.DataFrame({"age": age, "year": rng.integers(2007, 2013, PERSONS)})
    for column, shares in SHARES.items():
        codes = rng.choice(len(shares), PERSONS, p=shares).astype(np.int8)
        data[column] = pd.Categorical.from_codes(codes, [f"{column}_{k}" for k in range(len(shares))], ordered=True)
    linear = (
        -1.8 + 0.15 * data["education"].cat.codes - 0.0015 * (age - 55) ** 2 / 2 + 0.3 * data["cohabiting"].cat.codes
    )
    data["referred"] = (rng.random(PERSONS) < 1 / (1 + np.exp(-linear))).astype(int)
    referral, end = rng.exponential(2000 * np.exp(-linear - 1.8)), rng.uniform(100, 2000, PERSONS)
    data["days"] = np.ceil(np.minimum(referral, end))
    data["event"] = (referral <= end).astype(int)
    data["entry_days"] = np.where(rng.random(PERSONS) < 0.3, np.floor(data["days"] * rng.random(PERSONS)), 0)
    data["person_id"] = np.arange(PERSONS) // 2
    return data


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    """The shorter of two runs, and what it gave; the first run also pays for imports."""
    taken = []
    for _ in range(2):
        start = time.perf_counter()
        made = work()
        taken.append(time.perf_counter() - start)
    return min(taken), made


def main() -> None:
    """Time everything and write the table."""
    load = os.getloadavg()[0]  # how busy the machine was with other work: above 1 the seconds say little
    data = persons(np.random.default_rng(2015))
    logistic = {"outcome": "referred", "exposure": "education", "adjust": TERMS}
    survival = {"duration": "days", "event": "event", "exposure": "education", "adjust": TERMS, "entry": "entry_days"}
    outcome = data["referred"].to_numpy(float)
    design = build_design(data, exposure="education", terms=TERMS)
    runs = {
        "model matrix over covariate patterns": lambda: build_design(data, exposure="education", terms=TERMS),
        "logistic likelihood maximised on it": lambda: fit_logistic(design, outcome),
        "odds_ratios, whole call": lambda: odds_ratios(data, **logistic),
        "odds_ratios, clustered": lambda: odds_ratios(data, **logistic, cluster="person_id"),
        "standardised_risks, covariates sampled": lambda: standardised_risks(data, **logistic, covariates="sampled"),
        "hazard_ratios, delayed entry, with the proportional-hazards test": lambda: hazard_ratios(data, **survival),
        "hazard_ratios, the same, clustered": lambda: hazard_ratios(data, **survival, cluster="person_id"),
    }
    found = {name: seconds(work) for name, work in runs.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    formula = " + ".join(["education", *TERMS])

    def by_rows() -> object:
        matrix = formulaic.model_matrix(formula, data)
        return sm.GLM(outcome, matrix.to_numpy(), family=sm.families.Binomial()).fit(tol=1e-12)

    start = time.perf_counter()
    direct = by_rows()
    plain = time.perf_counter() - start
    here = found["odds_ratios, whole call"]
    difference = np.abs(np.log(here[1].tidy()["estimate"]).to_numpy() - direct.params[1:4]).max()
    about = here[1].diagnostics
    rows = [f"| {name} | {taken:.2f} | {plain / taken:.1f} |" for name, (taken, _) in found.items()]
    text = [
        "# A million persons, one model",
        "",
        f"Written by million_persons.py. Python {platform.python_version()}, numpy {np.__version__}; "
        f"{os.cpu_count()} cores, load average before the run {load:.1f}.",
        f"{about['rows_used']:,} persons, {about['parameters']} parameters, {about['patterns']:,} covariate patterns; "
        f"peak memory of ours {peak:.1f} GiB.",
        f"Largest difference of a log odds ratio from statsmodels row by row: {difference:.0e}.",
        "",
        "| work | seconds | statsmodels row by row takes, times as long |",
        "| --- | --- | --- |",
        *rows,
        f"| statsmodels GLM row by row, matrix included | {plain:.2f} | 1.0 |",
        "",
    ]
    Path(__file__).with_suffix(".md").write_text("\n".join(text), encoding="utf-8")
    sys.stdout.write("\n".join(text))


if __name__ == "__main__":
    main()
