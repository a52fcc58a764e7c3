"""The table of sentences and headings of the tables of the pathway, English and Danish."""

from __future__ import annotations

# name -> (English, Danish); {braces} are filled in
PATHWAY_TABLES: dict[str, tuple[str, str]] = {
    # where the difference arises
    "stage": ("Stage", "Trin"),
    "all_stages": ("All stages", "Alle trin"),
    "reached_stage": ("Reached it, n", "Nåede det, n"),
    "passed_stage": ("Passed it", "Passerede det"),
    "of_level_n": ("level", "niveau"),
    "of_reference_n": ("reference", "reference"),
    "of_level": ("of level", "af niveau"),
    "of_reference": ("of reference", "af reference"),
    "ratio_ci": ("Ratio (95 % CI)", "Ratio (95 % KI)"),
    "contribution_per": ("Contribution {per} (95 % CI)", "Bidrag {per} (95 % KI)"),
    "in_sequential": ("stage by stage", "trin for trin"),
    "in_shapley": ("Shapley", "Shapley"),
    "share_ci": ("Share, % (95 % CI)", "Andel, % (95 % KI)"),
    "caption_pathway_table": (
        "At which stage the difference in {outcome} by {exposure} arises.",
        "På hvilket trin forskellen i {outcome} efter {exposure} opstår.",
    ),
    "in_block": ("{contrast}: {model}", "{contrast}: {model}"),
    "everybody_counts": ("{level} (n = {n})", "{level} (n = {n})"),
    "passed_note": (
        "Passed it: share of those who in their own level came that far{counted}; for all stages together, {outcome} "
        "{per}. The ratio is that of the two; the ratios of the stages multiply to that of all.",
        "Passerede det: andel af dem, der på deres eget niveau kom så langt{counted}; for alle trin tilsammen "
        "{outcome} {per}. Ratioen er forholdet mellem de to; trinnenes ratioer ganges til ratioen for alle trin.",
    ),
    "passed_count_note": (" (of {named} the mean number)", " (for {named} det gennemsnitlige antal)"),
    "measured_note": (
        "Of the last stage only those measured are counted; its shares are weighted by one over the chance of being "
        "measured.",
        "På det sidste trin er kun de målte talt med; dets andele er vægtet med den inverse sandsynlighed for at være "
        "målt.",
    ),
    "ends_note": (
        "Ends of the ranking: who reached a stage is the number of all; shares are read off the line over the ranking.",
        "Rangordningens ender: de, der nåede et trin, er antallet af alle; andele er aflæst på linjen over "
        "rangordningen.",
    ),
    "contributions_note": (
        "Contributions add up to the difference of all stages.",
        "Bidragene giver tilsammen forskellen for alle trin.",
    ),
    "sequential_note": (
        "Stage by stage: what is lost or gained at the stage among those who in their own level came that far.",
        "Trin for trin: hvad der tabes eller vindes på trinnet blandt dem, der på deres eget niveau kom så langt.",
    ),
    "shapley_note": (
        "Shapley: what would be gone had the level passed this stage as the reference does, mean over the orders of "
        "the stages.",
        "Shapley: hvad der ville falde bort, hvis niveauet passerede dette trin som referencen, gennemsnit over "
        "trinnenes rækkefølger.",
    ),
    # where the readings differ
    "in_reordered": ("in another order", "i anden rækkefølge"),
    "difference_of_readings": ("Shapley less stage by stage", "Shapley minus trin for trin"),
    "reordered_note": (
        "In another order: the same shares, multiplied stage by stage in another order.",
        "I anden rækkefølge: de samme andele, ganget trin for trin i en anden rækkefølge.",
    ),
    "contribution_points": ("Contribution {per}", "Bidrag {per}"),
    "caption_readings": (
        "Where the two readings of the difference in {outcome} by {exposure} differ.",
        "Hvor de to læsemåder af forskellen i {outcome} efter {exposure} er forskellige.",
    ),
    "points_note": (
        "Point values, without intervals. The readings differ as far as {exposure} and the covariates act together on "
        "the stages.",
        "Punktestimater uden intervaller. Læsemåderne er forskellige i det omfang, {exposure} og kovariaterne virker "
        "sammen på trinnene.",
    ),
    # scenarios
    "scenario_head": ("Scenario", "Scenarie"),
    "quantity_per": ("{outcome} {per}", "{outcome} {per}"),
    "gap_absolute": ("Difference", "Forskel"),
    "gap_ratio": ("Ratio", "Ratio"),
    "gap_change_head": ("Change in difference", "Ændring i forskel"),
    "additional_head": ("Additional a year", "Yderligere om året"),
    "caption_scenario_table": (
        "{outcome} by {exposure}, as observed and under scenarios.",
        "{outcome} efter {exposure}, som observeret og i scenarier.",
    ),
    "scenario_units_note": (
        "In parentheses 95 % confidence intervals. Differences and their changes are {per}; additional a year is of "
        "everybody, where 10,000 are diagnosed a year.",
        "I parentes 95 % konfidensintervaller. Forskelle og ændringer i dem er {per}; yderligere om året gælder alle, "
        "ved 10.000 diagnosticerede om året.",
    ),
    "scenario_changes": ("{scenario}: {changes}.", "{scenario}: {changes}."),
    "scenario_assumed": ("Assumed: {assumed}.", "Forudsat: {assumed}."),
}
