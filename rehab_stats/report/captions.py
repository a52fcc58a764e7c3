"""What stands under a figure or table, and what is read aloud to those who cannot see it; it names its numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.measures import PERCENT_MEASURES, RATIO_MEASURES, format_estimate, format_estimate_interval
from rehab_stats.report.disclosure import ROUNDING, anything_hidden, protect
from rehab_stats.report.phrases import capital, heading_words, method_words, outcome_words, phrase, source_words
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import refusals
from rehab_stats.words import format_number, label

KINDS = {
    "forest": tuple(RATIO_MEASURES),
    "risks": ("risk", "risk_difference"),
    "measures": (*RATIO_MEASURES, "risk_difference"),
    "flow": ("count",),
    "descriptive": (),
    "gradient": (),
    "published": (),
}
"""Kind of figure or table -> the measures whose numbers its caption reads out (none: the table itself is text)."""


def caption(
    kind: str,
    estimates: Estimates,
    language: str = "en",
    *,
    published: Estimates | None = None,
    note: str = "",
) -> str:
    """One paragraph: what is shown, the numbers in words, and what a reader must know (hidden counts, `note`).

    The same text serves as caption and as alternative text (`save_figure(..., alt=caption(...))`). Numbers come from
    the rows after the disclosure rules; nothing is computed. In English the method sentence of the estimates closes it.

    Raises ValueError on an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
    safe = protect(estimates)
    rows = safe.tidy()
    parts = [opening(kind, safe, language)]
    if kind == "flow":
        parts.append(_steps(rows, language))
    elif KINDS[kind]:
        parts += _values(rows[rows["measure"].isin(KINDS[kind])], safe.context, language)
    if published is not None:
        parts.append(phrase("printed_beside", language, source=source_words(published)))
    parts += notes(safe, note, language)
    parts.append(method_words(safe) if language == "en" else "")
    return " ".join(part for part in parts if part)


def notes(safe: Estimates, note: str = "", language: str = "en") -> list[str]:
    """What a reader must know of protected rows: the note given, what was hidden, whether counts were rounded."""
    lines = [note] if note else []
    lines += refusals(safe.context, language) if len(safe) else []
    if anything_hidden(safe):
        lines.append(phrase("hidden_note", language, minimum=safe.diagnostics["smallest_count_shown"]))
    return lines + ([phrase("rounded_note", language)] if safe.context.get("preset") in ROUNDING else [])


def opening(kind: str, estimates: Estimates, language: str = "en") -> str:
    """The first sentence of a caption: what is shown."""
    rows = estimates.tidy()
    exposure = estimates.context.get("exposure", "")
    references = rows["reference"].dropna()
    measures = [measure for measure in rows["measure"].unique() if measure in RATIO_MEASURES]
    days = estimates.context.get("horizon_days")
    # a hazard has no horizon
    timed = kind == "risks" or "hazard_ratio" not in measures
    words = {
        "measure": capital(label(measures[0], language)) if measures else "",
        "outcome": outcome_words(rows.iloc[0]["outcome"], estimates.context, language, timed=timed),
        "reference": label(references.iloc[0], language, exposure) if len(references) else "",
        "exposure": label(exposure, language),
        "source": source_words(estimates),
    }
    text = capital(phrase(f"caption_{kind}", language, **words))
    horizon = phrase("horizon_note", language, days=format_number(days, 0, language)) if days and not timed else ""
    return f"{text} {horizon}" if horizon and kind == "measures" else text


def _values(rows: pd.DataFrame, context: dict, language: str) -> list[str]:
    """A sentence per measure, stratum and model: its heading, then each level with estimate and interval."""
    sentences = []
    keys = list(dict.fromkeys(zip(rows["measure"], rows["stratum"], rows["model"], strict=True)))
    texts = rows[["measure", "stratum", "model"]].apply(tuple, axis=1)
    for measure, stratum, model in keys:
        mine = rows[texts == (measure, stratum, model)]
        values = [_value(row, context.get("exposure", ""), language) for _, row in mine.iterrows()]
        heading = heading_words(stratum, model, context, language)
        sentences.append(f"{heading}, {label(measure, language)}: {'; '.join(values)}.")
    return sentences


def _value(row: pd.Series, exposure: str, language: str) -> str:
    level = label(row["level"], language, exposure)
    if not np.isfinite(row["estimate"]):
        return f"{level}: {phrase('hidden', language)}"
    unit = " pp" if row["measure"] == "risk_difference" else " %" if row["measure"] in PERCENT_MEASURES else ""
    value = format_estimate(row["estimate"], row["measure"], language) + unit
    interval = format_estimate_interval(row["conf_low"], row["conf_high"], row["measure"], language)
    return (
        phrase("value_of_level", language, level=level, value=value, interval=interval)
        if interval
        else (f"{level}: {value}")
    )


def _steps(rows: pd.DataFrame, language: str) -> str:
    steps = [
        f"{label(row['level'], language)}: {format_number(row['estimate'], 0, language) or phrase('hidden', language)}"
        for _, row in rows[rows["measure"] == "count"].iterrows()
    ]
    return capital("; ".join(steps)) + "."
