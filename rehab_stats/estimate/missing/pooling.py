"""Rubin's rules: one estimate from the estimates of several imputations, and how many imputations that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri
from scipy.stats import t as student

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.measures import RATIO_MEASURES, kind_of
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates

KEYS = ("outcome", "model", "measure", "level", "reference", "stratum", "at")
POOLED_DETAILS = ("df", "fmi", "lambda", "riv", "m", "within", "between")
LOGIT_MEASURES = frozenset({"risk", "joint_risk", "share", "transition"})
"""Proportions: pooled as they are, their limits symmetric on the logit scale."""


@dataclass(frozen=True)
class Pooled:
    """What Rubin's rules make of m estimates; every array has an element per quantity.

    Attributes
    ----------
    estimate, variance : the mean of the estimates, and T = within + (1 + 1/m) between.
    within, between : the mean of the variances, and the variance of the estimates (over m - 1).
    riv : (1 + 1/m) between / within, the relative increase in variance.
    lambda_ : (1 + 1/m) between / variance, the share of the variance that is due to what is missing.
    df : Barnard and Rubin's degrees of freedom.
    fmi : (riv + 2 / (df + 3)) / (1 + riv), the fraction of information that is missing.
    m : number of imputations.
    """

    estimate: np.ndarray
    variance: np.ndarray
    within: np.ndarray
    between: np.ndarray
    riv: np.ndarray
    lambda_: np.ndarray
    df: np.ndarray
    fmi: np.ndarray
    m: int

    @property
    def std_error(self) -> np.ndarray:
        """Square root of the total variance."""
        return np.sqrt(self.variance)


def rubin(estimates: np.ndarray, variances: np.ndarray, df_complete: np.ndarray | float = np.inf) -> Pooled:
    """Estimates of the same quantities from m imputed data sets, pooled.

    Parameters
    ----------
    estimates, variances : (m,) or (m, quantities)
        On the scale on which the estimate is about normal (the log, for a ratio); variances are squared errors.
    df_complete : number or (quantities,)
        Degrees of freedom if nothing had been missing; infinite for Wald tests of large samples.

    Returns
    -------
    Pooled

    Raises
    ------
    ValueError
        Fewer than two imputations; shapes that differ; a value that is missing or infinite; a variance below zero;
        degrees of freedom of zero or below (`WrongCall` for shapes).

    Notes
    -----
    With v = df_complete, g = `lambda_`: Rubin's (m - 1) / g^2 = (m - 1) (1 + 1/riv)^2 and the observed-data
    v (v + 1) / (v + 3) (1 - g), joined as 1 / (1/a + 1/b) (Barnard & Rubin 1999, doi 10.1093/biomet/86.4.948); an
    infinite v leaves Rubin's. Where all estimates agree (nobody's value was missing) g = 0 and df is
    v (v + 1) / (v + 3), a little below v. mice does not let g fall below 1e-4 in its df; this does. Where the variances
    are zero and the estimates differ, riv is infinite, fmi 1 and df 0 (m - 1 with an infinite v).

    Checked by hand and against mice::pool.scalar (tests/reference/pooling.R) in tests/estimate/missing/test_pooling.py.
    """
    q, u, v = np.asarray(estimates, float), np.asarray(variances, float), np.asarray(df_complete, float)
    _refuse_unpoolable(q, u, v)
    m = len(q)
    within = u.mean(axis=0)
    between = np.where(q.max(axis=0) > q.min(axis=0), q.var(axis=0, ddof=1), 0.0)  # of equal values: no rounding left
    extra = (1 + 1 / m) * between
    variance = within + extra
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        riv = np.where(extra > 0, extra / within, 0.0)
        share = np.where(extra > 0, extra / variance, 0.0)
        old = (m - 1) / share**2
        observed = np.where(np.isinf(v), np.inf, v * (v + 1) / (v + 3) * (1 - share))
        df = np.where(observed > 0, 1 / (1 / old + 1 / observed), 0.0)
        fmi = np.where(np.isinf(riv), 1.0, (riv + 2 / (df + 3)) / (1 + riv))
    return Pooled(q.mean(axis=0), variance, within, between, riv, share, df, fmi, m)


def _refuse_unpoolable(q: np.ndarray, u: np.ndarray, v: np.ndarray) -> None:
    if q.ndim not in (1, 2) or q.shape != u.shape:
        raise WrongCall(f"estimates {q.shape} and variances {u.shape} must be (m,) or (m, quantities), and agree")
    if len(q) < 2:
        raise ValueError("one imputation cannot be pooled: what is missing shows only between two or more")
    if not (np.isfinite(q).all() and np.isfinite(u).all()):
        raise ValueError("estimates and variances must be finite numbers in every imputation")
    if (u < 0).any():
        raise ValueError("variances must not be below zero")
    if v.ndim and v.shape != q.shape[1:]:
        raise WrongCall(f"df_complete has shape {v.shape}, the quantities {q.shape[1:]}")
    if not (v > 0).all():
        raise ValueError("df_complete must be above zero")


def imputations_needed(fmi: float | np.ndarray, m: float, *, cv: float = 0.05) -> int:
    """How many imputations until another run would give nearly the same standard error.

    The second stage of von Hippel's two: the fraction of missing information from a first, small run of m imputations
    is itself uncertain, so the upper end of its 95 % interval is used.

    Parameters
    ----------
    fmi : number or array, 0 to 1
        As pooled in the first run; of several quantities the largest counts.
    m : number
        Imputations of the first run; infinite takes `fmi` as known.
    cv : number
        Coefficient of variation that the standard error may have from run to run.

    Returns
    -------
    int
        1 + (upper / cv)^2 / 2, rounded up, at least 2; logit(upper) = logit(fmi) + 1.96 sqrt(2/m).

    Raises
    ------
    ValueError
        fmi outside 0 to 1 or missing, m below 2, cv not above zero.

    Notes
    -----
    von Hippel 2020, doi 10.1177/0049124117747303. It makes the *error* repeatable, not the p-value of a borderline
    result. Checked by hand in tests/estimate/missing/test_pooling.py: an FMI known to be .2 .3 .4 .5 .6 .7 asks for
    9 19 33 51 73 99.
    """
    values = np.asarray(fmi, float)
    if not values.size or not ((values >= 0) & (values <= 1)).all():
        raise ValueError("fmi must be numbers from 0 to 1")
    if not (m >= 2 and cv > 0):
        raise WrongCall(f"m must be at least 2 and cv above 0, not {m!r} and {cv!r}")
    with np.errstate(divide="ignore"):
        upper = expit(logit(values.max()) + ndtri(0.975) * np.sqrt(2 / m))
    wanted = 1 + (upper / cv) ** 2 / 2
    return max(2, int(np.ceil(wanted - 1e-9)))


def pool(
    estimates: Sequence[Estimates] | pd.DataFrame, *, df_complete: float | Sequence[float] | None = None
) -> Estimates:
    """One set of estimates from those of several imputed data sets, by Rubin's rules.

    Each estimate is the mean over the imputations; its error counts both the error within a data set and how much the
    imputations disagree. Ratios are pooled as logarithms.

    Parameters
    ----------
    estimates : sequence of Estimates, or DataFrame
        Estimates: one per imputation, the same rows in the same order. A frame: a row per imputation with columns
        `estimate` and `std_error` (for ratio measures that of log(estimate)); columns among outcome, model, measure,
        level, reference, stratum, at tell several quantities apart, n and events may stand beside them. Without
        `measure` the quantity is a `mean`.
    df_complete : number or sequence with one for each row, optional
        Degrees of freedom if nothing had been missing. By default those in the details (`df`) of the parts, averaged
        over the imputations, and infinite where there are none.

    Returns
    -------
    Estimates
        The rows of the parts. Limits at 95 % from Student's t, symmetric on the log scale for ratios, the logit scale
        for risks and shares, else the natural one; `p_value` where the parts have one (in a frame: where the measure
        has a value for no difference). `n`, `events` and other details (`n_reference`, ...) where they agree in all
        imputations, else missing. Details: `df`, `fmi` (fraction of missing information), `lambda` (share of the
        variance due to what is missing), `riv` (relative increase in variance), `m`, `within`, `between` (variances on
        the pooled scale). Diagnostics: `imputations`, `largest_fmi`, and those of the parts that agree.

    Raises
    ------
    ValueError
        Fewer than two imputations; parts whose rows differ (the first difference is named); an estimate or error that
        is missing; ratios not above zero; no spread within the imputations though their estimates differ.

    Notes
    -----
    See `rubin`. A risk of 0 or 1 in every imputation has no limits. Misleads when the imputations leave out what the
    analysis looks at (its outcome, its interactions): the pooled estimate is then drawn towards no difference, and no
    number here shows it. Checked by hand and against mice in tests/estimate/missing/test_pooling.py.
    """
    parts = _frame_parts(estimates) if isinstance(estimates, pd.DataFrame) else _aligned(list(estimates))
    tables = [part.tidy() for part in parts]
    first = tables[0]
    values = np.array([table["estimate"] for table in tables])
    errors = np.array([table["std_error"] for table in tables])
    _refuse_missing(first, values, errors)
    logs = first["measure"].isin(RATIO_MEASURES).to_numpy()
    values[:, logs] = np.log(values[:, logs])
    found = rubin(values, errors**2, _complete_df(parts, df_complete))
    if ((found.within == 0) & (found.between > 0)).any():
        raise ValueError("an estimate has no error within the imputations, though it differs between them")
    more = _agreeing([part.details().drop(columns=POOLED_DETAILS, errors="ignore") for part in parts])
    numbers = [found.df, found.fmi, found.lambda_, found.riv, found.m, found.within, found.between]
    rows = first.assign(**_pooled_columns(first, found, logs))
    rows[["n", "events"]] = _agreeing([table[["n", "events"]] for table in tables])
    return Estimates(
        rows,
        details=more.assign(**dict(zip(POOLED_DETAILS, numbers, strict=True))),
        diagnostics=_common(parts) | {"imputations": found.m, "largest_fmi": float(np.max(found.fmi, initial=0.0))},
        method=_method(parts[0].method, found.m),
        context=parts[0].context,
    )


def _aligned(parts: list[Estimates]) -> list[Estimates]:
    """The parts, once they are known to have the same rows."""
    for part in parts:
        if not isinstance(part, Estimates):
            raise WrongCall(f"estimates must be Estimates or one DataFrame, not {type(part).__name__}")
    if len(parts) < 2:
        raise ValueError("one imputation cannot be pooled: what is missing shows only between two or more")
    first, keys = parts[0].tidy(), list(KEYS)
    for number, part in enumerate(parts[1:], start=2):
        other = part.tidy()
        if len(other) != len(first):
            raise ValueError(f"imputation {number} has {len(other)} rows, the first {len(first)}")
        if other[keys].equals(first[keys]):
            continue
        for key in keys:
            same = (first[key] == other[key]) | (first[key].isna() & other[key].isna())
            if not same.all():
                row = int(np.flatnonzero(~same.to_numpy())[0])
                raise ValueError(
                    f"imputation {number} differs from the first in row {row}: {key} is {other[key][row]!r}, not "
                    f"{first[key][row]!r}"
                )
    return parts


def _frame_parts(frame: pd.DataFrame) -> list[Estimates]:
    """The rows of a frame, dealt out to one Estimates per imputation."""
    absent = [column for column in ("estimate", "std_error") if column not in frame]
    if absent:
        raise WrongCall(f"estimates has no column {absent[0]!r}; it needs estimate and std_error")
    unknown = [str(column) for column in frame if column not in (*TIDY_COLUMNS, "df")]
    if unknown:
        raise WrongCall(f"estimates has columns {', '.join(unknown)}; known are {', '.join(TIDY_COLUMNS)} and df")
    rows = frame.assign(measure=frame.get("measure", "mean")).reset_index(drop=True)
    keys = [key for key in KEYS if key in rows]
    by_quantity = rows.groupby(keys, sort=False, dropna=False)
    sizes = by_quantity.size()
    if sizes.nunique() > 1:
        raise ValueError(f"the quantities must have the same number of imputations; they have {_list(sizes.unique())}")
    if "p_value" not in rows:
        has_null = [kind_of(measure).null is not None for measure in rows["measure"]]
        rows["p_value"] = np.where(has_null, 1.0, np.nan)  # only says that there is to be one
    turns = by_quantity.cumcount().to_numpy()
    order = by_quantity.ngroup().to_numpy()
    parts = []
    for turn in range(int(sizes.max()) if len(sizes) else 0):
        chosen = np.flatnonzero(turns == turn)
        one = rows.iloc[chosen[np.argsort(order[chosen], kind="stable")]]
        details = one[["df"]] if "df" in one else None
        parts.append(Estimates(one.drop(columns="df", errors="ignore"), details=details))
    return _aligned(parts)


def _refuse_missing(first: pd.DataFrame, values: np.ndarray, errors: np.ndarray) -> None:
    for name, table in (("estimate", values), ("std_error", errors)):
        bad = ~np.isfinite(table)
        if name == "std_error":
            bad |= table < 0
        else:
            bad |= first["measure"].isin(RATIO_MEASURES).to_numpy() & ~(table > 0)
        if bad.any():
            part, row = (int(place) for place in np.argwhere(bad)[0])
            what = ", ".join(f"{key} {first[key][row]}" for key in ("measure", "level") if first[key][row])
            raise ValueError(f"imputation {part + 1}, row {row} ({what}): {name} {table[part, row]} cannot be pooled")


def _complete_df(parts: list[Estimates], given: float | Sequence[float] | None) -> np.ndarray:
    rows = len(parts[0])
    if given is not None:
        df = np.asarray(given, float)
        if df.ndim and df.shape != (rows,):
            raise WrongCall(f"df_complete must be one number, or one for each of the {rows} rows")
        return np.broadcast_to(df, (rows,))
    tables = [part.details() for part in parts]
    if not all("df" in table for table in tables):
        return np.full(rows, np.inf)
    df = np.array([table["df"].astype(float) for table in tables])
    return np.where(np.isnan(df), np.inf, df).mean(axis=0)


def _pooled_columns(first: pd.DataFrame, found: Pooled, logs: np.ndarray) -> dict[str, np.ndarray]:
    """Estimate, error, limits and p of each row; the limits on the row's own scale."""
    q, error = found.estimate, found.std_error
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        reach = np.where(error > 0, student.ppf(0.975, found.df), 0.0) * error
        low, high = q - reach, q + reach
        logits = first["measure"].isin(LOGIT_MEASURES).to_numpy()
        wide = reach / (q * (1 - q))
        low = np.where(logs, np.exp(low), np.where(logits, expit(logit(q) - wide), low))
        high = np.where(logs, np.exp(high), np.where(logits, expit(logit(q) + wide), high))
        nulls = np.array([kind_of(measure).null or 0.0 for measure in first["measure"]], float)
        p = 2 * student.sf(np.abs(q - np.where(logs, 0.0, nulls)) / error, found.df)
    return {
        "estimate": np.where(logs, np.exp(np.where(logs, q, 0.0)), q),
        "std_error": error,
        "conf_low": low,
        "conf_high": high,
        "p_value": np.where(first["p_value"].notna(), p, np.nan),
    }


def _agreeing(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """The cells of the first table in which all tables agree; the others are missing."""
    first = tables[0]
    kept = {}
    for column in first:
        if all(column in table for table in tables):
            same = [(first[column] == table[column]).to_numpy(bool, na_value=False) for table in tables[1:]]
            kept[column] = first[column].where(np.logical_and.reduce(same))
    return pd.DataFrame(kept, index=first.index)


def _common(parts: list[Estimates]) -> dict:
    first, others = parts[0].diagnostics, [part.diagnostics for part in parts[1:]]
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}


def _method(method: str, m: int) -> str:
    rules = f"pooled over {m} imputations by Rubin's rules, degrees of freedom as Barnard and Rubin's, t intervals"
    return f"{method.removesuffix('.')}; {rules}." if method else f"{rules[0].upper()}{rules[1:]}."


def _list(values: Sequence) -> str:
    return ", ".join(map(str, values))
