"""How large a change is beside its spread, and how small a one so many persons could show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import t as student

from rehab_stats.estimate.missing.pooling import rubin
from rehab_stats.estimate.model.sample import WrongCall, number, ordered_levels, refuse_absent, refuse_rows
from rehab_stats.vocabulary import Estimates

HANDLINGS = ("complete_cases", "imputation")
MEASURES = ("mean", "standard_deviation", "standardised_response_mean")
FEWEST_PAIRS = 3
"""Persons with both scores, below which a spread is no more than the distance of two of them."""
OVERALL = None
"""The level of rows about everybody."""


def detectable_difference(n_low: int, n_high: int, *, sd_change: float, power: float = 0.8) -> float:
    """Smallest true difference in mean change that two groups of this size would show, in the unit of `sd_change`.

    Normal approximation: (z[0.975] + z[power]) * sd_change * sqrt(1/n_low + 1/n_high).
    Misleads when the groups' spreads differ: give the larger. It is a statement about the plan: what was found is
    judged by its interval. Raises ValueError on n < 2, sd_change <= 0 or a power outside 0.05 to 1.
    Checked by hand in tests/estimate/change/test_sizes.py: 15 and 25 persons, SD 20 -> 18.3 points.
    """
    _refuse_plan([n_low, n_high], sd_change, power)
    return float((ndtri(0.975) + ndtri(power)) * sd_change * np.sqrt(1 / n_low + 1 / n_high))


def detectable_change(n: int, *, sd_change: float, power: float = 0.8) -> float:
    """Smallest true mean change that n persons with both scores would show, in the unit of `sd_change`.

    Normal approximation: (z[0.975] + z[power]) * sd_change / sqrt(n).
    Misleads as `detectable_difference`; and a change that is shown is not yet one that the course made. Raises
    ValueError on n < 2, sd_change <= 0 or a power outside 0.05 to 1.
    Checked by hand in tests/estimate/change/test_sizes.py: 76 pairs, SD 20 -> 6.4 points.
    """
    _refuse_plan([n], sd_change, power)
    return float((ndtri(0.975) + ndtri(power)) * sd_change / np.sqrt(n))


def detectable(
    pairs: Mapping[str, int], *, exposure: str, sd_changes: Sequence[float], reference: str = "", power: float = 0.8
) -> Estimates:
    """What so many pairs could show: a table of `detectable_difference` over assumed spreads of the change.

    Parameters
    ----------
    pairs : mapping
        Level -> persons with both scores, in the order of the levels.
    exposure : str
        What the levels are of, for words.
    sd_changes : sequence of float
        Standard deviations of the change to assume, in the unit of the score: each a row, in `at`.
    reference : str
        Level that the others are compared with; default: the first.
    power : float

    Returns
    -------
    Estimates
        Measure `detectable_difference`. Per spread a row for each level but the reference (`reference` named, details
        `n_reference`), then one for the mean change of all (no level; measured from no change). `n` = `events` = pairs.
        An estimate tells its number of pairs: leave out levels of few (`with_enough_persons`) before showing them.

    Raises
    ------
    ValueError
        As `detectable_difference`, naming the level; a reference that is no level (`WrongCall`).
    """
    levels = list(pairs)
    base = reference or next(iter(levels), "")
    if base not in pairs:
        raise WrongCall(f"reference: there is no level {base!r} among {', '.join(levels)}")
    for level, n in pairs.items():
        if n < 2:
            raise ValueError(f"{exposure} = {level!r} has too few pairs: leave the level out or merge it with another")
    all_pairs, rows = sum(pairs.values()), []
    for sd in sd_changes:
        for level in (level for level in levels if level != base):
            estimate = detectable_difference(pairs[base], pairs[level], sd_change=sd, power=power)
            rows.append(_plan_row(level, base, sd, estimate, pairs[level]) | {"n_reference": pairs[base]})
        estimate = detectable_change(all_pairs, sd_change=sd, power=power)
        rows.append(_plan_row(OVERALL, None, sd, estimate, all_pairs))
    frame = pd.DataFrame(rows)
    return Estimates(
        frame.drop(columns="n_reference", errors="ignore"),
        details=frame.reindex(columns=["n_reference"]),
        diagnostics={"power": power},
        method=f"Smallest true difference in mean change that these numbers of pairs would show with a power of "
        f"{power:.0%} at the two-sided 5 % level, by assumed standard deviation of the change (normal approximation).",
        context={"exposure": exposure, "outcome": "change"},
    )


def _plan_row(level: str | None, reference: str | None, sd: float, estimate: float, n: int) -> dict:
    about = {"outcome": "change", "model": "crude", "measure": "detectable_difference"}
    return about | {"level": level, "reference": reference, "at": sd, "estimate": estimate, "n": n, "events": n}


def _refuse_plan(sizes: Sequence[int], sd_change: float, power: float) -> None:
    if not all(n >= 2 for n in sizes):
        raise ValueError("a group must have at least 2 persons with both scores")
    if not 0 < sd_change < np.inf:
        raise ValueError(f"sd_change must be above zero, in the unit of the score; got {sd_change!r}")
    if not 0.05 < power < 1:
        raise ValueError(f"power must lie between 0.05, the level of the test, and 1; got {power!r}")


def standardised_response(
    data: pd.DataFrame,
    *,
    baseline: str,
    followup: str,
    exposure: str,
    handling: str = "complete_cases",
    imputations: Sequence[pd.DataFrame] | None = None,
) -> Estimates:
    """Mean change, its standard deviation, and the first divided by the second, by level and in all.

    The standardised response mean says how far persons moved beside how differently they moved: 0.8 is a change of 0.8
    standard deviations of the change. It has no unit, so that scales can be compared.

    Parameters
    ----------
    data : DataFrame
        One row per person; not changed. Missing scores are NaN.
    baseline, followup, exposure : str
        Columns: the scores, and the levels, as in `mean_change`.
    handling : {"complete_cases", "imputation"}
        Who it is about: those with both scores, or everybody, each of the `imputations` analysed and pooled.
    imputations : sequence of DataFrame, for `imputation`
        Copies of `data` as `impute` makes them, two or more. Levels are those of `data`.

    Returns
    -------
    Estimates
        Model `crude`, outcome `change`. `mean`, then `standard_deviation`, then `standardised_response_mean`, each by
        level and last for all (no level). `n`: persons it is about (with imputations all of the level, else those with
        both scores); `events`: those with both scores. Details: `df`, with imputations also `fmi`, `lambda`, `m`.
        Diagnostics: `rows_used`, `rows_dropped` (no level; with complete cases also a score missing), `levels_empty`.

    Raises
    ------
    ValueError
        Columns that cannot be used; a level with next to no pairs, by name; a change that is the same for all of a
        level; imputations of other rows, incomplete ones, or ones that differ from a score that is known. `WrongCall`:
        an unknown handling, or imputations without `handling="imputation"` and the reverse.

    Notes
    -----
    With m the mean change of n persons and s its standard deviation (n - 1), d = m / s:

        errors  m: s / sqrt(n)    log s: 1 / sqrt(2 (n - 1))    d: sqrt(1/n + d^2 / (2 (n - 1)))

    the last two for normally distributed changes (delta method; Gibbons 1993, doi 10.3102/10769986018003271, and
    Viechtbauer 2007, doi 10.3102/1076998606298034). Intervals by t with n - 1 degrees of freedom, of s on the log
    scale; d is not corrected for its upward bias (about 0.75 / n of it). Imputations are pooled by Rubin's rules
    on these scales.

    Misleads where the spread differs between levels: equal mean changes then have unequal standardised means. A spread
    that holds much measurement error makes it small. Ceilings make changes other than normal, and the errors of s and d
    with them.

    Checked by hand, against R (t.test, numDeriv, the noncentral t) and by simulation in
    tests/estimate/change/test_sizes.py.
    """
    _refuse_call(handling, imputations)
    given = _Given.of(data, baseline, followup, exposure)
    given.refuse_few_pairs()
    if imputations is None:
        columns = _plain(given.described(given.changes))
    else:
        changes = [_completed_changes(given, frame, number) for number, frame in enumerate(imputations, start=1)]
        columns = _pooled([given.described(one) for one in changes], missing=not given.paired.all())
    return _estimates(given, columns, imputed=imputations is not None)


@dataclass(frozen=True)
class _Given:
    """The rows with a level: scores (rows, 2), their change, and who is in which group, everybody being the last."""

    data: pd.DataFrame
    names: tuple[str, str, str]
    rows: np.ndarray
    scores: np.ndarray
    groups: Mapping[str | None, np.ndarray]
    levels_empty: int

    @classmethod
    def of(cls, data: pd.DataFrame, baseline: str, followup: str, exposure: str) -> _Given:
        names = (baseline, followup, exposure)
        refuse_absent(data, names)
        if len(set(names)) < 3:
            raise WrongCall(f"{', '.join(names)}: baseline, followup and exposure must be three columns")
        levels = ordered_levels(data[exposure])
        rows = np.flatnonzero(levels.notna())
        scores = _scores(data, baseline, followup)[rows]
        groups = {level: (levels == level).to_numpy()[rows] for level in levels.cat.categories}
        found = {level: here for level, here in groups.items() if here.any()}
        everybody = {OVERALL: np.ones(len(rows), dtype=bool)}
        return cls(data, names, rows, scores, found | everybody, len(groups) - len(found))

    @property
    def paired(self) -> np.ndarray:
        return np.isfinite(self.scores).all(axis=1)

    @property
    def changes(self) -> np.ndarray:
        return self.scores[:, 1] - self.scores[:, 0]

    def refuse_few_pairs(self) -> None:
        few = [level for level, here in self.groups.items() if (here & self.paired).sum() < FEWEST_PAIRS]
        if few:
            who = ", ".join(f"{self.names[2]} = {level!r}" for level in few if level is not OVERALL)
            raise ValueError(
                f"too few persons{f' with {who}' if who else ''} have both {self.names[0]} and {self.names[1]} to tell "
                "how their change varies: leave levels out or merge them"
            )

    def described(self, changes: np.ndarray) -> np.ndarray:
        """(3, groups): persons, mean and standard deviation of the changes that are there; no spread is refused."""
        found = []
        for level, here in self.groups.items():
            values = changes[here & np.isfinite(changes)]
            mean, sd = values.mean(), values.std(ddof=1)
            if sd <= 1e-10 * np.abs(values).max():
                who = "everybody" if level is OVERALL else f"everybody with {self.names[2]} = {level!r}"
                raise ValueError(f"the change is the same for {who}: there is no spread to measure it by")
            found.append((len(values), mean, sd))
        return np.array(found).T


def _scores(data: pd.DataFrame, baseline: str, followup: str) -> np.ndarray:
    columns = {name: number(data[name]) for name in (baseline, followup)}
    for name, values in columns.items():
        refuse_rows(np.isinf(values), f"{name} must be finite or missing")
    return np.column_stack(list(columns.values()))


def _completed_changes(given: _Given, frame: pd.DataFrame, place: int) -> np.ndarray:
    """The changes of one imputation, once it is known to be of the same rows and scores."""
    baseline, followup, _ = given.names
    refuse_absent(frame, [baseline, followup])
    if not frame.index.equals(given.data.index):
        raise ValueError(f"imputation {place} has other rows than the data")
    scores = _scores(frame, baseline, followup)[given.rows]
    if np.isnan(scores).any():
        raise ValueError(f"imputation {place} has rows without {baseline} or {followup}")
    known = np.isfinite(given.scores)
    if not np.array_equal(scores[known], given.scores[known]):
        raise ValueError(f"imputation {place} differs from the data where {baseline} or {followup} is known")
    return scores[:, 1] - scores[:, 0]


def _on_scale(described: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean, log of the standard deviation and standardised mean, and their variances: (3, groups) each."""
    n, mean, sd = described
    ratio = mean / sd
    values = np.array([mean, np.log(sd), ratio])
    return values, np.array([sd**2 / n, 1 / (2 * (n - 1)), 1 / n + ratio**2 / (2 * (n - 1))])


