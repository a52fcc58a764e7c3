"""Tables of the effect: the ladder, what tips it, how many forms came back, and what is possible at all.

Each takes Estimates, passes them through the disclosure rules, and gives a `Table`; nothing is computed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.effect_wording import BOUNDS, CHANGE, RATES, TIPS, is_delta
from rehab_stats.measures import estimate_text
from rehab_stats.report.captions import tip_heading
from rehab_stats.report.chart_lines import rows_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.ladder_chart import in_order
from rehab_stats.report.not_estimated import nothing_estimated
from rehab_stats.report.phrases import capital, model_heading, outcome_words, phrase
from rehab_stats.report.table_parts import data_of, notes_of, reason_table, refuse_twins, short_forms, shown_count
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import stratum_label
from rehab_stats.words import format_number, label

TIP_ORDER = ("zero", "interval", "mid")


def ladder_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "ladder"
) -> Table:
    """The ladder: rungs in columns; mean change of every level, differences, persons, and how each was estimated.

    Parameters as in `tables.descriptive_table`; `estimates` holds the rows of `change_ladder` for one model. The last
    lines are the number of imputations, the largest fraction of missing information and the smallest degrees of freedom
    of a rung, and the effective number of persons of its weights, where they are known.

    Raises
    ------
    ValueError
        No rung; several models, or two rows for a level and a rung: select one.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows, context = rows_of(safe), safe.context
    parts = {m: in_order(rows, m) for m in ("mean", "mean_difference") if (rows["measure"] == m).any()}
    if not parts:
        raise ValueError("a table of the ladder needs rows of mean or mean_difference: change_ladder() gives them")
    exposure = context.get("exposure") or "level"
    everything = pd.concat(list(parts.values()))
    heads = {rung: capital(stratum_label(rung, context, language)) for rung in everything["stratum"].drop_duplicates()}
    first = capital(label(exposure, language))
    lines, groups = [], []
    for measure, mine in parts.items():
        new = _by_rung(mine, everything, heads, first, exposure, language)
        lines += new
        groups += [phrase("mean_change_ci" if measure == "mean" else "mean_difference_ci", language)] * len(new)
    counted = _counts_by_rung(next(iter(parts.values())), heads, first, exposure, language)
    about = _how(everything, safe.diagnostics, heads, first, language)
    lines += counted + about
    groups += [phrase("n_both", language)] * len(counted) + [phrase("how_estimated", language)] * len(about)
    model = everything.iloc[0]["model"]
    short = [f"{model_heading(model, context, language)}.", *short_forms(set(parts), language, ci=True)]
    return Table(
        name=name,
        body=pd.DataFrame(lines, columns=[first, *heads.values()]).fillna(""),
        title=_title("caption_ladder_table", context, language),
        data=data_of(safe, language),
        groups=tuple(groups),
        notes=notes_of(short, note, safe, language),
        language=language,
    )


