"""What stands beside the referrals of a monitoring cohort: new cases, answers about the course, offers begun."""

from __future__ import annotations

import pandas as pd

from rehab_stats.extract.cohort.groups import education_groups
from rehab_stats.extract.cohort.span import Span
from rehab_stats.extract.columns import CANCER, NOT_COUNTED
from rehab_stats.extract.contract import Extract


def new_cases(extract: Extract, span: Span, education_levels: int) -> pd.DataFrame:
    """Persons with a first cancer by municipality, period and education; none where only the referred are known."""
    rows = extract["diagnoses"]
    by = ["municipality", "period", "education"]
    if set(extract["persons"]["person_id"]) <= set(extract["referrals"]["person_id"]):
        return pd.DataFrame({name: [] for name in [*by, "new_cases"]})
    codes = rows["diagnosis"]
    rows = rows[codes.str.match(CANCER).fillna(False) & ~codes.str.startswith(NOT_COUNTED).fillna(False)]
    first = rows.sort_values("diagnosis_date", kind="stable").drop_duplicates("person_id")
    found = pd.DataFrame(
        {
            "municipality": first["municipality"].astype(object),
            "period": span.periods(first["diagnosis_date"]),
            "education": education_groups(_of_persons(extract, first["person_id"], "education"), education_levels),
        }
    )
    return found.dropna().groupby(by, observed=True).size().rename("new_cases").reset_index()


def evaluations(extract: Extract, instrument: str, span: Span, education_levels: int) -> pd.DataFrame:
    """Those asked about their course, a row each, with a column of answers for every scale."""
    empty = pd.DataFrame({"person_id": [], "municipality": [], "period": [], "education": []})
    if "forms" not in extract or "courses" not in extract:
        return empty
    forms = extract["forms"]
    forms = forms[forms["instrument"].eq(instrument).fillna(False) & forms["scale"].notna()]
    if "given_on" in forms:
        forms = forms[forms["given_on"].notna()]
    if forms.empty or "course_id" not in forms:
        return empty
    place = extract["courses"].set_index("course_id")["municipality"].astype(object)
    key = ["person_id", "course_id", "due_on"]
    once = forms.drop_duplicates([*key, "scale"]).astype({"scale": object})
    rows = once.set_index([*key, "scale"])["score"].unstack("scale").reset_index().sort_values(key, ignore_index=True)
    rows = rows.assign(municipality=rows["course_id"].map(place), period=span.periods(rows["due_on"]))
    education = _of_persons(extract, rows["person_id"], "education")
    rows = rows.assign(education=education_groups(education, education_levels))
    scales = sorted(forms["scale"].astype(str).unique())
    whole = {scale: rows[scale].astype("Int64") for scale in scales if (rows[scale].dropna() % 1 == 0).all()}
    return rows.assign(**whole)[["person_id", "municipality", "period", "education", *scales]]


def offer_starts(extract: Extract, home: pd.DataFrame, span: Span) -> pd.DataFrame:
    """Each person's first session of each offer, where the extract names offers; of those referred."""
    columns = ["person_id", "municipality", "period", "offer"]
    made = extract["appointments"]
    if "offer" not in made:
        return pd.DataFrame({name: [] for name in columns})
    came = made[made["offer"].notna() & made["status"].eq("attended").fillna(False)]
    first = came.sort_values(["date", "offer"], kind="stable").drop_duplicates(["person_id", "offer"])
    place = home.drop_duplicates("person_id").set_index("person_id")["municipality"]
    found = first.assign(municipality=first["person_id"].map(place), period=span.periods(first["date"]))
    return found[columns].dropna().sort_values(["person_id", "offer"], ignore_index=True)


def _of_persons(extract: Extract, persons: pd.Series, column: str) -> pd.Series:
    """A column of the table persons for each of these person_ids, as text."""
    return persons.map(extract["persons"].set_index("person_id")[column].astype("string"))
