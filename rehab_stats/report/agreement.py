"""These estimates beside those another program made of the same data: for readers who want to see it, not be told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from rehab_stats.measures import estimate_text
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates
from rehab_stats.wording import View, code_words
from rehab_stats.words import label

REFERENCES = Path(__file__).resolve().parents[2] / "tests" / "reference"
"""Where the scripts in R and the numbers they wrote are kept."""

COMPARED = ("estimate", "std_error", "conf_low", "conf_high")
_KEYS = ["model", "measure", "level"]


def load_reference(name: str) -> Estimates:
    """Numbers that R gave, from `tests/reference/<name>.csv`; the script that wrote them lies beside them. Columns that
    estimates do not have, such as degrees of freedom, are details.

    Raises ValueError when there is no such file.
    """
    path = REFERENCES / f"{name}.csv"
    if not path.is_file():
        there = ", ".join(sorted(found.stem for found in REFERENCES.glob("*.csv")))
        raise ValueError(f"no reference {name!r} in tests/reference; there are {there}")
    rows = pd.read_csv(path, dtype={"level": str}).rename(columns={"case": "model"})
    tidy = [column for column in rows if column in TIDY_COLUMNS]
    return Estimates(
        rows[tidy], details=rows.drop(columns=tidy), method=f"Numbers that R wrote, tests/reference/{path.name}."
    )


def largest_difference(estimates: Estimates, reference: Estimates) -> pd.Series:
    """Per row of the estimates, the largest relative difference in estimate, standard error and both limits.

    Numbers that the reference does not have (errors by bootstrap) are not compared. Raises ValueError when a row has no
    counterpart, or several, by model, measure and level, and by stratum and outcome where the reference has them.
    """
    keys = _keys(reference)
    here, there = (_by_key(part, keys)[list(COMPARED)] for part in (estimates, reference))
    absent = [" ".join(filter(None, key)) for key in here.index if key not in there.index]
    if absent or there.index.has_duplicates:
        raise ValueError(
            f"no single reference for {'; '.join(absent) or 'rows with the same model, measure and level'}"
        )
    there = there.loc[here.index]
    # absolute where the reference is all but nought
    return (np.abs(here - there) / np.maximum(np.abs(there), 1e-12)).max(axis=1).reset_index(drop=True)


def agreement(
    estimates: Estimates, reference: Estimates, *, by: str = "R", language: str = "en", tolerance: float = 1e-6
) -> View:
    """A table of each estimate here and by another program, and whether their largest relative difference is below the
    tolerance."""
    apart, keys = largest_difference(estimates, reference), _keys(reference)
    there = _by_key(reference, keys)
    decimals = {name: value for name, value in estimates.context.items() if name == "digits"}
    lines = []
    for (key, row), difference in zip(_by_key(estimates, keys).iterrows(), apart, strict=True):
        coded = dict(zip(keys, key, strict=True)) | decimals
        told = {"outcome": ""} | coded
        words = {
            _heading(column, estimates, language): code_words(told, column, estimates.context, language)
            for column in keys
        }
        numbers = {
            label("here", language): estimate_text(coded | dict(row), language),
            by: estimate_text(coded | dict(there.loc[key]), language),
            label("largest_difference", language): _difference(difference, tolerance, language),
        }
        lines.append(words | numbers)
    frame = pd.DataFrame(lines)
    return View(frame.loc[:, (frame != "").any()])


def beside_printed(estimates: Estimates, printed: Estimates, *, language: str = "en") -> View:
    """A table of what a source prints (`published_estimates`) and the same numbers here, rounded to as many decimals.

    The stratum of a printed row names the model it is compared with. Raises ValueError when there is no such row here.
    """
    rows, about, found = printed.tidy(), printed.details(), _by_key(estimates, _KEYS)
    # the source's analyses go by name: what they adjust for fills a line
    context = {name: value for name, value in estimates.context.items() if name != "adjust"}
    lines = []
    for place, row in rows.assign(model=rows["stratum"], level=rows["level"].fillna(""), outcome="").iterrows():
        key = tuple(row[column] for column in _KEYS)
        if key not in found.index or isinstance(found.loc[key], pd.DataFrame):
            raise ValueError(f"no single estimate for the printed {' '.join(map(str, filter(None, key)))}")
        here = found.loc[key].copy()
        here[["conf_low", "conf_high"]] = here[["conf_low", "conf_high"]].where(row[["conf_low", "conf_high"]].notna())
        coded = {"outcome": "", "digits": int(about["digits"][place])} | dict(zip(_KEYS, key, strict=True))
        words = {label(name, language): code_words(coded, name, context, language) for name in _KEYS}
        texts = (("published", row), ("here", here))
        numbers = {label(code, language): estimate_text(dict(values) | coded, language) for code, values in texts}
        lines.append(words | numbers | {label("place", language): about["place"][place]})
    return View(pd.DataFrame(lines))


def _keys(reference: Estimates) -> list[str]:
    """What tells the rows of a reference apart."""
    rows = reference.tidy()
    return [key for key in ("stratum", "outcome") if rows[key].notna().any()] + _KEYS


def _by_key(estimates: Estimates, keys: list[str]) -> pd.DataFrame:
    """The numbers by these keys; what is about all levels has the level "", and so with stratum and outcome."""
    rows = estimates.tidy()
    return rows.assign(**{key: rows[key].fillna("") for key in ("level", "stratum", "outcome")}).set_index(keys)


def _heading(column: str, estimates: Estimates, language: str) -> str:
    """The words for a key; strata go by what they are strata of."""
    return label(estimates.context.get("stratum", column) if column == "stratum" else column, language)


def _difference(value: float, tolerance: float, language: str) -> str:
    text = f"< {tolerance:g}" if value < tolerance else f"{value:.1g}"
    return text.replace(".", ",") if language == "da" else text
