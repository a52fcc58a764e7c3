"""The tables of the synthetic extract: what registers would show of the people and what befell them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import (
    AGE_GROUPS,
    APPOINTMENT_KIND,
    CLOSE_REASON,
    EDUCATION,
    FORMAT,
    MODE,
    NEED,
    ORIGIN,
    ROLE,
    SEX,
    STATUS,
)
from rehab_stats.extract.synthetic.appointments import PROFESSIONS
from rehab_stats.extract.synthetic.hazards import last_day
from rehab_stats.extract.synthetic.mechanism import Mechanism
from rehab_stats.extract.synthetic.people import DEPARTMENTS, GROUPS, INCLUDED, LABOUR_MARKET, RELATIVE


def persons_table(mechanism: Mechanism, people: pd.DataFrame) -> pd.DataFrame:
    """The table persons: what a register shows of them on the extract date."""
    died, left = _dates_of_leaving(mechanism, people)
    known = people["education"].to_numpy() != EDUCATION.index("unknown")
    return pd.DataFrame(
        {
            "person_id": people["person_id"],
            "sex": named(people["male"].astype(int), SEX),
            "birth_date": people["birth"],
            "education": named(people["education"], EDUCATION),
            "education_as_of": np.where(known, _education_looked_up(mechanism, people), np.datetime64("NaT")),
            "income": people["income"].where(~people["income_missing"]),
            "cohabiting": people["cohabiting"].astype("boolean").mask(people["cohabiting_missing"]),
            "children_at_home": people["children"],
            "labour_market": named(people["labour_market"], LABOUR_MARKET),
            "comorbidity": people["comorbidity"],
            "origin": named(people["origin"], ORIGIN),
            "role": named((people["kind"] == RELATIVE).astype(int), ROLE),
            "death_date": died,
            "emigration_date": left,
        }
    )


def diagnoses_table(mechanism: Mechanism, people: pd.DataFrame) -> pd.DataFrame:
    """The table diagnoses: first ones and the second ones that were made in time; none of relatives."""
    end = last_day(people)
    first = people[people["kind"] != RELATIVE]
    second_on = people["diagnosed"] + _days(people["second_day"])
    again = people[
        (people["second_day"] < end) & (second_on <= mechanism.day("last_diagnosis")) & (people["kind"] != RELATIVE)
    ]
    shown = (mechanism.day("extract_date") - first["diagnosed"]).dt.days
    assessed = first["needs_assessed"].where(first["needs_assessed"] < np.minimum(end[first.index], shown + 1))
    departments = np.array([DEPARTMENTS[group] for group in GROUPS], dtype=object)
    columns = {
        "person_id": [first["person_id"], again["person_id"]],
        "diagnosis_date": [first["diagnosed"], second_on[again.index]],
        "diagnosis": [first["code"], again["second_code"]],
        "municipality": [first["municipality"], _lives_in(mechanism, again)],
        "department": [
            departments[first["group"]],
            departments[again["second_group"]],
        ],
        "needs_assessed_on": [
            first["diagnosed"] + _days(assessed),
            np.full(len(again), np.datetime64("NaT", "ns")),
        ],
    }
    if not mechanism.scenario.need_is_hidden:
        found = np.where(assessed.notna(), np.array(NEED, dtype=object)[first["need"]], None)
        columns["need"] = [found, np.full(len(again), None, dtype=object)]
    # column by column: joining frames warns when one of them, as with few persons, is empty
    table = pd.DataFrame({name: np.concatenate(parts) for name, parts in columns.items()})
    table.index = np.concatenate([first.index, again.index])
    return table.sort_index(kind="stable").reset_index(drop=True)  # a second one follows its person's first


def residences_table(mechanism: Mechanism, people: pd.DataFrame) -> pd.DataFrame:
    """The table residences: the stay at diagnosis, the one elsewhere, the one after moving back; the last is open."""
    shown = np.minimum((mechanism.day("extract_date") - people["diagnosed"]).dt.days, last_day(people))
    away, back = np.ceil(people["moving_day"]), people["back_day"]
    moved = (people["moving_day"] < people[["death_day", "emigration_day"]].min(axis=1)) & (away <= shown)
    returned = moved & (back < shown)
    moved_on, back_on = (
        people["diagnosed"] + _days(day.where(kept)) for day, kept in ((away, moved), (back, returned))
    )
    home = people["municipality"].to_numpy()
    stays = [
        (people.index, home, people["lived_since"], moved_on),
        (people.index[moved], people["moves_to"][moved], moved_on[moved], back_on[moved]),
        (people.index[returned], home[returned], back_on[returned], pd.Series(pd.NaT, index=people.index[returned])),
    ]
    place, municipality, begins, ends = (np.concatenate(parts) for parts in zip(*stays, strict=True))
    order = np.argsort(place, kind="stable")
    table = {"person_id": people["person_id"].to_numpy()[place], "municipality": municipality}
    return pd.DataFrame({**table, "from": begins, "to": ends}).iloc[order].reset_index(drop=True)


def denominators_table(people: pd.DataFrame) -> pd.DataFrame:
    """The table denominators: how many of each kind were diagnosed, counted from all whom a cohort will include.

    One row a combination that occurs, by calendar year of the first diagnosis.
    """
    people = people[people["kind"] == INCLUDED]
    years = np.unique(people["year"])
    ages = np.searchsorted(list(AGE_GROUPS.values()), people["age"].to_numpy(), side="right") - 1
    homes, home = np.unique(people["municipality"].to_numpy().astype(str), return_inverse=True)
    axes = {
        "municipality": (tuple(homes), home),
        "period": ([str(year) for year in years], np.searchsorted(years, people["year"])),
        "sex": (SEX, people["male"].to_numpy().astype(int)),
        "age_group": (tuple(AGE_GROUPS), ages),
        "education": (EDUCATION, people["education"].to_numpy()),
        "diagnosis_group": (GROUPS, people["group"].to_numpy()),
    }
    shape = [len(codes) for codes, _ in axes.values()]
    counts = np.bincount(np.ravel_multi_index([places for _, places in axes.values()], shape))
    cells = np.flatnonzero(counts)
    places = np.unravel_index(cells, shape)
    columns = {
        name: np.array(codes, dtype=object)[at] for (name, (codes, _)), at in zip(axes.items(), places, strict=True)
    }
    return pd.DataFrame({**columns, "diagnosed": counts[cells]})


def referrals_table(referrals: pd.DataFrame, people: pd.DataFrame, course: np.ndarray) -> pd.DataFrame:
    """The table referrals: those received while they were registered, each with the course it led to (-1 for none)."""
    seen = referrals[referrals["seen"]].reset_index(drop=True)
    courses = np.append(ids("c", course.max(initial=-1) + 1), None)
    known = {"person_id": people["person_id"].to_numpy()[seen["person"]], "course_id": courses[course]}
    return seen.assign(referral_id=ids("r", len(seen)), **known)


def courses_table(courses: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The table courses, in the order in which they were opened."""
    return pd.DataFrame(
        {
            "course_id": ids("c", len(courses)),
            "person_id": people["person_id"].to_numpy()[courses["person"]],
            "municipality": people["municipality"].to_numpy()[courses["person"]],
            "opened_on": dates(courses["opened"]),
            "closed_on": dates(courses["closed"]),
            "close_reason": named(courses["close_reason"], CLOSE_REASON),
            "decline_reason": courses["decline_reason"],
        }
    )


