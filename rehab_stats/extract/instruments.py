"""From the answers to the scores, for the questionnaires of instrument_list.py."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import OCCASION
from rehab_stats.extract.instrument_list import INSTRUMENTS, Instrument, Scale, Threshold
from rehab_stats.extract.offences import list_codes, suggest

__all__ = ["INSTRUMENTS", "Instrument", "Scale", "Threshold", "find_scale", "score_items"]


def find_scale(instrument: str, scale: str) -> Scale:
    """A scale by the names of its instrument and itself, such as `find_scale("qlq_c30", "PF2")`.

    Raises ValueError, with the nearest name, for an instrument whose scoring is not known here or a scale that the
    instrument does not have. Checked in tests/extract/test_instruments.py.
    """
    known = _find_instrument(instrument)
    scales = {each.name: each for each in known.scales}
    if scale not in scales:
        raise ValueError(f"{known.name} has no scale {scale!r}{suggest(scale, scales)}; it has {', '.join(scales)}")
    return scales[scale]


def _find_instrument(name: str) -> Instrument:
    if name not in INSTRUMENTS:
        known = ", ".join(INSTRUMENTS)
        raise ValueError(f"the scoring of {name!r} is not known{suggest(name, INSTRUMENTS)}; known are {known}")
    return INSTRUMENTS[name]


def score_items(items: pd.DataFrame, *, instrument: str) -> pd.DataFrame:
    """Scores of one instrument from its answers.

    QLQ-C30: with RS the mean of the answered items of a scale, if at least half of them are answered,
    (1 - (RS - 1) / 3) * 100 for functioning, (RS - 1) / 3 * 100 for symptoms and (RS - 1) / 6 * 100 for global health
    status; high is good functioning, much of a symptom, good health. EQ-5D-5L: the index is 1 less the Danish
    decrements of the five answers (Jensen 2021, doi 10.1007/s40258-021-00639-3), missing when one is; `vas` is as
    marked.

    Parameters
    ----------
    items : DataFrame
        The contract's table of answers: person_id, instrument, occasion, item, answer; one row an answer. Rows of other
        instruments are passed over.
    instrument : str
        `qlq_c30` or `eq_5d_5l`.

    Returns
    -------
    DataFrame
        One row per person, occasion and scale, for every person with a row on that occasion, answered or not:
        person_id, instrument, occasion (ordered category), scale, score (NaN where too few items are answered),
        items_answered. Sorted by person, occasion and the instrument's order of scales.

    Raises
    ------
    ValueError
        An instrument whose scoring is not known; a column that is missing; an item the instrument does not have; an
        answer outside the item's range; several answers of a person to one item on one occasion.

    Notes
    -----
    Misleads where a scale is half empty for a reason: the mean of the answered items stands for the others. A score is
    the person's own, thresholds are of groups. Checked by hand and against R in tests/extract/test_instruments.py.
    """
    known = _find_instrument(instrument)
    rows = _rows_of(items, known)
    place = pd.Index(list(known.items)).get_indexer(rows["item"].astype(object))
    _refuse_answers(rows, place, known)
    forms = rows.groupby(["person_id", "occasion"], observed=True, sort=True)
    grid = np.full((forms.ngroups, len(known.items)), np.nan)
    grid[forms.ngroup().to_numpy(), place] = rows["answer"].astype("float64")
    scored = [score_grid(grid, scale, items=known.items) for scale in known.scales]
    found = forms.size().index.to_frame(index=False)
    found = found.loc[found.index.repeat(len(scored))].reset_index(drop=True)
    names = [scale.name for scale in known.scales]
    return found.assign(
        instrument=pd.array([instrument] * len(found), dtype="string"),
        scale=pd.array(names * len(grid), dtype="string"),
        score=np.column_stack([score for score, _ in scored]).ravel(),
        items_answered=np.column_stack([answered for _, answered in scored]).ravel(),
    )[["person_id", "instrument", "occasion", "scale", "score", "items_answered"]]


def _rows_of(items: pd.DataFrame, known: Instrument) -> pd.DataFrame:
    """The rows of one instrument, occasions as the contract's category; rows that cannot be placed are refused."""
    columns = ["person_id", "occasion", "item", "answer"]
    lacking = [column for column in ("instrument", *columns) if column not in items]
    if lacking:
        raise ValueError(f"the items lack the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}")
    rows = items.loc[(items["instrument"] == known.name).fillna(False).to_numpy(dtype=bool), columns]
    rows = rows.assign(occasion=pd.Categorical(rows["occasion"].astype(object), categories=OCCASION, ordered=True))
    for column in ("person_id", "occasion", "item"):
        _refuse(rows, rows[column].isna(), f"the column {column} has no value it may have")
    return rows


def _refuse_answers(rows: pd.DataFrame, place: np.ndarray, known: Instrument) -> None:
    strange = place < 0
    others = list_codes(sorted(set(rows["item"][strange].astype(str))), list(known.items))
    _refuse(rows, strange, f"{known.name} has no item {others}")
    low, high = (np.array(bounds)[place] for bounds in zip(*known.items.values(), strict=True))
    answers = rows["answer"].astype("float64")
    outside = ((answers < low) | (answers > high) | (answers % 1 > 0)).to_numpy()
    _refuse(rows, outside, "the column answer is none of the answers of its item")
    again = rows.duplicated(["person_id", "occasion", "item"], keep=False)
    _refuse(rows, again, "a person answers an item more than once on one occasion")


def _refuse(rows: pd.DataFrame, bad: np.ndarray | pd.Series, said: str) -> None:
    labels = list(rows.index[np.asarray(bad, dtype=bool)])
    if labels:
        shown = ", ".join(str(label) for label in labels[:5])
        raise ValueError(f"{said} ({len(labels):,} row{'s' if len(labels) > 1 else ''}, first: {shown})")


def score_grid(
    grid: np.ndarray, scale: Scale, *, items: Mapping[str, tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of one scale and how many of its items are answered, a row of `grid` a form, a column an item."""
    cells = grid[:, [list(items).index(item) for item in scale.items]]
    answered = (~np.isnan(cells)).sum(axis=1)
    enough = answered >= max(len(scale.items) - scale.missing_at_most, 1)
    if scale.decrements is not None:
        score = np.ones(len(grid)) - sum(
            np.array([np.nan, *scale.decrements[item]])[np.nan_to_num(cells[:, column]).astype(int)]
            for column, item in enumerate(scale.items)
        )
    else:
        low, high = items[scale.items[0]]
        share = (np.nansum(cells, axis=1) / np.maximum(answered, 1) - low) / (high - low)
        score = scale.low + (scale.high - scale.low) * (1 - share if scale.items_turned else share)
    return np.where(enough, score, np.nan), answered
