"""Tipping points: the closed form, the map against the calls it stands for, and no tip where there is none."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.change.completed import Delta
from rehab_stats.estimate.change.handling import mean_change
from rehab_stats.estimate.change.tipping import AMONG, tipping_point
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.vocabulary import TIDY_COLUMNS

CALL = {"baseline": "baseline", "followup": "followup", "exposure": "education"}
GRID = (-40, -10, 0, 15, 40)
M = 4
UPPER = ["vocational", "higher"]


def tips(data, **options):
    return tipping_point(data, **(CALL | {"deltas": GRID, "m": M} | options))


def change(data, **options):
    return mean_change(data, **CALL, handling="imputation", m=M, **options).tidy().set_index(["measure", "level"])


@pytest.fixture(scope="module")
def found(graded):
    return tips(graded, mid=5)


@pytest.fixture(scope="module")
def adjusted(graded):
    return tips(graded, mid=5, adjust=["age", "sex"], among="dropouts", given="given")


def tip(found, level, outcome):
    rows = found.tidy()
    mine = (rows["measure"] == "tipping_delta") & (rows["level"] == level) & (rows["outcome"] == outcome)
    return rows.loc[mine, "estimate"].item()


def missing_share(data):
    return data["followup"].isna().groupby(data["education"], observed=True).mean()


# The closed form


@pytest.mark.parametrize("level", UPPER)
def test_the_tip_to_zero_is_the_difference_over_the_missing_share(graded, found, level):
    difference = change(graded).loc[("mean_difference", level), "estimate"]
    assert tip(found, level, "zero") == pytest.approx(-difference / missing_share(graded)[level], rel=1e-10)


@pytest.mark.parametrize("level", UPPER)
def test_the_tip_to_the_smallest_important_difference(graded, found, level):
    """Of the two deltas that make the difference 5 or -5 the one nearer to none."""
    difference = change(graded).loc[("mean_difference", level), "estimate"]
    both = (np.array([5, -5]) - difference) / missing_share(graded)[level]
    assert tip(found, level, "mid") == pytest.approx(min(both, key=abs), rel=1e-10)


def test_a_point_of_delta_shifts_the_difference_by_the_missing_share(graded, found):
    rows, shift = found.tidy(), found.details()["shift"]
    for level in UPPER:
        np.testing.assert_allclose(shift[rows["level"] == level], missing_share(graded)[level], rtol=1e-12)
    maps = rows[rows["measure"] == "mean_difference"].set_index(["level", "stratum", "at"])["estimate"]
    share = missing_share(graded)
    for level in UPPER:
        step = maps[level, "delta_reference=15", 40] - maps[level, "delta_reference=-10", -10]
        assert step == pytest.approx(50 * share[level] - 25 * share["basic"], rel=1e-10)


def test_the_shift_under_adjustment_is_what_a_delta_does(graded, adjusted):
    rows, shift = adjusted.tidy(), adjusted.details()["shift"]
    options = {"adjust": ["age", "sex"]}
    for level in UPPER:
        delta = Delta(dropouts={level: 1}, given="given")
        moved = [change(graded, delta=d, **options).loc[("mean_difference", level), "estimate"] for d in (None, delta)]
        np.testing.assert_allclose(shift[rows["level"] == level], moved[1] - moved[0], rtol=1e-8)


# The map is mean_change


@pytest.mark.parametrize(("own", "other"), [(-10, 15), (40, -40)])
def test_the_map_is_mean_change_with_these_deltas(graded, found, adjusted, own, other):
    columns = ["estimate", "std_error", "conf_low", "conf_high", "p_value", "n", "events"]
    for result, options, kind in ((found, {}, "all"), (adjusted, {"adjust": ["age", "sex"]}, "dropouts")):
        rows = result.tidy()
        for level in UPPER:
            points = {level: own, "basic": other}
            delta = points if kind == "all" else Delta(dropouts=points, given="given")
            expected = change(graded, delta=delta, **options).loc[("mean_difference", level), columns]
            mine = (rows["level"] == level) & (rows["at"] == own) & (rows["stratum"] == f"delta_reference={other}")
            got = rows.loc[mine, columns].iloc[0]
            np.testing.assert_allclose(got.astype(float), expected.astype(float), rtol=1e-8)


@pytest.mark.parametrize("level", UPPER)
def test_at_the_tip_of_the_interval_a_limit_is_zero(graded, found, adjusted, level):
    for result, options, kind in ((found, {}, "all"), (adjusted, {"adjust": ["age", "sex"]}, "dropouts")):
        at = tip(result, level, "interval")
        points = {level: at}
        delta = points if kind == "all" else Delta(dropouts=points, given="given")
        row = change(graded, delta=delta, **options).loc[("mean_difference", level)]
        assert min(abs(row["conf_low"]), abs(row["conf_high"])) < 1e-6 * row["std_error"]


def test_an_interval_that_excludes_zero_at_once_tips_when_it_includes_it(graded):
    apart = graded.assign(followup=graded["followup"] + 25 * (graded["education"] == "higher"))
    result = tips(apart, deltas=[-100, 0])
    at = tip(result, "higher", "interval")
    assert tip(result, "higher", "zero") < at < 0
    row = change(apart, delta={"higher": at}).loc[("mean_difference", "higher")]
    assert abs(row["conf_low"]) < 1e-6 * row["std_error"]


def test_whose_follow_up_is_moved(graded):
    """Shares of those never given a form and of those given one add up to all without a follow-up."""
    shift = {kind: tips(graded, among=kind, given="given").details()["shift"].iloc[0] for kind in AMONG}
    assert shift["all"] == pytest.approx(shift["never_given"] + shift["dropouts"])
    mine = graded[graded["education"] == "vocational"]
    assert shift["never_given"] == pytest.approx((mine["given"] == 0).mean())


def test_a_planted_difference_of_the_unseen_is_found(world):
    """The unseen of high changed by 8 points less: moving them by -8 takes the difference to what everybody's is."""
    unseen = (world["returned"] == 0) & (world["level"] == "high")
    change_of_all = world["true_followup"] - world["true_baseline"] - 8 * unseen
    truth = change_of_all.groupby(world["level"], observed=True).mean()
    call = CALL | {"exposure": "level", "auxiliary": ["weak"], "m": 8}
    rows = tipping_point(world, **call, deltas=[-8, 0]).tidy()
    row = rows[(rows["at"] == -8) & (rows["stratum"] == "delta_reference=0")].iloc[0]
    assert abs(row["estimate"] - (truth["high"] - truth["low"])) < 3 * row["std_error"]


