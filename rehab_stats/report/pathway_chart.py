"""At which step the gap arises: from the reference's quantity, step by step, to each level's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rehab_stats.measures import scale_of
from rehab_stats.pathway_wording import ENDS as ENDS_OF_LADDER
from rehab_stats.report.appearance import LEADING, SOFT, LevelStyle, text_width, themed, wrap
from rehab_stats.report.captions import notes
from rehab_stats.report.chart_lines import rows_of, styles_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.not_estimated import nothing_estimated, plot_reason
from rehab_stats.report.panels import (
    EDGE,
    KEY,
    NARROW,
    draw_note,
    key_places,
    keys_height,
    new_panel,
    note_height,
    page,
    width_of,
)
from rehab_stats.report.pathway_rows import (
    ENDS,
    QUANTITY,
    Story,
    farthest_first,
    number_text,
    quantity_words,
    reading_words,
    rows_by_call,
    stories_of,
    with_n,
)
from rehab_stats.report.phrases import capital, heading_words, outcome_words, phrase
from rehab_stats.report.waterfall import (
    GAP_ROW,
    STEP,
    WHOLE,
    Fall,
    Scale,
    draw_swatch,
    draw_waterfall,
    reach_of,
    room_for,
)
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import model_words
from rehab_stats.words import label

ROW = {True: 15.0, False: 12.0}
"""Points for a row of a band that is a figure by itself, and of small ones side by side."""
LABELS = {True: 84.0, False: 116.0}
GAP, BETWEEN, AIR = 8.0, 12.0, 8.0
BELOW, AXIS = 16.0, 4.0
MOST_BESIDE = 3
LEAST_PANEL = 56.0
WITH_NUMBERS, NUMBERS = 120.0, 120.0
"""Points that bars must have left for intervals to be written beside them, and those that an interval takes."""
KEYS = ("step_more", "step_less", "interval_95")


@dataclass(frozen=True)
class Band:
    """Waterfalls side by side that share the words of their rows."""

    stories: tuple[Story, ...]
    heading: str
    """Of the whole band, over the headings of its panels; "" without."""
    titles: tuple[str, ...]
    labels: tuple[str, ...]
    """Of the rows, wrapped."""
    large: bool
    """Whether it is a figure by itself, with room for intervals in numbers, and for shares of the gap."""


@dataclass(frozen=True)
class Block:
    """The bands of one outcome, on one scale."""

    title: str
    axis: str
    bands: tuple[Band, ...]


def plot_pathway(
    estimates: Estimates, *, language: str = "en", note: str = "", width: str = "double", ax: Axes | None = None
) -> Axes:
    """A waterfall per level: what the reference has at the end of the path, what each stage adds, what the level has.

    Parameters
    ----------
    estimates : Estimates
        Rows of `pathway` or `pathway_slope`: `contribution`, `stage_quantity` and, where there are any,
        `share_of_total`; one model, or two that are put side by side. Two calls stacked, of two outcomes, become two
        blocks one under the other.
    language, note
        As in `figures.plot_forest`.
    width : {"double", "single"}
        180 mm: the level farthest from the reference large and first, with intervals in numbers, the others small below
        it; or 88 mm: the levels one under another, intervals drawn and not written.
    ax : Axes, optional
        Its place is divided among the panels; the default is a new figure of that width.

    Returns
    -------
    Axes
        The first waterfall (the others are the next of the figure, all of an outcome on one scale): the bar of the
        reference from nought, a floating bar per stage, to the right where it adds and hatched to the left where it
        takes away, the level's bar, and the gap between them; 95 % intervals of the end of each. Numbers are per as
        many persons at the start as the details say (`per`). Shares of the gap stand only where there are rows of them.
        A dash is a hidden number. The note says who is off the path and, of a measured path, who was measured.

    Raises
    ------
    ValueError
        No contribution, or two for the same model, level and stage (strata): select one; too many models for the width.
    """
    if nothing_estimated(estimates):
        return plot_reason(estimates, language=language, note=note, ax=ax)
    safe = protect(estimates)
    calls = rows_by_call(rows_of(safe))
    context, styles = safe.context, styles_of(pd.concat(calls))
    under = " ".join(notes(safe, note, language))
    with themed():
        wide = width_of(ax, width)
        blocks = [_block(rows, context, wide, language) for rows in calls]
        keys = key_places({code: phrase(code, language) for code in KEYS}, wide)
        left = EDGE + GAP + max(width for block in blocks for band in block.bands for width in _label_widths(band))
        heights = [_height(block) for block in blocks]
        top = keys_height(keys)
        frame = page(ax, wide, top + sum(heights) + AIR * (len(blocks) - 1) + note_height(under, wide))
        for code, (x, y) in keys.items():
            draw_swatch(frame, x, y, code)
            frame.text(x + KEY + 4, y + LEADING / 2, phrase(code, language), va="center", gid="key words")
        panels = []
        for block, high in zip(blocks, heights, strict=True):
            panels += _draw_block(frame, block, styles, left, top, language)
            top += high + AIR
        draw_note(frame, under)
    return panels[0]


def _block(rows: pd.DataFrame, context: Mapping, wide: float, language: str) -> Block:
    """The bands of one call: levels one under another, or the farthest first and the others beside each other."""
    stories = stories_of(rows)
    models = list(dict.fromkeys(story.model for story in stories))
    ladder = list(rows.loc[rows["measure"] == QUANTITY, "level"].drop_duplicates())
    levels = list(dict.fromkeys(story.level for story in stories))
    levels = farthest_first(ladder, levels, stories[0].reference)
    narrow = wide < NARROW
    across = len(models) if len(models) > 1 else 1
    if (wide - LABELS[narrow] - GAP - 2 * EDGE) / across - BETWEEN < LEAST_PANEL:
        raise ValueError(f"there is no room for {len(models)} models side by side: select fewer")
    found = {(story.level, story.model): story for story in stories}
    if len(models) > 1 or narrow:
        groups = [[found[level, model] for model in models if (level, model) in found] for level in levels]
    else:
        first, *others = [found[level, models[0]] for level in levels]
        groups = [[first], *_evenly(others)]
    quantity = capital(quantity_words(stories[0], context, language))
    one_reading = len({story.stratum for story in stories}) == 1
    about = [model_words(models[0], context, language)] if len(models) == 1 else []
    about += [reading_words(stories[0].stratum, context, language)] if one_reading else []
    title = ": ".join([quantity, *filter(None, ["; ".join(filter(None, about))])])
    bands = [
        _band(group, context, wide, language, several=len(models) > 1, first=not place, one_reading=one_reading)
        for place, group in enumerate(groups)
    ]
    axis = wrap(quantity, wide - LABELS[narrow] - 2 * EDGE - GAP)
    return Block(wrap(title, wide - 2 * EDGE, bold=True), axis, tuple(bands))


def _evenly(stories: Sequence[Story]) -> list[Sequence[Story]]:
    """As many in each band as in the others, or one fewer, and no more than fit beside each other."""
    bands = -(-len(stories) // MOST_BESIDE)
    borders = np.linspace(0, len(stories), bands + 1).round().astype(int) if bands else []
    return [stories[one:other] for one, other in pairwise(borders)]


def _band(
    group: Sequence[Story],
    context: Mapping,
    wide: float,
    language: str,
    *,
    several: bool,
    first: bool,
    one_reading: bool,
) -> Band:
    """The words of a band: over it the level that is held against the reference, or over each panel its own."""
    of, room, exposure = group[0], LABELS[wide < NARROW], context.get("exposure") or ""
    across = (wide - room - 2 * EDGE - GAP - BETWEEN * (len(group) - 1)) / len(group)
    same = len({story.level for story in group}) == 1
    names = [capital(label(story.level, language, exposure)) for story in group]
    ends = of.level in ENDS_OF_LADDER  # of whom everybody counts, once
    counted = names if ends else [with_n(name, story.n, language) for name, story in zip(names, group, strict=True)]
    reference = label(of.reference, language, exposure)
    heading = phrase("contrast_of", language, level=names[0], reference=reference) if same else ""
    heading = with_n(heading, of.n, language) if ends and same else heading
    beside = GAP + text_width(phrase("share_of_gap", language), bold=True) if of.shares and len(group) == 1 else 0.0
    models = [heading_words(None if one_reading else story.stratum, story.model, context, language) for story in group]
    titles = [""] * len(group) if same else counted
    words = [capital(reference) if ends else with_n(capital(reference), of.n_reference, language)]
    words += [capital(outcome_words(stage, context, language)) for stage in of.stages]
    words += [counted[0] if same else phrase("level_itself", language), phrase("gap", language)]
    return Band(
        tuple(group),
        wrap(heading, wide - 2 * EDGE - beside, bold=True) if heading else "",
        tuple(wrap(title, across, bold=True) for title in (models if several and first else titles)),
        tuple(wrap(text, room, bold=place == 0 or place > len(of.stages)) for place, text in enumerate(words)),
        large=same and across >= WITH_NUMBERS + NUMBERS,
    )


def _label_widths(band: Band) -> list[float]:
    return [text_width(text, bold=_is_end(place, band)) for place, text in enumerate(band.labels)]


def _is_end(place: int, band: Band) -> bool:
    """Whether a row is no step: the reference, the level, or the gap between them."""
    return place == 0 or place >= len(band.labels) - 2


def _row_heights(band: Band) -> np.ndarray:
    return np.array([max(ROW[band.large], LEADING * (text.count("\n") + 1) + 2) for text in band.labels])


def _above(band: Band) -> tuple[float, float]:
    """Points for the heading of the band, and for those of its panels."""
    lines = max(title.count("\n") + 1 if title else 0 for title in band.titles)
    return LEADING * (band.heading.count("\n") + 1) if band.heading else 0.0, LEADING * lines + 4


def _height(block: Block) -> float:
    bands = sum(sum(_above(band)) + _row_heights(band).sum() + BELOW + AIR for band in block.bands)
    return LEADING * (block.title.count("\n") + block.axis.count("\n") + 2) + 3 * AXIS + bands - AIR


def _draw_block(
    frame: Axes, block: Block, styles: Mapping[str | None, LevelStyle], left: float, top: float, language: str
) -> list[Axes]:
    """All panels of a block, one scale for those as wide as each other."""
    wide, panels = frame.get_xlim()[1], []
    frame.text(EDGE, top, block.title, va="top", weight="bold", gid="block")
    top += LEADING * (block.title.count("\n") + 1) + AXIS
    fallen = [[_falls(story, styles, language, full=band.large) for story in band.stories] for band in block.bands]
    for band, falls in zip(block.bands, fallen, strict=True):
        over, titles = _above(band)
        if band.heading:
            frame.text(EDGE, top, band.heading, va="top", color=SOFT, weight="bold", gid="level")
        heights = _row_heights(band)
        places = np.cumsum(heights) - heights / 2
        top += over + titles
        across = (wide - left - EDGE - BETWEEN * (len(falls) - 1)) / len(falls)
        alike = [other for other in fallen if len(other) == len(falls)]
        scale = _scale(fallen, alike, language)
        for place, (title, one) in enumerate(zip(band.titles, falls, strict=True)):
            x = left + place * (across + BETWEEN)
            here = new_panel(frame, x, top, across, heights.sum())
            draw_waterfall(here, one, places, scale, language)
            if title:
                frame.text(x, top - 3, title, va="bottom", weight="bold", gid="heading")
            panels.append(here)
        if any(fall.share for fall in falls[0]):
            head = phrase("share_of_gap", language)
            frame.text(wide - EDGE, top - 3, head, ha="right", va="bottom", weight="bold", gid="share heading")
        for place, (text, y) in enumerate(zip(band.labels, places, strict=True)):
            weight = "bold" if _is_end(place, band) else "normal"
            frame.text(EDGE, top + y, text, va="center", weight=weight, gid="label")
        top += heights.sum() + BELOW + AIR
    frame.text((left + wide - EDGE) / 2, top - AIR + AXIS, block.axis, ha="center", va="top", gid="axis words")
    return panels


def _scale(
    fallen: Sequence[Sequence[Sequence[Fall]]], alike: Sequence[Sequence[Sequence[Fall]]], language: str
) -> Scale:
    """As far as any waterfall of the outcome reaches, with room for the numbers of those as wide as this one."""
    reach = reach_of([fall for band in fallen for falls in band for fall in falls])
    here = [fall for band in alike for falls in band for fall in falls]
    shares = [fall.share for fall in here]
    head = [phrase("share_of_gap", language)] if any(shares) else []
    return Scale(*reach, room_for([fall.text for fall in here]), room_for([*shares, *head]))


def _falls(story: Story, styles: Mapping[str | None, LevelStyle], language: str, *, full: bool = False) -> list[Fall]:
    """The rows of a waterfall: the reference, the steps, the level, the gap."""

    def bar(kind: str, row: pd.Series, start: float, color: str = "") -> Fall:
        value, low, high = (start + row[name] * scale_of(row) for name in ENDS)
        text = number_text(row, language, signed=kind != WHOLE, full=full)
        share = story.shares.get(row["outcome"]) if full and kind == STEP else None
        told = number_text(share, language, full=True) if share is not None else ""
        return Fall(kind, start, value, low, high, color, text, told)

    falls = [bar(WHOLE, story.start, 0.0, styles[story.reference].color)]
    begin = at = falls[0].end
    for row in story.steps:
        falls.append(bar(STEP, row, at))
        at = falls[-1].end
    falls.append(bar(WHOLE, story.end, 0.0, styles[story.level].color))
    return [*falls, bar(GAP_ROW, story.total, begin)]
