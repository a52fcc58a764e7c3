"""Hanging rootograms: bars hang from the line, on a square-root scale, and no bar is of a few persons."""

from __future__ import annotations

import numpy as np
import pytest

from rehab_stats.report.appearance import WIDTHS
from rehab_stats.report.captions import caption
from rehab_stats.report.disclosure import protect
from rehab_stats.report.rootogram_chart import plot_rootogram
from rehab_stats.vocabulary import Estimates

FAMILIES = ("poisson", "negative_binomial", "hurdle_poisson", "hurdle_negative_binomial")

WITHOUT_SMALL = (300, 80, 70, 60, 50, 40, 30, 20, 10, 6)


def drawn(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def words(ax, name):
    return [text.get_text() for text in ax.texts if text.get_gid() == name]


def test_bars_of_observed_persons_hang_from_the_line_of_expected_ones(attendance):
    made = attendance.rootogram(WITHOUT_SMALL)
    ax = plot_rootogram(made)
    assert len(ax.figure.axes) == 1 + len(FAMILIES)
    for panel, family in zip(ax.figure.axes[1:], FAMILIES, strict=True):
        observed, expected = (
            np.sqrt(made.select(measure=f"{kind}_persons", level=family).tidy()["estimate"].to_numpy())
            for kind in ("observed", "expected")
        )
        np.testing.assert_allclose(drawn(panel, "expected")[0].get_ydata(), expected)
        tops = [max(bar.get_y(), bar.get_y() + bar.get_height()) for bar in panel.patches]
        np.testing.assert_allclose(tops, expected)
        np.testing.assert_allclose([abs(bar.get_height()) for bar in panel.patches], observed)
        assert panel.get_ylim() == ax.get_ylim()
    assert [words(panel, "heading")[0] for panel in ax.figure.axes[1:]] == [
        "Poisson",
        "Negative binomial",
        "Hurdle, Poisson",
        "Hurdle, negative binomial",
    ]
    assert ax.figure.axes[-1].get_xlabel() == "Sessions attended within 180 days"


def test_ticks_are_numbers_of_persons_and_the_last_number_is_that_and_more(attendance):
    ax = plot_rootogram(attendance.rootogram(WITHOUT_SMALL))
    ax.figure.canvas.draw()
    for tick, text in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True):
        assert float(text.get_text()) == pytest.approx(tick**2)
    numbers = [text.get_text() for text in ax.get_xticklabels()]
    assert (numbers[0], numbers[-1]) == ("0", "9+")


def test_the_tail_is_one_bar_of_no_few_persons(attendance):
    ax = plot_rootogram(attendance.rootogram())  # 3 and 2 persons at the end
    ax.figure.canvas.draw()
    assert abs(ax.patches[-1].get_height()) == pytest.approx(np.sqrt(5))
    assert [text.get_text() for text in ax.get_xticklabels()][-1] == "9+"
    assert drawn(ax, "expected")[0].get_ydata()[-1] == pytest.approx(np.sqrt(3 + 1.5 + 2 + 1.5))
    counts = {round(bar.get_height() ** 2) for panel in ax.figure.axes[1:] for bar in panel.patches}
    assert not counts & {1, 2, 3, 4}


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("families", [FAMILIES, FAMILIES[:1], FAMILIES[1:3]])
def test_no_words_run_into_each_other(attendance, words_stand_free, language, width, families):
    ax = plot_rootogram(
        attendance.rootogram(families=families), language=language, width=width, note="Synthetic data. " * 9
    )
    words_stand_free(ax.figure)
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS[width])


def test_many_persons_and_high_counts_have_ticks_that_stand_apart(attendance, words_stand_free):
    many = np.r_[90_000, np.linspace(20_000, 50, 60).round()]
    words_stand_free(plot_rootogram(attendance.rootogram(tuple(many.astype(int)), families=FAMILIES[:2])).figure)


def test_what_is_no_rootogram_is_refused(attendance):
    with pytest.raises(ValueError, match="observed_persons and expected_persons"):
        plot_rootogram(attendance.rootogram().select(measure="observed_persons"))
    assert plot_rootogram(Estimates([], context={"refused": "data has no rows"})).texts[0].get_gid() == "reason"


def test_the_caption_reads_the_persons_with_none(attendance):
    text = caption("rootogram", attendance.rootogram(families=FAMILIES[:2]))
    assert text.startswith("Hanging rootograms of sessions attended within 180 days")
    assert "Persons with 0: observed 300; expected: Poisson 301.5; negative binomial 331.5." in text
    assert "Hidden" not in text
    assert "Personer med 0: observeret 300; forventet: Poisson 301,5" in caption(
        "rootogram", attendance.rootogram(), "da"
    )


@pytest.mark.parametrize("language", ["en", "da"])
def test_where_every_bar_is_hidden_the_reason_stands_in_place_of_the_panels(attendance, words_stand_free, language):
    made = attendance.rootogram((4, 3))
    assert protect(made).select(measure="observed_persons").tidy()["estimate"].isna().all()
    ax = plot_rootogram(made, language=language, note="Synthetic data.")
    said = {"en": "Hidden: fewer than 5 persons", "da": "Skjult: færre end 5 personer"}[language]
    assert said in words(ax, "reason")[0].replace("\n", " ")
    assert words(ax, "note") == ["Synthetic data."]
    assert not ax.patches
    words_stand_free(ax.figure)
    assert caption("rootogram", made, language)
    # in a figure that is there already, too
    assert plot_rootogram(made, language=language, ax=ax.figure.add_subplot()).figure is ax.figure
