"""What stands under a figure or table, and what is read aloud to those who cannot see it; it names its numbers."""

from __future__ import annotations

import pandas as pd

from rehab_stats.effect_wording import BEYOND, is_delta
from rehab_stats.measures import DIFFERENCE_MEASURES, RATIO_MEASURES, estimate_text
from rehab_stats.report.attendance_counts import with_pooled_tail
from rehab_stats.report.beside_path import beside_hidden
from rehab_stats.report.curve_points import tick_times
from rehab_stats.report.disclosure import ROUNDING, anything_hidden, protect
from rehab_stats.report.methods import method_words
from rehab_stats.report.not_estimated import nothing_estimated
from rehab_stats.report.path_notes import path_notes
from rehab_stats.report.pathway_captions import ends_of, read_pathway, read_scenarios, read_unmeasured
from rehab_stats.report.phrases import capital, heading_words, outcome_words, phrase, source_words
from rehab_stats.report.scenario_rows import QUANTITIES, without_assumed
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import code_words, measure_label, refusals, time_origin, with_digits
from rehab_stats.words import format_number, label

KINDS = {
    "forest": (*RATIO_MEASURES, *DIFFERENCE_MEASURES),
    "risks": ("risk", "risk_difference"),
    "measures": (*RATIO_MEASURES, "risk_difference"),
    "interaction": ("joint_risk", "interaction_contrast"),
    "incidence": ("risk",),
    "flow": ("count",),
    "descriptive": (),
    "gradient": (),
    "published": (),
    "cascade": ("risk",),
    "means": ("mean", "mean_difference"),
    "rootogram": (),
    "components": ("contribution",),
    "ladder": ("mean_difference", "mean"),
    "tipping": ("tipping_delta",),
    "balance": (),
    "pathway": (),
    "scenarios": (),
    "unmeasured": (),
    "funnel": ("indicator_share",),
    "p_chart": ("indicator_share",),
    "run_chart": (),
    "before_after": ("indicator_share", "share_difference"),
}
"""Kind of figure or table -> the measures whose numbers its caption reads out (none: the table itself is text)."""
UNMODELLED = frozenset({"indicator_share", "share_difference"})
"""Measures that no model could have adjusted: nothing is said of adjustment."""
READ_ALOUD = {"pathway": read_pathway, "scenarios": read_scenarios, "unmeasured": read_unmeasured}
"""Kinds of figures whose numbers make sense together only -> how they are read out."""


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
    the rows after the disclosure rules; nothing is computed. How it was estimated closes it. Of curves over time the
    last round time is read out. Where nothing was estimated the caption is the reason.

    Raises ValueError on an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
    if nothing_estimated(estimates):
        return " ".join([*refusals(estimates.context, language), *filter(None, [note])])
    safe = protect(with_pooled_tail(estimates) if kind == "rootogram" else estimates)
    rows = with_digits(safe.tidy().join(safe.details(), rsuffix="_detail"), safe.context)
    parts = [opening(kind, safe, language)]
    if kind == "flow":
        parts.append(_steps(rows, language))
    elif kind == "rootogram":
        parts.append(_with_fewest(rows, language))
    elif kind == "tipping":
        parts += _tips(rows, safe.context, language)
    elif kind in READ_ALOUD:
        parts += READ_ALOUD[kind](rows, safe.context, language)
    elif KINDS[kind]:
        parts += _values(_read_out(kind, rows), safe.context, language)
    if published is not None:
        parts.append(phrase("printed_beside", language, source=source_words(published)))
    parts += notes(safe, note, language)
    parts.append(method_words(without_assumed(safe), language))
    return " ".join(part for part in parts if part)


