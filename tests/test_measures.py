"""The families of measures: unit, decimals and null of each, and what stands for a missing estimate."""

import numpy as np
import pytest

from rehab_stats.measures import (
    AMOUNT_DIFFERENCES,
    AMOUNTS,
    COUNTING_MEASURES,
    DIFFERENCE_MEASURES,
    MEASURES,
    RATIO_MEASURES,
    estimate_text,
    kind_of,
    scale_of,
)
from rehab_stats.words import WORDS


@pytest.mark.parametrize(
    ("measure", "estimate", "low", "high", "english", "danish"),
    [
        ("risk_ratio", 1.333, 1.19, 1.494, "1.33 (1.19 to 1.49)", "1,33 (1,19 til 1,49)"),
        ("relative_index", 2.0, 1.5, 2.5, "2.00 (1.50 to 2.50)", "2,00 (1,50 til 2,50)"),
        ("risk", 0.1234, 0.1, 0.15, "12.3 % (10.0 to 15.0)", "12,3 % (10,0 til 15,0)"),
        ("joint_risk", 0.1234, 0.1, 0.15, "12.3 % (10.0 to 15.0)", "12,3 % (10,0 til 15,0)"),
        ("slope_index", -0.05, -0.08, 0.01, "−5.0 pp (−8.0 to 1.0)", "−5,0 pp (−8,0 til 1,0)"),
        ("between_group_variance", 0.00118, np.nan, np.nan, "11.8 pp²", "11,8 pp²"),
        ("attributable_proportion", 0.25, 0.1, 0.4, "25.0 % (10.0 to 40.0)", "25,0 % (10,0 til 40,0)"),
        ("reri", 0.456, -0.1, 1.0, "0.46 (−0.10 to 1.00)", "0,46 (−0,10 til 1,00)"),
        ("concentration_index", 0.0613, 0.041, 0.082, "0.061 (0.041 to 0.082)", "0,061 (0,041 til 0,082)"),
        ("e_value", 1.99, 1.67, np.nan, "1.99 (limit 1.67)", "1,99 (grænse 1,67)"),
        ("rate_ratio", 1.3125, 1.1, 1.5, "1.31 (1.10 to 1.50)", "1,31 (1,10 til 1,50)"),
        ("mean", 5.46, 5.1, 5.8, "5.5 (5.1 to 5.8)", "5,5 (5,1 til 5,8)"),
        ("mean_difference", -1.27, -1.8, -0.8, "−1.3 (−1.8 to −0.8)", "−1,3 (−1,8 til −0,8)"),
        ("contribution", 0.956, 0.4, 1.5, "0.96 (0.40 to 1.50)", "0,96 (0,40 til 1,50)"),
        ("share_of_total", 0.735, 0.4, 1.2, "74 % (40 to 120)", "74 % (40 til 120)"),
        ("transition", 0.81, 0.79, 0.83, "81.0 % (79.0 to 83.0)", "81,0 % (79,0 til 83,0)"),
        ("transition_difference", 0.04, 0.01, 0.07, "4.0 pp (1.0 to 7.0)", "4,0 pp (1,0 til 7,0)"),
        ("restricted_mean", 9.34, 9.0, 9.7, "9.3 (9.0 to 9.7)", "9,3 (9,0 til 9,7)"),
        ("aic", 10234.46, np.nan, np.nan, "10,234.5", "10.234,5"),
        ("observed_persons", 412, np.nan, np.nan, "412", "412"),
        ("zeros_expected", 0.213, np.nan, np.nan, "21.3 %", "21,3 %"),
        ("at_risk", 3322, np.nan, np.nan, "3,322", "3.322"),
        ("completion_rate", 0.6532, 0.6, 0.7, "65.3 % (60.0 to 70.0)", "65,3 % (60,0 til 70,0)"),
        ("available_rate", 0.312, 0.3, 0.33, "31.2 % (30.0 to 33.0)", "31,2 % (30,0 til 33,0)"),
        ("standardised_response_mean", 0.416, 0.2, 0.63, "0.42 (0.20 to 0.63)", "0,42 (0,20 til 0,63)"),
        ("standardised_difference", -0.1234, np.nan, np.nan, "−0.12", "−0,12"),
        ("tipping_delta", -7.34, np.nan, np.nan, "−7.3", "−7,3"),
        ("detectable_difference", 18.26, np.nan, np.nan, "18.3", "18,3"),
        ("lowest_mean", -32.41, -36.0, -28.8, "−32.4 (−36.0 to −28.8)", "−32,4 (−36,0 til −28,8)"),
        ("stage_ratio", 1.598, 1.29, 1.863, "1.60 (1.29 to 1.86)", "1,60 (1,29 til 1,86)"),
        ("log_contribution", -0.0033, -0.06, 0.06, "−0.003 (−0.060 to 0.060)", "−0,003 (−0,060 til 0,060)"),
        ("additional", 5664.4, 5399.5, 5928.6, "5,664 (5,400 to 5,929)", "5.664 (5.400 til 5.929)"),
        ("highest_difference", 41.26, 30.0, 52.5, "41.3 (30.0 to 52.5)", "41,3 (30,0 til 52,5)"),
        ("rate_per_year", 13.935, 9.76, 19.29, "13.9 (9.8 to 19.3)", "13,9 (9,8 til 19,3)"),
        ("highest_count", 1065, np.nan, np.nan, "1,065", "1.065"),
        ("highest_share", 0.1961, 0.141, 0.266, "19.6 % (14.1 to 26.6)", "19,6 % (14,1 til 26,6)"),
        ("deadline_share", 0.8531, 0.7312, 0.9254, "85.3 % (73.1 to 92.5)", "85,3 % (73,1 til 92,5)"),
        ("indicator_share", 0.5, 0.3, 0.7, "50.0 % (30.0 to 70.0)", "50,0 % (30,0 til 70,0)"),
        ("answered_share", 0.4, 0.25, 0.57, "40.0 % (25.0 to 57.0)", "40,0 % (25,0 til 57,0)"),
        ("share_difference", -0.05, -0.2, 0.1, "−5.0 pp (−20.0 to 10.0)", "−5,0 pp (−20,0 til 10,0)"),
        ("coverage", 1.366, 1.096, 1.684, "136.6 % (109.6 to 168.4)", "136,6 % (109,6 til 168,4)"),
        ("referrals_not_due", 12, np.nan, np.nan, "12", "12"),
        ("control_limits", 0.9, 0.621, 0.993, "90.0 % (62.1 to 99.3)", "90,0 % (62,1 til 99,3)"),
        ("lowest_share_difference", -0.3802, np.nan, np.nan, "−38.0 pp", "−38,0 pp"),
    ],
)
def test_estimate_and_interval_in_the_unit_of_the_measure(measure, estimate, low, high, english, danish):
    row = {"measure": measure, "estimate": estimate, "conf_low": low, "conf_high": high}
    assert estimate_text(row, "en", unit=True) == english
    assert estimate_text(row, "da", unit=True) == danish


