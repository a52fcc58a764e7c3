"""What acts on the hazards of the synthetic persons, and when they die, emigrate or move away."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import EDUCATION, NEED, SEX
from rehab_stats.extract.synthetic.mechanism import Mechanism
from rehab_stats.extract.synthetic.people import DEPARTMENTS, GROUPS, RELATIVE, decades, effect, pick


def draw_deaths(mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """The people with what acts on their hazards, and their days of death and emigration.

    Returns
    -------
    DataFrame
        The people and: routine (referred routinely), referral_predictor, death_predictor, death_day, emigration_day
        (exact days since diagnosis, perhaps far off; infinite for relatives), moving_day (infinite: see `draw_moves`).
    """
    people = people.copy(deep=False)
    people["routine"] = referred_routinely(mechanism, people)
    people["referral_predictor"] = referral_predictor(mechanism, people)
    people["death_predictor"] = death_predictor(mechanism, people)
    exponential = -np.log1p(-rng.random(len(people)))
    dies = mechanism.death.day_reached(exponential / np.exp(people["death_predictor"].to_numpy()))
    leaves = -np.log1p(-rng.random(len(people))) / mechanism.number("emigration_rate")
    relative = people["kind"].to_numpy() == RELATIVE
    people["death_day"] = np.where(relative, np.inf, dies)
    people["emigration_day"] = np.where(relative, np.inf, leaves)
    people["moving_day"] = np.inf
    return people


def referred_routinely(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Patients of the department that refers everybody, diagnosed since it does; nobody in most scenarios."""
    if not mechanism.scenario.routine_department:
        return np.zeros(len(people), dtype=bool)
    there = np.array([DEPARTMENTS[group] == mechanism.scenario.routine_department for group in GROUPS])
    since = people["diagnosed"].to_numpy() >= mechanism.day("routine_referral_from")
    return there[people["group"].to_numpy()] & since


def referral_predictor(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Log hazard ratio of referral against the reference person: the set of Moustsen, the year, need and routine."""
    years, squared = decades(mechanism, people), decades(mechanism, people) ** 2
    effects = mechanism.levels("referral_log_hr")
    age = mechanism.levels("referral_log_hr_age")
    children = np.where(people["male"], *(mechanism.referral_children[sex] for sex in ("male", "female")))
    return (
        education_on_referral(mechanism, people)
        + effect(mechanism.levels("referral_log_hr_diagnosis"), GROUPS, people["group"])
        + age["per_10_years"] * years
        + age["per_10_years_squared"] * squared
        + effects["female"] * ~people["male"].to_numpy()
        + effects["per_year_of_diagnosis"] * (people["year"].to_numpy() - mechanism.number("reference_person", "year"))
        + effects["per_income_fifth"] * (people["income_fifth"].to_numpy() - 1)
        + effects["cohabiting"] * people["cohabiting"].to_numpy()
        + children * (people["children"].to_numpy() > 0)
        + effect(mechanism.levels("referral_log_hr_need"), NEED, people["need"])
        + mechanism.number("referral_log_hr_routine") * people["routine"].to_numpy()
    )


def education_on_referral(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Log hazard ratio of each person's own education on referral; 0 for those referred routinely."""
    sex = np.array(SEX, dtype=object)[people["male"].to_numpy().astype(int)]
    effects = mechanism.referral_effects(sex, routine=people["routine"].to_numpy())
    return effects[np.arange(len(people)), people["education"].to_numpy()]


def death_predictor(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Log hazard ratio of death against the reference person."""
    effects = mechanism.levels("death_log_hr")
    return (
        effect(mechanism.death_education, EDUCATION, people["education"])
        + effect(mechanism.levels("death_log_hr_diagnosis"), GROUPS, people["group"])
        + mechanism.number("death_log_hr_age") * decades(mechanism, people)
        + effects["male"] * people["male"].to_numpy()
        + effects["per_comorbidity_point"] * people["comorbidity"].to_numpy()
    )


def draw_moves(mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """The people with the stays that a register of residence would show of them.

    Parameters
    ----------
    mechanism : Mechanism
        Of a scenario with moves.
    rng : Generator
        The stream of the table residences; five uniform numbers a person.
    people : DataFrame
        From `draw_deaths`.

    Returns
    -------
    DataFrame
        The people and: moving_day (exact day since diagnosis on which they leave the municipality for another,
        perhaps far off), moves_to (municipality), back_day (whole day on which they return; NaN for never),
        lived_since (date on which the stay at diagnosis began).
    """
    total, people = len(people), people.copy(deep=False)
    leaves = -np.log1p(-rng.random(total)) / mechanism.number("moving_rate")
    shares = mechanism.levels("moves_to")
    elsewhere = np.array(list(shares), dtype=object)
    people["moving_day"] = np.where(people["kind"].to_numpy() == RELATIVE, np.inf, leaves)
    people["moves_to"] = elsewhere[pick(rng.random(total), np.array(list(shares.values())))]
    back = mechanism.levels("moving_back")
    returns = rng.random(total) < back["probability"]
    gap = back["earliest_day"] + np.floor(rng.random(total) * (back["latest_day"] - back["earliest_day"] + 1))
    people["back_day"] = np.where(returns, np.ceil(people["moving_day"].to_numpy()) + gap, np.nan)
    years = mechanism.number("years_lived_here", "longest") * rng.random(total)
    before = people["diagnosed"].to_numpy() - np.ceil(years * 365.25).astype("timedelta64[D]")
    people["lived_since"] = np.maximum(before, people["birth"].to_numpy())
    return people


def last_day(people: pd.DataFrame) -> pd.Series:
    """Day since diagnosis on which a person dies or leaves the country."""
    first = np.minimum(people["death_day"].to_numpy(), people["emigration_day"].to_numpy())
    return pd.Series(np.ceil(first), index=people.index)
