"""Estimates beside the truth: matched on every part of a cell, never beside a hidden number."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.cohort.access import access_adjustment
from rehab_stats.extract.cohort.adjustment import effect_adjustment
from rehab_stats.extract.columns import SESSION_KINDS
from rehab_stats.extract.synthetic import answer_key
from rehab_stats.extract.synthetic.answer_key import CELL, KEY_COLUMNS
from rehab_stats.report.truth import beside_truth
from rehab_stats.vocabulary import Estimates

SETS = access_adjustment()
PRIMARY = "age_sex_year"


def participation(cell) -> list[dict]:
    """Cells of the window and the started set, education in four levels."""
    about = {"education_levels": 4, "horizon_days": 180, "level": "long_higher", "reference": "basic"}
    window = about | {"population": "window_set", "outcome": "sessions_attended"}
    interview = window | {"outcome": "interview_attended", "model": "crude", "measure": "risk_difference"}
    started = about | {"population": "started_set", "outcome": "event"}
    return [
        cell(1.25, measure="mean_difference", estimator="standardised_means", **window),
        cell(1.3, measure="rate_ratio", estimator="rate_ratios", **window),
        cell(1.4, measure="rate_ratio", estimator="rate_ratios_negative_binomial", **window),
        cell(1.2, measure="rate_ratio", estimator="hurdle", **(window | {"outcome": "count_if_any"})),
        cell(1.5, measure="odds_ratio", estimator="hurdle", **(window | {"outcome": "any"})),
        cell(1.1, measure="contribution", estimator="attendance_components", **(window | {"outcome": "booked"})),
        # the same number from two estimators
        cell(0.07, estimator="cascade", **interview),
        cell(0.07, estimator="standardised_risks", **interview),
        cell(0.7, measure="hazard_ratio", estimator="hazard_ratios", **started),
        cell(0.5, measure="mean_time_difference", estimator="restricted_means", at=12,
             **(started | {"outcome": "", "model": "crude"})),
    ]  # fmt: skip


def effect(cell) -> list[dict]:
    """Cells of the target set: what complete forms would give, under the name of each rung."""
    about = {"education_levels": 4, "horizon_days": 91, "population": "target_set", "outcome": "change"}
    about |= {"estimator": "mean_change", "level": "long_higher"}
    rungs = [f"handling={rung}" for rung in ("complete_cases", "weights", "imputation")]
    return [
        cell(truth, measure=measure, stratum=rung, **(about | more))
        for rung in rungs
        for truth, measure, more in (
            (6.2, "mean", {}),
            (0.4, "mean_difference", {"reference": "basic"}),
            (0.7, "mean_difference", {"reference": "basic", "model": "crude"}),
        )
    ]


def of_the_path(cell) -> list[dict]:
    """Cells of the session and the change set, in both readings, with the share of the total."""
    about = {"education_levels": 4, "level": "long_higher", "reference": "basic", "outcome": "referred"}
    return [
        cell(truth, measure=measure, estimator=f"pathway_{reading}", **(about | more | {"population": population}))
        for population, reading, factor in (
            ("session_set", "sequential", 1.0),
            ("session_set", "shapley", 1.1),
            ("change_set", "sequential", 0.1),
        )
        for more in ({"stratum": f"reading={reading}"},)
        for measure, truth in (("contribution", 0.25 * factor), ("share_of_total", 0.5 * factor))
    ]


@pytest.fixture
def key(tmp_path, monkeypatch):
    """A key of few cells in place of the stored one."""

    def cell(truth, **words):
        about = {"scenario": "default", "exposure": "education", "education_levels": 3, "horizon_days": 365}
        blank = dict.fromkeys(CELL, "") | {"population": "risk_set", "outcome": "referred", "model": PRIMARY}
        return about | blank | words | {"truth": truth, "mc_error": 0.001, "persons": 1000}

    risk = {"estimator": "standardised_risks", "measure": "risk_difference", "reference": "short"}
    odds = {"estimator": "interaction", "measure": "odds_ratio", "reference": "short", "stratum": "sex=female"}
    hazard = {"estimator": "hazard_ratios", "population": "hazard_set", "outcome": "event", "measure": "hazard_ratio"}
    rows = [
        cell(0.03, level="medium", **risk),
        cell(0.06, level="long", **risk),
        cell(1.7, level="long", **odds),
        cell(0.3, level="short", **(odds | {"measure": "joint_risk", "reference": ""})),
        cell(1.4, level="long", reference="short", **hazard),
        cell(1.5, level="long", reference="short", stratum="sex=female", **hazard),
        cell(0.2, level="long", measure="risk", estimator="cumulative_incidence", model="crude", at=365,
             **{"population": "hazard_set", "outcome": "event"}),
        cell(0.05, measure="slope_index", estimator="slope_indices"),
        *participation(cell),
        *effect(cell),
        *of_the_path(cell),
    ]  # fmt: skip
    path = tmp_path / "answer_key.csv"
    pd.DataFrame(rows)[list(KEY_COLUMNS)].to_csv(path, index=False)
    monkeypatch.setattr(answer_key, "ANSWER_KEY", path)
    return path


@pytest.fixture
def extract():
    return SimpleNamespace(meta=SimpleNamespace(synthetic=True, scenario="default"))


@pytest.fixture
def cohort():
    settings = {"education_levels": 3, "horizon_days": 365, "age_min": 30, "excluded_diagnoses": ["C44"], "periods": []}
    return a_cohort(settings)


def a_cohort(settings):
    return SimpleNamespace(settings=settings, horizon_days=settings["horizon_days"])


def row(measure, level, estimate, half, **more):
    return {
        "outcome": "referred",
        "model": PRIMARY,
        "measure": measure,
        "level": level,
        "reference": "short",
        "estimate": estimate,
        "std_error": half / 1.96,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
        "n": 1000,
        "events": 200,
    } | more


def differences(*, adjust=None, **context) -> Estimates:
    rows = [row("risk_difference", "medium", 0.032, 0.01), row("risk_difference", "long", 0.1, 0.02)]
    words = {"exposure": "education", "outcome": "referred", "horizon_days": 365}
    return Estimates(rows, context=words | {"adjust": adjust or {PRIMARY: SETS[PRIMARY]}} | context)


def test_each_estimate_has_its_truth_and_a_verdict(key, extract, cohort):
    table = beside_truth(differences(), extract, cohort=cohort, population="risk_set", note="Simulated persons.")
    assert list(table.body.columns) == ["Level", "Estimate (95 % CI)", "Truth", "In the interval"]
    assert table.body.iloc[:, 1:].to_numpy().tolist() == [
        ["3.2 pp (2.2 to 4.2)", "3.0 pp", "yes"],
        ["10.0 pp (8.0 to 12.0)", "6.0 pp", "no"],
    ]
    assert table.body["Level"].tolist() == ["Medium education", "Long education"]
    assert set(table.groups) == {
        "Referral within 365 days: risk difference (reference: short education), adjusted for age, sex and year"
    }
    assert table.data["truth"].tolist() == [0.03, 0.06]
    assert table.data["in_interval"].tolist() == [1, 0]
    assert table.notes[-1] == "Simulated persons."
    assert "95 of 100" in table.notes[1]
    assert not any("left out" in line for line in table.notes)
    assert "</table>" in table.html()


def test_danish(key, extract, cohort):
    table = beside_truth(differences(), extract, cohort=cohort, population="risk_set", language="da")
    assert list(table.body.columns) == ["Niveau", "Estimat (95 % KI)", "Sandhed", "I intervallet"]
    assert table.body.iloc[0, 1:].tolist() == ["3,2 pp (2,2 til 4,2)", "3,0 pp", "ja"]
    assert "justeret for alder, køn og år" in table.groups[0]
    assert table.title == "Estimater for henvisning ved siden af simuleringens sandhed."


def test_a_hidden_estimate_has_no_truth_beside_it(key, extract, cohort):
    rows = differences().tidy()
    rows.loc[1, ["n", "events"]] = [3, 1]
    few = Estimates(rows, context=differences().context)
    table = beside_truth(few, extract, cohort=cohort, population="risk_set")
    assert table.body.iloc[1, 1:].tolist() == ["–", "", ""]
    assert table.data.loc[1, ["estimate", "conf_low", "truth", "mc_error", "in_interval"]].isna().all()
    assert "n" not in table.data
    assert any(line.startswith("– Hidden") for line in table.notes)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The persons of this extract are real: nobody knows the truth."),
        ("da", "Personerne i dette udtræk er virkelige: ingen kender sandheden."),
    ],
)
def test_real_persons_have_no_truth(key, cohort, language, sentence):
    real = SimpleNamespace(meta=SimpleNamespace(synthetic=False, scenario="default"))
    table = beside_truth(differences(), real, cohort=cohort, population="risk_set", language=language, note="A note.")
    assert table.body.shape == (1, 2)
    assert table.body.iloc[0, 1] == sentence
    assert table.notes == ("A note.",)
    assert sentence in table.html()
    assert "0.03" not in str(table)


def reason(estimates, extract, cohort, population="risk_set") -> str:
    table = beside_truth(estimates, extract, cohort=cohort, population=population)
    assert table.body.shape == (1, 2)
    return table.body.iloc[0, 1]


def test_another_simulation_or_exposure_has_no_truth(key, extract, cohort):
    extract.meta.scenario = "of_my_own"
    assert "scenario of my own, exposure education" in reason(differences(), extract, cohort)
    extract.meta.scenario = "default"
    assert "exposure sex" in reason(differences(exposure="sex"), extract, cohort)
    four = a_cohort(cohort.settings | {"education_levels": 4})
    assert "no such simulation" in reason(differences(), extract, four)


def test_another_inclusion_has_no_truth(key, extract, cohort):
    for changed, words in [({"age_min": 18}, "lowest age"), ({"excluded_diagnoses": ["C44", "C50"]}, "excluded")]:
        assert words in reason(differences(), extract, a_cohort(cohort.settings | changed))
    free = a_cohort(cohort.settings | {"periods": ["2009"]})
    assert len(beside_truth(differences(), extract, cohort=free, population="risk_set").body) == 2


def test_another_adjustment_population_horizon_or_reference_has_no_truth(key, extract, cohort):
    said = "another horizon, adjustment, reference or measure"
    assert said in reason(differences(adjust={PRIMARY: ["sex"]}), extract, cohort)
    assert said in reason(differences(), extract, cohort, population="hazard_set")
    assert said in reason(differences(), extract, a_cohort(cohort.settings | {"horizon_days": 913}))
    upside_down = Estimates(differences().tidy().assign(reference="long"), context=differences().context)
    assert said in reason(upside_down, extract, cohort)


def test_rows_without_a_truth_are_left_out_and_said_to_be(key, extract, cohort):
    rows = [*differences().tidy().to_dict("records"), row("risk_ratio", "long", 1.5, 0.2)]
    more = Estimates(rows, context=differences().context)
    table = beside_truth(more, extract, cohort=cohort, population="risk_set")
    assert len(table.body) == 2
    assert any("left out" in line for line in table.notes)


def test_strata_match_however_they_are_named_and_hazards_have_no_horizon(key, extract, cohort):
    # within women sex is no term of the model
    own = [term for term in SETS[PRIMARY] if term != "sex"]
    rows = [row("hazard_ratio", "long", 1.3, 0.1, outcome="event", stratum="female")]
    words = {"exposure": "education", "outcome": "referral_event", "adjust": {PRIMARY: own}, "stratum": "sex"}
    later = a_cohort(cohort.settings | {"horizon_days": 913})
    table = beside_truth(Estimates(rows, context=words), extract, cohort=later, population="hazard_set")
    assert table.body.iloc[0].tolist() == ["Long education", "1.30 (1.20 to 1.40)", "1.50", "no"]
    assert table.groups[0].startswith("Women, referral: hazard ratio (reference: short education), adjusted for age")
    assert "days" not in table.groups[0]
    # the whole model within women is another model than the key's
    whole = Estimates(rows, context=words | {"adjust": SETS})
    assert "no truth" in reason(whole, extract, later, "hazard_set")


def test_an_interaction_is_no_stratified_analysis(key, extract, cohort):
    own = [term for term in SETS[PRIMARY] if term != "sex"]
    rows = [row("odds_ratio", "long", 1.6, 0.3, stratum="sex=female")]
    words = differences(adjust={PRIMARY: own}).context
    assert "no truth" in reason(Estimates(rows, context=words), extract, cohort)
    rows.append(row("joint_risk", "short", 0.31, 0.02, stratum="sex=female", reference=None))
    joint = Estimates(rows, details=pd.DataFrame({"reference_stratum": ["sex=female", None]}), context=words)
    table = beside_truth(joint, extract, cohort=cohort, population="risk_set")
    assert table.body.iloc[0, 1:].tolist() == ["1.60 (1.30 to 1.90)", "1.70", "yes"]
    assert table.body.iloc[1, 1:].tolist() == ["31.0 % (29.0 to 33.0)", "30.0 %", "yes"]


def test_rows_of_everybody_and_of_a_day(key, extract, cohort):
    index = Estimates([row("slope_index", None, 0.05, 0.01, reference=None)], context=differences().context)
    table = beside_truth(index, extract, cohort=cohort, population="risk_set")
    assert table.body.iloc[0].tolist() == ["All", "5.0 pp (4.0 to 6.0)", "5.0 pp", "yes"]
    days = [
        row("risk", "long", 0.21, 0.02, outcome="event", model="crude", reference=None, at=at) for at in (30.0, 365.0)
    ]
    curve = Estimates(days, context={"exposure": "education", "outcome": "referral_event"})
    table = beside_truth(curve, extract, cohort=cohort, population="hazard_set")
    assert table.data["at"].tolist() == [365.0]
    assert table.body["Truth"].tolist() == ["20.0 %"]
    assert table.groups == ("Referral within 365 days: risk, unadjusted",)


def test_lines_under_one_heading_stand_together(key, extract, cohort):
    medium, long = differences().tidy().to_dict("records")
    index = row("slope_index", None, 0.05, 0.01, reference=None)
    table = beside_truth(
        Estimates([medium, index, long], context=differences().context), extract, cohort=cohort, population="risk_set"
    )
    assert [heading.split(",")[0].split(": ")[1] for heading in table.groups] == [
        "risk difference (reference",
        "risk difference (reference",
        "slope index of inequality (SII)",
    ]
    assert table.data["measure"].tolist() == ["risk_difference", "risk_difference", "slope_index"]
    assert table.data["truth"].tolist() == [0.03, 0.06, 0.05]


def test_several_sets_share_a_table_and_keep_their_own_words(key, extract, cohort):
    hazards = Estimates(
        [row("hazard_ratio", "long", 1.3, 0.2, outcome="event")],
        context={"exposure": "education", "outcome": "referral_event", "adjust": {PRIMARY: SETS[PRIMARY]}},
    )
    curve = Estimates(
        [row("risk", "long", 0.21, 0.02, outcome="event", model="crude", reference=None, at=365.0)],
        context={"exposure": "education", "outcome": "referral_event"},
    )
    sets = {"risk_set": differences(), "hazard_set": Estimates.stack([hazards, curve])}
    # stacked, the curve takes on the adjustment of the hazards, which has no unadjusted set
    assert len(beside_truth(sets, extract, cohort=cohort).body) == 4
    table = beside_truth({"hazard_set": curve, "risk_set": differences()}, extract, cohort=cohort)
    assert table.groups[0] == "Referral within 365 days: risk, unadjusted"
    assert table.data["truth"].tolist() == [0.2, 0.03, 0.06]
    table = beside_truth({"risk_set": differences(), "hazard_set": hazards}, extract, cohort=cohort)
    assert table.groups[2].startswith("Referral: hazard ratio (reference: short education), adjusted")
    # a risk difference is no number of the hazard set
    assert "no truth" in reason({"hazard_set": differences()}, extract, cohort)


def test_where_nothing_was_estimated_the_reason_stands(key, extract, cohort):
    refused = Estimates([], context={"exposure": "education", "refused": "nobody has a value"})
    table = beside_truth(refused, extract, cohort=cohort, population="risk_set")
    assert "nobody has a value" in str(table)


def test_estimates_are_not_changed(key, extract, cohort):
    estimates = differences()
    before = estimates.tidy()
    beside_truth(estimates, extract, cohort=cohort, population="risk_set")
    pd.testing.assert_frame_equal(estimates.tidy(), before)
    assert not np.isnan(before["estimate"]).any()


# participation

ATTENDED = "sessions_attended"


@pytest.fixture
def window():
    settings = {
        "education_levels": 4,
        "window_days": 180,
        "interview_days": 90,
        "gap_days": 42,
        "session_kinds": list(SESSION_KINDS),
        "age_min": 30,
        "periods": (),
    }
    return a_participation_cohort(settings)


def a_participation_cohort(settings):
    return SimpleNamespace(settings=settings, window_days=settings["window_days"])


def upper(measure, estimate, half, **more):
    return row(measure, "long_higher", estimate, half, **({"outcome": ATTENDED, "reference": "basic"} | more))


def attendance(*rows, theta=np.nan, **context) -> Estimates:
    words = {"exposure": "education", "outcome": ATTENDED, "count": ATTENDED, "adjust": {PRIMARY: SETS[PRIMARY]}}
    return Estimates(list(rows), details=pd.DataFrame({"theta": [theta] * len(rows)}), context=words | context)


def leaving(*rows) -> Estimates:
    words = {"exposure": "education", "outcome": "leaving_event", "adjust": {PRIMARY: SETS[PRIMARY]}}
    return Estimates(list(rows), context=words)


def test_both_sets_of_participation_stand_beside_their_truth(key, extract, window):
    sets = {
        "window_set": attendance(upper("mean_difference", 1.0, 0.3), upper("contribution", 0.7, 0.3, outcome="booked")),
        "started_set": leaving(
            upper("hazard_ratio", 0.8, 0.2, outcome="event"),
            upper("mean_time_difference", 0.6, 0.4, outcome=None, model="crude", at=12.0),
        ),
    }
    table = beside_truth(sets, extract, cohort=window, name="02_truth")
    assert table.name == "02_truth"
    assert table.body.to_numpy().tolist() == [
        ["Long higher education", "1.0 (0.7 to 1.3)", "1.2", "yes"],
        ["Long higher education", "0.70 (0.40 to 1.00)", "1.10", "no"],
        ["Long higher education", "0.80 (0.60 to 1.00)", "0.70", "yes"],
        ["Long higher education", "0.6 (0.2 to 1.0)", "0.5", "yes"],
    ]
    assert table.groups == (
        "Sessions attended: difference in means (reference: basic education), adjusted for age, sex and year",
        "Number booked: contribution to the difference (reference: basic education), adjusted for age, sex and year",
        "Leaving the programme: hazard ratio (reference: basic education), adjusted for age, sex and year",
        "Within 12 weeks: difference in mean time (reference: basic education), unadjusted",
    )
    assert table.title == (
        "Estimates of sessions attended, number booked, leaving the programme beside the truth of the simulation."
    )
    danish = beside_truth(sets, extract, cohort=window, language="da")
    assert danish.body.iloc[1, 1:].tolist() == ["0,70 (0,40 til 1,00)", "1,10", "nej"]
    assert danish.groups[0].startswith("Fremmøder: forskel i gennemsnit (reference: grundskole), justeret for alder")
    assert danish.groups[3].startswith("Inden for 12 uger: forskel i gennemsnitlig tid")


def test_each_family_of_counts_has_its_own_truth(key, extract, window):
    parts = [
        attendance(upper("rate_ratio", 1.31, 0.05), family="quasipoisson"),
        attendance(upper("rate_ratio", 1.32, 0.05), theta=1.5, family="negative_binomial"),
        attendance(
            upper("odds_ratio", 1.6, 0.2, outcome="any"), family="negative_binomial"
        ),
        attendance(
            upper("rate_ratio", 1.22, 0.05, outcome="count_if_any"), theta=2.0, family="negative_binomial"
        ),
    ]  # fmt: skip
    table = beside_truth(Estimates.stack(parts), extract, cohort=window, population="window_set")
    assert table.data["truth"].tolist() == [1.3, 1.4, 1.5, 1.2]
    families = ["negative binomial" in heading for heading in table.groups]
    assert families == [False, True, False, False]  # of a hurdle the outcome tells
    # the key has no means of negative binomial models, and no hurdle of Poisson models
    means = attendance(upper("mean_difference", 1.0, 0.3), theta=1.5)
    assert "no truth" in reason(means, extract, window, "window_set")
    poisson = attendance(upper("rate_ratio", 1.22, 0.05, outcome="count_if_any"))
    assert "no truth" in reason(poisson, extract, window, "window_set")


def test_a_hidden_number_keeps_its_own_truth_away(key, extract, window):
    few = attendance(upper("rate_ratio", 1.32, 0.05, n=3, events=1), theta=1.5)
    table = beside_truth(few, extract, cohort=window, population="window_set")
    assert table.body.iloc[0, 1:].tolist() == ["–", "", ""]
    assert "negative binomial" in table.groups[0]


def test_models_with_an_offset_have_no_truth(key, extract, window):
    means = attendance(upper("mean_difference", 1.0, 0.3), offset="days_at_risk", offset_as="offset")
    assert "no truth" in reason(means, extract, window, "window_set")
    positive = attendance(
        upper("rate_ratio", 1.22, 0.05, outcome="count_if_any"), theta=2.0, offset="days_at_risk"
    )  # fmt: skip
    assert "no truth" in reason(positive, extract, window, "window_set")
    # in one stack with it, what is no count keeps its truth
    parts = attendance(upper("contribution", 0.7, 0.3, outcome="booked"))
    table = beside_truth(Estimates.stack([means, parts]), extract, cohort=window, population="window_set")
    assert table.data["measure"].tolist() == ["contribution"]


def test_a_number_that_two_estimators_give_is_one_line(key, extract, window):
    risk = {"outcome": "interview_attended", "model": "crude"}
    shares = attendance(upper("risk_difference", 0.06, 0.02, **risk), adjust={"crude": []})
    table = beside_truth(shares, extract, cohort=window, population="window_set")
    assert table.body.iloc[:, 1:].to_numpy().tolist() == [["6.0 pp (4.0 to 8.0)", "7.0 pp", "yes"]]


def test_a_nested_cascade_has_no_truth(key, extract, window):
    step = upper("risk_difference", 0.06, 0.02, outcome="interview_attended", model="crude")
    words = {"adjust": {"crude": []}, "stages": ["interview_booked", "interview_attended"]}
    plain = attendance(step, **words, nested=False)
    assert len(beside_truth(plain, extract, cohort=window, population="window_set").body) == 1
    assert "no truth" in reason(attendance(step, **words, nested=True), extract, window, "window_set")


def test_another_window_or_setting_of_participation_has_no_truth(key, extract, window):
    means = attendance(upper("mean_difference", 1.0, 0.3))
    said = "another horizon, adjustment, reference or measure"
    later = a_participation_cohort(window.settings | {"window_days": 365})
    assert said in reason(means, extract, later, "window_set")
    # who starts depends on the window, so even a hazard ratio does
    hazards = leaving(upper("hazard_ratio", 0.8, 0.2, outcome="event"))
    assert said in reason(hazards, extract, later, "started_set")
    for changed, words in [
        ({"gap_days": 28}, "gap that counts as leaving"),
        ({"interview_days": 60}, "interview within"),
        ({"session_kinds": ["exercise"]}, "kinds"),
        ({"referred_from": "2012-01-01"}, "referr"),
    ]:
        assert words in reason(means, extract, a_participation_cohort(window.settings | changed), "window_set")
    free = a_participation_cohort(window.settings | {"periods": ["2012"]})
    assert len(beside_truth(means, extract, cohort=free, population="window_set").body) == 1


def test_each_cohort_has_its_own_sets(key, extract, cohort, window):
    with pytest.raises(ValueError, match="must be one of window_set, started_set; got 'risk_set'"):
        beside_truth(differences(), extract, cohort=window, population="risk_set")
    with pytest.raises(ValueError, match="must be one of hazard_set, risk_set, since_registration; got 'window_set'"):
        beside_truth(differences(), extract, cohort=cohort, population="window_set")


# effect


def an_effect_cohort(**changes):
    asked = {
        "instrument": "qlq_c30",
        "scale": "QL2",
        "followup": "end",
        "followup_days": 91,
        "education_levels": 4,
        "age_min": 30,
        "session_kinds": SESSION_KINDS,
        "periods": (),
    }
    settings = asked | changes
    return SimpleNamespace(settings=settings, followup_days=settings["followup_days"])


def rung(name, *, model=PRIMARY, **more) -> list[dict]:
    about = {"outcome": "change", "model": model, "stratum": name and f"handling={name}"} | more
    return [
        row("mean", "long_higher", 6.5, 1.0, **(about | {"reference": None})),
        row("mean_difference", "long_higher", 1.5, 0.9, **({"reference": "basic"} | about)),
    ]


def changes(*rungs, **context) -> Estimates:
    words = {"exposure": "education", "outcome": "change", "scale": "QL2", "analysis": "change", "stratum": "handling"}
    words |= {"adjust": {PRIMARY: effect_adjustment()[PRIMARY], "crude": []}}
    return Estimates([line for part in rungs for line in part], context=words | context)


def beside(estimates, cohort, **options):
    extract = SimpleNamespace(meta=SimpleNamespace(synthetic=True, scenario="default"))
    return beside_truth(estimates, extract, cohort=cohort, population="target_set", **options)


def test_every_rung_stands_beside_what_complete_forms_would_give(key):
    table = beside(changes(rung("complete_cases"), rung("weights"), rung("imputation")), an_effect_cohort())
    assert table.data["stratum"].tolist() == [
        f"handling={name}" for name in ("complete_cases", "weights", "imputation") for _ in range(2)
    ]
    assert (
        table.body.to_numpy().tolist()
        == [
            ["Long higher education", "6.5 (5.5 to 7.5)", "6.2", "yes"],
            ["Long higher education", "1.5 (0.6 to 2.4)", "0.4", "no"],
        ]
        * 3
    )
    assert table.groups[:2] == (
        "Complete cases (those with both forms), change in global health status (points): mean, adjusted for age, sex "
        "and year",
        "Complete cases (those with both forms), change in global health status (points): difference in means "
        "(reference: basic education), adjusted for age, sex and year",
    )
    assert [heading.partition(",")[0] for heading in table.groups[2::2]] == [
        "Weighted for response",
        "Multiple imputation",
    ]
    assert not any("left out" in line for line in table.notes)
    assert not any("days" in heading for heading in table.groups)
    # no handling need tend to it
    assert table.notes[1].startswith("Truth: what complete forms of everybody due would give")
    assert "the same analysis tends to" not in " ".join(table.notes)


def test_rungs_in_danish(key):
    table = beside(changes(rung("imputation")), an_effect_cohort(), language="da")
    assert table.body.iloc[1].tolist() == ["Lang videregående uddannelse", "1,5 (0,6 til 2,4)", "0,4", "nej"]
    assert table.groups[0].startswith("Multipel imputation, ændring i global helbredsstatus (point): gennemsnit, just")
    assert table.notes[1].startswith("Sandhed: det, fuldstændige skemaer fra hele målgruppen ville give")


def test_rungs_models_and_deltas_that_the_key_has_not_are_left_out(key):
    rows = [rung("imputation"), rung("delta_dropouts"), rung("imputation", model="crude"), rung("")]
    table = beside(changes(*rows), an_effect_cohort())
    assert table.data[["stratum", "model", "measure", "truth"]].to_numpy().tolist() == [
        ["handling=imputation", PRIMARY, "mean", 6.2],
        ["handling=imputation", PRIMARY, "mean_difference", 0.4],
        ["handling=imputation", "crude", "mean_difference", 0.7],
    ]
    assert any("left out" in line for line in table.notes)
    other = changes(rung("imputation", reference="upper_secondary_or_vocational"))
    assert len(beside(other, an_effect_cohort()).body) == 1  # the mean alone
    assert beside(other, an_effect_cohort()).data["measure"].tolist() == ["mean"]


def told(cohort, *, language="en", **context) -> str:
    table = beside(changes(rung("imputation"), **context), cohort, language=language)
    assert table.body.shape == (1, 2)
    return table.body.iloc[0, 1]


@pytest.mark.parametrize(
    ("changed", "english", "danish"),
    [
        ({"instrument": "eq_5d_5l"}, "questionnaire", "spørgeskema"),
        ({"scale": "PF2"}, "scale", "skala"),
        ({"followup": "follow_up"}, "follow-up", "opfølgning"),
        ({"followup_days": 180}, "days", "dage"),
        ({"age_min": 18}, "lowest age", "laveste alder"),
    ],
)
def test_another_scale_or_time_has_no_truth(key, changed, english, danish):
    cohort = an_effect_cohort(**changed)
    assert english in told(cohort)
    assert danish in told(cohort, language="da")


def test_another_adjustment_grouping_or_set_has_no_truth(key):
    same = an_effect_cohort(periods=(2010,))
    assert "another horizon, adjustment" in told(same, adjust={PRIMARY: ["sex"]})
    three = told(an_effect_cohort(education_levels=3))
    assert "no such simulation" in three
    with pytest.raises(ValueError, match="population must be one of target_set; got 'window_set'"):
        beside_truth(changes(rung("imputation")), None, cohort=same, population="window_set")


def test_a_gap_at_equal_first_scores_is_another_question(key):
    assert "no truth" in told(an_effect_cohort(), analysis="ancova")


def test_a_hidden_change_has_no_truth_beside_it(key):
    table = beside(changes(rung("complete_cases", n=3, events=3)), an_effect_cohort())
    assert table.body.iloc[:, 1:].to_numpy().tolist() == [["–", "", ""]] * 2


# the pathway

SESSION_STAGES, CHANGE_STAGES = ["referred", "sessions_attended"], ["referred", "improved"]


@pytest.fixture
def path_cohort():
    settings = {"education_levels": 4, "horizon_days": 365, "window_days": 180, "improved_by": 10.0, "periods": []}
    return a_path_cohort(settings)


def a_path_cohort(settings):
    return SimpleNamespace(
        settings=settings,
        session_stages=dict.fromkeys(SESSION_STAGES, ""),
        change_stages=dict.fromkeys(CHANGE_STAGES, ""),
    )


def parts_of(reading, stages=SESSION_STAGES, **context) -> Estimates:
    more = {"reference": "basic", "stratum": f"reading={reading}"}
    rows = [
        row("contribution", "long_higher", 0.26, 0.05, **more),
        row("share_of_total", "long_higher", 0.52, 0.1, **more),
    ]
    words = {"exposure": "education", "outcome": stages[-1], "stages": list(stages), "reading": reading}
    words |= {"stratum": "reading", "adjust": {PRIMARY: list(SETS[PRIMARY])}}
    details = pd.DataFrame({"per": [100.0, np.nan]})
    return Estimates(rows, details=details, context=words | context)


def test_parts_of_the_path_stand_beside_the_truth_of_their_reading_per_100(key, extract, path_cohort):
    both = Estimates.stack([parts_of("sequential"), parts_of("shapley")])
    table = beside_truth({"session_set": both}, extract, cohort=path_cohort)
    assert table.data["truth"].tolist() == pytest.approx([0.25, 0.5, 0.275, 0.55])
    assert table.body["Truth"].tolist() == ["25.0 per 100 diagnosed", "50 %", "27.5 per 100 diagnosed", "55 %"]
    assert table.body.iloc[0, 1] == "26.0 per 100 diagnosed (21.0 to 31.0)"
    assert [heading.split(",")[0] for heading in table.groups] == ["Sequential"] * 2 + ["Shapley"] * 2
    change = beside_truth(parts_of("sequential", CHANGE_STAGES), extract, cohort=path_cohort, population="change_set")
    assert change.data["truth"].tolist() == pytest.approx([0.025, 0.05])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "referral on the path to sessions attended",
                "referral on the path to improvement by at least the threshold",
            ],
        ),
        ("da", ["henvisning på vejen til fremmøder", "henvisning på vejen til forbedring på mindst tærsklen"]),
    ],
)
def test_a_stage_that_two_paths_share_stands_under_the_path_it_is_on(key, extract, path_cohort, language, said):
    paths = {"session_set": SESSION_STAGES, "change_set": CHANGE_STAGES}
    sets = {population: parts_of("sequential", stages) for population, stages in paths.items()}
    table = beside_truth(sets, extract, cohort=path_cohort, language=language)
    headings = [heading.partition(", ")[2] for heading in table.groups]
    assert [heading.split(":")[0] for heading in headings] == [name for name in said for _ in range(2)]


def test_other_stages_or_spans_of_the_path_have_no_truth(key, extract, path_cohort):
    for stages in (["needs_assessed", *SESSION_STAGES], SESSION_STAGES[::-1], CHANGE_STAGES):
        said = reason(parts_of("sequential", stages), extract, path_cohort, "session_set")
        assert "no truth for these numbers" in said
    # by period nobody is followed all the way, and the key has no such set
    assert "no truth for these numbers" in reason(parts_of("shapley"), extract, path_cohort, "session_period")
    for changed in ({"horizon_days": 180}, {"window_days": 90}, {"improved_by": 5.0}):
        other = a_path_cohort(path_cohort.settings | changed)
        assert "another choice of" in reason(parts_of("sequential"), extract, other, "session_set")
    with pytest.raises(ValueError, match="population must be one of session_set, change_set, session_period"):
        beside_truth(parts_of("shapley"), extract, cohort=path_cohort, population="risk_set")
