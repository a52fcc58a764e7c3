"""What an unmeasured common cause of several stages would make of each stage's contribution, by its strength."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.ticker import FuncFormatter, MaxNLocator

from rehab_stats.report.appearance import FAINT, INK, LEADING, MARKERS, LevelStyle, text_width, themed, wrap
from rehab_stats.report.captions import notes
from rehab_stats.report.chart_lines import rows_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import EDGE, NARROW, draw_note, new_panel, note_height, page, spread, width_of
from rehab_stats.report.pathway_captions import shift_words
from rehab_stats.report.pathway_rows import GAIN, TOTAL, farthest_first, in_print, per_words, with_n
from rehab_stats.report.phrases import capital, model_heading, outcome_words, phrase
from rehab_stats.report.row_chart import tick_words
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import label

STAGES = "YlOrBr"
DARKEST, LIGHTEST = 0.95, 0.45
"""Places on the scale of colours, first stage to last: none of a level's colours, and told apart by lightness."""
MOST_BESIDE = 2
HIGH = 140.0
LABELS = 84.0
TICKS, LEADER, DODGE = 26.0, 14.0, 2.5
BETWEEN, AIR, BELOW = 16.0, 10.0, 16.0


@dataclass(frozen=True)
class Lines:
    """A panel: its heading and, by stage and for the total, the rows over the strength of the cause."""

    heading: str
    by_stage: Mapping[str, pd.DataFrame]


