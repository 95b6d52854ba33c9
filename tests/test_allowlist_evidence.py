"""`verify --allowlist` and `--policy`: from files to evidence, and from evidence to a report."""

import json
from pathlib import Path

import pytest

from sigcheck.allowlist.given import read_allowlist
from sigcheck.config import RunConfig
from sigcheck.errors import UsageProblem
from sigcheck.message import DEFAULT_DATA
from sigcheck.planning import make_plan
from sigcheck.policy import SIGFOX_CLOUD, load_policy
from sigcheck.target import parse_target
from tests.commandline import QUICK, sigcheck
from tests.misbehaving import misbehaving

RANGE = "185.110.96.0/22"
URL = "https://receiver.example/sigfox"


def facts(tmp_path, *texts, url=URL, policy=SIGFOX_CLOUD):
    """Read rules, each in a file of its own."""
    names = []
    for number, text in enumerate(texts):
        file = tmp_path / f"rules{number}"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        names.append(str(file))
    return read_allowlist(names, policy, parse_target(url))


@pytest.mark.parametrize(
    ("verdict", "missing", "line", "text"),
    [
        pytest.param("admitted", (), "rules0:1: allow 185.110.96.0/22", f"allow {RANGE};\ndeny all;\n", id="admitted"),
        pytest.param(
            "partly",
            ("185.110.96.0/24", "185.110.98.0/23"),
            "rules0:2: deny all",
            "allow 185.110.97.0/24;\ndeny all;\n",
            id="partly",
        ),
        pytest.param("refused", (RANGE,), "rules0:1: deny all", f"deny all;\nallow {RANGE};\n", id="refused"),
        pytest.param("open", (), None, "allow all;\n", id="open"),
    ],
)
def test_what_rules_say(tmp_path, verdict, missing, line, text):
    """Verdict, missing networks and the deciding line are those of `allowlist check`."""
    found = facts(tmp_path, text)
    assert (found.verdict, found.missing) == (verdict, missing)
    assert found.unclear == ()
    if line is not None:
        assert found.decides == f"{tmp_path}/{line}"


def test_what_is_not_understood_is_named(tmp_path):
    """Lines that matter and cannot be followed stand in the evidence, with the reason; not all of thousands."""
    rule = "-A INPUT -s 185.110.96.0/22 -m mark --mark 0x1 -j ACCEPT\n"
    found = facts(tmp_path, f"*filter\n:INPUT DROP [0:0]\n{rule * 1000}COMMIT\n")
    assert found.verdict == "unclear"
    assert found.unclear[0].startswith(f"{tmp_path}/rules0:3: {rule.strip()}: ")
    assert len(found.unclear) <= 50


def test_a_line_is_not_quoted_without_end(tmp_path):
    """A deciding line of a megabyte does not fill the report."""
    rule = f'-A INPUT -m comment --comment "{"x" * 1_000_000}" -j DROP'
    found = facts(tmp_path, f"*filter\n:INPUT ACCEPT [0:0]\n{rule}\nCOMMIT\n")
    assert found.verdict == "refused"
    assert len(found.decides) < len(str(tmp_path)) + 250


def test_every_file_must_admit(tmp_path):
    """Two firewalls in a row admit what both admit."""
    found = facts(tmp_path, f"allow {RANGE};\ndeny all;\n", "185.110.97.0/24\n")
    assert (found.verdict, len(found.files)) == ("partly", 2)


def test_the_url_picks_port_and_location(tmp_path):
    """The rules are asked for the callback's own port and path."""
    text = f"""server {{ listen 443 ssl; deny all; }}
server {{ listen 8443 ssl; deny all; location /sigfox {{ allow {RANGE}; deny all; }} }}
"""
    assert facts(tmp_path, text).verdict == "refused"
    assert facts(tmp_path, text, url="https://receiver.example:8443/sigfox").verdict == "admitted"
    assert facts(tmp_path, text, url="https://receiver.example:8443/other").verdict == "refused"


def test_the_policy_picks_the_range(tmp_path):
    """With other ranges in the policy the same rules are no longer enough."""
    (tmp_path / "policy.json").write_text('{"ranges": ["185.110.96.0/22", "192.0.2.0/24"]}')
    policy = load_policy(tmp_path / "policy.json")
    found = facts(tmp_path, f"allow {RANGE};\ndeny all;\n", policy=policy)
    assert (found.verdict, found.missing) == ("partly", ("192.0.2.0/24",))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(None, "No such file", id="absent"),
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\x00" * (33 * 2**20), "larger than 32 MiB", id="huge"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path, content, says):
    """The problem names the file, in one line."""
    file = tmp_path / "rules"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageProblem, match=says) as caught:
        read_allowlist([str(file)], SIGFOX_CLOUD, parse_target(URL))
    assert str(file) in caught.value.message


