"""Rules on forms and items: the order of a form's days, names and ranges of what is scored, and who ever missed one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import OCCASION
from rehab_stats.extract.evidence import Evidence
from rehab_stats.extract.instruments import INSTRUMENTS, score_grid
from rehab_stats.extract.offences import list_codes, show_code

SCALES = [(known.name, scale) for known in INSTRUMENTS.values() for scale in known.scales]
"""Every scale whose scoring is known, beside its instrument's name."""

ITEMS = [(known.name, item) for known in INSTRUMENTS.values() for item in known.items]
"""Every item of those instruments, beside the instrument's name."""

ROUNDING = 1e-9  # points


def check_forms(e: Evidence) -> None:
    """Forms against their own days and their person's, their scores, and the answers that belong to them."""
    scales = _places(e, "forms", "scale", [(name, scale.name) for name, scale in SCALES])
    items = _places(e, "items", "item", ITEMS)
    if "forms" in e.tables:
        _check_days(e)
        _check_order(e)
        _check_scores(e, scales)
        _check_missed(e)
    _check_answers(e, items)
    numbers = _form_numbers(e)
    if "forms" in numbers and e.has("forms", "scale"):
        _check_scored(e, numbers, scales, items)


def _places(e: Evidence, table: str, column: str, known: list[tuple[str, str]]) -> np.ndarray:
    """For every row of a table the place of its instrument and scale or item among the known; -1 = not there."""
    if not e.has(table, "instrument", column):
        return np.full(len(e.tables.get(table, ())), -1)
    (by, instruments), (of, names) = (pd.factorize(e.tables[table][name]) for name in ("instrument", column))
    place = {pair: number for number, pair in enumerate(known)}
    found = [[place.get((instrument, name), -1) for name in (*names, "")] for instrument in (*instruments, "")]
    return np.array(found)[by, of]  # a missing name has the code -1: the last, which is nowhere


def _check_days(e: Evidence) -> None:
    """What cannot have happened on that day, or not in that order."""
    due, given, returned = (e.days("forms", column) for column in ("due_on", "given_on", "returned_on"))
    said = "The form came back before it was given."
    e.flag("returned_before_given", "forms", "returned_on", said, returned < given)
    if e.has("forms", "given_on"):
        said = "The form came back and has no day on which it was given; it counts as given."
        e.flag("returned_never_given", "forms", "given_on", said, returned.notna() & given.isna())
    died = e.of_person("forms", e.days("persons", "death_date"))
    e.flag("returned_after_death", "forms", "returned_on", "The form came back after death.", returned > died)
    e.flag("given_after_death", "forms", "given_on", "The form was given after death.", given > died)
    e.flag("due_after_death", "forms", "due_on", "The form was due after death.", due > died)
    said = "The form was given before the person's first cancer diagnosis."
    early = given.fillna(returned) < e.of_person("forms", e.first_diagnosis())
    e.flag("form_before_diagnosis", "forms", "given_on", said, early)
    if e.meta is not None:
        said = "The form was due outside the registration period of extract.yaml."
        outside = e.unregistered("forms", due) & (due <= e.meta.extract_date)  # what is to come is registered as due
        e.flag("form_outside_registration", "forms", "due_on", said, outside)


def _check_order(e: Evidence) -> None:
    """Later forms due by the day of the first: of the same scale, or else of the same instrument."""
    if "forms" not in e.place or not e.has("forms", "instrument", "scale", "occasion", "due_on"):
        return
    frame, due = e.tables["forms"], e.days("forms", "due_on")
    first = (frame["occasion"] == OCCASION[0]).to_numpy(dtype=bool)
    known = (e.place["forms"] >= 0) & frame["instrument"].notna().to_numpy()
    instrument, scale = (pd.factorize(frame[name], use_na_sentinel=False)[0] for name in ("instrument", "scale"))
    owner = pd.Series(e.place["forms"] * (instrument.max(initial=0) + 1) + instrument)
    start = pd.Series(pd.NaT, index=due.index, dtype=due.dtype)
    for key in (owner * (scale.max(initial=0) + 1) + scale, owner):
        start = start.fillna(key.map(due[first & known].groupby(key[first & known]).min()))
    said = "The form is due by the day of the person's baseline form of the same instrument."
    e.flag("due_by_baseline", "forms", "due_on", said, ~first & known & (due <= start))


