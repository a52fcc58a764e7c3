"""Small counts, and what reveals them, taken out of a set of estimates: the one gate before figures and tables.

Rules (the data controller decides the threshold, not this package):

- A count of 1 to `minimum - 1` persons is hidden: persons, persons with the event, persons without it, a cell of a
  table, a step of the participant flow. Nought is shown: it describes nobody. A share of 0 or 100 % is shown with it,
  unless the group itself is small (then the whole row is hidden); `groups_all_or_none` in the diagnostics counts them.
- Whatever lets a reader work a small count out *within the same set* is hidden too: a second cell of the row and of
  the column, the neighbour of a small exclusion, the number of persons of a model that differs by 1 to `minimum - 1`
  from another model's. `reconstruction.py` says how this is found and checked.
- Shares, risks, means and their intervals go with the counts that they are made of. A model-based estimate goes with
  its level's (or its reference's) small counts, because its standard error tells the events; where a count is hidden
  only to protect another, an adjusted estimate stays.
- A curve over time is a row of counts: a point goes when fewer than `minimum` persons, but not nobody, had the event
  since the last point shown (`curve_points.py`). What is compared at that time goes with it.
- Means, and what is made of means, go with few persons, or few with any; few without any are only not counted.
  Between two stages of a cascade those who dropped out are a count too. Parts of a difference in attendance go where
  fewer than `minimum` sessions were lost in one way, all but the whole difference. Who has how many sessions is a row
  of counts (`rootogram_chart` pools its tail first).
- A pathway's stages are those of a cascade: shares of the start are observed shares where nothing is adjusted for, and
  a ratio or contribution of a stage rests on those who passed the stage before and on those lost in between. Where one
  stage's goes all stages' do, or they would give it back; a scenario's later stages go with it (`path_counts.py`).
  Persons off the path and without a value are diagnostics; what may be said of them is kept (`beside_path.py`).
- A measure of interaction goes when one of the four cells it rests on goes; an unadjusted index of inequality when a
  level's counts go, because it is one more equation about them.
- Quantiles of fewer than `minimum` persons go. Minima and maxima have no place in these tables.
- A mean with its standard deviation goes, quantiles with it, where fewer than `minimum` persons differ from the most
  common value of the column; everybody's mean goes with it, or would give it back. Unadjusted means, and what is made
  of them, go where fewer than 10 persons have any (`few_values.FEWEST_WITH_ANY`): a mean of whole numbers and its
  standard error are their sum and sum of squares, and of so few persons that is everybody's number.
- Referrals and their deadlines are nested (`monitoring_counts.py`): received, due, in time, still waiting. The line and
  the limits of a chart go with the sum they are made of.
- Time lost goes with its number of events, and a mean time with the time lost that it is the rest of.
- Handlings of missing scores and the deltas of a tipping map are the same persons again, not parts of them. What moves
  scores tells whose they were: maps, tips and departing rungs go where few were moved, or all but few
  (`change_counts.py`). Balance goes with small categories, degrees of freedom and diagnostics with any hidden count.

Not seen here: what another table, another set, or an earlier release shows. Stack what is released together and
protect it once. The times of a curve given at every event time are days on which somebody had the event: what leaves
is asked for at round times.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.effect_wording import BEYOND, BOUNDS, CHANGE, RATES, TIPS
from rehab_stats.measures import AMOUNTS, MONITORED, PERSON_MEASURES, REFERRALS
from rehab_stats.pathway_wording import of_path
from rehab_stats.report.attendance_counts import (
    CELLS,
    REFERENCE_ROWS,
    SESSIONS,
    few_sessions,
    joined,
    of_times,
    with_their_parts,
)
from rehab_stats.report.beside_path import beside_path
from rehab_stats.report.change_counts import ABOUT_ROWS, few_in_category, few_moved
from rehab_stats.report.count_ledger import (
    CONTRASTS,
    FOUR_CELLS,
    GROUPED,
    KEYS,
    NESTED_DIAGNOSTICS,
    RANKED,
    SINGLE,
    STEPS,
    UNRANKED,
    ledger_of,
)
from rehab_stats.report.curve_points import points_to_hide
from rehab_stats.report.few_values import SUMS, of_few, off_mode_to_blank, quantiles_beside
from rehab_stats.report.monitoring_counts import blank_lines, denominators, rounded_coverage
from rehab_stats.report.path_counts import (
    PASSING,
    add_conditions,
    as_counted,
    beside_lost,
    counted_as_amounts,
    few_with_any,
    observed_whole,
    reference_names,
    under_scenarios,
)
from rehab_stats.vocabulary import Estimates

PRESETS = {"dst": 3, "opensafely": 8}
"""Preset -> smallest count shown: dst hides 1-2; opensafely hides 1-7, then rounds every count to the nearest 5."""
ROUNDED_TO = 5
ROUNDING = frozenset({"opensafely"})
"""Presets under which what is left is rounded."""

COUNTED_MEASURES = frozenset({"count", "share"})
TIED_MEASURES = (
    frozenset(
        {"count", "share", "risk", "joint_risk", "at_risk", "transition", "time_lost", *SUMS, *CONTRASTS, *RATES}
        - {"hazard_ratio"}
    )
    | {*BOUNDS}
    | {"standardised_response_mean", "stage_quantity", "additional", *MONITORED, *REFERRALS}
)
"""Without adjustment these are arithmetic on the counts: one gives the other away."""
SHARES = ["risk", "joint_risk", "transition", "stage_quantity", *RATES, *MONITORED, *REFERRALS]
"""Shares of persons: the one count goes with the estimate, or the other would give it."""
REFERENCE = "reference"
REFERENCES = {"transition_difference": "transition_reference"} | dict.fromkeys(AMOUNTS, "amount_reference")
"""Contrast -> what its reference is a row of, where that is no plain share of the level's persons."""
REFERENCE_COUNTS = {"n_reference": "n", "events_reference": "events"}
"""Details of a contrast that count its reference level -> the column they are in a row of their own."""
SHOWN_NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]


