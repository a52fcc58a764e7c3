"""One printed page: everything on it, letters as they are, the same bytes each time, or a refusal."""

import struct

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from rehab_stats.report.documents import Table
from rehab_stats.report.page import _text, save_page

A4_AT_110 = (910, 1287)


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def table(lines=12, label='Første kontakt inden 5 hverdage #*_$@<x> [a] \\ "q"'):
    body = pd.DataFrame({"Indikator": [label] * lines, "% (95 % KI)": ["82,9 (70,1 til 90,2)"] * lines})
    return Table(
        name="t", body=body, title="Indikatorer", data=body, notes=("En note.",), totals=(lines - 1,),
        groups=("Frister",) * lines, language="da",
    )  # fmt: skip


def figure():
    fig, ax = plt.subplots(figsize=(3.4, 2))
    ax.plot([1, 2])
    return fig


def size(png: bytes) -> tuple[int, int]:
    return struct.unpack(">II", png[16:24])


def test_a_page_is_one_sheet_of_a4(tmp_path):
    path = save_page([table()], [figure(), figure()], tmp_path / "page.png", title="Indikatorer", language="da")
    assert size(path.read_bytes()) == pytest.approx(A4_AT_110, abs=2)
    pdf = save_page([table()], [], tmp_path / "page.pdf", title="Indikatorer", language="da").read_bytes()
    assert pdf.startswith(b"%PDF")


def test_the_same_bytes_each_time(tmp_path):
    made = [
        save_page([table()], [figure()], tmp_path / f"{name}.pdf", title="Indikatorer", language="da").read_bytes()
        for name in ("one", "two")
    ]
    assert made[0] == made[1]
    assert b"CreationDate" not in made[0]


def test_a_long_table_is_set_smaller_and_one_that_is_too_long_is_refused(tmp_path):
    save_page([table(60, "kort")], [], tmp_path / "long.pdf", title="Lang", language="da")
    with pytest.raises(ValueError, match="Lang: 3 pages in letters of 6 points: leave out a table or a figure"):
        save_page([table(200, "kort")], [], tmp_path / "too_long.pdf", title="Lang", language="da")
    assert [path.name for path in tmp_path.iterdir()] == ["long.pdf"]


def test_no_letter_is_read_as_markup():
    assert _text('a "b" \\ #c\nd') == '"a \\"b\\" \\\\ #c\\nd"'
    # what belongs together stays together
    assert _text("82.9 (70.1 to 90.2)") == '"82.9 (70.1\u00a0to\u00a090.2)"'
    assert _text("2023-H1 to 2024-H1") == '"2023\u2011H1 to 2024\u2011H1"'


def test_nothing_is_refused_and_an_empty_path_writes_nothing(tmp_path):
    assert save_page([table()], [], "", title="x") is None
    with pytest.raises(ValueError, match="nothing to put on the page"):
        save_page([], [], tmp_path / "page.pdf", title="x")
