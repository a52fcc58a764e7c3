"""How strong an unmeasured common cause would have to be to explain a ratio away."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.vocabulary import Estimates

RATIOS = ("odds_ratio", "hazard_ratio", "risk_ratio")


def e_value(estimates: Estimates, *, rare: bool | None = True) -> Estimates:
    """The E-value of each ratio and of its confidence limit nearer to 1.

    The least strength, as a risk ratio, that an unmeasured cause would need both with the exposure and with the
    outcome, given what is adjusted for, to move the ratio (or the limit) to 1. A large E-value does not make a ratio
    causal, and a small one does not undo it: it says nothing of how likely such a cause is. For education, which is
    no treatment and has causes and consequences on every side, it is a description of sensitivity and no more.

    Parameters
    ----------
    estimates : Estimates
        Rows `odds_ratio`, `hazard_ratio` and `risk_ratio` are used, with their limits; all other rows are passed over.
        Without any row and with the reason why (`where_possible`), it is given back as it is.
    rare : bool or None
        Whether the outcome is rare (below 15 % or so by the end of follow-up) in every group. True: odds ratios and
        hazard ratios stand for risk ratios. False: sqrt(OR), and (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1 / HR)), which
        suppose an outcome of about 20 to 80 %. Risk ratios are what they are. None: both, for an outcome near the
        border; odds and hazard ratios then have two rows, `stratum` `outcome=rare` and `outcome=common`.

    Returns
    -------
    Estimates
        One `e_value` per ratio, outcome, model, level, reference, stratum, at, n and events as in its row. `estimate`
        is of the point, `conf_low` of the limit nearer to 1 (1 when the interval holds 1); there is no other limit, no
        error and no p. Details: those of the row, and `of_measure`, the ratio it was made of.

    Raises
    ------
    ValueError
        No row is a ratio; a ratio that is not above zero, or a limit below zero; both forms of rows within strata.

    Notes
    -----
    E = RR + sqrt(RR (RR - 1)) for RR >= 1, for RR < 1 the same of 1 / RR. VanderWeele & Ding 2017, doi
    10.7326/M16-2607, also for the conversions. Checked by hand in tests/estimate/access/test_e_values.py.
    """
    if not len(estimates) and "refused" in estimates.context:
        return estimates
    if rare is None:
        return _both_forms(estimates)
    rows = estimates.tidy()
    ratio = rows["measure"].isin(RATIOS).to_numpy()
    if not ratio.any():
        raise ValueError(f"no row is one of {', '.join(RATIOS)}: there is nothing to take an E-value of")
    rows, details = rows[ratio], estimates.details()[ratio]
    ratios = rows[["estimate", "conf_low", "conf_high"]]
    if (ratios["estimate"] <= 0).any() or (ratios < 0).any(axis=None):
        raise ValueError("a ratio is not above zero or a limit below zero: it has no E-value")
    converted = ratios.apply(lambda values: _as_risk_ratios(values, rows["measure"], rare))
    made = rows.assign(
        measure="e_value",
        estimate=_strength(converted["estimate"]),
        conf_low=_strength(_nearer_limit(converted)),
        std_error=np.nan,
        conf_high=np.nan,
        p_value=np.nan,
    )
    how = "outcome taken as rare" if rare else "outcome taken as common: odds and hazard ratios converted"
    return Estimates(
        made,
        details=details.assign(of_measure=rows["measure"]),
        diagnostics={"rows_passed_over": int((~ratio).sum())},
        method=f"E-values of ratios and of their limits nearer to 1, {how}. {estimates.method}",
        context=estimates.context,
    )


def _both_forms(estimates: Estimates) -> Estimates:
    """Odds and hazard ratios taken once as of a rare, once as of a common outcome; risk ratios are the same in both."""
    if estimates.tidy()["stratum"].notna().any():
        raise ValueError("rare=None tells its two forms apart by stratum, and these rows have strata already")
    forms = []
    for rare, name in ((True, "rare"), (False, "common")):
        found = e_value(estimates, rare=rare)
        rows, details = found.tidy(), found.details()
        converts = details["of_measure"] != "risk_ratio"
        keep = converts | rare
        rows["stratum"] = np.where(converts, f"outcome={name}", None)
        forms.append(found.replaced(rows=rows[keep], details=details[keep]))
    method = f"E-values of ratios and of their limits nearer to 1. {estimates.method}"
    return Estimates.stack(forms, method=method)


def _as_risk_ratios(values: pd.Series, measure: pd.Series, rare: bool) -> pd.Series:
    if rare:
        return values
    root = np.sqrt(values)
    hazards = (1 - 0.5**root) / (1 - 0.5 ** (1 / root))
    return values.where(measure == "risk_ratio", root.where(measure == "odds_ratio", hazards))


def _nearer_limit(ratios: pd.DataFrame) -> pd.Series:
    """The limit on the side of 1; 1 itself when the interval reaches it; NaN without limits."""
    above = ratios["conf_low"].clip(lower=1)
    below = ratios["conf_high"].clip(upper=1)
    return above.where(ratios["estimate"] >= 1, below)


def _strength(ratio: pd.Series) -> pd.Series:
    away = np.maximum(ratio, 1 / ratio)
    return away + np.sqrt(away * (away - 1))
