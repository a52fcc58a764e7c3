"""The sentences of monitoring, in English and Danish, gaps in braces; {verdict} is what a criterion adds."""

from __future__ import annotations

# measure -> (English, Danish)
OF_MONITORING: dict[str, tuple[str, str]] = {
    "deadline_share": (
        "Of the referrals whose deadline had passed, {value} % ({ci}) had {outcome}: {a}{verdict}",
        "Af de henvisninger, hvis frist var udløbet, fik {value} % ({ci}) {outcome}: {a}{verdict}",
    ),
    "referrals_received": ("{value} referrals were received: {a}", "{value} henvisninger blev modtaget: {a}"),
    "referrals_waiting": (
        "{value} referrals were still waiting beyond the deadline for {named}: {a}",
        "{value} henvisninger ventede stadig efter fristen på {named}: {a}",
    ),
    "referrals_not_due": (
        "For {value} referrals the deadline for {named} had not yet passed: {a}",
        "For {value} henvisninger var fristen for {named} endnu ikke udløbet: {a}",
    ),
    "referrals_declined": (
        "{value} declined before the deadline for {named}: {a}",
        "{value} takkede nej før fristen for {named}: {a}",
    ),
    "referrals_died": (
        "{value} died or moved away before the deadline for {named}: {a}",
        "{value} døde eller flyttede før fristen for {named}: {a}",
    ),
    "indicator_share": (
        "{value} % ({ci}) of those counted: {named}, {a}{verdict}",
        "{value} % ({ci}) af de talte: {named}, {a}{verdict}",
    ),
    "answered_share": (
        "{value} % ({ci}) of those asked answered: {named}, {a}",
        "{value} % ({ci}) af de adspurgte svarede: {named}, {a}",
    ),
    "coverage": (
        "The number referred was {value} % ({ci}) of {named}: {a}; the interval is of chance in the number referred, "
        "not of how many need it",
        "Antallet af henviste var {value} % ({ci}) af {named}: {a}; intervallet handler om tilfældighed i antallet af "
        "henviste, ikke om hvor mange der har behov",
    ),
    "coverage_ratio": (
        "The number referred per person expected ({named}) was {value} times as high ({ci}) at the highest as at the "
        "lowest end of the ranking by {rank}; expected is the same share of new cases at every level",
        "Antallet af henviste pr. forventet ({named}) var {value} gange så højt ({ci}) i den højeste som i den laveste "
        "ende af rangordningen efter {rank}; forventningen er den samme andel af nye tilfælde på hvert niveau",
    ),
    "overdispersion": (
        "Units and periods spread {value} times as much as chance allows ({named}; a variance, and 1 is no more than "
        "chance)",
        "Enheder og perioder spreder sig {value} gange så meget, som tilfældighed tillader ({named}; en varians, og 1 "
        "er ikke mere end tilfældighed)",
    ),
    "control_limits": (
        "Around {value} %, chance alone takes the share of {at} to between the {a} ({bounds})",
        "Omkring {value} % fører tilfældighed alene andelen af {at} til mellem {a} ({bounds})",
    ),
}
SIGNED_OF_MONITORING: dict[str, dict[bool | None, tuple[str, str]]] = {
    "coverage_slope": {
        True: (
            "For every 100 expected ({named}), {value} more were referred ({ci}) at the highest than at the lowest end "
            "of the ranking by {rank}",
            "Pr. 100 forventede ({named}) blev {value} flere henvist ({ci}) i den højeste end i den laveste ende af "
            "rangordningen efter {rank}",
        ),
        False: (
            "For every 100 expected ({named}), {value} fewer were referred ({ci}) at the highest than at the lowest "
            "end of the ranking by {rank}",
            "Pr. 100 forventede ({named}) blev {value} færre henvist ({ci}) i den højeste end i den laveste ende af "
            "rangordningen efter {rank}",
        ),
        None: (
            "Referred per 100 expected ({named}), at the highest less at the lowest end of the ranking by {rank}: "
            "{value} ({ci})",
            "Henviste pr. 100 forventede ({named}), i den højeste minus i den laveste ende af rangordningen efter "
            "{rank}: {value} ({ci})",
        ),
    },
    "share_difference": {
        True: (
            "The share ({named}) was {value} percentage points higher ({ci}) {a} than {b}",
            "Andelen ({named}) var {value} procentpoint højere ({ci}) {a} end {b}",
        ),
        False: (
            "The share ({named}) was {value} percentage points lower ({ci}) {a} than {b}",
            "Andelen ({named}) var {value} procentpoint lavere ({ci}) {a} end {b}",
        ),
        None: (
            "The share ({named}) {a} less that {b} was {value} percentage points ({ci})",
            "Andelen ({named}) {a} minus den {b} var {value} procentpoint ({ci})",
        ),
    },
}
CRITERION = {
    "met": ("; the criterion of {target} % is met", "; kriteriet på {target} % er opfyldt"),
    "not_met": ("; the criterion of {target} % is not met", "; kriteriet på {target} % er ikke opfyldt"),
    "undecided": (
        "; whether the criterion of {target} % is met is undecided",
        "; om kriteriet på {target} % er opfyldt, er uafklaret",
    ),
}
PLACED = ("; {position}", "; {position}")
