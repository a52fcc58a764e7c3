"""The table of sentences and headings of the figures and tables of the effect, English and Danish."""

from __future__ import annotations

# name -> (English, Danish); {braces} are filled in
EFFECT: dict[str, tuple[str, str]] = {
    # the ladder
    "mean_change_ci": ("Mean change (95 % CI)", "Gennemsnitlig ændring (95 % KI)"),
    "n_both": ("n (both scores)", "n (begge scorer)"),
    "events_both_note": (
        "Events of changes: persons with both scores.",
        "Hændelser ved ændringer: personer med begge scorer.",
    ),
    "ladder_axis": ("{outcome}: difference from {reference}", "{outcome}: forskel fra {reference}"),
    "ladder_axis_mean": ("{outcome}: mean", "{outcome}: gennemsnit"),
    "band_key": (
        "Grey band: up to the smallest important difference (±{mid}).",
        "Gråt bånd: op til den mindste betydende forskel (±{mid}).",
    ),
    "open_key": (
        "Open marker: those with both forms alone; all others stand for everybody due.",
        "Åbent mærke: kun dem med begge skemaer; alle andre gælder hele målgruppen.",
    ),
    "divide_key": (
        "Under the thin line: what if those without a follow-up form changed differently?",
        "Under den tynde streg: hvad hvis ændringen hos dem uden opfølgningsskema var en anden?",
    ),
    "m_needed": (
        "Imputations needed for errors that repeat to 5 %",
        "Imputationer nødvendige for fejl, der gentages til 5 %",
    ),
    "first_column_note": (
        "n and events are those of the first column of estimates.",
        "n og hændelser er den første estimatkolonnes.",
    ),
    "delta_key": ("Delta: {delta}.", "Delta: {delta}."),
    "same_assumption": (
        "Mixed model and imputation rest on the same assumption: their agreement is no confirmation.",
        "Blandet model og imputation bygger på samme antagelse: at de er enige, bekræfter intet.",
    ),
    "caption_ladder": (
        "{outcome}: difference from {reference} under each handling of missing forms, with 95 % confidence intervals.",
        "{outcome}: forskel fra {reference} ved hver håndtering af manglende skemaer, med 95 % konfidensintervaller.",
    ),
    "caption_ladder_mean": (
        "{outcome}: mean by {exposure} under each handling of missing forms, with 95 % confidence intervals.",
        "{outcome}: gennemsnit efter {exposure} ved hver håndtering af manglende skemaer, med 95 % "
        "konfidensintervaller.",
    ),
    "caption_ladder_table": (
        "{outcome} by {exposure} under each handling of missing forms.",
        "{outcome} efter {exposure} ved hver håndtering af manglende skemaer.",
    ),
    "how_estimated": ("How it was estimated", "Hvordan det er estimeret"),
    "largest_fmi": ("Fraction of missing information, largest", "Andel manglende information, største"),
    "least_df": ("Degrees of freedom, smallest", "Frihedsgrader, mindste"),
    "truth_of_change_note": (
        "Truth: what complete forms of everybody due would give (data/synthetic/answer_key.csv), the same for every "
        "handling. Where a handling's assumption is right, 95 of 100 such intervals hold it in the long run; numbers "
        "of one extract miss it together, because they come from the same persons.",
        "Sandhed: det, fuldstændige skemaer fra hele målgruppen ville give (data/synthetic/answer_key.csv), det samme "
        "ved hver håndtering. Hvor en håndterings antagelse er rigtig, rummer 95 af 100 sådanne intervaller den i det "
        "lange løb; tal fra ét udtræk rammer ved siden af sammen, fordi de kommer fra de samme personer.",
    ),
    # the tipping map
    "tipping_axis": (
        "{level}: by how much {moved} changed differently{unit}",
        "{level}: afvigelse i ændringen hos {moved}{unit}",
    ),
    "in_unit": (" ({unit})", " ({unit})"),
    "tipping_bar": (
        "Difference in mean change from {reference}{unit}",
        "Forskel i gennemsnitlig ændring fra {reference}{unit}",
    ),
    "tipping_zero": ("no difference", "ingen forskel"),
    "tipping_mid": ("smallest important difference (±{mid})", "mindste betydende forskel (±{mid})"),
    "tipping_excludes": ("95 % interval excludes 0", "95 %-interval uden 0"),
    "tipping_at_random": ("missing at random, given what is known", "mangler tilfældigt, givet det kendte"),
    "caption_tipping": (
        "{outcome}: difference of {level} from {reference}, if {moved} had changed differently from what is expected "
        "of them, by the delta of {reference} (across) and that of {level} (upwards).",
        "{outcome}: forskel mellem {level} og {reference}, hvis ændringen hos {moved} afveg fra det, der forventes af "
        "dem, efter delta for {reference} (vandret) og for {level} (lodret).",
    ),
    "tipping_read": (
        "At (0, 0), missing at random, given what is known: {value}.",
        "Ved (0, 0), mangler tilfældigt, givet det kendte: {value}.",
    ),
    "tips_read": ("Delta of {level} that tips: {tips}.", "Delta for {level}, der vipper: {tips}."),
    "caption_tipping_table": (
        "{outcome}: by how much {moved} must have changed differently at a level, those at the reference level as "
        "expected, before the difference tips.",
        "{outcome}: så meget skal ændringen hos {moved} afvige på et niveau, mens referenceniveauet er som forventet, "
        "før forskellen vipper.",
    ),
    "tip_zero": ("Difference 0", "Forskel 0"),
    "tip_interval": (
        "The interval begins or ceases to hold 0",
        "Intervallet begynder eller ophører med at indeholde 0",
    ),
    "tip_mid": ("Smallest important difference{mid}", "Mindste betydende forskel{mid}"),
    "plus_minus": (" (±{mid})", " (±{mid})"),
    "as_expected": ("Difference as expected (95 % CI)", "Forskel som forventet (95 % KI)"),
    # shares beyond a threshold
    "caption_beyond": (
        "Standardised share of {outcome} with 95 % confidence intervals, and its difference from {reference} in "
        "percentage points.",
        "Standardiseret andel med {outcome} med 95 % konfidensintervaller og forskellen fra {reference} i "
        "procentpoint.",
    ),
    # balance
    "balance_axis": (
        "Standardised difference of those who answered from all",
        "Standardiseret forskel mellem dem, der svarede, og alle",
    ),
    "balance_key": (
        "Open marker: before weighting; filled: after. Dashed lines at ±0.1.",
        "Åbent mærke: før vægtning; udfyldt: efter. Stiplede linjer ved ±0,1.",
    ),
    "caption_balance": (
        "Standardised differences of those who answered from everybody due, before (open) and after weighting.",
        "Standardiserede forskelle mellem dem, der svarede, og hele målgruppen, før (åben) og efter vægtning.",
    ),
    # completion, bounds
    "completed_of": ("Completed", "Besvaret"),
    "expected_n": ("Due", "Skulle besvares"),
    "all_n": ("All", "Alle"),
    "scored_of": ("With scores", "Med score"),
    "completion_ci": ("Completion rate, % (95 % CI)", "Besvarelsesprocent (95 % KI)"),
    "available_ci": ("With a score, of all, % (95 % CI)", "Med score, af alle, % (95 % KI)"),
    "caption_completion": (
        "Forms by {exposure}: completed of those due, and scores of all.",
        "Skemaer efter {exposure}: besvaret af dem, der skulle besvares, og scorer af alle.",
    ),
    "caption_bounds": (
        "{outcome} by {exposure}: what is left to be possible whatever the missing scores are.",
        "{outcome} efter {exposure}: hvad der er muligt, uanset hvad de manglende scorer er.",
    ),
}
