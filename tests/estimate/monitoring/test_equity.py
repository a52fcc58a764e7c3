"""indicator_equity: the same as its parts, too few, several groups, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.inequality import slope_indices
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.monitoring.equity import indicator_equity
from rehab_stats.estimate.monitoring.shares import indicator_share

LEVELS = ["basic", "vocational", "higher", "unknown"]
CALL = {"outcome": "in_time", "rank": "education"}


def made(n=400, seed=3):
    rng = np.random.default_rng(seed)
    step = rng.integers(0, 4, n)
    data = pd.DataFrame({"in_time": (rng.random(n) < 0.5 + 0.1 * np.minimum(step, 2)).astype(float)})
    education = pd.Categorical.from_codes(step, LEVELS, ordered=True)
    return data.assign(education=education, municipality=np.where(np.arange(n) < n - 15, "Herlev", "Furesø"))


def test_level_and_slopes_are_those_of_their_own_estimators():
    data = made()
    found = indicator_equity(data, **CALL)
    assert found.tidy()["measure"].tolist() == ["indicator_share", "slope_index", "relative_index"]
    numbers = ["estimate", "std_error", "conf_low", "conf_high", "n", "events"]
    slopes = slope_indices(data, outcome="in_time", rank="education").tidy()
    pd.testing.assert_frame_equal(found.tidy()[numbers].iloc[1:].reset_index(drop=True), slopes[numbers])
    level = indicator_share(data, outcome="in_time").tidy()
    pd.testing.assert_frame_equal(found.tidy()[numbers].iloc[:1], level[numbers])
    assert found.tidy()["n"].iloc[0] - found.tidy()["n"].iloc[1] == found.diagnostics["rows_unranked"] > 0


def test_a_small_municipality_keeps_its_level_and_is_refused_a_slope_in_a_sentence():
    found = indicator_equity(made(), **CALL, by="municipality")
    of_small = found.select(stratum="municipality=Furesø").tidy()
    assert of_small["measure"].tolist() == ["indicator_share"]
    assert of_small["n"].item() == 15
    reason = "in_time has fewer than 10 ranked rows with 0 or with 1: too few for a slope by education"
    assert found.context["refused"] == {"municipality=Furesø": reason}
    said = found.sentences(language="da")
    assert said[-1].startswith("Furesø: ikke estimeret: at være til tiden har færre end 10 rangordnede rækker")
    assert any("steg med" in text for text in said)
    assert indicator_equity(made(15), **CALL).context["refused"] == {"not_estimated": reason}


def test_everybody_alike_in_education_is_refused_too():
    data = made().assign(education=pd.Categorical(["basic"] * 400, LEVELS, ordered=True))
    found = indicator_equity(data, **CALL)
    assert found.context["refused"]["not_estimated"].startswith("education has one value in the rows used")


def test_not_counted_rows_are_out_and_order_changes_nothing():
    data = made()
    data.loc[:9, "in_time"] = np.nan
    found = indicator_equity(data, **CALL)
    assert found.diagnostics["rows_not_counted"] == 10
    assert found.diagnostics["rows_used"] == 390
    shuffled = indicator_equity(data.sample(frac=1, random_state=1), **CALL)
    pd.testing.assert_frame_equal(found.tidy(), shuffled.tidy(), rtol=1e-7)


def test_refusals():
    with pytest.raises(ValueError, match="education has no order"):
        indicator_equity(made().astype({"education": str}), **CALL)
    with pytest.raises(WrongCall, match="fewest must be at least 2; got 1"):
        indicator_equity(made(), **CALL, fewest=1)
    with pytest.raises(ValueError, match="no row counts for in_time"):
        indicator_equity(made().assign(in_time=np.nan), **CALL)
