"""The table of sentences and headings of the figures of the pathway, English and Danish."""

from __future__ import annotations

# name -> (English, Danish); {braces} are filled in
PATHWAY_CHARTS: dict[str, tuple[str, str]] = {
    # where the gap arises
    "outcome_per_diagnosed": ("{outcome} per {per} diagnosed", "{outcome} pr. {per} diagnosticerede"),
    "outcome_per_persons": ("{outcome} per {per} persons", "{outcome} pr. {per} personer"),
    "reading_of": ("reading: {reading}", "læsemåde: {reading}"),
    "level_with_n": ("{level} (n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{n})",) * 2,
    "level_itself": ("The level itself", "Niveauet selv"),
    "gap": ("Gap", "Forskel"),
    "share_of_gap": ("Share of the gap", "Andel af forskellen"),
    "step_more": ("This step adds", "Trinnet lægger til"),
    "step_less": ("This step takes away", "Trinnet trækker fra"),
    "interval_95": ("95 % confidence interval", "95 % konfidensinterval"),
    "caption_pathway": (
        "At which step the gap in {outcome} arises: from {reference}, the bar at the top, step by step to each level "
        "of {exposure}, with 95 % confidence intervals. A bar to the right: the step adds to what the level has; to "
        "the left, hatched: it takes away.",
        "På hvilket trin forskellen i {outcome} opstår: fra {reference}, søjlen øverst, trin for trin til hvert niveau "
        "af {exposure}, med 95 % konfidensintervaller. En søjle mod højre: trinnet lægger til det, niveauet har; mod "
        "venstre, skraveret: det trækker fra.",
    ),
    # scenarios
    "as_observed": ("As observed", "Som observeret"),
    "under_scenario": ("Scenario", "Scenarie"),
    "moves": ("{what}: {before} → {after}", "{what}: {before} → {after}"),
    "gap_changes": ("Change of the gap: {value}", "Ændring af forskellen: {value}"),
    "additional_counted": ("Additional {outcome} a year", "Flere {outcome} om året"),
    "additional_persons": ("Additional persons a year at “{outcome}”", "Flere personer om året på trinnet “{outcome}”"),
    "additional_read": ("{additional}: {value}", "{additional}: {value}"),
    "scenario_key": (
        "Gap and ratio: {level} against {reference}, with 95 % confidence intervals. {additional}: of everybody, "
        "{per}. {start}",
        "Forskel og ratio: {level} sammenlignet med {reference}, med 95 % konfidensintervaller. {additional}: af alle, "
        "{per}. {start}",
    ),
    "axes_differ": ("Axes differ between panels.", "Akserne er forskellige fra panel til panel."),
    "caption_scenarios": (
        "{outcome} by {exposure}, as observed and under each scenario, with 95 % confidence intervals.",
        "{outcome} efter {exposure}, som observeret og i hvert scenarie, med 95 % konfidensintervaller.",
    ),
    # an unmeasured cause
    "unmeasured_axis": (
        "Strength of the unmeasured cause (log odds per standard deviation)",
        "Den umålte årsags styrke (log odds pr. standardafvigelse)",
    ),
    "unmeasured_title": (
        "{contrast}: contributions to the gap, {quantity}",
        "{contrast}: bidrag til forskellen, {quantity}",
    ),
    "cause_alike": ("Levels alike in the cause at the diagnosis", "Niveauerne er ens i årsagen ved diagnosen"),
    "cause_at_top": (
        "{value} SD more of the cause at the top of the ranking than at the bottom",
        "{value} SD mere af årsagen i toppen af rangordningen end i bunden",
    ),
    "cause_at_bottom": (
        "{value} SD more of the cause at the bottom of the ranking than at the top",
        "{value} SD mere af årsagen i bunden af rangordningen end i toppen",
    ),
    "caption_unmeasured": (
        "What an unmeasured cause of all stages would make of each stage's contribution to the gap in {outcome} from "
        "{reference}, by the strength of the cause; at strength 0 there is none.",
        "Hvad en umålt årsag til alle trin ville gøre ved hvert trins bidrag til forskellen i {outcome} fra "
        "{reference}, efter årsagens styrke; ved styrke 0 er der ingen.",
    ),
    "net_of_the_cause": (
        "Where the levels differ in the cause, the gap is net of it: another number than the one observed.",
        "Hvor niveauerne er forskellige i årsagen, er forskellen renset for den: et andet tal end det observerede.",
    ),
    # read aloud
    "step_read": ("{step}: {value}", "{step}: {value}"),
    "pathway_read": ("{contrast}, {quantity}{model}: {steps}.", "{contrast}, {quantity}{model}: {steps}."),
    "gap_read": ("gap: {value}", "forskel: {value}"),
    "moved_read": ("{what}: from {before} to {after}", "{what}: fra {before} til {after}"),
    "scenario_read": ("{scenario}: {steps}. {moves}.", "{scenario}: {steps}. {moves}."),
    "unmeasured_read": (
        "{heading}strength from {first} to {last}: {steps}.",
        "{heading}styrke fra {first} til {last}: {steps}.",
    ),
}
