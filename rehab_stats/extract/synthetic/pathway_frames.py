"""Persons on their way from the diagnosis to the last session, drawn directly: an extract's worth in some milliseconds.

Everybody is referred or not, comes to the interview or not, starts or not, is booked to so many sessions and attends
some of them. Education, age group and sex act on each step by main effects on the scale of the estimator's own link, so
that its models are true; counts spread more than its likelihoods say. Four worlds differ in where education acts. Their
numbers are those of no source: near the default extract's in kind, but about twice as many are referred, so that a few
thousand persons say as much as it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.special import betaincinv, expit
from scipy.stats import nbinom

from rehab_stats.extract.columns import EDUCATION, SEX

PERSONS = 3_000
"""Persons of a frame: about 900 are referred."""

LEVELS = EDUCATION[:-1]
"""Education in four levels; nobody's is unknown."""

STAGES = ("referred", "interview_attended", "started", "sessions_booked", "sessions_attended")
"""Columns of the stages in their order; the last is a share of the one before it."""

SHARE_EDUCATION = (0.34, 0.38, 0.16, 0.12)
SHARE_FEMALE = (0.52, 0.53, 0.56, 0.56)
"""Of each education."""
AGE_GROUPS = ("30-49", "50-64", "65-74", "75+")
SHARE_AGE = (
    (0.10, 0.26, 0.32, 0.32),
    (0.15, 0.32, 0.31, 0.22),
    (0.22, 0.36, 0.27, 0.15),
    (0.26, 0.36, 0.26, 0.12),
)
"""A row for each education: the longer it is, the younger they are."""

INTERCEPT = MappingProxyType(
    {"referred": -1.0, "interview_attended": 1.2, "started": 1.3, "sessions_booked": 1.9, "sessions_attended": 1.5}
)
"""Log odds, of sessions booked the log of the mean: basic education, the youngest, men."""
AGE = MappingProxyType(
    {
        "referred": (0.0, 0.1, -0.1, -0.6),
        "interview_attended": (0.0, 0.0, -0.2, -0.5),
        "started": (0.0, 0.1, 0.0, -0.4),
        "sessions_booked": (0.0, 0.05, 0.0, -0.15),
        "sessions_attended": (0.0, 0.1, 0.2, 0.0),
    }
)
FEMALE = MappingProxyType(
    {"referred": 0.4, "interview_attended": 0.15, "started": 0.2, "sessions_booked": 0.06, "sessions_attended": 0.1}
)
NONE = (0.0, 0.0, 0.0, 0.0)
ACCESS = MappingProxyType({"referred": (0.0, 0.2, 0.4, 0.5)})
"""Effects of education, basic being the reference: on the log odds, of sessions booked on the log of the mean."""
PARTICIPATION = MappingProxyType(
    {
        "interview_attended": (0.0, 0.25, 0.5, 0.7),
        "started": (0.0, 0.15, 0.3, 0.45),
        "sessions_booked": (0.0, 0.05, 0.12, 0.2),
        "sessions_attended": (0.0, 0.1, 0.2, 0.3),
    }
)
WORLDS = MappingProxyType(
    {
        "access": ACCESS,
        "participation": PARTICIPATION,
        "spread": MappingProxyType({**ACCESS, **PARTICIPATION}),
        "opposing": MappingProxyType({"referred": tuple(-value for value in ACCESS["referred"]), **PARTICIPATION}),
    }
)
"""World -> stage -> effects of education; on stages not named it does not act. In `opposing` fewer of those with long
education are referred, and those who are go further."""

SIZE_BOOKED = 1.5
"""Of the negative binomial number of sessions booked beyond the first."""
SIZE_ATTENDED = 6.0
"""How alike the sessions of a person are: a + b of the beta distribution of a person's own chance to attend."""


@dataclass(frozen=True)
class KnownPath:
    """The truth of a world, which no draw enters.

    Attributes
    ----------
    stages, levels : names, in order.
    patterns : DataFrame
        Columns age_group and sex, a row a covariate pattern.
    share : (patterns,)
        Of all persons at the start.
    chances : (stages, patterns, levels)
        Mean of each stage among those who passed all before it.
    given : (levels, patterns)
        Share of the patterns within each education.
    """

    stages: tuple[str, ...]
    levels: tuple[str, ...]
    patterns: pd.DataFrame
    share: np.ndarray
    chances: np.ndarray
    given: np.ndarray


