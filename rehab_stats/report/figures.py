"""Figures of the referral gradient: they read rows that have passed the disclosure rules, and compute nothing.

A set without rows, because an estimator refused the data, is drawn as the reason why.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from rehab_stats.measures import DIFFERENCE_MEASURES, RATIO_MEASURES, estimate_text, kind_of
from rehab_stats.report.appearance import save_figure, text_width
from rehab_stats.report.captions import caption, notes
from rehab_stats.report.chart_lines import (
    counts_text,
    difference_text,
    draw_lines,
    draw_two,
    groups_of,
    line_of,
    rows_of,
    styles_of,
)
from rehab_stats.report.disclosure import protect
from rehab_stats.report.flowchart import plot_flow
from rehab_stats.report.incidence_chart import plot_incidence
from rehab_stats.report.interaction_chart import plot_interaction
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.phrases import capital, outcome_words, phrase, source_words
from rehab_stats.report.row_chart import Axis, Line
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import measure_label
from rehab_stats.words import label

__all__ = [
    "caption",
    "plot_flow",
    "plot_forest",
    "plot_incidence",
    "plot_interaction",
    "plot_measures",
    "plot_risks",
    "save_figure",
]

WIDEST_HEADING = 110.0
"""Points; a column whose measure has a longer name is headed `Estimate`."""
MEASURE_ORDER = ("hazard_ratio", "odds_ratio", "risk_ratio", "risk_difference")


def plot_forest(
    estimates: Estimates,
    *,
    published: Estimates | None = None,
    language: str = "en",
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Contrasts by level across adjustment sets and strata: one group of rows per model, one marker per level.

    Parameters
    ----------
    estimates : Estimates
        Rows of exactly one ratio measure (odds, hazard or risk ratio), or, where there is no ratio, of one difference
        (risk_difference, slope_index, ...); rows of other measures are left aside.
    published : Estimates, optional
        Printed figures of the same measure, drawn as open markers under a rule. Their `context["source"]` names them.
    language : {"en", "da"}
    note : str
        A line under the axis, such as that the data are synthetic.
    ax : Axes, optional
        Where to draw; the default is a new figure 180 mm wide.

    Returns
    -------
    Axes
        Ratios: logarithmic x axis with a line at 1; beyond 1/20 and 20 they end in an arrow. Differences: percentage
        points, a line at 0. At the right the estimate (95 % CI) and n (events); a dash is a hidden number.

    Raises
    ------
    ValueError
        No ratio and no difference, more than one of them, or printed figures of another measure.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows = rows_of(safe)
    measure = _one_contrast(rows)
    rows = rows[rows["measure"] == measure]
    styles = styles_of(rows)
    lines = _grouped(rows, safe.context, styles, language)
    if published is not None:
        lines += _printed(published, measure, safe.context.get("exposure", ""), styles, language)
    what = label(measure, language)
    if text_width(what, bold=True) > WIDEST_HEADING:  # the axis names the measure
        what = label("estimate", language)
    headings = (
        phrase("estimate_ci", language, what=capital(what) + ("" if kind_of(measure).log else ", pp")),
        # of a count nothing happens to a person: they have some, or none
        phrase("n_with_any" if measure == "rate_ratio" else "n_events", language),
    )
    axis = _contrast_axis(rows, measure, safe.context, language)
    return draw_lines(lines, axis, headings, " ".join(notes(safe, note, language)), ax)


def _contrast_axis(rows: pd.DataFrame, measure: str, context: dict, language: str) -> Axis:
    """A logarithmic axis for ratios, percentage points for differences; its words name outcome and reference."""
    first, kind = rows.iloc[0], kind_of(measure)
    one_time = rows["at"].nunique(dropna=False) == 1
    timed = measure != "hazard_ratio" and (one_time or rows["at"].isna().all())
    outcome = outcome_words(first["outcome"], context, language, timed=timed, at=first["at"] if one_time else None)
    what = capital(phrase("of_outcome", language, measure=label(measure, language), outcome=outcome))
    if first["reference"] is None:
        words = what if kind.log else phrase("in_points", language, what=what)
    else:
        reference = label(first["reference"], language, context.get("exposure", ""))
        words = phrase("against" if kind.log else "points_against", language, what=what, reference=reference)
    return Axis(words, log=kind.log, null=kind.null, language=language)


def plot_risks(estimates: Estimates, *, language: str = "en", note: str = "", ax: Axes | None = None) -> Axes:
    """Standardised risks by level in percent, and beside each its difference from the reference in percentage points.

    Parameters as in `plot_forest`; `estimates` holds rows of `risk` and, for the column at the right,
    `risk_difference`. One group of rows per model when there are several. Raises ValueError when there is no risk row.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows = rows_of(safe)
    risks = rows[rows["measure"] == "risk"]
    if risks.empty:
        raise ValueError("there is no row with the measure risk to plot")
    differences = rows[rows["measure"] == "risk_difference"]
    exposure, styles = safe.context.get("exposure", ""), styles_of(rows)
    lines, groups = [], groups_of(risks, safe.context, language)
    for heading, group in groups:
        lines += [Line(heading, kind="heading")] if len(groups) > 1 or group.iloc[0]["stratum"] else []
        for _, row in group.iterrows():
            cells = (estimate_text(row, language), difference_text(row, differences, language))
            cells += (counts_text(row, language),)
            lines.append(line_of(row, exposure, styles[row["level"]], cells, language, scale=100))
    times = risks["at"].unique()
    outcome = outcome_words(
        risks.iloc[0]["outcome"],
        safe.context,
        language,
        timed=len(times) == 1,
        at=times[0] if len(times) == 1 else None,
    )
    measure = measure_label("risk", risks.iloc[0]["outcome"], safe.context, language)
    words = capital(phrase("of_outcome", language, measure=measure, outcome=outcome))
    axis = Axis(phrase("in_percent", language, what=words), language=language)
    headings = (
        phrase("estimate_ci", language, what=capital(measure) + ", %"),
        phrase("difference_ci", language),
        phrase("n_events", language),
    )
    return draw_lines(lines, axis, headings, " ".join(notes(safe, note, language)), ax)


