"""Curves over time: who has had the event, who has had the competing event, and how many were still under observation.

The place of the figure is laid out in points from measured text, as in `row_chart`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from rehab_stats.report.appearance import LEADING, LINE_SPACING, LevelStyle, text_width, themed, wrap
from rehab_stats.report.captions import notes
from rehab_stats.report.chart_lines import rows_of, styles_of
from rehab_stats.report.curve_points import tick_times
from rehab_stats.report.disclosure import protect
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import (
    EDGE,
    NARROW,
    draw_keys,
    draw_note,
    heading,
    key_places,
    keys_height,
    new_panel,
    note_height,
    page,
    width_of,
)
from rehab_stats.report.phrases import capital, outcome_words, phrase
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import time_origin, time_unit
from rehab_stats.words import format_number, label

PANEL = 150.0
AIR = 2.5
"""Points between the lines of the numbers under the axis."""
LEAST_LEFT, WIDEST_LABEL, NARROW_LABEL = 46.0, 112.0, 62.0
BETWEEN = 44.0
ABOVE, BELOW = 16.0, 30.0
"""Points for a panel's heading, and for its ticks and the words of its axis."""
CLOSE = 3.0
"""Panels share their scale unless one curve ends more than this many times higher than the other."""
HEADROOM = 1.5
"""Bands may rise this many times above the highest curve before they are cut."""
OUTCOMES = ("event", "competing")


@dataclass(frozen=True)
class Layout:
    """Where things stand, in points from the top left of the figure."""

    wide: float
    left: float
    panel_top: float
    table_top: float
    height: float
    stacked: bool
    step: float


def plot_incidence(
    estimates: Estimates, *, language: str = "en", note: str = "", width: str = "double", ax: Axes | None = None
) -> Axes:
    """Cumulative incidence of the event and of the competing event in two panels, persons under observation below.

    Parameters
    ----------
    estimates : Estimates
        Rows of `cumulative_incidence`: measure `risk` (outcomes event and competing) and `at_risk`, several times
        `at`, one curve per level. Points that the disclosure rules hide are left out: a curve is level from one point
        shown to the next, and ends at the last.
    language : {"en", "da"}
    note : str
        A line at the bottom, such as that the data are synthetic.
    width : {"double", "single"}
        180 mm, or 88 mm with the panels below each other.
    ax : Axes, optional
        Its place is divided among the panels; the default is a new figure of that width.

    Returns
    -------
    Axes
        The panel of the event (the other is the next of the figure). Percent against time, in days since diagnosis
        unless the context says another `time_unit` and `time_origin`; steps with pale 95 % bands, one colour and
        marker per level. The panels share their scale unless one curve ends more than
        three times higher. The numbers stand under the ticks of the first panel, a dash is a hidden number.

    Raises
    ------
    ValueError
        No risk with a time, or several curves for a level (strata, models): select one.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows = rows_of(safe)
    rows = rows[rows["at"].notna() & rows["measure"].isin(["risk", "at_risk"])]
    _refuse(rows)
    outcomes = [outcome for outcome in OUTCOMES if outcome in set(rows["outcome"])]
    names = {level: _level_words(level, safe.context, language) for level in rows["level"].drop_duplicates()}
    styles, ticks = styles_of(rows), tick_times(rows["at"])
    under = " ".join(notes(safe, note, language))
    with themed():
        wide = width_of(ax, width)
        keys = key_places(names, wide) if set(names) != {None} else {}
        layout = _layout(names, keys, under, wide, len(outcomes))
        frame = page(ax, wide, layout.height)
        draw_keys(frame, names, keys, styles)
        panels = _panels(frame, layout, len(outcomes))
        tops = _tops(rows, outcomes)
        for here, outcome, top in zip(panels, outcomes, tops, strict=True):
            heading(here, capital(outcome_words(outcome, safe.context, language)))
            _draw_panel(here, rows[rows["outcome"] == outcome], styles, ticks, top, _time_axis(safe.context, language))
        _draw_numbers(panels[0], frame, layout, rows[rows["measure"] == "at_risk"], names, styles, ticks, language)
        draw_note(frame, under)
    return panels[0]


def _time_axis(context: dict, language: str) -> tuple[str, str]:
    """The words of the time axis, and the language of its numbers."""
    unit = capital(label(time_unit(context), language))
    return phrase("time_axis", language, unit=unit, origin=time_origin(context, language)), language


def _refuse(rows: pd.DataFrame) -> None:
    if not (rows["measure"] == "risk").any():
        raise ValueError("curves need rows of the measure risk with a time (at)")
    twice = rows[rows.duplicated(["measure", "outcome", "level", "at"], keep=False)]
    if not twice.empty:
        raise ValueError(f"there are several curves for {twice.iloc[0]['level']}: select one stratum and one model")


def _level_words(level: str | None, context: dict, language: str) -> str:
    return capital(label("total", language) if level is None else label(level, language, context.get("exposure", "")))


def _layout(names: dict, keys: dict, under: str, wide: float, number: int) -> Layout:
    labels = [wrap(words, WIDEST_LABEL if wide > NARROW else NARROW_LABEL) for words in names.values()]
    left = max(LEAST_LEFT, EDGE + 10 + max(map(text_width, labels)) + 22)
    stacked = wide <= NARROW
    panel_top = keys_height(keys) + ABOVE
    step = PANEL + BELOW + ABOVE
    table_top = panel_top + PANEL + BELOW + (step * (number - 1) if stacked else 0.0)
    lines = 1 + sum(text.count("\n") + 1 for text in labels)
    height = table_top + lines * LEADING + (len(labels) + 1) * AIR + 6 + note_height(under, wide)
    return Layout(wide, left, panel_top, table_top, height, stacked, step)


def _panels(frame: Axes, layout: Layout, number: int) -> list[Axes]:
    if layout.stacked:
        each = layout.wide - layout.left - EDGE - 8
        return [new_panel(frame, layout.left, layout.panel_top + k * layout.step, each, PANEL) for k in range(number)]
    each = (layout.wide - layout.left - EDGE - 8 - BETWEEN * (number - 1)) / number
    starts = [layout.left + place * (each + BETWEEN) for place in range(number)]
    return [new_panel(frame, x, layout.panel_top, each, PANEL) for x in starts]


def _tops(rows: pd.DataFrame, outcomes: list[str]) -> list[float]:
    """The upper end of each panel's scale, in percent."""
    tops = []
    for outcome in outcomes:
        mine = rows[rows["outcome"] == outcome]
        curve, band = (100 * np.nanmax([0.0, *mine[column]]) for column in ("estimate", "conf_high"))
        tops.append((min(max(curve, band), HEADROOM * curve) or 1.0) * 1.05)
    return [max(tops)] * len(tops) if max(tops) <= CLOSE * min(tops) else tops


