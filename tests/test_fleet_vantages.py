"""From where targets are examined: a target more for each place, and none that is not asked for."""

import pytest

from sigcheck.config.given import Given
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.fleet.ledger import ResultLine, read_lines
from sigcheck.fleet.target import FleetTarget
from sigcheck.fleet.vantages import Asked, split, spread
from sigcheck.planning import plan_wanted
from tests.commandline import sigcheck

FILE = """
[defaults]
allow_private = true
only = ["reach"]
[targets.any]
url = "http://127.0.0.1:9/x"
[targets.both]
url = "http://127.0.0.2:9/x"
vantage = ["eu", "us"]
[targets.far]
url = "http://127.0.0.3:9/x"
vantage = "us, inside"
"""


def named(key, *words):
    """Make a target whose `vantage` has these words."""
    settings: dict[str, tuple[Given, ...]] = {"url": (Given("https://receiver.example/", "url", "url"),)}
    if words:
        settings["vantage"] = tuple(Given(word, "vantage", "vantage") for word in words)
    return FleetTarget(key, Wanted(key, settings), "receiver.example")


def asked(text):
    """Give what `--vantage TEXT` asks for."""
    kept, found = split({"vantage": (Given(text, "--vantage", "--vantage"),)})
    assert kept == {}
    return found


CHOSEN = (named("any"), named("both", "eu", "us"), named("far", "us,inside"))


@pytest.mark.parametrize(
    ("text", "many", "found"),
    [
        ("", True, [("any", ""), ("both", "eu"), ("both", "us"), ("far", "us")]),
        ("eu", True, [("any", "eu"), ("both", "eu")]),
        ("eu,us", True, [("any", "eu"), ("any", "us"), ("both", "eu"), ("both", "us"), ("far", "us")]),
        ("", False, [("any", ""), ("both", ""), ("far", "")]),
        ("us", False, [("any", "us"), ("both", "us"), ("far", "us")]),
        ("eu", False, [("any", "eu"), ("both", "eu")]),
        ("inside", False, [("any", ""), ("both", ""), ("far", "")]),
    ],
)
def test_who_is_examined_from_where(text, many, found):
    """One machine is in one place, workers are in several; the reports have the place, and the side that was given."""
    seen = spread(CHOSEN, asked(text) if text else Asked(), many=many)
    assert [each.ledger_key for each in seen.targets] == found
    for each in seen.targets:
        settings = plan_wanted(each.wanted).settings
        assert settings.place == each.vantage
        assert settings.vantage == ("inside" if each.key == "far" or text == "inside" else "outside")
    assert seen.elsewhere == (2 if text in {"", "inside"} and not many else 0)


def test_one_machine_is_in_one_place():
    """Two places are refused without workers, and so are words that are none."""
    with pytest.raises(UsageProblem, match="--vantage names several places, and this machine is in one"):
        spread(CHOSEN, asked("eu,us"), many=False)
    for wrong in ("EU", "a b", "eu,,us", "-eu", "x" * 33):
        with pytest.raises(UsageProblem, match="--vantage must be outside, inside or names of places"):
            asked(wrong)
    with pytest.raises(UsageProblem, match="--vantage says both outside and inside"):
        asked("inside,outside")
    with pytest.raises(UsageProblem, match="vantage must be a list of strings"):
        spread([named("a", 5)], Asked(), many=True)


def test_this_machine_is_in_a_place(tmp_path):
    """`--vantage eu` leaves out what is examined from elsewhere, and the ledger says from where each was seen."""
    (tmp_path / "sigcheck.toml").write_text(FILE)
    command = ("fleet", "run", "--config", str(tmp_path / "sigcheck.toml"), "--ledger")
    done = sigcheck(*command, str(tmp_path / "eu"), "--vantage", "eu")
    assert done.code == 1
    assert "NON-COMPLIANT 2 targets: 2 non-compliant" in " ".join(done.out.split())
    results = [line for line in read_lines(tmp_path / "eu") if isinstance(line, ResultLine)]
    assert {each.summary.key for each in results} == {("any", "eu"), ("both", "eu")}
    assert all(b'"place":"eu"' in bytes(each.report) for each in results)
    done = sigcheck(*command, str(tmp_path / "all"))
    assert "NON-COMPLIANT 3 targets: 3 non-compliant" in " ".join(done.out.split())
    assert "2 targets name places, and are examined from this machine; --vantage says where it is" in done.err


def test_a_single_run_from_a_place():
    """`verify` takes a place for outside, and the full report shows it."""
    done = sigcheck("verify", "http://127.0.0.1:9/", "--allow-private", "--only", "reach", "-v", "--vantage", "eu")
    assert done.code == 1
    assert "seen from eu" in done.out
