"""One waterfall: a bar where it starts, floating bars for what each step adds or takes away, a bar where it ends.

Rows stand one under another, so that their words read like a list; everything is in points from measured text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator

from rehab_stats.report.appearance import FAINT, INK, LEADING, text_width
from rehab_stats.report.panels import KEY
from rehab_stats.report.row_chart import tick_words

UP, DOWN = "#eba63f", "#c8553d"
"""A step that adds, and one that takes away: light and plain, dark and hatched, so that grey print keeps them apart."""
HATCH = "/////"
BAR = 8.0
"""Points that a bar is high."""
BESIDE = 4.0
"""Points between the end of an interval and its numbers."""
WHOLE, STEP, GAP_ROW = "whole", "step", "gap"


@dataclass(frozen=True)
class Fall:
    """A row of a waterfall.

    Attributes
    ----------
    kind : whole (a bar from nought), step (a floating bar) or gap (a line from the start to the end).
    start, end : where the bar begins and ends.
    low, high : ends of the interval of its end.
    color : of a whole bar.
    text, share : numbers beside the bar, and at the right edge.
    """

    kind: str
    start: float
    end: float
    low: float
    high: float
    color: str = INK
    text: str = ""
    share: str = ""

    @property
    def ends(self) -> list[float]:
        """The numbers among the places it reaches to."""
        return [value for value in (self.start, self.end, self.low, self.high) if np.isfinite(value)]


@dataclass(frozen=True)
class Scale:
    """The axis that waterfalls share: its ends, and the points kept free for numbers and for shares."""

    low: float
    high: float
    numbers: float
    shares: float = 0.0

    def limits(self, wide: float) -> tuple[float, float]:
        """Limits of an axes so many points wide."""
        return self.low, self.low + (self.high - self.low) * wide / (wide - self.numbers - self.shares)


def reach_of(falls: Sequence[Fall]) -> tuple[float, float]:
    """From nought, or less, to the farthest end of a bar or interval."""
    ends = [0.0, *(value for fall in falls for value in fall.ends)]
    low, high = min(ends), max(ends)
    return (low - 0.04 * (high - low) if low < 0 else 0.0), high or 1.0


def draw_waterfall(panel: Axes, falls: Sequence[Fall], places: Sequence[float], scale: Scale, language: str) -> None:
    """Bars, intervals, connecting lines and numbers; `places`: middle of each row in points from the top."""
    wide, high = _points(panel)
    panel.set_ylim(high, 0)
    panel.set_xlim(*scale.limits(wide))
    begin = falls[0].end
    if np.isfinite(begin):
        panel.plot([begin] * 2, [places[0], places[-1]], color=FAINT, linewidth=0.7, zorder=0, gid="reference")
    per_point = np.ptp(panel.get_xlim()) / wide
    for fall, place in zip(falls, places, strict=True):
        _draw_bar(panel, fall, place)
        # a hidden number has its dash where the level would have begun
        known = fall.ends if np.isfinite(fall.end) else [begin] if np.isfinite(begin) else []
        right = max(known, default=scale.low) + BESIDE * per_point
        words = panel.text(right, place, fall.text, va="center", weight="normal" if fall.kind == STEP else "bold")
        words.set(gid="cell", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})
        if fall.share:
            panel.text(panel.get_xlim()[1], place, fall.share, ha="right", va="center", gid="share")
    steps = [pair for pair in zip(falls, places, strict=True) if pair[0].kind != GAP_ROW]
    for (fall, place), (_, below) in pairwise(steps):
        if np.isfinite(fall.end):
            ends = [place + BAR / 2, below - BAR / 2]
            panel.plot([fall.end] * 2, ends, color=INK, linewidth=0.5, zorder=1, gid="connector")
    ticks = MaxNLocator(4 if wide - scale.numbers > 100 else 2, steps=[1, 2, 5, 10]).tick_values(scale.low, scale.high)
    panel.set_xticks([tick for tick in ticks if scale.low <= tick <= scale.high])
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_words(value, language)))
    panel.spines["bottom"].set_bounds(scale.low, scale.high)
    panel.yaxis.set_visible(False)
    panel.spines["left"].set_visible(False)
    panel.plot([0, 0], [0, high], color=INK, linewidth=0.6, zorder=1, gid="null")


def _points(panel: Axes) -> tuple[float, float]:
    box, (wide, high) = panel.get_position(), panel.figure.get_size_inches()
    return box.width * wide * 72, box.height * high * 72


def _draw_bar(panel: Axes, fall: Fall, place: float) -> None:
    if not np.isfinite(fall.end):
        return
    if fall.kind == GAP_ROW:
        panel.plot([fall.start, fall.end], [place] * 2, color=FAINT, linewidth=4.5, solid_capstyle="butt", gid="gap")
        panel.plot([fall.end], [place], marker="D", markersize=4, color=INK, linestyle="none", zorder=4, gid="gap end")
    else:
        less = fall.kind == STEP and fall.end < fall.start
        look = {"facecolor": fall.color, "linewidth": 0}
        if fall.kind == STEP:
            look = step_look(less=less)
        wide = fall.end - fall.start
        panel.add_patch(Rectangle((fall.start, place - BAR / 2), wide, BAR, zorder=2, gid=fall.kind, **look))
    if np.isfinite(fall.low) and np.isfinite(fall.high):
        (line,) = panel.plot(
            [fall.low, fall.high], [place] * 2, color=INK, linewidth=0.9, solid_capstyle="butt", zorder=3
        )
        line.set(gid="interval", path_effects=[withStroke(linewidth=1.9, foreground="white")])


def step_look(*, less: bool) -> dict:
    """How the bar of a step looks that takes away, or adds."""
    return {"facecolor": DOWN, "hatch": HATCH, "linewidth": 0} if less else {"facecolor": UP, "linewidth": 0}


def draw_swatch(frame: Axes, x: float, y: float, code: str) -> None:
    """The key of a step that adds or takes away, or of an interval, in a line of words that begins at y."""
    middle = y + LEADING / 2
    if code == "interval_95":
        frame.plot([x, x + KEY], [middle] * 2, color=INK, linewidth=0.9, gid="key")
        return
    look = step_look(less=code == "step_less")
    frame.add_patch(Rectangle((x, middle - BAR / 2 + 0.5), KEY, BAR - 1, gid="key", **look))


def room_for(texts: Sequence[str]) -> float:
    """Points that the widest of some numbers takes, with its air; nothing without numbers."""
    widest = max((text_width(text, bold=True) for text in texts if text), default=0.0)
    return widest + 2 * BESIDE if widest else 0.0
