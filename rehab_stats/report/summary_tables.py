"""Tables of measures that sum up: inequality in one number, interaction on both scales, and any small set of measures.

Each takes Estimates, passes them through the disclosure rules, and gives a `Table`; nothing is computed.
"""

from __future__ import annotations

import pandas as pd

from rehab_stats.measures import estimate_text, format_estimate, kind_of
from rehab_stats.report.chart_lines import rows_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.not_estimated import nothing_estimated
from rehab_stats.report.phrases import capital, model_heading, outcome_words, phrase, stratum_words
from rehab_stats.report.table_parts import (
    data_of,
    measure_heading,
    notes_of,
    reason_table,
    refuse_twins,
    short_forms,
    shown_count,
)
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import code_words, context_within, model_words
from rehab_stats.words import label

INEQUALITY = (
    "slope_index",
    "relative_index",
    "concentration_index",
    "between_group_variance",
    "mean_difference_from_mean",
)
IN_CELLS = ("joint_risk", "joint_odds_ratio", "joint_risk_ratio")
WITHIN = ("risk_difference", "odds_ratio", "risk_ratio")
ADDITIVE = ("interaction_contrast", "reri", "attributable_proportion", "synergy_index")
MULTIPLICATIVE = ("ratio_of_odds_ratios", "ratio_of_risk_ratios")
KNOL_VANDERWEELE = (
    "joint_risk",
    "risk_difference",
    "joint_odds_ratio",
    "odds_ratio",
    "joint_risk_ratio",
    "risk_ratio",
    *ADDITIVE,
    *MULTIPLICATIVE,
)
"""Order of the parts: every combination, then contrasts within strata, then departures on both scales."""


def inequality_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "inequality"
) -> Table:
    """Indices of inequality, one a line: what each says, persons, and the estimate under each adjustment.

    Parameters as in `gradient_table`; `estimates` holds any of slope_index, relative_index, concentration_index,
    between_group_variance and mean_difference_from_mean, stacked; for the last two what sampling alone would give.

    Raises
    ------
    ValueError
        None of these measures, or two rows for the same measure, kind and model.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows = rows_of(safe)
    rows = rows[rows["measure"].isin(INEQUALITY)]
    if rows.empty:
        raise ValueError(f"an inequality table needs rows of {', '.join(INEQUALITY)}")
    refuse_twins(rows, ["outcome", "measure", "level", "stratum", "at", "model"])
    context, lines = safe.context, []
    heads = {model: model_heading(model, context, language) for model in rows["model"].drop_duplicates()}
    first, meaning = capital(label("measure", language)), phrase("meaning", language)
    for measure in [measure for measure in INEQUALITY if measure in set(rows["measure"])]:
        for _, mine in rows[rows["measure"] == measure].groupby(["stratum", "at", "level"], dropna=False, sort=False):
            line = {first: _index_words(mine.iloc[0], context, language)}
            line |= _counted(mine.iloc[0], language) | _by_model(mine, heads, language, unit=True)
            line |= _by_chance(mine.iloc[0], language) | {meaning: phrase(f"says_{measure}", language)}
            lines.append(line)
    body = pd.DataFrame(lines).fillna("")
    # what it says stands last
    body = body[[column for column in body if column != meaning] + [meaning]]
    outcome = outcome_words(rows.iloc[0]["outcome"], context, language, timed=True, at=rows.iloc[0]["at"])
    exposure = label(context.get("rank") or context.get("exposure") or "rank", language)
    return Table(
        name=name,
        body=body,
        title=phrase("caption_inequality", language, outcome=outcome, exposure=exposure),
        data=data_of(safe, language),
        words=(meaning,),
        notes=notes_of(short_forms(set(rows["measure"]), language, ci=True), note, safe, language),
        language=language,
    )


def interaction_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "interaction"
) -> Table:
    """Interaction as Knol and VanderWeele ask for it: every combination, contrasts within strata, both scales.

    Parameters as in `gradient_table`; `estimates` holds the rows of `interaction` for one modifier and one model, by
    preference those of scale="risk" and those of one ratio scale, stacked. Levels are lines, strata columns. Knol and
    VanderWeele 2012, doi 10.1093/ije/dyr218.

    Raises
    ------
    ValueError
        No joint measure, several models or modifiers, or two rows for a measure in a combination.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows = rows_of(safe)
    rows = rows[rows["measure"].isin(KNOL_VANDERWEELE)]
    strata = _refuse_not_one_interaction(rows)
    context = safe.context
    levels = list(dict.fromkeys([*rows["reference"].dropna(), *rows["level"].dropna()]))
    first = capital(label(context.get("exposure") or "level", language))
    heads = {stratum: stratum_words(stratum, context, language) for stratum in strata}
    lines, groups = [], []
    parts = [measure for measure in KNOL_VANDERWEELE if measure in set(rows["measure"])]
    for part in ("", *parts):
        for level in levels:
            cells = {s: _cell(rows, part, level, s, language) for s in strata}
            if any(cells.values()):
                words = capital(label(level, language, context.get("exposure") or ""))
                lines.append({first: words} | {heads[s]: text for s, text in cells.items()})
                groups.append(_part_heading(part, rows, context, language))
    model = model_heading(rows.iloc[0]["model"], context, language)
    modifier = context.get("stratum") or strata[0].partition("=")[0]
    title = phrase(
        "caption_interaction_table",
        language,
        outcome=capital(outcome_words(rows.iloc[0]["outcome"], context, language, timed=True, at=rows.iloc[0]["at"])),
        exposure=label(context.get("exposure") or "level", language),
        modifier=label(modifier, language),
    )
    short = [f"{model}.", *short_forms(set(rows["measure"]), language, ci=True)]
    return Table(
        name=name,
        body=pd.DataFrame(lines).fillna(""),
        title=title,
        data=data_of(safe, language),
        groups=tuple(groups),
        notes=notes_of(short, note, safe, language),
        language=language,
    )


