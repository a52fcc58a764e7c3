"""The figures of the pathway read aloud: their numbers in words, in the order in which the figures show them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rehab_stats.measures import estimate_text
from rehab_stats.report.pathway_rows import (
    GAIN,
    TOTAL,
    Story,
    number_text,
    quantity_words,
    reading_words,
    rows_by_call,
    stories_of,
)
from rehab_stats.report.phrases import capital, heading_words, outcome_words, phrase, stratum_words
from rehab_stats.report.row_chart import tick_words
from rehab_stats.report.scenario_rows import (
    AS_OBSERVED,
    EVERYBODY,
    QUANTITIES,
    assumed_told,
    farthest,
    moves,
    of_outcome,
    told_change,
)
from rehab_stats.wording import model_words
from rehab_stats.words import label


def read_pathway(rows: pd.DataFrame, context: Mapping, language: str = "en") -> list[str]:
    """A sentence per outcome, model and level: what the reference has, what each step adds, what the level has."""
    return [_told(story, context, language) for call in rows_by_call(rows) for story in stories_of(call)]


def _told(story: Story, context: Mapping, language: str) -> str:
    exposure = context.get("exposure") or ""
    level, reference = (label(code, language, exposure) for code in (story.level, story.reference))
    named = [
        (reference, story.start),
        *((outcome_words(row["outcome"], context, language), row) for row in story.steps),
    ]
    named.append((level, story.end))
    steps = [
        phrase(
            "step_read",
            language,
            step=words,
            value=number_text(row, language, signed=row["measure"] == GAIN, full=True),
        )
        for words, row in named
    ]
    steps.append(phrase("gap_read", language, value=number_text(story.total, language, signed=True, full=True)))
    about = [model_words(story.model, context, language), reading_words(story.stratum, context, language)]
    model = ", ".join(filter(None, about))
    return phrase(
        "pathway_read",
        language,
        contrast=capital(phrase("contrast_of", language, level=level, reference=reference)),
        quantity=quantity_words(story, context, language),
        model=f", {model}" if model else "",
        steps="; ".join(steps),
    )


def read_scenarios(rows: pd.DataFrame, context: Mapping, language: str = "en") -> list[str]:
    """A sentence per scenario: each level before and after, what becomes of the gap at the end; what is assumed."""
    rows, exposure = of_outcome(rows, context, None), context.get("exposure") or ""
    quantities = rows[rows["measure"].isin(QUANTITIES) & (rows["level"] != EVERYBODY)]
    contrast = rows[(rows["level"] == farthest(rows)) & rows["reference"].notna()].iloc[0]
    named = {name: label(contrast[name], language, exposure) for name in ("level", "reference")}
    found = []
    names = [name for name in quantities["model"].drop_duplicates() if name != AS_OBSERVED]
    for name in names:
        before, after = (quantities[quantities["model"] == model].set_index("level") for model in (AS_OBSERVED, name))
        steps = [
            phrase(
                "moved_read",
                language,
                what=label(level, language, exposure),
                before=estimate_text(before.loc[level], language),
                after=estimate_text(after.loc[level], language),
            )
            for level in after.index
        ]
        told = "; ".join(line[:1].lower() + line[1:] for line in moves(rows, name, context, language, aloud=True))
        said = f"{phrase('contrast_of', language, **named)}: {told}"
        scenario = capital(heading_words(None, name, context, language))
        if name in (context.get("changes") or {}):
            scenario += f" ({told_change(name, context, language, aloud=True)})"
        found.append(phrase("scenario_read", language, scenario=scenario, steps="; ".join(steps), moves=capital(said)))
    known = [name for name in names if name in (context.get("changes") or {})]
    return [*found, assumed_told(known, context, language)] if known else found


def read_unmeasured(rows: pd.DataFrame, context: Mapping, language: str = "en") -> list[str]:
    """A sentence per stratum and level: each stage's contribution without the cause and at its greatest strength."""
    rows = rows[(rows["measure"] == GAIN) & rows["at"].notna()].sort_values("at", kind="stable")
    exposure, found = context.get("exposure") or "", []
    for (stratum, level), mine in rows.groupby(["stratum", "level"], sort=False, dropna=False):
        steps = []
        for stage, part in mine.groupby("outcome", sort=False):
            what = phrase("gap", language).lower() if stage == TOTAL else outcome_words(stage, context, language)
            ends = (estimate_text(part.iloc[place], language) for place in (0, -1))
            steps.append(phrase("moved_read", language, what=what, before=next(ends), after=next(ends)))
        heading = [capital(label(level, language, exposure))]
        if isinstance(stratum, str):
            words = shift_words(stratum, context, language)
            heading.append(words[:1].lower() + words[1:])
        first, last = (tick_words(mine["at"].iloc[place], language) for place in (0, -1))
        words = {"heading": ", ".join(heading) + ", ", "first": first, "last": last, "steps": "; ".join(steps)}
        found.append(phrase("unmeasured_read", language, **words))
    return found


SHIFT = "shift"


def shift_words(stratum: str, context: Mapping, language: str = "en") -> str:
    """`shift=-0.3`: how the levels differ in the unmeasured cause at the start, in words."""
    column, _, value = stratum.rpartition("=")
    if column != SHIFT:
        return stratum_words(stratum, context, language)
    shift = float(value)
    name = "cause_alike" if shift == 0 else "cause_at_top" if shift > 0 else "cause_at_bottom"
    return phrase(name, language, value=tick_words(abs(shift), language))


def ends_of(rows: pd.DataFrame, context: Mapping, language: str = "en") -> str:
    """The outcome at the end of the path, or of each of several paths."""
    lasts = []
    for call in rows_by_call(rows):
        stages = call.loc[(call["measure"] == GAIN) & (call["outcome"] != TOTAL), "outcome"]
        lasts.append(outcome_words(stages.iloc[-1], context, language))
    return f" {label('and', language)} ".join(dict.fromkeys(lasts))
