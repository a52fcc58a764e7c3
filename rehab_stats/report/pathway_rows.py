"""Rows of the pathway as its figures need them: by call and level, in the numbers they are printed in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.measures import (
    HIDDEN,
    digits_of,
    estimate_text,
    format_estimate,
    missing_text,
    per_of,
    scale_of,
)
from rehab_stats.report.phrases import outcome_words, phrase
from rehab_stats.wording import stratum_label
from rehab_stats.words import format_number

QUANTITY, GAIN, SHARE = "stage_quantity", "contribution", "share_of_total"
TOTAL = "total"
LAST = ("unknown", "missing")
"""Levels without a place on the ladder."""
ENDS = ["estimate", "conf_low", "conf_high"]
KEY = ["outcome", "model", "measure", "level", "stratum", "at"]


@dataclass(frozen=True)
class Story:
    """How a level's quantity comes about, from the reference's; `per`: for how many numbers are printed."""

    level: str
    reference: str
    model: str
    stratum: str | None
    stages: tuple[str, ...]
    start: pd.Series
    steps: tuple[pd.Series, ...]
    end: pd.Series
    total: pd.Series
    shares: Mapping[str, pd.Series]
    per: float

    @property
    def n(self) -> float:
        """Persons of the level at the start; NaN where hidden."""
        return self.total["n"]

    @property
    def n_reference(self) -> float:
        """Those of the reference."""
        return self.start["n"]


def number_text(row: pd.Series, language: str, *, signed: bool = False, full: bool = False) -> str:
    """An estimate in print, `+43.2`, and where it is `full` with its interval, `+43.2 (26.5 to 63.5)`."""
    if not np.isfinite(row["estimate"]):
        return missing_text(row, language)
    told = {"digits": digits_of(row), "per": per_of(row)}
    text = format_estimate(row["estimate"], row["measure"], language, **told)
    plus = "+" if signed and row["estimate"] > 0 and re.search("[1-9]", text) else ""
    return plus + (estimate_text(row, language, unit=row["measure"] == SHARE) if full else text)


def in_print(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with estimates and limits as they stand on an axis: times 100 diagnosed, for example."""
    times = rows.apply(scale_of, axis=1) if len(rows) else 1.0
    return rows.assign(**{name: rows[name] * times for name in ENDS})


def rows_by_call(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows of each call of `pathway` that was stacked: a new one begins where a row comes a second time.

    Raises ValueError where there is no contribution, and where a call has several strata.
    """
    if not (rows["measure"] == GAIN).any():
        raise ValueError("there is no row with the measure contribution to plot: pathway() gives them")
    if not (rows["measure"] == QUANTITY).any():
        raise ValueError("there is no row with the measure stage_quantity, where bars begin: pathway() gives them")
    rows = rows[rows["measure"].isin([QUANTITY, GAIN, SHARE])]
    calls, seen, call = [], set(), 0
    for key in rows[KEY].astype(str).itertuples(index=False):
        if key in seen:
            call, seen = call + 1, set()
        seen.add(key)
        calls.append(call)
    found = [part for _, part in rows.groupby(calls, sort=False)]
    for part in found:
        gains = part[part["measure"] == GAIN]
        twice = gains[gains.duplicated(["model", "level", "outcome"], keep=False)]
        if not twice.empty:
            raise ValueError(f"there are several contributions of {twice.iloc[0]['level']}: select one stratum")
    return found


def farthest_first(ladder: Sequence[str], levels: Sequence[str], reference: str) -> list[str]:
    """Levels ordered by how far from the reference they stand on the ladder; those without a place on it last."""
    place = {level: number for number, level in enumerate(ladder)}
    base = place.get(reference, 0)
    return sorted(levels, key=lambda level: (level in LAST, -abs(place.get(level, base) - base)))


def stories_of(rows: pd.DataFrame) -> list[Story]:
    """One for each model and level of a call.

    Raises ValueError where the quantity at the end of the path is not there for a level and its reference.
    """
    gains = rows[rows["measure"] == GAIN]
    stages = tuple(stage for stage in gains["outcome"].drop_duplicates() if stage != TOTAL)
    found = []
    for (model, level), mine in gains.groupby(["model", "level"], sort=False, dropna=False):
        reference = mine.iloc[0]["reference"]
        last = _by(rows, QUANTITY, model, outcome=stages[-1]).set_index("level")
        absent = [one for one in (reference, level) if one not in last.index]
        if absent or TOTAL not in set(mine["outcome"]):
            raise ValueError(f"there is no {QUANTITY} of {(absent or ['the total'])[0]} at {stages[-1]}")
        parts = mine.set_index("outcome", drop=False)
        shares = _by(rows, SHARE, model, level=level).set_index("outcome", drop=False)
        found.append(
            Story(
                level,
                reference,
                model,
                mine.iloc[0]["stratum"],
                stages,
                last.loc[reference],
                tuple(parts.loc[stage] for stage in stages),
                last.loc[level],
                parts.loc[TOTAL],
                {stage: row for stage, row in shares.iterrows()},
                per_of(mine.iloc[0]),
            )
        )
    return found


def _by(rows: pd.DataFrame, measure: str, model: str, **wanted: str) -> pd.DataFrame:
    keep = (rows["measure"] == measure) & (rows["model"] == model)
    for column, value in wanted.items():
        keep &= rows[column] == value
    return rows[keep]


def quantity_words(story: Story, context: Mapping, language: str) -> str:
    """The quantity at the end of the path: `sessions attended per 100 diagnosed`."""
    return per_words(story.stages[-1], story.per, context, language)


def per_words(outcome: str, per: float, context: Mapping, language: str) -> str:
    """An outcome per so many diagnosed, or of whom else the context says that they are at the start."""
    words, start = outcome_words(outcome, context, language), context.get("start", "diagnosed")
    return phrase(f"outcome_per_{start}", language, outcome=words, per=format_number(per, 0, language))


def with_n(words: str, n: float, language: str) -> str:
    """A level with its number of persons at the start, a dash where that is hidden."""
    return phrase("level_with_n", language, level=words, n=format_number(n, 0, language) or HIDDEN)


def reading_words(stratum: str | None, context: Mapping, language: str) -> str:
    """The stratum of a path, which names the reading: `reading: Shapley`; "" where there is none."""
    if not stratum:
        return ""
    words = stratum_label(stratum, context, language)
    return phrase("reading_of", language, reading=words) if stratum.startswith("reading=") else words