def protect(estimates: Estimates, *, minimum: int = 5, preset: str = "") -> Estimates:
    """The same rows with small counts, and what reveals them within this set, replaced by missing.

    Parameters
    ----------
    estimates : Estimates
        Any mixture of rows. Sums that are recognised: levels and their total (`level` missing or `total`), strata and
        their total, shares and their denominators, `missing` and known, the flow (details `kind`, `branch`), events
        and the rest of the group, models of the same level.
    minimum : int
        Smallest count shown.
    preset : {"", "dst", "opensafely"}
        A named rule instead of `minimum`. With `opensafely` what is left is rounded: every count by itself to the
        nearest 5 (so that one number is printed the same everywhere; parts may not add up), shares and unadjusted
        risks recomputed from rounded counts, their errors dropped and their limits rounded to 3 decimals.

    Returns
    -------
    Estimates
        `details()` gains `hidden`: "" (nothing hidden), "primary" (a small count) or "secondary" (would reveal one).
        Show readers only that something is hidden, not which of the two. `diagnostics` gains `hidden_primary`,
        `hidden_secondary`, `groups_all_or_none`, `smallest_count_shown`. A set that is protected already (at this
        minimum or a higher one, and rounded where the preset rounds) is returned as it is.

    Raises
    ------
    ValueError
        An unknown preset, or a minimum below 1.
    """
    if preset and preset not in PRESETS:
        raise ValueError(f"preset must be empty or one of {', '.join(PRESETS)}; got {preset!r}")
    minimum = PRESETS[preset] if preset else minimum
    if minimum < 1:
        raise ValueError(f"minimum must be at least 1; got {minimum}")
    if is_protected(estimates, minimum, preset) or not len(estimates):
        return estimates
    if is_protected(estimates, minimum):  # not rounded yet: the stricter minimum stays
        minimum = estimates.context["protected"]
    return _references_as_details(_protected(_references_as_rows(estimates), minimum, preset))


