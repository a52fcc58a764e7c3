"""How many forms came back: of those that were due, and of everybody in the analysis.

Which patterns of forms there are is for `descriptives(data, exposure=..., columns=["form_pattern"])`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from rehab_stats.estimate.model.contrasts import wald
from rehab_stats.estimate.model.sample import MOST_LEVELS, WrongCall, code, number, refuse_absent, refuse_rows
from rehab_stats.vocabulary import Estimates


def completion_rates(
    data: pd.DataFrame, *, due: Mapping[str, str], returned: Mapping[str, str], exposure: str
) -> Estimates:
    """Completion rate and available-data rate at each occasion, by level and in all.

    Two denominators, two questions (SISAQOL; Coens 2020, doi 10.1016/S1470-2045(19)30790-9). The completion rate, of
    those still eligible for the form: did persons answer? The available-data rate, of everybody who started: how much
    of the analysis set do the scores tell of? Death and the end of a course lower the second and not the first.

    Parameters
    ----------
    data : DataFrame
        One row per person of the analysis set (who started); not changed.
    due, returned : mapping
        Occasion -> column of 0 and 1, the same occasions in the order to be shown: the form was expected of a person
        still eligible (alive, course open, date reached); it came back.
    exposure : str
        Column of levels; persons without a value are in the total alone.

    Returns
    -------
    Estimates
        Per occasion (`outcome`) the measures `completion_rate` (n = due, events = due and returned) and
        `available_rate` (n = everybody, events = returned), each of the total (`level` None) and then of every level,
        model `crude`. An occasion at which no form of a level was due has no completion rate: `due_empty` in the
        diagnostics names it (`occasion: level`, joined by commas). Further diagnostics: `rows`, `exposure_missing`, and
        `returned_not_due.<occasion>`, forms that came back without being due (available, not completed).

    Raises
    ------
    ValueError
        A column that is not 0 or 1 in every row; more levels than 30. `WrongCall`: no such column, no occasion, or
        other occasions in `returned` than in `due`.

    Notes
    -----
    Limits as in `cascade`: Wald on the logit scale with error sqrt(p (1 - p) / n); for shares of 0 and 1, whose error
    is 0, Wilson's score limits (doi 10.1080/01621459.1927.10502953).

    A high completion rate is no sign that little is missing: where few forms were due, few could come back.

    Checked by hand and against R (glm, prop.test) in tests/estimate/missing/test_completion.py.
    """
    if not isinstance(due, Mapping) or not isinstance(returned, Mapping) or not due or list(due) != list(returned):
        raise WrongCall("due and returned must be mappings of the same occasions -> columns, in the same order")
    refuse_absent(data, [exposure, *due.values(), *returned.values()])
    groups = _groups(data[exposure])
    rows, empty, beside = [], [], {}
    for occasion in due:
        expected, back = _flag(data[due[occasion]]), _flag(data[returned[occasion]])
        beside[f"returned_not_due.{occasion}"] = int((back & ~expected).sum())
        everybody = np.ones(len(data), dtype=bool)
        for measure, among in (("completion_rate", expected), ("available_rate", everybody)):
            rows += list(_rates({"outcome": occasion, "measure": measure}, groups, among, back))
        empty += [f"{occasion}: {level or 'total'}" for level, here in groups if not (here & expected).any()]
    about = {"rows": len(data), "exposure_missing": int(data[exposure].isna().sum()), "due_empty": ", ".join(empty)}
    return Estimates(
        rows,
        diagnostics=about | beside,
        method=f"Forms returned, of those due and of everybody, at {len(due)} occasions by {exposure}; 95 % limits on "
        "the logit scale.",
        context={"exposure": exposure, "occasions": list(due)},
    )


def _groups(exposure: pd.Series) -> list[tuple[str | None, np.ndarray]]:
    """The total, then the rows of each level that occurs."""
    levels = pd.unique(exposure.dropna())
    if len(levels) > MOST_LEVELS:
        raise ValueError(f"{exposure.name} has {len(levels)} values: cut it into at most {MOST_LEVELS} groups first")
    if isinstance(exposure.dtype, pd.CategoricalDtype):
        ordered = [level for level in exposure.cat.categories if level in set(levels)]
    else:
        ordered = sorted(levels)
    total = [(None, np.ones(len(exposure), dtype=bool))]
    return total + [(code(level), exposure.eq(level).fillna(False).to_numpy(dtype=bool)) for level in ordered]


def _flag(column: pd.Series) -> np.ndarray:
    values = number(column)
    refuse_rows(~values.isin([0, 1]), f"{column.name} must be 0 or 1")
    return (values == 1).to_numpy()


def _rates(base: dict, groups: list, among: np.ndarray, back: np.ndarray) -> Iterator[dict]:
    for level, here in groups:
        n, events = int((here & among).sum()), int((here & among & back).sum())
        if n:
            yield base | {"model": "crude", "level": level, "n": n, "events": events} | _share(n, events)


def _share(n: int, events: int) -> dict:
    share = events / n
    if 0 < events < n:
        return wald(share, np.sqrt(share * (1 - share) / n), scale="logit", contrast=False)
    limits = binomtest(events, n).proportion_ci(method="wilson")
    return {"estimate": share, "std_error": 0.0, "conf_low": limits.low, "conf_high": limits.high}
