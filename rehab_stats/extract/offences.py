"""Collecting offences against the contract, and the one error that lists them all."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rehab_stats.extract.rules import SEVERITIES, SEVERITY_OF

OFFENCE_COLUMNS = ["severity", "table", "column", "rule", "count", "rows", "message"]
FIRST_ROWS = 5
FIRST_VALUES = 5
MANY_VALUES = 20  # more distinct unknown codes than this: the column may hold something else, so values stay unsaid
ROWS_EXPLAINED = "Rows are numbered as in the file: the header is row 1, the first row of data is row 2."
_NUMBER_LIKE = re.compile(r"\d.*\d.*\d.*\d.*\d.*\d")


class ContractError(ValueError):
    """An extract breaks the contract. The message lists every offence; nothing was read.

    Attributes
    ----------
    offences : pandas.DataFrame
        One row per offence, errors first: severity, table, column, rule, count, rows (a tuple of the first row numbers,
        the header being row 1) and message. Warnings and notes found on the way are among them.
    """

    def __init__(self, message: str, offences: pd.DataFrame):
        super().__init__(message)
        self.offences = offences


def nearest(word: str, choices: Iterable[str]) -> str:
    """The choice that looks most like a word, or "" when none does (difflib, case ignored)."""
    by_lower = {str(choice).casefold(): str(choice) for choice in choices}
    lowered = word.casefold()
    found = difflib.get_close_matches(lowered, by_lower, n=1, cutoff=0.45)
    if not found and lowered:
        found = [choice for choice in by_lower if choice.startswith(lowered)][:1]
    return by_lower[found[0]] if found else ""


def suggest(word: str, choices: Iterable[str]) -> str:
    """A clause that offers the nearest choice: " (nearest: female)", or "" when there is none."""
    found = nearest(word, choices)
    return f" (nearest: {found})" if found else ""


def shape_of(value: str) -> str:
    """The shape of a value without the value: digits become 9, letters a ("4/3/2011" -> "9/9/9999")."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", value))[:30]


def show_code(value: str) -> str:
    """A code as it may stand in a message; anything with six digits or more could name a person: only its shape."""
    return f"a value like {shape_of(value)}" if _NUMBER_LIKE.search(value) else repr(value[:30])


def safe_name(name: str) -> str:
    """A column name of a file, or its shape when it has six digits or more (a file without a header: a row of data)."""
    return shape_of(name) if _NUMBER_LIKE.search(name) else name[:60]


def list_codes(values: Sequence[str], valid: Sequence[str] = ()) -> str:
    """The offending codes of a column, each with the nearest valid code; only a count when there are very many."""
    if len(values) > MANY_VALUES:
        return f"{len(values):,} different values, not shown because there are so many"
    shown = [show_code(value) + suggest(value, valid) for value in values[:FIRST_VALUES]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


@dataclass(frozen=True)
class Offence:
    """One rule broken in one column: how often, and the first rows."""

    rule: str
    table: str
    column: str
    count: int
    rows: tuple[int, ...]
    message: str

    @property
    def severity(self) -> str:
        """error, warning or note, as RULES has it."""
        return SEVERITY_OF[self.rule]


@dataclass
class Offences:
    """What has been found so far; `stop` raises one ContractError when any of it is an error."""

    found: list[Offence] = field(default_factory=list)

    def add(
        self, rule: str, table: str, column: str, message: str, *, count: int = 1, rows: Iterable[int] = ()
    ) -> None:
        """Note one offence; `rows` are file row numbers, the first five are kept."""
        first = tuple(int(row) for row in list(rows)[:FIRST_ROWS])
        self.found.append(Offence(rule, table, column, int(count), first, message))

    def flag(self, rule: str, table: str, column: str, message: str, *, mask, rows: np.ndarray) -> None:
        """Note the rows in which `mask` is true (missing counts as false); nothing when there are none."""
        plain = getattr(mask, "dtype", None) is np.dtype(bool)  # numpy's own has no missing
        bad = np.asarray(mask if plain else pd.array(mask, dtype="boolean").fillna(False), dtype=bool)
        if bad.any():
            self.add(rule, table, column, message, count=bad.sum(), rows=rows[bad][:FIRST_ROWS])

    def frame(self, *severities: str) -> pd.DataFrame:
        """The offences of the given severities (all by default) as a frame, errors first, else in the order found."""
        wanted = severities or SEVERITIES
        kept = sorted((o for o in self.found if o.severity in wanted), key=lambda o: SEVERITIES.index(o.severity))
        rows = [(o.severity, o.table, o.column, o.rule, o.count, o.rows, o.message) for o in kept]
        return pd.DataFrame(rows, columns=OFFENCE_COLUMNS).astype({"count": "int64"})

    def stop(self, where: str) -> None:
        """Raise one ContractError that lists everything when there is an error; do nothing otherwise."""
        errors = [offence for offence in self.found if offence.severity == "error"]
        if errors:
            raise ContractError(_message(where, self.found, errors), self.frame())


def _line(offence: Offence) -> str:
    place = ".".join(part for part in (offence.table, offence.column) if part)
    rows = ", ".join(str(row) for row in offence.rows)
    more = offence.count - len(offence.rows)
    word = "Rows" if offence.count > 1 else "Row"
    told = f" {word} {rows}{f' and {more:,} more' if more else ''}." if rows else ""
    return f"{place + ': ' if place else ''}{offence.message}{told} [{offence.rule}]"


def _message(where: str, found: Sequence[Offence], errors: Sequence[Offence]) -> str:
    rest = [offence for offence in found if offence.severity != "error"]
    head = f"{where} breaks the contract in {len(errors)} way{'s' if len(errors) > 1 else ''}."
    lines = [f"{head} {ROWS_EXPLAINED}" if any(o.rows for o in found) else head]
    lines += [f"  {number}. {_line(offence)}" for number, offence in enumerate(errors, start=1)]
    if rest:
        lines.append("Found besides, and no reason to stop:")
        lines += [f"  - {offence.severity}: {_line(offence)}" for offence in rest]
    return "\n".join(lines)
