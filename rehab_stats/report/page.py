"""One printed page: a title, tables and figures on a sheet of A4, as PDF, the same bytes on every machine.

Set by typst (Apache-2.0) in DejaVu Sans, which matplotlib brings along: nothing of the machine's own fonts or clock.
Every text is handed over as a literal, so that no letter of a table is read as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib as mpl
import typst
from matplotlib.figure import Figure

from rehab_stats.report.appearance import FONT, themed
from rehab_stats.report.documents import Table, atomic

SIZES = (8.0, 7.5, 7.0, 6.5, 6.0)
"""Points in which a page is tried, until everything is on one; smaller letters nobody reads."""
TIMESTAMP = 1420070400  # a fixed second: the clock would change the bytes
PREVIEW = 110
WIDEST_WORDS = 34
"""Letters; longer labels of lines are set in several."""
PAGE = """#set document(title: {title}, author: "rehab_stats", date: none)
#set page(paper: "a4", margin: (x: 14mm, y: 12mm))
#set text(font: {font}, size: {size}pt, lang: {language})
#set par(leading: 0.5em, spacing: 0.7em)
#set table(stroke: none, inset: (x: 2.5pt, y: 2.2pt))
#text(size: 1.7em, weight: "bold", {title})
#v(-0.4em)
#text(fill: luma(90), {subtitle})
"""


def save_page(
    tables: Sequence[Table],
    figures: Sequence[Figure],
    path: str | Path,
    *,
    title: str,
    subtitle: str = "",
    language: str = "en",
) -> Path | None:
    """Write tables, and figures side by side below them, on one A4 page.

    Parameters
    ----------
    tables : sequence of Table
    figures : sequence of Figure
        For two beside each other 88 mm wide ones: they are set as wide as there is room.
    path : str or Path
        The file, `.pdf`, or `.png` for a picture of the page; "" writes nothing.
    title, subtitle : str
        Subtitle: of what period, and that data are synthetic.
    language : {"en", "da"}

    Returns
    -------
    Path or None

    Raises
    ------
    ValueError
        No table and no figure; more than one page even in the smallest letters.
    """
    if str(path) == "":
        return None
    if not tables and not figures:
        raise ValueError("there is nothing to put on the page")
    path = Path(path)
    with TemporaryDirectory() as folder:
        drawn = [_drawn(figure, folder, number) for number, figure in enumerate(figures, start=1)]
        body = "\n".join([*(_table(table, titled=table.title != title) for table in tables), _row_of(drawn)])
        for size in SIZES:
            source = PAGE.format(
                title=_text(title), subtitle=_text(subtitle), font=_text(FONT), size=size, language=_text(language)
            )
            (Path(folder) / "page.typ").write_text(source + body, encoding="utf-8")
            pages = len(_compiled(folder, "svg"))
            if pages == 1:
                content = _compiled(folder, path.suffix.removeprefix(".") or "pdf")[0]
                return atomic(path, partial(Path.write_bytes, data=content))
    raise ValueError(f"{title}: {pages} pages in letters of {SIZES[-1]:g} points: leave out a table or a figure")


def _compiled(folder: str, form: str) -> list[bytes]:
    fonts = str(Path(mpl.get_data_path()) / "fonts" / "ttf")
    made = typst.compile(
        str(Path(folder) / "page.typ"), root=folder, font_paths=[fonts], ignore_system_fonts=True, format=form,
        ppi=PREVIEW, timestamp=TIMESTAMP,
    )  # fmt: skip
    return list(made) if isinstance(made, list) else [made]


def _drawn(figure: Figure, folder: str, number: int) -> str:
    name = f"figure{number}.svg"
    with themed():
        figure.savefig(Path(folder) / name, metadata={"Date": None, "Creator": None})
    return name


def _row_of(drawn: Sequence[str]) -> str:
    if not drawn:
        return ""
    cells = ", ".join(f"image({_text(name)}, width: 100%)" for name in drawn)
    return f"#v(0.5em)\n#grid(columns: {len(drawn)}, column-gutter: 4mm, {cells})\n"


def _table(table: Table, *, titled: bool) -> str:
    """A table with its group headings and its notes in small letters; with its title unless the page has it already."""
    columns = list(table.body.columns)
    words = {columns[0], *table.words}
    widths = ", ".join(f"{_letters(name, table.body[name], name in words)}fr" for name in columns)
    sides = ", ".join("left" if name in words else "right" for name in columns)
    cells = [f"table.cell(align: bottom + {_side(name, words)}, {_strong(name)})" for name in columns]
    rows = [f"table.header({', '.join(cells)}), table.hline(stroke: 0.5pt)"]
    last = ""
    lines = table.body.itertuples(index=False)
    for place, (group, line) in enumerate(zip(table.groups or [""] * len(table.body), lines, strict=True)):
        if group and group != last:
            rows.append(f"table.cell(colspan: {len(columns)}, {_strong(group)})")
        last = group
        rows.append(", ".join((_strong if place in table.totals else _plain)(str(cell)) for cell in line))
    notes = "".join(f"#text(size: 0.8em, fill: luma(90), {_text(note)})\n\n" for note in table.notes)
    grid = f"#table(columns: ({widths}), align: ({sides}), table.hline(stroke: 0.8pt), {', '.join(rows)},"
    head = f'#text(weight: "bold", {_text(table.title)})\n' if titled else ""
    return f"#v(0.3em)\n{head}{grid} table.hline(stroke: 0.8pt))\n{notes}"


def _letters(name: str, cells: Iterable[str], breaks: bool) -> int:
    """Letters that a column asks for: its longest cell, of words no more than a line's, and what its heading needs."""
    longest = max(map(len, cells), default=0)
    heading = max([*map(len, name.split()), -(-len(name) // 3)])
    return 1 + max(min(longest, WIDEST_WORDS) if breaks else longest, heading)


def _side(name: str, words: set[str]) -> str:
    return "left" if name in words else "right"


def _plain(text: str) -> str:
    return f"text({_text(text)})"


def _strong(text: str) -> str:
    return f'text(weight: "bold", {_text(text)})'


def _text(text: str) -> str:
    """A literal of typst; what stands in brackets, and a period, stays on one line."""
    together = re.sub(r"\([^()]{1,24}\)", lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    together = re.sub(r"(?<=\d)-(?=[HQ]\d)", "\N{NON-BREAKING HYPHEN}", together)
    escaped = together.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
