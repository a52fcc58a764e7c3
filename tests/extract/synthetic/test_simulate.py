"""The synthetic extract: obeys the contract, keeps its truth, can be written again to the last number."""

import hashlib
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import rehab_stats
from rehab_stats.extract.cohort.access import access_cohort
from rehab_stats.extract.columns import contract_dtypes
from rehab_stats.extract.contract import validate_tables
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic import simulate as synthetic
from rehab_stats.extract.synthetic.hazards import death_predictor, referral_predictor
from rehab_stats.extract.synthetic.mechanism import load_mechanism, risk_of_referral
from rehab_stats.extract.synthetic.people import GROUPS
from rehab_stats.extract.synthetic.simulate import SCENARIOS, STREAMS, simulate_extract, write_extract

STORED = Path(rehab_stats.__file__).parents[1] / "data" / "synthetic" / "default"
TABLES = ("persons", "diagnoses", "referrals", "denominators", "courses", "appointments", "forms", "items")
SPINE = TABLES[:3]
LEVELS = {
    "basic": "short",
    "upper_secondary_or_vocational": "medium",
    "short_or_medium_higher": "long",
    "long_higher": "long",
    "unknown": "unknown",
}


@pytest.fixture(scope="module")
def default():
    return simulate_extract()


@pytest.fixture(scope="module")
def large():
    return simulate_extract(n=80_000, rng=np.random.default_rng(20), validate=False)


@pytest.fixture(scope="module")
def large_cohort(large):
    return followed(large)


@pytest.fixture(scope="module")
def dalton_cohort():
    return followed(simulate_extract("dalton", n=70_000, rng=np.random.default_rng(22), validate=False))


@pytest.fixture(scope="module")
def large_fit(large_cohort):
    return log_hazard_ratios(large_cohort)


def first_referral(extract):
    """Day of each included person's first accepted referral seen, since diagnosis (NaN for none)."""
    persons = extract.truth["person_id"]
    received = extract["referrals"].query("accepted").drop_duplicates("person_id").set_index("person_id")["received_on"]
    diagnosed = extract["diagnoses"].drop_duplicates("person_id").set_index("person_id")["diagnosis_date"]
    return (received.reindex(persons) - diagnosed.reindex(persons)).dt.days


def first_stay(extract):
    """The stay at diagnosis of everybody, by person_id."""
    return extract["residences"].drop_duplicates("person_id").set_index("person_id")


def followed(extract):
    """One row per included person, by pandas alone: entry, exit, event, and the covariates of the planted model."""
    truth = extract.truth.set_index("person_id")
    people = extract["persons"].set_index("person_id").loc[truth.index]
    diagnosis = extract["diagnoses"].drop_duplicates("person_id").set_index("person_id").loc[truth.index]
    diagnosed = diagnosis["diagnosis_date"]
    begin, end = extract.meta.registration["referrals"]
    moved = first_stay(extract)["to"].reindex(people.index) if "residences" in extract else people["death_date"]
    left = pd.concat([people[["death_date", "emigration_date"]], moved], axis=1).min(axis=1).fillna(end).clip(upper=end)
    day = first_referral(extract)
    birthday_to_come = diagnosed.dt.month * 100 + diagnosed.dt.day < (
        people["birth_date"].dt.month * 100 + people["birth_date"].dt.day
    )
    frame = pd.DataFrame(
        {
            "education": people["education"].astype(str).map(LEVELS),
            "male": people["sex"].eq("male").astype(float),
            "decades": (diagnosed.dt.year - people["birth_date"].dt.year - birthday_to_come - 65) / 10,
            "year": diagnosed.dt.year,
            "department": diagnosis["department"].astype(str),
            "breast_or_prostate": diagnosis["diagnosis"].str[:3].isin(["C50", "C61"]),
            "colorectal": diagnosis["diagnosis"].str[:3].isin(["C18", "C19", "C20"]),
            "income": people["income"],
            "cohabiting": people["cohabiting"].astype("Float64").astype(float),
            "children": people["children_at_home"].gt(0).astype(float),
            "entry": ((begin - diagnosed).dt.days - 1).clip(lower=0),
            "exit": day.clip(lower=0.5).fillna((left - diagnosed).dt.days),
            "event": day.notna().astype(int),
            "death_date": people["death_date"],
            "emigrated": people["emigration_date"].notna(),
            "diagnosed": diagnosed,
        },
        index=truth.index,
    )
    frame["fifth"] = np.ceil(frame.groupby("year")["income"].rank(pct=True) * 5)
    return frame.join(truth.drop(columns="education"))