def _check_scores(e: Evidence, place: np.ndarray) -> None:
    """Scales that an instrument does not have, and scores that a scale cannot have."""
    if not e.has("forms", "instrument", "scale"):
        return
    frame = e.tables["forms"]
    known, named = frame["instrument"].isin(list(INSTRUMENTS)).to_numpy(), frame["scale"].notna().to_numpy()
    strange = known & named & (place < 0)
    said = f"The instrument has no such scale: {_strangers(frame[strange], 'scale', SCALES)}."
    e.flag("unknown_scale", "forms", "scale", said, strange)
    if not e.has("forms", "score"):
        return
    score = frame["score"].to_numpy()
    low, high = (np.array([getattr(scale, end) for _, scale in SCALES])[place] for end in ("low", "high"))
    said = "The score is outside the range of its scale."
    outside = (place >= 0) & ((score < low - ROUNDING) | (score > high + ROUNDING))
    e.flag("score_out_of_range", "forms", "score", said, outside)
    said = "The score is of a whole questionnaire whose scales are scored one by one; it is not used."
    e.flag("score_without_scale", "forms", "score", said, known & ~named & ~np.isnan(score))
    if e.has("forms", "returned_on"):
        said = "The form has a score and did not come back."
        away = frame["returned_on"].isna().to_numpy() & ~np.isnan(score)
        e.flag("score_never_returned", "forms", "returned_on", said, away)


def _check_missed(e: Evidence) -> None:
    """Forms that nobody ever missed: then those that were not given or not returned have perhaps no row."""
    if e.meta is None or not e.has("forms", "person_id", "instrument", "occasion", "returned_on"):
        return
    frame = e.tables["forms"].reset_index(drop=True)
    if frame["person_id"].nunique() < e.limits.edited_min:
        return
    past = (e.days("forms", "due_on") <= e.meta.extract_date) & frame["instrument"].notna() & frame["occasion"].notna()
    seen = frame[past].assign(back=frame["returned_on"].notna())
    kinds = seen.groupby(["instrument", "occasion"], observed=True).agg(
        persons=("person_id", "nunique"), back=("back", "all")
    )
    kinds = kinds.index[(kinds["persons"] >= e.limits.edited_min) & kinds["back"]]
    shown = ", ".join(f"{show_code(instrument)} {occasion}" for instrument, occasion in kinds)
    said = f"Every past form of these came back; missing forms are perhaps not registered: {shown}."
    rows = pd.MultiIndex.from_frame(frame[["instrument", "occasion"]].astype(object)).isin(list(kinds))
    e.flag("forms_never_missed", "forms", "returned_on", said, past & rows if len(kinds) else past & False)


def _check_answers(e: Evidence, place: np.ndarray) -> None:
    """Items that an instrument does not have, answers that an item cannot have, and instruments nobody can score."""
    if not e.has("items", "instrument", "item", "answer"):
        return
    frame = e.tables["items"]
    known = frame["instrument"].isin(list(INSTRUMENTS)).to_numpy()
    strange = known & (place < 0) & frame["item"].notna().to_numpy()
    said = f"The instrument has no such item: {_strangers(frame[strange], 'item', ITEMS)}."
    e.flag("unknown_item", "items", "item", said, strange)
    said = "The answer is none of the answers of its item."
    sane = frame["answer"].between(0, 100).fillna(False).to_numpy(dtype=bool)  # others have been noted already
    e.flag("answer_out_of_range", "items", "answer", said, ~_within(frame, place) & sane & (place >= 0))
    others = frame["instrument"].notna().to_numpy() & ~known
    names = sorted(set(frame["instrument"][others]))
    said = (
        f"No scoring is known for these instruments, so their answers are not used: {list_codes(names, INSTRUMENTS)}."
    )
    e.flag("instrument_unknown", "items", "instrument", said, others)


def _within(frame: pd.DataFrame, place: np.ndarray) -> np.ndarray:
    """Which answers are empty or lie in the range of their item."""
    low, high = (np.array([INSTRUMENTS[name].items[item][end] for name, item in ITEMS])[place] for end in (0, 1))
    answer = frame["answer"].astype("float64").to_numpy()
    return np.isnan(answer) | ((answer >= low) & (answer <= high))


