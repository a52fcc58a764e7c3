"""How one printed number follows from others: the formulas that a `derivation` in data/published may name.

A derivation is a formula and its arguments, such as `ratio persons_referred persons`. The arguments are quantities of
the same file; those of `count_rows`, `count_distinct` and `value` are a list of data/published, a column (not of
`count_rows`) and conditions, such as `count_rows initiative_rows annex=2`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pandas as pd
from scipy.special import ndtr

from rehab_stats.extract.printed_lists import count_distinct, count_rows, value_of

WIDTH_IN_ERRORS = 3.92
"""A 95 % interval is 3.92 standard errors wide; the published figures here are derived with this rounded number."""

WEEKS_IN_A_MONTH = 365.25 / 12 / 7


def derive(derivation: str, known: pd.DataFrame) -> dict[str, float]:
    """What a derivation gives: part (estimate, conf_low, conf_high) -> number.

    `known` has the numbers of the file, indexed by quantity. Raises ValueError on an unknown formula or quantity.
    """
    formula, *arguments = derivation.split()
    if formula in OF_LISTS:
        return {"estimate": OF_LISTS[formula](*arguments)}
    missing = [quantity for quantity in arguments if quantity not in known.index]
    if formula not in FORMULAS or missing:
        raise ValueError(f"derivation {derivation!r} names an unknown {'quantity' if missing else 'formula'}")
    result = FORMULAS[formula](*(known.loc[quantity] for quantity in arguments))
    return dict(result) if isinstance(result, Mapping) else {"estimate": float(result)}


def quantities_of(derivation: str) -> list[str]:
    """The quantities that a derivation names; none when it counts in a list."""
    formula, *arguments = derivation.split()
    return [] if formula in OF_LISTS else arguments


def _log_std_error(ratio: pd.Series) -> float:
    return math.log(ratio["conf_high"] / ratio["conf_low"]) / WIDTH_IN_ERRORS


def _z_value(ratio: pd.Series) -> float:
    return math.log(ratio["estimate"]) / _log_std_error(ratio)


def _p_value(z: float) -> float:
    return 2 * float(ndtr(-abs(z)))


def _e_value(ratio: float) -> float:
    """RR + sqrt(RR (RR - 1)) for a ratio above 1 (VanderWeele and Ding 2017, PMID 28693043)."""
    return ratio + math.sqrt(ratio * (ratio - 1))


def _as_risk_ratio(hazard_ratio: float) -> float:
    """(1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR)), for common outcomes (doi 10.7326/M16-2607, recalled)."""
    return (1 - 0.5 ** math.sqrt(hazard_ratio)) / (1 - 0.5 ** math.sqrt(1 / hazard_ratio))


def _under_hazard_ratio(risk: pd.Series, hazard_ratio: pd.Series) -> float:
    """1 - (1 - p)^HR: the risk that a hazard ratio makes of a risk p, with no competing event."""
    return 1 - (1 - risk["estimate"]) ** hazard_ratio["estimate"]


def _with_interval(log_estimate: float, std_error: float) -> dict[str, float]:
    return {
        "estimate": math.exp(log_estimate),
        "conf_low": math.exp(log_estimate - 1.96 * std_error),
        "conf_high": math.exp(log_estimate + 1.96 * std_error),
    }


def _log_difference(a: pd.Series, b: pd.Series) -> tuple[float, float]:
    """Difference of two independent log ratios, and its standard error."""
    return math.log(a["estimate"] / b["estimate"]), math.hypot(_log_std_error(a), _log_std_error(b))


def _pooled(a: pd.Series, b: pd.Series) -> dict[str, float]:
    """Inverse-variance mean of two independent log ratios."""
    weight_a, weight_b = _log_std_error(a) ** -2, _log_std_error(b) ** -2
    total = weight_a + weight_b
    mean = (weight_a * math.log(a["estimate"]) + weight_b * math.log(b["estimate"])) / total
    return _with_interval(mean, total**-0.5)


def _months_inclusive(*ends: pd.Series) -> float:
    """Months from the first to the last, both counted, given as year, month, year, month."""
    first_year, first_month, last_year, last_month = (end["estimate"] for end in ends)
    return 12 * (last_year - first_year) + last_month - first_month + 1


def _share_to_risk_ratio(cases: pd.Series, base: pd.Series) -> dict[str, float]:
    """Risk ratio of a group against the rest: its share among n cases and its share in the base, taken as fixed."""
    share, fixed = cases["estimate"], base["estimate"]
    return _with_interval(
        math.log(share / fixed) - math.log((1 - share) / (1 - fixed)),
        (cases["n"] * share * (1 - share)) ** -0.5,
    )


FORMULAS: dict[str, Callable] = {
    "ratio": lambda a, b: a["estimate"] / b["estimate"],
    "product": lambda a, b: a["estimate"] * b["estimate"],
    "difference": lambda a, b: a["estimate"] - b["estimate"],
    "sum": lambda *parts: sum(part["estimate"] for part in parts),
    "rest": lambda whole, *parts: whole["estimate"] - sum(part["estimate"] for part in parts),
    "same": lambda a: a["estimate"],
    "complement": lambda share: 1 - share["estimate"],
    "nearest_hundred": lambda a: 100 * math.floor(a["estimate"] / 100 + 0.5),
    "product_rounded_down": lambda a, b: math.floor(a["estimate"] * b["estimate"]),
    "months_inclusive": _months_inclusive,
    "weeks_in_months": lambda months: months["estimate"] * WEEKS_IN_A_MONTH,
    "excess": lambda ratio: ratio["estimate"] - 1,
    "log": lambda ratio: math.log(ratio["estimate"]),
    "log_std_error": _log_std_error,
    "z_value": _z_value,
    "p_value": lambda ratio: _p_value(_z_value(ratio)),
    "e_value": lambda ratio: _e_value(ratio["estimate"]),
    "e_value_limit": lambda ratio: _e_value(ratio["conf_low"]),
    "e_value_common": lambda ratio: _e_value(_as_risk_ratio(ratio["estimate"])),
    "e_value_common_limit": lambda ratio: _e_value(_as_risk_ratio(ratio["conf_low"])),
    "risk_under_hazard_ratio": _under_hazard_ratio,
    "risk_ratio_under_hazard_ratio": lambda risk, ratio: _under_hazard_ratio(risk, ratio) / risk["estimate"],
    "risk_difference_under_hazard_ratio": lambda risk, ratio: _under_hazard_ratio(risk, ratio) - risk["estimate"],
    "ratio_of_ratios": lambda a, b: _with_interval(*_log_difference(a, b)),
    "ratio_of_ratios_p": lambda a, b: _p_value(_log_difference(a, b)[0] / _log_difference(a, b)[1]),
    "pooled": _pooled,
    "share_to_risk_ratio": _share_to_risk_ratio,
}
"""The formulas a `derivation` may name; the arguments are quantities of the same file."""

OF_LISTS: dict[str, Callable] = {"count_rows": count_rows, "count_distinct": count_distinct, "value": value_of}
"""The formulas that count in a list, or look up a number there."""
