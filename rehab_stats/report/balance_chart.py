"""Are those who answered like everybody? Standardised differences before and after weighting, a line per category."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rehab_stats.measures import estimate_text
from rehab_stats.report.captions import notes
from rehab_stats.report.chart_lines import draw_lines, rows_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import NARROW, width_of
from rehab_stats.report.phrases import capital, phrase
from rehab_stats.report.row_chart import Axis, Line
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import outcome_label
from rehab_stats.words import label

NOTABLE = 0.1
"""Standardised differences beyond this are often looked at again (Austin 2009, doi 10.1002/sim.3697)."""
COLOUR = "#33638d"
BEFORE, AFTER = "unweighted", "weighted"


def plot_balance(
    estimates: Estimates, *, language: str = "en", note: str = "", width: str = "double", ax: Axes | None = None
) -> Axes:
    """One row per column or category: how far those who answered differ from everybody, before and after weighting.

    Parameters
    ----------
    estimates : Estimates
        The rows of `weight_balance`: `standardised_difference`, outcome = the column, level = its category.
    language, note
        As in `figures.plot_forest`.
    width : {"double", "single"}
        180 mm, or 88 mm without the numbers.
    ax : Axes, optional
        Where to draw; the default is a new figure of that width.

    Returns
    -------
    Axes
        A linear axis in standard deviations, a line at 0, dashed ones at -0.1 and 0.1; an open marker before
        weighting, a filled one after it. Numbers come first, then columns with categories, each under its name.

    Raises
    ------
    ValueError
        No standardised difference, or two for a column, category and model (strata): select one.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    narrow = width_of(ax, width) < NARROW
    safe = protect(estimates)
    rows = rows_of(safe)
    rows = rows[rows["measure"] == "standardised_difference"]
    if rows.empty:
        raise ValueError(
            "there is no row with the measure standardised_difference to plot: weight_balance() gives them"
        )
    twice = rows[rows.duplicated(["outcome", "level", "model"])]
    if not twice.empty:
        raise ValueError(f"there are several rows for {twice.iloc[0]['outcome']}, {twice.iloc[0]['level']}: select one")
    numbers = rows["level"].isna()
    lines = [_line(one, safe.context, language, narrow=narrow) for one in _pairs(rows[numbers])]
    for outcome, group in rows[~numbers].groupby("outcome", sort=False):
        lines.append(Line(capital(outcome_label(outcome, safe.context, language)), kind="heading"))
        lines += [_line(one, safe.context, language, narrow=narrow) for one in _pairs(group)]
    axis = Axis(
        phrase("balance_axis", language), null=0.0, language=language, narrow=narrow, guides=(-NOTABLE, NOTABLE)
    )
    headings = () if narrow else tuple(capital(label(model, language)) for model in (BEFORE, AFTER))
    under = [phrase("balance_key", language), *notes(safe, note, language)]
    return draw_lines(lines, axis, headings, " ".join(under), ax)


def _pairs(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """The two rows of each column or category, by model."""
    keys = ["outcome", "level"]
    return [pair.set_index("model") for _, pair in rows.groupby(keys, dropna=False, sort=False)]


def _line(pair: pd.DataFrame, context: Mapping, language: str, *, narrow: bool) -> Line:
    first = pair.iloc[0]
    words = (
        label(first["level"], language, first["outcome"])
        if first["level"]
        else outcome_label(first["outcome"], context, language)
    )
    # drawn as printed: a position to the last digit would tell of counts
    values = {m: np.round(pair.loc[m, "estimate"], 2) if m in pair.index else np.nan for m in (BEFORE, AFTER)}
    cells = tuple(
        estimate_text(dict(pair.loc[model]), language) if model in pair.index else "" for model in (BEFORE, AFTER)
    )
    return Line(
        capital(words),
        estimate=values[AFTER],
        before=values[BEFORE],
        color=COLOUR,
        cells=() if narrow else cells,
    )
