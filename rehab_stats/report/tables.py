"""Journal tables: who the persons are, the gradient under each adjustment, the flow, and what papers print.

Each takes Estimates, passes them through the disclosure rules, and gives a `Table`; nothing is computed. Tables of
inequality, interaction and other single measures are in `summary_tables`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.effect_wording import CHANGE
from rehab_stats.measures import AMOUNTS, estimate_text
from rehab_stats.report.captions import opening
from rehab_stats.report.chart_lines import rows_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.not_estimated import nothing_estimated
from rehab_stats.report.phrases import capital, model_heading, phrase, short_source, source_words
from rehab_stats.report.summary_tables import inequality_table, interaction_table, measures_table
from rehab_stats.report.table_parts import (
    data_of,
    level_lines,
    measure_heading,
    notes_of,
    reason_table,
    short_forms,
    shown_count,
)
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates
from rehab_stats.words import format_interval, format_number, label

__all__ = [
    "Table",
    "descriptive_table",
    "flow_table",
    "gradient_table",
    "inequality_table",
    "interaction_table",
    "measures_table",
    "published_table",
]

GRADIENT_MEASURES = (
    "hazard_ratio",
    "odds_ratio",
    "risk_ratio",
    "rate_ratio",
    "mean_ratio",
    "risk_difference",
    "mean_difference",
    "risk",
    "mean",
)
SPREADS = {
    "mean_sd": ("mean", "standard_deviation"),
    "median_iqr": ("median", "lower_quartile", "upper_quartile"),
}


def descriptive_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "descriptive"
) -> Table:
    """Table 1: each characteristic by level of the exposure and in all, missing values as lines of their own.

    Parameters
    ----------
    estimates : Estimates
        Rows of `descriptives`: `outcome` = the characteristic, `level` = its category, `stratum` = the exposure's level
        or `total`; measures count and share (printed `n (%)`), mean and standard_deviation, median and quartiles.
    language : {"en", "da"}
    note : str
        A line under the table, such as that the data are synthetic.
    preset : str
        As in `protect`.
    name : str
        Short name, for the HTML id and the files.

    Raises
    ------
    ValueError
        No count, mean or median among the rows.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows = safe.tidy()
    exposure = safe.context.get("exposure", "")
    wanted = {"count", *(measure for parts in SPREADS.values() for measure in parts)}
    if not set(rows["measure"]) & wanted:
        raise ValueError("a descriptive table needs rows of count, mean or median")
    # everybody last
    strata = sorted(rows["stratum"].drop_duplicates(), key=lambda stratum: stratum in {None, "total"})
    first = capital(label("characteristic", language))
    heads = {s: capital(label("total" if s is None else s, language, exposure)) for s in strata}
    lines, groups = _persons_line(rows, strata, heads, first, language)
    for outcome in rows["outcome"].drop_duplicates():
        mine = rows[rows["outcome"] == outcome]
        new = _spread_lines(mine, outcome, strata, heads, first, language)
        new += _category_lines(mine, outcome, strata, heads, first, language)
        lines += new
        groups += [capital(label(outcome, language))] * len(new)
    short = [phrase("shares_note", language), *short_forms(set(rows["measure"]), language, ci=False)]
    body = pd.DataFrame(lines, columns=[first, *heads.values()]).fillna("")
    spanners = {capital(label(exposure, language)): tuple(heads[s] for s in strata if s not in {None, "total"})}
    return Table(
        name=name,
        body=body,
        title=opening("descriptive", safe, language),
        data=data_of(safe, language),
        groups=tuple(groups),
        spanners=spanners if exposure else {},
        notes=notes_of(short, note, safe, language),
        language=language,
    )


