"""How a change between two scores, and the deltas of what is missing, are named."""

from __future__ import annotations

from collections.abc import Mapping

from rehab_stats.effect_words import IN_POINTS
from rehab_stats.words import LANGUAGES, format_number, label

CHANGE = "change"
"""Outcome of what is about a change between two scores."""
BEYOND = frozenset({"improved", "worsened"})
"""Outcomes that are a change beyond a threshold: a share of persons, no risk."""
TIPS = frozenset({"zero", "interval", "mid"})
"""Outcomes of a tipping delta: what it tips to."""
RATES = ("completion_rate", "available_rate")
"""Measures of how many forms came back."""
BOUNDS = ("lowest_mean", "highest_mean", "lowest_difference", "highest_difference")
"""Measures of what is left to be possible, in the order of a table."""
DELTAS = "delta_reference"
"""Stratum of a tipping map: the delta of the reference level; `at` is then the delta of the level, and no time."""
CHANGE_IN = ("change in {scale}", "ændring i {scale}")
EQUAL_BASELINE = (" at equal baseline", " ved samme startniveau")


def change_label(context: Mapping, language: str = "en") -> str:
    """A change with the scale it is on: `change in global health status (points) at equal baseline`.

    `scale` of the context is the scale, its unit in brackets unless it has none; `analysis` says whether levels are
    compared at equal baseline.
    """
    scale, place = context.get("scale"), LANGUAGES.index(language) if language in LANGUAGES else 0
    words = CHANGE_IN[place].format(scale=label(scale, language, "scale")) if scale else label(CHANGE, language)
    words += f" ({label('points', language)})" if scale in IN_POINTS else ""
    return words + (EQUAL_BASELINE[place] if context.get("analysis") == "ancova" else "")


def is_delta(stratum: str | None) -> bool:
    """Whether a stratum is a column of a tipping map."""
    return isinstance(stratum, str) and stratum.startswith(f"{DELTAS}=")


def delta_words(stratum: str, language: str = "en") -> str:
    """The delta in the name of a stratum, `-5` or `-2.5`, as print writes it."""
    text = f"{float(stratum.rpartition('=')[2]):g}"
    return format_number(float(text), len(text.partition(".")[2]), language)
