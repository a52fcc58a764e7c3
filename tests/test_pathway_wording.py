"""What scenarios change and take for granted, in both languages, from the context of their estimates."""

import pytest

from rehab_stats.pathway_wording import ASSUMED, CHANGES, assumed_words, change_words, is_counted, stage_words
from rehab_stats.words import LANGUAGES

CONTEXT = {
    "exposure": "education",
    "stages": ["referred", "interview_attended", "sessions_booked", "sessions_attended"],
    "kinds": ["yes_no", "yes_no", "count", "share"],
    "changes": {
        "refer_all": {"referred": ("set_to", 1.0, "")},
        "systematic_referral": {"referred": ("like_group", "d1", "department")},
        "home_interview": {"interview_attended": ("at_least", 0.9, "")},
        "equal_booking": {"sessions_booked": ("like_level", "long_higher", "")},
        "both": {"sessions_booked": ("set_to", 8.0, ""), "sessions_attended": ("set_to", 0.855, "")},
    },
}


@pytest.mark.parametrize(
    ("scenario", "english", "danish"),
    [
        (
            "refer_all",
            "everybody who comes that far passes the stage “referral”",
            "alle, der kommer så langt, passerer trinnet “henvisning”",
        ),
        (
            "systematic_referral",
            "everybody passes the stage “referral” as often as persons alike where hospital department is d1",
            "alle passerer trinnet “henvisning” lige så ofte som tilsvarende personer på hospitalsafdeling d1",
        ),
        (
            "home_interview",
            "whoever would pass the stage “interview attended” with a chance below 90 % passes it with 90 %",
            "enhver, der ville passere trinnet “samtale gennemført” med en sandsynlighed under 90 %, passerer det med "
            "90 %",
        ),
        (
            "equal_booking",
            "everybody has as many sessions booked as persons otherwise alike with long higher education",
            "alle har lige så mange bookede aktiviteter som personer med lang videregående uddannelse, der ellers "
            "ligner dem",
        ),
        (
            "both",
            "everybody who comes that far has 8 sessions booked on average; 85.5 % of sessions booked become sessions "
            "attended",
            "alle, der kommer så langt, har i gennemsnit 8 bookede aktiviteter; 85,5 % af bookede aktiviteter bliver "
            "til fremmøder",
        ),
    ],
)
def test_a_scenario_s_changes_are_said(scenario, english, danish):
    assert change_words(scenario, CONTEXT) == english
    assert change_words(scenario, CONTEXT, "da") == danish


def test_only_what_a_scenario_takes_for_granted_is_said():
    assert assumed_words(["home_interview"], CONTEXT) == [ASSUMED[name][0] for name in ("onward", "room")]
    assert len(assumed_words(list(CONTEXT["changes"]), CONTEXT, "da")) == len(ASSUMED)
    assert "andelen af bookede aktiviteter, der bliver til fremmøder, er den samme" in " ".join(
        assumed_words(["equal_booking"], CONTEXT, "da")
    )


def test_every_kind_of_change_has_words_for_every_kind_of_stage():
    kinds = {"set_to", "at_least", "like_level", "like_group"}
    assert {(kind, of) for kind in kinds for of in ("yes_no", "count", "share")} <= set(CHANGES)
    assert all(len(words) == len(LANGUAGES) for words in [*CHANGES.values(), *ASSUMED.values()])


def test_stages_of_a_path_have_words_of_their_own():
    for stage in [
        "needs_assessed",
        "referred",
        "interview_attended",
        "started",
        "sessions_booked",
        "sessions_attended",
    ]:
        assert "_" not in stage_words(stage)
        assert stage_words(stage, "da") != stage_words(stage)
    assert stage_words("due", "da") == "skulle have opfølgningsskema"
    assert stage_words("improved", "da") == "bedring"
    assert stage_words("my_stage") == "my stage"
    assert [is_counted(stage, CONTEXT) for stage in ("referred", "sessions_booked", "total")] == [False, True, True]
