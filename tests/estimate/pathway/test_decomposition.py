"""pathway, pathway_slope: by hand, against R, known parts and their coverage, invariance, refusal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit

from rehab_stats import pathway, pathway_slope, ridits
from rehab_stats.estimate.model.sample import Roles, WrongCall, prepare
from rehab_stats.estimate.pathway.decomposition import pathway_readings
from rehab_stats.estimate.pathway.readings import read
from rehab_stats.estimate.pathway.stage_models import ROW, PathData, models_by_level

LEVELS = ["basic", "upper", "short_higher", "long_higher"]
STAGES = {
    "referred": "referred",
    "interview": "interview",
    "started": "started",
    "booked": "booked",
    "attended": ("attended", "booked"),
}
FORMS = {"referred": "referred", "interview": "interview", "started": "started", "due": "due", "improved": "improved"}
MEASURED = {"given": ["education", "age"], "returned": ["education", "age", "sex"]}
ADJUSTED = ["age", "sex", "year"]
CHAINS = {"A": {"stages": STAGES}, "B": {"stages": FORMS, "measured": MEASURED}}
SETS = {"crude": [], "adjusted": ADJUSTED}


def _path(data, stages=STAGES, exposure="education", draws=2, **options):
    return pathway(data, stages=stages, exposure=exposure, draws=draws, **options)


def _same_as_r(found, expected, stages, reference="basic"):
    """Every number of R within a relative 1e-8 (contributions near nought: absolute 1e-10)."""
    got = found.tidy().set_index(["outcome", "level", "measure"])["estimate"]
    rows = expected[(expected["measure"] != "stage_quantity") | (expected["stage"] != "total")]
    assert len(rows) > 3 * len(stages)
    for row in rows.itertuples():
        value = got.loc[row.stage, row.level, row.measure]
        assert value == pytest.approx(row.value, rel=1e-8, abs=1e-10), (row.stage, row.level, row.measure)


# ---- by hand


def test_eight_persons_on_paper():
    # basic: 2 of 4 referred, 1 of 2 started, 4 sessions; long: 3 of 4, 2 of 3, 9 sessions
    data = pd.DataFrame(
        {
            "education": [1, 1, 1, 1, 2, 2, 2, 2],
            "referred": [1, 1, 0, 0, 1, 1, 1, 0],
            "started": [1, 0, 0, 0, 1, 1, 0, 0],
            "sessions": [4, 0, 0, 0, 3, 6, 0, 0],
        }
    )
    stages = {"referred": "referred", "started": "started", "sessions": "sessions"}
    data = pd.concat([data] * 12, ignore_index=True)  # so that no draw is without somebody who started
    got = _path(data, stages).tidy()
    quantity = got[got["measure"] == "stage_quantity"]["estimate"].to_numpy()
    np.testing.assert_allclose(quantity, [0.5, 0.75, 0.25, 0.5, 1.0, 2.25])
    ratios = got[got["measure"] == "stage_ratio"].set_index("outcome")["estimate"]
    np.testing.assert_allclose(ratios, [0.75 / 0.5, (2 / 3) / (1 / 2), 4.5 / 4, 2.25])
    parts = got[got["measure"] == "contribution"].set_index("outcome")["estimate"]
    np.testing.assert_allclose(parts, np.log(ratios) * 1.25 / np.log(2.25))
    assert parts["total"] == pytest.approx(1.25)
    counts = got[(got["measure"] == "stage_quantity") & (got["level"] == "2")][["n", "events"]]
    assert (counts / 12).to_numpy().tolist() == [[4, 3], [4, 2], [4, 2]]


def test_crude_quantities_are_the_means_of_the_levels(persons):
    found = _path(persons).select(measure="stage_quantity", outcome="attended").tidy()
    np.testing.assert_allclose(found["estimate"], persons.groupby("education", observed=True)["attended"].mean())


# ---- against R


@pytest.mark.parametrize("reading", ["sequential", "shapley"])
@pytest.mark.parametrize("chain", CHAINS)
def test_every_number_of_r(persons, from_r, chain, reading):
    found = _path(persons, **CHAINS[chain], adjust=SETS, reading=reading)
    for model in SETS:
        expected = from_r.query("chain == @chain and model == @model and kind == @reading")
        _same_as_r(found.select(model=model), expected, CHAINS[chain]["stages"])


def test_another_order_as_in_r(persons, from_r):
    order = ["started", "interview", "referred", "booked", "attended"]
    found = _path(persons, adjust=SETS, order=order)
    for model in SETS:
        _same_as_r(found.select(model=model), from_r.query("model == @model and kind == 'order'"), STAGES)


@pytest.mark.parametrize("reading", ["sequential", "shapley"])
def test_slopes_as_in_r(persons, from_r, reading):
    found = pathway_slope(persons, stages=STAGES, rank="education", adjust=SETS, reading=reading, draws=2)
    for model in SETS:
        kind = f"slope_{reading}"
        _same_as_r(found.select(model=model), from_r[(from_r["model"] == model) & (from_r["kind"] == kind)], STAGES)


@pytest.mark.parametrize("chain", CHAINS)
def test_a_draw_is_fitted_as_r_fits_so_many_copies_of_each_person(persons, from_r, chain):
    """The refit of all stages, and of the chances of being measured, from the whole sample's estimate."""
    spec = CHAINS[chain]
    path = PathData.of(persons, spec["stages"], ADJUSTED, measured=spec.get("measured"), period=False)
    sample = prepare(path.data, Roles("education", (ROW,)), {"adjusted": ADJUSTED}).sample(ADJUSTED)
    fitted = models_by_level(path, sample, ADJUSTED)
    times = persons["times"].to_numpy(dtype=float)
    chances, share = fitted.chances(fitted.refitted(times)), fitted.share_under(times)
    for reading in ("sequential", "shapley"):
        found = read(chances, share, base=0, upper=[1, 2, 3], reading=reading, order=range(5))
        rows = from_r.query("chain == @chain and kind == 'weighted' and reading == @reading")
        wanted = rows.set_index(["measure", "stage", "level"])["value"]
        for measure, values in (("contribution", found.parts), ("log_contribution", found.logs)):
            for k, stage in enumerate(spec["stages"]):
                expected = [wanted[measure, stage, level] for level in LEVELS[1:]]
                np.testing.assert_allclose(values[k], expected, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("chain", CHAINS)
def test_both_readings_at_once_are_each_of_them_alone(persons, chain):
    call = CHAINS[chain] | {"exposure": "education", "adjust": SETS, "draws": 40, "reference": "upper"}
    both = pathway_readings(persons, rng=np.random.default_rng(6), **call)
    assert list(both) == ["sequential", "shapley"]
    for reading, found in both.items():
        alone = pathway(persons, reading=reading, rng=np.random.default_rng(6), **call)
        pd.testing.assert_frame_equal(found.tidy(), alone.tidy(), check_exact=True)
        pd.testing.assert_frame_equal(found.details(), alone.details(), check_exact=True)
        assert (found.diagnostics, found.context, found.method) == (alone.diagnostics, alone.context, alone.method)


# ---- patterns against rows


def test_models_on_patterns_are_those_on_rows(persons):
    """Fitted means of every stage within 1e-8 of statsmodels, row by row, under the weights of a draw."""
    path = PathData.of(persons, STAGES, ADJUSTED, measured=None, period=False)
    sample = prepare(path.data, Roles("education", (ROW,)), {"adjusted": ADJUSTED}).sample(ADJUSTED)
    fitted = models_by_level(path, sample, ADJUSTED)
    assert fitted.design.patterns < len(persons)
    times = np.random.default_rng(5).multinomial(len(persons), np.full(len(persons), 1 / len(persons))).astype(float)
    models = fitted.refitted(times)
    matrix = fitted.design.matrix[fitted.design.index]
    for place, stage in enumerate(fitted.journeys.stages):
        size, value = fitted.journeys.size[place], fitted.journeys.value[place]
        here = (size > 0) & (times > 0)
        family = sm.families.Poisson() if stage.kind == "count" else sm.families.Binomial()
        rows = sm.GLM(value[here] / size[here], matrix[here], family=family, freq_weights=(times * size)[here])
        expected = rows.fit(tol=1e-14, maxiter=100).predict(matrix)
        own = fitted.chance(models[place])[fitted.design.index, fitted.patterns.level[fitted.design.index]]
        np.testing.assert_allclose(own, expected, rtol=1e-8, err_msg=stage.name)


# ---- known parts


def _simulated(rng, n, gaps):
    """Independent stages with planted log odds ratios of the upper level; x acts on all of them."""
    level, x = rng.integers(0, 2, n), rng.integers(0, 3, n)
    frame, here = {"level": level, "x": x.astype(str)}, np.ones(n, dtype=bool)
    for name, gap in gaps.items():
        here = here & (rng.random(n) < expit(0.6 + gap * level - 0.3 * x))
        frame[name] = here.astype(int)
    return pd.DataFrame(frame)


def _true_parts(gaps, reading):
    chances = np.array([[[expit(0.6 + gap * e - 0.3 * x) for e in (0, 1)] for x in range(3)] for gap in gaps.values()])
    return read(chances, np.full(3, 1 / 3), base=0, upper=[1], reading=reading, order=range(len(gaps)))


@pytest.mark.parametrize("reading", ["sequential", "shapley"])
def test_known_parts_of_opposing_signs_are_found(reading):
    gaps = {"referred": 0.5, "interviewed": -0.3, "started": 0.0}
    data = _simulated(np.random.default_rng(1), 120_000, gaps)
    found = _path(data, {name: name for name in gaps}, "level", draws=60, adjust=["x"], reading=reading)
    truth = _true_parts(gaps, reading)
    for measure, values in (("contribution", truth.parts), ("log_contribution", truth.logs)):
        got = found.select(measure=measure, outcome=list(gaps)).tidy()
        assert (np.abs(got["estimate"] - values[:, 0]) < 4 * got["std_error"]).all()
        assert got["estimate"].iloc[0] > 0 > got["estimate"].iloc[1]


def test_intervals_cover_the_known_parts():
    """40 samples, 4 cells each: fewer than 130 of 160 intervals covering would have a chance below 1e-5."""
    gaps, rng = {"referred": 0.5, "started": -0.2}, np.random.default_rng(2)
    truth, covered = _true_parts(gaps, "sequential"), 0
    for _ in range(40):
        found = _path(
            _simulated(rng, 900, gaps), {name: name for name in gaps}, "level", draws=99, adjust=["x"], rng=rng
        )
        for measure, values in (("contribution", truth.parts), ("log_contribution", truth.logs)):
            got = found.select(measure=measure, outcome=list(gaps)).tidy()
            covered += int(((got["conf_low"] <= values[:, 0]) & (values[:, 0] <= got["conf_high"])).sum())
    assert covered >= 130


# ---- what must always hold


@pytest.mark.parametrize("reading", ["sequential", "shapley"])
def test_contributions_add_up_to_the_total(persons, reading):
    rows = _path(persons, adjust=ADJUSTED, reading=reading).tidy()
    for measure in ("contribution", "log_contribution"):
        parts = rows[rows["measure"] == measure].pivot(index="outcome", columns="level", values="estimate")
        np.testing.assert_allclose(parts.drop("total").sum(), parts.loc["total"], rtol=0, atol=1e-10)
    last = rows[(rows["measure"] == "stage_quantity") & (rows["outcome"] == "attended")].set_index("level")["estimate"]
    whole = rows[(rows["measure"] == "contribution") & (rows["outcome"] == "total")].set_index("level")["estimate"]
    np.testing.assert_allclose(whole, last[whole.index] - last["basic"], rtol=0, atol=1e-10)


def test_order_of_rows_units_of_covariates_and_workers_change_nothing(persons):
    base = _path(persons, adjust=ADJUSTED, draws=20).tidy()
    pd.testing.assert_frame_equal(base, _path(persons, adjust=ADJUSTED, draws=20, workers=2).tidy())
    shuffled = persons.sample(frac=1, random_state=3).assign(age=persons["age"] * 12)
    again = _path(shuffled, adjust=ADJUSTED).tidy()
    np.testing.assert_allclose(again["estimate"], base["estimate"], rtol=1e-9, atol=1e-11)


def test_the_shapley_reading_knows_no_order(persons):
    plain, turned = (
        _path(persons, adjust=ADJUSTED, reading="shapley", order=order) for order in ((), tuple(STAGES)[::-1])
    )
    np.testing.assert_array_equal(plain.tidy()["estimate"], turned.tidy()["estimate"])


def test_the_order_of_the_mapping_is_that_of_the_sequential_reading_alone(persons):
    """Columns hold each other, so the models know the path whatever the mapping's order."""
    turned = dict(reversed(STAGES.items()))
    for reading in ("sequential", "shapley"):
        named = _path(persons, turned, adjust=ADJUSTED, reading=reading).tidy()
        asked = _path(persons, adjust=ADJUSTED, reading=reading, order=tuple(turned)).tidy()
        pd.testing.assert_frame_equal(named, asked)
    plain = _path(persons, adjust=ADJUSTED).tidy()
    moved = _path(persons, turned, adjust=ADJUSTED).tidy()
    assert not np.allclose(plain["estimate"], moved["estimate"], atol=1e-4)


def test_names_of_stages_change_nothing(persons):
    renamed = _path(persons, {f"s{k}": spec for k, spec in enumerate(STAGES.values())}, adjust=ADJUSTED).tidy()
    np.testing.assert_array_equal(renamed["estimate"], _path(persons, adjust=ADJUSTED).tidy()["estimate"])


def test_another_reference_turns_the_logs_around(persons):
    up = _path(persons).select(measure="log_contribution", level="long_higher").tidy()["estimate"]
    down = _path(persons, reference="long_higher").select(measure="log_contribution", level="basic").tidy()["estimate"]
    np.testing.assert_allclose(up, -down.to_numpy(), rtol=1e-9, atol=1e-12)


def test_a_seed_is_the_same_draws_and_another_one_is_not(persons):
    one, same, other = (
        _path(persons, draws=10, rng=np.random.default_rng(seed)).tidy()["std_error"] for seed in (1, 1, 2)
    )
    assert one.equals(same)
    assert not one.equals(other)


def test_rows_of_a_person_are_drawn_together(persons):
    doubled = pd.concat([persons, persons]).assign(who=[*persons["id"], *persons["id"]])
    once = _path(persons, draws=30, adjust=ADJUSTED).tidy()
    twice = _path(doubled, draws=30, adjust=ADJUSTED, person="who").tidy()
    np.testing.assert_allclose(twice["std_error"], once["std_error"], rtol=1e-5, atol=1e-12)
    np.testing.assert_array_equal(twice["n"], once["n"])


def test_shares_stand_only_where_the_total_is_told_from_zero(persons):
    rows = _path(persons, adjust=ADJUSTED, draws=100).tidy()
    totals = rows[(rows["outcome"] == "total") & (rows["measure"] == "contribution")].set_index("level")
    told = set(totals.index[(totals["conf_low"] > 0) | (totals["conf_high"] < 0)])
    assert set(rows.loc[rows["measure"] == "share_of_total", "level"]) == told
    assert told
    shares = rows[rows["measure"] == "share_of_total"].groupby("level")["estimate"].sum()
    np.testing.assert_allclose(shares, 1.0, atol=1e-10)
    even = persons.assign(education=np.random.default_rng(4).permutation(persons["education"].astype(str) > "short"))
    assert "share_of_total" not in set(_path(even, draws=50).tidy()["measure"])


def test_ridits_can_be_passed_on(persons):
    placed = persons.assign(place=ridits(persons["education"]))
    own = pathway_slope(persons, stages=STAGES, rank="education", draws=3).tidy()
    given = pathway_slope(placed, stages=STAGES, rank="education", ridit="place", draws=3).tidy()
    np.testing.assert_allclose(given["estimate"], own["estimate"], rtol=1e-12)


def test_unknown_is_a_level_and_has_no_place_on_the_ladder(persons):
    codes = persons["education"].astype(str).where(persons["id"] % 9 > 0, "unknown")
    data = persons.assign(education=pd.Categorical(codes, [*LEVELS, "unknown"], ordered=True))
    assert "unknown" in set(_path(data).tidy()["level"])
    slope = pathway_slope(data, stages=STAGES, rank="education", draws=2)
    assert slope.diagnostics["rows_unranked"] == (codes == "unknown").sum()
    assert set(slope.tidy()["n"]) == {(codes != "unknown").sum()}


# ---- measuring, and other persons at other stages


def test_weights_let_those_measured_stand_for_all():
    """Those who improve seldom are measured seldom; unweighted, the last stage is too high."""
    rng, n = np.random.default_rng(8), 60_000
    frail = rng.integers(0, 2, n)
    data = pd.DataFrame({"level": rng.integers(0, 2, n), "frail": frail, "started": (rng.random(n) < 0.7).astype(int)})
    improved = (rng.random(n) < np.where(frail, 0.3, 0.6)).astype(float)
    data["given"] = (rng.random(n) < np.where(frail, 0.3, 0.8)).astype(int)
    data["improved"] = np.where(data["given"] == 1, improved, np.nan)
    stages = {"started": "started", "improved": "improved"}
    bare = _path(data, stages, "level").select(measure="stage_quantity", outcome="improved").tidy()["estimate"]
    held = _path(data, stages, "level", measured={"given": ["frail"]}).select(
        measure="stage_quantity", outcome="improved"
    )
    np.testing.assert_allclose(held.tidy()["estimate"], 0.7 * 0.45, atol=0.01)
    assert (bare > 0.7 * 0.5).all()
    assert held.diagnostics["measured"] == int((data["started"] * data["given"]).sum())


def test_in_a_period_each_stage_takes_whom_it_sees(persons):
    """Half the persons are seen to the referral, the others from it on: the product is that of both halves."""
    early = persons["id"] % 2 == 0
    halves = persons.assign(
        referred=persons["referred"].where(early),
        interview=persons["interview"].where(~early & (persons["referred"] == 1)),
    )
    stages = {"referred": "referred", "interview": "interview"}
    got = _path(halves, stages, period=True).select(measure="stage_quantity", outcome="interview").tidy()["estimate"]
    by = {"observed": True}
    first = persons[early].groupby("education", **by)["referred"].mean()
    second = persons[~early & (persons["referred"] == 1)].groupby("education", **by)["interview"].mean()
    np.testing.assert_allclose(got, first * second)
    found = _path(halves, stages, period=True)
    assert "stationary" in found.method
    assert found.tidy()["n"].iloc[0] == (early & (persons["education"] == "basic")).sum()


# ---- refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reading": "shapely"}, "did you mean 'shapley'"),
        ({"order": ["referred"]}, "order must name every stage once"),
        ({"draws": 1}, "draws must be a whole number of at least 2"),
        ({"rng": 3}, "rng must be a numpy Generator"),
        ({"adjust": ["age", "started"]}, "adjust contains 'started', which is a stage of the path"),
        ({"adjust": {"a": [], "b": ["log(booked + 1)"]}}, "adjust contains 'booked', which is a stage of the path"),
        ({"workers": 0}, "workers must be a whole number of at least 1"),
    ],
)
def test_calls_that_no_data_could_satisfy(persons, options, message):
    with pytest.raises(WrongCall, match=message):
        _path(persons, **options)