def _protected(estimates: Estimates, minimum: int, preset: str) -> Estimates:
    rows, details = estimates.tidy(), estimates.details()
    points = points_to_hide(rows, minimum)
    # time lost is at one time, and its counts are the ledger's too
    curves = points & ~of_times(rows)
    rows.loc[curves, [*SHOWN_NUMBERS, "events"]] = np.nan
    context, counted = estimates.context, as_counted(rows, estimates.context)
    ledger, keys = ledger_of(counted, details, minimum, context.get("stages") or ())
    add_conditions(ledger, counted.assign(outcome=rows["outcome"]), keys, context)
    primary, secondary = ledger.hide(minimum)
    amounts = counted_as_amounts(rows, rows["measure"].isin(AMOUNTS | {"amount_reference"}), context)
    # a small rest (persons without the event) marks the count that was hidden for it
    small = primary | (ledger.small(minimum) - ledger.shown)
    own, others = _reasons(keys, small, secondary, amounts)
    own |= under_scenarios(ledger, counted, keys, small, context)
    others |= under_scenarios(ledger, counted, keys, secondary, context)
    own |= _in_small_groups(rows, keys, primary) | points | few_sessions(rows, details, minimum)
    group_own, group_others = (_of_other_cells(rows, details, marked) for marked in (own, others))
    plain = unadjusted(rows, context)
    own |= of_few(rows, details, plain, minimum)  # those compared with them are found there
    own |= plain & few_with_any(rows, details, context, minimum)
    own |= few_moved(rows, details, context, minimum) | few_in_category(rows, details, minimum)
    group_others |= plain & _over_hidden_levels(rows, own | others)
    bare = plain | rows["measure"].isin(COUNTED_MEASURES) | observed_whole(rows, context)
    tied = rows["measure"].isin(TIED_MEASURES) & bare
    tied |= plain & rows["measure"].isin(RANKED | GROUPED)
    lost = own | group_own | ((others | group_others) & (tied | rows["measure"].isin(CELLS)))
    lost |= with_their_parts(rows, lost)
    lost |= beside_lost(rows, lost, plain, context)
    lost |= quantiles_beside(rows, lost & keys["n"].isin(primary | secondary))
    for column in ("n", "events"):
        gone = keys[column].isin(primary | secondary) | _in_small_groups(rows, keys, primary)
        rows.loc[gone, column] = np.nan
    rows.loc[lost, SHOWN_NUMBERS] = np.nan
    rows.loc[points, "events"] = np.nan
    # a share with one of its two counts gives the other
    rows.loc[lost & rows["measure"].isin(COUNTED_MEASURES), ["n", "events"]] = np.nan
    rows.loc[lost & rows["measure"].isin([*SHARES, "share_of_appointments"]), "events"] = np.nan
    sessions = [name for name in (*SESSIONS, *PASSING) if name in details]
    details.loc[lost | rows["n"].isna(), sessions] = np.nan
    if "n_off_mode" in details:
        details.loc[off_mode_to_blank(rows, lost), "n_off_mode"] = np.nan
    _blank_about_rows(rows, details, lost, estimates)
    blank_lines(rows, details, lost)
    before = details.get("hidden", "")
    if "expected_if_equal" in details:
        details.loc[lost, "expected_if_equal"] = np.nan
    details["hidden"] = np.select([own | group_own, others | lost], ["primary", "secondary"], default=before)
    preset = preset or estimates.context.get("preset", "")
    if preset in ROUNDING:
        rows = rounded_coverage(_rounded(rows, plain), details)
        shares = [name for name in PASSING if name in details]
        details[shares] = details[shares].astype(float).round(3)
    diagnostics = _protected_diagnostics(estimates, rows, details, minimum)
    to = ROUNDED_TO if preset in ROUNDING else 1
    beside = beside_path(estimates.diagnostics, diagnostics, context, minimum=minimum, to=to)
    return estimates.replaced(
        rows=rows,
        details=details,
        diagnostics=diagnostics,
        context=context | {"protected": minimum, "preset": preset} | beside,
    )


def _blank_about_rows(rows: pd.DataFrame, details: pd.DataFrame, lost: pd.Series, estimates: Estimates) -> None:
    """What is known of a row goes with it; degrees of freedom, which tell of all persons, with any hidden count."""
    about = [name for name in ABOUT_ROWS if name in details]
    details.loc[lost, about] = np.nan
    if "df" in details and any(_hidden_counts(rows, estimates)):
        details["df"] = np.nan


def _hidden_counts(rows: pd.DataFrame, estimates: Estimates) -> tuple[bool, bool]:
    """Whether any number of persons, and any number of events, is no longer there."""
    before = estimates.tidy()
    return tuple(bool((rows[name].isna() & before[name].notna()).any()) for name in ("n", "events"))


def is_protected(estimates: Estimates, minimum: int = 5, preset: str = "") -> bool:
    """Whether every row has passed `protect` at this minimum or a higher one, and is rounded if the preset rounds."""
    details = estimates.details()
    passed = "hidden" in details and details["hidden"].notna().all()
    rounded = preset not in ROUNDING or estimates.context.get("preset") == preset
    return bool(passed and rounded and estimates.context.get("protected", 0) >= minimum)


def anything_hidden(estimates: Estimates) -> bool:
    """Whether `protect` hid something in these rows: then a table or figure says so in a note."""
    details = estimates.details()
    return bool("hidden" in details and details["hidden"].fillna("").ne("").any())


