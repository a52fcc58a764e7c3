"""How every figure looks and how it is saved: one theme, one colour and marker per level, the same bytes each time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

MM = 1 / 25.4
POINTS = 72.0
WIDTHS = {"single": 88 * MM, "double": 180 * MM}
"""Figure widths in inches: one column of a journal page, and the whole of it."""
FONT = "DejaVu Sans"
SIZE = 7.5
LEADING = SIZE * 1.3
LINE_SPACING = 1.37  # matplotlib's unit of line spacing is a little less than the font size
SLACK = 1.03
"""Screens round the widths of letters up; room is kept for that."""
INK, SOFT, FAINT = "#222222", "#5a5a5a", "#b8b8b8"

RAMP = (0.02, 0.28, 0.48, 0.68)
"""Places on viridis, low to high education: told apart by colour-blind readers and, by lightness, in grey print."""
MARKERS = ("o", "s", "D", "^", "v", "P", "h")
# both codings of education share one ramp: basic is short, the two higher levels are what `long` holds
PLACES = {
    "short": (RAMP[0], "o"),
    "basic": (RAMP[0], "o"),
    "medium": (RAMP[1], "s"),
    "upper_secondary_or_vocational": (RAMP[1], "s"),
    "short_or_medium_higher": (RAMP[2], "D"),
    "long": (RAMP[3], "^"),
    "long_higher": (RAMP[3], "^"),
}


NOT_APPEARANCE = (
    r"backend|interactive|toolbar|timezone|webagg|tk\.|date\.epoch|docstring|savefig\.directory|figure\.(max|raise)"
    r"|text\.hinting_factor"
)
"""Settings that are no matter of looks (or, the last, deprecated)."""
OWN_SETTINGS = {
    "font.family": [FONT],
    "font.size": SIZE,
    "axes.labelsize": SIZE,
    "axes.labelcolor": INK,
    "axes.titlesize": SIZE,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "text.color": INK,
    "xtick.labelsize": SIZE,
    "ytick.labelsize": SIZE,
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "xtick.major.size": 3,
    "lines.linewidth": 1.1,
    "lines.markersize": 5,
    "legend.frameon": False,
    "hatch.linewidth": 0.4,
    "hatch.color": SOFT,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 120,
    "savefig.dpi": 300,
    "svg.fonttype": "path",
    "svg.hashsalt": "rehab_stats",
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "figure.constrained_layout.use": False,
    "figure.autolayout": False,
    "text.hinting": "no_hinting",  # letters as wide on a screen as in print
}


class LevelStyle(NamedTuple):
    """Colour and marker of a level."""

    color: str
    marker: str


def theme() -> dict:
    """The rcParams of every figure, set by `with themed(): ...`; the plot functions do this themselves.

    All settings of appearance are given, the others as matplotlib ships them, so that nobody's own show through.
    """
    shipped = {name: value for name, value in mpl.rcParamsDefault.items() if not re.match(NOT_APPEARANCE, name)}
    return shipped | sns.axes_style("ticks") | OWN_SETTINGS


@contextmanager
def themed() -> Iterator[None]:
    """Draw in the theme, and leave everything else as it was.

    A notebook's backend is settled at the first figure and then switches interactive drawing on. Were that undone with
    the theme's settings, no later figure of the notebook would be shown.
    """
    with plt.rc_context(theme()):
        yield
        interactive = mpl.is_interactive()
    mpl.interactive(interactive)


def level_styles(levels: Iterable[str]) -> dict[str, LevelStyle]:
    """One colour and marker per level, low to high; education always gets the same, `unknown` and `missing` are grey.

    Levels of another exposure are spread over the same ramp in the order given: give all of them, the reference too.
    """
    levels = list(dict.fromkeys(levels))
    others = [level for level in levels if level not in PLACES and level not in {"unknown", "missing"}]
    spread = np.linspace(RAMP[0], RAMP[-1], len(others)) if len(others) > 1 else [RAMP[1]]
    places = PLACES | {
        level: (place, MARKERS[i % len(MARKERS)]) for i, (level, place) in enumerate(zip(others, spread, strict=False))
    }
    ramp = colormaps["viridis"]
    styles = {}
    for level in levels:
        if level in {"unknown", "missing"}:
            styles[level] = LevelStyle("#8c8c8c", "X")
        else:
            place, marker = places[level]
            styles[level] = LevelStyle(to_hex(ramp(place)), marker)
    return styles


@lru_cache(maxsize=4096)
def text_width(text: str, *, size: float = SIZE, bold: bool = False) -> float:
    """Width of the widest line in points, from the font's own widths: the same on every screen and device."""
    prop = FontProperties(family=FONT, weight="bold" if bold else "normal", size=size)
    return SLACK * max(
        text_to_path.get_text_width_height_descent(line, prop, ismath=False)[0] for line in text.split("\n")
    )


def wrap(text: str, width: float, *, size: float = SIZE, bold: bool = False) -> str:
    """The text broken between words so that no line is wider than `width` points (one long word may be)."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size=size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def save_figure(fig: Figure, folder: str | Path, name: str, *, alt: str = "") -> list[Path]:
    """Write the figure as PDF, SVG and PNG (300 dpi), and `alt` beside them as text; identical bytes on a second run.

    Parameters
    ----------
    fig : Figure
    folder : str or Path
        Made when it is not there. "" writes nothing: what a notebook passes when nothing shall be written.
    name : str
        File name without ending.
    alt : str
        What is seen, for readers who cannot see it: `<desc>` in the SVG, subject of the PDF, description of the PNG.

    Returns
    -------
    list of Path
        The files, each written under another name first and renamed, so that none is ever half there.
    """
    if str(folder) == "":
        return []
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    metadata = {
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None, "Title": name, "Subject": alt or None},
        "svg": {"Date": None, "Creator": None, "Title": name},
        "png": {"Software": None, "Title": name} | ({"Description": alt} if alt else {}),
    }
    written = []
    with themed(), TemporaryDirectory(dir=folder) as draft:
        for ending, facts in metadata.items():
            path = Path(draft) / f"{name}.{ending}"
            fig.savefig(path, metadata=facts, dpi=300)
            if ending == "svg":
                path.write_text(_described(path.read_text(encoding="utf-8"), name, alt), encoding="utf-8")
            written.append(path)
        if alt:
            path = Path(draft) / f"{name}.txt"
            path.write_text(alt + "\n", encoding="utf-8")
            written.append(path)
        return [Path(os.replace(path, folder / path.name) or folder / path.name) for path in written]


def _described(svg: str, name: str, alt: str) -> str:
    """The SVG with a title and a description that screen readers find."""
    words = f"<title>{escape(name)}</title>" + (f"<desc>{escape(alt)}</desc>" if alt else "")
    return re.sub(r"(<svg [^>]*)>", lambda found: f'{found[1]} role="img">\n {words}', svg, count=1)
