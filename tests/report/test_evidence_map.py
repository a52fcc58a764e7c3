"""The map of initiatives: every number and name in its artists, on a drawn list and on the printed one."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from rehab_stats.extract.printed_lists import load_printed_list
from rehab_stats.report.appearance import POINTS
from rehab_stats.report.evidence_map import SHORT_NAMES, evidence_caption, map_rows, plot_evidence_map
from rehab_stats.words import LANGUAGES

SMALL_LIST = pd.DataFrame(
    [
        ("guides", "Guider", "Guides", "yes", "participation", "pedagogy"),
        ("film", "Film", "A film", "no", "before", "pedagogy"),
        ("nurse", "Sygeplejerske", "Nurse", "yes", "access", "teamwork"),
    ],
    columns=["initiative", "name_da", "name_en", "in_annex_2", "acts_on", "track"],
).assign(source="A survey")
PRINTED = pd.DataFrame(
    [
        ("guides", "dialogue_support", "knowledge"),
        ("nurse", "added_resource", "coordinators"),
        ("film", "dialogue_support", "knowledge"),
        ("film", "dialogue_support", "knowledge"),
        ("guides", "dialogue_support", "preparation"),
    ],
    columns=["initiative", "category", "subcategory"],
)


@pytest.fixture(scope="module")
def lists() -> tuple[pd.DataFrame, pd.DataFrame]:
    return load_printed_list("initiatives"), load_printed_list("initiative_rows")


def texts(ax, gid: str) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def test_headings_of_a_category_stand_together_and_an_initiative_counts_once_in_a_cell():
    lines = map_rows(SMALL_LIST, PRINTED)
    assert [(line.category, line.subcategory) for line in lines] == [
        ("dialogue_support", "knowledge"),
        ("dialogue_support", "preparation"),
        ("added_resource", "coordinators"),
    ]
    assert lines[0].cells == {"before": ("film",), "access": (), "participation": ("guides",), "effect": ()}
    assert lines[0].all == {"film", "guides"}


def test_an_initiative_in_one_list_only_is_refused():
    with pytest.raises(ValueError, match="not in both lists: nurse"):
        map_rows(SMALL_LIST[:2], PRINTED)
    with pytest.raises(ValueError, match="not in both lists: film"):
        map_rows(SMALL_LIST, PRINTED[PRINTED["initiative"] != "film"])


def test_numbers_names_and_marks_are_those_of_the_list():
    ax = plot_evidence_map(SMALL_LIST, PRINTED)
    assert texts(ax, "number") == ["1", "0", "1", "0", *"0010", *"0100"]
    assert texts(ax, "name") == ["A film", "Guides", "Guides", "Nurse"]
    assert texts(ax, "line total") == ["2", "1", "1"]
    assert texts(ax, "total") == ["1", "1", "1", "0", "3"]
    assert texts(ax, "own")[0] == "0 of the survey's 2"
    slanted = {text.get_text() for text in ax.texts if text.get_style() == "italic" and text.get_gid() == "name"}
    assert slanted == {"A film"}
    plt.close(ax.figure)


@pytest.mark.parametrize("language", LANGUAGES)
def test_printed_list_fits_a_page_and_its_cells(lists, language):
    ax = plot_evidence_map(*lists, language=language)
    wide, high = ax.figure.get_size_inches() * 25.4
    assert (round(wide), high < 240) == (180, True)
    numbers = list(map(int, texts(ax, "number")))
    lines = map_rows(*lists)
    assert numbers == [len(line.cells[stage]) for line in lines for stage in line.cells]
    assert int(texts(ax, "total")[-1]) == len(lists[0]) == sum(map(int, texts(ax, "total")[:-1]))
    renderer = ax.figure.canvas.get_renderer()
    page = ax.figure.bbox
    boxes = [text.get_window_extent(renderer) for text in ax.texts if text.get_text()]
    assert all(box.x0 >= 0 and box.x1 <= page.x1 and box.y0 >= 0 and box.y1 <= page.y1 for box in boxes)
    # no name runs into a number or into another name
    shown = [text for text in ax.texts if text.get_gid() in {"name", "number", "heading", "category", "total", "own"}]
    boxes = [text.get_window_extent(renderer) for text in shown]
    for place, box in enumerate(boxes):
        for other, text in zip(boxes[place + 1 :], shown[place + 1 :], strict=True):
            apart = min(box.x1, other.x1) - max(box.x0, other.x0) < 0.5 or (
                min(box.y1, other.y1) - max(box.y0, other.y0) < 0.35 * box.height
            )
            assert apart, (shown[place].get_text(), text.get_text())
    plt.close(ax.figure)


def test_an_axes_that_is_too_small_is_refused_and_one_that_is_large_enough_is_filled():
    fig = plt.figure(figsize=(3, 3))
    with pytest.raises(ValueError, match="too small for this map: it needs 179 by"):
        plot_evidence_map(SMALL_LIST, PRINTED, ax=fig.add_axes((0, 0, 1, 1)))
    plt.close(fig)
    fig = plt.figure(figsize=(8, 5))
    ax = fig.add_axes((0, 0, 1, 1))
    assert plot_evidence_map(SMALL_LIST, PRINTED, ax=ax) is ax
    assert ax.get_xlim()[1] == pytest.approx(8 * POINTS)
    plt.close(fig)


def test_the_caption_reads_the_numbers_out_and_names_empty_cells():
    said = evidence_caption(SMALL_LIST, PRINTED, note="A note.")
    assert "Access: 1 different initiatives, 1 of them the survey's own" in said
    assert "support of the dialogue: preparing the talk, effect" in said
    assert "judged here" in said
    assert said.endswith("A note.")
    danish = evidence_caption(SMALL_LIST, PRINTED, language="da")
    assert "Adgang: 1 forskellige initiativer" in danish
    assert " the " not in danish


def test_short_names_are_of_initiatives_that_are_printed(lists):
    assert set(SHORT_NAMES) <= set(lists[0]["initiative"])
