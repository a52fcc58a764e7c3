"""What sentences of monitoring are filled with: what a criterion or a funnel adds, the bounds of control limits."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rehab_stats.measures import format_estimate_interval
from rehab_stats.monitoring_sentence_list import CRITERION, PLACED
from rehab_stats.words import LANGUAGES, format_number, label

IN_TIME = frozenset({"deadline_share"})
"""Measures whose events were done in time."""
NO_TIMES = frozenset({"control_limits"})
"""Measures whose `at` is a size."""


def monitoring_gaps(row: pd.Series | Mapping, language: str = "en") -> dict[str, str]:
    """`verdict`: what the interval says of the criterion, where the share stands to its limits; `bounds` of limits."""
    place = LANGUAGES.index(language)
    verdict, target, position = (row.get(name) for name in ("verdict", "target", "position"))
    said = ""
    if isinstance(verdict, str) and verdict in CRITERION:
        percent = 100 * float(target)
        digits = 0 if abs(percent - round(percent)) < 1e-9 else 1
        said += CRITERION[verdict][place].format(target=format_number(percent, digits, language))
    if isinstance(position, str) and position:
        said += PLACED[place].format(position=label(position, language, "position"))
    bounds = format_estimate_interval(row["conf_low"], row["conf_high"], "control_limits", language)
    return {"verdict": said, "bounds": bounds}