def known_path(world: str) -> KnownPath:
    """Chances of every stage and shares of the covariate patterns in a world. Raises ValueError when there is none."""
    if world not in WORLDS:
        raise ValueError(f"no world {world!r}; there are {', '.join(WORLDS)}")
    places = list(product(range(len(AGE_GROUPS)), range(len(SEX))))
    patterns = pd.DataFrame([(AGE_GROUPS[age], SEX[sex]) for age, sex in places], columns=["age_group", "sex"])
    female = np.array([float(SEX[sex] == "female") for _, sex in places])
    ages = np.array([age for age, _ in places])
    share_female = np.array(SHARE_FEMALE)[:, None]
    given = np.array(SHARE_AGE)[:, ages] * np.where(female == 1, share_female, 1 - share_female)
    chances = []
    for stage in STAGES:
        covariates = INTERCEPT[stage] + np.array(AGE[stage])[ages] + FEMALE[stage] * female
        predictor = covariates[:, None] + np.array(WORLDS[world].get(stage, NONE))
        chances.append(np.exp(predictor) if stage == "sessions_booked" else expit(predictor))
    return KnownPath(STAGES, LEVELS, patterns, np.array(SHARE_EDUCATION) @ given, np.stack(chances), given)


def simulate_pathway(world: str, *, n: int = PERSONS, rng: np.random.Generator) -> pd.DataFrame:
    """Diagnosed persons and how far each of them came.

    Parameters
    ----------
    world : str
        `access` (education acts on the referral alone), `participation` (on all after it), `spread` (on both) or
        `opposing` (on both, on the referral the other way round).
    n : int
        Persons.
    rng : numpy.random.Generator
        Uniform numbers alone are drawn, and distributions inverted.

    Returns
    -------
    DataFrame
        One row a person: person_id; education (ordered, four levels), age_group, sex; referred, interview_attended and
        started (0 or 1), sessions_booked (1 + a negative binomial number, of those who started) and sessions_attended
        (each session with the person's own chance, beta distributed); 0 where the person did not come that far.
        `attrs`: world, and the exact truth: levels, stages, patterns (age group and sex), share (of the patterns),
        chances (stage, pattern, level), as lists.

    Raises
    ------
    ValueError
        Unknown world; n below 1; rng not a Generator.

    Notes
    -----
    Means given education, age group and sex are exactly `known_path(world).chances`: logistic, log-linear and logistic
    with main effects. Counts are over-dispersed, which neither a Poisson nor a binomial model's own errors would see.

    Checked against these chances in tests/extract/synthetic/test_pathway_frames.py.
    """
    known = known_path(world)
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"n must be a whole number of persons, at least 1; got {n!r}")
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a numpy Generator, such as numpy.random.default_rng(2015); got {rng!r}")
    level = _category(rng.random(n), np.array(SHARE_EDUCATION))
    pattern = _category(rng.random(n), known.given[level])
    chance = dict(zip(STAGES, known.chances[:, pattern, level], strict=True))
    come, passed = np.ones(n, dtype=bool), {}
    for stage in STAGES[:3]:
        come = come & (rng.random(n) < chance[stage])
        passed[stage] = come.astype(int)
    booked = np.where(come, _booked(rng.random(n), chance["sessions_booked"]), 0)
    attended = _attended(rng, booked, _own_chance(rng.random(n), chance["sessions_attended"]))
    frame = pd.DataFrame(
        {
            "person_id": [f"p{number:06d}" for number in range(1, n + 1)],
            "education": pd.Categorical.from_codes(level, LEVELS, ordered=True),
            "age_group": pd.Categorical.from_codes(pattern // len(SEX), AGE_GROUPS, ordered=True),
            "sex": pd.Categorical.from_codes(pattern % len(SEX), SEX),
            **passed,
            "sessions_booked": booked,
            "sessions_attended": attended,
        }
    )
    frame.attrs = _as_lists(world, known)
    return frame


def _as_lists(world: str, known: KnownPath) -> Mapping[str, object]:
    """Lists, since pandas compares the attrs of frames that it puts together."""
    return {
        "world": world,
        "levels": list(known.levels),
        "stages": list(known.stages),
        "patterns": known.patterns.to_numpy().tolist(),
        "share": known.share.tolist(),
        "chances": known.chances.tolist(),
    }


def _category(chance: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The category into whose part of [0, 1) each number falls; shares of all, or a row a person."""
    ends = np.cumsum(np.broadcast_to(shares, (len(chance), np.shape(shares)[-1])), axis=1)[:, :-1]
    return (chance[:, None] >= ends).sum(axis=1)


def _booked(chance: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """1 + a negative binomial number, so that this is its mean, by inversion."""
    return 1 + nbinom.ppf(chance, SIZE_BOOKED, SIZE_BOOKED / (SIZE_BOOKED + mean - 1)).astype(int)


def _own_chance(chance: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """A person's own chance to attend a session: beta distributed with this mean, by inversion."""
    return betaincinv(SIZE_ATTENDED * mean, SIZE_ATTENDED * (1 - mean), chance)


def _attended(rng: np.random.Generator, booked: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """How many of each person's sessions are attended, one number drawn a session."""
    whose = np.repeat(np.arange(len(booked)), booked)
    return np.bincount(whose, rng.random(len(whose)) < chance[whose], minlength=len(booked)).astype(int)
