"""What the README says there is, is there: figures, tables, needs, scenarios and calls."""

import re
from pathlib import Path

import pytest

import rehab_stats
from rehab_stats.batch.parameters import NOTEBOOKS
from rehab_stats.extract.files.reader import NEEDS_THE_UNREFERRED, NOTEBOOK_NEEDS
from rehab_stats.extract.synthetic.scenarios import MUNICIPAL, SCENARIOS

REPOSITORY = Path(__file__).resolve().parents[1]
TEXT = (REPOSITORY / "README.md").read_text(encoding="utf-8")
ALWAYS = {"persons", "diagnoses", "referrals"}


def table_after(heading: str) -> list[list[str]]:
    """The cells of the first table after a line that begins so, without its head."""
    lines = TEXT[TEXT.index(heading) :].splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip().strip("|").split(" |")])
    return rows[2:]


@pytest.mark.parametrize("row", table_after("## Notebooks and what they make"), ids=lambda row: row[0][1:3])
def test_a_notebook_makes_the_figures_and_tables_that_are_named(row):
    notebook = re.search(r"notebooks/(\w+)\.ipynb", row[0])[1]
    stored = {path.name for path in (REPOSITORY / "figures").iterdir() if path.name.startswith(notebook[:3])}
    pictures, tables = ({Path(name).stem for name in stored if name.endswith(end)} for end in (".svg", ".docx"))
    named = set(re.findall(r"`(\w[\w.]*)`", row[3]))
    assert pictures == set(re.findall(r"`(\w+)`", row[2]))
    assert tables == {name for name in named if "." not in name}
    papers = {name for name in stored if name.endswith((".xlsx", ".pdf")) and Path(name).stem not in pictures}
    assert papers == {name for name in named if "." in name}


def test_every_notebook_has_a_row():
    rows = table_after("## Notebooks and what they make")
    assert [re.search(r"notebooks/(\w+)\.ipynb", row[0])[1] for row in rows] == list(NOTEBOOKS)


def test_needs_are_those_that_the_reader_asks_for():
    rows = {row[0]: row[1] for row in table_after("What each notebook needs beside")}
    assert set(rows) == {name[:2] for name, needs in NOTEBOOK_NEEDS.items() if needs}
    for name, needs in NOTEBOOK_NEEDS.items():
        if needs:
            assert set(re.findall(r"`(\w+)`", rows[name[:2]])) == set(needs) - ALWAYS
            assert ("who were not referred" in rows[name[:2]]) == (name in NEEDS_THE_UNREFERRED)


def test_every_scenario_has_a_row():
    assert [row[0].strip("`") for row in table_after("writes a synthetic extract of another")] == [
        *SCENARIOS,
        MUNICIPAL.name,
    ]


def test_calls_named_are_exported():
    part = TEXT[TEXT.index("`standardised_risks`, `odds_ratios`") : TEXT.index("## Limits")]
    words = set(re.findall(r"`(\w+)`", part)) - {"Estimates"}
    own_modules = {"mice"}
    assert {word for word in words - own_modules if not hasattr(rehab_stats, word)} == set()