def plot_unmeasured(
    estimates: Estimates,
    *,
    level: str | None = None,
    language: str = "en",
    note: str = "",
    width: str = "double",
    ax: Axes | None = None,
) -> Axes:
    """A line per stage over the strength of an unmeasured cause of all stages: how its contribution would change.

    Parameters
    ----------
    estimates : Estimates
        Rows of `contribution`, outcome = the stage or `total`, `at` = the strength of the cause (log odds per standard
        deviation; 0: none), `stratum` = `shift=<by how much more of it at the top>`; one call of `unmeasured_cause`, or
        several stacked.
    level : str, optional
        The level that is held against the reference; by default the one farthest from it.
    language, note
        As in `figures.plot_forest`.
    width : {"double", "single"}
        180 mm with two panels side by side, or 88 mm with one below the other.
    ax : Axes, optional
        Its place is divided among the panels; the default is a new figure of that width.

    Returns
    -------
    Axes
        The panel of the first stratum (the others are the next of the figure), all with one scale and a line at 0. The
        words of a stage stand at the end of its line, the total is thick and black. 95 % intervals where there are any.
        A hidden number is not drawn.

    Raises
    ------
    ValueError
        No contribution at a strength; a level that is not there; several models, or two rows for a stage and a
        strength: select one.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    context = safe.context
    rows = _rows(rows_of(safe), level)
    under = " ".join(notes(safe, note, language))
    with themed():
        wide = width_of(ax, width)
        strata = list(rows["stratum"].drop_duplicates())
        across = 1 if wide < NARROW else min(MOST_BESIDE, len(strata))
        each = (wide - 2 * EDGE - BETWEEN * (across - 1)) / across
        shown = [_lines(rows, stratum, context, each, language) for stratum in strata]
        styles = _styles(rows)
        names = {stage: wrap(_stage(stage, context, language), LABELS, bold=stage == TOTAL) for stage in styles}
        title = wrap(_title(rows, context, language), wide - 2 * EDGE, bold=True)
        axis = wrap(phrase("unmeasured_axis", language), wide - 2 * EDGE)
        high = max(HIGH, sum(LEADING * (text.count("\n") + 1) + 1 for text in names.values()) + 8)
        above = [LEADING * max(_count(one.heading) for one in line) + 4 for line in _in_lines(shown, across)]
        begin = LEADING * _count(title) + 6
        last = begin + sum(above) + (high + BELOW + AIR) * len(above) - AIR
        frame = page(ax, wide, last + LEADING * _count(axis) + 4 + note_height(under, wide))
        frame.text(EDGE, 0, title, va="top", weight="bold", gid="title")
        limits, panels, top = _limits(rows), [], begin
        for line, over in zip(_in_lines(shown, across), above, strict=True):
            for place, one in enumerate(line):
                x = EDGE + place * (each + BETWEEN)
                if one.heading:
                    frame.text(x, top, one.heading, va="top", weight="bold", gid="heading")
                here = new_panel(frame, x + TICKS, top + over, each - TICKS, high)
                _draw(here, one, names, styles, limits, language)
                panels.append(here)
            top += over + high + BELOW + AIR
        frame.text(wide / 2, last + 2, axis, ha="center", va="top", gid="axis words")
        draw_note(frame, under)
    return panels[0]


def _rows(rows: pd.DataFrame, level: str | None) -> pd.DataFrame:
    """The contributions of one level, in printed numbers."""
    rows = rows[(rows["measure"] == GAIN) & rows["at"].notna()]
    if rows.empty:
        raise ValueError("there is no contribution at a strength of an unmeasured cause: unmeasured_cause() gives them")
    levels = list(rows["level"].drop_duplicates())
    if level is not None and level not in levels:
        raise ValueError(f"level must be one of {', '.join(levels)}; got {level!r}")
    reference = rows.iloc[0]["reference"]
    chosen = farthest_first([reference, *levels], levels, reference)[0] if level is None else level
    rows = rows[rows["level"] == chosen]
    models = list(rows["model"].drop_duplicates())
    if len(models) > 1:
        raise ValueError(f"there are several models ({', '.join(map(str, models))}): select one")
    twice = rows[rows.duplicated(["stratum", "outcome", "at"], keep=False)]
    if not twice.empty:
        first = twice.iloc[0]
        raise ValueError(f"there are several contributions of {first['outcome']} at {first['at']:g}: select one")
    return in_print(rows)


def _lines(rows: pd.DataFrame, stratum: str | None, context: Mapping, room: float, language: str) -> Lines:
    mine = rows[rows["stratum"].isna() if stratum is None else rows["stratum"] == stratum].sort_values("at")
    heading = "" if stratum is None else shift_words(stratum, context, language)
    return Lines(wrap(heading, room, bold=True), {stage: part for stage, part in mine.groupby("outcome", sort=False)})


def _styles(rows: pd.DataFrame) -> dict[str, LevelStyle]:
    """Colour and marker of each stage, and of the total."""
    stages = [stage for stage in rows["outcome"].drop_duplicates() if stage != TOTAL]
    places = np.linspace(DARKEST, LIGHTEST, len(stages)) if len(stages) > 1 else [DARKEST]
    styles = {
        stage: LevelStyle(to_hex(colormaps[STAGES](place)), MARKERS[number % len(MARKERS)])
        for number, (stage, place) in enumerate(zip(stages, places, strict=True))
    }
    return styles | ({TOTAL: LevelStyle(INK, "o")} if (rows["outcome"] == TOTAL).any() else {})


def _stage(stage: str, context: Mapping, language: str) -> str:
    return phrase("gap", language) if stage == TOTAL else capital(outcome_words(stage, context, language))


def _title(rows: pd.DataFrame, context: Mapping, language: str) -> str:
    """Of what the contributions are, and of whom."""
    first, exposure = rows.iloc[0], context.get("exposure") or ""
    stages = [stage for stage in rows["outcome"].drop_duplicates() if stage != TOTAL]
    level, reference = (
        with_n(label(first[name], language, exposure), first.get(n, np.nan), language)
        for name, n in (("level", "n"), ("reference", "n_reference"))
    )
    contrast = phrase("contrast_of", language, level=capital(level), reference=reference)
    quantity = per_words(stages[-1], first["per"], context, language)
    words = phrase("unmeasured_title", language, contrast=contrast, quantity=quantity)
    model = model_heading(first["model"], context, language)
    return f"{words}. {model}" if model else words


def _count(text: str) -> int:
    return text.count("\n") + 1 if text else 0


def _in_lines(shown: Sequence[Lines], across: int) -> list[Sequence[Lines]]:
    return [shown[at : at + across] for at in range(0, len(shown), across)]


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    ends = rows[["estimate", "conf_low", "conf_high"]].to_numpy(dtype=float).ravel()
    ends = np.append(ends[np.isfinite(ends)], 0.0)
    pad = 0.05 * np.ptp(ends) or 1.0
    return ends.min() - pad, ends.max() + pad


def _draw(
    panel: Axes,
    one: Lines,
    names: Mapping[str, str],
    styles: Mapping[str, LevelStyle],
    limits: tuple[float, float],
    language: str,
) -> None:
    box, (across, upwards) = panel.get_position(), panel.figure.get_size_inches()
    wide, high = box.width * across * 72, box.height * upwards * 72
    strengths = sorted({at for part in one.by_stage.values() for at in part["at"]})
    room = wide - LEADER - max(text_width(text, bold=stage == TOTAL) for stage, text in names.items())
    per_point = (np.ptp(strengths) or 1.0) / (room - 2 * DODGE * len(names))
    begin = min(strengths) - DODGE * len(names) * per_point
    panel.set_xlim(begin, begin + wide * per_point)
    panel.set_ylim(*limits)
    end = begin + room * per_point
    panel.plot([begin, end], [0, 0], color=INK, linewidth=0.6, zorder=1, gid="null")
    dodge = DODGE if any(part["conf_low"].notna().any() for part in one.by_stage.values()) else 0.0
    lasts: dict[str, tuple[float, float]] = {}
    for number, (stage, part) in enumerate(one.by_stage.items()):
        color, marker = styles[stage]
        shift = dodge * (number - (len(names) - 1) / 2) * per_point
        for row in part.itertuples():
            if np.isfinite(row.conf_low) and np.isfinite(row.conf_high):
                ends = [row.conf_low, row.conf_high]
                panel.plot(
                    [row.at + shift] * 2, ends, color=color, linewidth=0.7, solid_capstyle="butt", gid="interval"
                )
        thick = {"linewidth": 2.0, "markersize": 0} if stage == TOTAL else {"linewidth": 1.2, "markersize": 4}
        panel.plot(
            part["at"] + shift,
            part["estimate"],
            color=color,
            marker=marker,
            markeredgecolor=INK,
            markeredgewidth=0.3,
            zorder=3,
            gid="line",
            **thick,
        )
        seen = part[part["estimate"].notna()]
        if len(seen):
            lasts[stage] = (seen.iloc[-1]["at"] + shift + 4 * per_point, seen.iloc[-1]["estimate"])
    heights = [LEADING * _count(names[stage]) + 1 for stage in lasts]
    targets = [high * (limits[1] - value) / np.ptp(limits) for _, value in lasts.values()]
    stands = spread(targets, heights, high)
    for (stage, (last, value)), place in zip(lasts.items(), stands, strict=True):
        y = limits[1] - place * np.ptp(limits) / high
        x = [last, end + (LEADER - 2) * per_point]
        panel.plot(x, [value, y], color=FAINT, linewidth=0.6, zorder=0, gid="leader")
        weight = "bold" if stage == TOTAL else "normal"
        panel.text(x[1] + 2 * per_point, y, names[stage], va="center", weight=weight, gid="stage")
    panel.set_xticks(strengths, [tick_words(strength, language) for strength in strengths])
    panel.spines["bottom"].set_bounds(begin, end)
    panel.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_words(value, language)))
