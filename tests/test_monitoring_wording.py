"""Sentences of monitoring in both languages: criterion, limits, groups of several columns, refusals."""

import pandas as pd
import pytest

from rehab_stats.estimate.model.attempt import where_possible
from rehab_stats.estimate.monitoring.charts import p_chart
from rehab_stats.estimate.monitoring.coverage import coverage, expected_need
from rehab_stats.estimate.monitoring.deadlines import deadline_share, waiting_incidence
from rehab_stats.estimate.monitoring.funnel import funnel, funnel_limits, overdispersion
from rehab_stats.estimate.monitoring.mix import decline_reasons
from rehab_stats.estimate.monitoring.shares import indicator_share, rows_from_counts
from rehab_stats.estimate.monitoring.started import before_after
from rehab_stats.monitoring_words import MONITORING, MONITORING_REASONS
from rehab_stats.refusal_words import reason_words


def referrals(in_time, late):
    days = [3] * in_time + [20] * late
    return pd.DataFrame({"days": days, "status": "done", "municipality": "Herlev", "period": "2024-H1"})


def share(in_time, late, **more):
    return deadline_share(referrals(in_time, late), days="days", limit=10, status="status", by="municipality", **more)


@pytest.mark.parametrize(
    ("in_time", "late", "english", "danish"),
    [
        (20, 20, "; the criterion of 90 % is not met.", "; kriteriet på 90 % er ikke opfyldt."),
        (
            40,
            6,
            "; whether the criterion of 90 % is met is undecided.",
            "; om kriteriet på 90 % er opfyldt, er uafklaret.",
        ),
        (300, 5, "; the criterion of 90 % is met.", "; kriteriet på 90 % er opfyldt."),
    ],
)
def test_a_share_says_what_its_interval_says_of_the_criterion(in_time, late, english, danish):
    found = share(in_time, late)
    said = found.sentence(level="Herlev", measure="deadline_share")
    assert said.startswith("Of the referrals whose deadline had passed, ")
    assert "had needs assessment within 10 working days: Herlev (n = " in said
    assert f"with {in_time} in time)" in said
    assert said.endswith(english)
    said = found.sentence(level="Herlev", measure="deadline_share", language="da")
    assert "behovsvurdering inden for 10 hverdage: Herlev (n = " in said
    assert said.endswith(danish)


def test_a_criterion_with_a_decimal_and_none_at_all():
    assert "criterion of 92.5 %" in share(20, 20, target=0.925).sentence(level="Herlev", measure="deadline_share")
    assert "criterion" not in share(20, 20, target=None).sentence(level="Herlev", measure="deadline_share")


def test_a_hidden_share_says_nothing_of_the_criterion():
    said = share(40, 2).sentence(level="Herlev", measure="deadline_share")
    assert said.startswith("The number is hidden")
    assert "criterion" not in said


def test_days_that_are_no_working_days_and_one_of_them():
    assert "within 10 days" in share(20, 20, unit="days").sentence(level="Herlev", measure="deadline_share")
    one = deadline_share(referrals(20, 20), days="days", limit=1, status="status", by="municipality")
    assert "within 1 working day:" in one.sentence(level="Herlev", measure="deadline_share")


def test_a_group_of_several_columns_is_named_by_all():
    found = deadline_share(
        referrals(20, 20).assign(sex="female"),
        days="days",
        limit=10,
        status="status",
        by=["municipality", "period", "sex"],
    )
    said = found.sentence(level="Herlev", measure="referrals_received", language="da")
    assert said == "2024-H1, kvinder: 40 henvisninger blev modtaget: Herlev."


def test_coverage_names_its_expectation_and_limits_their_size():
    data = expected_need(
        pd.DataFrame({"m": ["Herlev"], "new": [179], "living": [1197], "k": [40]}), incident="new", prevalent="living"
    )
    new, living = coverage(data, referred="k", expected=["need_incident", "need_professional"], by="m").sentences()
    assert "The number referred was 55.9 % " in new
    assert "of those newly diagnosed expected to need it (40 %): Herlev" in new
    assert "of those living with cancer who need what professionals lead (25 %)" in living
    said = funnel_limits([50], target=0.9, levels=[0.95]).sentences(language="da")[0]
    assert said == "Omkring 90,0 % fører tilfældighed alene andelen af 50 til mellem 95 %-grænser (80,0 til 96,6)."


def test_a_unit_says_where_it_stands():
    counts = pd.DataFrame({"unit": ["Herlev", "Furesø"], "k": [20, 80], "n": [60, 100]})
    rows = rows_from_counts(counts, events="k", n="n")
    said = funnel(rows, outcome="in_time", unit="unit", target=0.8).sentence(level="Herlev", measure="indicator_share")
    assert said.endswith("; below the 99.8 % limits.")
    assert "being in time, Herlev" in said


# ---- refusals in Danish

FRAME = pd.DataFrame(
    {
        "days": 3,
        "status": "waiting",
        "in_time": [1.0] * 8,
        "none": float("nan"),
        "declined": 0,
        "reason": "x",
        "unit": list("abcdabcd"),
    }
).assign(received="2024-01-01")


@pytest.mark.parametrize(
    ("estimator", "options", "danish"),
    [
        (indicator_share, {"outcome": "none"}, "ingen række tæller med for none: der er ingen andel at opgøre"),
        (waiting_incidence, {"days": "days", "status": "status"}, "ingens ventetid er slut endnu"),
        (
            decline_reasons,
            {"declined": "declined", "reason": "reason"},
            "ingen har takket nej = 1: der er ingen årsager",
        ),
        (
            funnel,
            {"outcome": "in_time", "unit": "unit"},
            "at være til tiden er 1 i alle anvendte rækker: der er ingen tragt",
        ),
        (
            p_chart,
            {"outcome": "in_time", "period": "unit"},
            "at være til tiden er 1 i alle anvendte rækker: der er ingen gr",
        ),
        (overdispersion, {"outcome": "in_time", "unit": "unit"}, "der er 4 grupper: en dispersion kræver mindst 10"),
        (
            before_after,
            {"outcome": "in_time", "date": "received", "started_on": "2030-01-01"},
            "ingen tæller med efter 2030-01-01: der er intet at sammenligne",
        ),
        (
            before_after,
            {"outcome": "in_time", "date": "received", "started_on": ""},
            "der er ikke angivet nogen indsats: der er intet før og efter",
        ),
        (
            before_after,
            {"outcome": "in_time", "date": "received", "started_on": "2020-01-01"},
            "ingen tæller med før 2020-01-01: der er intet at sammenligne",
        ),
    ],
)
def test_what_the_data_do_not_allow_is_said_in_danish(estimator, options, danish):
    refused = where_possible(estimator, FRAME, **options).context["refused"]
    assert reason_words(refused, "da").startswith(danish)
    assert reason_words(refused) == refused


def test_too_few_for_a_step_in_danish():
    reason = "in_time has fewer than 20 rows with 0 or with 1: too few to tell a step from a trend"
    assert reason_words(reason, "da").startswith("at være til tiden har færre end 20 rækker med 0 eller med 1")


def test_every_entry_has_words_in_both_languages():
    assert all(len(words) == 2 and all(words) for words in MONITORING.values())
    assert all(danish for _, danish in MONITORING_REASONS)
