"""The answer key: large batches of simulated persons, every analysis of each, averaged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from rehab_stats.calibrate.analyses import EXPOSURE, Resampling, estimate_cells
from rehab_stats.calibrate.parts import Part, generator
from rehab_stats.calibrate.studies import STUDIES
from rehab_stats.estimate.pathway.stages import TOTAL
from rehab_stats.extract.synthetic.answer_key import CELL, KEY_COLUMNS
from rehab_stats.measures import RATIO_MEASURES

BATCHES, PERSONS = 8, 250_000
"""Batches a scenario, and persons in each: two million persons, 145 times the default extract."""
LEVELS = (3, 4)
"""Groupings of education in the key."""
SHARE = "share_of_total"
SURE = 5.0
"""How many of its errors a total must be from nought for its shares to be in the key."""
DRAWS = 2
"""Bootstrap draws in a batch: the fewest there can be."""


def key_parts(
    study: str, scenarios: Sequence[str], folder: Path, *, batches: int = BATCHES, persons: int = PERSONS
) -> list[Part]:
    """One part a batch, all scenarios coming along together."""
    return [
        Part(
            folder / f"key-{study}-{scenario}-{persons}-{batch:03d}.parquet",
            key_batch,
            (study, scenario, batch, persons),
        )
        for batch in range(batches)
        for scenario in scenarios
    ]


def key_batch(study: str, scenario: str, batch: int, persons: int) -> pd.DataFrame:
    """Every analysis of one large simulated extract, education in three levels and in four.

    The chance is that of the scenario and the batch, whatever the study.
    """
    made_by = STUDIES[study]
    drawn = made_by.draw(scenario, persons, generator("answer key", scenario, batch))
    days, parts = made_by.days(scenario), []
    for levels in LEVELS:
        resampling = Resampling(DRAWS, generator(f"answer key, draws, {levels} levels", scenario, batch))
        cells = estimate_cells(made_by, made_by.cohort(drawn, levels, days), resampling)
        parts.append(cells.assign(education_levels=levels))
    about = {"scenario": scenario, "exposure": EXPOSURE, "horizon_days": days, "persons": persons, "batch": batch}
    return pd.concat(parts, ignore_index=True).assign(**about)


def answer_key(batches: pd.DataFrame) -> pd.DataFrame:
    """The mean over batches of each cell, with its error.

    Parameters
    ----------
    batches : DataFrame
        Rows of `key_batch`.

    Returns
    -------
    DataFrame
        Columns `KEY_COLUMNS`, in the order in which the cells first come. A cell that some batch could not estimate
        (a synergy index without a sign) is left out.

    Notes
    -----
    With estimates b_1..b_B (of the logarithm, for ratios) and their model-based errors s_1..s_B,
    truth = mean(b), mc_error = max(sd(b) / sqrt(B), sqrt(sum s^2) / B): the larger of what the batches and what the
    models say, because the spread of a few batches is itself uncertain, and the models' errors may be wrong. Where an
    analysis draws a bootstrap, s_b is the spread of `DRAWS` draws: the mean of eight such squares is about as sure as
    the variance of eight batches, and the larger of the two counts.
    A `share_of_total` is the ratio of two such means, the contribution's and the total's: batches whose total is small
    would have no say in a mean of ratios, or too much. Its error is that of the batches (of the ratio, linearised), and
    it is there only where the total is `SURE` of its errors away from nought.
    A batch of 250,000 is biased by what is left of the small-sample bias, about 1 / 18 of that of 13,840 persons.
    """
    about = ["scenario", "exposure", "education_levels", "horizon_days", *CELL]
    logarithm = batches["measure"].isin(RATIO_MEASURES).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(logarithm, np.log(batches["estimate"]), batches["estimate"])
    frame = batches.assign(value=value, squared=batches["std_error"] ** 2)
    frame = frame.assign(place=np.arange(len(frame)), usable=np.isfinite(value) & np.isfinite(frame["std_error"]))
    grouped = frame.groupby(about, dropna=False, sort=False)
    spread, number = grouped["value"].std(), grouped["value"].size()
    by_models = np.sqrt(grouped["squared"].sum()) / number
    # of a number that is known, and the same in every batch, rounding alone would be left
    differ = grouped["value"].max() > grouped["value"].min()
    by_batches = (spread / np.sqrt(number)).where(differ, 0.0).fillna(0.0)
    key = pd.DataFrame(
        {
            "truth": grouped["value"].mean(),
            "mc_error": np.maximum(by_models, by_batches),
            "persons": grouped["persons"].sum(),
            "place": grouped["place"].first(),
        }
    )
    whole = grouped["usable"].all() & (number == batches.groupby("scenario")["batch"].nunique().max())
    key = key[whole].reset_index()
    shares = _shares(frame, about)
    key = pd.concat([key[key["measure"] != SHARE], *([shares] if len(shares) else [])])
    key = key.sort_values("place", ignore_index=True)
    ratio = key["measure"].isin(RATIO_MEASURES)
    key["truth"] = np.where(ratio, np.exp(key["truth"].where(ratio, 0.0)), key["truth"])
    return key[list(KEY_COLUMNS)]


def _shares(frame: pd.DataFrame, about: list[str]) -> pd.DataFrame:
    """Those cells of shares that some batch has: cell, truth, mc_error, persons and the place where it first comes."""
    contributions = frame[frame["measure"] == "contribution"]
    of_total = contributions["outcome"] == TOTAL
    by = [column for column in about if column not in {"measure", "outcome"}]
    totals = contributions.loc[of_total, [*by, "batch", "value"]].rename(columns={"value": "total"})
    asked = frame.loc[frame["measure"] == SHARE, [*about, "place"]].drop_duplicates(about)
    parts = contributions.loc[~of_total].drop(columns="place").assign(measure=SHARE).merge(asked, on=about)
    parts = parts.merge(totals, on=[*by, "batch"])
    rows = []
    for _, cell in parts.groupby("place"):
        total, root = cell["total"].mean(), np.sqrt(len(cell))
        share = cell["value"].mean() / total
        if abs(total) > SURE * cell["total"].std() / root:
            off = (cell["value"] - share * cell["total"]) / total
            differ = cell[["value", "total"]].nunique().max() > 1
            numbers = {"truth": share, "mc_error": off.std() / root if differ else 0.0}
            numbers |= {"persons": cell["persons"].sum()}
            rows.append(cell.iloc[0][[*about, "place"]].to_dict() | numbers)
    return pd.DataFrame(rows, columns=[*about, "truth", "mc_error", "persons", "place"])


def write_key(key: pd.DataFrame, path: Path) -> None:
    """Write the key as CSV, ten digits a number."""
    draft = path.with_suffix(".draft")
    key.to_csv(draft, index=False, float_format="%.10g", lineterminator="\n", encoding="utf-8")
    draft.replace(path)
