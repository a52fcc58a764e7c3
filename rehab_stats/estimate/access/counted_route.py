"""A route into rehabilitation that only printed counts tell of: what they say, and between what they leave the rest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.limits import poisson_limits, share_with_limits
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import did_you_mean

WITHOUT, EITHER = "without_course", "without_course_unknown_either"
"""Strata: those without a course, by education as printed, and with the unknown counted either way."""
NOT_PRINTED = "the education of those reached is not printed"


def counted_route(
    *,
    reached: int,
    unreached: int,
    shares: Mapping[str, float] | pd.Series,
    level: str,
    referred: int,
    not_new: Mapping[str, int] | pd.Series,
    months: float,
    source: str,
    exposure: str = "education",
    unknown: str = "unknown",
    population: str = "on_benefits_with_cancer_2014",
    sender: str = "job_centre",
    rounded_to: float = 0.01,
) -> Estimates:
    """How many of a counted group had a course, how many one sender referred, and how unequal that can have been.

    A report counts who was reached and who was not, prints the education of those not reached in rounded percent, and
    counts what one sender referred in a period. The education of those reached is not printed: the gap between a level
    and all others is bounded, and how much of it the route closes cannot be said.

    Parameters
    ----------
    reached, unreached : int
        Persons of the group with and without a course.
    shares : mapping or Series
        Education -> printed share of those without a course, a proportion rounded to `rounded_to`; all levels.
    level : str
        The level that all other known ones are set against, such as `basic`.
    referred : int
        Persons whom the sender referred.
    not_new : mapping or Series
        Code -> persons among them who are no new persons reached (an earlier course, wrongly referred); taken as
        different persons.
    months : float
        Length of the period in which they were referred.
    source : str
        Who prints the counts. `counted_route_table` shows them as printed, also those of 1 to 4: this is for what has
        been published, not for counts of an extract. (The view and the sentences hide such counts here as everywhere.)
    exposure, population, sender : str
        What the levels are of, whom the group consists of, who refers: codes, for words.
    unknown : str
        The level in `shares` of those whose education is not known, if there is one.
    rounded_to : float
        Step of the printed shares.

    Returns
    -------
    Estimates
        Without a model, in this order; whole persons throughout.
        `course`, stratum the population: count of `total`, `with_course`, `without_course`; share `with_course`.
        `exposure`, stratum `without_course`: for the level, for `not_<level>` (all other known ones) and for `unknown`
        lowest_count, highest_count, and count, the nearest whole number to each printed share (for several levels their
        sum). Stratum `without_course_unknown_either`: lowest_count and highest_count of the two if the unknown may
        belong to either.
        `referred`, stratum the sender: count of `total`, of each code in `not_new` and of `newly_referred`;
        rate_per_year of `total` and `newly_referred`. Stratum `without_course`: highest_share, the new ones of those
        without a course.
        `course`: lowest_share and highest_share of the level and of the others, lowest_share_difference and
        highest_share_difference of the level less the others; closing_share, the part of that gap which the route
        closes, without an estimate.
        n and events are the whole and the part where a row has both. Diagnostics: `months`, `newly_referred`,
        `closing_share` (why there is none).

    Raises
    ------
    ValueError
        Counts that are no whole numbers or below their least and a period of no length (all of them named); shares that
        are no proportions, or that so many persons cannot have; more persons not new than referred, more new ones than
        persons without a course. `WrongCall`: a level that is not among the shares or is the unknown one, no other
        level, no source.

    Notes
    -----
    Share p of n: Wilson's score limits, error sqrt(p (1 - p) / n). k referred in t years: k / t, error sqrt(k) / t,
    exact Poisson limits G(k)[0.025] / t and G(k + 1)[0.975] / t with G the gamma quantile (nought below for k = 0).
    They say what chance would do to counts of this size, not how well the group stands for others.

    Whole numbers k of the N without a course fit a printed share s if |k / N - s| is at most half of `rounded_to`, and
    if the levels add up to N. With R reached, b the fewest at the level and o the fewest at the others, the unknown
    counted wherever that makes the bound widest: the share reached lies between 0 and R / (b + R) at the level, between
    0 and R / (o + R) at the others, and the level's less the others' between -R / (o + R) and R / (b + R). Each bound
    is taken (all those reached had that education), so nothing narrower holds without more being known.

    It misleads when the new ones are read as a part of those without a course: referrals of months are held against
    persons counted in one year, many of whom cannot have been the same, and therefore the share is one at most.

    Wilson 1927, doi 10.1080/01621459.1927.10502953; Garwood 1936, doi 10.1093/biomet/28.3-4.437; Manski 1989, doi
    10.2307/145818. Checked by hand and against R (prop.test, poisson.test, every table of whole numbers tried) in
    tests/estimate/access/test_counted_route.py.
    """
    shares, not_new = dict(shares), dict(not_new)
    counts = {"reached": (reached, 1), "unreached": (unreached, 1), "referred": (referred, 0)}
    counts |= {f"not_new {code!r}": (count, 0) for code, count in not_new.items()}
    _refuse_call(shares, level, unknown, source)
    _refuse_counts(counts, months)
    new = referred - sum(not_new.values())
    if not 0 <= new <= unreached:
        raise ValueError(
            f"of {referred:g} referred {new:g} are new, and {unreached:g} persons are without a course: new ones must "
            "lie between 0 and those"
        )
    printed = _Printed.fitting(shares, int(unreached), rounded_to)
    others = f"not_{level}"
    groups = {level: [level], others: [code for code in shares if code not in {level, unknown}], unknown: [unknown]}
    groups = {name: codes for name, codes in groups.items() if set(codes) <= set(shares)}
    rows = [
        *_of_all(int(reached), int(unreached), population),
        *_of_education(printed, groups, exposure),
        *_of_either(printed, level, others, unknown, exposure),
        *_of_referred(int(referred), {code: int(count) for code, count in not_new.items()}, int(new), months, sender),
        _of_new(int(new), int(unreached)),
        *_of_gap(printed, int(reached), level, others, unknown, population),
    ]
    return Estimates(
        rows,
        diagnostics={
            "months": float(months),
            "newly_referred": int(new),
            "closing_share": f"not computable: {NOT_PRINTED}",
        },
        method="Printed counts, nothing estimated from persons; shares with Wilson's score limits; numbers a year with "
        "exact Poisson limits; bounds are taken over all whole numbers that give the printed percentages, those of "
        f"unknown {exposure} counted either way.",
        context={
            "exposure": exposure,
            "outcome": "course",
            "source": source,
            "counted": population,
            "sender": sender,
        },
    )


@dataclass(frozen=True)
class _Printed:
    """Persons without a course by education: the nearest whole number, and the fewest and most that fit."""

    n: int
    nearest: Mapping[str, int]
    fewest: Mapping[str, int]
    most: Mapping[str, int]

    @classmethod
    def fitting(cls, shares: Mapping[str, float], n: int, step: float) -> _Printed:
        """Raises ValueError where no whole numbers of persons have these shares."""
        wrong = [code for code, share in shares.items() if not (_is_number(share) and 0 <= share <= 1)]
        if wrong:
            raise ValueError(f"shares must be proportions from 0 to 1, those of {', '.join(wrong)} are not")
        slack = 1e-9  # a half belongs to both sides
        fewest = {code: max(0, math.ceil((share - step / 2 - slack) * n)) for code, share in shares.items()}
        most = {code: min(n, math.floor((share + step / 2 + slack) * n)) for code, share in shares.items()}
        none = [code for code in shares if fewest[code] > most[code]]
        if none:
            raise ValueError(f"shares: no whole number of {n} persons has the printed share of {', '.join(none)}")
        if not sum(fewest.values()) <= n <= sum(most.values()):
            raise ValueError(
                f"shares: the printed ones make {sum(fewest.values())} to {sum(most.values())} persons, not the {n} "
                "without a course; give all levels, the unknown one too"
            )
        nearest = {
            code: min(max(math.floor(share * n + 0.5), fewest[code]), most[code]) for code, share in shares.items()
        }
        return cls(n, nearest, fewest, most)

    def between(self, codes: Sequence[str]) -> tuple[int, int]:
        """The fewest and most persons at these levels together, the others making up the rest."""
        inside = [sum(ends[code] for code in codes) for ends in (self.fewest, self.most)]
        outside = [sum(ends.values()) - part for ends, part in zip((self.fewest, self.most), inside, strict=True)]
        return max(inside[0], self.n - outside[1]), min(inside[1], self.n - outside[0])


def _of_all(reached: int, unreached: int, population: str) -> Iterator[dict]:
    n = reached + unreached
    base = {"outcome": "course", "stratum": population, "n": n}
    for code, count in (("total", n), ("with_course", reached), ("without_course", unreached)):
        yield base | {"measure": "count", "level": code, "estimate": count, "events": count}
    yield base | {"measure": "share", "level": "with_course"} | _share(reached, n)


def _of_education(printed: _Printed, groups: Mapping[str, Sequence[str]], exposure: str) -> Iterator[dict]:
    for name, codes in groups.items():
        low, high = printed.between(codes)
        nearest = sum(printed.nearest[code] for code in codes)
        for measure, count in (("count", nearest), ("lowest_count", low), ("highest_count", high)):
            yield {"outcome": exposure, "stratum": WITHOUT, "measure": measure, "level": name} | _counted(
                count, printed.n
            )


def _of_either(printed: _Printed, level: str, others: str, unknown: str, exposure: str) -> Iterator[dict]:
    if unknown not in printed.fewest:
        return
    for name, ends in zip((level, others), _either(printed, level, unknown), strict=True):
        for measure, count in zip(("lowest_count", "highest_count"), ends, strict=True):
            yield {"outcome": exposure, "stratum": EITHER, "measure": measure, "level": name} | _counted(
                count, printed.n
            )


def _either(printed: _Printed, level: str, unknown: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Fewest and most at the level and at the others if the unknown may belong to either."""
    fewest, _ = printed.between([level])
    _, most = printed.between([code for code in (level, unknown) if code in printed.fewest])
    return (fewest, most), (printed.n - most, printed.n - fewest)


