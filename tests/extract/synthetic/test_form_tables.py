"""The tables forms and items: days, answers that give the planted scores, and everything before them unchanged."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rehab_stats
from rehab_stats.extract.cohort.effect import effect_cohort
from rehab_stats.extract.columns import OCCASION, SESSION_KINDS
from rehab_stats.extract.instrument_list import INSTRUMENTS
from rehab_stats.extract.instruments import score_items
from rehab_stats.extract.synthetic.form_tables import GIVEN, SHOWN
from rehab_stats.extract.synthetic.mechanism import SCENARIOS
from rehab_stats.extract.synthetic.simulate import simulate_extract

STORED = Path(rehab_stats.__file__).parents[1] / "data" / "synthetic" / "default"
SCORES = {"baseline": "true_baseline", "end": "true_followup"}


@pytest.fixture(scope="module")
def extract():
    return simulate_extract(validate=False)


@pytest.fixture(scope="module")
def forms(extract):
    """The rows of QLQ-C30 with each person's first session and last day."""
    rows = extract["appointments"]
    came = rows[rows["kind"].isin(SESSION_KINDS) & (rows["status"] == "attended")]
    persons = extract["persons"].set_index("person_id")
    end = persons[["death_date", "emigration_date"]].min(axis=1)
    forms = extract["forms"].query("instrument == 'qlq_c30'")
    first = came.groupby("person_id")["date"].min()
    return forms.assign(first=forms["person_id"].map(first).to_numpy(), end=forms["person_id"].map(end).to_numpy())


def test_both_questionnaires_are_due_at_the_first_session_and_13_weeks_later(extract, forms):
    first, last = (forms[forms["occasion"] == occasion] for occasion in SHOWN)
    assert (first["due_on"] == first["first"]).all()
    assert (last["due_on"] == last["first"] + pd.Timedelta(weeks=13)).all()
    persons = extract["persons"].set_index("person_id")
    rows = extract["appointments"]
    came = rows[rows["kind"].isin(SESSION_KINDS) & (rows["status"] == "attended")]
    patients = [person for person in came["person_id"].unique() if persons.loc[person, "role"] == "patient"]
    assert set(first["person_id"]) == set(patients)
    assert (persons.loc[extract["forms"]["person_id"], "role"] == "patient").all()
    other = extract["forms"].query("instrument == 'eq_5d_5l'").reset_index(drop=True)
    columns = ["person_id", "occasion", "due_on", "given_on", "returned_on"]
    pd.testing.assert_frame_equal(other[columns], forms[columns].reset_index(drop=True))


def test_no_form_is_due_or_comes_back_after_death_or_leaving_or_the_extract(extract, forms):
    drawn = extract.meta.extract_date
    for day in ("due_on", "given_on", "returned_on"):
        assert (forms[day].isna() | forms["end"].isna() | (forms[day] < forms["end"])).all()
        assert (forms[day].isna() | (forms[day] <= drawn)).all()
    assert (forms["returned_on"].isna() | (forms["returned_on"] >= forms["given_on"])).all()
    assert (forms["given_on"].isna() | (forms["given_on"] >= forms["due_on"])).all()
    # whoever is still there has both rows, and whoever is not has one
    due = forms["first"] + pd.Timedelta(days=91)
    there = (forms["end"].isna() | (due < forms["end"])) & (due <= drawn)
    rows = forms.groupby("person_id").size()
    assert (forms["person_id"].map(rows) == 1 + there).all()


def test_who_is_never_given_a_form_has_a_row_that_says_so(forms):
    first = forms[forms["occasion"] == "baseline"].set_index("person_id")
    assert first["given_on"].notna().mean() == pytest.approx(0.5, abs=0.04)
    last = forms[forms["occasion"] == "end"].set_index("person_id")
    given = first["given_on"].reindex(last.index).notna()
    assert (last["given_on"].notna() == given).all()
    assert last.loc[~given, "returned_on"].isna().all()


