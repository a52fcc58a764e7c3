"""before_after: by hand, against R, known truth with and without a trend, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.model.limits import newcombe, wilson
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.monitoring.started import before_after

CALL = {"outcome": "in_time", "date": "received"}


def made(rng, n, *, step=0.0, trend=0.0):
    days = rng.integers(-730, 730, n)
    chance = 1 / (1 + np.exp(-(0.8 + trend * days / 365.25 + step * (days >= 0))))
    received = pd.Timestamp("2022-01-01") + pd.to_timedelta(days, unit="D")
    return pd.DataFrame({"received": received, "in_time": (rng.random(n) < chance).astype(float)})


def test_by_hand():
    """12 of 20 before, 18 of 20 from the day of the start on, and one of whom it cannot be said yet."""
    dates = ["2021-12-31"] * 20 + ["2022-01-01"] * 21
    data = pd.DataFrame({"received": dates, "in_time": [1] * 12 + [0] * 8 + [1] * 18 + [0] * 2 + [None]})
    found = before_after(data, **CALL, started_on="2022-01-01")
    rows = found.tidy().set_index(["measure", "level"])
    assert rows.loc[("indicator_share", "before"), ["n", "events"]].tolist() == [20, 12]
    after = rows.loc[("indicator_share", "after")]
    assert after[["conf_low", "conf_high"]].tolist() == pytest.approx(wilson(18, 20))
    difference = rows.loc[("share_difference", "after")]
    assert difference["estimate"] == pytest.approx(0.3)
    assert difference[["conf_low", "conf_high"]].tolist() == pytest.approx(newcombe(18, 20, 12, 20))
    assert difference["reference"] == "before"
    odds = rows.loc[("odds_ratio", "after")]
    assert odds["estimate"] == pytest.approx((18 / 2) / (12 / 8))
    # ten without the outcome: no trend can be told from a step
    assert odds["model"] == "crude"
    assert found.context["refused"] == {
        "trend": "in_time has fewer than 20 rows with 0 or with 1: too few to tell a step from a trend"
    }
    assert found.diagnostics == {"rows_used": 40, "rows_not_counted": 1, "rows_dropped": 0}


def test_against_glm(read_reference):
    """Odds ratios of the step, and Newcombe's limits: tests/reference/monitoring.R."""
    data = read_reference("monitoring_series", index="received").reset_index()
    found = before_after(data, **CALL, started_on="2022-01-01").select(measure="odds_ratio").tidy().set_index("model")
    numbers = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]
    reference = read_reference("monitoring_steps")
    for model in ("crude", "trend"):
        np.testing.assert_allclose(
            found.loc[model, numbers].astype(float), reference.loc[model, numbers].astype(float), rtol=1e-6
        )


def test_intervals_of_the_difference_hold_in_small_municipalities():
    rng, held = np.random.default_rng(12), 0
    truth = 1 / (1 + np.exp(-1.4)) - 1 / (1 + np.exp(-0.8))
    for _ in range(200):
        row = before_after(made(rng, 70, step=0.6), **CALL, started_on="2022-01-01").select(measure="share_difference")
        tidy = row.tidy().iloc[0]
        held += tidy["conf_low"] <= truth <= tidy["conf_high"]
    assert held / 200 > 0.91


def test_a_trend_that_was_there_anyway_is_no_step():
    rng = np.random.default_rng(13)
    data = made(rng, 6_000, trend=0.4)
    found = before_after(data, **CALL, started_on="2022-01-01").select(measure="odds_ratio").tidy().set_index("model")
    assert found.loc["crude", "conf_low"] > 1
    assert found.loc["trend", "conf_low"] < 1 < found.loc["trend", "conf_high"]
    assert found.loc["trend", "std_error"] > 1.5 * found.loc["crude", "std_error"]


def test_everybody_in_time_before_leaves_the_difference():
    data = pd.DataFrame({"received": ["2021-06-01"] * 9 + ["2022-06-01"] * 9, "in_time": [1] * 15 + [0] * 3})
    found = before_after(data, **CALL, started_on="2022-01-01")
    assert set(found.tidy()["measure"]) == {"indicator_share", "share_difference"}
    assert set(found.context["refused"]) == {"crude", "trend"}
    assert found.sentences(language="da")[-1].endswith(".")


def test_order_changes_nothing():
    data = made(np.random.default_rng(1), 200)
    expected = before_after(data, **CALL, started_on="2022-01-01").tidy()
    got = before_after(data.sample(frac=1, random_state=2), **CALL, started_on=pd.Timestamp("2022-01-01 13:00")).tidy()
    pd.testing.assert_frame_equal(got, expected, rtol=1e-8)


def test_refusals():
    data = made(np.random.default_rng(1), 50)
    with pytest.raises(ValueError, match="nobody counts after 2030-01-01: there is nothing to compare"):
        before_after(data, **CALL, started_on="2030-01-01")
    with pytest.raises(ValueError, match="no measure is named: there is no before and after"):
        before_after(data, **CALL, started_on="")
    with pytest.raises(WrongCall, match="started_on must be a date such as 2024-04-01; got 'spring'"):
        before_after(data, **CALL, started_on="spring")
    with pytest.raises(ValueError, match="received holds values that are no dates"):
        before_after(data.assign(received="01-02-2022"), **CALL, started_on="2022-01-01")
