"""Six invented municipalities as large as those of a printed note: who lives where, and how long everybody waits.

A referral is received at home. Somebody is called until reached (or never is), declines or is assessed, and is then
passed on to a joint offer of another municipality, has sessions at home, or nothing further. Waits are whole working
days, geometric: P(wait <= k) = 1 - r ** (k + 1), with r such that the planted chance holds at the deadline. Education
acts on the waits for the first contact and for the needs assessment, and a measure that begins on a date quickens the
first contact. So the chance of each person's first contact and needs assessment in time has a closed form.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from rehab_stats.extract.columns import EDUCATION
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic.mechanism import Mechanism
from rehab_stats.extract.synthetic.people import effect, pick

SIZED_AS = {
    "A": "cases_ballerup",
    "B": "cases_gladsaxe",
    "C": "cases_herlev",
    "D": "cases_roedovre",
    "E": "cases_furesoe",
    "F": "cases_egedal",
}
"""Invented municipality -> the number in `six_municipalities` of new cases it is as large as; no more is theirs."""

CONTACT_LIMIT, ASSESSED_AFTER_CONTACT, ASSESSMENT_LIMIT = 5, 5, 10
"""Working days: of the deadlines of first contact and needs assessment from the referral, and the days from contact to
assessment that the planted chance of an assessment is of."""


def draw_homes(mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """The people with `municipality` (code at the diagnosis); where there are six, referral depends on it.

    Parameters
    ----------
    mechanism : Mechanism
    rng : Generator
        The stream of the table residences; one uniform number a person, none where there is one municipality.
    people : DataFrame
        From `draw_deaths`.
    """
    people = people.copy(deep=False)
    if not mechanism.scenario.municipal_years:
        people["municipality"] = f"{mechanism.number('municipality'):.0f}"
        return people
    cases = load_published("six_municipalities").set_index("quantity")["estimate"]
    sizes = np.array([cases[quantity] for quantity in SIZED_AS.values()])
    place = pick(rng.random(len(people)), sizes)
    people["municipality"] = np.array(list(SIZED_AS), dtype=object)[place]
    shift = mechanism.levels("municipality_referral_log_hr")
    people["referral_predictor"] += np.array([shift[code] for code in SIZED_AS])[place]
    return people


def chance_of_contact(mechanism: Mechanism, people: pd.DataFrame, received: pd.Series) -> np.ndarray:
    """Chance that somebody referred on a day is contacted within five working days, once reached; one a referral."""
    base = people["municipality"].map(mechanism.levels("municipal_contact")).to_numpy(dtype=float)
    begun = received.to_numpy().astype("datetime64[D]") >= mechanism.day("measure_from")
    shift = mechanism.number("municipal_contact_log_odds", "measure") * begun
    return expit(logit(base) + shift + _by_education(mechanism, people))


def chance_of_assessment(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Chance that the needs assessment follows within five working days of the first contact; one a person."""
    base = people["municipality"].map(mechanism.levels("municipal_assessment")).to_numpy(dtype=float)
    return expit(logit(base) + _by_education(mechanism, people))


def in_time(mechanism: Mechanism, people: pd.DataFrame, received: pd.Series) -> pd.DataFrame:
    """What each referral's chances are of being counted as in time: the truth behind `deadline_share`.

    Columns `chance_first_contact` and `chance_needs_assessment`, indexed as people: of being in time, given that the
    deadline has passed and the referral is in the denominator. Somebody who declines within the deadline is not, so the
    second is P(no decline) P(W1 + W2 <= 10) over 1 less P(decline) P(W1 <= 10), all times the chance of being reached.
    Death before a deadline, a matter of a few in a thousand, is left out of both.
    """
    reached, declines = (mechanism.number("municipal_step", step) for step in ("reached", "declines"))
    contact = chance_of_contact(mechanism, people, received)
    slow = (1 - contact) ** (1 / (CONTACT_LIMIT + 1))
    after = (1 - chance_of_assessment(mechanism, people)) ** (1 / (ASSESSED_AFTER_CONTACT + 1))
    days = np.arange(ASSESSMENT_LIMIT + 1)[:, None]
    both = ((1 - slow) * slow**days * (1 - after ** (ASSESSMENT_LIMIT - days + 1))).sum(axis=0)
    contacted = 1 - slow ** (ASSESSMENT_LIMIT + 1)
    assessed = reached * (1 - declines) * both / (1 - reached * declines * contacted)
    return pd.DataFrame(
        {"chance_first_contact": reached * contact, "chance_needs_assessment": assessed}, index=people.index
    )


def wait(chance: np.ndarray, in_time: np.ndarray | float, limit: int) -> np.ndarray:
    """Whole days waited, by inversion: within `limit` with the chance `in_time`."""
    return np.floor(np.log1p(-chance) / (np.log1p(-np.asarray(in_time)) / (limit + 1))).astype(int)


def _by_education(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    return effect(mechanism.levels("municipal_waiting_education"), EDUCATION, people["education"])
