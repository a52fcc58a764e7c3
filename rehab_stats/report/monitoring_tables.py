"""Tables beside the indicator sheet: standings, coverage, offers, senders and reasons, flow, the pilot as printed.

Each takes Estimates, passes them through the disclosure rules, and gives a `Table`; nothing is computed.
"""

from __future__ import annotations

import pandas as pd

from rehab_stats.measures import REFERRALS, estimate_text, format_estimate
from rehab_stats.report.captions import notes
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.indicator_sheet import indicator_words, place_words, rows_of_level, with_details
from rehab_stats.report.monitoring_table_phrases import EXPECTED, HEADS, NOTES, PILOT, STANDING_HEADS, TITLES
from rehab_stats.report.not_estimated import nothing_estimated
from rehab_stats.report.phrases import capital
from rehab_stats.report.table_parts import data_of, reason_table, shown_count
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import periods_words
from rehab_stats.words import format_number, label, place_of

TOTAL = "total"


def standing_table(
    shares: Estimates, *, municipality: str = "", language: str = "en", note: str = "", name: str = "standing"
) -> Table:
    """How many were received, in time, too late, still waiting, not yet due, declined and dead, a deadline a line.

    Parameters as in `indicator_sheet`; `shares` holds the rows of `deadline_shares` of one group (or of several, of
    which `municipality` names one).
    """
    place, safe = place_of(language), protect(shares)
    rows = with_details(safe)
    mine = rows[rows_of_level(rows, municipality)]
    lines = []
    for _, group in mine.groupby(["outcome", "at"], sort=False):
        found = group.set_index("measure")
        line = {HEADS["indicator"][place]: indicator_words(group.iloc[0], language)}
        share = found.loc["deadline_share"] if "deadline_share" in found.index else None
        counts = {name: found.loc[name, "estimate"] for name in REFERRALS if name in found.index}
        if share is not None:
            counts |= {"due": share["n"], "in_time": share["events"], "late": share["n"] - share["events"]}
        for measure, words in STANDING_HEADS.items():
            line[words[place]] = shown_count(counts[measure], language) if measure in counts else ""
        lines.append(line)
    return Table(
        name=name,
        body=pd.DataFrame(lines),
        title=TITLES["standing"][place].format(place=place_words(municipality, language)),
        data=data_of(safe, language).loc[mine.index],
        words=(HEADS["indicator"][place],),
        notes=(NOTES["standing"][place], *notes(safe, note, language)),
        language=language,
    )


def coverage_table(
    coverages: Estimates, *, period: str = "", language: str = "en", note: str = "", name: str = "coverage"
) -> Table:
    """Persons referred, and beside them each expected number with what was referred per 100 of it, apart.

    Parameters as in `indicator_sheet`; `coverages` holds the rows of `coverage` by municipality and of all together,
    for any number of expectations.
    """
    if nothing_estimated(coverages):
        return reason_table(coverages, language=language, note=note, name=name)
    place, safe = place_of(language), protect(coverages)
    rows = with_details(safe)
    outcomes, lines = list(dict.fromkeys(rows["outcome"])), []
    for level in [*dict.fromkeys(rows["level"].dropna()), *([None] if rows["level"].isna().any() else [])]:
        mine = rows[rows_of_level(rows, level or "")].set_index("outcome")
        head = HEADS["total"][place] if level is None else label(level, language, "municipality")
        line = {HEADS["municipality"][place]: head}
        line[HEADS["referred"][place]] = shown_count(mine["events"].iloc[0], language)
        for outcome in outcomes:
            expected = format_number(mine.loc[outcome, "expected"], 0, language)
            found = EXPECTED[place].format(estimate=estimate_text(mine.loc[outcome], language), expected=expected)
            line[capital(label(outcome, language))] = found
        lines.append(line)
    return Table(
        name=name,
        body=pd.DataFrame(lines),
        title=TITLES["coverage"][place].format(period=periods_words(period, language)),
        data=data_of(safe, language),
        totals=(len(lines) - 1,) if rows["level"].isna().any() else (),
        notes=(NOTES["coverage"][place], *notes(safe, note, language)),
        language=language,
    )


def offers_table(
    coverages: Estimates,
    names: pd.DataFrame,
    *,
    period: str = "",
    language: str = "en",
    note: str = "",
    name: str = "offers",
) -> Table:
    """How many began each offer beside how many were expected to; `names` is the printed list `offers`.

    Parameters as in `coverage_table`; the levels are codes of offers.
    """
    if nothing_estimated(coverages):
        return reason_table(coverages, language=language, note=note, name=name)
    place, safe = place_of(language), protect(coverages)
    rows = with_details(safe)
    named = names.set_index("offer")[f"name_{language}"].to_dict()
    lines = [
        {
            HEADS["offer"][place]: named.get(row["level"], row["level"]),
            HEADS["started"][place]: shown_count(row["events"], language),
            HEADS["expected"][place]: format_number(row["expected"], 0, language),
            HEADS["per_100"][place]: estimate_text(row, language),
        }
        for _, row in rows.iterrows()
    ]
    return Table(
        name=name,
        body=pd.DataFrame(lines),
        title=TITLES["offers"][place].format(period=periods_words(period, language)),
        data=data_of(safe, language),
        words=(HEADS["offer"][place],),
        notes=(NOTES["offers"][place], *notes(safe, note, language)),
        language=language,
    )


