"""The tables forms and items: days on which questionnaires were due, given and returned, and what was answered.

Both questionnaires are due on the day of the first session attended, and again `form_due` days later if the person then
still lives here and that day is not after the extract date: what is due later is not in the extract. Whether the course
still runs makes no difference. Everybody who started has rows for the first form, also who was never given it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from rehab_stats.extract.columns import OCCASION, STATUS
from rehab_stats.extract.instrument_list import INSTRUMENTS, Scale
from rehab_stats.extract.synthetic.attendance import next_weekday, wait_days
from rehab_stats.extract.synthetic.courses import SESSIONS, last_days
from rehab_stats.extract.synthetic.forms import HIGHEST, REFERENCE_SCORE, STEPS, draw_forms
from rehab_stats.extract.synthetic.mechanism import Mechanism
from rehab_stats.extract.synthetic.people import RELATIVE
from rehab_stats.extract.synthetic.tables import dates, ids, named

GIVEN = ("qlq_c30", "eq_5d_5l")
"""Questionnaires that are handed out together; the mechanism's score is the global scale of the first."""

GLOBAL_ITEMS = ("29", "30")
"""Items of the global scale."""

SHOWN = {"baseline": "returned_baseline", "end": "returned_followup"}
"""Occasion of the synthetic forms -> the step of `draw_forms` that says whether its form comes back."""

GAPS = ("given_baseline", "returned_baseline", "given_end", "returned_end")
"""Uniform numbers of each person who started, in this order: the days until forms are given and come back."""


def draw_started(
    mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame, appointments: pd.DataFrame
) -> pd.DataFrame:
    """The patients who attended a session, with their scores and the days of their forms.

    Parameters
    ----------
    mechanism : Mechanism
    rng : Generator
        The stream of the table forms: the draws of `draw_forms`, then `GAPS` of each person.
    people : DataFrame
        From `draw_everyone`.
    appointments : DataFrame
        From `draw_courses`: person, course, day, kind, status.

    Returns
    -------
    DataFrame
        In the order of people: person (row of people), course (row of courses), the columns of `draw_forms`, and by
        occasion due_<occasion>, given_<occasion>, returned_<occasion>: days since 1970-01-01, NaN for never.
    """
    came = appointments["kind"].isin(SESSIONS) & (appointments["status"] == STATUS.index("attended"))
    first = appointments.loc[came & (people["kind"].to_numpy()[appointments["person"]] != RELATIVE)]
    first = first.sort_values(["person", "day"], kind="stable").drop_duplicates("person").reset_index(drop=True)
    day, person = first["day"].to_numpy(), first["person"].to_numpy()
    start_year = day.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    forms = draw_forms(mechanism, rng, people.iloc[person].assign(start_year=start_year)).reset_index(drop=True)
    started = pd.concat([first[["person", "course"]], forms], axis=1)
    last = np.minimum(last_days(people)[person] - 1, int(mechanism.day("extract_date").astype(int)))
    gap = {name: rng.random(len(started)) for name in GAPS}
    for occasion, step in SHOWN.items():
        due = day + int(mechanism.number("form_due", occasion))
        given = next_weekday(due + wait_days(mechanism, "form_given", gap[f"given_{occasion}"]))
        back = given + wait_days(mechanism, "form_returned", gap[f"returned_{occasion}"])
        started[f"due_{occasion}"] = np.where(due <= last, due, np.nan)
        # what would come after the last day comes on it: the mechanism alone decides which forms are seen
        started[f"given_{occasion}"] = np.where((due <= last) & forms["given"], np.minimum(given, last), np.nan)
        started[f"returned_{occasion}"] = np.where((due <= last) & forms[step], np.minimum(back, last), np.nan)
    return started


def due_forms(started: pd.DataFrame) -> pd.DataFrame:
    """One row a person and occasion on which forms were due, in that order.

    Columns: row (of started), person, course, occasion (place), due, given, returned (days), score (true, seen or not).
    """
    parts = []
    for occasion, score in zip(SHOWN, ("true_baseline", "true_followup"), strict=True):
        days = {name: started[f"{name}_{occasion}"] for name in ("due", "given", "returned")}
        part = started[["person", "course"]].assign(occasion=OCCASION.index(occasion), **days, score=started[score])
        parts.append(part.assign(row=np.arange(len(part))))
    rows = pd.concat(parts, ignore_index=True)
    return rows[rows["due"].notna()].sort_values(["row", "occasion"], kind="stable", ignore_index=True)


