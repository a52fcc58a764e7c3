"""From a folder of files to a validated extract, or to one error that lists everything wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import TABLES, Table
from rehab_stats.extract.contract import (
    CPR_MESSAGE,
    Extract,
    ExtractMeta,
    check_shape,
    check_tables,
    note_birth_missing,
)
from rehab_stats.extract.convert import convert_column, looks_like_cpr
from rehab_stats.extract.files.folder import MAPPING_FILE, META_FILE, SUMS_FILE, Folder, format_of, holds_tables
from rehab_stats.extract.files.mapping import MappingFile, read_mapping
from rehab_stats.extract.files.raw_tables import RawTable, Source
from rehab_stats.extract.offences import Offences, show_code, suggest
from rehab_stats.extract.settings import read_meta

DEFAULT_EXTRACT = Path(__file__).parents[3] / "data" / "synthetic" / "default"
SIX_MUNICIPALITIES = DEFAULT_EXTRACT.with_name("six_municipalities")
"""The synthetic extract of six invented municipalities, on which monitoring is shown."""

#: Notebook -> table -> columns it needs beyond the required ones.
NOTEBOOK_NEEDS: dict[str, dict[str, tuple[str, ...]]] = {
    "00_the_extract": {"persons": (), "diagnoses": (), "referrals": ()},
    "01_referral_gradient": {"persons": (), "diagnoses": (), "referrals": ()},
    "02_attendance": {"persons": (), "diagnoses": (), "referrals": (), "appointments": ()},
    "03_effect": {"persons": (), "diagnoses": (), "referrals": (), "appointments": (), "forms": ()},
    "04_pathway": {"persons": (), "diagnoses": (), "referrals": (), "appointments": ()},
    "05_monitoring": {"persons": (), "diagnoses": (), "referrals": (), "appointments": ()},
    "06_evidence_map": {},
    "11_referral_from_counts": {"persons": (), "diagnoses": (), "referrals": (), "denominators": ()},
    "91_real_people": {},
}
NEEDS_THE_UNREFERRED = ("01_referral_gradient", "04_pathway")
"""Notebooks that compare the referred with those who were not."""


@dataclass(frozen=True, eq=False)
class CheckReport:
    """What `check_extract` found; nothing is raised.

    Attributes
    ----------
    path : str
        The folder checked.
    meta : ExtractMeta or None
        What extract.yaml says; None when it is missing or broken.
    rows : dict
        Table -> rows in its file (a table that could not be read is absent).
    offences : pandas.DataFrame
        The errors: severity, table, column, rule, count, rows (tuple of first row numbers), message.
    findings : pandas.DataFrame
        The warnings and notes, same columns.
    notebooks : pandas.DataFrame
        One row per notebook: notebook, can_run (bool), why ("" when it can).
    checksum : str
        As in `Extract`.
    """

    path: str
    meta: ExtractMeta | None
    rows: Mapping[str, int]
    offences: pd.DataFrame
    findings: pd.DataFrame
    notebooks: pd.DataFrame
    checksum: str

    @property
    def ok(self) -> bool:
        """Whether the extract obeys the contract (it may still have warnings)."""
        return self.offences.empty


@dataclass
class _Reading:
    """Everything learnt about a folder while reading it."""

    path: Path
    folder: Folder
    offences: Offences
    meta: ExtractMeta | None = None
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    rows: dict[str, np.ndarray] = field(default_factory=dict)
    in_file: dict[str, int] = field(default_factory=dict)
    checksum: str = hashlib.sha256().hexdigest()


def load_extract(path: str | Path = "", *, mapping: str | Path = "") -> Extract:
    """Read an extract and hold it to the contract (data/CONTRACT.md).

    Parameters
    ----------
    path : str or Path
        The folder, or the one Excel workbook or DuckDB database in it that holds every table. "" = the default
        synthetic extract, found beside the installed package.
    mapping : str or Path
        A mapping file that translates column names, codes, dates and numbers. "" = `mapping.yaml` in the folder, if
        any.

    Returns
    -------
    Extract
        Tables in the contract's dtypes, one row per row of the files in their order, with warnings and notes as
        `findings`.

    Raises
    ------
    ContractError
        When anything of severity error is found. It is a ValueError, lists every offence of all files at once and has
        them as a frame in `.offences`. Checked in tests/extract/files/test_reader.py and
        tests/extract/test_broken_extracts.py.
    """
    reading = _read(path, mapping)
    reading.offences.stop(f"The extract in {reading.path}")
    findings = reading.offences.frame("warning", "note")
    return Extract(reading.tables, reading.meta, findings, reading.checksum, str(reading.path))


def check_extract(path: str | Path = "", *, mapping: str | Path = "") -> CheckReport:
    """Read an extract as `load_extract` does and report on it instead of raising; see there for the parameters."""
    reading = _read(path, mapping)
    errors = reading.offences.frame("error")
    return CheckReport(
        path=str(reading.path),
        meta=reading.meta,
        rows=dict(reading.in_file),
        offences=errors,
        findings=reading.offences.frame("warning", "note"),
        notebooks=_runnable(reading.tables, len(errors)),
        checksum=reading.checksum,
    )


def read_texts(path: str | Path, *, mapping: str | Path = "") -> tuple[dict[str, RawTable], MappingFile, Offences]:
    """The tables of a folder as they stand in their files, under the contract's names; nothing is held to the contract.

    Returns
    -------
    tables : dict
        Table -> RawTable.
    stated : MappingFile
    offences : Offences
        What was found on the way to the texts: files and sheets that cannot be read, or are not.
    """
    folder = Folder(Path(path), Offences())
    reading = _Reading(Path(path), folder, folder.offences)
    stated = _read_mapping(reading, mapping)
    tables = {}
    for name, source in folder.choose(stated).items():
        raw = _raw_table(reading, TABLES[name], source, stated)
        if raw is not None:
            tables[name] = raw
    return tables, stated, folder.offences


def _runnable(tables: Mapping[str, pd.DataFrame], errors: int) -> pd.DataFrame:
    rows = []
    for notebook, needs in NOTEBOOK_NEEDS.items():
        lacks = [table for table in needs if table not in tables]
        lacks += [f"{t}.{c}" for t, columns in needs.items() if t in tables for c in columns if c not in tables[t]]
        why = f"missing: {', '.join(lacks)}" if lacks else ""
        if not lacks and notebook in NEEDS_THE_UNREFERRED and _all_referred(tables):
            why = (
                "every person has a referral: who was not referred is known from the table denominators only, if at all"
            )
        if needs and errors:
            why = f"the extract breaks the contract in {errors} way{'s' if errors > 1 else ''}"
        rows.append((notebook, not why, why))
    return pd.DataFrame(rows, columns=["notebook", "can_run", "why"])


def _all_referred(tables: Mapping[str, pd.DataFrame]) -> bool:
    persons = tables["persons"]
    return len(persons) > 0 and bool(persons["person_id"].isin(tables["referrals"]["person_id"]).all())


def _read(path: str | Path, mapping: str | Path) -> _Reading:
    place = Path(path) if str(path) else DEFAULT_EXTRACT
    offences = Offences()
    only = place if place.is_file() and holds_tables(place) else None
    reading = _Reading(place, Folder(place.parent if only else place, offences, only), offences)
    if not place.is_dir() and not only:
        said = "It is a file, not a folder." if place.exists() else "The folder does not exist."
        offences.add("folder_missing", "", "", said)
        return reading
    stated = _read_mapping(reading, mapping)
    _read_meta(reading)
    for name, source in reading.folder.choose(stated).items():
        _read_table(reading, TABLES[name], source, stated)
    _add_checksums(reading)
    check_tables(reading.tables, reading.meta, offences=offences, rows=reading.rows, converted=True)
    return reading


def _add_checksums(reading: _Reading) -> None:
    """SHA-256 over the bytes of the files read, in the order of their names; each compared with SHA256SUMS."""
    file = reading.folder.path / SUMS_FILE
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    stated = {parts[1].lstrip("*"): parts[0] for parts in (line.split() for line in lines) if len(parts) == 2}
    total = hashlib.sha256()
    for name, path in sorted(reading.folder.files.items()):
        data = path.read_bytes()
        total.update(data)
        if name in stated and hashlib.sha256(data).hexdigest() != stated[name].lower():
            said = f"The file {name} differs from its checksum in {SUMS_FILE}."
            reading.offences.add("checksum_differs", name, "", said)
    reading.checksum = total.hexdigest()


def _read_mapping(reading: _Reading, mapping: str | Path) -> MappingFile:
    beside = reading.folder.path / MAPPING_FILE
    if not str(mapping) and not beside.exists():
        return MappingFile()
    file = Path(mapping) if str(mapping) else beside
    data = reading.folder.read_bytes(file, "mapping_invalid", file.name)
    return MappingFile() if data is None else read_mapping(data, name=file.name, offences=reading.offences)


def _read_meta(reading: _Reading) -> None:
    file = reading.folder.path / META_FILE
    if not file.exists():
        reading.offences.add("meta_missing", META_FILE, "", "The file extract.yaml is missing from the folder.")
        return
    data = reading.folder.read_bytes(file, "meta_invalid", META_FILE)
    reading.meta = None if data is None else read_meta(data, offences=reading.offences)


def _raw_table(reading: _Reading, table: Table, source: Source, stated: MappingFile) -> RawTable | None:
    """A table of text under the contract's names; None when its file cannot be read."""
    renames = stated.columns.get(table.name, {})
    read = format_of(source.path).read
    raw = read(source, table=table.name, known={*table.by_name, *renames}, offences=reading.offences)
    return None if raw is None else _rename(raw, stated, table, reading.offences)


