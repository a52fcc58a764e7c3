"""The ladder: every rung is the call it stands for, all imputed rungs share their imputations, refusals are kept."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.change.completed import Delta
from rehab_stats.estimate.change.handling import mean_change
from rehab_stats.estimate.change.ladder import RUNGS, change_ladder
from rehab_stats.estimate.model.sample import WrongCall

CALL = {"baseline": "baseline", "followup": "followup", "exposure": "education"}
STEPS = {"given": ["age"], "returned_baseline": ["education"], "returned_followup": ["baseline"]}
FULL = {"steps": STEPS, "delta": {"basic": -8, "higher": 2}, "given": "given", "m": 3}
HANDLING = {
    "complete_cases": {},
    "weights": {"steps": STEPS},
    "mixed_model": {},
    "imputation": {"m": 3},
    "jump_to_baseline": {"m": 3, "delta": Delta(jump_to_baseline=True, given="given")},
    "delta_dropouts": {"m": 3, "delta": Delta(dropouts=FULL["delta"], given="given")},
    "delta_never_given": {"m": 3, "delta": Delta(never_given=FULL["delta"], given="given")},
}


@pytest.fixture(scope="module")
def ladder(graded):
    return change_ladder(graded, **CALL, **FULL, rng=np.random.default_rng(4))


def rung(found, name):
    rows = found.tidy()
    return rows[rows["stratum"] == f"handling={name}"].reset_index(drop=True)


def strata(found):
    return [name.removeprefix("handling=") for name in dict.fromkeys(found.tidy()["stratum"])]


def test_the_rungs_stand_in_their_order(ladder):
    assert strata(ladder) == list(RUNGS)
    assert ladder.context["stratum"] == "handling"
    assert "refused" not in ladder.context
    assert len(ladder) == 7 * 5
    assert len(ladder.details()) == 7 * 5
    assert ladder.diagnostics["m.imputation"] == 3
    assert ladder.diagnostics["rows_used.complete_cases"] == ladder.diagnostics["paired.weights"] == 154


@pytest.mark.parametrize("name", RUNGS)
def test_a_rung_is_the_call_it_stands_for(graded, ladder, name):
    handling = name if name in ("complete_cases", "weights", "mixed_model") else "imputation"
    rng = {"rng": np.random.default_rng(4)} if handling == "imputation" else {}
    alone = mean_change(graded, **CALL, handling=handling, **HANDLING[name], **rng)
    pd.testing.assert_frame_equal(rung(ladder, name).assign(stratum=None), alone.tidy())
    mine = (ladder.tidy()["stratum"] == f"handling={name}").to_numpy()
    details = ladder.details()[mine].reset_index(drop=True)[alone.details().columns]
    pd.testing.assert_frame_equal(details, alone.details(), check_dtype=False)


def test_the_departures_by_hand(graded, ladder):
    """Of the imputed means: a share of those who stayed in; and -8 points in the share of basic's dropouts."""
    imputed = rung(ladder, "imputation")["estimate"][:3].to_numpy()
    groups = graded["education"]
    dropouts = ((graded["given"] == 1) & graded["followup"].isna()).groupby(groups, observed=True).mean().to_numpy()
    never = (graded["given"] == 0).groupby(groups, observed=True).mean().to_numpy()
    points = np.array([-8, 0, 2])
    np.testing.assert_allclose(rung(ladder, "jump_to_baseline")["estimate"][:3], imputed * (1 - dropouts), rtol=1e-10)
    np.testing.assert_allclose(rung(ladder, "delta_dropouts")["estimate"][:3], imputed + points * dropouts, rtol=1e-10)
    np.testing.assert_allclose(rung(ladder, "delta_never_given")["estimate"][:3], imputed + points * never, rtol=1e-10)


def test_further_departures_come_last(graded):
    mixed = Delta(dropouts=-5, never_given=5, given="given")
    found = change_ladder(graded, **CALL, m=2, rungs=["complete_cases"], departures={"both_ways": mixed})
    assert strata(found) == ["complete_cases", "both_ways"]
    alone = mean_change(graded, **CALL, handling="imputation", m=2, delta=mixed)
    pd.testing.assert_frame_equal(rung(found, "both_ways").assign(stratum=None), alone.tidy())


