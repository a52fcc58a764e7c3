"""Tables of participation: stages, means, how count models fit, and what a difference in attendance is made of.

Each takes Estimates, passes them through the disclosure rules, and gives a `Table`.
"""

from __future__ import annotations

import pandas as pd

from rehab_stats.measures import estimate_text, format_estimate
from rehab_stats.report.chart_lines import rows_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.not_estimated import nothing_estimated
from rehab_stats.report.phrases import capital, model_heading, outcome_words, phrase
from rehab_stats.report.table_parts import (
    contrast_heading,
    data_of,
    level_lines,
    measure_heading,
    notes_of,
    reason_table,
    refuse_twins,
    short_forms,
    shown_count,
)
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import outcome_label
from rehab_stats.words import label

MEANS = ("mean", "mean_difference", "mean_ratio", "rate_ratio")
FITS = ("aic", "log_likelihood", "dispersion", "theta", "zeros_expected", "zeros_observed")
MOST_NAMED = 3
"""Outcomes that a title names."""
ENDS = {"first": 0, "last": -1}
STAGE_COLUMNS = {
    "risk": "of_all_ci",
    "risk_difference": "difference_ci",
    "transition": "of_those_before_ci",
    "transition_difference": "difference_before_ci",
}


def cascade_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "cascade"
) -> Table:
    """The cascade: per stage a line for each level, shares of all and of those at the stage before, differences beside.

    Parameters as in `tables.descriptive_table`; `estimates` holds the rows of `cascade`.

    Raises
    ------
    ValueError
        No share of all, or two rows for a measure, stage and level (strata): select one.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows, context = rows_of(safe), safe.context
    rows = rows[rows["measure"].isin(STAGE_COLUMNS)]
    if not (rows["measure"] == "risk").any():
        raise ValueError("a cascade table needs rows of the measure risk, by stage and level")
    refuse_twins(rows, ["outcome", "measure", "level"])
    exposure = context.get("exposure") or "level"
    first, n, reached = capital(label(exposure, language)), label("n", language), phrase("reached", language)
    lines, groups = [], []
    for stage in rows["outcome"].drop_duplicates():
        of_stage = rows[rows["outcome"] == stage]
        for level in of_stage["level"].drop_duplicates():
            mine = of_stage[of_stage["level"] == level].set_index("measure")
            line = {first: capital(label(level, language, exposure))}
            if "risk" in mine.index:
                counts = (shown_count(mine.loc["risk", column], language) for column in ("n", "events"))
                line |= dict(zip((n, reached), counts, strict=True))
            for measure, head in STAGE_COLUMNS.items():
                line[phrase(head, language)] = (
                    estimate_text(dict(mine.loc[measure]) | {"measure": measure}, language)
                    if measure in mine.index
                    else _if_reference(of_stage, measure, level, language)
                )
            lines.append(line)
            groups.append(capital(outcome_words(stage, context, language, timed=True)))
    body = pd.DataFrame(lines).fillna("")
    return Table(
        name=name,
        body=body.loc[:, (body != "").any()],
        title=phrase(
            "caption_cascade_table",
            language,
            exposure=label(exposure, language),
            **{end: outcome_words(rows["outcome"].iloc[place], context, language) for end, place in ENDS.items()},
        ),
        data=data_of(safe, language),
        groups=tuple(groups),
        notes=notes_of(short_forms(set(rows["measure"]), language, ci=True), note, safe, language),
        language=language,
    )


def means_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "means"
) -> Table:
    """Means by level, their differences and ratios: levels in rows, the unadjusted model next to the adjusted ones.

    Parameters as in `tables.descriptive_table`; `estimates` holds rows of `standardised_means` and `rate_ratios`, any
    outcomes (such as sessions attended of each kind) and strata stacked. n, the persons with any and the share with
    none are those of the first model.

    Raises
    ------
    ValueError
        None of these measures, or two rows for a measure, level and model.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows, context = rows_of(safe), safe.context
    rows = rows[rows["measure"].isin(MEANS) & rows["level"].notna()]
    if rows.empty:
        raise ValueError(f"a table of means needs rows of {', '.join(MEANS)}, by level")
    refuse_twins(rows, ["outcome", "measure", "stratum", "at", "model", "level"])
    exposure = context.get("exposure") or "level"
    columns = [capital(label(exposure, language)), label("n", language), phrase("with_any_head", language)]
    none = phrase("with_none", language)
    heads = {model: model_heading(model, context, language) for model in rows["model"].drop_duplicates()}
    lines, groups = [], []
    for _, part in rows.groupby(["outcome", "stratum", "at"], dropna=False, sort=False):
        shares = _with_none(part, exposure, language)
        for measure in [measure for measure in MEANS if (part["measure"] == measure).any()]:
            mine = part[part["measure"] == measure]
            new = level_lines(mine, part, heads, columns, exposure, language)
            lines += [line | {none: shares.get(line[columns[0]], "")} for line in new]
            groups += [measure_heading(mine.iloc[0], context, language)] * len(new)
    body = pd.DataFrame(lines, columns=[*columns, none, *heads.values()]).fillna("")
    exposure_words = label(exposure, language)
    outcomes = dict.fromkeys(outcome_words(code, context, language, timed=True) for code in rows["outcome"])
    short = [phrase("with_any_note", language), *short_forms(set(rows["measure"]), language, ci=True)]
    if rows.groupby(["outcome", "measure", "stratum", "at", "level"], dropna=False)["n"].nunique().gt(1).any():
        short.insert(0, phrase("counts_differ_note", language))
    return Table(
        name=name,
        body=body,
        title=phrase(
            "caption_means_table", language, outcome=_named(list(outcomes), language), exposure=exposure_words
        ),
        data=data_of(safe, language),
        groups=tuple(groups),
        notes=notes_of(short, note, safe, language),
        language=language,
    )


