"""Estimates of simulated persons beside the truth they were simulated with, or the reason why there is none to show."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.extract.cohort.access import Cohort, access_cohort
from rehab_stats.extract.cohort.adjustment import (
    access_adjustment,
    effect_adjustment,
    participation_adjustment,
    pathway_adjustment,
)
from rehab_stats.extract.cohort.effect import EffectCohort, effect_cohort
from rehab_stats.extract.cohort.participation import ParticipationCohort, participation_cohort
from rehab_stats.extract.cohort.pathway import PathwayCohort, pathway_cohort
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.synthetic.answer_key import CELL, NEGATIVE_BINOMIAL_RATIOS, load_answer_key, stratum_code
from rehab_stats.measures import digits_of, estimate_text, format_estimate, kind_of, per_of, unit_of
from rehab_stats.report.captions import notes
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.phrases import capital, heading_words, outcome_words, phrase, stratum_words
from rehab_stats.report.table_parts import reason_table, short_forms
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import TEXT_COLUMNS, code_words
from rehab_stats.words import label


@dataclass(frozen=True)
class _Known:
    """What the key knows of one kind of cohort.

    Attributes
    ----------
    made_by : the function that makes it; its defaults are the key's settings.
    days : setting of the days that the key's `horizon_days` are.
    free : settings that need not be the default: the key has rows for some, and `periods` change no set.
    populations : its analysis sets.
    whatever_days : measures that are the same whatever the days.
    sets : the adjustment sets that the key means by their names.
    note : phrase that says what the truth is.
    """

    made_by: Callable
    days: str
    free: frozenset[str]
    populations: tuple[str, ...]
    whatever_days: frozenset[str]
    sets: Callable[[], Mapping]
    note: str = "truth_note"


ACCESS = _Known(
    access_cohort,
    "horizon_days",
    frozenset({"education_levels", "horizon_days", "periods"}),
    ("hazard_set", "risk_set", "since_registration"),
    frozenset({"hazard_ratio"}),
    access_adjustment,
)
# who starts at all depends on the window, and so does everything about those who started
PARTICIPATION = _Known(
    participation_cohort,
    "window_days",
    frozenset({"education_levels", "window_days", "periods"}),
    ("window_set", "started_set"),
    frozenset(),
    participation_adjustment,
)
# of whoever is due; what is measured, and until when, is decided before
EFFECT = _Known(
    effect_cohort,
    "followup_days",
    frozenset({"education_levels", "periods"}),
    ("target_set",),
    frozenset(),
    effect_adjustment,
    "truth_of_change_note",
)
# everything hangs on how long everybody is followed; by period nobody is, and the key has no such set
PATHWAY = _Known(
    pathway_cohort,
    "horizon_days",
    frozenset({"education_levels", "periods"}),
    ("session_set", "change_set", "session_period", "change_period"),
    frozenset(),
    pathway_adjustment,
)
UNTIMED = frozenset({"hazard_ratio"})
"""Measures whose heading names no time."""
IN_STRATA_TOO = frozenset({"odds_ratio", "risk_ratio", "risk_difference"})
"""Measures that both an interaction and a stratified analysis give; the former's rows know a `reference_stratum`."""
AnyCohort = Cohort | ParticipationCohort | EffectCohort | PathwayCohort
MATCHED = tuple(column for column in CELL if column not in {"population", "estimator"})


