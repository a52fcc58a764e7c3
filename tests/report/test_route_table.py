"""The table of a counted route: every number of the call, in both languages, small counts as printed."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from rehab_stats.estimate.access.counted_route import counted_route
from rehab_stats.report.route_table import counted_route_table
from rehab_stats.vocabulary import Estimates

SHARES = {"basic": 0.42, "upper_secondary": 0.08, "vocational": 0.24, "short_higher": 0.03}
SHARES |= {"medium_higher": 0.10, "long_higher": 0.05, "unknown": 0.08}
ENGLISH = re.compile(
    r"\b(the|of|is|are|persons|share|counted|possible|without|course|education|basic|referred|newly|wrongly|already|all|"
    r"either|way|gap|part|route|year|months|job|other|less|most|computable|percentages|intervals|held|against)\b"
)


@pytest.fixture(scope="module")
def route() -> Estimates:
    return counted_route(
        reached=46,
        unreached=153,
        shares=SHARES,
        level="basic",
        referred=36,
        not_new={"earlier_course": 4, "wrongly_referred": 2},
        months=31,
        source="The centre, report on the project 2015-17 (in Danish)",
    )


def words_of(table) -> str:
    """Every word but the name of the source, which stays in its language."""
    parts = [table.title, *table.groups, *table.notes, *table.body.columns, *table.body.to_numpy().ravel()]
    return " ".join(parts).replace("The centre, report on the project 2015-17", "").lower()


def test_every_line_of_the_job_centre_route(route):
    table = counted_route_table(route, name="04_job_centre", note="Held to be an indication.")
    assert table.name == "04_job_centre"
    assert list(table.body.columns) == ["Counted", "Persons", "Estimate (95 % CI)", "Possible"]
    assert table.body.to_numpy().tolist() == [
        ["All", "199", "", ""],
        ["With a course", "46 of 199", "23.1 % (17.8 to 29.4)", ""],
        ["Without a course", "153 of 199", "", ""],
        ["Basic education", "64 of 153", "", "64 to 65"],
        ["Education other than basic", "77 of 153", "", "75 to 77"],
        ["Unknown education", "12 of 153", "", "12 to 13"],
        ["Basic education, the unknown counted either way", "", "", "64 to 78"],
        ["Education other than basic, the unknown counted either way", "", "", "75 to 89"],
        ["All", "36", "13.9 a year (9.8 to 19.3)", ""],
        ["Had a course already", "4 of 36", "", ""],
        ["Wrongly referred", "2 of 36", "", ""],
        ["Newly referred", "30 of 36", "11.6 a year (7.8 to 16.6)", ""],
        ["Newly referred, of those without a course", "30 of 153", "19.6 % (14.1 to 26.6)", "at most 19.6 %"],
        ["Basic education", "", "", "0.0 to 41.8 %"],
        ["Education other than basic", "", "", "0.0 to 38.0 %"],
        ["Basic education less education other than basic", "", "", "−38.0 to 41.8 pp"],
        ["Part of the gap that the route of referral closes", "", "", "not computable"],
    ]
    assert list(dict.fromkeys(table.groups)) == [
        "On benefits and in contact with a hospital about cancer, 2014",
        "Education of those without a course, from rounded percentages",
        "Referred in 31 months (job centre)",
        "Share with a course by education",
    ]
    assert table.title == (
        "A route of referral by printed counts: job centre. Figures as printed in The centre, report on the project "
        "2015-17, and what follows from them."
    )


def test_the_notes_say_what_the_numbers_cannot(route):
    table = counted_route_table(route, note="Held to be an indication.")
    notes = " ".join(table.notes)
    assert "Referrals of 31 months are held against persons counted in one year" in notes
    assert "perhaps none of the 46 had basic education, perhaps all" in notes
    assert "the sign of the difference is not known, nor how much of it the route closes" in notes
    assert "persons of unknown education are counted wherever that widens the range" in notes
    assert "exact Poisson limits" in notes
    assert table.notes[-1] == "Held to be an indication."
    assert "" not in counted_route_table(route).notes


def test_nothing_is_english_in_danish_but_the_source(route):
    table = counted_route_table(route, language="da")
    assert ENGLISH.findall(words_of(table)) == []
    lines = dict(zip(table.body["Optalt"][::-1], table.body.iloc[::-1, 1:].to_numpy().tolist(), strict=True))
    assert list(table.body.columns) == ["Optalt", "Personer", "Estimat (95 % KI)", "Muligt"]
    assert lines["Med forløb"] == ["46 af 199", "23,1 % (17,8 til 29,4)", ""]
    assert lines["Havde eller havde haft et forløb"] == ["4 af 36", "", ""]
    assert lines["Nyhenvist"] == ["30 af 36", "11,6 om året (7,8 til 16,6)", ""]
    assert lines["Nyhenvist, af dem uden forløb"] == ["30 af 153", "19,6 % (14,1 til 26,6)", "højst 19,6 %"]
    assert lines["Grundskole minus anden uddannelse end grundskole"] == ["", "", "−38,0 til 41,8 pp"]
    assert lines["Den del af forskellen, som henvisningsvejen udligner"] == ["", "", "kan ikke beregnes"]
    assert table.groups[0] == "På en ydelse og i kontakt med regionen om en kræftdiagnose, 2014"
    assert "publicerede tal" in " ".join(table.notes).lower()


def test_lines_are_the_estimates_own_numbers(route, tmp_path):
    """Also those of 1 to 4, which the report prints."""
    table = counted_route_table(route)
    data = pd.read_csv(table.csv(tmp_path / "route.csv"))
    assert len(data) == len(route)
    assert data["estimate"].tolist() == pytest.approx(route.tidy()["estimate"].tolist(), rel=1e-5, nan_ok=True)
    assert (data["hidden"] == 0).all()
    assert {4, 2} <= set(data["estimate"])


def test_a_bound_that_is_one_number_is_written_once():
    route = counted_route(
        reached=5,
        unreached=10,
        shares={"basic": 0.5, "long_higher": 0.5},
        level="basic",
        referred=6,
        not_new={},
        months=12,
        source="A report, 2018",
    )
    table = counted_route_table(route)
    assert table.body.loc[3].tolist() == ["Basic education", "5 of 10", "", "5"]
    assert len(table.body) == 3 + 2 + 3 + 4
    assert table.body["Counted"].tolist()[5:7] == ["All", "Newly referred"]


def test_it_becomes_the_same_files_each_time(route, tmp_path):
    once, again = (counted_route_table(route, language="da").save(tmp_path / place) for place in ("once", "again"))
    assert [path.suffix for path in once] == [".html", ".docx", ".tex", ".csv"]
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]


def test_rows_that_are_no_counted_route_are_refused(route):
    with pytest.raises(ValueError, match=r"needs all rows of counted_route\(\), which name their source"):
        counted_route_table(route.select(measure="count"))
    with pytest.raises(ValueError, match=r"needs all rows of counted_route\(\)"):
        counted_route_table(route.with_context(source=""))
    with pytest.raises(ValueError, match="two rows for"):
        counted_route_table(Estimates.stack([route, route]))
    with pytest.raises(ValueError, match="language must be one of en, da; got 'sv'"):
        counted_route_table(route, language="sv")
