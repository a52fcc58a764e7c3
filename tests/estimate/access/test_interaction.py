"""interaction: by hand, against R, known truth, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.gradient import odds_ratios, standardised_risks
from rehab_stats.estimate.access.interaction import SCALES, interaction
from rehab_stats.estimate.access.strata import by_stratum

Z = 1.959963984540054
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]
TERMS = {"crude": [], "adjusted": ["bs(age, df=4)", "C(year)"]}
CALL = {"outcome": "referred", "exposure": "education", "modifier": "sex"}
# (exposure, modifier) -> persons with and without the outcome
CELLS = {("low", "f"): (10, 90), ("high", "f"): (20, 80), ("low", "m"): (15, 85), ("high", "m"): (40, 60)}


def _persons(cells):
    rows = [(x, s, y) for (x, s), (yes, no) in cells.items() for y, times in ((1, yes), (0, no)) for _ in range(times)]
    data = pd.DataFrame(rows, columns=["x", "s", "y"])
    return data.assign(x=pd.Categorical(data["x"], ["low", "high"], ordered=True))


def _of_cells(cells=CELLS, **options):
    return interaction(_persons(cells), outcome="y", exposure="x", modifier="s", **options)


def _one(estimates, **wanted):
    rows = estimates.select(**wanted).tidy()
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.fixture(scope="module")
def exposures(persons):
    """As tests/reference/interaction.R: four levels, three without `unknown`, two."""
    three = persons["education"].cat.remove_categories("unknown")
    two = pd.Categorical(np.where(three == "basic", "low", "high"), ["low", "high"], ordered=True)
    data = persons.assign(four=persons["education"], three=three, two=pd.Series(two).where(three.notna()))
    return data.assign(department=pd.Categorical(data["department"], sorted(set(data["department"])), ordered=True))


# ---- by hand


def test_odds_ratios_of_four_cells():
    odds = {cell: yes / no for cell, (yes, no) in CELLS.items()}
    base = odds["low", "f"]
    both, one, other = odds["high", "m"] / base, odds["high", "f"] / base, odds["low", "m"] / base
    got = _of_cells()
    assert got.tidy()["measure"].tolist() == [
        *["joint_odds_ratio"] * 3,
        *["odds_ratio"] * 2,
        *["ratio_of_odds_ratios", "reri", "attributable_proportion", "synergy_index"],
    ]
    assert _one(got, measure="joint_odds_ratio", level="low")["estimate"] == pytest.approx(other, rel=1e-9)
    assert _one(got, measure="odds_ratio", stratum="m")["estimate"] == pytest.approx(both / other, rel=1e-9)
    assert _one(got, measure="ratio_of_odds_ratios")["estimate"] == pytest.approx(both / one / other, rel=1e-9)
    reri = both - one - other + 1
    assert _one(got, measure="reri")["estimate"] == pytest.approx(reri, rel=1e-9)
    assert _one(got, measure="attributable_proportion")["estimate"] == pytest.approx(reri / both, rel=1e-9)
    synergy = (both - 1) / (one + other - 2)
    assert _one(got, measure="synergy_index")["estimate"] == pytest.approx(synergy, rel=1e-9)


def test_error_of_reri_by_the_delta_method():
    """Log odds ratios share the reference's variance: V = 1/a + 1/b of each cell on the diagonal, that of 00 added."""
    own = {cell: 1 / yes + 1 / no for cell, (yes, no) in CELLS.items()}
    odds = {cell: yes / no for cell, (yes, no) in CELLS.items()}
    cells = [("high", "m"), ("high", "f"), ("low", "m")]
    slopes = np.array([1, -1, -1]) * [odds[cell] / odds["low", "f"] for cell in cells]
    covariance = np.full((3, 3), own["low", "f"]) + np.diag([own[cell] for cell in cells])
    row = _one(_of_cells(), measure="reri")
    error = np.sqrt(slopes @ covariance @ slopes)
    assert row["std_error"] == pytest.approx(error, rel=1e-9)
    assert row["conf_high"] == pytest.approx(row["estimate"] + Z * error, rel=1e-9)
    ratio = _one(_of_cells(), measure="ratio_of_odds_ratios")
    assert ratio["std_error"] == pytest.approx(np.sqrt(sum(own.values())), rel=1e-9)
    assert ratio["conf_low"] == pytest.approx(ratio["estimate"] * np.exp(-Z * ratio["std_error"]), rel=1e-9)


