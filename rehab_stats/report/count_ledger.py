"""Which counts a set of estimates shows, and which sums tie them: the reading of rows that disclosure rests on.

A count has a key; rows that show the same count share it. Persons are `("n", level, stratum, value)`: the same number
for the same level and stratum is taken to be the same persons, whichever outcome or model it stands beside. Indicators
of monitoring are of different referrals, or of those asked: theirs name the outcome, `("n", level, stratum, outcome,
value)`, and no difference between two of them counts anybody (those not due, declined, dead and not asked, mixed).
Persons with the event are `("events", outcome, level, stratum, at, value)`, cells of a table `("count", outcome, level,
stratum)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from rehab_stats.report.attendance_counts import (
    CELLS,
    OF_FIT,
    TRANSITIONS,
    read_cell,
    tie_cells,
    tie_stages,
    tie_times,
)
from rehab_stats.report.change_counts import BALANCE, WHOSE, tie_changes, with_one_stratum
from rehab_stats.report.monitoring_counts import OF_OTHERS, denominators, own_outcome, tie_referrals
from rehab_stats.report.reconstruction import TOLERANCE, Ledger

KEYS = ("estimate", "n", "events", "rest", "base", "lost")
FOUR_CELLS = frozenset(
    {
        "ratio_of_odds_ratios",
        "ratio_of_risk_ratios",
        "reri",
        "attributable_proportion",
        "synergy_index",
        "interaction_contrast",
    }
)
"""Measures of interaction: they rest on the level and its reference, in the stratum and in the one compared with."""
CONTRASTS = FOUR_CELLS | {
    "odds_ratio",
    "hazard_ratio",
    "risk_ratio",
    "risk_difference",
    "joint_odds_ratio",
    "joint_risk_ratio",
    "survival_part",
    "e_value",
    "rate_ratio",
    "mean_ratio",
    "mean_difference",
    "transition_difference",
    "share_difference",
    "contribution",
    "share_of_total",
    "stage_ratio",
    "log_contribution",
    "gap_change",
    "mean_time_difference",
    "time_lost_difference",
    "lowest_difference",
    "highest_difference",
    "tipping_delta",
    "detectable_difference",
}
RANKED = frozenset({"slope_index", "relative_index", "concentration_index", "coverage_slope", "coverage_ratio"})
"""Indices over all levels that have a rank."""
GROUPED = frozenset({"between_group_variance", "mean_difference_from_mean"})
"""Indices over all groups."""
TABLE_MEASURES = frozenset(
    {"count", "share", "mean", "standard_deviation", "median", "lower_quartile", "upper_quartile"}
)
STEPS = ("paired", "responders", "responded", "at_risk", "at_stage", "measured")
"""Diagnostics that count persons further and further along: one less another are those lost in between."""
SINGLE = ("effective_n", "missing", "returned_not_due", "unseen", "rows_without_start", "measurement", "group_n")
"""Diagnostics that are small or not, whatever others say."""
NESTED_DIAGNOSTICS = (
    "rows_dropped",
    "rows_unranked",
    "rows_used",
    "rows_not_counted",
    "rows",
    "exposure_missing",
    "persons",
    "events",
    "n",
    "skipped",
    *STEPS,
    *SINGLE,
)
"""Diagnostics that count persons: a small one, or a small difference between models, is hidden."""
TOTAL_NAMES = frozenset({None, "", "total", "all"})
UNRANKED = frozenset({"unknown", "missing"})


def _of_ladder(rows: pd.DataFrame) -> pd.DataFrame:
    """Which codes of ranked rows say how they were ranked, and not of whom they are."""
    strata = rows["stratum"].astype("string").str.startswith("rank=").fillna(False).astype(bool)
    return pd.DataFrame({"level": True, "stratum": strata}, index=rows.index)


def ledger_of(
    rows: pd.DataFrame, details: pd.DataFrame, minimum: int, stages: Sequence[str] = ()
) -> tuple[Ledger, pd.DataFrame]:
    """The ledger of tidy rows and their details, and for each row the keys of the counts that it shows (None: none).

    Columns of the frame: `estimate` (the count that the estimate is, or gives away), `n`, `events`, `rest` (persons
    without the event), `group` (the persons of whom a share is taken), `base` and `lost` (of a stage of a path,
    `path_counts`). `stages`: outcomes that follow each other.
    """
    rows = with_one_stratum(rows)
    # an index ranks everybody: its level is a kind, its stratum a ladder
    ranked = rows["measure"].isin(RANKED)
    rows.loc[ranked, ["level", "stratum"]] = rows.loc[ranked, ["level", "stratum"]].where(
        ~_of_ladder(rows[ranked]), None
    )
    rows.loc[rows["measure"].isin(OF_FIT), "level"] = None
    for column in ("level", "stratum"):
        rows[column] = [None if value in TOTAL_NAMES else value for value in rows[column]]
    # a mean by level is of a model, one of a whole column is a cell of a table
    rows["tabled"] = rows["measure"].isin(TABLE_MEASURES) & ~(rows["measure"].eq("mean") & rows["level"].notna())
    rows["denominator"] = denominators(rows)
    flow = _flow_rows(rows, details)
    rows.loc[flow, "outcome"] = _named_by_branch(rows.loc[flow, "outcome"], details)
    order = {model: place for place, model in enumerate(rows["model"].drop_duplicates())}
    ledger = Ledger()
    found = []
    for row in rows.itertuples(index=False):
        reader = _table_row if row.tabled else READERS.get(row.measure, _model_row)
        found.append(dict.fromkeys((*KEYS, "group")) | reader(ledger, row, order[row.model]))
    keys = pd.DataFrame(found, columns=[*KEYS, "group"], dtype=object)
    _tie_flow(ledger, rows[flow], details[flow], keys[flow])
    _tie_table(ledger, rows[~flow], keys[~flow])
    _tie_models(ledger, rows[~flow], keys[~flow])
    tie_cells(ledger, rows, keys)
    tie_stages(ledger, rows, keys, stages)
    tie_times(ledger, rows, keys)
    tie_referrals(ledger, rows, keys)
    tie_changes(ledger, rows, keys)
    _tie_differences(ledger, minimum)
    return ledger, keys


def _persons(
    ledger: Ledger, level: str | None, stratum: str | None, value: float, cost: int, denominator: str | None = None
) -> tuple:
    total = (level is None) + (stratum is None)
    own = [denominator] if denominator else []
    return ledger.add(("n", level, stratum, *own, round(value)), round(value), cost=3 + cost + 2 * total)


def _model_row(ledger: Ledger, row: tuple, place: int) -> dict:
    """Persons, events and the rest of one level in one model. Later models are given up first."""
    keys: dict = {}
    if np.isfinite(row.n):
        cost = max(0, 3 - place)
        keys["n"] = _persons(ledger, row.level, row.stratum, row.n, cost, row.denominator)
    if np.isfinite(row.events):
        at = row.at if np.isfinite(row.at) else None
        keys["events"] = ("events", row.outcome, row.level, row.stratum, at, round(row.events))
        ledger.add(keys["events"], round(row.events), cost=1)
    if len(keys) == 2 and row.n >= row.events:
        keys["rest"] = ledger.add(("without", keys["n"], keys["events"]), round(row.n) - round(row.events), shown=False)
        ledger.tie(keys["n"], [keys["events"], keys["rest"]])
    return keys


def _cell_row(ledger: Ledger, row: tuple, place: int) -> dict:
    """Persons with a number of sessions, beside all persons and those with any."""
    return _model_row(ledger, row._replace(at=np.nan), place) | {"estimate": read_cell(ledger, row)}


def _appointments_row(ledger: Ledger, row: tuple, place: int) -> dict:
    """Persons with appointments of a kind, or in a year: they are in several, and no sum is made of them."""
    return _model_row(ledger, row._replace(level=f"appointments: {row.level}"), place)


def _balance_row(ledger: Ledger, row: tuple, place: int) -> dict:
    """Those who answered, whatever category the row is of."""
    return _model_row(ledger, row._replace(level=None), place)


def _referrals_row(ledger: Ledger, row: tuple, place: int) -> dict:
    """How many stand how to a deadline, answered, or were referred beside those expected."""
    return _model_row(ledger, own_outcome(row), place)


READERS = (
    dict.fromkeys(OF_OTHERS, _referrals_row)
    | dict.fromkeys(CELLS, _cell_row)
    | {"share_of_appointments": _appointments_row, BALANCE: _balance_row}
)


def _table_row(ledger: Ledger, row: tuple, place: int) -> dict:
    """A cell of a table (count, share) with its denominator, or the persons behind a mean or quantile."""
    if row.measure not in {"count", "share"}:
        return {"n": _persons(ledger, row.level, row.stratum, row.n, 0)} if np.isfinite(row.n) else {}
    value, base = _cell_and_base(row)
    if value is None:
        return {}
    if row.level is None:  # the line that prints how many persons a column holds
        return {"estimate": _persons(ledger, None, row.stratum, value, 0)}
    total = row.stratum is None
    cell = ledger.add(("count", row.outcome, row.level, row.stratum), value, cost=2 * total)
    keys = {"estimate": cell}
    if base is not None:
        keys["group"] = keys["n"] = _persons(ledger, None, row.stratum, base, 0)
    return keys


def _cell_and_base(row: tuple) -> tuple[float | None, float | None]:
    """How many persons a count or share is, and of how many (None where the row does not say)."""
    if row.measure == "count":
        value = row.estimate if np.isfinite(row.estimate) else np.nan
        counted = np.isfinite(row.events) or row.n > value  # else n repeats the count
        base = row.n if counted else np.nan
    else:
        value = row.events if np.isfinite(row.events) else row.estimate * row.n
        base = row.n
    return tuple(float(round(number)) if np.isfinite(number) else None for number in (value, base))


def _flow_rows(rows: pd.DataFrame, details: pd.DataFrame) -> pd.Series:
    return details["kind"].notna() if "kind" in details else pd.Series(False, index=rows.index)


def _named_by_branch(outcomes: pd.Series, details: pd.DataFrame) -> pd.Series:
    """The outcome with the branch beside it: one step may stand in two branches, and counts other persons in each."""
    if "branch" not in details:
        return outcomes
    return outcomes.astype(str) + " " + details.loc[outcomes.index, "branch"].fillna("all")


def _tie_flow(ledger: Ledger, rows: pd.DataFrame, details: pd.DataFrame, keys: pd.DataFrame) -> None:
    """Kept, what was left out, kept: a branch other than the first starts from the last kept count of the first.

    The same step in two branches is of two sets, one within the other: who is only in the larger is a count too.
    """
    if rows.empty:
        return
    for _, same in keys["estimate"].dropna().groupby(rows["level"]):
        for one, other in combinations(sorted(same, key=lambda key: -ledger.values[key]), 2):
            ledger.tie(one, [other])
    branches = list(details["branch"].fillna("all").drop_duplicates()) if "branch" in details else ["all"]
    trunk = None
    for branch in branches:
        mine = details["branch"].fillna("all") == branch if "branch" in details else pd.Series(True, rows.index)
        start, left = trunk, []
        for kind, key in zip(details.loc[mine, "kind"], keys.loc[mine, "estimate"], strict=True):
            if key is None or (kind == "noted" and start is None):
                continue
            if kind == "noted":
                ledger.tie(start, [key])
            elif kind == "excluded":
                left.append(key)
            else:
                ledger.cost[key] = 5
                if start is not None:
                    ledger.tie(start, [*left, key])
                start, left = key, []
        trunk = start if branch == branches[0] else trunk


def _tie_table(ledger: Ledger, rows: pd.DataFrame, keys: pd.DataFrame) -> None:
    """Cells and their column's persons; cells and their row's total; known and missing."""
    table = rows["tabled"]
    cells = {key for key in keys.loc[table, "estimate"] if key is not None and key[0] == "count"}
    lines = {key for key in keys.loc[table & rows["level"].isna(), "estimate"] if key is not None}
    for outcome in sorted({key[1] for key in cells}):
        mine = [key for key in cells if key[1] == outcome]
        own = {key for key in keys.loc[table & (rows["outcome"] == outcome), "n"] if key is not None and key[1] is None}
        for stratum in {key[3] for key in mine}:
            persons = [key for key in own | lines if key[2] == stratum]
            for base in persons:
                ledger.tie(base, [key for key in mine if key[3] == stratum])
                _tie_missing(ledger, base, persons, ("count", outcome, "missing", stratum))
        for level in {key[2] for key in mine}:
            _tie_strata(ledger, [key for key in mine if key[2] == level], 3)
    for _, group in rows[table].groupby(["outcome", "measure"], dropna=False):
        for column in ("n", "estimate"):
            shown = {key for key in keys.loc[group.index, column] if key is not None and key[0] == "n"}
            _tie_strata(ledger, [key for key in shown if key[1] is None], 2)


def _tie_missing(ledger: Ledger, base: tuple, persons: list, missing: tuple) -> None:
    """All persons of a column are those with a value and those without."""
    for known in persons:
        gap = ledger.values[base] - ledger.values[known]
        if known[2] == base[2] and missing in ledger.values and gap > 0 and gap == ledger.values[missing]:
            ledger.tie(base, [known, missing])


def _tie_models(ledger: Ledger, rows: pd.DataFrame, keys: pd.DataFrame) -> None:
    """Levels and the whole sample, strata and all of them, for persons and for events of the same model."""
    modelled = rows[~rows["tabled"] & ~rows["measure"].isin(CELLS)]
    # of other persons than the rest of the outcome's rows
    whose = modelled["measure"].map(dict.fromkeys(TRANSITIONS, "going on") | WHOSE | OF_OTHERS).fillna("")
    same = [modelled[name] for name in ("outcome", "model", "at", "rung")]
    for _, group in modelled.groupby([*same, whose], dropna=False):
        for column, level, stratum in (("n", 1, 2), ("events", 2, 3)):
            shown = {key for key in keys.loc[group.index, column] if key is not None}
            for place in {key[stratum] for key in shown}:
                here = [key for key in shown if key[stratum] == place]
                _tie_all(ledger, here, level)
            for place in {key[level] for key in shown}:
                _tie_strata(ledger, [key for key in shown if key[level] == place], stratum)


def _tie_all(ledger: Ledger, keys: list, place: int) -> None:
    """The keys with a name at this place add up to the key without one; with several to a name, to none."""
    named = [key for key in keys if key[0] != "all" and key[place] is not None]
    if len({key[place] for key in named}) == len(named):
        ranked = [key for key in named if key[place] not in UNRANKED]
        for total in [key for key in keys if key[place] is None or key[0] == "all"]:
            ledger.tie(total, named)
            ledger.tie(total, ranked)  # an index of inequality is of the levels that have a rank


def _tie_strata(ledger: Ledger, keys: list, place: int) -> None:
    """As `_tie_all`, for each way of dividing the persons on its own (`sex=female`: divided by sex).

    Without a total the ways are tied to each other: their sums are one number, whoever prints it.
    """
    total = [key for key in keys if key[place] is None]
    named = [key for key in keys if key[place] is not None]
    ways = [
        [key for key in named if _axis(key[place]) == axis] for axis in sorted({_axis(key[place]) for key in named})
    ]
    if not total and len(ways) > 1:
        value = max(sum(ledger.values[key] for key in way) for way in ways)
        total = [ledger.add(("all", *keys[0][:place], None, *keys[0][place + 1 : -1], value), value, shown=False)]
    for way in ways:
        _tie_all(ledger, total + way, place)


def _axis(stratum: str) -> str:
    return stratum.split("=")[0] if "=" in stratum else ""


def _tie_differences(ledger: Ledger, minimum: int) -> None:
    """Two counts of the same group that differ by a few: the few are those dropped between two models."""
    groups: dict[tuple, list] = {}
    for key in list(ledger.values):
        if key[0] in {"n", "events"} and key in ledger.shown:
            groups.setdefault(key[:-1], []).append(key)
    for keys in groups.values():
        for one, other in combinations(sorted(keys, key=lambda key: -ledger.values[key]), 2):
            if TOLERANCE < ledger.values[one] - ledger.values[other] < minimum - TOLERANCE:
                ledger.tie(one, [other])