def beside_truth(
    estimates: Estimates | Mapping[str, Estimates],
    extract: Extract,
    *,
    cohort: AnyCohort,
    population: str = "",
    language: str = "en",
    note: str = "",
    preset: str = "",
    name: str = "truth",
) -> Table:
    """Each estimate, the truth of the scenario the extract was simulated in, and whether the 95 % interval holds it.

    Parameters
    ----------
    estimates : Estimates, or mapping analysis set -> Estimates
        By education, from one analysis set of `cohort`, or from several.
    extract : Extract
        The extract `cohort` was made of.
    cohort : Cohort, ParticipationCohort, EffectCohort or PathwayCohort
    population : {"hazard_set", "risk_set", "since_registration"}, {"window_set", "started_set"}, {"target_set"} or \
        {"session_set", "change_set", "session_period", "change_period"}
        The analysis set, where the estimates are of one; the second for a cohort of participation, the third of effect,
        the last of the pathway (of which the key has no sets by period).
    language, note, preset, name
        As in `gradient_table`.

    Returns
    -------
    Table
        A line a number that the answer key knows; the others are left out, and a note says so. A hidden estimate has
        no truth beside it. Where there is no truth to show, because the persons are real or the scenario, the
        inclusion, the horizon or window, or the adjustment differs from the key's, the table has one line that says
        why; where nothing was estimated, the reason for that.

    Notes
    -----
    The truth is the large-sample limit of the same analysis (see `extract.answer_key`), not the planted coefficient:
    an interval that misses it shows sampling error, or an error in the software. One extract cannot tell them apart;
    data/synthetic/calibration.md does, over many. Of the effect it is what complete forms of everybody due would give,
    whatever the handling: there a handling whose assumption is wrong misses it at any number of persons.
    """
    sets = dict(estimates) if isinstance(estimates, Mapping) else {population: estimates}
    known = _known(cohort)
    unknown = [name for name in sets if name not in known.populations]
    if unknown or not sets:
        said = ", ".join(known.populations)
        raise ValueError(f"population must be one of {said}; got {', '.join(map(repr, unknown))}")
    everything = Estimates.stack(list(sets.values()))
    if not len(everything):
        return reason_table(everything, language=language, note=note, name=name)
    safe = protect(everything, preset=preset)
    reason = _no_truth(safe, extract, cohort, language)
    rows = pd.DataFrame() if reason else _of_sets(safe, sets, extract, cohort, language)
    if not reason and rows.empty:
        reason = phrase("no_truth_rows", language)
    if reason:
        return no_truth_table(reason, note, language, name)
    short = [" ".join(short_forms(set(rows["measure"]), language, ci=True)), phrase(known.note, language)]
    short += [phrase("truth_some_left_out", language)] if len(rows) < len(safe) else []
    outcomes = dict.fromkeys(outcome_words(row["outcome"], row["context"], language) for _, row in rows.iterrows())
    return Table(
        name=name,
        body=pd.DataFrame([_line(row, row["context"], language) for _, row in rows.iterrows()]),
        title=phrase("caption_truth", language, outcome=", ".join(filter(None, outcomes))),
        data=_data(rows, language),
        groups=tuple(rows["heading"].astype(str)),
        notes=(*short, *notes(safe.with_context(beside_path={}, improved=None), note, language)),
        language=language,
    )


def _known(cohort: AnyCohort) -> _Known:
    if hasattr(cohort, "session_stages"):
        return PATHWAY
    if hasattr(cohort, "followup_days"):
        return EFFECT
    return PARTICIPATION if hasattr(cohort, "window_days") else ACCESS


def _of_sets(safe: Estimates, sets: Mapping, extract: Extract, cohort: AnyCohort, language: str) -> pd.DataFrame:
    """The rows with their truth, each with the `context` of its own estimates, those of one `heading` together."""
    rows = pd.concat([safe.tidy(), safe.details()], axis=1)
    # from before hiding: which model a hidden row is of is no secret
    thetas = [part.details().get("theta", pd.Series(np.nan, range(len(part)))) for part in sets.values()]
    rows = rows.assign(overdispersed=pd.concat(thetas, ignore_index=True).notna())
    of_set = np.repeat(list(sets), [len(part) for part in sets.values()])
    parts = []
    for population, part in sets.items():
        mine = rows[of_set == population]
        if len(mine):
            found = _with_truth(mine, part.context, extract, cohort, population)
            parts.append(found.assign(context=[part.context] * len(found)))
    found = pd.concat(parts, ignore_index=True)
    headings = [_heading(row, row["context"], language) for _, row in found.iterrows()]
    found = found.assign(heading=pd.Categorical(headings, dict.fromkeys(headings)))
    return found.sort_values("heading", kind="stable", ignore_index=True)


