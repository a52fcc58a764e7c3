"""Which referrals the synthetic persons get, and which of them a register that starts late has seen.

A person's referrals come one after another until death, emigration, moving away or the end of registration. Those
received before registration began are drawn like all others and then hidden.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.extract.synthetic.mechanism import Mechanism, risk_of_referral
from rehab_stats.extract.synthetic.people import DEPARTMENTS, GROUPS, RELATIVE

MOST_REFERRALS = 4
"""Rounds of referrals drawn for everybody; a fifth would be rarer than one in 10,000 persons."""


def draw_referrals(mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Every referral, seen or not.

    Parameters
    ----------
    mechanism : Mechanism
    rng : Generator
        The stream of the table referrals: `MOST_REFERRALS` + 6 uniform numbers a person, then three a referral.
    people : DataFrame
        From `draw_deaths`, and `draw_moves` where people move.

    Returns
    -------
    DataFrame
        person (row of people), received_on (date), accepted, seen (received while referrals were registered), sender,
        message, legal_basis, department, discharged_on; ordered by date, then person.
    """
    rounds = [rng.random(len(people)) for _ in range(MOST_REFERRALS)]
    early, shift, before, gap, alone, day = (rng.random(len(people)) for _ in range(6))
    accepted = _accepted(mechanism, rounds, people)
    first = accepted.drop_duplicates("person").set_index("person")["day"].reindex(people.index).to_numpy(copy=True)
    moved = _moved_before_diagnosis(mechanism, first, early=early, shift=shift)
    is_first = ~accepted.duplicated("person")
    accepted.loc[is_first, "day"] = moved[accepted.loc[is_first, "person"]]
    rejected = _rejected(mechanism, moved, people, before=before, gap=gap, alone=alone, day=day)
    relatives = _of_relatives(mechanism, day, people)
    rows = pd.concat([accepted, rejected, relatives], ignore_index=True)
    diagnosed = people["diagnosed"].to_numpy().astype("datetime64[D]")[rows["person"]]
    rows["received_on"] = diagnosed + rows["day"].to_numpy().astype("timedelta64[D]")
    rows = rows.sort_values(["received_on", "person", "accepted"], kind="stable", ignore_index=True)
    rows["seen"] = rows["received_on"].between(*(mechanism.day(f"registered_{end}") for end in ("from", "to")))
    return _with_sender(mechanism, rng, rows, people)


def chance_of_being_seen(mechanism: Mechanism, people: pd.DataFrame, *, within: int = 0) -> np.ndarray:
    """Each person's chance of an accepted referral received while referrals were registered (closed form).

    With death, emigration and moving away as competing events. `within`: only referrals of so many days after the
    diagnosis count; 0: all. Leaves out what moves a few referrals to before diagnosis, a matter of one person in
    several thousand.
    """
    diagnosed = people["diagnosed"].to_numpy().astype("datetime64[D]")
    begin, end = (
        (mechanism.day(f"registered_{limit}") - diagnosed).astype("timedelta64[D]").astype(float)
        for limit in ("from", "to")
    )
    return risk_of_referral(
        mechanism,
        referral=people["referral_predictor"].to_numpy(),
        death=people["death_predictor"].to_numpy(),
        since=np.maximum(begin - 1, 0),  # a referral of day d falls into (d - 1, d]
        until=np.minimum(end, within) if within else end,
        leaving=mechanism.leaving,
    )


def _accepted(mechanism: Mechanism, rounds: list[np.ndarray], people: pd.DataFrame) -> pd.DataFrame:
    """Accepted referrals: person, day (1 = the day after diagnosis begins to count), in order of person and day."""
    ratio = np.exp(people["referral_predictor"].to_numpy())
    end = mechanism.day("registered_to") - people["diagnosed"].to_numpy().astype("datetime64[D]")
    limit = np.minimum(_last_exact_day(people), end.astype(float))
    limit[people["kind"].to_numpy() == RELATIVE] = 0.0
    repeat = mechanism.number("repeat_rate_ratio")
    total, found = np.zeros(len(people)), []
    for place, chance in enumerate(rounds):
        total = total - np.log1p(-chance) / (ratio if place == 0 else ratio * repeat)
        exact = mechanism.referral.day_reached(total)
        here = np.flatnonzero(exact < limit)
        found.append(pd.DataFrame({"person": here, "day": np.ceil(exact[here])}))
    rows = pd.concat(found, ignore_index=True).sort_values(["person", "day"], kind="stable", ignore_index=True)
    return rows.assign(accepted=True)


