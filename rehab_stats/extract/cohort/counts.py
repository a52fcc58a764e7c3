"""The access cohort of those who hold only referred persons: everybody diagnosed comes from counts, cell by cell.

A hospital or municipality that sees no register knows whom it was referred, and can be given the number of persons
diagnosed by sex, age group, education, cancer and period. That is enough for risks, and for nothing that needs days:
who was not referred has no date of diagnosis, death or leaving.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rehab_stats.extract.cohort.access import Cohort
from rehab_stats.extract.cohort.flow import flow_of
from rehab_stats.extract.cohort.follow_up import follow_up
from rehab_stats.extract.cohort.groups import AXIS_LEVELS, diagnosis_groups, education_groups
from rehab_stats.extract.cohort.inclusion import DAYS_BEFORE_DIAGNOSIS, Inclusion
from rehab_stats.extract.columns import NOT_COUNTED
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.convert import short_municipality
from rehab_stats.extract.ranges import bounds

CELL = ("municipality", "period", "sex", "age_group", "education", "diagnosis_group")


def access_from_counts(
    extract: Extract,
    *,
    education_levels: int = 3,
    age_min: int = 30,
    horizon_days: int = 365,
    referral: str = "first_accepted",
    excluded_diagnoses: Sequence[str] = NOT_COUNTED,
    municipalities: Sequence[str] = (),
    days_before_diagnosis: int = DAYS_BEFORE_DIAGNOSIS,
) -> Cohort:
    """Persons diagnosed with cancer, as counted in `denominators`, and which of them were referred within the horizon.

    A cell's `referred` are the persons of the extract whose first cancer diagnosis lies in it and whose referral came
    by the horizon; the rest of its `diagnosed` were not. Cells count as `access_cohort`'s risk set does as far as
    counts can: periods that begin before referrals were registered, or end so late that some horizon was not over,
    are left out whole. Emigration and moving leave nobody out, so risks are a little lower than from persons; checked
    against `access_cohort` in tests/extract/cohort/test_counts.py.

    Parameters
    ----------
    extract : Extract
        Tables `denominators`, and `persons`, `diagnoses`, `referrals` of at least everybody referred.
    education_levels, horizon_days, referral, excluded_diagnoses, municipalities, days_before_diagnosis
        As in `access_cohort`.
    age_min : int
        Age groups below it are left out; it must not cut one in two.

    Returns
    -------
    Cohort
        `counted`: `risk_set` works, `hazard_set` and `since_registration` are refused. `persons` has one row per
        person diagnosed: person_id (a running number, nobody's id), municipality, period, sex, age_group, education,
        diagnosis_group (categories, ordered but for the municipality), in_hazard_set (False), in_risk_set (True),
        referred (0 or 1).

    Raises
    ------
    ValueError
        No table `denominators`; no cell left; an age group cut by `age_min`; a cell with fewer diagnosed than
        referred, or no cell for somebody referred (the cells are named, their counts are not).
    """
    settings = {name: value for name, value in locals().items() if name != "extract"}  # all that was asked, as asked
    inclusion = Inclusion.of(settings | {"censor_at_move": False})
    if "denominators" not in extract:
        raise ValueError("the extract has no table denominators: without it nobody knows how many were diagnosed")
    first_day, last_day = extract.registered()
    cells = _cells(extract["denominators"], education_levels)
    cells["step"] = _steps(cells, municipalities, age_min, first_day, last_day, horizon_days)
    kept = cells[cells["step"] == "risk_set"]
    if kept.empty or not kept["diagnosed"].sum():
        raise ValueError(f"no cell of denominators is left: none is of a period observable over {horizon_days} days")
    everyone = follow_up(extract, inclusion, first_day=first_day, last_day=last_day, horizon_days=horizon_days)
    referred = everyone[(everyone["step"] == "included") & everyone["referred"].astype(bool)]
    found = _in_cells(referred, cells, education_levels)
    per_cell = kept.groupby(list(CELL), observed=True, sort=True)["diagnosed"].sum().astype(int)
    events = _events(found, cells, per_cell)
    method = _method(first_day, last_day, horizon_days, days_before_diagnosis, referral, age_min)
    context = {"horizon_days": horizon_days, "synthetic": extract.meta.synthetic}
    flow = flow_of(_flow(cells, len(referred) - len(found)), method=method, context=context)
    days = (last_day - first_day).days
    return Cohort(_persons(per_cell, events), flow, horizon_days, days, method, settings, counted=True)


def _cells(denominators: pd.DataFrame, education_levels: int) -> pd.DataFrame:
    """The cells with their years and ages as numbers and every axis an ordered category."""
    years, ages = bounds(denominators["period"], "period"), bounds(denominators["age_group"], "ages")
    cells = denominators.assign(
        first_year=years["first"].astype(int),
        last_year=years["last"].astype(int),
        youngest=ages["first"].astype(int),
        oldest=ages["last"].astype(int),
        municipality=denominators["municipality"].astype(object),
        education=education_groups(denominators["education"], education_levels),
        sex=pd.Categorical(denominators["sex"], AXIS_LEVELS["sex"], ordered=True),
        diagnosis_group=pd.Categorical(denominators["diagnosis_group"], AXIS_LEVELS["diagnosis_group"], ordered=True),
    )
    for column, first in (("period", "first_year"), ("age_group", "youngest")):
        names = cells.sort_values(first)[column].drop_duplicates().tolist()
        cells[column] = pd.Categorical(cells[column], names, ordered=True)
    return cells


def _steps(cells, municipalities, age_min, first_day, last_day, horizon_days) -> np.ndarray:
    """For every cell `risk_set`, or why it is left out."""
    cut = sorted(set(cells["age_group"][(cells["youngest"] < age_min) & (cells["oldest"] >= age_min)]))
    if cut:
        raise ValueError(f"age_min {age_min} cuts the age group {', '.join(cut)} of denominators in two")
    begins = pd.to_datetime(cells["first_year"].astype(str) + "-01-01")
    ends = pd.to_datetime(cells["last_year"].astype(str) + "-12-31")
    elsewhere = ~cells["municipality"].isin([short_municipality(code) for code in municipalities])
    reasons = {
        "below_age_min": cells["youngest"] < age_min,
        "other_municipality": elsewhere & bool(len(municipalities)),
        "diagnosed_before_registration": begins < first_day,
        "horizon_not_observed": ends + pd.Timedelta(days=horizon_days) > last_day,
    }
    return np.select(list(reasons.values()), list(reasons), "risk_set")


def _in_cells(referred: pd.DataFrame, cells: pd.DataFrame, education_levels: int) -> pd.DataFrame:
    """The referred persons who live where, and are of the years and ages that, the cells are about; with their cell."""
    found = pd.DataFrame(
        {
            "municipality": referred["municipality"],
            "period": _range_of(referred["year"], cells, "period", "first_year", "last_year"),
            "sex": pd.Categorical(referred["sex"], AXIS_LEVELS["sex"], ordered=True),
            "age_group": _range_of(referred["age"], cells, "age_group", "youngest", "oldest"),
            "education": education_groups(referred["education"], education_levels),
            "diagnosis_group": diagnosis_groups(referred["diagnosis"]),
        }
    )
    about = found["municipality"].isin(cells["municipality"]) & found[["period", "age_group"]].notna().all(axis=1)
    return found[about]


def _range_of(values: pd.Series, cells: pd.DataFrame, column: str, first: str, last: str) -> pd.Categorical:
    """The range that holds each number; missing where none does."""
    ranges = cells[[column, first, last]].drop_duplicates().sort_values(first)
    places = np.searchsorted(ranges[first].to_numpy(), values.to_numpy(dtype=float), side="right") - 1
    held = (places >= 0) & (values.to_numpy(dtype=float) <= ranges[last].to_numpy()[places])
    return pd.Categorical.from_codes(np.where(held, places, -1), dtype=cells[column].dtype)


def _events(found: pd.DataFrame, cells: pd.DataFrame, per_cell: pd.Series) -> pd.Series:
    """Referred persons of every cell that is kept; refuses when there are more of them than diagnosed."""
    events = found.groupby(list(CELL), observed=True).size()
    everywhere = cells.groupby(list(CELL), observed=True)["diagnosed"].sum().astype(int)
    few = events[events > everywhere.reindex(events.index).fillna(0)].index
    if len(few):
        named = ["; ".join(map(str, cell)) for cell in few[:3]]
        more = " and others" if len(few) > 3 else ""
        raise ValueError(
            f"denominators: fewer persons diagnosed than referred within the horizon ({', '.join(CELL)}): "
            f"{' | '.join(named)}{more}"
        )
    return events.reindex(per_cell.index).fillna(0).astype(int)


def _persons(per_cell: pd.Series, events: pd.Series) -> pd.DataFrame:
    """One row per person diagnosed; the first of every cell are those referred."""
    cell = np.repeat(np.arange(len(per_cell)), per_cell.to_numpy())
    place = np.arange(len(cell)) - np.repeat(per_cell.cumsum().to_numpy() - per_cell.to_numpy(), per_cell.to_numpy())
    columns = per_cell.index.to_frame(index=False).iloc[cell].reset_index(drop=True)
    for name in ("age_group", "period"):
        columns[name] = columns[name].cat.remove_unused_categories()
    return columns.assign(
        person_id=np.arange(len(cell)),
        in_hazard_set=False,
        in_risk_set=True,
        referred=(place < events.to_numpy()[cell]).astype(float),
    )


def _flow(cells: pd.DataFrame, outside: int) -> list[tuple[str, int, str, str]]:
    """Persons diagnosed in all cells, those of the cells left out, and those kept."""
    persons = cells.groupby("step")["diagnosed"].sum()
    left_out = ("below_age_min", "other_municipality", "diagnosed_before_registration", "horizon_not_observed")
    steps = [("diagnosed_in_cells", int(cells["diagnosed"].sum()), "kept", "all")]
    steps += [("referred_outside_cells", outside, "noted", "all")]
    steps += [(step, int(persons.get(step, 0)), "excluded", "all") for step in left_out]
    return [*steps, ("risk_set", int(persons["risk_set"]), "kept", "all")]


def _method(first_day, last_day, horizon_days, days_before, referral, age_min) -> str:
    return (
        f"Persons aged {age_min} or more at their first cancer diagnosis, as counted in the denominators. Referrals "
        f"were registered from {first_day:%Y-%m-%d} to {last_day:%Y-%m-%d}; the {referral.replace('_', ' ')} referral "
        f"of a person counts, from {days_before} days before the diagnosis on. Risks: referred by day {horizon_days} "
        f"after the diagnosis, in periods that began after registration did and whose horizons were over when it "
        f"ended; who died, emigrated or moved before referral counts as not referred."
    )
