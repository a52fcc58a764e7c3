"""A finished table, and how it becomes HTML, Word, LaTeX and CSV: the same bytes each time it is written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pypandoc
from great_tables import GT, loc, style

from rehab_stats.report.word_layout import laid_out

WIDEST_TEXT = 24
"""Letters; a longer cell is set in several lines."""
EPOCH = "1420070400"  # pandoc's clock for the Word file: any fixed second gives the same bytes
LOOK = {
    "table_font_size": "13px",
    "data_row_padding": "3px",
    "heading_align": "left",
    "heading_title_font_size": "14px",
    "row_group_font_weight": "bold",
    "row_group_padding": "3px",
    "stub_border_style": "none",
}
LOCALES = {"en": "en-GB", "da": "da-DK"}


@dataclass(frozen=True)
class Table:
    """A table of words, ready to print, with the numbers behind it.

    Attributes
    ----------
    name : str
        Short name; the HTML id and the default file name.
    body : DataFrame
        Text only, one row per printed line; columns are the printed headings, the first holds the line's label.
    groups : tuple of str
        Heading above each line of `body` (lines with the same heading stand together; "" for none).
    totals : tuple of int
        Lines of `body` that the lines above them add up to: set off, in bold.
    spanners : mapping
        Heading over several columns -> those columns.
    title : str
        What the table shows.
    words : tuple of str
        Columns of text, set flush left, whose lines may break; the others hold numbers. Labels of lines break only
        where the first column is named here.
    notes : tuple of str
        Lines under the table.
    data : DataFrame
        What is printed, for machines: tidy rows after the disclosure rules, codes and words.
    language : {"en", "da"}
    """

    name: str
    body: pd.DataFrame
    title: str
    data: pd.DataFrame
    groups: tuple[str, ...] = ()
    totals: tuple[int, ...] = ()
    spanners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    language: str = "en"

    def html(self) -> str:
        """A fragment with its own style and a fixed id, the same on every call."""
        body = self.body.copy()
        stub = body.columns[0]
        grouped = any(self.groups)
        if grouped:
            body.insert(0, "group", list(self.groups))
        table = GT(body, id=f"table-{self.name}", rowname_col=stub, groupname_col="group" if grouped else None)
        table = table.tab_header(title=self.title).tab_stubhead(label=stub)
        for heading, columns in self.spanners.items():
            table = table.tab_spanner(label=heading, columns=list(columns))
        numbers = [name for name in self.body.columns[1:] if name not in self.words]
        table = table.cols_align(align="left", columns=list(self.words)) if self.words else table
        table = table.cols_align(align="right", columns=numbers)
        unbroken = [loc.body(columns=numbers), *([] if stub in self.words else [loc.stub()])]
        table = table.tab_style(style=style.text(whitespace="nowrap"), locations=unbroken)
        if self.totals:
            rows = list(self.totals)
            apart = [style.text(weight="bold"), style.borders(sides="top", color="#444444", weight="1px")]
            table = table.tab_style(style=apart, locations=[loc.body(rows=rows), loc.stub(rows=rows)])
        table = table.tab_options(**LOOK)
        for note in self.notes:
            table = table.tab_source_note(note)
        return table.as_raw_html()

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return "\n".join([self.title, self.body.to_string(index=False), *self.notes])

    def docx(self, path: str | Path) -> Path:
        """Write a Word document with a real table (A4, landscape when the table is wide)."""

        def write(draft: Path) -> None:
            _pandoc(self._plain_html(), "docx", self.language, draft)
            laid_out(draft, columns=self.body.shape[1])

        return atomic(Path(path), write)

    def csv(self, path: str | Path) -> Path:
        """Write the data behind the table as UTF-8: comma and decimal point; in Danish semicolon and decimal comma."""
        danish = self.language == "da"
        text = self.data.to_csv(
            index=False,
            sep=";" if danish else ",",
            decimal="," if danish else ".",
            float_format=_six_digits(danish),
            lineterminator="\n",
        )
        return atomic(Path(path), lambda draft: draft.write_text(text, encoding="utf-8", newline=""))

    def latex(self) -> str:
        """A LaTeX longtable (packages booktabs, longtable, multirow, array, calc)."""
        return _pandoc(self._plain_html(), "latex", self.language)

    def save(self, folder: str | Path, name: str = "") -> list[Path]:
        """Write HTML, DOCX, LaTeX and CSV into the folder; "" writes nothing. Returns the files."""
        if str(folder) == "":
            return []
        stem = Path(folder) / (name or self.name)
        page = (
            f'<!DOCTYPE html>\n<html lang="{self.language}">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{escape(self.title)}</title>\n</head>\n<body>\n{self.html()}\n</body>\n</html>\n"
        )
        return [
            atomic(stem.with_suffix(".html"), lambda draft: draft.write_text(page, encoding="utf-8", newline="")),
            self.docx(stem.with_suffix(".docx")),
            atomic(stem.with_suffix(".tex"), lambda draft: draft.write_text(self.latex(), encoding="utf-8")),
            self.csv(stem.with_suffix(".csv")),
        ]

    def saved(self, folder: str | Path) -> Table:
        """The table itself, written into the folder as by `save`: for the last line of a notebook's cell."""
        self.save(folder)
        return self

    def _plain_html(self) -> str:
        """The table in bare HTML, which pandoc turns into a table of its own kind; group headings span all columns."""
        columns = list(self.body.columns)
        spans = {column: heading for heading, names in self.spanners.items() for column in names}
        rows = []
        if spans:
            rows.append(_spanner_row(columns, spans))
        sides = ["left" if name in {columns[0], *self.words} else "right" for name in columns]
        rows.append(_row(columns, "th", sides))
        body, last = [], ""
        lines = self.body.itertuples(index=False)
        for place, (group, line) in enumerate(zip(self.groups or [""] * len(self.body), lines, strict=True)):
            if group and group != last:
                body.append(f'<tr><td colspan="{len(columns)}"><strong>{escape(group)}</strong></td></tr>')
            last = group
            body.append(_row(line, "td", sides, indent=bool(group), bold=place in self.totals))
        notes = "".join(f"<p><small>{escape(note)}</small></p>" for note in self.notes)
        head = f"<p><strong>{escape(self.title)}</strong></p>"
        table = f"<table>{_widths(self.body)}<thead>{''.join(rows)}</thead><tbody>{''.join(body)}</tbody></table>"
        return head + table + notes


