"""Is it booking or showing up? A difference in sessions attended, split into what was booked and what was lost.

Checked against R (own code on glm poisson and binomial, delta method, jackknife): tests/reference/components.R.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.estimate.counts.count_data import CountColumns
from rehab_stats.estimate.model.bootstrap import DRAWS, SEED, Draws, bootstrap, persons_in_levels, refuse_settings
from rehab_stats.estimate.model.contrasts import level_counts, reference_counts
from rehab_stats.estimate.model.design_matrix import Design, build_design
from rehab_stats.estimate.model.fieller import fieller_shares
from rehab_stats.estimate.model.level_models import BINOMIAL, POISSON, LevelModel, Patterns, fit_levels
from rehab_stats.estimate.model.models import MERGE, Adjustment, stacked_models
from rehab_stats.estimate.model.sample import Prepared, Roles, Sample, WrongCall, refuse_rows
from rehab_stats.vocabulary import Estimates

BOOKED, TOTAL = "booked", "total"
LOSSES = ("cancelled_by_person", "cancelled_by_centre", "no_show")
"""Ways in which a booked session is not attended; each is an outcome of the rows."""
COMPONENTS = (BOOKED, *LOSSES)


def attendance_components(
    data: pd.DataFrame,
    *,
    booked: str,
    attended: str,
    cancelled_by_person: str,
    cancelled_by_centre: str,
    exposure: str,
    adjust: Adjustment = (),
    reference: object = None,
    person: str | None = None,
    draws: int = DRAWS,
    rng: np.random.Generator | None = None,
    workers: int = 1,
) -> Estimates:
    """Difference in mean sessions attended between levels, split into booked less, cancelled, and did not show up.

    Whoever attends fewer sessions may have been booked to fewer, may have cancelled more of them, may have had more
    cancelled by the centre, or may have stayed away from more without a word. Each part is in sessions a person, and
    the four add up to the difference: so many sessions of it would be gone if the levels were alike in that one thing.

    Parameters
    ----------
    data : DataFrame
        One row per person (see `person`), also those without any session; not changed.
    booked, attended, cancelled_by_person, cancelled_by_centre : str
        Columns of counts: sessions booked, and how many of these were attended or cancelled. What is left was booked
        and neither attended nor cancelled: no-shows. Sessions whose status nobody registered belong in none of them.
    exposure, adjust, reference
        As in `odds_ratios`.
    person : str, optional
        Column that says whose rows these are; a person's rows of one level are then drawn together.
    draws : int
        Bootstrap draws. 200 serve to look at; 1,000 or more for limits in print: those of few draws move from one seed
        to another. How often 200 draws hold the truth: data/synthetic/calibration_participation.md.
    rng : Generator, optional
        Default: numpy.random.default_rng(2015). Every model sees the same draws.
    workers : int
        Threads; the numbers are the same for any of them.

    Returns
    -------
    Estimates
        Per model and level but the reference a `contribution` of each outcome `booked`, `cancelled_by_person`,
        `cancelled_by_centre`, `no_show` and their sum `total`, the level's mean less the reference's: below zero where
        the level attends less for that reason. `std_error` is the standard deviation of the draws, limits are their
        2.5th and 97.5th percentiles, there is no p. Then, only where the total's interval excludes zero (and the total
        is more than 1.96 errors from it), a `share_of_total` of each of the four, with Fieller's limits from the
        draws' covariance; a share may lie below 0 or above 1 where parts pull in different directions. `n` counts
        persons of the level, `events` those who attended anything. Details: `n_reference`, `events_reference`, and of
        contributions `quantity`, `quantity_reference`: the standardised mean booked, share of booked sessions lost in
        that way, or mean attended, at the level and at the reference.
        Diagnostics: `rows_used`, `rows_dropped`, `levels_empty`, `patterns`, `draws`, `draws_failed`, `never` (ways of
        losing a session that never occur and so contribute 0, joined by commas), `at_limit` (models in which something
        never, or always, happens in a category, so that a fitted rate is 0 or 1).

    Raises
    ------
    ValueError
        As `odds_ratios`; counts that are not whole or below zero; more attended and cancelled than booked; a level in
        which nobody was booked; everybody attended all they were booked to, when the status was perhaps never edited
        from its default; more than 5 % of the draws without an estimate.

    Notes
    -----
    With m(e, x) the mean number booked (Poisson, log link), r_k(e, x) the share of booked sessions lost in way k
    (binomial, logit link, main effects of e and x each), s = 1 - sum of r_k, and averages over x of all rows used,

        booked = avg[(m_e - m_0)(s_e + s_0)] / 2,   k = -avg[(r_ke - r_k0)(m_e + m_0)] / 2,
        total = avg[m_e s_e] - avg[m_0 s_0], their sum.

    Without `adjust` m and r_k are the level's own mean and share, and the total is the difference of the observed
    means. Symmetric between the two levels: Kitagawa 1955, doi 10.1080/01621459.1955.10501299. A way that never occurs
    in a level has the rate 0 there. Draws take as many persons from each level as it has; each refits all models.
    Limits of shares: Fieller 1954, doi 10.1111/j.2517-6161.1954.tb00159.x.

    It misleads where levels differ in the time they had to attend (take persons whose window was wholly observed),
    where the number booked depends on earlier no-shows (a course closed after two of them moves the gap to booking:
    the split says where the gap shows, not what began it), and where rates differ between persons within a level in
    step with their number booked. With adjustment the total is that of the models' product, which may differ a little
    from a model of the sessions attended; nothing keeps the three rates of a pattern from adding up to more than 1
    where they are large and the covariates strong.

    Checked by hand, against R and on data with known parts in tests/estimate/participation/test_components.py.
    """
    refuse_settings(draws, workers, rng)
    columns = _Columns(booked, attended, cancelled_by_person, cancelled_by_centre)
    stream = (np.random.default_rng(SEED) if rng is None else rng).spawn(1)[0]

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        counts = columns.counts(sample)
        _refuse_no_contrast(sample, counts, columns)
        decomposition = _Decomposition.of(sample, build_design(sample.frame, exposure=exposure, terms=terms), counts)
        unit, groups = persons_in_levels(sample)
        found = bootstrap(
            lambda weights: decomposition.contributions(weights[unit]).ravel(),
            len(groups),
            groups=groups,
            draws=draws,
            rng=deepcopy(stream),
            workers=workers,
        )
        rows = _rows(sample, decomposition, found, sample.frame[attended].to_numpy() > 0)
        return rows, decomposition.diagnostics | {"draws": draws, "draws_failed": found.failed}

    found = stacked_models(
        data,
        Roles(exposure, columns.names, reference, person),
        adjust,
        estimate,
        check=columns.refuse_impossible,
        advice=MERGE,
        method="",
        context={"outcome": attended},
    )
    return found.replaced(
        method=f"Differences in mean {attended} by {exposure}, split into sessions booked, cancelled by the person, "
        "cancelled by the centre and not shown up for (Kitagawa, symmetric between levels), standardised to all rows "
        f"used by prediction from Poisson and binomial models; percentile 95 % intervals of {draws} bootstrap draws of "
        "persons within levels."
    )


@dataclass(frozen=True)
class _Columns:
    booked: str
    attended: str
    cancelled_by_person: str
    cancelled_by_centre: str

    @property
    def names(self) -> tuple[str, ...]:
        names = (self.booked, self.attended, self.cancelled_by_person, self.cancelled_by_centre)
        if len(set(names)) < len(names):
            raise WrongCall("booked, attended, cancelled_by_person and cancelled_by_centre must be four columns")
        return names

    @property
    def _parts(self) -> list[str]:
        return [self.attended, self.cancelled_by_person, self.cancelled_by_centre]

    def counts(self, sample: Sample) -> dict[str, np.ndarray]:
        """Sessions of each row by component."""
        frame = sample.frame
        return {
            BOOKED: frame[self.booked].to_numpy(),
            "cancelled_by_person": frame[self.cancelled_by_person].to_numpy(),
            "cancelled_by_centre": frame[self.cancelled_by_centre].to_numpy(),
            "no_show": (frame[self.booked] - frame[self._parts].sum(axis=1)).to_numpy(),
        }

    def refuse_impossible(self, prepared: Prepared) -> None:
        for column in self.names:
            CountColumns(column).check(prepared)
        parts = prepared.frame[self._parts].sum(axis=1, skipna=False)
        refuse_rows(parts > prepared.frame[self.booked], f"{' + '.join(self._parts)} must not exceed {self.booked}")


def _refuse_no_contrast(sample: Sample, counts: dict[str, np.ndarray], columns: _Columns) -> None:
    booked = np.bincount(sample.level, weights=counts[BOOKED])
    for level, sessions in zip(sample.levels, booked, strict=True):
        if not sessions:
            raise ValueError(
                f"no row with {sample.exposure} = {level!r} has {columns.booked} above 0, so there is no share of "
                f"booked sessions to compare; {MERGE}"
            )
    if not any(counts[way].any() for way in LOSSES):
        raise ValueError(
            f"{columns.attended} equals {columns.booked} in all rows used: the status of sessions was perhaps never "
            "edited from its default, and booking cannot be told from showing up"
        )


@dataclass(frozen=True)
class _Decomposition:
    """The models fitted to all rows, and how to fit them again under other weights."""

    patterns: Patterns
    design: Design
    sample: Sample
    counts: dict[str, np.ndarray]
    models: dict[str, LevelModel]

    @classmethod
    def of(cls, sample: Sample, design: Design, counts: dict[str, np.ndarray]) -> _Decomposition:
        patterns = Patterns.of(design, sample)
        return cls(patterns, design, sample, counts, _fits(patterns, design, counts, np.ones(len(sample)), {}))

    def contributions(self, weights: np.ndarray) -> np.ndarray:
        """(upper levels, components and total) under a weight per row, the models refitted."""
        models = _fits(self.patterns, self.design, self.counts, weights, self.models)
        return _split(self, models, self.design.per_pattern(weights))[0]

    def point(self) -> tuple[np.ndarray, np.ndarray]:
        """Contributions, and the quantities (levels, components and total) that they are differences of."""
        return _split(self, self.models, self.design.per_pattern(np.ones(len(self.sample))))

    @property
    def upper(self) -> list[int]:
        """Positions of the levels compared with the reference."""
        return [a for a, level in enumerate(self.sample.levels) if level != self.sample.reference]

    @property
    def diagnostics(self) -> dict:
        limits = [name for name, model in self.models.items() if model.at_limit]
        never = [way for way in LOSSES if not self.counts[way].any()]
        return {
            "rows_used": len(self.sample),
            "rows_dropped": self.sample.rows_dropped,
            "levels_empty": self.sample.levels_empty,
            "patterns": self.design.patterns,
            "never": ", ".join(never),
            "at_limit": ", ".join(limits),
        }


def _fits(
    patterns: Patterns, design: Design, counts: dict[str, np.ndarray], weights: np.ndarray, start: dict[str, LevelModel]
) -> dict[str, LevelModel]:
    persons = design.per_pattern(weights)
    totals = {name: design.per_pattern(weights * count) for name, count in counts.items()}
    models = {BOOKED: fit_levels(patterns, persons, totals[BOOKED], POISSON, start=start.get(BOOKED))}
    for way in LOSSES:
        models[way] = fit_levels(patterns, totals[BOOKED], totals[way], BINOMIAL, start=start.get(way))
    return models


def _split(
    decomposition: _Decomposition, models: dict[str, LevelModel], persons: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    share = persons / persons.sum()
    booked, *lost = (models[name].means(decomposition.patterns.covariates) for name in COMPONENTS)
    kept = 1 - sum(lost)
    base = decomposition.sample.levels.index(decomposition.sample.reference)
    parts = []
    for a in decomposition.upper:
        both = booked[:, a] + booked[:, base]
        row = [share @ ((booked[:, a] - booked[:, base]) * (kept[:, a] + kept[:, base])) / 2]
        row += [-share @ ((rate[:, a] - rate[:, base]) * both) / 2 for rate in lost]
        parts.append([*row, share @ (booked[:, a] * kept[:, a]) - share @ (booked[:, base] * kept[:, base])])
    quantities = np.stack([share @ values for values in (booked, *lost, booked * kept)], axis=1)
    return np.array(parts), quantities


def _rows(sample: Sample, decomposition: _Decomposition, draws: Draws, came: np.ndarray) -> list[dict]:
    """Contributions of all upper levels, then the shares of those whose total is told from zero."""
    values, quantities = decomposition.point()
    width = values.shape[1]
    low, high = (limit.reshape(values.shape) for limit in draws.limits())
    errors = draws.errors.reshape(values.shape)
    base = sample.levels.index(sample.reference)
    counts = level_counts(sample, came)
    parts, shares = [], []
    for place, a in enumerate(decomposition.upper):
        level = sample.levels[a]
        common = {"level": level, "reference": sample.reference} | counts[level] | reference_counts(sample, counts)
        parts += [
            {"outcome": outcome, "measure": "contribution", "estimate": values[place, k]}
            | {"std_error": errors[place, k], "conf_low": low[place, k], "conf_high": high[place, k]}
            | common
            | {"quantity": quantities[a, k], "quantity_reference": quantities[base, k]}
            for k, outcome in enumerate((*COMPONENTS, TOTAL))
        ]
        if low[place, -1] > 0 or high[place, -1] < 0:
            own = slice(place * width, (place + 1) * width)
            found = fieller_shares(values[place], draws.covariance[own, own])
            shares += [
                {"outcome": outcome, "measure": "share_of_total"} | row | common
                for outcome, row in zip(COMPONENTS, found, strict=False)
            ]
    return parts + shares
