"""The tipping map: the difference in change between two levels, over how differently their missing halves changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from rehab_stats.effect_wording import is_delta
from rehab_stats.effect_words import IN_POINTS
from rehab_stats.report.appearance import INK, LEADING, SIZE, SOFT, text_width, themed, wrap
from rehab_stats.report.captions import notes
from rehab_stats.report.chart_lines import rows_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import EDGE, NARROW, draw_note, new_panel, note_height, page, width_of
from rehab_stats.report.phrases import capital, model_heading, phrase
from rehab_stats.report.row_chart import tick_words
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import label

MAP = {True: 152.0, False: 236.0}
"""Points that the map is wide and high, in a narrow figure and in a wide one."""
KEY, GAP, BAR, EDGE_LABEL = 18.0, 6.0, 9.0, 22.0
COLUMN = 116.0
"""Points for the words of the key beside the map of a wide figure."""
COLOURS = np.linspace(0.1, 0.9, 256)
"""The part of the diverging map that is used: words and lines must stand out at both ends."""
STEPS = 16
HATCH = "\\" * 4
"""Against the lines of equal difference, which rise."""


def plot_tipping(
    estimates: Estimates,
    *,
    level: str,
    mid: float | None = None,
    language: str = "en",
    note: str = "",
    width: str = "double",
    ax: Axes | None = None,
) -> Axes:
    """The difference of a level from the reference over the deltas of both, with the lines at which the answer tips.

    Parameters
    ----------
    estimates : Estimates
        The rows of `tipping_point` for one model: `mean_difference` with `at` = the delta of the level and strata
        `delta_reference=<delta of the reference>`; tips are left aside (`tipping_table` has them).
    level : str
        The level, as a raw code.
    mid : float, optional
        Smallest important difference in points. Default: that of the context, if any.
    language, note
        As in `figures.plot_forest`.
    width : {"double", "single"}
        180 mm with key and colour bar beside the map, or 88 mm with the key above it and the bar below.
    ax : Axes, optional
        Its place is taken; the default is a new figure of that width.

    Returns
    -------
    Axes
        The map: delta of the reference across, delta of the level upwards, in points of the scale. Colours centred at
        0; a solid line where the difference is 0, dashed ones at -mid and +mid; hatched where the 95 % interval
        excludes 0; a white point where nobody's change differs from what is expected of them. The next axes of the
        figure is the colour bar. Where the level is hidden, the reason.

    Raises
    ------
    ValueError
        No map of the level, several models, or a map in which pairs of deltas are lacking.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows = map_rows(rows_of(safe), level)
    if rows["estimate"].isna().any():
        return plot_reason(safe, language=language, note=note, ax=ax, reasons=notes(safe, "", language))
    context = safe.context
    mid = context.get("mid") if mid is None else mid
    words = _Words(rows.iloc[0], context, mid, language)
    model = model_heading(rows.iloc[0]["model"], context, language)
    under = " ".join([*([f"{model}."] if model else []), *notes(safe, note, language)])
    with themed():
        wide = width_of(ax, width)
        layout = _Layout(wide, words)
        frame = page(ax, wide, layout.bottom + note_height(under, wide))
        frame.text(EDGE, 1.0, layout.title, va="top", weight="bold", gid="heading")
        panel = new_panel(frame, layout.left, layout.top, layout.map, layout.map)
        grid = _Grid.of(rows)
        _draw_map(panel, grid, mid, words)
        bar = new_panel(frame, *layout.bar_place)
        _draw_bar(bar, grid, words, layout)
        _draw_axes(panel, words, layout)
        _draw_keys(frame, words, layout)
        draw_note(frame, under)
    return panel


def map_rows(rows: pd.DataFrame, level: str) -> pd.DataFrame:
    """The rows of the map of a level, with `delta_reference` as a number.

    Raises ValueError when there is none, several models, or pairs of deltas are lacking or there twice.
    """
    maps = rows[(rows["measure"] == "mean_difference") & rows["stratum"].map(is_delta).astype(bool)]
    mine = maps[maps["level"] == level]
    if mine.empty:
        there = ", ".join(map(str, maps["level"].unique())) or "no map at all: tipping_point() gives them"
        raise ValueError(f"there is no tipping map of the level {level!r}; there is {there}")
    if mine["model"].nunique(dropna=False) > 1:
        raise ValueError(f"there are several models ({', '.join(map(str, mine['model'].unique()))}): select one")
    mine = mine.assign(delta_reference=mine["stratum"].str.rpartition("=")[2].astype(float))
    pairs = mine.groupby(["delta_reference", "at"]).size()
    if (pairs != 1).any() or len(pairs) != mine["delta_reference"].nunique() * mine["at"].nunique():
        raise ValueError("a tipping map needs one row for every pair of deltas")
    if min(mine["delta_reference"].nunique(), mine["at"].nunique()) < 2:
        raise ValueError("a tipping map needs at least two deltas of each level")
    return mine


