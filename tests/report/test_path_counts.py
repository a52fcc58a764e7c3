"""Small counts on a path are hidden, those lost between two stages too, and what is left does not give them back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats.report.disclosure import protect
from rehab_stats.vocabulary import Estimates

STAGES = ["referred", "interview_attended", "started"]
PATH = {
    "exposure": "education",
    "outcome": "started",
    "stages": STAGES,
    "kinds": ["yes_no"] * 3,
    "reading": "sequential",
    "adjust": {"crude": [], "full": ["age"]},
}
LARGE = {"basic": (400, 120, 100, 80), "long": (300, 150, 120, 90)}
NUMBERS = {"std_error": 0.01, "conf_low": 0.1, "conf_high": 0.4}


def path(reached, *, models=("crude",), reading="sequential") -> Estimates:
    """Rows as `pathway` gives them without adjustment, from level -> (persons, who passed each stage)."""
    rows, details = [], []
    reference = next(iter(reached))
    chances = {level: np.array(counts[1:]) / np.array(counts[:-1]) for level, counts in reached.items()}
    quantity = {level: np.cumprod(found) for level, found in chances.items()}

    def add(measure, outcome, model, level, estimate, **more):
        k = STAGES.index(outcome) + 1 if outcome in STAGES else len(STAGES)
        compared = {} if measure == "stage_quantity" else {"reference": reference}
        there = {"n_reference": reached[reference][0], "events_reference": reached[reference][k]} if compared else {}
        row = {"measure": measure, "outcome": outcome, "model": model, "level": level, "estimate": estimate}
        row["stratum"] = f"reading={reading}"
        rows.append(row | NUMBERS | compared | {"n": reached[level][0], "events": reached[level][k]})
        details.append({"per": 100.0, "passing": np.nan, "passing_reference": np.nan} | there | more)

    for model in models:
        for k, stage in enumerate([*STAGES, "total"]):
            whole = stage == "total"
            for level in () if whole else reached:
                add("stage_quantity", stage, model, level, quantity[level][k])
            for level in [level for level in reached if level != reference]:
                logs = np.log(chances[level]) - np.log(chances[reference])
                total = logs.sum() or 1.0
                mean = (quantity[level][-1] - quantity[reference][-1]) / total
                own = logs.sum() if whole else logs[k]
                passing = {"passing": chances[level].prod() if whole else chances[level][k]}
                passing |= {"passing_reference": chances[reference].prod() if whole else chances[reference][k]}
                add("stage_ratio", stage, model, level, np.exp(own), **passing)
                add("log_contribution", stage, model, level, own)
                add("contribution", stage, model, level, own * mean)
                if not whole:
                    add("share_of_total", stage, model, level, own / total)
    return Estimates(rows, details=pd.DataFrame(details), context=PATH | {"reading": reading})


class Unknowns:
    """What a reader would solve for: of each level the logarithms of its persons and of every stage's chance, and one
    factor that turns logarithms into contributions."""

    def __init__(self, levels):
        self.levels = list(levels)
        self.each = len(STAGES) + 2

    def of(self, level, place):
        vector = np.zeros(self.each * len(self.levels))
        vector[self.each * self.levels.index(level) + place] = 1
        return vector

    def count(self, level, k):
        """The logarithm of those who passed k stages."""
        return sum(self.of(level, place) for place in range(k + 1))

    def stages(self, level, taken):
        return sum(self.of(level, place) for place in taken)

    def equations(self, row):
        """What a row tells, each as the coefficients of an equation."""
        level, reference = row["level"], row["reference"]
        whole = range(1, len(STAGES) + 1)
        k = len(STAGES) if row["outcome"] == "total" else STAGES.index(row["outcome"]) + 1
        taken = whole if row["outcome"] == "total" else [k]
        told = {
            "n": (level, 0),
            "events": (level, k),
            "n_reference": (reference, 0),
            "events_reference": (reference, k),
        }
        found = [self.count(*what) for name, what in told.items() if np.isfinite(row[name])]
        shares = {"passing": level, "passing_reference": reference}
        found += [self.stages(whose, taken) for name, whose in shares.items() if np.isfinite(row[name])]
        if not np.isfinite(row["estimate"]):
            return found
        if row["measure"] == "stage_quantity":
            return [*found, self.count(level, k) - self.count(level, 0)]
        apart = self.stages(level, taken) - self.stages(reference, taken)
        in_all = self.stages(level, whole) - self.stages(reference, whole)
        less = {"contribution": self.of(level, self.each - 1), "share_of_total": in_all}
        return [*found, apart - row["estimate"] * less.get(row["measure"], 0 * in_all)]


def small_found(safe: Estimates, reached) -> list[tuple]:
    """Counts of 1 to 4 that a reader can solve for: who passed a stage, who did not, who was lost before it."""
    unknowns = Unknowns(reached)
    frame = safe.tidy().join(safe.details(), rsuffix="_detail")
    known = [equation for row in frame.to_dict("records") for equation in unknowns.equations(row)]
    rank = np.linalg.matrix_rank(np.array(known), tol=1e-8)

    def solved(vector):
        return np.linalg.matrix_rank(np.vstack([*known, vector]), tol=1e-8) == rank

    found = []
    for level, counts in reached.items():
        told = [solved(unknowns.count(level, k)) for k in range(len(counts))]
        for k in range(1, len(counts)):
            gaps = {before: counts[before] - counts[k] for before in (0, k - 1) if told[k] and told[before]}
            found += [(level, before, k) for before, gap in gaps.items() if 0 < gap < 5]
            found += [(level, k)] if told[k] and 0 < counts[k] < 5 else []
    return found


def shown(estimates: Estimates, **where) -> np.ndarray:
    return estimates.select(**where).tidy()["estimate"].notna().to_numpy()


def test_nothing_small_nothing_hidden():
    safe = protect(path(LARGE))
    assert shown(safe).all()
    # the reader of these tests does find what is there to be found
    assert small_found(path({"basic": (400, 120, 118, 80), "long": LARGE["long"]}), LARGE) == []
    assert small_found(path(few := {"basic": (400, 120, 118, 80), "long": LARGE["long"]}), few) == [("basic", 1, 2)]
    assert small_found(path(few := LARGE | {"long": (300, 150, 120, 3)}), few) == [("long", 3)]


@pytest.mark.parametrize("seed", range(8))
def test_nobody_finds_a_small_count_of_a_path(seed):
    rng = np.random.default_rng([2015, seed])
    reached = {}
    for level in ("basic", "medium", "long"):
        counts = [int(rng.integers(60, 200))]
        for _ in STAGES:
            gone = int(rng.choice([0, int(rng.integers(1, 5)), int(rng.integers(5, 30))]))
            counts.append(max(counts[-1] - gone, int(rng.choice([3, 8]))) if counts[-1] > 8 else counts[-1])
        reached[level] = tuple(counts)
    assert small_found(protect(path(reached)), reached) == []
    both = Estimates.stack([path(reached), path(reached, reading="shapley")])
    assert small_found(protect(both), reached) == []


def test_few_who_passed_a_stage_take_its_numbers_and_the_contributions_of_all_stages():
    safe = protect(path(LARGE | {"long": (300, 150, 120, 3)}, models=("crude", "full")))
    for model in ("crude", "full"):
        assert shown(safe, model=model, measure="stage_quantity", level="long").tolist() == [True, True, False]
        for measure in ("stage_ratio", "log_contribution", "contribution", "share_of_total"):
            assert not shown(safe, model=model, measure=measure).any()
    assert safe.details()["passing"].isna().all()
    assert shown(safe, measure="stage_quantity", level="basic").all()


def test_few_lost_between_two_stages_take_the_ratio_but_not_an_adjusted_quantity():
    safe = protect(path(LARGE | {"long": (300, 150, 147, 90)}, models=("crude", "full")))
    for model in ("crude", "full"):
        parts = safe.select(model=model, measure=["stage_ratio", "log_contribution", "contribution"], outcome=STAGES)
        assert parts.tidy()["estimate"].isna().all()
        assert shown(safe, model=model, measure="contribution", outcome="total").all()
    # without adjustment one of the two stages goes, with adjustment the quantities are the model's
    assert shown(safe, model="crude", measure="stage_quantity", level="long").sum() == 2
    assert shown(safe, model="full", measure="stage_quantity").all()
    # at the reference too
    safe = protect(path(LARGE | {"basic": (400, 120, 118, 80)}))
    assert not shown(safe, measure="stage_ratio", outcome=STAGES).any()
    assert safe.details()["passing_reference"].dropna().size == 1


def test_the_line_over_all_levels_goes_with_a_hidden_level():
    line = path({"bottom": (700, 270, 220, 170), "top": (700, 270, 220, 170)})
    both = Estimates.stack([path(LARGE | {"long": (300, 150, 120, 3)}), line])
    ends = protect(both).select(level=["bottom", "top"]).tidy()
    assert ends["estimate"].isna().all()
    assert shown(protect(Estimates.stack([path(LARGE), line]))).all()


def scenarios(reached, *, terms=()) -> Estimates:
    """Rows as `scenario` gives them with everybody referred, without adjustment."""
    rows, details = [], []
    reference, everybody = next(iter(reached)), np.array(list(reached.values())).sum(axis=0)
    for model in ("as_observed", "refer_all"):
        for k, stage in enumerate(STAGES, 1):
            share = {level: c[k] / (c[0] if model == "as_observed" else c[1]) for level, c in reached.items()}
            whole = sum(share[level] * reached[level][0] for level in reached) / everybody[0]
            common = {"outcome": stage, "model": model} | NUMBERS
            for level, counts in [*reached.items(), ("everybody", everybody)]:
                own = common | {"level": level, "n": counts[0], "events": counts[k]}
                rows.append(own | {"measure": "risk", "estimate": share.get(level, whole)})
                if model != "as_observed":
                    more = 1e4 * (share.get(level, whole) - counts[k] / counts[0])
                    rows.append(own | {"measure": "additional", "estimate": more})
                if level not in {reference, "everybody"}:
                    apart = own | {"reference": reference, "estimate": share[level] - share[reference]}
                    rows += [apart | {"measure": name} for name in ("risk_difference", "gap_change")]
    for row in rows:
        k = STAGES.index(row["outcome"]) + 1
        there = {"n_reference": reached[reference][0], "events_reference": reached[reference][k]}
        details.append({"per": 100.0} | (there if "reference" in row else {}))
    changes = {"refer_all": {"referred": ("set_to", 1.0, "")}}
    context = {key: value for key, value in PATH.items() if key != "reading"}
    adjust = {name: list(terms) for name in ("as_observed", "refer_all")}
    return Estimates(rows, details=pd.DataFrame(details), context=context | {"changes": changes, "adjust": adjust})


def test_a_scenario_without_small_counts_is_shown_whole():
    assert shown(protect(scenarios(LARGE))).all()


@pytest.mark.parametrize("terms", [(), ("age",)])
def test_a_small_count_takes_the_later_stages_of_a_scenario_and_everybody(terms):
    safe = protect(scenarios(LARGE | {"medium": (200, 60, 4, 4), "high": (300, 150, 120, 90)}, terms=terms))
    medium = {"level": "medium", "model": "refer_all"}
    assert shown(safe, **medium, measure=["risk", "additional", "risk_difference", "gap_change"]).sum() == 4
    assert shown(safe, **medium, outcome="referred").all()
    # without adjustment another level's count is hidden with it, and what is that count
    assert shown(safe, level="long").all() == bool(terms)
    # everybody less the levels shown would be the hidden one, unless something is adjusted for
    whole = shown(safe, level="everybody", model="refer_all", outcome="started")
    assert whole.tolist() == [bool(terms)] * 2


def test_few_lost_between_two_stages_take_a_scenario_in_which_they_would_be_told():
    # with everybody referred the share interviewed is 147 of 150
    safe = protect(scenarios(LARGE | {"long": (300, 150, 147, 90)}))
    assert not shown(safe, level="long", model="refer_all", outcome=["interview_attended", "started"]).any()
    assert not shown(safe, level="everybody", model="refer_all", outcome="interview_attended").any()


def test_numbers_of_sessions_of_few_persons_go_without_adjustment():
    counted = PATH | {"kinds": ["yes_no", "yes_no", "count"]}
    made = path(LARGE | {"long": (300, 150, 120, 8)}, models=("crude", "full")).replaced(context=counted)
    safe = protect(made)
    assert shown(safe, model="crude", level="long", measure="stage_quantity").tolist() == [True, True, False]
    assert not shown(safe, model="crude", measure="stage_ratio").any()
    assert shown(safe, model="full").all()
    # of persons 8 of 300 is a share like any other
    assert shown(protect(path(LARGE | {"long": (300, 150, 120, 8)}))).all()


def test_diagnostics_go_with_hidden_counts_and_small_ones_alone():
    about = {"at_stage.referred": 700, "at_stage.started": 220, "unseen.started": 3, "skipped.started": 12}
    safe = protect(path(LARGE).replaced(diagnostics=about))
    assert safe.diagnostics["at_stage.started"] == 220
    assert safe.diagnostics["unseen.started"] is None
    safe = protect(path(LARGE | {"long": (300, 150, 120, 3)}).replaced(diagnostics=about))
    assert [safe.diagnostics[name] for name in about] == [None] * 4


def test_a_path_and_its_scenarios_protected_together_hide_what_each_would():
    reached = LARGE | {"long": (300, 150, 147, 90)}
    safe = protect(Estimates.stack([path(reached), scenarios(reached)]))
    assert not shown(safe, measure=["stage_ratio", "contribution"], outcome=STAGES).any()
    assert not shown(safe, level="long", model="refer_all", outcome="interview_attended").any()
    # contributions alone: few lost at the level, or at the reference
    for few in (reached, LARGE | {"basic": (400, 120, 118, 80)}):
        only = path(few, models=("full",)).select(measure="contribution")
        assert shown(protect(only)).tolist() == [False, False, False, True]
