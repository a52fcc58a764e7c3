"""A table of scenarios: what was observed, what would be with stages changed, and how many more that is a year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rehab_stats.measures import estimate_text, per_words
from rehab_stats.report.chart_lines import rows_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.not_estimated import nothing_estimated
from rehab_stats.report.phrases import capital, outcome_words, phrase
from rehab_stats.report.scenario_rows import (
    AS_OBSERVED,
    DIFFERENCES,
    EVERYBODY,
    QUANTITIES,
    RATIOS,
    additional_words,
    assumed_told,
    farthest,
    of_outcome,
    start_words,
    told_change,
    without_assumed,
    yearly_words,
)
from rehab_stats.report.table_parts import data_of, notes_of, one_digit, reason_table
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import basis_words
from rehab_stats.words import label

PER = 100.0
"""Quantities are printed per so many at the start."""


def scenario_table(
    estimates: Estimates,
    *,
    outcome: str | None = None,
    language: str = "en",
    note: str = "",
    preset: str = "",
    name: str = "scenarios",
) -> Table:
    """What scenarios would do: a line each, what was observed first; quantities, the difference, how many more a year.

    Parameters
    ----------
    estimates : Estimates
        Rows of `scenario`.
    outcome : str, optional
        The stage shown; the last one by default.
    language, note, preset, name
        As in `tables.descriptive_table`.

    Returns
    -------
    Table
        Columns: everybody's quantity per 100 diagnosed, that of the reference and that of the level farthest from it on
        the ladder (as point values; `data` has their intervals); difference and ratio of the two, what becomes of the
        difference, and how many more there would be a year, with intervals. Under the table: what each scenario
        changes, and what is taken for granted.

    Raises
    ------
    ValueError
        No scenario, no such stage, or two rows for a scenario and level: select one.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    context = safe.context
    rows = of_outcome(rows_of(safe), context, outcome)
    rows = one_digit(rows, *QUANTITIES, *DIFFERENCES, "gap_change")
    exposure, stage = context.get("exposure") or "", rows["outcome"].iloc[0]
    level = farthest(rows)
    reference = rows.loc[rows["measure"].isin(DIFFERENCES), "reference"].iloc[0]
    first, start = phrase("scenario_head", language), context.get("start", "diagnosed")
    per = per_words(PER, language, start=start)
    quantities = {whose: capital(label(whose, language, exposure)) for whose in (EVERYBODY, reference, level)}
    contrasts = {
        phrase("gap_absolute", language): (DIFFERENCES, level),
        phrase("gap_ratio", language): (RATIOS, level),
        phrase("gap_change_head", language): (("gap_change",), level),
    }
    told = {"additional": additional_words(stage, context, language), "per": yearly_words(context, language)}
    more = {phrase("additional_head", language, **told): (("additional",), EVERYBODY)}
    columns = {head: (QUANTITIES, whose) for whose, head in quantities.items()} | contrasts | more
    names = sorted(rows["model"].drop_duplicates(), key=lambda model: model != AS_OBSERVED)
    lines = []
    for model in names:
        mine = rows[rows["model"] == model]
        line = {first: capital(label(model, language, "model"))}
        for head, (measures, whose) in columns.items():
            found = mine[mine["measure"].isin(measures) & (mine["level"] == whose)]
            write = _point if measures is QUANTITIES else estimate_text
            line[head] = write(found.iloc[0], language) if len(found) else ""
        lines.append(line)
    words = outcome_words(stage, context, language)
    against = {"level": capital(label(level, language, exposure)), "reference": label(reference, language, exposure)}
    return Table(
        name=name,
        body=pd.DataFrame(lines, columns=[first, *columns]),
        title=phrase(
            "caption_scenario_table", language, outcome=capital(words), exposure=label(exposure or "level", language)
        ),
        data=data_of(safe, language),
        spanners={
            phrase("quantity_per", language, outcome=capital(words), per=per): tuple(quantities.values()),
            phrase("contrast_of", language, **against): tuple(contrasts),
        },
        notes=_scenario_notes(safe, [one for one in names if one != AS_OBSERVED], rows, note, language),
        language=language,
    )


def _point(row: pd.Series, language: str) -> str:
    """The estimate alone; intervals of seven columns would not fit a page."""
    return estimate_text(dict(row) | {"conf_low": np.nan, "conf_high": np.nan}, language)


def _scenario_notes(
    safe: Estimates, names: Sequence[str], rows: pd.DataFrame, note: str, language: str
) -> tuple[str, ...]:
    """What each scenario changes, what is assumed, and how it was estimated without saying either again."""
    context, told = safe.context, []
    if context.get("changes"):
        told = [
            phrase(
                "scenario_changes",
                language,
                scenario=capital(label(one, language, "model")),
                changes=told_change(one, context, language),
            )
            for one in names
        ]
        told.append(assumed_told(names, context, language))
    changed = "; ".join(safe.diagnostics.get(f"change.{one}", "") for one in context.get("changes") or ())
    method = without_assumed(safe).method.replace(f" ({changed})", "")
    adjusted = capital(basis_words(AS_OBSERVED, context, language))
    per = per_words(PER, language, start=context.get("start", "diagnosed"))
    short = [phrase("scenario_units_note", language, per=per), start_words(rows, context, language)]
    short.append(f"{adjusted}." if adjusted else "")
    about, *others = notes_of(list(filter(None, short)), note, safe.replaced(method=method), language)
    return (*told, about, *others)