def _read_out(kind: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose numbers a caption of this kind reads out."""
    rows = rows[rows["measure"].isin(KINDS[kind])]
    if kind == "forest" and rows["measure"].isin(RATIO_MEASURES).any():
        return rows[rows["measure"].isin(RATIO_MEASURES)]
    if kind == "ladder" and rows["measure"].eq("mean_difference").any():
        return rows[rows["measure"] == "mean_difference"]
    if kind == "incidence":
        seen = rows.loc[rows["estimate"].notna(), "at"]
        last = [time for time in tick_times(rows["at"]) if time in set(seen)][-1:]
        return rows[rows["at"].isin(last)]
    return rows


def notes(safe: Estimates, note: str = "", language: str = "en") -> list[str]:
    """What a reader must know of protected rows: the note given, who is beside a path, what was hidden, whether counts
    were rounded."""
    lines = [note] if note else []
    lines += refusals(safe.context, language) if len(safe) else []
    lines += path_notes(safe, language) if len(safe) else []
    if anything_hidden(safe) or beside_hidden(safe.context):
        lines.append(phrase("hidden_note", language, minimum=safe.diagnostics["smallest_count_shown"]))
    return lines + ([phrase("rounded_note", language)] if safe.context.get("preset") in ROUNDING else [])


def opening(kind: str, estimates: Estimates, language: str = "en") -> str:
    """The first sentence of a caption: what is shown."""
    rows, context = estimates.tidy(), estimates.context
    exposure = context.get("exposure") or ""
    references, levels = rows["reference"].dropna(), rows["level"].dropna()
    measures = [measure for measure in rows["measure"].unique() if measure in RATIO_MEASURES]
    days = context.get("horizon_days")
    # a hazard has no horizon
    timed = kind in {"risks", "interaction", "funnel", "p_chart", "before_after"} or "hazard_ratio" not in measures
    timed = timed and kind != "incidence"
    times = rows["at"].unique()
    at = times[0] if len(times) == 1 else None
    stages = [stage for stage in context.get("stages") or () if (rows["outcome"] == stage).any()]
    words = {
        "measure": capital(label(measures[0], language)) if measures else "",
        "outcome": ends_of(rows, context, language)
        if kind == "pathway"
        else outcome_words(_outcome(kind, rows, context), context, language, timed=timed, at=at),
        "competing": outcome_words("competing", context, language),
        "reference": label(references.iloc[0], language, exposure) if len(references) else "",
        "exposure": label(exposure, language),
        "origin": time_origin(context, language),
        "source": source_words(estimates),
        "first": label(stages[0], language) if stages else "",
        "last": label(stages[-1], language) if stages else "",
        "level": label(levels.iloc[0], language, exposure) if len(levels) else "",
        "centre": phrase("centre_target" if "all" not in estimates.method else "centre_all", language),
        "moved": label(context.get("among") or "all", language, "among"),
    }
    text = capital(phrase(f"caption_{_variant(kind, rows, measures)}", language, **words))
    horizon = phrase("horizon_note", language, days=format_number(days, 0, language)) if days and not timed else ""
    return f"{text} {horizon}" if horizon and kind == "measures" else text


def _outcome(kind: str, rows: pd.DataFrame, context: dict) -> str | None:
    """The outcome that a caption names; contributions have parts of it as theirs."""
    named = {"incidence": "event", "components": context.get("outcome"), "unmeasured": context.get("outcome")}
    if kind == "scenarios":  # the last stage that there is
        return rows.loc[rows["measure"].isin(QUANTITIES), "outcome"].iloc[-1]
    return named[kind] if kind in named else rows.iloc[0]["outcome"]


def _variant(kind: str, rows: pd.DataFrame, ratios: list[str]) -> str:
    """The opening that fits the rows: a forest of differences, curves of everybody together."""
    if kind == "forest" and not ratios:
        return "strata"
    if kind == "incidence" and rows["level"].isna().all():
        return "incidence_all"
    if kind == "risks" and rows["outcome"].isin(BEYOND).any():
        return "beyond"
    if kind == "ladder" and rows["reference"].isna().all():
        return "ladder_mean"
    return kind


def _values(rows: pd.DataFrame, context: dict, language: str) -> list[str]:
    """A sentence per measure, stratum, model and time: its heading, then each level with estimate and interval."""
    sentences, outcomes = [], rows["outcome"].nunique() > 1
    for _, mine in rows.groupby(["outcome", "measure", "stratum", "model", "at"], dropna=False, sort=False):
        row = mine.iloc[0]
        values = "; ".join(
            f"{_level(one, context, language)}: {estimate_text(one, language, unit=True)}" for _, one in mine.iterrows()
        )
        what = measure_label(row["measure"], row["outcome"], context, language)
        if outcomes:
            what = phrase(
                "of_outcome", language, measure=what, outcome=outcome_words(row["outcome"], context, language)
            )
        if row["measure"] in UNMODELLED:
            whose = [code_words(row, "stratum", context, language)] if row["stratum"] else []
            sentences.append(f"{capital(', '.join([*whose, what]))}: {values}.")
            continue
        heading = heading_words(row["stratum"], row["model"], context, language, at=row["at"])
        sentences.append(f"{heading}, {what}: {values}.")
    return sentences


def _tips(rows: pd.DataFrame, context: dict, language: str) -> list[str]:
    """The difference where nobody's change differs from what is expected, and the tips of each level."""
    said, several = [], rows["level"].nunique() > 1
    here = rows[(rows["measure"] == "mean_difference") & rows["stratum"].map(is_delta) & (rows["at"] == 0)]
    here = here[here["stratum"].str.rpartition("=")[2].astype(float) == 0]
    for _, row in here.iterrows():
        level = f"{_level(row, context, language)}: " if several else ""
        said.append(phrase("tipping_read", language, value=level + estimate_text(row, language)))
    for level, mine in rows[rows["measure"] == "tipping_delta"].groupby("level", sort=False):
        tips = [
            f"{tip_heading(row['outcome'], context, language)}: {estimate_text(row, language)}"
            for _, row in mine.iterrows()
        ]
        whose = label(level, language, context.get("exposure") or "")
        said.append(phrase("tips_read", language, level=whose, tips="; ".join(tips)))
    return said


def tip_heading(tip: str, context: dict, language: str) -> str:
    """What a delta tips to: `Difference 0`, `Interval reaches 0`, `Smallest important difference (±5)`."""
    mid = context.get("mid")
    size = phrase("plus_minus", language, mid=f"{mid:g}".replace(".", "," if language == "da" else ".")) if mid else ""
    return phrase(f"tip_{tip}", language, mid=size)


def _level(row: pd.Series, context: dict, language: str) -> str:
    return code_words(row, "level", context, language) or label("total", language)


def _with_fewest(rows: pd.DataFrame, language: str) -> str:
    """Persons with the lowest number of sessions, observed and as each model expects them."""
    lowest = rows[rows["at"] == rows["at"].min()]
    observed = lowest[lowest["measure"] == "observed_persons"].iloc[0]
    expected = lowest[lowest["measure"] == "expected_persons"]
    values = [f"{label(row['level'], language)} {estimate_text(row, language)}" for _, row in expected.iterrows()]
    return phrase(
        "with_fewest",
        language,
        number=format_number(observed["at"], 0, language),
        observed=estimate_text(observed, language),
        expected="; ".join(values),
    )


def _steps(rows: pd.DataFrame, language: str) -> str:
    steps = [
        f"{label(row['level'], language)}: {format_number(row['estimate'], 0, language) or phrase('hidden', language)}"
        for _, row in rows[rows["measure"] == "count"].iterrows()
    ]
    return capital("; ".join(steps)) + "."
