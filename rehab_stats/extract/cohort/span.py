"""The days on which referrals were seen, cut into periods."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from rehab_stats.calendar import periods


@dataclass(frozen=True)
class Span:
    """The days on which referrals were seen, cut into periods; every frame of a cohort has the same categories.

    Attributes
    ----------
    since, until : Timestamp
        First and last day on which referrals were registered.
    length : str
        Of the periods.
    extract_date : Timestamp
        Until when it is known what became of them.
    """

    since: pd.Timestamp
    until: pd.Timestamp
    length: str
    extract_date: pd.Timestamp

    def periods(self, dates: pd.Series, *, length: str = "", over: bool = False) -> pd.Series:
        """The period of each date; missing outside the span, and with `over` in one that was not over."""
        ends = pd.Series([self.since, self.until])
        known = dates.where(dates.between(*ends))
        both = periods(pd.concat([ends, known], ignore_index=True), length=length or self.length)
        found = pd.Series(both.iloc[2:].array, index=dates.index, name="period")
        if not over:
            return found
        last = periods(ends + pd.Timedelta(days=1), length=length or self.length).iloc[1]
        # seen to its last day, a period is over: the one that begins then holds no day yet
        return found.cat.remove_categories([last]) if last in found.cat.categories else found

    def chosen(self, period: str = "") -> str:
        """The period asked for, by default the last that was over when registration ended.

        Raises ValueError when it was not over by then, or is none of those seen.
        """
        there = self._over
        if not there:
            raise ValueError(f"no {self.length.replace('_', '-')} was over on {self.until:%Y-%m-%d}")
        if period and period not in there:
            known = f"{self.until:%Y-%m-%d}: {', '.join(there)}"
            raise ValueError(f"period {period!r} is none of those that were over on {known}")
        return period or there[-1]

    def windows(self, rows: pd.DataFrame, period: str = "", *, before: int = 3) -> pd.DataFrame:
        """The rows of a period and of those before it, with `window`: the period, and the earlier ones as one.

        Parameters
        ----------
        rows : DataFrame
            With a column `period`.
        period : str
            As in `chosen`.
        before : int
            How many earlier periods are pooled; fewer where there are fewer. A small municipality's half-year is often
            too few to be shown, and what it is held against should not be as few.

        Returns
        -------
        DataFrame
            `window` is an ordered category: `2023-H1..2024-H1`, then `2024-H2`. The two hold no referral in common.
        """
        now = self.chosen(period)
        earlier = self._over[max(0, self._over.index(now) - before) : self._over.index(now)]
        name = f"{earlier[0]}..{earlier[-1]}" if len(earlier) > 1 else "".join(earlier)
        codes = dict.fromkeys(earlier, name) | {now: now}
        window = rows["period"].astype(object).map(codes)
        names = list(dict.fromkeys(codes.values()))
        return rows.assign(window=pd.Categorical(window, names, ordered=True))[window.notna()]

    @property
    def _over(self) -> list[str]:
        return list(self.periods(pd.Series([self.since, self.until]), over=True).cat.categories)