def _draw_panel(
    panel: Axes, rows: pd.DataFrame, styles: dict, ticks: list[float], top: float, time_axis: tuple[str, str]
) -> None:
    words, language = time_axis
    for level, curve in rows.groupby("level", dropna=False, sort=False):
        _draw_curve(panel, curve.sort_values("at"), styles[None if pd.isna(level) else level], ticks)
    panel.set_xlim(0, rows["at"].max() * 1.02)
    panel.set_ylim(0, top)
    panel.xaxis.set_major_locator(FixedLocator(ticks))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value, 0, language)))
    panel.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _percent(value, language)))
    panel.set_xlabel(words, labelpad=3)
    panel.set_ylabel(capital(label("cumulative_incidence", language)) + " (%)", labelpad=3)


def _draw_curve(panel: Axes, curve: pd.DataFrame, style: LevelStyle, ticks: list[float]) -> None:
    known = curve[curve["estimate"].notna()]
    if known.empty:
        return
    # nobody has had the event at time 0, and a risk of nought has no limits
    start = [0.0] if known["at"].iloc[0] > 0 else []
    times = np.array([*start, *known["at"]])
    height = 100 * np.array([*start, *known["estimate"]])
    low, high = (
        100 * np.array([*start, *known[column].where(known["estimate"] > 0, 0.0)])
        for column in ("conf_low", "conf_high")
    )
    panel.fill_between(times, low, high, step="post", color=style.color, alpha=0.16, linewidth=0, gid="band")
    panel.plot(times, height, color=style.color, drawstyle="steps-post", gid="curve")
    marked = known[known["at"].isin(ticks)]
    panel.plot(
        marked["at"],
        100 * marked["estimate"],
        color=style.color,
        marker=style.marker,
        markersize=4,
        linestyle="none",
        clip_on=False,
        gid="point",
    )


def _draw_numbers(
    panel: Axes, frame: Axes, layout: Layout, rows: pd.DataFrame, names: dict, styles: dict, ticks: list, language: str
) -> None:
    """Persons under observation, a line a level, each number under its tick."""
    counts = {(row.level, row.at): row.estimate for row in rows.itertuples(index=False)}
    box, here = frame.get_position(), panel.get_position()
    span = here.width / box.width * layout.wide
    start = (here.x0 - box.x0) / box.width * layout.wide
    places = [start + tick / panel.get_xlim()[1] * span for tick in ticks]
    shown = _not_too_near(places, [_number(counts, level, tick, language) for level in names for tick in ticks])
    y = layout.table_top
    frame.text(EDGE, y, phrase("at_risk_head", language), va="top", weight="bold", gid="at risk heading")
    y += LEADING + AIR
    for level in names:
        words = wrap(names[level], WIDEST_LABEL if layout.wide > NARROW else NARROW_LABEL)
        color, marker = styles[level]
        frame.plot([EDGE + 3], [y + LEADING / 2], color=color, marker=marker, markersize=4, linestyle="none", gid="key")
        frame.text(EDGE + 10, y, words, va="top", linespacing=LINE_SPACING, gid="at risk label")
        for number, (tick, x) in enumerate(zip(ticks, places, strict=True)):
            if number in shown:
                text = _number(counts, level, tick, language)
                frame.text(x, y, text, va="top", ha="center", gid="at risk")
        y += LEADING * (words.count("\n") + 1) + AIR


def _number(counts: dict, level: str | None, tick: float, language: str) -> str:
    # where entry is delayed nobody is under observation just before day 0
    if (level, tick) not in counts or (tick == 0 and counts[level, tick] == 0):
        return ""
    return format_number(counts[level, tick], 0, language) or phrase("hidden", language)


def _not_too_near(places: list[float], texts: list[str]) -> set[int]:
    """The ticks under which a number has room: all of them, or every second, every third, ..."""
    need = max(map(text_width, texts)) + 5
    for step in range(1, len(places) + 1):
        kept = list(range(0, len(places), step))
        if all(places[b] - places[a] >= need for a, b in pairwise(kept)):
            return set(kept)
    return {0}


def _percent(value: float, language: str) -> str:
    return format_number(value, 0 if float(value).is_integer() else 1, language)
