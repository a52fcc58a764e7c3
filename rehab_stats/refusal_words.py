"""Reasons why data could not be estimated from, in Danish.

Estimators refuse in English, like every error of the package. Where a reason stands under a figure of a Danish run it
is turned into Danish by the table below; one that the table does not know is quoted as it is.
"""

from __future__ import annotations

import re

from rehab_stats.monitoring_words import MONITORING_REASONS
from rehab_stats.pathway_wording import PATH
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
    # scores before and after, and those that are missing
    (
        r"next to nobody with (?P<cell>.+?) has both (?P<other>\w+) and (?P<second>\w+): nothing is known of their "
        r"change",
        "næsten ingen med {cell} har både {other} og {second}: intet vides om deres ændring",
    ),
    (
        r"too few persons with (?P<cell>.+?) have both (?P<other>\w+) and (?P<second>\w+) to tell how their change "
        r"varies",
        "for få personer med {cell} har både {other} og {second} til at vise, hvordan deres ændring varierer",
    ),
    (
        r"too few persons have both (?P<other>\w+) and (?P<second>\w+) to tell how their change varies",
        "for få personer har både {other} og {second} til at vise, hvordan deres ændring varierer",
    ),
    (r"(?P<cell>\w+ = '[^']*') has too few pairs", "{cell} har for få par"),
    (
        r"(?P<other>\w+) has one value in all rows with both scores: there is no spread to compare",
        "{other} har én værdi i alle rækker med begge scorer: der er ingen spredning at sammenligne",
    ),
    (
        r"the change is the same for everybody( with (?P<cell>.+?))?: there is no spread to measure it by",
        "ændringen er den samme for alle {with_cell}: der er ingen spredning at måle den med",
    ),
    (
        r"the (?P<other>\w+) is the same in rows alike in all terms: there is no spread to take errors from",
        "{other} er ens i rækker, der er ens i alle led: der er ingen spredning at beregne standardfejl af",
    ),
    (
        r"the rows with (?P<cell>.+?) and both scores changed alike, so that there is no spread to take the error of "
        r"the level's mean from",
        "rækkerne med {cell} og begge scorer ændrede sig ens, så der er ingen spredning at tage fejlen på niveauets "
        "gennemsnit fra",
    ),
    (
        r"there are no more rows with both scores than coefficients",
        "der er ikke flere rækker med begge scorer end koefficienter",
    ),
    (
        r"too few persons have a score at (?P<other>\w+) for a model of (?P<value>\d+) coefficients there",
        "for få personer har {other} til en model med {value} koefficienter",
    ),
    (
        r"nobody has scores at both (?P<other>\w+) and (?P<second>\w+): their covariance cannot be learned",
        "ingen har både {other} og {second}: deres kovarians kan ikke læres",
    ),
    (
        r"too few persons have scores at both (?P<other>\w+) and (?P<second>\w+) to learn their covariance beside "
        r"(?P<value>\d+) coefficients",
        "for få personer har både {other} og {second} til at lære deres kovarians ved siden af {value} koefficienter",
    ),
    (
        r"the score at (?P<listed>[\w, ]+) does not vary given the covariates: there is no variance to model",
        "{listed} varierer ikke, når kovariaterne er givet: der er ingen varians at modellere",
    ),
    (r"the restricted likelihood did not settle", "den restringerede likelihood faldt ikke til ro"),
    (
        r"the scores do not tell the covariance of the occasions: the information about it is singular",
        "scorerne bestemmer ikke kovariansen mellem tidspunkterne: informationen om den er singulær",
    ),
    (
        r"the covariance of the scores is singular: the score at one occasion follows from the others, or too few "
        r"persons have scores at several occasions to tell",
        "scorernes kovarians er singulær: scoren på ét tidspunkt følger af de andre, eller for få personer har scorer "
        "på flere tidspunkter",
    ),
    (
        r"nobody at risk has (?P<other>\w+) = 1, so there is nobody to weight",
        "ingen ved dette trin har {other} = 1, så der er ingen at vægte",
    ),
    (
        r"nobody at risk with (?P<cell>.+?) has (?P<other>\w+) = 1, so nobody can count for them: narrow the "
        r"population with narrowed_target\(.*\) and say so beside what is estimated",
        "ingen ved dette trin med {cell} har {other} = 1, så ingen kan stå i stedet for dem: indsnævr målgruppen, og "
        "sig det ved siden af det estimerede",
    ),
    (
        r"(?P<value>.+?) tells without fail some of those who do not have (?P<other>\w+) = 1, so nobody can count for "
        r"them",
        "{value} afslører uden fejl nogle af dem, der ikke har {other} = 1, så ingen kan stå i stedet for dem",
    ),
    (
        r"the last of steps must say who has both (?P<other>\w+) and (?P<second>\w+): rows in which every step is 1 "
        r"are not the rows with both scores",
        "det sidste trin skal sige, hvem der har både {other} og {second}: rækker med 1 i alle trin er ikke rækkerne "
        "med begge scorer",
    ),
    (
        r"nobody has a value of (?P<other>\w+)( where (?P<where>\w+) is (?P<level>\w+))?: there is nothing to impute "
        r"it from",
        "ingen{where} har en værdi af {other}: der er intet at imputere den ud fra",
    ),
    (
        r"(?P<other>\w+) is known in too few rows( where (?P<where>\w+) is (?P<level>\w+))? for the (?P<value>\d+) "
        r"coefficients of its model",
        "{other} er kendt i for få rækker{where} til modellens {value} koefficienter",
    ),
    (
        r"nobody is there whose (?P<other>\w+) could be moved \(\w+\): nothing can tip",
        "der er ingen, hvis {other} kan flyttes: intet kan vippe",
    ),
    (
        r"nobody has (?P<other>\w+) = 1: there is nobody to compare with everybody",
        "ingen har {other} = 1: der er ingen at sammenligne med alle",
    ),
    (r"nobody who responded has a value of (?P<other>\w+)", "ingen af dem, der svarede, har en værdi af {other}"),
    (r"nobody has 1 in (?P<listed>[\w, ]+): no population is left", "ingen har 1 i {listed}: der er ingen målgruppe"),
    (
        r"collinear columns: (?P<value>.+?) cannot be told apart; leave out one of their terms",
        "kollineære kolonner: {value} kan ikke skelnes fra hinanden; udelad et af deres led",
    ),
    (
        r"nothing can be learned about (?P<value>.+?): it has one value wherever rows are compared \(in all rows, or "
        r"in each risk set and stratum\)",
        "intet kan læres om {value}: den har én værdi overalt, hvor rækker sammenlignes",
    ),
    (r"(?P<other>\w+) must be 0 or 1( for everybody at risk)?", "{other} skal være 0 eller 1"),
    (r"(?P<other>\w+) must be known of everybody at risk", "{other} skal være kendt for alle ved dette trin"),
    (r"(?P<other>\w+) must be finite( or missing)?", "{other} skal være endelig"),
    (
        r"(?P<other>\w+) must lie between scale_low and scale_high",
        "{other} skal ligge inden for skalaens ender",
    ),
    (
        r"a change between lowest and highest must be possible on the scale",
        "en ændring mellem den laveste og den højeste skal være mulig på skalaen",
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
    # the pathway
    (
        r"(?P<other>\w+) has no value in any row: nobody is at the start",
        "{other} har ingen værdi i nogen række: ingen er ved starten",
    ),
    (
        r"nobody at the start stands on the step (?P<value>\S+) of (?P<other>\w+)",
        "ingen ved starten står på trin {value} af {other}",
    ),
    (
        r"nobody of (?P<cell>\w+ = '[^']*') passes the stage (?P<stage>\w+)",
        "ingen med {cell} passerer trinnet “{stage}”",
    ),
    (r"level '(?P<other>[^']+)' has nothing to take a mean of", "niveauet {other} har intet at tage gennemsnit af"),
    (
        r"nothing can be learned about (?P<value>.+?): it has one value in all rows that count",
        "intet kan læres om {value}: den har én værdi i alle rækker, der tæller",
    ),
    (r"a fit did not settle in (?P<value>\d+) steps", "en model faldt ikke til ro på {value} skridt"),
    (
        r"(?P<other>\w+) must be 0 or 1 \(only the last stage may be a count\)",
        "{other} skal være 0 eller 1 (kun det sidste trin kan være et antal)",
    ),
    (r"(?P<other>\w+) must be a whole number from 0 on", "{other} skal være et helt tal fra 0 og op"),
    (
        r"(?P<other>\w+) must not exceed the count that it is a share of",
        "{other} må ikke overstige det antal, den er en andel af",
    ),
    (
        r"(?P<stage>\w+) must be known of everybody with 1 in each of (?P<listed>[\w, ]+)",
        "“{stage}” skal være kendt for alle med 1 i hver af {listed}",
    ),
    (r"(?P<other>\w+) \(ridits\) must lie between 0 and 1", "{other} (ridits) skal ligge mellem 0 og 1"),
    (
        r"nobody has the level '(?P<other>[^']+)'(; did you mean .*)?",
        "ingen har niveauet {other}",
    ),
    (
        r"no row has (?P<cell>\w+ = '[^']*')(; did you mean .*)?",
        "ingen række har {cell}",
    ),
    (
        r"(?P<other>\w+) has fewer than two groups of (?P<value>\d+) rows, so there is no most systematic one",
        "{other} har færre end to grupper med {value} rækker, så ingen er den mest systematiske",
    ),
    (r"data has no rows", "der er ingen rækker"),
    (r"there are no rows to describe", "der er ingen rækker at beskrive"),
    (
        r"the extract has no forms: without them nobody knows who changed, and the pathway ends with the sessions .*",
        "udtrækket har ingen skemaer: uden dem ved ingen, hvem der ændrede sig, og forløbet ender med fremmøderne",
    ),
    (
        r"the extract has no forms of '(?P<value>\w+)' \(there are (?P<listed>.+?)\): without them nobody knows who "
        r"changed, and the pathway ends with the sessions .*",
        "udtrækket har ingen skemaer af {value} (der er {listed}): uden dem ved ingen, hvem der ændrede sig, og "
        "forløbet ender med fremmøderne",
    ),
    (
        r"nobody is seen from the diagnosis on over (?P<value>\d+) days of .*",
        "ingen er set fra diagnosen og {value} dage frem, mens det hele blev registreret",
    ),
    (r"data has no column '(?P<other>\w+)'.*", "der er ingen kolonne {other}"),
    *MONITORING_REASONS,
)
ADVICE = {
    "merge levels or leave a term out, or use penalised=True (Firth)": "slå niveauer sammen, udelad et led, eller brug "
    "penalised=True (Firth)",
    "leave the level out, or see change_bounds": "udelad niveauet, eller se, hvad der overhovedet er muligt "
    "(change_bounds)",
    "leave the level out or merge it with another": "udelad niveauet, eller slå det sammen med et andet",
    "leave levels out or merge them": "udelad niveauer, eller slå dem sammen",
    "leave a covariate out or merge levels": "udelad en kovariat, eller slå niveauer sammen",
    "leave these rows out or merge levels": "udelad disse rækker, eller slå niveauer sammen",
    "leave predictors out or merge levels": "udelad prædiktorer, eller slå niveauer sammen",
    "leave the term out or narrow the population": "udelad leddet, eller indsnævr målgruppen",
    "leave terms out": "udelad led",
    "merge levels or leave a term out": "slå niveauer sammen, eller udelad et led",
    "merge levels": "slå niveauer sammen",
    "leave a term out": "udelad et led",
}


