"""What kind of number each measure is: its scale, unit, decimals and null, and how an estimate is put as text.

The families are sorted here once, because the family decides the axis, the unit, the decimals and what a small count
would give away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.words import format_interval, format_number, label

HIDDEN = "–"
"""Stands for a number that the disclosure rules took away."""


@dataclass(frozen=True)
class Measure:
    """One kind of number.

    Attributes
    ----------
    digits : int
        Decimals in print.
    scale : float
        What the estimate is multiplied by in print (100: a proportion in percent).
    unit : str
        What stands behind the number, with its space.
    null : float, optional
        The value that says "no difference", on the scale of the estimate.
    log : bool
        `std_error` is that of the logarithm, and the axis is logarithmic.
    """

    digits: int = 1
    scale: float = 1.0
    unit: str = ""
    null: float | None = None
    log: bool = False


RATIO = Measure(digits=2, null=1.0, log=True)
COUNT = Measure(digits=0)
PERCENT = Measure(scale=100.0, unit=" %")
POINTS = Measure(scale=100.0, unit=" pp", null=0.0)
POINTS_NO_NULL = Measure(scale=100.0, unit=" pp")
AMOUNT = Measure(null=0.0)
OTHER = Measure()
STANDARDISED = Measure(digits=2, null=0.0)

REFERRALS = ("referrals_received", "referrals_waiting", "referrals_not_due", "referrals_declined", "referrals_died")
"""Measures of how many referrals stand how to a deadline."""
MONITORED = ("deadline_share", "indicator_share", "answered_share", "coverage")
"""Measures of monitoring that a small count can be read off."""

MEASURES: dict[str, Measure] = (
    dict.fromkeys(
        (
            "odds_ratio",
            "hazard_ratio",
            "risk_ratio",
            "joint_odds_ratio",
            "joint_risk_ratio",
            "ratio_of_odds_ratios",
            "ratio_of_risk_ratios",
            "relative_index",
            "coverage_ratio",
            "synergy_index",
            "rate_ratio",
            "mean_ratio",
            "stage_ratio",
        ),
        RATIO,
    )
    | dict.fromkeys(("count", "at_risk", "observed_persons", "lowest_count", "highest_count"), COUNT)
    | dict.fromkeys(REFERRALS, COUNT)
    | dict.fromkeys(
        ("risk", "share", "joint_risk", "transition", "zeros_observed", "zeros_expected", "share_of_appointments"),
        PERCENT,
    )
    | dict.fromkeys(("completion_rate", "available_rate", "lowest_share", "highest_share", "closing_share"), PERCENT)
    | dict.fromkeys((*MONITORED, "control_limits"), PERCENT)
    | dict.fromkeys(("share_difference", "coverage_slope"), POINTS)
    | dict.fromkeys(("lowest_share_difference", "highest_share_difference"), POINTS_NO_NULL)
    | dict.fromkeys(
        ("risk_difference", "slope_index", "survival_part", "interaction_contrast", "transition_difference"), POINTS
    )
    | dict.fromkeys(("mean", "restricted_mean", "time_lost", "expected_persons", "aic", "log_likelihood"), OTHER)
    | dict.fromkeys(("lowest_mean", "highest_mean", "tipping_delta", "detectable_difference", "rate_per_year"), OTHER)
    | {"stage_quantity": OTHER}
    | dict.fromkeys(("mean_difference", "mean_time_difference", "time_lost_difference", "gap_change"), AMOUNT)
    | dict.fromkeys(("lowest_difference", "highest_difference"), AMOUNT)
    | dict.fromkeys(("standardised_response_mean", "standardised_difference"), STANDARDISED)
    | dict.fromkeys(("dispersion", "overdispersion", "theta"), Measure(digits=2))
    | {
        "mean_difference_from_mean": POINTS_NO_NULL,
        # a variance of proportions: percentage points, squared
        "between_group_variance": Measure(scale=10_000.0, unit=" pp²"),
        "attributable_proportion": Measure(scale=100.0, unit=" %", null=0.0),
        "reri": Measure(digits=2, null=0.0),
        "concentration_index": Measure(digits=3, null=0.0),
        "e_value": Measure(digits=2),
        "contribution": Measure(digits=2, null=0.0),
        "share_of_total": Measure(digits=0, scale=100.0, unit=" %"),
        "log_contribution": Measure(digits=3, null=0.0),
        "additional": Measure(digits=0, null=0.0),
    }
)

RATIO_MEASURES = frozenset(name for name, kind in MEASURES.items() if kind.log)
"""Measures whose std_error is that of the logarithm, whose axis is logarithmic and whose null is 1."""
DIFFERENCE_MEASURES = frozenset(name for name, kind in MEASURES.items() if kind == POINTS)
"""Differences of risks: kept as proportions, shown in percentage points, null 0."""
AMOUNT_DIFFERENCES = frozenset(name for name, kind in MEASURES.items() if kind == AMOUNT)
"""Differences of means and of times: in the unit of what was counted or measured, null 0."""
PERSON_MEASURES = frozenset(name for name, kind in MEASURES.items() if kind == COUNT)
"""Measures that are numbers of persons."""
COUNTING_MEASURES = PERSON_MEASURES | {
    *MONITORED,
    "share",
    "risk",
    "joint_risk",
    "transition",
    "zeros_observed",
    "zeros_expected",
    "share_of_appointments",
    "completion_rate",
    "available_rate",
    "lowest_share",
    "highest_share",
    "rate_per_year",
    "stage_quantity",
}
"""Measures from which a small count can be read off: the estimate is hidden together with the count."""
AMOUNTS = frozenset(
    {"mean", "mean_difference", "mean_ratio", "rate_ratio", "contribution", "share_of_total"}
    | {"log_contribution", "additional", "gap_change"}
    | {"restricted_mean", "mean_time_difference"}
    | {"aic", "log_likelihood", "dispersion", "theta", "expected_persons"}
    | {"standardised_response_mean", "tipping_delta", "detectable_difference"}
)
"""Measures of how much, not of how many persons: they do not tell how few persons had none, only `events` does."""
IN_UNIT = frozenset(
    {"mean", "mean_difference", "standard_deviation", "median", "lower_quartile", "upper_quartile"}
    | {"lowest_mean", "highest_mean", "lowest_difference", "highest_difference"}
    | {"tipping_delta", "detectable_difference"}
)
"""Measures in the unit of what was measured: a scale from 0 to 1 needs more decimals than one from 0 to 100."""


def kind_of(measure: str) -> Measure:
    """The kind of number a measure is; one decimal and no unit for a measure that has no entry."""
    return MEASURES.get(measure, OTHER)


def format_estimate(
    value: float, measure: str, language: str = "en", *, digits: float | None = None, per: float = 1.0
) -> str:
    """An estimate as print writes it: ratios with two decimals, risks in percent with one, counts whole.

    `digits`: decimals of the scale that was measured on, for the measures in its unit (`IN_UNIT`); `per`: for how many
    persons the number is printed, then with one decimal unless `digits` says otherwise (`digits_of`).
    """
    return format_number(value * kind_of(measure).scale * per, _digits(measure, digits, per), language)


def format_estimate_interval(
    low: float, high: float, measure: str, language: str = "en", *, digits: float | None = None, per: float = 1.0
) -> str:
    """The 95 % interval of a measure in the unit of `format_estimate`; an E-value has one for the limit nearer 1."""
    kind = kind_of(measure)
    if measure == "e_value" and np.isfinite(low):
        return f"{label('limit', language)} {format_number(low, kind.digits, language)}"
    ends = (limit * kind.scale * per for limit in (low, high))
    return format_interval(*ends, _digits(measure, digits, per), language)


def _digits(measure: str, asked: float | None, per: float) -> int:
    known = (measure in IN_UNIT or per != 1) and asked is not None and np.isfinite(asked)
    return int(asked) if known else 1 if per != 1 else kind_of(measure).digits


def per_of(row: pd.Series | Mapping) -> float:
    """For how many persons at the start a row's number is printed: its detail `per`, else one."""
    per = row.get("per")
    return 1.0 if per is None or pd.isna(per) else float(per)


