"""What the missing scores could make of a mean change at most: bounds that assume nothing but the ends of the scale."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.effect_wording import CHANGE
from rehab_stats.estimate.change.target import Scores, read_scores
from rehab_stats.estimate.model.contrasts import level_counts, reference_counts
from rehab_stats.estimate.model.sample import Roles, Sample, WrongCall, prepare, refuse_rows
from rehab_stats.vocabulary import Estimates


def change_bounds(
    data: pd.DataFrame,
    *,
    baseline: str,
    followup: str,
    exposure: str,
    lowest: float | None = None,
    highest: float | None = None,
    scale_low: float | None = None,
    scale_high: float | None = None,
    reference: object = None,
) -> Estimates:
    """The lowest and the highest that the mean change of everybody can be, whatever the missing scores are.

    Whoever has both scores has the change that was seen; of the others it is anything between what is possible. The
    bounds hold whoever it is that does not answer, and they are wide: their width is the share without both scores
    times how far a change can go. Where every other handling assumes something about the missing, this says how much
    of the answer is assumption.

    Parameters
    ----------
    data : DataFrame
        One row per person of the target; not changed. Missing scores are NaN.
    baseline, followup : str
        Columns of the scores.
    exposure, reference
        As in `odds_ratios`.
    lowest, highest : float, optional
        The change that an unseen one cannot lie below, or above, in points. Narrower than the scale allows is an
        assumption of the user's, and the bounds hold only with it.
    scale_low, scale_high : float, optional
        Ends of the scale (0 and 100 for QLQ-C30): who has one of the scores cannot have changed past them. They stand
        for `lowest` and `highest` where these are not given. One of the pairs must be given, or both: the narrower
        limit counts.

    Returns
    -------
    Estimates
        `lowest_mean` and `highest_mean` for every level, then `lowest_difference` and `highest_difference` for every
        level but the reference: the level's lowest mean less the reference's highest, and the other way round; model
        `crude`, outcome `change`, without intervals. n: persons of the level; events: those with both scores. Details:
        `n_reference`, `events_reference`. Diagnostics: `rows_used`, `rows_dropped` (no level), `paired`,
        `levels_empty`.

    Raises
    ------
    ValueError
        Scores outside the scale, or a person for whom no change is possible within all limits (rows named); fewer than
        two levels. `WrongCall`: no limits, a lower limit that is not below its upper one, no such column.

    Notes
    -----
    Manski's worst-case bounds (1989, doi 10.2307/145818): mean of l_i and mean of h_i, l_i = h_i = the change of who
    has both scores, else l_i = max(lowest, scale_low - baseline, followup - scale_high) as far as known, and h_i alike.
    A difference is at its bound when the missing changed as badly as can be in one level and as well as can be in the
    other. These are bounds of the persons at hand; how far they vary from sample to sample (Imbens & Manski 2004, doi
    10.1111/j.1468-0262.2004.00555.x) is not added.

    Checked by hand in tests/estimate/change/test_bounds.py.
    """
    if not isinstance(followup, str):
        raise WrongCall(f"followup must be one column, not {followup!r}")
    scores = read_scores(data, baseline, followup)
    if exposure in scores.names:
        raise WrongCall(f"{exposure!r} is a score of the change and cannot be the exposure")
    limits = _limits(lowest, highest, scale_low, scale_high)
    sample = prepare(data.reset_index(drop=True), Roles(exposure, (), reference), {"crude": ()}).sample(())
    low, high = _possible(scores, **limits)
    here = sample.frame.index.to_numpy()
    paired = scores.values.notna().all(axis=1).to_numpy()[here]
    rows = _rows(sample, low[here], high[here], level_counts(sample, paired))
    beside = ["n_reference", "events_reference"]
    frame = pd.DataFrame(rows)
    return Estimates(
        frame.drop(columns=beside),
        details=frame[beside],
        diagnostics={
            "rows_used": len(sample),
            "rows_dropped": sample.rows_dropped,
            "paired": int(paired.sum()),
            "levels_empty": sample.levels_empty,
        },
        method=f"Worst-case bounds of the mean change from {baseline} to {followup} by {exposure}: missing changes are "
        "anything that is possible; no intervals.",
        context={"exposure": exposure, "outcome": CHANGE, "population": "due_at_followup"},
    )


def _limits(
    lowest: float | None, highest: float | None, scale_low: float | None, scale_high: float | None
) -> dict[str, float]:
    """Every limit, infinite where it is not given; of all unseen changes the narrower of both pairs."""
    for names, (low, high) in (
        ("lowest and highest", (lowest, highest)),
        ("scale_low and scale_high", (scale_low, scale_high)),
    ):
        if (low is None) != (high is None):
            raise WrongCall(f"{names} go together: give both or neither")
        if low is not None and not -np.inf < low < high < np.inf:
            raise WrongCall(f"{names} must be finite, the first below the second; got {low!r} and {high!r}")
    if lowest is None and scale_low is None:
        raise WrongCall("how far can a change go? Give lowest= and highest=, or scale_low= and scale_high=, or all")
    if scale_low is None:
        return {"lowest": lowest, "highest": highest, "scale_low": -np.inf, "scale_high": np.inf}
    width = scale_high - scale_low
    low, high = (-width, width) if lowest is None else (max(lowest, -width), min(highest, width))
    return {"lowest": low, "highest": high, "scale_low": scale_low, "scale_high": scale_high}


def _possible(
    scores: Scores, *, lowest: float, highest: float, scale_low: float, scale_high: float
) -> tuple[np.ndarray, np.ndarray]:
    """(rows of the data,) lowest and highest possible change."""
    for name in scores.names:
        wrong = (scores.values[name] < scale_low) | (scores.values[name] > scale_high)
        refuse_rows(wrong, f"{name} must lie between scale_low and scale_high")
    before, after = (scores.values[name].to_numpy() for name in (scores.baseline, scores.followup))
    seen = after - before
    low = np.fmax(np.fmax(lowest, scale_low - before), after - scale_high)
    high = np.fmin(np.fmin(highest, scale_high - before), after - scale_low)
    known = ~np.isnan(seen)
    low, high = np.where(known, seen, low), np.where(known, seen, high)
    impossible = pd.Series(low > high, index=scores.values.index)
    refuse_rows(impossible, "a change between lowest and highest must be possible on the scale")
    return low, high


def _rows(sample: Sample, low: np.ndarray, high: np.ndarray, counts: Mapping) -> list[dict]:
    of = {level: sample.level == place for place, level in enumerate(sample.levels)}
    ends = {
        "lowest": {level: float(low[here].mean()) for level, here in of.items()},
        "highest": {level: float(high[here].mean()) for level, here in of.items()},
    }
    base, other = sample.reference, {"lowest": "highest", "highest": "lowest"}
    rows = [
        {"measure": f"{end}_mean", "level": level, "estimate": ends[end][level]} | counts[level]
        for level in sample.levels
        for end in ends
    ]
    rows += [
        {"measure": f"{end}_difference", "level": level, "reference": base}
        | {"estimate": ends[end][level] - ends[other[end]][base]}
        | counts[level]
        | reference_counts(sample, counts)
        for level in sample.levels
        if level != base
        for end in ends
    ]
    return [{"outcome": CHANGE, "model": "crude"} | row for row in rows]
