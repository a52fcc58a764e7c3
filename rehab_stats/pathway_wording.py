"""How the stages of a pathway, its two readings, and what a scenario changes are named.

The context of the estimates says what there is: `stages` in order, their `kinds`, the `reading`, the `changes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from rehab_stats.measures import per_of, per_words
from rehab_stats.words import LANGUAGES, format_number, label

YES_NO, COUNT, SHARE = "yes_no", "count", "share"
TOTAL = "total"
SHAPLEY = "shapley"
READING = "reading"
AS_OBSERVED = "as_observed"
COUNTED_ELSEWHERE = "counted_elsewhere"
"""Key of the context: stages whose persons another table counts, in other persons, some of them these."""
PATH = "path"
"""Column under which stages of a path have words of their own."""

AMONG_ALL = ("among all diagnosed,", "blandt alle diagnosticerede")
AMONG_ARRIVED = (
    "among those who came that far in their own level,",
    "blandt dem, der kom så langt på deres eget niveau,",
)
AMONG_ARRIVED_AT_ENDS = (
    "among those who came that far at their own end of the ranking,",
    "blandt dem, der kom så langt i deres egen ende af rangordningen,",
)
ENDS = frozenset({"bottom", "top"})
"""Levels that are the ends of a ladder: their counts are everybody's."""
OF_PER = {True: ("of {per} diagnosed", "af {per} diagnosticerede"), False: ("of each person", "af hver person")}
END_PERSONS = ("the number who reach the stage “{named}”", "antallet på trinnet “{named}”")
END_COUNTED = ("the number of {named}", "antallet af {named}")
AS_IF = (", if all were of that level", ", hvis alle havde det niveau")

UNMEASURED = (
    "with an unmeasured cause of all stages of strength {strength} (log odds per standard deviation){shift}",
    "med en umålt årsag til alle trin af styrke {strength} (log odds pr. standardafvigelse){shift}",
)
SHIFTED = (
    ", {shift} standard deviations higher at the top of the ladder than at its bottom",
    ", {shift} standardafvigelser højere øverst end nederst i rangordningen",
)
SHIFT = "shift"

# kind of change, kind of stage -> (English, Danish)
CHANGES: dict[tuple[str, str], tuple[str, str]] = {
    ("all", YES_NO): (
        "everybody who comes that far passes the stage “{named}”",
        "alle, der kommer så langt, passerer trinnet “{named}”",
    ),
    ("set_to", YES_NO): (
        "{share} % of those who come that far pass the stage “{named}”, whoever they are",
        "{share} % af dem, der kommer så langt, passerer trinnet “{named}”, uanset hvem de er",
    ),
    ("set_to", COUNT): (
        "everybody who comes that far has {value} {named} on average",
        "alle, der kommer så langt, har i gennemsnit {value} {named}",
    ),
    ("set_to", SHARE): ("{share} % of {earlier} become {named}", "{share} % af {earlier} bliver til {named}"),
    ("at_least", YES_NO): (
        "whoever would pass the stage “{named}” with a chance below {share} % passes it with {share} %",
        "enhver, der ville passere trinnet “{named}” med en sandsynlighed under {share} %, passerer det med {share} %",
    ),
    ("at_least", COUNT): (
        "whoever would have fewer than {value} {named} on average has {value}",
        "enhver, der i gennemsnit ville have færre end {value} {named}, har {value}",
    ),
    ("at_least", SHARE): (
        "at least {share} % of {earlier} become {named}, for everybody",
        "mindst {share} % af {earlier} bliver til {named}, for alle",
    ),
    ("like_level", YES_NO): (
        "everybody passes the stage “{named}” as often as persons otherwise alike with {level}",
        "alle passerer trinnet “{named}” lige så ofte som personer med {level}, der ellers ligner dem",
    ),
    ("like_level", COUNT): (
        "everybody has as many {named} as persons otherwise alike with {level}",
        "alle har lige så mange {named} som personer med {level}, der ellers ligner dem",
    ),
    ("like_level", SHARE): (
        "as many of {earlier} become {named} as for persons otherwise alike with {level}",
        "lige så mange af {earlier} bliver til {named} som for personer med {level}, der ellers ligner dem",
    ),
    ("like_group", YES_NO): (
        "everybody passes the stage “{named}” as often as persons alike where {column} is {group}",
        "alle passerer trinnet “{named}” lige så ofte som tilsvarende personer {by} {column} {group}",
    ),
    ("like_group", COUNT): (
        "everybody has as many {named} as persons alike where {column} is {group}",
        "alle har lige så mange {named} som tilsvarende personer {by} {column} {group}",
    ),
    ("like_group", SHARE): (
        "as many of {earlier} become {named} as for persons alike where {column} is {group}",
        "lige så mange af {earlier} bliver til {named} som for tilsvarende personer {by} {column} {group}",
    ),
}
GROUPED_BY = {"department": "på"}
"""Column of a group -> the Danish word before it; `med` before any other."""
# what a scenario takes for granted -> (English, Danish)
ASSUMED: dict[str, tuple[str, str]] = {
    "onward": (
        "whoever comes further only through the change passes the next stages as those alike do now",
        "de, der kun kommer videre på grund af ændringen, passerer de næste trin, som de, der ligner dem, gør i dag",
    ),
    "group": (
        "the group does so for reasons that would hold elsewhere, and was not merely lucky",
        "gruppen gør det af grunde, der også ville gælde andre steder, og var ikke blot heldig",
    ),
    "same_share": (
        "the share of {earlier} that become {named} stays the same when more are booked",
        "andelen af {earlier}, der bliver til {named}, er den samme, når flere bookes",
    ),
    "room": ("there is room for them", "der er plads til dem"),
}


