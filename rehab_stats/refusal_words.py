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
    (r"no row used has (?P<other>\w+) = (?P<value>\d)", "ingen anvendt række har {other} = {value}"),
    (
        r"no row used has (?P<other>\w+) = 1 or 2: there is no incidence to estimate",
        "ingen anvendt række har {other} = 1 eller 2: der er ingen incidens at estimere",
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
    if "cell" in named:
        named["cell"] = re.sub(
            r"(\w+) = '?([^',]+)'?",
            lambda cell: f"{label(cell[1], 'da')} = {label(cell[2], 'da')}",
            named["cell"].replace(" and ", " og "),
        )
    if "listed" in named:
        named["listed"] = ", ".join(label(name, "da") for name in named["listed"].split(", "))
    return named
