"""The rates of the synthetic mechanism that no source prints, solved from numbers that a source does print.

=====================================  =====================================================================
solved                                 so that
=====================================  =====================================================================
base rate of death, and its log        5-year survival by education is 61, 68 and 77 % (Kræft i Danmark
hazard ratios of medium and of long    2022): three equations, three unknowns
education
base rate of referral                  2,148 of 13,840 persons are expected to have an accepted referral in
(default, selected_referral)           the table (Moustsen 2015)
base rate of referral (dalton)         2,523 of 13,059 persons are expected to have one within 913 days of
                                       the diagnosis, before they leave the municipality (Dalton 2019)
log odds of attending the interview    81 % of the referred are expected to attend it (Dalton 2019)
(default, no_shows)
log mean of sessions booked, by        4.2, 4.5, 5.1 and 5.5 sessions are expected to be attended within 180
education (default)                    days of the referral, over all persons referred (the centre)
log mean of sessions booked, common    5.5 sessions are expected with long higher education, who miss an assumed
(no_shows)                             share of those booked without a word
share missed without a word, by        4.2, 4.5 and 5.1 sessions are expected with the other educations, who are
education (no_shows)                   booked to as many
=====================================  =====================================================================

Nothing is simulated but the persons, their deaths and, for attendance, their referrals: given them, survival, the
chance of being referred and the number of sessions attended have closed forms, so that only the draw of a large
population stands between a solved number and the exact one. That error is stated. The rates in
data/published/assumptions.csv are these, rounded.

Run `python -m rehab_stats.solve_rates` to see all equations; a few seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from rehab_stats.extract.columns import EDUCATION
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic.attendance import expected_attendance, timing
from rehab_stats.extract.synthetic.courses import first_referrals
from rehab_stats.extract.synthetic.mechanism import SCENARIOS, THREE_LEVELS, Mechanism, load_mechanism
from rehab_stats.extract.synthetic.people import INCLUDED
from rehab_stats.extract.synthetic.referrals import chance_of_being_seen, draw_referrals
from rehab_stats.extract.synthetic.simulate import draw_everyone, spawn_streams

FIVE_YEARS = 1826
"""Days of the printed survival."""

PERSONS = 200_000
"""Persons drawn for the equations: standard error of the solved base rates about 0.2 to 0.3 %, of the means of sessions
about 0.3 %."""

SEED = 1
"""Seed of those persons, another than that of any extract."""

WIDEST = 3.0
"""Solutions are looked for within this much of the committed number, on the log scale."""

TOLERANCE = 0.005
"""How far, relative to its target, an expected share under the committed numbers may be off, Monte-Carlo error aside.

