"""The table of sentences and headings of figures and tables, English and Danish."""

from __future__ import annotations

# name -> (English, Danish); {braces} are filled in
PHRASES: dict[str, tuple[str, str]] = {
    "of_outcome": ("{measure} of {outcome}", "{measure} for {outcome}"),
    "outcome_first": ("{outcome}: {what}", "{outcome}: {what}"),
    "on_the_path_to": ("{stage} on the path to {end}", "{stage} på vejen til {end}"),
    "against": ("{what} (reference: {reference})", "{what} (reference: {reference})"),
    "in_percent": ("{what} (%)", "{what} (%)"),
    "in_points": ("{what} (percentage points)", "{what} (procentpoint)"),
    "points_against": (
        "{what} (percentage points; reference: {reference})",
        "{what} (procentpoint; reference: {reference})",
    ),
    "within_time": ("{outcome} within {time}", "{outcome} inden for {time}"),
    "within": ("within {time}", "inden for {time}"),
    "horizon": ("Horizon", "Horisont"),
    "estimate_ci": ("{what} (95 % CI)", "{what} (95 % KI)"),
    "difference_ci": ("Difference, pp (95 % CI)", "Forskel, pp (95 % KI)"),
    "n_events": ("n (events)", "n (hændelser)"),
    "printed": ("Printed, fully adjusted ({source})", "Trykt, fuldt justeret ({source})"),
    "ratio": ("Ratio", "Ratio"),
    "reference": ("reference", "reference"),
    "hidden": ("–", "–"),
    "hidden_note": (
        "– Hidden: fewer than {minimum} persons, or a number that would reveal fewer.",
        "– Skjult: færre end {minimum} personer, eller et tal, der ville afsløre færre.",
    ),
    "rounded_note": ("Counts are rounded to the nearest 5.", "Antal er afrundet til nærmeste 5."),
    "synthetic": ("Synthetic data: simulated persons.", "Syntetiske data: simulerede personer."),
    "ci_note": ("CI: confidence interval.", "KI: konfidensinterval."),
    "pp_note": ("pp: percentage points.", "pp: procentpoint."),
    "iqr_note": ("IQR: interquartile range.", "IQR: interkvartilbredde."),
    "sd_note": ("SD: standard deviation.", "SD: standardafvigelse."),
    "absolute_note": (
        "Differences are absolute, in percentage points, standardised over the persons in the model.",
        "Forskelle er absolutte, i procentpoint, standardiseret over personerne i modellen.",
    ),
    "adjusted_note": ("Adjustment: {sets}.", "Justering: {sets}."),
    "shares_note": (
        "Shares are of everybody in the column, missing values included.",
        "Andele er af alle i kolonnen, manglende værdier medregnet.",
    ),
    "counts_differ_note": (
        "n and events are those of the first model; a model drops persons who miss one of its variables.",
        "n og hændelser er den første models; en model udelader personer, der mangler en af dens variable.",
    ),
    "mean_sd": ("Mean (SD)", "Gennemsnit (SD)"),
    "median_iqr": ("Median (IQR)", "Median (IQR)"),
    "step": ("Step", "Trin"),
    "missing": ("missing", "mangler"),
    "says_hazard_ratio": (
        "how fast, at any time, among those alive and still without it",
        "hvor hurtigt, på ethvert tidspunkt, blandt levende, der endnu ikke har det",
    ),
    "says_odds_ratio": ("odds of having it within the period", "odds for at få det inden for perioden"),
    "says_risk_ratio": ("share who have it within the period", "andel, der får det inden for perioden"),
    "says_risk_difference": ("more (or fewer) of every 100 persons", "flere (eller færre) af hver 100 personer"),
    # captions
    "caption_forest": (
        "{measure} of {outcome} with 95 % confidence intervals, logarithmic axis, against {reference}; "
        "one group of rows per adjustment set.",
        "{measure} for {outcome} med 95 % konfidensintervaller, logaritmisk akse, i forhold til {reference}; "
        "én gruppe rækker pr. justering.",
    ),
    "caption_risks": (
        "Standardised risk of {outcome} with 95 % confidence intervals, and its difference from {reference} "
        "in percentage points.",
        "Standardiseret risiko for {outcome} med 95 % konfidensintervaller og forskellen fra {reference} "
        "i procentpoint.",
    ),
    "caption_measures": (
        "Relative and absolute measures of {outcome} side by side, with 95 % confidence intervals, against "
        "{reference}. They answer different questions and are not interchangeable.",
        "Relative og absolutte mål for {outcome} side om side med 95 % konfidensintervaller i forhold til "
        "{reference}. De besvarer forskellige spørgsmål og kan ikke ombyttes.",
    ),
    "horizon_note": (
        "The hazard ratio is of all times, the other measures are of the first {days} days.",
        "Hazard ratioen gælder alle tider, de øvrige mål de første {days} dage.",
    ),
    "caption_flow": (
        "Participant flow: persons kept (left) and left out (right) at each step.",
        "Deltagerflow: personer, der indgår (venstre), og som udelades (højre), ved hvert trin.",
    ),
    "caption_descriptive": ("Persons by {exposure}.", "Personer efter {exposure}."),
    "caption_gradient": (
        "{outcome} by {exposure}: relative and absolute measures under each adjustment.",
        "{outcome} efter {exposure}: relative og absolutte mål under hver justering.",
    ),
    "caption_published": ("Figures as printed in {source}.", "Tal som trykt i {source}."),
    "printed_beside": (
        "Open markers under the line are printed figures ({source}), not estimates from these data.",
        "Åbne mærker under stregen er trykte tal ({source}), ikke estimater fra disse data.",
    ),
    "value_of_level": ("{level}: {value} ({interval})", "{level}: {value} ({interval})"),
    # estimates beside the truth of a simulation
    "caption_truth": (
        "Estimates of {outcome} beside the truth of the simulation.",
        "Estimater for {outcome} ved siden af simuleringens sandhed.",
    ),
    "truth_note": (
        "Truth: what the same analysis tends to with more and more simulated persons (data/synthetic/answer_key.csv). "
        "In the long run 95 of 100 such intervals hold it; numbers of one extract miss it together, because they come "
        "from the same persons.",
        "Sandhed: det, den samme analyse nærmer sig med flere og flere simulerede personer "
        "(data/synthetic/answer_key.csv). I det lange løb rummer 95 af 100 sådanne intervaller den; tal fra ét udtræk "
        "rammer ved siden af sammen, fordi de kommer fra de samme personer.",
    ),
    "truth_some_left_out": (
        "Numbers for which the answer key has no truth are left out.",
        "Tal, som facitlisten ikke har nogen sandhed for, er udeladt.",
    ),
    "in_interval": ("In the interval", "I intervallet"),
    "no_truth": ("No truth to show", "Ingen sandhed at vise"),
    "no_truth_real": (
        "The persons of this extract are real: nobody knows the truth.",
        "Personerne i dette udtræk er virkelige: ingen kender sandheden.",
    ),
    "no_truth_scenario": (
        "The answer key has no such simulation: scenario {scenario}, exposure {exposure}.",
        "Facitlisten har ingen sådan simulering: scenarie {scenario}, eksponering {exposure}.",
    ),
    "no_truth_settings": (
        "The answer key was made with another choice of: {names}.",
        "Facitlisten er lavet med et andet valg af: {names}.",
    ),
    "no_truth_rows": (
        "The answer key has no truth for these numbers: another horizon, adjustment, reference or measure.",
        "Facitlisten har ingen sandhed for disse tal: en anden horisont, justering, reference eller et andet mål.",
    ),
    # curves over time
    "incidence_axis": ("{outcome}: cumulative incidence (%)", "{outcome}: kumuleret incidens (%)"),
    "time_axis": ("{unit} since {origin}", "{unit} siden {origin}"),
    "at_risk_head": ("Persons under observation", "Personer under observation"),
    "caption_incidence": (
        "Cumulative incidence of {outcome} and of {competing} since {origin}, by {exposure}, with 95 % confidence "
        "bands; persons under observation below.",
        "Kumuleret incidens af {outcome} og af {competing} siden {origin} efter {exposure}, med 95 % konfidensbånd; "
        "personer under observation nedenunder.",
    ),
    "caption_incidence_all": (
        "Cumulative incidence of {outcome} and of {competing} since {origin}, with 95 % confidence bands; persons "
        "under observation below.",
        "Kumuleret incidens af {outcome} og af {competing} siden {origin}, med 95 % konfidensbånd; personer under "
        "observation nedenunder.",
    ),
    "at_day": ("at day {day}", "på dag {day}"),
    "latest_day": ("latest day shown", "sidst viste dag"),
    # interaction
    "interaction_axis": (
        "{outcome}: difference from {reference}, less the same difference in the stratum compared with "
        "(percentage points)",
        "{outcome}: forskel fra {reference} minus den samme forskel i det stratum, der sammenlignes med (procentpoint)",
    ),
    "strata_compared": ("{stratum} against {other}", "{stratum} sammenlignet med {other}"),
    "interaction_zero": (
        "Interaction contrast: 0 means that the differences add up.",
        "Interaktionskontrast: 0 betyder, at forskellene lægges sammen.",
    ),
    "contrast_ci": ("Contrast, pp (95 % CI)", "Kontrast, pp (95 % KI)"),
    "caption_interaction": (
        "Standardised risk of {outcome} in each combination, with 95 % confidence intervals, its difference from "
        "{reference} within each stratum, and below how much those differences differ between strata, in percentage "
        "points.",
        "Standardiseret risiko for {outcome} i hver kombination med 95 % konfidensintervaller, dens forskel fra "
        "{reference} inden for hvert stratum, og nederst hvor meget disse forskelle er forskellige mellem strata, i "
        "procentpoint.",
    ),
    "caption_interaction_table": (
        "{outcome}: interaction of {exposure} with {modifier}, on the additive and the multiplicative scale.",
        "{outcome}: interaktion mellem {exposure} og {modifier}, på den additive og den multiplikative skala.",
    ),
    "caption_strata": (
        "Difference in risk of {outcome} from {reference}, in percentage points, with 95 % confidence intervals; one "
        "group of rows per stratum or adjustment.",
        "Forskel i risiko for {outcome} fra {reference}, i procentpoint, med 95 % konfidensintervaller; én gruppe "
        "rækker pr. stratum eller justering.",
    ),
    "within_stratum": ("{measure} within the stratum", "{measure} inden for stratummet"),
    "additive": ("Departure from additivity", "Afvigelse fra additivitet"),
    "multiplicative": ("Departure from multiplicativity", "Afvigelse fra multiplikativitet"),
    "each_cell": ("{measure} in each combination", "{measure} i hver kombination"),
    # inequality
    "caption_inequality": ("Inequality in {outcome} by {exposure}.", "Ulighed i {outcome} efter {exposure}."),
    "says_slope_index": (
        "difference in risk from the lowest to the highest end of the ranking",
        "forskel i risiko fra den laveste til den højeste ende af rangordningen",
    ),
    "says_relative_index": (
        "ratio of the risks at the two ends of the ranking",
        "ratio mellem risiciene i rangordningens to ender",
    ),
    "says_concentration_index": (
        "above 0: more of it at the high end",
        "over 0: mere af det i den høje ende",
    ),
    "says_between_group_variance": (
        "average squared distance of the groups from the mean of all",
        "gruppernes gennemsnitlige kvadrerede afstand fra det samlede gennemsnit",
    ),
    "says_mean_difference_from_mean": (
        "average distance of the groups from the mean of all",
        "gruppernes gennemsnitlige afstand fra det samlede gennemsnit",
    ),
    "meaning": ("What it says", "Hvad det siger"),
    "expected_by_chance": ("From chance alone", "Alene ved tilfældighed"),
    # tables of any measures
    "caption_values": ("{outcome}: {measures}.", "{outcome}: {measures}."),
    "contrast_of": ("{level} against {reference}", "{level} sammenlignet med {reference}"),
    "e_value_note": (
        "E-value: how strongly, as a risk ratio, an unmeasured confounder would have to go with both the exposure and "
        "the outcome to explain the ratio away; limit: to move the interval to 1. Education is not a treatment: the "
        "E-value describes how sensitive a ratio is and tests no cause.",
        "E-værdi: hvor stærkt, som risikoratio, en umålt confounder måtte hænge sammen med både eksponering og udfald "
        "for at bortforklare ratioen; grænse: for at flytte intervallet til 1. Uddannelse er ikke en behandling: "
        "E-værdien beskriver, hvor følsom en ratio er, og afprøver ingen årsag.",
    ),
    "survival_note": (
        "Survival: how much of the difference in risk comes from one level living longer than the other, and so being "
        "there to have the event.",
        "Overlevelse: hvor meget af forskellen i risiko der kommer af, at det ene niveau lever længere end det andet "
        "og dermed er der til at få hændelsen.",
    ),
    "pp2_note": ("pp²: squared percentage points.", "pp²: procentpoint i anden."),
}
