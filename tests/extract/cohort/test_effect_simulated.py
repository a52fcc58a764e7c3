"""The effect cohort of simulated persons beside a count in plain pandas, written from the definitions alone."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.cohort.effect import effect_cohort
from rehab_stats.extract.cohort.participation import participation_cohort
from rehab_stats.extract.columns import SESSION_KINDS
from rehab_stats.extract.synthetic.simulate import simulate_extract

FOLLOWUP_DAYS = 91


@pytest.fixture(scope="module", params=["default", "dalton"])
def both(request):
    extract = simulate_extract(request.param, n=6_000, rng=np.random.default_rng(5), validate=False)
    return effect_cohort(extract), _counted(extract), extract


def _counted(extract):
    """One row a person who started: first session, end of stay, course, forms and scores."""
    referrals = extract["referrals"]
    accepted = referrals[referrals["accepted"]].sort_values("received_on", kind="stable").drop_duplicates("person_id")
    people = extract["persons"].merge(accepted[["person_id", "received_on", "course_id"]], on="person_id")
    courses = extract["courses"][["course_id", "closed_on", "close_reason"]]
    people = people.merge(courses, on="course_id", how="left").set_index("person_id")
    rows = extract["appointments"].merge(people["received_on"], left_on="person_id", right_index=True)
    came = rows[rows["kind"].isin(SESSION_KINDS) & (rows["status"] == "attended")]
    within = (came["date"] - came["received_on"]).dt.days.between(0, 180)
    people["first"] = came[within].groupby("person_id")["date"].min()
    people = people[people["first"].notna()].copy()
    if "residences" in extract:
        stays = extract["residences"].drop_duplicates("person_id").set_index("person_id")["to"]
        people["left"] = pd.concat([people["emigration_date"], stays.reindex(people.index)], axis=1).min(axis=1)
    else:
        people["left"] = people["emigration_date"]
    people["due"] = people["first"] + pd.Timedelta(days=FOLLOWUP_DAYS)
    answers = extract["items"].query("instrument == 'qlq_c30' and item in ('29', '30')")
    for name in ("baseline", "end"):
        forms = extract["forms"].query("instrument == 'qlq_c30' and occasion == @name").set_index("person_id")
        people[f"given_{name}"] = forms["given_on"].reindex(people.index).notna()
        mean = answers[answers["occasion"] == name].groupby("person_id")["answer"].mean().astype(float)
        people[name] = ((mean - 1) / 6 * 100).reindex(people.index)
    return people


def _status(people, extract):
    gone = people[["death_date", "left"]].min(axis=1) <= people["due"]
    gave_up = (people["closed_on"] < people["due"]) & (people["close_reason"].astype(str) != "completed")
    gave_up &= people["closed_on"] >= people["first"]
    late = people["due"] > extract.meta.extract_date
    died = gone & ~(people["left"] < people["death_date"]) & people["death_date"].notna()
    return np.select([died, gone, gave_up, late], ["died", "left_area", "course_ended", "not_yet_due"], "due")


def test_persons_forms_and_scores(both):
    cohort, people, _ = both
    persons = cohort.persons
    people = people.reindex(persons["person_id"])
    np.testing.assert_array_equal(persons["started_on"], people["first"])
    np.testing.assert_array_equal(persons["followup_due_on"], people["due"])
    np.testing.assert_array_equal(persons["given"], people["given_baseline"])
    np.testing.assert_allclose(persons["score_baseline"], people["baseline"])
    np.testing.assert_allclose(persons["score_followup"], people["end"])
    np.testing.assert_allclose(persons["change"], people["end"] - people["baseline"])
    np.testing.assert_array_equal(persons["returned_followup"], people["end"].notna())
    np.testing.assert_array_equal(persons["start_month"], people["first"].dt.strftime("%Y-%m"))
    assert (persons.loc[persons["form_pattern"] == "both", "change"].notna()).all()


def test_who_started_and_who_was_due(both):
    cohort, people, extract = both
    persons = cohort.persons
    participation = participation_cohort(extract).persons
    assert persons["person_id"].tolist() == participation.query("started == 1")["person_id"].tolist()
    statuses = pd.Series(_status(people, extract), index=people.index).reindex(persons["person_id"])
    assert persons["followup_status"].tolist() == statuses.tolist()
    assert {"due", "died", "course_ended"} <= set(statuses)
    assert len(cohort.target_set) == (statuses == "due").sum()


def test_the_flow_adds_up(both):
    cohort, _, _ = both
    flow = cohort.flow.tidy().join(cohort.flow.details())
    for _, rows in flow[flow["kind"] != "noted"].groupby("branch"):
        signed = np.where(rows["kind"] == "excluded", -rows["estimate"], 0)
        kept = (rows["kind"] == "kept").to_numpy()
        first = rows["estimate"].iloc[0] if kept[0] else len(cohort.target_set)
        running = first + np.cumsum(signed)
        np.testing.assert_array_equal(running[kept], rows["estimate"][kept])