def _references_as_rows(estimates: Estimates) -> Estimates:
    """The counts of reference levels, kept in the details of contrasts, as rows that the ledger can read."""
    rows, details = estimates.tidy(), estimates.details()
    if not set(REFERENCE_COUNTS) <= set(details):
        return estimates
    known = rows["reference"].notna() & details["n_reference"].notna()
    if not known.any():
        return estimates
    extra = rows.loc[known, ["outcome", "model", "at"]].assign(
        measure=rows.loc[known, "measure"].map(REFERENCES | reference_names(estimates.context)).fillna(REFERENCE),
        level=rows.loc[known, "reference"],
        stratum=_compared_strata(rows, details)[known],
        **{column: details.loc[known, name] for name, column in REFERENCE_COUNTS.items()},
    )
    return estimates.replaced(
        rows=pd.concat([rows, extra.reindex(columns=rows.columns)], ignore_index=True),
        details=pd.concat([details, pd.DataFrame({"contrast": extra.index})], ignore_index=True),
    )


def _references_as_details(estimates: Estimates) -> Estimates:
    """Back again: what is left of the reference levels' counts, beside their contrasts."""
    rows, details = estimates.tidy(), estimates.details()
    extra = rows["measure"].isin(REFERENCE_ROWS)
    if not extra.any():
        return estimates
    places = details.loc[extra, "contrast"].astype(int).to_numpy()
    for name, column in REFERENCE_COUNTS.items():
        details.loc[places, name] = rows.loc[extra, column].to_numpy()
    return estimates.replaced(rows=rows[~extra], details=details[~extra].drop(columns="contrast"))


