"""Sentences of the measures of incidence, inequality and interaction, in both languages, and what was refused."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.measures import MEASURES
from rehab_stats.sentences import SENTENCES, SIGNED
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import label

CONTEXT = {"exposure": "education", "outcome": "referral_event", "adjust": {"sets": ["bs(age, df=4)"]}}


def said(language="en", context=None, details=None, **row):
    whole = {"outcome": "event", "model": "sets", "level": "long", "reference": "short", "n": 3322, "events": 773}
    whole |= {"conf_low": row["estimate"] - 0.02, "conf_high": row["estimate"] + 0.03} | row
    made = Estimates([whole], details=details, context=CONTEXT | (context or {}))
    return made.sentences(language=language)[0]


def test_a_risk_by_a_day_names_the_day_and_whose_mortality():
    text = said(measure="risk", estimate=0.213, reference=None, at=365, stratum="death=own")
    assert text.startswith("Each level's own mortality: the risk of referral within 365 days was 21.3 % (95 % CI 19.3 ")
    assert text.endswith("for long education, adjusted for age (n = 3,322 with 773 events).")
    danish = said("da", measure="risk", estimate=0.213, reference=None, at=365, stratum="death=reference")
    assert danish.startswith("Dødelighed som på referenceniveauet: risikoen for henvisning inden for 365 dage var 21,3")


def test_persons_under_observation_are_a_count():
    text = said(measure="at_risk", outcome=None, estimate=1234, reference=None, at=365, events=None)
    assert text == "1,234 persons were under observation just before day 365: long education."
    few = said(measure="at_risk", outcome=None, estimate=3, reference=None, at=365, events=None)
    assert few.startswith("The number is hidden")
    assert "3 " not in few.replace("365", "")


def test_the_part_that_is_survival():
    text = said(measure="survival_part", estimate=0.012, at=730)
    assert text.startswith(
        "Different survival makes 1.2 percentage points (95 % CI −0.8 to 4.2) of the difference in risk of referral "
        "within 730 days between long education and short education; the interval includes 0"
    )
    assert "udgør 1,2 procentpoint" in said("da", measure="survival_part", estimate=0.012, at=730)


@pytest.mark.parametrize(
    ("estimate", "words", "ord"), [(0.08, "rose by 8.0", "steg med 8,0"), (-0.08, "fell by 8.0", "faldt med 8,0")]
)
def test_the_slope_says_which_way_it_goes(estimate, words, ord):
    same = {"measure": "slope_index", "estimate": estimate, "level": None, "reference": None}
    assert f"The risk of referral {words} percentage points" in said(**same)
    assert "from the lowest to the highest end of the ranking by education" in said(**same)
    assert ord in said("da", **same)
    hidden = same | {"estimate": np.nan}
    assert said(**hidden).startswith("The number is hidden")
    assert "rose" not in said(**hidden)


def test_indices_of_inequality():
    none = {"level": None, "reference": None}
    text = said(measure="relative_index", estimate=1.8, context={"rank": "income_fifth"}, **none)
    assert "1.80 times as high" in text
    assert "ranking by income fifth" in text
    text = said(measure="concentration_index", estimate=0.0613, level="erreygers", reference=None)
    assert text.startswith("The concentration index (Erreygers) of referral by education was 0.061 (95 % CI 0.041 to")
    assert "relativt" in said("da", measure="concentration_index", estimate=0.06, level="relative", reference=None)


def test_inequality_between_groups_is_said_beside_what_chance_alone_gives():
    same = {"level": None, "reference": None, "conf_low": None, "conf_high": None}
    details = [{"expected_if_equal": 0.0002}]
    text = said(measure="between_group_variance", estimate=0.00118, details=pd.DataFrame(details), **same)
    assert "was 11.8 squared percentage points" in text
    assert "chance alone would give 2.0" in text
    text = said("da", measure="mean_difference_from_mean", estimate=0.021, details=pd.DataFrame(details), **same)
    assert "2,1 procentpoint" in text


BY_SEX = {"stratum": "sex"}


def interaction(measure, estimate, language="en", **more):
    row = {"measure": measure, "estimate": estimate, "stratum": "male"} | more
    return said(language, BY_SEX, pd.DataFrame([{"reference_stratum": "female"}]), **row)


def test_joint_measures_name_level_and_stratum_together():
    text = interaction("joint_odds_ratio", 1.5)
    assert "1.50 times as high (95 % CI 1.48 to 1.53) for long education, men as for short education, women" in text
    text = interaction("joint_risk", 0.2, "da", reference=None)
    assert text.startswith("Risikoen for henvisning var 20,0 % (95 % KI 18,0 til 23,0) for lang uddannelse, mænd")


def test_measures_of_interaction_name_both_strata():
    text = interaction("interaction_contrast", -0.03)
    assert text.startswith("The risk of referral for long education minus that for short education was 3.0 percentage")
    assert "lower (95 % CI 0.0 to 5.0) for men than for women" in text
    assert "for men as for women" in interaction("ratio_of_odds_ratios", 1.2)
    assert "mellem lang uddannelse og mænd var 0,40" in interaction("reri", 0.4, "da")
    assert "25.0 %" in interaction("attributable_proportion", 0.25)
    assert "synergy index of long education and men for referral was undefined" in interaction("synergy_index", np.nan)
    named = interaction("reri", 0.4, stratum="cohabiting=alone")
    assert "long education with living alone" in named


@pytest.mark.parametrize(("language", "caution"), [("en", "is not a treatment"), ("da", "er ikke en behandling")])
def test_the_e_value_comes_with_its_caution(language, caution):
    text = said(language, measure="e_value", estimate=1.99, conf_low=1.67, conf_high=None)
    assert caution in text
    assert {"en": "limit 1.67, to move", "da": "grænse 1,67, for at"}[language] in text


def test_every_measure_has_a_sentence_of_its_own_with_the_same_gaps_in_both_languages():
    assert set(MEASURES) <= set(SENTENCES) | set(SIGNED)
    pairs = [*SENTENCES.values(), *(pair for signs in SIGNED.values() for pair in signs.values())]
    for english, danish in pairs:
        assert gaps(english) == gaps(danish)


def gaps(text):
    return {part.split("}")[0] for part in text.split("{")[1:]}


def test_what_was_refused_is_said_in_sentence_view_and_selection():
    refused = Estimates([], context={"exposure": "education", "refused": "no row used has referred = 1"})
    text = "Not estimated: no row used has referred = 1."
    assert refused.sentences(measure="risk") == [text]
    assert refused.sentence(level="long", measure="risk") == text
    assert len(refused.select(measure="risk")) == 0
    assert text in repr(refused.view())
    assert refused.sentences(language="da")[0].startswith("Ikke estimeret: ")
    with pytest.raises(ValueError, match="no column 'measures'"):
        refused.select(measures="risk")


def test_a_refused_stratum_is_said_after_the_others():
    row = {"measure": "odds_ratio", "level": "long", "reference": "short", "stratum": "female", "estimate": 1.2}
    made = Estimates([row], context=CONTEXT | BY_SEX | {"refused": {"male": "no row used has referred = 1"}})
    assert made.sentences()[-1] == "Men: not estimated: no row used has referred = 1."
    assert len(made.sentences(stratum="female")) == 1
    assert made.view().notes == ("Men: not estimated: no row used has referred = 1.",)
    assert "<p>Men: not estimated" in made.view()._repr_html_()


SESSIONS = {"outcome": "sessions_attended", "horizon_days": 180}


def of_sessions(measure, estimate, language="en", *, low=None, high=None, context=None, total=2450.0, **more):
    """A row about sessions attended; counts of the reference stand beside it."""
    row = {"measure": measure, "estimate": estimate, "outcome": "sessions_attended", "level": "long_higher"}
    row |= {"reference": "basic", "n": 450, "events": 380} | more
    row |= {"conf_low": estimate - 0.5 if low is None else low, "conf_high": estimate + 0.5 if high is None else high}
    beside = pd.DataFrame([{"total": total, "n_reference": 610, "events_reference": 470}])
    return said(language, SESSIONS | (context or {}), beside, **row)


def test_a_difference_in_means_says_how_many_more():
    assert of_sessions("mean_difference", 1.27, low=0.8, high=1.8) == (
        "The mean number of sessions attended within 180 days was 1.3 higher (95 % CI 0.8 to 1.8) for long higher "
        "education than for basic education, adjusted for age (n = 450 with 380 who had any; reference 610 with 470)."
    )
    fewer = of_sessions("mean_difference", -1.27, "da", low=-1.8, high=-0.8)
    assert fewer.startswith(
        "Det gennemsnitlige antal fremmøder inden for 180 dage var 1,3 lavere (95 % KI 0,8 til 1,8) for lang "
        "videregående uddannelse end for grundskole"
    )
    # an interval on both sides of nought is not "lower by"
    assert "The difference in the mean number of sessions" in of_sessions("mean_difference", -0.1)
    assert "; the interval includes 0" in of_sessions("mean_difference", -0.1)


def test_means_and_their_ratios():
    assert of_sessions("mean", 5.46, reference=None).startswith(
        "The mean number of sessions attended within 180 days was 5.5 (95 % CI 5.0 to 6.0) for long higher education"
    )
    for measure in ("rate_ratio", "mean_ratio"):
        assert "was 1.31 times as high (95 % CI 0.81 to 1.81) for long higher" in of_sessions(measure, 1.31)
    assert "var 1,31 gange så højt" in of_sessions("rate_ratio", 1.31, "da")
    # what is no count has no number
    assert of_sessions("mean", 61.0, outcome="age", total=None, context={"horizon_days": None}).startswith(
        "The mean of age at diagnosis (years) was 61.0"
    )


def test_the_two_parts_of_a_hurdle():
    any_ = of_sessions("odds_ratio", 1.5, outcome="any")
    assert any_.startswith("The odds of attending at all within 180 days were 1.50 times as high")
    number = of_sessions("rate_ratio", 1.2, outcome="count_if_any", context={"outcome": "steps"})
    assert number.startswith("The mean number of steps (among those with any) within 180 days was 1.20 times")
    assert "n = 450; reference 610" in number


def test_few_without_any_are_not_told_and_do_not_hide_a_mean():
    text = of_sessions("mean", 5.46, reference=None, events=448)
    assert "was 5.5 (95 % CI" in text
    assert "n = 450)" in text
    # few who came are whose mean it is
    assert of_sessions("mean", 5.46, reference=None, events=3).startswith("The number is hidden")


def test_a_contribution_and_its_share():
    text = of_sessions("contribution", 0.95, outcome="booked", low=0.4, high=1.5)
    assert text.startswith(
        "Number booked contributes 0.95 (95 % CI 0.40 to 1.50) to the difference in the mean number of sessions "
        "attended within 180 days between long higher education and basic education, adjusted for age"
    )
    assert of_sessions("contribution", 0.05, "da", outcome="no_show").startswith(
        "Udeblivelse bidrager med 0,05 (95 % KI −0,45 til 0,55) til forskellen mellem lang videregående uddannelse og "
        "grundskole i det gennemsnitlige antal fremmøder inden for 180 dage; intervallet rummer 0"
    )
    assert of_sessions("contribution", 1.3, outcome="total").startswith("The whole difference contributes 1.30")
    assert "did not show up makes 74 % (95 % CI 24 to 124)" in of_sessions("share_of_total", 0.74, outcome="no_show")


STAGES = {"outcome": None, "stages": ["interview_booked", "interview_attended", "started"], "horizon_days": None}


def test_stages_are_shares_of_all_and_of_those_at_the_stage_before():
    same = {"context": STAGES, "total": None, "outcome": "interview_attended", "low": 0.78, "high": 0.84}
    text = of_sessions("risk", 0.81, reference=None, **same)
    assert text.startswith(
        "81.0 % (95 % CI 78.0 to 84.0) of all reached the stage “interview attended”: long higher education"
    )
    assert "380 who did" in text
    assert of_sessions("transition", 0.81, "da", reference=None, **same).startswith(
        "Af dem, der nåede trinnet “samtale booket”, gik 81,0 % (95 % KI 78,0 til 84,0) videre til “samtale gennemført”"
    )
    first = same | {"outcome": "interview_booked"}
    assert of_sessions("transition", 0.81, reference=None, **first).startswith("Of all, 81.0 %")
    apart = same | {"low": 0.01, "high": 0.07}
    assert "was 4.0 percentage points higher (95 % CI 1.0 to 7.0)" in of_sessions("risk_difference", 0.04, **apart)
    assert "4.0 percentage points more (95 % CI" in of_sessions("transition_difference", 0.04, **apart)


LEAVING = {"outcome": "leaving_event", "horizon_days": None}


def test_times_are_in_weeks_where_leaving_is_what_happens():
    same = {"context": LEAVING, "total": None, "at": 26}
    assert of_sessions("restricted_mean", 9.34, reference=None, outcome=None, **same).startswith(
        "The mean time before leaving the programme or completion of the course or death, counted up to 26 weeks, was "
        "9.3 weeks (95 % CI 8.8 to 9.8) for long"
    )
    assert "was 1.2 weeks longer" in of_sessions("mean_time_difference", 1.2, outcome=None, **same)
    lost = of_sessions("time_lost", 4.0, "da", reference=None, outcome="event", **same)
    assert lost.startswith("Af de første 26 uger gik i gennemsnit 4,0 uger (95 % KI 3,5 til 4,5) tabt ved at forlade")
    assert "(n = 450 with 380 events" in lost.replace("med", "with").replace("hændelser", "events")
    assert "2.0 weeks less" in of_sessions("time_lost_difference", -2.0, outcome="event", **same)
    risk = of_sessions("risk", 0.3, reference=None, outcome="event", low=0.2, high=0.4, **same)
    assert risk.startswith("The risk of leaving the programme within 26 weeks was 30.0 %")


def test_how_a_count_model_fits():
    same = {"reference": None, "outcome": "sessions_attended", "low": np.nan, "high": np.nan}
    family = same | {"level": "negative_binomial"}
    assert of_sessions("aic", 10234.5, **family).startswith("The AIC of the model was 10,234.5: negative binomial")
    assert of_sessions("theta", 0.8, **family).endswith("the lower, the more spread beyond a Poisson count.")
    zero = of_sessions("zeros_observed", 0.22, **same | {"level": None})
    assert zero.startswith("22.0 % of the persons had none")
    cell = of_sessions("observed_persons", 412, at=3, events=np.nan, **same | {"level": None})
    assert cell == "412 persons had 3 (sessions attended within 180 days)."
    status = of_sessions("share_of_appointments", 0.03, stratum="not_registered", **same | {"level": "exercise"})
    assert status.startswith("3.0 % of the appointments had the status “not registered”: exercise")


CHANGE = {"outcome": "change", "scale": "QL2", "horizon_days": None}


def of_change(measure, estimate, language="en", *, low=None, high=None, context=None, **more):
    same = {"outcome": "change", "total": np.nan, "low": low, "high": high, "context": CHANGE | (context or {})}
    return of_sessions(measure, estimate, language, **(same | more))


def test_a_mean_change_names_the_scale_and_of_whom_it_is():
    due = {"population": "due_at_followup"}
    text = of_change("mean", 8.2, reference=None, low=6.1, high=10.3, context=due)
    assert text == (
        "Among those alive and due at follow-up: the mean change in global health status (points) was 8.2 (95 % CI 6.1 "
        "to 10.3) for long higher education, adjusted for age (n = 450 with 380 who have both scores)."
    )
    # a rung says itself of whom it is, and that all of them have both scores goes without saying
    naive = of_change("mean", 8.2, reference=None, context=due, stratum="handling=complete_cases", n=380)
    assert naive.startswith("Complete cases (those with both forms): the mean change in global health status")
    assert naive.endswith("(n = 380).")
    apart = of_change("mean_difference", 2.1, low=0.3, high=3.9, stratum="handling=complete_cases", n=380)
    assert apart.endswith("(n = 380; reference 610).")
    danish = of_change("mean", 8.2, "da", reference=None, context={"population": "with_both_forms"})
    assert danish.startswith(
        "Blandt dem, der er registreret med begge skemaer: den gennemsnitlige ændring i global helbredsstatus (point) "
        "var 8,2"
    )
    assert danish.endswith("(n = 450 med 380, der har begge scorer).")


def test_a_difference_in_change_says_how_much_more_and_at_what_baseline():
    assert of_change("mean_difference", 2.1, low=0.3, high=3.9).startswith(
        "The mean change in global health status (points) was 2.1 higher (95 % CI 0.3 to 3.9) for long higher "
        "education than for basic education"
    )
    equal = of_change("mean_difference", 2.1, low=0.3, high=3.9, context={"analysis": "ancova"})
    assert equal.startswith("The mean change in global health status (points) at equal baseline was 2.1 higher")
    assert "ved samme startniveau var 2,1 højere" in of_change(
        "mean_difference", 2.1, "da", low=0.3, high=3.9, context={"analysis": "ancova"}
    )
    index = of_change("mean_difference", 0.0412, low=0.01, high=0.07, context={"scale": "index", "digits": 3})
    assert index.startswith("The mean change in EQ-5D-5L index was 0.041 higher (95 % CI 0.010 to 0.070)")
    assert of_change("mean", 2.6, reference=None, context={"scale": None}).startswith(
        "The mean change in score was 2.6"
    )


def test_a_place_on_the_tipping_map_names_both_deltas():
    same = {"stratum": "delta_reference=-5", "at": 2.5, "low": -4.0, "high": -0.2}
    text = of_change("mean_difference", -2.1, **same)
    assert text.startswith(
        "With a delta of 2.5 for long higher education and −5 for basic education: the mean change in global health "
        "status (points) was 2.1 lower"
    )
    assert of_change("mean_difference", -2.1, "da", **same).startswith(
        "Med en delta på 2,5 for lang videregående uddannelse og −5 for grundskole: den gennemsnitlige ændring"
    )
    assert "within" not in text


def test_a_tip_says_whose_change_would_have_to_differ_or_that_none_does():
    same = {"low": np.nan, "high": np.nan}
    zero = of_change("tipping_delta", -7.34, outcome="zero", **same)
    assert zero.startswith(
        "There would be no difference in the mean change in global health status (points) between long higher "
        "education and basic education if the change of those without a follow-up form (long higher education) "
        "differed by −7.3 from what is expected of them"
    )
    lost = of_change("tipping_delta", 3.0, "da", outcome="interval", context={"among": "dropouts"}, **same)
    assert "ville netop nå 0, hvis ændringen hos de frafaldne (lang videregående uddannelse) afveg med 3,0" in lost
    assert "would be the smallest important one if" in of_change("tipping_delta", 3.0, outcome="mid", **same)
    nowhere = of_change("tipping_delta", np.nan, outcome="mid", **same)
    assert "does not tip (to the smallest important difference) at any of the deltas tried" in nowhere
    assert of_change("tipping_delta", np.nan, outcome="mid", events=3, **same).startswith("The number is hidden")


def test_shares_beyond_a_threshold_are_no_risks():
    same = {"outcome": "improved", "low": 0.25, "high": 0.4}
    text = of_change("risk", 0.32, reference=None, **same)
    assert text.startswith(
        "32.0 % (95 % CI 25.0 to 40.0) of the persons improved by at least the threshold: long higher education"
    )
    assert "380 who did" in text
    more = of_change("risk_difference", 0.05, "da", outcome="worsened", low=0.01, high=0.09)
    assert more.startswith("Andelen, der fik det værre med mindst tærsklen, var 5,0 procentpoint højere")
    assert "share who improved by at least the threshold was 1.30 times as high" in of_change("risk_ratio", 1.3, **same)
    for words in (text, more):
        assert "risk" not in words.lower()


def test_completion_bounds_sizes_and_balance():
    rate = of_change("completion_rate", 0.44, outcome="baseline", reference=None, low=0.4, high=0.5)
    assert rate.startswith("Of those due, 44.0 % (95 % CI 40.0 to 50.0) completed the form (baseline): long higher")
    assert "Af alle har 31,0 %" in of_change("available_rate", 0.31, "da", outcome="follow_up", reference=None)
    none = {"low": np.nan, "high": np.nan}
    lowest = of_change("lowest_mean", -31.24, reference=None, **none)
    assert lowest.startswith("Whatever the missing scores are, the mean change in global health status (points) was at")
    assert "least −31.2 for long higher education" in lowest
    assert "minus den for grundskole højst 74,9" in of_change("highest_difference", 74.9, "da", **none)
    assert "was 0.42 times the standard deviation of the changes (95 % CI" in of_change(
        "standardised_response_mean", 0.42, reference=None
    )
    balance = {"outcome": "sex", "level": "female", "model": "weighted", "events": np.nan, "reference": None}
    assert of_change("standardised_difference", 0.04, **balance, **none) == (
        "Those who answered differed from all by 0.04 standard deviations in sex: women, weighted (n = 450)."
    )
    plan = of_change("detectable_difference", 5.3, at=20, **none)
    assert "basic education of 5.3 or more, if the changes have a standard deviation of 20, adjusted" in plan
    whole = of_change("detectable_difference", 4.8, "da", at=15, reference=None, level=None, **none)
    assert whole.startswith("Så mange par ville vise en sand ændring i global helbredsstatus (point) på 4,8 eller mere")
    assert of_change("standard_deviation", 20.1, reference=None).startswith(
        "The standard deviation of change in global health status (points) was 20.1"
    )


@pytest.mark.parametrize("measure", sorted(set(MEASURES) - {"synergy_index"}))
@pytest.mark.parametrize("language", ["en", "da"])
def test_a_hidden_number_is_said_to_be_hidden_in_words_and_no_dash_stands_for_it(measure, language):
    same = {"measure": measure, "estimate": np.nan, "events": 3, "stratum": "female", "at": 3}
    text = said(language, context=BY_SEX, **same)
    opening, sex = {
        "en": ("he number is hidden, because it would be of fewer than 5 persons or reveal fewer: ", "women"),
        "da": ("allet er skjult, fordi det ville handle om færre end 5 personer eller afsløre færre: ", "kvinder"),
    }[language]
    assert opening in text
    assert "–" not in text
    assert sex in text.lower()
    assert label(measure, language) in text
    long, short = {"en": ("long", "short"), "da": ("lang", "kort")}[language]
    assert long in text
    assert short in text
    assert "nan" not in text.split()


def test_a_hidden_difference_names_whom_it_compares_and_the_threshold_that_hid_it():
    text = of_sessions("mean_difference", np.nan, events=3)
    assert text == (
        "The number is hidden, because it would be of fewer than 5 persons or reveal fewer: difference in means "
        "(sessions attended within 180 days), long higher education against basic education, adjusted for age."
    )
    assert "fewer than 8 persons" in of_sessions("mean_difference", np.nan, events=3, context={"protected": 8})
    # one that is not defined is not hidden
    undefined = said(measure="synergy_index", estimate=np.nan, stratum="male", context=BY_SEX)
    assert "undefined" in undefined or "not defined" in undefined


def of_counts(measure, estimate, language="en", **more):
    """A row of printed counts; education is the exposure."""
    row = {"outcome": "course", "model": None, "level": "basic", "reference": None, "n": None, "events": None}
    row |= {"conf_low": None, "conf_high": None} | more
    return said(language, measure=measure, estimate=estimate, **row)


def test_printed_counts_and_what_they_leave_possible():
    none = {"level": "with_course", "n": 199, "events": 46}
    interval = {"conf_low": 0.178, "conf_high": 0.294}
    assert of_counts("share", 0.2312, **none) == "23.1 % of the persons: with a course."
    assert of_counts("share", 0.2312, **none, **interval) == (
        "23.1 % (95 % CI 17.8 to 29.4) of the persons: with a course."
    )
    yearly = {"outcome": "referred", "level": "newly_referred", "conf_low": 7.84, "conf_high": 16.58, "events": 30}
    assert of_counts("rate_per_year", 11.61, **yearly) == "11.6 persons a year (95 % CI 7.8 to 16.6): newly referred."
    assert (
        of_counts("rate_per_year", 11.61, "da", **yearly) == "11,6 personer om året (95 % KI 7,8 til 16,6): nyhenvist."
    )
    counted = {"outcome": "education", "stratum": "without_course", "n": 153, "events": 64}
    assert of_counts("lowest_count", 64, **counted) == "Without a course: at least 64 persons: basic education."
    assert of_counts("highest_count", 65, "da", **counted) == "Uden forløb: højst 65 personer: grundskole."
    assert of_counts("lowest_share", 0.0, "da") == (
        "Mindst 0,0 % af personerne havde et forløb, uanset hvad der ikke er publiceret: grundskole."
    )
    new = {"outcome": "referred", "level": None, "n": 153, "events": 30, "conf_low": 0.141, "conf_high": 0.266}
    assert of_counts("highest_share", 0.196, **new) == (
        "At most 19.6 % (95 % CI 14.1 to 26.6) of the persons were newly referred, whatever is not printed: all."
    )
    gap = {"reference": "not_basic"}
    assert of_counts("lowest_share_difference", -0.38, **gap) == (
        "Whatever is not printed, the share who had a course for basic education less that for education other than "
        "basic was at least −38.0 percentage points."
    )
    assert of_counts("highest_share_difference", 0.418, "da", **gap).endswith(
        "andelen, der havde et forløb, for grundskole minus den for anden uddannelse end grundskole højst 41,8 "
        "procentpoint."
    )
    assert of_counts("closing_share", np.nan, **gap) == (
        "The part of the gap between basic education and education other than basic that the route of referral closes: "
        "not computable."
    )
    assert of_counts("closing_share", np.nan, "da", **gap).endswith("som henvisningsvejen udligner: kan ikke beregnes.")


def test_the_same_refusal_is_said_once_and_closed_once():
    refused = {"sex": "no row used has referred = 1.", "not_estimated": "a reason", "not_estimated.2": "a reason"}
    made = Estimates([], context={"exposure": "education", "refused": refused})
    assert list(made.sentences()) == ["Sex: not estimated: no row used has referred = 1.", "Not estimated: a reason."]


PATH = {
    "outcome": "sessions_attended",
    "exposure": "education",
    "stages": ["referred", "started", "sessions_booked", "sessions_attended"],
    "kinds": ["yes_no", "yes_no", "count", "share"],
    "reading": "sequential",
}
PER_100 = {"contribution", "stage_quantity", "gap_change", "mean", "mean_difference"}


def on_path(measure, outcome, estimate, language="en", *, low=None, high=None, **more):
    context = PATH | more.pop("context", {})
    row = {"measure": measure, "outcome": outcome, "level": "long_higher", "reference": "basic", "n": 713}
    row |= {"events": 140, "estimate": estimate, "model": "sets"} | more
    row |= {"conf_low": estimate * 0.8 if low is None else low, "conf_high": estimate * 1.2 if high is None else high}
    beside = {"per": 100.0 if measure in PER_100 else np.nan, "n_reference": 2297, "events_reference": 202}
    return said(language, context, pd.DataFrame([beside]), **row)


def test_a_stage_ratio_says_what_it_conditions_on():
    text = on_path("stage_ratio", "started", 1.6)
    assert text == (
        "Among those who came that far in their own level, the share who reached the stage “any session attended” was "
        "1.60 times as high (95 % CI 1.28 to 1.92) for long higher education as for basic education, adjusted for age "
        "(n = 713 with 140 who did; reference 2,297 with 202)."
    )
    assert on_path("stage_ratio", "started", 1.6, "da").startswith(
        "Blandt dem, der kom så langt på deres eget niveau, var andelen, der nåede trinnet “mindst ét fremmøde”, 1,60 "
        "gange så høj (95 % KI 1,28 til 1,92) for lang videregående uddannelse som for grundskole, justeret for alder"
    )
    assert on_path("stage_ratio", "referred", 1.6).startswith("Among all diagnosed, the share who reached the stage")
    assert "the mean number of sessions booked was 1.60" in on_path("stage_ratio", "sessions_booked", 1.6)
    assert "140 who had any" in on_path("stage_ratio", "sessions_booked", 1.6)
    assert "andelen af bookede aktiviteter, der blev til fremmøder, 1,60" in on_path(
        "stage_ratio", "sessions_attended", 1.6, "da"
    )
    assert on_path("stage_ratio", "total", 1.99).startswith(
        "Over all stages together, the number of sessions attended per person diagnosed was 1.99 times as high"
    )


def test_a_contribution_says_which_reading_it_is_of():
    assert on_path("contribution", "sessions_booked", 0.1662, low=0.046, high=0.32).startswith(
        "The stage “sessions booked”, seen among those who came that far in their own level, contributes 16.6 (95 % CI "
        "4.6 to 32.0) per 100 diagnosed to the difference in the number of sessions attended between long higher "
        "education and basic education, adjusted for age"
    )
    # the stratum tells the reading where both are stacked
    shapley = {"stratum": "reading=shapley"}
    text = on_path("contribution", "referred", 0.4272, **shapley)
    assert text.startswith("Of the difference in the number of sessions attended")
    assert text == on_path("contribution", "referred", 0.4272, context={"reading": "shapley"})
    assert "would be gone at the stage “referral” had the level passed this stage as the reference does" in text
    text = on_path("contribution", "referred", 0.4272, "da", **shapley)
    assert "ville 42,7 (95 % KI 34,2 til 51,3) pr. 100 diagnosticerede falde bort ved trinnet “henvisning”" in text
    assert "hvis niveauet passerede dette trin som referencen" in text
    for measure in ("stage_ratio", "log_contribution", "share_of_total"):
        assert "had the level passed this stage as the reference does" in on_path(measure, "started", 0.4, **shapley)
    assert "68 % (95 % CI 54 to 82) arose at the stage “referral”, seen among all" in on_path(
        "share_of_total", "referred", 0.68
    )
    assert on_path("contribution", "total", 0.631).startswith("The difference in the number of sessions attended betw")
    assert "0.469 (95 % CI 0.375 to 0.563) to the logarithm" in on_path("log_contribution", "referred", 0.469)


def test_quantities_are_of_a_hundred_diagnosed():
    text = on_path("stage_quantity", "started", 0.1675, reference=None)
    assert text.startswith("Of 100 diagnosed, 16.8 (95 % CI 13.4 to 20.1) reached the stage “any session attended”: ")
    text = on_path("stage_quantity", "sessions_attended", 1.2719, "da", reference=None)
    assert text.startswith("Der var 127,2 (95 % KI 101,8 til 152,6) fremmøder pr. 100 diagnosticerede: lang vider")
    # where few passed, or few did not, the share would tell how few
    for events in (3, 710):
        hidden = on_path("stage_quantity", "started", 0.1675, reference=None, events=events)
        assert hidden.startswith("The number is hidden")


def test_the_ends_of_a_ladder_are_of_everybody():
    text = on_path("stage_ratio", "started", 1.06, level="top", reference="bottom")
    assert text.startswith("Among those who came that far at their own end of the ranking, the share who reached")
    assert "for the highest end of the ranking as for the lowest end" in text
    assert text.endswith("(n = 713 with 140 who did).")


SCENARIOS = {
    "changes": {"refer_all": {"referred": ("set_to", 1.0, "")}, "mine": {"started": ("at_least", 0.9, "")}},
    "adjust": {"as_observed": ["sex"], "refer_all": ["sex"], "mine": ["sex"]},
}


def in_scenario(measure, outcome, estimate, language="en", model="refer_all", **more):
    return on_path(measure, outcome, estimate, language, model=model, context=SCENARIOS, **more)


def test_a_scenario_opens_its_sentences_and_the_adjustment_closes_them():
    text = in_scenario("risk", "started", 0.127, model="as_observed", reference=None, level="everybody")
    assert text == (
        "As observed: 12.7 % (95 % CI 10.2 to 15.2) of all diagnosed reach the stage “any session attended”: "
        "everybody, adjusted for sex (n = 713 with 140 who did)."
    )
    text = in_scenario("additional", "sessions_attended", 36233, reference=None, level="everybody")
    assert text.startswith(
        "Everybody referred: where 10,000 are diagnosed a year, there would be 36,233 (95 % CI 28,986 to 43,480) "
        "additional sessions attended a year: everybody, adjusted for sex"
    )
    text = in_scenario("additional", "started", 129, "da", reference=None)
    assert text.startswith(
        "Alle henvist: ved 10.000 diagnosticerede om året ville yderligere 129 (95 % KI 103 til 155)"
    )
    assert "nå trinnet “mindst ét fremmøde”: lang videregående uddannelse, hvis alle havde det niveau" in text
    text = in_scenario("gap_change", "sessions_attended", -0.128, "da", low=-0.276, high=-0.011, model="mine")
    assert text.startswith("Mine: forskellen mellem lang videregående uddannelse og grundskole i antallet af fremmøder")
    assert "ville ændre sig med −12,8 (95 % KI −27,6 til −1,1) pr. 100 diagnosticerede" in text
    text = in_scenario("mean_difference", "sessions_attended", 0.63, low=0.4, high=0.9)
    assert "there are 63.0 more sessions attended (95 % CI 40.0 to 90.0) per 100 diagnosed for long" in text
    hidden = in_scenario("risk", "started", 0.127, reference=None, events=3)
    assert hidden.startswith("Everybody referred: the number is hidden")
    assert "adjusted for sex" in hidden


def test_an_unmeasured_cause_is_said_before_what_it_would_make():
    cause = {"at": 0.5, "stratum": "shift=0.3", "context": {"reading": "shapley", "stratum": "shift"}}
    text = on_path("contribution", "referred", 0.4272, **cause)
    assert text.startswith(
        "With an unmeasured cause of all stages of strength 0.5 (log odds per standard deviation), 0.3 standard "
        "deviations higher at the top of the ladder than at its bottom: of the difference in the number of sessions"
    )
    none = on_path("odds_ratio", "referred", 1.6, "da", **(cause | {"at": 0.0, "stratum": "shift=0"}))
    assert none.startswith(
        "Med en umålt årsag til alle trin af styrke 0 (log odds pr. standardafvigelse): odds for henvisning var 1,60 "
        "gange så høje"
    )