def test_risks_of_four_cells():
    """.10, .20, .15, .40 of 100 each: contrast .40 - .20 - .15 + .10 = .15, variance the sum of p (1 - p) / 100."""
    got = _of_cells(scale="risk")
    assert got.tidy()["measure"].tolist() == ["joint_risk"] * 4 + ["risk_difference"] * 2 + ["interaction_contrast"]
    assert got.select(measure="joint_risk").tidy()["estimate"].tolist() == pytest.approx([0.1, 0.2, 0.15, 0.4])
    row = _one(got, measure="interaction_contrast")
    error = np.sqrt((0.1 * 0.9 + 0.2 * 0.8 + 0.15 * 0.85 + 0.4 * 0.6) / 100)
    assert (row["estimate"], row["std_error"]) == pytest.approx((0.15, error), rel=1e-9)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((0.15 - Z * error, 0.15 + Z * error), rel=1e-9)
    within = _one(got, measure="risk_difference", stratum="m")
    assert (within["estimate"], within["std_error"]) == pytest.approx((0.25, np.sqrt((0.1275 + 0.24) / 100)))


def test_risk_ratios_of_four_cells():
    got = _of_cells(scale="risk_ratio")
    assert _one(got, measure="joint_risk_ratio", level="high", stratum="m")["estimate"] == pytest.approx(4)
    assert _one(got, measure="risk_ratio", stratum="f")["estimate"] == pytest.approx(2)
    assert _one(got, measure="ratio_of_risk_ratios")["estimate"] == pytest.approx(4 / 2 / 1.5)
    assert _one(got, measure="reri")["estimate"] == pytest.approx(4 - 2 - 1.5 + 1)
    assert _one(got, measure="synergy_index")["estimate"] == pytest.approx(3 / 1.5)


def test_each_row_counts_its_own_cell_and_the_one_compared_with():
    got = _of_cells(scale="risk")
    rows = got.tidy().join(got.details()).set_index(["measure", "level", "stratum"])
    risk = rows.loc[("joint_risk", "high", "m")]
    assert (risk["n"], risk["events"], risk["reference"]) == (100, 40, None)
    assert np.isnan(risk["n_reference"])
    within = rows.loc[("risk_difference", "high", "m")]
    assert within[["n", "events", "n_reference", "events_reference"]].tolist() == [100, 40, 100, 15]
    assert (within["reference"], within["reference_stratum"]) == ("low", "m")
    contrast = rows.loc[("interaction_contrast", "high", "m")]
    assert (contrast["events_reference"], contrast["reference_stratum"]) == (10, "f")
    got = _of_cells()
    rows = got.tidy().join(got.details()).set_index(["measure", "level", "stratum"])
    compared = rows[["events_reference", "reference_stratum"]]
    assert compared.loc[("odds_ratio", "high", "m")].tolist() == [15, "m"]
    assert compared.loc[("joint_odds_ratio", "high", "m")].tolist() == [10, "f"]
    assert compared.loc[("reri", "high", "m")].tolist() == [10, "f"]


@pytest.mark.parametrize(
    "cells",
    [
        CELLS | {("high", "f"): (5, 95), ("low", "m"): (5, 95)},  # both alone protect: no excess apart
        CELLS | {("high", "m"): (5, 95)},  # together no excess
    ],
)
def test_synergy_index_without_excess_is_not_defined_and_says_so(cells):
    got = _of_cells(cells)
    row = _one(got, measure="synergy_index")
    assert row[NUMBERS].isna().all()
    assert row["n"] == 100
    said = got.diagnostics["synergy_index_undefined.high.m"]
    assert "synergy index of x = 'high' and s = 'm' is not defined" in said
    assert np.isfinite(_one(got, measure="reri")["estimate"])