def _reasons(keys: pd.DataFrame, small: set, secondary: set, amounts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Per row: does it rest on a small count; does it hold a count hidden to protect another.

    An amount (a mean, a ratio of means) does not tell how many had none, nor does a count of those with any, hidden for
    another's sake, tell of the amount: only its own few persons hide it.
    """
    own, others = keys[list(KEYS)].copy(), keys[list(KEYS)].copy()
    own.loc[amounts, "rest"] = None
    others.loc[amounts, ["rest", "events"]] = None
    own, others = own.isin(small).any(axis=1), others.isin(secondary).any(axis=1)
    return own, others & ~own


def _in_small_groups(rows: pd.DataFrame, keys: pd.DataFrame, primary: set) -> pd.Series:
    """Rows of a table whose column (the stratum) holds too few persons: noughts in it would tell about each of them."""
    small = {key[2] for key in primary if key[:2] == ("n", None) and len(key) == 4}
    # those counted for an indicator are few for that indicator alone
    indicator = denominators(rows)
    few = pd.Series(
        [("n", None, *pair) in {key[:4] for key in primary} for pair in zip(rows["stratum"], indicator, strict=True)],
        rows.index,
    )
    return rows["stratum"].isin(small & set(rows["stratum"])) | few | keys["group"].isin(primary)


def _compared_strata(rows: pd.DataFrame, details: pd.DataFrame) -> pd.Series:
    """The stratum of the cell that each row is compared with: its own, unless an interaction says another."""
    other = details.get("reference_stratum", pd.Series(None, index=rows.index, dtype=object))
    return other.where(other.notna(), rows["stratum"]).astype(object).where(lambda found: found.notna(), None)


def _of_other_cells(rows: pd.DataFrame, details: pd.DataFrame, marked: pd.Series) -> pd.Series:
    """Contrasts that rest on a marked cell other than their own, in the same outcome, model and time.

    That is their reference; for a measure of interaction also the level in the other stratum and the reference in its
    own; for the part that is survival its level under either mortality.
    """
    same = joined(rows, ["outcome", "model", "at"])
    strata = rows["stratum"].astype(str), _compared_strata(rows, details).astype(str)
    levels = rows["level"].astype(str), rows["reference"].astype(str)

    def holds(level: pd.Series, stratum: pd.Series | str) -> pd.Series:
        return (same + "|" + level + "|" + stratum).isin(cells)

    cells = set((same + "|" + levels[0] + "|" + strata[0])[marked])
    found = holds(levels[1], strata[1])
    found |= rows["measure"].isin(FOUR_CELLS) & (holds(levels[0], strata[1]) | holds(levels[1], strata[0]))
    of_any = (same + "|" + levels[0])[marked]
    survival = rows["measure"] == "survival_part"
    found |= survival & ((same + "|" + levels[0]).isin(of_any) | (same + "|" + levels[1]).isin(of_any))
    return found & rows["measure"].isin(CONTRASTS)


def _over_hidden_levels(rows: pd.DataFrame, marked: pd.Series) -> pd.Series:
    """Indices over levels of which some are marked: with the other counts an index gives the marked one away."""
    levels = rows[marked & rows["level"].notna() & ~rows["measure"].isin(RANKED | GROUPED)]
    with_rank = levels[~levels["level"].isin(UNRANKED)]
    ranked = rows["measure"].isin(RANKED) & rows["outcome"].isin(with_rank["outcome"])
    return ranked | (rows["measure"].isin(GROUPED) & rows["outcome"].isin(levels["outcome"]))


def unadjusted(rows: pd.DataFrame, context: dict) -> pd.Series:
    """Rows whose model adjusts for nothing: their numbers are arithmetic on counts."""
    adjust = context.get("adjust") or {}
    bare = {name for name, terms in adjust.items() if not len(terms)} if isinstance(adjust, dict) else set()
    return rows["model"].isna() | rows["model"].isin(bare | {"crude"})


def _rounded(rows: pd.DataFrame, plain: pd.Series) -> pd.DataFrame:
    """Counts to the nearest 5 (a half goes up), and proportions made from the rounded counts."""
    rows = rows.copy()
    counts = rows["measure"].isin(PERSON_MEASURES | {"expected_persons"})
    risks = rows["measure"].isin(SHARES)
    # a cumulative incidence is no plain share of its persons
    shares = np.isclose(rows["estimate"], rows["events"] / rows["n"])
    for column, where in (("n", slice(None)), ("events", slice(None)), ("estimate", counts)):
        rows.loc[where, column] = np.floor(rows.loc[where, column] / ROUNDED_TO + 0.5) * ROUNDED_TO
    made = (rows["measure"] == "share") | (risks & plain & shares)
    made &= rows["n"].gt(0) & rows["events"].notna()
    rows.loc[made, "estimate"] = rows.loc[made, "events"] / rows.loc[made, "n"]
    bare = rows["measure"].isin(TIED_MEASURES) & plain & ~counts
    rows.loc[bare, ["std_error", "p_value"]] = np.nan
    rows.loc[bare, ["conf_low", "conf_high"]] = rows.loc[bare, ["conf_low", "conf_high"]].round(3)
    rows.loc[bare & ~made, "estimate"] = rows.loc[bare & ~made, "estimate"].round(3)
    return rows


def _zeros(diagnostics: dict, minimum: int, *, any_hidden: bool) -> dict:
    """Shares of persons with none among the diagnostics, taken out where few have none, or few have any.

    Also where a level's number of persons with any is hidden: all of them less those shown would be it.
    """
    out = {}
    for name in [name for name in diagnostics if name.split(".")[0] == "zeros_observed"]:
        model = name.removeprefix("zeros_observed")
        rows, share = diagnostics.get(f"rows_used{model}", diagnostics.get("rows_used")), diagnostics[name]
        few = (
            [0.5 < rows * part < minimum - 0.5 for part in (share, 1 - share)] if rows and share is not None else [True]
        )
        if any_hidden or any(few):
            out |= {name: None, f"zeros_expected{model}": None}
    return out


def _of_change(rows: pd.DataFrame) -> bool:
    return bool(rows["outcome"].isin({CHANGE, *TIPS, *BEYOND}).any())


def _protected_diagnostics(estimates: Estimates, rows: pd.DataFrame, details: pd.DataFrame, minimum: int) -> dict:
    """Counts among the diagnostics under the same rule: small ones go, and later ones that differ by a small count."""
    out = estimates.diagnostics
    persons, events = _hidden_counts(rows, estimates)
    # all persons less those shown are those hidden; of change the events are persons with both scores
    nested = events and (_of_change(rows) or of_path(estimates.context))
    counted = set(NESTED_DIAGNOSTICS) if persons else {*STEPS, *SINGLE, "rows_used", "skipped"} if nested else set()
    out |= {name: None for name in out if name.split(".")[0] in counted}
    out |= _zeros(out, minimum, any_hidden=events)
    groups = [("rows_used", *STEPS), *((stem,) for stem in NESTED_DIAGNOSTICS if stem not in {"rows_used", *STEPS})]
    for stems in groups:
        seen: list[float] = []
        for name in [name for name in out if name.split(".")[0] in stems]:
            value = out[name]
            if not isinstance(value, int | float | np.number) or isinstance(value, bool):
                continue
            gaps = [abs(value - other) for other in [*seen, 0]] if stems[0] not in SINGLE else [abs(value)]
            if any(0 < gap < minimum for gap in gaps):
                out[name] = None
            else:
                seen.append(float(value))
    whole = rows["n"].gt(0) & (rows["events"].eq(0) | rows["events"].eq(rows["n"]))
    return out | {
        "hidden_primary": int((details["hidden"] == "primary").sum()),
        "hidden_secondary": int((details["hidden"] == "secondary").sum()),
        "groups_all_or_none": int(whole.sum()),
        "smallest_count_shown": minimum,
    }