# Shape


def test_maps_of_all_levels_then_their_tips(graded, found):
    rows, details = found.tidy(), found.details()
    assert list(rows.columns) == list(TIDY_COLUMNS)
    assert rows["measure"].tolist() == ["mean_difference"] * 50 + ["tipping_delta"] * 6
    assert rows["level"].tolist() == ["vocational"] * 25 + ["higher"] * 25 + ["vocational"] * 3 + ["higher"] * 3
    assert rows["outcome"].tolist() == ["change"] * 50 + ["zero", "interval", "mid"] * 2
    assert rows["at"][:5].tolist() == list(GRID)
    assert list(dict.fromkeys(rows["stratum"][:50])) == [f"delta_reference={delta}" for delta in GRID]
    assert rows["at"][50:].isna().all()
    assert rows["stratum"][50:].isna().all()
    assert rows["std_error"][50:].isna().all()
    assert rows["n"].notna().all()
    assert (details["m"] == M).all()
    assert details[["n_reference", "events_reference"]].iloc[0].tolist() == [117, 39]
    assert found.context["mid"] == 5
    assert found.context["stratum"] == "delta_reference"
    assert found.diagnostics["rows_used"] == 358
    without = tips(graded)
    assert without.tidy()["outcome"][50:].tolist() == ["zero", "interval"] * 2


