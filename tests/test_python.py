"""The run as an API: what a script gives and gets, and what is refused. How a run goes: test_runs."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sigcheck
from sigcheck import decode
from sigcheck.config.setting import fields, option
from tests.misbehaving import misbehaving

DOCS = Path(__file__).parents[1] / "docs" / "python.md"
CLOSED = "http://127.0.0.1:9/sigfox"
SECRET_URL = "http://127.0.0.1:9/sigfox?t=hunter2"
BLOCKS = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(
    ("block", "printed"),
    list(zip(BLOCKS, ["non-compliant 1 False", "ProbeStarted"], strict=True)),
    ids=["script", "event-loop"],
)
def test_what_the_page_shows_is_true(block, printed):
    """Every block of docs/python.md runs, with warnings as errors, and prints what the page says."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(printed)
    assert "non-compliant" in done.stdout


def test_a_script_gets_the_report():
    """The verdict is a string, what failed is listed, and the report renders itself as the command line does."""
    report = sigcheck.verify(CLOSED, allow_private=True, only="reach")
    assert isinstance(report, sigcheck.Report)
    assert (report.verdict, report.ok) == ("non-compliant", False)
    assert [each.rule for each in report.failed] == ["reach-refused"]
    assert "reach-refused" in report.render("text")
    assert '"schema_version": 1' in report.render("json")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"samples": 0}, "samples must be a whole number from 1 to 100"),
        ({"samples": 2.5}, "samples must be a whole number from 1 to 100"),
        ({"samples": True}, "samples must be a whole number from 1 to 100"),
        ({"samples": 10**400}, "samples must be a whole number from 1 to 100"),
        ({"samples": "9" * 400}, "samples must be a whole number from 1 to 100"),
        ({"samples": "1_0"}, "samples must be a whole number from 1 to 100"),
        ({"observe_default": 10**400}, "observe_default must be a whole number of at least 0"),
        ({"speed": float("nan")}, "speed must be a number from 1 to 1000"),
        ({"patience": "hunter2"}, "patience must be a number from 0 to 300"),
        ({"allow_private": "yes"}, "allow_private must be true or false"),
        ({"vantage": "Hunter2"}, "vantage must be outside, inside or names of places"),
        ({"header": 7}, "header must be a list of strings"),
        ({"header": [7]}, "header must be a list of strings"),
        ({"method": ["GET"]}, "method must be a string"),
        ({"sampels": 3}, "there is no setting sampels: did you mean samples?"),
        ({"secrets": 3}, "secrets must be strings"),
    ],
    ids=lambda each: str(each)[:24],
)
def test_what_cannot_be_used_is_refused(settings, says):
    """A wrong value is named with what it must be, and never quoted."""
    with pytest.raises(sigcheck.UsageProblem) as refused:
        sigcheck.verify(CLOSED, **settings)
    assert str(refused.value).startswith(says)
    assert "hunter2" not in str(refused.value)


def test_the_struct_has_the_same_limits():
    """A RunConfig that is made by hand is checked by the same table, and its repr shows no secret."""
    with pytest.raises(sigcheck.UsageProblem, match="samples must be a whole number from 1 to 100"):
        sigcheck.RunConfig(url=CLOSED, samples=101)
    assert "hunter2" not in repr(sigcheck.RunConfig(url="https://me:hunter2@a.example/?t=hunter2"))


@pytest.mark.parametrize(
    "settings",
    [{"samples": "5"}, {"samples": 5.0}, {"header": "X-A: 1"}, {"only": "reach"}, {"only": None}, {"secrets": "abcd"},
     {"allow_private": 1}, {"url": b"x"}, {"name": 5}, {"folders": None}, {"folders": {"observe_command": 5}}],
    ids=str,
)  # fmt: skip
def test_the_struct_takes_its_own_types_alone(settings):
    """A single text is no tuple of them: its letters would be taken for headers."""
    with pytest.raises(sigcheck.UsageProblem, match="must be"):
        sigcheck.RunConfig(**{"url": CLOSED, **settings})


@pytest.mark.parametrize("settings", [{"only": ["reach"]}, {"header": ["X-A: 1"]}, {"secrets": ["abcd"]}], ids=str)
def test_the_struct_says_that_it_takes_tuples(settings):
    """Whoever gives a list is told what is wanted, and what takes lists."""
    with pytest.raises(sigcheck.UsageProblem) as refused:
        sigcheck.RunConfig(**{"url": CLOSED, **settings})
    assert str(refused.value) == f"{next(iter(settings))} must be a tuple of strings: give one, or use sigcheck.decode"


@pytest.mark.parametrize("given", [SECRET_URL, None, 5, {5: "x"}], ids=str)
def test_what_is_no_configuration_is_refused(given):
    """A URL in the place of the settings is the likely slip: the error says what belongs there, and quotes nothing."""
    with pytest.raises(sigcheck.UsageProblem, match="config must be a RunConfig") as of_run:
        asyncio.run(sigcheck.run(given))
    with pytest.raises(sigcheck.UsageProblem, match="the settings must be a dict") as of_decode:
        sigcheck.decode(given)
    assert "hunter2" not in f"{of_run.value}{of_decode.value}"


