"""The stages of a path and what every row did at each: had it come that far, and what became of it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.sample import WrongCall, number, refuse_absent, refuse_rows

StageColumns = Mapping[str, str | tuple[str, str]]
"""Stage -> its column; for a share of a count, the column of what was attended and that of what was booked."""
YES_NO, COUNT, SHARE = "yes_no", "count", "share"
TOTAL = "total"


@dataclass(frozen=True)
class Stage:
    """One stage of the path.

    Attributes
    ----------
    name, column : str
    kind : str
        `yes_no` (0 or 1: only who has 1 goes on), `count` (a mean; the last stage, or the last but one), `share` (of
        the count before it; the last stage).
    """

    name: str
    column: str
    kind: str


@dataclass(frozen=True)
class Journeys:
    """What every row did at each stage.

    Attributes
    ----------
    stages : tuple of Stage
    size : (stages, rows)
        How much of a mean or share the row is at the stage: 1 where it had come that far and its value is known (the
        count of a share), else 0.
    value : (stages, rows), 0 where `size` is 0.
    reached : (stages, rows)
        The row is known to have passed the stage: 1, or for counts and shares more than 0.
    started : (rows,)
        The first stage is known: the rows over whom quantities are averaged.
    unseen : (stages, rows)
        The row had come that far, and its value is missing.
    skipped : (stages, rows)
        A later stage says yes though an earlier one says no; such a value is not used.
    """

    stages: tuple[Stage, ...]
    size: np.ndarray
    value: np.ndarray
    reached: np.ndarray
    started: np.ndarray
    unseen: np.ndarray
    skipped: np.ndarray

    def rows(self, chosen: np.ndarray) -> Journeys:
        """Those of some rows only, by position."""
        parts = (self.size, self.value, self.reached, self.unseen, self.skipped)
        size, value, reached, unseen, skipped = (part[:, chosen] for part in parts)
        return Journeys(self.stages, size, value, reached, self.started[chosen], unseen, skipped)

    @property
    def names(self) -> tuple[str, ...]:
        """The stages' names, in order."""
        return tuple(stage.name for stage in self.stages)

    @property
    def diagnostics(self) -> dict:
        """How many rows had come to each stage with a known value, without one, or against an earlier stage."""
        found = {}
        for stage, size, unseen, skipped in zip(self.stages, self.size, self.unseen, self.skipped, strict=True):
            found[f"at_stage.{stage.name}"] = int((size > 0).sum())
            found[f"unseen.{stage.name}"] = int(unseen.sum())
            found[f"skipped.{stage.name}"] = int(skipped.sum())
        return found


def read_journeys(data: pd.DataFrame, stages: StageColumns, *, period: bool = False) -> Journeys:
    """The journey of every row.

    Parameters
    ----------
    data : DataFrame
    stages : mapping
        Stage -> column, in the order in which they are passed. Where the columns contradict that order (somebody passed
        a stage though an earlier one says no) and agree on another, that one is taken.
    period : bool
        Stages are seen in different persons: a missing stage before a known one counts as passed. Otherwise only who
        has 1 at every stage before has come to a stage.

    Raises
    ------
    ValueError
        A stage that is not 0 or 1 though another follows; a count that is not whole or below zero, or is followed by
        anything but its share; a share above its count. `WrongCall`: no such column, fewer than two stages, a stage
        named `total`, a column that stands for two.
    """
    kinds = _stages(data, stages)
    rows = len(data)
    passed = np.ones(rows, dtype=bool)  # at every stage so far, or in a period unseen
    never = np.zeros(rows, dtype=bool)  # an earlier stage says no
    before = np.ones(rows)
    parts: dict[str, list[np.ndarray]] = {name: [] for name in ("size", "value", "reached", "unseen", "skipped")}
    for place, stage in enumerate(kinds):
        found = number(data[stage.column]).to_numpy()
        known = ~np.isnan(found)
        seen = passed & known
        _refuse_values(stage, data, seen, before)
        size = np.where(seen, before if stage.kind == SHARE else 1.0, 0.0)
        value = np.where(size > 0, np.nan_to_num(found), 0.0)
        parts["size"].append(size)
        parts["value"].append(value)
        parts["reached"].append(value > 0)
        parts["unseen"].append(passed & ~known & (place > 0) & (not period))
        parts["skipped"].append(never & known & (found > 0))
        if stage.kind == YES_NO:
            never = never | (seen & (value == 0))
            passed = (passed & (value > 0)) | (period & passed & ~known)
        else:
            passed, before = seen, value
    arrays = {name: np.stack(part) for name, part in parts.items()}
    first = ~np.isnan(number(data[kinds[0].column]).to_numpy())
    return Journeys(kinds, started=first, **arrays)


