"""Who the synthetic persons are: position, diagnosis and need.

People are one frame, one row a person, with small integers for codes: `kind` (place in `KINDS`), `education` (place in
the contract's order), `group` (place in `GROUPS`), `need` (place in `NEED`). Days are whole and counted from diagnosis.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from rehab_stats.extract.columns import EDUCATION, NEED, ORIGIN, SEX
from rehab_stats.extract.synthetic.mechanism import Mechanism

KINDS = ("included", "under_age", "no_cancer", "relative")
INCLUDED, UNDER_AGE, NO_CANCER, RELATIVE = range(len(KINDS))

HIGHER = (2, 3)
"""Places of the two higher educations in the contract's order."""

CODES = {
    "breast": ("C50.1", "C50.2", "C50.4", "C50.8", "C50.9"),
    "prostate": ("C61",),
    "colorectal": ("C18.0", "C18.2", "C18.7", "C19", "C20"),
    "lung": ("C34.1", "C34.3", "C34.9"),
    "head_and_neck": ("C01", "C02.1", "C09.9", "C10.9", "C30.0", "C32.0", "C32.9"),
    "haematological": ("C81.9", "C82.9", "C83.3", "C85.9", "C90.0", "C91.1", "C92.0"),
    "other": {
        "female": ("C56", "C54.1", "C53.9", "C43.5", "C67.9", "C64", "C25.9", "C71.9", "C16.9"),
        "male": ("C62.9", "C15.9", "C43.5", "C67.9", "C64", "C25.9", "C71.9", "C16.9"),
    },
}
"""Diagnosis group -> its ICD-10 codes, each equally common within the group (assumed)."""
GROUPS = tuple(CODES)
NO_CANCER_CODES = ("D03.9", "D04.9", "D05.1", "D12.6")
DEPARTMENTS = {
    "breast": "d1",
    "prostate": "d2",
    "colorectal": "d3",
    "lung": "d4",
    "head_and_neck": "d5",
    "haematological": "d6",
    "other": "d3",
}
"""Diagnosis group -> pseudonym of the hospital department that treats it."""

LABOUR_MARKET = ("employed", "unemployed", "sickness_benefit", "disability_pension", "retired")


