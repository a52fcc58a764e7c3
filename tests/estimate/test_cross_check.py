"""Second opinions: statsmodels and lifelines, fitted row by row, give the numbers of this package's own likelihoods."""

import pytest

from rehab_stats.estimate.access.gradient import hazard_ratios, odds_ratios
from rehab_stats.estimate.cross_check import hazard_ratios_by_lifelines, odds_ratios_by_statsmodels
from rehab_stats.extract.cohort.access import access_adjustment, access_cohort
from rehab_stats.extract.files.reader import load_extract
from rehab_stats.report.agreement import largest_difference

PRIMARY = {"age_sex_year": access_adjustment()["age_sex_year"]}
TIMES = {"duration": "days_to_referral", "event": "referral_event"}


@pytest.fixture(scope="module")
def cohort():
    return access_cohort(load_extract())


def test_statsmodels_agrees_on_the_default_extract(cohort):
    model = {"outcome": "referred", "exposure": "education", "adjust": access_adjustment()}
    ours, theirs = odds_ratios(cohort.risk_set, **model), odds_ratios_by_statsmodels(cohort.risk_set, **model)
    assert largest_difference(ours, theirs).max() < 1e-8
    assert list(ours.tidy()["n"]) == list(theirs.tidy()["n"])


def test_lifelines_agrees_with_delayed_entry_and_for_the_competing_event(cohort):
    some = cohort.hazard_set.iloc[::4]
    for cause in (1, 2):
        model = TIMES | {"exposure": "education", "adjust": PRIMARY, "entry": "entry_days", "cause": cause}
        ours, theirs = hazard_ratios(some, **model), hazard_ratios_by_lifelines(some, **model)
        assert largest_difference(ours, theirs).max() < 1e-6
        assert list(ours.tidy()["outcome"]) == list(theirs.tidy()["outcome"])


def test_lifelines_agrees_without_entry_and_with_another_reference(cohort):
    some = cohort.hazard_set.query("entry_days == 0").iloc[::4]
    model = TIMES | {"exposure": "education", "adjust": ["sex"], "reference": "long"}
    assert largest_difference(hazard_ratios(some, **model), hazard_ratios_by_lifelines(some, **model)).max() < 1e-6
