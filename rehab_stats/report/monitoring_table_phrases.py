"""Headings, titles and notes of the tables of monitoring, each (English, Danish)."""

from __future__ import annotations

HEADINGS = {
    "deadlines": ("Done within the deadline", "Udført inden for fristen"),
    "use": ("Use and course", "Brug og forløb"),
    "experience": ("What persons answered", "Hvad borgerne svarede"),
    "other": ("Other", "Andet"),
}
HEADS = {
    "indicator": ("Indicator", "Indikator"),
    "counted": ("Number", "Antal"),
    "share": ("% (95 % CI)", "% (95 % KI)"),
    "verdict": ("Criterion", "Kriterium"),
    "earlier": ("{window}, %", "{window}, %"),
    "all": ("All, %", "Alle, %"),
    "position": ("Against chance", "Mod tilfældighed"),
    "slope": ("Slope by education, pp (95 % CI)", "Hældning efter uddannelse, pp (95 % KI)"),
    "municipality": ("Municipality", "Kommune"),
    "expected": ("Expected", "Forventet"),
    "referred": ("Referred", "Henviste"),
    "started": ("Begun", "Begyndt"),
    "offer": ("Offer", "Tilbud"),
    "per_100": ("Per 100 expected (95 % CI)", "Pr. 100 forventede (95 % KI)"),
    "total": ("All", "Alle"),
    "home": ("Home municipality", "Hjemkommune"),
    "provider": ("Passed on to", "Henvist videre til"),
    "step": ("Step", "Trin"),
    "printed": ("Printed total", "Trykt i alt"),
    "added": ("Added up", "Lagt sammen"),
}
TITLES = {
    "sheet": ("Indicators, {place}, {period}", "Indikatorer, {place}, {period}"),
    "overview": ("Indicators of every municipality, {period}, %", "Indikatorer for hver kommune, {period}, %"),
    "standing": (
        "Where the referrals stand to each deadline, {place}",
        "Hvor henvisningerne står til hver frist, {place}",
    ),
    "coverage": (
        "Persons referred beside those expected to need rehabilitation, {period}",
        "Henviste ved siden af dem, der forventes at have behov for rehabilitering, {period}",
    ),
    "offers": ("Offers begun beside those expected, {period}", "Begyndte tilbud ved siden af de forventede, {period}"),
    "senders": ("Who sent the referrals", "Hvem der henviste"),
    "reasons": ("Why persons declined", "Hvorfor borgere takkede nej"),
    "flow": ("Referrals passed on between the municipalities", "Henvisninger sendt videre mellem kommunerne"),
    "planted": (
        "Share within the deadline beside the chance that was planted, %",
        "Andel inden for fristen ved siden af den indlagte chance, %",
    ),
    "pilot": (
        "The pilot of six municipalities as printed, and as its parts add up",
        "Pilotperioden i seks kommuner som trykt, og som dens dele giver",
    ),
}
PILOT = {
    "referred": ("Referred", "Henviste"),
    "sender": ("Sent by", "Henvist af"),
    "assessed": ("Needs assessed", "Behovsvurderede"),
    "declined": ("Declined", "Takkede nej"),
    "onwards": ("Referred onwards", "Henvist videre"),
}
ALL_PLACES = ("all municipalities", "alle kommuner")
PLACE = ("municipality {code}", "kommune {code}")
OF = ("{events} of {n}", "{events} af {n}")
OF_EXPECTED = ("{events} per {expected} expected", "{events} pr. {expected} forventede")
EXPECTED = ("{estimate}; {expected} expected", "{estimate}; {expected} forventet")
REFERRED_OF = ("Referred, per 100 of {what}", "Henviste, pr. 100 af {what}")
WITHIN = ("{what} within {time}", "{what} inden {time}")
NOTES = {
    "sheet": (
        "Number: in time (or with it) of those counted; for a deadline those whose deadline had passed, still waiting "
        "counts as too late. Criterion: met or not met where the whole interval says so.",
        "Antal: til tiden (eller med det) af de talte; for en frist dem, hvis frist var udløbet, og fortsat ventende "
        "tæller som for sent. Kriterium: opfyldt eller ikke opfyldt, når hele intervallet siger det.",
    ),
    "chance": (
        "Against chance: whether the share lies outside exact binomial limits around the share of all municipalities "
        "together.",
        "Mod tilfældighed: om andelen ligger uden for eksakte binomialgrænser omkring andelen for alle kommuner under "
        "ét.",
    ),
    "slope": (
        "Slope by education: percentage points between the two ends of the educational ladder, {when}; above 0: more "
        "with long education.",
        "Hældning efter uddannelse: procentpoint mellem uddannelsesstigens to ender, {when}; over 0: mere "
        "med lang uddannelse.",
    ),
    "coverage_slope": (
        "Of those referred: per 100 expected, as if new cases of every education needed it alike.",
        "Af de henviste: pr. 100 forventede, som om nye tilfælde med enhver uddannelse havde samme behov.",
    ),
    "standing": (
        "Received = deadline passed + not yet due + declined + died or moved. In time + too late = deadline passed; "
        "still waiting is part of too late.",
        "Modtaget = frist udløbet + ikke udløbet + takket nej + død eller flyttet. Til tiden + for sent = frist "
        "udløbet; fortsat ventende er en del af for sent.",
    ),
    "coverage": (
        "Each expectation is an assumption of its own, without an interval: 40 % of new cases (Danish); 70, 25 and 5 % "
        "of those living with cancer (English), who are not a period's. They must not be added or compared.",
        "Hver forventning er en antagelse for sig, uden interval: 40 % af nye tilfælde (dansk); 70, 25 og 5 % af dem, "
        "der lever med kræft (engelsk), som ikke hører til en periode. De må hverken lægges sammen eller sammenlignes.",
    ),
    "offers": (
        "Expected: as printed for a year, for six municipalities together, times the length of the period. The printed "
        "expectations of offers for all diagnoses count the same persons again and must not be added.",
        "Forventet: som trykt for et år for seks kommuner under ét, gange periodens længde. De trykte forventninger "
        "til tilbud for alle diagnoser tæller de samme personer igen og må ikke lægges sammen.",
    ),
}
NOTES["pilot"] = (
    "Table 6 of the six municipalities' note. In bold: a printed total that its parts do not give; both stand here.",
    "Tabel 6 i de seks kommuners notat. Med fed: et trykt tal, som delene ikke giver; begge står her.",
)
NOTES["planted"] = (
    "Truth: the mean of the chances planted for the same referrals, those of persons of 30 or more with a cancer. In "
    "the long run 95 of 100 such intervals hold it.",
    "Sandhed: gennemsnittet af de chancer, der er indlagt for de samme henvisninger, for personer på 30 år eller mere "
    "med kræft. I det lange løb rummer 95 af 100 af disse intervaller den.",
)
NOTES["nothing_planted"] = (
    "No chance of being in time was planted in this extract, or it is not what its scenario and seed give.",
    "Der er ikke indlagt nogen chance for at være til tiden i dette udtræk, eller det er ikke det, scenarie og frø "
    "giver.",
)
NOTES["no_planted"] = (
    "Chances were planted for the first contact within 5 and the needs assessment within 10 working days, the usual "
    "days off left out: other limits or days off have no truth.",
    "Der er indlagt chancer for første kontakt inden for 5 og behovsvurdering inden for 10 hverdage med de sædvanlige "
    "lukkedage: andre frister eller lukkedage har ingen sandhed.",
)
STANDING_HEADS = {
    "referrals_received": ("Received", "Modtaget"),
    "due": ("Deadline passed", "Frist udløbet"),
    "in_time": ("In time", "Til tiden"),
    "late": ("Too late", "For sent"),
    "referrals_waiting": ("Still waiting", "Venter fortsat"),
    "referrals_not_due": ("Not yet due", "Ikke udløbet"),
    "referrals_declined": ("Declined before", "Takkede nej før"),
    "referrals_died": ("Died or moved before", "Døde eller flyttede før"),
}