def _stages(data: pd.DataFrame, stages: StageColumns) -> tuple[Stage, ...]:
    """The stages in the order of the path."""
    pairs = _columns(data, stages)
    sizes = {pair[1] for pair in pairs.values() if len(pair) == 2}
    found = []
    for name, pair in pairs.items():
        counted = pair[0] in sizes or _counts(data[pair[0]])
        kind = SHARE if len(pair) == 2 else COUNT if counted else YES_NO
        found.append(Stage(name, pair[0], kind))
    path = _along_the_path(data, found)
    for place, stage in enumerate(path):
        if stage.kind == SHARE and (stage is not path[-1] or path[place - 1].column != pairs[stage.name][1]):
            raise WrongCall(
                f"stages: {stage.name} is a share of {pairs[stage.name][1]!r}, so it must be the last stage and follow "
                "that column"
            )
        if stage.kind == COUNT and place < len(path) - 1 and path[place + 1].kind != SHARE:
            path[place] = Stage(stage.name, stage.column, YES_NO)  # refused by row below
    return tuple(path)


def _columns(data: pd.DataFrame, stages: StageColumns) -> dict[str, tuple[str, ...]]:
    """Stage -> its column, and the column of its size where it is a share."""
    if not isinstance(stages, Mapping) or len(stages) < 2:
        raise WrongCall("stages must be a mapping of stage -> column with at least two stages")
    if TOTAL in stages:
        raise WrongCall(f"no stage may be called {TOTAL!r}: that is the name of what they add up to")
    pairs: dict[str, tuple[str, ...]] = {}
    for name, spec in stages.items():
        pair = (spec,) if isinstance(spec, str) else spec
        if not isinstance(pair, tuple) or not 1 <= len(pair) <= 2 or not all(isinstance(one, str) for one in pair):
            raise WrongCall(f"stages: {name} must be a column, or a pair of columns (share, count), not {spec!r}")
        pairs[name] = pair
    columns = [pair[0] for pair in pairs.values()]
    refuse_absent(data, list(dict.fromkeys(column for pair in pairs.values() for column in pair)))
    twice = [column for column in columns if columns.count(column) > 1]
    if twice:
        raise WrongCall(f"stages: the column {twice[0]!r} stands for two stages")
    return pairs


def _along_the_path(data: pd.DataFrame, stages: list[Stage]) -> list[Stage]:
    """The stages as they were named; where the columns contradict that order and agree on another, in that one.

    Columns contradict an order where somebody passed a stage though a known earlier one says no.
    """
    values = {stage.name: number(data[stage.column]).to_numpy() for stage in stages}
    if not _contradicted(stages, values):
        return list(stages)
    kinds = (YES_NO, COUNT, SHARE)
    other = sorted(stages, key=lambda stage: (-(values[stage.name] > 0).sum(), kinds.index(stage.kind)))
    return list(stages) if _contradicted(other, values) else other


def _contradicted(stages: Sequence[Stage], values: Mapping[str, np.ndarray]) -> bool:
    refused = np.zeros(len(next(iter(values.values()))), dtype=bool)
    for stage in stages:
        if (refused & (values[stage.name] > 0)).any():
            return True
        refused |= values[stage.name] == 0
    return False


def _counts(column: pd.Series) -> bool:
    values = number(column).dropna()
    return bool((values > 1).any())


def _refuse_values(stage: Stage, data: pd.DataFrame, seen: np.ndarray, before: np.ndarray) -> None:
    values = number(data[stage.column]).where(seen, 0)
    if stage.kind == YES_NO:
        refuse_rows(~values.isin([0, 1]), f"{stage.column} must be 0 or 1 (only the last stage may be a count)")
        return
    wrong = (values < 0) | (values % 1 != 0) | np.isinf(values)
    refuse_rows(wrong, f"{stage.column} must be a whole number from 0 on")
    if stage.kind == SHARE:
        refuse_rows(values > before, f"{stage.column} must not exceed the count that it is a share of")
