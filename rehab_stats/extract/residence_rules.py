"""Rules on where persons lived, and on how many were diagnosed in each cell (two optional tables)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.extract.evidence import Evidence
from rehab_stats.extract.offences import list_codes
from rehab_stats.extract.ranges import READERS, overlapping

LATER_THAN_ALL = pd.Timestamp("2262-01-01")  # stands for the end of a stay that lasts


def check_residences(e: Evidence) -> None:
    """Stays that end before they begin, that overlap elsewhere, and diagnoses outside every stay."""
    if not e.has("residences", "municipality", "from"):
        return
    said = "The stay ends before it begins."
    backwards = e.days("residences", "to") < e.days("residences", "from")
    e.flag("stay_ends_before_it_begins", "residences", "to", said, backwards)
    if "residences" in e.place:
        stays = _stays(e)
        _check_overlaps(e, stays)
        _check_diagnoses(e, stays)


def _stays(e: Evidence) -> pd.DataFrame:
    """Sound stays: person (row of persons), municipality, begins, ends, row; an open one ends when a later begins."""
    begins = e.days("residences", "from")
    municipality = e.tables["residences"]["municipality"].reset_index(drop=True)
    stays = pd.DataFrame({"person": e.place["residences"], "municipality": municipality, "begins": begins})
    later = stays[["person", "begins"]].drop_duplicates().sort_values(["person", "begins"])
    later["next"] = later.groupby("person")["begins"].shift(-1)
    following = stays.merge(later, on=["person", "begins"], how="left")["next"]
    stays["ends"] = e.days("residences", "to").fillna(following).fillna(LATER_THAN_ALL)
    stays["row"] = np.arange(len(stays))
    sound = (stays["person"] >= 0) & stays["municipality"].notna() & (stays["begins"] <= stays["ends"])
    return stays[sound]


def _check_overlaps(e: Evidence, stays: pd.DataFrame) -> None:
    """The later one of two stays of a person in different municipalities that share more than a day of moving."""
    several = stays[stays["person"].duplicated(keep=False)]
    pairs = several.merge(several, on="person", suffixes=("", "_before"))
    apart = pairs["municipality"] != pairs["municipality_before"]
    order = (pairs["begins"] > pairs["begins_before"]) | (
        (pairs["begins"] == pairs["begins_before"]) & (pairs["row"] > pairs["row_before"])
    )
    together = pairs["begins"] < pairs[["ends", "ends_before"]].min(axis=1)
    mask = np.zeros(len(e.tables["residences"]), dtype=bool)
    mask[pairs.loc[apart & order & together, "row"]] = True
    said = "The stay overlaps one of the same person in another municipality."
    e.flag("stays_overlap", "residences", "from", said, mask)


def _check_diagnoses(e: Evidence, stays: pd.DataFrame) -> None:
    """Diagnoses on whose day no stay in the stated municipality is known."""
    if "diagnoses" not in e.place or not e.has("diagnoses", "diagnosis_date", "municipality"):
        return
    stated = e.tables["diagnoses"]["municipality"].reset_index(drop=True)
    diagnoses = pd.DataFrame(
        {"person": e.place["diagnoses"], "municipality": stated, "on": e.days("diagnoses", "diagnosis_date")}
    )
    known = ((diagnoses["person"] >= 0) & stated.notna() & diagnoses["on"].notna()).to_numpy(dtype=bool)
    pairs = (
        diagnoses[known].reset_index(names="row").merge(stays, on=["person", "municipality"], suffixes=("", "_stay"))
    )
    mask = known.copy()
    mask[pairs.loc[(pairs["begins"] <= pairs["on"]) & (pairs["on"] <= pairs["ends"]), "row"]] = False
    said = "No stay of the person in the municipality of the diagnosis holds its day."
    e.flag("residence_disagrees", "diagnoses", "municipality", said, mask)


def check_cells(e: Evidence) -> None:
    """Periods and age groups of the denominators: written as ranges, and none that shares a year with another."""
    places = (("period", "period", "bad_period", "a year or two"), ("age_group", "ages", "bad_age_group", "ages"))
    for column, kind, rule, what in places:
        if not e.has("denominators", column):
            continue
        values = e.tables["denominators"][column]
        texts = sorted(values.dropna().unique())
        bad = [text for text in texts if READERS[kind](text) is None]
        example = "2009 or 2009-2010" if kind == "period" else "30-49 or 75+"
        said = f"No {what} such as {example}: {list_codes(bad)}."
        e.flag(rule, "denominators", column, said, values.isin(bad))
        shared = overlapping(texts, kind)
        said = f"Ranges that have years in common, so that persons could be counted twice: {', '.join(shared[:5])}."
        e.flag("cells_overlap", "denominators", column, said, values.isin(shared))