def scale_of(row: pd.Series | Mapping) -> float:
    """What the estimate of a row is multiplied by in print and on an axis."""
    return kind_of(row["measure"]).scale * per_of(row)


def digits_of(row: pd.Series | Mapping) -> float | None:
    """Decimals of a row: those it names; of what is printed per so many persons one, or two where all is below 1."""
    digits = row.get("digits")
    if per_of(row) == 1 or (digits is not None and pd.notna(digits)):
        return digits
    sizes = [abs(row[end]) * per_of(row) for end in ("estimate", "conf_low", "conf_high") if pd.notna(row.get(end))]
    return 2 if sizes and 0 < max(sizes) < 1 else 1


def per_words(per: float, language: str = "en", *, start: str = "diagnosed") -> str:
    """`per 100 diagnosed`, `pr. 100 diagnosticerede`; `start`: who is at the start, `diagnosed` or `persons`."""
    if per == 1:
        return label("per_one", language)
    return label(f"per_{start}", language).format(per=format_number(per, 0, language))


def unit_of(row: pd.Series | Mapping, language: str = "en") -> str:
    """What stands behind the number of a row, with its space: ` %`, ` pp`, ` per 100 diagnosed`, or nothing."""
    return kind_of(row["measure"]).unit + (f" {per_words(per_of(row), language)}" if per_of(row) != 1 else "")


def estimate_text(row: pd.Series | Mapping, language: str = "en", *, unit: bool = False) -> str:
    """`1.33 (1.19 to 1.49)`, with `unit` `3.2 pp (1.2 to 5.2)`; for a missing estimate `missing_text`.

    `digits` of the row, if it has one, are the decimals of the scale that was measured on; `per`, if it has one, is
    for how many persons the number is printed.
    """
    measure, told = row["measure"], {"digits": digits_of(row), "per": per_of(row)}
    if not np.isfinite(row["estimate"]):
        return missing_text(row, language)
    text = format_estimate(row["estimate"], measure, language, **told) + (unit_of(row, language) if unit else "")
    interval = format_estimate_interval(row["conf_low"], row["conf_high"], measure, language, **told)
    return f"{text} ({interval})" if interval else text


UNDEFINED = {"synergy_index": "undefined", "tipping_delta": "none_in_range", "closing_share": "not_computable"}
"""Measures that may have no value though nothing is hidden -> what is said then."""


def missing_text(row: pd.Series | Mapping, language: str = "en") -> str:
    """A dash for a hidden estimate, a word for one that is not defined (a synergy index of two lower risks, a delta
    that lies outside those tried, a closing share of a gap that is not known).

    `hidden` of the row, if it has one, is what `report.disclosure.protect` says: empty where nothing was hidden.
    """
    known_not_hidden = row.get("hidden") == "" or (row["measure"] in UNDEFINED and "hidden" not in row)
    return label(UNDEFINED.get(row["measure"], "undefined"), language) if known_not_hidden else HIDDEN
