"""The six municipalities from the stored extract to estimates, against R with a calendar of its own."""

from pathlib import Path

import pandas as pd
import pytest

from rehab_stats.calendar import Deadline
from rehab_stats.estimate.monitoring.coverage import coverage, expected_need
from rehab_stats.estimate.monitoring.equity import coverage_equity
from rehab_stats.estimate.monitoring.funnel import overdispersion
from rehab_stats.estimate.monitoring.indicators import deadline_equity, deadline_shares, deadline_waits, each_deadline
from rehab_stats.estimate.monitoring.started import before_after
from rehab_stats.extract.cohort.monitoring import monitoring_cohort
from rehab_stats.extract.files.reader import SIX_MUNICIPALITIES, load_extract

REFERENCE = Path(__file__).parents[2] / "reference" / "six_municipalities.csv"
NAMES = {"fc": "first_contact", "na_": "needs_assessment"}


@pytest.fixture(scope="module")
def reference():
    rows = pd.read_csv(REFERENCE, dtype={"at": str}, keep_default_na=False)
    return rows.set_index(["what", "unit", "at"])["value"].astype(float)


@pytest.fixture(scope="module")
def cohort():
    return monitoring_cohort(load_extract(SIX_MUNICIPALITIES))


@pytest.fixture(scope="module")
def waits(cohort):
    terms = [Deadline("first_contact", 5), Deadline("needs_assessment", 10)]
    clocks = {term.code: cohort.clock(term.code) for term in terms}
    return deadline_waits(clocks, deadlines=terms, extract_date=cohort.span.extract_date)


def test_every_count_of_every_half_year(waits, reference):
    found = deadline_shares(waits, by=["municipality", "period"]).select(measure="deadline_share").tidy()
    found = found.assign(period=found["stratum"].str.removeprefix("period=")).set_index(["outcome", "level", "period"])
    counted = 0
    for (what, unit, period), value in reference.items():
        name, _, column = what.rpartition("_")
        if name not in NAMES:
            continue
        key = (NAMES[name], unit, period)
        assert (found.loc[key, column] if key in found.index else 0) == value, key
        counted += 1
    assert counted == 2 * 2 * 6 * 9


def test_the_step_of_the_measure(cohort, waits, reference):
    over = cohort.seen(waits)
    first = over[over["deadline"] == "first_contact"]
    found = each_deadline(first, estimator=before_after, date="began_on", started_on="2023-07-01").tidy()
    found = found[found["measure"] == "odds_ratio"].set_index("model")
    for model in ("crude", "trend"):
        assert found.loc[model, "std_error"] == pytest.approx(reference["log_odds_ratio_error", model, ""], rel=1e-6)
        from_r = 2.718281828459045 ** reference["log_odds_ratio", model, ""]
        assert found.loc[model, "estimate"] == pytest.approx(from_r, rel=1e-8)


def test_coverage_with_its_limits(cohort, reference):
    needs = expected_need(cohort.needs.query("period == '2024-H2'"), incident="new_cases")
    found = coverage(needs, referred="referred", expected="need_incident", by="municipality").tidy().set_index("level")
    for code in "ABCDEF":
        for what, column in (("coverage", "estimate"), ("coverage_low", "conf_low"), ("coverage_high", "conf_high")):
            assert found.loc[code, column] == pytest.approx(reference[what, code, "2024-H2"], rel=1e-9)


def test_the_coverage_along_education(cohort, reference):
    needs = expected_need(cohort.needs_by_education, incident="new_cases")
    found = coverage_equity(needs, referred="referred", expected="need_incident", rank="education").tidy()
    for measure in ("coverage_slope", "coverage_ratio"):
        estimate = found.loc[found["measure"] == measure, "estimate"].item()
        assert estimate == pytest.approx(reference[measure, "all", ""], rel=1e-8)


def test_the_slope_and_the_dispersion(cohort, waits, reference):
    over = cohort.seen(waits)
    slopes = deadline_equity(over, rank="education").select(measure="slope_index", outcome="needs_assessment").tidy()
    assert slopes["estimate"].item() == pytest.approx(reference["slope_index", "all", ""], rel=1e-8)
    first = over[over["deadline"] == "first_contact"]
    found = overdispersion(first, outcome="in_time", unit="municipality", period="period")
    assert found.diagnostics["dispersion_raw"] == pytest.approx(reference["overdispersion", "all", ""], rel=1e-9)
