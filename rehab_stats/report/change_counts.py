"""Which counts the estimates of change show, and which of them tell of the same persons again.

The rungs of a ladder and the columns of a tipping map are the same persons over and over: no parts of anything, and
their numbers are no sums. By how much an answer moves when scores are moved tells whose scores those were: the shift is
their share. What a category weighs among those who answered is a count of them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.effect_wording import BEYOND, CHANGE, TIPS, is_delta
from rehab_stats.estimate.change.ladder import DEPARTURES
from rehab_stats.report.monitoring_counts import ABOUT_SHARES
from rehab_stats.report.reconstruction import Ledger

BALANCE = "standardised_difference"
AGAIN = ("handling=", "delta_reference=", "analysis=", "reading=", "shift=")
"""How strata begin that hold the same persons again."""
WHOSE = {"completion_rate": "due"}
"""Measures of other persons than the rest of their outcome's rows -> of whom."""
ABOUT_ROWS = ("df", "fmi", "lambda", "shift", "in_category", "in_category_responded", *ABOUT_SHARES)
"""Details of a row that go with it."""
CATEGORY = ("in_category", "in_category_responded")
"""Details of a balance row: persons of the category, and those of them who answered."""
DEPARTED = tuple(f"handling={rung}" for rung in DEPARTURES)
"""Strata of the rungs that move imputed scores, the jump to baseline first."""
AS_IMPUTED = "handling=imputation"


def told_again(strata: pd.Series) -> pd.Series:
    """Strata that hold the same persons again, under another handling or other deltas."""
    return strata.map(lambda stratum: isinstance(stratum, str) and stratum.startswith(AGAIN)).astype(bool)