def log_hazard_ratios(frame, *, more=None):
    """Name -> (log HR, error) by the exact likelihood of a piecewise-constant hazard: Poisson with log person-days.

    `more`: name -> column of the frame, instead of the levels of education.

    Newton steps in numpy, so that the check is quick and owes nothing to the package's own estimators.
    """
    frame = frame[frame["exit"] > frame["entry"]].dropna(subset=["income", "cohabiting"])
    columns = {level: frame["education"] == level for level in ("medium", "long", "unknown")}
    columns = columns if more is None else {name: column[frame.index] for name, column in more.items()}
    columns |= {name: frame[name] for name in ("male", "decades", "fifth", "cohabiting", "colorectal")}
    columns |= {"decades_squared": frame["decades"] ** 2, "year": frame["year"] - 2010}
    columns |= {f"children_{sex}": frame["children"] * (frame["male"] == (sex == "male")) for sex in ("female", "male")}
    columns |= {name: frame["department"] == name for name in ("d1", "d2", "d4", "d5", "d6")}
    covariates = pd.DataFrame(columns).to_numpy(float)
    starts = load_mechanism().referral.starts
    pieces, days, events = [], [], []
    for place, (start, stop) in enumerate(pairwise((*starts, math.inf))):
        exposed = frame["exit"].clip(upper=stop) - frame["entry"].clip(lower=start)
        here = (exposed > 0).to_numpy()
        pieces.append(np.column_stack([covariates[here], np.tile(np.eye(len(starts))[place], (here.sum(), 1))]))
        days.append(exposed[here])
        events.append(frame["event"][here] * frame["exit"][here].le(stop))
    design, days, events = np.vstack(pieces), np.concatenate(days), np.concatenate(events)
    beta = np.r_[np.zeros(len(columns)), np.full(len(starts), np.log(events.sum() / days.sum()))]
    for _ in range(8):
        mean = days * np.exp(design @ beta)
        information = design.T @ (design * mean[:, None])
        beta = beta + np.linalg.solve(information, design.T @ (events - mean))
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    return {name: (beta[place], errors[place]) for place, name in enumerate(columns)}


@pytest.mark.parametrize("scenario", ["default", "equal", "reversed"])
def test_planted_hazard_ratios_come_back(scenario, large_fit):
    found = large_fit
    if scenario != "default":
        found = log_hazard_ratios(
            followed(simulate_extract(scenario, n=60_000, rng=np.random.default_rng(21), validate=False))
        )
    factor = {"equal": 0, "reversed": -1}.get(scenario, 1)
    planted = {
        "medium": factor * math.log(1.15),
        "long": factor * math.log(1.33),
        "children_female": math.log(1.28),
        "children_male": math.log(1.23),
    }
    agree(found, planted)


def agree(found, planted):
    for name, truth in planted.items():
        estimate, error = found[name]
        assert abs(estimate - truth) < 3 * error, (name, estimate, truth, error)


def test_planted_hazard_ratios_of_dalton_come_back_by_sex(dalton_cohort):
    sexes = {"female": 0.0, "male": 1.0}
    columns = {
        f"{level}_{sex}": (dalton_cohort["education"] == level) & (dalton_cohort["male"] == male)
        for level in ("medium", "long", "unknown")
        for sex, male in sexes.items()
    }
    planted = {"medium_female": 1.15, "long_female": 1.33, "medium_male": 1.23, "long_male": 1.30}
    planted |= {"children_female": 1.28, "children_male": 1.23}
    agree(log_hazard_ratios(dalton_cohort, more=columns), {name: math.log(ratio) for name, ratio in planted.items()})


