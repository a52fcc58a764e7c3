"""How a row of estimates is put to people: rounded numbers, masked small counts, a table of words, a sentence.

The measures are sorted into families here once, because the family decides the scale of the standard error, the unit,
the number of decimals and what a small count would give away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd

from rehab_stats.words import LANGUAGES, format_interval, format_number, format_p, label

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


# variable -> how it is named in a list of what was adjusted for; others go by their label
SHORT_NAMES: dict[str, tuple[str, str]] = {
    "age": ("age", "alder"),
    "sex": ("sex", "køn"),
    "year": ("year", "år"),
    "diagnosis_group": ("cancer type", "kræftform"),
    "income_fifth": ("income", "indkomst"),
    "cohabiting": ("cohabitation", "samliv"),
    "children_at_home": ("children", "børn"),
}


def adjustment(model: str | None, context: Mapping, language: str = "en") -> str:
    """What a model is adjusted for: `age, sex and year`, `unadjusted`; nothing for a row without a model.

    The terms in `context["adjust"]` decide, so that a set without sex (within women) does not claim it; a model that is
    not there goes by its name.
    """
    adjust = context.get("adjust")
    terms = adjust.get(model) if isinstance(adjust, Mapping) else adjust if model == "adjusted" else None
    if terms is None:
        return label(model, language) if model else ""
    names = list(dict.fromkeys(_variable(term, language) for term in terms))
    return _listed(names, language) if names else label("crude", language)


def model_words(model: str | None, context: Mapping, language: str = "en") -> str:
    """The same as prose: `adjusted for age, sex and year`, `unadjusted`, `printed`."""
    words = adjustment(model, context, language)
    by_itself = {"", *(label(code, language) for code in ("crude", "adjusted", "published"))}
    return words if words in by_itself else f"{label('model', language)} {words}"


def _variable(term: str, language: str) -> str:
    """The variable in a formulaic term: `bs(age, df=4)` is age."""
    variable = re.sub(r"^\w+\((.*?)[,)].*$", r"\1", str(term))
    short = SHORT_NAMES.get(variable)
    return short[LANGUAGES.index(language)] if short else label(variable, language)


def _listed(names: Sequence[str], language: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {label('and', language)} {names[-1]}"


def capital(text: str) -> str:
    """The text with its first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def stratum_label(stratum: str, context: Mapping, language: str = "en") -> str:
    """The words for a stratum, which may name its column (`sex=female`); else that in the context, or the exposure."""
    column, _, code = stratum.rpartition("=")
    return label(code, language, column or context.get("stratum") or context.get("exposure", ""))


def code_words(row: pd.Series | Mapping, column: str, context: Mapping, language: str = "en") -> str:
    """The words for the code in one of the `TEXT_COLUMNS` of a row, looked up in the column that the code is from."""
    code = row[column]
    if not code:
        return ""
    if column == "outcome":
        return outcome_label(code, context, language)
    if column == "model":
        return adjustment(code, context, language)
    if column == "stratum":
        return stratum_label(code, context, language)
    # a category that is counted is one of the column described
    described = column == "level" and row["measure"] in {"count", "share"}
    own = "" if column == "measure" else row["outcome"] if described else context.get("exposure", "")
    return label(code, language, own or "")


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
    hidden_count = is_small(rows["n"]) | is_small(rows["events"]) | is_small(rows["n"] - rows["events"])
    hidden = is_small(rows["n"]) | (hidden_count & rows["measure"].isin(COUNTING_MEASURES))
    records = rows.to_dict("records")
    text = {column: [code_words(row, column, context, language) for row in records] for column in TEXT_COLUMNS}
    text["at"] = [format_number(value, 0, language) for value in rows["at"]]
    text["estimate"] = [
        "" if masked else format_estimate(value, measure, language) + _unit(measure)
        for value, measure, masked in zip(rows["estimate"], rows["measure"], hidden, strict=True)
    ]
    text["ci"] = [
        "" if masked else format_estimate_interval(low, high, measure, language)
        for low, high, measure, masked in zip(rows["conf_low"], rows["conf_high"], rows["measure"], hidden, strict=True)
    ]
    if "df" in rows:
        text["df"] = [format_number(value, 0, language) for value in rows["df"]]
    text["p_value"] = [
        "" if masked else format_p(value, language) for value, masked in zip(rows["p_value"], hidden, strict=True)
    ]
    text["n"] = [format_count(value, language) for value in rows["n"]]
    # events next to n show the rest of the group too: hidden when either part is small
    text["events"] = [
        "" if masked and not is_small(value) else format_count(value, language)
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
    None: (  # hidden: which of the two would tell the sign
        "The difference in risk of {outcome} between {a} and {b} was {value} percentage points ({ci})",
        "Forskellen i risiko for {outcome} mellem {a} og {b} var {value} procentpoint ({ci})",
    ),
}
NULL_INCLUDED = ("; the interval includes {null}", "; intervallet rummer {null}")
AMONG = ("Among those {population}", "Blandt dem, der er {population}")
HIDDEN = "–"