def test_without_steps_and_without_a_delta_their_rungs_are_left_out(graded):
    found = change_ladder(graded, **CALL, m=2)
    assert strata(found) == ["complete_cases", "mixed_model", "imputation", "jump_to_baseline"]
    none = change_ladder(graded, **CALL, m=2, delta={"basic": 0}, rungs=["delta_dropouts", "imputation"])
    assert strata(none) == ["imputation"]


def test_some_rungs_in_the_ladders_order(graded):
    found = change_ladder(graded, **CALL, m=2, rungs=["imputation", "complete_cases"])
    assert strata(found) == ["complete_cases", "imputation"]


def test_what_one_rung_refuses_is_kept_as_its_reason(graded):
    gone = graded.assign(department=np.where(graded.index % 9, "open", "closed"))
    gone["given"] = gone["given"].where(gone["department"] == "open", 0.0)
    for column in ("baseline", "followup"):
        gone[column] = gone[column].where(gone["department"] == "open")
    for column in ("returned_baseline", "returned_followup"):
        gone[column] = gone[column].where(gone["department"] == "open", 0.0)
    steps = STEPS | {"given": ["department"]}
    found = change_ladder(gone, **CALL, steps=steps, rungs=["complete_cases", "weights"])
    assert strata(found) == ["complete_cases"]
    assert list(found.context["refused"]) == ["handling=weights"]
    assert "nobody at risk with department = 'closed' has given = 1" in found.context["refused"]["handling=weights"]


def test_an_ancova_has_no_mixed_model_and_says_why(graded):
    found = change_ladder(graded, **CALL, m=2, analysis="ancova", rungs=RUNGS[:4])
    assert strata(found) == ["complete_cases", "imputation"]
    assert "a mixed model gives changes" in found.context["refused"]["handling=mixed_model"]


def test_models_of_a_mapping(graded):
    found = change_ladder(
        graded, **CALL, m=2, adjust={"crude": [], "aged": ["age"]}, rungs=["complete_cases", "imputation"]
    )
    assert rung(found, "imputation")["model"].tolist() == ["crude"] * 5 + ["aged"] * 5
    assert found.diagnostics["rows_used.aged.imputation"] == 358


def test_same_seed_any_workers_any_index(graded):
    odd = graded.set_axis(np.arange(len(graded)) % 5, axis=0)
    calls = [(graded, 1), (odd, 2)]
    one, two = (change_ladder(data, **CALL, m=2, rungs=RUNGS[3:5], workers=n).tidy() for data, n in calls)
    pd.testing.assert_frame_equal(one, two)


# Refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rungs": ["locf"]}, "rungs must be some of complete_cases, .*; got 'locf'"),
        ({"rungs": []}, "rungs must be some of complete_cases, .*; got none"),
        ({"rungs": ["weights"]}, "no rung is left: weights asks for steps="),
        ({"rungs": ["delta_dropouts"]}, "the rungs of a delta for a delta= other than 0"),
        ({"given": "gvn", "m": 2, "rungs": ["jump_to_baseline"]}, "data has no column 'gvn'; did you mean 'given'"),
        ({"delta": {"top": 1}, "m": 2, "rungs": ["delta_dropouts"]}, "delta names the level 'top'"),
        ({"m": 1}, "m must be a whole number of imputations, at least 2; got 1"),
        ({"followup": "baseline"}, "baseline and followup must be different columns"),
    ],
)
def test_calls_that_no_data_could_satisfy(graded, options, message):
    with pytest.raises(WrongCall, match=message):
        change_ladder(graded, **(CALL | options))


def test_data_that_every_rung_refuses(graded):
    gone = graded.assign(followup=graded["followup"].mask(graded["education"] == "higher"))
    with pytest.raises(ValueError, match="next to nobody with education = 'higher' has both"):
        change_ladder(gone, **CALL, **FULL)


def test_no_frame():
    with pytest.raises(ValueError, match="data must be a DataFrame, not dict"):
        change_ladder({}, **CALL)