def _row(cells: Iterable[str], tag: str, sides: Iterable[str], *, indent: bool = False, bold: bool = False) -> str:
    texts = [escape(str(cell)) for cell in cells]
    texts = [f"<strong>{text}</strong>" if bold and text else text for text in texts]
    texts[0] = ("\N{EM SPACE}" if indent else "") + texts[0]
    cells = (f'<{tag} align="{side}">{text}</{tag}>' for text, side in zip(texts, sides, strict=True))
    return f"<tr>{''.join(cells)}</tr>"


def _spanner_row(columns: list[str], spans: Mapping[str, str]) -> str:
    cells, place = [], 0
    while place < len(columns):
        heading = spans.get(columns[place], "")
        width = 1
        while heading and place + width < len(columns) and spans.get(columns[place + width]) == heading:
            width += 1
        cells.append(f'<th colspan="{width}" align="center">{escape(heading)}</th>')
        place += width
    return f"<tr>{''.join(cells)}</tr>"


def _widths(body: pd.DataFrame) -> str:
    """Column widths in percent, by the longest text: without them pandoc makes equal columns."""
    lengths = [_needed(name, body[name]) for name in body.columns]
    lengths[0] += 4  # the indent
    share = 100 / sum(lengths)
    return "<colgroup>" + "".join(f'<col width="{length * share:.1f}%">' for length in lengths) + "</colgroup>"


def _needed(name: str, cells: Iterable[str]) -> int:
    """Letters a column needs: its longest text up to a limit, its longest word in any case, and the padding."""
    texts = [str(cell) for cell in cells]
    longest_word = max(len(word) for text in [name, *texts] for word in [*text.split(), ""])
    return 3 + max(min(max(map(len, texts), default=0), WIDEST_TEXT), min(longest_word, WIDEST_TEXT))


def _six_digits(danish: bool) -> Callable[[float], str]:
    """Six significant digits, whole numbers plain: the last bits of a number differ between machines."""

    def write(value: float) -> str:
        text = f"{value:.0f}" if float(value).is_integer() else f"{value:.6g}"
        return text.replace(".", ",") if danish else text

    return write


def _pandoc(html: str, to: str, language: str, path: Path | None = None) -> str:
    command = [pypandoc.get_pandoc_path(), "--from=html", f"--to={to}", f"--metadata=lang:{LOCALES[language]}"]
    command += [f"--output={path}"] if path else []
    done = subprocess.run(
        command,
        input=html.encode(),
        capture_output=True,
        check=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH},
    )
    return done.stdout.decode()


def atomic(path: Path, write: Callable[[Path], object]) -> Path:
    """Write under another name in the same folder, then rename: no reader ever finds half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name
        write(draft)
        os.replace(draft, path)
    return path
