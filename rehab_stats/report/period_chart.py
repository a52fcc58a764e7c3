"""Charts over periods: p-charts between control limits, run charts about the median, and before and after a measure."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from rehab_stats.calendar import place_in_periods
from rehab_stats.measures import estimate_text
from rehab_stats.report.appearance import INK, LEADING, SIZE, SOFT, themed, wrap
from rehab_stats.report.captions import notes
from rehab_stats.report.disclosure import anything_hidden, protect
from rehab_stats.report.funnel_chart import INSIDE_COLOR, OUTSIDE_COLOR
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import draw_note, new_panel, note_height, page, width_of
from rehab_stats.report.phrases import capital, outcome_words, phrase
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import format_number, label

PANEL, NARROW = 150.0, 320.0
ABOVE, LEFT, RIGHT = 8.0, 46.0, 74.0
TICKS, NUMBERS = 26.0, 12.0
"""Points for the names of periods, and for the row of numbers under them."""
SHIFTED = 0.5
MEASURED = ("referrals_received", "count", "mean")
"""What a run chart may be of."""
BAND = 0.12


@dataclass(frozen=True)
class Places:
    """The panel of a chart and the codes of its periods, in order from 0."""

    frame: Axes
    panel: Axes
    periods: list[str]


def plot_p_chart(
    estimates: Estimates, *, language: str = "en", note: str = "", width: str = "double", ax: Axes | None = None
) -> Axes:
    """Shares by period with the line and the control limits for each period's number; points outside set off.

    Parameters
    ----------
    estimates : Estimates
        Of `p_chart`: `indicator_share` by period, details `centre`, `low_0.9973`, `high_0.9973`, `position`.
    language, note, width, ax
        As in `plot_rootogram`.

    Returns
    -------
    Axes
        Percent by period; under each the number counted. A hidden period is a gap. What the rules say of the whole
        chart stands under it.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows = _periods(safe)
    if rows["estimate"].isna().all():
        return plot_reason(safe, language=language, note=note, ax=ax, reasons=notes(safe, "", language))
    under = " ".join(filter(None, [signal_words(safe, language), *notes(safe, note, language)]))
    with themed():
        places = _laid_out(rows, under, width, ax, language, numbers=True)
        x, panel = np.arange(len(rows)), places.panel
        for end in ("low_0.9973", "high_0.9973"):
            limit = 100 * rows[end].astype(float)
            panel.step(x, limit, where="mid", color=SOFT, linewidth=0.8, linestyle=":", gid=end)
        _draw_points(panel, x, rows, language)
        _draw_line(panel, rows["centre"], 100, "line", language)
        panel.set_ylim(*_reach(rows, ["estimate", "low_0.9973"]))
        panel.set_ylabel(_share_words(safe, rows, language), labelpad=3)
        draw_note(places.frame, under)
    return places.panel


def plot_run_chart(
    estimates: Estimates, *, language: str = "en", note: str = "", width: str = "double", ax: Axes | None = None
) -> Axes:
    """A number by period about its median; parameters as in `plot_p_chart`, `estimates` of `run_chart`."""
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    rows = _periods(safe)
    if rows["estimate"].isna().all():
        return plot_reason(safe, language=language, note=note, ax=ax, reasons=notes(safe, "", language))
    under = " ".join(filter(None, [signal_words(safe, language), *notes(safe, note, language)]))
    with themed():
        places = _laid_out(rows, under, width, ax, language, numbers=False)
        panel = places.panel
        panel.plot(
            np.arange(len(rows)),
            rows["estimate"].astype(float),
            color=INSIDE_COLOR,
            marker="o",
            markersize=4,
            gid="points",
        )
        _draw_line(panel, rows["centre"], 1, "median", language)
        panel.set_ylim(0, float(rows["estimate"].max()) * 1.12 or 1.0)
        what = outcome_words(rows.iloc[0]["outcome"], safe.context, language)
        panel.set_ylabel(phrase("number_axis", language, what=what), labelpad=3)
        draw_note(places.frame, under)
    return places.panel


