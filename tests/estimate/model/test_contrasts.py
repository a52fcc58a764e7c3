"""Wald intervals on their three scales, by hand."""

import numpy as np
import pytest
from scipy.stats import norm

from rehab_stats.estimate.model.contrasts import wald

Z = norm.ppf(0.975)


def test_log_scale():
    got = wald(2.0, 0.5, scale="log", contrast=True)
    assert (got["conf_low"], got["conf_high"]) == pytest.approx((2 * np.exp(-Z / 2), 2 * np.exp(Z / 2)), rel=1e-12)
    assert got["p_value"] == pytest.approx(2 * norm.sf(np.log(2) / 0.5), rel=1e-12)


def test_logit_scale_stays_between_zero_and_one():
    got = wald(0.02, 0.02, scale="logit", contrast=False)
    low = 1 / (1 + np.exp(-(np.log(0.02 / 0.98) - Z * 0.02 / (0.02 * 0.98))))
    assert got["conf_low"] == pytest.approx(low, rel=1e-12)
    assert 0 < got["conf_low"] < 0.02 < got["conf_high"] < 1
    assert got["p_value"] is None


def test_natural_scale():
    got = wald(-0.1, 0.05, scale="natural", contrast=True)
    assert (got["conf_low"], got["conf_high"]) == pytest.approx((-0.1 - Z * 0.05, -0.1 + Z * 0.05), rel=1e-12)
    assert got["p_value"] == pytest.approx(2 * norm.sf(2), rel=1e-12)


def test_a_ratio_of_which_nothing_is_known_has_an_infinite_limit():
    got = wald(2.0, 1000.0, scale="log", contrast=True)
    assert (got["conf_low"], got["conf_high"]) == (0, np.inf)