def test_settings_reach_the_plan(tmp_path):
    """--vantage, --allowlist and --policy are in the settings and the evidence of the run."""
    (tmp_path / "policy.json").write_text('{"answer_limit": 3, "retry_waits": [5, 6]}')
    (tmp_path / "rules").write_text(f"allow {RANGE};\ndeny all;\n")
    plan = make_plan(
        RunConfig(
            url=URL,
            device="516C4EC0",
            data=DEFAULT_DATA,
            vantage=("inside",),
            allowlist=(str(tmp_path / "rules"),),
            policy=str(tmp_path / "policy.json"),
        )
    )
    assert plan.settings.vantage == "inside"
    assert plan.allowlist.verdict == "admitted"
    assert (plan.callback.policy.answer_limit, plan.callback.policy.name) == (3.0, "policy.json")
    assert plan.schedule.attempts == 3


@pytest.fixture(scope="module")
def good():
    """Serve 204 to everything."""
    with misbehaving("answers") as server:
        yield server.url


def test_a_range_that_is_kept_out_fails_the_run(good, tmp_path):
    """The rules outweigh that this machine gets in: exit 1, with the missing networks and the line."""
    file = tmp_path / "old.conf"
    file.write_text("allow 185.110.97.0/24;\ndeny all;\n")
    done = sigcheck("verify", good, *QUICK, "--allowlist", str(file))
    assert done.code == 1
    said = " ".join(done.out.split())
    assert "a part of 185.110.96.0/22 is kept out" in said
    assert "missing: 185.110.96.0/24, 185.110.98.0/23" in said
    assert sigcheck("verify", good, *QUICK, "--allowlist", str(file), "--skip", "reach-allowlist").code == 0


def test_rules_are_disarmed(good, tmp_path):
    """What a file says reaches neither the terminal nor a CI log as an plan."""
    file = tmp_path / "rules.v4"
    hostile = "::error title=x::\x1b]0;owned\x07"
    file.write_text(f"*filter\n:INPUT DROP\n-A INPUT -m mark --mark {hostile} -j ACCEPT\n{hostile}\nCOMMIT\n")
    done = sigcheck("verify", good, *QUICK, "-v", "--allowlist", str(file))
    assert done.code in {0, 1, 3}
    assert "\\x1b]0;owned\\x07" in "".join(done.out.split())
    assert "\x1b" not in done.out
    assert "\x07" not in done.out
    assert "::error" not in done.out


def test_another_limit(tmp_path):
    """A policy's answer limit is the one that is judged by, and the report names the file."""
    file = tmp_path / "quick.json"
    file.write_text('{"answer_limit": 0.2}')
    with misbehaving("answers-late", seconds=0.6) as server:
        done = sigcheck(
            "verify", server.url, *QUICK, "--patience", "2", "--policy", str(file), "--format", "json", "--quiet"
        )
    report = json.loads(done.out)
    assert done.code == 1
    assert (report["policy"]["name"], report["policy"]["answer_limit"]) == ("quick.json", 0.2)
    failed = [each["rule"] for each in report["results"] if each["status"] == "fail" and each["level"] == "must"]
    assert failed == ["deadline-exceeded"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(("--policy", "/nowhere.json"), "policy /nowhere.json cannot be read", id="no-policy"),
        pytest.param(("--policy", "/dev/null"), "policy /dev/null cannot be used", id="empty-policy"),
        pytest.param(("--policy", "/"), "cannot be read (Is a directory)", id="folder"),
        pytest.param(("--allowlist", "/nowhere.conf"), "--allowlist /nowhere.conf cannot be read", id="no-rules"),
        pytest.param(("--vantage", "over there"), "--vantage", id="vantage"),
    ],
)
def test_usage_errors(options, says):
    """A file that cannot be used exits 2 with one line, before anything is sent."""
    done = sigcheck("verify", "http://127.0.0.1:1/", *options)
    assert done.code == 2
    assert done.out == ""
    assert says in done.err
    if options[0] != "--vantage":
        assert len(done.err.splitlines()) == 1


def test_policies_that_no_run_could_follow(tmp_path):
    """Numbers out of range are refused by field, not followed into a strange run."""
    faults = {
        '{"answer_limit": 0}': "answer_limit",
        '{"answer_limit": 1e9}': "answer_limit",
        '{"retry_waits": []}': "retry_waits",
        '{"retry_waits": [60, -1]}': "retry_waits",
        '{"success": [299, 200]}': "success",
        '{"success": [0, 999]}': "success",
        '{"user_agent": "a\\r\\nb"}': "user_agent",
        '{"headers": [["x y", "z"]]}': "headers",
    }
    for text, field in faults.items():
        Path(tmp_path / "policy.json").write_text(text)
        with pytest.raises(UsageProblem, match=field):
            load_policy(tmp_path / "policy.json")
