"""Several deadlines at once: by hand, one deadline against `deadline_share`, lists, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.calendar import Deadline
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.monitoring.charts import p_chart
from rehab_stats.estimate.monitoring.deadlines import deadline_rows, deadline_share
from rehab_stats.estimate.monitoring.funnel import funnel
from rehab_stats.estimate.monitoring.indicators import (
    deadline_equity,
    deadline_shares,
    deadline_waits,
    each_deadline,
    overdue,
    shortest_limits,
    stack_known,
    units_and_all,
)
from rehab_stats.estimate.monitoring.shares import indicator_share
from rehab_stats.vocabulary import Estimates

TERMS = [Deadline("first_contact", 5), Deadline("first_contact", 10), Deadline("closing", 1, "months")]


def clock(**changes):
    """Four of Monday 3 June 2024: done on day 5 (Tuesday 11, the fifth of June is off), on day 6, never, declined."""
    frame = pd.DataFrame(
        {
            "referral_id": ["r1", "r2", "r3", "r4"],
            "municipality": ["A", "A", "B", "B"],
            "began_on": pd.Timestamp("2024-06-03"),
            "done_on": pd.to_datetime(["2024-06-11", "2024-06-12", None, None]),
            "declined_on": pd.to_datetime([None, None, None, "2024-06-04"]),
            "left_on": pd.Series([pd.NaT] * 4, dtype="datetime64[ns]"),
            "open": True,
        }
    )
    return frame.assign(**changes)


def waits(**more):
    return deadline_waits(
        {"first_contact": clock(), "closing": clock()}, deadlines=TERMS, extract_date="2024-07-10", **more
    )


def test_each_referral_stands_once_to_each_limit():
    rows = waits().set_index(["deadline", "limit", "referral_id"]).sort_index()
    assert len(rows) == 12
    assert rows.loc[("first_contact", 5), "standing"].tolist() == ["within", "late", "still_waiting", "declined"]
    assert rows.loc[("first_contact", 10), "standing"].tolist() == ["within", "within", "still_waiting", "declined"]
    assert rows.loc[("closing", 1), "days"].tolist() == [1, 1, 2, 1]
    assert rows.loc[("first_contact", 5), "in_time"].tolist()[:3] == [1, 0, 0]
    assert np.isnan(rows.loc[("first_contact", 5), "in_time"].iloc[3])


def test_a_deadline_that_runs_for_nobody_is_passed_over():
    rows = deadline_waits(
        {"first_contact": clock(), "closing": clock()[:0]}, deadlines=TERMS, extract_date="2024-07-10"
    )
    assert set(rows["deadline"]) == {"first_contact"}
    with pytest.raises(ValueError, match="no deadline runs for any referral"):
        deadline_waits({"first_contact": clock()[:0]}, deadlines=TERMS[:1], extract_date="2024-07-10")


def test_days_off_are_the_callers():
    rows = waits(closed=()).set_index(["deadline", "limit", "referral_id"]).sort_index()
    assert rows.loc[("first_contact", 5), "standing"].tolist()[:2] == ["late", "late"]


def test_shares_are_those_of_each_deadline_alone():
    found = deadline_shares(waits(), by="municipality", targets={"closing": 0.9}).tidy()
    alone = deadline_rows(
        clock(), received="began_on", done="done_on", declined="declined_on", died="left_on",
        extract_date="2024-07-10", limit=5,
    )  # fmt: skip
    alone = deadline_share(
        alone, days="days", limit=5, status="status", due="due", by="municipality", deadline="first_contact",
        target=None,
    ).tidy()  # fmt: skip
    mine = found[(found["outcome"] == "first_contact") & (found["at"] == 5)].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone)
    details = deadline_shares(waits(), targets={"closing": 0.9}).details()
    assert details["verdict"].dropna().tolist() == ["undecided"]
    assert list(dict.fromkeys(details["unit"])) == ["working_days", "months"]


def test_the_shortest_of_several_limits():
    kept = shortest_limits(waits())
    assert kept.groupby("deadline")["limit"].unique().map(list).to_dict() == {"closing": [1], "first_contact": [5]}


def test_overdue_is_who_waits_now_longest_first_once_a_deadline():
    later = clock(began_on=pd.Timestamp("2024-06-10"), done_on=pd.NaT, declined_on=pd.NaT)
    later["referral_id"] = ["s1", "s2", "s3", "s4"]
    later.loc[0, "open"] = False  # the course was closed: nobody waits
    rows = deadline_waits(
        {"first_contact": pd.concat([clock(), later])}, deadlines=TERMS[:2], extract_date="2024-07-10"
    )
    listed = overdue(rows)
    assert listed["referral_id"].tolist() == ["r3", "s2", "s3", "s4"]
    assert listed["limit"].unique().tolist() == [5]
    assert listed["days"].is_monotonic_decreasing


def many():
    rng = np.random.default_rng(4)
    n = 600
    frame = pd.DataFrame(
        {
            "municipality": rng.choice(list("ABC"), n),
            "period": rng.choice(["2023-H1", "2023-H2"], n),
            "deadline": np.repeat(["first_contact", "needs_assessment"], n // 2),
            "limit": np.repeat([5, 10], n // 2),
            "unit": "working_days",
            "in_time": (rng.random(n) < 0.7).astype(float),
        }
    )
    ladder = ["basic", "upper_secondary_or_vocational", "long_higher"]
    return frame.assign(education=pd.Categorical(rng.choice(ladder, n), ladder, ordered=True))


def test_each_deadline_gives_the_estimators_own_rows():
    rows = many()
    found = each_deadline(rows, estimator=funnel, unit="municipality")
    first = rows[rows["deadline"] == "first_contact"]
    alone = funnel(first, outcome="in_time", unit="municipality")
    mine = found.select(outcome="first_contact")
    pd.testing.assert_frame_equal(
        mine.tidy().drop(columns=["outcome", "at"]), alone.tidy().drop(columns=["outcome", "at"])
    )
    assert set(mine.tidy()["at"]) == {5.0}
    assert found.diagnostics["units.first_contact"] == 3
    # of one deadline alone the diagnostics keep their names
    assert each_deadline(first, estimator=p_chart, period="period").diagnostics["signal"] == "too_few"


def test_a_deadline_that_is_refused_is_named_and_the_others_stay():
    rows = many()
    rows.loc[rows["deadline"] == "needs_assessment", "in_time"] = 1.0
    found = each_deadline(rows, estimator=funnel, unit="municipality")
    assert set(found.tidy()["outcome"]) == {"first_contact"}
    assert found.context["refused"]["needs_assessment"].startswith("in_time is 1 in all rows used")
    with pytest.raises(ValueError, match="in_time is 1 in all rows used"):
        each_deadline(rows.assign(in_time=1.0), estimator=funnel, unit="municipality")
    with pytest.raises(WrongCall):
        each_deadline(rows, estimator=funnel, unit="municipality", target=2)


def test_units_stand_beside_all_of_them_together():
    rows = many()
    found = units_and_all(rows, estimator=indicator_share, outcome="in_time", unit="municipality", by="period").tidy()
    assert len(found) == 3 * 2 + 2
    whole = found[found["level"].isna()].set_index("stratum")
    for period, mine in rows.groupby("period"):
        assert whole.loc[f"period={period}", "events"] == mine["in_time"].sum()
    parts = found[found["level"].notna()].groupby("stratum")["n"].sum()
    assert parts.tolist() == whole["n"].tolist()
    slopes = units_and_all(rows, estimator=deadline_equity, unit="municipality", rank="education").tidy()
    assert set(slopes["stratum"].dropna()) == {"municipality=A", "municipality=B", "municipality=C"}
    assert slopes["stratum"].isna().any()


def test_what_is_known_is_stacked_and_where_nothing_is_the_reason_stays():
    found = indicator_share(many(), outcome="in_time")
    nothing = Estimates([], context={"refused": "too few"})
    assert len(stack_known([nothing, found, found])) == 2 * len(found)
    assert stack_known([nothing, nothing]).context["refused"] == "too few"
    with pytest.raises(ValueError, match="there is nothing to stack"):
        stack_known([])


def test_what_is_asked_wrongly_is_refused():
    with pytest.raises(WrongCall, match="deadlines is empty"):
        deadline_waits({}, deadlines=[], extract_date="2024-07-10")
    with pytest.raises(WrongCall, match="clocks has no frame for the deadline 'first_contact'"):
        deadline_waits({}, deadlines=TERMS, extract_date="2024-07-10")
    with pytest.raises(ValueError, match="first_contact: began_on must not lie after the extract date 2024-05-01"):
        deadline_waits({"first_contact": clock()}, deadlines=TERMS[:1], extract_date="2024-05-01")
