"""Disclosure of monitoring: nested counts, what a chart tells of a hidden one, rounding, and what may be shown."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.monitoring.charts import p_chart, run_chart
from rehab_stats.estimate.monitoring.coverage import coverage
from rehab_stats.estimate.monitoring.deadlines import deadline_share
from rehab_stats.estimate.monitoring.equity import coverage_equity, indicator_equity
from rehab_stats.estimate.monitoring.funnel import funnel, funnel_limits
from rehab_stats.estimate.monitoring.mix import municipality_flow, source_mix
from rehab_stats.estimate.monitoring.shares import experience_shares, indicator_share, rows_from_counts
from rehab_stats.estimate.monitoring.started import before_after
from rehab_stats.report.disclosure import protect
from rehab_stats.vocabulary import Estimates

STATUS = {"within": (3, "done"), "late": (20, "done"), "waiting": (20, "waiting"), "not_due": (3, "waiting")}
STATUS |= {"declined": (3, "declined"), "died": (3, "died")}


def referrals(**counts):
    """Rows of one municipality: so many in time, late, waiting, not due, declined, died."""
    rows = [STATUS[name] for name, count in counts.items() for _ in range(count)]
    return pd.DataFrame(rows, columns=["days", "status"])


def shares(data, **more):
    return deadline_share(data, days="days", limit=10, status="status", **more)


def shown(estimates, **wanted):
    """Measure -> estimate of what is left, for one municipality."""
    rows = protect(estimates).select(**wanted) if wanted else protect(estimates)
    return rows.tidy().set_index("measure")


def test_everything_large_is_shown():
    rows = shown(shares(referrals(within=40, late=10, waiting=5, not_due=6, declined=7, died=8)))
    assert rows["estimate"].notna().all()
    assert rows.loc["deadline_share", ["n", "events"]].tolist() == [55, 40]


def test_few_late_hide_the_share_and_what_the_interval_says_of_it():
    found = protect(shares(referrals(within=40, late=2)))
    row = found.tidy().set_index("measure").loc["deadline_share"]
    assert row[["estimate", "conf_low", "conf_high", "events"]].isna().all()
    verdict = found.details().loc[found.tidy()["measure"].eq("deadline_share"), "verdict"].item()
    assert pd.isna(verdict)
    # nobody late describes nobody
    assert shown(shares(referrals(within=40))).loc["deadline_share", "estimate"] == 1


def test_few_not_due_are_not_the_rest_of_what_is_shown():
    """Received = due + not due + declined + died: with three of the four shown the fourth would follow."""
    rows = shown(shares(referrals(within=40, late=10, not_due=2, declined=9)))
    parts = rows.loc[["deadline_share", "referrals_not_due", "referrals_declined", "referrals_died"]]
    known = [parts.loc["deadline_share", "n"], *parts["estimate"].iloc[1:]]
    assert np.isnan(parts.loc["referrals_not_due", "estimate"])
    assert np.isnan([*known, rows.loc["referrals_received", "estimate"]]).sum() >= 2


def test_few_still_waiting_are_not_late_less_done_late():
    rows = shown(shares(referrals(within=40, late=9, waiting=2)))
    assert np.isnan(rows.loc["referrals_waiting", "estimate"])


def test_a_hidden_municipality_is_not_all_less_the_others():
    data = pd.concat(
        [
            referrals(within=40, late=12).assign(m="a"),
            referrals(within=30, late=2).assign(m="b"),
            referrals(within=60, late=30).assign(m="c"),
        ]
    )
    both = protect(Estimates.stack([shares(data, by="m"), shares(data)])).select(measure="deadline_share").tidy()
    hidden = both["events"].isna()
    assert hidden[both["level"].eq("b")].all()
    assert hidden.sum() >= 2


def test_two_limits_of_the_same_deadline_are_a_curve():
    data = pd.DataFrame({"days": [3] * 30 + [8] * 2 + [20] * 10, "status": "done"})
    parts = [deadline_share(data, days="days", limit=limit, status="status") for limit in (5, 10)]
    both = protect(Estimates.stack(parts)).select(measure="deadline_share").tidy()
    assert both["events"].isna().any()  # two persons between five and ten days


def test_those_who_answered_are_those_whose_share_is_taken():
    asked = pd.DataFrame({"satisfied": ["yes"] * 20 + ["no"] * 9 + [None] * 3})
    rows = shown(experience_shares(asked, favourable={"satisfied": {"yes"}}))
    assert np.isnan(rows.loc["answered_share", "estimate"])
    # 32 asked and 29 counted would tell that three did not answer
    assert rows[["n", "events"]].loc[["answered_share", "indicator_share"], "n"].isna().any()


def test_coverage_goes_with_its_count_and_is_rounded_with_it():
    data = pd.DataFrame({"m": ["a", "b", "c"], "k": [3, 41, 0], "e": [20.0, 64.4, 30.0]})
    made = coverage(data, referred="k", expected="e", by="m")
    rows = protect(made).tidy().set_index("level")
    assert np.isnan(rows.loc["a", "estimate"])
    assert rows.loc["b", "estimate"] == pytest.approx(41 / 64.4)
    assert rows.loc["c", "estimate"] == 0
    rounded = protect(made, preset="opensafely").tidy().set_index("level").loc["b"]
    assert rounded["events"] == 40
    assert rounded["estimate"] == pytest.approx(40 / 64.4)
    assert np.isnan(rounded["std_error"])


def test_a_small_coverage_is_not_told_by_another_expectation_or_by_the_total():
    data = pd.DataFrame({"m": ["a", "b", "c"], "k": [3, 41, 30], "e": [20.0, 64.4, 30.0], "f": [90.0, 200.0, 80.0]})
    call = {"referred": "k", "expected": ["e", "f"]}
    rows = protect(Estimates.stack([coverage(data, **call, by="m"), coverage(data, **call)])).tidy()
    counts = rows.assign(level=rows["level"].fillna("all")).pivot(index="level", columns="outcome", values="events")
    assert counts["e"].isna().tolist() == counts["f"].isna().tolist()
    assert counts["e"].isna().sum() >= 2
    assert np.isnan(counts.loc["a", "e"])


def counted(events, n, name="unit"):
    frame = pd.DataFrame({name: [f"u{i}" for i in range(len(n))], "k": events, "n": n})
    return rows_from_counts(frame, events="k", n="n")


def test_a_hidden_unit_leaves_neither_limits_nor_a_line_that_tells():
    data = counted([40, 30, 50, 28], [52, 33, 66, 40])
    found = protect(funnel(data, outcome="in_time", unit="unit"))
    rows = found.tidy().join(found.details(), rsuffix="_d").set_index("level")
    small = rows.loc["u1"]  # three late
    assert small[["estimate", "events", "position"]].isna().all()
    assert small[["low_0.95", "high_0.95"]].isna().all()
    # a second unit is hidden, or all together with the line
    others = rows.loc[["u0", "u2", "u3"]]
    assert others["events"].isna().any() or rows["centre"].isna().all()


def test_the_line_goes_with_the_row_of_all():
    data = counted([30, 2], [33, 40])
    found = protect(p_chart(data, outcome="in_time", period="unit"))
    if np.isnan(found.tidy()["n"].iloc[-1]) or np.isnan(found.tidy()["estimate"].iloc[-1]):
        assert found.details()["centre"].isna().all()
    assert found.tidy()["estimate"].iloc[:2].isna().all()
    assert found.details()["side"].iloc[:2].isna().all()


def test_a_median_of_which_a_part_is_hidden_is_no_line():
    data = pd.DataFrame({"period": list("abcde"), "k": [3, 20, 25, 30, 31]})
    found = protect(run_chart(data, value="k", period="period"))
    assert np.isnan(found.tidy()["estimate"].iloc[0])
    assert found.details()["centre"].isna().all()
    calm = protect(run_chart(data.assign(k=data["k"] + 5), value="k", period="period"))
    assert calm.details()["centre"].notna().all()


def test_limits_for_a_grid_of_sizes_pass_as_they_are():
    made = funnel_limits([3, 4, 5, 50], target=0.9)
    pd.testing.assert_frame_equal(protect(made).tidy(), made.tidy())


def test_before_and_after_go_together():
    dates = ["2021-06-01"] * 40 + ["2022-06-01"] * 40
    data = pd.DataFrame({"received": dates, "in_time": [1] * 38 + [0] * 2 + [1] * 30 + [0] * 10})
    made = before_after(data, outcome="in_time", date="received", started_on="2022-01-01")
    rows = protect(made).tidy().set_index(["measure", "level"])
    assert np.isnan(rows.loc[("indicator_share", "before"), "estimate"])
    assert np.isnan(rows.loc[("share_difference", "after"), "estimate"])


def test_slopes_go_with_the_level_of_few():
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"in_time": [1.0] * 60 + [0.0] * 12, "rank": rng.integers(1, 5, 72)})
    kept = protect(indicator_equity(data, outcome="in_time", rank="rank"))
    assert kept.tidy()["estimate"].notna().all()
    strict = protect(indicator_equity(data, outcome="in_time", rank="rank"), minimum=15)
    assert strict.tidy()["estimate"].isna().all()


def test_tables_of_sources_and_of_flow_are_held_to_the_rules_of_tables():
    data = pd.DataFrame(
        {
            "period": ["h1"] * 40 + ["h2"] * 40,
            "sender": ["hospital"] * 30 + ["self"] * 8 + ["job"] * 2 + ["hospital"] * 25 + ["self"] * 9 + ["job"] * 6,
        }
    )
    found = protect(source_mix(data, source="sender", by="period")).select(measure="count").tidy()
    counts = found.pivot(index="level", columns="stratum", values="estimate")
    assert np.isnan(counts.loc["job", "period=h1"])
    assert counts.loc["job"].isna().sum() >= 2
    assert counts["period=h1"].isna().sum() >= 2
    pairs = pd.DataFrame({"home": ["a"] * 30 + ["b"] * 20, "provider": ["a"] * 28 + ["b"] * 2 + ["b"] * 12 + ["a"] * 8})
    flow = protect(municipality_flow(pairs, home="home", provider="provider")).tidy()
    assert flow["estimate"].isna().sum() >= 4


def worked_out(rows: pd.DataFrame) -> pd.DataFrame:
    """What a reader can tell by subtraction alone: again and again a sum of which one part is unknown."""
    parts = ["due", "referrals_not_due", "referrals_declined", "referrals_died"]
    wide = rows.pivot(index="level", columns="measure", values="estimate").astype(float)
    share = rows[rows["measure"].eq("deadline_share")].set_index("level")
    wide["due"], wide["in_time"] = share["n"], share["events"]
    wide["late"] = np.nan
    sums = [(["referrals_received"], parts), (["due"], ["in_time", "late"])]
    for _ in range(20):
        for (whole,), some in sums:
            for level in wide.index:
                known = wide.loc[level, [whole, *some]]
                if known.isna().sum() == 1:
                    gone = known.index[known.isna()][0]
                    rest = known[whole] - known[some].sum() if gone != whole else known[some].sum()
                    wide.loc[level, gone] = rest
        for column in wide:
            known = wide[column]
            if known.isna().sum() == 1:
                gone = known.index[known.isna()][0]
                others = known.drop("all").sum()
                wide.loc[gone, column] = others if gone == "all" else known["all"] - others
    return wide


@pytest.mark.parametrize("seed", range(12))
def test_no_small_count_follows_from_the_others_by_subtraction(seed):
    rng = np.random.default_rng(seed)
    names = ["within", "late", "waiting", "not_due", "declined", "died"]
    means = [40, 8, 3, 3, 4, 1]
    data = pd.concat(
        [referrals(**dict(zip(names, rng.poisson(means), strict=True))).assign(m=f"m{i}") for i in range(4)]
    )
    truth = Estimates.stack([shares(data, by="m"), shares(data)])
    told = protect(truth).tidy().assign(level=lambda rows: rows["level"].fillna("all"))
    found, right = (
        worked_out(rows) for rows in (told, truth.tidy().assign(level=lambda rows: rows["level"].fillna("all")))
    )
    counts = ["due", "in_time", "late", *[name for name in found if name.startswith("referrals_")]]
    small = right[counts].ge(1) & right[counts].lt(5)
    assert not (found[counts].notna() & small).to_numpy().any()
    assert found[counts].notna().to_numpy().any()


def test_groups_not_counted_are_small_counts_too():
    data = pd.DataFrame({"in_time": [1.0] * 20 + [0.0] * 20 + [np.nan] * 2})
    assert protect(indicator_share(data, outcome="in_time")).diagnostics["rows_not_counted"] is None


@pytest.mark.parametrize(("unknown", "hidden"), [(9, False), (3, True)])
def test_a_coverage_along_the_ladder_tells_how_many_have_no_place_on_it(unknown, hidden):
    levels = ["basic", "short", "long", "unknown"]
    education = pd.Categorical(levels, levels, ordered=True)
    data = pd.DataFrame({"education": education, "k": [30, 40, 50, unknown], "need": [80.0, 70.0, 60.0, 10.0]})
    made = coverage_equity(data, referred="k", expected="need", rank="education")
    rows = protect(made).tidy().set_index("measure")
    known = rows["events"].dropna().unique()
    assert (len(known) < 2) == hidden
    assert rows.loc["coverage", "estimate"] == pytest.approx((120 + unknown) / 220) or hidden