def composition_table(
    mix: Estimates, *, title: str = "senders", language: str = "en", note: str = "", name: str = "composition"
) -> Table:
    """Categories as lines, periods or windows as columns, all of them last: number and share of each.

    Parameters
    ----------
    mix : Estimates
        Of `source_mix` or `decline_reasons`.
    title : {"senders", "reasons"}
    language, note, name
        As in `indicator_sheet`.
    """
    if nothing_estimated(mix):
        return reason_table(mix, language=language, note=note, name=name)
    place, safe = place_of(language), protect(mix)
    rows = safe.tidy()
    strata = [*dict.fromkeys(code for code in rows["stratum"] if code != TOTAL), TOTAL]
    outcome, lines = rows["outcome"].iloc[0], []
    heads = {code: _stratum_head(code, language) for code in strata}
    for level in dict.fromkeys(rows["level"]):
        line = {capital(label(outcome, language)): capital(label(level, language, outcome))}
        for stratum in strata:
            mine = rows[rows["level"].eq(level) & rows["stratum"].eq(stratum)].set_index("measure")
            line[heads[stratum]] = _number_and_share(mine, language)
        lines.append(line)
    asked = rows[rows["measure"].eq("share")].groupby("stratum", sort=False)["n"].first()
    counted = {capital(label(outcome, language)): HEADS["total"][place]}
    lines.append(counted | {heads[code]: shown_count(asked.get(code), language) for code in strata})
    return Table(
        name=name,
        body=pd.DataFrame(lines),
        title=TITLES[title][place],
        data=data_of(safe, language),
        totals=(len(lines) - 1,),
        words=(capital(label(outcome, language)),),
        notes=tuple(notes(safe, note, language)),
        language=language,
    )


def flow_matrix(flow: Estimates, *, language: str = "en", note: str = "", name: str = "flow_matrix") -> Table:
    """Who passed persons on to whom: municipalities at home as lines, those that provided as columns.

    Parameters as in `composition_table`; `flow` holds the rows of `municipality_flow`.
    """
    if nothing_estimated(flow):
        return reason_table(flow, language=language, note=note, name=name)
    place, safe = place_of(language), protect(flow)
    rows = safe.tidy()
    homes = [*[code for code in dict.fromkeys(rows["stratum"]) if code != TOTAL], TOTAL]
    providers = {code: label(code, language, "municipality") for code in dict.fromkeys(rows["level"])}
    lines = []
    for home in homes:
        mine = rows[rows["stratum"].eq(home)].set_index("level")
        head = HEADS["total"][place] if home == TOTAL else label(home, language, "municipality")
        line = {HEADS["home"][place]: head}
        line |= {
            label(code, language, "municipality"): shown_count(mine.loc[code, "estimate"], language)
            for code in providers
        }
        lines.append(line | {HEADS["total"][place]: shown_count(mine["n"].iloc[0], language)})
    return Table(
        name=name,
        body=pd.DataFrame(lines),
        title=TITLES["flow"][place],
        data=data_of(safe, language),
        totals=(len(lines) - 1,),
        spanners={HEADS["provider"][place]: tuple(providers.values())},
        notes=tuple(notes(safe, note, language)),
        language=language,
    )


def pilot_table(pilot: pd.DataFrame, *, language: str = "en", note: str = "", name: str = "pilot") -> Table:
    """The pilot of the six municipalities as printed (table 6), and beside the printed totals what the parts add up to.

    Parameters
    ----------
    pilot : DataFrame
        Of `pilot_flow`. What is printed has left the room: nothing passes through the disclosure rules.
    language, note, name
        As in `indicator_sheet`.
    """
    place = place_of(language)
    towns = [column for column in pilot if column not in {"step", "part", "printed", "added"}]
    shown = pd.DataFrame(
        {HEADS["step"][place]: [_pilot_words(row, language) for row in pilot.itertuples()]}
        | {town: [format_number(value, 0, language) for value in pilot[town]] for town in towns}
        | {HEADS["printed"][place]: [format_number(value, 0, language) for value in pilot["printed"]]}
        | {HEADS["added"][place]: [format_number(value, 0, language) for value in pilot["added"]]}
    )
    apart = pilot["printed"].ne(pilot["added"])
    return Table(
        name=name,
        body=shown,
        title=TITLES["pilot"][place],
        data=pilot.assign(agrees=~apart),
        totals=tuple(place for place, differs in enumerate(apart) if differs),
        words=(HEADS["step"][place],),
        notes=(NOTES["pilot"][place], *filter(None, [note])),
        language=language,
    )


def _pilot_words(row: tuple, language: str) -> str:
    whole = PILOT[row.step][place_of(language)]
    return whole if not row.part else f"\N{EM SPACE}{label(row.part, language, 'sender')}"


def _number_and_share(mine: pd.DataFrame, language: str) -> str:
    if mine.empty:
        return ""
    text = shown_count(mine.loc["count", "estimate"], language)
    share = mine.loc["share", "estimate"]
    return text if pd.isna(share) else f"{text} ({format_estimate(share, 'share', language)})"


def _stratum_head(code: str, language: str) -> str:
    if code == TOTAL:
        return HEADS["total"][place_of(language)]
    return periods_words(code.rpartition("=")[2], language)
