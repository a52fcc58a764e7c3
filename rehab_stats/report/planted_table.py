"""Deadlines of the invented municipalities beside the chances that were planted, or the reason why there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rehab_stats.calendar import CLOSED
from rehab_stats.estimate.monitoring.deadlines import deadline_share
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.synthetic.municipalities import ASSESSMENT_LIMIT, CONTACT_LIMIT
from rehab_stats.extract.synthetic.scenarios import MUNICIPAL
from rehab_stats.extract.synthetic.simulate import simulate_extract
from rehab_stats.measures import estimate_text, format_estimate
from rehab_stats.report.captions import notes
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.indicator_sheet import indicator_words, with_details
from rehab_stats.report.monitoring_table_phrases import HEADS, NOTES, TITLES
from rehab_stats.report.phrases import capital, phrase
from rehab_stats.report.table_parts import data_of
from rehab_stats.report.truth import no_truth_table
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import label, place_of

PLANTED = {"first_contact": CONTACT_LIMIT, "needs_assessment": ASSESSMENT_LIMIT}
"""Deadline -> the limit in working days for which its chance is known."""
SHARE = "deadline_share"


def planted_chances(extract: Extract) -> pd.DataFrame:
    """Each person's chance of being counted as in time, a column for each deadline of `PLANTED`; indexed by person_id.

    The extract is drawn anew from its scenario and seed. ValueError when it cannot be, or comes out another one.
    """
    seed = extract.meta.seed
    if extract.meta.scenario != MUNICIPAL.name or seed is None:
        raise ValueError("the extract is not that of the six invented municipalities: nothing was planted in it")
    again = simulate_extract(MUNICIPAL.name, rng=np.random.default_rng(seed), validate=False)
    if not again["referrals"].equals(extract["referrals"]):
        raise ValueError("the extract is not what its scenario and seed give: what was planted in it is not known")
    chances = again.truth.set_index("person_id")
    return chances[[f"chance_{deadline}" for deadline in PLANTED]].rename(columns=lambda name: name[7:])


def planted_table(
    waits: pd.DataFrame,
    extract: Extract,
    *,
    closed: Sequence[str] = CLOSED,
    language: str = "en",
    note: str = "",
    name: str = "planted",
) -> Table:
    """Shares in time by municipality beside the mean of the chances planted for the same referrals.

    Parameters
    ----------
    waits : DataFrame
        From `deadline_waits`.
    extract : Extract
        The one they come from.
    closed : sequence of str
        As given to `deadline_waits`: the chances hold for the usual days off.
    language, note, name
        As in `indicator_sheet`.

    Returns
    -------
    Table
        Deadline, municipality, share with its interval, truth, whether the interval holds it; or the reason why there
        is no truth: persons not simulated, other limits or days off than those of the mechanism.
    """
    place = place_of(language)
    if not extract.meta.synthetic:
        return no_truth_table(phrase("no_truth_real", language), note, language, name)
    try:
        chances = planted_chances(extract)
    except ValueError:
        return no_truth_table(NOTES["nothing_planted"][place], note, language, name)
    # the truth of an extract is of the persons that a cohort of persons would include
    waits = waits[waits["person_id"].isin(chances.dropna().index)]
    rows = waits[waits["limit"].eq(waits["deadline"].map(PLANTED)) & waits["unit"].eq("working_days")]
    if rows.empty or tuple(closed) != CLOSED:
        return no_truth_table(NOTES["no_planted"][place], note, language, name)
    parts, truths = [], {}
    for deadline, mine in rows.groupby("deadline", sort=False):
        columns = {"days": "days", "status": "status", "due": "due", "by": "municipality"}
        found = deadline_share(mine, limit=PLANTED[deadline], deadline=deadline, target=None, **columns)
        parts.append(found.select(measure=SHARE))
        counted = mine[mine["in_time"].notna()]
        mean = counted["person_id"].map(chances[deadline]).groupby(counted["municipality"]).mean()
        truths |= {(deadline, code): value for code, value in mean.items()}
    safe = protect(Estimates.stack(parts))
    shown = with_details(safe).assign(unit="working_days")
    lines = [_line(row, truths, language) for _, row in shown.iterrows()]
    return Table(
        name=name,
        body=pd.DataFrame(lines),
        title=TITLES["planted"][place],
        data=data_of(safe, language).assign(truth=[truths[row.outcome, row.level] for row in shown.itertuples()]),
        groups=tuple(indicator_words(row, language) for _, row in shown.iterrows()),
        notes=(NOTES["planted"][place], *notes(safe, note, language)),
        language=language,
    )


def _line(row: pd.Series, truths: Mapping, language: str) -> dict[str, str]:
    place, truth = place_of(language), truths[row["outcome"], row["level"]]
    known = pd.notna(row["estimate"])
    held = label("yes" if row["conf_low"] <= truth <= row["conf_high"] else "no", language) if known else ""
    return {
        HEADS["municipality"][place]: label(row["level"], language, "municipality"),
        HEADS["share"][place]: estimate_text(row, language),
        capital(label("truth", language)): format_estimate(truth, SHARE, language) if known else "",
        phrase("in_interval", language): held,
    }
