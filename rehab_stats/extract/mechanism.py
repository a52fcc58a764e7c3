"""The mechanism behind the synthetic extract: hazards of referral and death, and the risks that follow from them.

Both hazards are piecewise constant in days since diagnosis and proportional: rate(t) * exp(linear predictor). Education
acts on both. For such hazards the risk of being referred before death has a closed form, so that the truth of every
simulated person is known and not simulated.

Referrals of a person come as a Poisson process given the covariates (see `repeat_rate_ratio` in the assumptions): then
the first referral since registration began has the same hazard ratios as the first referral ever, although earlier
ones are unseen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import EDUCATION
from rehab_stats.extract.published import load_published

SCENARIOS = MappingProxyType({"default": 1.0, "equal": 0.0, "reversed": -1.0})
"""Scenario -> what the log hazard ratios of education on referral are multiplied by. Death stays graded in all."""

THREE_LEVELS = MappingProxyType(
    {
        "basic": "short",
        "upper_secondary_or_vocational": "medium",
        "short_or_medium_higher": "long",
        "long_higher": "long",
    }
)
"""Education in five codes -> the level of the papers; both higher educations are planted alike."""

SENDERS = ("rehabilitation_plan", "own_form", "general_practice", "unaccounted")
"""Rows of the centre's count of 2012, which add up to all 864."""


@dataclass(frozen=True)
class Hazard:
    """A piecewise-constant hazard of a person whose covariates are all at the reference.

    Attributes
    ----------
    starts : tuple of float
        First day of each piece, since diagnosis; the first is 0, the last piece has no end.
    rates : tuple of float
        Rate per day in each piece.
    """

    starts: tuple[float, ...]
    rates: tuple[float, ...]

    def rate(self, day: float) -> float:
        """Rate per day in the piece that holds this day (a piece begins on its first day)."""
        return self.rates[int(np.searchsorted(self.starts, day, side="right")) - 1]

    def cumulative(self, days: np.ndarray | float) -> np.ndarray:
        """Rate integrated from diagnosis to each day; 0 before diagnosis."""
        pieces = zip(self.starts, (*self.starts[1:], math.inf), self.rates, strict=True)
        return sum(rate * np.clip(np.asarray(days, float) - start, 0.0, stop - start) for start, stop, rate in pieces)

    def day_reached(self, total: np.ndarray) -> np.ndarray:
        """Day on which the integrated rate reaches each total: the inverse of `cumulative`."""
        starts, rates = np.asarray(self.starts), np.asarray(self.rates)
        reached = self.cumulative(starts)
        piece = np.searchsorted(reached, total, side="right") - 1
        return starts[piece] + (total - reached[piece]) / rates[piece]


@dataclass(frozen=True)
class Mechanism:
    """Everything that decides what is simulated.

    Attributes
    ----------
    scenario : str
        A key of `SCENARIOS`.
    assumptions : mapping
        (name, level, stratum) -> value, from data/published/assumptions.csv.
    referral_education, death_education : mapping
        Education code -> log hazard ratio against `basic`.
    referral_children : mapping
        Sex -> log hazard ratio of any child at home.
    referral, death : Hazard
        Baseline hazards.
    senders : mapping
        Sender in the centre's count of 2012 -> number of referrals.
    share_needs_assessed : float
        Share of patients with a needs assessment.
    """

    scenario: str
    assumptions: Mapping[tuple[str, str, str], float]
    referral_education: Mapping[str, float]
    death_education: Mapping[str, float]
    referral_children: Mapping[str, float]
    referral: Hazard
    death: Hazard
    senders: Mapping[str, float]
    share_needs_assessed: float

    def number(self, name: str, level: str = "", stratum: str = "") -> float:
        """One assumption. Raises KeyError when the file has none of that name."""
        return self.assumptions[name, level, stratum]

    def levels(self, name: str, stratum: str = "") -> dict[str, float]:
        """Level -> value of an assumption, in the order of the file."""
        return {key[1]: value for key, value in self.assumptions.items() if key[0] == name and key[2] == stratum}

    def strata(self, name: str, level: str) -> dict[str, float]:
        """Stratum -> value of one level of an assumption, in the order of the file."""
        return {key[2]: value for key, value in self.assumptions.items() if key[:2] == (name, level)}

    def day(self, name: str) -> np.datetime64:
        """A date among the assumptions, written there as YYYYMMDD."""
        text = f"{self.number('dates', name):.0f}"
        return np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:]}", "D")

    def log_hazard_ratios(self) -> dict[str, float]:
        """The planted log hazard ratios of referral, education in the three levels of the papers."""
        education = {f"education_{THREE_LEVELS[code]}": self.referral_education[code] for code in THREE_LEVELS}
        return education | {f"children_at_home_{sex}": value for sex, value in self.referral_children.items()}