def test_models_of_a_mapping(graded):
    both = tips(graded, adjust={"crude": [], "aged": ["age"]}, deltas=[-5, 5])
    assert both.tidy()["model"].tolist() == ["crude"] * 12 + ["aged"] * 12
    alone = tips(graded, auxiliary=["age"], deltas=[-5, 5])
    pd.testing.assert_frame_equal(both.tidy()[:12], alone.tidy())


def test_there_is_no_tip_outside_the_range(graded):
    near = tips(graded, deltas=[-0.01, 0.01], mid=5).tidy()
    assert near["estimate"][near["measure"] == "tipping_delta"].isna().all()


def test_a_level_in_which_nobody_is_missing_does_not_tip(graded):
    full = graded[(graded["education"] != "higher") | graded[["baseline", "followup"]].notna().all(axis=1)]
    result = tips(full.reset_index(drop=True), mid=5)
    assert [tip(result, "higher", outcome) for outcome in ("zero", "interval", "mid")] == pytest.approx(
        [np.nan] * 3, nan_ok=True
    )
    rows = result.tidy()
    mine = rows[(rows["level"] == "higher") & (rows["stratum"] == "delta_reference=0")]
    assert mine["estimate"].nunique() == 1
    assert np.isfinite(tip(result, "vocational", "zero"))


# Invariance


def test_other_units(graded, found):
    tenfold = graded.assign(baseline=graded["baseline"] * 10, followup=graded["followup"] * 10)
    result = tips(tenfold, deltas=[10 * delta for delta in GRID], mid=50)
    for level in UPPER:
        for outcome in ("zero", "interval", "mid"):
            assert tip(result, level, outcome) == pytest.approx(10 * tip(found, level, outcome), rel=1e-7)


def test_order_of_deltas_workers_and_index_do_not_matter(graded, found):
    odd = graded.set_axis(np.arange(len(graded)) % 5, axis=0)
    result = tips(odd, deltas=[40, -0.0, 15, -10, -40, 15], workers=2, mid=5)
    pd.testing.assert_frame_equal(result.tidy(), found.tidy())


def test_another_reference_turns_the_difference_about(graded, found):
    """The same difference, the other way round, over the share that the other level misses."""
    share = missing_share(graded)
    other = tips(graded, reference="higher", deltas=[-40, 40])
    expected = -tip(found, "higher", "zero") * share["higher"] / share["basic"]
    assert tip(other, "basic", "zero") == pytest.approx(expected, rel=1e-8)


# Refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"deltas": [5]}, "deltas must be at least two different finite numbers of points"),
        ({"deltas": [5, 5.0]}, "deltas must be at least two different finite numbers of points"),
        ({"deltas": [0, np.inf]}, "deltas must be at least two different finite numbers of points"),
        ({"among": "some"}, "among must be one of all, never_given, dropouts; got 'some'"),
        ({"mid": 0}, "mid must be a number of points above 0; got 0"),
        ({"mid": np.nan}, "mid must be a number of points above 0; got nan"),
        ({"m": 1}, "m must be a whole number of imputations, at least 2"),
        ({"given": "gvn", "m": 2}, "data has no column 'gvn'"),
    ],
)
def test_calls_that_no_data_could_satisfy(graded, options, message):
    with pytest.raises(WrongCall, match=message):
        tips(graded, **options)


@pytest.mark.parametrize("among", AMONG)
def test_nobody_whose_follow_up_could_be_moved(whole, among):
    with pytest.raises(
        ValueError, match=rf"nobody is there whose followup could be moved \({among}\): nothing can tip"
    ):
        tips(whole, among=among)


def test_everybody_in_one_level_missing_is_refused(graded):
    gone = graded.assign(followup=graded["followup"].mask(graded["education"] == "higher"))
    with pytest.raises(ValueError, match="next to nobody with education = 'higher' has both"):
        tips(gone)


def test_no_frame():
    with pytest.raises(ValueError, match="data must be a DataFrame, not list"):
        tips([1])