def test_refusals_name_stage_and_level(persons):
    none = persons.assign(started=persons["started"].where(persons["education"] != "upper", 0))
    with pytest.raises(ValueError, match="nobody of education = 'upper' passes the stage started; merge levels"):
        _path(none)
    with pytest.raises(ValueError, match="referred has no value in any row"):
        _path(persons.assign(referred=np.nan))
    with pytest.raises(ValueError, match="improved must be known of everybody with 1 in each of given, returned"):
        _path(persons.assign(improved=persons["improved"].where(persons["id"] > 300)), FORMS, measured=MEASURED)
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        pathway_slope(persons.assign(place=persons["age"]), stages=STAGES, rank="education", ridit="place", draws=2)
    with pytest.raises(ValueError, match="there is nothing to rank"):
        pathway_slope(persons.assign(place=0.5), stages=STAGES, rank="education", ridit="place", draws=2)


def test_the_input_is_not_changed(persons):
    before = persons.copy()
    _path(persons, adjust=ADJUSTED)
    pd.testing.assert_frame_equal(persons, before)


def test_a_reading_is_the_stratum_and_without_names_the_model(persons):
    both = [_path(persons, adjust=adjust, reading="shapley") for adjust in (ADJUSTED, SETS)]
    assert [list(found.tidy()["model"].unique()) for found in both] == [["shapley"], ["crude", "adjusted"]]
    assert all(set(found.tidy()["stratum"]) == {"reading=shapley"} for found in both)
    assert both[0].context["adjust"] == {"shapley": ADJUSTED}