def _no_truth(safe: Estimates, extract: Extract, cohort: AnyCohort, language: str) -> str:
    """Why the answer key cannot be meant for any of these numbers; "" when it can."""
    if not extract.meta.synthetic:
        return phrase("no_truth_real", language)
    exposure, scenario = safe.context.get("exposure", ""), extract.meta.scenario
    levels = cohort.settings.get("education_levels", 3)
    key = load_answer_key(scenario, exposure=exposure, education_levels=levels)
    if not key["population"].isin(_known(cohort).populations).any():
        words = {"scenario": label(scenario, language) or "–", "exposure": label(exposure, language) or "–"}
        return phrase("no_truth_scenario", language, **words)
    changed = _changed_settings(cohort)
    if changed:
        names = ", ".join(label(setting, language) for setting in changed)
        return phrase("no_truth_settings", language, names=names)
    return ""


def _changed_settings(cohort: AnyCohort) -> list[str]:
    """Settings of the cohort that are not the defaults of the function that makes it, the key's."""
    known = _known(cohort)
    defaults = {
        setting: parameter.default
        for setting, parameter in inspect.signature(known.made_by).parameters.items()
        if parameter.default is not parameter.empty
    }
    return [
        setting
        for setting, value in cohort.settings.items()
        if setting not in known.free and _plain(value) != _plain(defaults.get(setting))
    ]


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list | tuple) else value


def _with_truth(
    rows: pd.DataFrame, context: Mapping, extract: Extract, cohort: AnyCohort, population: str
) -> pd.DataFrame:
    """Those of the rows of one set whose truth the key has, with `truth`, `mc_error`, `in_interval`; hidden without."""
    known = _known(cohort)
    key = load_answer_key(
        extract.meta.scenario, education_levels=cohort.settings.get("education_levels", 3), population=population
    )
    key = key[
        (key["horizon_days"] == getattr(cohort, known.days, cohort.settings.get(known.days)))
        | key["measure"].isin(known.whatever_days)
    ]
    same = [_same_adjustment(row, context, known) and _as_in_key(row, context) for _, row in rows.iterrows()]
    same = np.array(same) & _same_path(context, cohort, population)
    found = _matched(rows[same], context, key)
    shown = np.isfinite(found["estimate"])
    holds = found["truth"].between(found["conf_low"], found["conf_high"])
    return found.assign(
        truth=found["truth"].where(shown),
        mc_error=found["mc_error"].where(shown),
        in_interval=holds.where(shown & found["conf_low"].notna()),
    )


def _matched(rows: pd.DataFrame, context: Mapping, key: pd.DataFrame) -> pd.DataFrame:
    """The rows that are cells of the key, with its `truth` and `mc_error`, in their own order."""
    joint = rows["reference_stratum"].notna() if "reference_stratum" in rows else False
    # along its own ladder an index has no stratum in the key
    strata = rows["stratum"].where(rows["stratum"] != f"rank={context.get('exposure', '')}", None)
    rows = rows.assign(coded=[stratum_code(code, context.get("stratum", "")) for code in strata])
    on_rows = [column if column != "stratum" else "coded" for column in MATCHED]
    rows = rows.assign(joint=joint, place=range(len(rows)))
    of_counts = key["estimator"].isin([NEGATIVE_BINOMIAL_RATIOS, "hurdle"]) & (key["measure"] == "rate_ratio")
    key = key.assign(of_interaction=key["estimator"] == "interaction", overdispersed=of_counts)
    key = key.rename(columns={"stratum": "coded"})
    columns = [*on_rows, "overdispersed"]
    found = rows.merge(key[[*columns, "truth", "mc_error", "of_interaction"]], on=columns, how="inner")
    # within strata an interaction fits one model to all, a stratified analysis one to each
    alike = (found["of_interaction"] == found["joint"]) | ~found["measure"].isin(IN_STRATA_TOO)
    # two estimators give the unadjusted share with an interview, and the key has it from both
    found = found[alike].drop_duplicates("place")
    return found.sort_values("place", kind="stable").reset_index(drop=True)