def _last_exact_day(people: pd.DataFrame) -> np.ndarray:
    """Exact day since diagnosis on which a person dies, emigrates or moves away: nothing is received after it."""
    return np.minimum.reduce([people[f"{end}_day"].to_numpy() for end in ("death", "emigration", "moving")])


def _moved_before_diagnosis(
    mechanism: Mechanism, first: np.ndarray, *, early: np.ndarray, shift: np.ndarray
) -> np.ndarray:
    """Day of each person's first referral, where a few of the first days are put before the date of diagnosis."""
    rule = mechanism.levels("early_referral")
    moves = (first <= rule["within_day"]) & (early < rule["probability"])
    return np.where(moves, -np.ceil(shift * rule["latest_day"]), first)


def _rejected(
    mechanism: Mechanism,
    first: np.ndarray,
    people: pd.DataFrame,
    *,
    before: np.ndarray,
    gap: np.ndarray,
    alone: np.ndarray,
    day: np.ndarray,
) -> pd.DataFrame:
    """Referrals that were not accepted: shortly before an accepted one, or of persons who have none."""
    rule = mechanism.levels("rejected")
    has_one = ~np.isnan(first)
    earlier = np.maximum(first - 1 - np.floor(gap * rule["gap"]), np.minimum(first, 0))
    lonely = np.ceil(day * rule["latest_day"])
    chosen_alone = (
        ~has_one
        & (lonely < _last_exact_day(people))
        & (alone < rule["alone"])
        & (people["kind"].to_numpy() != RELATIVE)
    )
    chosen = (has_one & (before < rule["before_accepted"])) | chosen_alone
    here = np.flatnonzero(chosen)
    return pd.DataFrame({"person": here, "day": np.where(has_one, earlier, lonely)[here], "accepted": False})


def _of_relatives(mechanism: Mechanism, chance: np.ndarray, people: pd.DataFrame) -> pd.DataFrame:
    """One referral of each relative, on any day of registration."""
    begin, end = mechanism.day("registered_from"), mechanism.day("registered_to")
    here = np.flatnonzero(people["kind"] == RELATIVE)
    day = begin + np.floor(chance[here] * float((end - begin).astype(int) + 1)).astype("timedelta64[D]")
    since = (day - people["diagnosed"].to_numpy().astype("datetime64[D]")[here]).astype(float)
    return pd.DataFrame({"person": here, "day": since, "accepted": True})


def _with_sender(
    mechanism: Mechanism, rng: np.random.Generator, rows: pd.DataFrame, people: pd.DataFrame
) -> pd.DataFrame:
    """Who sent each referral and in what form, in the mix of 2012; relatives come by themselves."""
    chance, other, gap = (rng.random(len(rows)) for _ in range(3))
    counts = np.array(list(mechanism.senders.values()))
    kind = np.array(list(mechanism.senders), dtype=object)[
        (chance[:, None] * counts.sum() >= counts.cumsum()[:-1]).sum(1)
    ]
    relative = people["kind"].to_numpy()[rows["person"]] == RELATIVE
    kind[relative] = "relative"
    remaining = np.where(other < mechanism.number("share_self_of_other_senders"), "self", "other_municipal")
    sender = {"rehabilitation_plan": "hospital", "own_form": "hospital", "general_practice": "general_practice"}
    message = {"rehabilitation_plan": "rehabilitation_plan", "relative": "other"}
    rows = rows.copy()
    rows["sender"] = pd.Series(kind).map({**sender, "relative": "self"}).where(kind != "unaccounted", remaining)
    rows["message"] = pd.Series(kind).map(message).fillna("referral")
    plan = rows["message"] == "rehabilitation_plan"
    rows["legal_basis"] = pd.Series("section_140", index=rows.index, dtype="string").where(plan)
    names = np.array([DEPARTMENTS[group] for group in GROUPS], dtype=object)
    department = pd.Series(names[people["group"].to_numpy()[rows["person"]]], index=rows.index, dtype="string")
    rows["department"] = department.where(rows["sender"] == "hospital")
    days = np.floor(gap * (mechanism.number("discharge_gap") + 1)).astype("timedelta64[D]")
    rows["discharged_on"] = (rows["received_on"] - days).where(plan)
    return rows
