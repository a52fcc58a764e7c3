"""Which count model fits: likelihoods, spread and zeros side by side, and the numbers behind a rootogram."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.estimate.counts.attendance import fit_counts, refuse_empty_levels
from rehab_stats.estimate.counts.count_data import CountColumns, one_of, pearson_dispersion
from rehab_stats.estimate.counts.count_likelihood import CountCells
from rehab_stats.estimate.counts.count_moments import chances, moments
from rehab_stats.estimate.counts.hurdle import fit_hurdle
from rehab_stats.estimate.model.fit import InfiniteCoefficient
from rehab_stats.estimate.model.models import MERGE, Adjustment, named_models
from rehab_stats.estimate.model.sample import Roles, Sample, WrongCall, prepare
from rehab_stats.vocabulary import Estimates

FAMILIES = ("poisson", "negative_binomial", "hurdle_poisson", "hurdle_negative_binomial")
HURDLE = "hurdle_"
MOST_SHOWN = 50  # counts of a rootogram, unless more are asked for
BLOCK = 1 << 20  # chances worked on at once


def count_fits(
    data: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    adjust: Adjustment = (),
    offset: str | None = None,
    families: Sequence[str] = FAMILIES,
    person: str | None = None,
) -> Estimates:
    """How well each count model fits the same rows: AIC, log-likelihood, spread, share of zeros.

    Parameters
    ----------
    data, count, exposure, adjust, offset, person
        As in `rate_ratios`; an offset is one of the counts (in a hurdle of the positive ones).
    families : sequence of {"poisson", "negative_binomial", "hurdle_poisson", "hurdle_negative_binomial"}

    Returns
    -------
    Estimates
        Per model `zeros_observed` (the share of rows with a count of 0; no level), then for each family (`level`)
        `aic`, `log_likelihood`, `dispersion` (Pearson chi-squared over rows less parameters: above 1, the counts
        spread more than the model says; missing when there are no more rows than parameters) and `zeros_expected`.
        No errors or intervals. `n`: persons used, `events`: those with a count above 0. Details: `parameters`. A
        family that cannot be fitted has no rows; the reason stands in `context["refused"]` (family -> sentence,
        `family.model` under a mapping). Diagnostics `rows_used`, `rows_dropped`, `levels_empty`.

    Raises
    ------
    ValueError
        As `rate_ratios`; when no family can be fitted, what the first one says.

    Notes
    -----
    AIC = 2 parameters - 2 log-likelihood, all constants kept, so that all four compare (Akaike 1974, doi
    10.1109/TAC.1974.1100705). Rows of one person that are alike make every difference look larger than it is. Checked
    against R (glm, MASS::glm.nb, pscl::hurdle) in tests/estimate/counts/test_count_fit.py.
    """

    columns = CountColumns(count, offset)

    def rows(fitted: _Family, sample: Sample, counts: np.ndarray) -> list[dict]:
        values = {
            "aic": 2 * fitted.parameters - 2 * fitted.log_likelihood,
            "log_likelihood": fitted.log_likelihood,
            "dispersion": pearson_dispersion(sample, counts, fitted.mean, fitted.variance, fitted.spent),
            "zeros_expected": float(fitted.none.mean()),
        }
        return [{"measure": name, "estimate": value, "parameters": fitted.parameters} for name, value in values.items()]

    def whole(counts: np.ndarray) -> list[dict]:
        return [{"measure": "zeros_observed", "level": None, "estimate": float((counts == 0).mean())}]

    return _compared(
        data,
        Roles(exposure, columns.numbers, person=person),
        columns,
        adjust,
        families,
        rows,
        whole=whole,
        method=f"Fit of count models of {count} by {exposure}{columns.words}: information criterion, Pearson "
        "dispersion, share of zeros.",
    )


def rootogram(
    data: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    adjust: Adjustment = (),
    offset: str | None = None,
    families: Sequence[str] = FAMILIES,
    at_most: int | None = None,
    person: str | None = None,
) -> Estimates:
    """How many rows have each count, and how many each model expects: what a hanging rootogram draws.

    Parameters
    ----------
    data, count, exposure, adjust, offset, person
        As in `rate_ratios`; one row per person, else the numbers are of rows.
    families
        As in `count_fits`.
    at_most : int, optional
        The last count, which stands for itself and all above, 1 or more; by default the largest seen, at most 50.

    Returns
    -------
    Estimates
        For each family (`level`) and each count from 0 to `at_most` (`at`): `observed_persons` and `expected_persons`,
        each adding up to all rows used. The observed ones are the same for every family. `n`: persons used. Details:
        `and_more` (true at the last count). `context["at_most"]`; families refused as in `count_fits`.

    Raises
    ------
    ValueError
        As `count_fits`; `at_most` not a whole number of 1 or more.

    Notes
    -----
    Expected: the sum over rows of P(Y = y | level, x, offset). A rootogram draws square roots, so that a misfit of few
    and of many shows alike (Kleiber & Zeileis 2016, doi 10.1080/00031305.2016.1173590). Checked by hand and against R
    in tests/estimate/counts/test_count_fit.py.
    """
    if at_most is not None and (at_most != int(at_most) or at_most < 1):
        raise WrongCall(f"at_most must be a whole number of 1 or more, not {at_most!r}")
    columns = CountColumns(count, offset)

    def rows(fitted: _Family, sample: Sample, counts: np.ndarray) -> list[dict]:
        last = _last(counts, at_most)
        observed = np.bincount(np.minimum(counts, last).astype(np.int64), minlength=last + 1)
        pairs = zip(observed, fitted.expected(last), strict=True)
        return [
            {"measure": measure, "at": at, "estimate": float(value), "and_more": at == last}
            for at, pair in enumerate(pairs)
            for measure, value in zip(("observed_persons", "expected_persons"), pair, strict=True)
        ]

    return _compared(
        data,
        Roles(exposure, columns.numbers, person=person),
        columns,
        adjust,
        families,
        rows,
        method=f"Observed and expected numbers of each {count} under count models by {exposure}{columns.words}.",
    )


def _last(counts: np.ndarray, at_most: int | None) -> int:
    return int(at_most) if at_most is not None else int(min(counts.max(), MOST_SHOWN))


@dataclass(frozen=True)
class _Family:
    """A fitted family, row by row and cell by cell.

    `none`, `mean`, `variance`: (rows,). `spent`: parameters that the dispersion takes from the rows (R counts theta in
    a hurdle and leaves it out in a negative binomial). `cells`, `weight`, `predictor`, `theta`, `truncated`: chances of
    the counts above 0 are those of the cells, `weight` times.
    """

    log_likelihood: float
    parameters: int
    spent: int
    none: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    cells: CountCells
    weight: np.ndarray
    predictor: np.ndarray
    theta: float
    truncated: bool

    def expected(self, last: int) -> np.ndarray:
        """(last + 1,): rows expected at each count, the last one and all above together."""
        found = np.zeros(last + 1)
        width = max(1, BLOCK // (last + 1))
        for start in range(0, len(self.predictor), width):
            block = slice(start, start + width)
            found += chances(self.predictor[block], self.theta, last, truncated=self.truncated) @ self.weight[block]
        found[0] = self.none.sum()
        found[last] = len(self.none) - found[:last].sum()
        return found


def _family(sample: Sample, terms: Sequence[str], columns: CountColumns, family: str) -> _Family:
    if family.startswith(HURDLE):
        return _hurdle_family(sample, terms, columns, family.removeprefix(HURDLE))
    refuse_empty_levels(sample, columns.counts(sample), columns.count)
    cells = columns.cells(sample, columns.design(sample, terms))
    found = fit_counts(cells, family)
    predictor = cells.predictor(found.fit.coefficients)
    here = moments(predictor, found.theta, truncated=False)
    rows = [values[cells.index] for values in (np.exp(-here.hidden), here.mean, here.variance)]
    spent = len(found.fit.coefficients)
    likelihood = found.fit.log_likelihood
    return _Family(likelihood, found.parameters, spent, *rows, cells, cells.size, predictor, found.theta, False)


def _hurdle_family(sample: Sample, terms: Sequence[str], columns: CountColumns, family: str) -> _Family:
    found = fit_hurdle(sample, terms, columns, family)
    cells, any_chance = found.cells, found.chance_of_any()
    weight = np.bincount(cells.index, weights=any_chance, minlength=len(cells.size))
    predictor = cells.predictor(found.positive.fit.coefficients)
    rows = (1 - any_chance, *found.mean_and_variance())
    number = found.parameters
    return _Family(found.log_likelihood, number, number, *rows, cells, weight, predictor, found.positive.theta, True)


def _compared(
    data: pd.DataFrame,
    roles: Roles,
    columns: CountColumns,
    adjust: Adjustment,
    families: Sequence[str],
    rows_of_family: Callable[[_Family, Sample, np.ndarray], list[dict]],
    *,
    whole: Callable[[np.ndarray], list[dict]] = lambda counts: [],
    method: str,
) -> Estimates:
    """Every family in every model on the model's complete rows; the refused are named, all refused is an error."""
    if isinstance(families, str) or not families:
        raise WrongCall(f"families must be a list of {', '.join(FAMILIES)}, not {families!r}")
    for family in families:
        one_of("families", family, FAMILIES)
    models = named_models(adjust)
    prepared = prepare(data, roles, models)
    columns.check(prepared)
    rows, diagnostics, refused = [], {}, {}
    for model, terms in models.items():
        ending = f".{model}" if isinstance(adjust, Mapping) else ""
        try:
            sample = prepared.sample(terms)
            counts = columns.counts(sample)
        except ValueError as error:
            raise ValueError(f"{f'model {model}: ' if ending else ''}{error}") from error
        made, reasons = _families(sample, terms, columns, families, rows_of_family)
        if not made:
            raise ValueError(f"{f'model {model}: ' if ending else ''}{next(iter(reasons.values()))}")
        refused |= {f"{family}{ending}": reason for family, reason in reasons.items()}
        common = {"outcome": columns.count, "model": model} | _everybody(sample, counts)
        rows += [row | common for row in whole(counts) + made]
        about = {"rows_used": len(sample), "rows_dropped": sample.rows_dropped, "levels_empty": sample.levels_empty}
        diagnostics |= {f"{name}{ending}": value for name, value in about.items()}
    frame = pd.DataFrame(rows)
    extra = [name for name in ("parameters", "and_more") if name in frame]
    context = {"exposure": roles.exposure, "adjust": {m: list(t) for m, t in models.items()}} | columns.context
    return Estimates(
        frame.drop(columns=extra),
        details=frame[extra],
        diagnostics=diagnostics,
        method=method,
        context=context | ({"refused": refused} if refused else {}),
    )


def _families(
    sample: Sample, terms: Sequence[str], columns: CountColumns, families: Sequence[str], rows_of_family: Callable
) -> tuple[list[dict], dict[str, str]]:
    rows, reasons = [], {}
    for family in families:
        try:
            fitted = _family(sample, terms, columns, family)
        except InfiniteCoefficient as error:
            reasons[family] = f"{error}; {MERGE}"
        except ValueError as error:
            reasons[family] = str(error)
        else:
            made = rows_of_family(fitted, sample, columns.counts(sample))
            rows += [{"level": family} | row for row in made]
    return rows, reasons


def _everybody(sample: Sample, counts: np.ndarray) -> dict[str, int]:
    """Persons used, and those with a count above 0, whatever their level."""
    persons = np.arange(len(sample)) if sample.person is None else sample.person
    return {"n": len(np.unique(persons)), "events": len(np.unique(persons[counts > 0]))}
