"""The first and the last form of every person on one scale: when each was due, given and returned, and its score."""

from __future__ import annotations

import pandas as pd

from rehab_stats.extract.columns import OCCASION
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.instruments import INSTRUMENTS, find_scale, score_items
from rehab_stats.extract.offences import suggest

BASELINE = OCCASION[0]
_DAYS = ("due_on", "given_on", "returned_on")


def find_forms(extract: Extract, *, instrument: str, scale: str, followup: str) -> pd.DataFrame:
    """One row per person with a form or answers, whoever they are, indexed by `person_id`.

    Of a person's rows on one occasion that of the scale itself goes first, and the row of the whole questionnaire fills
    what it leaves open. A score not written in the table is scored from the answers.

    Parameters
    ----------
    extract : Extract
    instrument, scale, followup : str
        See `effect_cohort`.

    Returns
    -------
    DataFrame
        due_baseline, given_on_baseline, returned_on_baseline, score_baseline, and the same of the last form with
        `_followup`; and given_baseline (bool: there is a row, and the extract does not say when forms are given).

    Raises
    ------
    ValueError
        No table of forms, or no form of what is asked; the nearest name is given.
    """
    if "forms" not in extract:
        raise ValueError("the extract has no table forms: without it nobody knows who was given a questionnaire")
    if followup not in OCCASION[1:]:
        raise ValueError(f"followup must be {' or '.join(map(repr, OCCASION[1:]))}; got {followup!r}")
    forms = extract.tables["forms"]
    items = extract.tables.get("items")
    mine = _of_scale(forms, items, instrument=instrument, scale=scale)
    scores = _scores(items, instrument=instrument, scale=scale)
    found = {}
    for name, occasion in (("baseline", BASELINE), ("followup", followup)):
        rows = mine[mine["occasion"] == occasion]
        if rows.empty:
            raise ValueError(f"the table forms has no form of {instrument}, scale {scale}, on the occasion {occasion}")
        first = rows.groupby("person_id")[[*_DAYS, "score"]].first()
        answered = scores.loc[scores["occasion"] == occasion].set_index("person_id")["score"]
        first = first.reindex(first.index.union(answered.index))
        first["score"] = first["score"].astype(float).fillna(answered)
        found[name] = first
    renamed = {"due_on": "due", "given_on": "given_on", "returned_on": "returned_on", "score": "score"}
    both = pd.concat(
        [one.rename(columns={old: f"{new}_{name}" for old, new in renamed.items()}) for name, one in found.items()],
        axis=1,
    )
    both.index.name = "person_id"
    return both.assign(given_baseline=both["due_baseline"].notna() & ("given_on" not in forms))


def _of_scale(forms: pd.DataFrame, items: pd.DataFrame | None, *, instrument: str, scale: str) -> pd.DataFrame:
    """The rows of the scale, then those of its whole questionnaire where that can be scored."""
    instruments = sorted(forms["instrument"].dropna().unique())
    if instrument not in instruments:
        said = f"instrument: there is no form of {instrument!r}{suggest(instrument, instruments)}"
        raise ValueError(f"{said}; there are {', '.join(instruments)}")
    mine = forms[(forms["instrument"] == instrument).to_numpy(dtype=bool)]
    known = instrument in INSTRUMENTS
    if known:
        find_scale(instrument, scale)
    whole = mine["scale"].isna() if known and items is not None else pd.Series(False, index=mine.index)
    its_own = (mine["scale"] == scale).fillna(False).to_numpy(dtype=bool)
    if not its_own.any() and not whole.any():
        scales = sorted(mine["scale"].dropna().unique())
        there = (
            f"there are {', '.join(scales)}" if scales else "its forms name no scale and cannot be scored from items"
        )
        raise ValueError(f"scale: there is no form of {scale!r} of {instrument}{suggest(scale, scales)}; {there}")
    rows = mine[its_own | whole.to_numpy()].reindex(columns=["person_id", "scale", "occasion", *_DAYS, "score"])
    rows[list(_DAYS)] = rows[list(_DAYS)].astype("datetime64[ns]")
    return rows.sort_values("scale", na_position="last", kind="stable")


def _scores(items: pd.DataFrame | None, *, instrument: str, scale: str) -> pd.DataFrame:
    """Scores of the scale from the answers: person_id, occasion, score; no rows where it cannot be scored."""
    if items is None or instrument not in INSTRUMENTS:
        return pd.DataFrame({"person_id": pd.array([], dtype="string"), "occasion": [], "score": []})
    scored = score_items(items, instrument=instrument)
    return scored.loc[scored["scale"] == scale, ["person_id", "occasion", "score"]].dropna(subset="score")
