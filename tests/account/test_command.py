"""`sigcheck import` as a user gives it: from a file, from standard input, from the API."""

import json
import os
import signal
import subprocess
import tomllib
from pathlib import Path

import pytest

from sigcheck.cli import run
from tests.account.server import ENVIRONMENT, PASSWORD, Account, sigfox_api
from tests.commandline import PROGRAM, sigcheck
from tests.docs_blocks import ROOT

EXAMPLE = ROOT / "examples" / "account" / "callbacks.json"
SECRETS = ("k3yb0ard", "correct-horse", "9f3c61d2a84b4e0f", "Jd82-ack", "st4tus", "m3ters", "3f9a0c71b2d84e65")


def account(**more):
    """Give the example as an account: device types, and their callbacks."""
    kinds = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    types = [{"id": each["id"], "name": each["name"]} for each in kinds]
    return Account(types, {each["id"]: each["callbacks"]["data"] for each in kinds}, **more)


@pytest.fixture
def api(monkeypatch, tmp_path):
    """Run the API with the example behind it, and let this process in."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with sigfox_api(account()) as server:
        yield server


def test_the_file_and_the_api_give_the_same(api, capsys):
    """What the API answers becomes what its saved answers become, and the secrets stand in neither."""
    assert run(["import", str(EXAMPLE)]) == 0
    saved = capsys.readouterr()
    assert run(["import", "--api", "--api-url", api.url]) == 0
    asked = capsys.readouterr()
    assert (asked.out, asked.err) == (saved.out, saved.err)
    assert api.paths == ["/device-types/", *(f"/device-types/{each}/callbacks" for each in api.account.callbacks)]
    assert not [secret for secret in (*SECRETS, PASSWORD) if secret in asked.out + asked.err]
    assert len(tomllib.loads(asked.out)["targets"]) >= 9
    assert "sigcheck: of 12 callbacks, " in asked.err
    assert "left out: callback 5c4f1b00e833d9003a8f2d06 of Trackers, because it sends e-mail" in asked.err
    assert "sigcheck: set TRACKERS_BIDIR_LOGIN to the login in the URL of trackers-bidir\n" in asked.err


def test_some_device_types(api, capsys):
    """A device type that is named is asked for by its id alone."""
    (first, *_) = api.account.callbacks
    assert run(["import", "--api", "--api-url", api.url, "--device-type", first]) == 0
    assert api.paths == [f"/device-types/{first}", f"/device-types/{first}/callbacks"]
    assert "of 6 callbacks" in capsys.readouterr().err


def test_a_device_type_that_may_not_be_read(api, capsys):
    """It is passed over with a word where all are imported, and ends the import where it is the one that is wanted."""
    first, *others = api.account.callbacks
    api.account.forbidden = frozenset({first})
    assert run(["import", "--api", "--api-url", api.url]) == 0
    said = capsys.readouterr().err
    assert f"a device type is passed over: the Sigfox API answered 403 to GET /device-types/{first}/callbacks" in said
    assert "of 6 callbacks" in said
    assert run(["import", "--api", "--api-url", api.url, "--device-type", first]) == 2
    api.account.forbidden = frozenset({first, *others})
    capsys.readouterr()
    assert run(["import", "--api", "--api-url", api.url]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("sigcheck: the Sigfox API answered 403 to GET")


def test_a_failure_at_one_device_type_ends_the_import(api, capsys):
    """An API that fails says nothing of the device type: a part of the account is not written as if it were all."""
    first, *_ = api.account.callbacks
    api.fail(f"/device-types/{first}/callbacks", status=500)
    assert run(["import", "--api", "--api-url", api.url]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_refusal_is_one_line_and_exit_2(api, capsys, status):
    """Nothing is written where the API does not answer."""
    api.fail("*", status=status, headers={"Retry-After": "0"}, times=9)
    assert run(["import", "--api", "--api-url", api.url, "--output", "sigcheck.toml"]) == 2
    shown = capsys.readouterr()
    *waits, last = shown.err.splitlines()
    assert last.startswith(f"sigcheck: the Sigfox API answered {status} to GET /device-types/")
    assert len(waits) == (3 if status == 429 else 0)
    assert shown.out == ""
    assert list(Path().iterdir()) == []


def test_an_account_without_callbacks(api, capsys):
    """It is said, and no empty file is written."""
    api.account.callbacks.clear()
    assert run(["import", "--api", "--api-url", api.url]) == 2
    assert "the API user sees no callbacks" in capsys.readouterr().err


def test_an_output_is_never_overwritten_without_force(api, capsys):
    """A file that exists stays as it is, and the API is not asked in vain; --force replaces it."""
    arguments = ["import", "--api", "--api-url", api.url, "--output", "sigcheck.toml"]
    assert run(arguments) == 0
    assert capsys.readouterr().out == ""
    path = Path("sigcheck.toml")
    written = path.read_text(encoding="utf-8")
    assert "[targets.trackers-uplink]" in written
    asked = len(api.asked)
    assert run(arguments) == 2
    assert "sigcheck.toml exists already" in capsys.readouterr().err
    assert len(api.asked) == asked
    path.write_text("old", encoding="utf-8")
    assert run([*arguments, "--force"]) == 0
    assert path.read_text(encoding="utf-8") == written
    assert list(Path().iterdir()) == [path]
    assert run([*arguments[:-1], "no/such/folder.toml"]) == 2
    assert "--output cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "there is nothing to import"),
        (["a.json", "--api"], "a file and --api are given together"),
        (["a.json", "--device-type", "5c"], "--device-type needs --api"),
        (["a.json", "--api-url", "https://a.example.com/"], "--api-url needs --api"),
        (["a.json", "--force"], "--force needs --output"),
        (["a.json"], "FILE a.json cannot be read"),
        (["--api", "--device-type", "../x"], "--device-type is not an id"),
        (["--api"], "--api needs the environment variables SIGFOX_API_LOGIN and SIGFOX_API_PASSWORD"),
    ],
)
def test_options_that_do_not_go_together(arguments, said, capsys, monkeypatch, tmp_path):
    """Each is one line that says what to do."""
    monkeypatch.chdir(tmp_path)
    assert run(["import", *arguments]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 1


def test_standard_input():
    """A pipe from curl is read as a file is."""
    done = sigcheck(shell=f'cat {EXAMPLE} {EXAMPLE} | "$@" import -')
    assert done.code == 0
    assert "of 24 callbacks" in done.err
    assert "[targets.trackers-uplink-2]" in done.out


def test_variables_that_are_meant_for_other_commands(capsys, monkeypatch):
    """What is exported for `verify`, or for --api, does not stand in the way of a file."""
    for name, value in {"CA_FILE": "ca.pem", "API_URL": "https://a.example.com/", "API": "1", "FORCE": "1"}.items():
        monkeypatch.setenv(f"SIGCHECK_{name}", value)
    assert run(["import", str(EXAMPLE)]) == 0
    assert "of 12 callbacks" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_wait(number, tmp_path):
    """Whoever ends the program while a rate limit is waited for gets exit 130 at once, a line, and no file."""
    with sigfox_api(account()) as api:
        api.fail("*", status=429, headers={"Retry-After": "50"})
        arguments = [*PROGRAM, "import", "--api", "--api-url", api.url, "--output", "sigcheck.toml"]
        process = subprocess.Popen(arguments, env=os.environ | ENVIRONMENT | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path,
                                   stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
        assert "asks to wait 50 s" in process.stderr.readline()
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, list(tmp_path.iterdir())) == (130, "", [])
    assert err == "\nsigcheck: interrupted before there was a result\n"