def _strangers(rows: pd.DataFrame, column: str, known: list[tuple]) -> str:
    """The names in a column that their instrument does not have, each with the nearest that it has."""
    told = []
    for instrument, names in rows.groupby("instrument", observed=True)[column]:
        valid = [getattr(part, "name", part) for owner, part in known if owner == instrument]
        told.append(f"{list_codes(sorted(set(names)), valid)} of {instrument}")
    return ", ".join(told)


def _form_numbers(e: Evidence) -> dict[str, np.ndarray]:
    """For every row of forms and items a number of its person, instrument and occasion; -1 = one is not known."""
    tables = [t for t in ("forms", "items") if t in e.place and e.has(t, "instrument", "occasion")]
    names = pd.Index(pd.unique(pd.concat([e.tables[t]["instrument"] for t in tables]).dropna())) if tables else ()
    numbers = {}
    for table in tables:
        parts = names.get_indexer(e.tables[table]["instrument"]), e.tables[table]["occasion"].cat.codes.to_numpy()
        number = (e.place[table] * len(names) + parts[0]) * len(OCCASION) + parts[1]
        known = (e.place[table] >= 0) & (parts[0] >= 0) & (parts[1] >= 0)
        numbers[table] = np.where(known, number, -1)
    return numbers


def _check_scored(e: Evidence, numbers: Mapping[str, np.ndarray], scales: np.ndarray, items: np.ndarray) -> None:
    """Forms against the answers that belong to them."""
    frame, number = e.tables["forms"], numbers["forms"]
    own = frame["score"].to_numpy() if "score" in frame else np.full(len(frame), np.nan)
    returned = e.days("forms", "returned_on").notna().to_numpy() & (number >= 0)
    complete = "items" in numbers and e.has("items", "item", "answer")
    scored = _scores_of_items(e, numbers["items"], items) if complete else pd.Series(dtype="float64")
    from_items = pd.Series(number * len(SCALES) + scales).map(scored).where(scales >= 0).to_numpy(dtype="float64")
    if complete and e.has("forms", "returned_on"):
        answered = e.tables["items"]["answer"].notna().to_numpy() & (numbers["items"] >= 0)
        said = "The answer belongs to no form that came back."
        lost = answered & ~np.isin(numbers["items"], number[returned])
        e.flag("answer_without_form", "items", "answer", said, lost)
    with_score = np.concatenate([number[~np.isnan(own)], scored.index[scored.notna()].to_numpy() // len(SCALES)])
    whole = frame["scale"].isna().to_numpy() & np.isin(number, with_score)
    said = "The form came back and has neither a score nor enough answers for one."
    e.flag("returned_without_score", "forms", "score", said, returned & ~whole & np.isnan(own) & np.isnan(from_items))
    points = np.array([e.limits.score_points if scale.high == 100 else e.limits.score_index for _, scale in SCALES])
    said = "The score is another than its answers give."
    e.flag("score_disagrees", "forms", "score", said, np.abs(own - from_items) > points[scales] + ROUNDING)


def _scores_of_items(e: Evidence, number: np.ndarray, place: np.ndarray) -> pd.Series:
    """Scores that sound answers give; index: number of the form times number of scales, plus place of the scale."""
    sound = (number >= 0) & (place >= 0) & _within(e.tables["items"], place)
    answers = e.tables["items"]["answer"].to_numpy("float64", na_value=np.nan)[sound]
    asked, row, times = np.unique(number[sound] * len(ITEMS) + place[sound], return_inverse=True, return_counts=True)
    forms, form = np.unique(asked // len(ITEMS), return_inverse=True)
    once = times[row] == 1  # of two answers to one item none is taken
    grid = np.full((len(forms), len(ITEMS)), np.nan)
    grid[form[row[once]], place[sound][once]] = answers[once]
    scores = np.empty((len(forms), len(SCALES)))
    for column, (name, scale) in enumerate(SCALES):
        items = INSTRUMENTS[name].items
        own = grid[:, [ITEMS.index((name, item)) for item in items]]
        scores[:, column], _ = score_grid(own, scale, items=items)
    return pd.Series(scores.ravel(), index=(forms[:, None] * len(SCALES) + np.arange(len(SCALES))).ravel())
