"""The ladder: one question, every handling of what is missing, in one set of estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from rehab_stats.estimate.change.completed import Delta
from rehab_stats.estimate.change.handling import impute_target, stacked_changes
from rehab_stats.estimate.change.options import Options, own_stream
from rehab_stats.estimate.change.target import Question
from rehab_stats.estimate.model.models import Adjustment, named_models
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.vocabulary import Estimates

RUNGS = (
    "complete_cases",
    "weights",
    "mixed_model",
    "imputation",
    "jump_to_baseline",
    "delta_dropouts",
    "delta_never_given",
)
"""From the naive analysis to those that depart from missing at random; each is a stratum `handling=<rung>`."""
DEPARTURES = ("jump_to_baseline", "delta_dropouts", "delta_never_given")
"""Rungs that move imputed scores: what if those without a follow-up changed differently?"""


def change_ladder(
    data: pd.DataFrame,
    *,
    baseline: str,
    followup: str | Sequence[str],
    exposure: str,
    adjust: Adjustment = (),
    analysis: str = "change",
    auxiliary: Sequence[str] = (),
    steps: Mapping[str, Sequence[str]] | None = None,
    delta: float | Mapping[str, float] = 0.0,
    given: str = "",
    departures: Mapping[str, Delta] | None = None,
    rungs: Sequence[str] = RUNGS,
    reference: object = None,
    m: int | None = None,
    method: str = "normal",
    truncate: tuple[float, float] | None = (0.01, 0.99),
    errors: str = "expected",
    rng: np.random.Generator | None = None,
    workers: int = 1,
) -> Estimates:
    """Mean change by level and its differences, once under each handling of missing scores, below each other.

    Complete cases are those with both forms; every other rung is of the whole target. Weights, mixed model and
    imputation take scores to be missing at random and should agree where their models do; the last two share that
    assumption and much of their information. The rungs below them do not: they say how the answer moves when those
    without a follow-up changed differently.

    Parameters
    ----------
    data, baseline, followup, exposure, adjust, analysis, auxiliary, steps, reference, m, method, truncate, errors, rng,
    workers
        As in `mean_change`, without products with the exposure. Without `steps` there is no rung `weights`; with
        analysis="ancova" the mixed model is refused.
    delta : number of points, or mapping level -> points
        What `delta_dropouts` adds to the imputed follow-up of those given a first form, and `delta_never_given` to
        that of those who were not. 0: the two rungs are left out.
    given : str
        Column of 0 and 1: a first form was given. Empty: whose baseline is missing was given none.
    departures : mapping, optional
        Further rungs of imputed scores moved by a `Delta`: name -> delta. They come last.
    rungs : sequence of str
        Some of `RUNGS`.

    Returns
    -------
    Estimates
        The rows of `mean_change` for each rung, `stratum` = "handling=<rung>"; all imputed rungs share their
        imputations. What a rung refuses is kept as its reason (`context["refused"]`). Diagnostics end in `.<rung>`.

    Raises
    ------
    ValueError
        Data that every rung refuses. `WrongCall`: an unknown rung, no rung left, options that do not go together.

    Checked in tests/estimate/change/test_ladder.py.
    """
    unknown = [rung for rung in rungs if rung not in RUNGS]
    if unknown or not rungs:
        raise WrongCall(f"rungs must be some of {', '.join(RUNGS)}; got {', '.join(map(repr, unknown)) or 'none'}")
    models = named_models(adjust)
    base = Options(
        handling="imputation",
        analysis=analysis,
        m=m,
        method=method,
        truncate=truncate,
        errors=errors,
        rng=own_stream(rng),
        workers=workers,
    )
    asked = _asked(base, rungs, steps, delta, given)
    asked |= {name: replace(base, delta=moved) for name, moved in (departures or {}).items()}
    if not asked:
        raise WrongCall("no rung is left: weights asks for steps=, the rungs of a delta for a delta= other than 0")
    parts, refused, made = [], {}, None
    question = Question.of(
        data,
        baseline=baseline,
        followup=followup,
        exposure=exposure,
        reference=reference,
        models=models,
        auxiliary=auxiliary,
    )
    for rung, options in asked.items():
        try:
            options.refuse()
            if options.handling == "imputation" and made is None:
                made = impute_target(question, data, models, base)
            several = isinstance(adjust, Mapping)
            found = stacked_changes(question, data, models, options, several=several, made=made)
            parts.append(_named(found, rung))
        except ValueError as error:
            if isinstance(error, WrongCall) and rung != "mixed_model":
                raise
            refused[f"handling={rung}"] = str(error)
    if not parts:
        raise ValueError(next(iter(refused.values())))
    stacked = Estimates.stack(parts, method=_method(parts))
    told = {"delta": delta} if "delta_dropouts" in asked or "delta_never_given" in asked else {}
    return stacked.with_context(stratum="handling", **told, **({"refused": refused} if refused else {}))


def _asked(
    base: Options,
    rungs: Sequence[str],
    steps: Mapping[str, Sequence[str]] | None,
    delta: float | Mapping[str, float],
    given: str,
) -> dict[str, Options]:
    """Rung -> how it handles what is missing."""
    moved = any(delta.values()) if isinstance(delta, Mapping) else delta != 0
    known = {
        "complete_cases": replace(base, handling="complete_cases"),
        **({"weights": replace(base, handling="weights", steps=steps)} if steps is not None else {}),
        "mixed_model": replace(base, handling="mixed_model"),
        "imputation": base,
        "jump_to_baseline": replace(base, delta=Delta(jump_to_baseline=True, given=given)),
    }
    if moved:
        known["delta_dropouts"] = replace(base, delta=Delta(dropouts=delta, given=given))
        known["delta_never_given"] = replace(base, delta=Delta(never_given=delta, given=given))
    return {rung: known[rung] for rung in RUNGS if rung in rungs and rung in known}


def _named(found: Estimates, rung: str) -> Estimates:
    """The rows of a rung as a stratum of their own, their diagnostics under its name."""
    return found.replaced(
        rows=found.tidy().assign(stratum=f"handling={rung}"),
        diagnostics={f"{name}.{rung}": value for name, value in found.diagnostics.items()},
        context={name: value for name, value in found.context.items() if name not in {"handling", "population"}},
    )


def _method(parts: Sequence[Estimates]) -> str:
    return " ".join(dict.fromkeys(part.method for part in parts))
