"""Rows of scenarios as their figure and its caption need them: one stage, and in words what becomes of the gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from rehab_stats.measures import HIDDEN, estimate_text, per_words
from rehab_stats.pathway_wording import assumed_words, change_words, is_counted
from rehab_stats.report.pathway_rows import farthest_first
from rehab_stats.report.phrases import outcome_words, phrase
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import SMALLEST_SHOWN, terms_listed
from rehab_stats.words import format_number

AS_OBSERVED, EVERYBODY = "as_observed", "everybody"
QUANTITIES = ("risk", "mean")
DIFFERENCES, RATIOS = ("risk_difference", "mean_difference"), ("risk_ratio", "mean_ratio")
YEARLY = 10_000
"""Persons at the start in a year, of whom additional ones are told."""


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


def moves(rows: pd.DataFrame, name: str, context: Mapping, language: str, *, aloud: bool = False) -> list[str]:
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
    more = additional_words(rows["outcome"].iloc[0], context, language)
    return [*lines, phrase("additional_read", language, additional=more, value=text(name, ["additional"], EVERYBODY))]


def additional_words(outcome: str, context: Mapping, language: str) -> str:
    """How many more there would be of what: `Additional sessions attended a year`."""
    kind = "additional_counted" if is_counted(outcome, context) else "additional_persons"
    return phrase(kind, language, outcome=outcome_words(outcome, context, language))


def yearly_words(context: Mapping, language: str) -> str:
    """Of how many in a year these are told: `per 10,000 diagnosed`."""
    return per_words(YEARLY, language, start=context.get("start", "diagnosed"))


def start_words(rows: pd.DataFrame, context: Mapping, language: str) -> str:
    """How many persons are at the start, a dash where that is hidden; "" where no row is of everybody."""
    everybody = rows[rows["level"] == EVERYBODY]
    if not len(everybody):
        return ""
    n = format_number(everybody.iloc[0]["n"], 0, language) or phrase("hidden", language)
    return phrase(f"start_{context.get('start', 'diagnosed')}", language, n=n)


def assumed_told(names: Sequence[str], context: Mapping, language: str) -> str:
    """A sentence of what these scenarios take for granted."""
    return phrase("scenario_assumed", language, assumed="; ".join(assumed_words(names, context, language)))


def without_assumed(estimates: Estimates) -> Estimates:
    """The same with a method that leaves what scenarios take for granted to `assumed_told`."""
    if not estimates.context.get("changes"):
        return estimates
    return estimates.replaced(method=estimates.method.partition(" Assumed:")[0])


def told_change(name: str, context: Mapping, language: str, *, aloud: bool = False) -> str:
    """What a scenario changes and, where it does as a group does, how many that is and what its model leaves out.

    The context knows `group_n` (scenario -> persons of the group) and `left_out` (scenario -> covariates); `aloud`
    without brackets, which a caption has around it.
    """
    words, group = change_words(name, context, language), _group_words(name, context, language)
    if not group:
        return words
    return f"{words}; {group}" if aloud else f"{words} ({group})"


def _group_words(name: str, context: Mapping, language: str) -> str:
    n, without = ((context.get(key) or {}).get(name) for key in ("group_n", "left_out"))
    said = [phrase("group_of", language, n=count_words(n, context, language))] if n is not None else []
    if without:
        said.append(phrase("group_without", language, left_out=terms_listed(without, language)))
    return "; ".join(said)


def count_words(count: float, context: Mapping, language: str) -> str:
    """A count of persons that is no row of the estimates: `fewer than 5` where it is small."""
    minimum = context.get("protected") or SMALLEST_SHOWN
    if 0 < count < minimum:
        return phrase("fewer_than", language, minimum=minimum)
    return format_number(count, 0, language)


def farthest(rows: pd.DataFrame) -> str:
    """The level farthest from the reference on the ladder."""
    contrasts = rows[rows["measure"].isin(DIFFERENCES)]
    ladder = rows.loc[rows["measure"].isin(QUANTITIES) & (rows["level"] != EVERYBODY), "level"].drop_duplicates()
    return farthest_first(list(ladder), list(contrasts["level"].drop_duplicates()), contrasts.iloc[0]["reference"])[0]