def test_where_synergy_is_defined_nothing_is_said():
    assert not any("undefined" in name for name in _of_cells().diagnostics)


# ---- against other programs, and against the other estimators


def test_interaction_against_R(exposures, read_reference):
    """glm with product terms, numerical derivatives: tests/reference/interaction.R."""
    reference = read_reference("interaction")
    cases = reference.index.unique()
    assert len(cases) == 72
    assert reference["estimate"].isna().any()
    for case in cases:
        exposure, modifier, model, weights, cluster, scale = case.split(":")
        got = interaction(
            exposures,
            outcome="referred",
            exposure=exposure,
            modifier=modifier,
            adjust={model: TERMS[model]},
            scale=scale,
            weights="weight" if weights == "weighted" else None,
            cluster="person" if cluster == "clustered" else None,
        ).tidy()
        expected = reference.loc[case]
        for key in ("measure", "level", "stratum"):
            if key == "measure":
                order = ["measure", "stratum", "level"]
                got, expected = (rows.sort_values(order, kind="stable") for rows in (got, expected))
            assert got[key].tolist() == expected[key].tolist()
        np.testing.assert_allclose(got[NUMBERS], expected[NUMBERS], rtol=1e-6, err_msg=case)


def test_interaction_against_epiR(exposures, read_reference):
    """epiR::epi.interaction(param = "product") for 2 x 2, adjusted for age."""
    calls = {"outcome": "referred", "exposure": "two", "modifier": "sex", "adjust": ["age"]}
    got = interaction(exposures, **calls).tidy().set_index("measure")
    for measure, row in read_reference("interaction_epiR", index="measure").iterrows():
        expected = row[["estimate", "conf_low", "conf_high"]].to_numpy(float)
        found = got.loc[measure, ["estimate", "conf_low", "conf_high"]].to_numpy(float)
        np.testing.assert_allclose(found, expected, rtol=1e-6, err_msg=measure)


def test_without_covariates_strata_are_what_each_gives_alone(exposures):
    """Odds ratios and risk differences within strata: a model per stratum, saturated, is the same model."""
    data = exposures.assign(sex=pd.Categorical(exposures["sex"]))
    calls = {"outcome": "referred", "exposure": "four"}
    for scale, estimator, measure in (
        ("odds_ratio", odds_ratios, "odds_ratio"),
        ("risk", standardised_risks, "risk_difference"),
    ):
        got = interaction(data, **calls, modifier="sex", scale=scale).select(measure=measure).tidy()
        alone = by_stratum(data, stratum="sex", estimator=estimator, **calls).select(measure=measure).tidy()
        pd.testing.assert_frame_equal(got, alone, rtol=1e-8)


def test_rows_of_four_levels_in_two_strata(persons):
    ratios = interaction(persons, **CALL).tidy()["measure"].value_counts()
    assert ratios["joint_odds_ratio"] == 7
    assert ratios["odds_ratio"] == 6
    assert (ratios.drop(["joint_odds_ratio", "odds_ratio"]) == 3).all()
    risks = interaction(persons, **CALL, scale="risk").tidy()["measure"].value_counts()
    assert risks.to_dict() == {"joint_risk": 8, "risk_difference": 6, "interaction_contrast": 3}


def test_context_and_models_are_the_callers(persons):
    adjust = {"sexes": ["sex", "age"], "crude": []}
    got = interaction(persons, **CALL, adjust=adjust, person="person")
    assert (got.context["exposure"], got.context["stratum"], got.context["outcome"]) == ("education", "sex", "referred")
    assert got.context["adjust"] == {"sexes": ["age"], "crude": []}
    assert got.tidy()["model"].unique().tolist() == ["sexes", "crude"]
    row = _one(got, model="crude", measure="reri", level="higher")
    here = persons[(persons["education"] == "higher") & (persons["sex"] == "male")]
    assert row["n"] == here["person"].nunique()
    assert (row["level"], row["reference"], row["stratum"]) == ("higher", "basic", "male")


# ---- known truth


