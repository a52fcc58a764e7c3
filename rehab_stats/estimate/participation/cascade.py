"""A cascade of stages: how many of all reach each stage, and how many of those who reached the one before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.contrasts import reference_counts, wald
from rehab_stats.estimate.model.limits import newcombe, wilson
from rehab_stats.estimate.model.models import refuse_not_binary, stacked_models
from rehab_stats.estimate.model.sample import Prepared, Roles, Sample, WrongCall
from rehab_stats.vocabulary import Estimates


def cascade(
    data: pd.DataFrame,
    *,
    stages: Mapping[str, str],
    exposure: str,
    reference: object = None,
    nested: bool = False,
) -> Estimates:
    """Share of all persons who reach each stage, and share of those at the stage before who go on to it, by level.

    Two questions a stage: how far from the start has the level come (the share of all), and how much of it is lost at
    this step (the transition). A level may be behind at a stage though it loses no more at that step than others.

    Parameters
    ----------
    data : DataFrame
        One row per person at the start of the cascade; not changed.
    stages : mapping
        Stage code -> column of 0 and 1 (reached), in the order of the stages. The start, where everybody is, is none.
    exposure, reference
        As in `odds_ratios`.
    nested : bool
        Whoever reached a stage has passed all before it, whatever their columns say: an interview that nobody wrote
        down is taken to have been held where its sessions were. False: every column as it stands.

    Returns
    -------
    Estimates
        Per stage, `outcome` = its code, model `crude`: for each level `risk`, of all rows (`n`: persons of the level,
        `events`: who reached the stage), and `transition`, of those who reached the stage before (`n`: these, `events`:
        who reached both); for each level but the reference `risk_difference` and `transition_difference`. For the first
        stage the transition is the risk. Details: `n_reference`, `events_reference`. A transition from a stage that
        nobody of a level reached has no rows, nor have differences that need it; `transition_empty` in the diagnostics
        names them (`stage: level`, joined by commas).
        Further diagnostics: `rows_used`, `rows_dropped` (a stage or the exposure missing), `levels_empty`, and per
        stage but the first `skipped.<stage>`: rows that reached it without the stage before in its column (unless
        nested they count in its risk and not in its transition).

    Raises
    ------
    ValueError
        As `odds_ratios`; a stage that is not 0 or 1; no stage, or a column that stands for two (`WrongCall`).

    Notes
    -----
    Shares p of n: Wald limits on the logit scale with error sqrt(p (1 - p) / n); for p = 0 and p = 1, whose error is 0,
    Wilson's score limits. Differences: Wald on the natural scale; where one of the two shares is 0 or 1, Newcombe's
    limits from both shares' Wilson limits (method 10), without p. Wilson 1927, doi 10.1080/01621459.1927.10502953;
    Newcombe 1998, doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.

    It misleads where persons had unequal time to reach a stage (take those whose window was wholly observed), and
    transitions compare selected persons: who comes as far as a late stage differs between levels also in what no column
    holds.

    Checked by hand and against R (glm, prop.test) in tests/estimate/participation/test_cascade.py.
    """
    columns = _columns(stages)

    def check(prepared: Prepared) -> None:
        for column in columns:
            refuse_not_binary(prepared, column)

    def estimate(sample: Sample, _: Sequence[str]) -> tuple[list[dict], dict]:
        reached = {stage: sample.frame[column].to_numpy() == 1 for stage, column in stages.items()}
        columns_say = list(reached.values())
        skipped = {
            f"skipped.{stage}": int((here & ~before).sum())
            for stage, before, here in zip(list(stages)[1:], columns_say, columns_say[1:], strict=False)
        }
        reached = _nested(reached) if nested else reached
        before, rows, empty = np.ones(len(sample), dtype=bool), [], []
        everybody = before
        for stage, here in reached.items():
            rows += _shares(sample, everybody, here, stage, "risk")
            rows += _shares(sample, before, here, stage, "transition")
            empty += [f"{stage}: {level}" for level, n in _by_level(sample, before).items() if not n]
            before = here
        about = {
            "rows_used": len(sample),
            "rows_dropped": sample.rows_dropped,
            "levels_empty": sample.levels_empty,
            "transition_empty": ", ".join(empty),
        }
        return rows, about | skipped

    return stacked_models(
        data,
        Roles(exposure, columns, reference),
        (),
        estimate,
        check=check,
        advice="",
        method=f"Shares of all persons, and of those at the stage before, who reach each of {len(columns)} stages by "
        f"{exposure}" + (", a later stage counting as every stage before it" if nested else ""),
        context={"stages": list(stages), "nested": nested},
        errors="binomial errors",
    )


def _columns(stages: Mapping[str, str]) -> tuple[str, ...]:
    if not isinstance(stages, Mapping) or not stages:
        raise WrongCall("stages must be a mapping of stage -> column with at least one stage")
    columns = tuple(stages.values())
    twice = [column for column in columns if columns.count(column) > 1]
    if twice:
        raise WrongCall(f"stages: the column {twice[0]!r} stands for two stages")
    return columns


def _nested(reached: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Stages with everybody in them who reached it or a later one."""
    later = np.logical_or.accumulate(list(reached.values())[::-1])[::-1]
    return dict(zip(reached, later, strict=True))


def _by_level(sample: Sample, rows: np.ndarray) -> dict[str, int]:
    counts = np.bincount(sample.level[rows], minlength=len(sample.levels))
    return dict(zip(sample.levels, counts.tolist(), strict=True))


def _shares(sample: Sample, among: np.ndarray, reached: np.ndarray, stage: str, measure: str) -> Iterator[dict]:
    """The share of each level, then its difference from the reference's; nothing where there is nobody to share."""
    size, events = _by_level(sample, among), _by_level(sample, among & reached)
    counts = {level: {"n": size[level], "events": events[level]} for level in sample.levels}
    for level in sample.levels:
        if size[level]:
            yield {"outcome": stage, "measure": measure, "level": level} | _share(**counts[level]) | counts[level]
    for level in sample.levels:
        if level != sample.reference and size[level] and size[sample.reference]:
            yield (
                {"outcome": stage, "measure": f"{measure}_difference", "level": level, "reference": sample.reference}
                | _difference(counts[level], counts[sample.reference])
                | counts[level]
                | reference_counts(sample, counts)
            )


def _share(*, n: int, events: int) -> dict:
    share = events / n
    if 0 < events < n:
        return wald(share, np.sqrt(share * (1 - share) / n), scale="logit", contrast=False)
    low, high = wilson(events, n)
    return {"estimate": share, "std_error": 0.0, "conf_low": low, "conf_high": high}


def _difference(here: Mapping[str, int], there: Mapping[str, int]) -> dict:
    (n, k), (m, j) = (here["n"], here["events"]), (there["n"], there["events"])
    p, q = k / n, j / m
    error = np.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    if 0 < k < n and 0 < j < m:
        return wald(p - q, error, scale="natural", contrast=True)
    low, high = newcombe(k, n, j, m)
    return {"estimate": p - q, "std_error": error, "conf_low": low, "conf_high": high}
