"""What a scenario would do: each level as observed and under the scenario, and in words what becomes of the gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from rehab_stats.pathway_wording import change_words
from rehab_stats.report.appearance import FAINT, INK, LEADING, SOFT, LevelStyle, text_width, themed, wrap
from rehab_stats.report.captions import notes
from rehab_stats.report.chart_lines import rows_of, styles_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import EDGE, NARROW, draw_note, new_panel, note_height, page, spread, width_of
from rehab_stats.report.pathway_rows import ENDS, in_print, per_words
from rehab_stats.report.phrases import capital, heading_words, phrase
from rehab_stats.report.row_chart import tick_words
from rehab_stats.report.scenario_rows import (
    AS_OBSERVED,
    DIFFERENCES,
    EVERYBODY,
    QUANTITIES,
    additional_words,
    farthest,
    moves,
    of_outcome,
    start_words,
    yearly_words,
)
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import basis_words
from rehab_stats.words import label

UNNAMED = "scenario"
"""The name of a scenario that was given none."""
MOST_BESIDE = 2
BETWEEN, AIR = 20.0, 14.0
LABELS = 96.0
"""Points for the words of a level."""
TICKS = 24.0
LEADER, DODGE = 12.0, 4.0
"""Points from the words of a level to its markers, and between the intervals of two levels."""
LEAST_HIGH = 118.0
BELOW = 18.0
ALIKE = 2.0
"""Panels have one axis unless one reaches this many times as high as another."""


@dataclass(frozen=True)
class Scenario:
    """A panel: its words, and the rows as observed and under the scenario, by level, in printed numbers."""

    name: str
    title: str
    changed: str
    """What it changes, in words."""
    before: pd.DataFrame
    after: pd.DataFrame
    said: tuple[str, ...]

    @property
    def reach(self) -> float:
        """The highest number shown."""
        found = pd.concat([self.before, self.after])[ENDS].to_numpy(dtype=float).ravel()
        return float(np.nanmax(np.append(found, 0.0)))


def plot_scenarios(
    estimates: Estimates,
    *,
    outcome: str | None = None,
    language: str = "en",
    note: str = "",
    width: str = "double",
    ax: Axes | None = None,
) -> Axes:
    """A panel per scenario: a line per level from what was observed to what the scenario would give.

    Parameters
    ----------
    estimates : Estimates
        Rows of `scenario`: `risk` or `mean` of every level, as observed and under each scenario, and their contrasts.
    outcome : str, optional
        The stage whose quantity is drawn; by default the last.
    language, note
        As in `figures.plot_forest`.
    width : {"double", "single"}
        180 mm with two panels side by side, or 88 mm with one below the other.
    ax : Axes, optional
        Its place is divided among the panels; the default is a new figure of that width.

    Returns
    -------
    Axes
        The panel of the first scenario (the others are the next of the figure). Upwards the number per 100 diagnosed,
        from nought, on one axis for all panels unless one reaches twice as high as another (the note then says so);
        95 % intervals at both ends; the words of a level stand beside its line. Under a panel the gap between the level
        farthest from the reference and the reference before and after, its change and its ratio, and how many more
        there would be in a year. A dash is a hidden number, and a hidden end is not drawn.

    Raises
    ------
    ValueError
        No scenario beside what was observed; an outcome that is not there; two rows for a level (strata): select one.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows, context = rows_of(safe), safe.context
    rows = of_outcome(rows, context, outcome)
    styles = styles_of(rows[rows["level"] != EVERYBODY])
    with themed():
        wide = width_of(ax, width)
        names = [name for name in rows["model"].drop_duplicates() if name != AS_OBSERVED]
        across = 1 if wide < NARROW else min(MOST_BESIDE, len(names))
        each = (wide - 2 * EDGE - BETWEEN * (across - 1)) / across
        shown = [_scenario(rows, name, context, each, language) for name in names]
        reaches = [one.reach for one in shown]
        alike = max(reaches) <= ALIKE * min(reaches)
        under = " ".join([*_keys(rows, context, language, alike=alike), *notes(safe, note, language)])
        title = wrap(_title(rows, context, language), wide - 2 * EDGE, bold=True)
        labels = _label_words(rows, context, language)
        plot = max(LEAST_HIGH, sum(_high(text) for text in labels.values()) + 8)
        lines = [shown[at : at + across] for at in range(0, len(shown), across)]
        begin = LEADING * (title.count("\n") + 1) + 6
        heights = [_above(line) + plot + BELOW + _words_high(line) + AIR for line in lines]
        frame = page(ax, wide, begin + sum(heights) - AIR + 4 + note_height(under, wide))
        frame.text(EDGE, 0, title, va="top", weight="bold", gid="title")
        panels, top = [], begin
        for line, high in zip(lines, heights, strict=True):
            for place, one in enumerate(line):
                x, y = EDGE + place * (each + BETWEEN), top + _above(line)
                here = new_panel(frame, x + TICKS, y, each - TICKS - DODGE * len(labels) / 2, plot)
                if one.title:
                    frame.text(x, top, one.title, va="top", weight="bold", gid="heading")
                down = top + _lines(one.title) * LEADING
                frame.text(x, down, one.changed, va="top", color=SOFT, gid="changed")
                _draw(here, one, labels, styles, max(reaches) if alike else one.reach, language)
                for number, text in enumerate(one.said):
                    down = y + plot + BELOW + LEADING * sum(said.count("\n") + 1 for said in one.said[:number])
                    frame.text(x, down, text, va="top", gid="said")
                panels.append(here)
            top += high
        draw_note(frame, under)
    return panels[0]


