"""Saved figures: three formats, described in words, the same bytes again, nothing left half written."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import pytest

from rehab_stats.report.appearance import save_figure
from rehab_stats.report.figures import plot_flow, plot_forest

ALT = "Hazard ratio of referral; lang uddannelse 1,33 < 2 & æøå."


def test_a_second_run_writes_the_same_bytes(tmp_path, gradient, flow):
    for folder in ("one", "two"):
        save_figure(plot_forest(gradient()).figure, tmp_path / folder, "forest", alt=ALT)
        save_figure(plot_flow(flow()).figure, tmp_path / folder, "flow")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["flow.pdf", "flow.png", "flow.svg", "forest.pdf", "forest.png", "forest.svg", "forest.txt"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_a_caller_with_other_settings_gets_the_same_bytes(tmp_path, gradient):
    save_figure(plot_forest(gradient()).figure, tmp_path / "one", "forest")
    with plt.rc_context({"font.size": 20, "svg.hashsalt": "x", "pdf.fonttype": 3, "savefig.bbox": "tight"}):
        save_figure(plot_forest(gradient()).figure, tmp_path / "two", "forest")
    for name in ("forest.pdf", "forest.svg", "forest.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_the_description_is_in_every_file(tmp_path, gradient):
    paths = save_figure(plot_forest(gradient()).figure, tmp_path, "forest", alt=ALT)
    assert [path.suffix for path in paths] == [".pdf", ".svg", ".png", ".txt"]
    svg = (tmp_path / "forest.svg").read_text(encoding="utf-8")
    assert "<desc>Hazard ratio of referral; lang uddannelse 1,33 &lt; 2 &amp; æøå.</desc>" in svg
    assert 'role="img"' in svg
    assert "<title>forest</title>" in svg
    assert (tmp_path / "forest.txt").read_text(encoding="utf-8") == ALT + "\n"
    pdf = (tmp_path / "forest.pdf").read_bytes()
    assert b"/Subject" in pdf
    assert b"Description" in (tmp_path / "forest.png").read_bytes()


def test_no_dates_or_programs_in_the_files(tmp_path, gradient):
    save_figure(plot_forest(gradient()).figure, tmp_path, "forest")
    assert b"CreationDate" not in (tmp_path / "forest.pdf").read_bytes()
    assert not re.search(r"<dc:date>|Matplotlib v", (tmp_path / "forest.svg").read_text(encoding="utf-8"))
    assert b"Software" not in (tmp_path / "forest.png").read_bytes()


def test_the_fonts_are_embedded_as_type_42(tmp_path, gradient):
    save_figure(plot_forest(gradient()).figure, tmp_path, "forest")
    pdf = (tmp_path / "forest.pdf").read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch, gradient):
    monkeypatch.chdir(tmp_path)
    assert save_figure(plot_forest(gradient()).figure, "", "forest") == []
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path, gradient, monkeypatch):
    figure = plot_forest(gradient()).figure
    save_figure(figure, tmp_path, "forest")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken(path, **_):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(figure, "savefig", broken)
    with pytest.raises(OSError, match="disk full"):
        save_figure(figure, tmp_path, "forest")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
