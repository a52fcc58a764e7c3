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
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import EDUCATION, SEX
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic.scenarios import SCENARIOS, Scenario, find_scenario

__all__ = [
    "SCENARIOS",
    "SENDERS",
    "THREE_LEVELS",
    "Hazard",
    "Mechanism",
    "load_mechanism",
    "risk_of_referral",
    "true_risks",
]

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
    scenario : Scenario
    assumptions : mapping
        (name, level, stratum) -> value, from data/published/assumptions.csv: those of all scenarios, and this one's.
    referral_education : mapping
        Sex -> education code -> log hazard ratio of referral against `basic`.
    death_education : mapping
        Education code -> log hazard ratio of death against `basic`.
    referral_children : mapping
        Sex -> log hazard ratio of any child at home.
    referral, death : Hazard
        Baseline hazards.
    senders : mapping
        Sender in the centre's count of 2012 -> number of referrals.
    share_needs_assessed : float
        Share of patients with a needs assessment.
    """

    scenario: Scenario
    assumptions: Mapping[tuple[str, str, str], float]
    referral_education: Mapping[str, Mapping[str, float]]
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

    @property
    def leaving(self) -> float:
        """Rate per day of leaving the municipality alive: emigration and moving."""
        return self.number("emigration_rate") + self.number("moving_rate")

    def referral_effects(self, sex: np.ndarray, *, routine: np.ndarray | bool = False) -> np.ndarray:
        """Log hazard ratio of referral of every education, a column each; one row a person.

        Parameters
        ----------
        sex : array of str
            `female` or `male`.
        routine : array of bool
            Referred routinely: education has no effect.
        """
        by_sex = np.array([[self.referral_education[code][level] for level in EDUCATION] for code in SEX])
        return np.where(np.reshape(routine, (-1, 1)), 0.0, by_sex[pd.Index(SEX).get_indexer(sex)])

    def log_hazard_ratios(self) -> dict[str, float]:
        """The planted log hazard ratios of referral: education in the three levels of the papers, and children at home.

        `education_<level>`, or `education_<level>_<sex>` where they differ by sex, and `children_at_home_<sex>`.
        """
        planted = {}
        for sex in SEX if self.scenario.by_sex else SEX[:1]:
            tail = f"_{sex}" if self.scenario.by_sex else ""
            planted |= {
                f"education_{THREE_LEVELS[code]}{tail}": self.referral_education[sex][code] for code in THREE_LEVELS
            }
        return planted | {f"children_at_home_{sex}": value for sex, value in self.referral_children.items()}


@lru_cache
def load_mechanism(scenario: str = "default") -> Mechanism:
    """The mechanism of a scenario, read from data/published: printed hazard ratios, and assumptions for all the rest.

    Education on referral is ln 1.15 (medium) and ln 1.33 (long), Moustsen 2015, times 1, 0 or -1; in `dalton` that of
    Dalton 2019 by sex, where the medium one of women, which is not printed, is an assumption. Children at home: ln 1.23
    (men) and ln 1.28 (women), Dalton 2019. What else a scenario changes: see `SCENARIOS`.

    Parameters
    ----------
    scenario : str
        A key of `SCENARIOS`.

    Returns
    -------
    Mechanism
        Read once a process.

    Raises
    ------
    ValueError
        No such scenario; the nearest is named.
    """
    chosen = find_scenario(scenario)
    assumptions = _assumptions(chosen)
    children = load_published("dalton_2019").set_index("quantity")["estimate"]
    centre = load_published("centre").set_index("quantity")["estimate"]
    senders = {sender: centre[f"sender_{sender}_2012"] for sender in SENDERS}
    return Mechanism(
        scenario=chosen,
        assumptions=MappingProxyType(assumptions),
        referral_education=MappingProxyType({sex: _education(chosen, assumptions, sex) for sex in SEX}),
        death_education=MappingProxyType({code: assumptions["death_log_hr_education", code, ""] for code in EDUCATION}),
        referral_children=MappingProxyType({sex: math.log(children[f"hazard_ratio_children_{sex}"]) for sex in SEX}),
        referral=_hazard(assumptions, "referral"),
        death=_hazard(assumptions, "death"),
        senders=MappingProxyType(senders),
        share_needs_assessed=centre["share_needs_assessed"],
    )


def _assumptions(scenario: Scenario) -> dict[tuple[str, str, str], float]:
    """The rows without a scenario, and in their place or after them those of this one."""
    rows = load_published("assumptions")
    keys = ["name", "level", "stratum"]
    general, own = (rows[rows["scenario"] == name].set_index(keys)["value"].to_dict() for name in ("", scenario.name))
    return general | own


def _education(scenario: Scenario, assumptions: Mapping, sex: str) -> Mapping[str, float]:
    """Education code -> log hazard ratio of referral; printed, or an assumption where it is not printed."""
    printed = load_published(scenario.source).set_index("quantity")["estimate"]
    tail = f"_{sex}" if scenario.by_sex else ""
    ratios = {"short": 1.0} | {level: printed[f"hazard_ratio_{level}{tail}"] for level in ("medium", "long")}
    for level, ratio in ratios.items():
        if math.isnan(ratio):
            ratios[level] = assumptions["referral_hazard_ratio_education", level, sex]
    effects = {code: scenario.multiplier * math.log(ratios[level]) for code, level in THREE_LEVELS.items()}
    unknown = scenario.multiplier * assumptions["referral_log_hr_unknown_education", "", ""]
    return MappingProxyType({**effects, "unknown": unknown})


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

    In each piece [a, b] of the two hazards, with rates r = rate * exp(referral) and d = rate * exp(death) + leaving,
    the chance is S(a) * r / (r + d) * (1 - exp(-(r + d) (b - a))), and S(b) = S(a) * exp(-(r + d) (b - a)); at `since`
    S is the chance to be alive and here. The pieces are summed. Checked against a fine numerical integral and against
    simulated persons in tests/extract/synthetic/test_mechanism.py.

    Parameters
    ----------
    mechanism : Mechanism
    referral, death : array
        Linear predictors (log hazard ratios against the reference person), one a person.
    since, until : float or array
        Days since diagnosis. Those dead by `since` are not referred; referrals before `since` do not count.
    leaving : float
        Rate per day of leaving for any other reason (emigration, moving); 0 for a population that nobody leaves.

    Returns
    -------
    array
        One chance a person; 0 where `until` is not after `since`.
    """
    referral_ratio, death_ratio = np.exp(referral), np.exp(death)
    since, until = np.maximum(since, 0.0), np.asarray(until, float)
    here = np.exp(-mechanism.death.cumulative(since) * death_ratio - leaving * since)
    total = np.zeros(np.broadcast(referral_ratio, since, until).shape)
    breaks = _breaks(mechanism)
    for start, stop in pairwise([*breaks, np.inf]):
        if start >= np.max(until, initial=0.0):
            break
        length = np.maximum(np.minimum(until, stop) - np.maximum(since, start), 0.0)
        referred = mechanism.referral.rate(start) * referral_ratio
        ended = referred + mechanism.death.rate(start) * death_ratio + leaving
        share = -np.expm1(-ended * length)
        total += here * referred / ended * share
        here = here * (1.0 - share)
    return total