def test_the_answers_give_the_scores_of_the_truth(extract):
    scores = score_items(extract["items"], instrument="qlq_c30").query("scale == 'QL2'")
    truth = extract.truth.set_index("person_id")
    scores = scores[scores["person_id"].isin(truth.index)]
    whole = scores[scores["items_answered"] == 2]
    assert len(whole) > 0.95 * len(scores)
    for occasion, column in SCORES.items():
        rows = whole[whole["occasion"] == occasion]
        np.testing.assert_allclose(rows["score"], truth.loc[rows["person_id"], column], atol=1e-9)
    half = scores[scores["items_answered"] == 1]
    planted = [truth.loc[row.person_id, SCORES[row.occasion]] for row in half.itertuples()]
    assert (half["score"] - planted).abs().max() <= 100 / 12 + 1e-9  # the other answer stands for the open one


def test_every_item_of_every_form_that_came_back_has_a_row(extract, forms):
    items = extract["items"]
    back = forms["returned_on"].notna().sum()
    for instrument in GIVEN:
        known = INSTRUMENTS[instrument].items
        rows = items[items["instrument"] == instrument]
        assert len(rows) == back * len(known)
        assert set(rows["item"]) == set(known)
        low, high = (rows["item"].map({item: ends[end] for item, ends in known.items()}) for end in (0, 1))
        answer = rows["answer"].astype("Float64")
        assert ((answer >= low) & (answer <= high)).fillna(True).all()
    assert items["answer"].isna().mean() == pytest.approx(0.015, abs=0.003)


def test_the_other_scales_are_sensible_and_go_with_the_global_one(extract):
    scores = pd.concat([score_items(extract["items"], instrument=instrument) for instrument in GIVEN])
    wide = scores.pivot(index=["person_id", "occasion"], columns="scale", values="score")
    scales = {scale.name: scale for instrument in GIVEN for scale in INSTRUMENTS[instrument].scales}
    together = wide.corr()["QL2"].drop("QL2")
    for name, correlation in together.items():
        assert 0.3 < (correlation if scales[name].higher_is_better else -correlation) < 0.8
    means = wide.xs("baseline", level="occasion").mean()
    assert means[["PF2", "EF", "FA", "PA"]].round(-1).tolist() == [80, 70, 40, 30]
    assert 0.65 < means["index"] < 0.85
    # part of a scale's own level stays with the person
    physical = wide["PF2"].unstack("occasion")
    assert physical["baseline"].corr(physical["end"]) > 0.35


def test_the_truth_has_the_scores_of_everybody_who_started(extract):
    truth = extract.truth
    started = set(extract["forms"]["person_id"])
    known = truth["true_baseline"].notna()
    assert set(truth.loc[known, "person_id"]) == started & set(truth["person_id"])
    columns = ["true_followup", "chance_given", "chance_returned_baseline", "chance_returned_followup"]
    assert truth.loc[known, columns].notna().all().all()
    assert truth.loc[~known, columns].isna().all().all()
    grid = truth.loc[known, ["true_baseline", "true_followup"]] * 12 / 100
    assert np.isin(np.round(grid, 9), range(13)).all()


def test_default_has_these_pairs(extract):
    """As many as the pilot would have had in years; not chosen: they follow from the chances and the seed."""
    target = effect_cohort(extract).target_set
    assert (target["form_pattern"] == "never_given").mean() == pytest.approx(0.5, abs=0.03)
    pairs = target[target["form_pattern"] == "both"]
    assert pairs["education"].value_counts(sort=False).tolist() == [65, 130, 72, 72, 7]
    assert pairs["diagnosis_group"].isin(["breast", "head_and_neck"]).sum() == 128  # the pilot's cancers


@pytest.mark.parametrize("scenario", [name for name, scenario in SCENARIOS.items() if scenario.about_forms])
def test_scenarios_about_forms_leave_everything_before_them(scenario):
    plain, other = (
        simulate_extract(name, n=500, rng=np.random.default_rng(6), validate=False) for name in ("default", scenario)
    )
    for name in plain:
        if name not in ("forms", "items"):
            pd.testing.assert_frame_equal(plain[name], other[name])
    same = scenario in ("forms_at_random", "graded_giving")  # who is seen, and not how anybody fares
    assert plain.truth["true_followup"].equals(other.truth["true_followup"]) == same
    assert plain.truth["true_baseline"].equals(other.truth["true_baseline"])
    before = ["person_id", "occasion", "due_on"]
    pd.testing.assert_frame_equal(plain["forms"][before], other["forms"][before])


def test_the_stored_tables_are_small():
    assert sum((STORED / f"{name}.parquet").stat().st_size for name in ("forms", "items")) < 150_000
    assert OCCASION[:2] == tuple(SHOWN)
