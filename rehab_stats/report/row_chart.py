"""Estimates one under another: words on the left, points with intervals in the middle, numbers on the right.

Everything is laid out in points from measured text, so that no words run into each other or into the intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from rehab_stats.report.appearance import FAINT, INK, LEADING, POINTS, SIZE, SOFT, WIDTHS, text_width, wrap
from rehab_stats.words import format_number

GAP = 10.0
LABEL_WIDTH = 150.0
HEADING_WIDTH = 330.0
AXIS_WIDTH = 300.0
NARROW_WIDTHS = {"label": 88.0, "heading": 236.0, "axis": 215.0}
"""Points for words in a chart as wide as a column; the other three are for one as wide as a page."""
MARGIN = 3.0
PLOT_WIDTH = 82.0
ABOVE, BELOW = 14.0, 30.0
"""Points for the column headings and for the axis with one line of words."""
WIDEST = 20.0
"""Ratios beyond 1/20 and 20 are drawn as arrows at the edge."""
BAND = "#ececec"
RATIO_TICKS = (0.05, 0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10, 20)


@dataclass(frozen=True)
class Line:
    """One line of the chart: a heading, a rule, a thin rule within a group, or an estimate with its numbers.

    `before` is an earlier value of the same, drawn as an open marker from which a line leads to the estimate.
    """

    label: str
    kind: str = "row"  # row, heading, rule, divide
    estimate: float = np.nan
    low: float = np.nan
    high: float = np.nan
    color: str = INK
    marker: str = "o"
    open: bool = False
    cells: tuple[str, ...] = ()
    before: float = np.nan


@dataclass(frozen=True)
class Axis:
    """The axis that the estimates share; `band` is shaded from -band to +band, `guides` are dashed lines."""

    words: str
    log: bool = False
    null: float | None = None
    language: str = "en"
    narrow: bool = False
    label_width: float = LABEL_WIDTH
    band: float | None = None
    guides: tuple[float, ...] = ()

    @property
    def room(self) -> float:
        """Points for a line of its words."""
        return NARROW_WIDTHS["axis"] if self.narrow else AXIS_WIDTH


def chart_height(lines: Sequence[Line], axis: Axis, *, note: str = "") -> float:
    """Height in points that a chart of these lines needs, its axis, headings and note included."""
    return _places(lines, axis)[1] + ABOVE + _below(axis) + _note_height(_width(axis) * POINTS, note)


def new_axes(lines: Sequence[Line], axis: Axis, *, note: str = "") -> Axes:
    """An axes that fills a new figure of a page's width (a column's where the axis is narrow), as high as needed."""
    fig = plt.figure(figsize=(_width(axis), chart_height(lines, axis, note=note) / POINTS))
    return fig.add_axes((0.0, 0.0, 1.0, 1.0))


def _width(axis: Axis) -> float:
    return WIDTHS["single" if axis.narrow else "double"]


def draw_rows(
    ax: Axes,
    lines: Sequence[Line],
    *,
    axis: Axis,
    headings: Sequence[str],
    note: str = "",
    beside: Sequence[Line] = (),
    beside_headings: Sequence[str] = (),
) -> Axes:
    """Draw the lines into the place of `ax`, which shrinks to make room for the words on both sides.

    Columns are as wide as these lines and those `beside` (of another axis in the same figure, under
    `beside_headings`) need, so that they align.
    Raises ValueError when the place is too narrow for the words and a plot of 29 mm.
    """
    places, height = _places(lines, axis)
    measured = [line for line in (*lines, *beside) if line.kind == "row"]
    heads = zip(headings, beside_headings or headings, strict=True)
    widths = [_column_width(measured, place, pair) for place, pair in enumerate(heads)]
    left = MARGIN + GAP + max(text_width(_wrapped(line, axis)) for line in measured)
    right = sum(widths) + GAP * len(widths) + MARGIN
    _make_room(ax, left, right, axis, note)
    ax.set_ylim(height, 0)
    _draw_axis(ax, lines, axis)
    _keep_on_page(ax, left, right, axis)
    _draw_band(ax, lines, places, axis)
    for heading, edge in zip(headings, _edges(widths), strict=True):
        _beside(ax, heading, 0, edge, ha="right", va="bottom", weight="bold", gid="column")
    for line, place in zip(lines, places, strict=True):
        if line.kind in {"rule", "divide"}:
            _rule(ax, place, left, right, thin=line.kind == "divide")
        elif line.kind == "heading":
            _heading(ax, _wrapped(line, axis), place, left)
        else:
            ax.annotate(
                _wrapped(line, axis),
                (0, place),
                (MARGIN - left, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="left",
                va="center",
                gid="label",
            )
            _point(ax, line, place, axis)
            for text, edge in zip(line.cells, _edges(widths), strict=True):
                _beside(ax, text, place, edge, ha="right", va="center", gid="cell")
    if note:
        wide = ax.get_position().width * ax.figure.get_figwidth() * POINTS + left + right
        ax.annotate(
            _wrapped_note(wide, note),
            (0, 0),
            (MARGIN - left, -_below(axis) - 2),
            xycoords="axes fraction",
            va="top",
            textcoords="offset points",
            ha="left",
            fontsize=SIZE - 1,
            color=SOFT,
            gid="note",
        )
    return ax


def _wrapped(line: Line, axis: Axis) -> str:
    row = line.kind == "row"
    wide = axis.label_width if row else HEADING_WIDTH
    room = NARROW_WIDTHS["label" if row else "heading"] if axis.narrow else wide
    return wrap(line.label, room, bold=line.kind == "heading")


def _wrapped_note(wide: float, note: str) -> str:
    return wrap(note, wide - 2 * MARGIN, size=SIZE - 1)


def _below(axis: Axis) -> float:
    """Points for the ticks and the words of the axis, which may take several lines."""
    return BELOW + LEADING * wrap(axis.words, axis.room).count("\n")


def _note_height(wide: float, note: str) -> float:
    return LEADING * (_wrapped_note(wide, note).count("\n") + 1.5) if note else 0.0


def _places(lines: Sequence[Line], axis: Axis) -> tuple[list[float], float]:
    """The middle of each line, in points from the top, and the height of them all."""
    places, top = [], 0.0
    for number, line in enumerate(lines):
        air = {"row": 3.0, "divide": 2.0}.get(line.kind, 7.0 if number else 2.0)
        height = {"rule": 4.0, "divide": 1.0}.get(line.kind) or LEADING * (_wrapped(line, axis).count("\n") + 1)
        places.append(top + air + height / 2)
        top += air + height
    return places, top + 4.0


def _column_width(lines: Sequence[Line], place: int, headings: Sequence[str]) -> float:
    return max(
        [*(text_width(heading, bold=True) for heading in headings), *(text_width(line.cells[place]) for line in lines)]
    )


def _edges(widths: Sequence[float]) -> list[float]:
    """The right edge of each column of numbers, in points from the right edge of the plot."""
    return [sum(widths[: place + 1]) + GAP * (place + 1) for place in range(len(widths))]


def _make_room(ax: Axes, left: float, right: float, axis: Axis, note: str) -> None:
    wide, high = (size * POINTS for size in ax.figure.get_size_inches())
    box = ax.get_position()
    x0, x1 = box.x0 + left / wide, box.x1 - right / wide
    y0, y1 = box.y0 + (_below(axis) + _note_height(box.width * wide, note)) / high, box.y1 - ABOVE / high
    if (x1 - x0) * wide < PLOT_WIDTH or y1 <= y0:
        needed = (left + right + PLOT_WIDTH) / POINTS * 25.4
        raise ValueError(f"the axes is too small for this chart: it needs a width of {needed:.0f} mm")
    ax.set_position((x0, y0, x1 - x0, y1 - y0))


def _draw_axis(ax: Axes, lines: Sequence[Line], axis: Axis) -> None:
    shown = [line for line in lines if line.kind == "row" and np.isfinite(line.estimate)]
    values = [value for line in shown for value in (line.low, line.high, line.estimate, line.before)]
    ends = np.array([value for value in values if np.isfinite(value)])
    ends = np.append(ends, axis.null if axis.null is not None else ends[:1])
    ends = np.append(ends, [*axis.guides, *(() if axis.band is None else (-axis.band, axis.band))])
    if axis.log:
        low, high = max(ends.min() / 1.08, 1 / WIDEST), min(ends.max() * 1.08, WIDEST)
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(FixedLocator(_ratio_ticks(low, high)))
        ax.xaxis.set_minor_locator(NullLocator())
    else:
        pad = (np.ptp(ends) if ends.size else 1.0) * 0.06 or 1.0
        low, high = (ends.min() - pad, ends.max() + pad) if ends.size else (0.0, 1.0)
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.set_xlim(low, high)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_words(value, axis.language)))
    ax.set_xlabel(wrap(axis.words, axis.room), labelpad=3)
    ax.yaxis.set_visible(False)
    ax.spines["left"].set_visible(False)
    for guide in axis.guides:
        ax.axvline(guide, color=FAINT, linewidth=0.8, linestyle=(0, (3, 2)), zorder=0, gid="guide")
    if axis.null is not None:
        ax.axvline(axis.null, color=FAINT, linewidth=0.8, zorder=0, gid="null")


def _draw_band(ax: Axes, lines: Sequence[Line], places: Sequence[float], axis: Axis) -> None:
    """The shade from -band to +band behind the rows of each group, not behind their headings."""
    if axis.band is None:
        return
    starts = [number for number, line in enumerate(lines) if line.kind in {"heading", "rule"}]
    for start, end in zip([-1, *starts], [*starts, len(lines)], strict=True):
        if end - start > 1:
            tops = [
                place - LEADING * (_wrapped(line, axis).count("\n") + 1) / 2
                for place, line in zip(places, lines, strict=True)
            ]
            top, bottom = tops[start + 1], 2 * places[end - 1] - tops[end - 1]
            ax.fill_between(
                [-axis.band, axis.band], top - 1, bottom + 1, color=BAND, linewidth=0, zorder=-1, gid="band"
            )


def _keep_on_page(ax: Axes, left: float, right: float, axis: Axis) -> None:
    """The words of the axis stand under its middle, or as near to it as the page allows."""
    plot = ax.get_position().width * ax.figure.get_figwidth() * POINTS
    half = text_width(wrap(axis.words, axis.room)) / 2
    middle = np.clip(plot / 2, MARGIN + half - left, plot + right - MARGIN - half)
    ax.xaxis.label.set_x(middle / plot)


def _ratio_ticks(low: float, high: float) -> list[float]:
    """Round ratios within the limits, thinned until neighbours stand a tenth of the axis apart."""
    ticks = [tick for tick in RATIO_TICKS if low <= tick <= high]
    least = np.log(high / low) / 9
    kept: list[float] = [1.0] if 1.0 in ticks else []
    for tick in sorted(ticks, key=lambda tick: abs(np.log(tick))):
        if all(abs(np.log(tick / other)) >= least for other in kept):
            kept.append(tick)
    return sorted(kept)


def tick_words(value: float, language: str) -> str:
    """The number at a tick, with as many decimals as it has."""
    text = f"{value:.6g}"
    return format_number(value, len(text.split(".")[1]) if "." in text else 0, language)


def _beside(ax: Axes, text: str, place: float, offset: float, **style: object) -> None:
    ax.annotate(text, (1, place), (offset, 0), xycoords=("axes fraction", "data"), textcoords="offset points", **style)


def _rule(ax: Axes, place: float, left: float, right: float, *, thin: bool = False) -> None:
    width = ax.get_position().width * ax.figure.get_figwidth() * POINTS
    ax.plot(
        [-left / width, 1 + right / width],
        [place, place],
        transform=ax.get_yaxis_transform(),
        color=FAINT if thin else SOFT,
        linewidth=0.4 if thin else 0.6,
        linestyle="-" if thin else (0, (4, 2)),
        clip_on=False,
        gid="divide" if thin else "rule",
    )


def _heading(ax: Axes, words: str, place: float, left: float) -> None:
    ax.annotate(
        words,
        (0, place),
        (MARGIN - left, 0),
        xycoords=("axes fraction", "data"),
        va="center",
        ha="left",
        textcoords="offset points",
        weight="bold",
        gid="heading",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
    )


def _point(ax: Axes, line: Line, place: float, axis: Axis) -> None:
    if np.isfinite(line.before):
        ax.plot([line.before, line.estimate], [place, place], color=FAINT, linewidth=0.8, zorder=1, gid="moved")
        opened = {"markerfacecolor": "white", "markeredgecolor": line.color, "markeredgewidth": 0.9}
        ax.plot([line.before], [place], marker=line.marker, linestyle="none", zorder=2, gid="before", **opened)
    if not np.isfinite(line.estimate):
        return
    face = "white" if line.open else line.color
    low, high = ax.get_xlim()
    if np.isfinite(line.low) and np.isfinite(line.high):
        ends = np.clip([line.low, line.high], low, high)
        ax.plot(ends, [place, place], color=line.color, solid_capstyle="butt", gid="interval")
        for end, limit, arrow in ((line.low, low, "<"), (line.high, high, ">")):
            if axis.log and not low <= end <= high:
                ax.plot([limit], [place], marker=arrow, color=line.color, markersize=4, clip_on=False, gid="arrow")
    if low <= line.estimate <= high:
        ax.plot(
            [line.estimate],
            [place],
            marker=line.marker,
            color=line.color,
            markerfacecolor=face,
            linestyle="none",
            markeredgecolor=line.color if line.open else INK,
            markeredgewidth=0.9 if line.open else 0.4,
            gid="point",
            zorder=3,
        )
