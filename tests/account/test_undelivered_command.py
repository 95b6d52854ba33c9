"""`sigcheck undelivered` as people call it: a file, standard input, the API, the formats, and what it refuses."""

import csv
import io
import json
import shlex
from pathlib import Path

import pytest

from sigcheck.cli import run
from tests.account.records import KCCS, SECRET, URL, failed
from tests.account.server import ENVIRONMENT, LOGIN, PASSWORD, Account, sigfox_api
from tests.commandline import sigcheck

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "account" / "undelivered.json"
KIND, GROUP = "5c4f1a2be833d9003a8f1c20", "5c4f1a2be833d9003a8f0001"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Run in an empty folder, without anything that the environment could say."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def of_the_api(number=0, **more):
    """Give a record as the definition of the API has it."""
    record = failed(number, **more)
    return {key: str(value) if key == "status" else value for key, value in record.items()} | {"deviceTypeId": KIND}


def ask(capsys, *arguments):
    """Run the command: exit code, stdout, stderr."""
    code = run(["undelivered", *arguments])
    seen = capsys.readouterr()
    return code, seen.out, seen.err


def test_the_example(capsys):
    """The realistic file has four callbacks, and every kind of cause is told with its command."""
    code, out, err = ask(capsys, str(EXAMPLE))
    assert (code, err) == (1, "")
    assert out.splitlines()[0] == "POST https://callbacks.example.com/sigfox"
    assert "    12 records of 3 messages, received 2026-11-20 09:12:10 to 2026-11-20\n" in out
    assert out.rstrip().endswith("by 4 callbacks (exit 1)")
    assert "example-token" not in out + err
    assert "example-key" not in out + err
    assert all(len(line) <= 80 for line in out.splitlines() if " sigcheck " not in line and "https://" not in line)


def test_each_command_of_the_example_can_be_run(capsys):
    """What it says to run next is a command that sigcheck accepts as it stands."""
    _, out, _ = ask(capsys, str(EXAMPLE), "--format", "json")
    commands = {cause["command"] for callback in json.loads(out)["callbacks"] for cause in callback["causes"]}
    assert any(" verify " in each for each in commands)
    for command in commands:
        words = shlex.split(command)[1:]
        assert run([*words, *(["--dry-run"] if words[0] == "verify" else [])]) == 0, command
        capsys.readouterr()


def test_json(capsys):
    """One document, with everything that the text says."""
    code, out, _ = ask(capsys, str(EXAMPLE), "--format", "json")
    whole = json.loads(out)
    assert (code, whole["exit_code"], whole["schema_version"]) == (1, 1, 1)
    assert (whole["tally"]["records"], whole["tally"]["messages"], whole["tally"]["devices"]) == (24, 9, 3)
    assert whole["tally"]["first"] == "2026-11-20T09:12:10Z"
    first = whole["callbacks"][0]["causes"][0]
    assert (first["status"], first["texts"], first["rules"]) == (401, ["Unauthorized"], ["response-not-2xx"])
    assert first["explain"] == "sigcheck explain 401"


def test_csv_and_markdown(capsys):
    """A row for each cause, and a table for each callback."""
    _, out, _ = ask(capsys, str(EXAMPLE), "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["status"], row["records"]) for row in rows] == [
        ("401", "12"), ("500", "1"), ("600", "8"), ("600", "1"), ("600", "1"), ("600", "1"),
    ]  # fmt: skip
    _, out, _ = ask(capsys, str(EXAMPLE), "--format", "markdown")
    assert out.count("\n### ") == 4
    assert '| 12 | 401 · "Unauthorized" |' in out


def test_standard_input_and_nothing_undelivered(folder):
    """A dash reads a pipe; an empty list is exit code 0."""
    done = sigcheck(shell='echo \'{"data":[]}\' | "$@" undelivered - -q')
    assert (done.code, done.out) == (0, "NOTHING UNDELIVERED  there is no record (exit 0)\n")