def of_path(context: Mapping) -> bool:
    """Whether the estimates are of a pathway or its scenarios."""
    return bool(context.get("kinds"))


def is_scenario(model: str | None, context: Mapping) -> bool:
    """Whether the model of a row is the name of a scenario (or what was observed), and no adjustment."""
    changes = context.get("changes")
    return bool(changes) and (model == AS_OBSERVED or model in changes)


def reading_of(row: pd.Series | Mapping, context: Mapping) -> str | None:
    """`sequential` or `shapley`: what the stratum of a row says, else the context."""
    column, _, reading = (row.get("stratum") or "").partition("=")
    return reading if column == READING else context.get("reading")


def stage_words(outcome: str | None, language: str = "en") -> str:
    """The words for a stage of a path, or for all of them together."""
    return label(outcome or "", language, PATH)


def kind_of_stage(outcome: str | None, context: Mapping) -> str:
    """`yes_no`, `count` or `share`; of the total, that of the last stage."""
    stages, kinds = list(context.get("stages") or ()), list(context.get("kinds") or ())
    place = stages.index(outcome) if outcome in stages else -1
    return kinds[place] if kinds else YES_NO


def is_counted(outcome: str | None, context: Mapping) -> bool:
    """Whether what is left after a stage is a number of sessions, and not of persons."""
    return kind_of_stage(outcome, context) != YES_NO


def earlier_words(outcome: str | None, context: Mapping, language: str = "en") -> str:
    """The words for the stage before; none for the first."""
    stages = list(context.get("stages") or ())
    place = stages.index(outcome) if outcome in stages else 0
    return stage_words(stages[place - 1], language) if place else ""


