"""The pilot of the six municipalities (table 6 of their note): every step as printed, and what its parts add up to."""

from __future__ import annotations

import pandas as pd

from rehab_stats.extract.published import load_published

STEPS = {
    "pilot_referred": "referred",
    "pilot_sender": "sender",
    "pilot_assessed": "assessed",
    "pilot_declined": "declined",
    "pilot_onwards": "onwards",
}
"""Outcome in data/published/six_municipalities.csv -> step of the pilot."""


def pilot_flow() -> pd.DataFrame:
    """The printed table, one row a step or part of it, in its order.

    Returns
    -------
    DataFrame
        step (referred, sender, assessed, declined, onwards), part (sender, or reason of declining; empty: the whole
        step), a column for each municipality, printed (the total that stands there) and added (the sum of the six).
    """
    rows = load_published("six_municipalities")
    rows = rows[rows["outcome"].isin(STEPS) & rows["level"].ne("by_totals")]
    rows = rows.assign(step=rows["outcome"].map(STEPS), part=rows["stratum"].fillna(""))
    order = list(dict.fromkeys(zip(rows["step"], rows["part"], strict=True)))
    table = rows.pivot(index=["step", "part"], columns="level", values="estimate").reindex(order)
    towns = [town for town in dict.fromkeys(rows["level"]) if town != "total"]
    found = table[towns].assign(printed=table["total"], added=table[towns].sum(axis=1))
    return found.astype("int64").rename_axis(columns=None).reset_index()
