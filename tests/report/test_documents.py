"""Tables as files: real Word tables, CSV for machines, the same bytes again."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree
import zipfile

import pandas as pd
import pytest

from rehab_stats.report.documents import Table
from rehab_stats.report.tables import descriptive_table, flow_table, gradient_table

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def document(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(archive.read(name))
        return ElementTree.fromstring(archive.read("word/document.xml"))


def word_rows(root):
    return [
        ["".join(t.text or "" for t in cell.iter(f"{W}t")) for cell in row.iter(f"{W}tc")]
        for row in root.iter(f"{W}tr")
    ]


def test_word_gets_a_real_table_with_every_cell(tmp_path, gradient):
    table = gradient_table(gradient(("odds_ratio", "risk_difference")), note="Synthetic data.")
    root = document(table.docx(tmp_path / "gradient.docx"))
    assert len(list(root.iter(f"{W}tbl"))) == 1
    rows = word_rows(root)
    assert rows[0] == list(table.body.columns)
    lines = [[cell.strip() for cell in row] for row in rows[1:] if len(row) > 1]
    assert lines == table.body.to_numpy().tolist()
    assert [row[0] for row in rows if len(row) == 1] == list(dict.fromkeys(table.groups))
    text = "".join(t.text or "" for t in root.iter(f"{W}t"))
    assert "Synthetic data." in text
    assert table.title in text


def test_a_wide_table_lies_on_its_side(tmp_path, gradient, flow):
    wide = document(gradient_table(gradient(("odds_ratio",))).docx(tmp_path / "a.docx"))
    narrow = document(flow_table(flow()).docx(tmp_path / "b.docx"))
    sizes = [next(root.iter(f"{W}pgSz")).attrib for root in (wide, narrow)]
    assert [(int(s[f"{W}w"]), int(s[f"{W}h"])) for s in sizes] == [(16838, 11906), (11906, 16838)]
    assert sizes[0][f"{W}orient"] == "landscape"


def test_spanners_join_their_columns_in_word(tmp_path, table_one):
    counts = pd.DataFrame([[30, 40], [50, 60]], index=["breast", "lung"], columns=["short", "long"])
    root = document(descriptive_table(table_one(counts)).docx(tmp_path / "t.docx"))
    assert next(span.attrib[f"{W}val"] for span in root.iter(f"{W}gridSpan")) == "2"
    assert "Education" in word_rows(root)[0]


def test_every_file_is_the_same_on_a_second_run(tmp_path, gradient):
    table = gradient_table(gradient(("hazard_ratio", "risk")))
    for folder in ("one", "two"):
        files = table.save(tmp_path / folder, "gradient")
    assert [path.name for path in files] == ["gradient.html", "gradient.docx", "gradient.tex", "gradient.csv"]
    for path in files:
        assert path.read_bytes() == (tmp_path / "one" / path.name).read_bytes(), path.name
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(path.name for path in files)


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch, flow):
    monkeypatch.chdir(tmp_path)
    assert flow_table(flow()).save("") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", ["en", "da"])
def test_csv_gives_the_numbers_back(tmp_path, gradient, language):
    made = gradient(("odds_ratio",))
    table = gradient_table(made, language=language)
    path = table.csv(tmp_path / "gradient.csv")
    marks = {"sep": ";", "decimal": ","} if language == "da" else {}
    back = pd.read_csv(path, **marks)
    pd.testing.assert_series_equal(back["estimate"], made.tidy()["estimate"], rtol=1e-5)
    assert list(back["n"]) == list(made.tidy()["n"])
    assert list(back["level"]) == list(made.tidy()["level"])
    word = {"en": "long education", "da": "lang uddannelse"}[language]
    assert word in set(back["level_label"])
    assert "henvisning" in path.read_text(encoding="utf-8") or language == "en"


def test_a_hidden_number_is_empty_in_the_csv(tmp_path, gradient):
    counts = {"short": (300, 40), "medium": (90, 3), "long": (80, 20)}
    text = gradient_table(gradient(("odds_ratio",), counts=counts)).csv(tmp_path / "t.csv").read_text(encoding="utf-8")
    medium = pd.read_csv(io.StringIO(text)).query("level == 'medium'")
    assert medium[["estimate", "std_error", "conf_low", "conf_high", "p_value", "events"]].isna().all(axis=None)
    assert (medium["hidden"] == 1).all()


def test_html_has_one_fixed_id_and_no_address_outside(gradient):
    table = gradient_table(gradient(("odds_ratio",)), name="by-education")
    html = table._repr_html_()
    assert html == gradient_table(gradient(("odds_ratio",)), name="by-education").html()
    assert 'id="table-by-education"' in html
    assert not re.search(r'(src|href)="', html)
    assert "1.31 (1.16 to 1.48)" in html
    assert "object at 0x" not in repr(table)


def test_latex_is_a_longtable(gradient):
    text = gradient_table(gradient(("odds_ratio",))).latex()
    assert r"\begin{longtable}" in text
    assert "1.31 (1.16 to 1.48)" in text


def test_marks_of_markup_are_only_text(tmp_path, table_one):
    counts = pd.DataFrame([[30, 40], [50, 60]], index=["<b>1 & 2</b>", "lung"], columns=["short", "long"])
    table = descriptive_table(table_one(counts))
    rows = word_rows(document(table.docx(tmp_path / "t.docx")))
    assert any("<b>1 & 2</b>" in cell for row in rows for cell in row)
    assert "<b>1" not in table.html()


def test_saved_writes_and_gives_back_the_table(tmp_path):
    table = Table(name="t", body=pd.DataFrame({"a": ["1"]}), title="T", data=pd.DataFrame({"a": [1]}))
    assert table.saved("") is table
    assert table.saved(tmp_path) is table
    assert {path.name for path in tmp_path.iterdir()} == {"t.html", "t.docx", "t.tex", "t.csv"}


def test_labels_of_lines_break_only_where_their_column_is_one_of_words():
    body = pd.DataFrame({"name": ["a long name"], "what": ["words"]})
    parts = {"name": "broken", "body": body, "title": "T", "data": body}
    assert "white-space: nowrap" in Table(**parts, words=("what",)).html()
    assert "white-space: nowrap" not in Table(**parts, words=("name", "what")).html()
