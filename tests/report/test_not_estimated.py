"""What stands where nothing could be estimated: the reason, everywhere the same."""

from __future__ import annotations

import pytest

from rehab_stats.report.captions import caption
from rehab_stats.report.figures import plot_forest, plot_incidence, plot_interaction, plot_measures, plot_risks
from rehab_stats.report.tables import gradient_table, inequality_table, interaction_table, measures_table
from rehab_stats.vocabulary import Estimates

REASON = "no row used has referred = 1"
CONTEXT = {"exposure": "education", "outcome": "referred", "stratum": "sex"}
REFUSED = Estimates([], context=CONTEXT | {"refused": REASON})
PLOTS = [plot_forest, plot_incidence, plot_interaction, plot_measures, plot_risks]
TABLES = [gradient_table, inequality_table, interaction_table, measures_table]


@pytest.mark.parametrize("plot", PLOTS)
@pytest.mark.parametrize(
    ("language", "words"),
    [("en", f"Not estimated: {REASON}."), ("da", "Ikke estimeret: ingen anvendt række har henvisning = 1.")],
)
def test_every_figure_says_why(words_stand_free, plot, language, words):
    ax = plot(REFUSED, language=language, note="Synthetic data: simulated persons.")
    said = {text.get_gid(): " ".join(text.get_text().split()) for text in ax.texts}
    assert said == {"reason": words, "note": "Synthetic data: simulated persons."}
    assert ax.figure.get_figheight() < 1
    words_stand_free(ax.figure)


def test_a_long_reason_is_broken_and_an_axes_given_is_used(words_stand_free):
    long = Estimates([], context={"refused": {"female": REASON + ", " + "and much more " * 20, "male": REASON}})
    ax = plot_forest(long, note="Synthetic data.")
    words_stand_free(ax.figure)
    assert "Male" not in ax.texts[0].get_text()
    given = ax.figure.add_axes((0.1, 0.1, 0.8, 0.8))
    assert plot_risks(REFUSED, ax=given) is given


@pytest.mark.parametrize("make", TABLES)
def test_every_table_says_why(tmp_path, make):
    table = make(REFUSED, note="Synthetic data.")
    assert table.body.to_dict("list") == {"Not estimated": [f"{REASON}."]}
    assert table.notes == ("Synthetic data.",)
    files = table.save(tmp_path, "refused")
    assert REASON in files[0].read_text(encoding="utf-8")
    assert len(files[-1].read_text(encoding="utf-8").splitlines()) == 1


def test_the_caption_is_the_reason():
    assert caption("risks", REFUSED, note="Synthetic data.") == f"Not estimated: {REASON}. Synthetic data."


def test_a_refused_stratum_stands_in_the_note_of_figure_table_and_caption(gradient):
    rows = gradient(("odds_ratio",), models={"crude": []}).tidy().assign(stratum="female")
    made = Estimates(rows, context=CONTEXT | {"adjust": {"crude": []}, "refused": {"male": REASON}})
    said = f"Men: not estimated: {REASON}."
    note = next(text for text in plot_forest(made).texts if text.get_gid() == "note")
    assert " ".join(note.get_text().split()) == said
    assert said in gradient_table(made).notes
    assert said in caption("forest", made)


@pytest.mark.parametrize(
    ("make", "words"), [(plot_risks, "no row"), (measures_table, "no row"), (gradient_table, "needs rows of")]
)
def test_no_rows_without_a_reason_are_an_error(make, words):
    with pytest.raises(ValueError, match=words):
        make(Estimates([]))