def plot_before_after(
    change: Estimates,
    periods: Estimates,
    *,
    started_on: str,
    language: str = "en",
    note: str = "",
    width: str = "double",
    ax: Axes | None = None,
) -> Axes:
    """An interrupted series: shares by period with intervals, the day a measure began, the mean level on either side.

    Parameters
    ----------
    change : Estimates
        Of `before_after`: `indicator_share` of `before` and `after`, and their `share_difference`.
    periods : Estimates
        Of `p_chart` or `indicator_share` by period, of the same referrals.
    started_on : str
        The day, YYYY-MM-DD.
    language, note, width, ax
        As in `plot_rootogram`.

    Returns
    -------
    Axes
        The levels are lines with bands; at the right the difference in percentage points with its interval.
    """
    for estimates in (change, periods):
        if nothing_estimated(estimates):
            return plot_reason(estimates, language=language, note=note, ax=ax)
    safe, series = protect(change), protect(periods)
    rows, levels = _periods(series), safe.tidy()
    under = " ".join(notes(series if anything_hidden(series) else safe, note, language))
    with themed():
        places = _laid_out(rows, under, width, ax, language, numbers=True, above=ABOVE + LEADING)
        panel, x = places.panel, np.arange(len(rows))
        shares = 100 * rows["estimate"].astype(float)
        reach = np.array(
            [shares - 100 * rows["conf_low"].astype(float), 100 * rows["conf_high"].astype(float) - shares]
        )
        drawn = panel.errorbar(x, shares, yerr=reach, fmt="o", color=INSIDE_COLOR, markersize=3.5, elinewidth=0.6)
        drawn.lines[0].set_gid("points")
        start = place_in_periods(pd.Timestamp(started_on), places.periods) - SHIFTED
        panel.axvline(start, color=INK, linewidth=0.8, linestyle="--", gid="start")
        for level, ends in (("before", (-SHIFTED, start)), ("after", (start, len(rows) - SHIFTED))):
            _draw_level(panel, levels[levels["level"].eq(level) & levels["measure"].eq("indicator_share")], ends)
        _say_change(panel, levels, started_on, start, language)
        panel.set_ylim(*_reach(rows, ["conf_low", "estimate"]))
        panel.set_ylabel(_share_words(series, rows, language), labelpad=3)
        draw_note(places.frame, under)
    return places.panel


def signal_words(safe: Estimates, language: str) -> str:
    """What the rules say of a chart as a whole."""
    signal = safe.diagnostics.get("signal")
    return phrase("signal_read", language, signal=label(f"signal={signal}", language)) if signal else ""


def _periods(safe: Estimates) -> pd.DataFrame:
    wanted = ["centre", "low_0.9973", "high_0.9973", "position"]
    rows = safe.tidy().join(safe.details().reindex(columns=wanted))
    return rows[
        rows["level"].notna() & rows["measure"].isin(["indicator_share", "referrals_received", "count", "mean"])
    ]


def _laid_out(
    rows: pd.DataFrame,
    under: str,
    width: str,
    ax: Axes | None,
    language: str,
    *,
    numbers: bool,
    above: float = ABOVE,
) -> Places:
    """An empty panel with periods across, and the numbers counted under them."""
    wide = width_of(ax, width)
    below = TICKS + (NUMBERS if numbers else 0)
    frame = page(ax, wide, above + PANEL + below + note_height(under, wide) + 4)
    panel = new_panel(frame, LEFT, above, wide - LEFT - RIGHT, PANEL)
    codes = list(rows["level"])
    panel.set_xlim(-SHIFTED - 0.1, len(codes) - SHIFTED + 0.1)
    every = max(1, int(np.ceil(len(codes) * (NARROW / wide if wide < NARROW else 1) / 18)))
    shown = [place for place in range(len(codes)) if place % every == 0]
    panel.xaxis.set_major_locator(FixedLocator(shown))
    names = _names(codes, shown, language)
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: names.get(round(value), "")))
    panel.yaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value, 0, language)))
    if numbers:
        counts = rows["n"].astype(float).to_numpy()
        place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "va": "top", "ha": "center"}
        for at in shown:
            words = format_number(counts[at], 0, language) or phrase("hidden", language)
            panel.annotate(words, (at, 0), (0, -TICKS), color=SOFT, fontsize=SIZE - 1, gid="n", **place)
        head = phrase("counted_row", language)
        panel.annotate(
            head, (0, 0), (-10, -TICKS), xycoords="axes fraction", textcoords="offset points", va="top", ha="right",
            color=SOFT, fontsize=SIZE - 1, gid="n head",
        )  # fmt: skip
    return Places(frame, panel, codes)


