"""Who is given a form and returns it, and what the scores are: the mechanism behind what 03_effect analyses.

A person who has started has a score at the start, Y1, and would have one at the end, Y2. Both are normal given who the
person is, and Y2 = Y1 + change with change = effects of education, diagnosis and age - regression * (Y1 - its mean)
+ noise. Three steps stand between that and the data: a first form is *given* (by cancer and calendar year: a habit of
the staff), it is *returned*, and the last form is returned, the less often the lower the first score. None of them
looks at Y2, so that the last scores are missing at random given the person and Y1.

Where change is unseen otherwise (a pattern mixture) a constant by education is added to Y2 of exactly those without a
last score: one for those given a first form, one for those never given any. Then that constant is what a delta
adjustment must add, to the last digit, whatever the rest of the mechanism is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from rehab_stats.extract.columns import EDUCATION
from rehab_stats.extract.synthetic.mechanism import Mechanism
from rehab_stats.extract.synthetic.people import GROUPS, decades, effect

DRAWS = ("given", "baseline", "returned_baseline", "change", "returned_followup", "rounding", "rounding_followup")
"""Uniform numbers of each person who started, in this order."""

HIGHEST = 100.0
"""Scores lie between 0 and this, and higher is better."""

STEPS = 12
"""Steps of the global scale of QLQ-C30: two items of seven answers each."""

REFERENCE_SCORE = 60.0
"""First score at which the chance of returning the last form has its intercept."""

UNSEEN = ("dropout", "never_given")
"""Who may have changed otherwise than the persons seen: given a first form and without a last score, or never given."""


def draw_forms(
    mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame, *, exact: bool = False
) -> pd.DataFrame:
    """Scores of everybody who started, and which of them anybody gets to see.

    Parameters
    ----------
    mechanism : Mechanism
    rng : Generator
        `DRAWS` of each person.
    people : DataFrame
        Those who started: education, group (places), male, age, start_year.
    exact : bool
        Scores as drawn, which may be below 0 and above 100; otherwise they are cut there and rounded to the grid of
        the instrument, up or down by chance so that the mean stays.

    Returns
    -------
    DataFrame
        Indexed as people: chance_given, chance_returned_baseline (once given), chance_returned_followup (given the
        first form's fate and its score; 0 for those never given a form), true_baseline, true_followup (of everybody,
        seen or not), given, returned_baseline, returned_followup (bool).
    """
    chance = {name: rng.random(len(people)) for name in DRAWS}
    given_chance, returned_chance = chance_given(mechanism, people), chance_returned(mechanism, people)
    given = chance["given"] < given_chance
    returned = given & (chance["returned_baseline"] < returned_chance)
    first = mean_baseline(mechanism, people) + mechanism.number("form_baseline", "spread") * ndtri(chance["baseline"])
    # the staff and the person see the score as it is written down: that one decides, so that it is missing at random
    seen_first = first if exact else on_grid(first, chance["rounding"])
    last_chance = np.where(given, chance_returned_last(mechanism, people, seen_first, returned), 0.0)
    returned_last = chance["returned_followup"] < last_chance
    last = first + mean_change(mechanism, people, first)
    last = last + mechanism.number("form_change", "spread") * ndtri(chance["change"])
    last = last + np.where(returned_last, 0.0, unseen_change(mechanism, people, given))
    return pd.DataFrame(
        {
            "chance_given": given_chance,
            "chance_returned_baseline": returned_chance,
            "chance_returned_followup": last_chance,
            "true_baseline": seen_first,
            "true_followup": last if exact else on_grid(last, chance["rounding_followup"]),
            "given": given,
            "returned_baseline": returned,
            "returned_followup": returned_last,
        },
        index=people.index,
    )


def mean_baseline(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Mean of the first score of persons like each; linear in age, education, sex and diagnosis group."""
    effects = mechanism.levels("form_baseline")
    return (
        effects["intercept"]
        + effects["per_10_years"] * decades(mechanism, people)
        + effects["female"] * ~people["male"].to_numpy()
        + effect(mechanism.levels("form_baseline_education"), EDUCATION, people["education"])
        + effect(mechanism.levels("form_baseline_diagnosis"), GROUPS, people["group"])
    )


