"""How much persons changed, by level, under each handling of the scores that are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy

import numpy as np
import pandas as pd
from scipy.stats import t as student

from rehab_stats.estimate.change.completed import MOST, PILOT, Completed, Delta, completed, given_of
from rehab_stats.estimate.change.linear import Means, contrasts, mean_changes, means_at_equal_baseline
from rehab_stats.estimate.change.modelled import fit_occasions, modelled_means
from rehab_stats.estimate.change.options import Options, as_delta, own_stream
from rehab_stats.estimate.change.target import Question, Target
from rehab_stats.estimate.change.weighted import ANCOVA, CHANGE, weighted_means
from rehab_stats.estimate.missing.pooling import Pooled, imputations_needed, rubin
from rehab_stats.estimate.missing.response import fit_response
from rehab_stats.estimate.model.contrasts import level_counts, reference_counts
from rehab_stats.estimate.model.models import Adjustment, named_models
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates

DETAILS = ("n_reference", "events_reference", "df", "fmi", "lambda", "m")


def mean_change(
    data: pd.DataFrame,
    *,
    baseline: str,
    followup: str | Sequence[str],
    exposure: str,
    adjust: Adjustment = (),
    handling: str = "complete_cases",
    analysis: str = CHANGE,
    auxiliary: Sequence[str] = (),
    steps: Mapping[str, Sequence[str]] | None = None,
    delta: Delta | float | Mapping[str, float] | None = None,
    reliability: float = 1.0,
    reference: object = None,
    m: int | None = None,
    method: str = "normal",
    stabilised: bool = True,
    truncate: tuple[float, float] | None = (0.01, 0.99),
    weights: str | None = None,
    errors: str = "expected",
    rng: np.random.Generator | None = None,
    workers: int = 1,
) -> Estimates:
    """Mean change of a score from before to after by level, and its difference between levels: did the gap move?

    The rows of `data` are the target: everybody who started and was alive and due at follow-up, with or without forms.
    A change is what was seen, with no comparison group: it holds regression to the mean, natural recovery and whatever
    else happened meanwhile.

    Parameters
    ----------
    data : DataFrame
        One row per person of the target; not changed. Missing scores are NaN.
    baseline, followup : str
        Columns of the scores. `followup` may be a list of later occasions, the last one the target: `imputation` and
        `mixed_model` then learn from all of them.
    exposure, adjust, reference
        As in `odds_ratios`. Means are standardised to the covariates of the target (of `complete_cases`: of those with
        both scores). A product of the exposure with a term that is named too (`education:age`) gives each level a slope
        of its own; mixed models take none.
    handling : {"complete_cases", "weights", "mixed_model", "imputation"}
        "complete_cases": those with both scores, who are another population than the target; right for it only if
        scores are missing completely at random, or depend on nothing but exposure and `adjust`. "weights": those with
        both, weighted by one over the chance of having them (`response_weights`). "mixed_model": everybody with any
        score, REML with a covariance of its own for every pair of occasions. "imputation": chained equations, pooled by
        Rubin's rules. The last three take scores to be missing at random given what they use; with two occasions the
        last two rest on the very same assumption, so that their agreement is no robustness.
    analysis : {"change", "ancova"}
        "change": follow-up less baseline; its difference between levels says whether the gap moved. "ancova": the same
        with the baseline as a covariate; its difference is the gap between persons of equal baseline, another question
        where levels differ at baseline (Lord's paradox; Tennant 2022, doi 10.1093/ije/dyab050).
    auxiliary : sequence of str
        Terms known of everybody that are not adjusted for but tell of who is missing or how they changed; used by
        `mixed_model` and `imputation`.
    steps : mapping, for `weights`
        As in `response_weights`; who has 1 in all of them must be who has both scores.
    delta : Delta, number or mapping, for `imputation`
        How those without a follow-up changed differently from what is imputed; a number, or one by level, is of all of
        them.
    reliability : float, for an "ancova" of `complete_cases` or `imputation`
        Share of the baseline's variance, among persons alike in all else, that is no measurement error. Below 1 the
        slope on the baseline is put right for it: an ANCOVA gap of levels that differ at baseline leans on it.
    m : int, for `imputation`
        Imputations. None: as many as von Hippel's two-stage rule asks after 20 of them, from the upper limit of the
        largest fraction of missing information among the rows; at most 400.
    method : {"normal", "pmm"}, for `imputation`
        How scores are drawn.
    stabilised, truncate, for `weights`
        As in `response_weights`.
    weights : str, for `weights`
        Column of further weights above zero, of sampling or of a treatment: they multiply those of the steps, weight
        the covariates that means are standardised to, and count as known.
    errors : {"expected", "observed"}, for `mixed_model`
        "expected": the covariance of the scores counts as known, as in nlme::gls, lme4 and mmrm. "observed": errors
        allow for its being learned from those whose scores are there. Nearly the same where scores are missing at
        random or depend little on the first score; where those low at first stay away, "expected" is too small at any
        number of persons (Kenward & Molenberghs 1998, doi 10.1214/ss/1028905886).
    rng, workers, for `imputation`
        Generator (default: seed 2015), from which one stream is spawned a call, and threads: the numbers are the same
        for any number of them.

    Returns
    -------
    Estimates
        Per model a `mean` (mean change) for every level, then a `mean_difference` for every level but the reference.
        Intervals use t, with the degrees of freedom in the details: rows less coefficients (complete cases, weights),
        Satterthwaite (mixed model), Barnard-Rubin (imputation). `n`: persons of the level in the population of the
        estimate; `events`: those of them with both scores. Details: `n_reference`, `events_reference`, `df`, and of
        imputation `fmi`, `lambda`, `m`. Diagnostics: `rows_used`, `rows_dropped` (exposure or a covariate of any of the
        models missing), `paired`, `levels_empty`, and by handling `m`, `m_needed`, `imputation_notes` (what
        `impute` could not do as asked); `effective_n` and the rest of `response_weights`; `log_likelihood`.

    Raises
    ------
    ValueError
        Columns that cannot be used; a level in which next to nobody has both scores (`change_bounds` says what remains
        to be said); a score or a change without spread; no more rows than coefficients; a question that the handling
        cannot answer (an ANCOVA by mixed model); whatever `response_weights` and `impute` refuse.

    Notes
    -----
    Rubin 1987, doi 10.1002/9780470316696; Barnard & Rubin 1999, doi 10.1093/biomet/86.4.948; von Hippel 2020, doi
    10.1177/0049124117747303; Seaman & White 2013, doi 10.1177/0962280210395740. The weights' errors count the
    estimation of the weights (stacked estimating equations) and are multiplied by rows / (rows - coefficients).
    Constrained baseline means are not offered: levels of education differ at baseline, nobody was randomised.

    Checked by hand, against R (lm, nlme, mice, own stacked equations) and over repeated samples
    (data/synthetic/calibration_effect.md) in tests/estimate/change/test_handling.py.
    """
    options = Options(
        handling=handling,
        analysis=analysis,
        steps=steps,
        delta=as_delta(delta),
        reliability=reliability,
        m=m,
        method=method,
        stabilised=stabilised,
        truncate=truncate,
        weights=weights,
        errors=errors,
        rng=own_stream(rng),
        workers=workers,
    )
    options.refuse()
    models = named_models(adjust)
    question = Question.of(
        data,
        baseline=baseline,
        followup=followup,
        exposure=exposure,
        reference=reference,
        models=models,
        auxiliary=auxiliary if handling in {"mixed_model", "imputation"} else (),
        products=True,
    )
    return stacked_changes(question, data, models, options, several=isinstance(adjust, Mapping))


def stacked_changes(
    question: Question,
    data: pd.DataFrame,
    models: Mapping[str, Sequence[str]],
    options: Options,
    *,
    several: bool,
    made: Completed | None = None,
) -> Estimates:
    """The rows of one model after the other; `made`: imputations of the same target, instead of new ones."""
    rows, diagnostics = [], {}
    for model, terms in models.items():
        try:
            target = question.target(terms)
            target.refuse_unpaired()
            if options.handling == "imputation" and made is None:
                made = impute_target(question, data, models, options)
            new, about = _answer(target, question, data, options, made)
        except ValueError as error:
            kind = WrongCall if isinstance(error, WrongCall) else ValueError
            raise kind(f"{f'model {model}: ' if several else ''}{error}") from error
        rows += [{"model": model} | row for row in new]
        diagnostics |= {f"{name}.{model}" if several else name: value for name, value in about.items()}
    frame = pd.DataFrame(rows)
    names = question.scores.names
    return Estimates(
        frame[[column for column in frame if column in TIDY_COLUMNS]],
        details=frame.reindex(columns=[column for column in DETAILS if column in frame]),
        diagnostics=diagnostics,
        method=_method(names, question.prepared.roles.exposure, options),
        context={
            "exposure": question.prepared.roles.exposure,
            "adjust": {name: list(terms) for name, terms in models.items()},
            "outcome": CHANGE,
            "handling": options.handling,
            "analysis": options.analysis,
            "population": "with_both_forms" if options.handling == "complete_cases" else "due_at_followup",
        },
    )


def _answer(
    target: Target, question: Question, data: pd.DataFrame, options: Options, made: Completed | None
) -> tuple[list[dict], dict]:
    """The rows of one model and what is to be told of it."""
    about = {
        "rows_used": len(target.sample),
        "rows_dropped": target.sample.rows_dropped,
        "levels_empty": target.sample.levels_empty,
        "paired": int(target.paired.sum()),
    }
    wanted = contrasts(len(target.sample.levels), target.sample.levels.index(target.sample.reference))
    if options.handling == "complete_cases":
        mine = target.pairs()
        about |= {"rows_used": len(mine.sample)}
        means = _complete(mine, mine.baseline[:, None], mine.followup[:, None], options)[0]
        return _rows(mine, _plain(means, wanted)), about
    if options.handling == "weights":
        here = data.iloc[target.sample.frame.index]
        call = {"steps": options.steps, "stabilised": options.stabilised, "truncate": options.truncate}
        response = question.once("response", lambda: fit_response(here, **call))
        means, more = weighted_means(target, here, response, analysis=options.analysis, further=options.weights)
        return _rows(target, _plain(means, wanted)), about | more
    if options.handling == "mixed_model":
        rich = question.once("rich", lambda: fit_occasions(target, question.everything))
        found = modelled_means(target, rich, errors=options.errors)
        columns = {"estimate": found.estimates, "std_error": np.sqrt(found.variances), "df": found.df}
        return _rows(target, columns), about | {"log_likelihood": rich.fit.log_likelihood}
    here = made.of(target).departed(options.delta, given_of(data, target, options.delta.given if options.delta else ""))
    if target.paired.all():  # nothing was imputed, and Rubin's rules would only lose degrees of freedom
        plain = _plain(_complete(here.target, here.baseline[:, :1], here.followup[:, :1], options)[0], wanted)
        return _rows(target, plain), about | {"m": 0, "m_needed": 0, "imputation_notes": ""}
    pooled = _pooled(here, wanted, options)
    columns = {"estimate": pooled.estimate, "std_error": pooled.std_error, "df": pooled.df}
    columns |= {"fmi": pooled.fmi, "lambda": pooled.lambda_, "m": np.full(len(wanted), here.m)}
    needed = imputations_needed(float(np.max(pooled.fmi)), here.m)
    return _rows(target, columns), about | {"m": here.m, "m_needed": needed, "imputation_notes": "; ".join(here.notes)}


def _complete(target: Target, baseline: np.ndarray, followup: np.ndarray, options: Options) -> list[Means]:
    """Means of each of k complete sets of scores (rows, k)."""
    if options.analysis == CHANGE:
        return mean_changes(target, baseline, followup)
    return [
        means_at_equal_baseline(target, b, f, reliability=options.reliability)
        for b, f in zip(baseline.T, followup.T, strict=True)
    ]


def _plain(means: Means, wanted: np.ndarray) -> dict[str, np.ndarray]:
    """Estimate, error and degrees of freedom of means and differences."""
    variances = np.einsum("ij,jk,ik->i", wanted, means.covariance, wanted)
    return {
        "estimate": wanted @ means.estimates,
        "std_error": np.sqrt(variances),
        "df": np.full(len(wanted), float(means.df)),
    }


def _pooled(made: Completed, wanted: np.ndarray, options: Options) -> Pooled:
    """Means and differences over the imputations, by Rubin's rules."""
    found = _complete(made.target, made.baseline, made.followup, options)
    each = [_plain(means, wanted) for means in found]
    estimates, errors = (np.stack([one[name] for one in each]) for name in ("estimate", "std_error"))
    return rubin(estimates, errors**2, found[0].df)


def impute_target(
    question: Question, data: pd.DataFrame, models: Mapping[str, Sequence[str]], options: Options
) -> Completed:
    """As many imputations as are asked for, or as the two-stage rule asks for in any of the models."""
    target = question.target(next(iter(models.values())))
    target.refuse_unpaired()

    def make(m: int) -> Completed:
        rng = deepcopy(options.rng)  # the first imputations are the same however many there are
        return completed(target, question.everything, m=m, method=options.method, rng=rng, workers=options.workers)

    made = make(options.m or PILOT)
    if options.m is not None or target.paired.all():
        return made
    wanted = contrasts(len(target.sample.levels), target.sample.levels.index(target.sample.reference))
    given = given_of(data, target, options.delta.given if options.delta else "")
    largest = max(
        float(np.max(_pooled(made.of(question.target(terms)).departed(options.delta, given), wanted, options).fmi))
        for terms in models.values()
    )
    needed = min(imputations_needed(largest, PILOT), MOST)
    return make(needed) if needed > PILOT else made


def _rows(target: Target, columns: Mapping[str, np.ndarray]) -> list[dict]:
    """Means of all levels, then differences: tidy columns and details."""
    sample = target.sample
    counts = level_counts(sample, target.paired)
    upper = [level for level in sample.levels if level != sample.reference]
    about = [{"measure": "mean", "level": level} | counts[level] for level in sample.levels]
    about += [
        {"measure": "mean_difference", "level": level, "reference": sample.reference}
        | counts[level]
        | reference_counts(sample, counts)
        for level in upper
    ]
    return [
        {"outcome": CHANGE} | row | {name: values[place] for name, values in columns.items()} | interval
        for place, (row, interval) in enumerate(zip(about, _intervals(columns, len(sample.levels)), strict=True))
    ]


def _intervals(columns: Mapping[str, np.ndarray], levels: int) -> list[dict]:
    """95 % limits by t, and for contrasts the two-sided p."""
    found = []
    for place, (estimate, error, df) in enumerate(
        zip(columns["estimate"], columns["std_error"], columns["df"], strict=True)
    ):
        reach = student.ppf(0.975, df) * error
        p = float(2 * student.sf(abs(estimate) / error, df)) if place >= levels else None
        found.append({"conf_low": estimate - reach, "conf_high": estimate + reach, "p_value": p})
    return found


_WORDS = {
    "complete_cases": "those with both scores, least squares",
    "weights": "those with both scores, weighted by the inverse chance of having them, errors counting the estimation "
    "of the weights",
    "mixed_model": "everybody with a score, mixed model by REML with unstructured covariance, degrees of freedom after "
    "Satterthwaite",
    "imputation": "multiple imputation by chained equations, pooled by Rubin's rules with degrees of freedom after "
    "Barnard and Rubin",
}


def _method(names: Sequence[str], exposure: str, options: Options) -> str:
    at = ", at equal baseline (ANCOVA)" if options.analysis == ANCOVA else ""
    corrected = f", reliability of the baseline {options.reliability:g}" if options.reliability < 1 else ""
    delta = ", imputed scores moved by a delta" if options.delta is not None else ""
    return (
        f"Mean change from {names[0]} to {names[-1]} by {exposure}{at}{corrected}; {_WORDS[options.handling]}{delta}; "
        "95 % intervals by t."
    )
