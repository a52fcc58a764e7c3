"""Cox's partial likelihood with delayed entry, strata, case weights, Efron or Breslow ties and robust errors.

Own code because statsmodels' PHReg gives wrong errors for clusters with Efron ties and lifelines is slow here. Sums
over risk sets are differences of cumulative sums over event times, and second moments need no sum per time:

    sum over event times of E[x x']  =  X' diag(w r H) X,    r = exp(x'b), H = the row's cumulative baseline hazard,

so a Newton step costs one cross product over covariate patterns, however many event times there are.

Checked against R, survival::coxph and cox.zph: tests/reference/cox.R.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import chdtrc

from rehab_stats.estimate.model.design_matrix import Design
from rehab_stats.estimate.model.fit import Fit, cross_product, maximise, solve

TIES = ("efron", "breslow")


@dataclass(frozen=True)
class RiskSets:
    """Who is at risk when, counted in event times: the distinct times with an event, stratum after stratum.

    A row is at risk at time t when entry < t <= duration (as in survival::Surv), that is at the event times
    `first` to `last - 1`. With Efron ties the k-th of d simultaneous events sees a risk set from which the share
    k/d of those events is taken out (`taken`); with Breslow nothing is.

    Attributes
    ----------
    first, last : (rows,)
    dead, at : (events,) the rows with an event, by time, and their event time.
    taken : (events,)
    bounds : (strata + 1,) where each stratum's event times start.
    times : (event times,) in the unit of the duration.
    weights : (rows,) case weights of mean 1.
    event_weight : (event times,) the mean weight of the events at that time.
    """

    first: np.ndarray
    last: np.ndarray
    dead: np.ndarray
    at: np.ndarray
    taken: np.ndarray
    bounds: np.ndarray
    times: np.ndarray
    weights: np.ndarray
    event_weight: np.ndarray

    def sum_over_events(self, values: np.ndarray) -> np.ndarray:
        """Sum a number per event over the events of each time."""
        return np.bincount(self.at, weights=values, minlength=len(self.times))

    def at_risk(self, bins: np.ndarray) -> np.ndarray:
        """Turn what leaves (+) at bin `last` and enters (-) at bin `first` into what is at risk at each event time."""
        total = np.empty((len(self.times), *bins.shape[1:]))
        for start, stop in zip(self.bounds[:-1], self.bounds[1:], strict=True):
            total[start:stop] = np.cumsum(bins[start + 1 : stop + 1][::-1], axis=0)[::-1]
        return total


def risk_sets(
    duration: np.ndarray,
    event: np.ndarray,
    *,
    entry: np.ndarray | None = None,
    strata: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    ties: str = "efron",
) -> RiskSets:
    """Order rows by event time; `event` is boolean, `strata` whole numbers; without `entry` everyone is there early."""
    rows = len(duration)
    strata = np.zeros(rows, dtype=np.int64) if strata is None else strata
    weights = np.ones(rows) if weights is None else weights
    first, last = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    times, bounds = [], [0]
    order = np.argsort(strata, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(strata[order])) + 1):
        here = np.unique(duration[members][event[members]])
        last[members] = bounds[-1] + np.searchsorted(here, duration[members], side="right")
        first[members] = bounds[-1]
        if entry is not None:
            first[members] += np.searchsorted(here, entry[members], side="right")
        times.append(here)
        bounds.append(bounds[-1] + len(here))
    dead = np.flatnonzero(event)
    dead = dead[np.argsort(last[dead], kind="stable")]
    at = last[dead] - 1
    number = np.bincount(at, minlength=bounds[-1])
    place = np.arange(len(dead)) - np.repeat(np.cumsum(number) - number, number)
    taken = place / number[at] if ties == "efron" else np.zeros(len(dead))
    event_weight = np.bincount(at, weights=weights[dead], minlength=bounds[-1]) / number
    return RiskSets(first, last, dead, at, taken, np.array(bounds), np.concatenate(times), weights, event_weight)


def without_tie_correction(sets: RiskSets) -> RiskSets:
    """The same risk sets as Breslow has them: each of several events at a time sees all who are at risk."""
    return replace(sets, taken=np.zeros_like(sets.taken))


@dataclass(frozen=True)
class _Moments:
    """Everything the score, the information and the residuals need at one value of the coefficients.

    Over the events k of a time: `a`, `b` = sum w/S0, -sum w f/S0; `aa`, `ab`, `bb` = sum w/S0^2, -sum w f/S0^2,
    sum w f^2/S0^2, with w the mean event weight, f the share taken out and S0 what is then at risk. The mean
    covariate of an event's risk set is (s1 - f s1_dead) / S0, so all its sums are combinations of these.
    """

    risk: np.ndarray
    s1: np.ndarray
    s1_dead: np.ndarray
    a: np.ndarray
    b: np.ndarray
    aa: np.ndarray
    ab: np.ndarray
    bb: np.ndarray
    log_likelihood: float


@dataclass(frozen=True)
class Baseline:
    """The baseline hazard that belongs to a fit: its jumps, for rows whose linear predictor equals `shift`.

    The hazard of a row jumps by exp(predictor - shift) * jump, the predictor being that of the centred design.

    Attributes
    ----------
    times, jump, variance : (event times,) the jump, and its variance given the coefficients.
    slope : (event times, columns) d jump / d coefficients.
    """

    times: np.ndarray
    jump: np.ndarray
    variance: np.ndarray
    slope: np.ndarray
    shift: float


class CoxModel:
    """The partial likelihood of a design (without intercept) on given risk sets."""

    def __init__(self, design: Design, sets: RiskSets) -> None:
        self.design, self.sets = design, sets
        exposed = sets.first < sets.last  # the others are under observation between two events: in no risk set
        start = sets.bounds[np.searchsorted(sets.bounds, sets.first, side="right") - 1]
        entered = exposed & (sets.first > start)  # not there from the first event time of their stratum on
        rows = np.concatenate([np.flatnonzero(exposed), np.flatnonzero(entered)])
        bins = np.concatenate([sets.last[exposed], sets.first[entered]])
        order = np.argsort(bins, kind="stable")
        self._rows, self._bins = rows[order], bins[order]
        self._sign = np.where(order < exposed.sum(), 1.0, -1.0)

    def fit(self) -> Fit:
        """Maximise, from zero; the covariance is the inverse information. Refuses as `fit.maximise` does."""
        start = np.zeros(self.design.matrix.shape[1])
        return maximise(self.likelihood, start, matrix=self.design.matrix, names=self.design.names)

    def likelihood(self, coefficients: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Log partial likelihood, score and information."""
        moments = self._moments(coefficients)
        times = np.ones(len(self.sets.times))
        return moments.log_likelihood, self._score(moments, times), self._information(moments, times)

    def sandwich(self, fit: Fit, cluster: np.ndarray | None) -> np.ndarray:
        """Robust covariance V (sum over clusters of s s') V, s the sum of a cluster's weighted score residuals.

        As coxph(..., cluster = , ties = ): no small-sample factor. A row's residual is what it adds at its own event,
        x - mean(x), less what it is expected to add while at risk, sum of r (x - mean(x)) dH (Lin and Wei 1989, doi
        10.1080/01621459.1989.10478874), with Efron's shares at tied events. Without `cluster` each row is its own.
        """
        sets, moments = self.sets, self._moments(fit.coefficients)
        rows = len(sets.last)
        group = np.arange(rows) if cluster is None else cluster
        shape = group.max() + 1
        w_r = sets.weights * moments.risk
        ones, dead = np.ones(len(sets.times)), sets.dead
        own = csr_matrix(
            (sets.weights * _marks(dead, rows) - w_r * self._hazard(moments, ones), (group, self.design.index)),
            shape=(shape, self.design.patterns),
        )
        scores = own @ self.design.matrix
        number = np.bincount(sets.at, minlength=len(sets.times))[:, None]
        mean = (moments.a[:, None] * moments.s1 + moments.b[:, None] * moments.s1_dead) / (
            number * sets.event_weight[:, None]
        )
        drift = moments.aa[:, None] * moments.s1 + moments.ab[:, None] * moments.s1_dead
        drift_dead = -moments.ab[:, None] * moments.s1 - moments.bb[:, None] * moments.s1_dead
        size = (shape, len(sets.times))
        scores -= csr_matrix((sets.weights[dead], (group[dead], sets.at)), shape=size) @ mean
        scores -= csr_matrix((w_r[dead], (group[dead], sets.at)), shape=size) @ drift_dead
        cumulative = np.vstack([np.zeros(drift.shape[1]), np.cumsum(drift, axis=0)])
        places = np.concatenate([sets.last, sets.first])
        crossing = csr_matrix(
            (np.concatenate([w_r, -w_r]), (np.concatenate([group, group]), places)), shape=(shape, len(cumulative))
        )
        scores += crossing @ cumulative
        return fit.covariance @ (scores.T @ scores) @ fit.covariance

    def baseline(self, fit: Fit) -> Baseline:
        """Jumps of the baseline hazard at the fitted coefficients, of rows without weights and strata.

        Each event of a time adds 1/S0 and to the variance 1/S0^2, S0 being what the ties leave of its risk set: with
        Efron's ties as survival::survfit(fit, ctype = 2), with Breslow's as ctype = 1, R's own choices. A function of
        jumps and coefficients has a variance through the jumps, as independent, and one through the coefficients that
        carries the jumps along by their `slope` (Andersen et al. 1993, doi 10.1007/978-1-4612-4348-9, section VII.2).
        """
        moments = self._moments(fit.coefficients)
        return Baseline(
            times=self.sets.times,
            jump=moments.a,
            variance=moments.aa,
            slope=-(moments.aa[:, None] * moments.s1 + moments.ab[:, None] * moments.s1_dead),
            shift=float((self.design.matrix @ fit.coefficients).max()),
        )

    def proportional_hazards_test(self, fit: Fit, transformed: np.ndarray) -> dict[str, tuple[float, int, float]]:
        """Score test of beta(t) = beta + theta g(t) against theta = 0, per term and (`""`) for all at once.

        As cox.zph(fit, transform = "km", terms = TRUE, global = TRUE) of survival 3.5 (Grambsch and Therneau 1994, doi
        10.1093/biomet/81.3.515, with the exact information instead of their approximation); model-based also when
        the reported errors are robust, as there.

        Parameters
        ----------
        transformed : g at each event time, see `km_transform`.

        Returns
        -------
        term -> (chi-square, degrees of freedom, p)
        """
        moments, columns = self._moments(fit.coefficients), len(fit.coefficients)
        g = transformed - np.average(transformed, weights=np.bincount(self.sets.at, minlength=len(transformed)))
        blocks = [self._information(moments, power) for power in (np.ones_like(g), g, g**2)]
        information = np.block([[blocks[0], blocks[1]], [blocks[1], blocks[2]]])
        score = np.concatenate([np.zeros(columns), self._score(moments, g)])
        tests = {}
        everything: Mapping[str, list[int]] = {**self.design.terms, "": list(range(columns))}
        for term, members in everything.items():
            keep = np.concatenate([np.arange(columns), columns + np.array(members)])
            part = score[keep]
            statistic = float(part @ solve(information[np.ix_(keep, keep)], part))
            tests[term] = (statistic, len(members), float(chdtrc(len(members), statistic)))
        return tests

    def _moments(self, coefficients: np.ndarray) -> _Moments:
        sets, design = self.sets, self.design
        predictor = design.matrix @ coefficients
        predictor -= predictor.max()  # cancels in every ratio; keeps exp() from overflowing
        risk = np.exp(predictor)[design.index]
        w_r = sets.weights * risk
        bins, times = len(sets.times) + 1, len(sets.times)
        crossing = self._sign * w_r[self._rows]
        flow = _sums(crossing, self._bins, design.index[self._rows], (bins, design.patterns))
        s0 = sets.at_risk(np.bincount(self._bins, weights=crossing, minlength=bins))
        s0_dead = sets.sum_over_events(w_r[sets.dead])
        dead = _sums(w_r[sets.dead], sets.at, design.index[sets.dead], (times, design.patterns))
        left = s0[sets.at] - sets.taken * s0_dead[sets.at]
        weight = sets.event_weight[sets.at]
        value = sets.weights[sets.dead] @ predictor[design.index[sets.dead]] - weight @ np.log(left)
        sums = {
            name: sets.sum_over_events(weight * (-sets.taken) ** f / left**s)
            for name, f, s in [("a", 0, 1), ("b", 1, 1), ("aa", 0, 2), ("ab", 1, 2), ("bb", 2, 2)]
        }
        s1, s1_dead = sets.at_risk(flow @ design.matrix), dead @ design.matrix
        return _Moments(risk=risk, s1=s1, s1_dead=s1_dead, log_likelihood=float(value), **sums)

    def _score(self, moments: _Moments, times: np.ndarray) -> np.ndarray:
        """Sum over events of times * (x - mean(x))."""
        sets, dead = self.sets, self.sets.dead
        own = np.bincount(
            self.design.index[dead], weights=sets.weights[dead] * times[sets.at], minlength=self.design.patterns
        )
        expected = (times * moments.a) @ moments.s1 + (times * moments.b) @ moments.s1_dead
        return own @ self.design.matrix - expected

    def _information(self, moments: _Moments, times: np.ndarray) -> np.ndarray:
        """Sum over events of times * Var(x) in the risk set; `times` may be negative."""
        hazard = self.sets.weights * moments.risk * self._hazard(moments, times)
        by_pattern = self.design.per_pattern(hazard)
        second = cross_product(self.design.matrix, np.maximum(by_pattern, 0))
        if (times < 0).any():
            second -= cross_product(self.design.matrix, np.maximum(-by_pattern, 0))
        s1, s1_dead = moments.s1, moments.s1_dead
        mixed = (s1 * (times * moments.ab)[:, None]).T @ s1_dead
        return second - (
            (s1 * (times * moments.aa)[:, None]).T @ s1
            + mixed
            + mixed.T
            + (s1_dead * (times * moments.bb)[:, None]).T @ s1_dead
        )

    def _hazard(self, moments: _Moments, times: np.ndarray) -> np.ndarray:
        """Each row's cumulative baseline hazard, its increments multiplied by `times`."""
        cumulative = np.concatenate([[0.0], np.cumsum(times * moments.a)])
        hazard = cumulative[self.sets.last] - cumulative[self.sets.first]
        hazard[self.sets.dead] += (times * moments.b)[self.sets.at]  # b < 0: the share taken out of its own event
        return hazard


def km_transform(duration: np.ndarray, event: np.ndarray, entry: np.ndarray | None, at: np.ndarray) -> np.ndarray:
    """1 - S(t-) at each time `at`, S the Kaplan-Meier curve of all rows, unweighted and over all strata."""
    times, deaths = np.unique(duration[event], return_counts=True)
    leaving = np.sort(duration)
    at_risk = len(duration) - np.searchsorted(leaving, times, side="left")
    if entry is not None:
        at_risk = at_risk - (len(entry) - np.searchsorted(np.sort(entry), times, side="left"))
    survival = np.concatenate([[1.0], np.cumprod(1 - deaths / at_risk)])
    return 1 - survival[np.searchsorted(times, at, side="left")]


def _sums(values: np.ndarray, groups: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    """A sparse matrix that sums rows of another over groups; `groups` is sorted, so that nothing need be converted."""
    starts = np.searchsorted(groups, np.arange(shape[0] + 1))
    return csr_matrix((values, columns, starts), shape=shape)


def _marks(rows: np.ndarray, length: int) -> np.ndarray:
    marks = np.zeros(length)
    marks[rows] = 1.0
    return marks
