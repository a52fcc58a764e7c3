"""Files of SAS, Stata and SPSS: values, days and labels as their programs show them (pyreadstat)."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import numpy as np
import pyreadstat

from rehab_stats.extract.convert import TextColumn, tidy_text
from rehab_stats.extract.files.raw_tables import RawTable, Source, as_text, cells_column, names_twice, spelt_as_known
from rehab_stats.extract.offences import Offences

TRANSPORT_RECORD = 80  # bytes

#: File ending -> pyreadstat's reader and the program, for messages.
READERS: dict[str, tuple[Callable, str]] = {
    ".sas7bdat": (pyreadstat.read_sas7bdat, "SAS"),
    ".xpt": (pyreadstat.read_xport, "SAS transport"),
    ".dta": (pyreadstat.read_dta, "Stata"),
    ".sav": (pyreadstat.read_sav, "SPSS"),
    ".zsav": (pyreadstat.read_sav, "SPSS"),
}


def read_statistical(source: Source, *, table: str, known: Collection[str], offences: Offences) -> RawTable | None:
    """Read a file of SAS, Stata or SPSS; see `csv_files.read_csv` for the parameters.

    Columns with a date format are days, a missing value of any kind is an empty cell, and a column in which every value
    has a label becomes its labels. Labels that SAS keeps in a catalogue beside the file are not read.
    """
    read, program = READERS[source.path.suffix.lower()]
    try:
        _refuse_half_records(source)
        cells, about = read(io.BytesIO(source.data), output_format="dict")
    except Exception as error:  # ReadstatError, the above, and what conversion of text and dates raises
        why = {UnicodeDecodeError: ", or its letters are in another encoding than it says"}.get(type(error), "")
        said = f"The file is damaged, cut short, encrypted, or no {program} file{why}."
        offences.add("file_unreadable", table, "", said)
        return None
    names = [spelt_as_known(tidy_text(name), known) for name in about.column_names]
    if names_twice(names, table, offences):
        return None
    rows = len(next(iter(cells.values()), ()))
    columns = {}
    for name, original in zip(names, about.column_names, strict=True):
        labels = about.variable_value_labels.get(original, {})
        columns[name] = _labelled(cells_column(cells[original]), labels)
    return RawTable(columns, np.arange(2, rows + 2), rows)


def _refuse_half_records(source: Source) -> None:
    """A transport file cut short is read without a word: it states no number of rows, but is of records of 80 bytes."""
    if source.path.suffix.lower() == ".xpt" and len(source.data) % TRANSPORT_RECORD:
        raise ValueError("the last record is not whole")


def _labelled(column: TextColumn, labels: Mapping) -> TextColumn:
    """The labels in place of the values, where every value has one."""
    by_text = {as_text(value): label for value, label in labels.items()}
    filled = [text for text in column.texts if text]
    if not filled or any(text not in by_text for text in filled):
        return column
    texts = np.array([by_text[text] if text else "" for text in column.texts], dtype=object)
    return replace(column, texts=texts, typed="")
