"""What a scenario changes: the chance of passing one stage, set, raised, or taken from others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from rehab_stats.estimate.access.gradient import standardised_risks
from rehab_stats.estimate.model.sample import WrongCall, code, number, refuse_absent
from rehab_stats.estimate.pathway.stages import StageColumns
from rehab_stats.rank import UNRANKED

SET_TO, AT_LEAST, LIKE_LEVEL, LIKE_GROUP = "set_to", "at_least", "like_level", "like_group"
LEAST_PERSONS = 200


@dataclass(frozen=True)
class Change:
    """One stage's change; made by `set_to`, `at_least`, `like_level`, `like_group`.

    Attributes
    ----------
    kind : str
        `set_to`, `at_least`, `like_level` or `like_group`.
    value : float or str
        A chance or mean, a level, or a group.
    column : str
        Of `like_group`: the column of the group.
    """

    kind: str
    value: float | str
    column: str = ""

    def words(self, stage: str) -> str:
        """The change of a stage in English."""
        return {
            SET_TO: f"{stage} set to {self.value} for everybody who comes so far",
            AT_LEAST: f"{stage} raised to {self.value} where it is lower",
            LIKE_LEVEL: f"{stage} as if everybody had the level {self.value}",
            LIKE_GROUP: f"{stage} as where {self.column} is {self.value}",
        }[self.kind]


def set_to(value: float) -> Change:
    """Everybody who comes to the stage passes it with this chance (1: all are referred), or has this mean of a count.

    Raises ValueError unless it is a number above 0.
    """
    return Change(SET_TO, _number(value))


def at_least(value: float) -> Change:
    """Whoever would pass the stage with a lower chance (or have a lower mean) passes it with this one.

    Raises ValueError unless it is a number above 0.
    """
    return Change(AT_LEAST, _number(value))


def like_level(level: object) -> Change:
    """Everybody passes the stage as persons of this level with the same covariates do: the stage is made equal."""
    return Change(LIKE_LEVEL, code(level))


def like_group(column: str, value: object) -> Change:
    """Everybody passes the stage as persons of the same level and covariates do in this group (a department).

    The stage has a model of its own among the rows of the group, so that its gradient is the group's too. Covariates of
    which the group has too few rows to tell (a category with fewer than 20) are left out of that model, and named.

    What is taken over is the group's practice together with the kind of persons it has: where a department treats one
    cancer, nobody can tell the two apart.
    """
    return Change(LIKE_GROUP, code(value), column)


def named_scenarios(
    data: pd.DataFrame,
    *,
    stages: StageColumns,
    exposure: str,
    adjust: Sequence[str] = (),
    group: str = "department",
    attendance: float = 0.9,
) -> dict[str, dict[str, Change]]:
    """The scenarios that municipalities ask for, as far as the stages and the data have what they need.

    Parameters
    ----------
    data, stages, exposure, adjust
        As in `scenario`; of the stages those named referred, interview_attended, sessions_booked are changed.
    group : str
        Column of those who refer.
    attendance : float
        Chance of attending the interview to which a visit at home would raise those who have less.

    Returns
    -------
    dict
        `refer_all`: everybody is referred. `systematic_referral`: every department refers as the `most_systematic` one,
        where there are two of some size and people of every level in that one are referred. `home_interview`:
        attendance at the interview raised. `equal_booking`: who starts is booked as often as the level that is booked
        most often now (`unknown` aside). Empty where there are no rows.
    """
    found: dict[str, dict[str, Change]] = {}
    if data.empty:  # `scenario` says that there is nobody
        return found
    refuse_absent(data, [exposure])
    if "referred" in stages:
        found["refer_all"] = {"referred": set_to(1.0)}
        best = _best(data, stages, exposure, adjust, group)
        if best:
            found["systematic_referral"] = {"referred": like_group(group, best)}
    if "interview_attended" in stages:
        found["home_interview"] = {"interview_attended": at_least(attendance)}
    if "sessions_booked" in stages:
        booked = number(data[str(stages["sessions_booked"])])
        means = booked[booked > 0].groupby(data[exposure], observed=True).mean().drop(UNRANKED, errors="ignore")
        if len(means):
            found["equal_booking"] = {"sessions_booked": like_level(means.idxmax())}
    return found


def _best(data: pd.DataFrame, stages: StageColumns, exposure: str, adjust: Sequence[str], group: str) -> str:
    """The most systematic group, or "" where there is none whose every level passes the stage."""
    stage = str(stages["referred"])
    if group not in data or (data[group].value_counts() >= LEAST_PERSONS).sum() < 2:
        return ""
    try:
        best = most_systematic(data, stage=stage, group=group, adjust=adjust)
    except ValueError:  # departments and terms cannot be told apart: there is no such department
        return ""
    inside = data[data[group].map(code, na_action="ignore") == best].groupby(exposure, observed=True)[stage].sum()
    return best if len(inside) == data[exposure].nunique() and (inside > 0).all() else ""


def _number(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not np.isfinite(value) or value <= 0:
        raise WrongCall(f"a stage can be set to a number above 0, not to {value!r}")
    return float(value)


def most_systematic(
    data: pd.DataFrame, *, stage: str, group: str, adjust: Sequence[str] = (), least: int = LEAST_PERSONS
) -> str:
    """The group (department) of which one can be surest that its persons pass a stage most often, for `like_group`.

    Parameters
    ----------
    data : DataFrame
        One row per person who comes to the stage; not changed.
    stage, group : str
        Column of 0 and 1; column of the groups.
    adjust : sequence of str
        Formulaic terms: shares are standardised to the same persons (`standardised_risks`).
    least : int
        Groups of fewer rows are passed over.

    Returns
    -------
    str
        The group whose standardised share has the highest lower 95 % limit.

    Raises
    ------
    ValueError
        Fewer than two groups of that size, and as `standardised_risks`.

    Notes
    -----
    The best of several groups is partly the luckiest: its own share is expected to fall. The limit, not the share, is
    taken so that a small group does not win by chance; what a scenario built on it promises remains too much rather
    than too little.
    """
    refuse_absent(data, [stage, group])
    sizes = data[group].dropna().map(code).value_counts()
    large = sorted(sizes.index[sizes >= least])
    if len(large) < 2:
        raise ValueError(f"{group} has fewer than two groups of {least} rows, so there is no most systematic one")
    rows = data[data[group].map(code, na_action="ignore").isin(large)]
    rows = rows.assign(**{group: pd.Categorical(rows[group].map(code), large, ordered=True)})
    shares = standardised_risks(rows, outcome=stage, exposure=group, adjust=adjust).select(measure="risk").tidy()
    return str(shares.loc[shares["conf_low"].idxmax(), "level"])