def appointments_table(appointments: pd.DataFrame, courses: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The table appointments, in the order of courses and days."""
    return pd.DataFrame(
        {
            "appointment_id": ids("a", len(appointments)),
            "person_id": people["person_id"].to_numpy()[appointments["person"]],
            "course_id": ids("c", len(courses))[appointments["course"]],
            "booked_on": dates(appointments["booked"]),
            "date": dates(appointments["day"]),
            "kind": named(appointments["kind"], APPOINTMENT_KIND),
            "mode": named(appointments["mode"], MODE),
            "format": named(appointments["format"], FORMAT),
            "profession": np.array(PROFESSIONS, dtype=object)[appointments["profession"]],
            "status": named(appointments["status"], STATUS),
        }
    )


def _education_looked_up(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Day of the year before diagnosis on which the education register counts."""
    begun = {name: int(value) for name, value in mechanism.levels("education_as_of").items()}
    years = (people["year"].to_numpy() - begun["years_before_diagnosis"] - 1970).astype("datetime64[Y]")
    return (years.astype("datetime64[M]") + begun["month"] - 1).astype("datetime64[D]") + begun["day"] - 1


def _lives_in(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Municipality of residence on the day of the second diagnosis."""
    home = people["municipality"].to_numpy()
    if not mechanism.scenario.moves:
        return home
    day = people["second_day"].to_numpy()
    away = (np.ceil(people["moving_day"].to_numpy()) <= day) & ~(people["back_day"].to_numpy() <= day)
    return np.where(away, people["moves_to"].to_numpy(), home)


def dates(days: pd.Series) -> pd.Series:
    """Dates of days since 1970-01-01; missing ones NaT."""
    return pd.Timestamp(0) + _days(days)


def _days(values: pd.Series) -> pd.Series:
    """Whole days as lengths of time, missing ones NaT; pandas' own conversion overflows at random on missing ones."""
    days = values.fillna(0).astype("int64").to_numpy().astype("timedelta64[D]").astype("timedelta64[ns]")
    return pd.Series(days, index=values.index).where(values.notna())


def _dates_of_leaving(mechanism: Mechanism, people: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Dates of death and of emigration, whichever comes first, as far as the extract date shows them."""
    within = (mechanism.day("extract_date") - people["diagnosed"]).dt.days
    last = last_day(people)
    shown = last <= within
    date = people["diagnosed"] + _days(last.where(shown))
    dies = people["death_day"] <= people["emigration_day"]
    return date.where(dies), date.where(~dies)


def named(places: pd.Series, codes: tuple[str, ...]) -> pd.Categorical:
    """Codes for their places; categories spare a million strings."""
    return pd.Categorical.from_codes(places.to_numpy(), categories=list(codes))


def ids(letter: str, count: int) -> np.ndarray:
    """Pseudonyms p000001, p000002, ...: a letter first, so that none can look like a CPR number."""
    width = max(6, len(str(count)))
    digits = np.arange(1, count + 1)[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10
    letters = np.hstack([np.full((count, 1), ord(letter)), digits + ord("0")]).astype(np.uint8)
    # a row of bytes is one text: much quicker than formatting a million numbers
    return np.ascontiguousarray(letters).view(f"S{width + 1}").ravel().astype(str).astype(object)
