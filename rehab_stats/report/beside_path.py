"""Which counts of persons beside a path may be said: those off it, those without a value, those measured at its end.

They are in the diagnostics, which `disclosure` empties where they would tell of a small count; what may be said of them
is kept in the context as `BESIDE`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rehab_stats.pathway_wording import COUNTED_ELSEWHERE, of_path

BESIDE = "beside_path"
"""Key of the context: `skipped` and `unseen` (stage -> counts), and of a measured path `end` (name -> count)."""
FEW = "few"
"""Said of a count of 1 to the smallest shown less one; None: hidden, or it would reveal a small one."""
SKIPPED, UNSEEN, END = "skipped", "unseen", "end"
COME, MEASURED, WORTH = "come", "measured", "worth"
Count = int | str | None


def beside_path(before: Mapping, after: Mapping, context: Mapping, *, minimum: int, to: int = 1) -> dict:
    """What may be said of the persons beside a path, as an entry of the context.

    Parameters
    ----------
    before, after : mapping
        The diagnostics before and after the disclosure rules.
    context : mapping
        Of the estimates; what it says already, protected at another minimum, stays unless a smaller one is due.
    minimum : int
        Smallest count shown.
    to : int
        Counts are rounded to the nearest so many.

    Returns
    -------
    dict
        Empty where there is no path. Counts that are nought are left out. Where several paths were stacked a stage has
        as many counts as they differ in; of the models of a path that with most persons speaks.
    """
    if not of_path(context):
        return {}
    known = context.get(BESIDE)
    if known is not None:
        return {BESIDE: {kind: _again(counts, minimum, to) for kind, counts in known.items()}}
    last = list(context["stages"])[-1] if context.get("measured") else None
    found = {kind: _by_stage(kind, before, after, minimum, to) for kind in (SKIPPED, UNSEEN)}
    if last is not None:
        found[UNSEEN].pop(last, None)
        found[END] = _at_the_end(last, before, after, minimum, to)
    return {BESIDE: {kind: counts for kind, counts in found.items() if counts}}


def _again(counts: Mapping, minimum: int, to: int) -> dict:
    """Counts said before, under another minimum."""

    def said(count: Count) -> Count:
        return count if count is None or count == FEW else _said(count, count, minimum, to)

    return {
        name: [said(one) for one in count] if isinstance(count, list) else said(count) for name, count in counts.items()
    }


def _said(count: float, shown: float | None, minimum: int, to: int) -> Count:
    if 0 < count < minimum:
        return FEW
    return None if shown is None else to * int(count / to + 0.5)


def _by_stage(kind: str, before: Mapping, after: Mapping, minimum: int, to: int) -> dict[str, list[Count]]:
    """Stage -> its counts, one for each path that was stacked and differs."""
    most: dict[str, dict[str, str]] = {}
    for name, count in before.items():
        stem, _, rest = name.partition(".")
        if stem != kind or not count:
            continue
        stage, _, model = rest.partition(".")
        place = re.search(r"(?:^|\.)(\d+)$", model)  # `Estimates.stack` numbers what has the same name
        own = most.setdefault(stage, {})
        of = place[1] if place else ""
        if of not in own or before[own[of]] < count:
            own[of] = name
    return {
        stage: [_said(before[name], after[name], minimum, to) for name in own.values()] for stage, own in most.items()
    }


def _at_the_end(last: str, before: Mapping, after: Mapping, minimum: int, to: int) -> dict[str, Count]:
    """How many came to the last stage, how many of them were measured, and how many these are worth."""
    names = [name for name in before if name.partition(".")[0] == "measured" and before[name]]
    if not names:
        return {}
    model = max(names, key=before.get).removeprefix("measured")
    parts = [f"at_stage.{last}{model}", f"unseen.{last}{model}"]
    worth = f"measurement.effective_n{model}"
    if any(name not in before for name in (*parts, worth)):
        return {}
    measured = before[f"measured{model}"]
    come = sum(before[name] for name in parts)
    shown = None if after[parts[0]] is None else come
    apart = 0 < come - measured < minimum  # those not measured are as few
    if after[parts[1]] is None and not apart:
        shown = None
    of_them = None if apart else after[f"measured{model}"]
    found = {COME: _said(come, shown, minimum, to), MEASURED: _said(measured, of_them, minimum, to)}
    # rounded down: what is worth less is not told as more
    known = found[MEASURED] not in (None, FEW) and after[worth] is not None
    return found | {WORTH: int(before[worth]) // to * to if known and before[worth] >= minimum else None}


def beside_hidden(context: Mapping) -> bool:
    """Whether one of the counts that are said is a dash."""
    known, elsewhere = context.get(BESIDE) or {}, context.get(COUNTED_ELSEWHERE) or ()
    by_stage = [item for kind in (SKIPPED, UNSEEN) for item in known.get(kind, {}).items()]
    said = [count for stage, counts in by_stage if stage not in elsewhere for count in counts]
    end = known.get(END, {})
    return None in said or any(name in end and end[name] is None for name in (COME, MEASURED))
