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
    "caption_pathway_ends": (
        "At which stage the difference in {outcome} between the ends of the ranking by {exposure} arises.",
        "På hvilket trin forskellen i {outcome} mellem enderne af rangordningen efter {exposure} opstår.",
    ),
    # persons beside a path
    "beside_skipped": (
        "Passed a stage without one before it, and are not on this path: {stages}.",
        "Passerede et trin uden et af trinnene før og er ikke med på dette forløb: {stages}.",
    ),
    "beside_unseen": (
        "No value at a stage they had come to: {stages}.",
        "Uden værdi på et trin, de var nået til: {stages}.",
    ),
    "beside_stage": ("{stage} {counts}", "{stage} {counts}"),
    "fewer_than": ("fewer than {minimum}", "færre end {minimum}"),
    "came_to_the_end": (
        "Came to the last stage ({stage}): {come}; measured of them: {measured}",
        "Nåede til det sidste trin ({stage}): {come}; heraf målt: {measured}",
    ),
    "measured_at_the_end": (
        "Measured at the last stage ({stage}): {measured}",
        "Målt på det sidste trin ({stage}): {measured}",
    ),
    "worth_weighted": (
        ", worth {worth} after weighting (effective number)",
        ", efter vægtning svarende til {worth} (effektivt antal)",
    ),
    "improved_is": (
        "Improved: changed by at least {points} points for the better on {scale} from the first form to the one at "
        "{followup}.",
        "Bedring: ændret mindst {points} point til det bedre på {scale} fra det første skema til skemaet ved "
        "{followup}.",
    ),
    "form_at_end": ("the end", "afslutningen"),
    "form_at_follow_up": ("follow-up", "opfølgningen"),
    "counted_elsewhere": ("(counted elsewhere)", "(talt andetsteds)"),
    "counted_elsewhere_note": (
        "How many reached {stages} is left out: another table counts them in other, overlapping persons, and the two "
        "numbers would tell of the few who are in one table only.",
        "Hvor mange der nåede {stages}, er udeladt: en anden tabel tæller dem blandt andre, overlappende personer, og "
        "de to tal ville røbe de få, der kun er i den ene.",
    ),
    "left_out_elsewhere_note": (
        "Unadjusted numbers about {affected} would give these back and are left out too.",
        "Ujusterede tal om {affected} ville give dem tilbage og er også udeladt.",
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
    "additional_head": ("{additional}, {per}", "{additional}, {per}"),
    "caption_scenario_table": (
        "{outcome} by {exposure}, as observed and under scenarios.",
        "{outcome} efter {exposure}, som observeret og i scenarier.",
    ),
    "scenario_units_note": (
        "In parentheses 95 % confidence intervals. Differences and their changes are {per}; the last column is of "
        "everybody.",
        "I parentes 95 % konfidensintervaller. Forskelle og ændringer i dem er {per}; sidste kolonne gælder alle.",
    ),
    "start_diagnosed": ("Persons diagnosed: n = {n}.", "Diagnosticerede: n = {n}."),
    "start_persons": ("Persons: n = {n}.", "Personer: n = {n}."),
    "scenario_changes": ("{scenario}: {changes}.", "{scenario}: {changes}."),
    "group_of": ("a group of {n} persons", "en gruppe på {n} personer"),
    "group_without": (
        "without {left_out}, of which it has too few",
        "uden {left_out}, som den har for få personer til",
    ),
    "sampling_error_alone": (
        "The interval is sampling error alone: how those would go on who do not come today is assumed, not estimated.",
        "Intervallet er stikprøveusikkerhed alene: hvordan det ville gå videre for dem, der ikke kommer i dag, er "
        "forudsat, ikke estimeret.",
    ),
    "scenario_assumed": ("Assumed: {assumed}.", "Forudsat: {assumed}."),
}