def sentence(row: pd.Series, context: Mapping, language: str) -> str:
    """One row as a sentence; the only place where prose gets its numbers.

    `row` may carry details: `n_reference` and `events_reference` are said where they are there.
    """
    place = LANGUAGES.index(language) if language in LANGUAGES else 0
    measure = row["measure"]
    estimate, low, high = row["estimate"], row["conf_low"], row["conf_high"]
    hidden = _hidden(row)
    template = SENTENCES.get(measure, ("{measure}: {value} ({ci}), {a}",) * 2)
    if measure == "risk_difference":
        template = HIGHER_LOWER[None if hidden else bool(estimate >= 0)]
        if estimate < 0:  # "lower by" takes the difference without its sign, limits turned with it
            estimate, low, high = -estimate, -high, -low
    interval = format_estimate_interval(low, high, measure, language)
    words = {
        "measure": label(measure, language),
        "outcome": _timed_outcome(row, context, language),
        "value": HIDDEN if hidden else format_estimate(estimate, measure, language),
        "ci": f"{label('ci', language)} {HIDDEN if hidden or not interval else interval}",
        "a": code_words(row, "level", context, language) or label("total", language),
        "b": code_words(row, "reference", context, language),
    }
    text = template[place].format(**words)
    null = 1 if measure in RATIO_MEASURES else 0 if measure == "risk_difference" else None
    if null is not None and not hidden and low <= null <= high:
        text += NULL_INCLUDED[place].format(null=null)
    return f"{_opened(text, row, context, language)}{_basis(row, context, language)}."


def _hidden(row: pd.Series) -> bool:
    """Whether the estimate is hidden: by the disclosure rules, or here because it gives a small count away."""
    few = is_small(row["events"]) or is_small(row["n"] - row["events"])
    return bool(np.isnan(row["estimate"]) or is_small(row["n"]) or (row["measure"] in COUNTING_MEASURES and few))


def _opened(text: str, row: pd.Series, context: Mapping, language: str) -> str:
    """The sentence with whom it is about before it: `Women: the hazard ...`, `Among those ...: the hazard ...`."""
    population = context.get("population")
    among = AMONG[LANGUAGES.index(language)].format(population=label(population, language)) if population else ""
    stratum = stratum_label(row["stratum"], context, language) if row["stratum"] else ""
    about = ", ".join(filter(None, [among, stratum]))
    return f"{capital(about)}: {text[:1].lower()}{text[1:]}" if about else text


def _basis(row: pd.Series, context: Mapping, language: str) -> str:
    """How it was adjusted, on how many: `, adjusted for age (n = 3,322 with 773 events; reference 4,105 with 640)`."""
    if row["measure"] in {"count", "share"}:
        return ""
    adjusted = model_words(row["model"], context, language)
    own = _group(row["n"], row["events"], language, f" {label('events', language)}")
    other = _group(row.get("n_reference"), row.get("events_reference"), language) if row["reference"] else ""
    counts = [f"n = {own}" if own else "", f"{label('reference', language)} {other}" if other else ""]
    counts = "; ".join(filter(None, counts))
    return (f", {adjusted}" if adjusted else "") + (f" ({counts})" if counts else "")


def _group(n: float | None, events: float | None, language: str, unit: str = "") -> str:
    """`3,322 with 773 events`; events are left out where the rest of the group would be a small count."""
    if pd.isna(n):
        return ""
    known = pd.notna(events) and not is_small(n - events)
    return format_count(n, language) + (
        f" {label('with', language)} {format_count(events, language)}{unit}" if known else ""
    )
