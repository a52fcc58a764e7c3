"""Tables about a scale: its thresholds as the instrument list holds them, what so many pairs show, who was left out."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from rehab_stats.estimate.change.sizes import detectable, detectable_difference
from rehab_stats.extract.instruments import INSTRUMENTS, Scale, find_scale
from rehab_stats.report.scale_table import detectable_table, target_narrowed, threshold_table

SCALES = [(instrument.name, scale.name) for instrument in INSTRUMENTS.values() for scale in instrument.scales]
ENGLISH = re.compile(
    r"\b(the|of|is|are|points|smallest|change|difference|improvement|decline|between|group|groups|published|higher|"
    r"better|lower|from|memory|seen|place|spread|others|no|known|certainty|source|compared|pairs|forms|power|with|so|"
    r"many|all|mean|education|that|nobody|was|taken|out|department|cancer|index|functioning|health|status)\b"
)
PAIRS = {"basic": 15, "long_higher": 25}


def words_of(table) -> str:
    """All words of the title and the body but those of the sources, which stay in their language."""
    body = table.body.drop(columns="Kilde", errors="ignore")
    return " ".join([table.title, *body.columns, *body.to_numpy().ravel().astype(str)]).lower()


def numbers(text: str) -> list[float]:
    return [float(number.replace(",", ".")) for number in re.findall(r"\d+(?:[.,]\d+)?", text)]


# thresholds


def test_a_line_is_a_kind_of_threshold_with_its_source_and_certainty():
    scale = find_scale("qlq_c30", "QL2")
    table = threshold_table(scale, note="Synthetic data.")
    assert list(table.body.columns) == ["Smallest important", "Points, low to high", "Certainty", "Source"]
    assert table.body.iloc[:, :3].to_numpy().tolist() == [
        ["Improvement within a group", "5 to 8", "From memory, to be checked"],
        ["Decline within a group", "5 to 10", "From memory, to be checked"],
        [
            f"Difference in change between groups ({scale.between_groups.note})",
            "3 to 13",
            "Seen at the place named",
        ],
    ]
    assert all("doi 10." in source for source in table.body["Source"])
    assert table.title == (
        "Global health status, 0 to 100 points; higher is better. Published sizes of change that are called "
        "important, for groups."
    )
    assert (table.name, table.notes) == ("thresholds", ("Synthetic data.",))


@pytest.mark.parametrize(("instrument", "scale"), SCALES)
def test_every_number_is_the_scales_own(instrument, scale):
    known = find_scale(instrument, scale)
    kinds = [getattr(known, kind) for kind in ("improvement", "decline", "between_groups", "sensitivity")]
    kinds = [threshold for threshold in kinds if threshold is not None]
    for language in ("en", "da"):
        table = threshold_table(known, language=language)
        if kinds:
            assert [numbers(text) for text in table.body.iloc[:, 1]] == [[kind.low, kind.high] for kind in kinds]
        assert table.data[["low", "high"]].to_numpy().tolist() == [[kind.low, kind.high] for kind in kinds]
        assert table.data["source"].tolist() == [kind.source for kind in kinds]


@pytest.mark.parametrize(("instrument", "scale"), SCALES)
def test_nothing_is_english_in_danish_but_the_sources(instrument, scale):
    table = threshold_table(find_scale(instrument, scale), language="da")
    assert ENGLISH.findall(words_of(table).replace("eq-5d-5l-indeks", "")) == []
    direction = "højere" if find_scale(instrument, scale).higher_is_better else "lavere"
    assert f"; {direction} er bedre." in table.title
    noted = table.data["note"].ne("")
    assert table.body.loc[noted.index[noted], "Mindste betydende"].str.contains(r"\(.+\)$").all()  # each in Danish too


def test_the_index_has_others_figures_as_a_sensitivity():
    scale = find_scale("eq_5d_5l", "index")
    table = threshold_table(scale)
    assert table.body.iloc[0, :3].tolist() == [
        "Spread of others' figures, as a sensitivity (no threshold of the Danish value set was found)",
        "0.03 to 0.08",
        "Seen at the place named",
    ]
    assert table.title.startswith("EQ-5D-5L index, −0.758 to 1 points; higher is better.")
    danish = threshold_table(scale, language="da")
    assert danish.body.iloc[0, :2].tolist() == [
        "Spændvidde af andres tal, som følsomhed (ingen tærskel for det danske værdisæt er fundet)",
        "0,03 til 0,08",
    ]
    assert danish.title.startswith("EQ-5D-5L-indeks, −0,758 til 1 point; højere er bedre.")
    assert danish.body["Kilde"].tolist() == [scale.sensitivity.source]


def test_one_number_is_written_once():
    one = find_scale("qlq_c30", "QL2").improvement
    scale = Scale("QL2", "", (), 0, True, improvement=type(one)(5, 5, one.source, one.certainty))
    assert threshold_table(scale).body.iloc[0, 1] == "5"


@pytest.mark.parametrize(
    ("language", "known", "unknown"),
    [
        ("en", "No published size is known here", "The scoring of this scale is not known here."),
        ("da", "Ingen offentliggjort størrelse kendes her", "Scoringen af denne skala kendes ikke her."),
    ],
)
def test_without_thresholds_a_line_says_so(language, known, unknown, tmp_path):
    without = threshold_table(find_scale("qlq_c30", "NV"), language=language)
    assert without.body.to_numpy().tolist() == [[known]]
    strange = threshold_table(None, language=language, note="En note.", name="03_thresholds")
    assert strange.body.to_numpy().tolist() == [[unknown]]
    assert (strange.name, strange.title, strange.notes) == ("03_thresholds", unknown, ("En note.",))
    for table in (without, strange):
        assert "</table>" in table.html()
        data = pd.read_csv(table.csv(tmp_path / "table.csv"), sep=";" if language == "da" else ",")
        assert len(data) == len(table.data)


# what so many pairs show


def test_a_line_is_a_comparison_and_a_column_a_spread():
    table = detectable_table(detectable(PAIRS, exposure="education", sd_changes=[15, 20, 22.5]), note="Assumed.")
    assert list(table.body.columns) == [
        *("Compared", "Pairs of forms", "SD of the change 15", "SD of the change 20", "SD of the change 22.5")
    ]
    # 2.80 x 20 x sqrt(1/15 + 1/25) = 18.3; 2.80 x 20 / sqrt(40) = 8.9
    assert table.body.to_numpy().tolist() == [
        ["Long higher education / basic education", "25 + 15", "13.7", "18.3", "20.6"],
        ["Mean change of all", "40", "6.6", "8.9", "10.0"],
    ]
    assert "with a power of 80 %" in table.title
    assert table.notes == ("Assumed.",)


def test_the_numbers_are_those_of_detectable():
    found = detectable(PAIRS | {"unknown": 9}, exposure="education", sd_changes=[18.0, 24.0], power=0.9)
    table = detectable_table(found)
    rows = found.tidy()
    assert table.data["estimate"].tolist() == rows["estimate"].tolist()
    shown = [float(text) for column in table.body.columns[2:] for text in table.body[column]]
    assert shown == pytest.approx(rows["estimate"].tolist(), abs=0.05 + 1e-9)
    assert rows["estimate"].iloc[0] == detectable_difference(25, 15, sd_change=18.0, power=0.9)
    assert "with a power of 90 %" in table.title


def test_what_so_many_pairs_show_in_danish():
    table = detectable_table(detectable(PAIRS, exposure="education", sd_changes=[22.5]), language="da")
    assert table.body.to_numpy().tolist() == [
        ["Lang videregående uddannelse / grundskole", "25 + 15", "20,6"],
        ["Gennemsnitlig ændring for alle", "40", "10,0"],
    ]
    assert list(table.body.columns) == ["Sammenlignet", "Skemapar", "SD af ændringen 22,5"]
    assert ENGLISH.findall(words_of(table)) == []


def test_small_spreads_keep_the_decimals_of_their_scale():
    found = detectable(PAIRS, exposure="education", sd_changes=[0.2]).with_context(scale="index", digits=3)
    assert detectable_table(found).body.iloc[:, 2].tolist() == ["0.183", "0.089"]
    assert detectable_table(found).body.columns[2] == "SD of the change 0.2"


def test_only_rows_of_detectable_make_the_table(effect):
    with pytest.raises(ValueError, match="needs rows of detectable_difference"):
        detectable_table(effect.ladder())


# whom nobody stands for


def test_who_was_left_out_of_the_target_is_named():
    told = target_narrowed(["department=d3", "diagnosis_group=lung"])
    assert told == (
        "Hospital department d3, cancer lung: nobody was given a form, so that nothing stands for them; taken out of "
        "the target."
    )
    danish = target_narrowed(["department=d3", "diagnosis_group=lung"], language="da")
    assert danish.startswith("Hospitalsafdeling d3, kræftform lunge: ingen fik udleveret et skema")
    assert ENGLISH.findall(danish.lower()) == []
    assert target_narrowed([]) == ""


@pytest.mark.parametrize(
    "call",
    [
        lambda: threshold_table(None, language="sv"),
        lambda: threshold_table(find_scale("qlq_c30", "QL2"), language="sv"),
        lambda: detectable_table(detectable(PAIRS, exposure="education", sd_changes=[20]), language="sv"),
        lambda: target_narrowed(["department=d3"], language="sv"),
    ],
)
def test_an_unknown_language_is_refused(call):
    with pytest.raises(ValueError, match="language must be one of en, da; got 'sv'"):
        call()
