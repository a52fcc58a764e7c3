"""Tables of the pathway: at which stage a difference arises, and where its readings differ.

Each takes Estimates, passes them through the disclosure rules, and gives a `Table`; nothing but the difference between
two readings is computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rehab_stats.measures import HIDDEN, estimate_text, per_of, per_words, scale_of
from rehab_stats.pathway_wording import (
    COUNT,
    ENDS,
    SHAPLEY,
    TOTAL,
    kind_of_stage,
    reading_of,
    stage_words,
)
from rehab_stats.report.chart_lines import rows_of
from rehab_stats.report.counted_elsewhere import LEFT_OUT, UNCOUNTED, elsewhere_note, for_machines, without_counts
from rehab_stats.report.disclosure import protect
from rehab_stats.report.documents import Table
from rehab_stats.report.not_estimated import nothing_estimated
from rehab_stats.report.phrases import capital, model_heading, outcome_words, phrase
from rehab_stats.report.table_parts import (
    contrast_heading,
    data_of,
    notes_of,
    one_digit,
    reason_table,
    refuse_twins,
    short_forms,
    shown_count,
)
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import format_number, label

RATIO, GAIN, SHARE = "stage_ratio", "contribution", "share_of_total"
SEQUENTIAL = "sequential"
READINGS = (SEQUENTIAL, SHAPLEY)
REORDERED = "reordered"
"""The sequential reading in another order of the stages."""
SAME_TERMS = "one list of terms"
"""Model of rows whose adjustment has no name: they go by their reading, and are the same model in both."""
PERCENT = 100.0


def pathway_table(
    sequential: Estimates,
    shapley: Estimates | None = None,
    *,
    counted_elsewhere: Sequence[str] = (),
    language: str = "en",
    note: str = "",
    preset: str = "",
    name: str = "pathway",
) -> Table:
    """Where the difference arises: a block per level and model, a line per stage, ratio and contribution side by side.

    Parameters
    ----------
    sequential : Estimates
        Rows of `pathway`, and of `pathway_slope` where they are stacked: the ends of the ladder are a block too.
    shapley : Estimates, optional
        The same in the other reading: its contributions stand beside those of the first.
    counted_elsewhere : sequence of str
        Stages that another table counts in other persons, some of them these: the two numbers would tell of the few in
        one table only. How many reached them is left out, and without adjustment all about them and the stage after,
        which would give it back; what else is unadjusted is in `data` as it is printed. By default the stages that the
        context names so, which `plot_pathway` and captions go by.
    language, note, preset, name
        As in `tables.descriptive_table`.

    Returns
    -------
    Table
        Of each stage who reached it at the level and at the reference, how many of those who came that far passed it,
        the ratio, the contribution in each reading and its share of the whole where there is one; the line of all
        stages is set off. Blocks of a level under each adjustment follow each other.

    Raises
    ------
    ValueError
        No contribution, or two rows for a stage, level, model and reading (paths to two outcomes): select one. A stage
        that is counted elsewhere and not there.
    """
    if nothing_estimated(sequential):
        return reason_table(sequential, language=language, note=note, name=name)
    shapley = None if shapley is None or nothing_estimated(shapley) else shapley
    safe, rows = _protected([sequential, shapley], preset, elsewhere=counted_elsewhere)
    rows, context = one_digit(rows, GAIN), safe.context
    heads = _Heads(rows, context, language)
    lines, groups, totals = [], [], []
    for heading, block in _blocks(rows, context, language):
        for stage in _in_order(block, context):
            line = heads.line(block[block["outcome"] == stage], stage)
            if not any(text for head, text in line.items() if head != heads.stage):
                continue  # all of it is left out; a note says so
            totals += [len(lines)] if stage == TOTAL else []
            lines.append(line)
            groups.append(heading)
    body = pd.DataFrame(lines, columns=heads.columns).fillna("")
    body = body.loc[:, (body != "").any()]
    return Table(
        name=name,
        body=body,
        title=_title(
            "caption_pathway_ends" if rows["level"].isin(ENDS).all() else "caption_pathway_table", context, language
        ),
        data=data_of(for_machines(safe), language),
        groups=tuple(groups),
        totals=tuple(totals),
        spanners=heads.spanners(set(body.columns)),
        notes=_with_elsewhere(notes_of(heads.notes, note, safe, language), safe, language),
        language=language,
    )


def readings_table(
    sequential: Estimates,
    shapley: Estimates,
    turned: Estimates | None = None,
    *,
    language: str = "en",
    note: str = "",
    preset: str = "",
    name: str = "readings",
) -> Table:
    """Where the two readings differ: per block and stage both contributions and their difference, as point values.

    Parameters as in `pathway_table`; `turned`: the sequential reading with its stages in another `order`, in a column
    beside. Raises ValueError as `pathway_table`, and where one of the readings is not there.
    """
    parts = {SEQUENTIAL: sequential, REORDERED: turned, SHAPLEY: shapley}
    parts = {part: estimates for part, estimates in parts.items() if estimates is not None}
    for estimates in parts.values():
        if nothing_estimated(estimates):
            return reason_table(estimates, language=language, note=note, name=name)
    safe, rows = _protected(list(parts.values()), preset, names=list(parts))
    wrong = rows[rows["reading"] != rows["part"]]
    if len(wrong):
        row = wrong.iloc[0]
        raise ValueError(f"what is given as the {row['part']} reading is the {row['reading']} one")
    context, gains = safe.context, rows[rows["measure"] == GAIN]
    first, apart = phrase("stage", language), phrase("difference_of_readings", language)
    columns = {part: phrase(f"in_{part}", language) for part in parts}
    lines, groups, totals = [], [], []
    for heading, block in _blocks(gains, context, language):
        for stage in _in_order(block, context):
            totals += [len(lines)] if stage == TOTAL else []
            found = block[block["outcome"] == stage].set_index("part")
            values = {part: found["estimate"].get(part, np.nan) * scale_of(found.iloc[0]) for part in parts}
            numbers = [*values.values(), values[SHAPLEY] - values[SEQUENTIAL]]
            nothing = "" if found[LEFT_OUT].any() else HIDDEN
            texts = [format_number(value, 2, language) or nothing for value in numbers]
            lines.append(
                dict(zip([first, *columns.values(), apart], [_stage_head(stage, language), *texts], strict=True))
            )
            groups.append(heading)
    per = per_words(per_of(gains.iloc[0]), language)
    exposure = label(context.get("exposure") or "level", language)
    short = [phrase("points_note", language, exposure=exposure)]
    short += [phrase(f"{part}_note", language) for part in parts]
    return Table(
        name=name,
        body=pd.DataFrame(lines, columns=[first, *columns.values(), apart]),
        title=_title("caption_readings", context, language),
        data=data_of(for_machines(safe), language).assign(part=safe.details()["part"]),
        groups=tuple(groups),
        totals=tuple(totals),
        spanners={phrase("contribution_points", language, per=per): (*columns.values(), apart)},
        notes=_with_elsewhere(notes_of(short, note, safe, language), safe, language),
        language=language,
    )


class _Heads:
    """Columns of a table of the pathway, and a line of it."""

    def __init__(self, rows: pd.DataFrame, context: Mapping, language: str) -> None:
        self.context, self.language = context, language
        gains = rows[rows["measure"] == GAIN]
        self.per = per_of(gains.iloc[0])
        self.stage = phrase("stage", language)
        self.reached = {who: phrase(f"of_{who}_n", language) for who in ("level", "reference")}
        passing = {"passing": "of_level", "passing_reference": "of_reference"}
        known = {name: code for name, code in passing.items() if name in rows and rows[name].notna().any()}
        self.passed = {name: phrase(code, language) for name, code in known.items()}
        self.ratio = phrase("ratio_ci", language) if SEQUENTIAL in set(rows["reading"]) else ""
        readings = [one for one in READINGS if (gains["reading"] == one).any()]
        self.gains = {reading: phrase(f"in_{reading}", language) for reading in readings}
        self.has_ends = bool(gains["level"].isin(ENDS).any())
        self.share = phrase("share_ci", language) if (rows["measure"] == SHARE).any() else ""

    @property
    def columns(self) -> list[str]:
        found = [
            self.stage,
            *self.reached.values(),
            *self.passed.values(),
            self.ratio,
            *self.gains.values(),
            self.share,
        ]
        return list(filter(None, found))

    @property
    def start(self) -> str:
        """Who is at the start."""
        return self.context.get("start", "diagnosed")

    def spanners(self, there: set[str]) -> dict[str, tuple[str, ...]]:
        """Heading over several columns -> those of them that are there."""
        per = per_words(self.per, self.language, start=self.start)
        found = {
            phrase("reached_stage", self.language): tuple(self.reached.values()),
            phrase("passed_stage", self.language): tuple(self.passed.values()),
            phrase("contribution_per", self.language, per=per): tuple(self.gains.values()),
        }
        kept = {head: tuple(one for one in columns if one in there) for head, columns in found.items()}
        return {head: columns for head, columns in kept.items() if columns}

    def line(self, mine: pd.DataFrame, stage: str) -> dict[str, str]:
        """The cells of a stage, of a level under a model."""
        gain = mine[mine["measure"] == GAIN].iloc[0]
        line = {self.stage: _stage_head(stage, self.language)}
        if not gain[UNCOUNTED]:
            line[self.reached["level"]] = shown_count(gain["events"], self.language)
        if gain["reference"] not in ENDS and not gain[UNCOUNTED]:
            line[self.reached["reference"]] = shown_count(gain.get("events_reference"), self.language)
        if gain[LEFT_OUT]:
            return line
        ratios = mine[(mine["measure"] == RATIO) & (mine["reading"] == SEQUENTIAL)]
        ratios = ratios if len(ratios) else mine[mine["measure"] == RATIO]
        if len(ratios):
            row = ratios.iloc[0]
            line |= {head: self._passing(row[name], stage) for name, head in self.passed.items()}
            line |= {self.ratio: estimate_text(row, self.language)} if self.ratio else {}
        for reading, head in self.gains.items():
            found = mine[(mine["measure"] == GAIN) & (mine["reading"] == reading)]
            line[head] = estimate_text(found.iloc[0], self.language) if len(found) else ""
        shares = mine[mine["measure"] == SHARE].sort_values("reading", key=lambda one: one == SHAPLEY, kind="stable")
        if len(shares):
            line[self.share] = estimate_text(shares.iloc[0], self.language)
        return line

    def _passing(self, value: float, stage: str) -> str:
        """A share in percent, a mean number as it is, of all stages per so many at the start."""
        share = stage != TOTAL and kind_of_stage(stage, self.context) != COUNT
        times = self.per if stage == TOTAL else PERCENT if share else 1.0
        text = format_number(value * times, 1, self.language)
        return text + (" %" if share else "") if text else HIDDEN

    @property
    def notes(self) -> list[str]:
        """What the columns hold."""
        stages, language = list(self.context.get("stages") or ()), self.language
        counts = [stage_words(one, language) for one in stages if kind_of_stage(one, self.context) == COUNT]
        counted = phrase("passed_count_note", language, named=counts[0]) if counts else ""
        outcome = outcome_words(stages[-1] if stages else "", self.context, language)
        words = {"counted": counted, "outcome": outcome, "per": per_words(self.per, language, start=self.start)}
        found = [phrase("passed_note", language, **words)] if self.passed else []
        found += [phrase("measured_note", language)] if self.context.get("measured") else []
        found += [phrase("ends_note", language)] if self.has_ends else []
        found.append(phrase("contributions_note", language))
        found += [phrase(f"{reading}_note", language) for reading in self.gains]
        return [*found, *short_forms({SHARE} if self.share else set(), language, ci=True)]


def _protected(
    parts: Sequence[Estimates | None], preset: str, *, names: Sequence[str] = ("", ""), elsewhere: Sequence[str] = ()
) -> tuple[Estimates, pd.DataFrame]:
    """What is shown together, protected together, without what is counted elsewhere; rows with their reading, the name
    of their part, and one name for one adjustment."""
    named = [
        part.replaced(details=part.details().assign(part=name))
        for part, name in zip(parts, names, strict=True)
        if part is not None
    ]
    safe = without_counts(protect(Estimates.stack(named), preset=preset), elsewhere)
    rows = rows_of(safe)
    rows = rows[rows["measure"].isin([RATIO, GAIN, SHARE])]
    if not (rows["measure"] == GAIN).any():
        raise ValueError("a table of the pathway needs rows of contribution: pathway() gives them")
    readings = [reading_of(row, safe.context) for row in rows.to_dict("records")]
    rows = rows.assign(
        reading=readings, terms=rows["model"].where(~rows["model"].isin([*READINGS, REORDERED]), SAME_TERMS)
    )
    refuse_twins(rows, ["outcome", "measure", "level", "terms", "reading", "part"])
    return safe, rows


def _with_elsewhere(notes: Sequence[str], safe: Estimates, language: str) -> tuple[str, ...]:
    """The notes, after the first of them why cells are empty."""
    return (*notes[:1], *elsewhere_note(safe, language), *notes[1:])


def _blocks(rows: pd.DataFrame, context: Mapping, language: str) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each level under each adjustment, with a heading; adjustments of one level follow each other."""
    found = []
    for _, of_level in rows.groupby("level", sort=False, dropna=False):
        for _, mine in of_level.groupby("terms", sort=False, dropna=False):
            gain = mine[mine["measure"] == GAIN]
            if len(gain):
                row = gain.iloc[0]
                model = model_heading(row["model"], context, language)
                words = {"contrast": _contrast(row, context, language), "model": model[:1].lower() + model[1:]}
                found.append((phrase("in_block", language, **words), mine))
    return found


def _contrast(row: pd.Series, context: Mapping, language: str) -> str:
    """Level and reference with their persons; both ends of a ladder are everybody's."""
    if row["level"] not in ENDS:
        return contrast_heading(row, context, language)
    level = capital(contrast_heading(row.drop("n_reference", errors="ignore"), context, language))
    return phrase("everybody_counts", language, level=level, n=shown_count(row["n"], language))


def _in_order(block: pd.DataFrame, context: Mapping) -> list[str]:
    there = list(block["outcome"].drop_duplicates())
    return [stage for stage in [*(context.get("stages") or there), TOTAL] if stage in there]


def _stage_head(stage: str, language: str) -> str:
    return phrase("all_stages", language) if stage == TOTAL else capital(stage_words(stage, language))


def _title(name: str, context: Mapping, language: str) -> str:
    outcome = outcome_words(context.get("outcome"), context, language)
    return phrase(name, language, outcome=outcome, exposure=label(context.get("exposure") or "level", language))
