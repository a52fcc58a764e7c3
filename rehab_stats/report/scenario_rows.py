"""Rows of scenarios as their figure and its caption need them: one stage, and in words what becomes of the gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from rehab_stats.measures import HIDDEN, estimate_text
from rehab_stats.report.pathway_rows import farthest_first
from rehab_stats.report.phrases import phrase

AS_OBSERVED, EVERYBODY = "as_observed", "everybody"
QUANTITIES = ("risk", "mean")
DIFFERENCES, RATIOS = ("risk_difference", "mean_difference"), ("risk_ratio", "mean_ratio")


def of_outcome(rows: pd.DataFrame, context: Mapping, outcome: str | None) -> pd.DataFrame:
    """The rows of one stage. Raises ValueError where it has no scenario, or several rows for a level."""
    quantities = rows[rows["measure"].isin(QUANTITIES) & rows["level"].notna()]
    if AS_OBSERVED not in set(quantities["model"]) or quantities["model"].nunique() < 2:
        raise ValueError("there is nothing under a scenario to put beside what was observed: scenario() gives it")
    there = list(quantities["outcome"].drop_duplicates())
    stages = [stage for stage in context.get("stages") or there if stage in there]
    chosen = stages[-1] if outcome is None else outcome
    if chosen not in there:
        raise ValueError(f"outcome must be one of {', '.join(there)}; got {outcome!r}")
    found = rows[rows["outcome"] == chosen]
    twice = found[found.duplicated(["measure", "model", "level"], keep=False)]
    if not twice.empty:
        raise ValueError(f"there are several rows of {twice.iloc[0]['level']}: select one stratum")
    if not found["measure"].isin(DIFFERENCES).any():
        raise ValueError(f"there is no difference between levels at {chosen}: what becomes of the gap is not known")
    return found


def moves(rows: pd.DataFrame, name: str, language: str, *, aloud: bool = False) -> list[str]:
    """The gap before and after, its change, its ratio, and how many more there would be; `aloud` without an arrow."""
    level = farthest(rows)

    def text(model: str, measures: Sequence[str], whose: str = level) -> str:
        keep = (rows["model"] == model) & rows["measure"].isin(measures) & (rows["level"] == whose)
        return estimate_text(rows[keep].iloc[0], language) if keep.any() else HIDDEN

    lines = []
    for words, measures in (("gap", DIFFERENCES), ("ratio", RATIOS)):
        ends = dict(zip(("before", "after"), (text(model, measures) for model in (AS_OBSERVED, name)), strict=True))
        line = phrase("moved_read", language, what=phrase(words, language), **ends) if aloud else ""
        lines.append(line or phrase("moves", language, what=phrase(words, language), **ends))
    lines.insert(1, phrase("gap_changes", language, value=text(name, ["gap_change"])))
    return [*lines, phrase("additional_a_year", language, value=text(name, ["additional"], EVERYBODY))]


def farthest(rows: pd.DataFrame) -> str:
    """The level farthest from the reference on the ladder."""
    contrasts = rows[rows["measure"].isin(DIFFERENCES)]
    ladder = rows.loc[rows["measure"].isin(QUANTITIES) & (rows["level"] != EVERYBODY), "level"].drop_duplicates()
    return farthest_first(list(ladder), list(contrasts["level"].drop_duplicates()), contrasts.iloc[0]["reference"])[0]
