"""How rows of estimates are put to people: rounded numbers, masked small counts, words for codes, a table of words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from rehab_stats.effect_wording import BEYOND, CHANGE, DELTAS, TIPS, change_label, delta_words, is_delta
from rehab_stats.measures import (
    COUNTING_MEASURES,
    HIDDEN,
    PERSON_MEASURES,
    digits_of,
    format_estimate,
    format_estimate_interval,
    missing_text,
    per_of,
    unit_of,
)
from rehab_stats.monitoring_wording import NO_TIMES
from rehab_stats.pathway_wording import is_scenario, of_path, stage_words
from rehab_stats.refusal_words import reason_words
from rehab_stats.words import LANGUAGES, WORDS, format_number, format_p, label, place_of

TEXT_COLUMNS = ("outcome", "model", "measure", "level", "reference", "stratum")

SMALLEST_SHOWN = 5
"""Counts of 1 to 4 persons are hidden in every view; zero and 5 or more are shown."""


class Prose(list):
    """Sentences; a notebook shows them as a list, one a line."""

    def _repr_markdown_(self) -> str:
        return "\n".join(f"- {text}" for text in self)


def is_small(count: pd.Series | float) -> pd.Series | bool:
    """Whether a count of persons is hidden: 1 to 4, not zero, not missing."""
    return (count > 0) & (count < SMALLEST_SHOWN)


class View:
    """A rounded, masked table of words: `.frame` holds text only; `.notes` are lines under it."""

    def __init__(self, frame: pd.DataFrame, notes: Sequence[str] = ()) -> None:
        self.frame = frame
        self.notes = tuple(notes)

    def __repr__(self) -> str:
        return "\n".join([self.frame.to_string(index=False), *self.notes])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.frame.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n"
            for row in self.frame.itertuples(index=False)
        )
        notes = "".join(f"\n<p>{escape(note)}</p>" for note in self.notes)
        return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>{notes}"


# variable -> how it is named in a list of what was adjusted for; others go by their label
SHORT_NAMES: dict[str, tuple[str, str]] = {
    "age": ("age", "alder"),
    "sex": ("sex", "køn"),
    "year": ("year", "år"),
    "diagnosis_group": ("cancer type", "kræftform"),
    "income_fifth": ("income", "indkomst"),
    "cohabiting": ("cohabitation", "samlivsstatus"),
    "children_at_home": ("children", "børn"),
}


TOLD_APART = frozenset(
    {"who_came", "per_day", "days_as_covariate", "negative_binomial", "unregistered_missed", "interviewed"}
    | {"equal_baseline", "reliability_80", "complete_cases", "imputation"}
)
"""Models that differ from others in more than their terms: their name stands behind these."""


def adjustment(model: str | None, context: Mapping, language: str = "en") -> str:
    """What a model is adjusted for: `age, sex and year`, `unadjusted`; nothing for a row without a model.

    The terms in `context["adjust"]` decide, so that a set without sex (within women) does not claim it; a model that is
    not there goes by its name, as does a scenario, one of `TOLD_APART` by both: `age, sex and year; days as offset`.
    """
    if is_scenario(model, context):
        return label(model, language, "model")
    return _terms_words(model, context, language)


def _terms_words(model: str | None, context: Mapping, language: str) -> str:
    adjust = context.get("adjust")
    terms = adjust.get(model) if isinstance(adjust, Mapping) else adjust if model == "adjusted" else None
    if terms is None:
        return label(model, language) if model else ""
    words = terms_listed(terms, language) if len(terms) else label("crude", language)
    return f"{words}; {label(model, language, 'model')}" if model in TOLD_APART else words


def context_within(context: Mapping, stratum: str | None) -> Mapping:
    """The context as it is of one stratum: with the terms used there, where they are others than elsewhere."""
    own = (context.get("adjust_within") or {}).get(stratum)
    return {**context, "adjust": own} if own is not None else context


ALONE = ("crude", "adjusted", "published", "unweighted", "weighted")
"""Models that are no list of what was adjusted for."""


def model_words(model: str | None, context: Mapping, language: str = "en") -> str:
    """The same as prose: `adjusted for age, sex and year`, `unadjusted`, `printed`; a scenario by its name."""
    words = adjustment if is_scenario(model, context) else basis_words
    return words(model, context, language)


def basis_words(model: str | None, context: Mapping, language: str = "en") -> str:
    """What numbers are adjusted for, also those of a scenario: `adjusted for age, sex and year`."""
    words = _terms_words(model, context, language)
    by_itself = {"", *(label(code, language) for code in ALONE)}
    return words if words.split(";")[0] in by_itself else f"{label('model', language)} {words}"


def _variable(term: str, language: str) -> str:
    """The variable in a formulaic term: `bs(age, df=4)` is age."""
    variable = re.sub(r"^\w+\((.*?)[,)].*$", r"\1", str(term))
    short = SHORT_NAMES.get(variable)
    return short[LANGUAGES.index(language)] if short else label(variable, language)


def terms_listed(terms: Sequence[str], language: str = "en") -> str:
    """The variables of terms, each once: `age, sex and year`."""
    names = list(dict.fromkeys(_variable(term, language) for term in terms))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {label('and', language)} {names[-1]}"


def capital(text: str) -> str:
    """The text with its first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


