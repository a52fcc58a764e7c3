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
=====================================  =====================================================================

Nothing is simulated but the persons: given them, survival and the chance of being referred have closed forms, so that
only the draw of a large population stands between a solved number and the exact one. That error is stated. The rates
in data/published/assumptions.csv are these, rounded.

Run `python -m rehab_stats.solve_rates` to see all equations; a few seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from rehab_stats.extract.columns import EDUCATION
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic.mechanism import SCENARIOS, THREE_LEVELS, Mechanism, load_mechanism
from rehab_stats.extract.synthetic.people import INCLUDED
from rehab_stats.extract.synthetic.referrals import chance_of_being_seen
from rehab_stats.extract.synthetic.simulate import draw_everyone, spawn_streams

FIVE_YEARS = 1826
"""Days of the printed survival."""

PERSONS = 200_000
"""Persons drawn for the equations: standard error of the solved base rates about 0.2 to 0.3 %."""

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
    """Solve the base rates, and the effects of education on death, from what is printed.

    Each equation says that a mean over n drawn persons, in closed form for each of them, is a printed number. Its
    `mc_error` is the standard error of that mean, s / sqrt(n), divided by its derivative with respect to the number
    solved for. The equations of referral are solved with the committed rates of death.

    Parameters
    ----------
    scenarios : sequence of str
        Keys of `SCENARIOS`; empty: all. Those whose base rate is taken from `default` give a row with no target and
        `solved` missing: what is expected there follows.
    n : int
        Persons drawn, per scenario.
    seed : int
        Same seed, same table.

    Returns
    -------
    DataFrame
        One row an equation: scenario, name and level of the assumption, committed (in the file), solved, mc_error
        (of solved), target (a proportion, printed), expected (the same proportion under the committed numbers),
        expected_mc_error, source (file of data/published).

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
        people = draw_everyone(mechanism, spawn_streams(np.random.default_rng(seed)), n=n)
        people = people[people["kind"] == INCLUDED]
        rows += _deaths(mechanism, people) if name == "default" else []
        rows.append(_referral(mechanism, people))
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


@dataclass(frozen=True)
class _Solution:
    """How far the log hazard must move for the mean to meet the target; and the mean when it does not move."""

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
