"""How long count models of 100,000 rows take: beside statsmodels row by row, and beside the likelihood in a plain loop.

Run from the top of the repository: python tests/benchmarks/counts.py
It rewrites counts.md beside this file. Seconds depend on the machine; the ratio within one run means more. Not a test.
"""

from __future__ import annotations

import os
import platform
import sys
import time
import warnings
from collections.abc import Callable
from math import exp, lgamma, log, log1p
from pathlib import Path

import formulaic
import numpy as np
import pandas as pd
import statsmodels.api as sm

from rehab_stats.estimate.counts.attendance import rate_ratios, standardised_means
from rehab_stats.estimate.counts.count_fit import count_fits, rootogram
from rehab_stats.estimate.counts.count_likelihood import count_cells, fit_negative_binomial, joint_likelihood
from rehab_stats.estimate.counts.hurdle import hurdle
from rehab_stats.estimate.model.design_matrix import build_design

ROWS = 100_000
TERMS = ["bs(age, df=4)", "sex", "C(year)"]
THETA = 1.5


def attendances(rng: np.random.Generator) -> pd.DataFrame:
    """Invented rows of two per person: sessions attended, a third of them none, 70 % observed for all 180 days."""
    age = np.clip(rng.normal(64, 12, ROWS).round(), 30, 95).astype(int)
    data = pd.DataFrame({"age": age, "year": rng.integers(2009, 2013, ROWS), "person_id": np.arange(ROWS) // 2})
    for column, shares in {"education": [0.3, 0.4, 0.27, 0.03], "sex": [0.52, 0.48]}.items():
        codes = rng.choice(len(shares), ROWS, p=shares).astype(np.int8)
        data[column] = pd.Categorical.from_codes(codes, [f"{column}_{k}" for k in range(len(shares))], ordered=True)
    data["days"] = np.where(rng.random(ROWS) < 0.7, 180, rng.integers(1, 180, ROWS)).astype(float)
    mean = data["days"] / 30 * np.exp(0.1 * data["education"].cat.codes - 0.01 * (age - 64))
    data["sessions"] = (rng.random(ROWS) < 0.7) * rng.negative_binomial(THETA, THETA / (THETA + mean))
    return data


def plain_loop(predictor: np.ndarray, counts: np.ndarray) -> float:
    """The negative binomial log-likelihood at one place, row after row."""
    total = 0.0
    for eta, y in zip(predictor.tolist(), counts.tolist(), strict=True):
        mu = exp(eta)
        total += (
            lgamma(y + THETA) - lgamma(THETA) - lgamma(y + 1) + y * (eta - log(THETA)) - (y + THETA) * log1p(mu / THETA)
        )
    return total


def seconds(work: Callable[[], object], times: int = 2) -> tuple[float, object]:
    """The shortest of some runs, and what it gave; the first run also pays for imports."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        made = work()
        taken.append(time.perf_counter() - start)
    return min(taken), made


def main() -> None:
    """Time everything and write the table."""
    load = os.getloadavg()[0]
    data = attendances(np.random.default_rng(2015))
    calls = {"count": "sessions", "exposure": "education", "adjust": TERMS, "offset": "days"}
    counts, offset = data["sessions"].to_numpy(float), data["days"].to_numpy()
    design = build_design(data, exposure="education", terms=TERMS)
    cells = count_cells(design, counts, offset=offset)
    found = fit_negative_binomial(cells)
    place, predictor = found.fit.coefficients, cells.predictor(found.fit.coefficients)[cells.index]
    runs = {
        "rate_ratios, Poisson, robust": lambda: rate_ratios(data, **calls),
        "rate_ratios, negative binomial": lambda: rate_ratios(data, **calls, family="negative_binomial"),
        "rate_ratios, negative binomial, clustered": lambda: rate_ratios(
            data, **calls, family="negative_binomial", cluster="person_id"
        ),
        "standardised_means, negative binomial": lambda: standardised_means(data, **calls, family="negative_binomial"),
        "hurdle, negative binomial, clustered": lambda: hurdle(data, **calls, cluster="person_id"),
        "count_fits, four families": lambda: count_fits(data, **calls),
        "rootogram, four families": lambda: rootogram(data, **calls),
    }
    done = {name: seconds(work) for name, work in runs.items()}

    def by_rows() -> object:
        matrix = formulaic.model_matrix("education + " + " + ".join(TERMS), data).to_numpy()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of steps that overflow on the way
            start = np.append(found.fit.coefficients * 0, 1.0)
            start[0] = np.log(counts.sum() / offset.sum())
            model = sm.NegativeBinomial(counts, matrix, offset=np.log(offset))
            return model.fit(start_params=start, method="newton", maxiter=100, disp=0, tol=1e-10)

    plain, direct = seconds(by_rows, 1)
    ours = np.log(done["rate_ratios, negative binomial"][1].tidy()["estimate"]).to_numpy()
    grouped, (value, _, _) = seconds(lambda: joint_likelihood(cells, place, np.log(THETA), truncated=False), 5)
    looped, literal = seconds(lambda: plain_loop(predictor, counts), 1)
    apart = np.abs(ours - direct.params[1:4]).max()
    rows = [f"| {name} | {taken:.2f} | {plain / taken:.0f} |" for name, (taken, _) in done.items()]
    text = [
        "# Counts: 100,000 rows, one model",
        "",
        f"Written by counts.py. Python {platform.python_version()}, numpy {np.__version__}; {os.cpu_count()} cores, "
        f"load average before the run {load:.1f}.",
        f"{ROWS:,} rows, {design.patterns:,} covariate patterns, {len(cells.size):,} cells of pattern and offset, "
        f"{len(design.names)} coefficients.",
        f"Largest difference of a log rate ratio from statsmodels row by row: {apart:.0e}; "
        f"of theta: {abs(1 / direct.params[-1] / found.theta - 1):.0e} of itself.",
        f"One negative binomial log-likelihood in a plain loop: {looped:.3f} s; grouped, with all first and second "
        f"derivatives: {grouped:.4f} s, {looped / grouped:.0f} times as fast, {abs(value / literal - 1):.0e} apart.",
        "",
        "| work | seconds | statsmodels' one negative binomial row by row takes, times as long |",
        "| --- | --- | --- |",
        *rows,
        f"| statsmodels NegativeBinomial row by row, matrix included | {plain:.2f} | 1 |",
        "",
    ]
    Path(__file__).with_suffix(".md").write_text("\n".join(text), encoding="utf-8")
    sys.stdout.write("\n".join(text))


if __name__ == "__main__":
    main()
