"""The last cell of a notebook: where its numbers came from."""

from rehab_stats.report.provenance import PACKAGES, provenance


def test_data_checksum_and_parameters_are_shown_and_empty_ones_left_out():
    frame = provenance(data="synthetic, default", checksum="0a1b", seed=2015, output="").frame
    shown = dict(zip(frame["what"], frame["which"], strict=True))
    assert shown["data"] == "synthetic, default"
    assert shown["SHA-256"] == "0a1b"
    assert shown["seed"] == "2015"
    assert "output" not in shown
    assert "SHA-256" not in set(provenance().frame["what"])


def test_versions_are_those_in_use():
    what = list(provenance().frame["what"])
    assert what == ["Python", *PACKAGES]


def test_in_danish_the_parameters_have_danish_names():
    frame = provenance(data="syntetisk", seed=2015, horizon_days=365, language="da").frame
    assert list(frame.columns) == ["hvad", "hvilken"]
    assert list(frame["hvad"])[:3] == ["data", "startværdi (seed)", "horisont (dage)"]
