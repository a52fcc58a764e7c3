"""Estimates of simulated persons beside the truth they were simulated with, or the reason why there is none to show."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.extract.answer_key import CELL, load_answer_key, stratum_code
from rehab_stats.extract.cohort import Cohort, access_adjustment, access_cohort
from rehab_stats.extract.contract import Extract
from rehab_stats.measures import estimate_text, format_estimate, kind_of
from rehab_stats.report.captions import notes
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.phrases import capital, heading_words, outcome_words, phrase
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import TEXT_COLUMNS, code_words
from rehab_stats.words import label

FREE = frozenset({"education_levels", "horizon_days", "periods"})
"""Settings of a cohort that need not be the default: the key has rows for the first two, the third changes no set."""
WITHOUT_HORIZON = frozenset({"hazard_ratio"})
"""Measures that are the same whatever the cohort's horizon."""
IN_STRATA_TOO = frozenset({"odds_ratio", "risk_ratio", "risk_difference"})
"""Measures that both an interaction and a stratified analysis give; the former's rows know a `reference_stratum`."""
MATCHED = tuple(column for column in CELL if column not in {"population", "estimator"})


def beside_truth(
    estimates: Estimates,
    extract: Extract,
    *,
    cohort: Cohort,
    population: str,
    language: str = "en",
    note: str = "",
    preset: str = "",
    name: str = "truth",
) -> Table:
    """Each estimate, the truth of the scenario the extract was simulated in, and whether the 95 % interval holds it.

    Parameters
    ----------
    estimates : Estimates
        By education, from one analysis set of `cohort`.
    extract : Extract
        The extract `cohort` was made of.
    cohort : Cohort
    population : {"hazard_set", "risk_set", "since_registration"}
        The analysis set.
    language, note, preset, name
        As in `gradient_table`.

    Returns
    -------
    Table
        A line a number that the answer key knows; the others are left out, and a note says so. A hidden estimate has
        no truth beside it. Where there is no truth to show, because the persons are real or the scenario, the
        inclusion, the horizon or the adjustment differs from the key's, the table has one line that says why.

    Notes
    -----
    The truth is the large-sample limit of the same analysis (see `extract.answer_key`), not the planted coefficient:
    an interval that misses it shows sampling error, or an error in the software. One extract cannot tell them apart;
    data/synthetic/calibration.md does, over many.
    """
    safe = protect(estimates, preset=preset)
    reason = _no_truth(safe, extract, cohort, language)
    rows = pd.DataFrame() if reason else _with_truth(safe, extract, cohort, population)
    if not reason and rows.empty:
        reason = phrase("no_truth_rows", language)
    if reason:
        return _reason_table(reason, note, language, name)
    context = safe.context
    shown = [_line(row, context, language) for _, row in rows.iterrows()]
    short = [phrase("ci_note", language), phrase("truth_note", language)]
    short += [phrase("truth_some_left_out", language)] if len(rows) < len(safe) else []
    outcomes = dict.fromkeys(outcome_words(code, context, language) for code in rows["outcome"])
    return Table(
        name=name,
        body=pd.DataFrame(shown),
        title=phrase("caption_truth", language, outcome=", ".join(outcomes)),
        data=_data(rows, context, language),
        groups=tuple(_heading(row, context, language) for _, row in rows.iterrows()),
        notes=(*short, *notes(safe, note, language)),
        language=language,
    )


def _no_truth(safe: Estimates, extract: Extract, cohort: Cohort, language: str) -> str:
    """Why the answer key cannot be meant for any of these numbers; "" when it can."""
    if not extract.meta.synthetic:
        return phrase("no_truth_real", language)
    exposure, scenario = safe.context.get("exposure", ""), extract.meta.scenario
    levels = cohort.settings.get("education_levels", 3)
    key = load_answer_key(scenario, exposure=exposure, education_levels=levels)
    if key.empty:
        words = {"scenario": label(scenario, language) or "–", "exposure": label(exposure, language) or "–"}
        return phrase("no_truth_scenario", language, **words)
    changed = _changed_settings(cohort.settings)
    if changed:
        names = ", ".join(label(setting, language) for setting in changed)
        return phrase("no_truth_settings", language, names=names)
    return ""


def _changed_settings(settings: Mapping) -> list[str]:
    """Settings of the cohort that are not the defaults of `access_cohort`, the key's."""
    defaults = {
        setting: parameter.default
        for setting, parameter in inspect.signature(access_cohort).parameters.items()
        if parameter.default is not parameter.empty
    }
    return [
        setting
        for setting, value in settings.items()
        if setting not in FREE and _plain(value) != _plain(defaults.get(setting))
    ]


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list | tuple) else value


