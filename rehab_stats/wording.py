"""How a row of estimates is put to people: rounded numbers, masked small counts, a table of words, a sentence.

The measures are sorted into families here once, because the family decides the scale of the standard error, the unit,
the number of decimals and what a small count would give away.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
import pandas as pd

from rehab_stats.words import format_interval, format_number, format_p, label

TEXT_COLUMNS = ("outcome", "model", "measure", "level", "reference", "stratum")

RATIO_MEASURES = frozenset({"odds_ratio", "hazard_ratio", "risk_ratio"})
"""Measures whose std_error is that of the logarithm, whose axis is logarithmic and whose null is 1."""
PERCENT_MEASURES = frozenset({"risk", "share", "risk_difference"})
"""Measures kept as proportions and shown in percent (a difference in percentage points)."""
COUNTING_MEASURES = frozenset({"count", "share", "risk"})
"""Measures from which a small count can be read off: the estimate is hidden together with the count."""

SMALLEST_SHOWN = 5
"""Counts of 1 to 4 persons are hidden in every view; zero and 5 or more are shown."""


class Prose(list):
    """Sentences; a notebook shows them as a list, one a line."""

    def _repr_markdown_(self) -> str:
        return "\n".join(f"- {text}" for text in self)


def is_small(count: pd.Series | float) -> pd.Series | bool:
    """Whether a count of persons is hidden: 1 to 4, not zero, not missing."""
    return (count > 0) & (count < SMALLEST_SHOWN)


def format_estimate(value: float, measure: str, language: str = "en") -> str:
    """An estimate as print writes it: ratios with two decimals, risks in percent with one, counts whole."""
    if measure in PERCENT_MEASURES:
        return format_number(value * 100, 1, language)
    return format_number(value, _digits(measure), language)


def format_estimate_interval(low: float, high: float, measure: str, language: str = "en") -> str:
    """The 95 % interval of a measure as print writes it, in the unit of `format_estimate`."""
    scale, digits = (100, 1) if measure in PERCENT_MEASURES else (1, _digits(measure))
    return format_interval(low * scale, high * scale, digits, language)


def _digits(measure: str) -> int:
    return 0 if measure == "count" else 2 if measure in RATIO_MEASURES else 1


class View:
    """A rounded, masked table of words: `.frame` holds text only."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def __repr__(self) -> str:
        return self.frame.to_string(index=False)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.frame.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n"
            for row in self.frame.itertuples(index=False)
        )
        return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"


def outcome_label(outcome: str, context: Mapping, language: str = "en") -> str:
    """The words for an outcome; what `event` and `competing` stand for depends on the event column they came from."""
    return label(outcome, language, context.get("outcome", ""))


def _timed_outcome(row: pd.Series, context: Mapping, language: str) -> str:
    """The outcome, with its horizon where the context knows one: a hazard has none, odds and risks do."""
    words = outcome_label(row["outcome"], context, language)
    days = context.get("horizon_days")
    if not days or row["measure"] == "hazard_ratio":
        return words
    return f"{words} {label('within', language)} {format_number(days, 0, language)} {label('days', language)}"


def shown(rows: pd.DataFrame, context: Mapping, language: str) -> pd.DataFrame:
    """The rows as text: columns that are empty throughout are left out."""
    exposure = context.get("exposure", "")
    hidden_count = is_small(rows["n"]) | is_small(rows["events"]) | is_small(rows["n"] - rows["events"])
    hidden = is_small(rows["n"]) | (hidden_count & rows["measure"].isin(COUNTING_MEASURES))
    text = {
        column: [label(code, language, exposure) if code else "" for code in rows[column]] for column in TEXT_COLUMNS
    }
    text["outcome"] = [outcome_label(code, context, language) if code else "" for code in rows["outcome"]]
    text["at"] = [format_number(value, 0, language) for value in rows["at"]]
    text["estimate"] = [
        "" if masked else format_estimate(value, measure, language) + _unit(measure)
        for value, measure, masked in zip(rows["estimate"], rows["measure"], hidden, strict=True)
    ]
    text["ci"] = [
        "" if masked else format_estimate_interval(low, high, measure, language)
        for low, high, measure, masked in zip(rows["conf_low"], rows["conf_high"], rows["measure"], hidden, strict=True)
    ]
    text["p_value"] = [format_p(value, language) for value in rows["p_value"]]
    text["n"] = [format_count(value, language) for value in rows["n"]]
    # events next to n show the rest of the group too: hidden when either part is small
    text["events"] = [
        f"1–{SMALLEST_SHOWN - 1}" if is_small(value) else "" if masked else format_number(value, 0, language)
        for value, masked in zip(rows["events"], hidden_count, strict=True)
    ]
    frame = pd.DataFrame(text).astype(str)
    frame = frame.loc[:, (frame != "").any()]
    return frame.rename(columns=lambda column: label(column, language))


