"""The ladder as one forest: the same difference in change under each handling of what is missing, level by level."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from rehab_stats.effect_wording import CHANGE
from rehab_stats.estimate.change.ladder import RUNGS
from rehab_stats.measures import estimate_text
from rehab_stats.report.appearance import LevelStyle
from rehab_stats.report.captions import notes
from rehab_stats.report.change_counts import DEPARTED
from rehab_stats.report.chart_lines import counts_text, draw_lines, rows_of, styles_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import NARROW, width_of
from rehab_stats.report.phrases import capital, model_heading, outcome_words, phrase
from rehab_stats.report.row_chart import Axis, Line, tick_words
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import stratum_label
from rehab_stats.words import label

LABELS = 178.0
"""Points for the words of a rung."""
MEASURES = ("mean_difference", "mean")
HANDLING = "handling="
NAIVE = f"{HANDLING}complete_cases"
"""The rung that is of another population than the others."""
APART = frozenset(DEPARTED)
SAME_ASSUMPTION = {f"{HANDLING}mixed_model", f"{HANDLING}imputation"}


def plot_ladder(
    estimates: Estimates,
    *,
    measure: str = "mean_difference",
    mid: float | None = None,
    language: str = "en",
    note: str = "",
    width: str = "double",
    ax: Axes | None = None,
) -> Axes:
    """One group of rows per level, one row per handling of missing scores: what becomes of the difference in change.

    Parameters
    ----------
    estimates : Estimates
        The rows of `change_ladder` for one model: strata `handling=<rung>`; rows of other measures are left aside.
    measure : {"mean_difference", "mean"}
        Differences from the reference level, or the mean change of every level itself.
    mid : float, optional
        Smallest important difference in points: shaded on both sides of 0. Default: that of the context, if any.
    language, note
        As in `figures.plot_forest`.
    width : {"double", "single"}
        180 mm, or 88 mm without the columns of numbers (`ladder_table` has them).
    ax : Axes, optional
        Where to draw; the default is a new figure of that width.

    Returns
    -------
    Axes
        A linear axis in the unit of the scale, a line at 0. Complete cases, who are not the population of the others,
        have an open marker; rungs that depart from missing at random stand under a thin line. At the right the estimate
        (95 % CI) and n (with both scores); a dash is a hidden number.

    Raises
    ------
    ValueError
        An unknown measure; no row of it on a rung; several models, or two rows for a level and a rung: select one.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure must be one of {', '.join(MEASURES)}; got {measure!r}")
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    narrow = width_of(ax, width) < NARROW
    safe = protect(estimates)
    rows, context = rows_of(safe), safe.context
    styles = styles_of(rows)
    rows = in_order(rows, measure)
    mid = context.get("mid") if mid is None else mid
    lines: list[Line] = []
    for level, group in rows.groupby("level", sort=False):
        lines.append(Line(_heading(group.iloc[0], context, language), kind="heading"))
        lines += _rungs(group, styles[level], context, language, narrow=narrow)
    words = "mean_change_ci" if measure == "mean" else "mean_difference_ci"
    headings = () if narrow else (phrase(words, language), phrase("n_both", language))
    axis = Axis(
        _axis_words(rows.iloc[0], context, language),
        null=0.0,
        language=language,
        narrow=narrow,
        label_width=LABELS,
        band=mid,
    )
    keys = ladder_keys(rows, context, mid, language)
    return draw_lines(lines, axis, headings, " ".join([*keys, *notes(safe, note, language)]), ax)


def in_order(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The rows of a measure on the rungs, levels as they come, rungs from the naive one to the departures.

    Raises ValueError when there are none, several models or outcomes, or two rows for a level and a rung.
    """
    rows = rows[(rows["measure"] == measure) & rows["level"].notna() & (rows["outcome"] == CHANGE)]
    rows = rows[rows["stratum"].str.startswith(HANDLING, na=False)]
    if rows.empty:
        raise ValueError(f"a ladder needs rows of {measure} with strata {HANDLING}<rung>: change_ladder() gives them")
    if rows["model"].nunique(dropna=False) > 1:
        raise ValueError(f"there are several models ({', '.join(map(str, rows['model'].unique()))}): select one")
    twice = rows[rows.duplicated(["level", "stratum"])]
    if not twice.empty:
        raise ValueError(f"there are several rows for {twice.iloc[0]['level']}, {twice.iloc[0]['stratum']}: select one")
    known = [f"{HANDLING}{rung}" for rung in RUNGS]
    others = [rung for rung in rows["stratum"].unique() if rung not in known]
    place = {rung: number for number, rung in enumerate([*known, *others])}
    levels = {level: number for number, level in enumerate(rows["level"].unique())}
    order = rows["level"].map(levels) * len(place) + rows["stratum"].map(place)
    return rows.loc[order.sort_values(kind="stable").index]


def ladder_keys(rows: pd.DataFrame, context: Mapping, mid: float | None, language: str) -> list[str]:
    """What marks, bands and lines mean, and that two rungs share their assumption."""
    there = set(rows["stratum"])
    model = model_heading(rows.iloc[0]["model"], context, language)
    said = [f"{model}."] if model else []
    said += [phrase("band_key", language, mid=tick_words(mid, language))] if mid else []
    said += [phrase("open_key", language)] if NAIVE in there and len(there) > 1 else []
    said += [phrase("divide_key", language)] if there & APART and there - APART else []
    said += [phrase("delta_key", language, delta=_delta(context, language))] if context.get("delta") else []
    return said + ([phrase("same_assumption", language)] if there >= SAME_ASSUMPTION else [])


def _delta(context: Mapping, language: str) -> str:
    """The delta that the rungs move by: one number, or one by level."""
    delta, exposure = context["delta"], context.get("exposure") or ""
    if not isinstance(delta, Mapping):
        return tick_words(delta, language)
    return ", ".join(
        f"{label(level, language, exposure)} {tick_words(value, language)}" for level, value in delta.items()
    )


def _heading(row: pd.Series, context: Mapping, language: str) -> str:
    exposure = context.get("exposure") or ""
    level = capital(label(row["level"], language, exposure))
    if row["measure"] == "mean":
        return level
    return phrase("contrast_of", language, level=level, reference=label(row["reference"], language, exposure))


def _rungs(group: pd.DataFrame, style: LevelStyle, context: Mapping, language: str, *, narrow: bool) -> list[Line]:
    """A line for each rung of a level, the departures under a thin rule."""
    lines: list[Line] = []
    for _, row in group.iterrows():
        apart = row["stratum"] in APART
        if apart and lines and not any(line.kind == "divide" for line in lines):
            lines.append(Line("", kind="divide"))
        cells = () if narrow else (estimate_text(row, language), counts_text(row, language))
        lines.append(
            Line(
                capital(stratum_label(row["stratum"], context, language)),
                estimate=row["estimate"],
                low=row["conf_low"],
                high=row["conf_high"],
                color=style.color,
                marker=style.marker,
                open=row["stratum"] == NAIVE,
                cells=cells,
            )
        )
    return lines


def _axis_words(row: pd.Series, context: Mapping, language: str) -> str:
    outcome = capital(outcome_words(row["outcome"], context, language))
    if row["measure"] == "mean":
        return phrase("ladder_axis_mean", language, outcome=outcome)
    reference = label(row["reference"], language, context.get("exposure") or "")
    return phrase("ladder_axis", language, outcome=outcome, reference=reference)
