"""What every table is made with: counts and estimates as text, notes under it, the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rehab_stats.measures import estimate_text, kind_of
from rehab_stats.report.attendance_counts import TIMES
from rehab_stats.report.captions import notes
from rehab_stats.report.documents import Table
from rehab_stats.report.methods import method_words
from rehab_stats.report.phrases import capital, outcome_words, phrase, stratum_words
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import TEXT_COLUMNS, code_words, measure_label, refusals, stratum_label, time_unit
from rehab_stats.words import format_number, label


def shown_count(value: float, language: str) -> str:
    """A count, or a dash where it is hidden."""
    return format_number(value, 0, language) or phrase("hidden", language)


def measure_heading(row: pd.Series, context: dict, language: str, *, outcome_first: bool = False) -> str:
    """A measure with its unit, its outcome and its stratum: `Women: Risk, % (95 % CI) of referral within 365 days`."""
    measure = row["measure"]
    timed = "hazard_ratio" not in {measure, row.get("of_measure")}
    outcome = outcome_words(row["outcome"], context, language, timed=timed, at=row["at"])
    unit = label(time_unit(context), language) if measure in TIMES else kind_of(measure).unit.strip()
    what = capital(measure_label(measure, row["outcome"], context, language)) + (f", {unit}" if unit else "")
    if isinstance(row.get("of_measure"), str):
        what += f", {label(row['of_measure'], language)}"
    ci = what if measure in {"e_value", "at_risk"} else phrase("estimate_ci", language, what=what)
    words = phrase("of_outcome", language, measure=ci, outcome=outcome) if outcome else ci
    if outcome_first and outcome:
        words = phrase(
            "outcome_first",
            language,
            outcome=capital(outcome),
            what=ci if measure == "e_value" else ci[:1].lower() + ci[1:],
        )
    if not row["stratum"]:
        return words
    own, other = stratum_words(row["stratum"], context, language), row.get("reference_stratum")
    if isinstance(other, str) and other != row["stratum"]:
        own = phrase("strata_compared", language, stratum=own, other=stratum_label(other, context, language))
    return f"{own}: {words}"


def short_forms(measures: set, language: str, *, ci: bool) -> list[str]:
    """What the abbreviations in the table mean."""
    units = {kind_of(measure).unit.strip() for measure in measures}
    used = [("ci_note", ci), ("pp_note", bool(units & {"pp", "pp²"})), ("pp2_note", "pp²" in units)]
    used += [("sd_note", "standard_deviation" in measures), ("iqr_note", "median" in measures)]
    used += [("count_fit_note", "aic" in measures), ("share_of_total_note", "share_of_total" in measures)]
    used += [("e_value_note", "e_value" in measures), ("survival_note", "survival_part" in measures)]
    return [phrase(name, language) for name, there in used if there]


def notes_of(short: list[str], note: str, safe: Estimates, language: str) -> tuple[str, ...]:
    """Abbreviations, how it was estimated, and what a reader must know."""
    lines = [" ".join(short)] if short else []
    return (*lines, *filter(None, [method_words(safe, language)]), *notes(safe, note, language))


def data_of(estimates: Estimates, language: str) -> pd.DataFrame:
    """Tidy rows with the words for each code, and whether something is hidden (not why)."""
    rows, details = estimates.tidy(), estimates.details()
    words = {
        f"{column}_label": [code_words(row, column, estimates.context, language) for row in rows.to_dict("records")]
        for column in TEXT_COLUMNS
    }
    hidden = details["hidden"].ne("").astype(int) if "hidden" in details else 0
    return rows.assign(hidden=hidden, **words)


def reason_table(estimates: Estimates, *, language: str, note: str, name: str) -> Table:
    """The table that stands where nothing was estimated: the reason, in words."""
    words = capital(label("not_estimated", language))
    reasons = [text.removeprefix(f"{words}: ") for text in refusals(estimates.context, language)]
    return Table(
        name=name,
        body=pd.DataFrame({words: reasons}),
        title=words,
        data=data_of(estimates, language),
        notes=tuple(filter(None, [note])),
        language=language,
    )


def level_lines(
    rows: pd.DataFrame, everything: pd.DataFrame, heads: Mapping, columns: Sequence[str], exposure: str, language: str
) -> list[dict]:
    """A line per level of `rows` with n, events and an estimate per model; the reference, which has none, says so.

    The order is that of `everything` shown; `columns` are the headings of the level, of n and of events, `heads` those
    of the models.
    """
    references = list(rows["reference"].dropna().unique())
    levels = [level for level in _level_order(everything) if level in {*rows["level"], *references}]
    lines = []
    for level in levels:
        mine = rows[rows["level"] == level]
        line = {columns[0]: capital(label(level, language, exposure))}
        counted = mine[["n", "events"]] if len(mine) else _reference_counts(rows, level)
        if len(counted):
            line[columns[1]], line[columns[2]] = (shown_count(value, language) for value in counted.iloc[0])
        for model, head in heads.items():
            found = mine[mine["model"] == model]
            line[head] = estimate_text(found.iloc[0], language) if len(found) else ""
            if level in references and not len(found) and model in set(rows["model"]):
                line[head] = phrase("reference", language)
        lines.append(line)
    return lines


def _level_order(rows: pd.DataFrame) -> list[str]:
    """Levels in the order of the rows; risks and means name them all, elsewhere the reference comes first."""
    risks = rows.loc[rows["measure"].isin(["risk", "mean"]), "level"]
    return list(dict.fromkeys([*risks, *rows["reference"].dropna(), *rows["level"].dropna()]))


def _reference_counts(rows: pd.DataFrame, level: str) -> pd.DataFrame:
    """Persons and events of a level that is only compared with, where the contrasts know them."""
    known = [name for name in ("n_reference", "events_reference") if name in rows]
    return rows.loc[rows["reference"] == level, known] if len(known) == 2 else rows.iloc[:0]


def refuse_twins(rows: pd.DataFrame, key: Sequence[str]) -> None:
    """Raises ValueError naming the first key of two rows: a cell of a table holds one."""
    twins = rows[rows.duplicated(list(key))]
    if not twins.empty:
        raise ValueError(f"two rows for {twins.iloc[0][list(key)].dropna().to_dict()}")


def contrast_heading(row: pd.Series, context: Mapping, language: str) -> str:
    """`Long higher education against basic education (n = 450; reference 610)`."""
    exposure = context.get("exposure") or ""
    level, reference = (label(row[column], language, exposure) for column in ("level", "reference"))
    words = capital(phrase("contrast_of", language, level=level, reference=reference))
    if "n_reference" not in row or pd.isna(row.get("n")):
        return words
    return phrase(
        "level_counts",
        language,
        level=words,
        n=shown_count(row["n"], language),
        reference_word=label("reference", language),
        other=shown_count(row["n_reference"], language),
    )


def one_digit(rows: pd.DataFrame, *measures: str) -> pd.DataFrame:
    """The rows with one number of decimals for what is printed per so many persons: two where all is below 1."""
    printed = rows["measure"].isin(measures) & rows.get("per", pd.Series(np.nan, rows.index)).notna()
    if not printed.any():
        return rows
    mine = rows[printed]
    sizes = mine[["estimate", "conf_low", "conf_high"]].abs().mul(mine["per"], axis=0)
    digits = 2.0 if sizes.max().max() < 1 and sizes.max().max() > 0 else 1.0
    known = rows["digits"] if "digits" in rows else pd.Series(np.nan, rows.index)
    return rows.assign(digits=known.mask(printed, digits))
