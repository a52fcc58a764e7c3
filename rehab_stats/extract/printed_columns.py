"""The lists of data/published, such as initiatives and deadlines: their columns, keys and codes.

One entry of `LISTS` is one file. A column means the same in every list and is described once, in `COLUMNS`; so are its
codes, unless `CODES` names them for one list (`offers.kind`). Where a column sorts what was printed (`acts_on`,
`indicator`, and `track` but for the centre's own measures), the sorting is this project's judgement, and the row's
`judgement` says why.
"""

from __future__ import annotations

from dataclasses import dataclass

from rehab_stats.extract.columns import APPOINTMENT_KIND, DIAGNOSIS_GROUPS

INDICATORS = {
    "referral": "share referred (notebooks 01 and 11, `standardised_risks`), also by sender",
    "referral_gradient": "difference in the share referred between levels of any axis (notebook 01)",
    "needs_assessed": "share with a needs assessment in hospital (notebook 04, a stage of `pathway`)",
    "interview_attended": "share of those referred who come to the interview (notebook 02, `cascade`)",
    "sessions_attended": "mean sessions attended, by kind, mode or axis (notebook 02, `standardised_means`)",
    "stayed": "time to leaving the course (notebook 02, `restricted_means`)",
    "registered": "how complete the registration of appointments is (notebook 02, `registration_table`)",
    "forms_returned": "share of the forms due that were given and returned (notebook 03, `completion_rates`)",
    "mean_change": "mean change in function and quality of life (notebook 03, `mean_change`)",
    "deadline_share": "share of deadlines kept (notebook 05, `deadline_share`)",
    "coverage": "persons referred, or who start, against persons expected to need it (notebook 05, `coverage`)",
    "experience": "share of answers that are favourable (notebook 05, `experience_shares`)",
    "none": "nothing in this suite would show it",
}
"""Indicators of this suite that would show whether something works -> what and where they are."""

ACTS_ON = ("before", "access", "participation", "effect")
TRACKS = ("referral_bridge", "wider_coordination", "offers", "teamwork", "pedagogy")

COLUMNS = {
    "source": "who printed it",
    "place": "where in the source",
    "name_da": "Danish name, as printed or shortened",
    "name_en": "own short wording in English",
    "what_en": "what it does, in own words",
    "aim_en": "what it aims at, or is for, in own words",
    "target_en": "whom it is for",
    "criterion_en": "when it counts as reached",
    "measured_by_en": "by what it is measured",
    "measured_when_en": "how often it is measured",
    "from_en": "event from which the days count",
    "to_en": "event that ends them",
    "note": "what to mind; may be empty",
    "acts_on": "where on the path it acts: before the referral is in question, on access, participation or the effect",
    "track": "track of the centre that it stands in, or resembles",
    "indicator": "indicator of this suite that would show that it works: a key of INDICATORS",
    "judgement": "begins with who judged (`judged here`, or `printed`), then why",
    "initiative": "initiative (code)",
    "country": "country it comes from",
    "in_annex_2": "listed in annex 2, the survey's own 24",
    "in_annex_3": "listed in annex 3, for inspiration",
    "annex": "annex of the survey",
    "row": "row of the annex, from 1",
    "category": "what it adds: support of the dialogue, organisation or a resource",
    "subcategory": "heading within the category",
    "name_printed": "Danish name of this row; the same initiative can have others",
    "source_printed": "what the survey gives as its source",
    "sender_printed": "who is behind it; several are separated by semicolons",
    "measure_id": "measure (code)",
    "part_of": "measure whose part it is; none: a box of the overview",
    "planned": "whether it was planned by the project; unknown where the text lost the colour",
    "group_id": "target group or vulnerability factor (code)",
    "extract_column": "column or table of an extract that shows it",
    "offer": "offer (code)",
    "group": "heading in annex E; part: of the row before; table_5_only: without an expected number",
    "sex": "sex it is for",
    "diagnosis_group": "group of diagnoses it is for, as in an extract",
    "below_age": "only below this age (years)",
    "format": "in a group, alone or either",
    "kind": "kind of row; of offers, the kind of appointment in an extract",
    "sessions": "number of sessions; at most, where the note says so",
    "sessions_a_week": "sessions a week",
    "minutes": "length of a session",
    "expected_persons": "persons expected to need it in a year; offers overlap",
    "under_development": "said to be unfinished",
    "municipality": "municipality",
    "offered": "whether it was offered before the cooperation",
    "deadline": "deadline (code); one printed at several places has a row for each",
    "days": "length of the deadline",
    "unit": "what the length counts; the day it begins counts 0",
    "force": "required, or only aimed at",
    "actor": "municipality that is to keep it",
    "extract_from": "column of an extract from which it counts",
    "extract_to": "column of an extract that ends it",
    "certainty": "mark, as in the files of numbers",
    "principle": "principle (code)",
    "indicator_id": "indicator of the note (code)",
    "target": "share aimed at",
    "recommendation": "recommendation, theme or activity (code)",
    "report": "document it stands in",
    "theme": "heading it stands under",
    "what": "what does not add up",
    "printed": "what is printed at the first place",
    "from_parts": "what its parts, or the other place, say",
}
"""Column -> what it says; the same in every list."""

