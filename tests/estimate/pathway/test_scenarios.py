"""scenario, its changes, most_systematic: by hand, against R, invariance, refusal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats import at_least, like_group, like_level, most_systematic, named_scenarios, scenario, set_to
from rehab_stats.estimate.model.sample import WrongCall

STAGES = {
    "referred": "referred",
    "interview": "interview",
    "started": "started",
    "booked": "booked",
    "attended": ("attended", "booked"),
}
ADJUSTED = ["age", "sex", "year"]
CHANGES = {
    "referred_all": {"referred": set_to(1)},
    "interview_at_least_0.9": {"interview": at_least(0.9)},
    "booked_of_long_higher": {"booked": like_level("long_higher")},
    "referred_of_department_B": {"referred": like_group("department", "B")},
}


@pytest.fixture(scope="module")
def found(persons):
    return scenario(persons, stages=STAGES, exposure="education", adjust=ADJUSTED, change=CHANGES, draws=20)


def test_every_number_of_r(found, from_r):
    got = found.tidy().set_index(["model", "outcome", "level", "measure"])["estimate"]
    names = {"observed": "as_observed"} | {name: name for name in CHANGES}
    for kind, name in names.items():
        rows = from_r[from_r["kind"] == kind]
        assert len(rows) == 5 * 4 + 3 + 3 + 5
        for row in rows.itertuples():
            stage = "attended" if row.stage == "total" else row.stage
            base = "mean" if stage in ("booked", "attended") else "risk"
            measure = {"stage_quantity": base, "population_quantity": base}.get(row.measure, f"{base}_{row.measure}")
            level = "everybody" if row.level == "all" else row.level
            assert got.loc[name, stage, level, measure] == pytest.approx(row.value, rel=1e-9), (name, row)


def test_what_changes_is_the_difference_from_as_observed(found):
    rows = found.tidy().set_index(["model", "outcome", "level", "measure"])["estimate"]
    for name in CHANGES:
        more = rows[name, "attended", "everybody", "mean"] - rows["as_observed", "attended", "everybody", "mean"]
        assert rows[name, "attended", "everybody", "additional"] == pytest.approx(10_000 * more)
        gap = rows[name, "attended", "upper", "mean_difference"]
        before = rows["as_observed", "attended", "upper", "mean_difference"]
        assert rows[name, "attended", "upper", "gap_change"] == pytest.approx(gap - before, rel=1e-9, abs=1e-14)


def test_four_persons_on_paper():
    data = pd.DataFrame({"level": [1, 1, 2, 2], "referred": [1, 0, 1, 1], "started": [1, 0, 1, 0]})
    data = pd.concat([data] * 15, ignore_index=True)
    stages = {"referred": "referred", "started": "started"}
    rows = scenario(data, stages=stages, exposure="level", change={"referred": set_to(1)}, draws=2).tidy()
    got = rows.set_index(["model", "outcome", "level", "measure"])["estimate"]
    # started: 1/2 * 1 and 1 * 1/2 as observed; all referred: 1 and 1/2
    assert got["as_observed", "started", "1", "risk"] == pytest.approx(0.5)
    assert got["scenario", "started", "1", "risk"] == pytest.approx(1.0)
    assert got["scenario", "started", "2", "risk_difference"] == pytest.approx(-0.5)
    assert got["scenario", "started", "everybody", "additional"] == pytest.approx(2_500)


def test_what_is_unchanged_has_no_spread_in_the_change(found):
    rows = found.select(model="booked_of_long_higher", outcome="started", measure="additional").tidy()
    assert (rows["estimate"] == 0).all()
    assert (rows["std_error"] == 0).all()


def test_what_is_assumed_is_said(found):
    assert "passes the next stages as those alike do now" in found.method
    assert "merely lucky" in found.diagnostics["assumed.referred_of_department_B"]
    assert "merely lucky" not in found.diagnostics["assumed.referred_all"]
    assert found.diagnostics["change.interview_at_least_0.9"] == "interview raised to 0.9 where it is lower"
    assert found.context["changes"]["referred_of_department_B"] == {"referred": ("like_group", "B", "department")}


def test_workers_and_row_order_change_nothing(persons, found):
    call = {"stages": STAGES, "exposure": "education", "adjust": ADJUSTED, "change": CHANGES}
    pd.testing.assert_frame_equal(found.tidy(), scenario(persons, **call, draws=20, workers=2).tidy())
    shuffled = scenario(persons.sample(frac=1, random_state=1), **call, draws=2).tidy()
    np.testing.assert_allclose(shuffled["estimate"], found.tidy()["estimate"], rtol=1e-8, atol=1e-9)


def test_a_group_of_everybody_is_as_observed(persons):
    rows = persons.assign(place="here")
    change = {"referred": like_group("place", "here")}
    got = scenario(rows, stages=STAGES, exposure="education", adjust=ADJUSTED, change=change, draws=9)
    more = got.select(measure=["additional", "gap_change"]).tidy()
    np.testing.assert_allclose(more[["estimate", "conf_low", "conf_high"]], 0, atol=1e-6)


def test_a_number_is_what_a_stage_is_set_to(persons):
    call = {"stages": STAGES, "exposure": "education", "draws": 2}
    pairs = [({"referred": 1}, {"referred": set_to(1)}), ({"a": {"referred": 0.5}}, {"a": {"referred": set_to(0.5)}})]
    for plain, named in pairs:
        got, wanted = (scenario(persons, **call, change=change) for change in (plain, named))
        pd.testing.assert_frame_equal(got.tidy(), wanted.tidy())


def test_the_most_systematic_group_is_the_surest_one(persons):
    assert most_systematic(persons, stage="referred", group="department", adjust=ADJUSTED) == "B"
    with pytest.raises(ValueError, match="fewer than two groups of 800 rows"):
        most_systematic(persons, stage="referred", group="department", least=800)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "change must be a mapping"),
        ({"refered": set_to(1)}, "no stage 'refered'; did you mean 'referred'"),
        ({"as_observed": {"referred": set_to(1)}}, "another name than as_observed"),
        ({"all": {}}, "change a stage"),
        ({"all": {"referred": "1"}}, "must be a change such as"),
        ({"referred": set_to(1.5)}, "referred is a chance and cannot be 1.5"),
    ],
)
def test_changes_that_are_none(persons, change, message):
    with pytest.raises(WrongCall, match=message):
        scenario(persons, stages=STAGES, exposure="education", change=change, draws=2)


@pytest.mark.parametrize("value", [-1, 0, True, "all", np.inf])
def test_a_stage_is_set_to_a_number(value):
    with pytest.raises(WrongCall, match="a number above 0"):
        set_to(value)


def test_levels_and_groups_that_are_not_there(persons):
    call = {"stages": STAGES, "exposure": "education", "draws": 2}
    with pytest.raises(ValueError, match="nobody has the level 'long_highe'; did you mean 'long_higher'"):
        scenario(persons, **call, change={"booked": like_level("long_highe")})
    with pytest.raises(ValueError, match="no row has department = 'Z'"):
        scenario(persons, **call, change={"referred": like_group("department", "Z")})
    with pytest.raises(ValueError, match="no column 'ward'"):
        scenario(persons, **call, change={"referred": like_group("ward", "Z")})
    none = persons[(persons["department"] != "B") | (persons["education"] != "upper")]
    with pytest.raises(ValueError, match="among department = 'B': nobody of education = 'upper' passes it"):
        scenario(none, **call, change={"referred": like_group("department", "B")})
    with pytest.raises(WrongCall, match="one list of terms"):
        scenario(persons, **call, change={"referred": set_to(1)}, adjust={"a": []})


NAMES = {"referred": "referred", "interview_attended": "interview", "sessions_booked": "booked"}


def test_the_scenarios_that_are_asked_for(persons):
    found = named_scenarios(persons, stages=NAMES, exposure="education", adjust=ADJUSTED, attendance=0.95)
    booked = persons[persons["booked"] > 0].groupby("education", observed=True)["booked"].mean().idxmax()
    assert found == {
        "refer_all": {"referred": set_to(1.0)},
        "systematic_referral": {"referred": like_group("department", "B")},
        "home_interview": {"interview_attended": at_least(0.95)},
        "equal_booking": {"sessions_booked": like_level(booked)},
    }


def test_a_scenario_that_the_data_do_not_allow_is_left_out(persons):
    nobody = persons.assign(referred=persons["referred"].where(persons["education"] != "upper", 0))
    for rows in (persons.assign(department="B"), persons.drop(columns="department"), nobody):
        assert "systematic_referral" not in named_scenarios(rows, stages=NAMES, exposure="education")
    forms = {"interview_attended": "interview"}
    assert list(named_scenarios(persons, stages=forms, exposure="education")) == ["home_interview"]


def test_a_group_does_without_what_it_cannot_tell(persons):
    """Three men among the women of a ward do not stand for all men: sex is left out of the ward's model, and named."""
    women = (persons["sex"] == "female") | (persons["department"] != "B")
    odd = persons[women | (persons.index.isin(persons.index[~women][:3]))]
    change = {"referred": like_group("department", "B")}
    found = scenario(odd, stages=STAGES, exposure="education", adjust=ADJUSTED, change=change, draws=9)
    assert found.context["left_out"] == {"scenario": ["sex"]}
    assert found.diagnostics["left_out.scenario"] == "sex"
    assert found.diagnostics["group_n.scenario"] == (odd["department"] == "B").sum()
    bare = scenario(odd, stages=STAGES, exposure="education", adjust=["age", "year"], change=change, draws=2)
    pick = {"model": "scenario", "outcome": "referred", "measure": "risk"}
    got, wanted = (one.select(**pick).tidy()["estimate"][:4] for one in (found, bare))
    np.testing.assert_allclose(got, wanted, rtol=1e-9)
    constant = persons[women].assign(kind=np.where(persons.loc[women, "department"] == "B", "breast", "other"))
    found = scenario(constant, stages=STAGES, exposure="education", adjust=["age", "kind"], change=change, draws=2)
    assert found.context["left_out"] == {"scenario": ["kind"]}