_PREFIX = (
    r"model \w+: |within \w+ = \w+: |step \w+: |among the persons with a score at \w+, |the scenario \w+: "
    r"|stage \w+: |stage \w+ among \w+ = '[^']*': "
)
"""Where something was refused, before what it was."""

_DRAWS = (
    r"more than (?P<share>\d+)% of the bootstrap draws gave no estimate, the first since (?P<first>.+); "
    r"merge levels or leave a term out"
)
DRAWS_FAILED = "mere end {share} % af bootstrap-udtrækkene gav intet estimat, det første fordi {first}; {advice}"


def reason_words(reason: str, language: str = "en") -> str:
    """The reason as it stands, or in Danish where it is known; another one is quoted."""
    if language == "en":
        return reason
    failed = re.fullmatch(_DRAWS, reason, flags=re.S)
    if failed:
        first, advice = reason_words(failed["first"], language), ADVICE["merge levels or leave a term out"]
        return DRAWS_FAILED.format(share=failed["share"], first=first, advice=advice)
    prefix, core = re.match(rf"((?:{_PREFIX})*)(.*)$", reason, flags=re.S).groups()
    advice = next((words for words in ADVICE if core.endswith((f"; {words}", f": {words}"))), "")
    bare = core[: -len(advice) - 2] if advice else core
    for pattern, danish in REASONS:
        for text, end in ((bare, f"; {ADVICE[advice]}" if advice else ""), (core, "")):
            found = re.fullmatch(pattern, text)
            if found:
                return _prefix_words(prefix) + " ".join(danish.format(**_named(found)).split()).replace(" :", ":") + end
    return f"“{reason}”"


