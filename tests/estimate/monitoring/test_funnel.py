"""Funnels: limits, positions and dispersion by hand, against R, on simulated municipalities, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.monitoring.funnel import (
    against_limits,
    funnel,
    funnel_limits,
    funnel_lines,
    overdispersion,
)
from rehab_stats.estimate.monitoring.shares import rows_from_counts
from rehab_stats.vocabulary import TIDY_COLUMNS


@pytest.fixture(scope="module")
def units(read_reference):
    """14 units in two periods, with exact tails (tests/reference/monitoring.R)."""
    return read_reference("monitoring_units", index="unit").reset_index()


@pytest.fixture(scope="module")
def referrals(units):
    return rows_from_counts(units[["unit", "period", "events", "n"]], events="events", n="n")


# ---- by hand


def test_limits_of_two_by_hand():
    """n = 2, target 0.5: F = 1/4, 3/4, 1. At 0.025 r = 0, a = 0.225 / 0.25 = 0.9, below nought; at 0.975 r = 2,
    a = 0.025 / 0.25 = 0.1, (2 - 0.1) / 2 = 0.95."""
    found = funnel_limits([2], target=0.5, levels=(0.95,))
    row = found.tidy().iloc[0]
    assert tuple(found.tidy().columns) == TIDY_COLUMNS
    assert row[["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx([0.5, 0.0, 0.95])
    assert (row["measure"], row["level"], row["at"]) == ("control_limits", "0.95", 2)
    assert np.isnan(row["n"])


def test_a_dispersion_moves_limits_away_by_its_root():
    plain, wide = (funnel_limits([100], target=0.8, dispersion=d).tidy() for d in (1, 4))
    for end in ("conf_low", "conf_high"):
        assert (wide[end] - 0.8).tolist() == pytest.approx((2 * (plain[end] - 0.8)).clip(upper=0.2).tolist())


def test_rows_by_level_then_size_and_narrower_with_size():
    tidy = funnel_limits(np.arange(10, 210, 10), target=0.9).tidy()
    assert tidy["level"].tolist() == ["0.95"] * 20 + ["0.998"] * 20
    # narrower on the whole: counts are whole, so not at each step
    assert (tidy.groupby("level")[["conf_low"]].last() > tidy.groupby("level")[["conf_low"]].first()).to_numpy().all()
    inner, outer = (tidy[tidy["level"] == level].reset_index() for level in ("0.95", "0.998"))
    assert (inner["conf_low"] > outer["conf_low"]).all()
    assert (inner["conf_high"] <= outer["conf_high"]).all()


def test_all_in_time_is_not_outside_where_it_is_no_rarity():
    """20 of 20 at 90 % has probability 0.12: above the interpolated line, not outside."""
    found = against_limits(np.array([20.0]), np.array([20.0]), 0.9, (0.95, 0.998))
    assert found["high_0.95"].item() < 1
    assert found["position"].item() == "inside"


# ---- against R


def test_limits_against_qbinom(read_reference):
    reference = read_reference("monitoring_funnel", index="n").reset_index()
    for (target, level, dispersion), wanted in reference.groupby(["target", "level", "dispersion"]):
        got = funnel_limits(wanted["n"], target=target, levels=[float(level)], dispersion=dispersion).tidy()
        np.testing.assert_allclose(
            got[["conf_low", "conf_high"]], wanted[["conf_low", "conf_high"]], rtol=1e-9, atol=1e-12
        )


def test_positions_against_exact_tails(units):
    share = units["events"].sum() / units["n"].sum()
    found = against_limits(units["events"].to_numpy(float), units["n"].to_numpy(float), share, (0.8, 0.95))
    wanted = np.full(len(units), "inside", dtype=object)
    for level in (0.8, 0.95):
        wanted[units["few"] < (1 - level) / 2] = f"below_{level:g}"
        wanted[units["many"] < (1 - level) / 2] = f"above_{level:g}"
    assert found["position"].tolist() == wanted.tolist()
    assert set(wanted) > {"inside"}


def test_dispersion_against_r(referrals, read_reference):
    for (target, winsorised), wanted in read_reference(
        "monitoring_dispersion", index=["target", "winsorised"]
    ).iterrows():
        call = {"outcome": "in_time", "unit": "unit", "period": "period", "winsorised": winsorised}
        found = overdispersion(referrals, **call, target=target)
        assert found.diagnostics["dispersion_raw"] == pytest.approx(wanted["dispersion"], rel=1e-9)
        assert found.tidy()["estimate"].item() == max(1, found.diagnostics["dispersion_raw"])
    pooled = overdispersion(referrals, outcome="in_time", unit="unit", period="period")
    assert pooled.diagnostics["target"] == pytest.approx(referrals["in_time"].mean())
    assert pooled.diagnostics["units"] == 28


# ---- units


def test_units_with_their_own_limits_and_all_together(referrals):
    found = funnel(referrals, outcome="in_time", unit="unit")
    tidy, details = found.tidy(), found.details()
    assert len(tidy) == 15
    assert tidy["level"].iloc[-1] is None
    assert tidy.iloc[-1][["n", "events"]].tolist() == [len(referrals), referrals["in_time"].sum()]
    assert details["centre"].nunique() == 1
    lines = funnel_limits(tidy["n"].iloc[:3], target=details["centre"].iloc[0], levels=[0.95]).tidy()
    np.testing.assert_allclose(details["low_0.95"].iloc[:3], lines["conf_low"])
    assert not set(tidy.columns) & {"rank"}


def test_a_funnel_for_each_period(referrals):
    found = funnel(referrals, outcome="in_time", unit="unit", by="period", target=0.9)
    totals = found.tidy()[found.tidy()["level"].isna()]
    assert totals["stratum"].tolist() == ["period=2024-H1", "period=2024-H2"]
    assert set(found.details()["centre"]) == {0.9}


def test_order_changes_nothing(referrals):
    call = {"outcome": "in_time", "unit": "unit"}
    shuffled = referrals.sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(funnel(shuffled, **call).tidy(), funnel(referrals, **call).tidy())
    pd.testing.assert_frame_equal(funnel(shuffled, **call).details(), funnel(referrals, **call).details())


# ---- known truth


@pytest.mark.parametrize("size", [12, 30, 60])
def test_chance_takes_no_more_outside_than_the_limits_say(size):
    rng = np.random.default_rng(size)
    events, n = rng.binomial(size, 0.9, 20_000).astype(float), np.full(20_000, float(size))
    outside = against_limits(events, n, 0.9, (0.95, 0.998))["position"]
    assert (outside != "inside").mean() < 0.055
    assert outside.str.endswith("0.998").mean() < 0.003


def test_a_municipality_that_differs_is_found():
    rng = np.random.default_rng(1)
    events, n = rng.binomial(40, 0.6, 500).astype(float), np.full(500, 40.0)
    assert against_limits(events, n, 0.9, (0.95, 0.998))["position"].str.startswith("below_0.998").mean() > 0.8


def test_a_dispersion_is_found_and_chance_alone_gives_none():
    rng = np.random.default_rng(2)
    names = pd.DataFrame({"unit": np.arange(200).astype(str), "n": 60})
    for spread, low, high in ((0.0, 0.5, 0.9), (0.12, 2.0, 4.5)):
        shares = np.clip(0.75 + spread * rng.standard_normal(200), 0.05, 0.99)
        rows = rows_from_counts(names.assign(k=rng.binomial(60, shares)), events="k", n="n")
        raw = overdispersion(rows, outcome="in_time", unit="unit").diagnostics["dispersion_raw"]
        assert low < raw < high


# ---- refusals


def test_refusals(referrals):
    for n in ([], [0], [2.5], [np.nan]):
        with pytest.raises(WrongCall, match="n must be whole numbers, each at least 1"):
            funnel_limits(n, target=0.9)
    with pytest.raises(WrongCall, match=r"target must be a share between 0 and 1, such as 0\.9; got 1\.0"):
        funnel_limits([10], target=1.0)
    with pytest.raises(WrongCall, match="levels must be a share"):
        funnel_limits([10], target=0.9, levels=[95])
    with pytest.raises(WrongCall, match="levels is empty"):
        funnel_limits([10], target=0.9, levels=[])
    with pytest.raises(WrongCall, match=r"dispersion must be 1 or more; got 0\.5"):
        funnel_limits([10], target=0.9, dispersion=0.5)
    with pytest.raises(ValueError, match="in_time is 1 in all rows used: there is no funnel around it; give a target"):
        funnel(referrals.assign(in_time=1), outcome="in_time", unit="unit")
    with pytest.raises(ValueError, match="unit make 3 groups: a dispersion needs at least 10; pool periods"):
        overdispersion(referrals[referrals["unit"] < "m04"], outcome="in_time", unit="unit")
    with pytest.raises(WrongCall, match=r"winsorised must be a share from 0 to below 0\.5"):
        overdispersion(referrals, outcome="in_time", unit="unit", winsorised=0.5)
    with pytest.raises(ValueError, match="no row counts for in_time"):
        funnel(referrals.assign(in_time=np.nan), outcome="in_time", unit="unit")


def test_a_period_without_a_funnel_is_named_and_the_others_stay():
    rows = pd.DataFrame(
        {"unit": ["a", "b"] * 20, "period": ["p1"] * 20 + ["p2"] * 20, "in_time": [1] * 20 + [0, 1, 1, 1] * 5}
    )
    found = funnel(rows, outcome="in_time", unit="unit", by="period")
    assert set(found.tidy()["stratum"]) == {"period=p2"}
    assert "in_time is 1" in found.context["refused"]["period=p1"]
    assert set(funnel_lines(found).tidy()["stratum"]) == {"period=p2"}