def test_a_draw_without_a_ratio_is_no_draw():
    few = pd.DataFrame({"level": [1] * 10 + [2] * 10, "referred": [1, 1] + [0] * 8 + [1] * 6 + [0] * 4})
    few["started"] = few["referred"]
    with pytest.raises(ValueError, match=r"more than 5\s?% of the bootstrap draws gave no estimate"):
        scenario(few, stages={"a": "referred", "b": "started"}, exposure="level", change={"b": at_least(0.5)})


def test_no_level_is_called_everybody(persons):
    odd = persons.assign(education=np.where(persons["education"] == "basic", "everybody", "other"))
    with pytest.raises(WrongCall, match="no level of education may be called 'everybody'"):
        scenario(odd, stages=STAGES, exposure="education", change={"referred": set_to(1)})


def test_named_scenarios_of_odd_data(persons):
    with pytest.raises(WrongCall, match="no column 'zz'"):
        named_scenarios(persons, stages=NAMES, exposure="zz")
    nobody = persons.assign(booked=0)
    assert "equal_booking" not in named_scenarios(nobody, stages=NAMES, exposure="education")
    one_cancer = persons.assign(cancer=persons["department"])  # departments and diagnoses cannot be told apart
    found = named_scenarios(one_cancer, stages=NAMES, exposure="education", adjust=["age", "cancer"])
    assert "systematic_referral" not in found
