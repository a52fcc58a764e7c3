"""Sentences of the measures of incidence, inequality and interaction, in both languages, and what was refused."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.measures import MEASURES
from rehab_stats.sentences import SENTENCES, SIGNED
from rehab_stats.vocabulary import Estimates

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
    assert "–" in said(measure="at_risk", outcome=None, estimate=3, reference=None, at=365, events=None)


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
    assert said(**hidden).startswith("The change in risk of referral from the lowest")


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