def test_shares_of_a_total_all_but_zero_are_left_out():
    """The percentile interval just misses zero and Fieller's set is all but unbounded: no share is printed."""
    rng, wide = np.random.default_rng(21), 0
    for _ in range(40):
        data = _simulated(rng, 500, {"referred": 0.32, "started": 0.05})
        rows = _path(data, {"referred": "referred", "started": "started"}, "level", draws=60, rng=rng).tidy()
        shares = rows[rows["measure"] == "share_of_total"]
        total = rows[(rows["measure"] == "contribution") & (rows["outcome"] == "total")].iloc[0]
        told = total["conf_low"] > 0 or total["conf_high"] < 0
        wide += int(told and shares.empty)
        assert (shares[["conf_low", "conf_high"]].abs() <= 10).all(axis=None)
    assert wide > 0


def test_an_exposure_without_values_is_refused_without_inner_names(persons):
    with pytest.raises(ValueError, match="no row has a value in each of education, the stages"):
        _path(persons.assign(education=persons["education"].where(persons["id"] < 0)))


def test_nobody_at_a_stage_of_the_ladder(persons):
    with pytest.raises(ValueError, match="nobody passes the stage booked"):
        pathway_slope(persons.assign(booked=0, attended=0), stages=STAGES, rank="education", draws=2)
