"""How it was estimated: the English sentence, or its clauses in Danish; nothing English is left in Danish."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.counted_route import counted_route
from rehab_stats.estimate.access.e_values import e_value
from rehab_stats.estimate.access.gradient import hazard_ratios, odds_ratios, standardised_risks
from rehab_stats.estimate.access.inequality import concentration_index, group_inequality, slope_indices
from rehab_stats.estimate.access.interaction import interaction
from rehab_stats.estimate.access.strata import by_stratum
from rehab_stats.estimate.change.beyond import share_beyond
from rehab_stats.estimate.change.bounds import change_bounds
from rehab_stats.estimate.change.handling import mean_change
from rehab_stats.estimate.change.sizes import detectable, standardised_response
from rehab_stats.estimate.change.tipping import tipping_point
from rehab_stats.estimate.counts.attendance import rate_ratios, standardised_means
from rehab_stats.estimate.counts.count_fit import count_fits, rootogram
from rehab_stats.estimate.counts.hurdle import hurdle
from rehab_stats.estimate.describe import descriptives
from rehab_stats.estimate.missing.balance import weight_balance
from rehab_stats.estimate.missing.completion import completion_rates
from rehab_stats.estimate.participation.cascade import cascade
from rehab_stats.estimate.participation.components import attendance_components
from rehab_stats.estimate.pathway.changes import set_to
from rehab_stats.estimate.pathway.decomposition import pathway, pathway_slope
from rehab_stats.estimate.pathway.scenarios import scenario
from rehab_stats.estimate.pathway.unmeasured import unmeasured_cause
from rehab_stats.estimate.survival.incidence import cumulative_incidence
from rehab_stats.estimate.survival.restricted_means import restricted_means
from rehab_stats.estimate.survival.standardised_incidence import standardised_incidence
from rehab_stats.report.captions import notes
from rehab_stats.report.disclosure import protect
from rehab_stats.report.methods import method_words
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import capital

ENGLISH = {"the", "of", "from", "with", "errors", "intervals", "models", "rows", "and", "by", "weighted", "between"}


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(2015)
    frame = pd.DataFrame(
        {
            "education": pd.Categorical(rng.choice(["short", "long"], 400), ["short", "long"], ordered=True),
            "sex": pd.Categorical(rng.choice(["female", "male"], 400), ["female", "male"], ordered=True),
            "referred": rng.integers(0, 2, 400),
            "days_to_referral": rng.integers(5, 400, 400).astype(float),
            "referral_event": rng.integers(0, 3, 400),
            "entry_days": 0.5,
            "weight": rng.uniform(0.5, 2, 400),
            "group": rng.integers(0, 60, 400),
            "booked": rng.integers(4, 12, 400),
            "sessions_attended": rng.negative_binomial(1, 0.4, 400).clip(0, 3),
            "by_person": 0,
            "by_centre": 0,
            "days_at_risk": rng.integers(60, 181, 400).astype(float),
            "score_baseline": 55 + rng.normal(0, 20, 400),
            "score_followup": 60 + rng.normal(0, 20, 400),
            "given": 1.0,
        }
    )
    lost = rng.random(400)
    frame["score_followup"] = frame["score_followup"].mask(lost < 0.3)
    return frame.assign(returned_followup=(lost >= 0.3).astype(float))


TIMES = {"duration": "days_to_referral", "event": "referral_event"}
COUNT = {"count": "sessions_attended", "exposure": "education"}
SCORES = {"baseline": "score_baseline", "followup": "score_followup", "exposure": "education"}
STEPS = {"returned_followup": ["sex"]}
CHANGES = {
    "complete_cases": (
        lambda d: mean_change(d, **SCORES),
        "Gennemsnitlig ændring fra score ved start til score ved opfølgning, dem med begge scorer, mindste kvadraters "
        "metode, 95 %-intervaller ved t.",
    ),
    "ancova": (
        lambda d: mean_change(d, **SCORES, analysis="ancova", reliability=0.8),
        "ved opfølgning, ved samme startniveau (ANCOVA), startscorens reliabilitet sat til 0,8, dem med begge scorer",
    ),
    "weights": (
        lambda d: mean_change(d, **SCORES, handling="weights", steps=STEPS),
        "dem med begge scorer, vægtet med den inverse sandsynlighed for at have dem, standardfejl, der medregner, at "
        "vægtene er estimeret, 95 %-intervaller ved t.",
    ),
    "mixed_model": (
        lambda d: mean_change(d, **SCORES, handling="mixed_model"),
        "alle med en score, blandet model ved REML med fri kovarians, frihedsgrader efter Satterthwaite, 95 %",
    ),
    "imputation": (
        lambda d: mean_change(d, **SCORES, handling="imputation", m=2, delta=-5.0),
        "multipel imputation ved kædede ligninger, samlet efter Rubins regler med frihedsgrader efter Barnard og "
        "Rubin, imputerede scorer forskudt med en delta, 95 %-intervaller ved t.",
    ),
    "tipping": (
        lambda d: tipping_point(d, **SCORES, deltas=[-5, 0, 5], m=2),
        "Forskel i gennemsnitlig ændring fra score ved start til score ved opfølgning, multipel imputation ved kædede "
        "ligninger, hvor opfølgningen for dem uden er forskudt med en delta på hvert niveau, samlet efter Rubins",
    ),
    "beyond": (
        lambda d: share_beyond(d, **SCORES, threshold=7.5, handling="imputation", m=2),
        "Andele, hvis ændring fra score ved start til score ved opfølgning nåede 7,5 point, standardiseret ved "
        "prædiktion fra logistiske modeller, multipel imputation",
    ),
    "bounds": (
        lambda d: change_bounds(d, **SCORES, lowest=-200, highest=200),
        "Grænser for den gennemsnitlige ændring fra score ved start til score ved opfølgning i værste fald",
    ),
    "sizes": (
        lambda d: standardised_response(d, **SCORES),
        "dens standardafvigelse, og den første delt med den anden, dem med begge scorer, 95 %-intervaller ved t, "
        "ændringer regnet som normalfordelte",
    ),
    "detectable": (
        lambda d: detectable({"short": 30, "long": 20}, exposure="education", sd_changes=[20]),
        "ville vise med en styrke på 80 % på det tosidede 5 %-niveau",
    ),
    "completion": (
        lambda d: completion_rates(
            d, due={"baseline": "given"}, returned={"baseline": "returned_followup"}, exposure="education"
        ),
        "Besvarede skemaer, af dem, der skulle besvares, og af alle, på 1 tidspunkter, 95 %-grænser på logit-skalaen.",
    ),
    "balance": (
        lambda d: weight_balance(d, weights="weight", columns=["sex"], responded="returned_followup"),
        "Standardiserede forskelle mellem dem med opfølgningsskema besvaret = 1 og alle, uvægtet og vægtet.",
    ),
}
PATH = {"stages": {"referred": "referred", "sessions_attended": "sessions_attended"}}
MORE = {"referred": set_to(1)}
PATHS = {
    "sequential": (
        lambda d: pathway(d, **PATH, exposure="education", draws=4),
        "Forskellen i fremmøder efter uddannelse over 2 trin, standardiseret til alle ved starten, 95 %-intervaller "
        "som percentiler af 4 bootstrap-udtræk af personer, alle trin estimeret igen. Trinvis læsemåde: ratioer mellem "
        "andelene, der passerer hvert trin, blandt dem, der kom så langt, ganget i forløbets rækkefølge.",
    ),
    "in_another_order": (
        lambda d: pathway(d, **PATH, exposure="education", draws=4, order=["sessions_attended", "referred"]),
        "i en anden rækkefølge end forløbets",
    ),
    "shapley": (
        lambda d: pathway_slope(d, **PATH, rank="education", draws=4, reading="shapley"),
        "mellem enderne af rangordningen efter uddannelse (ridits) over 2 trin, standardiseret til alle ved starten, "
        "95 %-intervaller som percentiler af 4 bootstrap-udtræk af personer, alle trin estimeret igen. Shapleys "
        "læsemåde: hvert trin sat til referencens i alle trinnenes rækkefølger.",
    ),
    "scenario": (
        lambda d: scenario(d, **PATH, exposure="education", draws=4, change=MORE),
        "Fremmøder efter uddannelse som observeret og med ændrede trin, ved g-computation over de estimerede trin, "
        "standardiseret til alle ved starten, 95 %-intervaller",
    ),
    "unmeasured": (
        lambda d: unmeasured_cause(
            d.assign(started=(d["sessions_attended"] > 0).astype(int)),
            stages={"referred": "referred", "started": "started"},
            exposure="education",
            strengths=[0.5],
            shift=-0.3,
        ),
        "Shapleys læsemåde, med en umålt, normalfordelt årsag til alle trin af givne styrker (log odds pr. "
        "standardafvigelse) i alle modeller, dens gennemsnit −0,3 standardafvigelser højere øverst end nederst i "
        "rangordningen (Buis 2011), 95 %-intervaller efter Wald, deltametoden.",
    ),
}
YES = {"outcome": "referred", "exposure": "education"}
MADE = {
    "odds": (lambda d: odds_ratios(d, **YES), "Odds ratioer fra logistiske modeller, 95 %-intervaller efter Wald, "),
    "firth": (lambda d: odds_ratios(d, **YES, penalised=True), "Odds ratioer fra logistiske modeller med Firths straf"),
    "cluster": (
        lambda d: odds_ratios(d, **YES, cluster="group"),
        "standardfejl, der tåler afhængighed inden for group",
    ),
    "risks": (lambda d: standardised_risks(d, **YES, weights="weight"), "robuste standardfejl, vægtet med weight"),
    "hazards": (
        lambda d: hazard_ratios(d, **TIMES, exposure="education", entry="entry_days", strata="sex"),
        "Årsagsspecifikke hazard ratioer fra Cox-modeller, sammenfaldende tider efter Efron, med forsinket indtræden, "
        "egen basishazard for hvert niveau af køn",
    ),
    "incidence": (lambda d: cumulative_incidence(d, **TIMES, at=[100]), "Kumuleret incidens efter Aalen og Johansen"),
    "standardised": (
        lambda d: standardised_incidence(d, **TIMES, exposure="education", at=[100]),
        "ved prædiktion fra Cox-modeller for hændelsen og for døden, med hvert niveaus egen dødelighed",
    ),
    "slopes": (
        lambda d: slope_indices(d, outcome="referred", rank="education"),
        "Absolut og relativt rangbaseret ulighedsindeks fra logistiske modeller, med rangen (ridit) blandt",
    ),
    "concentration": (
        lambda d: concentration_index(d, outcome="referred", rank="education"),
        "Koncentrationsindeks (relativt), 95 %-intervaller efter Wald, standardfejl ved indflydelsesfunktioner",
    ),
    "groups": (
        lambda d: group_inequality(d, outcome="referred", group="sex"),
        "Ulighed mellem niveauer af køn, ved siden af det, tilfældighed alene ville give.",
    ),
    "interaction": (
        lambda d: interaction(d, **YES, modifier="sex"),
        "Interaktion fra logistiske modeller, med en koef",
    ),
    "e_values": (lambda d: e_value(odds_ratios(d, **YES)), "E-værdier for ratioer og for deres grænser nærmest 1"),
    "rates": (
        lambda d: rate_ratios(d, **COUNT, offset="days_at_risk"),
        "Rateratioer for fremmøder fra Poisson-modeller, log af dage med mulighed for at deltage som offset, "
        "95 %-intervaller efter Wald, robuste standardfejl (HC0).",
    ),
    "quasi": (
        lambda d: rate_ratios(d, **COUNT, family="quasipoisson"),
        "modelbaserede standardfejl, skaleret med Pearsons spredning",
    ),
    "negative_binomial": (
        lambda d: rate_ratios(d, **COUNT, family="negative_binomial", offset="days_at_risk", offset_as="covariate"),
        "fra negative binomial-modeller, log af dage med mulighed for at deltage som kovariat, 95 %-intervaller efter "
        "Wald, modelbaserede standardfejl for givet theta",
    ),
    "means": (
        lambda d: standardised_means(d, **COUNT, offset="days_at_risk", at_offset=180, cluster="group"),
        "Gennemsnit af fremmøder standardiseret til alle anvendte rækker ved prædiktion fra Poisson-modeller, log af "
        "dage med mulighed for at deltage som offset, alle givet samme værdi af dage med mulighed for at deltage, "
        "95 %-intervaller efter Wald, standardfejl, der tåler afhængighed inden for group",
    ),
    "hurdle": (
        lambda d: hurdle(d, **COUNT, family="poisson", offset="days_at_risk"),
        "fra hurdle-modeller (logistisk, nul-trunkeret Poisson), log af dage med mulighed for at deltage som offset "
        "for de positive antal, 95 %-intervaller",
    ),
    "fits": (
        lambda d: count_fits(d, **COUNT, families=["poisson"]),
        "Tællemodellers tilpasning til fremmøder: informationskriterium, Pearsons spredning og andel uden nogen.",
    ),
    "rootogram": (
        lambda d: rootogram(d, **COUNT, families=["poisson"]),
        "Observeret og forventet antal personer med hvert antal af fremmøder under tællemodeller.",
    ),
    "components": (
        lambda d: attendance_components(
            d,
            booked="booked",
            attended="sessions_attended",
            cancelled_by_person="by_person",
            cancelled_by_centre="by_centre",
            exposure="education",
            draws=20,
        ),
        "Forskelle i gennemsnit af fremmøder delt i bookede, afbud fra personen, aflyst af centret og udeblivelser",
    ),
    "cascade": (
        lambda d: cascade(d, stages={"referral": "referred"}, exposure="education"),
        "Andele af alle personer, og af dem på trinnet før, der når hvert trin, 95 %-intervaller efter Wald, "
        "binomiale standardfejl",
    ),
    "restricted": (
        lambda d: restricted_means(d, **TIMES, exposure="education", until=100),
        "Afgrænsede gennemsnit af dage til henvisning før en hændelse, og tid tabt ved hver hændelse (arealer under "
        "kurver efter Aalen og Johansen), 95 %-intervaller efter Wald, standardfejl ved infinitesimal jackknife",
    ),
    "route": (
        lambda d: counted_route(
            reached=46,
            unreached=100,
            shares={"basic": 0.5, "long_higher": 0.5},
            level="basic",
            referred=36,
            not_new={},
            months=31,
            source="A report",
        ),
        "Publicerede tal, intet er estimeret ud fra personer, andele med Wilsons scoregrænser, antal om året med "
        "eksakte Poisson-grænser, grænser for det mulige er taget over alle hele tal, der giver de publicerede "
        "procenter, personer med ukendt uddannelse regnet til begge sider.",
    ),
    "described": (lambda d: descriptives(d, exposure="education", columns=["sex"]), "Antal, andele og spredning"),
    "strata": (
        lambda d: by_stratum(d, stratum="sex", estimator=odds_ratios, **YES),
        "Særskilt for hvert niveau af køn, odds ratioer fra logistiske modeller",
    ),
}


@pytest.mark.parametrize("name", [*MADE, *CHANGES, *PATHS])
def test_each_estimator_s_method_in_danish(people, name):
    make, words = (MADE | CHANGES | PATHS)[name]
    made = make(people)
    danish = method_words(made, "da")
    assert words in danish
    assert not ENGLISH & set(danish.replace(",", " ").replace(".", " ").split())
    # a scenario's begins with the name of a column
    first = capital(made.method.replace("_", " ")).split()[0]
    assert method_words(made).split()[0] == first


def test_several_sentences_and_unknown_clauses():
    method = "Odds ratios of x by y from logistic models; something new. Nobody knows this one."
    assert method_words(Estimates([], method=method), "da") == "Odds ratioer fra logistiske modeller."
    assert method_words(Estimates([], method="Hazard ratios over days_to_referral.")) == (
        "Hazard ratios over days to referral."
    )


REFUSED = "the rows used are too few to tell the coefficients apart: merge levels or leave a term out"


def partly_refused(refused=REFUSED):
    """A model that was refused below one that was fitted."""
    row = {"outcome": "steps", "measure": "mean", "level": "long", "model": "crude", "estimate": 4.0}
    fitted = Estimates(
        [row | {"n": 300, "events": 200}],
        method="Means of steps by education, standardised to all rows used by prediction from Poisson models.",
        context={"exposure": "education", "outcome": "steps"},
    )
    nothing = Estimates([], method=f"Not estimated: {refused}", context={"refused": refused})
    return Estimates.stack([nothing, fitted])


@pytest.mark.parametrize("refused", [REFUSED, f"{REFUSED}."])
def test_a_refusal_is_said_once_with_its_full_stop_and_does_not_run_into_the_method(refused):
    made = partly_refused(refused)
    assert method_words(made).startswith("Means of steps by education")
    text = " ".join([method_words(made), *notes(protect(made))])
    assert text.count("leave a term out") == 1
    assert "leave a term out." in text
    assert "out.." not in text
    danish = " ".join([method_words(made, "da"), *notes(protect(made), language="da")])
    assert danish.count("Ikke estimeret") == 1
    assert "Not estimated" not in danish
    assert ".." not in danish


def test_a_refusal_that_no_note_says_stays_in_the_method_closed():
    made = partly_refused()
    alone = made.replaced(context={"exposure": "education"})
    assert method_words(alone).startswith(f"Not estimated: {REFUSED}. Means of steps")


def test_what_readings_have_in_common_is_said_once(people):
    both = [pathway(people, **PATH, exposure="education", draws=4, reading=one) for one in ("sequential", "shapley")]
    said = method_words(Estimates.stack(both))
    assert said.count("Gap in") == 1
    assert "Sequential reading: " in said
    assert "Shapley reading: " in said
