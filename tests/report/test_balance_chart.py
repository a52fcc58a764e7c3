"""Balance before and after weighting: an open and a filled marker a line, lines at a tenth of a standard deviation."""

from __future__ import annotations

import numpy as np
import pytest

from rehab_stats.report.appearance import WIDTHS
from rehab_stats.report.balance_chart import plot_balance
from rehab_stats.report.captions import caption
from rehab_stats.vocabulary import Estimates


def drawn(ax, name):
    return [line for line in ax.lines if line.get_gid() == name]


def words(ax, name):
    return [text.get_text() for text in ax.texts if text.get_gid() == name]


def test_each_category_has_a_marker_before_and_after(effect):
    made = effect.balance()
    ax = plot_balance(made)
    for name, model in (("before", "unweighted"), ("point", "weighted")):
        rows = made.select(model=model).tidy()
        # drawn as printed, so that a marker tells no more than the table
        np.testing.assert_allclose([point.get_xdata()[0] for point in drawn(ax, name)], rows["estimate"].round(2))
    assert {point.get_markerfacecolor() for point in drawn(ax, "before")} == {"white"}
    assert words(ax, "heading") == ["Sex", "Cancer"]
    assert words(ax, "label") == ["Age at diagnosis (years)", "Women", "Men", "Breast", "Lung", "Colorectal"]
    assert words(ax, "column") == ["Unweighted", "Weighted"]
    assert words(ax, "cell")[:4] == ["0.32", "0.07", "0.18", "0.04"]
    assert [line.get_xdata()[0] for line in drawn(ax, "guide")] == [-0.1, 0.1]
    assert ax.get_xlim()[0] < -0.1


def test_numbers_come_first_and_unweighted_alone_is_drawn_too(effect):
    made = effect.balance()
    turned = made.replaced(rows=made.tidy().iloc[::-1], details=made.details().iloc[::-1])
    assert words(plot_balance(turned), "label")[0] == "Age at diagnosis (years)"
    alone = plot_balance(made.select(model="unweighted"), language="da")
    assert len(drawn(alone, "before")) == 6
    assert drawn(alone, "point") == []


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_words_run_into_each_other(effect, words_stand_free, language, width):
    ax = plot_balance(effect.balance(), language=language, width=width, note="Synthetic data. " * 9)
    np.testing.assert_allclose(ax.figure.get_figwidth(), WIDTHS[width])
    words_stand_free(ax.figure)


def test_what_holds_no_balance_is_refused(effect):
    with pytest.raises(ValueError, match="no row with the measure standardised_difference"):
        plot_balance(effect.rates())
    with pytest.raises(ValueError, match="several rows for age"):
        plot_balance(Estimates.stack([effect.balance(), effect.balance()]))
    assert plot_balance(Estimates([], context={"refused": "x"})).texts[0].get_gid() == "reason"
    assert caption("balance", effect.balance(), "da").startswith("Standardiserede forskelle mellem dem, der svarede")
