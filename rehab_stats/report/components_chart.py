"""What a difference in attendance is made of: contributions as bars from nought, unadjusted beside adjusted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from rehab_stats.measures import estimate_text
from rehab_stats.report.appearance import FAINT, INK, LEADING, LevelStyle, text_width, themed, wrap
from rehab_stats.report.captions import notes
from rehab_stats.report.chart_lines import rows_of, styles_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import EDGE, NARROW, draw_note, heading, new_panel, note_height, page, width_of
from rehab_stats.report.phrases import capital, heading_words, outcome_words, phrase
from rehab_stats.report.row_chart import tick_words
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import outcome_label
from rehab_stats.words import label

ROW, AIR = 13.0, 8.0
"""Points for a component, and over the heading of a level."""
INDENT, GAP, BETWEEN = 8.0, 8.0, 14.0
NUMBERS_GAP = 6.0
ABOVE, BELOW = 6.0, 20.0
LABELS = {True: 104.0, False: 112.0}
TOTAL = "total"
LEAST_PANEL = 60.0


@dataclass(frozen=True)
class Place:
    """A line of the chart, in points from the top of the panels."""

    middle: float
    words: str
    level: str
    outcome: str
    """"" for the heading of a level."""


def plot_components(
    estimates: Estimates, *, language: str = "en", note: str = "", width: str = "double", ax: Axes | None = None
) -> Axes:
    """Contributions to the difference from the reference, a group of bars per level, one panel per adjustment.

    Parameters
    ----------
    estimates : Estimates
        Rows of `attendance_components`: `contribution`, outcome = the component or `total`; one model, or several (at
        most three at 180 mm). Rows of `share_of_total` are left aside (`components_table` has them).
    language, note
        As in `figures.plot_forest`.
    width : {"double", "single"}
        180 mm with the panels side by side and the numbers beside the bars, or 88 mm with one below the other.
    ax : Axes, optional
        Its place is divided among the panels; the default is a new figure of that width.

    Returns
    -------
    Axes
        The panel of the first model (the others are the next of the figure), all with one scale and a line at nought.
        Bars from nought to the contribution, in the level's colour, with 95 % intervals; the whole difference is a
        diamond, to which the bars above it add up. A dash is a hidden number.

    Raises
    ------
    ValueError
        No contribution, two for the same model, level and component (strata): select one; too little room.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows = rows_of(safe)
    rows = rows[rows["measure"] == "contribution"]
    _refuse(rows)
    context, styles, models = safe.context, styles_of(rows), list(rows["model"].drop_duplicates())
    under = " ".join(notes(safe, note, language))
    with themed():
        wide = width_of(ax, width)
        narrow = wide < NARROW
        places, high = _places(rows, context, language, LABELS[narrow])
        left = EDGE + GAP + max(_width(place) for place in places)
        numbers = 0.0 if narrow else NUMBERS_GAP + max(text_width(estimate_text(row, language)) for row in _each(rows))
        across = 1 if narrow else len(models)
        each = (wide - left - EDGE - 4 - BETWEEN * (across - 1)) / across - numbers
        if each < LEAST_PANEL:
            raise ValueError(f"there is no room for {len(models)} models side by side: select fewer")
        titles = {
            model: wrap(heading_words(None, model, context, language), each + numbers, bold=True) for model in models
        }
        above = ABOVE + LEADING * (1 + max(text.count("\n") for text in titles.values()))
        words = _axis_words(rows, context, wide - left - EDGE, language)
        step = above + high + BELOW + LEADING * (words.count("\n") + 1)
        height = step * (len(models) if narrow else 1) + note_height(under, wide)
        frame = page(ax, wide, height)
        panels, reach = [], _reach(rows)
        for number, model in enumerate(models):
            x = left + (0 if narrow else number * (each + numbers + BETWEEN))
            top = above + (number * step if narrow else 0)
            here = new_panel(frame, x, top, each, high)
            panels.append(here)
            heading(here, titles[model], lift=1.0)
            _draw(here, rows[rows["model"] == model], places, styles, reach, language)
            if narrow or not number:
                _draw_words(frame, places, top)
            if not narrow:
                _draw_numbers(here, rows[rows["model"] == model], places, each + numbers, language)
        middle, down = (left + wide - EDGE) / 2, height - note_height(under, wide) - 2
        frame.text(middle, down, words, ha="center", va="bottom", gid="axis words")
        draw_note(frame, under)
    return panels[0]


