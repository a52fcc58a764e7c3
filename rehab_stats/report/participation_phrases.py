"""The table of sentences and headings of the figures and tables of participation, English and Danish."""

from __future__ import annotations

# name -> (English, Danish); {braces} are filled in
PARTICIPATION: dict[str, tuple[str, str]] = {
    # the cascade
    "of_all": ("Of all (%)", "Af alle (%)"),
    "of_those_before": ("Of those at the stage before (%)", "Af dem på trinnet før (%)"),
    "of_all_ci": ("Of all, % (95 % CI)", "Af alle, % (95 % KI)"),
    "of_those_before_ci": ("Of those at the stage before, % (95 % CI)", "Af dem på trinnet før, % (95 % KI)"),
    "difference_before_ci": ("Difference of those, pp (95 % CI)", "Forskel for dem, pp (95 % KI)"),
    "caption_cascade": (
        "Stages from {first} to {last}, by {exposure}: how many of all reached each stage, and how many of those at "
        "the stage before it, in percent with 95 % confidence intervals.",
        "Trin fra {first} til {last} efter {exposure}: hvor mange af alle der nåede hvert trin, og hvor mange af dem "
        "på trinnet før, i procent med 95 % konfidensintervaller.",
    ),
    "caption_cascade_table": (
        "Stages from “{first}” to “{last}” by {exposure}.",
        "Trin fra “{first}” til “{last}” efter {exposure}.",
    ),
    # means
    "mean_axis": ("{outcome}: mean", "{outcome}: gennemsnit"),
    "mean_ci": ("Mean (95 % CI)", "Gennemsnit (95 % KI)"),
    "mean_difference_ci": ("Difference (95 % CI)", "Forskel (95 % KI)"),
    "mean_ratio_ci": ("Ratio (95 % CI)", "Ratio (95 % KI)"),
    "n_with_any": ("n (with any)", "n (med mindst én)"),
    "with_none": ("With none, %", "Uden nogen, %"),
    "printed_means": ("Printed ({source})", "Trykt ({source})"),
    "caption_means": (
        "Mean of {outcome} by {exposure} with 95 % confidence intervals, and its difference from {reference}; one "
        "group of rows per analysis.",
        "Gennemsnit af {outcome} efter {exposure} med 95 % konfidensintervaller og forskellen fra {reference}; én "
        "gruppe rækker pr. analyse.",
    ),
    "caption_means_table": ("{outcome} by {exposure}.", "{outcome} efter {exposure}."),
    "with_any_note": (
        "With any: persons with at least one; with none: share of the persons with none.",
        "Med mindst én: personer med mindst én; uden nogen: andel af personerne uden nogen.",
    ),
    "events_any_note": (
        "Events of means and of rate ratios: persons with at least one.",
        "Hændelser ved gennemsnit og rateratioer: personer med mindst én.",
    ),
    # how count models fit
    "rootogram_axis": ("Persons", "Personer"),
    "and_more": ("{count}+", "{count}+"),
    "rootogram_key": (
        "Square-root scale. Line: persons the model expects. Bars: persons observed, hung from that line; a bar that "
        "stops above 0 is fewer persons than expected, one that passes 0 is more.",
        "Kvadratrodsskala. Linje: personer, modellen forventer. Søjler: observerede personer, hængt op i linjen; en "
        "søjle, der ender over 0, er færre personer end forventet, en, der går under 0, er flere.",
    ),
    "caption_rootogram": (
        "Hanging rootograms of {outcome}: observed numbers of persons hung from those that each count model expects, "
        "on a square-root scale.",
        "Hængende rootogrammer for {outcome}: observerede antal personer hængt op i dem, hver tællemodel forventer, "
        "på en kvadratrodsskala.",
    ),
    "with_fewest": (
        "Persons with {number}: observed {observed}; expected: {expected}.",
        "Personer med {number}: observeret {observed}; forventet: {expected}.",
    ),
    "levels_left_out": (
        "{levels}: fewer than {fewest} persons{whom}, left out of models.",
        "{levels}: færre end {fewest} personer{whom}, udeladt af modeller.",
    ),
    "several_outcomes": ("Means of several numbers", "Gennemsnit af flere antal"),
    "caption_registration": ("How appointments were registered.", "Hvordan aftalerne er registreret."),
    "registration_first": ("Kind or year", "Art eller år"),
    "registration_persons": ("Persons", "Personer"),
    "registration_appointments": ("Past appointments", "Aftaler, hvis dag er gået"),
    "registration_kinds": ("By kind", "Efter art"),
    "registration_years": ("By calendar year", "Efter kalenderår"),
    "never_edited": (
        "all attended: was the status ever changed?",
        "alle mødt: er status nogensinde ændret?",
    ),
    "registration_remark": ("Remark", "Bemærkning"),
    "caption_count_fit": ("{outcome}: fit of count models.", "{outcome}: tællemodellers tilpasning."),
    "count_fit_note": (
        "AIC: the lower, the better the fit for its number of coefficients. Dispersion: Pearson's chi-square by its "
        "degrees of freedom, 1 where the model's spread is the data's.",
        "AIC: jo lavere, desto bedre tilpasning i forhold til antallet af koefficienter. Spredning: Pearsons chi i "
        "anden delt med frihedsgraderne, 1 hvor modellens spredning er dataenes.",
    ),
    # what a difference in attendance is made of
    "contribution_axis": (
        "{outcome}: contribution to the difference in means from {reference}",
        "{outcome}: bidrag til forskellen i gennemsnit fra {reference}",
    ),
    "contribution_ci": ("Contribution (95 % CI)", "Bidrag (95 % KI)"),
    "share_of_difference_ci": ("Share, % (95 % CI)", "Andel, % (95 % KI)"),
    "caption_components": (
        "What the difference in the mean of {outcome} from {reference} is made of: contributions of the number booked "
        "and of each way a booked session is missed, with 95 % confidence intervals. They add up to the whole "
        "difference.",
        "Hvad forskellen i gennemsnit af {outcome} fra {reference} består af: bidrag fra antallet af bookede og fra "
        "hver måde, en booket aktivitet falder bort på, med 95 % konfidensintervaller. De giver tilsammen hele "
        "forskellen.",
    ),
    "share_of_total_note": (
        "Shares are given only where the interval of the whole difference does not include 0.",
        "Andele vises kun, hvor intervallet for hele forskellen ikke rummer 0.",
    ),
    "reached": ("Reached", "Nåede dertil"),
    "with_any_head": ("With any", "Med mindst én"),
    "model_percent": ("{model}, %", "{model}, %"),
    "level_counts": ("{level} (n = {n}; {reference_word} {other})", "{level} (n = {n}; {reference_word} {other})"),
    "caption_components_table": (
        "What the difference in the mean of {outcome} is made of.",
        "Hvad forskellen i gennemsnit af {outcome} består af.",
    ),
    "says_rate_ratio": ("how many times as many on average", "hvor mange gange så mange i gennemsnit"),
}
