"""coverage_equity: against R, its level is that of coverage, known truth, unknown education, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.monitoring.coverage import coverage
from rehab_stats.estimate.monitoring.equity import coverage_equity
from rehab_stats.vocabulary import TIDY_COLUMNS

LEVELS = ["basic", "vocational", "short", "long", "unknown"]
CALL = {"referred": "k", "expected": "need", "rank": "education"}
CASES = {
    "graded": ([21, 44, 37, 16], [48.4, 71.2, 40.4, 12.8]),
    "few": ([3, 0, 9, 2], [9.6, 7.2, 10, 0.8]),
    "reversed": ([210, 340, 95, 20], [300.4, 611.2, 240, 80]),
}


def made(k, need, levels=LEVELS, **columns):
    education = pd.Categorical(levels[: len(k)], LEVELS, ordered=True)
    return pd.DataFrame({"education": education, "k": k, "need": need}).assign(**columns)


@pytest.mark.parametrize("case", CASES)
def test_against_r(case, read_reference):
    """glm with an offset and the delta method written out: tests/reference/monitoring.R."""
    wanted = read_reference("monitoring_ladder").loc[case].astype(float)
    found = coverage_equity(made(*CASES[case]), **CALL, fewest=2)
    assert list(found.tidy().columns) == list(TIDY_COLUMNS)
    rows = found.tidy().set_index("measure")
    for measure, name in (("coverage_slope", "slope"), ("coverage_ratio", "ratio")):
        assert rows.loc[measure, "estimate"] == pytest.approx(wanted[name], rel=1e-8)
    slope, error = wanted["slope"], wanted["slope_error"]
    assert rows.loc["coverage_slope", "std_error"] == pytest.approx(error, rel=1e-6)
    assert rows.loc["coverage_slope", "conf_low"] == pytest.approx(slope - 1.959963984540054 * error, rel=1e-6)
    assert rows.loc["coverage_ratio", "std_error"] == pytest.approx(wanted["log_ratio_error"], rel=1e-6)


def test_the_level_is_that_of_coverage_and_unknown_education_is_in_it():
    data = made([21, 44, 37, 16, 6], [48.4, 71.2, 40.4, 12.8, 9.2])
    found = coverage_equity(data, **CALL)
    level = coverage(data, referred="k", expected="need")
    numbers = ["estimate", "std_error", "conf_low", "conf_high", "events"]
    pd.testing.assert_frame_equal(found.tidy()[numbers].iloc[:1], level.tidy()[numbers])
    assert found.details()["expected"].iloc[0] == pytest.approx(182)
    assert found.tidy()["events"].tolist() == [124, 118, 118]
    assert found.diagnostics["rows_unranked"] == 1
    alone = coverage_equity(data[data["education"] != "unknown"], **CALL).tidy()
    pd.testing.assert_frame_equal(found.tidy()[numbers].iloc[1:], alone[numbers].iloc[1:])


def test_rows_of_a_level_are_added_up_in_any_order():
    halves = pd.concat([made([10, 20, 30, 9], [24.2, 35.6, 20.2, 6.4]), made([11, 24, 7, 7], [24.2, 35.6, 20.2, 6.4])])
    whole = coverage_equity(made(*CASES["graded"]), **CALL).tidy()
    shuffled = halves.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(coverage_equity(shuffled, **CALL).tidy(), whole)


def test_intervals_hold_a_known_line():
    """1,000 municipalities whose coverage rises from 0.5 to 1.0 along the ridit of the expected."""
    need = np.array([20.0, 30.0, 15.0, 8.0])
    x = (need.cumsum() - need / 2) / need.sum()
    k = np.random.default_rng(6).poisson(need * 0.5 * 2.0**x, (1_000, 4))
    places = [made(counts, need, municipality=f"m{place:04}") for place, counts in enumerate(k)]
    rows = coverage_equity(pd.concat(places), **CALL, by="municipality").tidy()
    for measure, truth in (("coverage_slope", 0.5), ("coverage_ratio", 2.0)):
        mine = rows[rows["measure"] == measure]
        assert len(mine) == 1_000
        # 0.95 with four standard errors of a share of 1,000
        held = (mine["conf_low"] <= truth) & (mine["conf_high"] >= truth)
        assert held.mean() == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 1_000))


@pytest.mark.parametrize(
    ("k", "need", "reason", "danish"),
    [
        (
            [2, 3, 1, 1],
            [9, 9, 9, 9],
            "fewer than 10 of those referred have a known education: too few for a slope",
            "færre end 10 af de henviste har uddannelse oplyst",
        ),
        (
            [0, 30, 0, 0],
            [9, 9, 9, 9],
            "all referred are of one level of education: there is no slope",
            "alle henviste er på ét niveau af uddannelse",
        ),
        (
            [9, 9, 9, 1],
            [9, 9, 9, 0],
            "persons were referred at a level of education at which nobody is expected: there is no slope",
            "et niveau af uddannelse, hvor ingen er forventet",
        ),
    ],
)
def test_a_municipality_without_a_slope_keeps_its_coverage(k, need, reason, danish):
    data = pd.concat([made(k, need, municipality="C"), made(*CASES["graded"], municipality="B")])
    found = coverage_equity(data, **CALL, by="municipality")
    assert found.context["refused"] == {"municipality=C": reason}
    assert found.select(stratum="municipality=C").tidy()["measure"].tolist() == ["coverage"]
    assert len(found.select(stratum="municipality=B")) == 3
    assert danish in found.sentences(language="da")[-1]


def test_a_level_in_which_nobody_is_and_nobody_is_expected_is_no_level():
    found = coverage_equity(made([21, 44, 37, 0], [48.4, 71.2, 40.4, 0]), **CALL).tidy()
    three = coverage_equity(made([21, 44, 37], [48.4, 71.2, 40.4]), **CALL).tidy()
    pd.testing.assert_frame_equal(found, three)


def test_sentences_say_which_way_and_what_is_assumed():
    found = coverage_equity(
        made(*CASES["graded"]).rename(columns={"need": "need_incident"}), **CALL | {"expected": "need_incident"}
    )
    slope, ratio = found.sentences()[1:]
    assert slope.startswith(
        "For every 100 expected (those newly diagnosed expected to need it (40 %)), 84.3 more were "
    )
    assert "at the highest than at the lowest end of the ranking by education" in slope
    assert "3.41 times as high" in ratio
    assert "the same share of new cases at every level" in ratio
    fewer = coverage_equity(made(*CASES["reversed"]), **CALL).sentences(language="da")[1]
    assert "47,2 færre henvist" in fewer


def test_refusals():
    with pytest.raises(WrongCall, match="fewest must be at least 2; got True"):
        coverage_equity(made(*CASES["graded"]), **CALL, fewest=True)
    with pytest.raises(ValueError, match="nobody is expected to need it: there is nothing to cover"):
        coverage_equity(made([0, 0], [0, 0]), **CALL)
    with pytest.raises(ValueError, match="education has no order"):
        coverage_equity(made(*CASES["graded"]).astype({"education": str}), **CALL)
    with pytest.raises(ValueError, match="k must be a whole number from 0 on"):
        coverage_equity(made([1.5, 2], [9, 9]), **CALL)
