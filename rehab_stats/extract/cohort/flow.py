"""The participant flow of a cohort: who was kept at each step, who was left out and why, and what is noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from rehab_stats.extract.cohort.follow_up import STEPS
from rehab_stats.vocabulary import Estimates

MOVES = ("moved_before_registration", "moved_within_horizon")
"""Steps that only an extract with residences can have."""


def access_flow(
    everyone: pd.DataFrame, persons: pd.DataFrame, *, moves: bool, method: str, context: Mapping
) -> Estimates:
    """Kept, what was left out on the way, kept; then each analysis set from there.

    Parameters
    ----------
    everyone, persons : DataFrame
        The rows of `follow_up`, all and those included.
    moves : bool
        Whether residences were used: only then does the flow tell of moving.
    method, context
        As in `Estimates`.
    """
    left = everyone["step"].value_counts()
    steps = [("persons_in_extract", len(everyone), "kept", "all")]
    steps += [(step, int(left.get(step, 0)), "excluded", "all") for step in STEPS["steps"][:-1]]
    steps += [("included", len(persons), "kept", "all")]
    steps += [
        ("referral_shortly_before_diagnosis", int(persons["early"].sum()), "noted", "all"),
        ("referral_long_before_diagnosis", int(persons["too_early"].sum()), "noted", "all"),
    ]
    if moves:
        steps += [
            ("moved_away", int(persons["moved_away"].sum()), "noted", "all"),
            ("residence_not_known", int((~persons["residence_known"]).sum()), "noted", "all"),
        ]
    for branch in ("hazard", "risk"):
        reached = persons[f"{branch}_step"].value_counts()
        *excluded, kept = (step for step in STEPS[f"{branch}_steps"] if moves or step not in MOVES)
        steps += [(step, int(reached.get(step, 0)), "excluded", branch) for step in excluded]
        steps += [(kept, int(reached.get(kept, 0)), "kept", branch)]
    return flow_of(steps, method=method, context=context)


#: Who of those included is no person referred, in the order in which it is asked.
REFERRAL_STEPS = (
    "not_referred",
    "wrongly_referred",
    "referred_before_registration",
    "gone_before_referral",
    "referred_before_period",
)


def participation_flow(
    everyone: pd.DataFrame,
    referral_steps: pd.Series,
    persons: pd.DataFrame,
    noted: Mapping[str, int],
    *,
    method: str,
    context: Mapping,
) -> Estimates:
    """Kept, left out, kept, as far as the persons referred; then those whose window, or whose leaving, was seen.

    Parameters
    ----------
    everyone : DataFrame
        The rows of `follow_up`.
    referral_steps : Series
        Of those included, `referred` or one of `REFERRAL_STEPS`.
    persons : DataFrame
        The persons of a `ParticipationCohort`.
    noted : mapping
        What is noted of the persons referred -> how many they are.
    method, context
        As in `Estimates`.
    """
    left, reached = everyone["step"].value_counts(), referral_steps.value_counts()
    steps = [("persons_in_extract", len(everyone), "kept", "all")]
    steps += [(step, int(left.get(step, 0)), "excluded", "all") for step in STEPS["steps"][:-1]]
    steps += [("included", len(referral_steps), "kept", "all")]
    steps += [(step, int(reached.get(step, 0)), "excluded", "all") for step in REFERRAL_STEPS]
    steps += [("persons_referred", len(persons), "kept", "all")]
    steps += [(note, count, "noted", "all") for note, count in noted.items()]
    complete, started = persons["window_complete"], persons["started"] == 1
    followed = persons["weeks_in_programme"].notna()
    steps += [
        ("window_not_observed", int((~complete).sum()), "excluded", "window"),
        ("window_set", int(complete.sum()), "kept", "window"),
        ("not_started", int((~started).sum()), "excluded", "started"),
        ("leaving_not_observed", int((started & ~followed).sum()), "excluded", "started"),
        ("started_set", int(followed.sum()), "kept", "started"),
    ]
    return flow_of(steps, method=method, context=context)


#: Status of the last form -> step of the flow, of those who were not due.
NOT_DUE = {
    "died": "died_before_followup",
    "left_area": "left_before_followup",
    "course_ended": "course_ended_before_followup",
    "not_yet_due": "followup_not_yet_due",
}


def effect_flow(
    participation: Estimates,
    persons: pd.DataFrame,
    noted: Mapping[str, int],
    *,
    started_before_forms: int,
    method: str,
    context: Mapping,
) -> Estimates:
    """As far as the persons referred as in participation; then those who started, were due, and have forms.

    Parameters
    ----------
    participation : Estimates
        The flow of the participation cohort.
    persons : DataFrame
        The persons of an `EffectCohort`.
    noted : mapping
        What is noted of forms -> how many persons.
    started_before_forms : int
        Persons who started before forms were registered; they are not among the persons.
    method, context
        As in `Estimates`.
    """
    before = participation.tidy().join(participation.details())
    before = before[(before["branch"] == "all") & (before["kind"] != "noted")]
    steps = [(row.level, int(row.estimate), row.kind, "all") for row in before.itertuples()]
    started, status = len(persons) + started_before_forms, persons["followup_status"]
    due = persons[status == "due"]
    steps += [
        ("not_started", steps[-1][1] - started, "excluded", "all"),
        ("started_before_forms", started_before_forms, "excluded", "all"),
        ("persons_started", len(persons), "kept", "all"),
    ]
    steps += [(note, count, "noted", "all") for note, count in noted.items()]
    steps += [(step, int((status == code).sum()), "excluded", "all") for code, step in NOT_DUE.items()]
    steps += [("target_set", len(due), "kept", "all")]
    given, returned = due["given"] == 1, due["returned_baseline"] == 1
    both = returned & (due["returned_followup"] == 1)
    steps += [
        ("never_given", int((~given).sum()), "excluded", "forms"),
        ("given", int(given.sum()), "kept", "forms"),
        ("baseline_not_returned", int((given & ~returned).sum()), "excluded", "forms"),
        ("returned_baseline", int(returned.sum()), "kept", "forms"),
        ("followup_not_returned", int((returned & ~both).sum()), "excluded", "forms"),
        ("both_forms", int(both.sum()), "kept", "forms"),
        ("followup_without_baseline", int((due["form_pattern"] == "followup_only").sum()), "noted", "forms"),
    ]
    return flow_of(steps, method=method, context=context)


def pathway_flow(
    access: Estimates, persons: pd.DataFrame, steps: pd.DataFrame, statuses: pd.Series, *, method: str, context: Mapping
) -> Estimates:
    """As far as the risk set as in access; then, in a branch for each set, those who came to each of its stages.

    Parameters
    ----------
    access : Estimates
        The flow of the access cohort.
    persons : DataFrame
        The persons of a `PathwayCohort`.
    steps : DataFrame
        Columns session and, with forms, change: why a person of the risk set is not in that set, or its name.
    statuses : Series
        Status of the last form, missing for who did not start.
    method, context
        As in `Estimates`.
    """
    before = access.tidy().join(access.details())
    before = before[before["branch"].isin(["all", "risk"]) & (before["kind"] != "noted")]
    flow = [(row.level, int(row.estimate), row.kind, "all") for row in before.itertuples()]
    flow += _of_set(persons, steps["session"], SESSION_SET_STEPS, branch="sessions")
    if "change" in steps:
        flow += _of_set(persons, steps["change"], CHANGE_SET_STEPS, branch="change")
        inside = steps["change"] == "change_set"
        flow += _of_forms(persons[inside], statuses[inside])
    return flow_of(flow, method=method, context=context)


#: Why a person of the risk set is not in a set of the pathway, in the order in which it is asked; last the set.
SESSION_SET_STEPS = ("diagnosed_before_appointments", "window_not_observed", "session_set")
CHANGE_SET_STEPS = (*SESSION_SET_STEPS[:-1], "diagnosed_before_forms", "followup_not_observed", "change_set")


def _of_set(persons: pd.DataFrame, step: pd.Series, steps: Sequence[str], *, branch: str) -> list[tuple]:
    """From the risk set to the set, and from there to those who started; who did not come on is not named again."""
    reached, inside = step.value_counts(), persons[step == steps[-1]]
    referred = inside[inside["referred"] == 1]
    return [
        *[(why, int(reached.get(why, 0)), "excluded", branch) for why in steps[:-1]],
        (steps[-1], len(inside), "kept", branch),
        ("referred_within_horizon", len(referred), "kept", branch),
        ("referred_before_appointments", int(referred["started"].isna().sum()), "noted", branch),
        ("persons_interviewed", int((referred["interview_attended"] == 1).sum()), "kept", branch),
        ("persons_started", int((referred["started"] == 1).sum()), "kept", branch),
    ]


def _of_forms(persons: pd.DataFrame, statuses: pd.Series) -> list[tuple]:
    """From those who started to those with both forms."""
    began = persons["started"] == 1
    counts = statuses[began].value_counts()
    due = persons[began & (persons["due"] == 1)]
    given, returned = due["given"] == 1, due["returned_baseline"] == 1
    both = returned & (due["returned_followup"] == 1)
    steps = [("started_before_forms", int(statuses[began].isna().sum()), "excluded")]
    steps += [(step, int(counts.get(code, 0)), "excluded") for code, step in NOT_DUE.items()]
    steps += [
        ("target_set", len(due), "kept"),
        ("never_given", int((~given).sum()), "excluded"),
        ("baseline_not_returned", int((given & ~returned).sum()), "excluded"),
        ("followup_not_returned", int((returned & ~both).sum()), "excluded"),
        ("both_forms", int(both.sum()), "kept"),
    ]
    return [(*step, "change") for step in steps]


def flow_of(steps: Sequence[tuple[str, int, str, str]], *, method: str, context: Mapping) -> Estimates:
    """Steps (code, persons, kind, branch) as Estimates: measure `count`, details `kind` and `branch`."""
    rows = [
        {"outcome": "flow", "model": "crude", "measure": "count", "level": step, "estimate": count, "n": count}
        for step, count, _, _ in steps
    ]
    details = pd.DataFrame([{"kind": kind, "branch": branch} for _, _, kind, branch in steps])
    return Estimates(rows, details=details, method=method, context=context)