AND = " & "
"""Between the parts of a stratum of several columns: `municipality=Herlev & sex=female`."""


def stratum_label(stratum: str, context: Mapping, language: str = "en") -> str:
    """The words for a stratum, which may name its column (`sex=female`); else that in the context, or the exposure."""
    if AND in stratum:
        return ", ".join(stratum_label(part, context, language) for part in stratum.split(AND))
    column, _, code = stratum.rpartition("=")
    if column == DELTAS:
        return f"{label(DELTAS, language)} {delta_words(stratum, language)}"
    return periods_words(
        label(code, language, column or context.get("stratum") or context.get("exposure", "")), language
    )


def periods_words(code: str, language: str = "en") -> str:
    """Several periods as one, `2023-H1..2024-H1`, in words; anything else as it is."""
    return code.replace("..", (" to ", " til ")[place_of(language)])


def code_words(row: pd.Series | Mapping, column: str, context: Mapping, language: str = "en") -> str:
    """The words for the code in one of the `TEXT_COLUMNS` of a row, looked up in the column that the code is from."""
    code = row[column]
    if not code:
        return ""
    if column == "outcome":
        return outcome_label(code, context, language)
    if column == "model":
        return adjustment(code, context_within(context, row.get("stratum")), language)
    if column == "stratum":
        return stratum_label(code, context, language)
    if column == "measure":
        return label(code, language, "beyond" if row["outcome"] in BEYOND else "")
    return label(code, language, _column_of(row, column, context))


OF_CATEGORIES = frozenset(
    {"count", "share", "standardised_difference", "lowest_count", "highest_count", "rate_per_year"}
)
"""Measures whose level is a category of the outcome, not a level of the exposure."""


def _column_of(row: pd.Series | Mapping, column: str, context: Mapping) -> str:
    """The column that the code of a level or a reference is from."""
    if column == "level" and row["measure"] in OF_CATEGORIES:
        return row["outcome"] or ""
    if column == "level" and row["measure"] == "concentration_index":
        return "kind"
    return context.get("exposure") or ""


COMPONENTS = frozenset({"booked", "cancelled_by_person", "cancelled_by_centre", "no_show", "total"})
"""Outcomes that are parts of a difference in attendance, or the whole of it."""


def measure_label(measure: str, outcome: str | None, context: Mapping, language: str = "en") -> str:
    """The words for a measure; a risk of reaching one of the context's `stages`, or of a change beyond a threshold, is
    a share of all."""
    if outcome in BEYOND:
        return label(measure, language, "beyond")
    return label(measure, language, "stage" if outcome in (context.get("stages") or ()) else "")


PARTS = frozenset({"any", "count_if_any"})
"""Outcomes of the two parts of a hurdle model: at least one, and how many of them."""


def outcome_label(outcome: str, context: Mapping, language: str = "en") -> str:
    """The words for an outcome; what `event` and `competing` stand for depends on the event column they came from."""
    column = context.get("outcome", "")
    if of_path(context):
        return stage_words(outcome, language)
    if outcome in PARTS and column and f"{column}={outcome}" not in WORDS:
        return f"{label(column, language)} ({label(outcome, language)})"
    if outcome == CHANGE:
        return change_label(context, language)
    kind = "component" if outcome in COMPONENTS else "tips" if outcome in TIPS else column
    return label(outcome, language, kind)


AT_A_COUNT = frozenset({"observed_persons", "expected_persons"})
"""Measures whose `at` is a number of sessions or visits, not a time."""
NO_TIME = AT_A_COUNT | {"detectable_difference"} | NO_TIMES
"""Measures whose `at` is no time: these, one whose `at` is an assumed spread, and limits for a size."""


def time_unit(context: Mapping) -> str:
    """The unit of the times of these estimates: `days` unless the context says another (`weeks` in the programme)."""
    return context.get("time_unit") or ("weeks" if context.get("outcome") == "leaving_event" else "days")


def time_origin(context: Mapping, language: str = "en") -> str:
    """From when the times of these estimates are counted, in words: the diagnosis unless the context says another."""
    usual = "first_session" if context.get("outcome") == "leaving_event" else "diagnosis"
    return label(context.get("time_origin") or usual, language, "time_origin")