def _of_referred(referred: int, not_new: Mapping[str, int], new: int, months: float, sender: str) -> Iterator[dict]:
    base = {"outcome": "referred", "stratum": sender}
    for code, count in {"total": referred, **not_new, "newly_referred": new}.items():
        yield base | {"measure": "count", "level": code} | _counted(count, referred)
    for code, count in (("total", referred), ("newly_referred", new)):
        yield base | {"measure": "rate_per_year", "level": code} | _per_year(count, months / 12)


def _of_new(new: int, unreached: int) -> dict:
    return {"outcome": "referred", "stratum": WITHOUT, "measure": "highest_share", "n": unreached} | _share(
        new, unreached
    )


def _of_gap(printed: _Printed, reached: int, level: str, others: str, unknown: str, population: str) -> Iterator[dict]:
    fewest = dict(zip((level, others), (ends[0] for ends in _either(printed, level, unknown)), strict=True))
    highest = {name: reached / (count + reached) for name, count in fewest.items()}
    base, gap = {"outcome": "course", "stratum": population}, {"level": level, "reference": others}
    for name in highest:
        yield base | {"measure": "lowest_share", "level": name, "estimate": 0.0, "events": 0}
        counts = {"n": fewest[name] + reached, "events": reached}
        yield base | {"measure": "highest_share", "level": name, "estimate": highest[name]} | counts
    yield base | gap | {"measure": "lowest_share_difference", "estimate": -highest[others]}
    yield base | gap | {"measure": "highest_share_difference", "estimate": highest[level]}
    yield base | gap | {"measure": "closing_share", "estimate": np.nan}