def true_risks(
    mechanism: Mechanism,
    *,
    referral: np.ndarray,
    death: np.ndarray,
    education: np.ndarray,
    sex: np.ndarray,
    routine: np.ndarray | bool = False,
    horizons: tuple[int, ...] = (365, 913),
    death_education: str = "",
) -> pd.DataFrame:
    """Every person's risk of referral within each horizon, as they are and under each education.

    Setting a person's education changes it in both hazards and leaves all other covariates as they are: the mean of a
    column `risk_365_if_long_higher` is the standardised risk that a model with all covariates estimates.

    Parameters
    ----------
    mechanism : Mechanism
    referral, death : array
        Linear predictors with the persons' own education.
    education, sex : array of str
        Education codes; `female` or `male`.
    routine : array of bool
        Referred routinely: education has no effect on the referral hazard.
    horizons : tuple of int
        Days since diagnosis.
    death_education : str
        Education code whose death hazard the columns `_if_<education>` have; "" (the default): that education's own.
        The difference between the two is the part of a gap in risk that is survival.

    Returns
    -------
    DataFrame
        Columns `risk_<days>` and, for the four known educations, `risk_<days>_if_<education>`; one row a person.
    """
    own = np.arange(len(referral)), pd.Index(EDUCATION).get_indexer(education)
    referral_effect = mechanism.referral_effects(sex, routine=routine)
    death_effect = np.array([mechanism.death_education[code] for code in EDUCATION])
    bare_referral, bare_death = referral - referral_effect[own], death - death_effect[own[1]]
    found = {"": _risks_by(mechanism, referral, death, horizons)}
    for place, code in enumerate(EDUCATION[:-1]):
        dying = EDUCATION.index(death_education) if death_education else place
        found[f"_if_{code}"] = _risks_by(
            mechanism, bare_referral + referral_effect[:, place], bare_death + death_effect[dying], horizons
        )
    return pd.DataFrame({f"risk_{days}{tail}": risks[days] for days in horizons for tail, risks in found.items()})


def _risks_by(
    mechanism: Mechanism, referral: np.ndarray, death: np.ndarray, horizons: tuple[int, ...]
) -> dict[float, np.ndarray]:
    """Risks from diagnosis to several days at once, as `risk_of_referral` has them one by one."""
    referral_ratio, death_ratio = np.exp(referral), np.exp(death)
    here, total, found = 1.0, 0.0, {}
    cuts = [day for day in np.union1d(_breaks(mechanism), horizons) if day <= max(horizons)]
    for start, stop in pairwise(cuts):
        referred = mechanism.referral.rate(start) * referral_ratio
        ended = referred + mechanism.death.rate(start) * death_ratio
        share = -np.expm1(-ended * (stop - start))
        total = total + here * referred / ended * share
        here = here * (1.0 - share)
        found[stop] = total
    return found


def _breaks(mechanism: Mechanism) -> np.ndarray:
    """Days on which one of the two hazards changes, from 0 on."""
    return np.union1d(mechanism.referral.starts, mechanism.death.starts)


def _hazard(assumptions: Mapping, name: str) -> Hazard:
    shape = {float(level): value for (row, level, _), value in assumptions.items() if row == f"{name}_relative_rate"}
    base = assumptions[f"{name}_rate", "", ""]
    return Hazard(starts=tuple(shape), rates=tuple(base * value for value in shape.values()))