def time_words(time: float, context: Mapping, language: str = "en") -> str:
    """A length of time with its unit: `365 days`, `26 weeks`."""
    unit = label(time_unit(context), language, "one_of" if time == 1 else "")
    return f"{format_number(time, 0, language)} {unit}"


def horizon_of(row: pd.Series | Mapping, context: Mapping) -> float | None:
    """Time within which the row's outcome counts: its own `at` (in the `time_unit`), else the days that the context
    gives; a hazard has none."""
    if "hazard_ratio" in {row["measure"], row.get("of_measure")} or is_delta(row.get("stratum")):
        return None
    timed = pd.notna(row["at"]) and row["measure"] not in NO_TIME and not of_path(context)  # there: a strength
    at = row["at"] if timed else context.get("horizon_days")
    return float(at) if at else None


def timed_outcome(row: pd.Series | Mapping, context: Mapping, language: str = "en") -> str:
    """The outcome of a row with its horizon, where it has one: `referral within 365 days`."""
    words = outcome_label(row["outcome"] or "", context, language)
    days = horizon_of(row, context)
    if days is None:
        return words
    own = pd.notna(row["at"])
    return f"{words} {label('within', language)} {time_words(days, context if own else {}, language)}"


def shown(rows: pd.DataFrame, context: Mapping, language: str) -> pd.DataFrame:
    """The rows as text: columns that are empty throughout are left out; without rows, why there are none."""
    if rows.empty:
        return pd.DataFrame({label("not_estimated", language): refusals(context, language)})
    hidden_count = is_small(rows["n"]) | is_small(rows["events"]) | is_small(rows["n"] - rows["events"])
    hidden = is_small(rows["n"]) | (hidden_count & rows["measure"].isin(COUNTING_MEASURES))
    hidden |= is_small(rows["estimate"]) & rows["measure"].isin(PERSON_MEASURES)
    records = with_digits(rows, context).to_dict("records")
    text = {column: [code_words(row, column, context, language) for row in records] for column in TEXT_COLUMNS}
    # a day is a whole number, a delta need not be
    text["at"] = [format_number(value, int(value % 1 != 0), language) for value in rows["at"]]
    text["estimate"] = ["" if masked else _number(row, language) for row, masked in zip(records, hidden, strict=True)]
    text["ci"] = ["" if masked else _limits(row, language) for row, masked in zip(records, hidden, strict=True)]
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


def with_digits(rows: pd.DataFrame, context: Mapping) -> pd.DataFrame:
    """The rows with `digits`, the decimals of the scale they are on, where the context or the rows themselves say."""
    if not context.get("digits") or "digits" in rows:
        return rows
    return rows.assign(digits=float(context["digits"]))


def _limits(row: Mapping, language: str) -> str:
    ends = row["conf_low"], row["conf_high"]
    return format_estimate_interval(*ends, row["measure"], language, digits=digits_of(row), per=per_of(row))


def _number(row: Mapping, language: str) -> str:
    text = format_estimate(row["estimate"], row["measure"], language, digits=digits_of(row), per=per_of(row))
    return text + unit_of(row, language) if text else missing_text(row, language).replace(HIDDEN, "")


def refusals(context: Mapping, language: str = "en") -> list[str]:
    """What was not estimated and why, a sentence each: `Women: not estimated: the rows ...`."""
    reasons = context.get("refused") or {}
    without = re.compile(r": [\d,]+ rows are not \(rows [^)]*\)")  # counts and places are for whoever mends the data
    reasons = (
        without.sub("", reasons) if isinstance(reasons, str) else {k: without.sub("", v) for k, v in reasons.items()}
    )
    words = label("not_estimated", language)
    if isinstance(reasons, str):
        reasons = {"not_estimated": reasons}
    said = [
        f"{capital(words)}: {_closed(reason, language)}"
        if key.split(".")[0] == "not_estimated"
        else f"{capital(_what_was_refused(key, context, language))}: {words}: {_closed(reason, language)}"
        for key, reason in reasons.items()
    ]
    return list(dict.fromkeys(said))


def _closed(reason: str, language: str) -> str:
    return reason_words(reason.rstrip().removesuffix("."), language) + "."


def _what_was_refused(key: str, context: Mapping, language: str) -> str:
    """A stratum, or a family of models with what it was adjusted for (`poisson.full`)."""
    family, _, model = key.partition(".")
    if model and model in (context.get("adjust") or {}):
        return f"{label(family, language)}, {model_words(model, context, language)}"
    return stratum_label(key, context, language)


def format_count(value: float, language: str = "en") -> str:
    """A count of persons, `1–4` in place of a small one, nothing for a missing one."""
    return f"1–{SMALLEST_SHOWN - 1}" if is_small(value) else format_number(value, 0, language)