def test_a_true_contrast_of_risks_is_recovered_and_covered():
    """80 samples of 800, risks .1, .2, .2, .4: contrast .1, no interaction of odds would be 4/9 / (1/4 x 1/4 x 9)."""
    rng, risk = np.random.default_rng(4), np.array([[0.1, 0.2], [0.2, 0.4]])
    found = []
    for _ in range(80):
        x, s = rng.integers(0, 2, 800), rng.integers(0, 2, 800)
        data = pd.DataFrame({"x": x, "s": s, "y": rng.random(800) < risk[x, s]})
        got = [interaction(data, outcome="y", exposure="x", modifier="s", scale=scale) for scale in ("risk", SCALES[0])]
        found.append([_one(got[0], measure="interaction_contrast"), _one(got[1], measure="ratio_of_odds_ratios")])
    contrast, ratio = (pd.DataFrame(rows) for rows in zip(*found, strict=True))
    true = (4 / 6) / (1 / 9) / ((1 / 4) / (1 / 9)) ** 2
    for rows, truth, back in ((contrast, 0.1, lambda v: v), (ratio, np.log(true), np.log)):
        values, low, high = (back(rows[c].astype(float)) for c in ("estimate", "conf_low", "conf_high"))
        assert abs(values.mean() - truth) < 3 * values.std() / np.sqrt(80)
        assert rows["std_error"].astype(float).mean() == pytest.approx(values.std(), rel=0.25)
        assert 0.87 <= ((low < truth) & (truth < high)).mean() <= 1


# ---- invariance


OPTIONS = {"adjust": ["age"], "weights": "weight", "cluster": "person", "person": "person"}


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.sample(frac=1, random_state=1),
        lambda d: d.assign(age=d["age"] * 12, weight=d["weight"] * 10),
        lambda d: d.assign(referred=d["referred"].astype("boolean"), sex=d["sex"].astype("string")),
        lambda d: d.assign(sex=pd.Categorical(d["sex"], ["female", "male", "other"], ordered=True)),
    ],
    ids=["row order", "units", "nullable types", "a level of the modifier without rows"],
)
def test_interaction_does_not_change_with(persons, scale, change):
    before = persons.copy(deep=True)
    got, expected = (interaction(data, **CALL, **OPTIONS, scale=scale) for data in (change(persons), persons))
    pd.testing.assert_frame_equal(got.tidy(), expected.tidy(), rtol=1e-7)
    pd.testing.assert_frame_equal(got.details(), expected.details())
    pd.testing.assert_frame_equal(persons, before)


def test_names_of_levels_change_nothing_but_themselves(persons):
    names = {"basic": "Æ × 1", "vocational": "b 2", "higher": "[3]", "unknown": "x:y"}
    renamed = persons.assign(education=persons["education"].cat.rename_categories(names))
    expected = interaction(persons, **CALL, adjust=["age"]).tidy()
    expected[["level", "reference"]] = expected[["level", "reference"]].replace(names)
    pd.testing.assert_frame_equal(interaction(renamed, **CALL, adjust=["age"]).tidy(), expected, rtol=1e-12)


def test_exposure_and_modifier_may_change_places(persons):
    data = persons[persons["education"].isin(["basic", "higher"])]
    data = data.assign(education=data["education"].cat.remove_unused_categories())
    one = interaction(data, **CALL, adjust=["age"]).tidy().set_index("measure")
    turned = CALL | {"exposure": "sex", "modifier": "education"}
    other = interaction(data, **turned, adjust=["age"]).tidy().set_index("measure")
    for measure in ("reri", "attributable_proportion", "ratio_of_odds_ratios"):
        np.testing.assert_allclose(
            one.loc[measure, NUMBERS].astype(float), other.loc[measure, NUMBERS].astype(float), rtol=1e-8
        )


def test_another_reference_turns_the_contrast_round(persons):
    data = persons[persons["education"].isin(["basic", "higher"])]
    forward, back = (
        _one(interaction(data, **CALL, scale="risk", reference=reference), measure="interaction_contrast")
        for reference in (None, "higher")
    )
    assert (back["level"], back["reference"]) == ("basic", "higher")
    assert (back["estimate"], back["std_error"]) == pytest.approx(
        (-forward["estimate"], forward["std_error"]), rel=1e-9
    )


