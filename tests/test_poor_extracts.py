"""Notebooks on what a small or poorly documented place may hold: they say what they cannot tell, and go on."""

from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest

from rehab_stats.batch.parameters import NOTEBOOKS
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.files.reader import load_extract
from rehab_stats.extract.synthetic.simulate import write_extract
from rehab_stats.vocabulary import Estimates

FIGURES = Path(__file__).resolve().parents[1] / "figures"
load_once = cache(load_extract)


def of_the_referred(tables):
    """Nobody is known who was not referred."""
    keep(tables, set(tables["referrals"]["person_id"]))


def never_met(tables):
    tables["appointments"] = tables["appointments"].iloc[:1]


def twelve_referrals(tables):
    """Of the first weeks, in one half-year; and persons were asked about their course on one scale only."""
    tables["referrals"] = tables["referrals"].sort_values("received_on").iloc[:12]
    tables["forms"] = tables["forms"][tables["forms"]["scale"].eq("satisfied")]


def education_unknown_and_no_courses(tables):
    education_unknown(tables)
    del tables["courses"]


def education_unknown(tables):
    tables["persons"] = tables["persons"].assign(education="unknown")


def three_hundred_persons(tables):
    keep(tables, set(tables["persons"]["person_id"].sample(300, random_state=1)))


def eight_referred(tables):
    """Of 3,000 persons."""
    referred = set(tables["referrals"]["person_id"])
    others = tables["persons"].loc[~tables["persons"]["person_id"].isin(referred), "person_id"]
    keep(tables, {*others.sample(3_000, random_state=1), *sorted(referred)[:8]})


def no_forms(tables):
    three_hundred_persons(tables)
    del tables["forms"], tables["items"]


def keep(tables, persons):
    for name, table in tables.items():
        if "person_id" in table:
            tables[name] = table[table["person_id"].isin(persons)]


def run(path, parameters):
    """The names that a notebook's code leaves behind, its parameters replaced."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    names = {"__name__": "notebook"}
    for number, source in enumerate(cells, start=1):
        exec(compile(source, f"{path.stem}, cell {number}", "exec"), names)
        if number == 1:
            assert set(parameters) <= set(names)
            names |= parameters
    plt.close("all")
    return names


MONTHS = {"period": "2021-H1", "chart": "month"}
CASES = [
    ("03_effect", three_hundred_persons, {"language": "da"}, ""),
    ("03_effect", education_unknown, {}, ""),
    ("04_pathway", eight_referred, {"draws": 100}, ""),
    ("04_pathway", no_forms, {"draws": 100}, "the extract has no forms"),
    ("05_monitoring", of_the_referred, {"started_on": ""}, "no measure is named"),
    ("05_monitoring", never_met, {"language": "da", "municipality": "C"}, ""),
    ("05_monitoring", twelve_referrals, MONTHS, ""),
    ("05_monitoring", education_unknown_and_no_courses, {"closed": [], "living_with_cancer": {}}, ""),
]


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    ("name", "change", "parameters", "said"), CASES, ids=lambda case: getattr(case, "__name__", None)
)
def test_a_poor_extract_is_no_crash(name, change, parameters, said, tmp_path):
    book = NOTEBOOKS[name]
    whole = load_once(book.extract)
    tables = {table: rows.copy() for table, rows in whole.tables.items()}
    change(tables)
    tables = {table: rows.reset_index(drop=True) for table, rows in tables.items()}
    extract = write_extract(Extract(tables, whole.meta), tmp_path / "extract")
    names = run(book.path, parameters | {"extract": str(extract), "output": str(tmp_path / "out")})
    made = {path.stem for path in (tmp_path / "out").rglob("*.*")}
    assert {path.stem for path in FIGURES.iterdir() if path.name.startswith(name[:3])} <= made
    found = [value for value in names.values() if isinstance(value, Estimates)]
    assert found
    if said:
        assert any(said in str(estimates.context.get("refused")) for estimates in found)
