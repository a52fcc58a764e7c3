"""Which file, and which sheet of it, holds each table of an extract."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from rehab_stats.extract.columns import TABLES
from rehab_stats.extract.files.formats import FORMATS, Format
from rehab_stats.extract.files.mapping import MappingFile
from rehab_stats.extract.files.raw_tables import Source
from rehab_stats.extract.offences import Offences, list_codes, suggest

META_FILE = "extract.yaml"
MAPPING_FILE = "mapping.yaml"
SUMS_FILE = "SHA256SUMS"
COMPANIONS = (META_FILE, MAPPING_FILE, SUMS_FILE, "answer_key.csv", "CONTRACT.md", "README.md", "README.txt")
WHOLE = "extract"
"""Name, without its ending, of a workbook or database that holds every table."""


def format_of(path: Path) -> Format | None:
    """How a file with this ending is read; None when the ending is unknown."""
    return FORMATS.get(path.suffix.lower())


def holds_tables(path: Path) -> bool:
    """Whether a file of this ending may hold several tables."""
    found = format_of(path)
    return found is not None and found.list_parts is not None


@dataclass
class Folder:
    """The files of an extract, opened when they are asked for.

    Attributes
    ----------
    path : Path
        The folder.
    offences : Offences
    files : dict
        Name -> path of every file that was opened.
    only : Path or None
        The one workbook or database that holds every table; None: the whole folder.
    """

    path: Path
    offences: Offences
    only: Path | None = None
    files: dict[str, Path] = field(default_factory=dict)
    _sources: dict[Path, Source | None] = field(default_factory=dict)
    _parts: dict[Path, list[str] | None] = field(default_factory=dict)

    def read_bytes(self, file: Path, rule: str, name: str) -> bytes | None:
        """The bytes of a file; None, and an offence under `rule`, when it cannot be opened."""
        try:
            data = file.read_bytes()
        except OSError as error:
            self.offences.add(rule, name, "", f"The file {file.name} cannot be opened: {error.strerror}.")
            return None
        self.files[file.name] = file
        return data

    def choose(self, stated: MappingFile) -> dict[str, Source]:
        """Table -> where it is: as the mapping says, else a file of its name, or one that holds every table."""
        here = [self.only] if self.only else sorted(e for e in self.path.iterdir() if not e.name.startswith("."))
        whole = [e for e in here if holds_tables(e) and (e.stem == WHOLE or e == self.only)]
        whole = [e for e in whole if e.name not in stated.files.values()]
        chosen: dict[str, Source] = {}
        for table in TABLES:
            if table in stated.files:
                found = self._stated(stated, table, [entry.name for entry in here])
            else:
                named = [e for e in here if e.stem == table and format_of(e) and e not in whole]
                found = [self._of_its_own(entry, stated, table) for entry in named]
                found += [self._in_whole(entry, stated, table) for entry in whole]
                found = [source for source in found if source]
                self._note_missing(table, found or named, here, whole)
            if len(found) > 1:
                names = ", ".join(source.path.name for source in found)
                said = f"There are several files for one table: {names}."
                self.offences.add("two_files", table, "", said, count=len(found))
            elif found:
                chosen[table] = found[0]
        self._note_parts(chosen)
        self._note_others(here, stated, whole)
        return chosen

    def _note_missing(self, table: str, found: list, here: list[Path], whole: list[Path]) -> None:
        unread = any(self.parts(entry) is None for entry in whole)  # it may be in there: said once, of the file
        if found or unread or not TABLES[table].required:
            return
        names = [entry.name for entry in here]
        expected = f"{table}.csv or {table}.parquet" if not whole else f"{table} in {whole[0].name}"
        said = f"There is no file {expected}{suggest(table, names)}." if not whole else f"There is no table {expected}."
        self.offences.add("table_missing", table, "", said)

    def _stated(self, stated: MappingFile, table: str, names: list[str]) -> list[Source]:
        name = stated.files[table]
        place = f"files.{table}"
        if name not in names:
            said = f"There is no file {name!r} in the folder{suggest(name, names)}."
            self.offences.add("mapping_unknown", stated.name, place, said)
            return []
        if not format_of(Path(name)):
            said = f"A file ends in {' or '.join(FORMATS)}; {name!r} does not."
            self.offences.add("mapping_invalid", stated.name, place, said)
            return []
        found = self._of_its_own(self.path / name, stated, table)
        return [found] if found else []

    def _of_its_own(self, entry: Path, stated: MappingFile, table: str) -> Source | None:
        """The file of one table; of a workbook the sheet of its name, or its only one."""
        source = self._source(entry, table)
        if source is None or not holds_tables(entry):
            return source
        parts = self.parts(entry)
        if parts is None:
            return None
        part = self._part(parts, stated, table) or (parts[0] if len(parts) == 1 else "")
        if not part and table not in stated.sheets:
            said = (
                f"{entry.name} has no sheet or table {table}, but {list_codes(parts) or 'none'}; "
                f"name it in the mapping file (sheets: {{{table}: ...}})."
            )
            self.offences.add("sheet_undecided", table, "", said)
        return replace(source, part=part) if part else None

    def _in_whole(self, entry: Path, stated: MappingFile, table: str) -> Source | None:
        source, parts = self._source(entry, entry.name), self.parts(entry)
        part = self._part(parts, stated, table) if source and parts else ""
        return replace(source, part=part) if part else None

    def _part(self, parts: list[str], stated: MappingFile, table: str) -> str:
        if table in stated.sheets:
            if stated.sheets[table] in parts:
                return stated.sheets[table]
            said = f"There is no sheet or table {stated.sheets[table]!r}{suggest(stated.sheets[table], parts)}."
            self.offences.add("mapping_unknown", stated.name, f"sheets.{table}", said)
            return ""
        return next((part for part in parts if part.strip().casefold() == table), "")

    def _source(self, entry: Path, name: str) -> Source | None:
        if entry not in self._sources:
            data = self.read_bytes(entry, "file_unreadable", name)
            self._sources[entry] = None if data is None else Source(entry, data)
        return self._sources[entry]

    def parts(self, entry: Path) -> list[str] | None:
        """The sheets or tables of a file; None when it cannot be read, which is noted once."""
        if entry not in self._parts:
            source = self._source(entry, entry.name)
            self._parts[entry] = source and FORMATS[entry.suffix.lower()].list_parts(source, self.offences)
        return self._parts[entry]

    def _note_parts(self, chosen: dict[str, Source]) -> None:
        used = {(source.path, source.part) for source in chosen.values()}
        for entry, parts in self._parts.items():
            for part in (part for part in parts or () if (entry, part) not in used):
                said = f"The sheet or table {part[:30]!r} is not read: it is no table of the contract."
                self.offences.add("sheet_ignored", entry.name, "", said)

    def _note_others(self, here: list[Path], stated: MappingFile, whole: list[Path]) -> None:
        for entry in here:
            by_name = entry.stem in TABLES and format_of(entry) and entry.stem not in stated.files
            read = entry.name in (*COMPANIONS, *stated.files.values(), *self.files)
            if by_name or read or entry in whole:
                continue
            elsewhere = entry.stem in stated.files
            why = (
                "the mapping file names another file for its table"
                if elsewhere
                else "no table of the contract has this name"
            )
            self.offences.add("file_ignored", entry.name, "", f"The file {entry.name} is not read: {why}.")