def test_a_row_of_weight_three_is_three_rows_of_one_cluster(persons):
    times = np.arange(len(persons)) % 3 + 1
    data = persons.assign(times=times, row=np.arange(len(persons)))
    repeated = data.loc[data.index.repeat(times)]
    for scale in SCALES:
        got = interaction(data, **CALL, scale=scale, weights="times").tidy()[NUMBERS]
        expected = interaction(repeated, **CALL, scale=scale, cluster="row").tidy()[NUMBERS]
        np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_rows_without_exposure_or_modifier_are_dropped_and_counted(persons):
    data = persons.assign(sex=persons["sex"].mask(persons.index < 3))
    data["education"] = data["education"].cat.remove_categories("unknown")
    got = interaction(data, **CALL)
    lost = int((data["education"].isna() | data["sex"].isna()).sum())
    assert (got.diagnostics["rows_dropped"], got.diagnostics["levels_empty"]) == (lost, 0)
    data["education"] = data["education"].cat.add_categories("unknown")
    assert interaction(data, **CALL).diagnostics["levels_empty"] == 1


# ---- refusal


def _women_unknown(d):
    return d[~((d["education"] == "unknown") & (d["sex"] == "female"))]


def _no_event_in(level, sex):
    return lambda d: d.assign(referred=d["referred"].where((d["education"] != level) | (d["sex"] != sex), 0))


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (_women_unknown, {}, "^no row has education = 'unknown' and sex = 'female': merge levels$"),
        (
            lambda d: d[~((d["education"] == "basic") & (d["sex"] == "female"))],
            {},
            "no row has education = 'basic' and sex = 'female'",
        ),
        (
            _no_event_in("unknown", "male"),
            {},
            "^the rows with education = 'unknown' and sex = 'male' do not have both referred = 0 and referred = 1: ",
        ),
        (
            lambda d: d.assign(age=d["age"].where((d["education"] != "higher") | (d["sex"] != "male"))),
            {"adjust": {"full": ["age"]}},
            "^model full: no row used has education = 'higher' and sex = 'male'",
        ),
        (lambda d: d, {"scale": "hazard_ratio"}, "scale must be one of odds_ratio, risk_ratio, risk"),
        (lambda d: d, {"modifier": "education"}, "'education' cannot be both exposure and modifier"),
        (lambda d: d, {"modifier": "sexx"}, "no column 'sexx'; did you mean 'sex'"),
        (lambda d: d, {"modifier": "age"}, "age looks like a measurement"),
        (lambda d: d, {"modifier": "department"}, "department is text with 3 values"),
        (
            lambda d: d.assign(department=d["department"].astype("category")),
            {"modifier": "department"},
            "department is a category without order: make it ordered, the level to compare with first",
        ),
        (lambda d: d[d["sex"] == "male"], {}, "sex has no two levels with rows"),
        (lambda d: d, {"reference": "basis"}, "education has no level 'basis' with rows; did you mean 'basic'"),
        (lambda d: d, {"adjust": ["sex:age"]}, "adjust contains 'sex', which is the modifier"),
        (lambda d: d, {"adjust": {"a": ["education"]}}, "adjust contains 'education', which is the exposure"),
        (lambda d: d, {"adjust": ["referred"]}, "adjust contains 'referred'"),
        (lambda d: d, {"adjust": "age"}, "must be a list of terms"),
        (lambda d: d, {"adjust": None}, "must be a list of terms"),
        (lambda d: d, {"adjust": {"full": "age"}}, "terms of model full must be a list"),
        (lambda d: d, {"adjust": {"full": None}}, "not None"),
        (lambda d: d.assign(referred=d["referred"] + 1), {}, "referred must be 0 or 1"),
        (lambda d: d.head(0), {}, "data has no rows"),
    ],
)
def test_interaction_refuses(persons, change, options, message):
    with pytest.raises(ValueError, match=message):
        interaction(change(persons), **(CALL | options))
