"""The partial likelihood against a literal translation, its derivatives, and grouped against row by row."""

import numpy as np
import pytest

from rehab_stats.estimate.model.cox import CoxModel, km_transform, risk_sets
from rehab_stats.estimate.model.design_matrix import Design, build_design

TERMS = ["bs(age, df=4)", "sex"]


def _ungrouped(design: Design) -> Design:
    rows = design.matrix[design.index]
    return Design(rows, np.arange(len(rows)), design.names, design.terms, design.centre)


@pytest.fixture(scope="module")
def columns(persons):
    data = persons.assign(sex=persons["sex"].astype("category"))
    arrays = {
        "entry": data["entry_days"].to_numpy(float),
        "strata": data["department"].astype("category").cat.codes.to_numpy(),
        "weights": (data["weight"] / data["weight"].mean()).to_numpy(),
    }
    design = build_design(data, exposure="education", terms=TERMS, intercept=False)
    cluster = data["person"].astype("category").cat.codes.to_numpy()
    return design, data["days"].to_numpy(float), (data["event"] == 1).to_numpy(), arrays, cluster


def _literal(matrix, duration, event, entry, strata, weights, coefficients, ties):
    """The log partial likelihood as books write it, one risk set at a time."""
    risk, total = weights * np.exp(matrix @ coefficients), 0.0
    for stratum in np.unique(strata):
        here = strata == stratum
        for t in np.unique(duration[here & event]):
            at_risk = here & (entry < t) & (t <= duration)
            dead = here & event & (duration == t)
            d = dead.sum()
            total += weights[dead] @ (matrix[dead] @ coefficients)
            for k in range(d):
                out = k / d * risk[dead].sum() if ties == "efron" else 0.0
                total -= weights[dead].mean() * np.log(risk[at_risk].sum() - out)
    return total


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_likelihood_is_the_one_of_the_books_and_has_its_derivatives(columns, ties):
    design, duration, event, arrays, _ = columns
    model = CoxModel(design, risk_sets(duration, event, ties=ties, **arrays))
    b = np.random.default_rng(1).normal(size=design.matrix.shape[1]) / 5
    value, score, information = model.likelihood(b)
    literal = _literal(design.matrix[design.index], duration, event, **arrays, coefficients=b, ties=ties)
    assert value == pytest.approx(literal, rel=1e-12)
    steps = np.eye(len(b)) * 1e-5
    slopes = [(model.likelihood(b + h)[0] - model.likelihood(b - h)[0]) / 2e-5 for h in steps]
    np.testing.assert_allclose(score, slopes, rtol=1e-5, atol=1e-5)
    curvature = [(model.likelihood(b - h)[1] - model.likelihood(b + h)[1]) / 2e-5 for h in steps]
    np.testing.assert_allclose(information, curvature, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_grouped_fit_is_the_fit_row_by_row(columns, ties):
    design, duration, event, arrays, cluster = columns
    assert design.patterns < len(duration)
    sets = risk_sets(duration, event, ties=ties, **arrays)
    grouped, rows = CoxModel(design, sets), CoxModel(_ungrouped(design), sets)
    fit, direct = grouped.fit(), rows.fit()
    np.testing.assert_allclose(fit.coefficients, direct.coefficients, rtol=0, atol=1e-8)
    np.testing.assert_allclose(fit.covariance, direct.covariance, rtol=1e-8, atol=1e-12)
    for groups in (None, cluster):
        np.testing.assert_allclose(grouped.sandwich(fit, groups), rows.sandwich(direct, groups), rtol=1e-8, atol=1e-12)
    g = km_transform(duration, event, arrays["entry"], sets.times)
    tests, wanted = grouped.proportional_hazards_test(fit, g), rows.proportional_hazards_test(direct, g)
    assert {term: found[0] for term, found in tests.items()} == pytest.approx(
        {term: found[0] for term, found in wanted.items()}, rel=1e-8
    )


def test_rows_in_no_risk_set_change_nothing(columns):
    design, duration, event, _, _ = columns
    duration, event = duration.copy(), event.copy()
    duration[:20], event[:20] = 0.5, False  # gone before the first event
    whole = CoxModel(design, risk_sets(duration, event)).fit()
    kept = Design(design.matrix, design.index[20:], design.names, design.terms, design.centre)
    part = CoxModel(kept, risk_sets(duration[20:], event[20:])).fit()
    np.testing.assert_allclose(whole.coefficients, part.coefficients, rtol=1e-10)


def test_hundreds_of_strata(columns):
    """Each stratum's sums start afresh: a stratum for every person against the literal likelihood."""
    design, duration, event, arrays, cluster = columns
    b = np.full(design.matrix.shape[1], 0.1)
    model = CoxModel(design, risk_sets(duration, event, **(arrays | {"strata": cluster})))
    literal = _literal(
        design.matrix[design.index], duration, event, arrays["entry"], cluster, arrays["weights"], b, "efron"
    )
    assert model.likelihood(b)[0] == pytest.approx(literal, rel=1e-10)


def test_kaplan_meier_transform_by_hand():
    # events at 1 (4 at risk) and 3 (2 at risk: one came late, one left at 2)
    duration, event = np.array([1.0, 2, 3, 4, 5]), np.array([True, False, True, False, False])
    entry = np.array([0.0, 0, 0, 0, 3])
    got = km_transform(duration, event, entry, np.array([1.0, 2, 3, 4]))
    np.testing.assert_allclose(got, [0, 1 / 4, 1 / 4, 1 - 3 / 4 * 1 / 2])
