"""Tables of the pathway: blocks, lines and columns, what is set off, what is hidden, and the words under them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.pathway.changes import at_least, like_group, like_level, set_to
from rehab_stats.estimate.pathway.decomposition import pathway, pathway_slope
from rehab_stats.estimate.pathway.scenarios import scenario
from rehab_stats.measures import estimate_text
from rehab_stats.report.captions import caption
from rehab_stats.report.disclosure import protect
from rehab_stats.report.pathway_chart import plot_pathway
from rehab_stats.report.pathway_tables import pathway_table, readings_table
from rehab_stats.report.scenario_table import scenario_table
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
    additional = "Additional sessions attended a year, per 10,000 diagnosed"
    assert observed["Change in difference"] == observed[additional] == ""
    of_end = {"outcome": "sessions_attended", "model": "refer_all"}
    assert all_referred["Difference"] == text_of(made["scenario"], "mean_difference", **of_end)
    assert all_referred["Change in difference"] == text_of(made["scenario"], "gap_change", **of_end)
    more = text_of(made["scenario"], "additional", level="everybody", **of_end)
    assert all_referred[additional] == more
    assert "(" not in all_referred["Everybody"]
    assert text_of(made["scenario"], "mean", level="everybody", **of_end).startswith(f"{all_referred['Everybody']} (")


def test_what_scenarios_change_and_take_for_granted_stands_under_them(made):
    notes = scenario_table(made["scenario"]).notes
    assert notes[0] == "Everybody referred: everybody who comes that far passes the stage “referral”."
    group = made["scenario"].context["group_n"]["systematic_referral"]
    assert notes[1].endswith(f"as persons alike where hospital department is d1 (a group of {group} persons).")
    assert "; everybody has as many sessions booked as persons otherwise alike with long higher education." in notes[2]
    assert notes[3].startswith("Assumed: whoever comes further only through the change passes the next stages")
    assert "the last column is of everybody. Persons diagnosed: n = 600. Adjusted for age and sex." in notes[4]
    assert notes[6] == (
        "The interval is sampling error alone: how those would go on who do not come today is assumed, not estimated."
    )
    assert " ".join(notes).count("there is room for them") == 1
    danish = scenario_table(made["scenario"], language="da", outcome="started")
    assert danish.title == "Mindst ét fremmøde efter uddannelse, som observeret og i scenarier."
    assert (
        danish.body.columns[-1] == "Flere personer om året på trinnet “mindst ét fremmøde”, pr. 10.000 diagnosticerede"
    )
    assert "Diagnosticerede: n = 600." in danish.notes[4]
    assert danish.notes[6].startswith("Intervallet er stikprøveusikkerhed alene")
    assert danish.notes[0] == "Alle henvist: alle, der kommer så langt, passerer trinnet “henvisning”."
    assert danish.notes[3].startswith("Forudsat: de, der kun kommer videre på grund af ændringen, passerer de næste")
    assert " ".join(danish.notes).count("der er plads til dem") == 1
    # a share of the diagnosed is a number per 100 of them
    observed = text_of(made["scenario"], "risk", "started", "da", level="everybody", model="as_observed")
    assert observed.startswith(danish.body.iloc[0]["Alle"])
    with pytest.raises(ValueError, match="outcome must be one of"):
        scenario_table(made["scenario"], outcome="finished")


def test_a_group_says_how_many_it_is_and_what_its_model_does_without(made):
    told = made["scenario"].with_context(
        group_n={"systematic_referral": 1216}, left_out={"systematic_referral": ["bs(age, df=4)", "sex"]}
    )
    assert (
        scenario_table(told)
        .notes[1]
        .endswith("is d1 (a group of 1,216 persons; without age and sex, of which it has too few).")
    )
    assert (
        "på hospitalsafdeling d1 (en gruppe på 1.216 personer; uden alder og køn, som den har for få personer til)."
        in (scenario_table(told, language="da").notes[1])
    )
    assert "is d1; a group of 1,216 persons; without age and sex, of which it has too few): basic" in caption(
        "scenarios", told
    )
    few = made["scenario"].with_context(group_n={"systematic_referral": 4})
    assert scenario_table(few).notes[1].endswith("(a group of fewer than 5 persons).")


def test_the_caption_of_scenarios_says_what_is_assumed_once_in_both_languages(made):
    english, danish = (caption("scenarios", made["scenario"], language) for language in ("en", "da"))
    assert (
        english.count("Assumed: whoever comes further only through the change") == english.count("there is room") == 1
    )
    assert danish.count("Forudsat: de, der kun kommer videre på grund af ændringen") == 1
    assert "The interval is sampling error alone" in english
    assert "Intervallet er stikprøveusikkerhed alene" in danish


def test_persons_beside_the_path_are_told_without_being_asked_for():
    data = persons()
    gone = data.index[data["referred"] == 0]
    data["assessed"] = np.where(data.index.isin([*gone[:40], *data.index[data["referred"] == 1][30:]]), 1, 0)
    data["referred"] = data["referred"].astype(float)
    data.loc[gone[:7], "referred"] = np.nan
    stages = {"assessed": "assessed", "referred": "referred", "started": "started"}
    path = pathway(data, stages=stages, exposure="education", adjust=ADJUST, draws=4)
    off = path.diagnostics["skipped.referred.crude"]
    assert off == 30
    said = f"Passed a stage without one before it, and are not on this path: referral {off}, any session attended"
    table, told = pathway_table(path), caption("pathway", path.select(model="crude"))
    assert f"{said} {path.diagnostics['skipped.started.crude']}. A person may be counted at several." in table.notes
    assert "No value at a stage they had come to: referral 7." in table.notes
    assert said in told
    note = [text for text in plot_pathway(path.select(model="crude")).figure.axes[0].texts if text.get_gid() == "note"]
    assert said in note[0].get_text().replace("\n", " ").replace("\xa0", " ")
    danish = pathway_table(path, language="da").notes
    assert "Uden værdi på et trin, de var nået til: henvisning 7." in danish
    assert any(line.startswith("Passerede et trin uden et af trinnene før og er ikke med på") for line in danish)


def test_a_measured_end_says_how_many_came_and_what_counts_as_improved():
    data = persons().assign(returned=lambda d: (d["attended"] % 3 > 0).astype(float), due=lambda d: d["started"])
    data["improved"] = np.where(data["returned"] == 1, (data["booked"] % 2).astype(float), np.nan)
    stages = {"referred": "referred", "due": "due", "improved": "improved"}
    path = pathway(data, stages=stages, exposure="education", measured={"returned": ["age"]}, draws=4)
    path = path.with_context(improved={"points": 10.0, "instrument": "qlq_c30", "scale": "QL2", "followup": "end"})
    come, measured = int(data["due"].sum()), int((data["due"] * data["returned"]).sum())
    worth = int(path.diagnostics["measurement.effective_n"])
    assert worth <= measured < come
    notes = pathway_table(path).notes
    assert (
        f"Came to the last stage (improvement): {come}; measured of them: {measured}, worth {worth} after weighting "
        "(effective number)." in notes
    )
    assert (
        "Improved: changed by at least 10 points for the better on global health status (QL2, EORTC QLQ-C30) from the "
        "first form to the one at the end." in notes
    )
    assert "No value at a stage" not in " ".join(notes)
    danish = caption("pathway", path, "da")
    assert f"Nåede til det sidste trin (bedring): {come}; heraf målt: {measured}, efter vægtning svarende til" in danish
    assert "Bedring: ændret mindst 10 point til det bedre på global helbredsstatus (QL2, EORTC QLQ-C30) fra" in danish


ELSEWHERE = ("referred", "started")


def test_what_another_table_counts_is_left_out_with_what_gives_it_back(made):
    plain = pathway_table(made["sequential"], made["shapley"])
    table = pathway_table(made["sequential"], made["shapley"], counted_elsewhere=ELSEWHERE)
    assert list(table.body.columns) == list(plain.body.columns)
    crude, adjusted = table.body.iloc[:3], table.body.iloc[3:8]
    assert table.groups[0].endswith("unadjusted")
    assert not table.groups[3].endswith("unadjusted")
    # two stages have no line, and the next one, of which they are the denominator, none but its counts
    assert crude.iloc[0]["level"] == plain.body.iloc[2]["level"]
    assert crude.iloc[0, 3:].eq("").all()
    pd.testing.assert_frame_equal(crude.iloc[1:].reset_index(drop=True), plain.body.iloc[3:5].reset_index(drop=True))
    assert adjusted.iloc[:2][["level", "reference"]].eq("").all(axis=None)
    kept = [part.drop(columns=["level", "reference"]).reset_index(drop=True) for part in (adjusted, plain.body[5:10])]
    pd.testing.assert_frame_equal(*kept)
    assert table.notes[1] == (
        "How many reached “referral” and “any session attended” is left out: another table counts them in other, "
        "overlapping persons, and the two numbers would tell of the few who are in one table only. Unadjusted numbers "
        "about “referral”, “any session attended” and “sessions booked” would give these back and are left out too."
    )
    danish = pathway_table(made["sequential"], counted_elsewhere=ELSEWHERE, language="da").notes[1]
    assert "Ujusterede tal om “henvisning”, “mindst ét fremmøde” og “bookede aktiviteter” ville give dem" in danish
    only = made["sequential"].select(model="age_sex_year")
    assert "Unadjusted" not in " ".join(pathway_table(only, counted_elsewhere=ELSEWHERE).notes)
    with pytest.raises(ValueError, match=r"counted_elsewhere must be of the stages referred, .*; got 'finished'"):
        pathway_table(only, counted_elsewhere=["finished"])


def test_machines_too_get_no_count_that_another_table_has_and_no_digits_to_try_them_out_with(made):
    table = pathway_table(made["sequential"], made["shapley"], counted_elsewhere=ELSEWHERE)
    data, full = table.data, pathway_table(made["sequential"], made["shapley"]).data
    there, crude = data["outcome"].isin(ELSEWHERE), data["model"] == "crude"
    next_too = there | (data["outcome"] == "sessions_booked")
    assert data.loc[there, "events"].isna().all()
    assert data.loc[~there, "events"].notna().all()
    numbers = ["estimate", "conf_low", "conf_high", "std_error"]
    assert data.loc[crude & next_too, numbers].isna().all(axis=None)
    assert data.loc[crude & next_too, "hidden"].eq(1).all()
    kept = crude & ~next_too
    assert data.loc[kept, "estimate"].notna().all()
    assert data.loc[kept, "std_error"].isna().all()
    printed = data.loc[kept & (data["measure"] == "contribution"), "estimate"] * 100
    np.testing.assert_allclose(printed, printed.round(1), atol=1e-9)
    ratios = data.loc[kept & (data["measure"] == "stage_ratio"), "conf_high"]
    np.testing.assert_allclose(ratios, ratios.round(2), atol=1e-9)
    pd.testing.assert_frame_equal(data.loc[~crude, numbers], full.loc[~crude, numbers])
    assert "events_reference" not in data


def test_the_context_may_say_what_is_counted_elsewhere_and_tables_figures_and_captions_go_by_it(made):
    told = made["sequential"].with_context(counted_elsewhere=list(ELSEWHERE))
    one, other = pathway_table(told), pathway_table(made["sequential"], counted_elsewhere=ELSEWHERE)
    pd.testing.assert_frame_equal(one.body, other.body)
    readings = readings_table(told, made["shapley"])
    assert readings.body.iloc[:3, 1:].eq("").all(axis=None)
    assert readings.body.iloc[3:10, 1:].ne("").all(axis=None)
    assert readings.notes[1].startswith("How many reached")
    off = {"skipped.referred.crude": 40, "skipped.sessions_booked.crude": 12}
    both = told.replaced(diagnostics=told.diagnostics | off)
    said = "not on this path: referral (counted elsewhere), sessions booked 12."
    assert said in " ".join(pathway_table(both).notes)
    assert said in caption("pathway", both.select(model="age_sex_year"))


def test_the_last_stage_counted_elsewhere_takes_the_line_of_all_stages(made):
    table = pathway_table(made["sequential"], counted_elsewhere=["sessions_attended"])
    assert len(table.body[[group == table.groups[0] for group in table.groups]]) == 3  # the last stage and all of them
    assert table.body.iloc[6:8]["level"].eq("").all()
    assert table.body.iloc[7]["stage by stage"] != ""


def test_a_table_of_the_ends_alone_says_so(made):
    assert pathway_table(made["slope"]).title == (
        "At which stage the difference in sessions attended between the ends of the ranking by education arises."
    )
    assert "mellem enderne af rangordningen efter uddannelse" in pathway_table(made["slope"], language="da").title


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
