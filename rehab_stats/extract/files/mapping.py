"""The mapping file: how somebody's column names, codes, dates and numbers translate into the contract's."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehab_stats.extract.columns import TABLES
from rehab_stats.extract.convert import FALSE, TRUE, Stated, tidy_text
from rehab_stats.extract.offences import Offences, suggest
from rehab_stats.extract.settings import read_flag, read_yaml

MAPPING_KEYS = ("files", "sheets", "columns", "values", "dates", "day_first", "numbers")
MARKS = {"decimal": (",", "."), "thousands": (",", ".", " ", "'")}
_TIME = re.compile("%[HIMSfpXTzZ]")


@dataclass(frozen=True)
class MappingFile:
    """A mapping file, checked as far as it can be without the data.

    Attributes
    ----------
    name : str
        Name of the mapping file, for messages.
    files : dict
        Table -> file name.
    sheets : dict
        Table -> sheet of a workbook or table of a database.
    columns : dict
        Table -> their column name -> ours.
    values : dict
        Table -> our column -> their value -> our code ("" = missing).
    dates : dict
        Table -> our column -> strptime layout.
    day_first : bool
        Undecided dates are day first in every table.
    numbers : dict
        Table -> our column -> {"decimal": ..., "thousands": ...}.
    """

    name: str = "mapping file"
    files: dict[str, str] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    values: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    dates: dict[str, dict[str, str]] = field(default_factory=dict)
    day_first: bool = False
    numbers: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def stated(self, table: str, column: str) -> Stated:
        """What it states of one column."""
        marks = self.numbers.get(table, {}).get(column, {})
        return Stated(
            values=self.values.get(table, {}).get(column, {}),
            date_layout=self.dates.get(table, {}).get(column, ""),
            day_first=self.day_first,
            decimal=marks.get("decimal", ""),
            thousands=marks.get("thousands", ""),
        )


def read_mapping(data: bytes, *, name: str, offences: Offences) -> MappingFile:
    """A mapping file; every fault is noted, and what is sound of it is used so that the tables can be checked too."""
    read = read_yaml(data, rule="mapping_invalid", name=name, offences=offences) or {}
    for key in read:
        if key not in MAPPING_KEYS:
            offences.add("mapping_unknown", name, key, f"There is no key {key!r}{suggest(key, MAPPING_KEYS)}.")
    parts = {key: _tables(read.get(key, {}), key, name, offences) for key in ("columns", "values", "dates", "numbers")}
    check = _MappingCheck(name, offences)
    return MappingFile(
        name=name,
        files=check.names("files", read.get("files", {})),
        sheets=check.names("sheets", read.get("sheets", {})),
        columns={table: check.columns(table, names) for table, names in parts["columns"].items()},
        values={table: check.values(table, part) for table, part in parts["values"].items()},
        dates={table: check.dates(table, part) for table, part in parts["dates"].items()},
        day_first=read_flag(read, "day_first", "mapping_invalid", name, offences),
        numbers={table: check.numbers(table, part) for table, part in parts["numbers"].items()},
    )


def _tables(read: Any, key: str, name: str, offences: Offences) -> dict[str, dict]:
    """The part of a mapping under one key: known tables, each with keys."""
    if not isinstance(read, dict):
        offences.add("mapping_invalid", name, key, f"{key} has no tables under it.") if read else None
        return {}
    kept = {}
    for table, part in read.items():
        if table not in TABLES:
            said = f"There is no table {table!r}{suggest(table, TABLES)}."
            offences.add("mapping_unknown", name, f"{key}.{table}", said)
        elif not isinstance(part, dict):
            offences.add("mapping_invalid", name, f"{key}.{table}", "There are no keys (such as name: name) under it.")
        else:
            kept[table] = part
    return kept


@dataclass(frozen=True)
class _MappingCheck:
    """Checks the parts of a mapping file one by one; what is unsound is noted and left out."""

    name: str
    offences: Offences

    def _invalid(self, place: str, message: str) -> None:
        self.offences.add("mapping_invalid", self.name, place, message)

    def _ours(self, part: Mapping, key: str, table: str, kinds: Collection[str] = ()) -> dict[str, Any]:
        known = TABLES[table].by_name
        kept = {}
        for column, stated in part.items():
            place = f"{key}.{table}.{column}"
            if column not in known:
                said = f"There is no column {column!r} in {table}{suggest(column, known)}."
                self.offences.add("mapping_unknown", self.name, place, said)
            elif kinds and known[column].kind not in kinds:
                self._invalid(place, f"{column} holds no {' or '.join(kinds)}.")
            else:
                kept[column] = stated
        return kept

    def names(self, key: str, read: Any) -> dict[str, str]:
        """files, sheets: table -> name."""
        if not isinstance(read, dict):
            self._invalid(key, f"{key} has no tables under it.")
            return {}
        for table in read:
            if table not in TABLES:
                said = f"There is no table {table!r}{suggest(table, TABLES)}."
                self.offences.add("mapping_unknown", self.name, f"{key}.{table}", said)
        return {table: str(name) for table, name in read.items() if table in TABLES}

    def columns(self, table: str, names: Mapping) -> dict[str, str]:
        """columns: their name -> our name."""
        known = TABLES[table].by_name
        for theirs, ours in names.items():
            if ours not in known:
                said = f"There is no column {ours!r} in {table}{suggest(str(ours), known)}."
                self.offences.add("mapping_unknown", self.name, f"columns.{table}.{theirs}", said)
        return {tidy_text(theirs): ours for theirs, ours in names.items() if isinstance(ours, str) and ours in known}

    def values(self, table: str, part: Mapping) -> dict[str, dict[str, str]]:
        """values: our column -> their value -> our code."""
        kept = {}
        for column, pairs in self._ours(part, "values", table).items():
            if not isinstance(pairs, dict):
                self._invalid(f"values.{table}.{column}", "There are no pairs (such as Kvinde: female) under it.")
                continue
            described = TABLES[table].by_name[column]
            valid = TRUE + FALSE if described.kind == "flag" else described.codes
            for theirs, ours in pairs.items():
                if not isinstance(ours, str) or (valid and ours and ours not in valid):
                    said = f"{ours!r} is no code of {column}{suggest(str(ours), valid)}."
                    self.offences.add("mapping_unknown", self.name, f"values.{table}.{column}.{theirs}", said)
            kept[column] = {tidy_text(theirs): ours for theirs, ours in pairs.items() if isinstance(ours, str)}
        return kept

    def dates(self, table: str, part: Mapping) -> dict[str, str]:
        """dates: our column -> strptime layout."""
        kept = {}
        for column, layout in self._ours(part, "dates", table, ("date",)).items():
            place = f"dates.{table}.{column}"
            if not isinstance(layout, str) or not all(f"%{letter}" in layout for letter in "md"):
                self._invalid(place, 'A layout names day, month and year, such as "%d-%m-%Y".')
            elif _TIME.search(layout):
                self._invalid(place, "A layout names the day only: a time of day is taken off before it is read.")
            elif "%Y" not in layout:
                self._invalid(place, "A layout needs %Y: a year of two digits could be of either century.")
            else:
                kept[column] = layout
        return kept

    def numbers(self, table: str, part: Mapping) -> dict[str, dict[str, str]]:
        """numbers: our column -> {decimal, thousands}."""
        kept = {}
        for column, marks in self._ours(part, "numbers", table, ("amount",)).items():
            sound = isinstance(marks, dict) and all(mark in MARKS.get(key, ()) for key, mark in marks.items())
            if not sound or marks.get("decimal", "") == marks.get("thousands", "none"):
                self._invalid(f"numbers.{table}.{column}", 'Marks are stated as {decimal: ",", thousands: "."}.')
            else:
                kept[column] = dict(marks)
        return kept
