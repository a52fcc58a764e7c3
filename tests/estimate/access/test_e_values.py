"""E-values: by hand, against printed figures, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.e_values import e_value
from rehab_stats.estimate.access.gradient import odds_ratios
from rehab_stats.vocabulary import Estimates


def _ratio(measure, estimate, low, high, **more):
    row = {"measure": measure, "estimate": estimate, "conf_low": low, "conf_high": high, "std_error": 0.1}
    return Estimates([row | {"outcome": "event", "model": "full", "level": "long", "reference": "short"} | more])


def _pair(estimates, **options):
    return e_value(estimates, **options).tidy()[["estimate", "conf_low"]].iloc[0].tolist()


@pytest.mark.parametrize(
    ("printed", "rare", "expected"),
    [
        # Moustsen et al. 2015, long and medium against short education
        ((1.33, 1.19, 1.49), True, (1.99, 1.67)),
        ((1.33, 1.19, 1.49), False, (1.73, 1.51)),
        ((1.15, 1.03, 1.29), True, (1.57, 1.21)),
        ((1.15, 1.03, 1.29), False, (1.44, 1.17)),
    ],
)
def test_hazard_ratios_of_the_printed_gradient(printed, rare, expected):
    assert _pair(_ratio("hazard_ratio", *printed), rare=rare) == pytest.approx(expected, abs=0.0051)


def test_a_risk_ratio_of_two_by_hand():
    """2 + sqrt(2); limit 1.5: 1.5 + sqrt(0.75)."""
    got = _pair(_ratio("risk_ratio", 2, 1.5, 2.6))
    assert got == pytest.approx([2 + np.sqrt(2), 1.5 + np.sqrt(0.75)], rel=1e-12)
    assert _pair(_ratio("risk_ratio", 2, 1.5, 2.6), rare=False) == got


def test_smoking_and_lung_cancer():
    """VanderWeele & Ding: RR 10.73 (8.02-14.36) gives 20.9 and 15.5."""
    assert _pair(_ratio("risk_ratio", 10.73, 8.02, 14.36)) == pytest.approx([20.95, 15.52], abs=0.006)


def test_common_odds_ratio_is_its_root():
    assert _pair(_ratio("odds_ratio", 4, 2.25, 9), rare=False) == pytest.approx(
        _pair(_ratio("risk_ratio", 2, 1.5, 3)), rel=1e-12
    )


@pytest.mark.parametrize("rare", [True, False])
@pytest.mark.parametrize("measure", ["odds_ratio", "hazard_ratio", "risk_ratio"])
def test_a_ratio_and_its_inverse_are_as_strong(measure, rare):
    up, down = _ratio(measure, 1.8, 1.2, 2.7), _ratio(measure, 1 / 1.8, 1 / 2.7, 1 / 1.2)
    assert _pair(up, rare=rare) == pytest.approx(_pair(down, rare=rare), rel=1e-12)


@pytest.mark.parametrize(
    ("estimate", "low", "high"), [(1.2, 0.9, 1.6), (0.8, 0.6, 1.1), (1.2, 1.0, 1.44), (1.0, 0.8, 1.25)]
)
def test_a_limit_is_one_where_the_interval_holds_one(estimate, low, high):
    point, limit = _pair(_ratio("odds_ratio", estimate, low, high))
    assert limit == 1
    assert point > 1 or estimate == 1


def test_rows_keep_their_place_and_others_are_passed_over(persons):
    ratios = odds_ratios(persons, outcome="referred", exposure="education", adjust={"crude": [], "sex": ["sex"]})
    risks = Estimates([{"measure": "risk", "level": "basic", "estimate": 0.2}])
    got = e_value(Estimates.stack([risks, ratios]))
    same = ["outcome", "model", "level", "reference", "stratum", "at", "n", "events"]
    pd.testing.assert_frame_equal(got.tidy()[same], ratios.tidy()[same])
    assert set(got.tidy()["measure"]) == {"e_value"}
    assert got.tidy()[["std_error", "conf_high", "p_value"]].isna().all(axis=None)
    assert (got.tidy()["estimate"] >= got.tidy()["conf_low"]).all()
    details = got.details()
    assert details["n_reference"].tolist() == ratios.details()["n_reference"].tolist()
    assert set(details["of_measure"]) == {"odds_ratio"}
    assert got.diagnostics == {"rows_passed_over": 1}
    assert got.context["exposure"] == "education"


def test_two_ratios_of_one_level_can_be_told_apart():
    got = e_value(Estimates.stack([_ratio("odds_ratio", 2, 1.5, 3), _ratio("risk_ratio", 1.5, 1.2, 1.9)]))
    assert got.details()["of_measure"].tolist() == ["odds_ratio", "risk_ratio"]


def test_a_missing_ratio_has_no_e_value():
    got = e_value(_ratio("odds_ratio", np.nan, np.nan, np.nan)).tidy()
    assert got[["estimate", "conf_low"]].isna().all(axis=None)


def test_infinite_upper_limit_of_a_ratio_above_one():
    assert _pair(_ratio("odds_ratio", 4, 2, np.inf), rare=False)[1] == pytest.approx(
        np.sqrt(2) + np.sqrt(2 - np.sqrt(2))
    )


@pytest.mark.parametrize(
    ("estimates", "message"),
    [
        (Estimates([{"measure": "risk", "estimate": 0.2}]), "no row is one of odds_ratio, hazard_ratio, risk_ratio"),
        (_ratio("odds_ratio", 0, 0, 3), "not above zero or a limit below zero: it has no E-value"),
        (_ratio("odds_ratio", 1.2, -1, 3), "not above zero or a limit below zero: it has no E-value"),
        (Estimates([]), "nothing to take an E-value of"),
    ],
)
def test_refused(estimates, message):
    with pytest.raises(ValueError, match=message):
        e_value(estimates)


def test_what_could_not_be_estimated_stays_so():
    refused = Estimates([], context={"refused": "there is nothing to compare"})
    assert e_value(refused) is refused


def test_a_limit_of_nought_or_infinity_is_far_from_one():
    assert _pair(_ratio("hazard_ratio", 0.5, 0, 0.8), rare=False) == pytest.approx(
        _pair(_ratio("hazard_ratio", 2, 1.25, np.inf), rare=False), rel=1e-12
    )


def test_both_forms_stand_beside_each_other_and_risk_ratios_once():
    rows = [
        {"measure": m, "level": "long", "reference": "short", "estimate": 1.33, "conf_low": 1.19, "conf_high": 1.49}
        for m in ("hazard_ratio", "risk_ratio")
    ]
    both = e_value(Estimates(rows), rare=None)
    assert both.tidy()["stratum"].tolist() == ["outcome=rare", None, "outcome=common"]
    assert both.details()["of_measure"].tolist() == ["hazard_ratio", "risk_ratio", "hazard_ratio"]
    np.testing.assert_allclose(both.tidy()["estimate"], [1.99, 1.99, 1.73], atol=0.005)
    np.testing.assert_allclose(both.tidy()["conf_low"], [1.67, 1.67, 1.51], atol=0.005)
    with pytest.raises(ValueError, match="have strata already"):
        e_value(Estimates([rows[0] | {"stratum": "female"}]), rare=None)
