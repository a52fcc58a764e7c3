"""The table of clauses that the estimators' method sentences are made of, with their Danish."""

from __future__ import annotations

# a clause of the English sentence -> Danish; the longer one first where two begin alike, {0} is the column it names
CLAUSES: tuple[tuple[str, str], ...] = (
    (r"Separately by (\w+)", "særskilt for hvert niveau af {0}"),
    (
        r"[Oo]dds ratios of .*? from logistic models with Firth's penalty",
        "odds ratioer fra logistiske modeller med Firths straf",
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
    (r"model-based errors, rows taken as independent", "modelbaserede standardfejl, rækker regnet som uafhængige"),
    (r"errors robust to dependence within (\w+)", "standardfejl, der tåler afhængighed inden for {0}"),
    (r"robust errors, weighted by (\w+)", "robuste standardfejl, vægtet med {0}"),
    (r"weighted by (\w+)", "vægtet med {0}"),
    (r"errors by influence functions", "standardfejl ved indflydelsesfunktioner"),
    (r"infinitesimal-jackknife errors", "standardfejl ved infinitesimal jackknife"),
    (r"95 % intervals symmetric on the log\(-log\) scale", "95 %-intervaller, symmetriske på log(-log)-skalaen"),
    (r"robust Wald 95 % intervals", "robuste 95 %-intervaller efter Wald"),
)
