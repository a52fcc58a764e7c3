"""Stages one under another: how many of all reach each, and how many of those at the stage before go on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator

from rehab_stats.report.appearance import FAINT, INK, LEADING, LevelStyle, text_width, themed, wrap
from rehab_stats.report.captions import notes
from rehab_stats.report.chart_lines import rows_of, styles_of
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
from rehab_stats.words import format_number, label

APART = 8.5
"""Points between the markers of a stage."""
AIR = 9.0
"""Points between stages."""
LABELS = {True: 74.0, False: 118.0}
"""Points for the words of a stage, in a narrow figure and in a wide one."""
GAP, BETWEEN = 8.0, 20.0
ABOVE, BELOW = 16.0, 18.0
TICKS = 20.0
PARTS = {"risk": "of_all", "transition": "of_those_before"}


@dataclass(frozen=True)
class Layout:
    """Where things stand, in points from the top left of the figure."""

    wide: float
    narrow: bool
    left: float
    top: float
    plot: float
    places: dict[str, float]
    """Middle of each stage, from the top of the panel."""

    @property
    def step(self) -> float:
        """From the top of a panel to the top of one below it."""
        return self.plot + ABOVE + BELOW + 6


def plot_cascade(
    estimates: Estimates, *, language: str = "en", note: str = "", width: str = "double", ax: Axes | None = None
) -> Axes:
    """The stages in their order, a marker per level: shares of all, and shares of those at the stage before.

    Parameters
    ----------
    estimates : Estimates
        Rows of `cascade`: `risk` (of all) and `transition` (of those at the stage before), outcome = the stage; rows of
        differences are left aside.
    language, note
        As in `figures.plot_forest`.
    width : {"double", "single"}
        180 mm with the two panels side by side, or 88 mm with one below the other.
    ax : Axes, optional
        Its place is divided among the panels; the default is a new figure of that width.

    Returns
    -------
    Axes
        The panel of the shares of all, in percent up to 100, the stages from top to bottom (the other panel, with the
        same scale, is the next of the figure); markers with 95 % intervals, the same colour and marker per level as
        everywhere. A hidden share is not drawn.

    Raises
    ------
    ValueError
        No share of all by level, or two for the same stage and level (strata): select one.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows = rows_of(safe)
    rows = rows[rows["measure"].isin(PARTS)]
    _refuse(rows)
    context, styles = safe.context, styles_of(rows)
    exposure = context.get("exposure") or ""
    names = {level: capital(label(level, language, exposure)) for level in rows["level"].drop_duplicates()}
    under = " ".join(notes(safe, note, language))
    parts = [measure for measure in PARTS if measure in set(rows["measure"])]
    with themed():
        wide = width_of(ax, width)
        words = _stage_words(rows, context, language, wrapped=LABELS[wide < NARROW])
        keys = key_places(names, wide)
        layout = _layout(words, len(names), keys_height(keys), wide)
        down = layout.step if layout.narrow else 0.0
        height = layout.top + layout.plot + BELOW + 4 + down * (len(parts) - 1) + note_height(under, wide)
        frame = page(ax, wide, height)
        draw_keys(frame, names, keys, styles)
        panels = _panels(frame, layout, len(parts))
        lowest = np.nanmin([90.0, *(100 * rows[["estimate", "conf_low"]].to_numpy().ravel())])
        scale = (TICKS * np.floor(lowest / TICKS), 100.0)
        for place, (here, measure) in enumerate(zip(panels, parts, strict=True)):
            heading(here, phrase(PARTS[measure], language))
            _draw(here, rows[rows["measure"] == measure], layout, styles, scale, language)
            if layout.narrow or not place:
                _draw_stages(frame, layout, words, layout.top + down * place)
        draw_note(frame, under)
    return panels[0]


def _refuse(rows: pd.DataFrame) -> None:
    if not ((rows["measure"] == "risk") & rows["level"].notna()).any():
        raise ValueError("a cascade needs rows of the measure risk, by stage and level: cascade() gives them")
    twice = rows[rows.duplicated(["measure", "outcome", "level"], keep=False)]
    if not twice.empty:
        first = twice.iloc[0]
        raise ValueError(f"there are several shares of {first['level']} at {first['outcome']}: select one stratum")


def _stage_words(rows: pd.DataFrame, context: dict, language: str, *, wrapped: float) -> dict[str, str]:
    """Each stage's words, in the order of the stages."""
    there = list(rows["outcome"].drop_duplicates())
    stages = [stage for stage in context.get("stages") or there if stage in there]
    return {stage: wrap(capital(outcome_words(stage, context, language)), wrapped) for stage in stages}


def _layout(words: dict[str, str], levels: int, top: float, wide: float) -> Layout:
    places, down = {}, 0.0
    for stage, text in words.items():
        high = max(APART * levels, LEADING * (text.count("\n") + 1)) + AIR
        places[stage] = down + high / 2
        down += high
    left = EDGE + GAP + max(map(text_width, words.values()))
    return Layout(wide, wide < NARROW, left, top + ABOVE, down, places)


def _panels(frame: Axes, layout: Layout, number: int) -> list[Axes]:
    across = layout.wide - layout.left - EDGE - 10
    if layout.narrow:
        return [
            new_panel(frame, layout.left, layout.top + place * layout.step, across, layout.plot)
            for place in range(number)
        ]
    each = (across - BETWEEN * (number - 1)) / number
    return [
        new_panel(frame, layout.left + place * (each + BETWEEN), layout.top, each, layout.plot)
        for place in range(number)
    ]


def _draw(
    panel: Axes,
    rows: pd.DataFrame,
    layout: Layout,
    styles: dict[str | None, LevelStyle],
    scale: tuple[float, float],
    language: str,
) -> None:
    """Markers and intervals of one kind of share, those of a stage in the order of the levels."""
    panel.set_xlim(*scale)
    panel.set_ylim(layout.plot, 0)
    for border in list(layout.places.values())[:-1]:
        following = min(place for place in layout.places.values() if place > border)
        panel.axhline((border + following) / 2, color=FAINT, linewidth=0.4, zorder=0, gid="between")
    levels = list(rows["level"].drop_duplicates())
    for number, level in enumerate(levels):
        shift = APART * (number - (len(levels) - 1) / 2)
        mine = rows[rows["level"] == level].set_index("outcome").reindex(list(layout.places))
        down = np.array(list(layout.places.values())) + shift
        color, marker = styles[level]
        for low, high, y in zip(100 * mine["conf_low"], 100 * mine["conf_high"], down, strict=True):
            if np.isfinite(low) and np.isfinite(high):
                panel.plot([low, high], [y, y], color=color, solid_capstyle="butt", gid="interval")
        panel.plot(
            100 * mine["estimate"],
            down,
            color=color,
            marker=marker,
            markersize=4.2,
            markeredgecolor=INK,
            markeredgewidth=0.4,
            linestyle="none",
            clip_on=False,
            zorder=3,
            gid="points",
        )
    panel.xaxis.set_major_locator(MultipleLocator(TICKS))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value, 0, language)))
    panel.yaxis.set_visible(False)
    panel.spines["left"].set_visible(False)


def _draw_stages(frame: Axes, layout: Layout, words: dict[str, str], top: float) -> None:
    for stage, text in words.items():
        frame.text(EDGE, top + layout.places[stage], text, va="center", gid="stage")
