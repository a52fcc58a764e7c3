"""The map of printed initiatives: what they add (rows) by where on the path they act (columns), with their names.

Counts of things that a report prints, of no persons: nothing passes through the disclosure rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from rehab_stats.extract.printed_columns import ACTS_ON, TRACKS
from rehab_stats.report.appearance import (
    FAINT,
    INK,
    POINTS,
    SIZE,
    SOFT,
    WIDTHS,
    level_styles,
    text_width,
    themed,
    wrap,
)
from rehab_stats.report.evidence_danish import danish
from rehab_stats.report.phrases import capital
from rehab_stats.words import format_number, label, place_of

SMALL = 6.2
LINE = SMALL * 1.3
KEY = LINE * 1.3
COLUMNS = {"heading": 78.0, "before": 121.0, "access": 88.0, "participation": 102.0, "effect": 86.0, "all": 33.0}
"""Widths in points; together a little less than the width of a page."""
WIDE = sum(COLUMNS.values())
ABOVE, FOOT = 30.0, 24.0
"""Points for the headings of the columns and for the line of totals."""
PAD, MARK, NUMBER = 3.0, 8.0, 12.0
SHADE = "#3b528b"

# each (English, Danish); a name that is too long for the map, shortened
SHORT_NAMES = {
    "local_patient_education": ("Patient education near home", "Patientuddannelse i nærmiljøet (Vestegnsprojektet)"),
    "guided_self_determination": ("Guided self-determination", "Guidet Egen Beslutning"),
    "visual_guides": ("Visual guides, no Danish needed", "Visuel vejledning"),
    "esbjerg_model": ("Esbjerg model", "Esbjergmodellen"),
    "family_360": ("360 degrees around the family", "360 grader rundt om familien"),
    "shared_decision_training": ("Training in shared decisions", "Træning i fælles beslutningstagning"),
    "decision_aids": ("Decision aids", "Beslutningsværktøjer"),
    "question_tools": ("Questions before the consultation", "Spørgsmål inden konsultationen"),
    "question_card": ("Card with questions", "Hjælpekort med spørgsmål"),
    "talk_summary": ("Summary or recording of talks", "Resume eller optagelse af samtale"),
    "cancer_video": ("Information video", "Informationsvideo"),
    "motivational_dialysis": ("Motivational interviewing in dialysis", "Motiverende samtale i dialyse"),
}
ALL = ("In all", "I alt")
ALL_ONCE = ("All, each counted once", "Alle, hver talt én gang")
OWN_OF = ("{own} of the survey's {all_own}", "{own} af kortlægningens {all_own}")
NO_HEADING = ("no heading (annex\N{NO-BREAK SPACE}3)", "uden overskrift (bilag\N{NO-BREAK SPACE}3)")
LEGEND = ("Resembles the centre's track:", "Ligner centerets spor:")
OWN = ("the survey's own (annex 2)", "kortlægningens egne (bilag 2)")
OTHER = ("printed for inspiration only (annex 3)", "kun trykt til inspiration (bilag 3)")
READ = (
    "Numbers are of different initiatives; one that stands under several headings is named and counted under each. "
    "Where they act and which track they resemble is judged here.",
    "Tal er forskellige initiativer; et, der står under flere overskrifter, er nævnt og talt under hver. Hvor de "
    "virker, og hvilket spor de ligner, er vurderet her.",
)
OPENING = (
    "Initiatives printed in {source}, by what they add and by where on the path they act.",
    "Initiativer trykt i {source}, efter hvad de tilfører, og hvor på vejen de virker.",
)
IN_A_COLUMN = (
    "{stage}: {n} different initiatives, {own} of them the survey's own; most under {category} ({most}).",
    "{stage}: {n} forskellige initiativer, heraf {own} kortlægningens egne; flest under {category} ({most}).",
)
EMPTY_CELLS = ("No initiative at: {cells}.", "Intet initiativ ved: {cells}.")


@dataclass(frozen=True)
class MapRow:
    """A line of the map: its category and heading, and the initiatives of each column in print order."""

    category: str
    subcategory: str
    cells: Mapping[str, tuple[str, ...]]

    @property
    def all(self) -> set[str]:
        """Everything named in the line."""
        return {name for names in self.cells.values() for name in names}


def map_rows(initiatives: pd.DataFrame, rows: pd.DataFrame) -> list[MapRow]:
    """The lines of the map, in the order in which the survey prints them (annex 2 before annex 3).

    Parameters
    ----------
    initiatives : DataFrame
        The list `initiatives`, one row an initiative.
    rows : DataFrame
        The list `initiative_rows`, one row a printed row.

    Raises
    ------
    ValueError
        A printed row of an initiative that is not in the list; an initiative without a printed row.
    """
    loose = set(initiatives["initiative"]) ^ set(rows["initiative"])
    if loose:
        raise ValueError(f"initiatives that are not in both lists: {', '.join(sorted(loose))}")
    placed = rows.merge(initiatives[["initiative", "acts_on"]], on="initiative", how="left", validate="many_to_one")
    headings = placed[["category", "subcategory"]].drop_duplicates()
    order = {category: number for number, category in enumerate(headings["category"].drop_duplicates())}
    headings = sorted(headings.itertuples(index=False), key=lambda heading: order[heading.category])
    return [
        MapRow(heading.category, heading.subcategory, _cells(placed, heading.category, heading.subcategory))
        for heading in headings
    ]


def _cells(placed: pd.DataFrame, category: str, subcategory: str) -> dict[str, tuple[str, ...]]:
    here = placed[(placed["category"] == category) & (placed["subcategory"] == subcategory)]
    here = here.drop_duplicates("initiative")
    return {stage: tuple(here.loc[here["acts_on"] == stage, "initiative"]) for stage in ACTS_ON}


def plot_evidence_map(
    initiatives: pd.DataFrame, rows: pd.DataFrame, *, language: str = "en", note: str = "", ax: Axes | None = None
) -> Axes:
    """A matrix: what initiatives add by where they act; in a cell how many there are, and their names.

    The mark before a name is the track of the centre that it resembles; the darker a cell, the more initiatives.

    Parameters
    ----------
    initiatives, rows : DataFrame
        As in `map_rows`.
    language : {"en", "da"}
    note : str
        A line under the map.
    ax : Axes, optional
        Filled whole; by default a new figure of a page's width (180 mm), as high as needed.

    Returns
    -------
    Axes
        In points, from the top left.

    Raises
    ------
    ValueError
        As in `map_rows`; an axes smaller than the map.
    """
    lines, place = map_rows(initiatives, rows), place_of(language)
    known = initiatives.set_index("initiative")
    names = {code: _name(code, row, language) for code, row in known.iterrows()}
    firsts = [number == 0 or lines[number - 1].category != line.category for number, line in enumerate(lines)]
    heights = [_height(line, names, language, first=first) for line, first in zip(lines, firsts, strict=True)]
    legend = (
        _legend(language),
        wrap(" ".join(filter(None, [READ[place], note])), WIDE - 2 * PAD, size=SMALL).split("\n"),
    )
    needed = ABOVE + sum(heights) + FOOT + 8 + KEY * (len(legend[0]) + 1) + LINE * len(legend[1])
    with themed():
        if ax is None:
            fig = plt.figure(figsize=(WIDTHS["double"], needed / POINTS))
            ax = fig.add_axes((0.0, 0.0, 1.0, 1.0))
        box, size = ax.get_position(), ax.figure.get_size_inches() * POINTS
        if box.width * size[0] < WIDE or box.height * size[1] < needed - 1e-6:
            wide, high = (value / POINTS * 25.4 for value in (WIDE, needed))
            raise ValueError(f"the axes is too small for this map: it needs {wide:.0f} by {high:.0f} mm")
        ax.set_xlim(0, box.width * size[0])
        ax.set_ylim(box.height * size[1], 0)
        ax.set_axis_off()
        _draw_heads(ax, language)
        most = max(len(line.cells[stage]) for line in lines for stage in ACTS_ON)
        top = ABOVE
        for line, height, first in zip(lines, heights, firsts, strict=True):
            _rule(ax, top, SOFT if first else FAINT)
            for number, (words, bold) in enumerate(_label_lines(line, language, first=first)):
                shown = {"weight": "bold", "gid": "category"} if bold else {"gid": "heading"}
                _text(ax, PAD, top + PAD + number * LINE, words, **shown)
            _draw_cells(ax, line, (top, height), known, names, most=most, language=language)
            top += height
        _rule(ax, top, SOFT)
        _draw_totals(ax, top, known, language)
        _draw_legend(ax, top + FOOT, *legend, language)
    return ax


def evidence_caption(initiatives: pd.DataFrame, rows: pd.DataFrame, *, language: str = "en", note: str = "") -> str:
    """What the map shows, its numbers in words, and how to read it: caption and alternative text."""
    lines, place = map_rows(initiatives, rows), place_of(language)
    known = initiatives.set_index("initiative")
    parts = [OPENING[place].format(source=danish(initiatives["source"].iloc[0], language))]
    for stage in ACTS_ON:
        here = known[known["acts_on"] == stage]
        fullest = max(lines, key=lambda line: len(line.cells[stage]))
        words = {"stage": capital(label(stage, language, "acts_on")), "category": _heading(fullest, language)}
        counts = {"n": len(here), "own": int(here["in_annex_2"].eq("yes").sum()), "most": len(fullest.cells[stage])}
        parts.append(
            IN_A_COLUMN[place].format(**words, **{name: format_number(n, 0, language) for name, n in counts.items()})
        )
    empty = [
        f"{_heading(line, language)}, {label(stage, language, 'acts_on')}"
        for line in lines
        for stage in ACTS_ON
        if not line.cells[stage]
    ]
    parts += [EMPTY_CELLS[place].format(cells="; ".join(empty))] if empty else []
    return " ".join([*parts, READ[place], *filter(None, [note])])


def _name(code: str, row: pd.Series, language: str) -> str:
    place = place_of(language)
    return SHORT_NAMES[code][place] if code in SHORT_NAMES else row[("name_en", "name_da")[place]]


def _heading(line: MapRow, language: str) -> str:
    within = NO_HEADING[place_of(language)]
    if line.subcategory != "none":
        within = label(line.subcategory, language, "subcategory")
    return f"{label(line.category, language, 'category')}: {within}"


def _left(column: str) -> float:
    columns = list(COLUMNS)
    return sum(COLUMNS[name] for name in columns[: columns.index(column)])


def _wrapped(name: str, stage: str, *, number: bool = False) -> str:
    room = COLUMNS[stage] - 2 * PAD - MARK - (NUMBER if number else 0)
    return wrap(name, room, size=SMALL)


def _label_lines(line: MapRow, language: str, *, first: bool) -> list[tuple[str, bool]]:
    """The words at the left of a line, broken: the category, in bold, where it begins, then the heading."""
    category, _, within = _heading(line, language).partition(": ")
    room = COLUMNS["heading"] - 2 * PAD
    bold = [(text, True) for text in wrap(capital(category), room, size=SMALL, bold=True).split("\n")] if first else []
    return bold + [(text, False) for text in wrap(capital(within), room, size=SMALL).split("\n")]


def _height(line: MapRow, names: Mapping[str, str], language: str, *, first: bool) -> float:
    count = [
        sum(_wrapped(names[code], stage, number=True).count("\n") + 1 for code in codes)
        for stage, codes in line.cells.items()
    ]
    return max(*count, len(_label_lines(line, language, first=first))) * LINE + 2 * PAD


def _text(ax: Axes, x: float, y: float, words: str, **style: object) -> None:
    """One line of words, its top at `y`: the baseline is set, so that lines stand alike whatever their letters."""
    shown = {"fontsize": SMALL, "va": "baseline", "ha": "left", "color": INK} | style
    ax.text(x, y + 0.93 * shown["fontsize"], words, **shown)


def _rule(ax: Axes, y: float, color: str) -> None:
    ax.plot([0, WIDE], [y, y], color=color, linewidth=0.6, gid="rule", zorder=2)


def _draw_heads(ax: Axes, language: str) -> None:
    for stage in ACTS_ON:
        words = wrap(capital(label(stage, language, "acts_on")), COLUMNS[stage] - 2 * PAD, size=SIZE, bold=True)
        _text(ax, _left(stage) + PAD, 4, words, fontsize=SIZE, weight="bold", gid="head")
    _text(ax, _left("all") + COLUMNS["all"] - PAD, 4, ALL[place_of(language)], ha="right", gid="head")
    ends = [_left("before") + PAD, _left("all") - PAD]  # the path, from left to right
    ax.annotate(
        "",
        (ends[1], ABOVE - 8),
        (ends[0], ABOVE - 8),
        arrowprops={"arrowstyle": "-|>", "color": SOFT, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0},
        gid="path",
    )


def _draw_cells(
    ax: Axes,
    line: MapRow,
    place: tuple[float, float],
    known: pd.DataFrame,
    names: Mapping[str, str],
    *,
    most: int,
    language: str,
) -> None:
    """The cells of a line, which begins at `place[0]` and is `place[1]` high, and its total."""
    top, height = place
    for stage, codes in line.cells.items():
        share = 0.06 + 0.24 * len(codes) / most if codes else 0.0
        color = tuple(1 - share * (1 - part) for part in to_rgb(SHADE))
        corner = (_left(stage) + 0.75, top + 0.75)
        ax.add_patch(
            Rectangle(corner, COLUMNS[stage] - 1.5, height - 1.5, facecolor=color, edgecolor="none", gid="cell")
        )
        _draw_names(ax, stage, codes, top + PAD, known, names)
        right = _left(stage) + COLUMNS[stage] - PAD
        style = {"weight": "bold", "fontsize": SIZE} if codes else {"color": SOFT}
        _text(ax, right, top + PAD - 0.5, format_number(len(codes), 0, language), ha="right", gid="number", **style)
    words = format_number(len(line.all), 0, language)
    right = _left("all") + COLUMNS["all"] - PAD
    _text(ax, right, top + PAD - 0.5, words, ha="right", weight="bold", fontsize=SIZE, gid="line total")


def _draw_names(
    ax: Axes, stage: str, codes: Sequence[str], top: float, known: pd.DataFrame, names: Mapping[str, str]
) -> None:
    for code in codes:
        own = known.loc[code, "in_annex_2"] == "yes"
        words = _wrapped(names[code], stage, number=True)
        _mark(ax, _left(stage) + PAD + 2.5, top + LINE / 2 - 0.4, known.loc[code, "track"], own=own)
        style = {"color": INK} if own else {"color": SOFT, "style": "italic"}
        for number, part in enumerate(words.split("\n")):
            _text(ax, _left(stage) + PAD + MARK, top + number * LINE, part, gid="name", **style)
        top += LINE * (words.count("\n") + 1)


def _mark(ax: Axes, x: float, y: float, track: str, *, own: bool) -> None:
    style = level_styles([*TRACKS, "missing"])[track if track in TRACKS else "missing"]
    ax.plot(
        [x],
        [y],
        marker=style.marker,
        color=style.color,
        markerfacecolor=style.color if own else "white",
        markeredgewidth=0.7,
        markersize=3.4,
        linestyle="none",
        gid=f"mark {track}",
        zorder=3,
    )


def _draw_totals(ax: Axes, top: float, known: pd.DataFrame, language: str) -> None:
    place = place_of(language)
    words = wrap(ALL_ONCE[place], COLUMNS["heading"] - 2 * PAD, size=SMALL, bold=True)
    for number, part in enumerate(words.split("\n")):
        _text(ax, PAD, top + PAD + number * LINE, part, weight="bold", gid="category")
    all_own = format_number(known["in_annex_2"].eq("yes").sum(), 0, language)
    for stage in ACTS_ON:
        here = known[known["acts_on"] == stage]
        own = format_number(here["in_annex_2"].eq("yes").sum(), 0, language)
        number = format_number(len(here), 0, language)
        right = _left(stage) + COLUMNS[stage] - PAD
        _text(ax, right, top + PAD - 0.5, number, ha="right", weight="bold", fontsize=SIZE, gid="total")
        said = OWN_OF[place].format(own=own, all_own=all_own)
        _text(ax, right, top + PAD + SIZE * 1.25, said, ha="right", gid="own")
    right = _left("all") + COLUMNS["all"] - PAD
    number = format_number(len(known), 0, language)
    _text(ax, right, top + PAD - 0.5, number, ha="right", weight="bold", fontsize=SIZE, gid="total")


def _legend(language: str) -> list[list[tuple[str, float]]]:
    """The tracks in words, line by line, each with where it begins."""
    start = PAD + text_width(LEGEND[place_of(language)], size=SMALL) + 8
    lines, x = [[]], start
    for track in TRACKS:
        wide = MARK + text_width(label(track, language, "track"), size=SMALL)
        if x + wide > WIDE:
            lines, x = [*lines, []], start
        lines[-1].append((track, x))
        x += wide + 9
    return lines


def _draw_legend(
    ax: Axes, top: float, tracks: Sequence[Sequence[tuple[str, float]]], notes: Sequence[str], language: str
) -> None:
    place, y = place_of(language), top + 4
    _rule(ax, top, SOFT)
    _text(ax, PAD, y, LEGEND[place], gid="legend")
    for line in tracks:
        for track, x in line:
            _mark(ax, x + 2.5, y + LINE / 2 - 0.4, track, own=True)
            _text(ax, x + MARK, y, label(track, language, "track"), gid="legend")
        y += KEY
    x = PAD
    for words, own in ((OWN[place], True), (OTHER[place], False)):
        _mark(ax, x + 2.5, y + LINE / 2 - 0.4, TRACKS[-1], own=own)
        style = {"color": INK} if own else {"color": SOFT, "style": "italic"}
        _text(ax, x + MARK, y, words, gid="legend", **style)
        x += MARK + text_width(words, size=SMALL) + 14
    for number, text in enumerate(notes):
        _text(ax, PAD, y + KEY + number * LINE, text, color=SOFT, gid="note")
