"""Funnels: each municipality at its size and share, between the limits that chance allows; no ranks.

Labels stand beside their points, on the first side where they touch nothing; everything is placed in points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from rehab_stats.report.appearance import INK, LEADING, SOFT, text_width, themed, wrap
from rehab_stats.report.captions import notes
from rehab_stats.report.disclosure import protect
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import NARROW, draw_note, heading, new_panel, note_height, page, spread, width_of
from rehab_stats.report.phrases import capital, outcome_words, phrase, stratum_words
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import format_number, label

PANEL = {True: 150.0, False: 200.0}
"""Points that a panel is high, in narrow figures and others."""
STACKED = 110.0
"""The same of panels below each other."""
ABOVE, BELOW, LEFT, GAP = 8.0, 32.0, 46.0, 24.0
INSIDE_COLOR, OUTSIDE_COLOR = "#31688e", "#b5460f"
"""Blue and vermilion: told apart by colour-blind readers; the marker says it too."""
DASHES = ("--", ":", "-.")
MARK = 4.5
HIGHEST = 102.0


def plot_funnel(
    estimates: Estimates,
    *,
    limits: Estimates | None = None,
    language: str = "en",
    note: str = "",
    width: str = "double",
    ax: Axes | None = None,
) -> Axes:
    """Each unit at (n, share) with its interval, and the lines between which chance alone would leave it.

    Parameters
    ----------
    estimates : Estimates
        Of `funnel`: `indicator_share` by unit with details `centre` and `position`. Each stratum (such as a period)
        has a panel, beside the one before it, in narrow figures below it.
    limits : Estimates, optional
        Of `funnel_lines`: `control_limits` over a grid of sizes. They are not drawn where the centre is hidden.
    language, note, width, ax
        As in `plot_rootogram`.

    Returns
    -------
    Axes
        The first panel (others are the next of the figure). Percent against referrals counted. Who lies outside the
        limits has another colour and marker. Units with a hidden share are not drawn, nor is a panel without units, and
        the note says that something is hidden.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows = safe.tidy().join(safe.details().reindex(columns=["centre", "position"]))
    shown = rows["level"].notna() & rows["estimate"].notna() & rows["n"].notna()
    if not shown.any():
        return plot_reason(safe, language=language, note=note, ax=ax, reasons=notes(safe, "", language))
    funnels = [mine for _, mine in rows.groupby("stratum", dropna=False, sort=False) if shown[mine.index].any()]
    outside = rows.loc[shown, "position"].dropna().astype(str).ne("inside")
    under = " ".join([*([phrase("outside_key", language)] if outside.any() else []), *notes(safe, note, language)])
    first = rows.iloc[0]
    what = capital(outcome_words(first["outcome"], safe.context, language, timed=True, at=first["at"]))
    lowest = max(0.0, 100 * float(rows.loc[shown, "conf_low"].min()) - 6)
    with themed():
        wide = width_of(ax, width)
        narrow, several = wide < NARROW, len(funnels) > 1
        across = 1 if narrow else len(funnels)
        high = STACKED if narrow and several else PANEL[narrow]
        above = ABOVE + (LEADING if several else 0)
        right = 8 + max([36.0, *(text_width(words) for mine in funnels for _, words in _centre(safe, mine, language))])
        room = (wide - LEFT - right * across - GAP * (across - 1)) / across
        rises = -(-len(funnels) // across)
        frame = page(ax, wide, rises * (above + high + BELOW) + note_height(under, wide))
        panels = []
        for place, mine in enumerate(funnels):
            x, y = LEFT + (place % across) * (room + right + GAP), above + (place // across) * (above + high + BELOW)
            panel = new_panel(frame, x, y, room, high)
            panel.set_ylim(lowest, HIGHEST)
            about = {"centre": _centre(safe, mine, language), "lines": _lines(limits, mine), "size": (room, high)}
            _draw_funnel(panel, mine[shown[mine.index]], context=safe.context, language=language, **about)
            if several:
                heading(panel, stratum_words(mine["stratum"].iloc[0], safe.context, language))
            if x == LEFT:
                panel.set_ylabel(wrap(phrase("share_y", language, what=what), high), labelpad=3)
            panels.append(panel)
        draw_note(frame, under)
    return panels[0]


def _draw_funnel(
    panel: Axes,
    units: pd.DataFrame,
    *,
    centre: list[tuple[float, str]],
    lines: pd.DataFrame,
    size: tuple[float, float],
    context: Mapping,
    language: str,
) -> None:
    """The units of one stratum, the lines around their centre, and the words of all; nothing of a hidden centre."""
    _draw_units(panel, units)
    widest = float(units["n"].max()) * 1.12
    panel.set_xlim(0, widest)
    ends = list(centre)
    if centre:
        ends += _draw_limits(panel, lines[lines["at"].le(widest)], language)
        panel.axhline(centre[0][0], color=SOFT, linewidth=0.8, gid="centre")
        _label_ends(panel, ends, panel.get_ylim()[0], size[1])
    _label_units(panel, units, context, size, language)
    panel.set_xlabel(phrase("funnel_x", language), labelpad=3)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value, 0, language)))