def measures_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "measures"
) -> Table:
    """Any small set of measures: one line a level (against its reference), one group of lines a measure, stratum, time.

    Parameters as in `gradient_table`; for E-values, what is survival, analyses of sensitivity. Models are columns.

    Raises
    ------
    ValueError
        No rows, or two for the same measure, level, stratum, time and model.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    if not len(estimates):
        raise ValueError("there is no row to put into a table")
    safe = protect(estimates, preset=preset)
    rows, context = rows_of(safe), safe.context
    rows = rows.assign(of_measure=rows.get("of_measure"))
    refuse_twins(rows, ["outcome", "measure", "of_measure", "level", "reference", "stratum", "at", "model"])
    varied = bool(context.get("adjust_within"))  # then each heading says what its stratum is adjusted for
    heads = {
        model: capital(label("adjusted", language)) if varied else model_heading(model, context, language)
        for model in rows["model"].drop_duplicates()
    }
    first = capital(label(context.get("exposure") or "level", language))
    lines, groups = [], []
    for _, part in rows.groupby(["outcome", "measure", "of_measure", "stratum", "at"], dropna=False, sort=False):
        heading = measure_heading(part.iloc[0], context, language, outcome_first=True)
        if varied:
            own = context_within(context, part.iloc[0]["stratum"])
            heading += f"; {model_words(part.iloc[0]['model'], own, language)}"
        for _, mine in part.groupby(["level", "reference"], dropna=False, sort=False):
            row = mine.iloc[0]
            line = {first: _level_words(row, context, language)} | _counted(row, language)
            line |= _of_reference(row, language)
            lines.append(line | _by_model(mine, heads, language))
            groups.append(heading)
    measures = list(dict.fromkeys(label(measure, language) for measure in rows["measure"]))
    outcomes = dict.fromkeys(outcome_words(code, context, language) for code in rows["outcome"])
    about = ", ".join(filter(None, outcomes)) or capital(first)
    title = phrase("caption_values", language, measures=", ".join(measures), outcome=about)
    population = context.get("population")
    title += f" {capital(label(population, language))}." if population else ""
    body = pd.DataFrame(lines).fillna("")
    short = list(short_forms(set(rows["measure"]), language, ci=True))
    same = ["outcome", "measure", "of_measure", "level", "reference", "stratum", "at"]
    if rows.groupby(same, dropna=False)["n"].nunique().gt(1).any():
        short.insert(0, phrase("first_column_note", language))
    return Table(
        name=name,
        body=body.loc[:, (body != "").any()],
        title=capital(title),
        data=data_of(safe, language),
        groups=tuple(groups),
        notes=notes_of(short, note, safe, language),
        language=language,
    )


def _refuse_not_one_interaction(rows: pd.DataFrame) -> list[str]:
    """The strata, those compared with first; refuses what is not the interaction with one modifier in one model."""
    if not rows["measure"].isin(IN_CELLS).any():
        raise ValueError(f"an interaction table needs rows of {', '.join(IN_CELLS)}")
    if rows["model"].nunique(dropna=False) > 1:
        raise ValueError(f"there are several models ({', '.join(rows['model'].unique())}): select one")
    others = rows["reference_stratum"].dropna() if "reference_stratum" in rows else rows["stratum"][:0]
    strata = list(dict.fromkeys([*others[rows["measure"].isin(IN_CELLS)], *rows["stratum"].dropna()]))
    modifiers = {stratum.partition("=")[0] if "=" in stratum else "" for stratum in strata}
    if len(modifiers) > 1:
        raise ValueError(f"there are several modifiers ({', '.join(sorted(modifiers))}): a table shows one")
    refuse_twins(rows, ["measure", "level", "stratum"])
    return strata


def _cell(rows: pd.DataFrame, part: str, level: str, stratum: str, language: str) -> str:
    """The text of one combination in one part of the table ("": its persons and events)."""
    here = rows[(rows["level"] == level) & (rows["stratum"] == stratum)]
    if not part:
        return _persons(rows, here, level, stratum, language)
    found = here[here["measure"] == part]
    if len(found):
        return estimate_text(found.iloc[0], language)
    mine = rows[rows["measure"] == part]
    compared = mine["reference_stratum"] if "reference_stratum" in mine else mine["stratum"]
    return phrase("reference", language) if ((mine["reference"] == level) & (compared == stratum)).any() else ""


def _persons(rows: pd.DataFrame, here: pd.DataFrame, level: str, stratum: str, language: str) -> str:
    """`1,234 (173)`, from the combination's own rows, or from those compared with it."""
    if len(here):
        n, events = here.iloc[0][["n", "events"]]
    else:
        known = (rows["reference"] == level) & (rows.get("reference_stratum", rows["stratum"]) == stratum)
        if not known.any() or "n_reference" not in rows:
            return ""
        n, events = rows.loc[known].iloc[0][["n_reference", "events_reference"]]
    return f"{shown_count(n, language)} ({shown_count(events, language)})"


