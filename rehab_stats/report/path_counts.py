"""Which counts the estimates of a pathway show: who is at the start, who passed each stage, who was lost in between.

Keys join those of `count_ledger`, where stages are tied as those of a cascade are. A quantity at a stage is a share of
the start. A ratio or contribution of a stage is of those who had come that far: it rests on those who passed the stage
before, and on those lost between the two. Under a scenario all later stages rest on them too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from rehab_stats.pathway_wording import AS_OBSERVED, ENDS, TOTAL, is_counted, of_path
from rehab_stats.report.few_values import FEWEST_WITH_ANY
from rehab_stats.report.reconstruction import Ledger

CONDITIONAL = frozenset({"stage_ratio", "log_contribution", "contribution", "share_of_total", "odds_ratio"})
"""Measures of a stage among those who came that far."""
STAGE_REFERENCE = "stage_reference"
"""Measure of the rows that `disclosure` makes of the reference's counts of these."""
OF_START = frozenset({"stage_quantity", "additional", "gap_change"})
EVERYBODY = "everybody"
PASSING = ("passing", "passing_reference")
"""Details that are shares of those who came that far: they go with the row."""
GROUP = ["level", "stratum", "model"]
"""Of rows whose stages follow each other; a reading is a stratum."""


def as_counted(rows: pd.DataFrame, context: Mapping) -> pd.DataFrame:
    """The rows as the ledger reads them: the total counts who passed the last stage, ends of a ladder are everybody."""
    if not of_path(context):
        return rows
    outcome = rows["outcome"].mask(rows["outcome"] == TOTAL, context["stages"][-1])
    level = rows["level"].mask(rows["level"].isin({*ENDS, EVERYBODY}), None)
    # a mean without a level would be read as one of a whole column; strengths of a cause are no times
    measure = rows["measure"].mask(rows["measure"] == "mean", "stage_quantity")
    return rows.assign(outcome=outcome, level=level, measure=measure, at=np.nan)


def reference_names(context: Mapping) -> dict[str, str]:
    """Measure of a path -> that of the rows made of its reference's counts."""
    return dict.fromkeys(CONDITIONAL, STAGE_REFERENCE) if of_path(context) else {}


def counted_as_amounts(rows: pd.DataFrame, amounts: pd.Series, context: Mapping) -> pd.Series:
    """Of the rows that are amounts, those that do not tell how many had none: of a path only its means."""
    return amounts & ~rows["measure"].isin(CONDITIONAL | OF_START) if of_path(context) else amounts


def add_conditions(ledger: Ledger, rows: pd.DataFrame, keys: pd.DataFrame, context: Mapping) -> None:
    """Enter in `keys` on whom the ratios and contributions of a stage rest (`base`), and who was lost before (`lost`).

    `rows` as `as_counted` leaves them, but for the outcome of the total.
    """
    stage_rows = rows["measure"].isin(CONDITIONAL | {STAGE_REFERENCE}) & (rows["outcome"] != TOTAL)
    if not of_path(context) or not stage_rows.any():
        return
    for mine, before, here in _steps(rows, keys, context):
        for place in mine[stage_rows[mine]]:
            keys.at[place, "base"] = before
            keys.at[place, "lost"] = _between(ledger, before, here)


def under_scenarios(ledger: Ledger, rows: pd.DataFrame, keys: pd.DataFrame, marked: set, context: Mapping) -> pd.Series:
    """Rows of a level under a scenario at or after a stage whose count, or whose loss before it, is marked."""
    found = pd.Series(False, index=rows.index)
    if not of_path(context) or not context.get("changes"):
        return found
    stages = list(context["stages"])
    places = rows["outcome"].map({stage: place for place, stage in enumerate(stages)})
    assumed = rows["model"].isin(context["changes"]) & rows["level"].notna()
    hit = keys["events"].isin(marked)
    for mine, before, here in _steps(rows, keys, context):
        if _between(ledger, before, here) in marked:
            hit[mine] = True
    for _, group in rows[rows["level"].notna()].groupby(["level", "stratum"], dropna=False):
        at = places[group.index][hit[group.index]]
        if len(at):
            found[group.index] = assumed[group.index] & (places[group.index] >= at.min())
    return found


def few_with_any(rows: pd.DataFrame, details: pd.DataFrame, context: Mapping, minimum: int) -> pd.Series:
    """Rows about numbers of sessions of a level in which, or in whose reference, fewer than ten persons have any."""
    few = pd.Series(False, index=rows.index)
    if of_path(context):
        fewest = max(FEWEST_WITH_ANY, minimum)
        few |= rows["events"].between(1, fewest - 1)
        if "events_reference" in details:
            few |= details["events_reference"].astype(float).between(1, fewest - 1)
        counted = rows["outcome"].map(lambda outcome: is_counted(outcome, context)).astype(bool)
        few &= counted & rows["measure"].isin(CONDITIONAL | OF_START | {"mean", "mean_difference", "mean_ratio"})
    return few


def beside_lost(rows: pd.DataFrame, lost: pd.Series, plain: pd.Series, context: Mapping) -> pd.Series:
    """Rows that would give lost ones back: the other stages' parts, everybody's quantity, a line over all levels."""
    found = pd.Series(False, index=rows.index)
    if not of_path(context) or not lost.any():
        return found
    parts = rows["measure"].isin(CONDITIONAL) & (rows["outcome"] != TOTAL)
    same = rows[["model", "level", "stratum"]].astype(str).agg("|".join, axis=1)
    found |= parts & same.isin(same[parts & lost])
    whole = rows["level"].eq(EVERYBODY)
    of_levels = rows[["model", "outcome"]].astype(str).agg("|".join, axis=1)
    found |= plain & whole & of_levels.isin(of_levels[lost & ~whole])
    if (lost & rows["level"].notna() & ~rows["level"].isin(ENDS)).any():
        found |= plain & rows["level"].isin(ENDS)
    return found


def observed_whole(rows: pd.DataFrame, context: Mapping) -> pd.Series:
    """Everybody's quantity as observed: whatever is adjusted for, a share of everybody who was counted."""
    if not of_path(context):
        return pd.Series(False, index=rows.index)
    return rows["level"].eq(EVERYBODY) & rows["model"].eq(AS_OBSERVED)


def _steps(rows: pd.DataFrame, keys: pd.DataFrame, context: Mapping) -> Iterator[tuple[pd.Index, tuple, tuple]]:
    """Per level, model and stage after the first: its rows, who passed the stage before, and who passed it."""
    stages = list(context["stages"])
    for _, group in rows.groupby(GROUP, dropna=False):
        events = {
            stage: next((key for key in keys.loc[part.index, "events"] if key is not None), None)
            for stage, part in group.groupby("outcome")
        }
        for before, here in pairwise(stages):
            if events.get(before) is not None and events.get(here) is not None:
                yield group.index[group["outcome"] == here], events[before], events[here]


def _between(ledger: Ledger, before: tuple, here: tuple) -> tuple | None:
    """The key of those who passed the stage before and not this one."""
    key = ("rest", before, (here,))
    return key if np.isfinite(ledger.values.get(key, np.nan)) else None