def pick(chance: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Place of the category that each uniform number falls in: the inverse of the cumulative shares.

    `shares` is one set, or one row of shares a number; they need not add up to 1.
    """
    cumulative = np.cumsum(np.atleast_2d(shares), axis=1)
    return (chance[:, None] * cumulative[:, -1:] >= cumulative[:, :-1]).sum(axis=1)


def draw_people(mechanism: Mechanism, rng: np.random.Generator, *, n: int) -> pd.DataFrame:
    """Everyone in the extract: exactly n who will be included, and some who will not.

    Parameters
    ----------
    mechanism : Mechanism
    rng : Generator
        The stream of the table persons; one uniform number a person and column, in the order of the lines below.
    n : int
        Persons of kind `included`.

    Returns
    -------
    DataFrame
        kind, male, education, exact_age (years), cohabiting, children, income (DKK), comorbidity, origin,
        labour_market, income_missing, cohabiting_missing; in an order that says nothing about the kind.
    """
    shares = [mechanism.number(f"share_{kind}") for kind in ("under_age", "no_cancer", "relatives")]
    more = [
        max(1, round(n * share)) for share in shares
    ]  # the one relative keeps a tiny extract from having no referral
    total = n + sum(more)
    people = pd.DataFrame(
        {"kind": np.repeat(range(len(KINDS)), [n, *more])[np.argsort(rng.random(total), kind="stable")]}
    )
    people["male"] = rng.random(total) >= mechanism.number("share_female")
    people["education"] = pick(rng.random(total), np.array(list(mechanism.levels("share_education").values())))
    people["exact_age"] = _ages(mechanism, rng.random(total), people)
    people["cohabiting"] = rng.random(total) < _chance_of_cohabiting(mechanism, people)
    people["children"] = _children(mechanism, rng.random(total), rng.random(total), people)
    people["income"] = _incomes(mechanism, rng.random(total), people)
    people["comorbidity"] = _comorbidity(mechanism, rng.random(total), people)
    people["origin"] = pick(rng.random(total), np.array([mechanism.number("share_origin", code) for code in ORIGIN]))
    people["labour_market"] = _labour_market(mechanism, rng.random(total), people)
    for column in ("income", "cohabiting"):
        people[f"{column}_missing"] = rng.random(total) < mechanism.number("share_missing", column)
    return people


def draw_diagnoses(mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """The people with their first diagnosis, the age it fell in, and what a second one would be.

    Returns
    -------
    DataFrame
        The people and: diagnosed (date), group, code, needs_assessed (days, NaN for none), second_day (days, NaN for
        none), second_group, second_code, need (whether assessed or not), birth (date), age (whole years), year,
        income_fifth (1 to 5, within the year).
    """
    total, people = len(people), people.copy(deep=False)
    first, last = mechanism.day("first_diagnosis"), mechanism.day("last_diagnosis")
    length = int((last - first).astype(int)) + 1
    people["diagnosed"] = first + np.floor(rng.random(total) * length).astype("timedelta64[D]")
    weights = _diagnosis_weights(mechanism, people)
    people["group"] = pick(rng.random(total), weights)
    people["code"] = _codes(rng.random(total), people["group"], people)
    assessed = rng.random(total) < mechanism.share_needs_assessed
    delay = np.floor(rng.random(total) * (mechanism.number("needs_assessment_latest_day") + 1))
    people["needs_assessed"] = np.where(assessed, delay, np.nan)
    second = {
        level: mechanism.number("second_diagnosis", level) for level in ("probability", "earliest_day", "latest_day")
    }
    happens = rng.random(total) < second["probability"]
    day = second["earliest_day"] + np.floor(rng.random(total) * (second["latest_day"] - second["earliest_day"] + 1))
    people["second_day"] = np.where(happens & (people["kind"] != NO_CANCER), day, np.nan)
    weights[np.arange(total), people["group"]] = 0.0
    people["second_group"] = pick(rng.random(total), weights)
    people["second_code"] = _codes(rng.random(total), people["second_group"], people)
    people["need"] = _need(mechanism, rng.random(total), people)
    return _with_age_and_fifth(people)


def effect(log_hr: Mapping[str, float], codes: tuple[str, ...], places: pd.Series) -> np.ndarray:
    """The number of each person's code, from numbers by code and places in the order of the codes."""
    return np.array([log_hr[code] for code in codes])[places.to_numpy()]


def decades(mechanism: Mechanism, people: pd.DataFrame, column: str = "age") -> np.ndarray:
    """Age in tens of years from that of the reference person."""
    return (people[column].to_numpy() - mechanism.number("reference_person", "age")) / 10


def _ages(mechanism: Mechanism, chance: np.ndarray, people: pd.DataFrame) -> np.ndarray:
    """Normal ages by education, cut at the age limits of the kind, by inversion."""
    limits, spread = mechanism.levels("age_limits"), mechanism.number("age_spread")
    mean = effect(mechanism.levels("age_mean"), EDUCATION, people["education"])
    young = people["kind"].to_numpy() == UNDER_AGE
    low = ndtr((np.where(young, limits["youngest"], limits["youngest_included"]) - mean) / spread)
    high = ndtr((np.where(young, limits["oldest_under_age"], limits["oldest"]) - mean) / spread)
    return mean + spread * ndtri(low + chance * (high - low))


def _chance_of_cohabiting(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    by_sex = [mechanism.levels("cohabiting_log_odds", sex) for sex in SEX]
    male = people["male"].to_numpy().astype(int)
    intercept, slope = (np.array([sex[level] for sex in by_sex])[male] for level in ("intercept", "per_10_years"))
    higher = mechanism.number("cohabiting_log_odds_higher_education") * people["education"].isin(HIGHER)
    return 1 / (1 + np.exp(-(intercept + slope * decades(mechanism, people, "exact_age") + higher)))


def _children(mechanism: Mechanism, chance: np.ndarray, number: np.ndarray, people: pd.DataFrame) -> np.ndarray:
    by_age = mechanism.levels("children_any")
    place = np.searchsorted([float(age) for age in by_age], people["exact_age"].to_numpy(), side="right") - 1
    share = np.array(list(by_age.values()))[np.maximum(place, 0)]
    factor = mechanism.levels("children_cohabiting_factor")
    share = share * np.where(people["cohabiting"], factor["cohabiting"], factor["alone"])
    numbers = mechanism.levels("children_number")
    drawn = np.array([int(text) for text in numbers])[pick(number, np.array(list(numbers.values())))]
    return np.where(chance < share, drawn, 0)


def _incomes(mechanism: Mechanism, chance: np.ndarray, people: pd.DataFrame) -> np.ndarray:
    """Log-normal incomes around a median by education, age, cohabitation and sex; rounded."""
    shift, rounding = mechanism.levels("income_log_shift"), mechanism.number("income_rounding")
    centre = (
        effect(mechanism.levels("income_log_median"), EDUCATION, people["education"])
        + shift["age_65_or_more"] * (people["exact_age"].to_numpy() >= mechanism.number("retirement_age"))
        + shift["cohabiting"] * people["cohabiting"].to_numpy()
        + shift["male"] * people["male"].to_numpy()
    )
    return np.round(np.exp(centre + mechanism.number("income_log_spread") * ndtri(chance)) / rounding) * rounding


def _comorbidity(mechanism: Mechanism, chance: np.ndarray, people: pd.DataFrame) -> np.ndarray:
    """Poisson points by age and education, by inversion; the largest score takes the rest of the tail."""
    effects = mechanism.levels("comorbidity_log_mean")
    education = people["education"]
    mean = np.exp(
        effects["intercept"]
        + effects["per_10_years"] * decades(mechanism, people, "exact_age")
        + effects["basic"] * (education == 0).to_numpy()
        + effects["higher"] * education.isin(HIGHER).to_numpy()
    )
    points, term = np.zeros(len(mean), int), np.exp(-mean)
    cumulative = term.copy()
    for point in range(1, int(mechanism.number("comorbidity_largest")) + 1):
        points += chance >= cumulative
        term *= mean / point
        cumulative += term
    return points


def _labour_market(mechanism: Mechanism, chance: np.ndarray, people: pd.DataFrame) -> np.ndarray:
    shares = np.zeros((len(EDUCATION), len(LABOUR_MARKET) - 1))
    for place, status in enumerate(LABOUR_MARKET[1:-1], start=1):
        by_education = mechanism.strata("share_labour_market", status)
        shares[:, place] = [by_education[code] for code in EDUCATION]
    shares[:, 0] = 1 - shares.sum(axis=1)
    drawn = pick(chance, shares[people["education"].to_numpy()])
    retired = people["exact_age"].to_numpy() >= mechanism.number("retirement_age")
    return np.where(retired, len(LABOUR_MARKET) - 1, drawn)


def _diagnosis_weights(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Unscaled chance of each diagnosis group: a share by sex, tilted by age and education."""
    since_65 = decades(mechanism, people, "exact_age")
    by_sex = [mechanism.levels("share_diagnosis", sex) for sex in SEX]
    slopes = mechanism.levels("diagnosis_log_weight_per_10_years")
    male, education = people["male"].to_numpy().astype(int), people["education"].to_numpy()
    weights = np.zeros((len(people), len(GROUPS)))
    for place, group in enumerate(GROUPS):
        share = np.array([shares.get(group, 0.0) for shares in by_sex])[male]
        by_education = mechanism.strata("diagnosis_log_weight_education", group)
        tilt = np.array([by_education.get(code, 0.0) for code in EDUCATION])[education]
        weights[:, place] = share * np.exp(slopes[group] * since_65 + tilt)
    return weights


def _codes(chance: np.ndarray, group: pd.Series, people: pd.DataFrame) -> np.ndarray:
    """ICD-10 codes, each equally common within its group; a D-code for those without a cancer."""
    result = np.empty(len(people), dtype=object)
    kind, male = people["kind"].to_numpy(), people["male"].to_numpy()
    for place, name in enumerate(GROUPS):
        for sex, chosen in zip(SEX, (~male, male), strict=True):
            codes = CODES[name] if name != "other" else CODES[name][sex]
            here = (group.to_numpy() == place) & chosen
            result[here] = np.array(codes, dtype=object)[np.floor(chance[here] * len(codes)).astype(int)]
    here = kind == NO_CANCER
    result[here] = np.array(NO_CANCER_CODES, dtype=object)[np.floor(chance[here] * len(NO_CANCER_CODES)).astype(int)]
    return result


def _need(mechanism: Mechanism, chance: np.ndarray, people: pd.DataFrame) -> np.ndarray:
    """Low, medium or high need by education and comorbidity: cuts of one logistic scale, by inversion."""
    shift = effect(mechanism.levels("need_log_odds_education"), EDUCATION, people["education"])
    shift = shift + mechanism.number("need_log_odds_per_comorbidity_point") * people["comorbidity"].to_numpy()
    cuts = mechanism.levels("need_log_odds")
    at_least = [1 / (1 + np.exp(-(cuts[level] + shift))) for level in NEED[1:]]
    return np.sum([chance < share for share in at_least], axis=0)


def _with_age_and_fifth(people: pd.DataFrame) -> pd.DataFrame:
    """Birth date, whole years at diagnosis, year of diagnosis, and the income fifth among the included of that year."""
    people = people.copy(deep=False)
    diagnosed = people["diagnosed"].to_numpy().astype("datetime64[D]")
    people["birth"] = diagnosed - np.round(people["exact_age"].to_numpy() * 365.25).astype("timedelta64[D]")
    diagnosed, birth = people["diagnosed"].dt, people["birth"].dt
    before_birthday = diagnosed.month * 100 + diagnosed.day < birth.month * 100 + birth.day
    people["age"] = diagnosed.year - birth.year - before_birthday
    people["year"] = diagnosed.year
    included = people["kind"] == INCLUDED
    rank = people.loc[included, "income"].groupby(people.loc[included, "year"]).rank(method="first", pct=True)
    people["income_fifth"] = np.ceil(rank * 5).reindex(people.index, fill_value=3.0)
    return people
