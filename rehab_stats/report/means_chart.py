"""Means by level, and beside each its difference from the reference; printed means below a rule."""

from __future__ import annotations

from matplotlib.axes import Axes

from rehab_stats.effect_wording import CHANGE
from rehab_stats.measures import estimate_text
from rehab_stats.report.captions import notes
from rehab_stats.report.chart_lines import (
    counts_text,
    difference_text,
    draw_lines,
    groups_of,
    line_of,
    rows_of,
    styles_of,
)
from rehab_stats.report.disclosure import protect
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import NARROW, width_of
from rehab_stats.report.phrases import capital, outcome_words, phrase, source_words
from rehab_stats.report.row_chart import Axis, Line
from rehab_stats.vocabulary import Estimates

LABELS = 122.0
"""Points for the words of a level: three columns of numbers stand beside them."""


def plot_means(
    estimates: Estimates,
    *,
    published: Estimates | None = None,
    language: str = "en",
    note: str = "",
    width: str = "double",
    ax: Axes | None = None,
) -> Axes:
    """Means by level with 95 % intervals, one group of rows per analysis, and the difference from the reference.

    Parameters
    ----------
    estimates : Estimates
        Rows of `mean` by level and, for the column at the right, `mean_difference`: those of `standardised_means`,
        several models or strata (with and without persons who never came) stacked.
    published : Estimates, optional
        Printed means of the same levels, drawn as open markers under a rule, without interval where none was printed.
    language, note
        As in `figures.plot_forest`.
    width : {"double", "single"}
        180 mm, or 88 mm without the columns of numbers (`means_table` has them).
    ax : Axes, optional
        Where to draw; one narrower than 113 mm is drawn as `single`.

    Returns
    -------
    Axes
        A linear axis in the unit of what was counted or measured. At the right mean and difference with 95 % intervals
        and n (persons with any; of changes, those with both scores); a dash is a hidden number.

    Raises
    ------
    ValueError
        No mean of a level, or printed figures that hold no mean of these levels.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    narrow = width_of(ax, width) < NARROW
    safe = protect(estimates)
    rows = rows_of(safe)
    means = rows[(rows["measure"] == "mean") & rows["level"].notna()]
    if means.empty:
        raise ValueError("there is no row with the measure mean, of a level, to plot")
    differences = rows[rows["measure"] == "mean_difference"]
    exposure, styles = safe.context.get("exposure", ""), styles_of(means)
    lines, groups = [], groups_of(means, safe.context, language)
    for words, group in groups:
        lines += [Line(words, kind="heading")] if len(groups) > 1 or group.iloc[0]["stratum"] else []
        for _, row in group.iterrows():
            cells = (estimate_text(row, language), difference_text(row, differences, language))
            cells = () if narrow else (*cells, counts_text(row, language))
            lines.append(line_of(row, exposure, styles[row["level"]], cells, language))
    if published is not None:
        lines += _printed(published, exposure, styles, language, cells=0 if narrow else 3)
    outcome = capital(outcome_words(means.iloc[0]["outcome"], safe.context, language, timed=True))
    axis = Axis(phrase("mean_axis", language, outcome=outcome), language=language, narrow=narrow, label_width=LABELS)
    counted = "n_both" if (means["outcome"] == CHANGE).all() else "n_with_any"
    names = () if narrow else ("mean_ci", "mean_difference_ci", counted)
    headings = tuple(phrase(name, language) for name in names)
    return draw_lines(lines, axis, headings, " ".join(notes(safe, note, language)), ax)


def _printed(published: Estimates, exposure: str, styles: dict, language: str, *, cells: int) -> list[Line]:
    rows = published.tidy()
    rows = rows[(rows["measure"] == "mean") & rows["level"].isin([level for level in styles if level is not None])]
    if rows.empty:
        raise ValueError("the printed figures hold no mean of these levels: like is shown beside like only")
    rows = rows.sort_values("level", key=lambda column: column.map(list(styles).index), kind="stable")
    words = phrase("printed_means", language, source=source_words(published))
    lines = [Line("", kind="rule"), Line(words, kind="heading")]
    for _, row in rows.iterrows():
        text = (estimate_text(row, language), *[""] * (cells - 1)) if cells else ()
        lines.append(line_of(row, exposure, styles[row["level"]], text, language, opened=True))
    return lines