def path_gaps(row: pd.Series | Mapping, context: Mapping, language: str = "en") -> dict[str, str]:
    """What sentences about a path are filled with: how far somebody had come, the end of the path, per how many."""
    at, outcome, per = LANGUAGES.index(language), row["outcome"], per_of(row)
    stages = list(context.get("stages") or [outcome])
    # a scenario compares at the stage itself
    end = outcome if is_scenario(row["model"], context) else stages[-1]
    arrived = AMONG_ARRIVED_AT_ENDS if row["level"] in ENDS else AMONG_ARRIVED
    scope = (AMONG_ALL if outcome == stages[0] else arrived)[at]
    words = (END_COUNTED if is_counted(end, context) else END_PERSONS)[at]
    return {
        "scope": scope,
        "scope_end": scope.removesuffix(","),
        "ending": words.format(named=stage_words(end, language)),
        "earlier": earlier_words(outcome, context, language),
        "per": per_words(per, language),
        "of_per": OF_PER[per != 1][at].format(per=format_number(per, 0, language)),
        "as_if": "" if row["level"] in {None, "everybody"} else AS_IF[at],
    }


def path_kind(row: pd.Series | Mapping, context: Mapping) -> str:
    """Under which name the sentence about a row of a path is: the measure, and what it is of."""
    measure, outcome = row["measure"], row["outcome"]
    counted = is_counted(outcome, context)
    if measure in {"risk", "risk_difference", "risk_ratio", "mean", "mean_difference", "mean_ratio"}:
        return f"path_{measure}"
    if measure in {"stage_quantity", "additional"}:
        return f"{measure}_counted" if counted else measure
    if measure not in {"stage_ratio", "log_contribution", "contribution", "share_of_total"}:
        return measure
    if outcome == TOTAL:
        return f"{measure}_whole"
    if reading_of(row, context) == SHAPLEY:
        return f"{measure}_shapley"
    if measure == "stage_ratio":
        kind = kind_of_stage(outcome, context)
        return measure if kind == YES_NO else f"{measure}_{kind}"
    return f"{measure}_sequential"


def unmeasured_words(row: pd.Series | Mapping, language: str = "en") -> str:
    """The unmeasured cause that a row supposes: its strength (`at`), and how it goes with the ladder (`shift=0.3`)."""
    at = LANGUAGES.index(language)
    column, _, shift = (row.get("stratum") or "").partition("=")
    apart = SHIFTED[at].format(shift=plain_number(float(shift), language)) if column == SHIFT and float(shift) else ""
    return UNMEASURED[at].format(strength=plain_number(row["at"], language), shift=apart)


def change_words(scenario: str, context: Mapping, language: str = "en") -> str:
    """What a scenario changes, stage by stage, in words."""
    at = LANGUAGES.index(language)
    said = []
    for stage, (kind, value, column) in context["changes"][scenario].items():
        of = kind_of_stage(stage, context)
        key = "all" if kind == "set_to" and of == YES_NO and value == 1 else kind
        number = isinstance(value, float | int)
        said.append(
            CHANGES[key, of][at].format(
                named=stage_words(stage, language),
                earlier=earlier_words(stage, context, language),
                share=plain_number(100 * value, language) if number else "",
                value=plain_number(value, language) if number else "",
                level=label(value, language, context.get("exposure") or ""),
                by=GROUPED_BY.get(column, "med"),
                column=label(column, language),
                group=label(value, language, column),
            )
        )
    return "; ".join(said)


def assumed_words(scenarios: Sequence[str], context: Mapping, language: str = "en") -> list[str]:
    """What these scenarios take for granted, each thing once."""
    stages, kinds = list(context["stages"]), list(context["kinds"])
    changed = [stage for name in scenarios for stage in context["changes"][name]]
    how = [change[0] for name in scenarios for change in context["changes"][name].values()]
    there = {
        "onward": any(stage != stages[-1] for stage in changed),
        "group": "like_group" in how,
        "same_share": kinds[-1] == SHARE and stages[-2] in changed,
        "room": True,
    }
    gaps = {"named": stage_words(stages[-1], language), "earlier": earlier_words(stages[-1], context, language)}
    return [ASSUMED[name][LANGUAGES.index(language)].format(**gaps) for name, found in there.items() if found]


def plain_number(value: float, language: str = "en") -> str:
    """A number without decimals that say nothing."""
    text = f"{float(value):.6g}"
    return format_number(float(text), len(text.partition(".")[2]), language)
