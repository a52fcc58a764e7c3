"""attendance_components: by hand, against R, known parts and their coverage, invariance, what never occurs, refusal."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.participation.components import COMPONENTS, attendance_components, fieller_shares
from rehab_stats.vocabulary import TIDY_COLUMNS

REFERENCE = Path(__file__).parents[2] / "reference"
EDUCATION = ["basic", "vocational", "higher", "unknown"]
COUNTS = {name: name for name in ("booked", "attended", "cancelled_by_person", "cancelled_by_centre")}
OUTCOMES = [*COMPONENTS, "total"]
SPLINE = ["bs(age, df=4)", "sex"]


def _split(data, exposure="education", draws=2, **options):
    return attendance_components(data, **COUNTS, exposure=exposure, draws=draws, **options)


def _parts(estimates, **wanted) -> pd.DataFrame:
    return estimates.select(measure="contribution", **wanted).tidy().set_index(["level", "outcome"])


@pytest.fixture(scope="module")
def attendance():
    """480 invented persons (tests/reference/components.R); the centre never cancels for `unknown`."""
    data = pd.read_csv(REFERENCE / "components_data.csv")
    return data.assign(education=pd.Categorical(data["education"], EDUCATION, ordered=True))


def _data(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


# ---- by hand


PAPER = _data(
    education=[1, 1, 1, 2, 2],
    booked=[4, 6, 0, 6, 4],
    attended=[2, 3, 0, 5, 3],
    cancelled_by_person=[1, 0, 0, 1, 0],
    cancelled_by_centre=[0, 1, 0, 0, 0],
)


def test_five_persons_on_paper():
    # level 1: 10 booked of 3 persons, 1 + 1 cancelled, 3 no-shows; level 2: 10 of 2, 1 cancelled, 1 no-show
    m, s = np.array([10 / 3, 5]), np.array([0.5, 0.8])
    rates = {"cancelled_by_person": (0.1, 0.1), "cancelled_by_centre": (0.1, 0.0), "no_show": (0.3, 0.1)}
    got = _parts(_split(PAPER)).loc["2"]
    assert got.index.tolist() == OUTCOMES
    assert got.loc["booked", "estimate"] == pytest.approx((m[1] - m[0]) * s.mean())
    for way, (low, high) in rates.items():
        assert got.loc[way, "estimate"] == pytest.approx(-(high - low) * m.mean())
    assert got.loc["total", "estimate"] == pytest.approx(4 - 5 / 3)  # the observed means
    assert (got["n"] == 2).all()
    assert (got["events"] == 2).all()


def test_what_each_part_is_a_difference_of():
    details = _split(PAPER).details().head(5)
    assert details["quantity"].tolist() == pytest.approx([5, 0.1, 0, 0.1, 4])
    assert details["quantity_reference"].tolist() == pytest.approx([10 / 3, 0.1, 0.1, 0.3, 5 / 3])
    assert details["n_reference"].tolist() == [3] * 5
    assert details["events_reference"].tolist() == [2] * 5


def test_only_booking_differs_or_only_showing_up():
    base = {"education": [1, 2], "cancelled_by_person": 0, "cancelled_by_centre": 0}
    booking = _parts(_split(_data(**base, booked=[5, 10], attended=[4, 8])))["estimate"].loc["2"]
    assert booking.to_dict() == pytest.approx(
        {"booked": 4, "cancelled_by_person": 0, "cancelled_by_centre": 0, "no_show": 0, "total": 4}
    )
    showing = _parts(_split(_data(**base, booked=[10, 10], attended=[4, 8])))["estimate"].loc["2"]
    assert showing.to_dict() == pytest.approx(
        {"booked": 0, "cancelled_by_person": 0, "cancelled_by_centre": 0, "no_show": 4, "total": 4}
    )


def test_fieller_limits_on_paper():
    # value 3, total 4, each with variance 1/4, independent: |3 - 4q| = z sqrt(1/4 + q^2/4) at the limits
    rows = fieller_shares(np.array([3.0, 4.0]), np.diag([0.25, 0.25]))
    assert rows[0]["estimate"] == 0.75
    assert rows[0]["std_error"] == pytest.approx(np.sqrt(0.25 + 0.75**2 * 0.25) / 4)
    for limit in (rows[0]["conf_low"], rows[0]["conf_high"]):
        assert abs(3 - 4 * limit) == pytest.approx(1.959963984540054 * np.sqrt(0.25 + limit**2 * 0.25))
    assert rows[0]["conf_low"] < 0.75 < rows[0]["conf_high"]


def test_fieller_limits_of_a_total_itself_are_one_and_an_uncertain_total_has_none():
    same = fieller_shares(np.array([4.0, 4.0]), np.full((2, 2), 0.25))[0]
    assert [same["conf_low"], same["conf_high"]] == pytest.approx([1, 1])
    assert fieller_shares(np.array([1.0, 1.9]), np.eye(2)) == []


# ---- against R


@pytest.mark.parametrize(
    ("case", "adjust"),
    [
        ("education:crude", ()),
        ("education:adjusted", SPLINE),
        ("sex:crude", ()),
        ("sex:adjusted", ["age", "I(age**2)", "education"]),
    ],
)
def test_against_glm_delta_method_and_jackknife(attendance, read_reference, case, adjust):
    """Estimates at 1e-6; errors, of 600 draws, within 12 % of the delta method and the jackknife."""
    exposure = case.split(":")[0]
    data = attendance if exposure == "education" else attendance[attendance["education"] != "unknown"]
    got = _split(data, exposure, adjust=adjust, draws=600).select(measure="contribution").tidy()
    expected = read_reference("components").loc[case]
    assert got["level"].tolist() == expected["level"].tolist()
    assert got["outcome"].tolist() == expected["outcome"].tolist()
    np.testing.assert_allclose(got["estimate"], expected["estimate"], rtol=1e-6)
    np.testing.assert_allclose(got["std_error"], expected["std_error"], rtol=0.12)


def test_error_of_the_total_without_covariates_is_that_of_a_difference_of_means(attendance):
    row = _parts(_split(attendance, draws=3000)).loc[("higher", "total")]
    parts = [attendance.loc[attendance["education"] == level, "attended"] for level in ("higher", "basic")]
    assert row["estimate"] == pytest.approx(parts[0].mean() - parts[1].mean())
    assert row["std_error"] == pytest.approx(np.sqrt(sum(part.var(ddof=0) / len(part) for part in parts)), rel=0.04)
    wald = row["estimate"] + 1.96 * row["std_error"] * np.array([-1, 1])
    assert row[["conf_low", "conf_high"]].tolist() == pytest.approx(wald.tolist(), abs=0.12 * row["std_error"])


# ---- known truth


AGES = np.arange(30, 90, 6)
CANCELLED = {"by_person": 0.05, "by_centre": 0.03}
PLANTED = {  # mean booked and share of no-shows at each level, at age 60; sessions attended are the same in both
    "booking": ([5.0, 6.6], [0.14, 0.14]),
    "no_shows": ([6.6, 6.6], [0.92 - 0.78 * 5.0 / 6.6, 0.14]),
}


def _truth(planted, share_of_age):
    """Means of booked and rates by (age, level), and the contributions they make."""
    x = (AGES - 60) / 30
    booked = np.array(PLANTED[planted][0]) * np.exp(-0.2 * x)[:, None]
    rates = expit(logit(PLANTED[planted][1]) + 0.3 * x[:, None])
    left = 1 - sum(CANCELLED.values()) - rates
    parts = [
        share_of_age @ ((booked[:, 1] - booked[:, 0]) * left.mean(axis=1)),
        0.0,
        0.0,
        -share_of_age @ ((rates[:, 1] - rates[:, 0]) * booked.mean(axis=1)),
    ]
    return booked, rates, np.array([*parts, sum(parts)])


def _persons_of(planted, n, rng):
    """Older persons are more often of level 0, and come to fewer sessions: without adjustment the split is confounded.

    Bookings spread more than Poisson's (gamma), and rates of no-show from person to person (beta).
    """
    booked, rates, truth = _truth(planted, np.full(len(AGES), 1 / len(AGES)))
    age = rng.integers(0, len(AGES), n)
    level = (rng.random(n) < 0.75 - 0.05 * age).astype(int)
    count = rng.poisson(booked[age, level] * rng.gamma(1.5, 1 / 1.5, n))
    by_person = rng.binomial(count, CANCELLED["by_person"])
    by_centre = rng.binomial(count - by_person, CANCELLED["by_centre"] / (1 - CANCELLED["by_person"]))
    share = rates[age, level] / (1 - sum(CANCELLED.values()))  # of sessions not cancelled
    missed = rng.binomial(count - by_person - by_centre, rng.beta(6 * share, 6 * (1 - share)))
    data = _data(
        level=level,
        age=AGES[age],
        booked=count,
        attended=count - by_person - by_centre - missed,
        cancelled_by_person=by_person,
        cancelled_by_centre=by_centre,
    )
    return data, truth


@pytest.mark.parametrize(("planted", "alone"), [("booking", "booked"), ("no_shows", "no_show")])
def test_tells_booking_from_showing_up(planted, alone):
    """1,500 persons: the planted part is told from zero and holds the truth, every other interval holds zero."""
    data, truth = _persons_of(planted, 1500, np.random.default_rng(6))
    found = _split(data, "level", adjust=["C(age)"], draws=200)
    got = _parts(found).loc["1"]
    for outcome, part in zip(OUTCOMES, truth, strict=True):
        low, high = got.loc[outcome, ["conf_low", "conf_high"]]
        assert low < part < high
        assert (low < 0 < high) == (outcome not in (alone, "total"))
    shares = found.select(measure="share_of_total").tidy().set_index("outcome")
    assert shares.index.tolist() == list(COMPONENTS)
    assert shares["estimate"].sum() == pytest.approx(1)
    assert shares.loc[alone, "conf_low"] > 0.5
    assert shares.loc[alone, "conf_low"] < 1 < shares.loc[alone, "conf_high"]


def test_both_have_the_same_means_and_confounding_is_taken_away():
    at = np.full(len(AGES), 1 / len(AGES))
    means = []
    for planted in PLANTED:
        booked, rates, truth = _truth(planted, at)
        means.append(at @ (booked * (0.92 - rates)))
        data, _ = _persons_of(planted, 40_000, np.random.default_rng(2))
        got = _split(data, "level", adjust={"crude": [], "age": ["age", "I(age**2)"]}, draws=40)
        crude, adjusted = (_parts(got, model=model).loc["1"] for model in ("crude", "age"))
        off = np.abs(adjusted["estimate"] - truth) / adjusted["std_error"]
        assert off.max() < 4
        assert (crude["estimate"] - truth)["total"] > 4 * crude["std_error"]["total"]
    assert means[0][1] == pytest.approx(means[1][1])
    assert means[0][0] == pytest.approx(means[1][0], rel=0.02)  # a logit of age is not quite a share of it


@pytest.mark.parametrize("planted", PLANTED)
def test_intervals_cover_as_often_as_they_say(planted):
    """25 samples of 500 with 100 draws: each of five intervals misses at most 5 (more: p = 0.001 at 5 %).

    data/synthetic/calibration_participation.csv measures it on hundreds of extracts.
    """
    rng, misses = np.random.default_rng(9), np.zeros(5)
    for _ in range(25):
        data, truth = _persons_of(planted, 500, rng)
        got = _parts(_split(data, "level", adjust=["age"], draws=100, rng=rng)).loc["1"]
        misses += ((got["conf_low"] > truth) | (truth > got["conf_high"])).to_numpy()
    assert misses.max() <= 5
    assert misses.sum() >= 1  # nor wide beyond reason: 6 of 125 expected


# ---- sums


def test_parts_add_up_to_the_total_exactly(attendance):
    for adjust in ((), SPLINE):
        found = _parts(_split(attendance, adjust=adjust))["estimate"].unstack()
        np.testing.assert_allclose(found[list(COMPONENTS)].sum(axis=1), found["total"], rtol=0, atol=1e-10)


def test_shares_stand_only_where_the_total_is_told_from_zero(attendance):
    found = _split(attendance, adjust=SPLINE, draws=200)
    totals = _parts(found, outcome="total").droplevel("outcome")
    told = totals.index[(totals["conf_low"] > 0) | (totals["conf_high"] < 0)].tolist()
    shares = found.select(measure="share_of_total").tidy()
    assert 0 < len(told) < 3
    assert shares["level"].unique().tolist() == told
    assert (shares.groupby("level")["estimate"].sum() - 1).abs().max() < 1e-10


def test_shares_need_both_an_interval_without_zero_and_bounded_limits(attendance):
    """Of 60 samples of 20 draws some meet one condition and not the other: few draws have ragged percentiles."""
    seen = set()
    for seed in range(60):
        found = _split(attendance, "sex", draws=20, rng=np.random.default_rng(seed))
        total = _parts(found, outcome="total").iloc[0]
        excludes = total["conf_low"] > 0 or total["conf_high"] < 0
        bounded = abs(total["estimate"]) > 1.959963984540054 * total["std_error"]
        seen.add((excludes, bounded))
        assert ("share_of_total" in set(found.tidy()["measure"])) == (excludes and bounded)
    assert len(seen) == 4


# ---- shape


def test_rows_models_and_diagnostics(attendance):
    found = _split(attendance, adjust={"crude": [], "age_sex": SPLINE}, draws=3)
    tidy = found.tidy()
    assert tuple(tidy.columns) == TIDY_COLUMNS
    parts = tidy[tidy["measure"] == "contribution"]
    assert parts["model"].tolist() == ["crude"] * 15 + ["age_sex"] * 15
    assert parts["outcome"].tolist() == OUTCOMES * 6
    assert parts["level"].tolist() == [level for level in EDUCATION[1:] for _ in range(5)] * 2
    assert (parts["reference"] == "basic").all()
    assert parts["p_value"].isna().all()
    assert found.diagnostics["rows_used.crude"] == 480
    assert found.diagnostics["draws_failed.age_sex"] == 0
    assert found.diagnostics["never.crude"] == ""
    assert found.context["outcome"] == "attended"
    assert "Kitagawa" in found.method
    assert "3 bootstrap draws" in found.method
    first = attendance[attendance["education"] == "vocational"]
    assert parts["n"].iloc[0] == len(first)
    assert parts["events"].iloc[0] == (first["attended"] > 0).sum()


def test_rows_that_miss_a_count_or_a_covariate_are_dropped_and_counted(attendance):
    data = attendance.astype({"booked": float, "age": float})
    data.loc[[1, 2], "booked"], data.loc[5, "age"] = np.nan, np.nan
    found = _split(data, adjust=["age"])
    assert (found.diagnostics["rows_used"], found.diagnostics["rows_dropped"]) == (477, 3)
    pd.testing.assert_frame_equal(found.tidy(), _split(attendance.drop([1, 2, 5]), adjust=["age"]).tidy())


def test_a_level_with_nobody_in_it_has_no_rows(attendance):
    found = _split(attendance[attendance["education"] != "higher"])
    assert found.tidy()["level"].unique().tolist() == ["vocational", "unknown"]
    assert found.diagnostics["levels_empty"] == 1


def test_input_and_generator(attendance):
    before = attendance.copy(deep=True)
    _split(attendance, adjust=SPLINE)
    pd.testing.assert_frame_equal(attendance, before)


# ---- what never happens


def test_a_way_that_never_occurs_contributes_nothing_and_is_named(attendance):
    data = attendance.assign(cancelled_by_centre=0, attended=attendance["attended"] + attendance["cancelled_by_centre"])
    found = _split(data, adjust=SPLINE, draws=20)
    centre = _parts(found, outcome="cancelled_by_centre")
    assert (centre[["estimate", "std_error", "conf_low", "conf_high"]] == 0).all(axis=None)
    assert found.diagnostics["never"] == "cancelled_by_centre"


def test_a_way_that_never_occurs_in_the_reference_has_the_rate_zero_there(attendance):
    found = _split(attendance, adjust=SPLINE, reference="unknown", draws=20)
    rows = found.select(measure="contribution", outcome="cancelled_by_centre")
    assert (rows.tidy()["estimate"] < 0).all()
    assert (rows.details()["quantity_reference"] == 0).all()
    other = _parts(_split(attendance, adjust=SPLINE)).loc["unknown", "estimate"]
    own = _parts(found).loc["basic", "estimate"]
    np.testing.assert_allclose(own, -other, rtol=1e-9)  # symmetric between the two levels


def test_a_way_that_never_occurs_in_a_category_is_said_and_does_not_stop_the_split(attendance):
    data = attendance.assign(part=np.where(attendance.index % 7 == 0, "small", "large"))
    small = data["part"] == "small"
    data.loc[small, "attended"] += data.loc[small, "cancelled_by_centre"]
    data.loc[small, "cancelled_by_centre"] = 0
    found = _split(data, adjust=["part"], draws=20)
    assert found.diagnostics["at_limit"] == "cancelled_by_centre"
    assert found.diagnostics["draws_failed"] == 0
    assert found.tidy()[["estimate", "std_error"]].notna().all(axis=None)


def test_a_category_of_two_persons_does_not_cost_the_draws_that_miss_both(attendance):
    booked = attendance.index[attendance["booked"] > 4][:2]
    data = attendance.assign(part=np.where(attendance.index.isin(booked), "two", "all the others"))
    found = _split(data, adjust=["part"], draws=60)
    assert found.diagnostics["draws_failed"] == 0
    plain = _parts(_split(data, draws=60))["std_error"]
    assert (_parts(found)["std_error"] / plain).between(0.8, 1.25).all()


def test_counts_in_the_thousands(attendance):
    many = attendance.assign(**{name: attendance[name] * 5000 for name in COUNTS})
    small, large = (_parts(_split(data, adjust=SPLINE, draws=10)) for data in (attendance, many))
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(large[columns], 5000 * small[columns], rtol=1e-6)


# ---- invariance


def test_workers_change_nothing(attendance):
    one, two = (_split(attendance, adjust=SPLINE, draws=30, workers=workers) for workers in (1, 2))
    pd.testing.assert_frame_equal(one.tidy(), two.tidy(), check_exact=True)


def test_the_same_generator_gives_the_same_draws_and_models_do_not_disturb_each_other(attendance):
    def tidy(adjust, seed):
        return _split(attendance, adjust=adjust, draws=10, rng=np.random.default_rng(seed)).tidy()

    alone, beside = tidy({"b": ["age"]}, 3), tidy({"a": [], "b": ["age"]}, 3)
    beside = beside[beside["model"] == "b"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, beside, check_exact=True)
    assert (tidy({"b": ["age"]}, 4)["std_error"] != alone["std_error"].head(len(alone))).any()


def test_order_of_rows_changes_no_estimate(attendance):
    shuffled = attendance.sample(frac=1, random_state=3)
    got, expected = (_parts(_split(data, adjust=SPLINE))["estimate"] for data in (shuffled, attendance))
    pd.testing.assert_series_equal(got, expected, rtol=1e-9)


def test_units_and_names_change_nothing_but_names(attendance):
    other = attendance.assign(
        age=attendance["age"] * 12, education=attendance["education"].cat.rename_categories({"higher": "Æ 1"})
    )
    got, expected = (_split(data, adjust=["age", "I(age**2)"], draws=20).tidy() for data in (other, attendance))
    expected["level"] = expected["level"].replace("higher", "Æ 1")
    pd.testing.assert_frame_equal(got, expected, rtol=1e-8)


def test_levels_the_other_way_round_turn_the_signs(attendance):
    data = attendance[attendance["education"].isin(["basic", "higher"])]
    up = _parts(_split(data, adjust=["age"])).loc["higher", "estimate"]
    down = _parts(_split(data, adjust=["age"], reference="higher")).loc["basic", "estimate"]
    np.testing.assert_allclose(down, -up, rtol=1e-8)


def test_every_row_twice_as_other_persons_gives_the_same_parts_and_errors_smaller_by_the_root_of_two(attendance):
    twice = pd.concat([attendance, attendance], ignore_index=True)
    once, doubled = (_parts(_split(data, draws=1500)) for data in (attendance, twice))
    np.testing.assert_allclose(doubled["estimate"], once["estimate"], rtol=1e-9)
    np.testing.assert_allclose(doubled["std_error"], once["std_error"] / np.sqrt(2), rtol=0.1)


def test_every_row_twice_as_the_same_person_leaves_errors_as_they_were(attendance):
    once = _split(attendance, adjust=["age"], draws=40).tidy()
    twice = pd.concat([attendance, attendance], ignore_index=True)
    again = _split(twice, adjust=["age"], draws=40, person="person").tidy()
    pd.testing.assert_frame_equal(again, once, rtol=1e-7)  # n too: persons


# ---- refusal


def _edit(column, value, rows=(3, 4)):
    return lambda data: data.assign(**{column: data[column].where(~data.index.isin(rows), value)})


REFUSED = {
    "more than booked": (_edit("attended", 99), {}, r"attended \+ cancelled_by_person \+ cancelled_by_centre must not "
                         r"exceed booked: 2 rows are not \(rows 3, 4\)"),
    "not whole": (_edit("booked", 20.5), {}, "booked.* must be whole numbers.*rows 3, 4"),
    "below zero": (_edit("cancelled_by_centre", -1), {}, "cancelled_by_centre.* must be whole numbers.*rows 3, 4"),
    "infinite": (
        lambda d: _edit("booked", np.inf)(d.astype({"booked": float})), {}, "booked.* must be whole numbers.*rows 3, 4"
    ),
    "text": (lambda d: d.assign(booked="many"), {}, "booked must be numbers"),
    "status never edited": (
        lambda d: d.assign(attended=d["booked"], cancelled_by_person=0, cancelled_by_centre=0), {},
        "attended equals booked in all rows used: the status of sessions was perhaps never edited from its default",
    ),
    "nobody booked in a level": (
        lambda d: d.assign(**{c: d[c].where(d["education"] != "unknown", 0) for c in COUNTS}), {},
        "no row with education = 'unknown' has booked above 0",
    ),
    "nobody booked": (lambda d: d.assign(**dict.fromkeys(COUNTS, 0)), {}, "no row with education = 'basic' has booked"),
    "unknown column": (lambda d: d.drop(columns="booked"), {}, "data has no column 'booked'"),
    "adjusting for a count": (lambda d: d, {"adjust": ["booked"]}, "adjust contains 'booked'"),
    "model named": (
        lambda d: d.assign(gender=d["sex"]), {"adjust": {"full": ["sex", "gender"]}},
        "model full: collinear columns: sex.*gender",
    ),
    "one level": (lambda d: d[d["education"] == "basic"], {}, "everybody has education = 'basic'"),
    "levels too small to be drawn": (
        lambda d: d.assign(**{c: d[c].where((d["education"] != "unknown") | (d.index == 22), 0) for c in COUNTS}),
        {"draws": 40}, "draws gave no estimate, .* since level 'unknown' has nothing to take a mean of; merge",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(attendance, case):
    change, options, message = REFUSED[case]
    data = attendance.copy()
    data.loc[22, ["education", "booked", "attended", "cancelled_by_person", "cancelled_by_centre"]] = [
        "unknown", 4, 3, 0, 0,
    ]  # fmt: skip
    with pytest.raises(ValueError, match=message):
        _split(change(data), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 0}, "draws must be a whole number of at least 2"),
        ({"workers": 0}, "workers must be a whole number of at least 1"),
        ({"attended": "booked"}, "must be four columns"),
        ({"attended": "atended"}, "data has no column 'atended'; did you mean 'attended'"),
    ],
)
def test_calls_that_no_data_could_satisfy(attendance, options, message):
    with pytest.raises(WrongCall, match=message):
        attendance_components(attendance, **(COUNTS | {"exposure": "education"} | options))
