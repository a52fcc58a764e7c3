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