@pytest.mark.parametrize("name", ["xml", "", None, ["text"]], ids=str)
def test_a_format_that_there_is_not_is_refused(name):
    """The error names those that there are."""
    report = sigcheck.verify(CLOSED, allow_private=True, only="reach")
    with pytest.raises(sigcheck.UsageProblem, match="a report has no such format: use one of text, json"):
        report.render(name)


def test_a_file_may_be_a_path(tmp_path):
    """Scripts have paths where the command line has texts."""
    config = decode({"url": CLOSED, "ca_file": tmp_path / "ca.pem", "allowlist": tmp_path / "rules"})
    assert (config.ca_file, config.allowlist) == (str(tmp_path / "ca.pem"), (str(tmp_path / "rules"),))


def test_variables_are_taken_from_the_environment_and_are_secret():
    """${NAME} is replaced in URL, header, body and observer; the value is a secret; $${NAME} stays."""
    environment = {"TOKEN": "hunter22", "WORD": "x"}
    given = {
        "url": "https://a.example/${WORD}?t=${TOKEN}",
        "header": ["X-A: ${TOKEN}"],
        "body": '{"d":"{device}","t":"$${TOKEN}"}',
        "observe_command": "count ${TOKEN} ${SIGCHECK_DEVICE}",
        "observe_metric": 'readings{tenant="${WORD}",device="{device}"}',
    }
    config = decode(given, environment=environment)
    assert config.url == "https://a.example/x?t=hunter22"
    assert config.header == ("X-A: hunter22",)
    assert config.body == '{"d":"{device}","t":"${TOKEN}"}'
    assert config.observe_command == "count hunter22 '${SIGCHECK_DEVICE}'"
    assert config.observe_metric == 'readings{tenant="x",device="{device}"}'
    assert config.secrets == ("x", "hunter22")


def test_every_setting_of_the_observer_that_is_a_text_takes_variables():
    """The documentation speaks of the observer as a whole."""
    texts = [field for field in fields(sigcheck.RunConfig).values() if field.setting.observing and field.kind == "text"]
    assert [field.name for field in texts if not field.setting.filled] == []


def test_a_metric_with_a_secret_is_in_no_report():
    """The report quotes the series that was not found, and hides what a variable put there."""
    given = {"allow_private": True, "only": "dedup", "observe_command": "echo 'n 1'"}
    with misbehaving("answers") as server:
        config = decode(
            {"url": server.url, **given, "observe_metric": 'n{tenant="${TOKEN}"}'}, environment={"TOKEN": "plainword"}
        )
        report = asyncio.run(sigcheck.run(config))
    assert report.evidence.observer_check is not None
    assert "no series 'n{tenant=\"***\"}'" in (report.evidence.observer_check.fault or "")
    assert "plainword" not in report.render("json") + report.render("text")


def test_a_variable_that_is_not_set_is_named():
    """An unset variable is an error that names it, and the setting as it was spelled."""
    with pytest.raises(sigcheck.UsageProblem) as refused:
        decode({"url": CLOSED, "header": ["X-A: ${NOT_THERE}"]}, option, {})
    assert str(refused.value).startswith("--header needs the environment variable NOT_THERE, which is not set")


def test_headers_come_from_a_file(tmp_path):
    """`@FILE` gives a header a line, with comments and blank lines left out; a file that is not there is named."""
    file = tmp_path / "headers"
    file.write_text("# the gateway's\nX-A: 1\n\nX-B: ${TOKEN}\n", encoding="utf-8")
    config = decode({"url": CLOSED, "header": [f"@{file}", "X-C: 3"]}, environment={"TOKEN": "hunter22"})
    assert config.header == ("X-A: 1", "X-B: hunter22", "X-C: 3")
    with pytest.raises(sigcheck.UsageProblem, match="--header file '/nowhere' cannot be read"):
        decode({"url": CLOSED, "header": ["@/nowhere"]}, option, {})


def test_a_secret_of_the_environment_is_in_no_report():
    """What a variable held is hidden wherever a server sends it back."""
    with misbehaving("answers") as server:
        report = asyncio.run(
            sigcheck.run(
                decode(
                    {"url": f"{server.url}?t=${{TOKEN}}", "allow_private": True, "only": "response", "samples": 1},
                    environment={"TOKEN": "hunter2222"},
                )
            )
        )
        assert b"hunter2222" in server.requests[0]
    assert "hunter2222" not in report.render("json")


def test_verify_says_what_to_do_in_an_event_loop():
    """Where a loop runs, a second one cannot: the error names the other function, and nothing is left behind."""

    async def main():
        with pytest.raises(RuntimeError, match=r"await sigcheck\.run"):
            sigcheck.verify(CLOSED)

    asyncio.run(main())
