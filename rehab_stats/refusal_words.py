"""Reasons why data could not be estimated from, in Danish.

Estimators refuse in English, like every error of the package. Where a reason stands under a figure of a Danish run it
is turned into Danish by the table below; one that the table does not know is quoted as it is.
"""

from __future__ import annotations

import re

from rehab_stats.words import label

# what data can be like -> Danish; (?P<column>), (?P<code>), (?P<other>) are put in words
REASONS: tuple[tuple[str, str], ...] = (
    (
        r"the rows with (?P<cell>.+?) do not have both (?P<other>\w+) = 0 and \w+ = 1(, so the level's log odds are "
        r"infinite)?",
        "rækkerne med {cell} har ikke både {other} = 0 og {other} = 1",
    ),
    (
        r"no row with (?P<cell>.+?) has (?P<other>\w+) = (?P<value>\d), so its hazard ratio is zero or infinite",
        "ingen række med {cell} har {other} = {value}, så dens hazard ratio er nul eller uendelig",
    ),
    (
        r"(?P<other>\w+) is (?P<value>\d) in all rows used: there is nothing to model",
        "{other} er {value} i alle anvendte rækker: der er intet at modellere",
    ),
    (
        r"the rows used are too few to tell the coefficients apart",
        "de anvendte rækker er for få til at skelne koefficienterne fra hinanden",
    ),
    (
        r"the rows with (?P<cell>.+?) are alike, so that there is no spread to take the error of the level's "
        r"(?P<other>\w+) from",
        "rækkerne med {cell} er ens, så der er ingen spredning at tage fejlen på niveauets {other} fra",
    ),
    (r"no row used has (?P<other>\w+) = (?P<value>\d)", "ingen anvendt række har {other} = {value}"),
    (
        r"no row used has (?P<other>\w+) = 1 or 2: there is no incidence to estimate",
        "ingen anvendt række har {other} = 1 eller 2: der er ingen incidens at estimere",
    ),
    (
        r"no row with (?P<cell>.+?) has (?P<other>\w+) above 0, so its rate ratio is zero or infinite",
        "ingen række med {cell} har {other} over 0, så dens rateratio er nul eller uendelig",
    ),
    (
        r"no row with (?P<cell>.+?) has (?P<other>\w+) above 0, so there is no share of booked sessions to compare",
        "ingen række med {cell} har {other} over 0, så der er ingen andel af bookede at sammenligne",
    ),
    (
        r"the rows with (?P<cell>.+?) do not have both (?P<other>\w+) = 0 and more, so their odds are infinite",
        "rækkerne med {cell} har ikke både {other} = 0 og flere, så deres odds er uendelige",
    ),
    (
        r"no rows with (?P<cell>.+?) have (?P<other>\w+) above 1, so the mean of their positive counts is 0",
        "ingen rækker med {cell} har {other} over 1, så gennemsnittet af deres positive antal er 0",
    ),
    (
        r"(?P<other>\w+) is 0 in all rows used: there is nothing to model",
        "{other} er 0 i alle anvendte rækker: der er intet at modellere",
    ),
    (
        r"(?P<other>\w+) has one value among rows alike in all terms: there is no spread to take errors from",
        "{other} har én værdi blandt rækker, der er ens i alle led: der er ingen spredning at beregne standardfejl af",
    ),
    (
        r"(?P<other>\w+) equals (?P<second>\w+) in all rows used: the status of sessions was perhaps never edited from "
        r"its default, and booking cannot be told from showing up",
        "{other} er lig med {second} i alle anvendte rækker: aftalernes status er måske aldrig rettet fra "
        "standardværdien, og booking kan ikke skelnes fra fremmøde",
    ),
    (
        r"no row used has (?P<other>\w+) = 1 or 2 by (?P<value>\S+): no time is lost",
        "ingen anvendt række har {other} = 1 eller 2 inden {value}: ingen tid er tabt",
    ),
    (
        r"until (?P<value>\S+) is beyond what is observed of (?P<cell>.+?): somebody free of both events is followed "
        r"without a break to \S+ only",
        "{value} ligger ud over, hvad der er observeret for {cell}",
    ),
    (r"no row (used )?has (?P<cell>.+?): merge levels", "ingen række har {cell}: slå niveauer sammen"),
    (
        r"(?P<other>\w+) has no two levels with rows: there is nothing to compare",
        "{other} har ikke to niveauer med rækker: der er intet at sammenligne",
    ),
    (r"everybody has (?P<cell>.+?): there is nothing to compare", "alle har {cell}: der er intet at sammenligne"),
    (
        r"nobody has (?P<cell>.+?), the reference: name another with reference=",
        "ingen har {cell}, som er referencen: nævn en anden med reference=",
    ),
    (
        r"(?P<other>\w+) has one value in the rows used: there is nothing to rank",
        "{other} har én værdi i de anvendte rækker: der er intet at rangordne",
    ),
    (
        r"(?P<other>\w+) has one value in the rows used: there is nothing to share unequally",
        "{other} har én værdi i de anvendte rækker: der er intet at dele ulige",
    ),
    (
        r"adjust: (?P<other>\w+) has one value \((?P<value>.*)\) in all rows used",
        "justering: {other} har én værdi ({value}) i alle anvendte rækker",
    ),
    (r"no row has a value in each of (?P<listed>.*)", "ingen række har en værdi i hver af {listed}"),
    (r"data has no rows", "der er ingen rækker"),
    (r"data has no column '(?P<other>\w+)'.*", "der er ingen kolonne {other}"),
)
ADVICE = {
    "merge levels or leave a term out, or use penalised=True (Firth)": "slå niveauer sammen, udelad et led, eller brug "
    "penalised=True (Firth)",
    "merge levels or leave a term out": "slå niveauer sammen, eller udelad et led",
    "merge levels": "slå niveauer sammen",
    "leave a term out": "udelad et led",
}


def reason_words(reason: str, language: str = "en") -> str:
    """The reason as it stands, or in Danish where it is known; another one is quoted."""
    if language == "en":
        return reason
    prefix, core = re.match(r"((?:model \w+: |within \w+ = \w+: )*)(.*)$", reason, flags=re.S).groups()
    advice = next((words for words in ADVICE if core.endswith((f"; {words}", f": {words}"))), "")
    bare = core[: -len(advice) - 2] if advice else core
    for pattern, danish in REASONS:
        for text, end in ((bare, f"; {ADVICE[advice]}" if advice else ""), (core, "")):
            found = re.fullmatch(pattern, text)
            if found:
                return prefix.replace("within", "inden for") + danish.format(**_named(found)) + end
    return f"“{reason}”"


def _named(found: re.Match) -> dict[str, str]:
    """Words for the columns and cells (`education = 'unknown'`) that a reason names."""
    named = {name: text or "" for name, text in found.groupdict().items()}
    if "other" in named:
        named["other"] = label(named["other"], "da")
    if "second" in named:
        named["second"] = label(named["second"], "da")
    if "cell" in named:
        named["cell"] = re.sub(
            r"(\w+) = '?([^',]+)'?",
            lambda cell: f"{label(cell[1], 'da')} = {label(cell[2], 'da')}",
            named["cell"].replace(" and ", " og "),
        )
    if "listed" in named:
        named["listed"] = ", ".join(label(name, "da") for name in named["listed"].split(", "))
    return named