def test_as_many_are_referred_in_dalton_as_printed(dalton_cohort):
    """Within 913 days, over all persons, those who moved or left the country or died before it among them."""
    referred = (dalton_cohort["event"] == 1) & (dalton_cohort["exit"] <= 913)
    share = 2_523 / 13_059
    assert abs(referred.mean() - share) < 3.5 * math.sqrt(share * (1 - share) / len(referred))


def test_moving_away_ends_what_is_seen_as_emigration_does(dalton_cohort):
    for level in ("short", "medium", "long"):
        here = dalton_cohort[dalton_cohort["education"] == level]
        chance = here["chance_seen"]
        assert abs((here["event"] == 1).sum() - chance.sum()) < 3.5 * math.sqrt((chance * (1 - chance)).sum())
    # by hand for the first of them: the rates of emigration and of moving away, from the file
    first = dalton_cohort.iloc[:5]
    by_hand = risk_of_referral(
        load_mechanism("dalton"),
        referral=first["referral_predictor"].to_numpy(),
        death=first["death_predictor"].to_numpy(),
        until=(pd.Timestamp("2018-07-01") - first["diagnosed"]).dt.days.to_numpy(),
        leaving=6e-6 + 5.5e-5,
    )
    np.testing.assert_allclose(first["chance_seen"], by_hand, rtol=1e-9)


def test_a_department_that_refers_everybody_knows_no_education():
    extract = simulate_extract("systematic_department", n=80_000, rng=np.random.default_rng(23), validate=False)
    frame = followed(extract)
    routine = frame["routine_referral"]
    assert routine.equals(((frame["department"] == "d1") & (frame["diagnosed"] >= "2010-01-01")).rename(routine.name))
    levels = {level: frame["education"] == level for level in ("medium", "long", "unknown")}
    columns = {name: column & ~routine for name, column in levels.items()}
    columns |= {f"{name}_routine": column & routine for name, column in levels.items()} | {"routine": routine}
    planted = {"medium": math.log(1.15), "long": math.log(1.33), "medium_routine": 0.0, "long_routine": 0.0}
    agree(log_hazard_ratios(frame, more=columns), {**planted, "routine": 0.7})
    difference = frame["risk_365_if_long_higher"] - frame["risk_365_if_basic"]
    assert 0 < difference[routine].mean() < 0.002
    assert difference[~routine].mean() > 0.02
    twin = simulate_extract(n=80_000, rng=np.random.default_rng(23), validate=False)
    for name in ("persons", "diagnoses"):
        pd.testing.assert_frame_equal(extract[name], twin[name])
    assert len(extract["referrals"]) > 1.05 * len(twin["referrals"])


def test_unmeasured_need_hides_a_part_of_the_gradient():
    extract = simulate_extract("selected_referral", n=80_000, rng=np.random.default_rng(24), validate=False)
    frame = followed(extract)
    education = {level: frame["education"] == level for level in ("medium", "long", "unknown")}
    need = {f"{level}_need": frame["need"] == level for level in ("medium", "high")}
    seen = log_hazard_ratios(frame, more={**education, **need})
    agree(seen, {"medium": math.log(1.15), "long": math.log(1.33), "medium_need": 0.4, "high_need": 0.9})
    unseen = log_hazard_ratios(frame)
    assert 0.05 < seen["long"][0] - unseen["long"][0] < 0.15
    assert "need" not in extract["diagnoses"]
    assert extract["diagnoses"]["needs_assessed_on"].notna().any()


