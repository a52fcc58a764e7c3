"""The judgement in words: data/synthetic/calibration.md."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.calibrate.analyses import Study
from rehab_stats.calibrate.judgement import FAILS, FAMILY, HOLDS, KEY_ERRORS, NEVER, NOMINAL

LINES = ("cells", "fail", "lowest coverage", "highest coverage", "largest bias", "SD / SE")
WHERE = ("model", "outcome", "level", "reference", "stratum", "at")


RUNG = "handling="
"""What the stratum of a rung of the ladder begins with."""
NUMBER_WORDS = {3: "three", 4: "four"}


def calibration_markdown(judged: pd.DataFrame, study: Study, *, seed: int) -> str:
    """The table of `judge` as a page: what was done, the rule, the range by measure, and every cell that fails."""
    verdicts = judged["verdict"].value_counts()
    failing = judged[judged["verdict"] == FAILS]
    never = judged[judged["verdict"] == NEVER]
    parts = [
        f"# Calibration of the estimators: {study.name}\n",
        _paragraph(judged, study, seed),
        _rule(),
        f"**{verdicts.get(HOLDS, 0):,} of {len(judged):,} cells hold, {len(failing):,} fail"
        + (f", {len(never):,} could not be estimated" if len(never) else "")
        + ".**\n",
        "## By scenario and measure\n",
        _markdown(_ranges(judged), numbers=len(LINES)),
        "\nBias is in standard errors of one extract. SD / SE is the spread of the estimates over the mean of their "
        "standard errors: above 1, the errors are too small. Lowest and highest coverage of many cells lie apart by "
        "chance too.\n",
        "## Cells that fail\n",
        _markdown(_listed(failing), numbers=4) if len(failing) else "None.",
    ]
    if len(never):
        parts += ["\n## Cells that could not be estimated\n", _markdown(_listed(never), numbers=4)]
    return "\n".join(parts) + "\n"


def _paragraph(judged: pd.DataFrame, study: Study, seed: int) -> str:
    levels = NUMBER_WORDS[study.education_levels]
    return (
        f"Written by `make calibrate`; one line a cell is in `{study.file}.csv`. In {_numbers(judged)} extracts of the "
        f"scenario's own size were simulated (seed {seed}, one stream a replicate) and "
        f"analysed as notebook {study.notebook} does, education in {levels} levels. A cell is one number of one "
        "analysis; it is held to the answer key: unless said otherwise, the limit of the same analysis with more and "
        "more persons. "
        f"{study.says}\n"
    )


def _numbers(judged: pd.DataFrame) -> str:
    """How many replicates, in which scenarios."""
    numbers = judged.groupby("scenario", sort=False)["replicates"].max()
    alike = [
        (number, ", ".join(f"`{name}`" for name in numbers.index[numbers == number])) for number in numbers.unique()
    ]
    if len(alike) == 1:
        return f"each of the scenarios {alike[0][1]}, {alike[0][0]:,}"
    return ", and in ".join(f"each of {names}, {number:,}" for number, names in alike)


def _rule() -> str:
    return (
        f"**Rule.** A cell fails when the exact interval of its coverage excludes {NOMINAL:.0%}. The intervals' levels "
        f"follow Holm's rule over all cells, so that if all held, one or more would fail with a chance of at most "
        f"{FAMILY:.0%}. The key has errors of its own: on the low side a cell is held to the coverage that a perfect "
        f"interval would have of a truth {KEY_ERRORS:g} of the key's standard errors away.\n"
    )


def _ranges(judged: pd.DataFrame) -> pd.DataFrame:
    """A line per scenario, analysis set, estimator, rung (where there are any) and measure."""
    rungs = [stratum.removeprefix(RUNG) if _is_rung(stratum) else "" for stratum in judged["stratum"]]
    by = ["scenario", "population", "estimator", *(["rung"] if any(rungs) else []), "measure"]
    rows = []
    for keys, cells in judged.assign(rung=rungs).groupby(by, sort=False):
        spread = cells["sd_over_std_error"]
        bias = cells["bias_in_std_errors"]
        largest = bias.iloc[np.argmax(bias.abs().fillna(0))]
        numbers = (
            f"{len(cells)}",
            f"{(cells['verdict'] == FAILS).sum()}",
            _percent(cells["coverage"].min()),
            _percent(cells["coverage"].max()),
            f"{largest:+.2f}",
            f"{spread.min():.2f} to {spread.max():.2f}",
        )
        rows.append(dict(zip(by, keys, strict=True)) | dict(zip(LINES, numbers, strict=True)))
    return pd.DataFrame(rows)


def _listed(cells: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scenario": cells["scenario"],
            "population": cells["population"],
            "estimator": cells["estimator"],
            "measure": cells["measure"],
            "cell": [", ".join(_word(row[name]) for name in WHERE if _word(row[name])) for _, row in cells.iterrows()],
            "coverage": [_percent(value) for value in cells["coverage"]],
            "exact interval": [
                f"{_percent(low)} to {_percent(high)}"
                for low, high in zip(cells["coverage_low"], cells["coverage_high"], strict=True)
            ],
            "bias": [f"{value:+.2f}" for value in cells["bias_in_std_errors"]],
            "SD / SE": [f"{value:.2f}" for value in cells["sd_over_std_error"]],
        }
    )


def _is_rung(stratum: object) -> bool:
    return isinstance(stratum, str) and stratum.startswith(RUNG)


def _word(code: object) -> str:
    if pd.isna(code):
        return ""
    return f"{code:g}" if isinstance(code, float) else str(code)


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _markdown(frame: pd.DataFrame, *, numbers: int) -> str:
    """A table in Markdown; the last columns are numbers, set flush right."""
    marks = ["---"] * (frame.shape[1] - numbers) + ["---:"] * numbers
    lines = [list(frame.columns), marks, *frame.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
