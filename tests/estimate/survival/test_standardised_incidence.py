"""standardised_incidence: a literal translation, against R, known truth, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.gradient import hazard_ratios
from rehab_stats.estimate.survival import standardised_incidence as module
from rehab_stats.estimate.survival.incidence import cumulative_incidence
from rehab_stats.estimate.survival.standardised_incidence import standardised_incidence
from rehab_stats.vocabulary import TIDY_COLUMNS

TIMES = {"duration": "days", "event": "event"}
SURVIVAL = TIMES | {"exposure": "education"}
ADJUSTED = ["bs(age, df=4)", "sex", "C(year)"]
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]


def _risks(estimates, **wanted) -> pd.DataFrame:
    return estimates.select(measure="risk", **wanted).tidy()


def _one(estimates, **wanted) -> pd.Series:
    rows = estimates.select(**wanted).tidy()
    assert len(rows) == 1
    return rows.iloc[0]


# ---- by hand


def test_risks_as_the_formula_says_them_person_by_person():
    """One covariate, ties, entry: hazards from hazard_ratios, sums over persons and times written out."""
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"x": np.arange(40) % 2, "z": rng.integers(0, 3, 40), "days": rng.integers(3, 9, 40)})
    data = data.assign(event=rng.integers(0, 3, 40), entry=np.where(np.arange(40) < 30, 0, 1)).astype(float)
    got = standardised_incidence(data, **TIMES, exposure="x", adjust=["z"], entry="entry", at=7)
    beta = {}
    for cause in (1, 2):
        calls = TIMES | {"entry": "entry", "cause": cause}
        x = hazard_ratios(data, exposure="x", adjust=["z"], **calls).tidy()["estimate"][0]
        beta[cause] = np.log(x)
    by_z = {c: _coefficient_of_z(data, c, beta[c]) for c in (1, 2)}
    for stratum, death in [("death=own", None), ("death=reference", 0)]:
        for level in (0, 1):
            setting = {1: level, 2: level if death is None else death}
            risk = np.mean([_literal(data, beta, by_z, setting, z, 7) for z in data["z"]])
            assert _one(got, measure="risk", stratum=stratum, level=str(level))["estimate"] == pytest.approx(
                risk, rel=1e-5
            )


def _coefficient_of_z(data, cause, beta):
    """Where Efron's partial likelihood is highest in z, x's coefficient given."""
    grid = np.linspace(-3, 3, 601)
    for _ in range(4):
        values = [_partial_likelihood(data, cause, beta, b) for b in grid]
        best = grid[int(np.argmax(values))]
        grid = np.linspace(best - 2 * (grid[1] - grid[0]), best + 2 * (grid[1] - grid[0]), 201)
    return best


def _partial_likelihood(data, cause, beta, b):
    days, entry = data["days"].to_numpy(), data["entry"].to_numpy()
    linear = (beta * data["x"] + b * data["z"]).to_numpy()
    happened, total = (data["event"] == cause).to_numpy(), 0.0
    for t in np.unique(days[happened]):
        dead = happened & (days == t)
        at_risk = np.exp(linear[(entry < t) & (days >= t)]).sum()
        own, d = np.exp(linear[dead]).sum(), dead.sum()
        total += linear[dead].sum() - sum(np.log(at_risk - k / d * own) for k in range(d))
    return total


def _literal(data, beta, by_z, setting, z, horizon):
    free, risk = 1.0, 0.0
    for t in sorted(data["days"][data["days"] <= horizon].unique()):
        hazard = {}
        for cause in (1, 2):
            relative = np.exp(beta[cause] * data["x"] + by_z[cause] * data["z"])
            size = relative[(data["entry"] < t) & (data["days"] >= t)].sum()
            events = ((data["days"] == t) & (data["event"] == cause)).sum()
            hazard[cause] = events / size * np.exp(beta[cause] * setting[cause] + by_z[cause] * z)
        risk += free * hazard[1]
        free *= 1 - hazard[1] - hazard[2]
    return risk


def test_where_levels_do_not_differ_it_is_the_aalen_johansen_estimate(persons):
    both = pd.concat([persons.assign(x=0), persons.assign(x=1)], ignore_index=True)
    got = standardised_incidence(both, **TIMES, exposure="x", at=[90, 300], entry="entry_days")
    curve = cumulative_incidence(persons, **TIMES, at=[90, 300], entry="entry_days")
    expected = curve.select(measure="risk", outcome="event").tidy()["estimate"]
    for stratum in ("death=own", "death=reference"):
        for level in ("0", "1"):
            np.testing.assert_allclose(_risks(got, stratum=stratum, level=level)["estimate"], expected, rtol=1e-9)
    np.testing.assert_allclose(got.select(measure="survival_part").tidy()["estimate"], 0, atol=1e-9)


def test_the_strata_differ_by_the_part_of_survival(persons):
    got = standardised_incidence(persons, **SURVIVAL, at=300, adjust=ADJUSTED)
    difference = {s: got.select(measure="risk_difference", stratum=s).tidy() for s in ("death=own", "death=reference")}
    parts = got.select(measure="survival_part").tidy()
    gap = difference["death=own"]["estimate"] - difference["death=reference"]["estimate"]
    np.testing.assert_allclose(parts["estimate"], gap, rtol=1e-9)
    assert parts["stratum"].isna().all()
    assert _risks(got, stratum="death=own")["estimate"][0] == _risks(got, stratum="death=reference")["estimate"][0]


# ---- against R


def test_against_coxph_and_a_delta_method_in_R(persons, read_reference):
    """coxph, Breslow jumps, numerical derivatives: tests/reference/incidence_standardised.R."""
    row = np.arange(1, len(persons) + 1)
    data = persons.assign(years=(persons["days"] - row * 7919 % 6001 / 1000) / 365.25)
    reference = read_reference("incidence_standardised")
    assert len(reference.index.unique()) == 5
    for case, expected in reference.groupby(level=0, sort=False):
        exposure, model, entry = case.split(":")
        if exposure == "sex":
            used = data[row % 3 == 0].assign(sex=lambda d: pd.Categorical(d["sex"], ["male", "female"], ordered=True))
            got = standardised_incidence(
                used, duration="years", event="event", exposure="sex", adjust={model: ["age"]}, at=0.5
            )
        else:
            terms = {"crude": [], "adjusted": ADJUSTED}[model]
            start = "entry_days" if entry == "entry" else None
            got = standardised_incidence(data, **SURVIVAL, adjust={model: terms}, at=[90, 300], entry=start)
        tidy = got.tidy()
        assert (tidy["model"] == model).all()
        for column in ("at", "measure", "level"):
            assert tidy[column].tolist() == expected[column].tolist()
        assert tidy["stratum"].fillna("").tolist() == expected["stratum"].fillna("").tolist()
        wanted = expected[NUMBERS].to_numpy()
        np.testing.assert_allclose(tidy[NUMBERS].to_numpy(), wanted, rtol=1e-6, atol=1e-12, err_msg=case)


def test_estimates_against_a_multi_state_model_in_R(persons, read_reference):
    """survfit(coxph(Surv(entry, days, state) ~ ...), ctype = 1, stype = 1), averaged over persons."""
    reference = read_reference("incidence_multistate", "entry")
    for entry, expected in reference.groupby(level=0):
        start = "entry_days" if entry == "entry" else None
        got = standardised_incidence(persons, **SURVIVAL, adjust=["age", "sex"], at=[90, 300], entry=start)
        rows = _risks(got, stratum="death=own").set_index(["level", "at"])["estimate"]
        wanted = expected.set_index(["level", "at"])["estimate"]
        np.testing.assert_allclose(rows.loc[wanted.index], wanted, rtol=1e-8)


# ---- known truth


def _simulated(rng, n, *, event=1.5, death=0.6):
    """Constant hazards: the event 0.5 (times `event` for x = 1), death 0.4 (times `death`), both more with z."""
    x, z = rng.integers(0, 2, n), rng.integers(0, 2, n)
    x = np.where(rng.random(n) < 0.3, z, x)  # z confounds
    hazards = [0.5 * event**x * np.exp(0.5 * z), 0.4 * death**x * np.exp(0.8 * z)]
    t, end = rng.exponential(1 / sum(hazards)), rng.uniform(0.5, 3, n)
    cause = 1 + (rng.random(n) > hazards[0] / sum(hazards))
    return pd.DataFrame({"x": x, "z": z, "days": np.minimum(t, end), "event": np.where(t <= end, cause, 0)})


def _true_risk(data, *, event, death):
    h1, h2 = 0.5 * event * np.exp(0.5 * data["z"]), 0.4 * death * np.exp(0.8 * data["z"])
    return (h1 / (h1 + h2) * (1 - np.exp(-(h1 + h2)))).mean()


def test_recovers_both_gaps_and_the_part_of_survival():
    data = _simulated(np.random.default_rng(8), 20_000)
    got = standardised_incidence(data, **TIMES, exposure="x", adjust=["z"], at=1)
    low = _true_risk(data, event=1, death=1)
    own, reference = _true_risk(data, event=1.5, death=0.6), _true_risk(data, event=1.5, death=1)
    for wanted, truth in [
        ({"measure": "risk_difference", "stratum": "death=own"}, own - low),
        ({"measure": "risk_difference", "stratum": "death=reference"}, reference - low),
        ({"measure": "survival_part"}, own - reference),
    ]:
        row = _one(got, **wanted)
        assert abs(row["estimate"] - truth) < 3 * row["std_error"]
        assert row["std_error"] < abs(truth) / 3  # so that another wanted value would be noticed
    crude = standardised_incidence(data, **TIMES, exposure="x", at=1)
    assert abs(_one(crude, measure="risk_ratio", stratum="death=own")["estimate"] - own / low) > 0.02


def test_a_gap_made_by_survival_alone_is_called_so():
    data = _simulated(np.random.default_rng(9), 20_000, event=1)
    got = standardised_incidence(data, **TIMES, exposure="x", adjust=["z"], at=1)
    rest = _one(got, measure="risk_difference", stratum="death=reference")
    assert abs(rest["estimate"]) < 3 * rest["std_error"]
    part = _one(got, measure="survival_part")
    assert part["conf_low"] > 0


def test_errors_are_the_spread_of_estimates_and_intervals_cover():
    """80 samples of 400: the covariates are drawn anew, which adds next to nothing to these errors."""
    rng, found = np.random.default_rng(11), []
    for _ in range(80):
        data = _simulated(rng, 400)
        found.append(standardised_incidence(data, **TIMES, exposure="x", adjust=["z"], at=1).tidy())
    rows = pd.concat(found)
    everybody = _simulated(np.random.default_rng(1), 500_000)
    low = _true_risk(everybody, event=1, death=1)
    own, reference = (_true_risk(everybody, event=1.5, death=death) for death in (0.6, 1))
    for measure, stratum, truth in [
        ("risk_difference", "death=own", own - low),
        ("risk_ratio", "death=reference", reference / low),
        ("survival_part", None, own - reference),
    ]:
        here = rows[
            (rows["measure"] == measure) & (rows["stratum"].isna() if stratum is None else rows["stratum"] == stratum)
        ]
        assert len(here) == 80
        values = np.log(here["estimate"]) if measure == "risk_ratio" else here["estimate"]
        assert here["std_error"].mean() == pytest.approx(values.std(), rel=0.25)
        assert 0.88 <= ((here["conf_low"] < truth) & (truth < here["conf_high"])).mean() <= 1


# ---- shape


def test_rows_of_a_model(persons):
    adjust = {"full": ADJUSTED, "crude": []}
    got = standardised_incidence(persons, **SURVIVAL, adjust=adjust, at=[300, 90])
    tidy = got.tidy()
    assert tuple(tidy.columns) == TIDY_COLUMNS
    assert tidy["model"].tolist() == ["full"] * 46 + ["crude"] * 46
    assert tidy["at"].tolist()[:46] == [300.0] * 23 + [90.0] * 23
    one = ["risk"] * 4 + ["risk_difference"] * 3 + ["risk_ratio"] * 3
    assert tidy["measure"].tolist()[:23] == one * 2 + ["survival_part"] * 3
    assert tidy["stratum"].tolist()[:23] == ["death=own"] * 10 + ["death=reference"] * 10 + [None] * 3
    assert (tidy["outcome"] == "event").all()
    higher = persons[persons["education"] == "higher"]
    by_then = ((higher["event"] == 1) & (higher["days"] <= 90)).sum()
    row = _one(got, model="crude", at=90, measure="survival_part", level="higher")
    assert row[["n", "events"]].tolist() == [len(higher), by_then]
    basic = persons[persons["education"] == "basic"]
    details = got.select(model="crude", at=90, measure="survival_part", level="higher").details().iloc[0]
    assert details.tolist() == [len(basic), ((basic["event"] == 1) & (basic["days"] <= 90)).sum()]
    assert got.diagnostics["parameters.full"] == 11
    assert {"log_likelihood.crude", "log_likelihood.competing.crude"} <= set(got.diagnostics)
    assert got.context == {"exposure": "education", "adjust": adjust, "outcome": "event"}


def test_rows_with_a_missing_value_are_dropped_and_counted(persons):
    data = persons.copy()
    data.loc[[3, 4], "sex"] = None
    got = standardised_incidence(data, **SURVIVAL, adjust=["sex"], at=90)
    assert got.diagnostics["rows_dropped"] == 2
    same = standardised_incidence(persons.drop([3, 4]), **SURVIVAL, adjust=["sex"], at=90)
    pd.testing.assert_frame_equal(got.tidy(), same.tidy(), rtol=1e-12)


def test_input_is_not_changed(persons):
    before = persons.copy(deep=True)
    standardised_incidence(persons, **SURVIVAL, adjust=ADJUSTED, at=90, entry="entry_days")
    pd.testing.assert_frame_equal(persons, before)


def test_hazards_that_add_up_to_more_than_one_leave_risks_within_bounds():
    """The last to be at risk are few and unlike the rest: a prediction for the rest would have hazards beyond 1."""
    rng, n = np.random.default_rng(4), 120
    z, days = np.r_[np.zeros(60), np.ones(60)], np.r_[rng.integers(5, 13, 60), rng.integers(1, 7, 60)]
    data = pd.DataFrame({"x": np.arange(n) % 2, "z": z, "days": days, "event": rng.choice([1, 1, 2], n)})
    got = standardised_incidence(data, **TIMES, exposure="x", adjust=["z"], at=11)
    risks = _risks(got)["estimate"]
    assert ((risks > 0) & (risks < 1)).all()
    assert np.isfinite(got.tidy()["std_error"]).all()


# ---- invariance


def _tidy(data, **options):
    calls = SURVIVAL | {"adjust": ADJUSTED, "at": [90, 300], "entry": "entry_days"} | options
    return standardised_incidence(data, **calls).tidy()


def test_row_order_units_and_names_of_levels_change_nothing(persons):
    expected = _tidy(persons)
    pd.testing.assert_frame_equal(_tidy(persons.sample(frac=1, random_state=1)), expected, rtol=1e-8)
    months = persons.assign(age=persons["age"] * 12, days=persons["days"] / 7, entry_days=persons["entry_days"] / 7)
    got = _tidy(months, at=[90 / 7, 300 / 7])
    pd.testing.assert_frame_equal(got.assign(at=expected["at"]), expected, rtol=1e-7)
    names = {"basic": "Æ1", "vocational": "b 2", "higher": "[3]", "unknown": "x:y"}
    renamed = _tidy(persons.assign(education=persons["education"].cat.rename_categories(names)))
    expected[["level", "reference"]] = expected[["level", "reference"]].replace(names)
    pd.testing.assert_frame_equal(renamed, expected, rtol=1e-12)


def test_every_row_twice_gives_the_same_risks_and_smaller_errors(persons):
    data = persons.assign(days=persons["days"] + np.linspace(0, 1, len(persons)))  # no ties, which Efron treats apart
    once, twice = (standardised_incidence(d, **SURVIVAL, at=90).tidy() for d in (data, pd.concat([data, data])))
    np.testing.assert_allclose(twice["estimate"], once["estimate"], rtol=2e-3, atol=1e-4)
    np.testing.assert_allclose(twice["std_error"], once["std_error"] / np.sqrt(2), rtol=5e-3)


def test_another_reference_turns_the_difference_and_keeps_the_risks(persons):
    here = persons[persons["education"].isin(["basic", "higher"])]
    forward, back = (standardised_incidence(here, **SURVIVAL, at=90, reference=r) for r in ("basic", "higher"))
    own = {"stratum": "death=own"}
    np.testing.assert_allclose(_risks(forward, **own)["estimate"], _risks(back, **own)["estimate"], rtol=1e-9)
    pair = [_one(got, measure="risk_difference", **own) for got in (forward, back)]
    assert pair[0]["estimate"] == pytest.approx(-pair[1]["estimate"], rel=1e-9)
    assert pair[0]["std_error"] == pytest.approx(pair[1]["std_error"], rel=1e-9)


def test_work_in_blocks_changes_nothing(persons, monkeypatch):
    expected = _tidy(persons)
    monkeypatch.setattr(module, "BLOCK", 100)
    pd.testing.assert_frame_equal(_tidy(persons), expected, rtol=1e-10)


# ---- refusal


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: d, {"exposure": "eduction"}, "no column 'eduction'; did you mean 'education'"),
        (lambda d: d, {"adjust": ["education"]}, "adjust contains 'education'"),
        (lambda d: d, {"at": None}, "at must name a time"),
        (lambda d: d, {"at": []}, "at is empty"),
        (lambda d: d, {"at": [90, 5000]}, "at 5000 is not wholly under observation: .* from 0 to 630 only"),
        (lambda d: d.assign(event=d["event"].replace(2, 0)), {}, "no row used has event = 2"),
        (
            lambda d: d.assign(event=d["event"].where((d["education"] != "higher") | (d["event"] != 2), 0)),
            {},
            "no row with education = 'higher' has event = 2",
        ),
        (lambda d: d.assign(event=d["event"].where(d["days"] > 20, 2)), {"at": 20}, "has event = 1 at 20 or before"),
        (lambda d: d.assign(event=d["event"] + 1), {}, "event must be 0, 1 or 2"),
        (lambda d: d, {"entry": "days"}, "days must lie below days|both"),
        (lambda d: d.assign(day=50), {"entry": "day"}, "day must lie below days"),
    ],
)
def test_refusals(persons, change, options, message):
    with pytest.raises(ValueError, match=message):
        standardised_incidence(change(persons), **(SURVIVAL | {"at": 90} | options))


def test_a_break_in_observation_before_the_horizon_is_refused(persons):
    late = persons.assign(days=persons["days"] + 2000, entry_days=persons["entry_days"] + 2000)
    data = pd.concat([persons, late])
    with pytest.raises(ValueError, match="at 2100 is not wholly under observation"):
        standardised_incidence(data, **SURVIVAL, entry="entry_days", at=[90, 2100])
