"""Reasons in Danish: those that data give, with words for columns and levels; others are quoted."""

import pandas as pd
import pytest

from rehab_stats.estimate.access.gradient import hazard_ratios, odds_ratios
from rehab_stats.estimate.access.interaction import interaction
from rehab_stats.estimate.counts.attendance import rate_ratios
from rehab_stats.estimate.counts.hurdle import hurdle
from rehab_stats.estimate.model.attempt import where_possible
from rehab_stats.estimate.participation.components import attendance_components
from rehab_stats.estimate.survival.restricted_means import restricted_means
from rehab_stats.refusal_words import reason_words

FRAME = pd.DataFrame(
    {
        "education": pd.Categorical(["short", "long"] * 20, ["short", "long"], ordered=True),
        "sex": pd.Categorical((["female"] * 2 + ["male"] * 2) * 10, ["female", "male"], ordered=True),
        "referred": [0, 1] * 20,
        "nobody": 0,
        "sessions_booked": [0, 1, 0, 3] * 10,
        "sessions_attended": [0, 1, 0, 3] * 10,
        "by_person": 0,
        "by_centre": 0,
        "days_late": [200.0, 300.0] * 20,
        "days_to_referral": [5.0, 7.0, 9.0, 11.0] * 10,
        "referral_event": [0, 1] * 20,
    }
)
BOOKED = {"booked": "sessions_booked", "attended": "sessions_attended"}
BOOKED |= {"cancelled_by_person": "by_person", "cancelled_by_centre": "by_centre"}
TIMES = {"duration": "days_to_referral", "event": "referral_event", "exposure": "education"}


@pytest.mark.parametrize(
    ("estimator", "options", "danish"),
    [
        (
            odds_ratios,
            {"outcome": "referred"},
            "rækkerne med uddannelse = kort har ikke både henvisning = 0",
        ),
        (odds_ratios, {"outcome": "nobody"}, "nobody er 0 i alle anvendte rækker"),
        (hazard_ratios, TIMES, "ingen række med uddannelse = kort har "),
        (
            rate_ratios,
            {"count": "sessions_attended"},
            "ingen række med uddannelse = kort har fremmøder over 0, så dens rateratio er nul eller uendelig; slå",
        ),
        (rate_ratios, {"count": "nobody"}, "nobody er 0 i alle anvendte rækker: der er intet at modellere"),
        (hurdle, {"count": "sessions_attended"}, "rækkerne med uddannelse = kort har ikke både fremmøder = 0 og flere"),
        (
            attendance_components,
            BOOKED | {"exposure": "sex"},
            "fremmøder er lig med bookede aktiviteter i alle anvendte rækker: aftalernes status er måske aldrig rettet",
        ),
        (attendance_components, BOOKED, "ingen række med uddannelse = kort har bookede aktiviteter over 0, så der er"),
        (
            restricted_means,
            {"duration": "days_late", "event": "referral_event", "until": 100},
            "ingen anvendt række har hændelseskode = 1 eller 2 inden 100: ingen tid er tabt",
        ),
        (
            interaction,
            {"outcome": "referred", "modifier": "sex"},
            "rækkerne med uddannelse = kort og køn = kvinder har ikke både henvisning = 0",
        ),
    ],
)
def test_what_estimators_refuse_for_the_data_s_sake_is_said_in_danish(estimator, options, danish):
    refused = where_possible(estimator, FRAME, **({"exposure": "education"} | options)).context["refused"]
    text = reason_words(refused, "da")
    assert text.startswith(danish)
    assert not set(text.split()) & {"the", "rows", "merge", "leave", "term", "there", "no", "row"}
    assert reason_words(refused) == refused


def test_the_model_stays_named_and_advice_is_translated():
    text = reason_words(
        "model full: no row with education = 'long' has referral_event = 1, so its hazard ratio is zero or infinite; "
        "merge levels or leave a term out",
        "da",
    )
    assert text.startswith("model full: ingen række med uddannelse = lang har ")
    assert text.endswith("nul eller uendelig; slå niveauer sammen, eller udelad et led")


def test_an_unknown_reason_is_quoted():
    assert reason_words("something new", "da") == "“something new”"
