"""How well appointments were registered, as a table: attended, without a status, or never edited."""

from __future__ import annotations

import pandas as pd

from rehab_stats.measures import format_estimate, kind_of
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.not_estimated import nothing_estimated
from rehab_stats.report.phrases import capital, phrase
from rehab_stats.report.table_parts import data_of, notes_of, reason_table, shown_count
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import label

YEAR = "year="
"""What the levels of calendar years begin with; the others are kinds of appointment."""


def registration_table(
    estimates: Estimates, *, language: str = "en", note: str = "", preset: str = "", name: str = "registration"
) -> Table:
    """A line for each kind of appointment and each calendar year: persons, appointments, share with each status.

    Where every appointment of a kind or year counts as attended, the remark asks whether the status was ever changed
    from what the system filled in: then nobody can tell booking from showing up.

    Parameters as in `tables.descriptive_table`; `estimates` is `ParticipationCohort.registration`.

    Raises
    ------
    ValueError
        No rows of the measure share_of_appointments.
    """
    if nothing_estimated(estimates):
        return reason_table(estimates, language=language, note=note, name=name)
    if not (estimates.tidy()["measure"] == "share_of_appointments").any():
        raise ValueError("a table of the registration needs rows of the measure share_of_appointments")
    safe = protect(estimates, preset=preset)
    rows = pd.concat([safe.tidy(), safe.details()], axis=1)
    lines = [_line(level, mine, language) for level, mine in rows.groupby("level", sort=False)]
    body = pd.DataFrame(lines).fillna("")
    years = rows["level"].drop_duplicates().str.startswith(YEAR)
    return Table(
        name=name,
        body=body.loc[:, (body != "").any()],
        title=phrase("caption_registration", language),
        data=data_of(safe, language),
        groups=tuple(phrase(f"registration_{'years' if year else 'kinds'}", language) for year in years),
        notes=notes_of([], note, safe, language),
        language=language,
    )


def _line(level: str, rows: pd.DataFrame, language: str) -> dict[str, str]:
    first = rows.iloc[0]
    words = level.removeprefix(YEAR) if level.startswith(YEAR) else capital(label(level, language, "kind"))
    # the appointments of a person or two tell of them
    appointments = first["appointments"] if pd.notna(first["n"]) else float("nan")
    line = {
        phrase("registration_first", language): words,
        phrase("registration_persons", language): shown_count(first["n"], language),
        phrase("registration_appointments", language): shown_count(appointments, language),
    }
    unit = kind_of("share_of_appointments").unit.strip()
    for _, row in rows.iterrows():
        share = format_estimate(row["estimate"], "share_of_appointments", language)
        line[f"{capital(label(row['stratum'], language))}, {unit}"] = share or phrase("hidden", language)
    remark = phrase("never_edited", language) if first["never_edited"] else ""
    return line | {phrase("registration_remark", language): remark}
