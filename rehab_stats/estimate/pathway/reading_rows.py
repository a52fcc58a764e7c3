"""A fitted path as the rows of one or several readings, with limits from draws that are made once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from rehab_stats.estimate.model.bootstrap import SEED, Draws, bootstrap, refuse_settings
from rehab_stats.estimate.model.fieller import fieller_shares
from rehab_stats.estimate.model.level_models import LevelModel
from rehab_stats.estimate.model.models import Adjustment
from rehab_stats.estimate.model.sample import EVERYBODY, WrongCall, nearest
from rehab_stats.estimate.pathway.readings import READINGS, SEQUENTIAL, Reading, read
from rehab_stats.estimate.pathway.stage_models import PathData, StageModels, measured_columns
from rehab_stats.estimate.pathway.stages import TOTAL
from rehab_stats.vocabulary import Estimates

PER = 100.0
"""Quantities and contributions are of one person diagnosed, and printed per so many."""
WIDEST_SHARE = 10.0
"""Shares of a level with a limit beyond it (1,000 %) say nothing: its total is all but zero."""
READING, REORDERED = "reading", "reordered"


@dataclass(frozen=True)
class Asked:
    """What was asked for, and how a fitted path becomes rows."""

    reading: str
    names: tuple[str, ...]
    order: tuple[int, ...]
    draws: int
    stream: np.random.Generator
    workers: int

    @classmethod
    def of(
        cls,
        path: PathData,
        reading: str,
        order: tuple[str, ...],
        draws: int,
        rng: np.random.Generator | None,
        workers: int,
    ) -> Asked:
        refuse_settings(draws, workers, rng)
        if reading not in READINGS:
            raise WrongCall(
                f"reading must be one of {', '.join(READINGS)}, not {reading!r}{nearest(reading, READINGS)}"
            )
        names = path.journeys.names
        if sorted(order) != sorted(names):
            raise WrongCall(f"order must name every stage once ({', '.join(names)}), not {', '.join(order)}")
        stream = (np.random.default_rng(SEED) if rng is None else rng).spawn(1)[0]
        return cls(reading, names, tuple(names.index(name) for name in order), draws, stream, workers)

    @property
    def reordered(self) -> bool:
        """Whether the sequential reading takes the stages in another order than the path."""
        return self.reading == SEQUENTIAL and self.order != tuple(range(len(self.names)))

    def context(self, path: PathData, exposure: str) -> dict:
        return {
            "outcome": self.names[-1],
            "exposure": exposure,
            "stages": list(self.names),
            "kinds": [stage.kind for stage in path.journeys.stages],
            "reading": self.reading,
            "measured": measured_columns(path.measured),
        }

    def method(self, path: PathData, compared: str, period: bool) -> str:
        """What is common to all readings, then the reading."""
        how = "Shapley reading: each stage set to the reference's in every order of the stages."
        if self.reading == SEQUENTIAL:
            order = (
                f"in the order {', '.join(self.names[k] for k in self.order)}" if self.reordered else "along the path"
            )
            how = f"Sequential reading: ratios of the shares passing each stage among those who came so far, {order}."
        weighted = "; the last stage weighted by one over the chance of being measured" if path.measured else ""
        stationary = "; stages seen in different persons of one period, assumed stationary" if period else ""
        return (
            f"Gap in {self.names[-1]} {compared} over {len(self.names)} stages ({', '.join(self.names)}), standardised "
            f"to everybody at the start{weighted}{stationary}; percentile 95 % intervals of {self.draws} bootstrap "
            f"draws of persons, all stages refitted. {how}"
        )

    def named(self, found: Estimates, adjust: Adjustment, *, method: str) -> Estimates:
        """With the reading as stratum, and as model where there is one set of terms without a name."""
        told = REORDERED if self.reordered else self.reading
        rows = found.tidy().assign(stratum=f"{READING}={told}")
        context = found.context | {"stratum": READING}
        if not isinstance(adjust, Mapping):
            rows["model"] = told
            context["adjust"] = {told: list(adjust)}
        return found.replaced(rows=rows, method=method, context=context)


def read_all(asked: Sequence[Asked], fitted: StageModels, path: PathData) -> tuple[list[list[dict]], dict]:
    """Rows of each of several readings that differ in nothing else, from the same draws; and the diagnostics."""
    base = 0 if fitted.sample.reference == EVERYBODY else fitted.names.index(fitted.sample.reference)
    upper = [place for place in range(len(fitted.names)) if place != base]
    first = asked[0]

    def readings(models: Sequence[LevelModel], share: np.ndarray) -> list[Reading]:
        how = {"base": base, "upper": upper, "order": first.order}
        chances = fitted.chances(models)
        return [read(chances, share, reading=one.reading, **how) for one in asked]

    points = readings(fitted.models, fitted.share)
    found = bootstrap(
        fitted.drawn(lambda models, share, _: np.concatenate([one.numbers for one in readings(models, share)])),
        len(fitted.groups),
        groups=fitted.groups,
        draws=first.draws,
        rng=deepcopy(first.stream),
        workers=first.workers,
    )
    parts = np.split(found.values, len(asked), axis=1)
    rows = [
        ReadingRows(fitted, point, Draws(part, found.failed), base, upper).all()
        for point, part in zip(points, parts, strict=True)
    ]
    about = {"rows_without_start": path.left_out, "draws": first.draws, "draws_failed": found.failed}
    return rows, fitted.diagnostics | about


@dataclass(frozen=True)
class ReadingRows:
    """A reading and its draws as rows of a result."""

    fitted: StageModels
    point: Reading
    found: Draws
    base: int
    upper: Sequence[int]

    def all(self) -> list[dict]:
        stages = self.fitted.journeys.names
        quantity, logs, parts = self._split(self.point.numbers)
        errors = self._split(self.found.errors)
        low, high = (self._split(limit) for limit in self.found.limits())
        rows = []
        for k, stage in enumerate([*stages, TOTAL]):
            counts = self._counts(k)
            if stage != TOTAL:
                rows += [
                    {"outcome": stage, "measure": "stage_quantity", "level": self.fitted.names[a], "per": PER}
                    | _numbers(quantity, errors[0], low[0], high[0], (k, a))
                    | counts[a]
                    for a in range(len(self.fitted.names))
                ]
            common = [{"outcome": stage} | self._contrast(a, counts) for a in self.upper]
            ratios = _numbers_of(logs, errors[1], low[1], high[1], k, len(self.upper), np.exp)
            rows += [
                {"measure": "stage_ratio"} | one | row | self._passing(k, a)
                for one, row, a in zip(common, ratios, self.upper, strict=True)
            ]
            for measure, place, values in (("log_contribution", 1, logs), ("contribution", 2, parts)):
                found = _numbers_of(values, errors[place], low[place], high[place], k, len(self.upper))
                more = {"per": PER} if measure == "contribution" else {}
                rows += [{"measure": measure} | one | row | more for one, row in zip(common, found, strict=True)]
        return rows + self._shares(parts, low[2], high[2])

    def _split(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Quantities (stages, settings), logs and parts (stages and total, upper settings)."""
        stages, settings = self.point.quantity.shape
        ends = np.cumsum([stages * settings, (stages + 1) * len(self.upper)])
        quantity, logs, parts = np.split(numbers, ends)
        shape = (stages + 1, len(self.upper))
        return quantity.reshape(stages, settings), logs.reshape(shape), parts.reshape(shape)

    def _counts(self, k: int) -> list[dict]:
        """Per setting the persons at the start, and those seen to have passed the stage (of the total: the last)."""
        sample, journeys = self.fitted.sample, self.fitted.journeys
        reached = journeys.reached[min(k, len(journeys.names) - 1)]
        n, events = sample.persons(journeys.started), sample.persons(reached)
        names = [EVERYBODY] * len(self.fitted.names) if EVERYBODY in n else self.fitted.names
        return [{"n": n[name], "events": events[name]} for name in names]

    def _contrast(self, a: int, counts: Sequence[Mapping[str, int]]) -> dict:
        there = {f"{name}_reference": count for name, count in counts[self.base].items()}
        return {"level": self.fitted.names[a], "reference": self.fitted.names[self.base]} | counts[a] | there

    def _passing(self, k: int, a: int) -> dict:
        quantity = self.point.quantity
        if k == len(quantity):
            return {"passing": quantity[-1, a], "passing_reference": quantity[-1, self.base]}
        before = quantity[k - 1] if k else np.ones(quantity.shape[1])
        return {
            "passing": quantity[k, a] / before[a],
            "passing_reference": quantity[k, self.base] / before[self.base],
        }

    def _shares(self, parts: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[dict]:
        """Shares of the totals that are told from zero."""
        stages, settings = self.point.quantity.shape
        width, begin = len(self.upper), stages * settings + (stages + 1) * len(self.upper)
        rows = []
        for place, a in enumerate(self.upper):
            if low[-1, place] > 0 or high[-1, place] < 0:
                own = begin + place + width * np.arange(stages + 1)
                found = fieller_shares(parts[:, place], np.cov(self.found.values[:, own], rowvar=False))
                limits = [abs(row[end]) for row in found for end in ("conf_low", "conf_high")]
                if max(limits, default=0.0) > WIDEST_SHARE:
                    continue
                rows += [
                    {"outcome": stage, "measure": "share_of_total"} | row | self._contrast(a, self._counts(k))
                    for k, (stage, row) in enumerate(zip(self.fitted.journeys.names, found, strict=False))
                ]
        return rows


def _numbers(
    values: np.ndarray, errors: np.ndarray, low: np.ndarray, high: np.ndarray, at: tuple[int, int]
) -> dict[str, float]:
    return {"estimate": values[at], "std_error": errors[at], "conf_low": low[at], "conf_high": high[at]}


def _numbers_of(
    values: np.ndarray,
    errors: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    k: int,
    many: int,
    put: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> list[dict[str, float]]:
    """Those of stage k at every upper setting; `put` turns estimates and limits, not errors."""
    return [_numbers(put(values), errors, put(low), put(high), (k, place)) for place in range(many)]
