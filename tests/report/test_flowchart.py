"""The participant flow: every step is in a box, boxes hold their words, arrows join the right boxes."""

from __future__ import annotations

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from rehab_stats.report.appearance import WIDTHS, theme
from rehab_stats.report.flowchart import plot_flow
from rehab_stats.vocabulary import Estimates


def boxes(ax, kind):
    return [patch for patch in ax.patches if patch.get_gid() == kind]


def words(ax):
    return [text for text in ax.texts if text.get_text() and text.get_gid() != "arrow"]


def test_every_kept_step_is_a_box_and_exclusions_stand_together(flow):
    ax = plot_flow(flow())
    assert len(boxes(ax, "kept")) == 4
    assert len(boxes(ax, "excluded")) == 3
    assert len(boxes(ax, "noted")) == 1
    text = "\n".join(t.get_text() for t in words(ax)).replace("\N{NO-BREAK SPACE}", " ")
    for number in ("14,016", "13,836", "13,253", "6,934", "4,656", "2,246", "583", "125", "55", "(n = 9)"):
        assert number in text
    # nobody was too young: not drawn
    assert "below the age limit" not in text


def test_danish_numbers_and_words(flow):
    text = "\n".join(t.get_text() for t in words(plot_flow(flow(), language="da")))
    assert "Ekskluderet:" in text
    assert "13.836" in text
    assert "Inkluderede personer" in text


@pytest.mark.parametrize("width", ["single", "double"])
@pytest.mark.parametrize("language", ["en", "da"])
def test_words_stay_in_their_boxes_and_boxes_apart(flow, width, language):
    ax = plot_flow(flow(relatives=3), language=language, width=width, note="Synthetic data: simulated persons.")
    fig = ax.figure
    np.testing.assert_allclose(fig.get_figwidth(), WIDTHS[width])
    renderer = fig.canvas.get_renderer()
    frames = [
        patch.get_window_extent(renderer) for patch in ax.patches if patch.get_gid() in {"kept", "excluded", "noted"}
    ]
    for text in words(ax):
        with plt.rc_context(theme()):
            box = text.get_window_extent(renderer)
        inside = fig.bbox.x0 <= box.x0 and box.x1 <= fig.bbox.x1 and fig.bbox.y0 <= box.y0 and box.y1 <= fig.bbox.y1
        assert inside, f"{text.get_text()!r} leaves the page"
        if text.get_gid() != "note":
            around = [f for f in frames if f.x0 <= box.x0 and box.x1 <= f.x1 and f.y0 <= box.y0 and box.y1 <= f.y1]
            assert len(around) == 1, f"{text.get_text()!r} is in {len(around)} boxes"
        else:
            assert not any(f.overlaps(box) for f in frames)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(frames, 2))


def test_arrows_run_from_box_to_box(flow):
    ax = plot_flow(flow())
    arrows = [t for t in ax.texts if t.get_gid() == "arrow"]
    ends = np.array([t.xy for t in arrows])
    tops = [
        (b.get_x(), b.get_y(), b.get_width(), b.get_height()) for b in ax.patches if b.get_gid() in {"kept", "excluded"}
    ]
    # two down the trunk and into the hazard set, one into the risk set, one to each side box
    assert len(arrows) == 6
    for x, y in ends:
        touches = [
            (abs(y - top) < 1e-6 and left <= x <= left + wide) or (abs(x - left) < 1e-6 and top <= y <= top + high)
            for left, top, wide, high in tops
        ]
        assert sum(touches) == 1


def test_a_later_branch_leaves_the_margin_at_its_first_box():
    steps = [("risk_set", 900, "kept", "all"), ("session_set", 800, "kept", "sessions")]
    steps += [("followup_not_observed", 200, "excluded", "change"), ("change_set", 700, "kept", "change")]
    steps += [("persons_started", 300, "kept", "change"), ("never_given", 100, "excluded", "change")]
    steps += [("both_forms", 200, "kept", "change")]
    row = {"outcome": "flow", "model": "crude", "measure": "count"}
    rows = [row | {"level": level, "estimate": count, "n": count} for level, count, _, _ in steps]
    details = pd.DataFrame([{"kind": kind, "branch": branch} for *_, kind, branch in steps])
    ax = plot_flow(Estimates(rows, details=details))
    left = boxes(ax, "kept")[0].get_x()
    sources = [t.xyann[0] for t in ax.texts if t.get_gid() == "arrow"]
    # to the change set and to who is not in it from the margin; from box to box, and aside from there, the others
    assert sum(x < left for x in sources) == 2
    assert sum(x > left for x in sources) == 4


def test_a_small_exclusion_is_a_dash_and_so_is_its_neighbour(flow):
    ax = plot_flow(flow(relatives=3))
    text = "\n".join(t.get_text() for t in words(ax)).replace("\N{NO-BREAK SPACE}", " ").replace("\n\N{EN SPACE}", " ")
    assert "relatives, not patients (n = –)" in text
    assert "no cancer diagnosis (n = –)" in text
    assert "Hidden: fewer than 5 persons" in text.replace("\n", " ")


def test_one_branch_has_no_margin_line(flow):
    trunk = flow().select(level=["persons_in_extract", "relatives", "no_cancer_diagnosis", "included"])
    ax = plot_flow(trunk)
    assert len(boxes(ax, "kept")) == 2
    assert len([t for t in ax.texts if t.get_gid() == "arrow"]) == 2


def test_unknown_kinds_are_refused(flow):
    made = flow()
    with pytest.raises(ValueError, match="lost"):
        plot_flow(Estimates(made.tidy(), details=made.details().assign(kind="lost")))