def _plain(described: np.ndarray) -> dict[str, np.ndarray]:
    values, variances = _on_scale(described)
    return {"value": values, "error": np.sqrt(variances), "df": np.broadcast_to(described[0] - 1, values.shape)}


def _pooled(described: Sequence[np.ndarray], *, missing: bool) -> dict[str, np.ndarray]:
    """By Rubin's rules; where nothing was missing they would only lose degrees of freedom."""
    m = len(described)
    if not missing:
        plain = _plain(described[0])
        nothing = np.zeros_like(plain["value"])
        return plain | {"fmi": nothing, "lambda": nothing, "m": nothing + m}
    values, variances = (np.array(parts) for parts in zip(*map(_on_scale, described), strict=True))
    shape = values.shape[1:]
    df = np.broadcast_to(described[0][0] - 1, shape)
    pooled = rubin(values.reshape(m, -1), variances.reshape(m, -1), df.ravel())
    flat = {"value": pooled.estimate, "error": pooled.std_error, "df": pooled.df, "fmi": pooled.fmi}
    flat |= {"lambda": pooled.lambda_, "m": np.full(pooled.df.shape, m)}
    return {name: np.reshape(column, shape) for name, column in flat.items()}


def _estimates(given: _Given, columns: Mapping[str, np.ndarray], *, imputed: bool) -> Estimates:
    baseline, followup, exposure = given.names
    pairs = {level: int((here & given.paired).sum()) for level, here in given.groups.items()}
    persons = {level: int(here.sum()) for level, here in given.groups.items()} if imputed else pairs
    rows = [
        {"outcome": "change", "model": "crude", "measure": measure, "level": level}
        | _limits(measure, *(float(columns[name][i, j]) for name in ("value", "error", "df")))
        | {"n": persons[level], "events": pairs[level]}
        for i, measure in enumerate(MEASURES)
        for j, level in enumerate(given.groups)
    ]
    details = [name for name in ("df", "fmi", "lambda", "m") if name in columns]
    used = persons[OVERALL]
    who = "everybody, imputations pooled by Rubin's rules" if imputed else "those with both scores"
    return Estimates(
        rows,
        details=pd.DataFrame({name: columns[name].ravel() for name in details}),
        diagnostics={
            "rows_used": used,
            "rows_dropped": len(given.data) - used,
            "levels_empty": given.levels_empty,
        },
        method=f"Mean change from {baseline} to {followup} by {exposure}, its standard deviation, and the mean divided "
        f"by it; {who}; 95 % intervals by t, taking changes as normal (the standard deviation's on the log scale).",
        context={
            "exposure": exposure,
            "adjust": {"crude": []},
            "outcome": "change",
            "handling": HANDLINGS[imputed],
            "population": "due_at_followup" if imputed else "with_both_forms",
        },
    )


def _limits(measure: str, value: float, error: float, df: float) -> dict[str, float]:
    reach = student.ppf(0.975, df) * error
    if measure == "standard_deviation":
        sd = np.exp(value)
        return {
            "estimate": sd,
            "std_error": sd * error,
            "conf_low": sd * np.exp(-reach),
            "conf_high": sd * np.exp(reach),
        }
    return {"estimate": value, "std_error": error, "conf_low": value - reach, "conf_high": value + reach}


def _refuse_call(handling: str, imputations: Sequence[pd.DataFrame] | None) -> None:
    if handling not in HANDLINGS:
        raise WrongCall(f"handling must be one of {', '.join(HANDLINGS)}, not {handling!r}")
    if (handling == "imputation") != (imputations is not None):
        raise WrongCall("imputations= goes with handling='imputation', which needs it: the frames that impute gives")
    if imputations is not None and len(imputations) < 2:
        raise WrongCall("one imputation cannot be pooled: what is missing shows only between two or more")
