"""One row of estimates as a sentence: the only place where prose gets its numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.effect_wording import BEYOND, CHANGE, RATES, TIPS, change_label, delta_words, is_delta
from rehab_stats.measures import (
    AMOUNTS,
    HIDDEN,
    PERSON_MEASURES,
    REFERRALS,
    digits_of,
    format_estimate,
    format_estimate_interval,
    kind_of,
    missing_text,
    per_of,
)
from rehab_stats.monitoring_wording import IN_TIME, monitoring_gaps
from rehab_stats.pathway_wording import (
    ENDS,
    READING,
    is_counted,
    is_scenario,
    of_path,
    path_gaps,
    path_kind,
    unmeasured_words,
)
from rehab_stats.sentence_list import (
    AGAINST,
    AMONG,
    AT_DELTAS,
    AT_STAGE,
    AT_START,
    EXPECTED,
    HIDDEN_NUMBER,
    MEAN_CHANGE,
    MEAN_NUMBER_OF,
    MEAN_OF,
    NULL_INCLUDED,
    SENTENCES,
    SIGNED,
)
from rehab_stats.wording import (
    AT_A_COUNT,
    COMPONENTS,
    SMALLEST_SHOWN,
    basis_words,
    capital,
    code_words,
    context_within,
    format_count,
    is_small,
    measure_label,
    model_words,
    outcome_label,
    stratum_label,
    time_unit,
    time_words,
    timed_outcome,
)
from rehab_stats.words import LANGUAGES, format_number, label

BOTH = frozenset({"joint_odds_ratio", "joint_risk_ratio", "joint_risk"})
"""Measures of a level and a stratum together: the sentence names both in one breath."""
SAYS_STRATUM = BOTH | {name for name, words in (SENTENCES | SIGNED).items() if "{who}" in str(words)}
"""Measures whose sentences name the stratum themselves and are not opened with it."""
TIMES = frozenset({"restricted_mean", "mean_time_difference"})
"""Measures of how long, whose events are no sessions."""
UNCOUNTED = frozenset(
    {"count", "share", "at_risk", "observed_persons", "expected_persons"}
    | {"lowest_count", "highest_count", "lowest_share", "highest_share", *REFERRALS}
)
"""Measures whose sentences close without adjustment and counts."""


def sentence(row: pd.Series, context: Mapping, language: str) -> str:
    """One row as a sentence, small counts hidden; of a hidden estimate it says that it is, and of whom it would be.

    `row` may carry details: `n_reference` and `events_reference` are said where they are there, `reference_stratum` is
    what an interaction compares with, `expected_if_equal` what chance alone would give.
    """
    place = LANGUAGES.index(language) if language in LANGUAGES else 0
    if context.get("digits") and "digits" not in row:
        row = pd.concat([row, pd.Series({"digits": context["digits"]})])
    measure, hidden = row["measure"], _hidden(row)
    estimate, low, high = row["estimate"], row["conf_low"], row["conf_high"]
    if hidden and _value(row, estimate, hidden, language) == HIDDEN:
        return _opened(_hidden_number(row, context, language), row, context, language)
    kind = _kind(row, context)
    template = SENTENCES.get(kind, ("{measure}: {value} ({ci}), {a}",) * 2)
    if kind in SIGNED:
        # "lower by" takes the difference without its sign, limits turned with it; not where those tell of both
        turned = not hidden and estimate < 0 and not high > 0
        plain = hidden or (estimate < 0 and not turned)
        template = SIGNED[kind][None if plain else bool(estimate >= 0)]
        if turned:
            estimate, low, high = -estimate, -high, -low
    words = template[place]
    if not hidden and pd.isna(low) and pd.isna(high):  # a number that has no interval
        words = words.replace(" ({ci})", "")
    text = words.format(
        measure=label(measure, language),
        outcome=timed_outcome(row, context, language),
        value=_value(row, estimate, hidden, language),
        ci=_interval(row, low, high, hidden, language),
        at=format_number(row["at"], 0, language),
        rank=label(context.get("rank") or context.get("exposure") or "rank", language),
        ratio=label(row.get("of_measure") or "ratio", language),
        expected=_expected(row, hidden, language),
        **_whom(row, context, language),
        **_what(row, context, language),
        **path_gaps(row, context, language),
        **monitoring_gaps(row, language),
    )
    said, _, meaning = text.partition("; ")
    null = kind_of(measure).null
    if null is not None and not hidden and low <= null <= high:
        said += NULL_INCLUDED[place].format(null=format_number(null, 0, language))
    closing = f"; {meaning}." if meaning else "."
    return f"{_opened(said, row, context, language)}{_basis(row, context, language)}{closing}"


def _hidden_number(row: pd.Series, context: Mapping, language: str) -> str:
    """What a reader is told of a number that the disclosure rules took away: its name and the reason."""
    place, whom = LANGUAGES.index(language) if language in LANGUAGES else 0, _whom(row, context, language)
    what = measure_label(row["measure"], row["outcome"], context, language)
    outcome = timed_outcome(row, context, language).strip()
    number = format_number(row["at"], 0, language) if row["measure"] in AT_A_COUNT else ""
    inside = ", ".join(filter(None, [outcome, number]))
    compared = AGAINST[place].format(**whom) if whom["b"] else whom["a"]
    named = row["measure"] in SAYS_STRATUM - BOTH and whom["who"]
    strata = (
        AGAINST[place].format(a=whom["who"], b=whom["other"]) if isinstance(row.get("reference_stratum"), str) else ""
    )
    model = basis_words(row["model"], context_within(context, row["stratum"]), language)
    said = [f"{what} ({inside})" if inside else what, compared, (strata or whom["who"]) if named else "", model]
    minimum = max(int(context.get("protected") or 0), SMALLEST_SHOWN)
    return HIDDEN_NUMBER[place].format(minimum=minimum, what=", ".join(filter(None, said)))


def _value(row: pd.Series, estimate: float, hidden: bool, language: str) -> str:
    if not hidden:
        return format_estimate(estimate, row["measure"], language, digits=digits_of(row), per=per_of(row))
    told = np.isnan(estimate) and not is_small(row["n"]) and not is_small(row["events"])
    return missing_text(row, language) if told else HIDDEN


def _interval(row: pd.Series, low: float, high: float, hidden: bool, language: str) -> str:
    measure, told = row["measure"], {"digits": digits_of(row), "per": per_of(row)}
    interval = "" if hidden else format_estimate_interval(low, high, measure, language, **told)
    return interval if measure == "e_value" and interval else f"{label('ci', language)} {interval or HIDDEN}"


def _expected(row: pd.Series, hidden: bool, language: str) -> str:
    value = row.get("expected_if_equal")
    if hidden or value is None or pd.isna(value):
        return ""
    return EXPECTED[LANGUAGES.index(language)].format(value=format_estimate(value, row["measure"], language))


def _whom(row: pd.Series, context: Mapping, language: str) -> dict[str, str]:
    """Words for the level and the reference, and for the strata where the measure compares those."""
    level = code_words(row, "level", context, language) or label("total", language)
    reference = code_words(row, "reference", context, language)
    stratum, other = row["stratum"], row.get("reference_stratum")
    who = stratum_label(stratum, context, language) if stratum else ""
    compared = stratum_label(other, context, language) if isinstance(other, str) else label("reference", language)
    if row["measure"] in BOTH:
        level, reference = f"{level}, {who}", f"{reference}, {compared}"
    return {"a": level, "b": reference, "who": who, "other": compared}


def _is_stage(row: pd.Series, context: Mapping) -> bool:
    return row["outcome"] in (context.get("stages") or ())


def _kind(row: pd.Series, context: Mapping) -> str:
    """Under which name the sentence is: the measure, but a share of all at a stage is no risk.

    Nor is the ratio of numbers by an offset (days of opportunity) one of mean numbers.
    """
    if of_path(context):
        return path_kind(row, context)
    if row["measure"] == "rate_ratio" and context.get("offset_as") == "offset":
        return "rate_ratio_by_time"
    if row["measure"] == "tipping_delta":
        return "tips_nowhere" if np.isnan(row["estimate"]) else f"tips_{row['outcome']}"
    if row["measure"] == "detectable_difference" and not row["reference"]:
        return "detectable_change"
    if row["outcome"] in BEYOND:
        shares = {"risk": "beyond", "risk_difference": "beyond_difference", "risk_ratio": "beyond_ratio"}
        return shares.get(row["measure"], row["measure"])
    stage = {"risk": "stage", "risk_difference": "stage_difference"} if _is_stage(row, context) else {}
    return stage.get(row["measure"], row["measure"])


def _what(row: pd.Series, context: Mapping, language: str) -> dict[str, str]:
    """Words for what was counted, for the stages, and for the times within which something was measured."""
    unit, place = time_unit(context), LANGUAGES.index(language)
    stages = list(context.get("stages") or ())
    before = stages[: stages.index(row["outcome"])][-1:] if row["outcome"] in stages else []
    named = {code: outcome_label(code, context, language) for code in ("event", "competing")}
    category = code_words(row, "level", context, language)
    return named | {
        "mean_of": _mean_of(row, context, language),
        "moved": label(context.get("among") or "all", language, "among"),
        "did": label(row["outcome"] or "", language, "did"),
        "covariate": ": ".join(filter(None, [outcome_label(row["outcome"] or "", context, language), category])),
        "named": outcome_label(row["outcome"] or "", context, language),
        "before": AT_STAGE[place].format(stage=label(before[0], language)) if before else AT_START[place],
        "end": time_words(row["at"], context, language),
        "unit": label(unit, language),
        "one_unit": label(unit, language, "one_of"),
    }


def _mean_of(row: pd.Series, context: Mapping, language: str) -> str:
    """`the mean number of sessions attended within 180 days`; of what is no count, `the mean of ...`."""
    place = LANGUAGES.index(language) if language in LANGUAGES else 0
    if row["outcome"] == CHANGE or row["outcome"] in TIPS:
        return MEAN_CHANGE[place].format(outcome=change_label(context, language))
    of_parts = row["outcome"] in COMPONENTS
    outcome = timed_outcome(
        {**row, "outcome": context.get("outcome") if of_parts else row["outcome"]}, context, language
    )
    counted = of_parts or pd.notna(row.get("total", np.nan)) or row["measure"] == "rate_ratio"
    return (MEAN_NUMBER_OF if counted else MEAN_OF)[place].format(outcome=outcome)


def _hidden(row: pd.Series) -> bool:
    """Whether the estimate is hidden: by the disclosure rules, or here because it gives a small count away."""
    few = is_small(row["events"]) or (row["measure"] not in AMOUNTS and is_small(row["n"] - row["events"]))
    few = few or (row["measure"] in PERSON_MEASURES and is_small(row["estimate"]))
    return bool(np.isnan(row["estimate"]) or is_small(row["n"]) or few or _few_in_reference(row))


def _few_in_reference(row: pd.Series) -> bool:
    """Whether a contrast is with a level in which few had the event, or few had not."""
    n, events = (row.get(name) for name in ("n_reference", "events_reference"))
    if n is None or pd.isna(n):
        return False
    few_without = events is not None and row["measure"] not in AMOUNTS and is_small(n - events)
    return bool(is_small(n) or few_without or (events is not None and is_small(events)))


def _opened(text: str, row: pd.Series, context: Mapping, language: str) -> str:
    """The sentence with whom it is about before it: `Women: the hazard ...`, `Among those ...: the hazard ...`."""
    retold = (row["stratum"] or "").startswith("handling=")  # its words say of whom it is
    population = None if retold else context.get("population")
    among = AMONG[LANGUAGES.index(language)].format(population=label(population, language)) if population else ""
    supposed = unmeasured_words(row, language) if of_path(context) and pd.notna(row["at"]) else ""
    # sentences about a path say themselves which reading they are of
    said = supposed or (row["stratum"] or "").startswith(f"{READING}=")
    named = row["stratum"] and row["measure"] not in SAYS_STRATUM and not said
    stratum = _stratum_opening(row, context, language) if named else ""
    scenario = model_words(row["model"], context, language) if is_scenario(row["model"], context) else ""
    about = ", ".join(filter(None, [scenario, supposed, among, stratum]))
    return f"{capital(about)}: {text[:1].lower()}{text[1:]}" if about else capital(text)


def _stratum_opening(row: pd.Series, context: Mapping, language: str) -> str:
    """The stratum in words; of a tipping map both deltas."""
    if not is_delta(row["stratum"]):
        return stratum_label(row["stratum"], context, language)
    deltas = {"own": delta_words(f"={row['at']}", language), "other": delta_words(row["stratum"], language)}
    return AT_DELTAS[LANGUAGES.index(language)].format(**_whom(row, context, language) | deltas)


def _basis(row: pd.Series, context: Mapping, language: str) -> str:
    """How it was adjusted, on how many: `, adjusted for age (n = 3,322 with 773 events; reference 4,105 with 640)`."""
    if row["measure"] in UNCOUNTED or (row["measure"] == "mean" and not row["level"]):
        return ""
    adjusted = basis_words(row["model"], context_within(context, row["stratum"]), language)
    events = np.nan if row["outcome"] == "count_if_any" else row["events"]  # those with any are all persons there
    complete = row["outcome"] == CHANGE and events == row["n"]  # everybody of this estimate has both scores
    events = np.nan if complete else events
    own = _group(row["n"], events, language, _with_event(row, context, language))
    events = np.nan if row["outcome"] == "count_if_any" or complete else row.get("events_reference")
    compared = row["reference"] and row["reference"] not in ENDS  # both ends of a ladder are everybody's
    other = _group(row.get("n_reference"), events, language) if compared else ""
    counts = [f"n = {own}" if own else "", f"{label('reference', language)} {other}" if other else ""]
    counts = "; ".join(filter(None, counts))
    return (f", {adjusted}" if adjusted else "") + (f" ({counts})" if counts else "")


def _with_event(row: pd.Series, context: Mapping, language: str) -> str:
    """What stands behind the number of persons with the event: ` events`, ` who had any`, `, der havde mindst én`."""
    words = label(_what_events_are(row, context), language)
    return words if words.startswith(",") else f" {words}"


def _what_events_are(row: pd.Series, context: Mapping) -> str:
    if row["outcome"] == CHANGE or row["outcome"] in TIPS:
        return "with_both"
    if row["measure"] in IN_TIME:
        return "done_in_time"
    if of_path(context):
        return "with_any" if is_counted(row["outcome"], context) else "who_did"
    if row["measure"] in (AMOUNTS | {"zeros_observed", "zeros_expected"}) - TIMES:
        return "with_any"
    return "who_did" if _is_stage(row, context) or row["outcome"] in BEYOND or row["measure"] in RATES else "events"


def _group(n: float | None, events: float | None, language: str, unit: str = "") -> str:
    """`3,322 with 773 events`; events are left out where the rest of the group would be a small count."""
    if pd.isna(n):
        return ""
    known = pd.notna(events) and not is_small(n - events)
    return format_count(n, language) + (
        f" {label('with', language)} {format_count(events, language)}{unit}" if known else ""
    )
