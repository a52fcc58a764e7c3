"""What a scale measures, which changes are called important on it, and which so many persons could show."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rehab_stats.extract.instruments import Scale, Threshold
from rehab_stats.measures import format_estimate
from rehab_stats.report.documents import Table
from rehab_stats.report.phrases import capital
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import outcome_label
from rehab_stats.words import format_number, label, place_of

# what a threshold is of -> (English, Danish)
KINDS: dict[str, tuple[str, str]] = {
    "improvement": ("improvement within a group", "forbedring inden for en gruppe"),
    "decline": ("decline within a group", "forværring inden for en gruppe"),
    "between_groups": ("difference in change between groups", "forskel i ændring mellem grupper"),
    "sensitivity": ("spread of others' figures, as a sensitivity", "spændvidde af andres tal, som følsomhed"),
}
HEADS = {
    "of": ("Smallest important", "Mindste betydende"),
    "points": ("Points, low to high", "Point, lav til høj"),
    "certainty": ("Certainty", "Sikkerhed"),
    "source": ("Source", "Kilde"),
}
# what a range is of, as the instrument list notes it -> Danish
NOTES = {
    "from the smallest to the largest of several scales, improvement: prostate (3-13; deterioration 5-10) "
    "and head and neck cancer (4-12)": (
        "fra den mindste til den største af flere skalaer, forbedring: kræft i prostata (3-13; forværring 5-10) "
        "og i hoved og hals (4-12)"
    ),
    "no threshold of the Danish value set was found": "ingen tærskel for det danske værdisæt er fundet",
    "from the smaller to the larger of two papers": "fra den mindre til den større i to artikler",
}
CERTAINTIES = {
    "VERIFIED": ("seen at the place named", "set på det angivne sted"),
    "RECALLED": ("from memory, to be checked", "efter hukommelsen, skal kontrolleres"),
}
TITLE = (
    "{scale}, {low} to {high} points; {direction}. Published sizes of change that are called important, for groups.",
    "{scale}, {low} til {high} point; {direction}. Offentliggjorte ændringer, der kaldes betydende, for grupper.",
)
HIGHER, LOWER = ("higher is better", "højere er bedre"), ("lower is better", "lavere er bedre")
NONE = ("no published size is known here", "ingen offentliggjort størrelse kendes her")
UNKNOWN = ("The scoring of this scale is not known here.", "Scoringen af denne skala kendes ikke her.")
COMPARED, PAIRS = ("Compared", "Sammenlignet"), ("Pairs of forms", "Skemapar")
WHOLE = ("mean change of all", "gennemsnitlig ændring for alle")
SPREAD = ("SD of the change {sd}", "SD af ændringen {sd}")
DETECTABLE = (
    "Smallest true change, or difference in change, in points, that so many pairs show with a power of {power} % (two-"
    "sided 5 % level, normal approximation); the standard deviations are assumed.",
    "Mindste sande ændring, eller forskel i ændring, i point, som så mange par viser med en styrke på {power} % "
    "(tosidet 5 %-niveau, normalapproksimation); standardafvigelserne er antaget.",
)
CODED = ("scale", "of", "low", "high", "certainty", "source", "note")
"""Columns of the data behind a table of thresholds."""
NARROWED = (
    "{named}: nobody was given a form, so that nothing stands for them; taken out of the target.",
    "{named}: ingen fik udleveret et skema, så intet kan stå i stedet for dem; taget ud af målgruppen.",
)


def threshold_table(scale: Scale | None, *, language: str = "en", note: str = "", name: str = "thresholds") -> Table:
    """A line per kind of threshold of a scale, with its source and how certain the figure is.

    Parameters
    ----------
    scale : Scale or None
        `EffectCohort.scale`; None, where the scoring is not known here, gives a line that says so.
    language, note, name
        As in `tables.descriptive_table`.
    """
    place = place_of(language)
    heads = {key: words[place] for key, words in HEADS.items()}
    if scale is None:
        body, title = pd.DataFrame({heads["of"]: [UNKNOWN[place]]}), UNKNOWN[place]
        return Table(name=name, body=body, title=title, data=body, notes=tuple(filter(None, [note])), language=language)
    found = {kind: getattr(scale, kind) for kind in KINDS if getattr(scale, kind) is not None}
    lines = [_line(kind, threshold, heads, language) for kind, threshold in found.items()]
    body = pd.DataFrame(lines or [{heads["of"]: capital(NONE[place])}]).fillna("")
    title = TITLE[place].format(
        scale=capital(label(scale.name, language, "scale")),
        low=format_number(scale.low, _digits(scale.low), language),
        high=format_number(scale.high, _digits(scale.high), language),
        direction=(HIGHER if scale.higher_is_better else LOWER)[place],
    )
    coded = [(scale.name, kind, t.low, t.high, t.certainty, t.source, t.note) for kind, t in found.items()]
    data = pd.DataFrame(coded, columns=list(CODED))
    return Table(name=name, body=body, title=title, data=data, notes=tuple(filter(None, [note])), language=language)


def detectable_table(estimates: Estimates, *, language: str = "en", note: str = "", name: str = "detectable") -> Table:
    """A line per comparison with its pairs, a column per assumed standard deviation: the smallest detectable change.

    `estimates` holds rows of `detectable`; language, note and name as in `tables.descriptive_table`. The pairs are
    those of a plan, or printed ones: nothing is hidden. Raises ValueError when there is no such row.
    """
    place = place_of(language)
    rows = pd.concat([estimates.tidy(), estimates.details()], axis=1)
    rows = rows[rows["measure"] == "detectable_difference"]
    if rows.empty:
        raise ValueError("a table of what can be detected needs rows of detectable_difference: detectable() gives them")
    exposure, lines = estimates.context.get("exposure") or "level", {}
    for _, row in rows.iterrows():
        pair = pd.notna(row["n_reference"])
        n = f"{row['n']:.0f} + {row['n_reference']:.0f}" if pair else f"{row['n']:.0f}"
        who = " / ".join(label(row[column], language, exposure) for column in ("level", "reference")) if pair else ""
        line = lines.setdefault((who, n), {COMPARED[place]: capital(who or WHOLE[place]), PAIRS[place]: n})
        line[SPREAD[place].format(sd=format_number(row["at"], _digits(row["at"]), language))] = format_estimate(
            row["estimate"], row["measure"], language, digits=estimates.context.get("digits")
        )
    return Table(
        name=name,
        body=pd.DataFrame(list(lines.values())).fillna(""),
        title=DETECTABLE[place].format(power=format_number(100 * estimates.diagnostics["power"], 0, language)),
        data=rows[["level", "reference", "at", "estimate", "n", "n_reference"]].reset_index(drop=True),
        notes=tuple(filter(None, [note])),
        language=language,
    )


def target_narrowed(left_out: Sequence[str], *, language: str = "en") -> str:
    """The note that names whom `narrowed_target` left out (`department=d3`); "" where nobody was."""
    named = []
    for one in left_out:
        column, _, code = one.partition("=")
        named.append(f"{outcome_label(column, {}, language)} {label(code, language, column)}")
    return NARROWED[place_of(language)].format(named=capital(", ".join(named))) if named else ""


def _line(kind: str, threshold: Threshold, heads: dict[str, str], language: str) -> dict[str, str]:
    place = place_of(language)
    digits = max(_digits(threshold.low), _digits(threshold.high))
    ends = [format_number(value, digits, language) for value in (threshold.low, threshold.high)]
    note = threshold.note if language == "en" else NOTES.get(threshold.note, "")
    return {
        heads["of"]: capital(KINDS[kind][place]) + (f" ({note})" if note else ""),
        heads["points"]: f" {label('to', language)} ".join(dict.fromkeys(ends)),
        heads["certainty"]: capital(CERTAINTIES[threshold.certainty][place]),
        heads["source"]: threshold.source,
    }


def _digits(value: float) -> int:
    return len(f"{value:g}".partition(".")[2])