def test_need_follows_education_and_comorbidity_and_moves_nothing_else(large, large_cohort):
    need = {f"{level}_need": large_cohort["need"] == level for level in ("medium", "high")}
    education = {level: large_cohort["education"] == level for level in ("medium", "long", "unknown")}
    agree(log_hazard_ratios(large_cohort, more={**education, **need}), {"medium_need": 0.0, "high_need": 0.0})
    persons = large["persons"].set_index("person_id").loc[large_cohort.index]
    for education, points, high in (("basic", 0, -0.8), ("long_higher", 0, -1.3), ("basic", 2, -0.2)):
        here = (persons["education"] == education) & (persons["comorbidity"] == points)
        share, wanted = (large_cohort["need"][here] == "high").mean(), 1 / (1 + math.exp(-high))
        assert abs(share - wanted) < 3.5 * math.sqrt(wanted * (1 - wanted) / here.sum())
        at_least, wanted = (large_cohort["need"][here] != "low").mean(), 1 / (1 + math.exp(-high - 1.6))
        assert abs(at_least - wanted) < 3.5 * math.sqrt(wanted * (1 - wanted) / here.sum())


def test_precision_is_about_that_of_the_printed_intervals(large_cohort, large_fit):
    for level in ("medium", "long"):
        error = large_fit[level][1] * math.sqrt(len(large_cohort) / 13_840)
        assert error == pytest.approx(0.0574, rel=0.10)


def test_survival_by_education_is_the_printed_one(large_cohort):
    """Closed form over the simulated persons, and the simulated deaths of those followed for five years."""
    mechanism = load_mechanism()
    printed = load_published("survival_2022").set_index("quantity")["estimate"]
    passed = mechanism.death.cumulative(1826) * np.exp(large_cohort["death_predictor"])
    days = (large_cohort["death_date"] - large_cohort["diagnosed"]).dt.days
    five_years = (large_cohort["diagnosed"] < "2008-06-01") & ~large_cohort["emigrated"]
    for level in ("short", "medium", "long"):
        here = large_cohort["education"] == level
        assert np.exp(-passed[here]).mean() == pytest.approx(printed[f"survival_{level}"], abs=0.008)
        alive = ~(days[here & five_years] <= 1826)
        error = alive.std() / math.sqrt(len(alive))
        assert abs(alive.mean() - printed[f"survival_{level}"]) < 3.5 * error + 0.005


def test_true_risks_are_what_happens(large_cohort):
    """Those diagnosed while referrals were registered, and 913 days to go."""
    observed = large_cohort["diagnosed"].between("2009-01-01", "2010-06-30") & ~large_cohort["emigrated"]
    for days in (365, 913):
        for level in ("short", "medium", "long"):
            here = large_cohort[observed & (large_cohort["education"] == level)]
            referred = (here["event"] == 1) & (here["exit"] <= days)
            error = math.sqrt(referred.mean() * (1 - referred.mean()) / len(here))
            assert abs(referred.mean() - here[f"risk_{days}"].mean()) < 3.5 * error


def test_about_as_many_are_referred_as_printed(large, default):
    """The expectation is within 1 % of 2,148; a draw is within four of its standard deviations (about 42) of it."""
    expected = large.truth["chance_seen"].mean() * 13_840
    assert expected == pytest.approx(2_148, rel=0.01)
    chance = default.truth["chance_seen"]
    assert abs(first_referral(default).notna().sum() - chance.sum()) < 4 * math.sqrt((chance * (1 - chance)).sum())


@pytest.mark.parametrize(("scenario", "persons"), [("default", 13_840), ("equal", 13_840), ("dalton", 13_059)])
def test_a_scenario_has_as_many_persons_as_its_paper(scenario, persons):
    assert len(simulate_extract(scenario, validate=False).truth) == persons
    assert len(simulate_extract(scenario, n=40).truth) == 40


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_without_validation_the_extract_is_the_same(scenario):
    checked, unchecked = (
        simulate_extract(scenario, n=400, rng=np.random.default_rng(3), validate=validate) for validate in (True, False)
    )
    assert list(checked) == list(unchecked)
    for name in checked:
        pd.testing.assert_frame_equal(checked[name], unchecked[name])
    pd.testing.assert_frame_equal(checked.truth, unchecked.truth)
    assert unchecked.findings.empty
    assert not checked.findings.empty