def forms_table(due: pd.DataFrame, people: pd.DataFrame, courses: int) -> pd.DataFrame:
    """The table forms: whole questionnaires, to be scored from items; by person, occasion and questionnaire."""
    rows = due.loc[due.index.repeat(len(GIVEN))]
    return pd.DataFrame(
        {
            "person_id": people["person_id"].to_numpy()[rows["person"]],
            "course_id": ids("c", courses)[rows["course"]],
            "instrument": np.tile(np.array(GIVEN, dtype=object), len(due)),
            "scale": pd.array([None] * len(rows), dtype="string"),
            "occasion": named(rows["occasion"], OCCASION),
            "due_on": dates(rows["due"]).to_numpy(),
            "given_on": dates(rows["given"]).to_numpy(),
            "returned_on": dates(rows["returned"]).to_numpy(),
            "score": np.full(len(rows), np.nan),
        }
    )


def items_table(
    mechanism: Mechanism, rng: np.random.Generator, due: pd.DataFrame, people: pd.DataFrame, *, started: int
) -> pd.DataFrame:
    """The table items: every item of every form that came back, answered or not; in the order of forms and items.

    The two items of the global scale give the person's score. Every other scale, and every item of EQ-5D-5L, has a
    level of its own, normal and correlated with that score, part of it the same on both occasions; each item is that
    level on its own answers, rounded up or down by chance.

    Parameters
    ----------
    mechanism : Mechanism
    rng : Generator
        The stream of the table items.
    due : DataFrame
        From `due_forms`.
    people : DataFrame
        From `draw_everyone`.
    started : int
        Persons who started: each has numbers of their own, whether or not a form of theirs came back.
    """
    levels, rule = list(mechanism.levels("form_scale", "mean")), mechanism.levels("form_items")
    of_person = ndtri(rng.random((started, len(levels))))
    back = due[due["returned"].notna()].reset_index(drop=True)
    of_form = ndtri(rng.random((len(back), len(levels))))
    names = [(instrument, item) for instrument in GIVEN for item in INSTRUMENTS[instrument].items]
    rounding, left_out = (rng.random((len(back), len(names))) for _ in range(2))
    kept = rule["of_the_person"]
    own = np.sqrt(kept) * of_person[back["row"]] + np.sqrt(1 - kept) * of_form
    common = (back["score"].to_numpy() - REFERENCE_SCORE) / mechanism.number("form_baseline", "spread")
    health = rule["correlation"] * common[:, None] + np.sqrt(1 - rule["correlation"] ** 2) * own
    answers = np.empty((len(back), len(names)), dtype="int64")
    for place, (instrument, item) in enumerate(names):
        if item not in GLOBAL_ITEMS:
            level, *scale = _level_of(instrument, item, levels)
            answers[:, place] = _answer(mechanism, health[:, levels.index(level)], level, rounding[:, place], *scale)
    answers[:, [names.index((GIVEN[0], item)) for item in GLOBAL_ITEMS]] = _global_answers(
        back["score"], rounding[:, 0]
    )
    flat = back.index.repeat(len(names))
    instruments, items = zip(*names, strict=True)
    return pd.DataFrame(
        {
            "person_id": people["person_id"].to_numpy()[back["person"]][flat],
            "instrument": np.tile(np.array(instruments, dtype=object), len(back)),
            "occasion": named(back["occasion"].iloc[flat], OCCASION),
            "item": np.tile(np.array(items, dtype=object), len(back)),
            "answer": pd.Series(answers.ravel(), dtype="Int64").mask(left_out.ravel() < rule["unanswered"]),
        }
    )


def _level_of(instrument: str, item: str, levels: list[str]) -> tuple[str, Scale, tuple[int, int]]:
    """Name of the level behind an item, its scale and its lowest and highest answer."""
    known = INSTRUMENTS[instrument]
    scale = next(scale for scale in known.scales if item in scale.items)
    return (scale.name if scale.name in levels else item), scale, known.items[item]


def _answer(
    mechanism: Mechanism, health: np.ndarray, level: str, chance: np.ndarray, scale: Scale, limits: tuple[int, int]
) -> np.ndarray:
    """Answers to one item of persons whose health on its level is so many spreads from the mean."""
    mean, spread = (mechanism.number("form_scale", level, stratum) for stratum in ("mean", "spread"))
    points = mean + spread * (health if scale.higher_is_better else -health)
    share, (low, high) = np.clip(points, 0.0, HIGHEST) / HIGHEST, limits
    steps = (high - low) * (1 - share if scale.items_turned else share)
    return np.minimum(low + np.floor(steps + chance), high).astype("int64")


def _global_answers(score: pd.Series, chance: np.ndarray) -> np.ndarray:
    """The two answers, 1 to 7, that give each score of the global scale: as near to each other as can be."""
    steps = np.round(score.to_numpy() * STEPS / HIGHEST).astype(int)
    first = np.floor(steps / 2 + chance).astype(int)
    return 1 + np.column_stack([first, steps - first])
