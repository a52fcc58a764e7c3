"""The result type: one shape, nothing can be changed, nothing small is shown."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates

DESIGNED = "outcome model measure level reference stratum at estimate std_error conf_low conf_high p_value n events"


def hazard_ratio(**changed):
    row = {
        "outcome": "referred",
        "model": "age_sex_year",
        "measure": "hazard_ratio",
        "level": "long",
        "reference": "short",
        "estimate": 1.3149,
        "std_error": 0.0574,
        "conf_low": 1.175,
        "conf_high": 1.4714,
        "p_value": 1.9e-6,
        "n": 3322,
        "events": 773,
    }
    return row | changed


def estimates(*rows, **more):
    return Estimates(list(rows) or [hazard_ratio()], context={"exposure": "education"}, **more)


def test_tidy_has_exactly_the_designed_columns_whatever_was_given():
    assert list(TIDY_COLUMNS) == DESIGNED.split()
    tidy = Estimates([{"measure": "count", "estimate": 3}]).tidy()
    assert list(tidy.columns) == DESIGNED.split()
    assert tidy["level"].isna().all()
    assert np.isnan(tidy.loc[0, "p_value"])
    assert tidy["n"].dtype == np.dtype("float64")


def test_codes_are_text_and_never_translated():
    tidy = Estimates([hazard_ratio(level=3, stratum=None)]).tidy()
    assert tidy.loc[0, "level"] == "3"
    assert tidy.loc[0, "stratum"] is None
    assert tidy.loc[0, "reference"] == "short"


def test_nothing_given_out_can_change_the_estimates():
    result = estimates(diagnostics={"aic": 1.0}, details=pd.DataFrame({"df": [4]}))
    tidy, details = result.tidy(), result.details()
    tidy.loc[0, "estimate"] = 99
    details.loc[0, "df"] = 99
    result.diagnostics["aic"] = 99
    result.context["exposure"] = "sex"
    assert result.tidy().loc[0, "estimate"] == 1.3149
    assert result.details().loc[0, "df"] == 4
    assert result.diagnostics == {"aic": 1.0}
    assert result.context == {"exposure": "education"}
    sets = {"crude": []}
    told = result.with_context(adjust=sets)
    sets["crude"].append("age")
    told.context["adjust"]["crude"].append("sex")
    assert told.context["adjust"] == {"crude": []}
    with pytest.raises(AttributeError, match="immutable"):
        result.method = "another"


def test_input_is_copied():
    frame = pd.DataFrame([hazard_ratio()])
    result = Estimates(frame)
    frame.loc[0, "estimate"] = 99
    assert result.tidy().loc[0, "estimate"] == 1.3149


def test_estimates_survive_pickle_and_copy():
    for twin in (pickle.loads(pickle.dumps(estimates())), copy.deepcopy(estimates())):
        pd.testing.assert_frame_equal(twin.tidy(), estimates().tidy())


def test_unknown_columns_and_unaligned_details_are_refused():
    with pytest.raises(ValueError, match="unknown columns hr"):
        Estimates([{"hr": 1.3}])
    with pytest.raises(ValueError, match="details have 2 rows, the estimates 1"):
        Estimates([hazard_ratio()], details=pd.DataFrame({"df": [1, 2]}))


def test_select_keeps_details_aligned():
    result = estimates(hazard_ratio(), hazard_ratio(level="medium"), details=pd.DataFrame({"df": [1, 2]}))
    chosen = result.select(level="medium")
    assert list(chosen.tidy()["level"]) == ["medium"]
    assert list(chosen.details()["df"]) == [2]
    assert len(result.select(level=["medium", "long"])) == 2
    assert len(result.select(level=np.str_("medium"), n=np.int64(3322))) == 1


def test_select_says_what_there_is_when_nothing_fits():
    with pytest.raises(ValueError, match="there are level long"):
        estimates().select(level="lang")
    with pytest.raises(ValueError, match="no column 'hr'"):
        estimates().select(hr=1)


def test_stack_keeps_order_and_never_loses_a_diagnostic():
    first = estimates(diagnostics={"aic": 1.0, "ties": "efron"}, method="One.")
    second = estimates(hazard_ratio(level="medium"), diagnostics={"aic": 2.0, "ties": "efron"}, method="Two.")
    both = Estimates.stack([first, second])
    assert list(both.tidy()["level"]) == ["long", "medium"]
    assert both.diagnostics == {"aic": 1.0, "ties": "efron", "aic.2": 2.0}
    assert both.method == "One. Two."
    assert Estimates.stack([first.with_context(exposure="sex"), second]).context == {"exposure": "sex"}
    assert Estimates.stack([first, second.with_context(horizon_days=365)]).context["horizon_days"] == 365
    with pytest.raises(ValueError, match="nothing to stack"):
        Estimates.stack([])


def test_the_sentence_holds_estimate_interval_adjustment_and_counts():
    assert estimates().sentence(level="long", measure="hazard_ratio") == (
        "The hazard of referral was 1.31 times as high (95 % CI 1.18 to 1.47) for long education as for short "
        "education, adjusted for age, sex and year (n = 3,322 with 773 events)."
    )
    assert estimates().sentence(level="long", measure="hazard_ratio", language="da") == (
        "Hazarden for henvisning var 1,31 gange så høj (95 % KI 1,18 til 1,47) for lang uddannelse som for kort "
        "uddannelse, justeret for alder, køn og år (n = 3.322 med 773 hændelser)."
    )


def test_a_negative_difference_is_called_lower_and_its_limits_turn_with_it():
    row = hazard_ratio(measure="risk_difference", estimate=-0.031, conf_low=-0.06, conf_high=-0.01)
    text = estimates(row).sentence(level="long", measure="risk_difference")
    assert "was 3.1 percentage points lower (95 % CI 1.0 to 6.0)" in text
    # limits of both signs would read as lower and higher at once
    text = estimates(row | {"conf_high": 0.01}).sentence(level="long", measure="risk_difference")
    assert "was \N{MINUS SIGN}3.1 percentage points (95 % CI \N{MINUS SIGN}6.0 to 1.0)" in text
    assert "; the interval includes 0, adjusted" in text


def test_an_interval_without_the_null_is_not_said_to_include_it():
    assert "includes" not in estimates().sentence(level="long", measure="hazard_ratio")
    wide = estimates(hazard_ratio(conf_low=0.9))
    assert "; the interval includes 1," in wide.sentence(level="long", measure="hazard_ratio")
    assert "; intervallet rummer 1," in wide.sentence(level="long", measure="hazard_ratio", language="da")


def test_an_ambiguous_sentence_is_refused_with_the_choices():
    result = estimates(hazard_ratio(), hazard_ratio(model="crude"))
    with pytest.raises(ValueError, match=r"2 rows fit .* model age_sex_year, crude"):
        result.sentence(level="long", measure="hazard_ratio")
    assert "unadjusted" in result.sentence(level="long", measure="hazard_ratio", model="crude")


@pytest.mark.parametrize(("events", "shown"), [(0, "0"), (1, "1–4"), (4, "1–4"), (5, "5")])
def test_counts_of_one_to_four_are_hidden_on_both_sides_of_the_border(events, shown):
    frame = estimates(hazard_ratio(events=events)).view().frame
    assert frame.loc[0, "events"] == shown


def test_a_small_count_is_not_given_away_by_its_risk_or_by_the_rest():
    risk = hazard_ratio(measure="risk", reference=None, estimate=3 / 40, n=40, events=3)
    few_left = risk | {"events": 38, "estimate": 38 / 40, "level": "medium"}
    view = estimates(risk, few_left, hazard_ratio()).view().frame
    assert list(view["events"]) == ["1–4", "", "773"]
    assert list(view["estimate"])[:2] == ["", ""]
    assert "7.5" not in estimates(risk)._repr_html_()
    assert "7.5" not in estimates(risk).sentence(level="long", measure="risk")


def test_a_small_group_is_hidden_whole():
    view = estimates(hazard_ratio(n=3, events=0)).view().frame
    assert view.loc[0, "n"] == "1–4"
    assert "1.31" not in view.to_string()


def test_the_html_view_escapes_what_users_name_their_levels():
    assert "<script>" not in estimates(hazard_ratio(level="<script>"))._repr_html_()


def test_the_view_is_the_same_text_each_time():
    assert estimates()._repr_html_() == estimates()._repr_html_()
    assert "0x" not in repr(estimates())


def test_sentences_are_one_a_row_and_read_as_a_list():
    result = estimates(hazard_ratio(), hazard_ratio(level="medium"), hazard_ratio(model="crude"))
    prose = result.sentences(measure="hazard_ratio", model="age_sex_year")
    assert prose == [
        result.sentence(level=level, measure="hazard_ratio", model="age_sex_year") for level in ("long", "medium")
    ]
    assert prose._repr_markdown_().startswith("- The hazard of referral was 1.31 times as high")


def test_what_the_event_is_depends_on_its_column():
    row = hazard_ratio(outcome="event")
    named = Estimates([row], context={"exposure": "education", "outcome": "referral_event"})
    assert "The hazard of referral was" in named.sentence(level="long", measure="hazard_ratio")
    assert "The hazard of the event was" in estimates(row).sentence(level="long", measure="hazard_ratio")


def test_a_risk_is_said_with_its_horizon_and_a_hazard_without():
    risk = hazard_ratio(measure="risk_ratio", outcome="referred")
    result = estimates(risk, hazard_ratio()).with_context(horizon_days=365)
    assert "The risk of referral within 365 days was" in result.sentence(level="long", measure="risk_ratio")
    assert "The hazard of referral was" in result.sentence(level="long", measure="hazard_ratio")
    assert "henvisning inden for 365 dage" in result.sentence(level="long", measure="risk_ratio", language="da")


def said(row, language="en", details=None, **context):
    made = Estimates([row], details=details, context={"exposure": "education"} | context)
    return made.sentences(language=language)[0]


def test_new_context_overrides_the_old():
    assert estimates().with_context(exposure="sex").context == {"exposure": "sex"}


def test_the_sentence_names_the_adjustment_that_was_made():
    # with sex as the exposure, or within women, the set of that name holds no sex
    terms = {"age_sex_year": ["bs(age, df=4)", "year"], "crude": []}
    made = Estimates([hazard_ratio()], context={"exposure": "sex", "adjust": terms})
    assert ", adjusted for age and year (" in made.sentences()[0]
    assert ", justeret for alder og år (" in made.sentences(language="da")[0]
    assert made.view().frame.loc[0, "adjusted for"] == "age and year"
    assert ", unadjusted (" in said(hazard_ratio(model="crude"), adjust=terms)
    assert ", printed (" in said(hazard_ratio(model="published"))
    whole = {"age_sex_year": ["bs(age, df=4)", "sex", "year"]}
    assert ", adjusted for age, sex and year (" in said(hazard_ratio(), adjust=whole)


def test_a_stratum_is_looked_up_in_its_column_and_keeps_its_capitals():
    rows = hazard_ratio(stratum="other")
    assert said(rows, stratum="diagnosis_group").startswith("Other cancers: the hazard of referral")
    assert said(hazard_ratio(stratum="DRG"), "da").startswith("DRG: hazarden for henvisning")
    view = Estimates([rows], context={"exposure": "education", "stratum": "diagnosis_group"}).view().frame
    assert view.loc[0, "stratum"] == "other cancers"


def test_a_category_is_looked_up_in_the_column_described_and_its_stratum_in_the_exposure():
    row = {"outcome": "diagnosis_group", "measure": "count", "level": "other", "stratum": "short", "estimate": 40}
    made = Estimates([row | {"n": 90, "events": 40}], context={"exposure": "education"})
    assert list(made.view().frame.loc[0, ["level", "stratum"]]) == ["other cancers", "short education"]
    assert made.sentences() == ["Short education: 40 persons: other cancers."]


def test_a_hidden_number_is_said_to_be_hidden_and_its_sign_is_not_told():
    gone = {"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan}
    text = said(hazard_ratio(measure="risk_difference", **gone))
    assert text.startswith("The number is hidden, because it would be of fewer than 5 persons or reveal fewer: ")
    assert "long education against short education" in text
    assert "higher" not in text
    assert "lower" not in text
    few = said(hazard_ratio(measure="risk_difference", n=3, conf_low=-1))
    assert few.startswith("The number is hidden")
    assert "includes" not in few


def test_both_levels_are_counted_where_the_details_know_the_reference():
    known = pd.DataFrame({"n_reference": [4406], "events_reference": [530]})
    assert said(hazard_ratio(), details=known).endswith("(n = 3,322 with 773 events; reference 4,406 with 530).")
    assert said(hazard_ratio(), "da", known).endswith("(n = 3.322 med 773 hændelser; reference 4.406 med 530).")
    for few in (3, 4404):
        text = said(hazard_ratio(), details=known.assign(events_reference=few))
        assert text.startswith("The number is hidden")
        assert "4,40" not in text
    assert "reference" not in said(hazard_ratio(), details=known * np.nan)


def test_events_are_left_out_where_the_rest_is_small():
    assert said(hazard_ratio(n=776)).startswith("The number is hidden")
    assert said(hazard_ratio(n=778)).endswith("(n = 778 with 773 events).")
    risk = hazard_ratio(measure="risk", reference=None, n=776, estimate=773 / 776)
    assert said(risk).startswith("The number is hidden")


def test_the_population_opens_the_sentence():
    among = {"population": "since_registration"}
    assert said(hazard_ratio(), **among).startswith("Among those diagnosed since registration began: the hazard of")
    assert said(hazard_ratio(), "da", **among).startswith(
        "Blandt dem, der er diagnosticeret, siden registreringen begyndte: hazarden for"
    )
    both = said(hazard_ratio(stratum="female"), **among)
    assert both.startswith("Among those diagnosed since registration began, women: the hazard of")


def test_degrees_of_freedom_are_shown_where_they_are_known():
    row = {"measure": "ph_chi_square", "level": "year", "estimate": 4.2, "p_value": 0.04}
    made = Estimates([row], details=pd.DataFrame({"df": [1.0]}))
    assert list(made.view().frame.columns) == ["measure", "level", "estimate", "df", "p"]
    assert made.view("da").frame.loc[0, "frihedsgrader"] == "1"
    assert "df" not in estimates().view().frame


def test_a_small_group_has_no_p_value():
    assert "p" not in estimates(hazard_ratio(n=3)).view().frame


def test_a_stratum_with_terms_of_its_own_says_so():
    rows = [
        {"outcome": "referred", "model": "primary", "measure": "risk_ratio", "level": "long", "reference": "short"}
        | {"stratum": stratum, "estimate": 1.2, "conf_low": 1.1, "conf_high": 1.3}
        for stratum in ("breast", "prostate")
    ]
    context = {"adjust": {"primary": ["age", "sex"]}, "adjust_within": {"prostate": {"primary": ["age"]}}}
    found = Estimates(rows, context=context | {"stratum": "diagnosis_group", "exposure": "education"})
    breast, prostate = found.sentences()
    assert "adjusted for age and sex" in breast
    assert "adjusted for age." in prostate


def test_stacked_models_keep_their_own_terms():
    row = {"outcome": "referred", "measure": "odds_ratio", "level": "long", "estimate": 1.2}
    parts = [
        Estimates([row | {"model": model}], context={"adjust": {model: terms}, "exposure": "education"})
        for model, terms in (("crude", []), ("age_sex", ["age", "sex"]), ("crude", ["never the second"]))
    ]
    assert Estimates.stack(parts).context["adjust"] == {"crude": [], "age_sex": ["age", "sex"]}
    unnamed = Estimates([row | {"model": "adjusted"}], context={"adjust": ["age"]})
    assert Estimates.stack([parts[0], unnamed]).context["adjust"] == {"crude": []}
