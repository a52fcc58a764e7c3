"""The table of sentences: for each measure its words in English and Danish, gaps in braces.

{a} is the level, {b} the reference, {who} the stratum, {other} the one compared with. `sentences` fills the gaps.
"""

from __future__ import annotations

from rehab_stats.effect_sentence_list import BEYOND_DIFFERENCE, OF_CHANGES
from rehab_stats.monitoring_sentence_list import OF_MONITORING, SIGNED_OF_MONITORING
from rehab_stats.pathway_sentence_list import OF_PATHS, SIGNED_OF_PATHS

_ODDS = (
    "The odds of {outcome} were {value} times as high ({ci}) for {a} as for {b}",
    "Odds for {outcome} var {value} gange så høje ({ci}) for {a} som for {b}",
)
_RISK_RATIO = (
    "The risk of {outcome} was {value} times as high ({ci}) for {a} as for {b}",
    "Risikoen for {outcome} var {value} gange så høj ({ci}) for {a} som for {b}",
)
_RISK = (
    "The risk of {outcome} was {value} % ({ci}) for {a}",
    "Risikoen for {outcome} var {value} % ({ci}) for {a}",
)
# measure -> (English, Danish); {a} is the level, {b} the reference, {who} the stratum, {other} the one compared with
SENTENCES: dict[str, tuple[str, str]] = OF_CHANGES | {
    "hazard_ratio": (
        "The hazard of {outcome} was {value} times as high ({ci}) for {a} as for {b}",
        "Hazarden for {outcome} var {value} gange så høj ({ci}) for {a} som for {b}",
    ),
    "odds_ratio": _ODDS,
    "risk_ratio": _RISK_RATIO,
    "risk": _RISK,
    "joint_odds_ratio": _ODDS,
    "joint_risk_ratio": _RISK_RATIO,
    "joint_risk": _RISK,
    "share": ("{value} % ({ci}) of the persons: {a}", "{value} % ({ci}) af personerne: {a}"),
    "count": ("{value} persons: {a}", "{value} personer: {a}"),
    "mean": ("{mean_of} was {value} ({ci}) for {a}", "{mean_of} var {value} ({ci}) for {a}"),
    "mean_ratio": (
        "{mean_of} was {value} times as high ({ci}) for {a} as for {b}",
        "{mean_of} var {value} gange så højt ({ci}) for {a} som for {b}",
    ),
    "rate_ratio": (
        "{mean_of} was {value} times as high ({ci}) for {a} as for {b}",
        "{mean_of} var {value} gange så højt ({ci}) for {a} som for {b}",
    ),
    "rate_ratio_by_time": (
        "The rate of {outcome} was {value} times as high ({ci}) for {a} as for {b}",
        "Raten af {outcome} var {value} gange så høj ({ci}) for {a} som for {b}",
    ),
    "share_of_total": (
        "Of the difference in {mean_of} between {a} and {b}, {named} makes {value} % ({ci})",
        "Af forskellen mellem {a} og {b} i {mean_of} udgør {named} {value} % ({ci})",
    ),
    "contribution": (
        "{named} contributes {value} ({ci}) to the difference in {mean_of} between {a} and {b}",
        "{named} bidrager med {value} ({ci}) til forskellen mellem {a} og {b} i {mean_of}",
    ),
    "stage": (
        "{value} % ({ci}) of all reached the stage “{named}”: {a}",
        "{value} % ({ci}) af alle nåede trinnet “{named}”: {a}",
    ),
    "transition": (
        "Of {before}, {value} % ({ci}) went on to “{named}”: {a}",
        "Af {before} gik {value} % ({ci}) videre til “{named}”: {a}",
    ),
    "restricted_mean": (
        "The mean time before {event} or {competing}, counted up to {end}, was {value} {unit} ({ci}) for {a}",
        "Den gennemsnitlige tid før {event} eller {competing}, regnet til og med {end}, var {value} {unit} ({ci}) for "
        "{a}",
    ),
    "time_lost": (
        "Of the first {end}, {value} {unit} ({ci}) were lost on average to {named} for {a}",
        "Af de første {end} gik i gennemsnit {value} {unit} ({ci}) tabt ved {named} for {a}",
    ),
    "aic": ("The AIC of the model was {value}: {a}", "Modellens AIC var {value}: {a}"),
    "log_likelihood": ("The log-likelihood of the model was {value}: {a}", "Modellens log-likelihood var {value}: {a}"),
    "dispersion": (
        "The dispersion (Pearson) was {value}: {a}; 1 would mean no more spread than the model allows",
        "Spredningen (Pearson) var {value}: {a}; 1 ville betyde ikke mere spredning, end modellen tillader",
    ),
    "theta": (
        "The theta of the model was {value}: {a}; the lower, the more spread beyond a Poisson count",
        "Modellens theta var {value}: {a}; jo lavere, desto mere spredning ud over et Poisson-antal",
    ),
    "zeros_observed": ("{value} % of the persons had none", "{value} % af personerne havde ingen"),
    "zeros_expected": (
        "{value} % of the persons were expected to have none: {a}",
        "{value} % af personerne forventedes at have ingen: {a}",
    ),
    "observed_persons": (
        "{value} persons had {at} ({outcome})",
        "{value} personer havde {at} ({outcome})",
    ),
    "expected_persons": (
        "{value} persons were expected to have {at} ({outcome}): {a}",
        "{value} personer forventedes at have {at} ({outcome}): {a}",
    ),
    "share_of_appointments": (
        "{value} % of the appointments had the status “{who}”: {a}",
        "{value} % af aftalerne havde status “{who}”: {a}",
    ),
    "at_risk": (
        "{value} persons were under observation just before {one_unit} {at}: {a}",
        "{value} personer var under observation lige før {one_unit} {at}: {a}",
    ),
    "ratio_of_odds_ratios": (
        "The odds ratio of {outcome}, {a} against {b}, was {value} times as high ({ci}) for {who} as for {other}",
        "Odds ratioen for {outcome}, {a} over for {b}, var {value} gange så høj ({ci}) for {who} som for {other}",
    ),
    "ratio_of_risk_ratios": (
        "The risk ratio of {outcome}, {a} against {b}, was {value} times as high ({ci}) for {who} as for {other}",
        "Risikoratioen for {outcome}, {a} over for {b}, var {value} gange så høj ({ci}) for {who} som for {other}",
    ),
    "reri": (
        "The relative excess risk of {outcome} due to interaction (RERI) of {a} with {who} was {value} ({ci}); "
        "0 would mean that the two add up",
        "Den relative overrisiko for {outcome} ved interaktion (RERI) mellem {a} og {who} var {value} ({ci}); "
        "0 ville betyde, at de to lægges sammen",
    ),
    "attributable_proportion": (
        "Of the ratio of {outcome} for {a} and {who} together, {value} % ({ci}) is attributable to interaction",
        "Af ratioen for {outcome} ved {a} og {who} tilsammen kan {value} % ({ci}) tilskrives interaktion",
    ),
    "synergy_index": (
        "The synergy index of {a} and {who} for {outcome} was {value} ({ci}); 1 would mean that the two add up",
        "Synergiindekset for {a} og {who} ved {outcome} var {value} ({ci}); 1 ville betyde, at de to lægges sammen",
    ),
    "relative_index": (
        "The risk of {outcome} was {value} times as high ({ci}) at the highest as at the lowest end of the ranking "
        "by {rank}",
        "Risikoen for {outcome} var {value} gange så høj ({ci}) i den højeste som i den laveste ende af rangordningen "
        "efter {rank}",
    ),
    "concentration_index": (
        "The concentration index ({a}) of {outcome} by {rank} was {value} ({ci}); above 0 means more at the high end",
        "Koncentrationsindekset ({a}) for {outcome} efter {rank} var {value} ({ci}); over 0 betyder mere i den høje "
        "ende",
    ),
    "between_group_variance": (
        "The variance of the risk of {outcome} between the groups of {rank} was {value} squared percentage points "
        "({ci}){expected}",
        "Variansen af risikoen for {outcome} mellem grupperne af {rank} var {value} procentpoint i anden ({ci})"
        "{expected}",
    ),
    "mean_difference_from_mean": (
        "The risk of {outcome} in the groups of {rank} lay on average {value} percentage points ({ci}) from that of all"
        "{expected}",
        "Risikoen for {outcome} i grupperne af {rank} lå i gennemsnit {value} procentpoint ({ci}) fra den samlede"
        "{expected}",
    ),
    # printed counts and what they leave possible
    "rate_per_year": ("{value} persons a year ({ci}): {a}", "{value} personer om året ({ci}): {a}"),
    "lowest_count": ("At least {value} persons: {a}", "Mindst {value} personer: {a}"),
    "highest_count": ("At most {value} persons: {a}", "Højst {value} personer: {a}"),
    "lowest_share": (
        "At least {value} % ({ci}) of the persons {did}, whatever is not printed: {a}",
        "Mindst {value} % ({ci}) af personerne {did}, uanset hvad der ikke er publiceret: {a}",
    ),
    "highest_share": (
        "At most {value} % ({ci}) of the persons {did}, whatever is not printed: {a}",
        "Højst {value} % ({ci}) af personerne {did}, uanset hvad der ikke er publiceret: {a}",
    ),
    "lowest_share_difference": (
        "Whatever is not printed, the share who {did} for {a} less that for {b} was at least {value} percentage "
        "points ({ci})",
        "Uanset hvad der ikke er publiceret, var andelen, der {did}, for {a} minus den for {b} mindst {value} "
        "procentpoint ({ci})",
    ),
    "highest_share_difference": (
        "Whatever is not printed, the share who {did} for {a} less that for {b} was at most {value} percentage "
        "points ({ci})",
        "Uanset hvad der ikke er publiceret, var andelen, der {did}, for {a} minus den for {b} højst {value} "
        "procentpoint ({ci})",
    ),
    "closing_share": (
        "The part of the gap between {a} and {b} that the route of referral closes: {value}",
        "Den del af forskellen mellem {a} og {b}, som henvisningsvejen udligner: {value}",
    ),
    "survival_part": (
        "Different survival makes {value} percentage points ({ci}) of the difference in risk of {outcome} between {a} "
        "and {b}",
        "Forskellig overlevelse udgør {value} procentpoint ({ci}) af forskellen i risiko for {outcome} mellem {a} "
        "og {b}",
    ),
    "e_value": (
        "To explain this {ratio} of {outcome} away, {a} against {b}, an unmeasured confounder would have to go with "
        "both {rank} and {outcome} by risk ratios of at least {value} each ({ci}, to move the interval to 1); {rank} "
        "is not a treatment, so this describes how sensitive the ratio is and does not test a cause",
        "For at bortforklare denne {ratio} for {outcome}, {a} over for {b}, måtte en umålt confounder hænge sammen med "
        "både {rank} og {outcome} med risikoratioer på mindst {value} hver ({ci}, for at flytte intervallet til 1); "
        "{rank} er ikke en behandling, så det beskriver, hvor følsom ratioen er, og afprøver ingen årsag",
    ),
}
SENTENCES |= OF_PATHS | OF_MONITORING
# measure -> for a positive, a negative and a hidden difference (hidden: which of the two would tell the sign)
SIGNED: dict[str, dict[bool | None, tuple[str, str]]] = {
    "risk_difference": {
        True: (
            "The risk of {outcome} was {value} percentage points higher ({ci}) for {a} than for {b}",
            "Risikoen for {outcome} var {value} procentpoint højere ({ci}) for {a} end for {b}",
        ),
        False: (
            "The risk of {outcome} was {value} percentage points lower ({ci}) for {a} than for {b}",
            "Risikoen for {outcome} var {value} procentpoint lavere ({ci}) for {a} end for {b}",
        ),
        None: (
            "The difference in risk of {outcome} between {a} and {b} was {value} percentage points ({ci})",
            "Forskellen i risiko for {outcome} mellem {a} og {b} var {value} procentpoint ({ci})",
        ),
    },
    "slope_index": {
        True: (
            "The risk of {outcome} rose by {value} percentage points ({ci}) from the lowest to the highest end of the "
            "ranking by {rank}",
            "Risikoen for {outcome} steg med {value} procentpoint ({ci}) fra den laveste til den højeste ende af "
            "rangordningen efter {rank}",
        ),
        False: (
            "The risk of {outcome} fell by {value} percentage points ({ci}) from the lowest to the highest end of the "
            "ranking by {rank}",
            "Risikoen for {outcome} faldt med {value} procentpoint ({ci}) fra den laveste til den højeste ende af "
            "rangordningen efter {rank}",
        ),
        None: (
            "The change in risk of {outcome} from the lowest to the highest end of the ranking by {rank} was {value} "
            "percentage points ({ci})",
            "Ændringen i risiko for {outcome} fra den laveste til den højeste ende af rangordningen efter {rank} var "
            "{value} procentpoint ({ci})",
        ),
    },
    "interaction_contrast": {
        True: (
            "The risk of {outcome} for {a} minus that for {b} was {value} percentage points higher ({ci}) for {who} "
            "than for {other}",
            "Risikoen for {outcome} for {a} minus den for {b} var {value} procentpoint højere ({ci}) for {who} end for "
            "{other}",
        ),
        False: (
            "The risk of {outcome} for {a} minus that for {b} was {value} percentage points lower ({ci}) for {who} "
            "than for {other}",
            "Risikoen for {outcome} for {a} minus den for {b} var {value} procentpoint lavere ({ci}) for {who} end for "
            "{other}",
        ),
        None: (
            "The risk of {outcome} for {a} minus that for {b} differed by {value} percentage points ({ci}) between "
            "{who} and {other}",
            "Risikoen for {outcome} for {a} minus den for {b} var {value} procentpoint ({ci}) forskellig mellem {who} "
            "og {other}",
        ),
    },
}
# differences in the unit of what was measured: the same words, more or less
_MEANS = {
    True: (
        "{mean_of} was {value} higher ({ci}) for {a} than for {b}",
        "{mean_of} var {value} højere ({ci}) for {a} end for {b}",
    ),
    False: (
        "{mean_of} was {value} lower ({ci}) for {a} than for {b}",
        "{mean_of} var {value} lavere ({ci}) for {a} end for {b}",
    ),
    None: (
        "The difference in {mean_of} between {a} and {b} was {value} ({ci})",
        "Forskellen mellem {a} og {b} i {mean_of} var {value} ({ci})",
    ),
}
_TIMES = {
    True: (
        "The mean time before {event} or {competing}, counted up to {end}, was {value} {unit} longer ({ci}) for {a} "
        "than for {b}",
        "Den gennemsnitlige tid før {event} eller {competing}, regnet til og med {end}, var {value} {unit} længere "
        "({ci}) for {a} end for {b}",
    ),
    False: (
        "The mean time before {event} or {competing}, counted up to {end}, was {value} {unit} shorter ({ci}) for {a} "
        "than for {b}",
        "Den gennemsnitlige tid før {event} eller {competing}, regnet til og med {end}, var {value} {unit} kortere "
        "({ci}) for {a} end for {b}",
    ),
    None: (
        "The mean time before {event} or {competing}, counted up to {end}, differed by {value} {unit} ({ci}) between "
        "{a} and {b}",
        "Den gennemsnitlige tid før {event} eller {competing}, regnet til og med {end}, var {value} {unit} ({ci}) "
        "forskellig mellem {a} og {b}",
    ),
}
_LOST = {
    True: (
        "Of the first {end}, {value} {unit} more ({ci}) were lost on average to {named} for {a} than for {b}",
        "Af de første {end} gik i gennemsnit {value} {unit} mere ({ci}) tabt ved {named} for {a} end for {b}",
    ),
    False: (
        "Of the first {end}, {value} {unit} less ({ci}) were lost on average to {named} for {a} than for {b}",
        "Af de første {end} gik i gennemsnit {value} {unit} mindre ({ci}) tabt ved {named} for {a} end for {b}",
    ),
    None: (
        "The time of the first {end} lost on average to {named} differed by {value} {unit} ({ci}) between {a} and {b}",
        "Den tid af de første {end}, der i gennemsnit gik tabt ved {named}, var {value} {unit} ({ci}) forskellig "
        "mellem {a} og {b}",
    ),
}
_STAGES = {
    True: (
        "The share of all who reached the stage “{named}” was {value} percentage points higher ({ci}) for {a} than "
        "for {b}",
        "Andelen af alle, der nåede trinnet “{named}”, var {value} procentpoint højere ({ci}) for {a} end for {b}",
    ),
    False: (
        "The share of all who reached the stage “{named}” was {value} percentage points lower ({ci}) for {a} than "
        "for {b}",
        "Andelen af alle, der nåede trinnet “{named}”, var {value} procentpoint lavere ({ci}) for {a} end for {b}",
    ),
    None: (
        "The share of all who reached the stage “{named}” differed by {value} percentage points ({ci}) between {a} "
        "and {b}",
        "Andelen af alle, der nåede trinnet “{named}”, var {value} procentpoint ({ci}) forskellig mellem {a} og {b}",
    ),
}
_TRANSITIONS = {
    True: (
        "Of {before}, {value} percentage points more ({ci}) went on to “{named}” for {a} than for {b}",
        "Af {before} gik {value} procentpoint flere ({ci}) videre til “{named}” for {a} end for {b}",
    ),
    False: (
        "Of {before}, {value} percentage points fewer ({ci}) went on to “{named}” for {a} than for {b}",
        "Af {before} gik {value} procentpoint færre ({ci}) videre til “{named}” for {a} end for {b}",
    ),
    None: (
        "Of {before}, the share who went on to “{named}” differed by {value} percentage points "
        "({ci}) between {a} and {b}",
        "Af {before} var andelen, der gik videre til “{named}”, {value} procentpoint ({ci}) "
        "forskellig mellem {a} og {b}",
    ),
}
SIGNED |= {
    "mean_difference": _MEANS,
    "mean_time_difference": _TIMES,
    "time_lost_difference": _LOST,
    "stage_difference": _STAGES,
    "transition_difference": _TRANSITIONS,
    "beyond_difference": BEYOND_DIFFERENCE,
    **SIGNED_OF_PATHS,
    **SIGNED_OF_MONITORING,
}
EXPECTED = ("; chance alone would give {value}", "; tilfældighed alene ville give {value}")
NULL_INCLUDED = ("; the interval includes {null}", "; intervallet rummer {null}")
AMONG = ("Among those {population}", "Blandt dem, der er {population}")
MEAN_OF = ("the mean of {outcome}", "gennemsnittet af {outcome}")
MEAN_NUMBER_OF = ("the mean number of {outcome}", "det gennemsnitlige antal {outcome}")
MEAN_CHANGE = ("the mean {outcome}", "den gennemsnitlige {outcome}")
AT_DELTAS = ("with a delta of {own} for {a} and {other} for {b}", "med en delta på {own} for {a} og {other} for {b}")
AT_STAGE = ("those who reached the stage “{stage}”", "dem, der nåede trinnet “{stage}”,")
AT_START = ("all", "alle")
HIDDEN_NUMBER = (
    "The number is hidden, because it would be of fewer than {minimum} persons or reveal fewer: {what}.",
    "Tallet er skjult, fordi det ville handle om færre end {minimum} personer eller afsløre færre: {what}.",
)
AGAINST = ("{a} against {b}", "{a} over for {b}")