@dataclass(frozen=True)
class _Grid:
    """The map as arrays: rows upwards by the delta of the level, columns by that of the reference."""

    across: np.ndarray
    upwards: np.ndarray
    estimate: np.ndarray
    excess: np.ndarray
    """How far the interval stays from 0; below 0 where it includes it."""

    @classmethod
    def of(cls, rows: pd.DataFrame) -> _Grid:
        rows = rows.assign(excess=np.maximum(rows["conf_low"], -rows["conf_high"]))
        tables = [rows.pivot(index="at", columns="delta_reference", values=name) for name in ("estimate", "excess")]
        index = tables[0].index.to_numpy(dtype=float), tables[0].columns.to_numpy(dtype=float)
        return cls(index[1], index[0], *(table.to_numpy(dtype=float) for table in tables))

    @cached_property
    def bounds(self) -> np.ndarray:
        """Limits of the colours: round numbers, the same on both sides of 0."""
        reach = float(np.abs(self.estimate).max()) or 1.0
        ticks = MaxNLocator(STEPS // 2, steps=[1, 2, 2.5, 5, 10]).tick_values(0.0, reach)
        upper = ticks[ticks > 0]
        upper = upper[: int(np.searchsorted(upper, reach)) + 1]
        return np.concatenate([-upper[::-1], [0.0], upper])

    @property
    def colours(self) -> ListedColormap:
        """Purple below 0, orange above: told apart by colour-blind readers."""
        return ListedColormap(colormaps["PuOr_r"](COLOURS))

    @property
    def norm(self) -> BoundaryNorm:
        return BoundaryNorm(self.bounds, len(COLOURS))


class _Words:
    """Every word of the figure but the note."""

    def __init__(self, row: pd.Series, context: Mapping, mid: float | None, language: str) -> None:
        exposure = context.get("exposure") or ""
        self.language, self.mid = language, mid
        level, reference = (label(row[column], language, exposure) for column in ("level", "reference"))
        unit = phrase("in_unit", language, unit=label("points", language)) if context.get("scale") in IN_POINTS else ""
        moved = label(context.get("among") or "all", language, "among")
        self.title = phrase("contrast_of", language, level=capital(level), reference=reference)
        self.across, self.upwards = (
            phrase("tipping_axis", language, level=capital(name), moved=moved, unit=unit) for name in (reference, level)
        )
        self.bar = phrase("tipping_bar", language, reference=reference, unit=unit)
        self.keys = {"zero": phrase("tipping_zero", language)}
        if mid is not None:
            self.keys["mid"] = phrase("tipping_mid", language, mid=tick_words(mid, language))
        self.keys["excludes"] = phrase("tipping_excludes", language)
        self.keys["point"] = phrase("tipping_at_random", language)


class _Layout:
    """Where things stand, in points from the top left of the figure."""

    def __init__(self, wide: float, words: _Words) -> None:
        self.narrow = wide < NARROW
        self.title = wrap(words.title, wide - 2 * EDGE, bold=True)
        self.map = MAP[self.narrow]
        self.across, self.upwards = (wrap(text, self.map) for text in (words.across, words.upwards))
        self.bar = wrap(words.bar, self.map)
        self.left = EDGE + LEADING * (self.upwards.count("\n") + 1) + 8 + text_width("−20,0")
        top = LEADING * (self.title.count("\n") + 1) + 6
        beside = (
            self.left + self.map + EDGE_LABEL + BAR + text_width("−20,0") + LEADING * (self.bar.count("\n") + 1) + 22
        )
        self.keys: dict[str, tuple[float, float, str]] = {}
        down = top + LEADING
        for name, text in words.keys.items():
            room = wide - 2 * EDGE - KEY - 4 if self.narrow else min(COLUMN, wide - beside - KEY - 4 - EDGE)
            wrapped = wrap(capital(text), room)
            self.keys[name] = (EDGE if self.narrow else beside, down if not self.narrow else top, wrapped)
            high = LEADING * (wrapped.count("\n") + 1) + (0 if self.narrow else 5)
            top += high if self.narrow else 0.0
            down += high
        self.top = top + LEADING + 4
        self.bottom = self.top + self.map + 22 + LEADING * (self.across.count("\n") + 1) + 2
        self.bar_place = (self.left + self.map + EDGE_LABEL, self.top, BAR, self.map)
        if self.narrow:
            self.bar_place = (self.left, self.bottom + 6, self.map, BAR)
            self.bottom += 6 + BAR + 22 + LEADING * (self.bar.count("\n") + 1)


def _draw_map(panel: Axes, grid: _Grid, mid: float | None, words: _Words) -> None:
    """Colours, hatching, lines with their numbers at the edge, and the point at which nobody differs."""
    place = grid.across, grid.upwards
    panel.contourf(*place, grid.estimate, levels=grid.bounds, cmap=grid.colours, norm=grid.norm, zorder=0)
    if (grid.excess > 0).any():
        marked = panel.contourf(*place, grid.excess, levels=[0.0, np.inf], colors="none", hatches=[HATCH], zorder=1)
        marked.set_gid("excludes")
        marked.set_edgecolor(SOFT)
        marked.set_linewidth(0.0)
    ends: list[tuple[float, float]] = []
    wanted = {0.0: "solid"} | ({-mid: (0, (4, 2)), mid: (0, (4, 2))} if mid else {})
    low, high = grid.estimate.min(), grid.estimate.max()
    for value, style in wanted.items():
        if low < value < high:
            lines = panel.contour(
                *place, grid.estimate, levels=[value], colors=[INK], linewidths=1.1, linestyles=[style]
            )
            lines.set_gid(f"line {value:g}")
            _number_at_edge(panel, lines.allsegs[0], grid, value, ends, words.language)
    if grid.across[0] <= 0 <= grid.across[-1] and grid.upwards[0] <= 0 <= grid.upwards[-1]:
        _at_random(panel, 0.0, 0.0)
    panel.set_xlim(grid.across[0], grid.across[-1])
    panel.set_ylim(grid.upwards[0], grid.upwards[-1])


def _at_random(axes: Axes, x: float, y: float) -> None:
    style = {"markersize": 5, "markeredgecolor": INK, "markerfacecolor": "white", "markeredgewidth": 0.9}
    axes.plot([x], [y], marker="o", linestyle="none", clip_on=False, zorder=5, gid="at random", **style)


def _number_at_edge(
    panel: Axes, segments: list, grid: _Grid, value: float, ends: list[tuple[float, float]], language: str
) -> None:
    """The number of a line where it leaves the map, at the right or at the top, if there is room for it."""
    points = np.concatenate([np.asarray(segment) for segment in segments])
    span = np.ptp(grid.across), np.ptp(grid.upwards)
    x, y = points[np.argmax(points[:, 0] / span[0] + points[:, 1] / span[1])]
    at_right = np.isclose(x, grid.across[-1])
    if not at_right and not np.isclose(y, grid.upwards[-1]):
        return
    high = panel.get_position().height * panel.figure.get_figheight() * 72
    here = ((x - grid.across[0]) / span[0] * high, (y - grid.upwards[0]) / span[1] * high)
    if any(max(abs(here[0] - other[0]), abs(here[1] - other[1])) < 1.6 * LEADING for other in ends):
        return
    ends.append(here)
    text = ("+" if value > 0 else "") + tick_words(value, language)
    panel.annotate(
        text,
        (x, y),
        (3, 0) if at_right else (0, 2),
        textcoords="offset points",
        ha="left" if at_right else "center",
        va="center" if at_right else "bottom",
        annotation_clip=False,
        gid="edge",
    )


def _draw_axes(panel: Axes, words: _Words, layout: _Layout) -> None:
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: tick_words(value, words.language)))
    panel.tick_params(left=True, bottom=True)
    panel.set_xlabel(layout.across, labelpad=3)
    panel.set_ylabel(layout.upwards, labelpad=3)


