"""The sentences about a pathway and its scenarios, in English and Danish, gaps in braces.

{named} is the stage, {earlier} the one before, {ending} what is left at the end, {scope} of whom a ratio is. A ratio
says what it conditions on; the Shapley reading says what it supposes.
"""

from __future__ import annotations

_IN_SHAPLEY = (
    "had the level passed this stage as the reference does (mean over the orders of the stages)",
    "hvis niveauet passerede dette trin som referencen (gennemsnit over trinnenes rækkefølger)",
)
_SEEN = (
    "The stage “{named}”, seen {scope_end}, contributes",
    "Trinnet “{named}”, set {scope_end}, bidrager med",
)
# kind of row (`pathway_wording.path_kind`) -> (English, Danish)
OF_PATHS: dict[str, tuple[str, str]] = {
    "stage_quantity": (
        "{of_per}, {value} ({ci}) reached the stage “{named}”: {a}",
        "{of_per} nåede {value} ({ci}) trinnet “{named}”: {a}",
    ),
    "stage_quantity_counted": (
        "There were {value} ({ci}) {named} {per}: {a}",
        "Der var {value} ({ci}) {named} {per}: {a}",
    ),
    "stage_ratio": (
        "{scope} the share who reached the stage “{named}” was {value} times as high ({ci}) for {a} as for {b}",
        "{scope} var andelen, der nåede trinnet “{named}”, {value} gange så høj ({ci}) for {a} som for {b}",
    ),
    "stage_ratio_count": (
        "{scope} the mean number of {named} was {value} times as high ({ci}) for {a} as for {b}",
        "{scope} var det gennemsnitlige antal {named} {value} gange så højt ({ci}) for {a} som for {b}",
    ),
    "stage_ratio_share": (
        "{scope} the share of {earlier} that became {named} was {value} times as high ({ci}) for {a} as for {b}",
        "{scope} var andelen af {earlier}, der blev til {named}, {value} gange så høj ({ci}) for {a} som for {b}",
    ),
    "stage_ratio_whole": (
        "Over all stages together, {ending} {per} was {value} times as high ({ci}) for {a} as for {b}",
        "For alle trin tilsammen var {ending} {per} {value} gange så højt ({ci}) for {a} som for {b}",
    ),
    "stage_ratio_shapley": (
        "At the stage “{named}”: {ending} for {a} was {value} times as high ({ci}) as it would be " + _IN_SHAPLEY[0],
        "Ved trinnet “{named}”: {ending} for {a} var {value} gange så højt ({ci}), som det ville være, "
        + _IN_SHAPLEY[1],
    ),
    "log_contribution": (
        "The stage “{named}” contributes {value} ({ci}) to the logarithm of the ratio between {a} and {b} in {ending}",
        "Trinnet “{named}” bidrager med {value} ({ci}) til logaritmen af ratioen mellem {a} og {b} i {ending}",
    ),
    "log_contribution_sequential": (
        _SEEN[0] + " {value} ({ci}) to the logarithm of the ratio between {a} and {b} in {ending}",
        _SEEN[1] + " {value} ({ci}) til logaritmen af ratioen mellem {a} og {b} i {ending}",
    ),
    "log_contribution_shapley": (
        "Of the logarithm of the ratio between {a} and {b} in {ending}, {value} ({ci}) would be gone at the stage "
        "“{named}” " + _IN_SHAPLEY[0],
        "Af logaritmen af ratioen mellem {a} og {b} i {ending} ville {value} ({ci}) falde bort ved trinnet “{named}”, "
        + _IN_SHAPLEY[1],
    ),
    "log_contribution_whole": (
        "The logarithm of the ratio between {a} and {b} in {ending} was {value} ({ci}), all stages together",
        "Logaritmen af ratioen mellem {a} og {b} i {ending} var {value} ({ci}), alle trin tilsammen",
    ),
    "contribution_sequential": (
        _SEEN[0] + " {value} ({ci}) {per} to the difference in {ending} between {a} and {b}",
        _SEEN[1] + " {value} ({ci}) {per} til forskellen mellem {a} og {b} i {ending}",
    ),
    "contribution_shapley": (
        "Of the difference in {ending} between {a} and {b}, {value} ({ci}) {per} would be gone at the stage “{named}” "
        + _IN_SHAPLEY[0],
        "Af forskellen mellem {a} og {b} i {ending} ville {value} ({ci}) {per} falde bort ved trinnet “{named}”, "
        + _IN_SHAPLEY[1],
    ),
    "contribution_whole": (
        "The difference in {ending} between {a} and {b} was {value} ({ci}) {per}, all stages together",
        "Forskellen mellem {a} og {b} i {ending} var {value} ({ci}) {per}, alle trin tilsammen",
    ),
    "share_of_total_sequential": (
        "Of the difference in {ending} between {a} and {b}, {value} % ({ci}) arose at the stage “{named}”, "
        "seen {scope_end}",
        "Af forskellen mellem {a} og {b} i {ending} opstod {value} % ({ci}) ved trinnet “{named}”, set {scope_end}",
    ),
    "share_of_total_shapley": (
        "Of the difference in {ending} between {a} and {b}, {value} % ({ci}) would be gone at the stage “{named}” "
        + _IN_SHAPLEY[0],
        "Af forskellen mellem {a} og {b} i {ending} ville {value} % ({ci}) falde bort ved trinnet “{named}”, "
        + _IN_SHAPLEY[1],
    ),
    # as observed, and under a scenario, which opens the sentence
    "path_risk": (
        "{value} % ({ci}) of all diagnosed reach the stage “{named}”: {a}",
        "{value} % ({ci}) af alle diagnosticerede når trinnet “{named}”: {a}",
    ),
    "path_risk_ratio": (
        "The share of all diagnosed who reach the stage “{named}” is {value} times as high ({ci}) for {a} as for {b}",
        "Andelen af alle diagnosticerede, der når trinnet “{named}”, er {value} gange så høj ({ci}) for {a} som for "
        "{b}",
    ),
    "path_mean": (
        "There are {value} ({ci}) {named} {per}: {a}",
        "Der er {value} ({ci}) {named} {per}: {a}",
    ),
    "path_mean_ratio": (
        "The number of {named} per person diagnosed is {value} times as high ({ci}) for {a} as for {b}",
        "Antallet af {named} pr. diagnosticeret er {value} gange så højt ({ci}) for {a} som for {b}",
    ),
    "additional": (
        "Where 10,000 are diagnosed a year, {value} ({ci}) additional persons a year would reach the stage “{named}”: "
        "{a}{as_if}",
        "Ved 10.000 diagnosticerede om året ville yderligere {value} ({ci}) personer om året nå trinnet “{named}”: "
        "{a}{as_if}",
    ),
    "additional_counted": (
        "Where 10,000 are diagnosed a year, there would be {value} ({ci}) additional {named} a year: {a}{as_if}",
        "Ved 10.000 diagnosticerede om året ville der være yderligere {value} ({ci}) {named} om året: {a}{as_if}",
    ),
    "gap_change": (
        "The difference in {ending} between {a} and {b} would change by {value} ({ci}) {per}",
        "Forskellen mellem {a} og {b} i {ending} ville ændre sig med {value} ({ci}) {per}",
    ),
}
# for a positive, a negative and a hidden difference, as `sentence_list.SIGNED`
SIGNED_OF_PATHS: dict[str, dict[bool | None, tuple[str, str]]] = {
    "path_risk_difference": {
        True: (
            "The share of all diagnosed who reach the stage “{named}” is {value} percentage points higher ({ci}) for "
            "{a} than for {b}",
            "Andelen af alle diagnosticerede, der når trinnet “{named}”, er {value} procentpoint højere ({ci}) for {a} "
            "end for {b}",
        ),
        False: (
            "The share of all diagnosed who reach the stage “{named}” is {value} percentage points lower ({ci}) for "
            "{a} than for {b}",
            "Andelen af alle diagnosticerede, der når trinnet “{named}”, er {value} procentpoint lavere ({ci}) for {a} "
            "end for {b}",
        ),
        None: (
            "The share of all diagnosed who reach the stage “{named}” differs by {value} percentage points ({ci}) "
            "between {a} and {b}",
            "Andelen af alle diagnosticerede, der når trinnet “{named}”, er {value} procentpoint ({ci}) forskellig "
            "mellem {a} og {b}",
        ),
    },
    "path_mean_difference": {
        True: (
            "There are {value} more {named} ({ci}) {per} for {a} than for {b}",
            "Der er {value} flere {named} ({ci}) {per} for {a} end for {b}",
        ),
        False: (
            "There are {value} fewer {named} ({ci}) {per} for {a} than for {b}",
            "Der er {value} færre {named} ({ci}) {per} for {a} end for {b}",
        ),
        None: (
            "The number of {named} differs by {value} ({ci}) {per} between {a} and {b}",
            "Antallet af {named} er {value} ({ci}) {per} forskelligt mellem {a} og {b}",
        ),
    },
}
