"""What a table of a path leaves out because another table counts the same stages in other, overlapping persons.

Side by side two such counts tell of the few who are in one table only, and `disclosure` sees one table at a time. So
the count goes here, and what gives it back to a reader who has the other table: without adjustment everything about the
stage, and about the next one, of which it is the denominator. Ratios with two decimals leave a level of a few hundred
some choice and a small level none. What is left without adjustment is given to machines as it is printed: with all its
digits a single Shapley contribution would do to try out the counts of all stages near those known. Adjusted numbers
stay: to compute them takes the persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from rehab_stats.measures import digits_of, kind_of, scale_of
from rehab_stats.pathway_wording import COUNTED_ELSEWHERE, TOTAL, stage_words
from rehab_stats.report.disclosure import SHOWN_NUMBERS, unadjusted
from rehab_stats.report.path_counts import PASSING
from rehab_stats.report.phrases import phrase
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import label

UNCOUNTED, LEFT_OUT = "uncounted", "left_out"
"""Details: the row's events are left out; its numbers are."""
ENDS = ["estimate", "conf_low", "conf_high"]


def without_counts(safe: Estimates, stages: Sequence[str] = ()) -> Estimates:
    """Protected rows without what is counted elsewhere; details say of each what was left out.

    Parameters
    ----------
    safe : Estimates
        Protected rows of a path.
    stages : sequence of str
        Those counted elsewhere; by default those that the context names (`counted_elsewhere`), which then names these.

    Raises
    ------
    ValueError
        A stage that is not there.
    """
    path = list(safe.context.get("stages") or ())
    named = list(stages or safe.context.get(COUNTED_ELSEWHERE) or ())
    unknown = [stage for stage in named if stage not in path]
    if unknown:
        raise ValueError(f"counted_elsewhere must be of the stages {', '.join(path)}; got {unknown[0]!r}")
    rows, details = safe.tidy(), safe.details()
    last = TOTAL if path and path[-1] in named else None  # all stages together count who passed the last one
    uncounted = rows["outcome"].isin([*named, last])
    left_out = rows["outcome"].isin([*affected(path, named), last]) & unadjusted(rows, safe.context)
    rows.loc[uncounted, "events"] = np.nan
    rows.loc[left_out, SHOWN_NUMBERS] = np.nan
    if "events_reference" in details:
        details.loc[uncounted, "events_reference"] = np.nan
    details.loc[left_out, [name for name in PASSING if name in details]] = np.nan
    details = details.assign(**{UNCOUNTED: uncounted, LEFT_OUT: left_out})
    return safe.replaced(rows=rows, details=details).with_context(**{COUNTED_ELSEWHERE: named})


def for_machines(safe: Estimates) -> Estimates:
    """The same with unadjusted numbers as they are printed, where something was left out; what was is marked hidden."""
    if not safe.context.get(COUNTED_ELSEWHERE):
        return safe
    rows, details = safe.tidy(), safe.details()
    frame = rows.join(details, rsuffix="_detail")
    for place in rows.index[unadjusted(rows, safe.context)]:
        row = frame.loc[place]
        digits = digits_of(row)
        digits = kind_of(row["measure"]).digits if digits is None or pd.isna(digits) else int(digits)
        rows.loc[place, ENDS] = (row[ENDS].astype(float) * scale_of(row)).round(digits) / scale_of(row)
        rows.loc[place, ["std_error", "p_value"]] = np.nan
    hidden = details["hidden"].mask((details[UNCOUNTED] | details[LEFT_OUT]) & details["hidden"].eq(""), "elsewhere")
    return safe.replaced(rows=rows, details=details.assign(hidden=hidden))


def affected(path: Sequence[str], named: Sequence[str]) -> list[str]:
    """The stages along the path, each with the next one, of which it is the denominator."""
    after = {later for earlier, later in pairwise(path) if earlier in named}
    return [stage for stage in path if stage in after or stage in named]


def elsewhere_note(safe: Estimates, language: str = "en") -> list[str]:
    """Why cells are empty."""
    named, path = safe.context.get(COUNTED_ELSEWHERE) or (), list(safe.context.get("stages") or ())
    if not named:
        return []
    whole = bool(safe.details()[LEFT_OUT].any())
    along = [stage for stage in path if stage in named]
    words = {"stages": _quoted(along, language), "affected": _quoted(affected(path, named), language)}
    told = ["counted_elsewhere_note", *(["left_out_elsewhere_note"] if whole else [])]
    return [" ".join(phrase(name, language, **words) for name in told)]


def _quoted(stages: Sequence[str], language: str) -> str:
    *most, last = [f"“{stage_words(stage, language)}”" for stage in stages]
    return f"{', '.join(most)} {label('and', language)} {last}" if most else last