YES_NO = ("yes", "no")
CODES = {
    "acts_on": ACTS_ON,
    "track": (*TRACKS, "none"),
    "indicator": tuple(INDICATORS),
    "in_annex_2": YES_NO,
    "in_annex_3": YES_NO,
    "annex": ("2", "3"),
    "category": ("dialogue_support", "organisation", "added_resource"),
    "subcategory": (
        *("knowledge", "preparation", "conversation_tools"),
        *("across_sectors", "differentiated", "not_differentiated", "coordinators", "none"),
    ),
    "planned": ("yes", "unknown"),
    "group": ("exercise", "several_professions", "part", "patient_education", "other", "table_5_only"),
    "sex": ("any", "female", "male"),
    "diagnosis_group": ("any", *DIAGNOSIS_GROUPS, "other"),
    "format": ("group", "individual", "group_or_individual", "not_printed"),
    "under_development": YES_NO,
    "offered": YES_NO,
    "unit": ("working_days", "calendar_days", "months"),
    "force": ("required", "aim"),
    "actor": ("home_municipality", "executing_municipality"),
    "certainty": ("VERIFIED", "SEED"),
    "report": ("equality_project", "leaflet", "advisory_board"),
    "offers.kind": APPOINTMENT_KIND,
    "target_groups.kind": ("group", "whole", "factor"),
    "principles.kind": ("principle", "placement", "target_group", "minimum_standard"),
    "recommendations.kind": ("perspective", "activity", "theme", "recommendation"),
}
"""Column, or list and column, -> the codes it may hold."""

NUMBERS = ("row", "days", "target", "below_age", "sessions", "sessions_a_week", "minutes", "expected_persons")
MAY_BE_EMPTY = ("note", "target", "below_age", "sessions", "sessions_a_week", "minutes", "expected_persons")


@dataclass(frozen=True)
class PrintedList:
    """One list: what a row is, which columns tell the rows apart, and all columns in the order of the file."""

    row: str
    key: tuple[str, ...]
    columns: tuple[str, ...]


def _list(row: str, key: str, columns: str) -> PrintedList:
    return PrintedList(row, tuple(key.split()), tuple(columns.split()))


LISTS = {
    "initiatives": _list(
        "an initiative of the survey, however often it is printed",
        "initiative",
        "initiative name_da name_en what_en country in_annex_2 in_annex_3 acts_on track indicator judgement "
        "source place",
    ),
    "initiative_rows": _list(
        "a printed row of annex 2 or 3",
        "annex row",
        "annex row initiative category subcategory name_printed source_printed sender_printed source place",
    ),
    "measures": _list(
        "a measure of the centre, a box of its overviews or a part of one",
        "measure_id",
        "measure_id track part_of name_da name_en planned acts_on indicator judgement source place note",
    ),
    "target_groups": _list(
        "a target group of the centre's model, or a factor of vulnerability",
        "group_id",
        "group_id kind name_da name_en extract_column judgement source place note",
    ),
    "offers": _list(
        "an offer of the six municipalities",
        "offer",
        "offer group name_da name_en target_en sex diagnosis_group below_age format kind sessions sessions_a_week "
        "minutes expected_persons under_development source place note",
    ),
    "municipal_offers": _list(
        "an offer in a municipality before the cooperation",
        "offer municipality",
        "offer municipality name_da name_en offered judgement source place",
    ),
    "deadlines": _list(
        "a deadline at a place where it is printed",
        "deadline place",
        "deadline name_da name_en days unit force actor from_en to_en extract_from extract_to certainty source place "
        "note",
    ),
    "principles": _list(
        "a principle, a weight in placing offers, a criterion of the target group or a minimum standard",
        "kind principle",
        "kind principle name_da name_en aim_en source place note",
    ),
    "indicators": _list(
        "an indicator that the six municipalities propose",
        "indicator_id",
        "indicator_id name_da name_en criterion_en target measured_by_en measured_when_en indicator judgement "
        "source place",
    ),
    "recommendations": _list(
        "a perspective, activity, theme or recommendation of the centre or of the advisory board",
        "report recommendation",
        "recommendation report kind theme name_da name_en acts_on track indicator judgement source place",
    ),
    "contradictions": _list(
        "two places that do not agree, other than by a sum",
        "place what",
        "source place what printed from_parts note",
    ),
}
"""File of `data/published` -> its contract."""
