"""From text cells to the contract's types, column by column, noting every value that cannot be read.

Each column arrives as its distinct texts and the position of every row's text among them, so each text is read once.
A value that cannot be read becomes missing and its offence stops the extract at the end: no row is left out here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import Column
from rehab_stats.extract.dates import parse_dates
from rehab_stats.extract.offences import Offences, list_codes, shape_of
from rehab_stats.extract.rules import LIMITS

MISSING = ("", "na", "n/a", "nan", "null", "none", "<na>", "nat", ".")  # compared in lower case, spaces taken off
TRUE = ("true", "1", "ja", "yes")
FALSE = ("false", "0", "nej", "no")
_PLAIN = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")
_GROUPED = re.compile(r"-?[1-9]\d{0,2}([., \u00a0]\d{3})+([.,]\d+)?")
_ONE_GROUP = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")
_WHOLE = re.compile(r"[+-]?\d{1,18}([.,]0+)?")
_ICD10 = re.compile(r"[A-Z]\d{2}(\.?[0-9A-Z]{1,3})?")
_SKS = re.compile(r"D[A-Z]\d{2}.*")
_CPR = re.compile(r"(\d{1,2})(\d{2})(\d{2})[- ]?\d{4}(?:[.,]0+)?")  # as a number it has lost a leading zero


@dataclass(frozen=True)
class TextColumn:
    """One column as read: its distinct texts and, for every row, the position of its text.

    `typed` is "number" or "date" when the file knew the type (Parquet and others), so that marks and layouts are no
    question; "mixed" where some cells are numbers and others text (Excel); else "". `numbers` marks the texts that were
    numbers, where the file knew it.
    """

    texts: np.ndarray
    codes: np.ndarray
    typed: str = ""
    numbers: np.ndarray | None = None


@dataclass(frozen=True)
class Stated:
    """What the mapping file states about one column: value translations, date layout, decimal and thousands marks."""

    values: Mapping[str, str] = field(default_factory=dict)
    date_layout: str = ""
    day_first: bool = False
    decimal: str = ""
    thousands: str = ""


@dataclass
class _Task:
    """One column on its way: where it stands, its distinct texts (cleaned), and where the offences go."""

    table: str
    column: Column
    texts: np.ndarray
    present: np.ndarray
    codes: np.ndarray
    rows: np.ndarray
    stated: Stated
    typed: str
    numbers: np.ndarray
    offences: Offences

    def broken(self, rule: str, bad: np.ndarray, message: str) -> None:
        """Note a rule broken by the distinct texts marked in `bad`, counting rows."""
        hit = bad[self.codes]
        if hit.any():
            count = int(hit.sum())
            said = f"{count:,} value{'s' if count > 1 else ''} {message}"
            self.offences.add(rule, self.table, self.column.name, said, count=count, rows=self.rows[hit][:5])


def tidy_text(text: str) -> str:
    """A cell without spaces around it and with its letters composed (å as one character)."""
    stripped = text.strip()
    return stripped if stripped.isascii() else unicodedata.normalize("NFC", stripped)


def short_municipality(code: str) -> str:
    """A municipality code without a leading 0: 0101 and 101 are the same, the registers write both."""
    return code[1:] if len(code) == 4 and code[0] == "0" and code.isdigit() else code


def looks_like_cpr(values: TextColumn) -> bool:
    """Whether more than half of a column's distinct texts look like CPR numbers (ddmmyy-xxxx, dash and zero optional).

    Of a very long column 5,000 evenly spaced texts are looked at.
    """
    texts = (
        values.texts[np.linspace(0, len(values.texts) - 1, 5_000).astype(int)]
        if len(values.texts) > 5_000
        else values.texts
    )
    filled = [text for text in map(str.strip, texts) if text.lower() not in MISSING]
    return sum(map(_is_cpr, filled)) * 2 > len(filled)


def _is_cpr(text: str) -> bool:
    found = _CPR.fullmatch(text)
    if not found:
        return False
    day, month = int(found.group(1)), int(found.group(2))
    return 1 <= month <= 12 and 1 <= day <= (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def convert_column(
    values: TextColumn, column: Column, *, table: str, rows: np.ndarray, stated: Stated, offences: Offences
) -> pd.Series:
    """One column in the contract's dtype.

    Parameters
    ----------
    values : TextColumn
    column : Column
        What the contract says of it.
    table : str
        Used in the offences.
    rows : numpy.ndarray of int
        File row number of every row.
    stated : Stated
        What the mapping file says of it.
    offences : Offences
        Where every broken rule is noted; nothing is raised.

    Returns
    -------
    pandas.Series
        As many rows as `values.codes`; missing where empty or unreadable.
    """
    cleaned = [tidy_text(text) for text in values.texts]
    mapped = [stated.values.get(text, text) for text in cleaned] if stated.values else cleaned
    texts = np.array(mapped, dtype=object)
    present = np.array([text.lower() not in MISSING for text in mapped], dtype=bool)
    numbers = np.full(len(texts), values.typed == "number") if values.numbers is None else values.numbers
    task = _Task(table, column, texts, present, values.codes, rows, stated, values.typed, numbers & present, offences)
    _note_missing(task)
    return _CONVERTERS[column.kind](task).set_axis(pd.RangeIndex(len(rows)))


def _note_missing(task: _Task) -> None:
    means = task.column.missing
    if means == "error":
        task.broken("value_missing", ~task.present, "missing, but every row must have one.")
    elif means == "warning":
        task.broken("value_absent", ~task.present, "missing.")
    elif means:
        task.broken("read_as_unknown", ~task.present, f"missing and read as the code {means}.")


def _take(task: _Task, per_text: pd.Series | pd.api.extensions.ExtensionArray, dtype) -> pd.Series:
    return pd.Series(pd.Series(per_text, dtype=dtype).array.take(task.codes), dtype=dtype)


def _strings(task: _Task) -> pd.Series:
    return _take(task, np.where(task.present, task.texts, None), "string")


def _ids(task: _Task) -> pd.Series:
    if not task.numbers.any():
        return _strings(task)
    whole = np.array([text.isdecimal() for text in task.texts], dtype=bool)
    said = "stored as numbers with more than 15 digits, or with decimals: what they were is lost. Store ids as text."
    task.broken("id_rounded", task.numbers & ~whole, said)
    said = "stored as numbers: leading zeros, if there were any, are gone."
    task.broken("id_as_number", task.numbers & whole, said)
    return _strings(task)


def _municipalities(task: _Task) -> pd.Series:
    short = np.array([short_municipality(text) for text in task.texts], dtype=object)
    return _take(task, np.where(task.present, short, None), "string")


def _icd10(task: _Task) -> pd.Series:
    upper = [text.upper() for text in task.texts]
    sks = np.array([bool(_SKS.fullmatch(text)) for text in upper], dtype=bool) & task.present
    plain = [text[1:] if prefixed else text for text, prefixed in zip(upper, sks, strict=True)]
    good = np.array([bool(_ICD10.fullmatch(text)) for text in plain], dtype=bool)
    task.broken("sks_prefix", sks, "written as SKS codes (DC50); the leading D is taken off.")
    bad = task.present & ~good
    task.broken("not_icd10", bad, f"not ICD-10 codes such as C50 or C50.9: {list_codes(sorted(task.texts[bad]))}.")
    return _take(task, np.where(task.present & good, np.array(plain, dtype=object), None), "string")


def _codes(task: _Task) -> pd.Series:
    valid = task.column.codes
    bad = task.present & ~np.isin(task.texts, valid)
    shown = list_codes(sorted(task.texts[bad]), valid)
    task.broken("unknown_code", bad, f"not among the codes: {shown}. Valid codes: {', '.join(valid)}.")
    texts = np.where(task.present, task.texts, task.column.missing if task.column.missing in valid else None)
    positions = pd.Categorical(texts, dtype=task.column.dtype).codes
    return pd.Series(pd.Categorical.from_codes(positions[task.codes], dtype=task.column.dtype))


def _flags(task: _Task) -> pd.Series:
    lowered = np.array([text.lower() for text in task.texts], dtype=object)
    true, false = np.isin(lowered, TRUE), np.isin(lowered, FALSE)
    bad = task.present & ~true & ~false
    shown = list_codes(sorted(task.texts[bad]))
    task.broken("unknown_code", bad, f"not true or false: {shown}. Valid: {', '.join(TRUE + FALSE)}.")
    return _take(task, np.where(true | false, true, None), "boolean")


def _counts(task: _Task) -> pd.Series:
    good = np.array([bool(_WHOLE.fullmatch(text)) for text in task.texts], dtype=bool) & task.present
    task.broken("bad_number", task.present & ~good, "not whole numbers.")
    numbers = [int(re.split("[.,]", text)[0]) if ok else None for text, ok in zip(task.texts, good, strict=True)]
    return _take(task, numbers, "Int64")


def _amounts(task: _Task) -> pd.Series:
    texts = task.texts
    stated = Stated() if task.typed == "number" else task.stated  # a typed number has no marks of its own
    if stated.thousands:
        texts = np.array([text.replace(stated.thousands, "") for text in texts], dtype=object)
    plain = np.array([bool(_PLAIN.fullmatch(text)) for text in texts], dtype=bool) & task.present
    mark = stated.decimal or ("." if task.typed == "number" else _decimal_mark(task, texts, plain))
    other = "," if mark == "." else "."
    wrong = (
        np.array([other in text for text in texts], dtype=bool) & plain if mark else np.zeros(len(texts), dtype=bool)
    )
    grouped = np.array([bool(_GROUPED.fullmatch(text)) for text in texts], dtype=bool) & task.present & ~plain
    task.broken("number_format", grouped, f"written with thousands marks; {_state_numbers(task)}.")
    task.broken("number_format", wrong, f"with the decimal mark {other!r} where the column has {mark!r}.")
    task.broken("bad_number", task.present & ~plain & ~grouped, "not numbers.")
    good = plain & ~wrong
    if not mark:  # undecided: noted by _decimal_mark, so nothing is read from a text with a mark
        good &= ~np.array([("," in text or "." in text) for text in texts], dtype=bool)
    numbers = [float(text.replace(",", ".")) if ok else np.nan for text, ok in zip(texts, good, strict=True)]
    return pd.Series(np.array(numbers, dtype="float64")[task.codes])


def _decimal_mark(task: _Task, texts: np.ndarray, plain: np.ndarray) -> str:
    """The decimal mark of a column of texts; "" (and an offence) when 312.500 could be either three hundred or more."""
    marked = np.array([("," in text or "." in text) for text in texts], dtype=bool) & plain
    if not marked.any():
        return "."
    sure = marked & ~np.array([bool(_ONE_GROUP.fullmatch(text)) for text in texts], dtype=bool)
    if not sure.any():
        said = f"like 999.999, which could be thousands or three decimals; {_state_numbers(task)}."
        task.broken("number_format", marked, said)
        return ""
    commas = sum("," in text for text in texts[sure])
    return "," if commas * 2 > sure.sum() else "."


def _state_numbers(task: _Task) -> str:
    place = f"{task.table}: {{{task.column.name}: "
    return f'state the marks in the mapping file (numbers: {{{place}{{decimal: ",", thousands: "."}}}}}})'


def _dates(task: _Task) -> pd.Series:
    where = np.flatnonzero(task.present)
    stated = Stated() if task.typed == "date" else task.stated
    parsed = parse_dates(
        task.texts[where],
        table=task.table,
        column=task.column.name,
        layout=stated.date_layout,
        day_first=stated.day_first,
    )
    for rule, (positions, message) in parsed.broken.items():
        bad = np.zeros(len(task.texts), dtype=bool)
        bad[where[positions]] = True
        task.broken(rule, bad, message + _shapes(task, bad, rule))
    days = np.full(len(task.texts), np.datetime64("NaT", "D"))
    days[where] = parsed.days
    outside = (days < np.datetime64(f"{LIMITS.year_min}-01-01")) | (days > np.datetime64("2200-12-31"))
    said = f"before {LIMITS.year_min} or after 2200; map a stand-in for no date to an empty text in the mapping file."
    task.broken("date_out_of_range", outside, said)
    days[outside] = np.datetime64("NaT", "D")
    return pd.Series(days.astype("datetime64[ns]")[task.codes])


def _shapes(task: _Task, bad: np.ndarray, rule: str) -> str:
    if rule != "bad_date":
        return ""
    shapes = sorted({shape_of(text) for text in task.texts[bad][:200]})[:3]
    return f" Shape: {', '.join(shapes)}."


_CONVERTERS: dict[str, Callable[[_Task], pd.Series]] = {
    "id": _ids,
    "text": _strings,
    "icd10": _icd10,
    "municipality": _municipalities,
    "period": _strings,
    "ages": _strings,
    "code": _codes,
    "flag": _flags,
    "count": _counts,
    "amount": _amounts,
    "date": _dates,
}
