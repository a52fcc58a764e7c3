"""One row of estimates as a sentence: the only place where prose gets its numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.measures import (
    HIDDEN,
    PERSON_MEASURES,
    format_estimate,
    format_estimate_interval,
    kind_of,
    missing_text,
)
from rehab_stats.wording import (
    capital,
    code_words,
    context_within,
    format_count,
    is_small,
    model_words,
    stratum_label,
    timed_outcome,
)
from rehab_stats.words import LANGUAGES, format_number, label

_ODDS = (
    "The odds of {outcome} were {value} times as high ({ci}) for {a} as for {b}",
    "Odds for {outcome} var {value} gange så høje ({ci}) for {a} som for {b}",
)
_RISK_RATIO = (
    "The risk of {outcome} was {value} times as high ({ci}) for {a} as for {b}",
    "Risikoen for {outcome} var {value} gange så høj ({ci}) for {a} som for {b}",
)
_RISK = (
    "The risk of {outcome} was {value} % ({ci}) for {a}",
    "Risikoen for {outcome} var {value} % ({ci}) for {a}",
)
# measure -> (English, Danish); {a} is the level, {b} the reference, {who} the stratum, {other} the one compared with
SENTENCES: dict[str, tuple[str, str]] = {
    "hazard_ratio": (
        "The hazard of {outcome} was {value} times as high ({ci}) for {a} as for {b}",
        "Hazarden for {outcome} var {value} gange så høj ({ci}) for {a} som for {b}",
    ),
    "odds_ratio": _ODDS,
    "risk_ratio": _RISK_RATIO,
    "risk": _RISK,
    "joint_odds_ratio": _ODDS,
    "joint_risk_ratio": _RISK_RATIO,
    "joint_risk": _RISK,
    "share": ("{value} % of the persons: {a}", "{value} % af personerne: {a}"),
    "count": ("{value} persons: {a}", "{value} personer: {a}"),
    "mean": ("The mean was {value} for {a}", "Gennemsnittet var {value} for {a}"),
    "at_risk": (
        "{value} persons were under observation just before day {at}: {a}",
        "{value} personer var under observation lige før dag {at}: {a}",
    ),
    "ratio_of_odds_ratios": (
        "The odds ratio of {outcome}, {a} against {b}, was {value} times as high ({ci}) for {who} as for {other}",
        "Odds ratioen for {outcome}, {a} over for {b}, var {value} gange så høj ({ci}) for {who} som for {other}",
    ),
    "ratio_of_risk_ratios": (
        "The risk ratio of {outcome}, {a} against {b}, was {value} times as high ({ci}) for {who} as for {other}",
        "Risikoratioen for {outcome}, {a} over for {b}, var {value} gange så høj ({ci}) for {who} som for {other}",
    ),
    "reri": (
        "The relative excess risk of {outcome} due to interaction (RERI) of {a} with {who} was {value} ({ci}); "
        "0 would mean that the two add up",
        "Den relative overrisiko for {outcome} ved interaktion (RERI) mellem {a} og {who} var {value} ({ci}); "
        "0 ville betyde, at de to lægges sammen",
    ),
    "attributable_proportion": (
        "Of the ratio of {outcome} for {a} and {who} together, {value} % ({ci}) is attributable to interaction",
        "Af ratioen for {outcome} ved {a} og {who} tilsammen kan {value} % ({ci}) tilskrives interaktion",
    ),
    "synergy_index": (
        "The synergy index of {a} and {who} for {outcome} was {value} ({ci}); 1 would mean that the two add up",
        "Synergiindekset for {a} og {who} ved {outcome} var {value} ({ci}); 1 ville betyde, at de to lægges sammen",
    ),
    "relative_index": (
        "The risk of {outcome} was {value} times as high ({ci}) at the highest as at the lowest end of the ranking "
        "by {rank}",
        "Risikoen for {outcome} var {value} gange så høj ({ci}) i den højeste som i den laveste ende af rangordningen "
        "efter {rank}",
    ),
    "concentration_index": (
        "The concentration index ({a}) of {outcome} by {rank} was {value} ({ci}); above 0 means more at the high end",
        "Koncentrationsindekset ({a}) for {outcome} efter {rank} var {value} ({ci}); over 0 betyder mere i den høje "
        "ende",
    ),
    "between_group_variance": (
        "The variance of the risk of {outcome} between the groups of {rank} was {value} squared percentage points "
        "({ci}){expected}",
        "Variansen af risikoen for {outcome} mellem grupperne af {rank} var {value} procentpoint i anden ({ci})"
        "{expected}",
    ),
    "mean_difference_from_mean": (
        "The risk of {outcome} in the groups of {rank} lay on average {value} percentage points ({ci}) from that of all"
        "{expected}",
        "Risikoen for {outcome} i grupperne af {rank} lå i gennemsnit {value} procentpoint ({ci}) fra den samlede"
        "{expected}",
    ),
    "survival_part": (
        "Different survival makes {value} percentage points ({ci}) of the difference in risk of {outcome} between {a} "
        "and {b}",
        "Forskellig overlevelse udgør {value} procentpoint ({ci}) af forskellen i risiko for {outcome} mellem {a} "
        "og {b}",
    ),
    "e_value": (
        "To explain this {ratio} of {outcome} away, {a} against {b}, an unmeasured confounder would have to go with "
        "both {rank} and {outcome} by risk ratios of at least {value} each ({ci}, to move the interval to 1); {rank} "
        "is not a treatment, so this describes how sensitive the ratio is and does not test a cause",
        "For at bortforklare denne {ratio} for {outcome}, {a} over for {b}, måtte en umålt confounder hænge sammen med "
        "både {rank} og {outcome} med risikoratioer på mindst {value} hver ({ci}, for at flytte intervallet til 1); "
        "{rank} er ikke en behandling, så det beskriver, hvor følsom ratioen er, og afprøver ingen årsag",
    ),
}
# measure -> for a positive, a negative and a hidden difference (hidden: which of the two would tell the sign)
SIGNED: dict[str, dict[bool | None, tuple[str, str]]] = {
    "risk_difference": {
        True: (
            "The risk of {outcome} was {value} percentage points higher ({ci}) for {a} than for {b}",
            "Risikoen for {outcome} var {value} procentpoint højere ({ci}) for {a} end for {b}",
        ),
        False: (
            "The risk of {outcome} was {value} percentage points lower ({ci}) for {a} than for {b}",
            "Risikoen for {outcome} var {value} procentpoint lavere ({ci}) for {a} end for {b}",
        ),
        None: (
            "The difference in risk of {outcome} between {a} and {b} was {value} percentage points ({ci})",
            "Forskellen i risiko for {outcome} mellem {a} og {b} var {value} procentpoint ({ci})",
        ),
    },
    "slope_index": {
        True: (
            "The risk of {outcome} rose by {value} percentage points ({ci}) from the lowest to the highest end of the "
            "ranking by {rank}",
            "Risikoen for {outcome} steg med {value} procentpoint ({ci}) fra den laveste til den højeste ende af "
            "rangordningen efter {rank}",
        ),
        False: (
            "The risk of {outcome} fell by {value} percentage points ({ci}) from the lowest to the highest end of the "
            "ranking by {rank}",
            "Risikoen for {outcome} faldt med {value} procentpoint ({ci}) fra den laveste til den højeste ende af "
            "rangordningen efter {rank}",
        ),
        None: (
            "The change in risk of {outcome} from the lowest to the highest end of the ranking by {rank} was {value} "
            "percentage points ({ci})",
            "Ændringen i risiko for {outcome} fra den laveste til den højeste ende af rangordningen efter {rank} var "
            "{value} procentpoint ({ci})",
        ),
    },
    "interaction_contrast": {
        True: (
            "The risk of {outcome} for {a} minus that for {b} was {value} percentage points higher ({ci}) for {who} "
            "than for {other}",
            "Risikoen for {outcome} for {a} minus den for {b} var {value} procentpoint højere ({ci}) for {who} end for "
            "{other}",
        ),
        False: (
            "The risk of {outcome} for {a} minus that for {b} was {value} percentage points lower ({ci}) for {who} "
            "than for {other}",
            "Risikoen for {outcome} for {a} minus den for {b} var {value} procentpoint lavere ({ci}) for {who} end for "
            "{other}",
        ),
        None: (
            "The risk of {outcome} for {a} minus that for {b} differed by {value} percentage points ({ci}) between "
            "{who} and {other}",
            "Risikoen for {outcome} for {a} minus den for {b} var {value} procentpoint ({ci}) forskellig mellem {who} "
            "og {other}",
        ),
    },
}
EXPECTED = ("; chance alone would give {value}", "; tilfældighed alene ville give {value}")
NULL_INCLUDED = ("; the interval includes {null}", "; intervallet rummer {null}")
AMONG = ("Among those {population}", "Blandt dem, der er {population}")

BOTH = frozenset({"joint_odds_ratio", "joint_risk_ratio", "joint_risk"})
"""Measures of a level and a stratum together: the sentence names both in one breath."""
SAYS_STRATUM = BOTH | {name for name, words in (SENTENCES | SIGNED).items() if "{who}" in str(words)}
"""Measures whose sentences name the stratum themselves and are not opened with it."""
UNCOUNTED = frozenset({"count", "share", "at_risk"})
"""Measures whose sentences close without adjustment and counts."""


def sentence(row: pd.Series, context: Mapping, language: str) -> str:
    """One row as a sentence, small counts hidden.

    `row` may carry details: `n_reference` and `events_reference` are said where they are there, `reference_stratum` is
    what an interaction compares with, `expected_if_equal` what chance alone would give.
    """
    place = LANGUAGES.index(language) if language in LANGUAGES else 0
    measure, hidden = row["measure"], _hidden(row)
    estimate, low, high = row["estimate"], row["conf_low"], row["conf_high"]
    template = SENTENCES.get(measure, ("{measure}: {value} ({ci}), {a}",) * 2)
    if measure in SIGNED:
        # "lower by" takes the difference without its sign, limits turned with it; not where those tell of both
        turned = not hidden and estimate < 0 and not high > 0
        plain = hidden or (estimate < 0 and not turned)
        template = SIGNED[measure][None if plain else bool(estimate >= 0)]
        if turned:
            estimate, low, high = -estimate, -high, -low
    words = template[place]
    if not hidden and pd.isna(low) and pd.isna(high):  # a number that has no interval
        words = words.replace(" ({ci})", "")
    text = words.format(
        measure=label(measure, language),
        outcome=timed_outcome(row, context, language),
        value=_value(row, estimate, hidden, language),
        ci=_interval(measure, low, high, hidden, language),
        at=format_number(row["at"], 0, language),
        rank=label(context.get("rank") or context.get("exposure") or "rank", language),
        ratio=label(row.get("of_measure") or "ratio", language),
        expected=_expected(row, hidden, language),
        **_whom(row, context, language),
    )
    said, _, meaning = text.partition("; ")
    null = kind_of(measure).null
    if null is not None and not hidden and low <= null <= high:
        said += NULL_INCLUDED[place].format(null=format_number(null, 0, language))
    closing = f"; {meaning}." if meaning else "."
    return f"{_opened(said, row, context, language)}{_basis(row, context, language)}{closing}"


def _value(row: pd.Series, estimate: float, hidden: bool, language: str) -> str:
    if not hidden:
        return format_estimate(estimate, row["measure"], language)
    return missing_text(row, language) if np.isnan(estimate) and not is_small(row["n"]) else HIDDEN


def _interval(measure: str, low: float, high: float, hidden: bool, language: str) -> str:
    interval = "" if hidden else format_estimate_interval(low, high, measure, language)
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


def _hidden(row: pd.Series) -> bool:
    """Whether the estimate is hidden: by the disclosure rules, or here because it gives a small count away."""
    few = is_small(row["events"]) or is_small(row["n"] - row["events"])
    few = few or (row["measure"] in PERSON_MEASURES and is_small(row["estimate"]))
    return bool(np.isnan(row["estimate"]) or is_small(row["n"]) or few or _few_in_reference(row))


def _few_in_reference(row: pd.Series) -> bool:
    """Whether a contrast is with a level in which few had the event, or few had not."""
    n, events = (row.get(name) for name in ("n_reference", "events_reference"))
    if n is None or pd.isna(n):
        return False
    return bool(is_small(n) or (events is not None and (is_small(events) or is_small(n - events))))


def _opened(text: str, row: pd.Series, context: Mapping, language: str) -> str:
    """The sentence with whom it is about before it: `Women: the hazard ...`, `Among those ...: the hazard ...`."""
    population = context.get("population")
    among = AMONG[LANGUAGES.index(language)].format(population=label(population, language)) if population else ""
    named = row["stratum"] and row["measure"] not in SAYS_STRATUM
    stratum = stratum_label(row["stratum"], context, language) if named else ""
    about = ", ".join(filter(None, [among, stratum]))
    return f"{capital(about)}: {text[:1].lower()}{text[1:]}" if about else capital(text)


def _basis(row: pd.Series, context: Mapping, language: str) -> str:
    """How it was adjusted, on how many: `, adjusted for age (n = 3,322 with 773 events; reference 4,105 with 640)`."""
    if row["measure"] in UNCOUNTED:
        return ""
    adjusted = model_words(row["model"], context_within(context, row["stratum"]), language)
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