def mean_change(mechanism: Mechanism, people: pd.DataFrame, baseline: np.ndarray) -> np.ndarray:
    """Mean change of persons like each with this first score, while what is missing is missing at random."""
    effects = mechanism.levels("form_change")
    return (
        effect(education_effects(mechanism), EDUCATION, people["education"])
        + effects["per_10_years"] * decades(mechanism, people)
        + effect(mechanism.levels("form_change_diagnosis"), GROUPS, people["group"])
        - effects["regression"] * (baseline - mean_baseline(mechanism, people))
    )


def education_effects(mechanism: Mechanism) -> dict[str, float]:
    """Education -> mean change of a person at the reference age, of a group without an effect, at the mean score."""
    return mechanism.levels("form_change_education", "graded" if mechanism.scenario.graded_effect else "equal")


def unseen_effects(mechanism: Mechanism, pattern: str) -> Mapping[str, float]:
    """Education -> what is added to the last score of those without one; `pattern` is one of `UNSEEN`."""
    planted = mechanism.levels("form_unseen_change", pattern)
    there = mechanism.scenario.forms_missing == "unseen_change"
    return planted if there else dict.fromkeys(planted, 0.0)


def unseen_change(mechanism: Mechanism, people: pd.DataFrame, given: np.ndarray) -> np.ndarray:
    """What is added to the last score of each person if it is missing."""
    dropout, never = (effect(unseen_effects(mechanism, pattern), EDUCATION, people["education"]) for pattern in UNSEEN)
    return np.where(given, dropout, never)


def chance_given(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Chance of being given a first form: by cancer and calendar year; by education only where giving is graded."""
    share = mechanism.number("form_share", "given")
    if mechanism.scenario.forms_missing == "completely_at_random":
        return np.full(len(people), share)
    effects, graded = mechanism.levels("form_given_log_odds"), float(mechanism.scenario.graded_giving)
    years = people["start_year"].to_numpy() - middle_year(mechanism)
    return expit(
        effects["intercept"]
        + effects["per_year"] * years
        + effect(mechanism.levels("form_given_log_odds_diagnosis"), GROUPS, people["group"])
        + graded * effect(mechanism.levels("form_given_log_odds_education"), EDUCATION, people["education"])
    )


def middle_year(mechanism: Mechanism) -> float:
    """Middle of the calendar years in which referrals were registered."""
    first, last = (
        mechanism.day(name).astype("datetime64[Y]").astype(int) for name in ("registered_from", "registered_to")
    )
    return 1970 + (first + last) / 2


def chance_returned(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Chance that a first form that was given comes back; a logit in age, sex and education."""
    if mechanism.scenario.forms_missing == "completely_at_random":
        return np.full(len(people), mechanism.number("form_share", "returned_baseline"))
    effects = mechanism.levels("form_returned_log_odds", "baseline")
    return expit(
        effects["intercept"]
        + effects["per_10_years"] * decades(mechanism, people)
        + effects["female"] * ~people["male"].to_numpy()
        + effect(mechanism.levels("form_returned_log_odds_education", "baseline"), EDUCATION, people["education"])
    )


def chance_returned_last(
    mechanism: Mechanism, people: pd.DataFrame, baseline: np.ndarray, returned: np.ndarray
) -> np.ndarray:
    """Chance that the last form comes back: a logit in age, education and the first score where that was returned."""
    alone = mechanism.number("form_share", "returned_end_alone")
    if mechanism.scenario.forms_missing == "completely_at_random":
        return np.where(returned, mechanism.number("form_share", "returned_end"), alone)
    effects = mechanism.levels("form_returned_log_odds", "end")
    chance = expit(
        effects["intercept"]
        + effects["per_10_years"] * decades(mechanism, people)
        + effects["per_10_points"] * (baseline - REFERENCE_SCORE) / 10
        + effect(mechanism.levels("form_returned_log_odds_education", "end"), EDUCATION, people["education"])
    )
    return np.where(returned, chance, alone)


def on_grid(score: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Scores cut to 0-100 and rounded to the scale's 13 values, up or down by chance: the mean of a score stays."""
    steps = np.clip(score, 0.0, HIGHEST) * STEPS / HIGHEST
    return np.minimum(np.floor(steps + chance), STEPS) * HIGHEST / STEPS