def _names(codes: list[str], shown: list[int], language: str) -> dict[int, str]:
    """`Q1` with the year under the first period of it that is named; Danish quarters are K1."""
    names, last = {}, ""
    for place in shown:
        year, _, part = codes[place].partition("-")
        words = re.sub(r"^Q", "K", part) if language == "da" else part
        names[place] = f"{words}\n{year if year != last else chr(32)}"  # all of two lines, so that they stand on one
        last = year
    return names


def _draw_points(panel: Axes, x: np.ndarray, rows: pd.DataFrame, language: str) -> None:
    shares = 100 * rows["estimate"].astype(float).to_numpy()
    panel.plot(x, shares, color=INSIDE_COLOR, linewidth=0.9, marker="o", markersize=4, gid="points")
    outside = rows["position"].notna() & rows["position"].astype(str).ne("inside")
    here = outside.to_numpy()
    panel.plot(x[here], shares[here], color=OUTSIDE_COLOR, marker="D", markersize=6, linestyle="none", gid="outside")


def _draw_line(panel: Axes, centre: pd.Series, scale: float, name: str, language: str) -> None:
    known = centre.dropna()
    if known.empty:
        return
    value = scale * float(known.iloc[0])
    panel.axhline(value, color=SOFT, linewidth=0.8, gid="centre")
    words = f"{phrase(name, language)} {format_number(value, 0, language)}{' %' if scale == 100 else ''}"
    panel.annotate(
        words, (1, value), (3, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
        color=SOFT, gid="line words",
    )  # fmt: skip


def _draw_level(panel: Axes, level: pd.DataFrame, ends: tuple[float, float]) -> None:
    known = level.dropna(subset="estimate")
    if known.empty:
        return
    row = known.iloc[0]
    panel.plot(ends, [100 * row["estimate"]] * 2, color=OUTSIDE_COLOR, linewidth=1.4, gid=f"level {row['level']}")
    panel.fill_between(
        ends, 100 * row["conf_low"], 100 * row["conf_high"], color=OUTSIDE_COLOR, alpha=BAND, linewidth=0, gid="band"
    )


def _say_change(panel: Axes, levels: pd.DataFrame, started_on: str, start: float, language: str) -> None:
    """When it began, over the line; at the right the difference."""
    day = f"{pd.Timestamp(started_on):%d.%m.%Y}" if language == "da" else f"{pd.Timestamp(started_on):%Y-%m-%d}"
    panel.annotate(
        phrase("began", language, date=day), (start, 1), (0, 3), xycoords=("data", "axes fraction"),
        textcoords="offset points", va="bottom", ha="left", gid="start words",
    )  # fmt: skip
    found = levels[levels["measure"].eq("share_difference")].dropna(subset="estimate")
    if len(found):
        words = wrap(capital(label("share_difference", language)), RIGHT - 6)
        text = wrap(estimate_text(found.iloc[0], language, unit=True), RIGHT - 6)
        panel.annotate(
            f"{words}:\n{text}", (1, 0.5), (4, 0), xycoords="axes fraction", textcoords="offset points", va="center",
            ha="left", linespacing=LEADING / SIZE, gid="change",
        )  # fmt: skip


def _share_words(safe: Estimates, rows: pd.DataFrame, language: str) -> str:
    first = rows.iloc[0]
    what = capital(outcome_words(first["outcome"], safe.context, language, timed=True, at=first["at"]))
    return wrap(phrase("share_y", language, what=what), PANEL)


def _reach(rows: pd.DataFrame, columns: list[str]) -> tuple[float, float]:
    lowest = 100 * float(rows[columns].astype(float).min(axis=None, skipna=True))
    return (0.0 if np.isnan(lowest) else max(0.0, lowest - 5)), 102.0
