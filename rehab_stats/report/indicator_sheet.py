"""The indicator sheet of a municipality, and the same of all municipalities side by side.

Each takes Estimates, passes them through the disclosure rules, and gives a `Table`; nothing is computed. A sheet is cut
out of the protected rows of all municipalities, so that six sheets hide the same numbers and none gives away what
another hides.
"""

from __future__ import annotations

import pandas as pd

from rehab_stats.measures import HIDDEN, estimate_text
from rehab_stats.report.captions import notes
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.monitoring_table_phrases import (
    ALL_PLACES,
    HEADINGS,
    HEADS,
    NOTES,
    OF,
    OF_EXPECTED,
    PLACE,
    REFERRED_OF,
    TITLES,
    WITHIN,
)
from rehab_stats.report.not_estimated import nothing_estimated
from rehab_stats.report.phrases import capital
from rehab_stats.report.table_parts import data_of, reason_table, shown_count
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import periods_words, time_words
from rehab_stats.words import format_number, label, place_of

SHOWN = ("deadline_share", "indicator_share", "coverage")
"""Measures that are lines of a sheet."""
SLOPES = ("slope_index", "coverage_slope")
"""Measures of the column of slopes: per 100 of those counted, or of those expected."""
GROUPS = {
    "need_incident": "use",
    "passed_on": "use",
    "declined": "use",
    "never_reached": "use",
    "satisfied": "experience",
    "benefit": "experience",
}
"""Outcome -> the part of a sheet it stands in; a deadline share stands among the deadlines."""


def indicator_sheet(
    indicators: Estimates,
    *,
    period: str,
    municipality: str = "",
    funnels: Estimates | None = None,
    equity: Estimates | None = None,
    equity_of: str = "",
    language: str = "en",
    note: str = "",
    name: str = "sheet",
) -> Table:
    """One municipality's indicators in a period, beside the periods before, all municipalities, chance, and education.

    Parameters
    ----------
    indicators : Estimates
        Rows of deadline_share, indicator_share and coverage of every municipality and of all together (`units_and_all`
        with by="window"), stacked; details `verdict`, `unit`, `expected`.
    period : str
        The window that the sheet is of.
    municipality : str
        Level; empty: all together.
    funnels : Estimates, optional
        `each_deadline(funnel, ...)` of the period, stacked with others: where the share lies.
    equity : Estimates, optional
        Slope indices by municipality (stratum `municipality=A`) and of all together (no stratum).
    equity_of : str
        Of which periods the slopes are, such as `2021-H1..2024-H2`.
    language : {"en", "da"}
    note, name : str
        A line under the table; its short name.

    Raises
    ------
    ValueError
        No row of the municipality in the period.
    """
    if nothing_estimated(indicators):
        return reason_table(indicators, language=language, note=note, name=name)
    place, safe = place_of(language), protect(indicators)
    rows = with_details(safe)
    rows = rows[rows["measure"].isin(SHOWN)]
    mine = rows[rows_of_level(rows, municipality) & rows["stratum"].eq(f"window={period}")]
    if mine.empty:
        there = ", ".join(sorted(rows["level"].dropna().unique()))
        raise ValueError(f"no indicator of {municipality or 'all'} in {period}: there are {there}")
    others = {"earlier": _earlier(rows, municipality, period)}
    if municipality:
        others["all"] = rows[rows["level"].isna() & rows["stratum"].eq(f"window={period}")]
    where = with_details(protect(funnels)) if funnels is not None and len(funnels) and municipality else None
    slopes = _slopes(equity, municipality)
    lines = [_sheet_line(row, others, where, slopes, language) for _, row in mine.iterrows()]
    window = _window(others["earlier"], language)
    body = pd.DataFrame(lines).rename(columns={"earlier": HEADS["earlier"][place].format(window=window)})
    body = body.rename(columns={key: words[place] for key, words in HEADS.items()})
    said = [NOTES["sheet"][place], *([NOTES["chance"][place]] if where is not None else [])]
    if slopes is not None:
        said.append(NOTES["slope"][place].format(when=periods_words(equity_of, language)))
        if slopes["measure"].eq("coverage_slope").any():
            said[-1] += f" {NOTES['coverage_slope'][place]}"
    shown = rows[rows_of_level(rows, municipality) | rows["level"].isna()].index
    return Table(
        name=name,
        body=body.loc[:, ~body.eq("").all()],
        title=TITLES["sheet"][place].format(place=place_words(municipality, language), period=period),
        data=data_of(safe, language).loc[shown],
        groups=tuple(_group(row, place) for _, row in mine.iterrows()),
        words=(HEADS["indicator"][place],),
        notes=(*said, *notes(safe, note, language)),
        language=language,
    )


def _sheet_line(
    row: pd.Series,
    others: dict[str, pd.DataFrame],
    where: pd.DataFrame | None,
    slopes: pd.DataFrame | None,
    language: str,
) -> dict[str, str]:
    line = {"indicator": indicator_words(row, language), "counted": _counted(row, language)}
    line["share"] = estimate_text(row, language)
    line["verdict"] = _verdict(row, language)
    for head, rows in others.items():
        line[head] = _bare(_same(rows, row), language)
    if where is not None:
        found = _same(where[where["level"].eq(row["level"]).fillna(False)], row)
        line["position"] = "" if found is None else _position(found, language)
    if slopes is not None:
        found = _same(slopes, row)
        line["slope"] = "" if found is None else estimate_text(found, language)
    return line


