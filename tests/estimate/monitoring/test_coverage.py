"""coverage and expected_need: by hand (the six municipalities of the agreement), against R, known truth, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.monitoring.coverage import coverage, expected_need

# section 8.5, table 3: new cases, persons living with cancer, and the printed expected need, 2012
SIX = pd.DataFrame(
    [
        ("Ballerup", 322, 2132, 128),
        ("Gladsaxe", 394, 2668, 157),
        ("Herlev", 179, 1197, 71),
        ("Rødovre", 244, 1643, 97),
        ("Furesø", 264, 1741, 105),
        ("Egedal", 249, 1619, 99),
    ],
    columns=["municipality", "new", "living", "printed"],
)


def test_the_printed_need_is_forty_per_cent_of_new_cases():
    made = expected_need(SIX, incident="new", prevalent="living")
    assert (made["need_incident"] - made["printed"]).abs().max() < 1.01
    assert made["need_incident"].sum() == pytest.approx(0.4 * 1652)
    # of all 11,000 the agreement makes 7,700, 2,750 and 550
    columns = ["need_self_managed", "need_professional", "need_complex"]
    assert made[columns].sum().tolist() == pytest.approx([7_700, 2_750, 550])
    half = expected_need(SIX, incident="new", prevalent="living", years=0.5)
    assert half["need_incident"].tolist() == pytest.approx((made["need_incident"] / 2).tolist())
    assert half["need_professional"].tolist() == made["need_professional"].tolist()
    assert "need_complex" not in expected_need(SIX, incident="new")


def test_by_hand_each_expectation_by_itself():
    data = expected_need(SIX.assign(referred=[60, 80, 40, 0, 150, 30]), incident="new", prevalent="living")
    found = coverage(data, referred="referred", expected=["need_incident", "need_professional"], by="municipality")
    tidy = found.tidy().set_index(["outcome", "level"])
    assert tidy.loc[("need_incident", "Ballerup"), "estimate"] == pytest.approx(60 / 128.8)
    assert tidy.loc[("need_professional", "Ballerup"), "estimate"] == pytest.approx(60 / 533)
    assert tidy.loc[("need_incident", "Furesø"), "estimate"] > 1  # more than expected is no error
    assert tidy.loc[("need_incident", "Rødovre"), ["estimate", "conf_low"]].tolist() == [0, 0]
    assert tidy.loc[("need_incident", "Rødovre"), "conf_high"] == pytest.approx(-np.log(0.025) / 97.6)
    assert tidy["n"].isna().all()
    assert found.details()["expected"].iloc[0] == pytest.approx(128.8)
    whole = coverage(data, referred="referred", expected="need_incident").tidy()
    assert whole["estimate"].item() == pytest.approx(360 / (0.4 * 1652))


def test_expected_against_actual_per_offer():
    offers = pd.DataFrame({"offer": ["men", "pelvic_floor"], "began": [31, 12], "expected": [344, 72]})
    found = coverage(offers, referred="began", expected="expected", by="offer").tidy()
    assert found["level"].tolist() == ["men", "pelvic_floor"]
    assert found["estimate"].tolist() == pytest.approx([31 / 344, 12 / 72])


def test_against_r(read_reference):
    """poisson.test: tests/reference/monitoring.R."""
    reference = read_reference("monitoring_limits")
    for k in (0, 1, 3, 12, 71, 128):
        row = coverage(pd.DataFrame({"k": [k], "e": [64.4]}), referred="k", expected="e").tidy().iloc[0]
        wanted = reference.loc[f"coverage:{k}", ["conf_low", "conf_high"]].astype(float)
        np.testing.assert_allclose(row[["conf_low", "conf_high"]].astype(float), wanted, rtol=1e-9, atol=1e-12)
        assert row["std_error"] == pytest.approx(np.sqrt(k) / 64.4)


def test_the_limits_hold_in_small_municipalities():
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"m": np.arange(2_000).astype(str), "k": rng.poisson(0.6 * 20, 2_000), "e": 20.0})
    found = coverage(data, referred="k", expected="e", by="m").tidy()
    assert ((found["conf_low"] <= 0.6) & (found["conf_high"] >= 0.6)).mean() >= 0.95


def test_rows_of_a_group_are_added_up_in_any_order():
    data = pd.DataFrame({"m": ["a", "b", "a"], "k": [3, 4, 5], "e": [10.0, 8.0, 6.0]})
    expected = coverage(data, referred="k", expected="e", by="m").tidy()
    assert expected["estimate"].tolist() == [0.5, 0.5]
    pd.testing.assert_frame_equal(coverage(data.iloc[::-1], referred="k", expected="e", by="m").tidy(), expected)
    missing = coverage(data.assign(e=[10.0, np.nan, 6.0]), referred="k", expected="e", by="m")
    assert missing.tidy()["level"].tolist() == ["a"]
    assert missing.diagnostics == {"rows_used": 2, "rows_dropped": 1}


def test_refusals():
    data = pd.DataFrame({"k": [3.5], "e": [0.0]})
    with pytest.raises(ValueError, match="k must be a whole number from 0 on"):
        coverage(data, referred="k", expected="e")
    with pytest.raises(ValueError, match="e must be above 0: 1 rows"):
        coverage(data.assign(k=3), referred="k", expected="e")
    with pytest.raises(WrongCall, match="expected is empty"):
        coverage(data, referred="k", expected=[])
    with pytest.raises(ValueError, match="no row has a value in each of k, e"):
        coverage(data.assign(k=np.nan, e=1.0), referred="k", expected="e")
    with pytest.raises(WrongCall, match="years must be a number above 0; got 0"):
        expected_need(SIX, incident="new", years=0)
    with pytest.raises(ValueError, match="new must be finite and not below zero"):
        expected_need(SIX.assign(new=-1), incident="new")
