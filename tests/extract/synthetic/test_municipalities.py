"""Six invented municipalities: sized as printed, waits as planted, tables that the contract and the cohorts take."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from rehab_stats.calendar import working_days
from rehab_stats.extract.cohort.access import access_cohort
from rehab_stats.extract.files.reader import SIX_MUNICIPALITIES, load_extract
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic.mechanism import load_mechanism
from rehab_stats.extract.synthetic.municipal_steps import REASONS
from rehab_stats.extract.synthetic.municipalities import SIZED_AS, wait
from rehab_stats.extract.synthetic.simulate import simulate_extract


@pytest.fixture(scope="module")
def extract():
    return simulate_extract("six_municipalities")


@pytest.fixture(scope="module")
def large():
    return simulate_extract("six_municipalities", n=150_000, rng=np.random.default_rng(7), validate=False)


def home_referrals(extract):
    """Accepted referrals received at home, with the day of first contact and of the needs assessment (NaT for none)."""
    rows = extract["referrals"]
    rows = rows[rows["accepted"] & rows["parent_referral_id"].isna()].merge(
        extract["courses"].drop(columns="person_id"), on="course_id"
    )
    met = extract["appointments"].query("status == 'attended'")
    for kind, name in (("first_contact", "contact_on"), ("interview", "assessed_on")):
        rows[name] = rows["course_id"].map(met[met["kind"] == kind].groupby("course_id")["date"].min())
    return rows


def test_stored_extract_is_what_the_code_writes(extract):
    for line in (SIX_MUNICIPALITIES / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        checksum, name = line.split("  ")
        assert hashlib.sha256((SIX_MUNICIPALITIES / name).read_bytes()).hexdigest() == checksum
    stored = load_extract(SIX_MUNICIPALITIES)
    assert stored.meta.synthetic
    assert stored.meta.scenario == "six_municipalities"
    assert set(stored) == set(extract)
    for name in extract:
        pd.testing.assert_frame_equal(stored[name], extract[name])


def test_the_contract_is_obeyed_and_other_notebooks_can_run(extract):
    assert set(extract.findings["rule"]) == {"not_cancer", "referral_before_diagnosis"}
    cohort = access_cohort(extract)
    assert len(cohort.persons) == 6 * 1652  # six years of the new cases printed


def test_municipalities_are_sized_as_printed(large):
    cases = load_published("six_municipalities").set_index("quantity")["estimate"]
    sizes = pd.Series({code: cases[quantity] for code, quantity in SIZED_AS.items()})
    shares = large["diagnoses"]["municipality"].value_counts(normalize=True)
    assert shares.sort_index().to_numpy() == pytest.approx((sizes / sizes.sum()).to_numpy(), abs=0.004)


def test_waits_hold_their_planted_chance_and_are_whole_days():
    chance = (np.arange(200_000) + 0.5) / 200_000
    days = wait(chance, 0.8, 5)
    assert (days <= 5).mean() == pytest.approx(0.8, abs=1e-4)
    assert (days <= 11).mean() == pytest.approx(1 - 0.2**2, abs=1e-4)
    assert days.min() == 0


def test_shares_in_time_are_those_that_the_truth_says(large):
    rows = home_referrals(large).merge(large.truth, on="person_id")
    cutoff = large.meta.extract_date - pd.Timedelta(days=40)
    ended = rows["close_reason"].isin(["died", "moved"])
    rows = rows[(rows["received_on"] < cutoff) & ~ended]
    contact = working_days(rows["received_on"], rows["contact_on"])
    in_time = contact.le(5).fillna(False).astype(float)
    assert in_time.mean() == pytest.approx(rows["chance_first_contact"].mean(), abs=4 * 0.4 / np.sqrt(len(rows)))
    by = rows.assign(in_time=in_time).groupby("municipality", observed=True)[["in_time", "chance_first_contact"]]
    means = by.mean()
    assert (means["in_time"] - means["chance_first_contact"]).abs().max() < 4 * 0.4 / np.sqrt(by.size().min())
    # who declined within ten days is in no denominator
    first = rows["close_reason"].eq("declined") & rows["assessed_on"].isna() & contact.le(10).fillna(False)
    counted = rows[~first]
    assessed = working_days(counted["received_on"], counted["assessed_on"]).le(10).fillna(False).astype(float)
    expected = counted["chance_needs_assessment"]
    assert assessed.mean() == pytest.approx(expected.mean(), abs=4 * 0.4 / np.sqrt(len(counted)))
    rough = pd.qcut(expected, 4, labels=False)
    gaps = (assessed - expected).groupby(rough).mean().abs()
    assert gaps.max() < 4 * 0.45 / np.sqrt(len(counted) / 4)


def test_a_measure_and_education_act_on_the_first_contact(large):
    truth = large.truth.dropna(subset="chance_first_contact")
    by_education = truth.groupby("education", observed=True)["chance_first_contact"].mean()
    assert by_education.loc["basic":"long_higher"].is_monotonic_increasing
    rows = home_referrals(large).merge(truth[["person_id", "chance_first_contact"]], on="person_id")
    begun = rows["received_on"] >= pd.Timestamp(load_mechanism("six_municipalities").day("measure_from"))
    assert rows.loc[begun, "chance_first_contact"].mean() > rows.loc[~begun, "chance_first_contact"].mean() + 0.05


def test_who_is_passed_on_goes_to_another_municipality_and_has_a_course_there(extract):
    referrals, courses = extract["referrals"], extract["courses"].set_index("course_id")
    onward = referrals[referrals["parent_referral_id"].notna()]
    assert len(onward) > 200
    assert (onward["from_municipality"] != onward["to_municipality"]).all()
    parents = referrals.set_index("referral_id").loc[onward["parent_referral_id"]]
    assert (parents["person_id"].to_numpy() == onward["person_id"].to_numpy()).all()
    home = courses.loc[parents["course_id"], "municipality"].to_numpy()
    assert (home == onward["from_municipality"].to_numpy()).all()
    assert (courses.loc[onward["course_id"], "municipality"].to_numpy() == onward["to_municipality"].to_numpy()).all()
    made = extract["appointments"].query("course_id in @onward.course_id")
    provider = made["course_id"].map(onward.set_index("course_id")["to_municipality"])
    assert (made["provider_municipality"] == provider).all()


def test_reasons_of_declining_come_in_the_printed_mix(large):
    first = home_referrals(large).query("close_reason == 'declined' and assessed_on.isna()")
    shares = first["decline_reason"].value_counts(normalize=True)
    printed = load_published("six_municipalities").set_index("quantity")["estimate"]
    total = sum(printed[quantity] for quantity in REASONS.values())
    for reason, quantity in REASONS.items():
        assert shares[reason] == pytest.approx(printed[quantity] / total, abs=0.03)


def test_nothing_lies_after_death_or_the_extract_date(large):
    died = large["persons"].set_index("person_id")["death_date"]
    met = large["appointments"]
    assert not (met["date"] > met["person_id"].map(died)).any()
    later = met["date"] > large.meta.extract_date
    assert met.loc[later, "status"].eq("planned").all()
    assert later.any()
    assert not met.loc[~later, "status"].eq("planned").any()


def test_the_same_seed_gives_the_same_tables_and_another_one_others():
    first, again = (simulate_extract("six_municipalities", n=400, rng=np.random.default_rng(5)) for _ in range(2))
    other = simulate_extract("six_municipalities", n=400, rng=np.random.default_rng(6))
    for name in first:
        pd.testing.assert_frame_equal(first[name], again[name])
    assert not first["referrals"].equals(other["referrals"])


@pytest.mark.parametrize("n", [1, 5])
def test_an_extract_of_hardly_anybody_still_obeys_the_contract(n):
    extract = simulate_extract("six_municipalities", n=n, rng=np.random.default_rng(1))
    assert len(extract["referrals"]) >= 1