def _as_in_key(row: pd.Series, context: Mapping) -> bool:
    """Whether the row may be a cell of the key, which has no offset, nested cascade or gap at equal first scores."""
    offset = "offset" in context and row["outcome"] in {context.get("count"), "any", "count_if_any"}
    nested = context.get("nested") and row["outcome"] in context["stages"] and row["model"] == "crude"
    return not (offset or nested or context.get("analysis") == "ancova")


def _same_path(context: Mapping, cohort: AnyCohort, population: str) -> bool:
    """Whether these are the stages, and their order, that the key means by the analysis set."""
    if population not in PATHWAY.populations:
        return True
    stages = cohort.change_stages if population.startswith("change") else cohort.session_stages
    return context.get("stages") == list(stages)


def _same_adjustment(row: pd.Series, context: Mapping, known: _Known) -> bool:
    """Whether the row's model has the terms that the key means by the model's name."""
    adjust = {"crude": []} | context.get("adjust", {})  # a curve has no adjustment to tell
    terms, meant = adjust.get(row["model"]), known.sets().get(row["model"])
    if terms is None or meant is None:
        return False
    column = (stratum_code(row["stratum"], context.get("stratum", "")) or "").partition("=")[0]
    return set(terms) == set(meant) - {column}


def _heading(row: pd.Series, context: Mapping, language: str) -> str:
    """`Women, referral: hazard ratio (reference: short education), adjusted for age and year`."""
    timed = row["measure"] not in UNTIMED
    stratum = stratum_words(row["stratum"], context, language) if row["stratum"] else ""
    outcome = outcome_words(row["outcome"], context, language, timed=timed, at=row["at"])
    if "reading" in context and row["outcome"] != context["outcome"]:
        # two paths share their first stages, with other persons or per other numbers
        end = outcome_words(context["outcome"], context, language)
        outcome = phrase("on_the_path_to", language, stage=outcome, end=end)
    whose = capital(", ".join(filter(None, [stratum, outcome])))
    words = phrase("outcome_first", language, outcome=whose, what=label(row["measure"], language))
    if row["reference"]:
        words = phrase("against", language, what=words, reference=code_words(row, "reference", context, language))
    model = heading_words(None, row["model"], context, language)
    # a hurdle's counts are told by their outcome
    family = label("negative_binomial", language) if row["overdispersed"] and row["outcome"] != "count_if_any" else ""
    return ", ".join(filter(None, [words, family, f"{model[:1].lower()}{model[1:]}"]))


def _line(row: pd.Series, context: Mapping, language: str) -> dict[str, str]:
    """One number, its truth and whether the interval holds it."""
    estimate = phrase("estimate_ci", language, what=capital(label("estimate", language)))
    hidden = not np.isfinite(row["estimate"])
    truth = format_estimate(row["truth"], row["measure"], language) + kind_of(row["measure"]).unit
    if per_of(row) != 1:
        told = {"digits": digits_of(row), "per": per_of(row)}
        truth = format_estimate(row["truth"], row["measure"], language, **told) + unit_of(row, language)
    holds = "" if pd.isna(row["in_interval"]) else label("yes" if row["in_interval"] else "no", language)
    return {
        capital(label("level", language)): capital(
            code_words(row, "level", context, language) or label("total", language)
        ),
        estimate: estimate_text(row, language, unit=True),
        capital(label("truth", language)): "" if hidden else truth,
        phrase("in_interval", language): holds,
    }


def _data(rows: pd.DataFrame, language: str) -> pd.DataFrame:
    """Rows after the disclosure rules with their truth, codes and words."""
    from_key = ["truth", "mc_error", "in_interval"]
    columns = [*TEXT_COLUMNS, "at", "estimate", "std_error", "conf_low", "conf_high", *from_key]
    words = {
        f"{column}_label": [code_words(row, column, row["context"], language) for row in rows.to_dict("records")]
        for column in TEXT_COLUMNS
    }
    return rows[columns].assign(in_interval=rows["in_interval"].astype("Int64"), **words)


def no_truth_table(reason: str, note: str, language: str, name: str) -> Table:
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