def _refuse(rows: pd.DataFrame) -> None:
    if rows.empty:
        raise ValueError("there is no row with the measure contribution to plot: attendance_components() gives them")
    twice = rows[rows.duplicated(["model", "level", "outcome"], keep=False)]
    if not twice.empty:
        raise ValueError(f"there are several contributions of {twice.iloc[0]['level']}: select one stratum")


def _each(rows: pd.DataFrame) -> list[pd.Series]:
    return [row for _, row in rows.iterrows()]


def _places(rows: pd.DataFrame, context: dict, language: str, room: float) -> tuple[list[Place], float]:
    """The lines, a heading for each level and one for each component, and the height of them all."""
    exposure, places, down = context.get("exposure") or "", [], 0.0
    for level, mine in rows.groupby("level", sort=False):
        words = wrap(capital(label(level, language, exposure)), room + INDENT, bold=True)
        down += AIR if places else 0.0
        high = LEADING * (words.count("\n") + 1)
        places.append(Place(down + high / 2, words, level, ""))
        down += high + 3
        for outcome in mine["outcome"].drop_duplicates():
            text = wrap(capital(outcome_label(outcome, context, language)), room)
            high = max(ROW, LEADING * (text.count("\n") + 1) + 2)
            places.append(Place(down + high / 2, text, level, outcome))
            down += high
    return places, down + 3


def _width(place: Place) -> float:
    return INDENT + text_width(place.words) if place.outcome else text_width(place.words, bold=True)


def _reach(rows: pd.DataFrame) -> tuple[float, float]:
    ends = rows[["conf_low", "conf_high", "estimate"]].to_numpy().ravel()
    ends = np.append(ends[np.isfinite(ends)], 0.0)
    pad = 0.05 * np.ptp(ends) or 1.0
    return ends.min() - pad, ends.max() + pad


def _draw(
    panel: Axes,
    rows: pd.DataFrame,
    places: list[Place],
    styles: dict[str | None, LevelStyle],
    reach: tuple[float, float],
    language: str,
) -> None:
    high = panel.get_position().height * panel.figure.get_figheight() * 72
    panel.set_ylim(high, 0)
    panel.set_xlim(*reach)
    panel.axvline(0, color=INK, linewidth=0.6, zorder=1, gid="null")
    found = {(row["level"], row["outcome"]): row for row in _each(rows)}
    for place in places:
        row = found.get((place.level, place.outcome))
        if row is None or not np.isfinite(row["estimate"]):
            continue
        color, y = styles[place.level].color, place.middle
        if place.outcome != TOTAL:
            panel.barh(y, row["estimate"], height=7, color=color, alpha=0.35, linewidth=0, gid="bar")
        panel.plot([row["conf_low"], row["conf_high"]], [y, y], color=color, solid_capstyle="butt", gid="interval")
        marker = {"marker": "D", "markersize": 4.5} if place.outcome == TOTAL else {"marker": "|", "markersize": 7}
        panel.plot([row["estimate"]], [y], color=color, linestyle="none", zorder=3, gid="point", **marker)
    for one, next_ in pairwise([place for place in places if not place.outcome]):
        lowest = max(place.middle for place in places if place.level == one.level)
        panel.axhline((lowest + next_.middle) / 2 + 1, color=FAINT, linewidth=0.4, zorder=0, gid="between")
    panel.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_words(value, language)))
    panel.yaxis.set_visible(False)
    panel.spines["left"].set_visible(False)


def _draw_words(frame: Axes, places: list[Place], top: float) -> None:
    for place in places:
        at, bold = (EDGE + INDENT, "normal") if place.outcome else (EDGE, "bold")
        gid = "label" if place.outcome else "level"
        frame.text(at, top + place.middle, place.words, va="center", weight=bold, gid=gid)


def _draw_numbers(panel: Axes, rows: pd.DataFrame, places: list[Place], edge: float, language: str) -> None:
    found = {(row["level"], row["outcome"]): row for row in _each(rows)}
    for place in places:
        row = found.get((place.level, place.outcome))
        if row is not None:
            panel.annotate(
                estimate_text(row, language),
                (0, place.middle),
                (edge, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                va="center",
                gid="cell",
            )


def _axis_words(rows: pd.DataFrame, context: dict, room: float, language: str) -> str:
    """The words of the axis, which stand once, under the panels."""
    outcome = capital(outcome_words(context.get("outcome"), context, language, timed=True))
    reference = label(rows.iloc[0]["reference"], language, context.get("exposure") or "")
    return wrap(phrase("contribution_axis", language, outcome=outcome, reference=reference), room)
