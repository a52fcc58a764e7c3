"""Figures of several panels: a page whose units are points from the top left, a key of the levels, panels placed on it.

Everything is laid out in points from measured text, so that no words run into each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from rehab_stats.report.appearance import LEADING, POINTS, SIZE, SOFT, WIDTHS, LevelStyle, text_width, wrap

EDGE = 3.0
KEY = 16.0
NARROW = 320.0
"""Points; figures narrower than this put their panels below each other and leave numbers to the table."""


def width_of(ax: Axes | None, width: str = "double") -> float:
    """Points that a figure is wide: those of the axes given, or of a column (`single`) or page (`double`).

    Raises ValueError on another width.
    """
    if width not in WIDTHS:
        raise ValueError(f"width must be one of {', '.join(WIDTHS)}; got {width!r}")
    if ax is None:
        return WIDTHS[width] * POINTS
    return ax.get_position().width * ax.figure.get_figwidth() * POINTS


def page(ax: Axes | None, wide: float, height: float) -> Axes:
    """An axes without marks whose units are points from the top left, in a new figure or in the place of `ax`."""
    if ax is None:
        fig = plt.figure(figsize=(wide / POINTS, height / POINTS))
        ax = fig.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.axis("off")
    ax.set_xlim(0, wide)
    ax.set_ylim(height, 0)
    return ax


def new_panel(frame: Axes, x: float, y: float, wide: float, high: float) -> Axes:
    """A new axes whose upper left corner stands at (x, y) of the page, in points."""
    box = frame.get_position()
    across, down = box.width / frame.get_xlim()[1], box.height / frame.get_ylim()[0]
    return frame.figure.add_axes((box.x0 + x * across, box.y1 - (y + high) * down, wide * across, high * down))


def key_places(names: Mapping[str | None, str], wide: float) -> dict[str | None, tuple[float, float]]:
    """Where each level's key stands: from left to right, then in a new line."""
    places, x, y = {}, EDGE, 1.0
    for level, words in names.items():
        need = KEY + 4 + text_width(words) + 14
        if x > EDGE and x + need > wide:
            x, y = EDGE, y + LEADING
        places[level] = (x, y)
        x += need
    return places


def keys_height(places: Mapping[str | None, tuple[float, float]]) -> float:
    """Points that the key takes, with the air below it; none without a key."""
    return max((y for _, y in places.values()), default=-LEADING - 4) + LEADING + 4


def draw_keys(
    frame: Axes,
    names: Mapping[str | None, str],
    places: Mapping[str | None, tuple[float, float]],
    styles: Mapping[str | None, LevelStyle],
) -> None:
    """A line with a marker, and the words, for each level."""
    for level, (x, y) in places.items():
        middle = y + LEADING / 2
        color, marker = styles[level]
        frame.plot([x, x + KEY], [middle] * 2, color=color, gid="key")
        frame.plot([x + KEY / 2], [middle], color=color, marker=marker, markersize=4, linestyle="none", gid="key")
        frame.text(x + KEY + 4, middle, names[level], va="center", gid="key words")


def note_height(under: str, wide: float) -> float:
    """Points that the note at the bottom takes, with the air above it."""
    return LEADING * (_wrapped(under, wide).count("\n") + 1) + 4 if under else 0.0


def draw_note(frame: Axes, under: str) -> None:
    """The note, wrapped, at the bottom of the page."""
    if under:
        wide, height = frame.get_xlim()[1], frame.get_ylim()[0]
        frame.text(EDGE, height - 2, _wrapped(under, wide), va="bottom", fontsize=SIZE - 1, color=SOFT, gid="note")


def _wrapped(under: str, wide: float) -> str:
    return wrap(under, wide - 2 * EDGE, size=SIZE - 1)


def heading(ax: Axes, words: str, *, lift: float = 5.0) -> None:
    """Bold words over the left end of a panel."""
    ax.annotate(
        words,
        (0, 1),
        (0, lift),
        xycoords="axes fraction",
        textcoords="offset points",
        va="bottom",
        weight="bold",
        gid="heading",
    )


def spread(targets: Sequence[float], heights: Sequence[float], end: float) -> list[float]:
    """Middles as near to the targets as the heights allow, so that nothing overlaps between 0 and `end`.

    Neighbours that would overlap are moved together, those in the middle of them least.
    """
    order = np.argsort(targets, kind="stable")
    high = np.asarray(heights, dtype=float)[order]
    before = np.cumsum(high) - high / 2
    groups: list[list[float]] = []
    for wanted in np.asarray(targets, dtype=float)[order] - before:
        groups.append([wanted])
        while len(groups) > 1 and np.mean(groups[-2]) > np.mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    start = [float(np.mean(group)) for group in groups for _ in group]
    places = np.empty(len(order))
    places[order] = np.clip(start, 0, max(end - high.sum(), 0)) + before
    return list(places)
