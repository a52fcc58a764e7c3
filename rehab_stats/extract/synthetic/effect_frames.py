"""Before-and-after scores of persons who all started and were due at the end: an extract's worth in some milliseconds.

Who they are is taken, with replacement, from those who started in an extract of the scenario; forms and scores are new
each time, from the same mechanism as those of an extract (see `forms`).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from rehab_stats.extract.cohort.effect import FOLLOWUP_STATUSES, FORM_PATTERNS, effect_cohort
from rehab_stats.extract.columns import EDUCATION
from rehab_stats.extract.synthetic.forms import UNSEEN, draw_forms, education_effects, unseen_effects
from rehab_stats.extract.synthetic.mechanism import Mechanism, load_mechanism
from rehab_stats.extract.synthetic.people import GROUPS
from rehab_stats.extract.synthetic.simulate import SEED, simulate_extract

PILOT_PERSONS = 255
"""Persons who started of whom about 76 have both scores, as many as in the centre's pilot."""

REGISTER_PERSONS = 1_500
"""About as many as start in the default extract."""


def simulate_effect(
    scenario: str = "default", *, n: int = REGISTER_PERSONS, rng: np.random.Generator, exact: bool = True
) -> pd.DataFrame:
    """Persons who started, with the scores that were seen and the true ones of everybody.

    Parameters
    ----------
    scenario : str
        A key of `SCENARIOS`: `graded_effect`, `forms_at_random`, `unseen_change`, `graded_giving` are about forms.
    n : int
        Persons, all due at the end; `PILOT_PERSONS` give about 76 pairs.
    rng : numpy.random.Generator
        One number a person decides who it is, then those of `forms.draw_forms`.
    exact : bool
        Scores as drawn, which may be below 0 and above 100, so that theory holds to the last digit; False: cut and
        rounded as in an extract.

    Returns
    -------
    DataFrame
        In the columns of `EffectCohort.persons`, and true_baseline, true_followup (of everybody, seen or not),
        chance_given, chance_returned_baseline, chance_returned_followup. `attrs`: scenario; change_education
        (education -> planted mean change net of age and diagnosis); unseen_change (`dropout`, `never_given` ->
        education -> what is added to the last score of those without one); regression (points of change per point of
        the first score above its mean, taken off).

    Raises
    ------
    ValueError
        Unknown scenario; n below 1; rng not a Generator.

    Notes
    -----
    Checked against the planted odds ratios and constants in tests/extract/synthetic/test_effect_frames.py.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"n must be a whole number of persons, at least 1; got {n!r}")
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a numpy Generator, such as numpy.random.default_rng(2015); got {rng!r}")
    mechanism = load_mechanism(scenario)
    # who starts does not hang on forms: one extract serves all scenarios about them
    pool, places = _started("default" if mechanism.scenario.about_forms else scenario)
    rows = np.floor(rng.random(n) * len(pool)).astype(int)
    forms = draw_forms(mechanism, rng, places.iloc[rows].reset_index(drop=True), exact=exact)
    frame = pool.iloc[rows].reset_index(drop=True)
    frame["person_id"] = [f"p{number:06d}" for number in range(1, n + 1)]
    frame = frame.assign(**_seen(forms))
    kept = [name for name in forms if name.startswith(("true_", "chance_"))]
    frame = pd.concat([frame, forms[kept]], axis=1)
    frame.attrs = _planted(mechanism)
    return frame


def _seen(forms: pd.DataFrame) -> dict[str, object]:
    """The columns of the analyses' frame: what was given and returned, the scores that are there, and their pattern."""
    first = forms["true_baseline"].where(forms["returned_baseline"])
    last = forms["true_followup"].where(forms["returned_followup"])
    given, returned, returned_last = (forms[step] for step in ("given", "returned_baseline", "returned_followup"))
    place = np.select([returned & returned_last, returned, returned_last, given], range(4), 4)
    return {
        **{step: forms[step].astype(float) for step in ("given", "returned_baseline", "returned_followup")},
        "score_baseline": first,
        "score_followup": last,
        "change": last - first,
        **dict.fromkeys(("days_to_first_form", "days_between_forms"), np.full(len(forms), np.nan)),  # no days here
        "followup_status": pd.Categorical(["due"] * len(forms), FOLLOWUP_STATUSES),
        "form_pattern": pd.Categorical.from_codes(place, FORM_PATTERNS),
    }


def _planted(mechanism: Mechanism) -> dict[str, object]:
    return {
        "scenario": mechanism.scenario.name,
        "change_education": education_effects(mechanism),
        "unseen_change": {pattern: dict(unseen_effects(mechanism, pattern)) for pattern in UNSEEN},
        "regression": mechanism.number("form_change", "regression"),
    }


@lru_cache
def _started(scenario: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Those who start in an extract of the scenario: as analyses describe them, and as the mechanism does."""
    extract = simulate_extract(scenario, rng=np.random.default_rng(SEED), validate=False)
    persons = effect_cohort(extract).persons
    places = pd.DataFrame(
        {
            "education": pd.Index(EDUCATION).get_indexer(persons["education"]),
            "group": pd.Index(GROUPS).get_indexer(persons["diagnosis_group"]),
            "male": (persons["sex"] == "male").to_numpy(),
            "age": persons["age"],
            "start_year": persons["year"],
        }
    )
    return persons.loc[:, :"followup_due_on"], places
