"""The sentences and headings of figures and tables, English and Danish; single codes are in `rehab_stats.words`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import capital, model_words, outcome_label, stratum_label
from rehab_stats.words import LANGUAGES, label

# name -> (English, Danish); {braces} are filled in
PHRASES: dict[str, tuple[str, str]] = {
    "of_outcome": ("{measure} of {outcome}", "{measure} for {outcome}"),
    "outcome_first": ("{outcome}: {what}", "{outcome}: {what}"),
    "against": ("{what} (reference: {reference})", "{what} (reference: {reference})"),
    "in_percent": ("{what} (%)", "{what} (%)"),
    "points_against": (
        "{what} (percentage points; reference: {reference})",
        "{what} (procentpoint; reference: {reference})",
    ),
    "within_days": ("{outcome} within {days} days", "{outcome} inden for {days} dage"),
    "within": ("within {days} days", "inden for {days} dage"),
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
}


def phrase(name: str, language: str = "en", **words: object) -> str:
    """A phrase in a language, its gaps filled. Raises ValueError on an unknown language."""
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}; got {language!r}")
    return PHRASES[name][LANGUAGES.index(language)].format(**words)


def model_heading(model: str | None, context: Mapping, language: str = "en") -> str:
    """What a row is adjusted for, as a heading: `Unadjusted`, `Adjusted for age, sex and year`."""
    return capital(model_words(model or "crude", context, language))


def outcome_words(outcome: str | None, context: Mapping, language: str = "en", *, timed: bool = False) -> str:
    """The outcome; with its horizon where it is `timed` and the context knows it: `referral within 365 days`."""
    words = outcome_label(outcome or "", context, language)
    days = context.get("horizon_days") if timed else None
    return phrase("within_days", language, outcome=words, days=f"{days:.0f}") if days else words


def heading_words(stratum: str | None, model: str | None, context: Mapping, language: str = "en") -> str:
    """A group's heading: `Women: adjusted for age and year`."""
    words = model_heading(model, context, language)
    return f"{stratum_words(stratum, context, language)}: {words[:1].lower()}{words[1:]}" if stratum else words


def stratum_words(stratum: str, context: Mapping, language: str = "en") -> str:
    """A stratum as a heading; `sex=female` or, with the column in the context, `female` reads `Women`."""
    return capital(stratum_label(stratum, context, language))


def method_words(estimates: Estimates) -> str:
    """The method sentence (it is written in English only) with words in place of the names of columns."""
    return re.sub(r"\b[a-z]+(_[a-z0-9]+)+\b", lambda name: label(name[0]), estimates.method)


def source_words(published: Estimates) -> str:
    """Who printed the figures: name and year of each source."""
    details = published.details()
    sources = list(details["source"].unique()) if "source" in details else [published.context.get("source", "")]
    return "; ".join(map(short_source, sources))


def short_source(source: str) -> str:
    """A source by its name and year: what stands up to the first year."""
    return re.sub(r"^(.*?\b\d{4}\b).*", r"\1", source)