def _prefix_words(prefix: str) -> str:
    words = prefix.replace("within", "inden for")
    words = re.sub(r"the scenario (\w+): ", lambda found: f"scenariet “{label(found[1], 'da', 'model')}”: ", words)
    words = re.sub(
        r"stage (\w+)(?: among (\w+) = '([^']*)')?: ",
        lambda found: (
            f"trinnet “{label(found[1], 'da', PATH)}”"
            + (f" med {label(found[2], 'da')} = {label(found[3], 'da', found[2])}: " if found[2] else ": ")
        ),
        words,
    )
    words = re.sub(r"step (\w+): ", lambda found: f"trinnet “{label(found[1], 'da')}”: ", words)
    return re.sub(
        r"among the persons with a score at (\w+), ",
        lambda found: f"blandt personer med {label(found[1], 'da')}: ",
        words,
    )


def _named(found: re.Match) -> dict[str, str]:
    """Words for the columns and cells (`education = 'unknown'`) that a reason names."""
    named = {name: text or "" for name, text in found.groupdict().items()}
    if "other" in named:
        named["other"] = label(named["other"], "da")
    if "second" in named:
        named["second"] = label(named["second"], "da")
    if "stage" in named:
        named["stage"] = label(named["stage"], "da", PATH)
    if "cell" in named:
        cells = re.sub(
            r"(\w+) = '?([^',]+)'?",
            lambda cell: f"{label(cell[1], 'da')} = {label(cell[2], 'da')}",
            named["cell"].replace(" and ", " og "),
        )
        named["cell"] = re.sub(r" or '([^']+)'", lambda cell: f" eller {label(cell[1], 'da')}", cells)
    named["with_cell"] = f"med {named['cell']}" if named.get("cell") else ""
    if "where" in named:
        level = f"{label(named['where'], 'da')} = {label(named['level'], 'da')}"
        named["where"] = f" med {level}" if named["where"] else ""
    if "listed" in named:
        named["listed"] = ", ".join(label(name, "da") for name in named["listed"].split(", "))
    return named
