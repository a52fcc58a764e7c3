"""Is one hazard ratio enough for all times? The test that `hazard_ratios` kept in its diagnostics, as rows."""

from __future__ import annotations

import pandas as pd

from rehab_stats.vocabulary import Estimates

ALL_TERMS = "all_terms"
_KEY = "ph_test_chisq"


def proportional_hazards(hazards: Estimates) -> Estimates:
    """Score test of proportional hazards, term by term and for all terms together, for each model.

    Tests whether a coefficient drifts with 1 - S(t) of the Kaplan-Meier curve, as survival::cox.zph(transform = "km")
    (Grambsch and Therneau 1994, doi 10.1093/biomet/81.3.515). A large p does not show that hazards are proportional.

    Parameters
    ----------
    hazards : Estimates
        What `hazard_ratios` returned.

    Returns
    -------
    Estimates
        Measure `ph_chi_square`, `level` = the term, then `all_terms`, `estimate` = chi-square; details `df`.
        `n` and `events` are left empty: the test is about the whole model.

    Raises
    ------
    ValueError
        The estimates hold no such test, or one for each stratum (take those one by one).
    """
    found, context = hazards.diagnostics, hazards.context
    if context.get("stratum"):
        raise ValueError(f"these estimates are stratified by {context['stratum']}: test each stratum on its own")
    models = list(dict.fromkeys(hazards.tidy()["model"].dropna()))
    rows, details = [], []
    for name, statistic in found.items():
        if name.split(".")[0] != _KEY:
            continue
        test = name.removeprefix(_KEY)
        # one model may end in the name of another (x.full, full): the longest is meant
        model = max((model for model in models if test.endswith(f".{model}")), key=len, default=models[0])
        term = test.removesuffix(f".{model}").removeprefix(".")
        rows.append(
            {
                "outcome": hazards.tidy()["outcome"].iloc[0],
                "model": model,
                "measure": "ph_chi_square",
                "level": term or ALL_TERMS,
                "estimate": statistic,
                "p_value": found["ph_test" + test],
            }
        )
        details.append({"df": found["ph_test_df" + test]})
    if not rows:
        raise ValueError("these estimates are not of hazard ratios: they hold no test of proportional hazards")
    method = "Score tests of proportional hazards, chi-square; a small p says that the ratio drifts over time."
    return Estimates(rows, details=pd.DataFrame(details), method=method, context=context)
