"""Risks in each combination of two exposures, and below them how far their differences are from adding up."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from rehab_stats.measures import estimate_text
from rehab_stats.report.captions import notes
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
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.phrases import capital, heading_words, outcome_words, phrase, stratum_words
from rehab_stats.report.row_chart import Axis, Line
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import stratum_label
from rehab_stats.words import label


def plot_interaction(estimates: Estimates, *, language: str = "en", note: str = "", ax: Axes | None = None) -> Axes:
    """Risk in each combination, by level within strata, and the interaction contrasts on an axis of their own below.

    Parameters as in `figures.plot_forest`; `estimates` holds one model of `interaction(scale="risk")`, or several
    modifiers of one model, stacked: measures joint_risk, risk_difference (within strata, at the right) and
    interaction_contrast. Differences that add up have contrasts of 0.

    Returns the upper axes, in percent; the lower one is in percentage points. Raises ValueError when there is no joint
    risk, or two models.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows = rows_of(safe)
    risks, contrasts = (rows[rows["measure"] == name] for name in ("joint_risk", "interaction_contrast"))
    _refuse(risks)
    context, styles = safe.context, styles_of(rows)
    upper = _risk_lines(risks, rows[rows["measure"] == "risk_difference"], context, styles, language)
    outcome = capital(outcome_words(risks.iloc[0]["outcome"], context, language, timed=True))
    what = phrase("outcome_first", language, outcome=outcome, what=label("risk", language))
    axis = Axis(phrase("in_percent", language, what=what), language=language)
    headings = (
        phrase("estimate_ci", language, what=capital(label("risk", language)) + ", %"),
        phrase("difference_ci", language),
        phrase("n_events", language),
    )
    under = " ".join(notes(safe, note, language))
    if contrasts.empty:
        return draw_lines(upper, axis, headings, under, ax)
    reference = label(contrasts.iloc[0]["reference"], language, context.get("exposure", ""))
    words = phrase("interaction_axis", language, outcome=outcome, reference=reference)
    lower = _contrast_lines(contrasts, context, styles, language)
    below = (lower, Axis(words, null=0.0, language=language), ("", phrase("contrast_ci", language), ""))
    return draw_two((upper, axis, headings), below, f"{phrase('interaction_zero', language)} {under}".strip(), ax)


def _refuse(risks: pd.DataFrame) -> None:
    if risks.empty:
        raise ValueError('there is no row with the measure joint_risk to plot: interaction(scale="risk") gives them')
    if risks["model"].nunique(dropna=False) > 1:
        raise ValueError(f"there are several models ({', '.join(risks['model'].unique())}): select one")


def _risk_lines(risks: pd.DataFrame, differences: pd.DataFrame, context: dict, styles: dict, language: str) -> list:
    lines = []
    for _, group in groups_of(risks, context, language):
        first = group.iloc[0]
        lines.append(Line(heading_words(first["stratum"], first["model"], context, language), kind="heading"))
        for _, row in group.iterrows():
            cells = (
                estimate_text(row, language),
                difference_text(row, differences, language),
                counts_text(row, language),
            )
            lines.append(line_of(row, context.get("exposure", ""), styles[row["level"]], cells, language, scale=100))
    return lines


def _contrast_lines(contrasts: pd.DataFrame, context: dict, styles: dict, language: str) -> list:
    lines = []
    for _, group in groups_of(contrasts, context, language):
        lines.append(Line(_compared(group.iloc[0], context, language), kind="heading"))
        for _, row in group.iterrows():
            cells = ("", estimate_text(row, language), "")
            lines.append(line_of(row, context.get("exposure", ""), styles[row["level"]], cells, language, scale=100))
    return lines


def _compared(row: pd.Series, context: dict, language: str) -> str:
    """`Men against women`, where the row says what it compares with."""
    stratum, other = stratum_words(row["stratum"], context, language), row.get("reference_stratum")
    if not isinstance(other, str):
        return stratum
    other = stratum_label(other, context, language)
    return phrase("strata_compared", language, stratum=stratum, other=other)
