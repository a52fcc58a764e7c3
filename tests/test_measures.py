"""The families of measures: unit, decimals and null of each, and what stands for a missing estimate."""

import numpy as np
import pytest

from rehab_stats.measures import (
    COUNTING_MEASURES,
    DIFFERENCE_MEASURES,
    MEASURES,
    RATIO_MEASURES,
    estimate_text,
    kind_of,
)
from rehab_stats.word_list import WORDS


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
        ("at_risk", 3322, np.nan, np.nan, "3,322", "3.322"),
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
    ],
)
def test_a_missing_estimate_is_a_dash_unless_it_is_known_to_be_undefined(more, said):
    assert estimate_text({"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan} | more) == said


def test_every_measure_has_words_and_a_null_that_fits_its_scale():
    assert [name for name in MEASURES if name not in WORDS] == []
    assert {kind_of(name).null for name in RATIO_MEASURES} == {1.0}
    assert {kind_of(name).null for name in DIFFERENCE_MEASURES} == {0.0}
    assert {"risk", "joint_risk", "at_risk", "count", "share"} == COUNTING_MEASURES
    assert kind_of("mean").scale == 1
