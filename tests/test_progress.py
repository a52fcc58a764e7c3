"""Progress: what a batch run can read, silence in notebooks, a bar on a terminal; from several threads."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from rehab_stats import progress
from rehab_stats.estimate.model.bootstrap import bootstrap
from rehab_stats.progress import FILE, counting


def test_a_batch_run_reads_how_far_the_draws_are(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    monkeypatch.setenv(FILE, str(path))
    bootstrap(lambda weights: np.array([weights.max()]), 9, draws=50, workers=2)
    assert json.loads(path.read_text()) == {"done": 50, "total": 50, "what": "draws"}
    assert list(tmp_path.iterdir()) == [path]  # no draft is left


def test_steps_between_are_said_seldom(tmp_path, monkeypatch):
    monkeypatch.setenv(FILE, str(tmp_path / "progress.json"))
    said = []
    monkeypatch.setattr(progress, "_write", lambda path, done, total, what: said.append(done))
    with counting(10_000, "draws") as step, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: step(), range(10_000)))
    assert said[-1] == 10_000
    assert said == sorted(said)
    assert len(said) < 100


def test_nobody_looking_nothing_is_said(capsys, monkeypatch):
    monkeypatch.delenv(FILE, raising=False)
    with counting(3, "draws") as step:
        step()
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_a_bar(capsys, monkeypatch):
    monkeypatch.delenv(FILE, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with counting(2, "draws") as step:
        step()
        step()
    assert "draws" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv(FILE, str(tmp_path / "no such folder" / "progress.json"))
    with counting(1, "draws") as step:
        step()
