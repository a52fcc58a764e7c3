"""Time in the programme: from the first session attended to the last one before a gap.

Leaving is a gap: no session attended for more than `gap_days`. So it is known `gap_days` later whether somebody left,
and everybody is followed up to `gap_days` before the last day seen (end of registration, emigration, moving) and no
further: who was there after that day is censored on it, whatever became of them. Censoring at the last session seen
would instead take for censored those who left just then, and leaving would look rarer than it is. Who started after
that day is censored at the start and counts among those who started.

Without the day and the reason of closing (courses) completing cannot be told from leaving: then nothing is known.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

SHORTEST_DAYS = 0.5
"""Days in the programme of who attended one session: nobody is at risk at time 0."""

DAYS_PER_WEEK = 7


def leaving_columns(
    found: pd.DataFrame, persons: pd.DataFrame, *, gap_days: int, completing_is_known: bool
) -> pd.DataFrame:
    """weeks_in_programme, leaving_event and returned_after_gap, aligned to `persons`.

    Completing counts where the course was closed as completed and no gap lies before its last session, however long
    the closing took (a closing by hand may come long after); death where it came within the gap. Sessions are followed
    beyond the window, the first one must lie within it. Missing for who did not start or was referred before
    appointments were registered, and for everybody where the extract does not say how courses ended. Checked by hand in
    tests/extract/cohort/test_leaving.py.

    Parameters
    ----------
    found : DataFrame
        From `booked`: first_session, last_session, gap_from (last session before a gap, or of all),
        last_of_course (last session on or before the day on which the course was completed).
    persons : DataFrame
        window_to, seen_to, died_on, seen_from_start; one row per row of found.
    gap_days : int
        More days than this without a session attended are leaving.
    completing_is_known : bool
        Whether the extract has the day and the reason of closing a course.
    """
    first, gap_from = found["first_session"], found["gap_from"]
    known_to = persons["seen_to"] - pd.Timedelta(days=gap_days)
    started = first <= persons["window_to"]  # a missing day is never before another
    followed = started & persons["seen_from_start"] & completing_is_known
    completed = found["last_of_course"] <= gap_from
    died = persons["died_on"] - gap_from <= pd.Timedelta(days=gap_days)
    ended = found["last_of_course"].where(completed, gap_from)
    event = np.select([ended > known_to, completed | died], [0, 2], 1)
    days = (ended.where(ended <= known_to, known_to) - first).dt.days.clip(lower=SHORTEST_DAYS)
    returned = (found["last_session"] > gap_from).astype(float)
    return pd.DataFrame(
        {
            "weeks_in_programme": (days / DAYS_PER_WEEK).where(followed),
            "leaving_event": pd.Series(event, index=persons.index, dtype=float).where(followed),
            "returned_after_gap": returned.where(followed & (event == 1)),
        }
    )