def test_default_counts(default):
    assert (
        len(default.truth) == 13_840 == load_published("moustsen_2015").set_index("quantity").loc["persons", "estimate"]
    )
    persons = default["persons"]
    excluded = len(persons) - 13_840
    assert 0.02 < excluded / 13_840 < 0.03
    assert persons["person_id"].is_unique
    diagnosed = default["diagnoses"]["diagnosis_date"]
    assert diagnosed.min() >= pd.Timestamp("2007-01-01")
    assert diagnosed.max() <= pd.Timestamp("2012-12-31")
    assert set(default["diagnoses"]["municipality"]) == {"101"}
    share = default.truth["education"].value_counts(normalize=True)
    assert share["short_or_medium_higher"] + share["long_higher"] == pytest.approx(0.24, abs=0.015)
    assert share["unknown"] == pytest.approx(0.04, abs=0.01)


def test_the_cohort_includes_exactly_those_with_a_truth(default):
    assert access_cohort(default).persons["person_id"].tolist() == default.truth["person_id"].tolist()


def test_predictors_of_two_persons_by_hand():
    """A reference person, and one who differs from her in everything."""
    mechanism = load_mechanism()
    place = {group: GROUPS.index(group) for group in ("other", "lung")}
    people = pd.DataFrame(
        {
            "education": [0, 3],
            "group": [place["other"], place["lung"]],
            "male": [False, True],
            "age": [65, 45],
            "year": [2010, 2012],
            "income_fifth": [1.0, 4.0],
            "cohabiting": [False, True],
            "children": [0, 2],
            "comorbidity": [0, 3],
            "need": [0, 2],
            "routine": [False, False],
        }
    )
    rows = load_published("assumptions").query("stratum == '' and scenario == ''")
    value = rows.set_index(["name", "level"])["value"].to_dict()
    lung = math.log(1.33) + value["referral_log_hr_diagnosis", "lung"]
    age = -2 * value["referral_log_hr_age", "per_10_years"] + 4 * value["referral_log_hr_age", "per_10_years_squared"]
    others = 2 * value["referral_log_hr", "per_year_of_diagnosis"] + 3 * value["referral_log_hr", "per_income_fifth"]
    family = value["referral_log_hr", "cohabiting"] + math.log(1.23)
    np.testing.assert_allclose(
        referral_predictor(mechanism, people), [value["referral_log_hr", "female"], lung + age + others + family]
    )
    died = value["death_log_hr_education", "long_higher"] + value["death_log_hr_diagnosis", "lung"]
    died += -2 * value["death_log_hr_age", ""] + value["death_log_hr", "male"]
    died += 3 * value["death_log_hr", "per_comorbidity_point"]
    np.testing.assert_allclose(death_predictor(mechanism, people), [value["death_log_hr_diagnosis", "other"], died])


def test_those_not_included_are_young_or_relatives_or_have_no_cancer(default):
    persons = default["persons"].set_index("person_id")
    diagnoses = default["diagnoses"].drop_duplicates("person_id").set_index("person_id")
    other = persons.drop(index=default.truth["person_id"])
    relative = other["role"] == "relative"
    assert not other.index[relative].isin(diagnoses.index).any()
    assert other.index[relative].isin(default["referrals"]["person_id"]).all()
    patients = diagnoses.loc[other.index[~relative]]
    age = (patients["diagnosis_date"] - other.loc[~relative, "birth_date"]).dt.days / 365.25
    no_cancer = patients["diagnosis"].str.startswith("D")
    assert ((age < 30) | no_cancer).all()
    assert (age < 30).any()
    assert no_cancer.any()
    included = diagnoses.loc[default.truth["person_id"]]
    assert included["diagnosis"].str.startswith("C").all()
    ages = (included["diagnosis_date"] - persons.loc[included.index, "birth_date"]).dt.days / 365.25
    assert ages.min() > 30


