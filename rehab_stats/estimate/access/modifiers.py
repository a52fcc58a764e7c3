"""Interaction with one modifier after the other, so that several stand in one figure or table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from rehab_stats.estimate.access.interaction import interaction
from rehab_stats.estimate.model.adjustment import Adjustment, without_column
from rehab_stats.estimate.model.attempt import where_possible
from rehab_stats.vocabulary import Estimates


def by_modifier(
    data: pd.DataFrame,
    *,
    modifiers: Sequence[str],
    adjust: Adjustment = (),
    finer: Mapping[str, str] | None = None,
    **options: object,
) -> Estimates:
    """`interaction` with one modifier after the other, stacked; `stratum` names the modifier (`sex=female`).

    Parameters
    ----------
    data : DataFrame
    modifiers : sequence of str
        Columns; a modifier that `interaction` refuses gets no rows, and its sentence stands in `context["refused"]`.
    adjust : sequence or mapping
        As `interaction` takes it; a modifier's own term is left out of its models.
    finer : mapping, optional
        Modifier -> column that it is a grouping of (`{"age_group": "age"}`). Terms in that column are left out of the
        modifier's models: nobody can be set to another group and keep an age outside it.
    **options
        Handed on to `interaction`: outcome, exposure, scale, ...

    Raises
    ------
    ValueError
        No modifiers.
    """
    if not modifiers:
        raise ValueError("modifiers is empty: there is no column to look for an interaction with")
    parts: list[Estimates] = []
    terms_within: dict[str, object] = {}
    for modifier in modifiers:
        terms = without_column(adjust, (finer or {}).get(modifier), data)
        found = where_possible(interaction, data, modifier=modifier, adjust=terms, **options)
        parts.append(_named_strata(found, modifier))
        strata = parts[-1].tidy()["stratum"].dropna().unique()
        terms_within |= {stratum: found.context["adjust"] for stratum in strata}
    stacked = Estimates.stack(parts)
    words = stacked.context | {"adjust_within": terms_within}
    return stacked.replaced(method=_one_method(parts, modifiers), context=words)


def _one_method(parts: Sequence[Estimates], modifiers: Sequence[str]) -> str:
    """The sentence of the first modifier that was estimated, naming all of them."""
    for part, modifier in zip(parts, modifiers, strict=True):
        if len(part):
            return part.method.replace(f" with {modifier} ", f" with each of {', '.join(modifiers)} ", 1)
    return " ".join(part.method for part in parts)


def _named_strata(found: Estimates, modifier: str) -> Estimates:
    """The rows of one modifier with strata that tell its name, so that several modifiers can stand together."""
    rows, details, context = found.tidy(), found.details(), found.context
    context.pop("stratum", None)
    if isinstance(context.get("refused"), str):
        context["refused"] = {modifier: context["refused"]}
    for frame, column in ((rows, "stratum"), (details, "reference_stratum")):
        if column in frame:
            frame[column] = [f"{modifier}={code}" if isinstance(code, str) else code for code in frame[column]]
    diagnostics = {f"{name}.{modifier}": value for name, value in found.diagnostics.items()}
    return found.replaced(rows=rows, details=details, diagnostics=diagnostics, context=context)
