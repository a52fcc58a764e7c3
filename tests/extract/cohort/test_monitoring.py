"""The cohort of monitoring by hand, one rule a test, and against a count in plain pandas on the six municipalities."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.calendar import Deadline
from rehab_stats.extract.cohort.monitoring import monitoring_cohort
from rehab_stats.extract.cohort.monitoring_days import days_of_referrals
from rehab_stats.extract.cohort.printed_deadlines import CLOCKS, printed_deadlines
from rehab_stats.extract.cohort.span import Span
from rehab_stats.extract.contract import Extract, ExtractMeta, cast_to_contract, validate_tables
from rehab_stats.extract.files.reader import SIX_MUNICIPALITIES, load_extract
from rehab_stats.extract.printed_lists import load_printed_list

DRAWN = "2024-07-10"
MAN = {"sex": "male", "birth_date": "1960-01-01", "education": "basic"}


def hand_made(*, people=(), referrals=(), courses=(), appointments=(), forms=(), residences=(), drop=()):
    """An extract of `p1` (and more `people`), woman of 60 diagnosed on 1 March 2023 in A, whose rows are given."""
    persons = [
        {"person_id": "p1", "sex": "female", "birth_date": "1963-02-01", "education": "basic", "role": "patient"},
        {"person_id": "q1", "sex": "male", "birth_date": "1950-01-01", "education": "long_higher", "role": "patient"},
        *people,
    ]
    ids = [person["person_id"] for person in persons if person.get("role", "patient") == "patient"]
    diagnoses = [
        {"person_id": name, "diagnosis_date": "2023-03-01", "diagnosis": "C50", "municipality": "A"} for name in ids
    ]
    sent = [{"sender": "hospital", "accepted": True, "person_id": "p1"} | row for row in referrals]
    sent = [{"referral_id": f"r{place}"} | row for place, row in enumerate(sent, 1)]
    elsewhere = {"person_id": "q1", "date": "2023-03-10", "kind": "exercise"}  # a table has rows
    made = [{"person_id": "p1", "status": "attended"} | row for row in (*appointments, elsewhere)]
    made = [{"appointment_id": f"a{place}"} | row for place, row in enumerate(made, 1)]
    tables = {"persons": persons, "diagnoses": diagnoses, "referrals": sent, "appointments": made}
    tables |= {"courses": [{"person_id": "p1", "municipality": "A"} | row for row in courses]} if courses else {}
    tables |= {"forms": [{"person_id": "p1", "occasion": "end"} | row for row in forms]} if forms else {}
    tables |= {"residences": list(residences)} if residences else {}
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    for table, column in drop:
        frames[table] = frames[table].drop(columns=column, errors="ignore")
    frames = {name: cast_to_contract(name, frame) for name, frame in frames.items()}
    first = pd.Timestamp("2023-01-01")
    seen = {"referrals": (first, pd.Timestamp(DRAWN)), "appointments": (first, pd.Timestamp(DRAWN))}
    meta = ExtractMeta(pd.Timestamp(DRAWN), "by hand", True, seen)
    validate_tables(frames, meta)
    return Extract(frames, meta)


def only(cohort, name="referrals"):
    (row,) = getattr(cohort, name).to_dict("records")
    return row


def day(text):
    return pd.Timestamp(text)


def test_a_first_contact_is_one_that_was_made_and_an_interview_is_one_too():
    calls = [
        {"date": "2024-01-09", "kind": "contact_attempt"},
        {"date": "2024-01-10", "kind": "first_contact", "status": "no_show"},
        {"date": "2024-01-15", "kind": "interview"},
        {"date": "2024-01-16", "kind": "first_contact"},
    ]
    row = only(monitoring_cohort(hand_made(referrals=[{"received_on": "2024-01-08"}], appointments=calls)))
    assert (row["contact_on"], row["assessed_on"]) == (day("2024-01-15"), day("2024-01-15"))


def test_an_interview_is_held_and_a_session_is_offered():
    met = [
        {"date": "2024-01-10", "kind": "interview", "status": "no_show"},
        {"date": "2024-01-12", "kind": "interview"},
        {"date": "2024-01-15", "kind": "assessment"},
        {"date": "2024-01-16", "kind": "exercise", "status": "cancelled_by_centre"},
        {"date": "2024-01-17", "kind": "exercise", "status": "rescheduled"},
        {"date": "2024-01-18", "kind": "exercise", "status": "no_show"},
        {"date": "2024-01-25", "kind": "exercise"},
    ]
    row = only(monitoring_cohort(hand_made(referrals=[{"received_on": "2024-01-08"}], appointments=met)))
    assert (row["assessed_on"], row["extended_on"]) == (day("2024-01-12"), day("2024-01-15"))
    assert row["start_on"] == day("2024-01-18")


def test_what_lies_before_the_referral_or_after_the_extract_is_not_its_own():
    met = [
        {"date": "2024-07-04", "kind": "interview"},
        {"date": "2024-07-10", "kind": "first_contact"},
        {"date": "2024-07-12", "kind": "interview", "status": "planned"},
    ]
    row = only(monitoring_cohort(hand_made(referrals=[{"received_on": "2024-07-05"}], appointments=met)))
    assert row["contact_on"] == day("2024-07-10")
    assert pd.isna(row["assessed_on"])


def test_appointments_go_to_the_referral_whose_course_they_name():
    extract = hand_made(
        referrals=[
            {"received_on": "2024-01-08", "course_id": "k1"},
            {"received_on": "2024-02-05", "course_id": "k2"},
        ],
        courses=[
            {"course_id": "k1", "opened_on": "2024-01-08"},
            {"course_id": "k2", "opened_on": "2024-02-05"},
        ],
        appointments=[
            {"date": "2024-02-20", "kind": "interview", "course_id": "k1"},
            {"date": "2024-02-12", "kind": "interview", "course_id": "k2"},
        ],
    )
    found = monitoring_cohort(extract).referrals.set_index("referral_id")["assessed_on"]
    assert found.to_dict() == {"r1": day("2024-02-20"), "r2": day("2024-02-12")}


def test_without_a_course_appointments_go_to_the_referral_before_them():
    extract = hand_made(
        referrals=[{"received_on": "2024-01-08"}, {"received_on": "2024-02-05"}],
        appointments=[{"date": "2024-02-12", "kind": "interview"}],
    )
    found = monitoring_cohort(extract).referrals.set_index("referral_id")["assessed_on"]
    assert pd.isna(found["r1"])
    assert found["r2"] == day("2024-02-12")


def test_a_course_closed_as_declined_is_a_no_on_that_day_and_one_never_reached_is_none():
    def closed(reason, **more):
        extract = hand_made(
            referrals=[{"received_on": "2024-01-08", "course_id": "k1"}],
            courses=[
                {"course_id": "k1", "opened_on": "2024-01-08", "closed_on": "2024-01-20", "close_reason": reason} | more
            ],
        )
        return only(monitoring_cohort(extract))

    declined = closed("declined", decline_reason="too_far")
    assert (declined["declined"], declined["declined_on"]) == (1, day("2024-01-20"))
    assert declined["decline_reason"] == "too_far"
    never = closed("not_reached")
    assert (never["never_reached"], never["declined"]) == (1, 0)
    assert pd.isna(never["declined_on"])
    assert closed("moved")["left_on"] == day("2024-01-20")


def test_death_emigration_and_moving_end_the_wait_on_the_first_of_them():
    people = [
        {
            "person_id": "p2",
            "sex": "male",
            "birth_date": "1960-01-01",
            "education": "basic",
            "death_date": "2024-03-01",
        },
        {"person_id": "p3", "sex": "male", "birth_date": "1960-01-01", "education": "basic"},
    ]
    people[1] |= {"emigration_date": "2024-02-10"}
    stays = [
        {"person_id": "p3", "municipality": "A", "from": "2000-01-01", "to": "2024-02-01"},
        {"person_id": "p3", "municipality": "B", "from": "2024-02-01"},
    ]
    referrals = [{"received_on": "2024-01-08", "person_id": name} for name in ("p2", "p3")]
    cohort = monitoring_cohort(hand_made(people=people, referrals=referrals, residences=stays))
    assert cohort.referrals["left_on"].tolist() == [day("2024-03-01"), day("2024-02-01")]


def test_who_is_left_out_is_counted_once_under_the_first_reason():
    people = [
        {"person_id": "p2", "sex": "male", "birth_date": "1960-01-01", "education": "basic", "role": "relative"},
        {
            "person_id": "p3",
            "sex": "male",
            "birth_date": "1960-01-01",
            "education": "basic",
            "death_date": "2024-01-02",
        },
    ]
    referrals = [
        {"received_on": "2024-01-08"},
        {"received_on": "2024-01-08", "person_id": "p2"},
        {"received_on": "2024-01-08", "accepted": False},
        {"received_on": "2024-01-08", "person_id": "p3"},
        {"received_on": "2023-02-08"},
    ]
    cohort = monitoring_cohort(hand_made(people=people, referrals=referrals), received_from="2023-07-01")
    flow = cohort.flow.tidy().set_index("level")["estimate"].to_dict()
    assert flow == {
        "referrals_in_extract": 5,
        "relatives": 1,
        "received_before_period": 1,
        "not_accepted": 1,
        "gone_before_referral": 1,
        "municipality_unknown": 0,
        "referrals_used": 1,
        "received_at_home": 1,
        "home_without_contact": 1,
        "received_from_another": 0,
    }


def onward_extract(**more):
    return hand_made(
        referrals=[
            {"received_on": "2024-01-08", "course_id": "k1"},
            {
                "received_on": "2024-01-20",
                "course_id": "k2",
                "parent_referral_id": "r1",
                "from_municipality": "A",
                "to_municipality": "B",
                "sender": "other_municipal",
            },
        ],
        courses=[
            {"course_id": "k1", "opened_on": "2024-01-08"},
            {
                "course_id": "k2",
                "opened_on": "2024-01-20",
                "municipality": "B",
                "closed_on": "2024-05-02",
                "close_reason": "completed",
            },
        ],
        appointments=[
            {"date": "2024-01-15", "kind": "interview", "course_id": "k1"},
            {"date": "2024-01-23", "kind": "first_contact", "course_id": "k2"},
            {"date": "2024-01-30", "kind": "patient_education", "course_id": "k2"},
            {"date": "2024-05-20", "kind": "closing_talk", "course_id": "k1"},
        ],
        **more,
    )


def test_a_referral_passed_on_is_one_of_the_municipality_that_executes():
    cohort = monitoring_cohort(onward_extract())
    home, onward = only(cohort), only(cohort, "onward")
    assert (home["onward_on"], home["provider"], home["passed_on"]) == (day("2024-01-20"), "B", 1)
    assert (onward["municipality"], onward["home_municipality"]) == ("B", "A")
    assert (onward["contact_on"], onward["start_on"]) == (day("2024-01-23"), day("2024-01-30"))
    assert not onward["bodily"]  # classes only: no extended assessment is promised


def test_each_clock_runs_for_those_whose_deadline_it_is():
    cohort = monitoring_cohort(onward_extract())
    found = {code: cohort.clock(code) for code in CLOCKS}
    lengths = {code: len(rows) for code, rows in found.items()}
    assert lengths == {
        "first_contact": 1,
        "needs_assessment": 1,
        "onward_referral": 1,
        "executing_contact": 1,
        "extended_assessment": 0,
        "start": 1,
        "closing_evaluation": 1,
        "rehabilitation_plan_start": 0,
    }
    closing = found["closing_evaluation"].iloc[0]
    assert (closing["began_on"], closing["done_on"]) == (day("2024-05-02"), day("2024-05-20"))
    assert (closing["municipality"], closing["period"]) == ("A", "2024-H1")
    assert found["start"].iloc[0]["municipality"] == "B"
    with pytest.raises(ValueError, match="there is no deadline 'first'; did you mean 'first_contact'"):
        cohort.clock("first")


def test_a_closing_talk_before_the_closing_counts_on_that_day():
    extract = onward_extract()
    tables = {**extract.tables}
    tables["appointments"] = tables["appointments"].assign(
        date=tables["appointments"]["date"].replace(day("2024-05-20"), day("2024-04-30"))
    )
    closing = monitoring_cohort(Extract(tables, extract.meta)).clock("closing_evaluation").iloc[0]
    assert closing["done_on"] == closing["began_on"]


def test_the_clock_of_a_plan_starts_at_the_discharge():
    plan = {"received_on": "2024-01-08", "message": "rehabilitation_plan", "discharged_on": "2024-01-04"}
    late = {"received_on": "2023-01-05", "message": "rehabilitation_plan", "discharged_on": "2022-12-30"}
    extract = hand_made(
        people=[MAN | {"person_id": "p2"}],
        referrals=[plan, late | {"person_id": "p2"}],
        appointments=[{"date": "2024-01-10", "kind": "exercise"}],
    )
    rows = monitoring_cohort(extract).clock("rehabilitation_plan_start")
    # a clock that started before registration began is in no period that is whole
    assert rows["began_on"].tolist() == [day("2024-01-04")]
    assert rows["done_on"].tolist() == [day("2024-01-10")]


def test_what_was_done_before_the_clock_started_was_in_time():
    plan = {"received_on": "2024-01-08", "message": "rehabilitation_plan", "discharged_on": "2024-01-20"}
    early = {"received_on": "2024-01-05", "parent_referral_id": "r1", "from_municipality": "A", "to_municipality": "B"}
    met = [{"date": "2024-01-12", "kind": "exercise"}]
    cohort = monitoring_cohort(hand_made(referrals=[plan, early], appointments=met))
    for deadline, start in (("rehabilitation_plan_start", "2024-01-20"), ("onward_referral", "2024-01-08")):
        row = cohort.clock(deadline).iloc[0]
        assert (row["began_on"], row["done_on"]) == (day(start), day(start))


def test_a_referral_registered_twice_on_a_day_is_answered_by_one_contact():
    twice = [{"received_on": "2024-01-08"}, {"received_on": "2024-01-08"}, {"received_on": "2024-01-15"}]
    calls = [{"date": "2024-01-10", "kind": "first_contact"}, {"date": "2024-01-16", "kind": "first_contact"}]
    rows = monitoring_cohort(hand_made(referrals=twice, appointments=calls)).referrals
    assert rows["contact_on"].tolist() == [day("2024-01-10"), day("2024-01-10"), day("2024-01-16")]


def test_an_extract_of_the_required_columns_alone_is_enough():
    drop = [("referrals", ["course_id", "parent_referral_id", "from_municipality", "to_municipality", "message"])]
    extract = hand_made(
        referrals=[{"received_on": "2024-01-08"}],
        appointments=[{"date": "2024-01-12", "kind": "interview"}],
        drop=[*drop, ("persons", ["role"])],
    )
    cohort = monitoring_cohort(extract)
    assert only(cohort)["assessed_on"] == day("2024-01-12")
    assert cohort.onward.empty
    assert cohort.evaluations.empty
    assert cohort.offer_starts.empty
    assert cohort.offers().empty


def test_answers_of_the_evaluation_stand_in_a_column_each():
    form = {"course_id": "k1", "instrument": "course_evaluation", "due_on": "2024-03-01", "given_on": "2024-03-01"}
    back = form | {"returned_on": "2024-03-08"}
    extract = hand_made(
        referrals=[{"received_on": "2024-01-08", "course_id": "k1"}],
        courses=[{"course_id": "k1", "opened_on": "2024-01-08"}],
        forms=[back | {"scale": "satisfied", "score": 5}, form | {"scale": "benefit"}],
    )
    (row,) = monitoring_cohort(extract).evaluations.to_dict("records")
    assert (row["municipality"], row["period"], row["satisfied"]) == ("A", "2024-H1", 5)
    assert pd.isna(row["benefit"])


def test_new_cases_are_known_where_those_not_referred_are():
    extract = hand_made(referrals=[{"received_on": "2024-01-08"}])
    cases = monitoring_cohort(extract).new_cases
    assert cases.to_numpy().tolist() == [["A", "2023-H1", "basic", 1], ["A", "2023-H1", "long_higher", 1]]
    tables = {
        **extract.tables,
        **{name: extract[name].query("person_id == 'p1'").reset_index(drop=True) for name in ("persons", "diagnoses")},
    }
    alone = monitoring_cohort(Extract(tables, extract.meta))
    assert alone.new_cases.empty
    assert alone.needs.empty
    assert alone.needs_by_education.empty


def test_needs_by_education_keep_levels_of_which_nobody_was_referred_or_is_new():
    extract = hand_made(referrals=[{"received_on": "2023-03-08"}, {"received_on": "2023-07-08"}])
    cohort = monitoring_cohort(extract)
    columns = ["municipality", "period", "education", "referred", "new_cases"]
    assert cohort.needs_by_education[columns].to_numpy().tolist() == [
        ["A", "2023-H1", "basic", 1, 1],
        ["A", "2023-H1", "long_higher", 0, 1],
        ["A", "2023-H2", "basic", 1, 0],
    ]
    assert cohort.needs_by_education["education"].cat.ordered
    assert cohort.needs[["period", "referred", "new_cases"]].to_numpy().tolist() == [["2023-H1", 1, 2]]


def test_needs_count_a_person_once_a_period_and_no_period_that_is_not_over():
    extract = hand_made(
        referrals=[{"received_on": "2023-03-08"}, {"received_on": "2023-04-08"}, {"received_on": "2024-07-02"}]
    )
    needs = monitoring_cohort(extract).needs
    assert needs[["municipality", "period", "referred", "new_cases"]].to_numpy().tolist() == [["A", "2023-H1", 1, 2]]


def test_a_span_cuts_its_days_into_periods_and_knows_which_are_over():
    span = Span(day("2023-01-01"), day("2024-06-30"), "half_year", day(DRAWN))
    dates = pd.Series(pd.to_datetime(["2022-12-31", "2023-01-01", "2023-12-31", "2024-06-30", None, "2024-07-01"]))
    assert span.periods(dates).astype(object).tolist()[1:4] == ["2023-H1", "2023-H2", "2024-H1"]
    assert span.periods(dates).isna().tolist() == [True, False, False, False, True, True]
    # the last day of a half-year ends it
    assert span.chosen() == "2024-H1"
    assert Span(day("2023-01-01"), day("2024-06-29"), "half_year", day(DRAWN)).chosen() == "2023-H2"
    with pytest.raises(ValueError, match="period '2024-H1' is none of those that were over on 2024-06-29: 2023-H1, "):
        Span(day("2023-01-01"), day("2024-06-29"), "half_year", day(DRAWN)).chosen("2024-H1")
    with pytest.raises(ValueError, match="no half-year was over on 2023-03-01"):
        Span(day("2023-01-01"), day("2023-03-01"), "half_year", day(DRAWN)).chosen()


def test_periods_end_with_the_registration_not_with_the_extract():
    extract = hand_made(referrals=[{"received_on": "2024-01-08"}])
    seen = {**extract.meta.registration, "referrals": (day("2023-01-01"), day("2024-03-31"))}
    meta = ExtractMeta(extract.meta.extract_date, "by hand", True, seen)
    span = monitoring_cohort(Extract(extract.tables, meta)).span
    assert (span.until, span.chosen()) == (day("2024-03-31"), "2023-H2")


def test_windows_are_the_period_and_those_before_it_and_share_nothing():
    span = Span(day("2022-01-01"), day("2024-07-10"), "half_year", day(DRAWN))
    rows = pd.DataFrame({"period": ["2022-H1", "2022-H2", "2023-H1", "2023-H2", "2024-H1", "2024-H2"]})
    found = span.windows(rows)
    assert found["window"].tolist() == ["2022-H2..2023-H2"] * 3 + ["2024-H1"]
    assert list(found["window"].cat.categories) == ["2022-H2..2023-H2", "2024-H1"]
    assert span.windows(rows, "2022-H2")["window"].tolist() == ["2022-H1", "2022-H2"]
    assert span.windows(rows, "2022-H1")["window"].tolist() == ["2022-H1"]


def test_seen_is_a_municipality_up_to_a_period():
    cohort = monitoring_cohort(load_extract(SIX_MUNICIPALITIES))
    rows = cohort.seen(cohort.referrals, municipality="C", period="2022-H2")
    assert set(rows["municipality"]) == {"C"}
    assert rows["period"].max() == "2022-H2"
    assert len(cohort.seen(cohort.referrals)) < len(cohort.referrals)  # without the half-year that is not over
    with pytest.raises(ValueError, match="no referral was received by 'X'; there are A, B, C, D, E, F"):
        cohort.seen(rows, municipality="X")


def test_calls_that_cannot_be_answered_are_refused():
    extract = hand_made(referrals=[{"received_on": "2024-01-08"}])
    with pytest.raises(ValueError, match="education_levels must be 3 or 4; got 5"):
        monitoring_cohort(extract, education_levels=5)
    with pytest.raises(ValueError, match="period_length must be one of year, half_year, quarter, month; got 'week'"):
        monitoring_cohort(extract, period_length="week")
    with pytest.raises(ValueError, match="no accepted referral of a patient was received from 2024-02-01"):
        monitoring_cohort(extract, received_from="2024-02-01")
    without = Extract({name: extract[name] for name in extract if name != "appointments"}, extract.meta)
    with pytest.raises(ValueError, match="the extract has no table appointments"):
        monitoring_cohort(without)


def test_deadlines_are_those_printed_each_length_once():
    found = printed_deadlines()
    listed = load_printed_list("deadlines")[["deadline", "days"]].drop_duplicates()
    assert [(one.code, one.limit) for one in found] == [(row.deadline, row.days) for row in listed.itertuples()]
    assert {one.code for one in found} == set(CLOCKS)
    assert Deadline("closing_evaluation", 1, "months") in found
    assert Deadline("rehabilitation_plan_start", 7, "days") in found


def test_a_length_of_ones_own_takes_the_place_of_all_printed_ones():
    found = printed_deadlines({"first_contact": 3})
    assert [one.limit for one in found if one.code == "first_contact"] == [3]
    with pytest.raises(ValueError, match="there is no deadline 'contact'; did you mean"):
        printed_deadlines({"contact": 3})
    with pytest.raises(ValueError, match="the days of start must be a whole number, 0 or more"):
        printed_deadlines({"start": 2.5})


@pytest.fixture(scope="module")
def six():
    return load_extract(SIX_MUNICIPALITIES)


def test_days_against_a_count_in_plain_pandas(six):
    rows = days_of_referrals(six).set_index("referral_id")
    referrals, made = six["referrals"].set_index("referral_id"), six["appointments"]
    met = made.merge(six["referrals"][["course_id", "referral_id", "received_on"]].dropna(), on="course_id")
    met = met[(met["date"] >= met["received_on"]) & (met["date"] <= six.meta.extract_date)]
    held = met[met["status"] == "attended"]
    offered = met[met["status"].isin(["attended", "no_show", "cancelled_by_person", "not_registered"])]
    wanted = {
        "contact_on": held[held["kind"].isin(["first_contact", "interview"])],
        "assessed_on": held[held["kind"] == "interview"],
        "extended_on": offered[offered["kind"] == "assessment"],
        "start_on": offered[
            ~offered["kind"].isin(
                ["contact_attempt", "first_contact", "interview", "assessment", "closing_talk", "follow_up"]
            )
        ],
    }
    for name, those in wanted.items():
        expected = those.groupby("referral_id")["date"].min().reindex(rows.index)
        pd.testing.assert_series_equal(rows[name], expected.rename(name), check_names=False)
    closed = six["courses"].set_index("course_id")["closed_on"]
    expected = referrals["course_id"].map(closed).reindex(rows.index)
    pd.testing.assert_series_equal(rows["closed_on"], expected, check_names=False, check_dtype=False)
    passed = referrals[referrals["parent_referral_id"].notna()].set_index("parent_referral_id")["received_on"]
    pd.testing.assert_series_equal(rows["onward_on"], passed.reindex(rows.index), check_names=False, check_dtype=False)


def test_the_order_of_rows_does_not_matter_and_nothing_is_changed(six):
    before = {name: six[name] for name in six}
    first = monitoring_cohort(six)
    rng = np.random.default_rng(2)
    shuffled = {name: six[name].sample(frac=1, random_state=rng).reset_index(drop=True) for name in six}
    again = monitoring_cohort(Extract(shuffled, six.meta))
    for name in ("referrals", "onward", "needs", "evaluations", "offer_starts"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))
    for name, table in before.items():
        pd.testing.assert_frame_equal(table, six[name])
