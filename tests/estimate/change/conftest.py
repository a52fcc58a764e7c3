"""Persons with scores before and after, many missing: those the R script was run on, and a world of known truth."""

import numpy as np
import pandas as pd
import pytest

EDUCATION = ["basic", "vocational", "higher", "unknown"]


@pytest.fixture(scope="session")
def people(read_reference):
    """400 invented persons, 169 of them with both scores (tests/reference/change.R)."""
    data = read_reference("change_data", "education").reset_index()
    return data.assign(education=pd.Categorical(data["education"], EDUCATION, ordered=True))


@pytest.fixture(scope="session")
def graded(people):
    """The 358 of them whose education is known: every level has enough pairs to be imputed by itself."""
    rows = people[people["education"] != "unknown"].reset_index(drop=True)
    return rows.assign(education=rows["education"].cat.remove_unused_categories())


@pytest.fixture(scope="session")
def whole(people):
    """The 169 with both scores: nobody's is missing."""
    return people[people[["baseline", "followup"]].notna().all(axis=1)].reset_index(drop=True)


@pytest.fixture(scope="session")
def world():
    """6,000 persons whose scores are missing at random given `weak` and the baseline; `true_*` are everybody's.

    Forms are given less often to the weak, who change less; follow-ups come back more often from those who began high,
    and changes fall with the baseline: both pull the mean change of those with both scores away from everybody's.
    """
    return made_world(np.random.default_rng(2718), 6000)


def made_world(rng, n):
    high, weak = rng.random(n) < 0.5, rng.random(n) < 0.4
    baseline = 55 + 8 * high - 6 * weak + rng.normal(0, 15, n)
    followup = baseline + 9 + 3 * high - 6 * weak - 0.4 * (baseline - 58) + rng.normal(0, 10, n)
    given = rng.random(n) < np.where(weak, 0.5, 0.85)
    returned = given & (rng.random(n) < 1 / (1 + np.exp(-(0.4 + 0.06 * (baseline - 58)))))
    return pd.DataFrame(
        {
            "level": pd.Categorical(np.where(high, "high", "low"), ["low", "high"], ordered=True),
            "weak": weak.astype(float),
            "given": given.astype(float),
            "returned": returned.astype(float),
            "true_baseline": baseline,
            "true_followup": followup,
            "baseline": np.where(given, baseline, np.nan),
            "followup": np.where(returned, followup, np.nan),
        }
    )


@pytest.fixture(scope="session")
def assert_same_estimates():
    """All columns of two tidy frames alike, numbers at a relative tolerance; `scale` multiplies those in points."""

    def compare(got, expected, *, rtol=1e-9, scale=1.0):
        points = ["estimate", "std_error", "conf_low", "conf_high"]
        expected = expected.assign(**{column: expected[column] * scale for column in points})
        pd.testing.assert_frame_equal(got, expected, check_exact=False, rtol=rtol, atol=1e-9 * scale)

    return compare