def test_without_a_unit_the_number_stands_alone():
    row = {"measure": "risk_difference", "estimate": 0.0321, "conf_low": 0.012, "conf_high": 0.052}
    assert estimate_text(row) == "3.2 (1.2 to 5.2)"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"measure": "risk", "hidden": "primary"}, "–"),
        ({"measure": "risk"}, "–"),
        ({"measure": "synergy_index", "hidden": "secondary"}, "–"),
        ({"measure": "synergy_index", "hidden": ""}, "undefined"),
        ({"measure": "synergy_index"}, "undefined"),
        ({"measure": "tipping_delta"}, "none in the range tried"),
        ({"measure": "tipping_delta", "hidden": ""}, "none in the range tried"),
        ({"measure": "tipping_delta", "hidden": "secondary"}, "–"),
        ({"measure": "closing_share"}, "not computable"),
    ],
)
def test_a_missing_estimate_is_a_dash_unless_it_is_known_to_be_undefined(more, said):
    assert estimate_text({"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan} | more) == said


def test_the_scale_may_have_more_decimals_for_what_is_in_its_unit_alone():
    index = {"estimate": 0.0412, "conf_low": 0.0101, "conf_high": 0.0723, "digits": 3.0}
    assert estimate_text(index | {"measure": "mean_difference"}) == "0.041 (0.010 to 0.072)"
    assert estimate_text(index | {"measure": "standardised_response_mean"}) == "0.04 (0.01 to 0.07)"
    assert estimate_text(index | {"measure": "mean_difference", "digits": np.nan}) == "0.0 (0.0 to 0.1)"


@pytest.mark.parametrize(
    ("measure", "estimate", "low", "high", "english", "danish"),
    [
        (
            "stage_quantity",
            1.2719,
            1.0542,
            1.6004,
            "127.2 per 100 diagnosed (105.4 to 160.0)",
            "127,2 pr. 100 diagnosticerede (105,4 til 160,0)",
        ),
        (
            "contribution",
            0.1662,
            0.0164,
            0.3681,
            "16.6 per 100 diagnosed (1.6 to 36.8)",
            "16,6 pr. 100 diagnosticerede (1,6 til 36,8)",
        ),
        # all below one: a second decimal
        (
            "contribution",
            0.00431,
            -0.0021,
            0.0093,
            "0.43 per 100 diagnosed (−0.21 to 0.93)",
            "0,43 pr. 100 diagnosticerede (−0,21 til 0,93)",
        ),
        (
            "gap_change",
            0.0,
            0.0,
            0.0,
            "0.0 per 100 diagnosed (0.0 to 0.0)",
            "0,0 pr. 100 diagnosticerede (0,0 til 0,0)",
        ),
        (
            "mean_difference",
            0.0041,
            -0.02,
            0.04,
            "0.4 per 100 diagnosed (−2.0 to 4.0)",
            "0,4 pr. 100 diagnosticerede (−2,0 til 4,0)",
        ),
    ],
)
def test_what_is_of_one_person_is_printed_per_hundred(measure, estimate, low, high, english, danish):
    row = {"measure": measure, "estimate": estimate, "conf_low": low, "conf_high": high, "per": 100.0}
    assert estimate_text(row, "en", unit=True) == english
    assert estimate_text(row, "da", unit=True) == danish
    assert estimate_text(row) == english.replace(" per 100 diagnosed", "")
    assert scale_of(row) == 100


def test_without_a_number_of_persons_the_estimate_stays_as_it_is():
    row = {"measure": "contribution", "estimate": 0.956, "conf_low": 0.4, "conf_high": 1.5, "per": np.nan}
    assert estimate_text(row) == "0.96 (0.40 to 1.50)"
    assert scale_of(row | {"measure": "risk"}) == 100
    assert estimate_text(row | {"per": 100.0, "digits": 0.0}) == "96 (40 to 150)"


def test_every_measure_has_words_and_a_null_that_fits_its_scale():
    assert [name for name in MEASURES if name not in WORDS] == []
    assert {kind_of(name).null for name in RATIO_MEASURES} == {1.0}
    assert {kind_of(name).null for name in DIFFERENCE_MEASURES} == {0.0}
    shares = {"risk", "joint_risk", "share", "transition", "zeros_observed", "zeros_expected", "share_of_appointments"}
    shares |= {"completion_rate", "available_rate", "lowest_share", "highest_share"}
    persons = {
        "at_risk",
        "count",
        "observed_persons",
        "lowest_count",
        "highest_count",
        "rate_per_year",
        "stage_quantity",
    }
    monitored = {"deadline_share", "indicator_share", "answered_share", "coverage"}
    referrals = {f"referrals_{name}" for name in ("received", "waiting", "not_due", "declined", "died")}
    assert shares | persons | monitored | referrals == COUNTING_MEASURES
    assert {kind_of(name).null for name in AMOUNT_DIFFERENCES} == {0.0}
    assert not AMOUNTS & COUNTING_MEASURES
    assert kind_of("mean").scale == 1