def count_fit_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "count_fit"
) -> Table:
    """How count models fit the same counts: a line per family, the adjustment sets below each other.

    Parameters as in `tables.descriptive_table`; `estimates` holds the rows of `count_fits`. A family that could not be
    fitted is named under the table.

    Raises
    ------
    ValueError
        None of these measures, or two rows for a measure, family and model (strata): select one.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows, context = rows_of(safe), safe.context
    rows = rows[rows["measure"].isin(FITS)]
    if rows.empty:
        raise ValueError(f"a table of fit needs rows of {', '.join(FITS)}")
    refuse_twins(rows, ["outcome", "measure", "model", "level"])
    first = capital(label("family", language))
    measures = [measure for measure in FITS if (rows["measure"] == measure).any()]
    heads = {measure: capital(label(measure, language)) for measure in measures}
    heads |= {measure: f"{heads[measure]}, %" for measure in measures if measure.startswith("zeros")}
    lines, groups = [], []
    for model, part in rows.groupby("model", dropna=False, sort=False):
        whole = part[part["level"].isna()].set_index("measure")  # what was observed is of no family
        for family in part["level"].dropna().drop_duplicates():
            mine = part[part["level"] == family].set_index("measure")
            line = {first: capital(label(family, language))}
            for measure, head in heads.items():
                found = mine if measure in mine.index else whole
                known = measure in found.index
                line[head] = estimate_text(dict(found.loc[measure]) | {"measure": measure}, language) if known else ""
            lines.append(line)
            groups.append(model_heading(None if pd.isna(model) else model, context, language))
    outcome = capital(outcome_words(rows.iloc[0]["outcome"], context, language, timed=True))
    return Table(
        name=name,
        body=pd.DataFrame(lines, columns=[first, *heads.values()]).fillna(""),
        title=phrase("caption_count_fit", language, outcome=outcome),
        data=data_of(safe, language),
        groups=tuple(groups),
        notes=notes_of(short_forms(set(rows["measure"]), language, ci=False), note, safe, language),
        language=language,
    )


def components_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "components"
) -> Table:
    """What differences in attendance are made of: a line per component, contributions and shares under each adjustment.

    Parameters as in `tables.descriptive_table`; `estimates` holds the rows of `attendance_components`. A level without
    shares is one whose whole difference is not told from nought.

    Raises
    ------
    ValueError
        No contribution, or two for a component, level and model (strata): select one.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows, context = rows_of(safe), safe.context
    rows = rows[rows["measure"].isin(["contribution", "share_of_total"])]
    parts = rows[rows["measure"] == "contribution"]
    if parts.empty:
        raise ValueError("a table of components needs rows of contribution: attendance_components() gives them")
    refuse_twins(rows, ["outcome", "measure", "model", "level"])
    first = capital(label("component", language))
    models = {model: model_heading(model, context, language) for model in parts["model"].drop_duplicates()}
    shares = {
        model: phrase("model_percent", language, model=words)
        for model, words in models.items()
        if ((rows["model"] == model) & (rows["measure"] == "share_of_total")).any()
    }
    lines, groups = [], []
    for _, mine in rows.groupby("level", sort=False):
        heading = contrast_heading(mine.iloc[0], context, language)
        for outcome in mine["outcome"].drop_duplicates():
            here = mine[mine["outcome"] == outcome]
            line = {first: capital(outcome_label(outcome, context, language))}
            for measure, heads in (("contribution", models), ("share_of_total", shares)):
                for _, row in here[here["measure"] == measure].iterrows():
                    line[heads[row["model"]]] = estimate_text(row, language)
            lines.append(line)
            groups.append(heading)
    spanners = {phrase("contribution_ci", language): tuple(models.values())}
    spanners |= {phrase("share_of_difference_ci", language): tuple(shares.values())} if shares else {}
    outcome = outcome_words(context.get("outcome"), context, language, timed=True)
    return Table(
        name=name,
        body=pd.DataFrame(lines, columns=[first, *models.values(), *shares.values()]).fillna(""),
        title=phrase("caption_components_table", language, outcome=outcome),
        data=data_of(safe, language),
        groups=tuple(groups),
        spanners=spanners,
        notes=notes_of(short_forms(set(rows["measure"]), language, ci=True), note, safe, language),
        language=language,
    )


def _named(outcomes: list[str], language: str) -> str:
    """The outcomes as a title names them; more than three stand as headings in the table."""
    return capital(", ".join(outcomes) if len(outcomes) <= MOST_NAMED else phrase("several_outcomes", language))


def _if_reference(rows: pd.DataFrame, measure: str, level: str, language: str) -> str:
    """`reference` in the line of the level that the others are compared with."""
    compared = rows.loc[rows["measure"] == measure, "reference"]
    return phrase("reference", language) if (compared == level).any() else ""


def _with_none(rows: pd.DataFrame, exposure: str, language: str) -> dict[str, str]:
    """The share with none of each level, from counts that are both shown; the level by its words."""
    counted = rows[["level", "n", "events"]]
    if {"n_reference", "events_reference"} <= set(rows):
        references = rows.loc[rows["reference"].notna(), ["reference", "n_reference", "events_reference"]]
        counted = pd.concat([counted, references.set_axis(counted.columns, axis=1)])
    shares = counted.drop_duplicates("level").set_index("level").eval("1 - events / n")
    hidden = phrase("hidden", language)
    return {
        capital(label(level, language, exposure)): format_estimate(share, "share", language) or hidden
        for level, share in shares.items()
    }