def _unit(measure: str) -> str:
    return "" if measure not in PERCENT_MEASURES else " %" if measure != "risk_difference" else " pp"


def format_count(value: float, language: str = "en") -> str:
    """A count of persons, `1–4` in place of a small one, nothing for a missing one."""
    return f"1–{SMALLEST_SHOWN - 1}" if is_small(value) else format_number(value, 0, language)


# measure -> (English, Danish); {a} is the level, {b} the reference
SENTENCES: dict[str, tuple[str, str]] = {
    "hazard_ratio": (
        "The hazard of {outcome} was {value} times as high ({ci}) for {a} as for {b}",
        "Hazarden for {outcome} var {value} gange så høj ({ci}) for {a} som for {b}",
    ),
    "odds_ratio": (
        "The odds of {outcome} were {value} times as high ({ci}) for {a} as for {b}",
        "Odds for {outcome} var {value} gange så høje ({ci}) for {a} som for {b}",
    ),
    "risk_ratio": (
        "The risk of {outcome} was {value} times as high ({ci}) for {a} as for {b}",
        "Risikoen for {outcome} var {value} gange så høj ({ci}) for {a} som for {b}",
    ),
    "risk": (
        "The risk of {outcome} was {value} % ({ci}) for {a}",
        "Risikoen for {outcome} var {value} % ({ci}) for {a}",
    ),
    "share": ("{value} % of the persons: {a}", "{value} % af personerne: {a}"),
    "count": ("{value} persons: {a}", "{value} personer: {a}"),
    "mean": ("The mean was {value} for {a}", "Gennemsnittet var {value} for {a}"),
}
HIGHER_LOWER = {
    True: (
        "The risk of {outcome} was {value} percentage points higher ({ci}) for {a} than for {b}",
        "Risikoen for {outcome} var {value} procentpoint højere ({ci}) for {a} end for {b}",
    ),
    False: (
        "The risk of {outcome} was {value} percentage points lower ({ci}) for {a} than for {b}",
        "Risikoen for {outcome} var {value} procentpoint lavere ({ci}) for {a} end for {b}",
    ),
}
NULL_INCLUDED = ("; the interval includes no difference", "; intervallet rummer ingen forskel")


def sentence(row: pd.Series, context: Mapping, language: str) -> str:
    """One row as a sentence; the only place where prose gets its numbers."""
    exposure = context.get("exposure", "")
    place = 1 if language == "da" else 0
    measure = row["measure"]
    template = SENTENCES.get(measure, ("{measure}: {value} ({ci}), {a}",) * 2)
    estimate, low, high = row["estimate"], row["conf_low"], row["conf_high"]
    if measure == "risk_difference":
        template = HIGHER_LOWER[bool(estimate >= 0)]
        if estimate < 0:  # "lower by" takes the difference without its sign, limits turned with it
            estimate, low, high = -estimate, -high, -low
    hidden = is_small(row["n"]) or (
        measure in COUNTING_MEASURES and (is_small(row["events"]) or is_small(row["n"] - row["events"]))
    )
    interval = format_estimate_interval(low, high, measure, language)
    words = {
        "measure": label(measure, language),
        "outcome": _timed_outcome(row, context, language),
        "value": "–" if hidden else format_estimate(estimate, measure, language),
        "ci": f"{label('ci', language)} {'–' if hidden or not interval else interval}",
        "a": label(row["level"], language, exposure),
        "b": label(row["reference"], language, exposure),
    }
    text = template[place].format(**words)
    null = 1.0 if measure in RATIO_MEASURES else 0.0 if measure == "risk_difference" else None
    if null is not None and low <= null <= high:
        text += NULL_INCLUDED[place]
    return f"{_where(row, language)}{text}{_basis(row, language)}."


def _where(row: pd.Series, language: str) -> str:
    return f"{label(row['stratum'], language).capitalize()}: " if row["stratum"] else ""


def _basis(row: pd.Series, language: str) -> str:
    """How it was adjusted and on how many: `, adjusted for age, sex and year (n = 3,322; 773 events)`."""
    parts = []
    if row["model"] == "crude":
        parts.append(label("crude", language))
    elif row["model"] and row["model"] not in {"adjusted", "published"}:
        parts.append(f"{label('model', language)} {label(row['model'], language)}")
    elif row["model"]:
        parts.append(label(row["model"], language))
    if row["measure"] in {"count", "share"}:
        return ""
    counts = f"n = {format_count(row['n'], language)}" if np.isfinite(row["n"]) else ""
    if counts and np.isfinite(row["events"]) and not is_small(row["n"] - row["events"]):
        counts += f"; {format_count(row['events'], language)} {label('events', language)}"
    return (", " + ", ".join(parts) if parts else "") + (f" ({counts})" if counts else "")
