"""The tables of an extract side by side, as the rules across rows and tables need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import CANCER, NOT_COUNTED, TABLES
from rehab_stats.extract.offences import Offences
from rehab_stats.extract.rules import Limits
from rehab_stats.extract.settings import ExtractMeta


@dataclass(frozen=True)
class Evidence:
    """The tables side by side: every row of the others next to its person, with absent columns as missing.

    `place` says for every row of a table about persons where its person stands in `persons`; -1 = not there. `course`
    says the same of the courses that referrals, appointments and forms name.
    """

    tables: Mapping[str, pd.DataFrame]
    rows: Mapping[str, np.ndarray]
    meta: ExtractMeta | None
    limits: Limits
    offences: Offences
    place: Mapping[str, np.ndarray]
    course: Mapping[str, np.ndarray]

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table and the columns are there."""
        return table in self.tables and all(column in self.tables[table] for column in columns)

    def days(self, table: str, column: str) -> pd.Series:
        """A date column of a table; all missing when it is not there."""
        if self.has(table, column):
            return self.tables[table][column].reset_index(drop=True)
        return pd.Series(pd.NaT, index=range(len(self.tables.get(table, ()))), dtype="datetime64[ns]")

    def of_person(self, table: str, per_person: pd.Series) -> pd.Series:
        """Something known per person (a row of persons), placed beside the rows of another table."""
        place = self.place.get(table, np.full(len(self.tables.get(table, ())), -1))
        return per_person.reset_index(drop=True).reindex(place).reset_index(drop=True)  # -1 is no row: missing

    def first_diagnosis(self) -> pd.Series:
        """Day of the first diagnosis of every row of persons; as in the cohort, of a cancer other than C44."""
        return self._first_diagnosis.copy()

    @cached_property
    def _first_diagnosis(self) -> pd.Series:
        first = pd.Series(pd.NaT, index=range(len(self.tables.get("persons", ()))), dtype="datetime64[ns]")
        if self.has("diagnoses", "diagnosis_date", "diagnosis") and "diagnoses" in self.place:
            codes = self.tables["diagnoses"]["diagnosis"].astype("category")
            names = codes.cat.categories
            counted = names[names.str.match(CANCER) & ~names.str.startswith(NOT_COUNTED)] if len(names) else names
            place = np.where(codes.isin(counted), self.place["diagnoses"], -1)
            found = self.days("diagnoses", "diagnosis_date").groupby(place).min()
            found = found[found.index >= 0]
            first.iloc[found.index] = found.to_numpy()
        return first

    def of_course(self, table: str, per_course: pd.Series) -> pd.Series:
        """Something known per course (a row of courses), placed beside the rows of another table."""
        return per_course.reset_index(drop=True).reindex(self.course[table]).reset_index(drop=True)

    def unregistered(self, table: str, on: pd.Series) -> pd.Series:
        """Which days lie outside the registration period that extract.yaml states of a table; none when it does not."""
        if self.meta is None or table not in self.meta.registration:
            return pd.Series(False, index=on.index)
        start, end = self.meta.registration[table]
        return (on < start) | (on > end) if end is not None else on < start

    def patients(self) -> np.ndarray:
        """Which rows of persons are not relatives."""
        persons = self.tables["persons"]
        return ~(persons["role"] == "relative").to_numpy() if "role" in persons else np.ones(len(persons), dtype=bool)

    def diagnosed(self) -> np.ndarray:
        """Which rows of persons have a diagnosis, dated or not."""
        place = self.place["diagnoses"]
        known = np.zeros(len(self.tables["persons"]), dtype=bool)
        known[place[place >= 0]] = True
        return known

    def flag(self, rule: str, table: str, column: str, message: str, mask) -> None:
        """Note the rows of a table that break a rule."""
        self.offences.flag(rule, table, column, message, mask=mask, rows=self.rows[table])


def places(tables: Mapping[str, pd.DataFrame]) -> dict[str, np.ndarray]:
    """For every row of a table about persons the position of its person in persons; -1 = not there."""
    if "persons" not in tables or "person_id" not in tables["persons"]:
        return {}
    others = [name for name in TABLES if name != "persons" and name in tables and "person_id" in tables[name]]
    return {name: positions(tables[name]["person_id"], tables["persons"]["person_id"]) for name in others}


def course_places(tables: Mapping[str, pd.DataFrame]) -> dict[str, np.ndarray]:
    """For every row of a table that names courses the position of its course in courses; -1 = not there."""
    if "courses" not in tables or "course_id" not in tables["courses"]:
        return {}
    others = [name for name in ("referrals", "appointments", "forms") if name in tables and "course_id" in tables[name]]
    return {name: positions(tables[name]["course_id"], tables["courses"]["course_id"]) for name in others}


def positions(ids: pd.Series, of: pd.Series) -> np.ndarray:
    """For every id where it stands in a column of ids, the first time it does; -1 = not there, or missing."""
    of = of.reset_index(drop=True)
    known = of[of.notna() & ~of.duplicated()]
    found = pd.Index(known.astype(object)).get_indexer(ids.astype(object))
    return np.where(found < 0, -1, known.index.to_numpy()[found]) if len(known) else found
