"""Figures of the referral gradient: they read rows that have passed the disclosure rules, and compute nothing."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rehab_stats.measures import RATIO_MEASURES, format_estimate, format_estimate_interval
from rehab_stats.report.appearance import POINTS, WIDTHS, level_styles, save_figure, themed
from rehab_stats.report.captions import caption, notes
from rehab_stats.report.disclosure import protect
from rehab_stats.report.flowchart import plot_flow
from rehab_stats.report.phrases import capital, heading_words, outcome_words, phrase, source_words
from rehab_stats.report.row_chart import Axis, Line, chart_height, draw_rows, new_axes
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import format_number, label

__all__ = ["caption", "plot_flow", "plot_forest", "plot_measures", "plot_risks", "save_figure"]


def plot_forest(
    estimates: Estimates,
    *,
    published: Estimates | None = None,
    language: str = "en",
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Ratios by level across adjustment sets: one group of rows per model (and stratum), one marker per level.

    Parameters
    ----------
    estimates : Estimates
        Rows of exactly one ratio measure (odds, hazard or risk ratio); rows of other measures are left aside.
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
        Logarithmic x axis with a line at 1. At the right the estimate (95 % CI) and n (events); a dash is a hidden
        number. Ratios beyond 1/20 and 20 end in an arrow.

    Raises
    ------
    ValueError
        No ratio, more than one ratio measure, or printed figures of another measure.
    """
    safe = protect(estimates)
    rows = safe.tidy()
    measure = _one_ratio(rows)
    rows = rows[rows["measure"] == measure]
    first = rows.iloc[0]
    exposure = estimates.context.get("exposure", "")
    styles = _styles(rows)
    lines = _grouped(rows, estimates.context, styles, language)
    if published is not None:
        lines += _printed(published, measure, exposure, styles, language)
    words = capital(
        phrase(
            "of_outcome",
            language,
            measure=label(measure, language),
            outcome=outcome_words(first["outcome"], estimates.context, language, timed=measure != "hazard_ratio"),
        )
    )
    axis = Axis(
        phrase("against", language, what=words, reference=label(first["reference"], language, exposure)),
        log=True,
        null=1.0,
        language=language,
    )
    headings = (phrase("estimate_ci", language, what=capital(label(measure, language))), phrase("n_events", language))
    return _draw(lines, axis, headings, " ".join(notes(safe, note, language)), ax)


def plot_risks(estimates: Estimates, *, language: str = "en", note: str = "", ax: Axes | None = None) -> Axes:
    """Standardised risks by level in percent, and beside each its difference from the reference in percentage points.

    Parameters as in `plot_forest`; `estimates` holds rows of `risk` and, for the column at the right,
    `risk_difference`. One group of rows per model when there are several. Raises ValueError when there is no risk row.
    """
    safe = protect(estimates)
    rows = safe.tidy()
    risks = rows[rows["measure"] == "risk"]
    if risks.empty:
        raise ValueError("there is no row with the measure risk to plot")
    differences = rows[rows["measure"] == "risk_difference"]
    exposure = estimates.context.get("exposure", "")
    lines = []
    for heading, group in _groups(risks, estimates.context, language):
        lines += [Line(heading, kind="heading")] if heading else []
        for _, row in group.iterrows():
            style = _styles(rows)[row["level"]]
            cells = (
                _estimate_text(row, language),
                _difference_text(row, differences, language),
                _counts(row, language),
            )
            lines.append(_line(row, exposure, style, cells, language, scale=100))
    words = capital(
        phrase(
            "of_outcome",
            language,
            measure=label("risk", language),
            outcome=outcome_words(risks.iloc[0]["outcome"], estimates.context, language, timed=True),
        )
    )
    axis = Axis(phrase("in_percent", language, what=words), language=language)
    headings = (
        phrase("estimate_ci", language, what=capital(label("risk", language)) + ", %"),
        phrase("difference_ci", language),
        phrase("n_events", language),
    )
    return _draw(lines, axis, headings, " ".join(notes(safe, note, language)), ax)


def plot_measures(estimates: Estimates, *, language: str = "en", note: str = "", ax: Axes | None = None) -> Axes:
    """Hazard ratio, odds ratio, risk ratio and risk difference of the same contrast side by side, and what each says.

    Parameters as in `plot_forest`; `estimates` holds one model. The ratios share a logarithmic axis, which is returned;
    the risk difference, which has another unit, has an axis of its own below it.

    Raises
    ------
    ValueError
        No ratio or no risk difference, or a measure with several rows for a level.
    """
    safe = protect(estimates)
    rows = safe.tidy()
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
    with themed():
        under = " ".join(notes(safe, note, language))
        ax, below = _two_axes(ax, (ratios, upper), (differences, lower), under)
        draw_rows(ax, ratios, axis=upper, headings=headings, beside=differences)
        draw_rows(below, differences, axis=lower, headings=headings, note=under, beside=ratios)
    return ax


def _measure(rows: pd.DataFrame, measure: str, exposure: str, language: str) -> list[Line]:
    """One measure: a heading that says what it says, and a line per level."""
    styles, lines = _styles(rows), []
    scale = 100.0 if measure == "risk_difference" else 1.0
    for _, row in rows[rows["measure"] == measure].iterrows():
        cells = (_estimate_text(row, language, unit=True), _counts(row, language))
        lines.append(_line(row, exposure, styles[row["level"]], cells, language, scale=scale))
    title = f"{capital(label(measure, language))}: {phrase('says_' + measure, language)}"
    return [Line(title, kind="heading"), *lines] if lines else []


