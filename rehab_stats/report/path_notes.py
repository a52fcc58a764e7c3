"""What a reader of a path must know besides its numbers: who is off it, who was measured, what intervals leave out."""

from __future__ import annotations

from collections.abc import Mapping

from rehab_stats.pathway_wording import COUNTED_ELSEWHERE, SHIFT, plain_number, stage_words
from rehab_stats.report.beside_path import BESIDE, COME, END, FEW, MEASURED, SKIPPED, UNSEEN, WORTH, Count
from rehab_stats.report.phrases import phrase
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import format_number, label


def path_notes(safe: Estimates, language: str = "en") -> list[str]:
    """Sentences about protected rows of a path; none of anything else."""
    context = safe.context
    return [
        *_beside(context, language),
        *_measured(context, language),
        *_improved(context, language),
        *([phrase("sampling_error_alone", language)] if context.get("changes") else []),
        *([phrase("net_of_the_cause", language)] if _shifted(safe) else []),
    ]


def _beside(context: Mapping, language: str) -> list[str]:
    """Who passed a stage without one before it, and who has no value, stage by stage along the path."""
    known, said, elsewhere = context.get(BESIDE) or {}, [], context.get(COUNTED_ELSEWHERE) or ()
    for kind in (SKIPPED, UNSEEN):
        counts = known.get(kind) or {}
        order = [*(context.get("stages") or ()), *counts]
        listed = [
            phrase(
                "beside_stage",
                language,
                stage=stage_words(stage, language),
                counts=phrase("counted_elsewhere", language)
                if stage in elsewhere
                else _all(counts[stage], context, language),
            )
            for stage in dict.fromkeys(order)
            if stage in counts
        ]
        said += [phrase(f"beside_{kind}", language, stages=", ".join(listed))] if listed else []
    return said


def _all(counts: list[Count], context: Mapping, language: str) -> str:
    return f" {label('and', language)} ".join(_count(one, context, language) for one in counts)


def _count(count: Count, context: Mapping, language: str) -> str:
    if count == FEW:
        return phrase("fewer_than", language, minimum=context["protected"])
    return phrase("hidden", language) if count is None else format_number(count, 0, language)


def _measured(context: Mapping, language: str) -> list[str]:
    """How many came to the last stage of a measured path, how many were measured, and what they are worth."""
    end = (context.get(BESIDE) or {}).get(END)
    if not end:
        return []
    told = {name: _count(end[name], context, language) for name in (COME, MEASURED)}
    *_, before, last = context["stages"]
    told["stage"] = stage_words(last, language)
    everybody = end[COME] == end[MEASURED] and end[COME] is not None  # or only those measured are seen
    if before in (context.get(COUNTED_ELSEWHERE) or ()):
        if everybody:
            return []
        told[COME] = phrase("counted_elsewhere", language)
    words = phrase("measured_at_the_end" if everybody else "came_to_the_end", language, **told)
    worth = end[WORTH]
    words += phrase("worth_weighted", language, worth=_count(worth, context, language)) if worth is not None else ""
    return [f"{words}."]


def _improved(context: Mapping, language: str) -> list[str]:
    """What counts as improved, where the context says."""
    improved = context.get("improved")
    if not improved or "improved" not in (context.get("stages") or ()):
        return []
    scale, instrument = improved["scale"], label(improved["instrument"], language, "instrument")
    words = label(scale, language, "scale")
    inner = instrument if words == scale else f"{scale}, {instrument}"
    followup = improved["followup"]
    form = phrase(f"form_at_{followup}", language) if followup in FORMS else label(followup, language, "occasion")
    points = plain_number(improved["points"], language)
    return [phrase("improved_is", language, points=points, scale=f"{words} ({inner})", followup=form)]


FORMS = ("end", "follow_up")
"""Occasions of a second form."""


def _shifted(safe: Estimates) -> bool:
    """Whether levels differ in an unmeasured cause in any of the rows."""
    strata = safe.tidy()["stratum"].dropna().str.partition("=")
    shifts = strata.loc[strata[0] == SHIFT, 2] if len(strata) else []
    return any(float(shift) for shift in shifts)
