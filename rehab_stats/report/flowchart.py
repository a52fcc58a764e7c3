"""The participant flow as a STROBE diagram: persons kept in the left column, persons left out in the right."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rehab_stats.report.appearance import (
    INK,
    LEADING,
    LINE_SPACING,
    POINTS,
    SIZE,
    SOFT,
    WIDTHS,
    text_width,
    themed,
    wrap,
)
from rehab_stats.report.captions import notes
from rehab_stats.report.disclosure import protect
from rehab_stats.report.phrases import capital, phrase
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import format_number, label

PAD = 4.0
AIR = 12.0
BULLET, HANG = "\N{BULLET} ", "\N{EN SPACE}"
KINDS = ("kept", "excluded", "noted")


@dataclass(frozen=True)
class Box:
    """One box: its words, which column, which branch, and where it stands in points from the top left."""

    text: str
    kind: str
    branch: str
    x: float
    width: float
    top: float = 0.0

    @property
    def height(self) -> float:
        return LEADING * (self.text.count("\n") + 1) + 2 * PAD

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


def plot_flow(
    flow: Estimates, *, language: str = "en", note: str = "", width: str = "single", ax: Axes | None = None
) -> Axes:
    """Boxes for the persons kept at each step, side boxes for those left out, arrows between them.

    Parameters
    ----------
    flow : Estimates
        Measure `count`, one row per step in order; details `kind` (kept, excluded, noted) and `branch`. The first
        branch is the trunk; each other branch starts from its last kept step.
    language : {"en", "da"}
    note : str
        A line at the bottom, such as that the data are synthetic.
    width : {"single", "double"}
        88 or 180 mm, for a new figure.
    ax : Axes, optional

    Raises
    ------
    ValueError
        No count rows, details without `kind`, or a kind that is unknown.
    """
    safe = protect(flow)
    steps = _steps(safe)
    with themed():
        if ax is None:
            fig = plt.figure(figsize=(WIDTHS[width], 1.0))
            ax = fig.add_axes((0.0, 0.0, 1.0, 1.0))
        box = ax.get_position()
        wide = box.width * ax.figure.get_figwidth() * POINTS
        boxes = _placed(_boxes(steps, wide, language))
        under = " ".join(notes(safe, note, language))
        words = wrap(under, wide - 4, size=SIZE - 1) if under else ""
        bottom = max(b.top + b.height for b in boxes) + 3
        height = bottom + (LEADING * (words.count("\n") + 1) + 4 if words else 0)
        if box.width == box.height == 1.0:  # the figure is this diagram alone: it gets the height it needs
            ax.figure.set_figheight(height / POINTS)
        ax.set_xlim(0, wide)
        ax.set_ylim(max(height, ax.get_position().height * ax.figure.get_figheight() * POINTS), 0)
        ax.axis("off")
        _draw(ax, boxes)
        if words:
            ax.text(2, bottom + 3, words, va="top", ha="left", fontsize=SIZE - 1, color=SOFT, gid="note")
    return ax


def _steps(safe: Estimates) -> pd.DataFrame:
    """The steps after the disclosure rules: level, estimate, kind and branch."""
    details = safe.details()
    if "kind" not in details:
        raise ValueError("the flow needs details with a column kind (kept, excluded, noted)")
    rows = safe.tidy().assign(kind=details["kind"], branch=details.get("branch", "all"))
    rows = rows[(rows["measure"] == "count") & rows["kind"].notna()]
    unknown = sorted(set(rows["kind"]) - set(KINDS))
    if rows.empty or unknown:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {', '.join(unknown) or 'no count rows'}")
    return rows


def _boxes(steps: pd.DataFrame, wide: float, language: str) -> list[Box]:
    """A box per kept step; what is left out between two kept steps shares one side box, and so do the notes.

    Steps at which nobody left are not drawn.
    """
    margin = 9.0 if steps["branch"].nunique() > 1 else 1.0
    kept_width = (wide - margin) * 0.46
    side = {"x": margin + kept_width + 14.0}
    side["width"] = wide - side["x"] - 1.0
    # a step at which nobody left is no box: a nought that is shown (a hidden count is not nought)
    steps = steps[(steps["kind"] == "kept") | (steps["estimate"] != 0)]
    runs = (steps[["kind", "branch"]] != steps[["kind", "branch"]].shift()).any(axis=1) | (steps["kind"] == "kept")
    boxes = []
    for _, run in steps.groupby(runs.cumsum(), sort=False):
        kind, branch = run.iloc[0][["kind", "branch"]]
        place = {"x": margin, "width": kept_width} if kind == "kept" else side
        room = place["width"] - 2 * PAD - 1
        parts = [] if kind != "excluded" else [capital(label("excluded", language)) + ":"]
        parts += [_item(_step_words(row, kind, language), kind, room) for _, row in run.iterrows()]
        boxes.append(Box("\n".join(parts), kind, branch, **place))
    return boxes


def _item(words: str, kind: str, room: float) -> str:
    """A step's words, broken to fit; in a list each begins with a bullet and hangs on it."""
    if kind == "kept":
        return wrap(words, room)
    return BULLET + wrap(words, room - text_width(BULLET)).replace("\n", "\n" + HANG)