The committed base rate of referral of `default` was solved from fewer persons, and is kept because the stored extract
hangs on it: 2,142 persons are expected to be referred rather than 2,148.
"""

STEP = 1e-4
"""Half the width, on the log scale, of the difference that stands for a derivative."""

COLUMNS = (
    "scenario",
    "name",
    "level",
    "committed",
    "solved",
    "mc_error",
    "target",
    "expected",
    "expected_mc_error",
    "source",
)


def calibrate_rates(scenarios: Sequence[str] = (), *, n: int = PERSONS, seed: int = SEED) -> pd.DataFrame:
    """Solve the base rates, the effects of education on death, and attendance, from what is printed.

    Each equation says that a mean over n drawn persons, in closed form for each of them, is a printed number. Its
    `mc_error` is the standard error of that mean, s / sqrt(n), divided by its derivative with respect to the number
    solved for. The equations of referral are solved with the committed rates of death, those of the sessions with the
    committed chance of the interview, those of sessions missed with the committed number booked.

    Parameters
    ----------
    scenarios : sequence of str
        Keys of `SCENARIOS`; empty: all. Those whose numbers are taken from `default` give rows with no target and
        `solved` missing: what is expected there follows.
    n : int
        Persons drawn, per scenario.
    seed : int
        Same seed, same table.

    Returns
    -------
    DataFrame
        One row an equation: scenario, name and level of the assumption, committed (in the file), solved, mc_error
        (of solved), target (a printed proportion, or mean number of sessions), expected (the same under the committed
        numbers), expected_mc_error, source (file of data/published).

    Raises
    ------
    ValueError
        No such scenario; n below 1,000, of whom too few have a long education.

    Notes
    -----
    Misleads when read as an estimate: the targets are printed without errors here, and the shapes of the hazards are
    assumed. Checked in tests/test_solve_rates.py: from wrong rates the same solutions come back, the stated error is
    the spread between draws, and the shares expected under the committed numbers are within `TOLERANCE` and three
    Monte-Carlo errors of their targets.
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1_000:
        raise ValueError(f"n must be a whole number of persons, at least 1000; got {n!r}")
    rows = []
    for name in scenarios or SCENARIOS:
        mechanism = load_mechanism(name)
        streams = spawn_streams(np.random.default_rng(seed))
        everyone = draw_everyone(mechanism, streams, n=n)
        people = everyone[everyone["kind"] == INCLUDED]
        rows += _deaths(mechanism, people) if name == "default" else []
        rows.append(_referral(mechanism, people))
        rows += _attendance(mechanism, _referred(mechanism, streams, everyone))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _deaths(mechanism: Mechanism, people: pd.DataFrame) -> list[dict]:
    """Three equations, one after another: the base rate from the short-educated, then the two effects given it."""
    printed = load_published("survival_2022").set_index("quantity")["estimate"]
    level_of = np.array([THREE_LEVELS.get(code, "unknown") for code in EDUCATION])[people["education"].to_numpy()]
    passed = mechanism.death.cumulative(FIVE_YEARS) * np.exp(people["death_predictor"].to_numpy())
    effects = {level: mechanism.death_education[code] for code, level in THREE_LEVELS.items()}
    rows, base = [], None
    for level in ("short", "medium", "long"):

        def alive(shift: float, integral: np.ndarray = passed[level_of == level]) -> np.ndarray:
            return np.exp(-integral * math.exp(shift))

        found = _solve(alive, printed[f"survival_{level}"])
        if base is None:
            base = found
            rows.append(_rate_row(mechanism, "death", found, source="survival_2022"))
            continue
        # the hazard of this level moves by its own shift, of which the base rate takes a part
        solved, error = effects[level] + found.shift - base.shift, math.hypot(found.error, base.error)
        committed = {"name": "death_log_hr_education", "level": level, "committed": effects[level]}
        rows.append(_row(mechanism, found, **committed, solved=solved, mc_error=error, source="survival_2022"))
    return rows


def _referral(mechanism: Mechanism, people: pd.DataFrame) -> dict:
    """The equation of the base rate of referral, or what follows from the base rate of `default`."""
    scenario = mechanism.scenario

    def referred(shift: float) -> np.ndarray:
        moved = people.assign(referral_predictor=people["referral_predictor"] + shift)
        return chance_of_being_seen(mechanism, moved, within=scenario.referred_within)

    target = scenario.persons_referred / scenario.persons if scenario.calibrated else math.nan
    return _rate_row(mechanism, "referral", _solve(referred, target), source=scenario.source)


def _referred(mechanism: Mechanism, streams: dict[str, np.random.Generator], people: pd.DataFrame) -> pd.DataFrame:
    """The included persons with a referral seen: what `expected_attendance` asks of them, and its days."""
    first = first_referrals(people, draw_referrals(mechanism, streams["referrals"], people))
    drawn_on = int(mechanism.day("extract_date").astype(int))
    first["end"] = np.minimum(first["end"], drawn_on + 1)
    who = people.iloc[first["person"]].assign(received=first["received"].to_numpy(), end=first["end"].to_numpy())
    return who[who["kind"] == INCLUDED]


