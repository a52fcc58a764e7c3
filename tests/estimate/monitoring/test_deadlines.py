"""Deadlines and waiting: by hand, against R, known truth, several groups, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.calendar import working_days
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.monitoring.deadlines import (
    deadline_outcome,
    deadline_rows,
    deadline_share,
    deadline_standing,
    waiting_incidence,
)
from rehab_stats.estimate.survival.incidence import cumulative_incidence
from rehab_stats.vocabulary import TIDY_COLUMNS

CALL = {"days": "days", "limit": 10, "status": "status"}


def frame(*rows):
    return pd.DataFrame(list(rows), columns=["days", "status"])


# ---- by hand

# what happened, and how it stands to a deadline of ten days
CASES = [
    (10, "done", "within"),
    (11, "done", "late"),
    (10, "waiting", "not_due"),
    (11, "waiting", "still_waiting"),
    (10, "declined", "declined"),
    (11, "declined", "late"),
    (0, "died", "died"),
    (30, "died", "late"),
    (None, "done", None),
    (3, None, None),
]


def test_every_standing():
    data = frame(*[case[:2] for case in CASES])
    found = deadline_standing(data, **CALL)
    assert found.where(found.notna(), None).tolist() == [case[2] for case in CASES]
    outcome = deadline_outcome(data, **CALL)
    assert outcome.isna().tolist() == [False, False, True, False, True, False, True, False, True, True]
    assert outcome.dropna().tolist() == [1, 0, 0, 0, 0]


def test_who_is_not_due_does_not_count_whatever_happened():
    data = frame((2, "done"), (2, "declined"), (10, "waiting"), (2, "done")).assign(due=[False, False, True, True])
    assert deadline_standing(data, **CALL, due="due").tolist() == ["not_due", "not_due", "still_waiting", "within"]


def test_the_parts_make_the_whole():
    data = frame(*[case[:2] for case in CASES])
    found = deadline_share(data, **CALL)
    tidy = found.tidy()
    assert tuple(tidy.columns) == TIDY_COLUMNS
    assert set(tidy["at"]) == {10}
    rows = tidy.set_index("measure")
    assert rows.loc["deadline_share", ["estimate", "n", "events"]].tolist() == [0.2, 5, 1]
    assert rows.loc["referrals_received", "estimate"] == 8
    assert rows.loc["referrals_waiting", ["estimate", "n"]].tolist() == [1, 5]
    apart = rows.loc[["referrals_not_due", "referrals_declined", "referrals_died"], "estimate"]
    assert apart.tolist() == [1, 1, 1]
    assert rows.loc["deadline_share", "n"] + apart.sum() == rows.loc["referrals_received", "n"]
    assert found.diagnostics == {"rows_used": 8, "rows_dropped": 2, "nobody_due": ""}
    assert found.details()["verdict"].dropna().tolist() == ["not_met"]


def test_a_group_of_which_nobody_is_due_has_no_share():
    data = frame((3, "waiting"), (4, "declined"), (4, "done")).assign(municipality=["Herlev", "Herlev", "Furesø"])
    found = deadline_share(data, **CALL, by="municipality")
    assert found.select(measure="deadline_share").tidy()["level"].tolist() == ["Furesø"]
    assert found.diagnostics["nobody_due"] == "Herlev"


def test_dates_become_days_and_the_eve_of_the_extract_decides_who_is_due():
    """Deadline of five working days, no closed days; data drawn on a Saturday and on the Friday before it."""
    received = ["2024-03-01", "2024-03-01", "2024-03-04", "2024-02-26", "2024-02-26", None, "2024-02-26"]
    data = pd.DataFrame(
        {
            "received": received,
            "assessed": [None, "2024-03-05", None, "2024-03-05", None, None, "2024-02-28"],
            "declined": [None, None, None, None, "2024-03-04", None, "2024-02-28"],
            "died": [None, None, None, None, "2024-03-05", None, None],
        }
    )
    call = {"received": "received", "done": "assessed", "declined": "declined", "died": "died", "limit": 5}
    saturday = deadline_rows(data, **call, extract_date="2024-03-09")
    assert saturday["days"].astype(object).where(saturday["days"].notna(), None).tolist() == [5, 2, 4, 6, 5, None, 2]
    status = saturday["status"]
    assert status.where(status.notna(), None).tolist() == [
        "waiting",
        "done",
        "waiting",
        "done",
        "declined",
        None,
        "done",
    ]
    # the fifth working day after Friday the first was Friday the eighth: over on Saturday, not over on that Friday
    assert saturday["due"].astype(object).tolist()[:5] == [True, True, False, True, True]
    friday = deadline_rows(data, **call, extract_date="2024-03-08")
    assert friday["due"].astype(object).tolist()[:5] == [False, False, False, True, True]
    assert deadline_standing(saturday, days="days", limit=5, status="status", due="due").iloc[0] == "still_waiting"
    in_days = deadline_rows(data, **call, extract_date="2024-03-08", unit="days")
    assert in_days["days"].tolist()[:2] == [7, 4]
    assert in_days["due"].astype(object).tolist()[:3] == [True, True, False]


def test_a_referral_of_the_very_day_is_not_due():
    data = pd.DataFrame({"received": ["2024-03-08"], "assessed": ["2024-03-08"]})
    made = deadline_rows(data, received="received", done="assessed", limit=0, extract_date="2024-03-08")
    assert (made["days"].item(), made["due"].item()) == (0, False)


# ---- against R


def test_against_r(read_reference):
    """prop.test: tests/reference/monitoring.R."""
    reference = read_reference("monitoring_limits")
    for events, n in ((18, 20), (27, 30), (61, 64), (12, 12)):
        data = pd.DataFrame({"days": [5] * events + [20] * (n - events), "status": "done"})
        row = deadline_share(data, **CALL).select(measure="deadline_share").tidy().iloc[0]
        wanted = reference.loc[f"wilson:{events}:{n}:0.95", ["conf_low", "conf_high"]].astype(float)
        np.testing.assert_allclose(row[["conf_low", "conf_high"]].astype(float), wanted, rtol=1e-9)


# ---- known truth


def small_municipalities(rng: np.random.Generator, number: int, size: int) -> pd.DataFrame:
    """Referrals of one half-year whose assessments take a geometric number of calendar days; 80 % within 20 days."""
    received = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 182, number * size), unit="D")
    wait = rng.geometric(1 - 0.2 ** (1 / 20), number * size)
    assessed = received + pd.to_timedelta(wait, unit="D")
    extract = pd.Timestamp("2024-07-01")
    data = pd.DataFrame(
        {"municipality": np.repeat(np.arange(number), size), "received": received, "assessed": assessed}
    )
    return data.assign(assessed=data["assessed"].where(data["assessed"] <= extract))


def test_counting_by_the_day_of_referral_is_unbiased_and_the_intervals_hold():
    data = small_municipalities(np.random.default_rng(8), 400, 40)
    rows = deadline_rows(data, received="received", done="assessed", extract_date="2024-07-01", limit=20, unit="days")
    call = {"days": "days", "limit": 20, "status": "status", "unit": "days"}
    found = deadline_share(rows, **call, due="due", by="municipality").select(measure="deadline_share").tidy()
    held = (found["conf_low"] <= 0.8) & (found["conf_high"] >= 0.8)
    assert found["estimate"].mean() == pytest.approx(0.8, abs=0.008)
    assert held.mean() > 0.93
    # those done early counted and those waiting left out: the last weeks flatter
    naive = deadline_share(rows, **call).select(measure="deadline_share").tidy()["estimate"].item()
    assert naive > 0.81


def test_the_curve_of_waiting_agrees_where_everybody_was_followed():
    data = small_municipalities(np.random.default_rng(9), 1, 400)
    rows = deadline_rows(data, received="received", done="assessed", extract_date="2024-07-01", limit=20, unit="days")
    curve = waiting_incidence(rows, days="days", status="status", at=20, unit="days")
    risk = curve.select(measure="risk", outcome="event").tidy().iloc[0]
    assert risk["conf_low"] < 0.8 < risk["conf_high"]
    codes = rows["status"].map({"done": 1, "waiting": 0})
    whole = cumulative_incidence(rows.assign(event=codes), duration="days", event="event", at=20).tidy()
    columns = ["estimate", "std_error", "conf_low", "conf_high", "n", "events"]
    pd.testing.assert_frame_equal(curve.tidy()[columns], whole[columns])


# ---- several groups, invariance


def test_by_municipality_and_period():
    data = frame((3, "done"), (30, "done"), (3, "done"), (3, "done")).assign(
        municipality=["Herlev", "Herlev", "Furesø", None], period=["2024-H1", "2024-H2", "2024-H1", "2024-H1"]
    )
    found = deadline_share(data, **CALL, by=["municipality", "period"])
    shares = found.select(measure="deadline_share").tidy()
    assert shares["level"].tolist() == ["Furesø", "Herlev", "Herlev"]
    assert shares["stratum"].tolist() == ["period=2024-H1", "period=2024-H1", "period=2024-H2"]
    assert shares["estimate"].tolist() == [1, 1, 0]
    assert found.diagnostics["rows_dropped"] == 1


def test_order_changes_nothing_and_the_input_stays():
    data = frame(*[case[:2] for case in CASES]).assign(municipality=["a", "b"] * 5)
    before = data.copy()
    expected = deadline_share(data, **CALL, by="municipality").tidy()
    got = deadline_share(data.sample(frac=1, random_state=1), **CALL, by="municipality").tidy()
    pd.testing.assert_frame_equal(got, expected)
    pd.testing.assert_frame_equal(data, before)


def test_working_days_go_in_as_they_come_out():
    start = pd.Series(pd.to_datetime(["2024-05-08", "2024-05-08"]))
    days = working_days(start, pd.Timestamp("2024-05-10"))  # Ascension Day between
    data = pd.DataFrame({"days": days, "status": "done"})
    assert deadline_share(data, days="days", limit=1, status="status").select(measure="deadline_share").tidy()[
        "estimate"
    ].tolist() == [1.0]


def test_waiting_by_group_names_whose_wait_has_not_ended():
    data = frame((3, "done"), (5, "died"), (4, "waiting"), (2, "waiting")).assign(municipality=list("aabb"))
    found = waiting_incidence(data, days="days", status="status", by="municipality", at=[4, 5])
    assert found.tidy()["level"].unique().tolist() == ["a"]
    assert found.context["refused"] == {"municipality=b": "nobody's wait has ended yet: there is no incidence"}
    risks = found.select(measure="risk", at=5).tidy().set_index("outcome")["estimate"]
    assert risks.to_dict() == {"event": 0.5, "competing": 0.5}
    assert "hverdage" in found.sentences(language="da")[0]


# ---- refusals


def test_refusals():
    data = frame((3, "done"), (-1, "done"))
    with pytest.raises(ValueError, match="days must be finite and not below zero: 1 rows"):
        deadline_share(data, **CALL)
    with pytest.raises(ValueError, match="status must be one of done, waiting, declined, died; there is afsluttet"):
        deadline_share(frame((3, "afsluttet")), **CALL)
    with pytest.raises(WrongCall, match="limit must be a number of days, 0 or more; got -1"):
        deadline_share(frame((3, "done")), days="days", limit=-1, status="status")
    with pytest.raises(WrongCall, match="target must be a share between 0 and 1"):
        deadline_share(frame((3, "done")), **CALL, target=90)
    with pytest.raises(ValueError, match="no row has a value in each of days, status"):
        deadline_share(frame((None, "done")), **CALL)
    with pytest.raises(ValueError, match="nobody's wait has ended yet"):
        waiting_incidence(frame((3, "waiting")), days="days", status="status")


def test_dates_that_cannot_be_are_refused():
    data = pd.DataFrame({"received": ["2024-03-05", "2024-03-05"], "assessed": ["2024-03-04", "2024-03-20"]})
    call = {"received": "received", "done": "assessed", "limit": 5}
    with pytest.raises(
        ValueError, match=r"assessed must not lie after the extract date 2024-03-19: 1 rows are not \(rows 1\)"
    ):
        deadline_rows(data, **call, extract_date="2024-03-19")
    with pytest.raises(ValueError, match=r"assessed must not lie before received: 1 rows are not \(rows 0\)"):
        deadline_rows(data, **call, extract_date="2024-03-21")
    with pytest.raises(WrongCall, match="unit must be one of working_days, days, months; got 'weeks'"):
        deadline_rows(data, **call, extract_date="2024-03-21", unit="weeks")
    with pytest.raises(ValueError, match="received holds values that are no dates"):
        deadline_rows(data.assign(received="05-03-2024"), **call, extract_date="2024-03-21")


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2024-01-31", "2024-02-29", 1),  # the day of a month too short is its last
        ("2023-01-31", "2023-02-28", 1),
        ("2024-03-31", "2024-04-30", 1),
        ("2024-03-31", "2024-05-01", 2),
        ("2024-05-02", "2024-05-02", 0),
        ("2024-05-02", "2024-06-02", 1),
        ("2024-05-02", "2024-06-03", 2),
        ("2024-12-15", "2025-01-15", 1),
    ],
)
def test_months_begun_by_hand(start, end, months):
    rows = pd.DataFrame({"a": [pd.Timestamp(start)], "b": [pd.Timestamp(end)]})
    found = deadline_rows(rows, received="a", done="b", extract_date="2026-01-01", limit=1, unit="months")
    assert found["days"].tolist() == [months]


def test_months_begun_are_the_fewest_that_reach_the_day():
    rng = np.random.default_rng(6)
    start = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, 2000), "D"))
    end = start + pd.to_timedelta(rng.integers(0, 400, 2000), "D")
    rows = pd.DataFrame({"a": start, "b": end})
    found = deadline_rows(rows, received="a", done="b", extract_date="2026-01-01", limit=1, unit="months")["days"]
    for a, b, months in zip(start, end, found, strict=True):
        assert a + pd.DateOffset(months=int(months)) >= b
        assert months == 0 or a + pd.DateOffset(months=int(months) - 1) < b


def test_a_month_is_due_when_its_last_day_lies_before_the_extract_date():
    rows = pd.DataFrame({"a": pd.to_datetime(["2024-05-10", "2024-05-11"]), "b": pd.to_datetime([None, None])})
    found = deadline_rows(rows, received="a", done="b", extract_date="2024-06-11", limit=1, unit="months")
    assert found["due"].tolist() == [True, False]


def test_a_part_of_a_month_is_refused():
    rows = pd.DataFrame({"a": [pd.Timestamp("2024-05-10")], "b": [pd.NaT]})
    with pytest.raises(WrongCall, match="a limit in months must be whole"):
        deadline_rows(rows, received="a", done="b", extract_date="2024-06-11", limit=1.5, unit="months")