def _with_truth(safe: Estimates, extract: Extract, cohort: Cohort, population: str) -> pd.DataFrame:
    """The rows of which the key has the truth, with `truth`, `mc_error` and `in_interval`; hidden ones without."""
    context, levels = safe.context, cohort.settings.get("education_levels", 3)
    key = load_answer_key(extract.meta.scenario, education_levels=levels, population=population)
    key = key[(key["horizon_days"] == cohort.horizon_days) | key["measure"].isin(WITHOUT_HORIZON)]
    rows = pd.concat([safe.tidy(), safe.details()], axis=1)
    rows = rows[[_same_adjustment(row, context) for _, row in rows.iterrows()]]
    joint = rows["reference_stratum"].notna() if "reference_stratum" in rows else False
    rows = rows.assign(coded=[stratum_code(code, context.get("stratum", "")) for code in rows["stratum"]])
    on_rows = [column if column != "stratum" else "coded" for column in MATCHED]
    rows = rows.assign(joint=joint, place=range(len(rows)))
    key = key.assign(of_interaction=key["estimator"] == "interaction").rename(columns={"stratum": "coded"})
    found = rows.merge(key[[*on_rows, "truth", "mc_error", "of_interaction"]], on=on_rows, how="inner")
    # within strata an interaction fits one model to all, a stratified analysis one to each
    alike = (found["of_interaction"] == found["joint"]) | ~found["measure"].isin(IN_STRATA_TOO)
    found = found[alike].sort_values("place", kind="stable").reset_index(drop=True)
    shown = np.isfinite(found["estimate"])
    holds = found["truth"].between(found["conf_low"], found["conf_high"])
    return found.assign(
        truth=found["truth"].where(shown),
        mc_error=found["mc_error"].where(shown),
        in_interval=holds.where(shown & found["conf_low"].notna()),
    )


def _same_adjustment(row: pd.Series, context: Mapping) -> bool:
    """Whether the row's model has the terms that the key means by the model's name."""
    adjust = context.get("adjust") or {"crude": []}
    terms, meant = adjust.get(row["model"]), access_adjustment().get(row["model"])
    if terms is None or meant is None:
        return False
    column = (stratum_code(row["stratum"], context.get("stratum", "")) or "").partition("=")[0]
    return set(terms) == set(meant) - {column}


def _heading(row: pd.Series, context: Mapping, language: str) -> str:
    """`Hazard ratio of referral (reference: short education), adjusted for age, sex and year`."""
    timed = row["measure"] not in WITHOUT_HORIZON
    outcome = outcome_words(row["outcome"], context, language, timed=timed)
    words = phrase("of_outcome", language, measure=capital(label(row["measure"], language)), outcome=outcome)
    if row["reference"]:
        words = phrase("against", language, what=words, reference=code_words(row, "reference", context, language))
    model = heading_words(None, row["model"], context, language)
    return f"{words}, {model[:1].lower()}{model[1:]}"


def _line(row: pd.Series, context: Mapping, language: str) -> dict[str, str]:
    """One number, its truth and whether the interval holds it."""
    kind = kind_of(row["measure"])
    parts = [code_words(row, column, context, language) for column in ("stratum", "level")]
    hidden = not np.isfinite(row["estimate"])
    truth = "" if hidden else format_estimate(row["truth"], row["measure"], language) + kind.unit
    holds = "" if pd.isna(row["in_interval"]) else label("yes" if row["in_interval"] else "no", language)
    return {
        capital(label("level", language)): capital(", ".join(filter(None, parts)) or label("total", language)),
        phrase("estimate_ci", language, what=capital(label("estimate", language))): estimate_text(
            row, language, unit=True
        ),
        capital(label("truth", language)): truth,
        phrase("in_interval", language): holds,
    }


def _data(rows: pd.DataFrame, context: Mapping, language: str) -> pd.DataFrame:
    """Rows after the disclosure rules with their truth, codes and words."""
    from_key = ["truth", "mc_error", "in_interval"]
    columns = [*TEXT_COLUMNS, "at", "estimate", "std_error", "conf_low", "conf_high", *from_key]
    words = {
        f"{column}_label": [code_words(row, column, context, language) for row in rows.to_dict("records")]
        for column in TEXT_COLUMNS
    }
    return rows[columns].assign(in_interval=rows["in_interval"].astype("Int64"), **words)


def _reason_table(reason: str, note: str, language: str, name: str) -> Table:
    """A table of one line that says why there is no truth."""
    heads = (capital(label("truth", language)), capital(label("note", language)))
    body = pd.DataFrame([[phrase("no_truth", language), reason]], columns=list(heads))
    return Table(
        name=name,
        body=body,
        words=(heads[1],),
        title=phrase("no_truth", language),
        data=body,
        notes=(note,) if note else (),
        language=language,
    )
