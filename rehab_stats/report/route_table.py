"""The table of a route into rehabilitation that only printed counts tell of."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rehab_stats.measures import estimate_text, format_estimate, kind_of
from rehab_stats.report.documents import Table
from rehab_stats.report.methods import method_words
from rehab_stats.report.phrases import capital, short_source
from rehab_stats.report.table_parts import data_of, refuse_twins, short_forms
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import code_words
from rehab_stats.words import format_number, label, place_of

# each (English, Danish)
TITLE = (
    "A route of referral by printed counts: {sender}. Figures as printed in {source}, and what follows from them.",
    "En henvisningsvej i publicerede tal: {sender}. Tal fra {source}, og hvad der følger af dem.",
)
HEADS = {
    "what": ("Counted", "Optalt"),
    "persons": ("Persons", "Personer"),
    "estimate": ("Estimate (95 % CI)", "Estimat (95 % KI)"),
    "possible": ("Possible", "Muligt"),
}
EDUCATION = (
    "{exposure} of those without a course, from rounded percentages",
    "{exposure} hos dem uden forløb, ud fra afrundede procenter",
)
REFERRED = ("Referred in {months} months ({sender})", "Henvist på {months} måneder ({sender})")
GAP = ("Share with a course by {exposure}", "Andel med forløb efter {exposure}")
EITHER = ("{level}, the unknown counted either way", "{level}, de ukendte regnet til begge sider")
OF_THOSE_WITHOUT = ("Newly referred, of those without a course", "Nyhenvist, af dem uden forløb")
LESS = ("{level} less {reference}", "{level} minus {reference}")
OF = ("{count} of {n}", "{count} af {n}")
A_YEAR = ("{value} a year ({interval})", "{value} om året ({interval})")
AT_MOST = ("at most {value}", "højst {value}")
READ = (
    (
        "Possible: all whole numbers of persons that give the printed percentages; under persons the nearest. "
        "Intervals say what chance does to counts of this size.",
        "Muligt: alle hele antal personer, der giver de publicerede procenter; under personer det nærmeste. "
        "Intervaller siger, hvad tilfældet gør ved antal af denne størrelse.",
    ),
    (
        "Referrals of {months} months are held against persons counted in one year: those newly referred need not be "
        "among those without a course, so their share is at most this.",
        "{months} måneders henvisninger holdes op mod personer talt i ét år: de nyhenviste behøver ikke være blandt "
        "dem uden forløb, så andelen er højst denne.",
    ),
    (
        "The {exposure} of those with a course is not printed: perhaps none of the {reached} had {level}, perhaps all; "
        "persons of unknown {exposure} are counted wherever that widens the range. So the sign of the difference is "
        "not known, nor how much of it the route closes: that takes the {exposure} of those with a course and of those "
        "referred.",
        "Fordelingen efter {exposure} hos dem med forløb er ikke publiceret: måske havde ingen af de {reached} "
        "{level}, måske alle; personer med ukendt {exposure} regnes dér, hvor det gør det mulige bredest. Derfor "
        "kendes forskellens fortegn ikke, og heller ikke hvor meget af den henvisningsvejen udligner: det kræver "
        "{exposure} for dem med forløb og for de henviste.",
    ),
)


def counted_route_table(
    estimates: Estimates, *, language: str = "en", note: str = "", name: str = "counted_route"
) -> Table:
    """What is counted of a group and of those one sender referred, what a year brings, and what is left possible.

    Parameters
    ----------
    estimates : Estimates
        All rows of `counted_route`.
    language, note, name
        As in `tables.descriptive_table`.

    Raises
    ------
    ValueError
        Rows that are not those of `counted_route`, a part of them, or two for one cell.
    """
    place, context = place_of(language), estimates.context
    rows = estimates.tidy()
    key = ["outcome", "measure", "level", "stratum"]
    if rows.empty or not context.get("source") or not (rows["measure"] == "closing_share").any():
        raise ValueError("a table of a counted route needs all rows of counted_route(), which name their source")
    refuse_twins(rows, key)
    # The counts have left the room already: a report prints them, also those of 1 to 4, and to hide here what its
    # readers have in hand would protect nobody. So nothing passes through `protect`, as in `published_table`; counts of
    # an extract do not come here, because `counted_route` asks who printed them.
    heads = {code: words[place] for code, words in HEADS.items()}
    words = {"exposure": label(context["exposure"], language), "sender": label(context["sender"], language)}
    words |= {"months": format_number(estimates.diagnostics["months"], 0, language)}
    closing = rows[rows["measure"] == "closing_share"].iloc[0]
    words |= {"level": code_words(closing, "level", context, language)}
    words |= {"reached": format_number(_estimate(rows, "with_course"), 0, language)}
    groups = {
        capital(label(context["counted"], language)): _all_lines,
        capital(EDUCATION[place].format(**words)): _education_lines,
        REFERRED[place].format(**words): _referred_lines,
        GAP[place].format(**words): _gap_lines,
    }
    lines, above = [], []
    for heading, make in groups.items():
        new = make(rows, context, language)
        lines += [{heads[code]: text for code, text in line.items()} for line in new]
        above += [heading] * len(new)
    read = [text[place].format(**words) for text in READ]
    return Table(
        name=name,
        body=pd.DataFrame(lines, columns=list(heads.values())).fillna(""),
        title=TITLE[place].format(source=short_source(context["source"]), **words),
        data=data_of(estimates, language),
        groups=tuple(above),
        notes=(
            " ".join(short_forms(set(rows["measure"]), language, ci=True)),
            method_words(estimates, language),
            *read,
            *filter(None, [note]),
        ),
        language=language,
    )


def _all_lines(rows: pd.DataFrame, context: Mapping, language: str) -> list[dict]:
    mine = rows[(rows["outcome"] == "course") & (rows["measure"] == "count")]
    share = rows[rows["measure"] == "share"].set_index("level")
    return [
        {
            "what": capital(code_words(row, "level", context, language)),
            "persons": _count_of(row, language),
            "estimate": estimate_text(dict(share.loc[row["level"]]), language, unit=True)
            if row["level"] in share.index
            else "",
        }
        for row in mine.to_dict("records")
    ]


def _education_lines(rows: pd.DataFrame, context: Mapping, language: str) -> list[dict]:
    """A line per level as printed, then those that the unknown may belong to."""
    mine, lines = rows[rows["outcome"] == context["exposure"]], []
    for _, part in mine.groupby(["stratum", "level"], sort=False):
        found = part.set_index("measure")
        words = capital(code_words(part.iloc[0], "level", context, language))
        either = part["stratum"].iloc[0] != "without_course"
        nearest = dict(found.loc["count"]) | {"measure": "count"} if "count" in found.index else None
        lines.append(
            {
                "what": EITHER[place_of(language)].format(level=words) if either else words,
                "persons": _count_of(nearest, language) if nearest else "",
                "possible": _between(found, "count", language),
            }
        )
    return lines


def _referred_lines(rows: pd.DataFrame, context: Mapping, language: str) -> list[dict]:
    place = place_of(language)
    mine = rows[rows["outcome"] == "referred"]
    yearly = mine[mine["measure"] == "rate_per_year"].set_index("level")
    lines = [
        {
            "what": capital(code_words(row, "level", context, language)),
            "persons": _count_of(row, language),
            "estimate": _a_year(yearly.loc[row["level"]], language) if row["level"] in yearly.index else "",
        }
        for row in mine[mine["measure"] == "count"].to_dict("records")
    ]
    for row in mine[mine["measure"] == "highest_share"].to_dict("records"):
        value = format_estimate(row["estimate"], row["measure"], language) + kind_of(row["measure"]).unit
        lines.append(
            {
                "what": OF_THOSE_WITHOUT[place],
                "persons": _of(row["events"], row["n"], language),
                "estimate": estimate_text(row, language, unit=True),
                "possible": AT_MOST[place].format(value=value),
            }
        )
    return lines


def _gap_lines(rows: pd.DataFrame, context: Mapping, language: str) -> list[dict]:
    """Between what the share of each level lies, then their difference, then that nobody can say what is closed."""
    place = place_of(language)
    mine = rows[(rows["outcome"] == "course") & rows["level"].notna()]
    lines = []
    for family, template in (("share", "{level}"), ("share_difference", LESS[place])):
        bounds = mine[mine["measure"].isin([f"lowest_{family}", f"highest_{family}"])]
        for _, part in bounds.groupby("level", sort=False):
            words = {code: code_words(part.iloc[0], code, context, language) for code in ("level", "reference")}
            possible = _between(part.set_index("measure"), family, language)
            lines.append({"what": capital(template.format(**words)), "possible": possible})
    closing = mine[mine["measure"] == "closing_share"].iloc[0]
    what = capital(label("closing_share", language))
    return [*lines, {"what": what, "possible": estimate_text(closing, language, unit=True)}]


def _estimate(rows: pd.DataFrame, level: str) -> float:
    return float(rows.loc[(rows["measure"] == "count") & (rows["level"] == level), "estimate"].iloc[0])


def _count_of(row: Mapping, language: str) -> str:
    """`46 of 199`; the whole stands alone."""
    return _of(row["estimate"], row["n"], language)


def _of(count: float, n: float, language: str) -> str:
    counted, whole = (format_number(value, 0, language) for value in (count, n))
    return counted if count == n else OF[place_of(language)].format(count=counted, n=whole)


def _a_year(row: pd.Series, language: str) -> str:
    value, low, high = (
        format_estimate(row[column], "rate_per_year", language) for column in ("estimate", "conf_low", "conf_high")
    )
    return A_YEAR[place_of(language)].format(value=value, interval=f"{low} {label('to', language)} {high}")


def _between(found: pd.DataFrame, family: str, language: str) -> str:
    """`64 to 65`, `−38.0 to 41.8 pp`: the two bounds of a family of measures."""
    measures = [f"lowest_{family}", f"highest_{family}"]
    ends = [format_estimate(found.loc[measure, "estimate"], measure, language) for measure in measures]
    return f" {label('to', language)} ".join(dict.fromkeys(ends)) + kind_of(measures[0]).unit
