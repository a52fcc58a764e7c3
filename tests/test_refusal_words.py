"""Reasons in Danish: those that data give, with words for columns and levels; others are quoted."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.gradient import hazard_ratios, odds_ratios
from rehab_stats.estimate.access.interaction import interaction
from rehab_stats.estimate.change.handling import mean_change
from rehab_stats.estimate.change.sizes import standardised_response
from rehab_stats.estimate.change.tipping import tipping_point
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


SCORED = pd.DataFrame(
    {
        "education": pd.Categorical(["short", "long"] * 30, ["short", "long"], ordered=True),
        "department": (["d1"] * 2 + ["d2"] * 2) * 15,
        "score_baseline": [50.0, 40.0, 60.0, 70.0, 45.0, 55.0] * 10,
        "score_followup": [55.0, 50.0, 50.0, 75.0, 60.0, 45.0] * 10,
        "given": 1.0,
        "nobody": 0.0,
        "empty": np.nan,
        "flat": 50.0,
    }
)
SCORES = {"baseline": "score_baseline", "followup": "score_followup"}
NONE_OF_D2 = SCORED.assign(given=(SCORED["department"] == "d1").astype(float))
NONE_OF_D2["score_followup"] = NONE_OF_D2["score_followup"].where(NONE_OF_D2["given"] == 1)
NONE_OF_LONG = SCORED.assign(score_followup=SCORED["score_followup"].where(SCORED["education"] == "short"))
ALIKE = SCORED.assign(score_followup=SCORED["score_baseline"] + 5)
WEIGHTS = {"handling": "weights", "steps": {"given": ["department"]}}


@pytest.mark.parametrize(
    ("estimator", "data", "options", "danish"),
    [
        (
            mean_change,
            NONE_OF_LONG,
            SCORES,
            "næsten ingen med uddannelse = lang har både score ved start og score ved opfølgning: intet vides om deres "
            "ændring; udelad niveauet, eller se, hvad der overhovedet er muligt",
        ),
        (
            mean_change,
            SCORED,
            SCORES | {"followup": "flat"},
            "flat har én værdi i alle rækker med begge scorer: der er ingen spredning at sammenligne",
        ),
        (
            mean_change,
            ALIKE,
            SCORES,
            "ændring i score er ens i rækker, der er ens i alle led: der er ingen spredning at beregne standardfejl af",
        ),
        (
            mean_change,
            NONE_OF_D2,
            SCORES | WEIGHTS,
            "trinnet “startskema udleveret”: ingen ved dette trin med hospitalsafdeling = d2 har startskema udleveret "
            "= 1, så ingen kan stå i stedet for dem: indsnævr målgruppen",
        ),
        (
            standardised_response,
            NONE_OF_LONG,
            SCORES,
            "for få personer med uddannelse = lang har både score ved start og score ved opfølgning til at vise",
        ),
        (
            standardised_response,
            ALIKE,
            SCORES,
            "ændringen er den samme for alle med uddannelse = kort: der er ingen spredning at måle den med",
        ),
        (
            tipping_point,
            SCORED,
            SCORES | {"deltas": [-5, 5], "m": 2},
            "der er ingen, hvis score ved opfølgning kan flyttes: intet kan vippe",
        ),
    ],
)
def test_what_estimators_of_change_refuse_is_said_in_danish(estimator, data, options, danish):
    refused = where_possible(estimator, data, **({"exposure": "education"} | options)).context["refused"]
    text = reason_words(refused, "da")
    assert text.startswith(danish)
    assert not set(text.split()) & {"the", "rows", "merge", "leave", "there", "no", "row", "nobody", "with"}


@pytest.mark.parametrize(
    ("reason", "danish"),
    [
        (
            "step given: nobody at risk with sex = 'male'; department = 'd3' or 'd4' has given = 1, so nobody can "
            "count for them: narrow the population with narrowed_target(data, step='given', by=['department']) and say "
            "so beside what is estimated",
            "trinnet “startskema udleveret”: ingen ved dette trin med køn = mænd; hospitalsafdeling = d3 eller d4 har",
        ),
        (
            "nobody has a value of score_followup where education is long: there is nothing to impute it from; leave "
            "these rows out or merge levels",
            "ingen med uddannelse = lang har en værdi af score ved opfølgning: der er intet at imputere den ud fra; "
            "udelad disse rækker, eller slå niveauer sammen",
        ),
        (
            "score_baseline is known in too few rows for the 12 coefficients of its model; leave predictors out or "
            "merge levels",
            "score ved start er kendt i for få rækker til modellens 12 koefficienter; udelad prædiktorer, eller slå",
        ),
        (
            "model full: too few persons have scores at both score_baseline and score_followup to learn their "
            "covariance beside 4 coefficients",
            "model full: for få personer har både score ved start og score ved opfølgning til at lære deres kovarians",
        ),
        (
            "among the persons with a score at score_followup, collinear columns: a, b cannot be told apart; leave out "
            "one of their terms",
            "blandt personer med score ved opfølgning: kollineære kolonner: a, b kan ikke skelnes fra hinanden; udelad",
        ),
        ("the restricted likelihood did not settle: leave a covariate out or merge levels", "den restringerede"),
        ("education = 'long' has too few pairs: leave the level out or merge it with another", "uddannelse = lang har"),
    ],
)
def test_reasons_of_forms_and_scores_are_in_danish(reason, danish):
    assert reason_words(reason, "da").startswith(danish)


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


@pytest.mark.parametrize(
    ("reason", "danish"),
    [
        (
            "model crude: nobody of education = 'long_higher' passes the stage sessions_booked",
            "model crude: ingen med uddannelse = lang videregående passerer trinnet “bookede aktiviteter”",
        ),
        (
            "stage started: level 'unknown' has nothing to take a mean of",
            "trinnet “mindst ét fremmøde”: niveauet ukendt har intet at tage gennemsnit af",
        ),
        (
            "the scenario systematic_referral: stage referred among department = 'd1': nothing can be learned about "
            "age: it has one value in all rows that count",
            "scenariet “systematisk henvisning”: trinnet “henvisning” med hospitalsafdeling = d1: intet kan læres om "
            "age: den har én værdi i alle rækker, der tæller",
        ),
        (
            "the scenario home_interview: nobody has the level 'log'; did you mean 'long'?",
            "scenariet “flere til samtale, fx ved hjemmebesøg",
        ),
        ("the scenario mine: no row has department = 'd9'", "scenariet “mine”: ingen række har hospitalsafdeling = d9"),
        ("sessions_booked must be a whole number from 0 on", "bookede aktiviteter skal være et helt tal fra 0 og op"),
        (
            "stage sessions_booked: a fit did not settle in 60 steps",
            "trinnet “bookede aktiviteter”: en model faldt ikke til ro",
        ),
        ("department has fewer than two groups of 200 rows, so there is no most systematic one", "hospitalsafdeling"),
        (
            "more than 5% of the bootstrap draws gave no estimate, the first since stage started: level 'long' has "
            "nothing to take a mean of; merge levels or leave a term out",
            "mere end 5 % af bootstrap-udtrækkene gav intet estimat, det første fordi trinnet “mindst ét fremmøde”: "
            "niveauet lang har intet at tage gennemsnit af; slå niveauer sammen, eller udelad et led",
        ),
        ("nobody at the start stands on the step 2 of education", "ingen ved starten står på trin 2 af uddannelse"),
        ("referred has no value in any row: nobody is at the start", "henvisning har ingen værdi i nogen række"),
        (
            "improved must be known of everybody with 1 in each of given, returned_followup",
            "“bedring” skal være kendt for alle med 1 i hver af startskema udleveret, opføl",
        ),
    ],
)
def test_reasons_of_the_pathway_are_in_danish(reason, danish):
    text = reason_words(reason, "da")
    assert text.startswith(danish)
    assert "“the" not in text
