"""What something is made of: referrals by source, noes by reason, and who provides for whose citizens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from rehab_stats.estimate.model.limits import share_with_limits
from rehab_stats.estimate.model.sample import WrongCall, code, refuse_absent
from rehab_stats.estimate.monitoring.cells import columns_of, outside, strata, yes_no
from rehab_stats.estimate.monitoring.shares import WILSON, as_estimates, of_groups
from rehab_stats.vocabulary import Estimates

MISSING, TOTAL = "missing", "total"


def source_mix(data: pd.DataFrame, *, source: str, by: str | Sequence[str] = ()) -> Estimates:
    """Number and share of the referrals from each source, by period or other group and in all.

    Parameters
    ----------
    data : DataFrame
        One row per referral; not changed.
    source : str
        Column of codes: `hospital`, `general_practice`, `self`, ...; a missing one is the category `missing`.
    by : str or sequence of str
        Columns that make the strata: `period`, ["municipality", "period"].

    Returns
    -------
    Estimates
        As of `descriptives`: `outcome` = the column, `level` = the category, `stratum` = the group (`period=2024-H1`)
        or `total`; a `count` and a `share` with Wilson's limits; n: referrals of the stratum, events: those of the
        category. A category that a stratum has none of is there with nought. Diagnostics: `rows_used`, `rows_dropped`.

    Raises
    ------
    ValueError
        Unknown columns; nobody in any group; a category called `missing` or `total`.

    Notes
    -----
    Each share has an interval of its own; they move together (more from one source is less from the others), so the
    intervals are no test of the whole mix. Checked by hand in tests/estimate/monitoring/test_mix.py.
    """
    refuse_absent(data, [source, *columns_of(by)])
    return _composition(data, source, by, f"Referrals by {source}")


def decline_reasons(data: pd.DataFrame, *, declined: str, reason: str, by: str | Sequence[str] = ()) -> Estimates:
    """Number and share of each reason among those who declined, by group and in all.

    Parameters
    ----------
    data : DataFrame
        One row per referral or course offered; not changed.
    declined : str
        Column of 0 and 1. How many decline is `indicator_share(outcome=declined)`.
    reason : str
        Column of codes; a no without a reason is `missing`.
    by : str or sequence of str
        As in `source_mix`.

    Returns
    -------
    Estimates
        As of `source_mix`, of those who declined. Diagnostics: `rows_used` (who declined), `rows_dropped`.

    Raises
    ------
    ValueError
        As `source_mix`; declined not 0 or 1; nobody declined; a reason where nobody declined (rows named).
    """
    refuse_absent(data, [declined, reason, *columns_of(by)])
    said_no = yes_no(data, declined).eq(1)
    if not said_no.any():
        raise ValueError(f"nobody has {declined} = 1: there are no reasons to count")
    return _composition(data[said_no], reason, by, f"Those with {declined} by {reason}")


def municipality_flow(data: pd.DataFrame, *, home: str, provider: str) -> Estimates:
    """Number of referrals (or courses) of each home municipality that each municipality provided for.

    Parameters
    ----------
    data : DataFrame
        One row per referral or course; of one period, if periods are wanted. Not changed.
    home, provider : str
        Columns of codes: where the person lives, who provided. A missing provider is the home municipality itself only
        where the caller has filled it in so; otherwise the row is dropped and counted.

    Returns
    -------
    Estimates
        `outcome` = the column of the provider, `level` = the provider, `stratum` = the home municipality or `total`;
        `count` (n: all of the stratum). Every municipality of either column is a level, nought included. Diagnostics:
        `rows_used`, `rows_dropped`.

    Raises
    ------
    ValueError
        Unknown columns, no row with both.

    Notes
    -----
    Counts, no rates: who is sent to another municipality is decided by agreements on offers, not by chance, so an
    interval would answer no question. Checked by hand in tests/estimate/monitoring/test_mix.py.
    """
    refuse_absent(data, [home, provider])
    if home == provider:
        raise WrongCall("home and provider are the same column")
    pairs = pd.DataFrame({name: data[name].dropna().map(code).astype(object) for name in (home, provider)})
    used = pairs.reindex(data.index).dropna()
    if used.empty:
        raise ValueError(f"no row has a value in each of {home}, {provider}")
    places = sorted({*used[home], *used[provider]})
    _refuse_taken(places, home)
    strata = {TOTAL: used, **{place: used[used[home] == place] for place in places if (used[home] == place).any()}}
    rows = [
        {"outcome": provider, "measure": "count", "level": place, "stratum": stratum}
        | {"estimate": int((part[provider] == place).sum()), "n": len(part)}
        | {"events": int((part[provider] == place).sum())}
        for stratum, part in strata.items()
        for place in places
    ]
    return as_estimates(
        rows,
        diagnostics={"rows_used": len(used), "rows_dropped": len(data) - len(used)},
        method=f"Referrals of each {home} that each {provider} provided for; counts.",
        context={"exposure": home, "stratum": home},
    )


def _composition(data: pd.DataFrame, column: str, by: str | Sequence[str], what: str) -> Estimates:
    used = data[~outside(data, by)]
    if used.empty:
        raise ValueError(f"no row has a value in each of {', '.join(columns_of(by))}")
    coded = used[column].map(code, na_action="ignore").astype(object)
    ordered = isinstance(used[column].dtype, pd.CategoricalDtype)
    there = set(coded.dropna())
    found = [name for name in map(code, used[column].cat.categories) if name in there] if ordered else sorted(there)
    _refuse_taken(found, column)
    levels = [*found, *([MISSING] if coded.isna().any() else [])]
    filled = used.assign(**{column: coded.where(coded.notna(), MISSING)})
    rows = [
        {"outcome": column, "level": level, "stratum": stratum} | row
        for stratum, part in _strata(filled, by)
        for level in levels
        for row in _pair(int(part[column].eq(level).sum()), len(part))
    ]
    return as_estimates(
        rows,
        diagnostics={"rows_used": len(used), "rows_dropped": len(data) - len(used)},
        method=f"{what}{of_groups(by)}: numbers and shares; {WILSON}, each share by itself.",
        context={"outcome": column},
    )


def _strata(data: pd.DataFrame, by: str | Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Everybody, then each group by its name, `period=2024-H1`."""
    yield TOTAL, data
    if columns_of(by):
        yield from ((cell.stratum, cell.rows) for cell in strata(data, by))


def _pair(count: int, n: int) -> Iterator[dict]:
    yield {"measure": "count", "estimate": count, "n": n, "events": count}
    yield {"measure": "share"} | share_with_limits(count, n)


def _refuse_taken(codes: Sequence[str], column: str) -> None:
    taken = sorted({MISSING, TOTAL} & set(codes))
    if taken:
        raise ValueError(
            f"{column} has a category called {taken[0]}, which these tables need for themselves: rename it"
        )