def _read_table(reading: _Reading, table: Table, source: Source, stated: MappingFile) -> None:
    offences = reading.offences
    raw = _raw_table(reading, table, source, stated)
    if raw is None:
        return
    reading.in_file[table.name] = raw.in_file
    if not raw.in_file:
        offences.add("table_empty", table.name, "", "The file has a header and no rows.")
    if not check_shape(table, list(raw.columns), offences=offences):
        return
    for name, column in raw.columns.items():
        if looks_like_cpr(column):
            offences.add("cpr_number", table.name, name, CPR_MESSAGE, count=len(raw.rows))
    frame = _convert(raw, table, stated, offences)
    reading.tables[table.name], reading.rows[table.name] = frame, raw.rows


def _rename(raw: RawTable, stated: MappingFile, table: Table, offences: Offences) -> RawTable:
    renames = stated.columns.get(table.name, {})
    for theirs in (name for name in renames if name not in raw.columns):
        said = f"The file has no column {theirs!r}{suggest(theirs, raw.columns)}."
        offences.add("mapping_unknown", stated.name, f"columns.{table.name}.{theirs}", said)
    columns = {}
    for name, column in raw.columns.items():
        ours = renames.get(name, name)
        if ours in columns:
            said = f"Two columns of the file become {ours} (one of them is {show_code(name)})."
            offences.add("column_twice", table.name, ours, said, count=2)
        columns.setdefault(ours, column)
    return RawTable(columns, raw.rows, raw.in_file)


def _convert(raw: RawTable, table: Table, stated: MappingFile, offences: Offences) -> pd.DataFrame:
    """The contract's columns of a raw table in the contract's order and dtypes."""
    series = {
        column.name: convert_column(
            raw.columns[column.name],
            column,
            table=table.name,
            rows=raw.rows,
            stated=stated.stated(table.name, column.name),
            offences=offences,
        )
        for column in table.columns
        if column.name in raw.columns
    }
    frame = pd.DataFrame(series, index=pd.RangeIndex(len(raw.rows)))
    if table.name == "persons" and not _unread(offences, "birth_date", "birth_year"):
        note_birth_missing(frame, rows=raw.rows, offences=offences)
    return frame


def _unread(offences: Offences, *columns: str) -> bool:
    """Whether values of these columns of persons could not be read, so that their absence says nothing new."""
    return any(o.table == "persons" and o.column in columns and o.severity == "error" for o in offences.found)