def _draw_bar(bar: Axes, grid: _Grid, words: _Words, layout: _Layout) -> None:
    colours = ScalarMappable(norm=grid.norm, cmap=grid.colours)
    way = "horizontal" if layout.narrow else "vertical"
    drawn = bar.figure.colorbar(colours, cax=bar, spacing="proportional", orientation=way)
    drawn.outline.set_linewidth(0.4)
    axis = bar.xaxis if layout.narrow else bar.yaxis
    axis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_words(value, words.language)))
    axis.set_label_text(layout.bar)
    axis.labelpad = 3
    bar.minorticks_off()


def _draw_keys(frame: Axes, words: _Words, layout: _Layout) -> None:
    """What lines, hatching and point mean."""
    for name, (x, y, text) in layout.keys.items():
        middle = y + LEADING / 2
        if name == "excludes":
            box = Rectangle((x, middle - 3.5), KEY, 7, facecolor="none", edgecolor=SOFT, linewidth=0.4, hatch=HATCH)
            box.set_gid("key")
            frame.add_patch(box)
        elif name == "point":
            _at_random(frame, x + KEY / 2, middle)
        else:
            style = "solid" if name == "zero" else (0, (4, 2))
            frame.plot([x, x + KEY], [middle, middle], color=INK, linewidth=1.1, linestyle=style, gid="key")
        frame.text(x + KEY + 4, y, text, va="top", fontsize=SIZE, gid="key words")
