"""The sentences and headings of figures and tables, English and Danish; single codes are in `rehab_stats.words`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from rehab_stats.estimate.model.small_levels import FEWEST
from rehab_stats.report.effect_phrases import EFFECT
from rehab_stats.report.monitoring_phrases import MONITORING_CHARTS
from rehab_stats.report.participation_phrases import PARTICIPATION
from rehab_stats.report.pathway_chart_phrases import PATHWAY_CHARTS
from rehab_stats.report.pathway_table_phrases import PATHWAY_TABLES
from rehab_stats.report.phrase_list import PHRASES as ACCESS
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import capital, context_within, model_words, outcome_label, stratum_label, time_words
from rehab_stats.words import LANGUAGES, label

PHRASES: dict[str, tuple[str, str]] = (
    ACCESS | PARTICIPATION | EFFECT | PATHWAY_CHARTS | PATHWAY_TABLES | MONITORING_CHARTS
)
"""Name -> phrase in each language: those of access, participation, the effect, figures and tables of the pathway,
figures of monitoring."""


def phrase(name: str, language: str = "en", **words: object) -> str:
    """A phrase in a language, its gaps filled. Raises ValueError on an unknown language."""
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}; got {language!r}")
    return PHRASES[name][LANGUAGES.index(language)].format(**words)


def model_heading(model: str | None, context: Mapping, language: str = "en") -> str:
    """What a row is adjusted for, as a heading: `Unadjusted`, `Adjusted for age, sex and year`."""
    return capital(model_words(model or "crude", context, language))


def outcome_words(
    outcome: str | None, context: Mapping, language: str = "en", *, timed: bool = False, at: float | None = None
) -> str:
    """The outcome; where it is `timed` with its horizon (`at`, or that of the context): `referral within 365 days`."""
    words = outcome_label(outcome or "", context, language)
    own = at is not None and np.isfinite(at)
    time = at if own else context.get("horizon_days")  # the horizon is in days whatever the unit of `at`
    if not timed or not time:
        return words
    within = time_words(time, context if own else {}, language)
    if not words:  # a time before whatever happens
        return phrase("within", language, time=within)
    return phrase("within_time", language, outcome=words, time=within)


def heading_words(
    stratum: str | None, model: str | None, context: Mapping, language: str = "en", *, at: float | None = None
) -> str:
    """A group's heading: `Women: adjusted for age and year`, `Women, within 180 days: unadjusted`."""
    words = model_heading(model, context_within(context, stratum), language)
    parts = [stratum_label(stratum, context, language)] if stratum else []
    parts += [phrase("within", language, time=time_words(at, context, language))] if at and np.isfinite(at) else []
    return f"{capital(', '.join(parts))}: {words[:1].lower()}{words[1:]}" if parts else words


def stratum_words(stratum: str, context: Mapping, language: str = "en") -> str:
    """A stratum as a heading; `sex=female` or, with the column in the context, `female` reads `Women`."""
    return capital(stratum_label(stratum, context, language))


def source_words(published: Estimates) -> str:
    """Who printed the figures: name and year of each source."""
    details = published.details()
    sources = list(details["source"].unique()) if "source" in details else [published.context.get("source", "")]
    return "; ".join(map(short_source, sources))


def short_source(source: str) -> str:
    """A source by its name and year, or years (2015-17): what stands up to the first of them."""
    return re.sub(r"^(.*?\b\d{4}\b(?:-\d{2,4}\b)?).*", r"\1", source)


def levels_left_out(
    levels: Sequence[str], *, exposure: str, fewest: int = FEWEST, counted: str = "", language: str = "en"
) -> str:
    """The note that says which levels were left out of the models for having few persons; "" where none was.

    `counted`: the column of `with_enough_persons` that says who counts, such as those who have both forms.
    """
    if not levels:
        return ""
    named = ", ".join(label(level, language, exposure) for level in levels)
    whom = f" ({label(counted, language)})" if counted else ""
    return phrase("levels_left_out", language, levels=capital(named), fewest=fewest, whom=whom)
