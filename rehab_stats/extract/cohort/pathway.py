"""The pathway: everybody diagnosed, and what became of each at every stage from the diagnosis to the last form.

The clock is that of the diagnosis: referred within a horizon of it, interviewed and started within a window from that
referral, due at follow-up, improved. A stage is 1 or 0 where it was seen and missing where it was not, so that each
stage can be looked at among those who passed the ones before it. Who is not referred within the horizon has 0 at every
later stage, whatever a later referral led to.

Two sets hold the persons for whom every stage is known *whatever they did*, because they were diagnosed early enough
for the longest way through: the *session set* as far as the sessions, the *change set* as far as the last form. Where
registration is too short for that, the sets by *period* take whoever is seen at any stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real

import numpy as np
import pandas as pd

from rehab_stats.extract.cohort.access import access_cohort
from rehab_stats.extract.cohort.effect import STEPS, EffectCohort, effect_cohort
from rehab_stats.extract.cohort.flow import pathway_flow
from rehab_stats.extract.cohort.inclusion import DAYS_BEFORE_DIAGNOSIS, Inclusion
from rehab_stats.extract.cohort.participation import AXES_OF_PERSONS, participation_cohort
from rehab_stats.extract.cohort.pathway_stages import (
    SESSIONS,
    form_stages,
    form_statuses,
    needs_assessed,
    seen_windows,
    session_stages,
)
from rehab_stats.extract.columns import APPOINTMENT_KIND, NOT_COUNTED, SESSION_KINDS
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.instruments import INSTRUMENTS, Scale, find_scale
from rehab_stats.vocabulary import Estimates

_TO_START = ("referred", "interview_attended", "started")

_INCLUSION = (
    *("education_levels", "age_min", "index_diagnosis", "referral", "excluded_diagnoses", "diagnosed_from"),
    *("municipalities", "days_before_diagnosis", "censor_at_move"),
)
#: Settings that each of the cohorts is made with; periods are of the diagnosis, so they are for the first alone.
_ACCESS = (*_INCLUSION, "horizon_days", "periods")
_PARTICIPATION = (*_INCLUSION, "window_days", "interview_days", "session_kinds")
_FORMS = ("instrument", "scale", "followup", "followup_days", "course_must_be_open")
_EFFECT = (*_INCLUSION, "window_days", "session_kinds", *_FORMS)

#: Table -> settings whose days, from the diagnosis on, the longest way through takes.
_SPANS = {"referrals": ("horizon_days",), "appointments": ("horizon_days", "window_days")}
_NO_FORMS = (
    "the extract has no forms{of}: without them nobody knows who changed, and the pathway ends with the sessions "
    "(session_set, session_period)"
)


@dataclass(frozen=True)
class PathwayCohort:
    """One row per person diagnosed, the flow that led through the stages, and in words who it is.

    Attributes
    ----------
    persons : DataFrame
        One row per included person, ordered by `person_id`. Columns: those of `Cohort.persons` that describe a person
        (year and period are those of the diagnosis) and diagnosis_date; then the stages, 1 or 0, missing where they
        were not seen:

        - needs_assessed: needs were assessed in hospital within the horizon, from `days_before_diagnosis` before the
          diagnosis on and not after the referral or the death; missing outside the risk set of `access_cohort`, and
          where no day of an assessment is in the extract.
        - referred: within the horizon; missing outside the risk set.
        - interview_attended (who started was interviewed, written down or not), started; sessions_booked and
          sessions_attended (numbers, 0 for who did not start). All four are 0 for who is known not to be referred
          within the horizon, and missing where the window was not registered from its first to its last day.
        - due: a last form was due; 0 for who had died, left or given up by then, and for who did not start; missing
          where its day was not reached, or forms were not registered yet when the person started.
        - given, returned_baseline, returned_followup, score_baseline, score_followup, change: as in
          `EffectCohort.persons`; missing for who did not start.
        - improved: the change is at least `improved_by` in the scale's good direction; missing without both scores;
          known for who returned both forms without being due, too.

        Without forms there is nothing from `due` on. Last, in_session_set, in_session_period and, with forms,
        in_change_set and in_change_period.
    flow : Estimates
        Measure `count`; one row per step. Details: `kind` (kept, excluded, noted) and `branch` (all as far as the risk
        set, then sessions and, with forms, change: the set and who of it came to each stage).
    scale : Scale or None
        What was measured and in which direction; None without forms, or where the scoring is not known here.
    registered : mapping
        Table -> first and last day on which its rows were registered: referrals, appointments and, where there are,
        forms.
    method : str
        Who is in, and what counts.
    settings : mapping
        The parameters in force, by name.
    without_forms : str
        Why there is nothing from `due` on; empty where there is.
    """

    persons: pd.DataFrame
    flow: Estimates
    scale: Scale | None
    registered: Mapping[str, tuple[pd.Timestamp, pd.Timestamp]]
    method: str
    settings: Mapping[str, object] = field(default_factory=dict)
    without_forms: str = ""

    @property
    def session_set(self) -> pd.DataFrame:
        """Persons for whom every stage to the sessions is known, whatever they did. ValueError when there are none.

        In the risk set, and diagnosed while appointments were registered, at least horizon and window before that
        ended. Missing are the sessions of who was referred before appointments were registered, shortly before the
        diagnosis; the flow counts them.
        """
        return self._rows("in_session_set", "session_period", **_SPANS)

    @property
    def change_set(self) -> pd.DataFrame:
        """Persons for whom every stage to the last form is known, whatever they did. ValueError when there are none.

        In the session set, and diagnosed while forms were registered, at least horizon, window and `followup_days`
        before that ended. `due` stays missing where a form says a later day that was not reached, or the person
        started before forms were registered; the flow counts both. ValueError too without forms.
        """
        self._refuse_without_forms()
        return self._rows("in_change_set", "change_period", **_SPANS, forms=(*_SPANS["appointments"], "followup_days"))

    @property
    def session_period(self) -> pd.DataFrame:
        """Persons seen at any stage to the sessions: the risk set, and who was referred and had the window registered.

        For extracts in which no cohort passes all stages. Stages are of different persons then: `referred` is missing
        for who was referred without being in the risk set, the later stages where the window was not wholly
        registered. Who was referred after the horizon has 0 all the same. ValueError when there are none.
        """
        return self._rows("in_session_period", **_SPANS)

    @property
    def change_period(self) -> pd.DataFrame:
        """The persons of `session_period` and all others who are in `effect_cohort`. ValueError without forms."""
        self._refuse_without_forms()
        return self._rows("in_change_period", **_SPANS)

    def changes(self, period: bool = False) -> tuple[pd.DataFrame, str]:
        """The rows of `change_set`, or by `period` those of `change_period`; or none, and why there are none."""
        try:
            return (self.change_period if period else self.change_set), ""
        except ValueError as error:
            empty = self.persons.iloc[:0]
            absent = {"due", "improved", "score_baseline", *STEPS} - set(empty)
            return empty.assign(**dict.fromkeys(sorted(absent), pd.Series(dtype=float))), str(error)

    @property
    def session_stages(self) -> dict[str, str | tuple[str, str]]:
        """Stage -> its column, in order, to the sessions; of a pair the second is the number it is a share of."""
        booked, attended = SESSIONS
        return {stage: stage for stage in _TO_START} | {booked: booked, attended: (attended, booked)}

    @property
    def change_stages(self) -> dict[str, str]:
        """Stage -> its column, in order, to the change."""
        return {stage: stage for stage in (*_TO_START, "due", "improved")}

    @property
    def measurement(self) -> tuple[str, ...]:
        """Columns of the steps between who was due and a known change, in order."""
        return STEPS

    def _rows(self, column: str, instead: str = "", **needed: Sequence[str]) -> pd.DataFrame:
        """The persons of a set; `needed`: table -> the settings whose days it must have been registered for."""
        rows = self.persons[self.persons[column]].reset_index(drop=True)
        if rows.empty:
            seen = [
                f"{sum(self.settings[span] for span in spans)} days of {table} (registered {first:%Y-%m-%d} to "
                f"{last:%Y-%m-%d})"
                for table, spans in needed.items()
                for first, last in [self.registered[table]]
            ]
            other = f"; {instead} takes whoever is seen at any stage" if instead else ""
            raise ValueError(f"nobody is seen from the diagnosis on over {' and '.join(seen)}{other}")
        return rows

    def _refuse_without_forms(self) -> None:
        if self.without_forms:
            raise ValueError(self.without_forms)


def pathway_cohort(
    extract: Extract,
    *,
    education_levels: int = 4,
    age_min: int = 30,
    horizon_days: int = 365,
    window_days: int = 180,
    interview_days: int = 90,
    session_kinds: Sequence[str] = SESSION_KINDS,
    index_diagnosis: str = "first",
    referral: str = "first_accepted",
    excluded_diagnoses: Sequence[str] = NOT_COUNTED,
    diagnosed_from: str = "",
    municipalities: Sequence[str] = (),
    days_before_diagnosis: int = DAYS_BEFORE_DIAGNOSIS,
    periods: Sequence[int] = (),
    censor_at_move: bool = True,
    instrument: str = "qlq_c30",
    scale: str = "QL2",
    followup: str = "end",
    followup_days: int = 91,
    course_must_be_open: bool = True,
    improved_by: float = 10.0,
) -> PathwayCohort:
    """The persons diagnosed with cancer, and how far each of them came: referred, interviewed, started, due, improved.

    It puts together, person by person, `access_cohort`, `participation_cohort` and, where the extract has forms,
    `effect_cohort`, all with the same settings.

    Parameters
    ----------
    extract : Extract
        With the tables of `participation_cohort`; `forms` (and `items`) where there are.
    horizon_days : int
        Days from diagnosis within which a referral counts, and a needs assessment.
    window_days, interview_days : int
        Days from the referral within which sessions, and interviews, count.
    periods : sequence of int
        First years of the periods of diagnosis, rising, as in `access_cohort`.
    improved_by : float
        Points in the good direction of the scale, at least, by which a change counts as improved. Of a scale whose
        scoring is not known here higher scores are taken as better.
    education_levels, age_min, index_diagnosis, referral, excluded_diagnoses, diagnosed_from, municipalities,
    days_before_diagnosis, censor_at_move
        As in `access_cohort`.
    session_kinds
        As in `participation_cohort`.
    instrument, scale, followup, followup_days, course_must_be_open
        As in `effect_cohort`; not used where the extract has no forms of the instrument.

    Returns
    -------
    PathwayCohort

    Raises
    ------
    ValueError
        `improved_by` not above 0 or beyond the scale's width, and what the three cohorts refuse: no appointments,
        nobody referred; with forms of the instrument, nobody who started, or no form of the scale.

    Notes
    -----
    A death counts as not having reached the next stage, so where survival differs, part of a gap is survival. It
    misleads where somebody referred after the horizon starts later: here that person has 0 from the referral on. A
    threshold that was found for means of groups says little of single persons (see `share_beyond`). Checked by hand in
    tests/extract/cohort/test_pathway.py and against a count in plain pandas in
    tests/extract/cohort/test_pathway_simulated.py.
    """
    settings = {name: value for name, value in locals().items() if name != "extract"}  # all that was asked, as asked
    without_forms = _without_forms(extract, instrument)
    with_forms = not without_forms
    known = find_scale(instrument, scale) if with_forms and instrument in INSTRUMENTS else None
    _check_improved_by(improved_by, known)
    access = access_cohort(extract, **_only(settings, _ACCESS))
    participation = participation_cohort(extract, **_only(settings, _PARTICIPATION))
    effect = effect_cohort(extract, **_only(settings, _EFFECT)) if with_forms else None
    seen, described = seen_windows(participation), [*AXES_OF_PERSONS, "diagnosis_date"]
    persons = access.persons[described].assign(
        needs_assessed=needs_assessed(extract, access.persons, settings), referred=access.persons["referred"]
    )
    persons = persons.join(session_stages(persons, seen))
    if effect is not None:
        turned = known is not None and not known.higher_is_better
        persons = persons.join(form_stages(persons, effect, improved_by, turned=turned))
    registered = {name: extract.registered(name) for name in ("referrals", "appointments", *["forms"] * with_forms)}
    steps = _steps(persons, settings, registered)
    persons = persons.join(_sets(persons, steps, seen, effect))
    method = Inclusion.of(settings).words() + _method(settings, registered, moving="residences" in extract)
    context = {"horizon_days": horizon_days, "synthetic": extract.meta.synthetic}
    flow = pathway_flow(access.flow, persons, steps, form_statuses(persons, effect), method=method, context=context)
    return PathwayCohort(persons, flow, known, registered, method, settings, without_forms)


def _without_forms(extract: Extract, instrument: str) -> str:
    """Why nothing is known of changes; "" where the extract has forms of the instrument."""
    forms = extract.tables.get("forms")
    there = [] if forms is None else sorted(forms["instrument"].dropna().unique())
    if instrument in there:
        return ""
    of = f" of {instrument!r} (there are {', '.join(there)})" if there else ""
    return _NO_FORMS.format(of=of)


def _only(settings: Mapping, names: Sequence[str]) -> dict:
    return {name: settings[name] for name in names}


def _check_improved_by(improved_by: float, scale: Scale | None) -> None:
    number = isinstance(improved_by, Real) and not isinstance(improved_by, bool) and np.isfinite(improved_by)
    if not number or improved_by <= 0:
        raise ValueError(f"improved_by must be a number of points above 0; got {improved_by!r}")
    if scale is not None and improved_by > scale.width:
        raise ValueError(
            f"improved_by must be at most {scale.width:g}, the width of the scale {scale.name}; got {improved_by!r}"
        )


def _steps(persons: pd.DataFrame, settings: Mapping, registered: Mapping) -> pd.DataFrame:
    """Of each set the first reason why a person is not in it, `session_set`, `change_set`, or missing (no risk set)."""
    diagnosed, days = persons["diagnosis_date"], settings["horizon_days"] + settings["window_days"]
    first, last = registered["appointments"]
    of_sessions = {
        "diagnosed_before_appointments": diagnosed < first,
        "window_not_observed": diagnosed + pd.Timedelta(days=days) > last,
    }
    steps = {"session": of_sessions}
    if "forms" in registered:
        first, last = registered["forms"]
        steps["change"] = of_sessions | {
            "diagnosed_before_forms": diagnosed < first,
            "followup_not_observed": diagnosed + pd.Timedelta(days=days + settings["followup_days"]) > last,
        }
    at_risk = persons["referred"].notna()
    found = {
        name: pd.Series(np.select(list(why.values()), list(why), f"{name}_set"), persons.index).where(at_risk)
        for name, why in steps.items()
    }
    return pd.DataFrame(found)


def _sets(persons: pd.DataFrame, steps: pd.DataFrame, seen: pd.DataFrame, effect: EffectCohort | None) -> pd.DataFrame:
    """Whether each person is in each set."""
    ids, columns = persons["person_id"], {"in_session_set": steps["session"] == "session_set"}
    columns["in_session_period"] = persons["referred"].notna() | ids.isin(seen.index)
    if effect is not None:
        columns["in_change_set"] = steps["change"] == "change_set"
        columns["in_change_period"] = columns["in_session_period"] | ids.isin(effect.persons["person_id"])
    return pd.DataFrame(columns)


def _method(settings: Mapping, registered: Mapping, *, moving: bool) -> str:
    spans = ", ".join(f"{name} from {first:%Y-%m-%d} to {last:%Y-%m-%d}" for name, (first, last) in registered.items())
    kinds, days = set(settings["session_kinds"]), settings["horizon_days"] + settings["window_days"]
    counted = "" if kinds == set(SESSION_KINDS) else f" ({', '.join(k for k in APPOINTMENT_KIND if k in kinds)})"
    ends = "death, emigration or moving away" if moving and settings["censor_at_move"] else "death or emigration"
    text = (
        f"Registered were {spans}. The {settings['referral'].replace('_', ' ')} referral of a person counts, from "
        f"{settings['days_before_diagnosis']} days before the diagnosis to {settings['horizon_days']} days after it; "
        f"interviews count to day {settings['interview_days']} after the referral, sessions{counted} to day "
        f"{settings['window_days']}, at most to {ends}. Who started was interviewed; who was not referred by then, a "
        f"death included, has 0 at every later stage. The session set is the risk set of those diagnosed while "
        f"appointments were registered, at least {days} days before that ended."
    )
    if "forms" not in registered:
        return text
    ended = "died, left the area or given up the course" if settings["course_must_be_open"] else "died or left the area"
    return (
        f"{text} Due is who started and had not {ended} when the form of the occasion {settings['followup']} was due "
        f"({settings['followup_days']} days after the first session where no form says when); improved, who changed by "
        f"at least {settings['improved_by']:g} points for the better ({settings['instrument']}, scale "
        f"{settings['scale']}). The change set is those of the session set who were diagnosed while forms were "
        f"registered, at least {days + settings['followup_days']} days before that ended."
    )
