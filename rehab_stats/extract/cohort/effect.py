"""Effect: the persons who started rehabilitation, the forms they were given before and after, and the scores on them.

Everybody who attended a session is in it, forms or none: what is asked of the change is asked of all of them. A last
form is *due* when the person is then alive, still lives here and has not given the course up; whoever has died, left or
given up by then has no last score that could be missing. Of those due, three steps stand between a person and a change
score: a first form is given, it comes back, and the last form comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rehab_stats.extract.cohort.flow import effect_flow
from rehab_stats.extract.cohort.forms import find_forms
from rehab_stats.extract.cohort.groups import period_groups
from rehab_stats.extract.cohort.inclusion import DAYS_BEFORE_DIAGNOSIS, Inclusion
from rehab_stats.extract.cohort.participation import AXES_OF_PERSONS, cohort_and_days
from rehab_stats.extract.columns import NOT_COUNTED, SESSION_KINDS
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.instruments import INSTRUMENTS, Scale, find_scale
from rehab_stats.vocabulary import Estimates

FOLLOWUP_STATUSES = ("due", "died", "left_area", "course_ended", "not_yet_due")
"""Whether a last form was due, or why not: the column `followup_status`."""

FORM_PATTERNS = ("both", "baseline_only", "followup_only", "given_not_returned", "never_given")
"""Which scores of a person are there: the column `form_pattern`."""

STEPS = ("given", "returned_baseline", "returned_followup")
"""Columns of the steps between a person and a change score, in order."""


@dataclass(frozen=True)
class EffectCohort:
    """One row per person who started, the flow that led to it, and in words who it is.

    Attributes
    ----------
    persons : DataFrame
        One row per person who attended a session, ordered by `person_id`. Columns: those of
        `ParticipationCohort.persons` that describe a person (age at the diagnosis, education, ...), with year and
        period of the first form's due day; started_on (first session attended), start_month (text, such as 2010-03,
        when the first form was due), followup_due_on; given (1 or 0: a first form was given), returned_baseline and
        returned_followup (1 or 0: that score is there), days_to_first_form (from the first session to
        the day on which the first form came back) and days_between_forms (between the days on which both came back;
        missing where a form, or its day, is), score_baseline, score_followup and change (last less first
        score; missing where one is); followup_status (see `FOLLOWUP_STATUSES`) and form_pattern (`FORM_PATTERNS`).
    flow : Estimates
        Measure `count`; one row per step. Details: `kind` (kept, excluded, noted) and `branch` (all as far as the
        target set, then forms).
    scale : Scale or None
        What was measured, in which direction, and which changes count; None where the scoring is not known here.
    method : str
        Who is in, and what counts.
    settings : mapping
        The parameters in force, by name.
    """

    persons: pd.DataFrame
    flow: Estimates
    scale: Scale | None
    method: str
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def target_set(self) -> pd.DataFrame:
        """Persons who were due at follow-up, whether or not they have forms. ValueError when there are none."""
        rows = self.persons[self.persons["followup_status"] == "due"].reset_index(drop=True)
        if rows.empty:
            raise ValueError(
                f"no form was due at follow-up ({self.settings['followup']}): everybody who started has died, left the "
                "area or given up the course by then, or the day is not yet reached"
            )
        return rows

    @property
    def context(self) -> dict:
        """What words about these scores need (`Estimates.with_context`): the scale and its decimals."""
        return {"scale": self.settings["scale"]} | ({} if self.scale is None else {"digits": self.scale.digits})

    @property
    def flow_to_target(self) -> Estimates:
        """The flow as far as the target set, forms not yet asked about."""
        here = (self.flow.details()["branch"] == "all").to_numpy()
        return self.flow.replaced(rows=self.flow.tidy()[here], details=self.flow.details()[here])

    @property
    def followup_days(self) -> int:
        """Days from the first form to the last of who has no row that says it."""
        return int(self.settings["followup_days"])

    @property
    def steps(self) -> dict[str, str]:
        """Step between a person and a change score -> its column of 0 and 1, in order."""
        return {step: step for step in STEPS}


def effect_cohort(
    extract: Extract,
    *,
    instrument: str = "qlq_c30",
    scale: str = "QL2",
    followup: str = "end",
    followup_days: int = 91,
    course_must_be_open: bool = True,
    education_levels: int = 4,
    age_min: int = 30,
    window_days: int = 180,
    session_kinds: Sequence[str] = SESSION_KINDS,
    index_diagnosis: str = "first",
    referral: str = "first_accepted",
    excluded_diagnoses: Sequence[str] = NOT_COUNTED,
    diagnosed_from: str = "",
    referred_from: str = "",
    municipalities: Sequence[str] = (),
    days_before_diagnosis: int = DAYS_BEFORE_DIAGNOSIS,
    periods: Sequence[int] = (),
    censor_at_move: bool = True,
) -> EffectCohort:
    """The persons who started rehabilitation, and what is there of their scores before and after.

    Who started is who `participation_cohort` with the same settings sees attend a session within the window. Rows of
    `forms` are taken for the scale itself, else for the whole questionnaire; a score that is not written there is
    scored from `items`. Who started and has no row was never given a form: the first one was due on the day of the
    first session, the last one `followup_days` later. Who started before the first form was registered is left out.

    Parameters
    ----------
    extract : Extract
        With the tables of `participation_cohort` and `forms`; `items`, `courses`, `residences` where there are.
    instrument, scale : str
        Whose scores, such as `qlq_c30` and `QL2`, or `eq_5d_5l` and `index`.
    followup : str
        Occasion of the last form: `end` or `follow_up`.
    followup_days : int
        Days from the first to the last form of persons for whom the table does not say when it was due.
    course_must_be_open : bool
        Whether nobody is due whose course was closed before, for another reason than that it was completed. A course
        closed without a reason ends nothing.
    periods : sequence of int
        First years of the periods in which first forms were due, rising. Empty: two halves by persons.
    education_levels, age_min, window_days, session_kinds, index_diagnosis, referral, excluded_diagnoses,
    diagnosed_from, referred_from, municipalities, days_before_diagnosis, censor_at_move
        As in `participation_cohort`.

    Returns
    -------
    EffectCohort

    Raises
    ------
    ValueError
        No table of forms; an instrument or scale of which it has no form (the nearest is named); an occasion that is
        none; a parameter outside its values; nobody who started; besides what `participation_cohort` refuses.

    Notes
    -----
    A person whose form came back without a usable score counts as not returned, and the flow says how many. Nothing
    that came in after a death is used. It misleads where forms are registered only for those who filled one in: then
    *never given* holds those who were given one and threw it away. Checked by hand in
    tests/extract/cohort/test_effect.py and against a count in plain pandas in
    tests/extract/cohort/test_effect_simulated.py.
    """
    settings = {name: value for name, value in locals().items() if name != "extract"}  # all that was asked, as asked
    forms = find_forms(extract, instrument=instrument, scale=scale, followup=followup)
    if isinstance(followup_days, bool) or followup_days < 1:
        raise ValueError(f"followup_days must be at least 1; got {followup_days!r}")
    # how leaving and interviews are counted is of no account here
    of_participation = {name: value for name, value in settings.items() if name not in _OWN}
    referred, days = cohort_and_days(extract, of_participation | {"interview_days": 90, "gap_days": 42, "periods": ()})
    started = (referred.persons["started"] == 1).to_numpy()
    if not started.any():
        raise ValueError("nobody is left: no person referred attended a session within the window")
    persons = referred.persons.loc[started, list(AXES_OF_PERSONS)].join(days).reset_index(drop=True)
    persons = persons.join(forms, on="person_id")
    first_seen, last_seen = extract.registered("forms")
    found = _with_forms(persons, followup_days=followup_days)
    unseen = found["due_baseline"] < first_seen
    found = found[~unseen].reset_index(drop=True)
    if found.empty:
        raise ValueError(f"nobody is left: everybody started before forms were registered ({first_seen:%Y-%m-%d})")
    found["followup_status"] = _status(found, last_seen=last_seen, course_must_be_open=course_must_be_open)
    rows = _rows(found, periods)
    method = Inclusion.of(settings).words() + _method(extract, settings)
    noted = _noted(found, forms, set(referred.persons.loc[started, "person_id"]))
    context = {"synthetic": extract.meta.synthetic}
    flow = effect_flow(
        referred.flow, rows, noted, started_before_forms=int(unseen.sum()), method=method, context=context
    )
    known = find_scale(instrument, scale) if instrument in INSTRUMENTS else None
    return EffectCohort(rows, flow, known, method, settings)


_OWN = ("instrument", "scale", "followup", "followup_days", "course_must_be_open")


def _with_forms(persons: pd.DataFrame, *, followup_days: int) -> pd.DataFrame:
    """The persons with due days filled in, and without anything that came in after death."""
    frame = persons.copy()
    frame["given_baseline"] = frame["given_baseline"].eq(True)  # missing for who has no row
    frame["without_row"] = frame["due_baseline"].isna() & frame["due_followup"].isna()
    frame["due_baseline"] = frame["due_baseline"].fillna(frame["first_session"])
    later = frame["due_baseline"] + pd.Timedelta(days=followup_days)
    frame["due_followup"] = frame["due_followup"].fillna(later)
    died, frame["after_death"] = frame["died_on"], False
    for occasion in ("baseline", "followup"):
        back, given = frame[f"returned_on_{occasion}"], frame[f"given_on_{occasion}"]
        # without a day of return the due day stands for it; a missing day is never after another
        late = back.fillna(frame[f"due_{occasion}"]) > died
        frame["after_death"] |= late & frame[f"score_{occasion}"].notna()
        frame[f"score_{occasion}"] = frame[f"score_{occasion}"].mask(late)
        frame[f"returned_on_{occasion}"] = back.mask(late)
        frame[f"given_on_{occasion}"] = given.mask(given > died)
    return frame


def _status(frame: pd.DataFrame, *, last_seen: pd.Timestamp, course_must_be_open: bool) -> pd.Categorical:
    """Why no last form was due, or `due`: on the day itself the dead and those who have left are not asked any more."""
    due, died, away = frame["due_followup"], frame["died_on"], frame["away_on"]
    closed, reason = frame["course_closed"], frame["course_reason"]
    given_up = (closed >= frame["first_session"]) & (closed < due) & reason.notna() & (reason != "completed")
    died_first = (died <= due) & ~(away < died)
    status = np.select(
        [died_first, away <= due, given_up & course_must_be_open, due > last_seen],
        FOLLOWUP_STATUSES[1:],
        FOLLOWUP_STATUSES[0],
    )
    return pd.Categorical(status, FOLLOWUP_STATUSES)


def _rows(frame: pd.DataFrame, periods: Sequence[int]) -> pd.DataFrame:
    """The columns of `EffectCohort.persons`."""
    first, last = frame["score_baseline"], frame["score_followup"]
    returned, returned_last = first.notna(), last.notna()
    given = frame["given_on_baseline"].notna() | frame["given_baseline"] | returned
    place = np.select([returned & returned_last, returned, returned_last, given], range(4), 4)
    rows = frame[list(AXES_OF_PERSONS)].assign(
        started_on=frame["first_session"].dt.as_unit("ns"),
        start_month=frame["due_baseline"].dt.strftime("%Y-%m"),
        followup_due_on=frame["due_followup"],
        given=given.astype(float),
        returned_baseline=returned.astype(float),
        returned_followup=returned_last.astype(float),
        score_baseline=first,
        score_followup=last,
        change=last - first,
        days_to_first_form=(frame["returned_on_baseline"] - frame["first_session"]).dt.days.where(returned),
        days_between_forms=(frame["returned_on_followup"] - frame["returned_on_baseline"]).dt.days.where(
            returned & returned_last
        ),
        followup_status=frame["followup_status"],
        form_pattern=pd.Categorical.from_codes(place, FORM_PATTERNS),
    )
    rows["year"] = frame["due_baseline"].dt.year.astype(int)
    everybody = pd.Series(True, index=rows.index)
    rows["period"] = period_groups(rows["year"], starts=periods, since=everybody, event="given a first form")
    return rows


def _noted(frame: pd.DataFrame, forms: pd.DataFrame, started: set[str]) -> dict[str, int]:
    """What the flow tells of forms besides who has them -> how many persons."""
    scored = {occasion: frame[f"score_{occasion}"].notna() for occasion in ("baseline", "followup")}
    unusable = [frame[f"returned_on_{occasion}"].notna() & ~scored[occasion] for occasion in scored]
    noted = {
        "without_form_row": frame["without_row"],
        "returned_without_score": unusable[0] | unusable[1],
        "returned_after_death": frame["after_death"],
    }
    ended = frame["followup_status"] == "course_ended"
    noted["ended_with_followup"] = ended & scored["followup"]
    counts = {note: int(those.sum()) for note, those in noted.items()}
    return counts | {"form_not_in_cohort": len(set(forms.index) - started)}


def _method(extract: Extract, settings: Mapping) -> str:
    tables = ("referrals", "appointments", "forms")
    seen = [
        f"{name} from {day:%Y-%m-%d} to {last:%Y-%m-%d}" for name in tables for day, last in [extract.registered(name)]
    ]
    ended = "died, left the area or given up the course" if settings["course_must_be_open"] else "died or left the area"
    since = f", received from {settings['referred_from']} on" if settings["referred_from"] else ""
    return (
        f"Registered were {', '.join(seen)}. The {settings['referral'].replace('_', ' ')} referral of a person "
        f"counts{since}, and everybody who attended a session within {settings['window_days']} days of it, with or "
        f"without forms ({settings['instrument']}, scale {settings['scale']}). The target set is those who had not "
        f"{ended} when the form of the occasion {settings['followup']} was due; where no form says when, "
        f"{settings['followup_days']} days after the first session."
    )