def _held_to(safe: Estimates, rows: pd.DataFrame) -> bool:
    """Whether the centre is a criterion and not the share of all."""
    whole = rows.loc[rows["level"].isna(), ["estimate", "centre"]].dropna()
    return "all" not in safe.method if whole.empty else bool((whole["estimate"] - whole["centre"]).abs().max() > 1e-9)


def _centre(safe: Estimates, rows: pd.DataFrame, language: str) -> list[tuple[float, str]]:
    """Where the line of the centre is, in percent, and what it is; empty where it is hidden."""
    known = rows["centre"].dropna()
    if known.empty:
        return []
    whose, value = "centre_target" if _held_to(safe, rows) else "centre_all", 100 * float(known.iloc[0])
    return [(value, f"{phrase(whose, language)} {format_number(value, 0, language)} %")]


def _lines(limits: Estimates | None, rows: pd.DataFrame) -> pd.DataFrame:
    """The control limits of the stratum of these rows."""
    if limits is None:
        return pd.DataFrame({"level": [], "at": []})
    lines, stratum = limits.select(measure="control_limits").tidy(), rows["stratum"].iloc[0]
    return lines[lines["stratum"].isna() if pd.isna(stratum) else lines["stratum"].eq(stratum).fillna(False)]


def _draw_units(panel: Axes, units: pd.DataFrame) -> None:
    outside = units["position"].notna() & units["position"].astype(str).ne("inside")
    looks = ((~outside, INSIDE_COLOR, "o", "inside"), (outside, OUTSIDE_COLOR, "D", "outside"))
    for those, color, marker, name in looks:
        mine = units[those]
        shares = 100 * mine["estimate"]
        reach = [shares - 100 * mine["conf_low"], 100 * mine["conf_high"] - shares]
        panel.errorbar(
            mine["n"], shares, yerr=np.array(reach), fmt=marker, color=color, markersize=MARK, elinewidth=0.6,
            capsize=0, zorder=3,
        ).lines[0].set_gid(f"units {name}")  # fmt: skip


def _draw_limits(panel: Axes, lines: pd.DataFrame, language: str) -> list[tuple[float, str]]:
    """The lines of each level; where each ends at the right, and its words."""
    ends = []
    for place, (level, mine) in enumerate(lines.groupby("level", sort=False)):
        look = {"color": SOFT, "linewidth": 0.8, "linestyle": DASHES[place % len(DASHES)]}
        for end in ("conf_low", "conf_high"):
            panel.plot(mine["at"], 100 * mine[end], gid=f"limit {level} {end}", **look)
            digits = 0 if float(level) * 100 % 1 < 1e-9 else 1
            ends.append((100 * float(mine[end].iloc[-1]), f"{format_number(100 * float(level), digits, language)} %"))
    return ends


def _label_ends(panel: Axes, ends: Sequence[tuple[float, str]], low: float, high: float) -> None:
    """Words at the right end of each line, moved apart where they would touch."""
    steps = (HIGHEST - low) / high
    middles = spread([(HIGHEST - value) / steps for value, _ in ends], [LEADING] * len(ends), high)
    for middle, (_, words) in zip(middles, ends, strict=True):
        panel.annotate(
            words, (1, 1 - middle / high), (3, 0), xycoords="axes fraction", textcoords="offset points", va="center",
            color=SOFT, gid="line words",
        )  # fmt: skip


def _label_units(panel: Axes, units: pd.DataFrame, context: dict, size: tuple[float, float], language: str) -> None:
    """The name of each unit on the first side of its point where it touches no point and no other name."""
    (left, right), (low, top) = panel.get_xlim(), panel.get_ylim()
    x = (units["n"].to_numpy() - left) / (right - left) * size[0]
    y = (100 * units["estimate"].to_numpy() - low) / (top - low) * size[1]
    taken = [(a - MARK, b - MARK, a + MARK, b + MARK) for a, b in zip(x, y, strict=True)]
    for a, b, level in zip(x, y, units["level"], strict=True):
        words = label(level, language, context.get("exposure") or "municipality")
        wide, high = text_width(words), LEADING
        sides = [(MARK, -high / 2), (-MARK - wide, -high / 2), (MARK, high / 3), (MARK, -high * 1.3)]
        sides += [(-MARK - wide, high / 3), (-MARK - wide, -high * 1.3)]
        boxes = [(a + dx, b + dy, a + dx + wide, b + dy + high) for dx, dy in sides]
        box = next((box for box in boxes if not any(_touch(box, other) for other in taken)), boxes[0])
        taken.append(box)
        panel.annotate(
            words, (a / size[0], b / size[1]), (box[0] - a, (box[1] + box[3]) / 2 - b), xycoords="axes fraction",
            textcoords="offset points", va="center", ha="left", color=INK, zorder=4, gid="unit",
        )  # fmt: skip


def _touch(one: tuple, other: tuple) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
