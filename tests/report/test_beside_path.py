"""Persons beside a path: what may be said of them, and how it is said."""

from __future__ import annotations

import pandas as pd
import pytest

from rehab_stats.report.beside_path import BESIDE, beside_hidden, beside_path
from rehab_stats.report.captions import notes
from rehab_stats.report.disclosure import protect
from rehab_stats.report.path_notes import path_notes
from rehab_stats.vocabulary import Estimates

STAGES = ["referred", "started", "improved"]
PATH = {"stages": STAGES, "kinds": ["yes_no"] * 3, "exposure": "education", "adjust": {"crude": [], "full": ["age"]}}
MEASURED = PATH | {"measured": {"returned": ["age"]}}


def said(diagnostics, context=PATH, **how):
    return beside_path(diagnostics, diagnostics, context, **({"minimum": 5} | how)).get(BESIDE)


def made(diagnostics, context=PATH, events=60) -> Estimates:
    row = {"outcome": "referred", "model": "full", "measure": "stage_quantity", "level": "basic", "estimate": 0.3}
    other = row | {"level": "long", "n": 200, "events": 70}
    rows = [row | {"n": 200, "events": events}, other]
    return Estimates(rows, details=pd.DataFrame({"per": [100.0] * 2}), diagnostics=diagnostics, context=context)


def test_counts_go_by_stage_nought_is_left_out_and_of_models_the_one_with_most_persons_speaks():
    told = {"skipped.referred.crude": 926, "skipped.referred.full": 920, "skipped.started.crude": 0}
    assert said(told | {"unseen.started.crude": 12}) == {"skipped": {"referred": [926]}, "unseen": {"started": [12]}}
    assert said({"skipped.referred": 8}) == {"skipped": {"referred": [8]}}
    assert said({"skipped.referred": 8}, {"exposure": "education"}) is None
    # two paths stacked, the second under a numbered name
    assert said({"skipped.referred.crude": 926, "skipped.referred.crude.2": 40})["skipped"] == {"referred": [926, 40]}


def test_a_small_count_is_never_exact():
    safe = protect(made({"skipped.referred.crude": 3, "skipped.referred.full": 3, "skipped.started.crude": 40}))
    assert safe.context[BESIDE] == {"skipped": {"referred": ["few"], "started": [40]}}
    (told,) = path_notes(safe)
    assert told.startswith("Passed a stage without one before it, and are not on this path: referral fewer than 5, any")
    assert "henvisning færre end 5, mindst ét fremmøde 40" in path_notes(safe, "da")[0]
    assert "3" not in " ".join(notes(safe))
    stricter = protect(safe, preset="opensafely")
    assert stricter.context[BESIDE] == {"skipped": {"referred": ["few"], "started": [40]}}
    assert "fewer than 8" in path_notes(stricter)[0]


def test_a_count_that_would_reveal_another_is_a_dash_that_is_explained():
    near = protect(made({"skipped.referred": 40, "skipped.started": 42}))
    assert near.context[BESIDE] == {"skipped": {"referred": [40], "started": [None]}}
    assert beside_hidden(near.context)
    assert notes(near)[0].endswith("referral 40, any session attended –.")
    assert notes(near)[1].startswith("– Hidden")
    # with a level's count hidden all of them
    hidden = protect(made({"skipped.referred": 40, "unseen.started": 9}, events=3))
    assert hidden.context[BESIDE] == {"skipped": {"referred": [None]}, "unseen": {"started": [None]}}


def test_counts_are_rounded_where_all_counts_are():
    assert said({"skipped.referred": 926, "unseen.started": 12}, to=5, minimum=8) == {
        "skipped": {"referred": [925]},
        "unseen": {"started": [10]},
    }
    again = PATH | {
        BESIDE: {"skipped": {"referred": [926, None]}, "end": {"come": 6, "measured": "few", "worth": None}}
    }
    assert said({}, again, to=5, minimum=8) == {
        "skipped": {"referred": [925, None]},
        "end": {"come": "few", "measured": "few", "worth": None},
    }


@pytest.mark.parametrize(
    ("measured", "unseen", "found", "words"),
    [
        (
            184,
            413,
            (597, 184, 166),
            "Came to the last stage (improvement): 597; measured of them: 184, worth 166 after",
        ),
        (184, 0, (184, 184, 166), "Measured at the last stage (improvement): 184, worth 166 after weighting"),
        (184, 3, (187, None, None), "Came to the last stage (improvement): 187; measured of them: –."),
        (4, 50, (None, "few", None), "Came to the last stage (improvement): –; measured of them: fewer than 5."),
    ],
)
def test_of_a_measured_end_come_and_measured_are_told_unless_few_are_lost_between(measured, unseen, found, words):
    counts = {"at_stage.improved.full": measured, "unseen.improved.full": unseen, "measured.full": measured}
    counts |= {"measurement.effective_n.full": 166.9, "skipped.improved.full": 13, "rows_used.full": 600}
    safe = protect(made(counts, MEASURED))
    assert safe.context[BESIDE]["end"] == dict(zip(("come", "measured", "worth"), found, strict=True))
    assert "unseen" not in safe.context[BESIDE]
    assert path_notes(safe)[1].startswith(words)


def test_what_another_path_counts_is_no_number_here():
    counts = {"at_stage.improved": 184, "unseen.improved": 413, "measured": 184, "measurement.effective_n": 166.9}
    counts |= {"skipped.started": 40, "skipped.improved": 13, "unseen.started": 9, "rows_used": 600}
    safe = protect(made(counts, MEASURED)).with_context(counted_elsewhere=["started"])
    assert path_notes(safe) == [
        "Passed a stage without one before it, and are not on this path: any session attended (counted elsewhere), "
        "improvement 13.",
        "No value at a stage they had come to: any session attended (counted elsewhere).",
        "Came to the last stage (improvement): (counted elsewhere); measured of them: 184, worth 166 after weighting "
        "(effective number).",
    ]
    assert not beside_hidden(safe.context)
    everybody = protect(made(counts | {"unseen.improved": 0}, MEASURED)).with_context(counted_elsewhere=["started"])
    assert len(path_notes(everybody)) == 2
