"""Monitoring: the referrals that municipalities received, what was done after each and when, period by period.

One row is a referral, not a person: a deadline runs for each of them. Those received at home stand apart from those
that another municipality passed on, whose deadlines are other ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rehab_stats.calendar import PERIODS
from rehab_stats.extract.cohort.flow import flow_of
from rehab_stats.extract.cohort.groups import age_groups, diagnosis_groups, education_groups
from rehab_stats.extract.cohort.inclusion import parse_day
from rehab_stats.extract.cohort.monitoring_beside import evaluations, new_cases, offer_starts
from rehab_stats.extract.cohort.monitoring_days import days_of_referrals
from rehab_stats.extract.cohort.printed_deadlines import CLOCKS
from rehab_stats.extract.cohort.span import Span
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.printed_lists import load_printed_list
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import did_you_mean

_COLUMNS = (
    *("referral_id", "person_id", "municipality", "home_municipality", "period", "received_on", "sender", "message"),
    *("department", "sex", "age_group", "education", "diagnosis_group", "discharged_on", "contact_on", "assessed_on"),
    *("extended_on", "start_on", "provider", "onward_on", "talk_on", "closed_on", "close_reason", "declined_on"),
    *("decline_reason", "left_on", "declined", "never_reached", "passed_on", "bodily"),
)


@dataclass(frozen=True)
class MonitoringCohort:
    """Referrals with the days of every step, and what goes with them by municipality and period.

    Attributes
    ----------
    referrals : DataFrame
        One row per accepted referral received at home, ordered by person and day: referral_id, person_id; municipality
        (that received it: of its course, else where the person lived at the diagnosis) = home_municipality; period (of
        the receipt, an ordered category such as `2024-H1`), received_on; sender, message, department; sex, age_group
        (at the receipt), education (as asked), diagnosis_group; the days discharged_on, contact_on, assessed_on,
        start_on (first session offered), onward_on, talk_on, closed_on; provider (to whom it was passed on);
        close_reason, declined_on, decline_reason; left_on (death, emigration or moving); and 0 or 1: declined,
        never_reached (the course was closed so), passed_on (of those assessed, else missing). NaT: has not happened.
    onward : DataFrame
        The same of the referrals that another municipality passed on; municipality is the one that executes,
        home_municipality the one that passed on.
    new_cases : DataFrame
        municipality, period, education, new_cases: persons with a first cancer diagnosis, C44 aside. Empty where the
        extract does not know those who were not referred.
    evaluations : DataFrame
        One row per person and course asked: municipality, period (of the day due), education, and a column of answers
        for each scale of the evaluation form (missing: not answered). No rows without such forms.
    offer_starts : DataFrame
        One row per person and offer begun: municipality (at home), period (of the first session), offer.
    flow : Estimates
        Measure `count` of referrals; details kind and branch.
    span : Span
        From when to when referrals were registered, how long periods are, and when the extract was drawn.
    method : str
    """

    referrals: pd.DataFrame
    onward: pd.DataFrame
    new_cases: pd.DataFrame
    evaluations: pd.DataFrame
    offer_starts: pd.DataFrame
    flow: Estimates
    span: Span
    method: str
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def needs(self) -> pd.DataFrame:
        """One row per municipality and period that was over: persons referred for the first time in it, new_cases.

        No rows where the extract does not know those who were not referred.
        """
        found = self._needs(["municipality", "period"])
        return found[found["new_cases"] > 0].reset_index(drop=True)

    @property
    def needs_by_education(self) -> pd.DataFrame:
        """As `needs`, a row per municipality, period and education of which anybody was referred or a new case."""
        return self._needs(["municipality", "period", "education"])

    def _needs(self, by: list[str]) -> pd.DataFrame:
        over = self.span.periods(self.referrals["received_on"], over=True)
        once = self.referrals.assign(period=over).dropna(subset="period").drop_duplicates(["person_id", "period"])
        kinds = {"period": over.dtype, "education": self.referrals["education"].dtype}
        cases = self.new_cases.assign(period=self.new_cases["period"].astype(object)).dropna()
        cases = cases[cases["period"].isin(over.cat.categories)]
        counts = {
            "referred": once.astype(dict.fromkeys(by, object)).groupby(by).size(),
            "new_cases": cases.astype(dict.fromkeys(by, object)).groupby(by)["new_cases"].sum(),
        }
        if cases.empty:
            counts["referred"] = counts["referred"].iloc[:0]
        found = pd.concat(counts, axis=1).fillna(0).astype("int64").reset_index()
        found = found.astype({name: kind for name, kind in kinds.items() if name in by})
        return found.sort_values(by, ignore_index=True)

    def offers(self, period: str = "") -> pd.DataFrame:
        """Persons who began each offer in a period, beside the number expected by the note of the six municipalities.

        Parameters
        ----------
        period : str
            As in `Span.chosen`.

        Returns
        -------
        DataFrame
            offer, started, expected (as printed for a year, times the length of the period), in the printed order; no
            rows where the extract names none of the printed offers. The expectations are of six municipalities
            together: they say nothing of fewer.
        """
        listed = load_printed_list("offers").dropna(subset="expected_persons")
        begun = self.offer_starts[self.offer_starts["period"] == self.span.chosen(period)]["offer"].value_counts()
        if not listed["offer"].isin(self.offer_starts["offer"]).any():
            listed = listed.iloc[:0]
        return pd.DataFrame(
            {
                "offer": listed["offer"].to_numpy(),
                "started": listed["offer"].map(begun).fillna(0).astype("int64").to_numpy(),
                "expected": listed["expected_persons"].to_numpy() * PERIODS[self.span.length] / 12,
            }
        )

    def seen(self, rows: pd.DataFrame, *, municipality: str = "", period: str = "") -> pd.DataFrame:
        """The rows of one municipality (empty: of all) up to the end of a period (empty: the last that was over).

        Parameters
        ----------
        rows : DataFrame
            With the columns `municipality` and `period`.
        municipality, period : str

        Raises
        ------
        ValueError
            A municipality that received nobody (those that did are named); a period as in `Span.chosen`.
        """
        known = sorted(self.referrals["municipality"].unique())
        if municipality and municipality not in known:
            hint = did_you_mean(municipality, known)
            raise ValueError(f"no referral was received by {municipality!r}{hint}; there are {', '.join(known)}")
        kept = rows["period"].le(self.span.chosen(period)).fillna(False)
        return rows[kept & (rows["municipality"].eq(municipality) if municipality else True)]

    def clock(self, deadline: str) -> pd.DataFrame:
        """The referrals for which a deadline runs, with the days that `deadline_rows` asks for.

        Parameters
        ----------
        deadline : str
            A key of `CLOCKS`. first_contact, needs_assessment: every referral received at home. onward_referral: those
            passed on; who is still to be is not known, which flatters the last weeks. executing_contact, start: those
            received from another municipality; extended_assessment: of them those with exercise, occupational therapy
            or diet, or nothing yet. closing_evaluation: their courses, once completed, for the municipality at home.
            rehabilitation_plan_start: rehabilitation plans with a day of discharge, whose clock starts then.

        Returns
        -------
        DataFrame
            referral_id, person_id, municipality (whose deadline it is), period (of the day on which the clock starts),
            sender, sex, age_group, education, diagnosis_group; began_on, done_on, declined_on, left_on; open (bool: the
            course is not closed).
        """
        if deadline not in CLOCKS:
            raise ValueError(f"there is no deadline {deadline!r}{did_you_mean(deadline, CLOCKS)}")
        whose, began, done = CLOCKS[deadline]
        rows = {
            "home": lambda: self.referrals,
            "passed_on": lambda: self.referrals[self.referrals["onward_on"].notna()],
            "plans": lambda: _plans(self.referrals),
            "onward": lambda: self.onward,
            "bodily": lambda: self.onward[self.onward["bodily"]],
            "completed": lambda: self.onward[self.onward["close_reason"].eq("completed").fillna(False)],
        }[whose]()
        kept = rows[["referral_id", "person_id", "sender", "sex", "age_group", "education", "diagnosis_group"]]
        # a session held before the discharge was in time
        days = {"began_on": rows[began], "done_on": rows[done].mask(rows[done] < rows[began], rows[began])}
        # a course completed cannot be declined; what had happened before the clock started ended no wait of it
        days["declined_on"] = rows["declined_on"].where(rows["declined_on"] >= rows[began])
        days["left_on"] = rows["left_on"].where(rows["left_on"] >= rows[began])
        place = "home_municipality" if whose == "completed" else "municipality"
        found = kept.assign(municipality=rows[place], open=rows["closed_on"].isna(), **days)
        known = found[found["began_on"] >= self.span.since].reset_index(drop=True)
        return known.assign(period=self.span.periods(known["began_on"]))


def monitoring_cohort(
    extract: Extract,
    *,
    period_length: str = "half_year",
    education_levels: int = 4,
    received_from: str = "",
    evaluation: str = "course_evaluation",
) -> MonitoringCohort:
    """The referrals of an extract for monitoring: all accepted ones of patients, at home and passed on.

    Parameters
    ----------
    extract : Extract
        Validated tables; `appointments` are needed, `courses`, `forms` and `residences` used where there are.
    period_length : {"half_year", "quarter", "month", "year"}
    education_levels : int
        3 or 4.
    received_from : str
        First day (YYYY-MM-DD) of referrals; empty: the day from which referrals are registered.
    evaluation : str
        Instrument in the table forms that asks persons about their course.

    Returns
    -------
    MonitoringCohort

    Raises
    ------
    ValueError
        No appointments; nobody's referral is left; a period length or number of levels that there is not.

    Notes
    -----
    A contact counts when it was made, an assessment or talk when it was held, a session when it was offered (whatever
    the person made of it). To a referral belong the appointments of its course; where the extract names no course,
    those before the person's next referral. Somebody's course closed as declined counts as a no on that day. It
    misleads where contacts are not written down. Checked by hand in tests/extract/cohort/test_monitoring.py and against
    a count in plain pandas there.
    """
    settings = {name: value for name, value in locals().items() if name != "extract"}
    if "appointments" not in extract:
        raise ValueError("the extract has no table appointments: without it nobody knows when anybody was met")
    if education_levels not in (3, 4):
        raise ValueError(f"education_levels must be 3 or 4; got {education_levels!r}")
    if period_length not in PERIODS:
        raise ValueError(f"period_length must be one of {', '.join(PERIODS)}; got {period_length!r}")
    first, last = extract.registered()
    since = max(first, parse_day(received_from, name="received_from"))
    span = Span(since, min(last, extract.meta.extract_date), period_length, extract.meta.extract_date)
    rows = _described(days_of_referrals(extract), education_levels, span)
    step = _steps(rows, span)
    used = rows[step == "used"]
    if used[~used["onward"]].empty:
        raise ValueError(f"no accepted referral of a patient was received from {since:%Y-%m-%d} to {last:%Y-%m-%d}")
    home, onward = (
        used[used["onward"] == passed].reset_index(drop=True).reindex(columns=_COLUMNS) for passed in (False, True)
    )
    method = (
        f"Accepted referrals of patients received from {since:%Y-%m-%d} to {last:%Y-%m-%d}; the extract was drawn on "
        f"{extract.meta.extract_date:%Y-%m-%d}. A contact counts when made, an assessment or talk when held, a session "
        "when offered; a course closed as declined is a no on that day."
    )
    context = {"synthetic": extract.meta.synthetic}
    return MonitoringCohort(
        referrals=home,
        onward=onward,
        new_cases=new_cases(extract, span, education_levels),
        evaluations=evaluations(extract, evaluation, span, education_levels),
        offer_starts=offer_starts(extract, home, span),
        flow=_flow(step, home, onward, method=method, context=context),
        span=span,
        method=method,
        settings=settings,
    )


def _described(rows: pd.DataFrame, education_levels: int, span: Span) -> pd.DataFrame:
    """The rows of `days_of_referrals` with groups, period, and what ended the wait."""
    age = rows["received_on"].dt.year - rows["birth_year"].astype("float64")
    born = rows["birth_date"]
    before = (rows["received_on"].dt.month * 100 + rows["received_on"].dt.day) < (born.dt.month * 100 + born.dt.day)
    age = (rows["received_on"].dt.year - born.dt.year - before).where(born.notna(), age)
    known = rows["diagnosis"].notna()
    declined = rows["close_reason"].eq("declined").fillna(False) & rows["closed_on"].notna()
    return rows.assign(
        period=span.periods(rows["received_on"]),
        age_group=age_groups(age),
        education=education_groups(rows["education"], education_levels),
        diagnosis_group=pd.Series(diagnosis_groups(rows["diagnosis"].fillna("")), rows.index).where(known),
        home_municipality=rows["from_municipality"].where(rows["onward"], rows["municipality"]),
        declined=declined.astype(float),
        declined_on=rows["closed_on"].where(declined),
        never_reached=rows["close_reason"].eq("not_reached").fillna(False).astype(float),
        passed_on=rows["onward_on"].notna().astype(float).where(rows["assessed_on"].notna()),
    )


STEPS = ("relatives", "received_before_period", "not_accepted", "gone_before_referral", "municipality_unknown")
"""Why a referral is not used, in the order in which it is asked."""


def _steps(rows: pd.DataFrame, span: Span) -> pd.Series:
    """Of each referral `used`, or one of `STEPS`."""
    left_out = [
        rows["role"].eq("relative").fillna(False),
        rows["received_on"] < span.since,
        ~rows["accepted"].eq(True).fillna(False),
        (rows["left_on"] < rows["received_on"]).fillna(False),
        rows["municipality"].isna(),
    ]
    return pd.Series(np.select([part.to_numpy(dtype=bool) for part in left_out], STEPS, "used"), rows.index)


def _flow(step: pd.Series, home: pd.DataFrame, onward: pd.DataFrame, *, method: str, context: Mapping) -> Estimates:
    """Referrals, not persons: those in the extract, those left out, those received at home and those passed on."""
    counts = step.value_counts()
    steps = [("referrals_in_extract", len(step), "kept", "all")]
    steps += [(name, int(counts.get(name, 0)), "excluded", "all") for name in STEPS]
    steps += [
        ("referrals_used", int(counts.get("used", 0)), "kept", "all"),
        ("received_at_home", len(home), "kept", "home"),
        ("home_without_contact", int(home["contact_on"].isna().sum()), "noted", "home"),
        ("received_from_another", len(onward), "kept", "onward"),
    ]
    return flow_of(steps, method=method, context=context)


def _plans(home: pd.DataFrame) -> pd.DataFrame:
    """Referrals that are rehabilitation plans and say when the person was discharged."""
    return home[home["message"].eq("rehabilitation_plan").fillna(False) & home["discharged_on"].notna()]
