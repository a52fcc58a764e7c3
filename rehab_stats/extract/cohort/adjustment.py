"""What the analyses of a cohort adjust for, and the columns that may serve as exposure or covariate."""

from __future__ import annotations

import pandas as pd

from rehab_stats.extract.cohort.groups import AXIS_LEVELS

AXES = tuple(AXIS_LEVELS)
RANKED_AXES = ("education", "income_fifth", "age_group")
"""Axes whose levels are a ladder, so that a place on it has a meaning."""
FINER_COLUMNS = {"age_group": "age", "income_fifth": "income", "period": "year"}
"""Group -> the column it is a grouping of."""
COVARIATES = (
    *AXES,
    "age",
    "year",
    "children_at_home",
    "comorbidity",
    "comorbidity_group",
    "need",
    "period",
    "department",
    "municipality",
)
"""Columns of a cohort that an adjustment may name."""

# year as a trend: the last year of a risk set may hold a day or two, too few for a level of its own
_AGE_SEX_YEAR = ("bs(age, df=4)", "sex", "year")
_DIAGNOSIS = ("diagnosis_group",)
_MOUSTSEN = ("income_fifth", "cohabiting", "children_at_home")
#: What stands for a term where persons were only counted.
_COUNTED = {"bs(age, df=4)": "age_group", "year": "period"}


def access_adjustment(exposure: str = "education", *, persons: pd.DataFrame | None = None) -> dict[str, list[str]]:
    """The adjustment sets of the access analyses: name -> formulaic terms, nested, without the exposure itself.

    `crude`; `age_sex_year` (primary: what comes later in life lies downstream of education); `plus_diagnosis`; and
    `full`, the variables printed by Moustsen 2015 (sex, age, diagnosis, income, cohabitation, children) and year, which
    answers a narrower question: the association net of what education leads to. How Moustsen coded them was not seen.

    With `persons` (the hazard or risk set of an `access_cohort`), columns in which nobody has a value, or all have the
    same, are left out of the sets, and a set that then holds no more than the one before it is left out too; where
    persons were only counted, age groups and periods stand for age and year. Raises ValueError when the exposure is no
    axis. Checked in tests/extract/cohort/test_access.py.
    """
    if exposure not in AXES:
        raise ValueError(f"exposure {exposure!r} is none of {', '.join(AXES)}")
    # age in the adjustment stands for age as the exposure too
    own = {exposure, "bs(age, df=4)"} if exposure == "age_group" else {exposure}
    sets = {
        "crude": (),
        "age_sex_year": _AGE_SEX_YEAR,
        "plus_diagnosis": (*_AGE_SEX_YEAR, *_DIAGNOSIS),
        "full": (*_AGE_SEX_YEAR, *_DIAGNOSIS, *_MOUSTSEN),
    }
    if persons is not None:
        stands_for = {} if "age" in persons else _COUNTED
        sets = {name: [stands_for.get(term, term) for term in terms] for name, terms in sets.items()}
        named = {term for term in sets["full"] if term != "bs(age, df=4)"}
        own |= {column for column in named if column not in persons or persons[column].nunique() < 2}
    kept: dict[str, list[str]] = {}
    for name, terms in sets.items():
        left = [term for term in terms if term not in own]
        if persons is None or left not in kept.values():
            kept[name] = left
    return kept


def participation_adjustment(
    exposure: str = "education", *, persons: pd.DataFrame | None = None
) -> dict[str, list[str]]:
    """The adjustment sets of the participation analyses: those of access, the year being that of the referral.

    `crude`; `age_sex_year` (primary); `plus_diagnosis`; `full`. What lies between the referral and the session (the
    interview, who sent the referral, need) is left out: it is part of what is to be explained. Who was referred at all
    is a selection that none of the sets undoes. With `persons` (of a `participation_cohort`) sets shrink as in
    `access_adjustment`. Raises ValueError when the exposure is no axis. Checked in
    tests/extract/cohort/test_participation.py.
    """
    return access_adjustment(exposure, persons=persons)


def effect_adjustment(exposure: str = "education", *, persons: pd.DataFrame | None = None) -> dict[str, list[str]]:
    """The adjustment sets of the analyses of change: those of access, the year being that of the first form's due day.

    `crude`; `age_sex_year` (primary); `plus_diagnosis`; `full`. The first score is in none of them: whether it belongs
    there is the choice between the change and the change at equal first scores (see `mean_change`). Who was referred
    and who started are selections that none of the sets undoes. With `persons` (of an `effect_cohort`) sets shrink as
    in `access_adjustment`. Raises ValueError when the exposure is no axis. Checked in
    tests/extract/cohort/test_effect.py.
    """
    return access_adjustment(exposure, persons=persons)


def pathway_adjustment(exposure: str = "education", *, persons: pd.DataFrame | None = None) -> dict[str, list[str]]:
    """The adjustment sets of the analyses of the whole pathway: those of access, the year being that of the diagnosis.

    `crude`; `age_sex_year` (primary); `plus_diagnosis`; `full`. Each set is that of every stage, so that the parts of a
    gap add up; what lies between the stages (need, the interview, the first score) is in none of them: it is part of
    what is to be explained. Who reached a stage is a selection that none of the sets undoes. With `persons` (of a
    `pathway_cohort`) sets shrink as in `access_adjustment`. Raises ValueError when the exposure is no axis. Checked in
    tests/extract/cohort/test_pathway.py.
    """
    return access_adjustment(exposure, persons=persons)