def _two_axes(
    ax: Axes | None, upper: tuple[list[Line], Axis], lower: tuple[list[Line], Axis], note: str
) -> tuple[Axes, Axes]:
    """Two axes, one above the other, in the place of one, each as high as its lines need."""
    first, second = chart_height(*upper), chart_height(*lower, note=note)
    if ax is None:
        fig = plt.figure(figsize=(WIDTHS["double"], (first + second) / POINTS))
        ax = fig.add_axes((0.0, 0.0, 1.0, 1.0))
    box, share = ax.get_position(), second / (first + second)
    ax.set_position((box.x0, box.y0 + box.height * share, box.width, box.height * (1 - share)))
    return ax, ax.figure.add_axes((box.x0, box.y0, box.width, box.height * share))


MEASURE_ORDER = ("hazard_ratio", "odds_ratio", "risk_ratio", "risk_difference")


def _draw(lines: list[Line], axis: Axis, headings: Sequence[str], note: str, ax: Axes | None) -> Axes:
    with themed():
        return draw_rows(
            new_axes(lines, axis, note=note) if ax is None else ax, lines, axis=axis, headings=headings, note=note
        )


def _one_ratio(rows: pd.DataFrame) -> str:
    found = [measure for measure in rows["measure"].unique() if measure in RATIO_MEASURES]
    if len(found) != 1:
        there = ", ".join(found) or "no ratio"
        raise ValueError(f"a forest plot shows one ratio measure; there is {there}: choose with select(measure=...)")
    return found[0]


def _styles(rows: pd.DataFrame) -> dict:
    """Styles of all levels, the reference first, so that a level looks the same in every figure of the set."""
    levels = [*rows["reference"].dropna().unique(), *rows["level"].dropna().unique()]
    return level_styles(levels)


def _groups(rows: pd.DataFrame, context: dict, language: str) -> list[tuple[str, pd.DataFrame]]:
    """Rows by stratum and model in their order, each with a heading ('' when there is only one group)."""
    keys = list(dict.fromkeys(zip(rows["stratum"], rows["model"], strict=True)))
    groups = []
    for stratum, model in keys:
        here = (rows["stratum"] == stratum) if stratum is not None else rows["stratum"].isna()
        here &= (rows["model"] == model) if model is not None else rows["model"].isna()
        groups.append((heading_words(stratum, model, context, language), rows[here]))
    return groups if len(groups) > 1 else [("", groups[0][1])]


def _grouped(rows: pd.DataFrame, context: dict, styles: dict, language: str) -> list[Line]:
    lines, exposure = [], context.get("exposure", "")
    for heading, group in _groups(rows, context, language):
        lines.append(
            Line(
                heading or heading_words(group.iloc[0]["stratum"], group.iloc[0]["model"], context, language),
                kind="heading",
            )
        )
        for _, row in group.iterrows():
            cells = (_estimate_text(row, language), _counts(row, language))
            lines.append(_line(row, exposure, styles[row["level"]], cells, language))
    return lines


def _printed(published: Estimates, measure: str, exposure: str, styles: dict, language: str) -> list[Line]:
    rows = published.tidy()
    rows = rows[(rows["measure"] == measure) & rows["level"].isin(set(styles)) & rows["reference"].isin(set(styles))]
    if rows.empty:
        raise ValueError(f"the printed figures hold no {measure} of these levels: like is shown beside like only")
    order = list(styles)
    rows = rows.sort_values(["stratum", "level"], key=lambda c: c.map(order.index) if c.name == "level" else c)
    lines = [Line("", kind="rule"), Line(phrase("printed", language, source=source_words(published)), kind="heading")]
    for _, row in rows.iterrows():
        stratum = f", {label(row['stratum'].rpartition('=')[2], language)}" if row["stratum"] else ""
        cells = (_estimate_text(row, language), "")  # the n that is printed is that of the whole study
        lines.append(_line(row, exposure, styles[row["level"]], cells, language, opened=True, after=stratum))
    return lines


def _line(row, exposure, style, cells, language, *, scale=1.0, opened=False, after="") -> Line:
    words = capital(label(row["level"], language, exposure)) + after
    ends = [row[end] * scale for end in ("estimate", "conf_low", "conf_high")]
    return Line(words, "row", *ends, color=style.color, marker=style.marker, open=opened, cells=tuple(cells))


def _estimate_text(row: pd.Series, language: str, *, unit: bool = False) -> str:
    if not np.isfinite(row["estimate"]):
        return phrase("hidden", language)
    text = format_estimate(row["estimate"], row["measure"], language)
    text += " pp" if unit and row["measure"] == "risk_difference" else ""
    interval = format_estimate_interval(row["conf_low"], row["conf_high"], row["measure"], language)
    return f"{text} ({interval})" if interval else text


def _difference_text(row: pd.Series, differences: pd.DataFrame, language: str) -> str:
    """The difference of this row's level in the same model and stratum; the reference says so."""
    same = [differences[c].eq(row[c]) | (differences[c].isna() & (row[c] is None)) for c in ("model", "stratum")]
    mine = differences[np.logical_and.reduce(same)] if len(differences) else differences
    if row["level"] in set(mine["reference"]):
        return phrase("reference", language)
    found = mine[mine["level"] == row["level"]]
    return _estimate_text(found.iloc[0], language) if len(found) else ""


def _counts(row: pd.Series, language: str) -> str:
    """`3,322 (773)`; a hidden number is a dash."""
    n, events = (format_number(row[c], 0, language) or phrase("hidden", language) for c in ("n", "events"))
    return f"{n} ({events})"