def test_referrals_before_registration_are_drawn_and_hidden(default):
    received = default["referrals"]["received_on"]
    assert received.min() >= pd.Timestamp("2009-01-01")
    assert received.max() <= pd.Timestamp("2012-12-31")
    diagnosed = default["diagnoses"].drop_duplicates("person_id").set_index("person_id")["diagnosis_date"]
    hidden = default.truth.set_index("person_id")["hidden_referral"]
    assert 300 < hidden.sum() < 900
    assert (diagnosed.loc[hidden.index[hidden]] <= "2009-03-31").all()


def test_senders_are_in_the_printed_mix(large):
    referrals = large["referrals"]
    patients = large["persons"].query("role == 'patient'")["person_id"]
    referrals = referrals[referrals["person_id"].isin(patients)]
    assert (referrals["message"] == "rehabilitation_plan").mean() == pytest.approx(351 / 864, abs=0.015)
    assert (referrals["sender"] == "hospital").mean() == pytest.approx((351 + 427) / 864, abs=0.015)
    assert (referrals["sender"] == "general_practice").mean() == pytest.approx(80 / 864, abs=0.01)
    assert (~referrals["accepted"]).mean() == pytest.approx(0.02, abs=0.008)


def test_diagnosis_income_and_age_are_confounded_with_education(large_cohort):
    means = large_cohort.groupby("education")[["decades", "income", "breast_or_prostate"]].mean()
    assert means.loc["short", "decades"] > means.loc["medium", "decades"] > means.loc["long", "decades"]
    assert means.loc["short", "income"] < means.loc["medium", "income"] < means.loc["long", "income"]
    assert means.loc["short", "breast_or_prostate"] < means.loc["long", "breast_or_prostate"]
    lung = (large_cohort["department"] == "d4").groupby(large_cohort["education"]).mean()
    assert lung["short"] > lung["medium"] > lung["long"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_contract_holds_without_an_error(scenario):
    extract = simulate_extract(scenario, n=3_000, rng=np.random.default_rng(4))
    findings = validate_tables(dict(extract.tables), extract.meta)
    assert "error" not in set(findings["severity"])
    assert set(findings["rule"]) <= {
        *("not_cancer", "referral_before_diagnosis", "form_before_diagnosis", "returned_without_score")
    }
    for name in extract:
        dtypes = contract_dtypes(name)
        assert {column: str(dtype) for column, dtype in extract[name].dtypes.items()} == {
            column: str(dtypes[column]) for column in extract[name]
        }


def test_no_identifier_looks_like_a_cpr_number(default):
    keys = {"persons": "person_id", "referrals": "referral_id"}
    keys |= {"courses": "course_id", "appointments": "appointment_id"}
    for name, column in keys.items():
        assert default[name][column].str.fullmatch(r"[prca]\d{6}").all()


def test_equal_hazards_leave_a_risk_difference_and_reversed_turns_it():
    differences = {}
    for scenario in ("default", "equal", "reversed"):
        truth = simulate_extract(scenario, n=2_000, rng=np.random.default_rng(5)).truth
        differences[scenario] = (truth["risk_913_if_long_higher"] - truth["risk_913_if_basic"]).mean()
        assert truth.attrs["scenario"] == scenario
    assert differences["default"] > 0.03
    assert 0 < differences["equal"] < 0.01
    assert differences["reversed"] < -0.02


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_everybody_set_to_their_own_education_keeps_their_risk(scenario):
    """By sex, referred routinely or not: the effect taken away is the one that was put in."""
    truth = simulate_extract(scenario, n=2_000, rng=np.random.default_rng(7), validate=False).truth
    for code in LEVELS:
        if code != "unknown":
            here = truth[truth["education"] == code]
            np.testing.assert_allclose(here[f"risk_913_if_{code}"], here["risk_913"], rtol=1e-12)
    assert truth["routine_referral"].any() == (scenario == "systematic_department")


def test_streams_are_independent_of_what_comes_later(monkeypatch):
    """Other scenario, other referrals: the same persons and diagnoses. A stream added at the end: all the same."""
    first = simulate_extract(n=500, rng=np.random.default_rng(6))
    other = simulate_extract("reversed", n=500, rng=np.random.default_rng(6))
    for name in ("persons", "diagnoses"):
        pd.testing.assert_frame_equal(first[name], other[name])
    assert not first["referrals"].equals(other["referrals"])
    monkeypatch.setattr(synthetic, "STREAMS", (*STREAMS, "denominators"))
    more = simulate_extract(n=500, rng=np.random.default_rng(6))
    for name in TABLES:
        pd.testing.assert_frame_equal(first[name], more[name])


def test_later_tables_have_their_place_among_the_streams():
    assert STREAMS[:3] == SPINE
    assert STREAMS[3:8] == ("residences", "courses", "appointments", "forms", "items")


def test_the_same_seed_gives_the_same_and_another_another(default):
    again = simulate_extract(rng=np.random.default_rng(2015))
    for name in TABLES:
        pd.testing.assert_frame_equal(default[name], again[name])
    pd.testing.assert_frame_equal(default.truth, again.truth)
    assert default.meta.seed == again.meta.seed == 2015
    assert not simulate_extract(n=500, rng=np.random.default_rng(1))["persons"].equals(default["persons"].head(500))


def test_one_person_is_enough_and_none_is_refused():
    for seed in range(5):
        smallest = simulate_extract(n=1, rng=np.random.default_rng(seed))
        assert len(smallest.truth) == 1
        assert len(smallest["persons"]) == 4
        assert len(smallest["referrals"]) >= 1
    for wrong in (0, -3, 2.5, True):
        with pytest.raises(ValueError, match="n must be a whole number of persons"):
            simulate_extract(n=wrong)


def test_unknown_scenarios_and_wrong_generators_are_refused():
    with pytest.raises(ValueError, match="no scenario 'equals'; nearest is 'equal'"):
        simulate_extract("equals")
    with pytest.raises(ValueError, match="rng must be a numpy Generator"):
        simulate_extract(rng=2015)


def test_the_seed_is_named_only_when_it_says_everything():
    used = np.random.default_rng(9)
    assert simulate_extract(n=50, rng=used).meta.seed == 9
    assert simulate_extract(n=50, rng=used).meta.seed is None


def test_written_extract_reads_back(tmp_path):
    extract = simulate_extract(n=300, rng=np.random.default_rng(8))
    folder = write_extract(extract, tmp_path / "new" / "folder")
    for name in TABLES:
        back = pd.read_parquet(folder / f"{name}.parquet").astype(extract[name].dtypes.to_dict())
        pd.testing.assert_frame_equal(back, extract[name])
    meta = yaml.safe_load((folder / "extract.yaml").read_text(encoding="utf-8"))
    assert meta["synthetic"] is True
    assert meta["seed"] == 8
    assert "København" in meta["source"]
    assert [str(day) for day in meta["registration"]["referrals"].values()] == ["2009-01-01", "2012-12-31"]
    assert [str(day) for day in meta["registration"]["appointments"].values()] == ["2009-01-01", "2013-06-30"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*(f"{name}.parquet" for name in TABLES), "extract.yaml", "SHA256SUMS"]
    )


def test_stored_extract_is_what_the_code_writes(default):
    """The files are those of the checksums; their content is that of the code, to the last number."""
    for line in (STORED / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        checksum, name = line.split("  ")
        assert hashlib.sha256((STORED / name).read_bytes()).hexdigest() == checksum, name
    for name in TABLES:
        stored = pd.read_parquet(STORED / f"{name}.parquet")
        assert list(stored) == list(default[name])
        pd.testing.assert_frame_equal(stored.astype(default[name].dtypes.to_dict()), default[name])
    meta = yaml.safe_load((STORED / "extract.yaml").read_text(encoding="utf-8"))
    assert (meta["scenario"], meta["seed"]) == ("default", 2015)