def _step_words(row: pd.Series, kind: str, language: str) -> str:
    number = format_number(row["estimate"], 0, language) or phrase("hidden", language)
    words = label(row["level"], language)
    words = words if kind == "excluded" else capital(words)
    # a no-break space keeps n = 12 in one line
    return f"{words} (n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{number})"


def _placed(boxes: Sequence[Box]) -> list[Box]:
    """Boxes one below the other; a note stands beside the kept box it belongs to."""
    placed: list[Box] = []
    top, floor = 1.0, 0.0
    for box in boxes:
        if box.kind == "noted" and placed and placed[-1].kind == "kept":
            there = _at(box, placed[-1].top)
            floor = there.top + there.height
            placed.append(there)
            continue
        start = max(top, floor + AIR / 2) if box.kind != "kept" else top
        placed.append(_at(box, start))
        top = start + box.height + AIR
    return placed


def _at(box: Box, top: float) -> Box:
    return Box(box.text, box.kind, box.branch, box.x, box.width, top)


def _draw(ax: Axes, boxes: Sequence[Box]) -> None:
    for box in boxes:
        dashed = box.kind == "noted"
        ax.add_patch(
            Rectangle(
                (box.x, box.top),
                box.width,
                box.height,
                facecolor="#f4f6f8" if box.kind == "kept" else "white",
                edgecolor=SOFT,
                linewidth=0.7,
                linestyle=(0, (3, 2)) if dashed else "-",
                gid=box.kind,
            )
        )
        ax.text(
            box.x + PAD,
            box.middle,
            box.text,
            va="center",
            ha="left",
            linespacing=LINE_SPACING,
            color=INK,
            gid=f"{box.kind} words",
        )
    trunk = boxes[0].branch
    fork = [box for box in boxes if box.kind == "kept" and box.branch == trunk][-1]
    for branch in dict.fromkeys(box.branch for box in boxes):
        mine = [box for box in boxes if box.branch == branch]
        first = branch == trunk or branch == _second(boxes, trunk)
        _connect(ax, mine if branch == trunk else [fork, *mine], straight=first)


def _second(boxes: Sequence[Box], trunk: str) -> str | None:
    return next((box.branch for box in boxes if box.branch != trunk), None)


def _connect(ax: Axes, boxes: Sequence[Box], *, straight: bool) -> None:
    """Arrows down from kept to kept, and aside to what is left out; a later branch comes down the left margin."""
    kept = [box for box in boxes if box.kind == "kept"]
    for start, end in itertools.pairwise(kept):
        down = straight or start is not kept[0]
        spine = start.x + start.width / 2 if down else 3.0
        if down:
            _arrow(ax, (spine, start.top + start.height), (spine, end.top))
        else:
            ax.plot([start.x, spine, spine], [start.middle, start.middle, end.middle], color=SOFT, linewidth=0.7)
            _arrow(ax, (spine, end.middle), (end.x, end.middle))
        for box in boxes:
            if box.kind == "excluded" and start.top < box.top < end.top:
                _arrow(ax, (spine, box.middle), (box.x, box.middle))
    for before, box in itertools.pairwise(boxes):
        if box.kind == "noted" and before.kind == "kept":
            y = min(box.middle, before.top + before.height / 2)
            ax.plot([before.x + before.width, box.x], [y, y], color=SOFT, linewidth=0.7, linestyle=(0, (3, 2)))


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.annotate(
        "",
        end,
        start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": SOFT,
            "linewidth": 0.7,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 6,
        },
        gid="arrow",
    )
