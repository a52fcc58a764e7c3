"""The table of clauses that the estimators' method sentences are made of, with their Danish."""

from __future__ import annotations

# a clause of the English sentence -> Danish; the longer one first where two begin alike, {0} is the column it names
CLAUSES: tuple[tuple[str, str], ...] = (
    (r"Separately by (\w+)", "særskilt for hvert niveau af {0}"),
    (
        r"[Oo]dds ratios of .*? from logistic models with Firth's penalty",
        "odds ratioer fra logistiske modeller med Firths straf",
    ),
    (
        r"[Ss]hares of the past appointments of the persons referred",
        "andele af de henviste personers aftaler fra henvisningen og frem, efter art og kalenderår",
    ),
    (r"[Oo]dds ratios of .*? from logistic models", "odds ratioer fra logistiske modeller"),
    (
        r"[Cc]ause-specific hazard ratios of .*? from Cox models over \w+",
        "årsagsspecifikke hazard ratioer fra Cox-modeller",
    ),
    (
        r"[Rr]isks of .*?prediction from logistic models",
        "risici standardiseret til alle anvendte rækker ved prædiktion fra logistiske modeller",
    ),
    (
        r"[Rr]isks of .*?prediction from Cox models.*? over \w+",
        "risici standardiseret til alle anvendte rækker ved prædiktion fra Cox-modeller for hændelsen og for døden",
    ),
    (r"[Rr]ate ratios of (\w+) by \w+ from Poisson models", "rateratioer for {0} fra Poisson-modeller"),
    (
        r"[Rr]ate ratios of (\w+) by \w+ from negative binomial models",
        "rateratioer for {0} fra negative binomial-modeller",
    ),
    (
        r"[Mm]eans of (\w+) by \w+, standardised to all rows used by prediction from Poisson models",
        "gennemsnit af {0} standardiseret til alle anvendte rækker ved prædiktion fra Poisson-modeller",
    ),
    (
        r"[Mm]eans of (\w+) by \w+, standardised to all rows used by prediction from negative binomial models",
        "gennemsnit af {0} standardiseret til alle anvendte rækker ved prædiktion fra negative binomial-modeller",
    ),
    (
        r"[Oo]dds ratios of any (\w+) and rate ratios of the number if any by \w+ from hurdle models \(logistic, "
        r"zero-truncated Poisson\)",
        "odds ratioer for mindst én og rateratioer for antallet, hvis mindst én ({0}), fra hurdle-modeller (logistisk, "
        "nul-trunkeret Poisson)",
    ),
    (
        r"[Oo]dds ratios of any (\w+) and rate ratios of the number if any by \w+ from hurdle models \(logistic, "
        r"zero-truncated negative binomial\)",
        "odds ratioer for mindst én og rateratioer for antallet, hvis mindst én ({0}), fra hurdle-modeller (logistisk, "
        "nul-trunkeret negativ binomial)",
    ),
    (r"log of (\w+) as offset in both parts", "log af {0} som offset i begge dele"),
    (r"log of (\w+) as offset of the positive counts", "log af {0} som offset for de positive antal"),
    (r"log of (\w+) as offset", "log af {0} som offset"),
    (r"log of (\w+) as covariate", "log af {0} som kovariat"),
    (r"everybody given (\w+) = \S+(?=;)", "alle givet samme værdi af {0}"),
    (r"robust errors \(HC0\)", "robuste standardfejl (HC0)"),
    (
        r"model-based errors scaled by the Pearson dispersion",
        "modelbaserede standardfejl, skaleret med Pearsons spredning",
    ),
    (r"model-based errors given theta", "modelbaserede standardfejl for givet theta"),
    (
        r"Fit of count models of (\w+) by \w+(?=[,:])",
        "tællemodellers tilpasning til {0}: informationskriterium, Pearsons spredning og andel uden nogen",
    ),
    (
        r"Observed and expected numbers of each (\w+) under count models by \w+",
        "observeret og forventet antal personer med hvert antal af {0} under tællemodeller",
    ),
    (
        r"Shares of all persons, and of those at the stage before, who reach each of \d+ stages",
        "andele af alle personer, og af dem på trinnet før, der når hvert trin",
    ),
    (r"binomial errors", "binomiale standardfejl"),
    (
        r"Restricted means of (\w+) before \w+, and time lost to .*? \(areas under Aalen-Johansen curves\)",
        "afgrænsede gennemsnit af {0} før en hændelse, og tid tabt ved hver hændelse (arealer under kurver efter "
        "Aalen og Johansen)",
    ),
    (
        r"Differences in mean (\w+) by \w+, split into .*? \(Kitagawa, symmetric between levels\), standardised to all "
        r"rows used by prediction from Poisson and binomial models",
        "forskelle i gennemsnit af {0} delt i bookede, afbud fra personen, aflyst af centret og udeblivelser "
        "(Kitagawa, symmetrisk mellem niveauerne), standardiseret til alle anvendte rækker ved prædiktion fra Poisson- "
        "og binomialmodeller",
    ),
    (
        r"percentile 95 % intervals of (\d+) bootstrap draws of persons within levels",
        "95 %-intervaller som percentiler af {0} bootstrap-udtræk af personer inden for niveauerne",
    ),
    # the pathway
    (
        r"Gap in (\w+) between the ends of the ladder (\w+), by ridits over (\d+) stages",
        "forskellen i {0} mellem enderne af rangordningen efter {1} (ridits) over {2} trin",
    ),
    (r"Gap in (\w+) by (\w+) over (\d+) stages", "forskellen i {0} efter {1} over {2} trin"),
    (
        r"(\w+) by (\w+) as observed and with stages changed( \(.*?\))?, by g-computation over the fitted stages",
        "{0} efter {1} som observeret og med ændrede trin, ved g-computation over de estimerede trin",
    ),
    (r"standardised to everybody at the start", "standardiseret til alle ved starten"),
    (
        r"Sequential reading: ratios of the shares passing each stage among those who came so far, along the path",
        "trinvis læsemåde: ratioer mellem andelene, der passerer hvert trin, blandt dem, der kom så langt, ganget i "
        "forløbets rækkefølge",
    ),
    (
        r"Sequential reading: ratios of the shares passing each stage among those who came so far, in the order "
        r"[\w, ]+",
        "trinvis læsemåde: ratioer mellem andelene, der passerer hvert trin, blandt dem, der kom så langt, i en anden "
        "rækkefølge end forløbets",
    ),
    (
        r"Shapley reading: each stage set to the reference's in every order of the stages",
        "Shapleys læsemåde: hvert trin sat til referencens i alle trinnenes rækkefølger",
    ),
    (r"Shapley reading", "Shapleys læsemåde"),
    (
        r"with an unmeasured normal cause of all stages of given strengths \(log odds per standard deviation\) in "
        r"every model",
        "med en umålt, normalfordelt årsag til alle trin af givne styrker (log odds pr. standardafvigelse) i alle "
        "modeller",
    ),
    (
        r"its mean (-?[\d.]+) standard deviations higher at the top of the ladder than at the bottom \(Buis 2011\)",
        "dens gennemsnit {0} standardafvigelser højere øverst end nederst i rangordningen (Buis 2011)",
    ),
    (r"delta method", "deltametoden"),
    (
        r"the last stage weighted by one over the chance of being measured",
        "det sidste trin vægtet med den inverse sandsynlighed for at være målt",
    ),
    (
        r"stages seen in different persons of one period, assumed stationary",
        "trinnene set hos forskellige personer i én periode, regnet som stationær",
    ),
    (
        r"percentile 95 % intervals of (\d+) bootstrap draws of persons, all stages refitted",
        "95 %-intervaller som percentiler af {0} bootstrap-udtræk af personer, alle trin estimeret igen",
    ),
    # changes between two scores
    (
        r"[Mm]ean change from (\w+) to (\w+) by \w+, its standard deviation, and the mean divided by it",
        "gennemsnitlig ændring fra {0} til {1}, dens standardafvigelse, og den første delt med den anden",
    ),
    (r"[Mm]ean change from (\w+) to (\w+) by \w+(?=[,;])", "gennemsnitlig ændring fra {0} til {1}"),
    (
        r"[Dd]ifference in mean change from (\w+) to (\w+) by \w+(?=,)",
        "forskel i gennemsnitlig ændring fra {0} til {1}",
    ),
    (
        r"[Ww]orst-case bounds of the mean change from (\w+) to (\w+) by \w+: missing changes are anything that is "
        r"possible",
        "grænser for den gennemsnitlige ændring fra {0} til {1} i værste fald: manglende ændringer kan være alt, hvad "
        "der er muligt",
    ),
    (
        r"[Ss]hares whose change from (\w+) to (\w+) reached (\S+) points, by \w+, standardised by prediction from "
        r"logistic models",
        "andele, hvis ændring fra {0} til {1} nåede {2} point, standardiseret ved prædiktion fra logistiske modeller",
    ),
    (r"at equal baseline \(ANCOVA\)", "ved samme startniveau (ANCOVA)"),
    (r"reliability of the baseline (\S+)(?=[;,])", "startscorens reliabilitet sat til {0}"),
    (r"those with both scores, least squares", "dem med begge scorer, mindste kvadraters metode"),
    (
        r"those with both scores, weighted by the inverse chance of having them",
        "dem med begge scorer, vægtet med den inverse sandsynlighed for at have dem",
    ),
    (r"those with both scores", "dem med begge scorer"),
    (
        r"errors counting the estimation of the weights",
        "standardfejl, der medregner, at vægtene er estimeret",
    ),
    (
        r"everybody with a score, mixed model by REML with unstructured covariance",
        "alle med en score, blandet model ved REML med fri kovarians",
    ),
    (r"degrees of freedom after Satterthwaite", "frihedsgrader efter Satterthwaite"),
    (
        r"everybody, imputations pooled by Rubin's rules",
        "alle, imputationer samlet efter Rubins regler",
    ),
    (
        r"multiple imputation by chained equations with the follow-up of those without one moved by a delta in each "
        r"level, pooled by Rubin's rules",
        "multipel imputation ved kædede ligninger, hvor opfølgningen for dem uden er forskudt med en delta på hvert "
        "niveau, samlet efter Rubins regler",
    ),
    (
        r"multiple imputation by chained equations, pooled by Rubin's rules with degrees of freedom after Barnard and "
        r"Rubin",
        "multipel imputation ved kædede ligninger, samlet efter Rubins regler med frihedsgrader efter Barnard og Rubin",
    ),
    (r"imputed scores moved by a delta", "imputerede scorer forskudt med en delta"),
    (
        r"pooled over (\d+) imputations by Rubin's rules, degrees of freedom as Barnard and Rubin's, t intervals",
        "samlet over {0} imputationer efter Rubins regler, frihedsgrader efter Barnard og Rubin, t-intervaller",
    ),
    (
        r"95 % intervals by t, taking changes as normal \(the standard deviation's on the log scale\)",
        "95 %-intervaller ved t, ændringer regnet som normalfordelte (standardafvigelsens på logaritmisk skala)",
    ),
    (r"95 % intervals by t", "95 %-intervaller ved t"),
    (r"no intervals", "ingen intervaller"),
    (
        r"[Ff]orms returned, of those due and of everybody, at (\d+) occasions by \w+",
        "besvarede skemaer, af dem, der skulle besvares, og af alle, på {0} tidspunkter",
    ),
    (r"95 % limits on the logit scale", "95 %-grænser på logit-skalaen"),
    (
        r"[Ss]tandardised differences between those with (\w+) = 1 and everybody, unweighted and weighted",
        "standardiserede forskelle mellem dem med {0} = 1 og alle, uvægtet og vægtet",
    ),
    (
        r"[Ss]mallest true difference in mean change that these numbers of pairs would show with a power of (\d+)% at "
        r"the two-sided 5 % level, by assumed standard deviation of the change \(normal approximation\)",
        "mindste sande forskel i gennemsnitlig ændring, som så mange par ville vise med en styrke på {0} % på det "
        "tosidede 5 %-niveau, efter antaget standardafvigelse af ændringen (normalapproksimation)",
    ),
    (
        r"with death at each level's own hazard and at the reference level's",
        "med hvert niveaus egen dødelighed og med referenceniveauets",
    ),
    (r"[Cc]umulative incidence of .*? \(Aalen-Johansen\)", "kumuleret incidens efter Aalen og Johansen"),
    (r"[Ii]nteraction of .*? from logistic models", "interaktion fra logistiske modeller"),
    (r"with a coefficient for every combination", "med en koefficient for hver kombination"),
    (
        r"[Ss]lope and relative index of inequality in .*? from logistic models",
        "absolut og relativt rangbaseret ulighedsindeks fra logistiske modeller",
    ),
    (r"in the ridit among the rows used", "med rangen (ridit) blandt de anvendte rækker"),
    (r"in the ridit (\w+)", "med rangen (ridit) {0}"),
    (r"[Cc]oncentration index \((\w+)\)", "koncentrationsindeks ({0})"),
    (r"[Ii]nequality in .*? between levels of (\w+)", "ulighed mellem niveauer af {0}"),
    (r"what sampling alone would give", "ved siden af det, tilfældighed alene ville give"),
    (r"E-values of ratios and of their limits nearer to 1", "E-værdier for ratioer og for deres grænser nærmest 1"),
    (r"outcome taken as rare", "udfaldet regnet som sjældent"),
    (
        r"outcome taken as common: odds and hazard ratios converted",
        "udfaldet regnet som almindeligt: odds og hazard ratioer omregnet",
    ),
    (r"[Cc]ounts, shares and spread by \w+", "antal, andele og spredning"),
    (r"[Pp]rinted counts, nothing estimated from persons", "publicerede tal, intet er estimeret ud fra personer"),
    (
        r"[Ss]hare with (\w+) by \w+ against exact binomial limits around the share of all",
        "andel med {0} mod eksakte binomialgrænser omkring andelen for alle",
    ),
    (
        r"[Ss]hare with (\w+) by \w+ against exact binomial limits around ([\d.]+\d)",
        "andel med {0} mod eksakte binomialgrænser omkring {1}",
    ),
    (r"p-chart of (\w+) by \w+ about ([\d.]+\d)", "p-diagram for {0} omkring {1}"),
    (r"exact binomial limits that hold ([\d.]+) %", "eksakte binomialgrænser, der holder {0} %"),
    (r"rules of Shewhart and of Anhøj and Olesen", "regler efter Shewhart samt Anhøj og Olesen"),
    (r"[Rr]un chart of (\w+) by \w+ about its median", "seriediagram for {0} omkring medianen"),
    (r"rules of Anhøj and Olesen", "regler efter Anhøj og Olesen"),
    (
        r"(\w+) before and after (\d{4}-\d\d-\d\d): shares with Wilson's limits",
        "{0} før og efter {1}: andele med Wilsons grænser",
    ),
    (r"their difference with Newcombe's", "deres forskel med Newcombes"),
    (
        r"odds ratios of logistic models without and with a straight trend",
        "odds ratioer fra logistiske modeller uden og med en lineær tendens",
    ),
    (r"shares with Wilson's score limits", "andele med Wilsons scoregrænser"),
    (r"numbers a year with exact Poisson limits", "antal om året med eksakte Poisson-grænser"),
    (
        r"bounds are taken over all whole numbers that give the printed percentages, those of unknown (\w+) counted "
        r"either way",
        "grænser for det mulige er taget over alle hele tal, der giver de publicerede procenter, personer med ukendt "
        "{0} regnet til begge sider",
    ),
    (r"of the persons at hand", "for de personer, der indgår"),
    (r"[Ss]core tests of proportional hazards", "scoretest af proportionale hazards"),
    (r"covariates sampled", "kovariaterne regnet som en stikprøve"),
    (r"covariates fixed", "kovariaterne taget som givne"),
    (r"Efron ties", "sammenfaldende tider efter Efron"),
    (r"Breslow ties", "sammenfaldende tider efter Breslow"),
    (r"entry at \w+", "med forsinket indtræden"),
    (r"baseline hazards by (\w+)", "egen basishazard for hvert niveau af {0}"),
    (
        r"weighted by the inverse chance of still being observed",
        "vægtet med den inverse sandsynlighed for stadig at være observeret",
    ),
    (r"Wald 95 % intervals", "95 %-intervaller efter Wald"),
    (r"model-based errors(?=\.)", "modelbaserede standardfejl"),
    (r"model-based errors, rows taken as independent", "modelbaserede standardfejl, rækker regnet som uafhængige"),
    (r"errors robust to dependence within (\w+)", "standardfejl, der tåler afhængighed inden for {0}"),
    (r"robust errors, weighted by (\w+)", "robuste standardfejl, vægtet med {0}"),
    (r"weighted by (\w+)", "vægtet med {0}"),
    (r"errors by influence functions", "standardfejl ved indflydelsesfunktioner"),
    (r"infinitesimal-jackknife errors", "standardfejl ved infinitesimal jackknife"),
    (r"95 % intervals symmetric on the log\(-log\) scale", "95 %-intervaller, symmetriske på log(-log)-skalaen"),
    (r"robust Wald 95 % intervals", "robuste 95 %-intervaller efter Wald"),
)
