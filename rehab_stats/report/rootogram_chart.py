"""Hanging rootograms: observed numbers of persons hung from those that a count model expects, a panel per model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from rehab_stats.report.appearance import INK, LEADING, text_width, themed
from rehab_stats.report.attendance_counts import with_pooled_tail
from rehab_stats.report.captions import notes
from rehab_stats.report.chart_lines import rows_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import EDGE, NARROW, draw_note, heading, new_panel, note_height, page, width_of
from rehab_stats.report.phrases import capital, outcome_words, phrase
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import AT_A_COUNT
from rehab_stats.words import format_number, label

PANEL = {True: 88.0, False: 104.0}
"""Height of a panel, in a narrow figure and in a wide one."""
BETWEEN, ABOVE, BELOW = 18.0, 16.0, 30.0
BAR = 0.72
BARS = "#6d8fb3"
PERSONS = (0, 1, 5, 10, 25, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 102400, 204800)
"""Numbers of persons that may be ticked."""


def plot_rootogram(
    estimates: Estimates, *, language: str = "en", note: str = "", width: str = "double", ax: Axes | None = None
) -> Axes:
    """How well each count model fits: bars of persons observed hang from the line of persons expected.

    Parameters
    ----------
    estimates : Estimates
        Rows of `rootogram`: `observed_persons` and `expected_persons`, `at` = number of sessions, level = family; the
        last number stands for that and more.
    language, note
        As in `figures.plot_forest`.
    width : {"double", "single"}
        180 mm with two panels to a row, or 88 mm with one.
    ax : Axes, optional
        Its place is divided among the panels; the default is a new figure of that width.

    Returns
    -------
    Axes
        The first panel (the others are the next of the figure). Square roots of persons upwards, numbers of sessions
        across; where a bar stops above 0 fewer were observed than expected. Numbers of sessions from the first that a
        few persons had are drawn as one bar ("12+"), so that no bar is of a few. Where every bar is hidden, the
        reason stands in place of the panels.

    Raises
    ------
    ValueError
        Observed or expected persons are missing.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    if not set(estimates.tidy()["measure"]) >= AT_A_COUNT:
        raise ValueError("a rootogram needs rows of the measures observed_persons and expected_persons")
    safe = protect(with_pooled_tail(estimates))
    rows = rows_of(safe)
    if rows.loc[rows["measure"] == "observed_persons", "estimate"].isna().all():
        return plot_reason(safe, language=language, note=note, ax=ax, reasons=notes(safe, "", language))
    context, families = safe.context, list(rows["level"].drop_duplicates())
    outcome = capital(outcome_words(rows.iloc[0]["outcome"], context, language, timed=True))
    under = " ".join([phrase("rootogram_key", language), *notes(safe, note, language)])
    with themed():
        wide = width_of(ax, width)
        high = PANEL[wide < NARROW]
        across = 1 if wide < NARROW else min(2, len(families))
        down = -(-len(families) // across)
        step = ABOVE + high + BELOW
        frame = page(ax, wide, down * step + note_height(under, wide) + 2)
        reach = _reach(rows)
        ticks = _person_ticks(reach, high)
        left = EDGE + LEADING + 12 + max(text_width(format_number(tick, 0, language)) for tick in ticks)
        each = (wide - left - EDGE - BETWEEN * (across - 1) - 4) / across
        for place, family in enumerate(families):
            x = left + (place % across) * (each + BETWEEN)
            here = new_panel(frame, x, ABOVE + (place // across) * step, each, high)
            heading(here, capital(label(family, language)))
            _draw(here, rows[rows["level"] == family], reach, ticks if place % across == 0 else [], language)
            if place // across == down - 1 or place + across >= len(families):
                here.set_xlabel(outcome, labelpad=2)
        draw_note(frame, under)
    return frame.figure.axes[frame.figure.axes.index(frame) + 1]


def _reach(rows: pd.DataFrame) -> tuple[float, float]:
    """The lower and the upper end of the square-root scale, the same for all panels."""
    made = rows.pivot_table(index=["level", "at"], columns="measure", values="estimate")
    line, bars = np.sqrt(made["expected_persons"]), np.sqrt(made["observed_persons"])
    return min(float((line - bars).min()), 0.0) - 0.4, float(line.max()) * 1.04


def _draw(panel: Axes, rows: pd.DataFrame, reach: tuple[float, float], ticks: list[float], language: str) -> None:
    made = rows.pivot_table(index="at", columns="measure", values="estimate").sort_index()
    line, bars = np.sqrt(made["expected_persons"]), np.sqrt(made["observed_persons"])
    panel.bar(made.index, -bars, bottom=line, width=BAR, color=BARS, linewidth=0, gid="bar")
    panel.plot(made.index, line, color=INK, marker="o", markersize=2.4, linewidth=0.9, gid="expected")
    panel.axhline(0, color=INK, linewidth=0.6, gid="null")
    panel.set_ylim(*reach)
    panel.set_xlim(made.index.min() - 0.8, made.index.max() + 0.8)
    more = rows.get("and_more", pd.Series(False, index=rows.index)).fillna(False).astype(bool)
    last = rows.loc[more, "at"].max()  # that and more; no number where nothing was put together
    panel.xaxis.set_major_locator(FixedLocator(_numbers(made.index)))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value, last, language)))
    panel.yaxis.set_major_locator(FixedLocator(np.sqrt(ticks)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value**2, 0, language)))
    if ticks:  # a panel in the middle of a row has the scale of the first
        panel.set_ylabel(phrase("rootogram_axis", language), labelpad=3)


def _numbers(at: pd.Index) -> list[float]:
    """Round numbers of sessions to tick, and the last."""
    locator = MaxNLocator(6, steps=[1, 2, 5, 10], integer=True)
    last = at.max()
    step = max(1.0, np.diff(locator.tick_values(at.min(), last)).min())
    return [*(tick for tick in np.arange(at.min(), last, step) if last - tick >= 0.7 * step), last]


def _number(value: float, last: float, language: str) -> str:
    words = format_number(value, 0, language)
    return phrase("and_more", language, count=words) if value == last else words


def _person_ticks(reach: tuple[float, float], high: float) -> list[float]:
    """Numbers of persons whose square roots stand a line of words apart."""
    apart = 1.15 * LEADING * (reach[1] - reach[0]) / high
    kept: list[float] = []
    for tick in sorted((tick for tick in PERSONS if np.sqrt(tick) <= reach[1]), reverse=True):
        if not kept or np.sqrt(kept[-1]) - np.sqrt(tick) >= apart:
            kept.append(float(tick))
    return kept