def tipping_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "tipping"
) -> Table:
    """What tips the difference: per level the delta that makes it 0, moves its interval to 0, makes it important.

    Parameters as in `tables.descriptive_table`; `estimates` holds the rows of `tipping_point` for one model. Where no
    delta of those tried tips, the table says so. The difference where nobody is moved stands first.

    Raises
    ------
    ValueError
        No tip, or two for a level and what it tips to (models): select one.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows, context = rows_of(safe), safe.context
    tips = rows[(rows["measure"] == "tipping_delta") & rows["outcome"].isin(TIPS)]
    if tips.empty:
        raise ValueError("a table of tips needs rows of tipping_delta: tipping_point() gives them")
    refuse_twins(tips, ["level", "outcome"])
    there = [tip for tip in TIP_ORDER if (tips["outcome"] == tip).any()]
    lines = []
    for level, mine in tips.groupby("level", sort=False):
        row = mine.iloc[0]
        line = {capital(label(context.get("exposure") or "level", language)): _against(row, context, language)}
        line[phrase("n_both", language)] = _counts(row, language)
        unmoved = _unmoved(rows, level)
        line[phrase("as_expected", language)] = estimate_text(unmoved, language) if unmoved is not None else ""
        found = mine.set_index("outcome")
        for tip in there:
            cell = dict(found.loc[tip]) if tip in found.index else None
            line[tip_heading(tip, context, language)] = estimate_text(cell, language) if cell else ""
        lines.append(line)
    body = pd.DataFrame(lines).fillna("")
    moved = label(context.get("among") or "all", language, "among")
    short = [f"{model_heading(tips.iloc[0]['model'], context, language)}.", *short_forms(set(), language, ci=True)]
    return Table(
        name=name,
        body=body.loc[:, (body != "").any()],
        title=_title("caption_tipping_table", context, language, moved=moved),
        data=data_of(safe, language),
        notes=notes_of(short, note, safe, language),
        language=language,
    )


def completion_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "completion"
) -> Table:
    """How many forms came back: of those due, and of everybody, per occasion a line for each level and for all.

    Parameters as in `tables.descriptive_table`; `estimates` holds the rows of `completion_rates`. Raises ValueError
    when there is no rate, or two for an occasion and a level (strata): select one.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows, context = rows_of(safe), safe.context
    rows = rows[rows["measure"].isin(RATES)]
    if rows.empty:
        raise ValueError(f"a table of completion needs rows of {', '.join(RATES)}: completion_rates() gives them")
    refuse_twins(rows, ["outcome", "measure", "level"])
    exposure = context.get("exposure") or "level"
    first, lines, groups = capital(label(exposure, language)), [], []
    for occasion, part in rows.groupby("outcome", sort=False):
        levels = sorted(part["level"].drop_duplicates(), key=lambda level: level is None)  # everybody last
        for level in levels:
            mine = part[part["level"].isna() if level is None else part["level"] == level].set_index("measure")
            line = {
                first: capital(label("total" if level is None else level, language, "" if level is None else exposure))
            }
            lines.append(line | _rates(mine, language))
            groups.append(capital(label(occasion, language, "occasion")))
    body = pd.DataFrame(lines).fillna("")
    return Table(
        name=name,
        body=body,
        title=phrase("caption_completion", language, exposure=label(exposure, language)),
        data=data_of(safe, language),
        groups=tuple(groups),
        notes=notes_of(short_forms(set(RATES), language, ci=True), note, safe, language),
        language=language,
    )


