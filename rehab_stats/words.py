"""Words for codes in English and Danish, and how numbers are written.

Codes are the contract's and the result type's own (`short`, `hazard_ratio`, `age_sex_year`). A code that means
different things in different columns is entered as `column=code`; that entry wins over the plain one.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable

from rehab_stats.effect_words import EFFECT
from rehab_stats.evidence_words import EVIDENCE
from rehab_stats.monitoring_words import MONITORING
from rehab_stats.participation_words import PARTICIPATION
from rehab_stats.pathway_words import PATHWAY
from rehab_stats.word_list import WORDS as ACCESS

LANGUAGES = ("en", "da")
WORDS: dict[str, tuple[str, str]] = ACCESS | PARTICIPATION | EFFECT | PATHWAY | MONITORING | EVIDENCE
"""Code -> words in each language: access, participation, effect, pathway, monitoring and the printed evidence."""


def label(code: object, language: str = "en", column: str = "") -> str:
    """The words for a code in a language; `column` picks the meaning where one code has several.

    A code without an entry is shown as it is, underscores turned to spaces, so that a user's own levels still read.
    Raises ValueError on a language that the table does not have.
    """
    place = place_of(language)
    text = str(code)
    found = WORDS.get(f"{column}={text}") or WORDS.get(text)
    return found[place] if found else text.replace("_", " ")


def format_number(value: float | None, digits: int = 2, language: str = "en") -> str:
    """A number as print writes it: 13,840 and 1.33 in English, 13.840 and 1,33 in Danish; nothing for a missing one."""
    place = place_of(language)
    if value is None or not math.isfinite(float(value)):
        return ""
    text = f"{float(value):,.{digits}f}"
    if re.fullmatch(r"-0(\.0+)?", text):  # a rounded minus nought is nought
        text = text[1:]
    text = text.replace("-", "\N{MINUS SIGN}")
    return text.translate(str.maketrans(",.", ".,")) if place else text


def format_interval(low: float, high: float, digits: int = 2, language: str = "en") -> str:
    """An interval in words: `1.19 to 1.49`, `1,19 til 1,49`; nothing when a limit is missing."""
    ends = [format_number(limit, digits, language) for limit in (low, high)]
    return f" {label('to', language)} ".join(ends) if all(ends) else ""


def format_p(value: float | None, language: str = "en") -> str:
    """A p-value with three decimals, `<0.001` below that, never `0.000`; nothing for a missing one."""
    if value is None or not math.isfinite(float(value)):
        return ""
    return "<" + format_number(0.001, 3, language) if value < 0.001 else format_number(value, 3, language)


def did_you_mean(given: object, known: Iterable[object], *, cutoff: float = 0.5) -> str:
    """`; did you mean 'x'?` for the nearest of `known`, or nothing when none is near (likeness of `cutoff`, 0 to 1)."""
    nearest = difflib.get_close_matches(str(given), [str(choice) for choice in known], n=1, cutoff=cutoff)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def place_of(language: str) -> int:
    """Where the words of a language stand in a pair; ValueError for a language that is not there."""
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}; got {language!r}")
    return LANGUAGES.index(language)