def with_one_stratum(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as the ledger reads them: what is told again without its stratum, which `rung` keeps; deltas and spreads
    are no times."""
    again, deltas = told_again(rows["stratum"]), rows["stratum"].map(is_delta).astype(bool)
    rung = rows["stratum"].where(again, None)
    strata = rows["stratum"].where(~again, None)
    at = rows["at"].mask(deltas | rows["measure"].eq("detectable_difference"))
    outcome = rows["outcome"].where(~(rows["measure"].eq("tipping_delta") & rows["outcome"].isin(TIPS)), CHANGE)
    return rows.assign(rung=rung, stratum=strata, at=at, outcome=outcome)


def tie_changes(ledger: Ledger, rows: pd.DataFrame, keys: pd.DataFrame) -> None:
    """All of a complete-case estimate have both scores; improved and worsened are some of all persons."""
    of_change = rows["outcome"] == CHANGE
    for n, events in zip(keys.loc[of_change, "n"], keys.loc[of_change, "events"], strict=True):
        if n is not None and events is not None and ledger.values[n] == ledger.values[events]:
            ledger.tie(n, [events])
    beyond = rows["outcome"].isin(BEYOND)
    for _, group in keys[beyond].groupby([rows.loc[beyond, "level"], rows.loc[beyond, "stratum"]], dropna=False):
        events = {key for key in group["events"] if key is not None}
        for n in {key for key in group["n"] if key is not None}:
            if len({key[1] for key in events}) == len(events) == len(BEYOND):
                ledger.tie(n, events)


def few_moved(rows: pd.DataFrame, details: pd.DataFrame, context: Mapping, minimum: int) -> pd.Series:
    """Tipping maps and departing rungs that would tell of 1 to `minimum` - 1 persons whose scores are moved, or not.

    Where any departure of a level tells of few, all of them go: those never given a form and those lost later are
    together those without a follow-up.
    """
    few = pd.Series(False, index=rows.index)
    for place in _few_in_maps(rows, details, minimum):
        model, level = place
        tips = rows["stratum"].map(is_delta).astype(bool) | (rows["measure"] == "tipping_delta")
        few |= tips & rows["model"].eq(model) & rows["level"].eq(level)
    apart = rows["stratum"].isin(DEPARTED) & (rows["outcome"] == CHANGE)
    for model, level in _few_on_rungs(rows, context, minimum):
        here = apart & rows["model"].eq(model)
        few |= here & (rows["level"].eq(level) | rows["reference"].eq(level))
    return few


def _few_in_maps(rows: pd.DataFrame, details: pd.DataFrame, minimum: int) -> set[tuple]:
    """Model and level of the maps whose slopes tell of few: the level's own, or the reference's."""
    found = set()
    maps = rows[rows["measure"].eq("mean_difference") & rows["stratum"].map(is_delta).astype(bool)]
    maps = maps.assign(other=maps["stratum"].str.rpartition("=")[2].astype(float)) if len(maps) else maps
    for (model, level), mine in maps.groupby(["model", "level"], dropna=False):
        for along, across, sizes in (("at", "other", rows["n"]), ("other", "at", details.get("n_reference"))):
            line = mine[mine[across] == mine[across].iloc[0]].sort_values(along)
            if sizes is None or len(line) < 2:
                continue
            ends = line.iloc[[0, -1]]
            share = abs(np.diff(ends["estimate"])[0] / np.diff(ends[along])[0])
            if _few(share * sizes[line.index[0]], sizes[line.index[0]], minimum):
                found.add((model, level))
    if "shift" in details:
        tips = rows[rows["measure"] == "tipping_delta"]
        for index, row in tips.iterrows():
            if _few(abs(details.loc[index, "shift"]) * row["n"], row["n"], minimum):
                found.add((row["model"], row["level"]))
    return found


def _few_on_rungs(rows: pd.DataFrame, context: Mapping, minimum: int) -> set[tuple]:
    """Model and level whose mean, moved from where imputation puts it, tells of few."""
    found = set()
    means = rows[rows["measure"].eq("mean") & rows["outcome"].eq(CHANGE) & rows["level"].notna()]
    for (model, level), mine in means.groupby(["model", "level"], dropna=False):
        by_rung = mine.drop_duplicates("stratum").set_index("stratum")
        if AS_IMPUTED not in by_rung.index:
            continue
        base, n = by_rung.loc[AS_IMPUTED, ["estimate", "n"]]
        for rung in DEPARTED:
            point = -base if rung == DEPARTED[0] else _delta_of(level, context)
            if rung in by_rung.index and point:
                share = (by_rung.loc[rung, "estimate"] - base) / point
                if _few(abs(share) * n, n, minimum):
                    found.add((model, level))
    return found


def _delta_of(level: str, context: Mapping) -> float:
    delta = context.get("delta") or 0.0
    return float(delta.get(level, 0.0) if isinstance(delta, Mapping) else delta)


def _few(count: float, n: float, minimum: int) -> bool:
    return bool(np.isfinite(count) and (0.5 < count < minimum - 0.5 or 0.5 < n - count < minimum - 0.5))


def few_in_category(rows: pd.DataFrame, details: pd.DataFrame, minimum: int) -> pd.Series:
    """Balance of categories in which, or outside which, few answered, or few did not; and what would give them back.

    The share of a category among those who answered is in its difference, so that all categories but one give the last.
    A category whose counts are not beside it cannot be judged and goes.
    """
    few = pd.Series(False, index=rows.index)
    balance = rows[rows["measure"].eq(BALANCE)]
    if balance.empty:
        return few
    counts = details.reindex(columns=list(CATEGORY)).astype(float).loc[balance.index]
    inside, answered = counts["in_category"], counts["in_category_responded"]
    small = counts.isna().any(axis=1) & balance["level"].notna()  # a number has no counts; a flag has
    for part in (answered, balance["n"] - answered, inside - answered):
        small |= (part > 0.5) & (part < minimum - 0.5)
    for _, group in balance.groupby(["outcome", "stratum"], dropna=False):
        group = group.assign(level=group["level"].fillna(""))
        found = set(group.loc[small[group.index], "level"])
        sizes = answered[group.index].groupby(group["level"]).max().sort_values(kind="stable")
        while found and (len(found) < 2 or sizes[list(found)].sum() < minimum) and len(found) < len(sizes):
            found.add(next(level for level in sizes.index if level not in found))
        few[group.index[group["level"].isin(found)]] = True
    return few