def bounds_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "bounds"
) -> Table:
    """Between what the mean change of each level, and its difference from the reference, must lie whatever is missing.

    Parameters as in `tables.descriptive_table`; `estimates` holds the rows of `change_bounds`. Raises ValueError when
    there is no bound, or two of a kind for a level.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    safe = protect(estimates, preset=preset)
    rows, context = rows_of(safe), safe.context
    rows = rows[rows["measure"].isin(BOUNDS)]
    if rows.empty:
        raise ValueError(f"a table of bounds needs rows of {', '.join(BOUNDS)}: change_bounds() gives them")
    refuse_twins(rows, ["level", "measure"])
    exposure, lines = context.get("exposure") or "level", []
    references = set(rows["reference"].dropna())
    for level, mine in rows.groupby("level", sort=False):
        line = {capital(label(exposure, language)): capital(label(level, language, exposure))}
        line |= {phrase("n_both", language): _counts(mine.iloc[0], language)}
        found = mine.set_index("measure")
        for measure in [measure for measure in BOUNDS if (rows["measure"] == measure).any()]:
            cell = dict(found.loc[measure]) | {"measure": measure} if measure in found.index else None
            line[capital(label(measure, language))] = (
                estimate_text(cell, language) if cell else phrase("reference", language) if level in references else ""
            )
        lines.append(line)
    return Table(
        name=name,
        body=pd.DataFrame(lines).fillna(""),
        title=_title("caption_bounds", context, language),
        data=data_of(safe, language),
        notes=notes_of([], note, safe, language),
        language=language,
    )


def _title(name: str, context: Mapping, language: str, **words: str) -> str:
    outcome = capital(outcome_words(CHANGE, context, language))
    return phrase(
        name, language, outcome=outcome, exposure=label(context.get("exposure") or "level", language), **words
    )


def _by_rung(
    mine: pd.DataFrame, everything: pd.DataFrame, heads: Mapping, first: str, exposure: str, language: str
) -> list[dict]:
    """A line per level, an estimate per rung; the level that the others are compared with says so."""
    references = set(mine["reference"].dropna())
    levels = dict.fromkeys([*everything["level"], *everything["reference"].dropna()])
    lines = []
    for level in [level for level in levels if level in {*mine["level"], *references}]:
        line = {first: capital(label(level, language, exposure))}
        found = mine[mine["level"] == level].set_index("stratum")
        for rung, head in heads.items():
            if rung in found.index:
                line[head] = estimate_text(dict(found.loc[rung]), language)
            elif level in references and (mine["stratum"] == rung).any():
                line[head] = phrase("reference", language)
        lines.append(line)
    return lines


def _counts_by_rung(mine: pd.DataFrame, heads: Mapping, first: str, exposure: str, language: str) -> list[dict]:
    """Persons of each level in the population of each rung, and those with both scores."""
    lines = []
    for level, part in mine.groupby("level", sort=False):
        found = part.set_index("stratum")
        line = {first: capital(label(level, language, exposure))}
        lines.append(
            line | {head: _counts(found.loc[rung], language) for rung, head in heads.items() if rung in found.index}
        )
    return lines


def _how(rows: pd.DataFrame, diagnostics: Mapping, heads: Mapping, first: str, language: str) -> list[dict]:
    """Imputations, fraction of missing information, degrees of freedom and effective number of persons of each rung."""
    shown = {
        capital(label("m", language)): ("m", "max", 0),
        phrase("largest_fmi", language): ("fmi", "max", 2),
        phrase("least_df", language): ("df", "min", 0),
    }
    lines = []
    for words, (column, end, digits) in shown.items():
        values = rows.groupby("stratum")[column].agg(end) if column in rows else pd.Series(dtype=float)
        lines.append((words, {rung: format_number(values.get(rung), digits, language) for rung in heads}))
    needed = {rung: _diagnostic(diagnostics, "m_needed", rung, rows.iloc[0]["model"]) for rung in heads}
    asked = {rung: format_number(value, 0, language) if value else "" for rung, value in needed.items()}
    lines.insert(1, (phrase("m_needed", language), asked))
    weights = {rung: _diagnostic(diagnostics, "effective_n", rung, rows.iloc[0]["model"]) for rung in heads}
    told = {rung: format_number(value, 0, language) for rung, value in weights.items()}
    lines.append((capital(label("effective_n", language)), told))
    return [
        {first: words} | {heads[rung]: text for rung, text in cells.items()}
        for words, cells in lines
        if any(cells.values())
    ]


def _diagnostic(diagnostics: Mapping, stem: str, rung: str, model: str) -> float | None:
    """The diagnostic of a rung, whether or not a model is named between the two (`effective_n.full.weights`)."""
    ending = rung.partition("=")[2]
    return diagnostics.get(f"{stem}.{model}.{ending}", diagnostics.get(f"{stem}.{ending}"))


def _rates(mine: pd.DataFrame, language: str) -> dict[str, str]:
    """The counts and rates of a line, those due before everybody."""
    line = {}
    for measure, heads in (
        ("completion_rate", ("expected_n", "completed_of", "completion_ci")),
        ("available_rate", ("all_n", "scored_of", "available_ci")),
    ):
        if measure in mine.index:
            row = dict(mine.loc[measure]) | {"measure": measure}
            texts = (
                shown_count(row["n"], language),
                shown_count(row["events"], language),
                estimate_text(row, language),
            )
            line |= {phrase(head, language): text for head, text in zip(heads, texts, strict=True) if head}
    return line


def _counts(row: pd.Series, language: str) -> str:
    return f"{shown_count(row['n'], language)} ({shown_count(row['events'], language)})"


def _against(row: pd.Series, context: Mapping, language: str) -> str:
    exposure = context.get("exposure") or ""
    level, reference = (label(row[column], language, exposure) for column in ("level", "reference"))
    return phrase("contrast_of", language, level=capital(level), reference=reference)


def _unmoved(rows: pd.DataFrame, level: str) -> dict | None:
    """The row of the map at which nobody is moved."""
    here = rows[(rows["level"] == level) & (rows["at"] == 0) & rows["stratum"].map(is_delta).astype(bool)]
    here = here[np.isclose(here["stratum"].str.rpartition("=")[2].astype(float), 0.0)] if len(here) else here
    return dict(here.iloc[0]) if len(here) == 1 else None
