"""How far each referral comes in the six invented municipalities, and on which day: before death or the extract end it.

Each person has one referral that is accepted, the first that was seen; further ones within these years are not written.
Every step is drawn for everybody, whether or not they come to it, so that no draw hangs on another.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.calendar import working_day_after
from rehab_stats.extract.printed_lists import load_printed_list
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic.courses import last_days
from rehab_stats.extract.synthetic.mechanism import Mechanism
from rehab_stats.extract.synthetic.municipalities import (
    ASSESSED_AFTER_CONTACT,
    CONTACT_LIMIT,
    SIZED_AS,
    chance_of_assessment,
    chance_of_contact,
    wait,
)
from rehab_stats.extract.synthetic.people import GROUPS, pick
from rehab_stats.extract.synthetic.tables import dates

DRAWS = (
    *("reached", "contact", "declines", "reason", "assessment", "passed_on", "onward", "provider", "offered"),
    *("executing_contact", "assessed_again", "extended_assessment", "start", "plan_start", "offer", "second_offer"),
    *("other_offer", "sessions", "completes", "closing_talk", "closing_evaluation"),
)
"""Uniform numbers of each referral, in this order."""
REASONS = {
    "not_relevant": "pilot_declined_not_relevant_total",
    "too_far": "pilot_declined_too_far_total",
    "other_course": "pilot_declined_other_course_total",
}
"""Reason of declining -> the printed number of those who gave it in the pilot."""
FIRST, LATER = ("exercise", "several_professions"), ("patient_education", "memory", "mindfulness", "relaxation")
"""Groups of offers that persons are first offered, and offers that some have besides."""
DAYS_TO_ONWARD, DAYS_TO_START, DAYS_TO_PLAN_START, DAYS_TO_EVALUATION = 2, 10, 7, 28
"""Days (working days the first two) within which the planted chances of `municipal_in_time` hold."""
NEVER = 80_000
"""A day (since 1970-01-01) that does not come, in the year 2189."""


def draw_steps(
    mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame, accepted: pd.DataFrame
) -> pd.DataFrame:
    """One row an accepted referral: the day of each step that it comes to, as if nobody died or left.

    Parameters
    ----------
    mechanism : Mechanism
        Of a scenario with municipalities.
    rng : Generator
        The stream of the table courses: `DRAWS`.
    people : DataFrame
        From `draw_homes`.
    accepted : DataFrame
        Of `draw_referrals` the rows that count, one a person.

    Returns
    -------
    DataFrame
        person (row of people), home, provider (codes), received_on, ends_on (death or leaving; far off for none), dies,
        contact_on, declined_on, reason, assessed_on, onward_on, executing_contact_on, extended_on, start_on,
        plan_start_on, offer, other_offer, number (of sessions), last_on (last session),
        joint_closed_on, joint_reason, talk_on, closed_on, close_reason. A step that is not taken has no day.
    """
    chance = {name: rng.random(len(accepted)) for name in DRAWS}
    share, quick = mechanism.levels("municipal_step"), mechanism.levels("municipal_in_time")
    who = people.iloc[accepted["person"]].reset_index(drop=True)
    steps = pd.DataFrame({"person": accepted["person"].to_numpy(), "home": who["municipality"]})
    steps["received_on"] = accepted["received_on"].to_numpy()
    steps["ends_on"] = dates(pd.Series(last_days(people)[steps["person"]]).clip(upper=NEVER))
    steps["dies"] = (who["death_day"] <= who["emigration_day"]).to_numpy()
    reached = chance["reached"] < share["reached"]
    contact = wait(chance["contact"], chance_of_contact(mechanism, who, steps["received_on"]), CONTACT_LIMIT)
    steps["contact_on"] = working_day_after(steps["received_on"], pd.Series(contact)).where(reached)
    declines = reached & (chance["declines"] < share["declines"])
    steps["declined_on"] = steps["contact_on"].where(declines)
    printed = load_published("six_municipalities").set_index("quantity")["estimate"]
    reasons = pick(chance["reason"], np.array([printed[quantity] for quantity in REASONS.values()]))
    steps["reason"] = np.array(list(REASONS), dtype=object)[reasons]
    later = wait(chance["assessment"], chance_of_assessment(mechanism, who), ASSESSED_AFTER_CONTACT)
    assessed = reached & ~declines
    steps["assessed_on"] = working_day_after(steps["contact_on"], pd.Series(later)).where(assessed)
    passed = assessed & (chance["passed_on"] < share["passed_on"])
    onward = wait(chance["onward"], quick["onward_referral"], DAYS_TO_ONWARD)
    steps["onward_on"] = working_day_after(steps["assessed_on"], pd.Series(onward)).where(passed)
    steps["provider"] = _providers(mechanism, chance["provider"], steps["home"]).where(passed)
    steps["offer"] = _offers(chance["offer"], who)
    steps["other_offer"] = np.where(
        chance["second_offer"] < share["second_offer"],
        np.array(LATER, dtype=object)[np.floor(chance["other_offer"] * len(LATER)).astype(int)],
        None,
    )
    first = wait(chance["executing_contact"], quick["executing_contact"], CONTACT_LIMIT)
    steps["executing_contact_on"] = working_day_after(steps["onward_on"], pd.Series(first))
    again = wait(chance["extended_assessment"], quick["extended_assessment"], CONTACT_LIMIT)
    steps["extended_on"] = working_day_after(steps["onward_on"], pd.Series(again)).where(
        chance["assessed_again"] < share["assessed_again"]
    )
    begins = wait(chance["start"], quick["start"], DAYS_TO_START)
    offered = passed | (assessed & (chance["offered"] < share["offered_session"]))
    since = steps["onward_on"].fillna(steps["assessed_on"])
    steps["start_on"] = working_day_after(since, pd.Series(begins)).where(offered)
    # nobody starts before the assessments
    steps["start_on"] = steps[["start_on", "extended_on", "executing_contact_on"]].max(axis=1).where(offered)
    steps = _with_plan(quick, chance, accepted, steps)
    return _with_ends(mechanism, chance, steps)


def _with_plan(
    quick: Mapping[str, float], chance: Mapping[str, np.ndarray], accepted: pd.DataFrame, steps: pd.DataFrame
) -> pd.DataFrame:
    """With `plan_start_on`: exercise by a rehabilitation plan begins at home without waiting for the assessment."""
    discharged = accepted["discharged_on"].reset_index(drop=True)
    days = pd.to_timedelta(
        1 + wait(chance["plan_start"], quick["rehabilitation_plan_start"], DAYS_TO_PLAN_START - 1), "D"
    )
    begins = _on_a_weekday((discharged + days).clip(lower=steps["received_on"] + pd.Timedelta(days=1)))
    reached = steps["contact_on"].notna() & steps["declined_on"].isna()
    return steps.assign(plan_start_on=begins.where(reached))


def _providers(mechanism: Mechanism, chance: np.ndarray, home: pd.Series) -> pd.Series:
    """The municipality that each would be passed on to, another than that of home."""
    codes, weights = list(SIZED_AS), mechanism.levels("municipal_provider")
    table = np.array([[0.0 if code == own else weights[code] for code in codes] for own in home])
    return pd.Series(np.array(codes, dtype=object)[pick(chance, table)])


def _offers(chance: np.ndarray, who: pd.DataFrame) -> np.ndarray:
    """One first offer that each may have, by sex, diagnosis and age; those meant for few go before the mixed one."""
    offers = load_printed_list("offers")
    offers = offers[offers["group"].isin(FIRST)].reset_index(drop=True)
    fits = np.ones((len(who), len(offers)))
    for place, offer in offers.iterrows():
        sex = {"any": True, "male": who["male"], "female": ~who["male"]}[offer["sex"]]
        group = who["group"] == GROUPS.index(offer["diagnosis_group"]) if offer["diagnosis_group"] != "any" else True
        young = who["age"] < offer["below_age"] if not np.isnan(offer["below_age"]) else True
        if offer["offer"] == "brain":  # its diagnosis group holds others too
            group = group & who["code"].str.startswith("C71")
        fits[:, place] = np.broadcast_to(np.asarray(sex & group & young, dtype=float), len(who))
    rare = offers["diagnosis_group"].ne("any").to_numpy() | offers["below_age"].notna().to_numpy()
    return offers["offer"].to_numpy()[pick(chance, fits * np.where(rare, 3.0, 1.0))]


def _with_ends(mechanism: Mechanism, chance: Mapping[str, np.ndarray], steps: pd.DataFrame) -> pd.DataFrame:
    """With the number of sessions, the closing talk, and when and why the courses at home and at the provider end."""
    limits, share = mechanism.levels("municipal_sessions"), mechanism.levels("municipal_step")
    number = limits["fewest"] + np.floor(chance["sessions"] * (limits["most"] - limits["fewest"] + 1))
    completes = chance["completes"] < share["completes"]
    number = np.where(completes, number, np.ceil(number / 3)).astype(int)
    last = steps["start_on"] + pd.to_timedelta(7 * (number - 1), "D")
    passed, sessions = steps["onward_on"].notna(), steps["start_on"].notna()
    quick = mechanism.number("municipal_in_time", "closing_evaluation")
    after = np.where(passed, wait(chance["closing_evaluation"], quick, DAYS_TO_EVALUATION), 0)
    talk = _on_a_weekday(last + pd.to_timedelta(after, "D"))
    talk = talk.where(sessions & completes & (chance["closing_talk"] < share["closing_talk"]))
    never = working_day_after(steps["received_on"], int(mechanism.number("municipal_wait", "not_reached")))
    closed = last.where(~passed, talk.fillna(last + pd.Timedelta(days=DAYS_TO_EVALUATION)))
    closed = closed.fillna(steps["declined_on"]).fillna(steps["assessed_on"]).fillna(never)
    reason = np.select(
        [steps["contact_on"].isna(), steps["declined_on"].notna(), ~sessions, completes],
        ["not_reached", "declined", "other", "completed"],
        "declined",
    )
    return steps.assign(
        number=number,
        last_on=last,
        talk_on=talk,
        joint_closed_on=last.where(passed),
        joint_reason=np.where(completes, "completed", "declined"),
        closed_on=closed,
        close_reason=reason,
    )


def _on_a_weekday(days: pd.Series) -> pd.Series:
    """The days, or the Monday after where they are on a weekend."""
    weekday = days.dt.weekday
    return days + pd.to_timedelta((7 - weekday).where(weekday > 4, 0), "D")
