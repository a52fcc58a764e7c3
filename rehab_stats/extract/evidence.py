"""The tables of an extract side by side, as the rules across rows and tables need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import CANCER, NOT_COUNTED, TABLES
from rehab_stats.extract.offences import Offences
from rehab_stats.extract.rules import Limits
from rehab_stats.extract.settings import ExtractMeta


@dataclass(frozen=True)
class Evidence:
    """The tables side by side: every row of the others next to its person, with absent columns as missing.

    `place` says for every row of a table about persons where its person stands in `persons`; -1 = not there.
    """

    tables: Mapping[str, pd.DataFrame]
    rows: Mapping[str, np.ndarray]
    meta: ExtractMeta | None
    limits: Limits
    offences: Offences
    place: Mapping[str, np.ndarray]

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
    ids = tables["persons"]["person_id"].reset_index(drop=True)
    known = ids[ids.notna() & ~ids.duplicated()]
    index, position = pd.Index(known.astype(object)), known.index.to_numpy()
    places = {}
    for table in TABLES:
        if table != "persons" and table in tables and "person_id" in tables[table]:
            found = index.get_indexer(tables[table]["person_id"].astype(object))
            places[table] = np.where(found < 0, -1, position[found]) if len(position) else found
    return places