def _counted(count: int, n: int) -> dict:
    return {"estimate": count, "n": n, "events": count}


def _share(events: int, n: int) -> dict:
    return {name: value for name, value in share_with_limits(events, n).items() if name != "n"}


def _per_year(events: int, years: float) -> dict:
    low, high = poisson_limits(events)
    return {
        "estimate": events / years,
        "std_error": math.sqrt(events) / years,
        "conf_low": low / years,
        "conf_high": high / years,
        "events": events,
    }


def _refuse_call(shares: Mapping[str, float], level: str, unknown: str, source: str) -> None:
    if level not in shares:
        raise WrongCall(f"level: there is no {level!r} among the shares{did_you_mean(level, shares)}")
    if level == unknown:
        raise WrongCall(f"level: {level!r} is the unknown one and cannot be set against others")
    if not set(shares) - {level, unknown}:
        raise WrongCall(f"shares: there is no level but {level!r} and the unknown one: nothing to set it against")
    if not source.strip():
        raise WrongCall(
            "source: say who prints the counts; counts that nobody has printed must not be shown as they are"
        )


def _refuse_counts(counts: Mapping[str, tuple[object, int]], months: object) -> None:
    """Raise ValueError naming every count that is no whole number or too small, and a period of no length."""
    wrong = [
        f"{name} must be a whole number, at least {least}, not {count!r}"
        for name, (count, least) in counts.items()
        if not (_is_number(count) and float(count).is_integer() and count >= least)
    ]
    if not (_is_number(months) and 0 < months < math.inf):
        wrong.append(f"months must be a number above 0, not {months!r}")
    if wrong:
        raise ValueError("; ".join(wrong))


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)