def plot_measures(estimates: Estimates, *, language: str = "en", note: str = "", ax: Axes | None = None) -> Axes:
    """Hazard ratio, odds ratio, risk ratio and risk difference of the same contrast side by side, and what each says.

    Parameters as in `plot_forest`; `estimates` holds one model. The ratios share a logarithmic axis, which is returned;
    the risk difference, which has another unit, has an axis of its own below it.

    Raises
    ------
    ValueError
        No ratio or no risk difference, or a measure with several rows for a level.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows = rows_of(safe)
    rows = rows[rows["reference"].notna() & rows["measure"].isin(MEASURE_ORDER)]
    if not set(rows["measure"]) & RATIO_MEASURES or "risk_difference" not in set(rows["measure"]):
        raise ValueError("measures side by side need a ratio (hazard, odds or risk) and the risk_difference")
    twice = rows[rows.duplicated(["measure", "level"], keep=False)]
    if not twice.empty:
        raise ValueError(f"several rows of {twice.iloc[0]['measure']} for {twice.iloc[0]['level']}; select one model")
    exposure = estimates.context.get("exposure", "")
    ratios = [line for name in MEASURE_ORDER[:-1] for line in _measure(rows, name, exposure, language)]
    differences = _measure(rows, MEASURE_ORDER[-1], exposure, language)
    what = phrase("estimate_ci", language, what=capital(label("estimate", language)))
    headings = (what, phrase("n_events", language))
    reference = label(rows.iloc[0]["reference"], language, exposure)
    outcome = capital(outcome_words(rows.iloc[0]["outcome"], estimates.context, language))
    what = phrase("outcome_first", language, outcome=outcome, what=phrase("ratio", language).lower())
    upper = Axis(phrase("against", language, what=what, reference=reference), True, 1.0, language)
    what = phrase("outcome_first", language, outcome=outcome, what=label("risk_difference", language))
    lower = Axis(phrase("points_against", language, what=what, reference=reference), False, 0.0, language)
    under = " ".join(notes(safe, note, language))
    return draw_two((ratios, upper, headings), (differences, lower, headings), under, ax)


def _measure(rows: pd.DataFrame, measure: str, exposure: str, language: str) -> list[Line]:
    """One measure: a heading that says what it says, and a line per level."""
    styles, lines = styles_of(rows), []
    scale = 100.0 if measure == "risk_difference" else 1.0
    for _, row in rows[rows["measure"] == measure].iterrows():
        cells = (estimate_text(row, language, unit=True), counts_text(row, language))
        lines.append(line_of(row, exposure, styles[row["level"]], cells, language, scale=scale))
    title = f"{capital(label(measure, language))}: {phrase('says_' + measure, language)}"
    return [Line(title, kind="heading"), *lines] if lines else []


def _one_contrast(rows: pd.DataFrame) -> str:
    """The one ratio, or where there is none the one difference, that the rows hold."""
    there = list(rows["measure"].dropna().unique())
    ratios, differences = ([m for m in there if m in family] for family in (RATIO_MEASURES, DIFFERENCE_MEASURES))
    found = ratios or differences
    if len(found) != 1:
        words = ", ".join(found) or "no ratio and no difference"
        raise ValueError(
            f"a forest plot shows one ratio measure, or one difference; there is {words}: choose with "
            "select(measure=...)"
        )
    return found[0]


def _grouped(rows: pd.DataFrame, context: dict, styles: dict, language: str) -> list[Line]:
    lines, scale = [], kind_of(rows.iloc[0]["measure"]).scale
    for heading, group in groups_of(rows, context, language):
        lines.append(Line(heading, kind="heading"))
        for _, row in group.iterrows():
            cells = (estimate_text(row, language), counts_text(row, language))
            style = styles[row["level"]]
            lines.append(line_of(row, context.get("exposure", ""), style, cells, language, scale=scale))
    return lines


def _printed(published: Estimates, measure: str, exposure: str, styles: dict, language: str) -> list[Line]:
    rows, order = published.tidy(), [level for level in styles if level is not None]
    rows = rows[(rows["measure"] == measure) & rows["level"].isin(order) & rows["reference"].isin(order)]
    if rows.empty:
        raise ValueError(f"the printed figures hold no {measure} of these levels: like is shown beside like only")
    rows = rows.sort_values(["stratum", "level"], key=lambda c: c.map(order.index) if c.name == "level" else c)
    lines = [Line("", kind="rule"), Line(phrase("printed", language, source=source_words(published)), kind="heading")]
    for _, row in rows.iterrows():
        stratum = f", {label(row['stratum'].rpartition('=')[2], language)}" if row["stratum"] else ""
        cells = (estimate_text(row, language), "")  # the n that is printed is that of the whole study
        lines.append(line_of(row, exposure, styles[row["level"]], cells, language, opened=True, after=stratum))
    return lines
