"""The options that narrow or ease a run, as a user gives them: exit codes, the verdict line, -q and JSON."""

import json
from datetime import UTC, datetime

import pytest

from sigcheck.cli import run
from sigcheck.rules import RULES
from tests import pki
from tests.changing import changing, context_of
from tests.misbehaving import misbehaving

LOCAL = "private addresses accepted"
OWN_ROOTS = "roots of roots.pem in place of the public ones"


def verified(capsys, *arguments):
    """Run `sigcheck verify` in this process; give exit code and stdout."""
    code = run(["verify", *arguments])
    return code, capsys.readouterr().out


QUICK = ("--samples", "1", "--patience", "0", "-q")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--only", "response,deadline"), "not checked: reach, tls, retry, dedup, exposure"),
        (("--only", "reach", "--allow-private"), LOCAL),
        (("--skip", "reach,tls,retry,dedup,exposure"), "not checked: reach, tls, retry, dedup, exposure"),
        (("--skip", "reach,tls,dedup,exposure", "--speed", "1000"), "schedule 1000 times faster"),
        (("--only", "response", "--ca-file", "{roots}"), OWN_ROOTS),
        (("--only", "response", "--policy", "{policy}"), "policy own.json"),
        (("--only", "response-redirect"), f"1 of {len(RULES)} rules"),
    ],
    ids=["only", "allow-private", "skip", "speed", "ca-file", "policy", "one-rule"],
)
def test_each_option_is_said(options, says, good, tmp_path, capsys):
    """Each option that narrows or eases a run shows in its verdict, in one line of -q and in JSON."""
    roots, policy = tmp_path / "roots.pem", tmp_path / "own.json"
    roots.write_text(pki.root(now=datetime.now(UTC)).pem)
    policy.write_text('{"read": "2027-01-31"}')
    options = [each.format(roots=roots, policy=policy) for each in options]
    code, out = verified(capsys, good, *QUICK, *options)
    assert (code, out.count("\n")) == (0, 1)
    assert out.startswith("PASSED IN PART  ")
    assert says in out
    assert "(exit 0)" in out
    code, out = verified(capsys, good, *QUICK, *options, "--format", "json")
    scope = json.loads(out)["scope"]
    assert (code, scope["rules"] < scope["of"] or bool(scope["conditions"])) == (0, True)


def test_resolve_and_own_roots_over_tls(tmp_path, capsys):
    """A rehearsal behind TLS, with --resolve, --ca-file and --allow-private, says all three."""
    chain = pki.chain(now=datetime.now(UTC))
    roots = tmp_path / "private.pem"
    roots.write_text(pki.pem(chain.roots))
    context = context_of(chain, tmp_path)
    with changing(lambda served: context) as server:
        place = f"{pki.HOST}:{server.port}"
        options = ("--resolve", f"{place}:127.0.0.1", "--ca-file", str(roots), "--allow-private", "--only", "reach,tls")
        code, out = verified(capsys, f"https://{place}/callback", *QUICK, *options)
    assert code == 0
    for says in (LOCAL, "roots of private.pem in place of the public ones", "address given by --resolve"):
        assert says in out
    assert out.startswith("PASSED IN PART  ")


UNCOUNTED = (*QUICK, "--allow-private", "--speed", "1000", "--only", "retry-rejected,dedup-duplicate,dedup-window")


@pytest.mark.parametrize(
    ("allow", "code", "says"),
    [
        ((), 3, "undecided: dedup-duplicate, dedup-window"),
        (("--allow-undecided",), 0, "not tested: dedup-duplicate, dedup-window"),
        (("--allow-undecided=dedup",), 0, "not tested: dedup-duplicate, dedup-window"),
        (("--allow-undecided=dedup-window,dedup-duplicate",), 0, "not tested: dedup-duplicate, dedup-window"),
        (("--allow-undecided=dedup-window", "--allow-undecided=dedup-duplicate"), 0, "not tested: "),
        (("--allow-undecided=dedup-window",), 3, "UNDECIDED"),
        (("--allow-undecided=retry",), 3, "UNDECIDED"),
    ],
    ids=["none", "bare", "family", "list", "twice", "one-of-two", "another"],
)
def test_allow_undecided(allow, code, says, good, capsys):
    """Bare it allows all, with names these rules or families; what is not among them stays exit 3."""
    done, out = verified(capsys, good, *UNCOUNTED, *allow)
    assert (done, says in out) == (code, True)
    assert out.startswith("PASSED IN PART  " if code == 0 else "UNDECIDED  ")
    assert ("no observer is configured" in out) == (code == 3)


def test_allow_undecided_does_not_eat_the_url(good, capsys):
    """In front of the URL the bare option takes nothing with it."""
    code, out = verified(capsys, "--allow-undecided", good, *UNCOUNTED)
    assert (code, "not tested" in out) == (0, True)


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--allow-undecided=dedup-windw", "did you mean dedup-window?"),
        ("--allow-undecided=", "empty name"),
        ("--allow-undecided=dedup,,tls", "empty name"),
    ],
)
def test_a_mistyped_name_is_a_usage_error(option, says, capsys):
    """A name that is no rule and no family is exit 2, before anything is sent."""
    assert run(["verify", "http://127.0.0.1:1/", option]) == 2
    shown = capsys.readouterr()
    assert (shown.out, says in shown.err) == ("", True)


def test_after_two_dashes_nothing_is_an_option(capsys):
    """Behind `--` the word is what it says: a URL, and no good one."""
    assert run(["verify", "--", "--allow-undecided"]) == 2
    assert "the URL has no scheme" in capsys.readouterr().err


def test_an_observer_that_errs_is_not_excused_on_the_command_line(good, capsys):
    """With --allow-undecided a run whose observer is broken is exit 3 all the same."""
    options = (*UNCOUNTED, "--observe-command", "false", "--settle", "0.1")
    assert verified(capsys, good, *options, "--allow-undecided")[0] == 3


def test_a_failure_is_not_excused(capsys):
    """What failed is exit 1, whatever may stay undecided."""
    with misbehaving("answers", status="500 Oh") as server:
        options = (*QUICK, "--allow-private", "--only", "response,dedup-duplicate", "--speed", "1000")
        assert verified(capsys, server.url, *options, "--allow-undecided")[0] == 1
