"""Tables of the printed evidence: initiatives, the centre's measures, recommendations, target groups, deadlines.

What is printed has left the room already, and the tables hold no persons of an extract: nothing passes through the
disclosure rules. The reasons for every judgement are in the CSV behind a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from rehab_stats.extract.printed_columns import ACTS_ON, INDICATORS, TRACKS
from rehab_stats.report.documents import Table
from rehab_stats.report.evidence_danish import danish, place_in
from rehab_stats.report.phrases import capital
from rehab_stats.wording import Prose
from rehab_stats.words import format_number, label, place_of

# each (English, Danish)
HEADS = {
    "shown_by": ("Where in this suite", "Hvor i samlingen"),
    "column": ("Column or table of an extract", "Kolonne eller tabel i et udtræk"),
    "length": ("Length", "Længde"),
    "force": ("Force", "Styrke"),
    "actor": ("Who", "Hvem"),
    "from": ("From", "Fra"),
    "to": ("To", "Til"),
    "in_extract": ("In an extract, from and to", "I et udtræk, fra og til"),
    "aim": ("For what", "Til hvad"),
    "what": ("What", "Hvad"),
    "note": ("Note", "Bemærkning"),
    "planned": ("Planned or parallel", "Planlagt eller parallelt"),
    "kind": ("Kind", "Art"),
}
TITLES = {
    "initiatives": (
        "Initiatives of the survey, where they act and what would show that they work",
        "Kortlægningens initiativer, hvor de virker, og hvad der ville vise, at de virker",
    ),
    "measures": (
        "The centre's measures over its five tracks of equality",
        "Centerets tiltag i de fem spor for lighed",
    ),
    "recommendations": (
        "What the centre and the advisory board recommend, by where it acts",
        "Hvad centeret og Advisory Board anbefaler, efter hvor det virker",
    ),
    "target_groups": (
        "The centre's model of target groups, and what of it an extract shows",
        "Centerets model for målgrupper, og hvad et udtræk viser af den",
    ),
    "deadlines": ("Deadlines, at each place where they are printed", "Frister, hvert sted de er trykt"),
    "principles": (
        "Principles, weights, criteria and minimum standards of the six municipalities",
        "De seks kommuners principper, vægte, kriterier og minimumsstandarder",
    ),
    "inconsistencies": ("What does not add up in what is printed", "Hvad der ikke stemmer i det trykte"),
}
JUDGED = (
    "Judged here: by this project, not by the source; the reason for each is in the CSV behind the table.",
    "Vurderet her: af dette projekt, ikke af kilden; begrundelsen for hver står i CSV-filen bag tabellen.",
)
SOURCE = ("Source: {sources}.", "Kilde: {sources}.")
NO_COLUMN = ("none", "ingen")
OVERVIEWS = (
    "The overviews told measures planned by the project from those worked on in parallel by colour, which the text "
    "lost; it counts {project} and {parallel}. Only the overview of access has one colour, that of planned. Indented: "
    "part of the line above.",
    "Oversigterne skelnede med farver mellem tiltag planlagt i projektet og parallelle tiltag, og farverne er gået "
    "tabt i teksten; den tæller {project} og {parallel}. Kun oversigten over adgang har én farve, den for planlagt. "
    "Indrykket: del af linjen ovenfor.",
)
THE_OTHERS = ("Printed as {length} and as {other}", "Trykt som {length} og som {other}")
THIS_PLACE = ("{name}: {note}", "{name}: {note}")
DAYS_COUNT = (
    "The day from which days count is day 0. Where one deadline is printed with several lengths all stand here; none "
    "is called the right one.",
    "Den dag, dagene tælles fra, er dag 0. Hvor én frist er trykt med flere længder, står de her alle; ingen af dem "
    "kaldes den rigtige.",
)
FROM_PARTS = (
    "Nothing is smoothed over: both sides stand here. Sums are found by calculation, exactly to the digits printed; "
    "the rest by reading.",
    "Intet er glattet ud: begge sider står her. Summer er fundet ved beregning, nøjagtigt til de trykte cifre; resten "
    "ved læsning.",
)
# quantity of a file of numbers -> what it counts
QUANTITIES = {
    "need_total": ("expected need, all six (table)", "forventet behov, alle seks (tabel)"),
    "need_about": ("expected need, all six (text)", "forventet behov, alle seks (tekst)"),
    "deaths_about": ("expected deaths", "forventede dødsfald"),
    "expected_exercise_mixed": ("expected at the mixed exercise team", "forventet på blandet træningshold"),
    "patient_education_annex_d": ("sessions of patient education", "mødegange i patientuddannelse"),
    "pilot_assessed_total": ("pilot: assessed, all", "pilot: behovsvurderet, alle"),
    "pilot_onwards_herlev": ("pilot: referred onwards, Herlev", "pilot: viderehenvist, Herlev"),
    "pilot_onwards_total": ("pilot: referred onwards, all", "pilot: viderehenvist, alle"),
    "pilot_last_month_table": ("pilot: number of the last month", "pilot: den sidste måneds nummer"),
    "municipalities": ("municipalities in the cooperation", "kommuner i samarbejdet"),
    "counselling_weeks": ("weeks with counselling", "uger med rådgivning"),
    "measures_text": ("the centre's measures", "centerets tiltag"),
    "initiatives_dialogue": ("initiatives that support the dialogue", "initiativer til dialogstøtte"),
    "initiatives_by_category": ("initiatives, categories added up", "initiativer, kategorierne lagt sammen"),
}
FORMULA = re.compile(r"\s?By ([a-z_]+)(?: [a-z_0-9=]+)+\.$")
"""How `inconsistencies` says by what it calculated; kept in the CSV."""
CALCULATED = {
    "sum": ("sum of the parts", "summen af delene"),
    "difference": ("difference of the parts", "forskellen mellem delene"),
    "product": ("product of the parts", "produktet af delene"),
    "same": ("at the other place", "det andet sted"),
    "value": ("in the list", "i listen"),
    "count_rows": ("rows counted", "rækker talt"),
    "count_distinct": ("different ones counted", "forskellige talt"),
    "weeks_in_months": ("weeks of the months named", "ugerne i de nævnte måneder"),
}
BY_STAGE = (
    "{what}: {counts} (judged here). {unseen} of {n} have no indicator in this suite that would show that they work.",
    "{what}: {counts} (vurderet her). {unseen} af {n} har ingen indikator i samlingen, der ville vise, at de virker.",
)
BY_TRACK = (
    "Tracks of the centre that the {n} initiatives resemble: {counts} (judged here).",
    "Centerets spor, som de {n} initiativer ligner: {counts} (vurderet her).",
)
WHAT = {
    "initiatives": ("The survey's initiatives, both annexes", "Kortlægningens initiativer, begge bilag"),
    "own": ("Those of its annex 2, its own", "De egne, i bilag 2"),
    "measures": ("The centre's measures, boxes and their parts", "Centerets tiltag, kasser og deres dele"),
    "recommendations": (
        "Perspectives, activities, themes and recommendations",
        "Perspektiver, aktiviteter, temaer og anbefalinger",
    ),
}


def evidence_sentences(
    initiatives: pd.DataFrame, measures: pd.DataFrame, recommendations: pd.DataFrame, *, language: str = "en"
) -> Prose:
    """How many initiatives, measures and recommendations act where, and of how many this suite would see nothing.

    Parameters
    ----------
    initiatives, measures, recommendations : DataFrame
        The lists of these names.
    language : {"en", "da"}
    """
    place = place_of(language)
    own = initiatives[initiatives["in_annex_2"] == "yes"]
    groups = {"initiatives": initiatives, "own": own, "measures": measures, "recommendations": recommendations}
    said = []
    for what, rows in groups.items():
        words = {"what": WHAT[what][place], "counts": _counted(rows["acts_on"], ACTS_ON, "acts_on", language)}
        numbers = {"unseen": rows["indicator"].eq("none").sum(), "n": len(rows)}
        numbers = {name: format_number(number, 0, language) for name, number in numbers.items()}
        said.append(BY_STAGE[place].format(**words, **numbers))
    tracks = _counted(initiatives["track"], TRACKS, "track", language)
    return Prose([*said, BY_TRACK[place].format(n=format_number(len(initiatives), 0, language), counts=tracks)])


def initiatives_table(
    initiatives: pd.DataFrame, rows: pd.DataFrame, *, language: str = "en", note: str = "", name: str = "initiatives"
) -> Table:
    """All initiatives by where they act: category, track, indicator and the notebook that shows it, place.

    Parameters
    ----------
    initiatives, rows : DataFrame
        The lists `initiatives` and `initiative_rows`; an initiative printed under several headings names them all.
    language : {"en", "da"}
    note : str
        A line under the table.
    name : str
        Short name, for the HTML id and the files.
    """
    ordered = _by_stage(initiatives)
    categories = [_categories(rows[rows["initiative"] == code], language) for code in ordered["initiative"]]
    cells = _named(ordered, "initiative", language) | {_head("category", language): categories}
    cells |= {_judged("track", language): _words(ordered, "track", language)} | _shown(ordered, language)
    return _table("initiatives", ordered, cells, _stages(ordered, language), [JUDGED], language, note, name)


def centre_measures_table(
    measures: pd.DataFrame,
    numbers: pd.DataFrame,
    *,
    language: str = "en",
    note: str = "",
    name: str = "centre_measures",
) -> Table:
    """The centre's measures by track: whether planned, where they act, indicator and notebook, place.

    Parameters
    ----------
    measures : DataFrame
        The list `measures`; a part stands below its whole.
    numbers : DataFrame
        The file `equality_reports`, which says how many the text counts as planned and as parallel.
    language, note, name
        As in `initiatives_table`.

    Raises
    ------
    ValueError
        `numbers` without these two counts.
    """
    printed = numbers.set_index("quantity")["estimate"]
    counts = {"project": "measures_project", "parallel": "measures_parallel"}
    if not set(counts.values()) <= set(printed.index):
        raise ValueError(f"the numbers need {' and '.join(counts.values())}")
    whole = measures["part_of"].where(measures["part_of"] != "none", measures["measure_id"])
    place = {code: number for number, code in enumerate(measures["measure_id"])}
    ordered = measures.assign(whole=whole.map(place)).sort_values(["track", "whole"], key=_as_printed, kind="stable")
    cells = _named(ordered, "measure", language, indent=ordered["part_of"] != "none")
    cells |= {HEADS["planned"][place_of(language)]: _words(ordered, "planned", language)}
    cells |= {_judged("acts_on", language): _words(ordered, "acts_on", language)} | _shown(ordered, language)
    counted = {name: format_number(printed[quantity], 0, language) for name, quantity in counts.items()}
    overviews = tuple(text.format(**counted) for text in OVERVIEWS)
    groups = _words(ordered, "track", language)
    return _table("measures", ordered, cells, groups, [overviews, JUDGED], language, note, name)


def recommendations_table(
    recommendations: pd.DataFrame, *, language: str = "en", note: str = "", name: str = "recommendations"
) -> Table:
    """Recommendations by where they act: report, kind, track, indicator and notebook, place. As `initiatives_table`."""
    ordered = _by_stage(recommendations)
    cells = _named(ordered, "recommendation", language)
    cells |= {_head("report", language): _words(ordered, "report", language)}
    cells |= {HEADS["kind"][place_of(language)]: _words(ordered, "kind", language, "recommendation_kind")}
    cells |= {_judged("track", language): _words(ordered, "track", language)} | _shown(ordered, language)
    return _table("recommendations", ordered, cells, _stages(ordered, language), [JUDGED], language, note, name)


def target_groups_table(
    groups: pd.DataFrame, *, language: str = "en", note: str = "", name: str = "target_groups"
) -> Table:
    """Target groups and vulnerability factors, each with the column of an extract that would show it.

    Parameters as in `initiatives_table`; `groups` is the list `target_groups`.
    """
    place = place_of(language)
    shown = [NO_COLUMN[place] if code == "none" else code for code in groups["extract_column"]]
    cells = _named(groups, "target_group", language)
    cells |= {f"{HEADS['column'][place]} ({label('judged_here', language)})": shown}
    cells |= {HEADS["note"][place]: [danish(text, language) for text in groups["note"]]}
    kinds = _words(groups, "kind", language, "target_group_kind")
    return _table("target_groups", groups, cells, kinds, [JUDGED], language, note, name)


def deadlines_table(deadlines: pd.DataFrame, *, language: str = "en", note: str = "", name: str = "deadlines") -> Table:
    """Each deadline at each place where it is printed; one printed with several lengths says so in its heading.

    Parameters as in `initiatives_table`; `deadlines` is the list of that name.
    """
    place = place_of(language)
    heads = {code: words[place] for code, words in HEADS.items()}
    main = deadlines["source"].mode().iloc[0]
    rows = deadlines.to_dict("records")
    cells = {
        _head("place", language): [_place_of_deadline(row, main, language) for row in rows],
        heads["length"]: [_length(row, language) for row in rows],
        heads["force"]: _words(deadlines, "force", language),
        heads["actor"]: _words(deadlines, "actor", language),
        heads["from"]: [capital(danish(row["from_en"], language)) for row in rows],
        heads["to"]: [capital(danish(row["to_en"], language)) for row in rows],
        heads["in_extract"]: [
            f"{danish(row['extract_from'], language)} \N{RIGHTWARDS ARROW} {danish(row['extract_to'], language)}"
            for row in rows
        ],
    }
    groups = [_deadline_heading(deadlines[deadlines["deadline"] == row["deadline"]], language) for row in rows]
    said = {
        (row["deadline"], row["note"]): THIS_PLACE[place].format(
            name=_own_name(row, language), note=danish(row["note"], language)
        )
        for row in rows
        if row["note"]
    }
    lines = [DAYS_COUNT, *[(text, text) for text in said.values()]]
    return _table("deadlines", deadlines, cells, groups, lines, language, note, name, sources=[main])


def principles_table(
    principles: pd.DataFrame, *, language: str = "en", note: str = "", name: str = "principles"
) -> Table:
    """Principles, weights, criteria and minimum standards as printed. Parameters as in `initiatives_table`."""
    place = place_of(language)
    cells = _named(principles, "principle", language)
    cells |= {HEADS["aim"][place]: [danish(text, language) for text in principles["aim_en"]]}
    cells |= {_head("place", language): [capital(place_in(text, language)) for text in principles["place"]]}
    lines = [(danish(text, language),) * 2 for text in principles["note"].unique() if text]
    kinds = _words(principles, "kind", language, "principle_kind")
    return _table("principles", principles, cells, kinds, lines, language, note, name)


def inconsistencies_table(
    found: pd.DataFrame,
    deadlines: pd.DataFrame,
    *,
    language: str = "en",
    note: str = "",
    name: str = "inconsistencies",
) -> Table:
    """What does not add up: printed, what its parts or the other place say, both places, and a note.

    Parameters
    ----------
    found : DataFrame
        What `inconsistencies` gives.
    deadlines : DataFrame
        The list of that name, for their names in words.
    language, note, name
        As in `initiatives_table`.
    """
    place = place_of(language)
    ordered = found.sort_values("source", key=_as_printed, kind="stable")
    names = {row["deadline"]: _own_name(row, language) for row in deadlines.to_dict("records")}
    cells = {
        HEADS["what"][place]: [capital(_what(text, names, language)) for text in ordered["what"]],
        _head("printed", language): [_said(text, language) for text in ordered["printed"]],
        _head("from_parts", language): [_from_parts(row, language) for row in ordered.to_dict("records")],
        HEADS["note"][place]: [danish(FORMULA.sub("", text), language) for text in ordered["note"]],
        _head("place", language): [capital(place_in(text, language)) for text in ordered["place"]],
    }
    groups = [danish(text, language) for text in ordered["source"]]
    return _table("inconsistencies", ordered, cells, groups, [FROM_PARTS], language, note, name, sources=[])


def _table(
    what: str,
    rows: pd.DataFrame,
    cells: dict[str, Sequence[str]],
    groups: Sequence[str],
    lines: Sequence[tuple[str, str]],
    language: str,
    note: str,
    name: str,
    *,
    sources: Sequence[str] | None = None,
) -> Table:
    """A table of words only; its sources stand in the first note unless its lines name them."""
    place = place_of(language)
    named = rows["source"].unique() if sources is None else sources
    source = SOURCE[place].format(sources="; ".join(danish(text, language) for text in named)) if len(named) else ""
    return Table(
        name=name,
        body=pd.DataFrame({head: list(column) for head, column in cells.items()}),
        title=TITLES[what][place],
        data=rows.reset_index(drop=True),
        groups=tuple(capital(group) for group in groups),
        words=tuple(cells),
        notes=tuple(filter(None, [source, *(texts[place] for texts in lines), note])),
        language=language,
    )


def _head(code: str, language: str) -> str:
    return capital(label(code, language))


def _judged(code: str, language: str) -> str:
    return f"{_head(code, language)} ({label('judged_here', language)})"


def _words(rows: pd.DataFrame, column: str, language: str, meaning: str = "") -> list[str]:
    return [capital(label(code, language, meaning or column)) for code in rows[column]]


def _own_name(row: dict, language: str) -> str:
    return row["name_da" if language == "da" else "name_en"]


def _named(rows: pd.DataFrame, what: str, language: str, *, indent: pd.Series | None = None) -> dict[str, list[str]]:
    """The names: in Danish the Danish one, in English ours and the Danish one beside it."""
    before = ["\N{EM SPACE}" if part else "" for part in (indent if indent is not None else [False] * len(rows))]
    names = [gap + _own_name(row, language) for gap, row in zip(before, rows.to_dict("records"), strict=True)]
    own = {capital(label(what, language, "thing")): names}
    return own if language == "da" else own | {_head("name_da", language): list(rows["name_da"])}


def _shown(rows: pd.DataFrame, language: str) -> dict[str, list[str]]:
    """The indicator, where in the suite it is, and where the row is printed."""
    return {
        _judged("indicator", language): _words(rows, "indicator", language),
        HEADS["shown_by"][place_of(language)]: [shown_by(code, language) for code in rows["indicator"]],
        _head("place", language): [capital(place_in(text, language)) for text in rows["place"]],
    }


def shown_by(indicator: str, language: str = "en") -> str:
    """Where an indicator is: `01 and 11: standardised_risks`; an en dash for none."""
    told = INDICATORS[indicator]
    function = re.search(r"`(\w+)`", told)
    numbers = re.search(r"notebooks? (\d\d(?: and \d\d)*)", told)
    if numbers is None:
        return "\N{EN DASH}"
    where = numbers[1].replace("and", label("and", language))
    return f"{where}: {function[1]}" if function else where


def _categories(rows: pd.DataFrame, language: str) -> str:
    found: dict[str, list[str]] = {}
    for row in rows.to_dict("records"):
        within = found.setdefault(label(row["category"], language, "category"), [])
        heading = label(row["subcategory"], language, "subcategory")
        if row["subcategory"] != "none" and heading not in within:
            within.append(heading)
    return capital("; ".join(f"{name}: {', '.join(within)}" if within else name for name, within in found.items()))


def _by_stage(rows: pd.DataFrame) -> pd.DataFrame:
    order = {stage: number for number, stage in enumerate(ACTS_ON)}
    return rows.sort_values("acts_on", key=lambda column: column.map(order), kind="stable")


def _stages(rows: pd.DataFrame, language: str) -> list[str]:
    acts_on, judged = _head("acts_on", language), label("judged_here", language)
    return [f"{acts_on}: {label(stage, language, 'acts_on')} ({judged})" for stage in rows["acts_on"]]


def _as_printed(column: pd.Series) -> pd.Series:
    """Codes by their first place in the column, so that a stable sort keeps the order of print."""
    return column.map({code: number for number, code in enumerate(column.drop_duplicates())})


def _counted(codes: pd.Series, order: Sequence[str], column: str, language: str) -> str:
    counts = {code: format_number(codes.eq(code).sum(), 0, language) for code in order}
    return ", ".join(f"{label(code, language, column)} {count}" for code, count in counts.items())


def _length(row: dict, language: str) -> str:
    number = format_number(row["days"], 0, language)
    if row["days"] == 1 and row["unit"] == "months":
        return f"{number} {('month', 'måned')[place_of(language)]}"
    return f"{number} {label(row['unit'], language, 'unit')}"


def _deadline_heading(rows: pd.DataFrame, language: str) -> str:
    name = _own_name(rows.iloc[0].to_dict(), language)
    lengths = list(dict.fromkeys(_length(row, language) for row in rows.to_dict("records")))
    if len(lengths) == 1:
        return name
    said = THE_OTHERS[place_of(language)].format(length=lengths[0], other=", ".join(lengths[1:]))
    return f"{name}. {said}"


def _place_of_deadline(row: dict, main: str, language: str) -> str:
    where = capital(place_in(row["place"], language))
    return where if row["source"] == main else f"{where} ({danish(row['source'], language)})"


def _what(text: str, deadlines: dict[str, str], language: str) -> str:
    if text in QUANTITIES:
        return QUANTITIES[text][place_of(language)]
    kind, _, code = text.partition(" ")
    if kind == "deadline" and code in deadlines:
        return f"{label('deadline', language)}: {deadlines[code].lower()}"
    return danish(text, language)


def _from_parts(row: dict, language: str) -> str:
    """The other side; of a number how it was calculated, and at most one decimal."""
    formula = FORMULA.search(row["note"])
    if formula is None:
        return _said(row["from_parts"], language)
    value = float(row["from_parts"])
    how = CALCULATED[formula[1]][place_of(language)]
    return f"{format_number(value, 0 if value.is_integer() else 1, language)} ({how})"


def _said(text: str, language: str) -> str:
    """A side of a contradiction; lengths of deadlines name their place, which has words of its own."""
    translated = danish(text, language)
    return place_in(text, language) if translated == text else translated
