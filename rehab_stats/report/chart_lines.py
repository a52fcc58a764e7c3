"""From protected rows to the lines of a chart: one style per level, groups with headings, numbers as text."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rehab_stats.measures import estimate_text
from rehab_stats.report.appearance import INK, POINTS, WIDTHS, LevelStyle, level_styles, themed
from rehab_stats.report.phrases import capital, heading_words, phrase
from rehab_stats.report.row_chart import Axis, Line, chart_height, draw_rows, new_axes
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import with_digits
from rehab_stats.words import format_number, label

GROUPED_BY = ("stratum", "model", "at")
PLAIN = LevelStyle(INK, "o")


def rows_of(safe: Estimates) -> pd.DataFrame:
    """The protected rows with what their details say: what is hidden, and what an interaction compares with."""
    return with_digits(safe.tidy().join(safe.details(), rsuffix="_detail"), safe.context)


def styles_of(rows: pd.DataFrame) -> dict[str | None, LevelStyle]:
    """Styles of all levels, the reference first, so that a level looks the same in every figure of the set."""
    levels = [*rows["reference"].dropna().unique(), *rows["level"].dropna().unique()]
    return {None: PLAIN} | level_styles(levels)


def groups_of(rows: pd.DataFrame, context: dict, language: str) -> list[tuple[str, pd.DataFrame]]:
    """Rows by stratum, model and time in their order, each with a heading; the time only where there are several."""
    several = rows["at"].nunique(dropna=False) > 1
    groups = []
    for (stratum, model, at), group in rows.groupby(list(GROUPED_BY), dropna=False, sort=False):
        stratum, model = (None if pd.isna(code) else code for code in (stratum, model))
        groups.append((heading_words(stratum, model, context, language, at=at if several else None), group))
    return groups


def same_group(rows: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """The rows of the same stratum, model and time as a row."""
    same = [rows[column].eq(row[column]) | (rows[column].isna() & pd.isna(row[column])) for column in GROUPED_BY]
    return rows[np.logical_and.reduce(same)] if len(rows) else rows


def line_of(
    row: pd.Series,
    exposure: str,
    style: LevelStyle,
    cells: Sequence[str],
    language: str,
    *,
    scale: float = 1.0,
    opened: bool = False,
    after: str = "",
) -> Line:
    """A line of the chart for a row: the level in words, the estimate times `scale`, its numbers as text."""
    words = capital(label(row["level"] or "total", language, exposure)) + after
    ends = [row[end] * scale for end in ("estimate", "conf_low", "conf_high")]
    return Line(words, "row", *ends, color=style.color, marker=style.marker, open=opened, cells=tuple(cells))


def difference_text(row: pd.Series, differences: pd.DataFrame, language: str) -> str:
    """The difference of this row's level in the same stratum, model and time; the reference says so."""
    mine = same_group(differences, row)
    if row["level"] in set(mine["reference"]):
        return phrase("reference", language)
    found = mine[mine["level"] == row["level"]]
    return estimate_text(found.iloc[0], language) if len(found) else ""


def counts_text(row: pd.Series, language: str) -> str:
    """`3,322 (773)`; a hidden number is a dash."""
    n, events = (format_number(row[c], 0, language) or phrase("hidden", language) for c in ("n", "events"))
    return f"{n} ({events})"


def draw_lines(lines: list[Line], axis: Axis, headings: Sequence[str], note: str, ax: Axes | None) -> Axes:
    """The chart in a new figure of a page's width, or in the place of `ax`."""
    with themed():
        return draw_rows(
            new_axes(lines, axis, note=note) if ax is None else ax, lines, axis=axis, headings=headings, note=note
        )


def draw_two(
    upper: tuple[list[Line], Axis, Sequence[str]],
    lower: tuple[list[Line], Axis, Sequence[str]],
    note: str,
    ax: Axes | None,
) -> Axes:
    """Two charts, one above the other, in the place of one; their columns stand over each other. Gives the upper."""
    with themed():
        ax, below = _two_axes(ax, upper[:2], lower[:2], note)
        draw_rows(ax, upper[0], axis=upper[1], headings=upper[2], beside=lower[0], beside_headings=lower[2])
        draw_rows(
            below, lower[0], axis=lower[1], headings=lower[2], note=note, beside=upper[0], beside_headings=upper[2]
        )
    return ax


def _two_axes(
    ax: Axes | None, upper: tuple[list[Line], Axis], lower: tuple[list[Line], Axis], note: str
) -> tuple[Axes, Axes]:
    """Two axes, one above the other, in the place of one, each as high as its lines need."""
    first, second = chart_height(*upper), chart_height(*lower, note=note)
    if ax is None:
        fig = plt.figure(figsize=(WIDTHS["double"], (first + second) / POINTS))
        ax = fig.add_axes((0.0, 0.0, 1.0, 1.0))
    box, share = ax.get_position(), second / (first + second)
    ax.set_position((box.x0, box.y0 + box.height * share, box.width, box.height * (1 - share)))
    return ax, ax.figure.add_axes((box.x0, box.y0, box.width, box.height * share))
