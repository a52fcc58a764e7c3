"""Table 6 of the six municipalities: as printed, and as its parts add up."""

from rehab_stats.extract.pilot import pilot_flow


def test_every_step_stands_beside_the_sum_of_its_municipalities():
    pilot = pilot_flow().set_index(["step", "part"])
    assert list(pilot.columns[:6]) == ["Ballerup", "Gladsaxe", "Herlev", "Rødovre", "Furesø", "Egedal"]
    assert (pilot.iloc[:, :6].sum(axis=1) == pilot["added"]).all()
    assert pilot.loc[("referred", ""), ["printed", "added"]].tolist() == [16, 16]


def test_what_does_not_add_up_is_what_is_known_not_to():
    pilot = pilot_flow()
    apart = pilot[pilot["printed"] != pilot["added"]]
    assert apart[["step", "printed", "added"]].to_numpy().tolist() == [["assessed", 16, 15], ["onwards", 9, 7]]


def test_parts_of_a_step_are_its_senders_and_reasons():
    pilot = pilot_flow()
    assert pilot.loc[pilot["step"] == "sender", "printed"].sum() == 16
    declined = pilot[pilot["step"] == "declined"]
    assert (
        declined.loc[declined["part"] != "", "printed"].sum() == declined.loc[declined["part"] == "", "printed"].item()
    )