def test_colour_and_ascii(folder):
    """FORCE_COLOR colours, NO_COLOR and --no-color do not, and an ASCII stream gets no other signs."""
    (folder / "r.json").write_text(json.dumps([failed(status=600, message="Unresolved network address")]))
    assert "\x1b[1m" in sigcheck("undelivered", "r.json", environment={"FORCE_COLOR": "1"}).out
    for more in ({"NO_COLOR": "1"}, {"FORCE_COLOR": "1", "NO_COLOR": "1"}):
        assert "\x1b" not in sigcheck("undelivered", "r.json", environment=more).out
    assert "\x1b" not in sigcheck("undelivered", "r.json", "--no-color", environment={"FORCE_COLOR": "1"}).out
    plain = sigcheck("undelivered", "r.json", environment={"PYTHONIOENCODING": "ascii"}).out
    assert plain.isascii()
    assert "  - name that does not resolve: reach-unresolved" in plain


def test_quiet_and_verbose(folder, capsys):
    """-q is the last line, in one piece; -v shows the callbacks that were left out."""
    records = [failed(url=f"https://{name}.example.com/") for name in "abcdefghijklmnopqrstuvwxyz"]
    (folder / "r.json").write_text(json.dumps(records))
    assert ask(capsys, "r.json", "-q")[1].count("\n") == 1
    _, out, _ = ask(capsys, "r.json")
    assert "There are 6 more callbacks; -v shows them." in out
    assert "https://z.example.com/" not in out
    assert "https://z.example.com/" in ask(capsys, "r.json", "-v")[1]