def overview_table(
    indicators: Estimates, *, period: str, language: str = "en", note: str = "", name: str = "overview"
) -> Table:
    """All municipalities side by side: an indicator a line, share and number of each; no ranks.

    Parameters as in `indicator_sheet`.
    """
    if nothing_estimated(indicators):
        return reason_table(indicators, language=language, note=note, name=name)
    place, safe = place_of(language), protect(indicators)
    rows = with_details(safe)
    rows = rows[rows["measure"].isin(SHOWN) & rows["stratum"].eq(f"window={period}")]
    if rows.empty:
        raise ValueError(f"no indicator in {period}")
    levels = [*dict.fromkeys(rows["level"].dropna()), None]
    lines, groups = [], []
    for _, first in rows.drop_duplicates(["outcome", "measure", "at"]).iterrows():
        line = {HEADS["indicator"][place]: indicator_words(first, language)}
        for level in levels:
            head = HEADS["total"][place] if level is None else label(level, language, "municipality")
            mine = rows[rows["level"].isna() if level is None else rows["level"].eq(level).fillna(False)]
            found = _same(mine, first)
            line[head] = "" if found is None else _with_number(found, language)
        lines.append(line)
        groups.append(_group(first, place))
    return Table(
        name=name,
        body=pd.DataFrame(lines),
        title=TITLES["overview"][place].format(period=period),
        data=data_of(safe, language).loc[rows.index],
        groups=tuple(groups),
        words=(HEADS["indicator"][place],),
        notes=(NOTES["sheet"][place], *notes(safe, note, language)),
        language=language,
    )


def indicator_words(row: pd.Series, language: str = "en") -> str:
    """The indicator of a row as the label of a line: `First contact within 5 working days`."""
    if row["measure"] == "coverage":
        return REFERRED_OF[place_of(language)].format(what=label(row["outcome"], language))
    what = capital(label(row["outcome"], language))
    if pd.isna(row["at"]):
        return what
    time = time_words(row["at"], {"time_unit": row["unit"]} if _is_text(row.get("unit")) else {}, language)
    return WITHIN[place_of(language)].format(what=what, time=time)


def with_details(safe: Estimates) -> pd.DataFrame:
    """The rows with what tables of monitoring say of them."""
    wanted = ["verdict", "target", "unit", "expected", "position", "hidden"]
    return safe.tidy().join(safe.details().reindex(columns=wanted))


def rows_of_level(rows: pd.DataFrame, municipality: str) -> pd.Series:
    """Which rows are of a municipality; empty: of all together."""
    if not municipality:
        return rows["level"].isna()
    return rows["level"].eq(municipality).fillna(False).astype(bool)


def _earlier(rows: pd.DataFrame, municipality: str, period: str) -> pd.DataFrame:
    return rows[rows_of_level(rows, municipality) & rows["stratum"].ne(f"window={period}")]


def _same(rows: pd.DataFrame, row: pd.Series) -> pd.Series | None:
    """The first of the rows that is of the same indicator."""
    here = rows["outcome"].eq(row["outcome"]) & (rows["at"].eq(row["at"]) | (rows["at"].isna() & pd.isna(row["at"])))
    found = rows[here]
    return None if found.empty else found.iloc[0]


def _slopes(equity: Estimates | None, municipality: str) -> pd.DataFrame | None:
    if equity is None or not len(equity):
        return None
    rows = with_details(protect(equity))
    rows = rows[rows["measure"].isin(SLOPES)]
    own = rows["stratum"].eq(f"municipality={municipality}") if municipality else rows["stratum"].isna()
    return rows[own.fillna(False).astype(bool)]


def _counted(row: pd.Series, language: str) -> str:
    place, events = place_of(language), shown_count(row["events"], language)
    if row["measure"] == "coverage":
        return OF_EXPECTED[place].format(events=events, expected=format_number(row["expected"], 0, language))
    return OF[place].format(events=events, n=shown_count(row["n"], language))


def _verdict(row: pd.Series, language: str) -> str:
    """`undecided (90 %)`: what the interval says of the criterion, and which it is."""
    if not _is_text(row["verdict"]):
        return ""
    return f"{label(row['verdict'], language, 'verdict')} ({format_number(100 * row['target'], 0, language)} %)"


def _bare(row: pd.Series | None, language: str) -> str:
    """An estimate without its interval, and of how many."""
    if row is None:
        return ""
    text = _alone(row, language)
    return text if row["measure"] == "coverage" else f"{text} (n {shown_count(row['n'], language)})"


def _with_number(row: pd.Series, language: str) -> str:
    events = shown_count(row["events"], language)
    if row["measure"] == "coverage":
        return f"{_alone(row, language)} ({events})"
    if pd.isna(row["estimate"]):
        return _bare(row, language)
    return f"{_alone(row, language)} ({events}/{shown_count(row['n'], language)})"


def _alone(row: pd.Series, language: str) -> str:
    return estimate_text(row.where(~row.index.isin(["conf_low", "conf_high"])), language)


def _position(row: pd.Series, language: str) -> str:
    return label(row["position"], language, "position") if _is_text(row["position"]) else HIDDEN


def _group(row: pd.Series, place: int) -> str:
    code = "deadlines" if row["measure"] == "deadline_share" else GROUPS.get(row["outcome"], "other")
    return HEADINGS[code][place]


def _window(rows: pd.DataFrame, language: str) -> str:
    codes = list(rows["stratum"].dropna().unique())
    return periods_words(codes[0].partition("=")[2], language) if codes else ""


def place_words(municipality: str, language: str) -> str:
    """A municipality in words; empty: all."""
    place = place_of(language)
    if not municipality:
        return ALL_PLACES[place]
    return PLACE[place].format(code=label(municipality, language, "municipality"))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
