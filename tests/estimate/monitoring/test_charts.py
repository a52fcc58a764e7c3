"""Run charts and p-charts: rules by hand, against R, false alarms and changes found on simulated series, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.monitoring.charts import p_chart, run_chart, runs_about
from rehab_stats.estimate.monitoring.funnel import funnel_limits
from rehab_stats.estimate.monitoring.shares import rows_from_counts


def series(values, start=2015):
    periods = [f"{start + i // 2}-H{i % 2 + 1}" for i in range(len(values))]
    return pd.DataFrame({"period": periods, "referrals": values})


def by_period(events, n):
    counts = series(events).rename(columns={"referrals": "k"}).assign(n=n)
    return rows_from_counts(counts, events="k", n="n")


# ---- by hand


def test_runs_and_crossings_by_hand():
    sides = np.array([1, 1, 0, 1, -1, -1, 1, 0, -1, -1, -1, -1])
    runs = runs_about(sides)  # ten useful: +++ -- + ----
    assert (runs.useful, runs.longest_run, runs.crossings) == (10, 4, 3)
    assert (runs.longest_run_limit, runs.crossings_limit) == (6, 2)
    assert not runs.shifted
    assert runs_about(np.array([0, 0])).useful == 0


def test_the_median_is_the_line_and_a_rise_is_a_shift():
    found = run_chart(series([20, 22, 21, 25, 24, 27, 31, 30, 33, 35, 36, 40]), value="referrals", period="period")
    assert set(found.details()["centre"]) == {28.5}
    assert found.details()["side"].tolist() == [-1.0] * 6 + [1.0] * 6
    assert found.diagnostics["crossings"] == 1
    assert found.diagnostics["signal"] == "shift"
    assert found.tidy()["measure"].unique().tolist() == ["referrals_received"]


def test_few_periods_say_that_they_are_too_few():
    found = run_chart(series([1, 2, 3, 4, 5, 6, 7, 8]), value="referrals", period="period")
    assert found.diagnostics["signal"] == "too_few"
    assert found.diagnostics["useful"] == 8


def test_a_line_may_be_given_and_rows_come_in_time():
    data = series([20, 30, 20, 30]).iloc[::-1]
    found = run_chart(data, value="referrals", period="period", measure="mean", centre=25)
    assert found.tidy()["level"].tolist() == ["2015-H1", "2015-H2", "2016-H1", "2016-H2"]
    assert found.tidy()["n"].isna().all()
    assert found.details()["side"].tolist() == [-1, 1, -1, 1]


def test_p_chart_by_hand():
    found = p_chart(by_period([9, 8, 2, 9], [10, 10, 10, 11]), outcome="in_time", period="period", baseline=2)
    tidy, details = found.tidy(), found.details()
    assert details["centre"].unique().tolist() == [0.85]
    assert tidy["level"].tolist() == ["2015-H1", "2015-H2", "2016-H1", "2016-H2", None]
    assert details["position"].tolist()[:4] == ["inside", "inside", "below_0.9973", "inside"]
    assert details["side"].tolist()[:4] == [1, -1, -1, -1]
    lines = funnel_limits([10], target=0.85, levels=[0.9973]).tidy().iloc[0]
    assert details.loc[0, ["low_0.9973", "high_0.9973"]].tolist() == pytest.approx(
        lines[["conf_low", "conf_high"]].tolist()
    )
    assert found.diagnostics["signal"] == "outside"
    assert found.diagnostics["outside"] == 1
    assert p_chart(by_period([9, 8], [10, 10]), outcome="in_time", period="period").details()["centre"].iloc[0] == 0.85


def test_silent_where_a_period_holds_too_few():
    """Three late in a row at 90 % have probability 0.001; two have 0.01."""
    call = {"outcome": "in_time", "period": "period", "centre": 0.9}
    for late, said in ((2, "inside"), (3, "below_0.9973")):
        found = p_chart(by_period([0, 9], [late, 10]), **call)
        assert found.details()["position"].iloc[0] == said
    for n, said in ((62, "inside"), (63, "above_0.9973")):
        assert p_chart(by_period([n, 9], [n, 10]), **call).details()["position"].iloc[0] == said


# ---- against R


def test_limits_of_runs_against_r(read_reference):
    """round(log2(m)) + 3 and qbinom(0.05, m - 1, 0.5): tests/reference/monitoring.R."""
    for useful, wanted in read_reference("monitoring_runs", index="useful").iterrows():
        runs = runs_about(np.array([1, -1] * useful)[:useful])
        assert (runs.longest_run_limit, runs.crossings_limit) == tuple(wanted)


def test_tails_against_r(read_reference):
    """A line that is the share of all: outside where pbinom is below 0.00135."""
    units = read_reference("monitoring_units", index="unit")
    counts = units.assign(period=[f"{i:02}" for i in range(len(units))])[["period", "events", "n"]]
    rows = rows_from_counts(counts, events="events", n="n")
    found = p_chart(rows, outcome="in_time", period="period").details()["position"].iloc[:-1]
    wanted = (units[["few", "many"]].min(axis=1) < 0.00135).to_numpy()
    assert ((found != "inside").to_numpy() == wanted).all()


# ---- known truth


def test_false_alarms_and_changes_found():
    """As the docstring says of 20 points and a shift by two standard deviations."""
    rng, alarms, seen, known = np.random.default_rng(6), 0, 0, 0
    for _ in range(400):
        still = rng.standard_normal(20)
        moved = still + np.repeat([0, 2], 10)
        alarms += runs_about(np.sign(still - np.median(still))).shifted
        seen += runs_about(np.sign(moved - np.median(moved))).shifted
        known += runs_about(np.sign(moved)).shifted
    assert alarms / 400 < 0.05
    assert 0.5 < seen / 400 < 0.68
    assert known / 400 > 0.85


def test_a_drop_in_a_small_municipality_is_seen_in_most_series():
    rng, seen, alarms = np.random.default_rng(7), 0, 0
    call = {"outcome": "in_time", "period": "period", "baseline": 8}
    for _ in range(60):
        before, size = rng.binomial(25, 0.9, 8), [25] * 14
        seen += p_chart(by_period([*before, *rng.binomial(25, 0.65, 6)], size), **call).diagnostics["signal"] != "none"
        alarms += p_chart(by_period([*before, *rng.binomial(25, 0.9, 6)], size), **call).diagnostics["outside"] > 0
    assert seen / 60 > 0.8
    assert alarms / 60 < 0.1


# ---- refusals


def test_refusals():
    data = series([1, 2, 3])
    with pytest.raises(ValueError, match=r"period must name each period once: 1 rows are not \(rows 1\)"):
        run_chart(data.assign(period=["a", "a", "b"]), value="referrals", period="period")
    with pytest.raises(WrongCall, match="measure: there is no 'referals_received'; did you mean 'referrals_received'"):
        run_chart(data, value="referrals", period="period", measure="referals_received")
    with pytest.raises(ValueError, match="referrals must be finite"):
        run_chart(data.assign(referrals=np.inf), value="referrals", period="period")
    with pytest.raises(ValueError, match="no row has a value in each of referrals, period"):
        run_chart(data.assign(referrals=np.nan), value="referrals", period="period")
    rows = by_period([9, 8], [10, 10])
    with pytest.raises(WrongCall, match="give one of them"):
        p_chart(rows, outcome="in_time", period="period", centre=0.9, baseline=1)
    with pytest.raises(WrongCall, match="baseline must be a number of periods from 1 to 2; got 3"):
        p_chart(rows, outcome="in_time", period="period", baseline=3)
    with pytest.raises(ValueError, match="in_time is 1 in all rows used: there are no limits around it; give a centre"):
        p_chart(by_period([9, 8], [9, 8]), outcome="in_time", period="period")