def gradient_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "gradient"
) -> Table:
    """The gradient: models in columns, levels in rows with n and events, relative measures next to absolute ones.

    Parameters as in `descriptive_table`; `estimates` holds any of hazard, odds, risk and rate ratios, risks and means,
    their ratios and differences, stacked. The reference level is a line that says so. n and events are those of the
    first model; a note says when models used different numbers.

    Raises
    ------
    ValueError
        None of these measures, or two rows for the same level, model, stratum, time and measure.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows = rows_of(safe)  # the reference level is counted in the details
    rows = rows[rows["measure"].isin(GRADIENT_MEASURES)]
    if rows.empty:
        raise ValueError(f"a gradient table needs rows of {', '.join(GRADIENT_MEASURES)}")
    key = ["outcome", "measure", "stratum", "at", "model", "level"]
    if rows.duplicated(key).any():
        raise ValueError(f"two rows for {rows[rows.duplicated(key)].iloc[0][key].to_dict()}")
    exposure = safe.context.get("exposure", "")
    models = list(rows["model"].drop_duplicates())
    first = capital(label(exposure, language)) if exposure else capital(label("level", language))
    columns = [first, label("n", language), capital(label("events", language))]
    heads = {model: model_heading(model, safe.context, language) for model in models}
    lines, groups = [], []
    for _, part in rows.groupby(["stratum", "at"], dropna=False, sort=False):
        for measure in [measure for measure in GRADIENT_MEASURES if measure in set(part["measure"])]:
            for _, mine in part[part["measure"] == measure].groupby("outcome", dropna=False, sort=False):
                new = level_lines(mine, part, heads, columns, exposure, language)
                lines += new
                groups += [measure_heading(mine.iloc[0], safe.context, language)] * len(new)
    short = short_forms(set(rows["measure"]), language, ci=True)
    short += [phrase(name, language) for name in _what_events_are(rows)]
    if rows.groupby(["measure", "stratum", "at", "level"], dropna=False)["n"].nunique().gt(1).any():
        short.insert(0, phrase("counts_differ_note", language))
    return Table(
        name=name,
        body=pd.DataFrame(lines, columns=[*columns, *heads.values()]).fillna(""),
        title=opening("gradient", safe, language),
        data=data_of(safe, language),
        groups=tuple(groups),
        notes=notes_of(short, note, safe, language),
        language=language,
    )


def _what_events_are(rows: pd.DataFrame) -> list[str]:
    """Phrases that say what the events of amounts are."""
    amounts, changes = rows["measure"].isin(AMOUNTS), rows["outcome"].eq(CHANGE)
    there = {"events_any_note": (amounts & ~changes).any(), "events_both_note": changes.any()}
    return [name for name, found in there.items() if found]


def flow_table(flow: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "flow") -> Table:
    """The participant flow as a table: every step, also those at which nobody left. Parameters as above."""
    safe = protect(flow, preset=preset)
    if "kind" not in safe.details():
        raise ValueError("the flow needs details with a column kind (kept, excluded, noted)")
    rows, kinds = safe.tidy(), safe.details()["kind"]
    step, n = phrase("step", language), label("n", language)
    lines = []
    for (_, row), kind in zip(rows.iterrows(), kinds, strict=True):
        words = label(row["level"], language)
        indent = "" if kind == "kept" else "\N{EM SPACE}"
        what = f"{label('excluded', language)}: " if kind == "excluded" else ""
        lines.append(
            {
                step: indent + (capital(what + words) if not indent else what + words),
                n: shown_count(row["estimate"], language),
            }
        )
    return Table(
        name=name,
        body=pd.DataFrame(lines),
        title=capital(label("flow_of_referrals" if "referrals_used" in set(rows["level"]) else "flow", language)),
        data=data_of(safe, language),
        notes=notes_of([], note, safe, language),
        language=language,
    )


def published_table(published: Estimates, *, language: str = "en", note: str = "", name: str = "published") -> Table:
    """Printed figures with their place in the source and mark of certainty; they have left the room already."""
    rows, details = published.tidy(), published.details()
    estimate = phrase("estimate_ci", language, what=capital(label("estimate", language)))
    heads = [capital(label(code, language)) for code in ("outcome", "measure", "level", "reference", "stratum")]
    lines = []
    for number, row in rows.iterrows():
        words = [label(row[code], language) if row[code] else "" for code in TIDY_COLUMNS[:1] + TIDY_COLUMNS[2:6]]
        line = dict(zip(heads, map(capital, words), strict=True))
        days = format_number(row["at"], 0, language)
        within = phrase("within", language, time=f"{days} {label('days', language)}")
        line[phrase("horizon", language)] = within if days else ""
        line[estimate] = estimate_text(row, language, unit=row["measure"] == "share")
        if "source" in details:
            line[capital(label("source", language))] = short_source(details.loc[number, "source"])
        for column in [column for column in ("place", "certainty") if column in details]:
            line[capital(label(column, language))] = label(details.loc[number, column], language)
        lines.append(line)
    body = pd.DataFrame(lines)
    body = body.drop(columns=[column for column in body if body[column].eq("").all()])
    return Table(
        name=name,
        body=body,
        words=tuple(column for column in body.columns[1:] if column != estimate),
        title=phrase("caption_published", language, source=source_words(published)),
        data=data_of(published, language),
        notes=tuple(filter(None, [*short_forms(set(rows["measure"]), language, ci=True), note])),
        language=language,
    )


def _persons_line(rows, strata, heads, first, language) -> tuple[list[dict], list[str]]:
    """How many persons each column holds, when the rows say so."""
    counted = rows[rows["measure"].isin(["count", "share"])]
    line = {first: label("n", language)}
    for stratum in strata:
        mine = counted[counted["stratum"].isna() if stratum is None else counted["stratum"] == stratum]
        line[heads[stratum]] = format_number(mine["n"].max(), 0, language) or phrase("hidden", language)
    return ([line], [capital(label("persons", language))]) if len(counted) else ([], [])


def _category_lines(rows, outcome, strata, heads, first, language) -> list[dict]:
    counts = rows[rows["measure"] == "count"]
    lines = []
    for level in counts["level"].drop_duplicates():
        line = {first: _level_words(level, outcome, language)}
        for stratum in strata:
            count = _value(rows, "count", level, stratum)
            share = _value(rows, "share", level, stratum)
            text = format_number(count, 0, language) or phrase("hidden", language)
            line[heads[stratum]] = text + (f" ({format_number(100 * share, 1, language)} %)" if share == share else "")
        lines.append(line)
    return lines


def _level_words(level: str | None, outcome: str, language: str) -> str:
    if level in {None, "total"}:
        return label("total", language)
    return capital(phrase("missing", language) if level == "missing" else label(level, language, outcome))


def _spread_lines(rows, outcome, strata, heads, first, language) -> list[dict]:
    """Lines for a number: mean (SD), median (IQR)."""
    lines = []
    for name, measures in SPREADS.items():
        if measures[0] not in set(rows["measure"]):
            continue
        line = {first: phrase(name, language)}
        for stratum in strata:
            values = [_value(rows, measure, None, stratum) for measure in measures]
            line[heads[stratum]] = _spread(name, values, language)
        lines.append(line)
    return lines


def _spread(name: str, values: list[float], language: str) -> str:
    if not np.isfinite(values[0]):
        return phrase("hidden", language)
    digits = 0 if abs(values[0]) >= 1000 else 1
    middle = format_number(values[0], digits, language)
    around = format_number(values[1], digits, language)
    if name == "median_iqr":
        around = format_interval(values[1], values[2], digits, language)
    return f"{middle} ({around})" if around else middle


def _value(rows: pd.DataFrame, measure: str, level: str | None, stratum: str | None) -> float:
    here = rows["measure"] == measure
    for column, code in (("level", level), ("stratum", stratum)):
        here &= rows[column].isna() if code is None else rows[column] == code
    return float(rows.loc[here, "estimate"].iloc[0]) if here.any() else np.nan
