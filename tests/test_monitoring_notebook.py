"""Notebook 05 on what a small or poorly documented municipality may hold: it says what it cannot tell and goes on."""

from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from rehab_stats.extract.contract import Extract
from rehab_stats.extract.files.reader import SIX_MUNICIPALITIES, load_extract
from rehab_stats.extract.synthetic.simulate import write_extract

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "05_monitoring.ipynb"
CELLS = [cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]


def of_the_referred(tables):
    """Nobody is known who was not referred."""
    referred = tables["referrals"]["person_id"]
    for name in ("persons", "diagnoses"):
        tables[name] = tables[name][tables[name]["person_id"].isin(referred)]


def never_met(tables):
    tables["appointments"] = tables["appointments"].iloc[:1]


def twelve_referrals(tables):
    """Of the first weeks, in one half-year; and persons were asked about their course on one scale only."""
    tables["referrals"] = tables["referrals"].sort_values("received_on").iloc[:12]
    tables["forms"] = tables["forms"][tables["forms"]["scale"].eq("satisfied")]


def known_education_of_none(tables):
    tables["persons"] = tables["persons"].assign(education="unknown")
    del tables["courses"]


@pytest.mark.filterwarnings("error::RuntimeWarning", "error::UserWarning")
@pytest.mark.parametrize(
    ("change", "parameters"),
    [
        (of_the_referred, {"started_on": ""}),
        (never_met, {"language": "da", "municipality": "C"}),
        (twelve_referrals, {"period": "2021-H1", "chart": "month"}),
        (known_education_of_none, {"language": "da", "closed": [], "living_with_cancer": {}}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_poor_extract_is_no_crash(change, parameters, tmp_path):
    whole = load_extract(SIX_MUNICIPALITIES)
    tables = {name: table.copy() for name, table in whole.tables.items()}
    change(tables)
    tables = {name: table.reset_index(drop=True) for name, table in tables.items()}
    extract = write_extract(Extract(tables, whole.meta), tmp_path / "extract")
    written = {"extract": str(extract), "output": str(tmp_path / "out")}
    names = {"__name__": "notebook"}
    for number, source in enumerate(CELLS):
        exec(compile(source, f"cell {number + 1}", "exec"), names)
        if number == 0:
            assert set(parameters) <= set(names)
            names |= parameters | written
    plt.close("all")
    made = {path.stem for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert {"05_sheet", "05_funnel", "05_chart", "05_measure", "05_waiting", "05_indicators", "05_page"} <= made
    # nothing of few is printed, whatever the extract is like
    shown = names["indicators"].tidy()
    counts = shown[["n", "events"]].to_numpy(dtype=float)
    assert not ((counts > 0) & (counts < 5) & ~np.isnan(counts)).any()
