"""File formats: what a file's ending says of how to read it; another format is one more row of `FORMATS`.

A reader notes what it cannot read as an offence and never lets its library's own error out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rehab_stats.extract.files.csv_files import read_csv
from rehab_stats.extract.files.raw_tables import RawTable, Source
from rehab_stats.extract.files.statistical_files import READERS, read_statistical
from rehab_stats.extract.files.typed_files import list_tables, read_database, read_parquet
from rehab_stats.extract.files.workbooks import list_sheets, read_sheet
from rehab_stats.extract.offences import Offences


@dataclass(frozen=True)
class Format:
    """How to read one table of a file, and, where a file may hold several, how to list them."""

    read: Callable[..., RawTable | None]
    list_parts: Callable[[Source, Offences], list[str] | None] | None = None


FORMATS: dict[str, Format] = {
    ".csv": Format(read_csv),
    ".parquet": Format(read_parquet),
    ".xlsx": Format(read_sheet, list_sheets),
    ".duckdb": Format(read_database, list_tables),
    **{ending: Format(read_statistical) for ending in READERS},
}
