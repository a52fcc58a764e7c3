"""The sentences of the effect: changes, shares of them beyond a threshold, and what is missing; gaps as in
`sentence_list`."""

from __future__ import annotations

_IF = (
    " if the change of {moved} ({a}) differed by {value} from what is expected of them",
    ", hvis ændringen hos {moved} ({a}) afveg med {value} fra det, der forventes af dem",
)
OF_CHANGES: dict[str, tuple[str, str]] = {
    "beyond": ("{value} % ({ci}) of the persons {did}: {a}", "{value} % ({ci}) af personerne {did}: {a}"),
    "beyond_ratio": (
        "The share who {did} was {value} times as high ({ci}) for {a} as for {b}",
        "Andelen, der {did}, var {value} gange så høj ({ci}) for {a} som for {b}",
    ),
    "standardised_response_mean": (
        "{mean_of} was {value} times the standard deviation of the changes ({ci}) for {a}",
        "{mean_of} var {value} gange ændringernes standardafvigelse ({ci}) for {a}",
    ),
    "standardised_difference": (
        "Those who answered differed from all by {value} standard deviations in {covariate}",
        "De, der svarede, adskilte sig fra alle med {value} standardafvigelser i {covariate}",
    ),
    "completion_rate": (
        "Of those due, {value} % ({ci}) completed the form ({named}): {a}",
        "Af dem, der skulle udfylde skemaet, gjorde {value} % ({ci}) det ({named}): {a}",
    ),
    "available_rate": (
        "Of all, {value} % ({ci}) have a score ({named}): {a}",
        "Af alle har {value} % ({ci}) en score ({named}): {a}",
    ),
    "tipping_delta": (
        "The difference in {mean_of} between {a} and {b} would tip ({named})" + _IF[0],
        "Forskellen mellem {a} og {b} i {mean_of} ville vippe ({named})" + _IF[1],
    ),
    "tips_zero": (
        "There would be no difference in {mean_of} between {a} and {b}" + _IF[0],
        "Der ville ikke være nogen forskel mellem {a} og {b} i {mean_of}" + _IF[1],
    ),
    "tips_interval": (
        "The interval of the difference in {mean_of} between {a} and {b} would just reach 0" + _IF[0],
        "Intervallet for forskellen mellem {a} og {b} i {mean_of} ville netop nå 0" + _IF[1],
    ),
    "tips_mid": (
        "The difference in {mean_of} between {a} and {b} would be the smallest important one" + _IF[0],
        "Forskellen mellem {a} og {b} i {mean_of} ville være den mindste betydende" + _IF[1],
    ),
    "tips_nowhere": (
        "The difference in {mean_of} between {a} and {b} does not tip ({named}) at any of the deltas tried for {moved} "
        "({a})",
        "Forskellen mellem {a} og {b} i {mean_of} vipper ikke ({named}) ved nogen af de deltaer, der er afprøvet for "
        "{moved} ({a})",
    ),
    "detectable_difference": (
        "So many pairs would show a true difference in {mean_of} between {a} and {b} of {value} or more, if the "
        "changes have a standard deviation of {at}",
        "Så mange par ville vise en sand forskel mellem {a} og {b} i {mean_of} på {value} eller mere, hvis ændringerne "
        "har en standardafvigelse på {at}",
    ),
    "detectable_change": (
        "So many pairs would show a true {outcome} of {value} or more on average, if the changes have a standard "
        "deviation of {at}",
        "Så mange par ville vise en sand {outcome} på {value} eller mere i gennemsnit, hvis ændringerne har en "
        "standardafvigelse på {at}",
    ),
    "standard_deviation": (
        "The standard deviation of {outcome} was {value} ({ci}) for {a}",
        "Standardafvigelsen af {outcome} var {value} ({ci}) for {a}",
    ),
    "lowest_mean": (
        "Whatever the missing scores are, {mean_of} was at least {value} ({ci}) for {a}",
        "Uanset hvad de manglende scorer er, var {mean_of} mindst {value} ({ci}) for {a}",
    ),
    "highest_mean": (
        "Whatever the missing scores are, {mean_of} was at most {value} ({ci}) for {a}",
        "Uanset hvad de manglende scorer er, var {mean_of} højst {value} ({ci}) for {a}",
    ),
    "lowest_difference": (
        "Whatever the missing scores are, {mean_of} for {a} less that for {b} was at least {value} ({ci})",
        "Uanset hvad de manglende scorer er, var {mean_of} for {a} minus den for {b} mindst {value} ({ci})",
    ),
    "highest_difference": (
        "Whatever the missing scores are, {mean_of} for {a} less that for {b} was at most {value} ({ci})",
        "Uanset hvad de manglende scorer er, var {mean_of} for {a} minus den for {b} højst {value} ({ci})",
    ),
}
BEYOND_DIFFERENCE: dict[bool | None, tuple[str, str]] = {
    True: (
        "The share who {did} was {value} percentage points higher ({ci}) for {a} than for {b}",
        "Andelen, der {did}, var {value} procentpoint højere ({ci}) for {a} end for {b}",
    ),
    False: (
        "The share who {did} was {value} percentage points lower ({ci}) for {a} than for {b}",
        "Andelen, der {did}, var {value} procentpoint lavere ({ci}) for {a} end for {b}",
    ),
    None: (
        "The share who {did} differed by {value} percentage points ({ci}) between {a} and {b}",
        "Andelen, der {did}, var {value} procentpoint ({ci}) forskellig mellem {a} og {b}",
    ),
}
