"""Tables of the pathway: blocks, lines and columns, what is set off, what is hidden, and the words under them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.pathway.changes import at_least, like_group, like_level, set_to
from rehab_stats.estimate.pathway.decomposition import pathway, pathway_slope
from rehab_stats.estimate.pathway.scenarios import scenario
from rehab_stats.measures import estimate_text
from rehab_stats.report.disclosure import protect
from rehab_stats.report.pathway_tables import pathway_table, readings_table, scenario_table
from rehab_stats.vocabulary import Estimates

STAGES = {
    "referred": "referred",
    "started": "started",
    "sessions_booked": "booked",
    "sessions_attended": ("attended", "booked"),
}
ADJUST = {"crude": [], "age_sex_year": ["age", "sex"]}
APART = "Shapley less stage by stage"
LEVELS = ["basic", "upper_secondary_or_vocational", "long_higher"]


def persons(seed=2015, many=600) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    place = rng.integers(0, 3, many)
    referred = rng.random(many) < np.array([0.35, 0.5, 0.65])[place]
    started = referred & (rng.random(many) < np.array([0.6, 0.65, 0.75])[place])
    booked = np.where(started, 1 + rng.poisson(6, many), 0)
    return pd.DataFrame(
        {
            "education": pd.Categorical(np.array(LEVELS)[place], LEVELS, ordered=True),
            "age": rng.normal(62, 9, many),
            "sex": pd.Categorical(rng.choice(["female", "male"], many), ["female", "male"]),
            "department": rng.choice(["d1", "d2"], many),
            "referred": referred.astype(int),
            "started": started.astype(int),
            "booked": booked,
            "attended": rng.binomial(booked, 0.8),
        }
    )


@pytest.fixture(scope="module")
def made() -> dict[str, Estimates]:
    """Both readings, the ladder and scenarios of the same persons."""
    data, same = persons(), {"stages": STAGES, "draws": 12}
    found = {
        reading: pathway(data, exposure="education", adjust=ADJUST, reading=reading, **same)
        for reading in ("sequential", "shapley")
    }
    found["slope"] = pathway_slope(data, rank="education", adjust=ADJUST["age_sex_year"], **same)
    change = {
        "refer_all": {"referred": set_to(1)},
        "systematic_referral": {"referred": like_group("department", "d1")},
        "mine": {"started": at_least(0.9), "sessions_booked": like_level("long_higher")},
    }
    found["scenario"] = scenario(data, exposure="education", adjust=ADJUST["age_sex_year"], change=change, **same)
    return found


def text_of(estimates, measure, outcome, language="en", **where):
    rows = estimates.select(measure=measure, outcome=outcome, **({"level": "long_higher"} | where))
    return estimate_text(dict(rows.tidy().join(rows.details(), rsuffix="_detail").iloc[0]), language)


def test_a_block_per_level_and_model_with_the_ratio_next_to_the_contributions(made):
    table = pathway_table(made["sequential"], made["shapley"])
    assert list(table.body.columns) == [
        "Stage",
        "level",
        "reference",
        "of level",
        "of reference",
        "Ratio (95 % CI)",
        "stage by stage",
        "Shapley",
        "Share, % (95 % CI)",
    ]
    assert table.spanners["Contribution per 100 diagnosed (95 % CI)"] == ("stage by stage", "Shapley")
    assert list(table.body["Stage"][:5]) == [
        "Referral",
        "Any session attended",
        "Sessions booked",
        "Sessions attended",
        "All stages",
    ]
    headings = list(dict.fromkeys(table.groups))
    assert [heading.partition(": ")[2] for heading in headings] == ["unadjusted", "adjusted for age and sex"] * 2
    assert headings[3].startswith("Long higher education against basic education (n = ")
    assert table.totals == (4, 9, 14, 19)
    first, last = dict(table.body.iloc[15]), dict(table.body.iloc[19])
    both = {"model": "age_sex_year"}
    assert first["Ratio (95 % CI)"] == text_of(made["sequential"], "stage_ratio", "referred", **both)
    assert first["stage by stage"] == text_of(made["sequential"], "contribution", "referred", **both)
    assert first["Shapley"] == text_of(made["shapley"], "contribution", "referred", **both)
    assert last["stage by stage"] == last["Shapley"] == text_of(made["sequential"], "contribution", "total", **both)
    rows = made["sequential"].select(measure="stage_ratio", outcome="referred", level="long_higher", model="crude")
    passing = rows.details().iloc[0]
    assert table.body.iloc[10]["of level"] == f"{100 * passing['passing']:.1f} %"
    assert table.body.iloc[10]["reference"] == f"{passing['events_reference']:.0f}"
    # a mean number has no percent, the end of the path is per 100
    assert "%" not in table.body.iloc[12]["of level"]
    assert float(table.body.iloc[14]["of level"]) > 100
    assert table.title == "At which stage the difference in sessions attended by education arises."


def test_what_the_columns_mean_stands_under_the_table_in_both_languages(made):
    notes = " ".join(pathway_table(made["sequential"], made["shapley"]).notes)
    assert "who in their own level came that far (of sessions booked the mean number)" in notes
    assert "what would be gone had the level passed this stage as the reference does" in notes
    alone = pathway_table(made["sequential"], language="da")
    assert "Shapley" not in alone.body.columns
    assert "Shapley" not in " ".join(alone.notes)
    assert alone.title == "På hvilket trin forskellen i fremmøder efter uddannelse opstår."
    assert list(alone.body["Trin"][:5])[-1] == "Alle trin"
    assert "på deres eget niveau kom så langt (for bookede aktiviteter det gennemsnitlige antal)" in alone.notes[0]
    assert alone.notes[1].startswith("Forskellen i fremmøder efter uddannelse over 4 trin, standardiseret til alle ved")


def test_the_ends_of_a_ladder_are_a_block_of_everybody(made):
    adjusted = made["sequential"].select(model="age_sex_year")
    table = pathway_table(Estimates.stack([adjusted, made["slope"]]), made["shapley"].select(model="age_sex_year"))
    heading = "The highest end of the ranking against the lowest end of the ranking (n = 600): adjusted for age and sex"
    block = table.body[np.array(table.groups) == heading]
    assert len(block) == 5
    assert block["reference"].eq("").all()
    assert block["Shapley"].eq("").all()
    assert block["stage by stage"].ne("").all()
    alone = pathway_table(made["slope"])
    assert "reference" not in alone.body.columns
    assert "who reached a stage is the number of all" in alone.notes[0]


def test_a_last_stage_that_few_are_measured_at_says_so(made):
    measured = made["sequential"].with_context(measured={"returned": ["age"]})
    assert "only those measured are counted" in pathway_table(measured).notes[0]
    assert "kun de målte talt med" in pathway_table(measured, language="da").notes[0]
    assert "measured" not in " ".join(pathway_table(made["sequential"]).notes)


def test_two_paths_in_one_table_are_refused(made):
    twice = Estimates.stack([made["sequential"], made["sequential"]])
    with pytest.raises(ValueError, match="two rows for"):
        pathway_table(twice)
    with pytest.raises(ValueError, match="needs rows of contribution"):
        pathway_table(made["sequential"].select(measure="stage_quantity"))


def test_readings_that_go_by_no_model_are_held_against_each_other():
    data = persons()
    pair = [
        pathway(data, stages=STAGES, exposure="education", adjust=["age"], reading=reading, draws=4)
        for reading in ("sequential", "shapley")
    ]
    for table in (pathway_table(*pair), readings_table(*pair)):
        assert set(table.body["Shapley"]) - {""}
        assert len(table.body) == 10
        assert table.groups[0].endswith(": adjusted for age")


def test_the_readings_and_their_difference_are_point_values(made):
    table = readings_table(made["sequential"], made["shapley"])
    assert list(table.body.columns) == ["Stage", "stage by stage", "Shapley", APART]
    values = table.body.iloc[15:19, 1:].apply(lambda column: column.str.replace("−", "-").astype(float))
    assert (values["Shapley"] - values["stage by stage"] - values[APART]).abs().max() < 0.011
    assert table.body.iloc[19][APART] == "0.00"
    assert table.totals == (4, 9, 14, 19)
    assert "Point values, without intervals." in table.notes[0]
    danish = readings_table(made["sequential"], made["shapley"], language="da")
    assert danish.title == "Hvor de to læsemåder af forskellen i fremmøder efter uddannelse er forskellige."
    assert "," in danish.body.iloc[0, 1]
    with pytest.raises(ValueError, match="what is given as the shapley reading is the sequential one"):
        readings_table(made["sequential"], made["slope"])


def test_another_order_of_the_stages_stands_beside(made):
    turned = pathway(persons(), stages=STAGES, exposure="education", adjust=ADJUST, draws=4, order=list(STAGES)[::-1])
    table = readings_table(made["sequential"], made["shapley"], turned)
    assert list(table.body.columns) == ["Stage", "stage by stage", "in another order", "Shapley", APART]
    there = turned.select(measure="contribution", outcome="referred", level="long_higher", model="age_sex_year").tidy()
    assert table.body.iloc[15]["in another order"] == f"{100 * there['estimate'].iloc[0]:.2f}"
    assert "multiplied stage by stage in another order" in table.notes[0]
    # the two orders are told apart for machines too
    assert not table.data.duplicated(["outcome", "model", "measure", "level", "part"]).any()
    danish = readings_table(made["sequential"], made["shapley"], turned, language="da")
    assert danish.body.columns[2] == "i anden rækkefølge"


def test_scenarios_stand_under_what_was_observed(made):
    table = scenario_table(made["scenario"])
    assert list(table.body["Scenario"]) == ["As observed", "Everybody referred", "Systematic referral", "Mine"]
    assert list(table.body.columns[1:4]) == ["Everybody", "Basic education", "Long higher education"]
    assert list(table.spanners) == [
        "Sessions attended per 100 diagnosed",
        "Long higher education against basic education",
    ]
    observed, all_referred = dict(table.body.iloc[0]), dict(table.body.iloc[1])
    assert observed["Change in difference"] == observed["Additional a year"] == ""
    of_end = {"outcome": "sessions_attended", "model": "refer_all"}
    assert all_referred["Difference"] == text_of(made["scenario"], "mean_difference", **of_end)
    assert all_referred["Change in difference"] == text_of(made["scenario"], "gap_change", **of_end)
    more = text_of(made["scenario"], "additional", level="everybody", **of_end)
    assert all_referred["Additional a year"] == more
    assert "(" not in all_referred["Everybody"]
    assert text_of(made["scenario"], "mean", level="everybody", **of_end).startswith(f"{all_referred['Everybody']} (")


def test_what_scenarios_change_and_take_for_granted_stands_under_them(made):
    notes = scenario_table(made["scenario"]).notes
    assert notes[0] == "Everybody referred: everybody who comes that far passes the stage “referral”."
    assert notes[1].endswith("as often as persons alike where hospital department is d1.")
    assert "; everybody has as many sessions booked as persons otherwise alike with long higher education." in notes[2]
    assert notes[3].startswith("Assumed: whoever comes further only through the change passes the next stages")
    assert "Adjusted for age and sex." in notes[4]
    assert " ".join(notes).count("there is room for them") == 1
    danish = scenario_table(made["scenario"], language="da", outcome="started")
    assert danish.title == "Mindst ét fremmøde efter uddannelse, som observeret og i scenarier."
    assert danish.notes[0] == "Alle henvist: alle, der kommer så langt, passerer trinnet “henvisning”."
    assert danish.notes[3].startswith("Forudsat: de, der kun kommer videre på grund af ændringen, passerer de næste")
    assert " ".join(danish.notes).count("der er plads til dem") == 1
    # a share of the diagnosed is a number per 100 of them
    observed = text_of(made["scenario"], "risk", "started", "da", level="everybody", model="as_observed")
    assert observed.startswith(danish.body.iloc[0]["Alle"])
    with pytest.raises(ValueError, match="outcome must be one of"):
        scenario_table(made["scenario"], outcome="finished")


def test_small_counts_are_dashes_and_said_to_be_hidden():
    data = persons()
    long = data.index[data["education"] == "long_higher"]
    data.loc[long[3:], ["started", "booked", "attended"]] = 0
    data.loc[long[:3], ["referred", "started", "booked", "attended"]] = [1, 1, 5, 4]
    few = pathway(data, stages=STAGES, exposure="education", draws=4)
    table = pathway_table(few)
    block = table.body[[group.startswith("Long") for group in table.groups]]
    assert block["stage by stage"].eq("–").all()
    assert list(block["level"])[1:] == ["–"] * 4
    assert any(note.startswith("– Hidden") for note in table.notes)
    readings = readings_table(few, pathway(data, stages=STAGES, exposure="education", reading="shapley", draws=4))
    block = readings.body[[group.startswith("Long") for group in readings.groups]]
    assert block[APART].eq("–").all()
    assert protect(few).tidy()["estimate"].notna().any()


@pytest.mark.parametrize("make", [pathway_table, scenario_table])
def test_what_was_refused_is_the_table(make):
    refused = Estimates([], context={"refused": "nobody of education = 'basic' passes the stage started"})
    danish = make(refused, language="da").body.iloc[0, 0]
    assert danish == "ingen med uddannelse = grundskole passerer trinnet “mindst ét fremmøde”."


def test_tables_are_written_the_same_twice_with_the_total_in_bold(made, tmp_path):
    table = pathway_table(made["slope"])
    assert table.html() == table.html()
    assert "<strong>All stages</strong>" in table._plain_html()
    files = table.save(tmp_path)
    assert [path.suffix for path in files] == [".html", ".docx", ".tex", ".csv"]
    assert r"\textbf{All stages}" in table.latex()
