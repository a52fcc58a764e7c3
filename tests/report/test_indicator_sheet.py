"""The sheet of a municipality: what a line says, and that six sheets hide the same numbers."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.monitoring.coverage import coverage
from rehab_stats.estimate.monitoring.equity import coverage_equity
from rehab_stats.estimate.monitoring.funnel import funnel
from rehab_stats.estimate.monitoring.indicators import deadline_equity, deadline_shares, each_deadline, units_and_all
from rehab_stats.estimate.monitoring.shares import indicator_share
from rehab_stats.report.indicator_sheet import indicator_sheet, overview_table
from rehab_stats.vocabulary import Estimates

NOW, BEFORE = "2024-H2", "2023-H1..2024-H1"
LATE = {("A", NOW): (30, 10), ("B", NOW): (40, 12), ("C", NOW): (20, 3), ("A", BEFORE): (90, 20)}
LATE |= {("B", BEFORE): (100, 25), ("C", BEFORE): (60, 12)}


def waits(late=LATE):
    """Rows of `deadline_waits`: so many due, so many of them late, by municipality and window."""
    rows = []
    for (place, window), (n, few) in late.items():
        for number in range(n):
            rows.append({"municipality": place, "window": window, "days": 12 if number < few else 3, "status": "done"})
    frame = pd.DataFrame(rows)
    frame["window"] = pd.Categorical(frame["window"], [BEFORE, NOW], ordered=True)
    education = ["basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher"]
    frame["education"] = pd.Categorical([education[i % 4] for i in range(len(frame))], education, ordered=True)
    late_now = (frame["days"] > 10).astype(float)
    return frame.assign(
        deadline="needs_assessment", limit=10, unit="working_days", due=True, in_time=1 - late_now, period="2024-H2"
    )


def shares(rows):
    found = units_and_all(
        rows, estimator=deadline_shares, unit="municipality", by="window", targets={"needs_assessment": 0.9}
    )
    return found.select(measure="deadline_share")


@pytest.fixture
def indicators():
    frame = pd.DataFrame(
        {"municipality": ["A", "B", "C"], "window": NOW, "referred": [30, 40, 20], "need_incident": [50.0, 60.0, 40.0]}
    )
    covered = units_and_all(
        frame, estimator=coverage, referred="referred", expected="need_incident", unit="municipality", by="window"
    )
    return Estimates.stack([shares(waits()), covered])


def line(table, words):
    body = table.body.set_index(table.body.columns[0])
    return body.loc[words].to_dict()


def test_a_line_says_number_share_criterion_earlier_and_all(indicators):
    sheet = indicator_sheet(indicators, period=NOW, municipality="B")
    assert sheet.title == "Indicators, municipality B, 2024-H2"
    found = line(sheet, "Needs assessment within 10 working days")
    assert found["Number"] == "28 of 40"
    assert found["% (95 % CI)"].startswith("70.0 (54.6 to 81.9)")
    assert found["Criterion"] == "not met (90 %)"
    assert found["2023-H1 to 2024-H1, %"] == "75.0 (n 100)"
    assert found["All, %"] == "72.2 (n 90)"


def test_coverage_is_referred_per_hundred_expected(indicators):
    found = line(indicator_sheet(indicators, period=NOW, municipality="B"), sheet_words(indicators))
    assert found["Number"] == "40 per 60 expected"
    assert found["% (95 % CI)"].startswith("66.7 (")


def test_coverage_along_education_is_per_hundred_expected_and_names_its_assumption(indicators):
    levels = ["basic", "short", "long"]
    frame = pd.DataFrame(
        {
            "education": pd.Categorical(levels * 2, levels, ordered=True),
            "municipality": ["A"] * 3 + ["B"] * 3,
            "referred": [30, 40, 50, 60, 50, 40],
            "need_incident": [80.0, 70.0, 60.0] * 2,
        }
    )
    slopes = units_and_all(
        frame, estimator=coverage_equity, referred="referred", expected="need_incident", rank="education",
        unit="municipality",
    )  # fmt: skip
    sheet = indicator_sheet(indicators, period=NOW, municipality="B", equity=slopes, equity_of=NOW)
    row = slopes.select(measure="coverage_slope", stratum="municipality=B").tidy().iloc[0]
    assert line(sheet, sheet_words(indicators))["Slope by education, pp (95 % CI)"].startswith(
        f"{100 * row['estimate']:.1f} (".replace("-", "−")
    )
    assert "as if new cases of every education needed it alike" in " ".join(sheet.notes)
    without = indicator_sheet(
        indicators, period=NOW, municipality="B", equity=deadline_equity(waits(), rank="education")
    )
    assert "needed it alike" not in " ".join(without.notes)


def sheet_words(indicators):
    labels = indicator_sheet(indicators, period=NOW, municipality="B").body.iloc[:, 0]
    return next(text for text in labels if text.startswith("Referred, per 100 of"))


def test_the_danish_sheet_is_danish(indicators):
    sheet = indicator_sheet(indicators, period=NOW, municipality="B", language="da")
    assert sheet.title == "Indikatorer, kommune B, 2024-H2"
    found = line(sheet, "Behovsvurdering inden 10 hverdage")
    assert found["Antal"] == "28 af 40"
    assert found["Kriterium"] == "ikke opfyldt (90 %)"
    assert "2023-H1 til 2024-H1, %" in found


def test_a_small_number_is_hidden_on_its_sheet_and_cannot_be_worked_out_from_the_others(indicators):
    # 3 of 20 late in C: hidden; were A, B and all shown it would be the rest, so another one goes too
    sheets = {code: indicator_sheet(indicators, period=NOW, municipality=code) for code in ("A", "B", "C", "")}
    numbers = {code: line(sheet, "Needs assessment within 10 working days")["Number"] for code, sheet in sheets.items()}
    assert numbers["C"] == "– of 20"
    assert sum(text.startswith("–") for text in numbers.values()) >= 2
    side_by_side = overview_table(indicators, period=NOW)
    cells = line(side_by_side, "Needs assessment within 10 working days")
    assert {code for code in "ABC" if cells[code].startswith("–")} == {
        code for code in "ABC" if numbers[code].startswith("–")
    }
    assert any("Hidden: fewer than 5" in note for note in sheets["C"].notes)


def test_position_and_slope_stand_beside_the_level(indicators):
    rows = waits()
    chance = each_deadline(rows[rows["window"] == NOW], estimator=funnel, unit="municipality")
    slopes = units_and_all(rows, estimator=deadline_equity, unit="municipality", rank="education")
    sheet = indicator_sheet(
        indicators, period=NOW, municipality="A", funnels=chance, equity=slopes, equity_of="2023-H1..2024-H2"
    )
    found = line(sheet, "Needs assessment within 10 working days")
    assert found["Against chance"] in {"inside the limits", "–"}
    assert any("2023-H1 to 2024-H2" in note for note in sheet.notes)
    together = indicator_sheet(indicators, period=NOW, equity=slopes, equity_of="2023-H1..2024-H2")
    assert "Against chance" not in together.body
    assert "(" in line(together, "Needs assessment within 10 working days")["Slope by education, pp (95 % CI)"]


def test_the_data_behind_a_sheet_are_its_own_and_those_of_all(indicators):
    data = indicator_sheet(indicators, period=NOW, municipality="A").data
    assert set(data["level"].dropna()) == {"A"}
    assert data["level"].isna().any()


def test_a_municipality_or_period_that_is_not_there_is_refused(indicators):
    with pytest.raises(ValueError, match="no indicator of X in 2024-H2: there are A, B, C"):
        indicator_sheet(indicators, period=NOW, municipality="X")
    with pytest.raises(ValueError, match="no indicator in 2019-H1"):
        overview_table(indicators, period="2019-H1")


def test_nothing_estimated_is_a_reason():
    nothing = Estimates([], context={"refused": "nobody's wait has ended yet: there is no incidence"})
    assert "nobody's wait" in indicator_sheet(nothing, period=NOW).body.iloc[0, 0]


def test_indicators_of_different_persons_do_not_hide_each_other():
    # 30 due for one deadline and 28 for another: two of whom nobody knows what became, and no group of two
    rows = waits({("A", NOW): (30, 10), ("B", NOW): (40, 12)})
    other = waits({("A", NOW): (28, 9), ("B", NOW): (37, 12)}).assign(deadline="first_contact", limit=5)
    other["days"] = np.where(other["days"] > 10, 12, 3)
    both = shares(pd.concat([rows, other]))
    sheet = indicator_sheet(both, period=NOW, municipality="A")
    assert not sheet.body.apply(lambda column: column.str.startswith("–")).any(axis=None)


def test_three_persons_cannot_be_told_from_all_and_the_others():
    rows = pd.DataFrame({"municipality": ["A"] * 20 + ["B"] * 3 + ["C"] * 30, "window": NOW, "reached": 1.0})
    rows.loc[rows["municipality"].eq("C") & (rows.index % 2 == 0), "reached"] = 0.0
    found = units_and_all(rows, estimator=indicator_share, outcome="reached", unit="municipality", by="window")
    cells = overview_table(found, period=NOW).body.iloc[0]
    # all less A and C would be the three of B
    assert cells[["A", "B", "All"]].tolist() == ["– (n –)", "– (n –)", "71.7 (38/53)"]