def _part_heading(part: str, rows: pd.DataFrame, context: dict, language: str) -> str:
    if not part:
        return phrase("n_events", language)
    unit = kind_of(part).unit.strip()
    what = capital(label(part, language)) + (f", {unit}" if unit else "")
    words = phrase("estimate_ci", language, what=what)
    if part in WITHIN:
        return phrase("within_stratum", language, measure=words)
    scale = "additive" if part in ADDITIVE else "multiplicative" if part in MULTIPLICATIVE else ""
    return f"{phrase(scale, language)}: {words[:1].lower()}{words[1:]}" if scale else words


def _index_words(row: pd.Series, context: dict, language: str) -> str:
    words = capital(label(row["measure"], language))
    kind = code_words(row, "level", context, language)
    stratum = stratum_words(row["stratum"], context, language) + ": " if row["stratum"] else ""
    return stratum + words + (f", {kind}" if kind else "")


def _level_words(row: pd.Series, context: dict, language: str) -> str:
    level = capital(code_words(row, "level", context, language) or label("total", language))
    reference = code_words(row, "reference", context, language)
    return phrase("contrast_of", language, level=level, reference=reference) if reference else level


def _counted(row: pd.Series, language: str) -> dict[str, str]:
    """Persons and events; nothing for a row that counts neither."""
    hidden = bool(row.get("hidden"))
    texts = {
        label("n", language): "" if pd.isna(row["n"]) and not hidden else shown_count(row["n"], language),
        capital(label("events", language)): ""
        if pd.isna(row["events"]) and not hidden
        else shown_count(row["events"], language),
    }
    return texts


def _of_reference(row: pd.Series, language: str) -> dict[str, str]:
    """Persons of the level compared with, where the row knows them."""
    count = row.get("n_reference")
    if row["reference"] is None or count is None or (pd.isna(count) and not row.get("hidden")):
        return {}
    return {label("n_reference", language): shown_count(count, language)}


def _by_model(rows: pd.DataFrame, heads: dict, language: str, *, unit: bool = False) -> dict[str, str]:
    return {
        head: estimate_text(found.iloc[0], language, unit=unit)
        for model, head in heads.items()
        if len(found := rows[rows["model"].isna() if model is None else rows["model"] == model])
    }


def _by_chance(row: pd.Series, language: str) -> dict[str, str]:
    value = row.get("expected_if_equal")
    if value is None or pd.isna(value) or pd.isna(row["estimate"]):
        return {}
    text = format_estimate(value, row["measure"], language) + kind_of(row["measure"]).unit
    return {phrase("expected_by_chance", language): text}
