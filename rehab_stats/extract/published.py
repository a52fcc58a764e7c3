"""What papers, reports and this project's own assumptions say: one number a row, with its source and its certainty.

The files lie in `data/published`. A row of a source (those of `SOURCES`) says what was printed and where; what was
looked for and not found is a row too, with an empty estimate. The file `assumptions` lists each number of the synthetic
mechanism that no source gives. Lists of things (initiatives, deadlines) are read by `load_printed_list`.

Marks: VERIFIED seen in the abstract, report or page named; SEED in one of the five Danish documents the project began
with; DERIVED calculated from other rows, by the formula in `derivation`; RECALLED from memory; ASSUMED chosen here;
NOT_FOUND looked for in vain. A printed number can have a derivation too, or several, separated by semicolons: then it
is held against its parts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.extract.derivations import WIDTH_IN_ERRORS, derive
from rehab_stats.extract.printed_columns import LISTS
from rehab_stats.extract.published_files import read_published
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates

SOURCES = (
    "moustsen_2015",
    "dalton_2019",
    "survival_2022",
    "centre",
    "job_centre",
    "what_if",
    "six_municipalities",
    "equality_reports",
)
"""Files of numbers that sources print."""

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


def load_published(name: str = "moustsen_2015") -> pd.DataFrame:
    """One file of `data/published`, one row a number (or a sentence, or something not found).

    Parameters
    ----------
    name : str
        One of `SOURCES`, or `assumptions`.

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
        No such file (the nearest name is given), or a list.
    """
    if name in LISTS:
        raise ValueError(f"{name!r} is a list: read it with load_printed_list({name!r})")
    text = read_published(name)
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
    rows["digits"] = read_published(name)["estimate"].str.partition(".")[2].str.len()
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
        One row a number and derivation: `quantity`, `part` (estimate, conf_low or conf_high), `derivation`, `printed`,
        `derived` (unrounded), `difference` (printed less derived), `agrees` (the printed number is the derived one
        rounded to as many digits).

    Raises
    ------
    ValueError
        No such source; a derivation that names an unknown formula or quantity.
    """
    frame, text = load_published(name), read_published(name)
    known = frame.set_index("quantity")[["estimate", "conf_low", "conf_high", "n"]]
    rows = []
    for _, row in text[text["derivation"] != ""].iterrows():
        for derivation in row["derivation"].split("; "):
            for part, value in derive(derivation, known).items():
                if row[part]:
                    rows.append(_compared(row["quantity"], part, derivation, row[part], value))
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