def _attendance(mechanism: Mechanism, referred: pd.DataFrame) -> list[dict]:
    """The equation of the interview, and those of the sessions by education."""
    if mechanism.number("means_include_everybody") != 1:
        raise ValueError("means_include_everybody must be 1: the equations know only means over all persons referred")
    lies_in = mechanism.scenario.gap_lies_in
    key = ("interview_log_odds", "intercept", "attended")
    share = load_published("dalton_2019").set_index("quantity").loc["share_attended_interview", "estimate"]
    target = share if lies_in else math.nan
    rows = [_expected_row(mechanism, referred, key, "chance_interview", target, source="dalton_2019")]
    printed = load_published("centre").set_index("quantity")["estimate"]
    for place, level in enumerate(EDUCATION[:-1]):
        missed = lies_in == "no_shows" and level != "long_higher"
        key = ("session_no_show" if missed else "sessions_log_mean_education", level, "")
        target = printed[f"sessions_{level}"] if lies_in else math.nan
        here = referred[referred["education"] == place]
        rows.append(_expected_row(mechanism, here, key, "sessions_attended", target, source="centre"))
    return rows


def _expected_row(
    mechanism: Mechanism, people: pd.DataFrame, key: tuple[str, str, str], column: str, target: float, *, source: str
) -> dict:
    """The equation of one assumption: mean of a column of `expected_attendance` over some people = target."""
    days = {name: people[name].to_numpy() for name in ("received", "end")}
    # none of the numbers solved for acts on the days
    committed, when = mechanism.assumptions[key], timing(mechanism)

    def expected(shift: float) -> np.ndarray:
        moved = replace(mechanism, assumptions={**mechanism.assumptions, key: committed + shift})
        return expected_attendance(moved, people, **days, when=when)[column].to_numpy()

    found = _solve(expected, target)
    named = {"name": key[0], "level": key[1], "committed": committed}
    return _row(mechanism, found, **named, solved=committed + found.shift, mc_error=found.error, source=source)


@dataclass(frozen=True)
class _Solution:
    """How far a number must move for the mean to meet the target; and the mean when it does not move."""

    shift: float
    error: float
    target: float
    expected: float
    expected_error: float


def _solve(chances: Callable[[float], np.ndarray], target: float) -> _Solution:
    """Solve mean(chances(shift)) = target; a missing target leaves the shift missing."""
    here = chances(0.0)
    expected, expected_error = here.mean(), here.std(ddof=1) / math.sqrt(len(here))
    if math.isnan(target):
        return _Solution(math.nan, math.nan, target, expected, expected_error)
    shift = brentq(lambda value: chances(value).mean() - target, -WIDEST, WIDEST, xtol=1e-10)
    at = chances(shift)
    slope = (chances(shift + STEP).mean() - chances(shift - STEP).mean()) / (2 * STEP)
    error = at.std(ddof=1) / math.sqrt(len(at)) / abs(slope)
    return _Solution(shift, error, target, expected, expected_error)


def _rate_row(mechanism: Mechanism, name: str, found: _Solution, *, source: str) -> dict:
    """A base rate, whose logarithm is what was solved for."""
    committed = mechanism.number(f"{name}_rate")
    solved = committed * math.exp(found.shift)
    named = {"name": f"{name}_rate", "level": "", "committed": committed}
    return _row(mechanism, found, **named, solved=solved, mc_error=solved * found.error, source=source)


def _row(mechanism: Mechanism, found: _Solution, **rest: object) -> dict:
    """One row of the table."""
    shares = {"target": found.target, "expected": found.expected, "expected_mc_error": found.expected_error}
    return {"scenario": mechanism.scenario.name, **rest, **shares}


def main() -> None:
    """Print the table."""
    with pd.option_context("display.width", 160, "display.max_columns", None, "display.float_format", "{:.5g}".format):
        print(calibrate_rates().to_string(index=False))


if __name__ == "__main__":
    main()
