"""What papers, reports and this project's own assumptions say: one number a row, with its source and its certainty.

The files lie in `data/published`. A row of a source (`moustsen_2015`, `dalton_2019`, `survival_2022`, `centre`,
`job_centre`, `what_if`) says what was printed and where; what was looked for and not found is a row too, with an
empty estimate. The file `assumptions` lists each number of the synthetic mechanism that no source gives.

Marks: VERIFIED seen in the abstract, report or page named; SEED in the centre's own report; DERIVED calculated from
other rows, by the formula in `derivation`; RECALLED from memory; ASSUMED chosen here; NOT_FOUND looked for in vain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr

from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates

CERTAINTIES = ("VERIFIED", "SEED", "DERIVED", "RECALLED", "ASSUMED", "NOT_FOUND")
PRINTED = ("VERIFIED", "SEED", "RECALLED")
"""Marks of what a source prints; the other rows are this project's own."""

NUMBERS = ("at", "estimate", "conf_low", "conf_high", "n", "events")
MEASURES = (
    "hazard_ratio",
    "risk_ratio",
    "risk_difference",
    "risk",
    "share",
    "count",
    "mean",
    "mean_difference",
)
"""Measures of `data/published` that can stand in an `Estimates`; the other rows are words, logs or test values."""

WIDTH_IN_ERRORS = 3.92
"""A 95 % interval is 3.92 standard errors wide; the published figures here are derived with this rounded number."""


def load_published(name: str = "moustsen_2015") -> pd.DataFrame:
    """One file of `data/published`, one row a number (or a sentence, or something not found).

    Parameters
    ----------
    name : str
        `moustsen_2015`, `dalton_2019`, `survival_2022`, `centre`, `job_centre`, `what_if` or `assumptions`.

    Returns
    -------
    DataFrame
        A source has `quantity` (unique), `outcome`, `measure`, `level`, `reference`, `stratum`, `at` (days),
        `estimate`, `conf_low`, `conf_high`, `n`, `events`, `unit`, `certainty`, `derivation`, `source`, `place`,
        `note`. The assumptions have `name`, `level`, `stratum`, `scenario` (the only one it holds in; empty: all
        but those with a row of their own), `value`, `unit`, `certainty`, `why`, `influences`, `source`. Words are str
        (empty when there are none), numbers float (NaN when there is none). Proportions, not percent.

    Raises
    ------
    ValueError
        No such file; the nearest name is given.
    """
    text = _read(name)
    numbers = ("value",) if name == "assumptions" else NUMBERS
    return text.assign(**{column: pd.to_numeric(text[column]) for column in numbers})


def published_estimates(name: str = "moustsen_2015", *, derived: bool = False) -> Estimates:
    """What a source prints, in the shape of every other result, with `model` = `published`.

    `std_error` is not printed by any source: for a ratio with an interval it is ln(upper / lower) / 3.92.

    Parameters
    ----------
    name : str
        A source; not `assumptions`.
    derived : bool
        Also the rows that this project calculated from printed ones.

    Returns
    -------
    Estimates
        Rows with one of the measures in `MEASURES` and a number. Details: quantity, unit, certainty, source, place,
        note, and digits, the decimals of the estimate as printed.

    Raises
    ------
    ValueError
        No such source, or the assumptions, which estimate nothing.
    """
    if name == "assumptions":
        raise ValueError("the assumptions are no estimates: read them with load_published('assumptions')")
    rows = load_published(name)
    rows["digits"] = _read(name)["estimate"].str.partition(".")[2].str.len()
    marks = (*PRINTED, "DERIVED") if derived else PRINTED
    rows = rows[rows["measure"].isin(MEASURES) & rows["estimate"].notna() & rows["certainty"].isin(marks)]
    rows = rows.reset_index(drop=True).assign(model="published")
    ratio = rows["measure"].str.endswith("_ratio")
    rows["std_error"] = (np.log(rows["conf_high"] / rows["conf_low"]) / WIDTH_IN_ERRORS).where(ratio)
    rows[["level", "reference", "stratum"]] = rows[["level", "reference", "stratum"]].replace("", None)
    return Estimates(
        rows[[column for column in TIDY_COLUMNS if column in rows]],
        details=rows[["quantity", "unit", "certainty", "source", "place", "note", "digits"]],
        diagnostics={
            "rows": len(rows),
            "verified": int(rows["certainty"].eq("VERIFIED").sum()),
        },
        method=f"Printed by {' and '.join(rows['source'].unique())}; transcribed, not estimated here.",
    )


def reconcile(name: str = "moustsen_2015") -> pd.DataFrame:
    """Each number of a source that follows from other numbers of the source, beside what follows.

    Parameters
    ----------
    name : str
        A source; not `assumptions`.

    Returns
    -------
    DataFrame
        One row a number: `quantity`, `part` (estimate, conf_low or conf_high), `derivation`, `printed`, `derived`
        (unrounded), `difference` (printed less derived), `agrees` (the printed number is the derived one rounded to
        as many digits).

    Raises
    ------
    ValueError
        No such source; a derivation that names an unknown formula or quantity.
    """
    frame, text = load_published(name), _read(name)
    known = frame.set_index("quantity")[["estimate", "conf_low", "conf_high", "n"]]
    rows = []
    for place in np.flatnonzero(text["derivation"] != ""):
        derived = _derive(text["derivation"].iloc[place], known)
        for part, value in derived.items():
            printed = text[part].iloc[place]
            if printed:
                rows.append(
                    _compared(
                        text["quantity"].iloc[place],
                        part,
                        text["derivation"].iloc[place],
                        printed,
                        value,
                    )
                )
    return pd.DataFrame(
        rows,
        columns=[
            "quantity",
            "part",
            "derivation",
            "printed",
            "derived",
            "difference",
            "agrees",
        ],
    )


def _read(name: str) -> pd.DataFrame:
    folder = Path(__file__).resolve().parents[2] / "data" / "published"
    names = sorted(path.stem for path in folder.glob("*.csv"))
    if name not in names:
        nearest = get_close_matches(str(name), names, n=1, cutoff=0.0) or ["moustsen_2015"]
        raise ValueError(f"no published file {name!r}; nearest is {nearest[0]!r}, there are {', '.join(names)}")
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")


def _compared(quantity: str, part: str, derivation: str, printed: str, derived: float) -> dict:
    """One row of the reconciliation; the digits printed say how closely the two must agree."""
    digits = len(printed.partition(".")[2])
    difference = float(printed) - derived
    return {
        "quantity": quantity,
        "part": part,
        "derivation": derivation,
        "printed": float(printed),
        "derived": derived,
        "difference": difference,
        "agrees": abs(difference) <= 0.5 * 10.0**-digits + 1e-9,
    }


def _derive(derivation: str, known: pd.DataFrame) -> dict[str, float]:
    """What a derivation such as `ratio persons_referred persons` gives: part -> number."""
    formula, *quantities = derivation.split()
    missing = [quantity for quantity in quantities if quantity not in known.index]
    if formula not in FORMULAS or missing:
        raise ValueError(f"derivation {derivation!r} names an unknown {'quantity' if missing else 'formula'}")
    result = FORMULAS[formula](*(known.loc[quantity] for quantity in quantities))
    return dict(result) if isinstance(result, Mapping) else {"estimate": float(result)}


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
    "months_inclusive": _months_inclusive,
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