def _scenario(rows: pd.DataFrame, name: str, context: Mapping, room: float, language: str) -> Scenario:
    mine = rows[rows["measure"].isin(QUANTITIES) & (rows["level"] != EVERYBODY)]
    mine = in_print(mine)
    before, after = (mine[mine["model"] == model].set_index("level") for model in (AS_OBSERVED, name))
    known = name in (context.get("changes") or {})
    changed = wrap(capital(change_words(name, context, language)), room) if known else ""
    title = (
        ""
        if name == UNNAMED and known
        else wrap(capital(heading_words(None, name, context, language)), room, bold=True)
    )
    said = tuple(wrap(text, room) for text in moves(rows, name, context, language))
    return Scenario(name, title, changed, before, after, said)


def _title(rows: pd.DataFrame, context: Mapping, language: str) -> str:
    quantity = capital(per_words(rows.iloc[0]["outcome"], 100, context, language))
    return f"{quantity}: {basis_words(AS_OBSERVED, context, language)}" if context.get("adjust") else quantity


def _keys(rows: pd.DataFrame, context: Mapping, language: str, *, alike: bool) -> list[str]:
    """What the words under the panels are of, and that axes differ."""
    exposure, contrast = context.get("exposure") or "", rows[rows["measure"].isin(DIFFERENCES)].iloc[0]
    names = {"level": farthest(rows), "reference": contrast["reference"]}
    words = {name: label(code, language, exposure) for name, code in names.items()}
    words |= {
        "additional": additional_words(rows["outcome"].iloc[0], context, language),
        "per": yearly_words(context, language),
        "start": start_words(rows, context, language),
    }
    said = [phrase("scenario_key", language, **words).strip()]
    return said if alike else [*said, phrase("axes_differ", language)]


def _label_words(rows: pd.DataFrame, context: Mapping, language: str) -> dict[str, str]:
    exposure = context.get("exposure") or ""
    levels = rows.loc[rows["measure"].isin(QUANTITIES) & (rows["level"] != EVERYBODY), "level"].drop_duplicates()
    return {level: wrap(capital(label(level, language, exposure)), LABELS) for level in levels}


def _high(text: str) -> float:
    return LEADING * (text.count("\n") + 1) + 1


def _above(line: Sequence[Scenario]) -> float:
    return LEADING * max(_lines(one.title) + _lines(one.changed) for one in line) + 8


def _lines(text: str) -> int:
    return text.count("\n") + 1 if text else 0


def _words_high(line: Sequence[Scenario]) -> float:
    return LEADING * max(sum(text.count("\n") + 1 for text in one.said) for one in line)


def _draw(
    panel: Axes,
    one: Scenario,
    labels: Mapping[str, str],
    styles: Mapping[str | None, LevelStyle],
    reach: float,
    language: str,
) -> None:
    """Lines with their ends in points across, numbers upwards, and the levels in words left of the first end."""
    box, (across, upwards) = panel.get_position(), panel.figure.get_size_inches()
    wide, high = box.width * across * 72, box.height * upwards * 72
    reach *= 1.04
    room = max(map(text_width, labels.values())) + LEADER + DODGE * len(labels) / 2 + 4
    panel.set_xlim(0, wide)
    panel.set_ylim(0, reach)
    levels = [level for level in labels if np.isfinite(one.before["estimate"].get(level, np.nan))]
    targets = [high * (1 - one.before.loc[level, "estimate"] / reach) for level in levels]
    stands = dict(zip(levels, spread(targets, [_high(labels[level]) for level in levels], high), strict=True))
    edge = wide - DODGE * len(labels) / 2
    for number, level in enumerate(labels):
        shift = DODGE * (number - (len(labels) - 1) / 2)
        ends = [room + shift, edge + shift - DODGE]
        color, marker = styles[level]
        values = [frame["estimate"].get(level, np.nan) for frame in (one.before, one.after)]
        for frame, x in zip((one.before, one.after), ends, strict=True):
            if level in frame.index:
                limits = frame.loc[level, ["conf_low", "conf_high"]].astype(float)
                panel.plot([x, x], limits, color=color, linewidth=0.9, solid_capstyle="butt", gid="interval")
        look = {"marker": marker, "markersize": 4.2, "markeredgecolor": INK, "markeredgewidth": 0.4}
        panel.plot(ends, values, color=color, linewidth=1.3, zorder=3, gid="slope", **look)
        if level in stands:
            at = reach * (1 - stands[level] / high)
            panel.plot([room - DODGE * len(labels) / 2 - LEADER + 1, ends[0]], [at, values[0]], zorder=0, gid="leader")
            panel.lines[-1].set(color=FAINT, linewidth=0.6)
            right = room - DODGE * len(labels) / 2 - LEADER
            panel.text(right, at, labels[level], ha="right", va="center", gid="level")
    panel.set_xticks([room, edge - DODGE], [phrase(name, language) for name in ("as_observed", "under_scenario")])
    for tick in panel.get_xticklabels():
        tick.set_ha("right")
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_words(value, language)))