def load_mechanism(scenario: str = "default") -> Mechanism:
    """The mechanism of a scenario, read from data/published: printed hazard ratios, and assumptions for all the rest.

    Education on referral is ln 1.15 (medium) and ln 1.33 (long), Moustsen 2015; children at home ln 1.23 (men) and
    ln 1.28 (women), Dalton 2019. Scenarios multiply the first by 1, 0 or -1.

    Parameters
    ----------
    scenario : str
        `default`, `equal` (no education gradient in the referral hazard; death stays graded, so risks still differ) or
        `reversed` (1/1.15 and 1/1.33).

    Returns
    -------
    Mechanism

    Raises
    ------
    ValueError
        No such scenario; the nearest is named.
    """
    if scenario not in SCENARIOS:
        nearest = get_close_matches(str(scenario), SCENARIOS, n=1, cutoff=0.0)
        raise ValueError(f"no scenario {scenario!r}; nearest is {nearest[0]!r}, there are {', '.join(SCENARIOS)}")
    rows = load_published("assumptions")
    assumptions = rows.set_index(["name", "level", "stratum"])["value"].to_dict()
    printed = load_published("moustsen_2015").set_index("quantity")["estimate"]
    children = load_published("dalton_2019").set_index("quantity")["estimate"]
    centre = load_published("centre").set_index("quantity")["estimate"]
    senders = {sender: centre[f"sender_{sender}_2012"] for sender in SENDERS}
    factor = SCENARIOS[scenario]
    log_hr = {"short": 0.0, **{level: math.log(printed[f"hazard_ratio_{level}"]) for level in ("medium", "long")}}
    education = {code: factor * log_hr[level] for code, level in THREE_LEVELS.items()}
    unknown = factor * assumptions["referral_log_hr_unknown_education", "", ""]
    return Mechanism(
        scenario=scenario,
        assumptions=MappingProxyType(assumptions),
        referral_education=MappingProxyType({**education, "unknown": unknown}),
        death_education=MappingProxyType({code: assumptions["death_log_hr_education", code, ""] for code in EDUCATION}),
        referral_children=MappingProxyType(
            {sex: math.log(children[f"hazard_ratio_children_{sex}"]) for sex in ("female", "male")}
        ),
        referral=_hazard(assumptions, "referral"),
        death=_hazard(assumptions, "death"),
        senders=MappingProxyType(senders),
        share_needs_assessed=centre["share_needs_assessed"],
    )


def risk_of_referral(
    mechanism: Mechanism,
    *,
    referral: np.ndarray,
    death: np.ndarray,
    since: np.ndarray | float = 0.0,
    until: np.ndarray | float,
    leaving: float = 0.0,
) -> np.ndarray:
    """Chance of at least one referral between two days since diagnosis, with death as a competing event.

    In each piece [a, b] of the two hazards, with rates r = rate * exp(referral) and d = rate * exp(death), the chance
    is exp(-D(a) - R(a) + R(since)) * r / (r + d) * (1 - exp(-(r + d) (b - a))), where R and D are the integrated
    rates; the pieces are summed. Checked against a fine numerical integral and against simulated persons in
    tests/extract/test_mechanism.py.

    Parameters
    ----------
    mechanism : Mechanism
    referral, death : array
        Linear predictors (log hazard ratios against the reference person), one a person.
    since, until : float or array
        Days since diagnosis. Those dead by `since` are not referred; referrals before `since` do not count.
    leaving : float
        Rate per day of leaving for any other reason (emigration); 0 for a risk in a population that nobody leaves.

    Returns
    -------
    array
        One chance a person; 0 where `until` is not after `since`.
    """
    referral_ratio, death_ratio = np.exp(referral), np.exp(death)
    since, until = np.maximum(since, 0.0), np.asarray(until, float)
    base = mechanism.referral.cumulative(since)
    breaks = np.unique([*mechanism.referral.starts, *mechanism.death.starts])
    total = np.zeros(np.broadcast(referral_ratio, since, until).shape)
    for start, stop in zip(breaks, [*breaks[1:], np.inf], strict=True):
        if start >= np.max(until, initial=0.0):
            break
        first = np.clip(since, start, stop) if np.isfinite(stop) else np.maximum(since, start)
        length = np.maximum(np.minimum(until, stop) - first, 0.0)
        referred = mechanism.referral.rate(start) * referral_ratio
        gone = mechanism.death.rate(start) * death_ratio + leaving
        passed = (
            mechanism.death.cumulative(first) * death_ratio
            + leaving * first
            + (mechanism.referral.cumulative(first) - base) * referral_ratio
        )
        total += np.exp(-passed) * referred / (referred + gone) * -np.expm1(-(referred + gone) * length)
    return total


def true_risks(
    mechanism: Mechanism,
    *,
    referral: np.ndarray,
    death: np.ndarray,
    education: np.ndarray,
    horizons: tuple[int, ...] = (365, 913),
) -> pd.DataFrame:
    """Every person's risk of referral within each horizon, as they are and under each education.

    Setting a person's education changes it in both hazards and leaves all other covariates as they are: the mean of a
    column `risk_365_if_long_higher` is the standardised risk that a model with all covariates estimates.

    Parameters
    ----------
    mechanism : Mechanism
    referral, death : array
        Linear predictors with the persons' own education.
    education : array of str
        Education codes.
    horizons : tuple of int
        Days since diagnosis.

    Returns
    -------
    DataFrame
        Columns `risk_<days>` and, for the four known educations, `risk_<days>_if_<education>`; one row a person.
    """
    position = pd.Index(EDUCATION).get_indexer(education)
    referral_effect = np.array([mechanism.referral_education[code] for code in EDUCATION])
    death_effect = np.array([mechanism.death_education[code] for code in EDUCATION])
    bare_referral, bare_death = referral - referral_effect[position], death - death_effect[position]
    columns = {}
    for days in horizons:
        columns[f"risk_{days}"] = risk_of_referral(mechanism, referral=referral, death=death, until=days)
        for place, code in enumerate(EDUCATION[:-1]):
            columns[f"risk_{days}_if_{code}"] = risk_of_referral(
                mechanism,
                referral=bare_referral + referral_effect[place],
                death=bare_death + death_effect[place],
                until=days,
            )
    return pd.DataFrame(columns)


def _hazard(assumptions: Mapping, name: str) -> Hazard:
    shape = {float(level): value for (row, level, _), value in assumptions.items() if row == f"{name}_relative_rate"}
    base = assumptions[f"{name}_rate", "", ""]
    return Hazard(starts=tuple(shape), rates=tuple(base * value for value in shape.values()))