def test_a_target_of_the_configuration_file(folder, capsys):
    """A callback that the file names is called by its name; --no-config leaves the file out."""
    (folder / "r.json").write_text(json.dumps([KCCS]))
    (folder / "sigcheck.toml").write_text(f'[targets.orders]\nurl = "{URL}"\n')
    _, out, _ = ask(capsys, "r.json")
    assert "  This is the target orders of the configuration file." in out
    assert "Next:    sigcheck verify orders --only response\n" in out
    assert "orders" not in ask(capsys, "r.json", "--no-config")[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "there are no records to read"),
        (["no.json"], "FILE no.json cannot be read"),
        (["bad.json"], "bad.json is not JSON"),
        (["r.json", "--api"], "a file and --api cannot be used together"),
        (["r.json", "--device", "20AEAB"], "--device needs --api"),
        (["r.json", "--limit", "5"], "--limit needs --api"),
        (["--api"], "no device type, device or group is given"),
        (["--api", "--device", "20AEAB", "--group", GROUP], "more than one list of records is asked for"),
        (["--api", "--device", "../users"], "--device is not an id"),
        (["--api", "--device", "20AEAB", "--since", "soon"], "--since is not a date"),
        (["--api", "--device", "20AEAB", "--limit", "0"], "--limit"),
    ],
    ids=" ".join,
)
def test_what_is_refused(arguments, says, folder, capsys):
    """One line, exit code 2, and no traceback."""
    (folder / "r.json").write_text(json.dumps([KCCS]))
    (folder / "bad.json").write_text("{")
    code, out, err = ask(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err


def test_variables_meant_for_other_commands(folder, capsys, monkeypatch):
    """SIGCHECK_DEVICE, which `verify` reads, keeps neither a file nor the records of a device type from being read."""
    (folder / "r.json").write_text(json.dumps([KCCS]))
    monkeypatch.setenv("SIGCHECK_DEVICE", "20AEAB")
    assert ask(capsys, "r.json", "-q")[0] == 1
    with sigfox_api(Account(undelivered=[of_the_api()], callbacks={KIND: []})) as api:
        assert ask(capsys, "--api", "--api-url", api.url, "--device-type", KIND, "-q")[0] == 1
    assert api.paths == [f"/device-types/{KIND}/callbacks-not-delivered"]


@pytest.mark.parametrize("as_seen", [False, True])
def test_the_api_page_by_page(as_seen, capsys):
    """All pages are read, of a definition's server and of one that answers as operators have seen it."""
    records = [of_the_api(number, headers={"Authorization": f"Bearer {SECRET}"}) for number in range(250)]
    with sigfox_api(Account(undelivered=records, callbacks={KIND: []}, as_seen=as_seen)) as api:
        code, out, err = ask(capsys, "--api", "--api-url", api.url, "--device-type", KIND)
    assert (code, err) == (1, "")
    assert "UNDELIVERED  250 records of 250 messages from 7 devices" in out
    assert [query.get("offset", "0") for _, query, _ in api.asked] == ["0", "100", "200"]
    assert SECRET not in out
    assert PASSWORD not in out


def test_a_device_a_group_and_a_span(capsys):
    """The other lists of the API, and the times as it wants them."""
    names = {"deviceId": "device", "deviceTypeId": "deviceType"}
    of_group = {names.get(key, key): value for key, value in of_the_api(3).items()}
    account = Account(undelivered=[of_the_api(1)], of_groups={GROUP: [of_group]})
    with sigfox_api(account) as api:
        there = ("--api", "--api-url", api.url, "--format", "json")
        code, out, _ = ask(
            capsys, *there, "--device", "20AE01", "--since", "2025-11-20", "--before", "2025-11-21T00:00Z"
        )
        assert (code, json.loads(out)["tally"]["records"]) == (1, 1)
        code, out, _ = ask(capsys, *there, "--group", GROUP)
        assert (code, json.loads(out)["callbacks"][0]["devices"]) == (1, ["20AE03"])
    assert api.asked[0][1] | {"limit": ""} == {"since": "1763596800000", "before": "1763683200000", "limit": ""}


@pytest.mark.parametrize(("limit", "records", "cut"), [(5, 5, True), (7, 7, False), (100, 7, False)])
def test_a_limit(limit, records, cut, capsys):
    """No more than so many records are read, and it is said if there are more."""
    account = Account(undelivered=[of_the_api(number) for number in range(7)], callbacks={KIND: []})
    with sigfox_api(account) as api:
        _, out, _ = ask(capsys, "--api", "--api-url", api.url, "--device-type", KIND, "--limit", str(limit),
                        "--format", "json")  # fmt: skip
    whole = json.loads(out)
    assert whole["tally"]["records"] == records
    assert whole["notes"] == ([f"There are more records: only the first {records} were read."] if cut else [])


def test_nothing_undelivered_at_the_api(capsys):
    """An empty list is good news."""
    with sigfox_api(Account(callbacks={KIND: []})) as api:
        code, out, _ = ask(capsys, "--api", "--api-url", api.url, "--device-type", KIND)
    assert (code, out) == (0, "NOTHING UNDELIVERED  there is no record (exit 0)\n")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_the_api_refuses(status, capsys):
    """One line says what the API answered, and no credential is in it."""
    with sigfox_api(Account(callbacks={KIND: []})) as api:
        api.fail("*", status=status, body={"message": f"said {PASSWORD}"})
        code, out, err = ask(capsys, "--api", "--api-url", api.url, "--device-type", KIND)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert str(status) in err
    assert PASSWORD not in err
    assert LOGIN not in err


def test_the_api_limits_the_rate(capsys):
    """A 429 is waited for, which stderr says, and then the list is read."""
    with sigfox_api(Account(undelivered=[of_the_api()], callbacks={KIND: []})) as api:
        api.fail("*", status=429, headers={"Retry-After": "0"})
        code, _, err = ask(capsys, "--api", "--api-url", api.url, "--device-type", KIND, "-q")
    assert code == 1
    assert "asks to wait 0 s" in err
    assert len(api.asked) == 2


def test_without_credentials(capsys, monkeypatch):
    """The variables that are missing are named."""
    monkeypatch.delenv("SIGFOX_API_PASSWORD")
    code, _, err = ask(capsys, "--api", "--device", "20AEAB")
    assert code == 2
    assert "SIGFOX_API_PASSWORD" in err
