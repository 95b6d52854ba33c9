"""The example account: twelve callbacks are imported, checked and verified against servers, good and broken ones."""

import json
import re
import tomllib
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest

from sigcheck.account.definitions import definitions_in
from sigcheck.account.targets import import_all
from sigcheck.callback import CALLBACK_TYPES
from sigcheck.cli import run
from sigcheck.cli.importing import problem_of
from tests import pki
from tests.account.server import validator
from tests.account.test_command import EXAMPLE, SECRETS
from tests.changing import context_of
from tests.docs_blocks import ROOT
from tests.misbehaving import misbehaving
from tests.pki import dns

ARGUMENTS = ("verify", "--all", "--only", "reach,tls,response,deadline", "--allow-private", "--samples", "1",
             "--patience", "3", "--policy", "policy.json", "--ca-file", "ca.pem")  # fmt: skip
HOSTS: dict[str, dict[str, Any]] = {
    "trackers": {},
    "downlink": {},
    "positions": {"status": "404 Not Found"},
    "acks": {"status": "401 Unauthorized"},
    "meters": {},
    "old-meters": {},
    "repeaters": {"name": "answers-late", "seconds": 1.5},
    "alerts": {},
    "legacy": {"name": "refuses"},
}
"""How the server of each host behaves; that of old-meters has a certificate for another name."""

WRONG = {
    "trackers-data-advanced": "response-not-2xx",
    "trackers-acknowledge": "response-not-2xx",
    "water-meters-uplink-2": "tls-name-mismatch",
    "water-meters-repeater": "deadline-exceeded",
    "gateways-uplink": "reach-refused",
}
"""The targets that are not compliant, and the rule that says why."""


def test_the_example_is_an_account_of_every_kind():
    """Twelve callbacks of every type and channel, as the description of the API has them; some dead, one disabled."""
    kinds = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    callbacks = [each for kind in kinds for each in kind["callbacks"]["data"]]
    for kind in kinds:
        assert list(validator("callbacks").iter_errors(kind["callbacks"])) == []
    assert len(callbacks) == 12
    found = definitions_in(kinds)
    assert {each.kind.name for each in found} == {each.name for each in CALLBACK_TYPES.values() if each.api}
    assert {each.channel for each in found} == {"URL", "BATCH_URL", "EMAIL"}
    assert [each["enabled"] for each in callbacks].count(False) == 1
    assert [each["dead"] for each in callbacks].count(True) == 4


@pytest.fixture
def imported(tmp_path, monkeypatch):
    """Import the example, its hosts on servers of this machine, and set the variables that it asks for."""
    monkeypatch.chdir(tmp_path)
    now = datetime.now(UTC)
    chain = pki.chain(leaf={"names": dns("*.example.com")}, host="trackers.example.com", now=now)
    other = pki.served(
        {**chain.parts, "leaf": pki.leaf(chain.parts["intermediate"], names=dns("new.example.com"), now=now)}
    )
    contexts = {host: context_of(other if host == "old-meters" else chain, tmp_path / host) for host in HOSTS}
    (tmp_path / "ca.pem").write_text(pki.pem(chain.roots), encoding="utf-8")
    (tmp_path / "policy.json").write_text('{"answer_limit": 1}', encoding="utf-8")
    text = EXAMPLE.read_text(encoding="utf-8")
    resolved = []
    with ExitStack() as servers:
        for host, behaviour in HOSTS.items():
            settings = {"name": "answers", **behaviour}
            server = servers.enter_context(misbehaving(settings.pop("name"), tls=contexts[host], **settings))
            port = urlsplit(server.url).port
            text = re.sub(rf"(?<=[/@]){host}\.example\.com", f"{host}.example.com:{port}", text)
            resolved += ["--resolve", f"{host}.example.com:{port}:127.0.0.1"]
        (tmp_path / "callbacks.json").write_text(text, encoding="utf-8")
        held = {}
        import_all(definitions_in(json.loads(text)), lambda _, given: held.update(given))
        assert run(["import", "callbacks.json", "--output", "sigcheck.toml"]) == 0
        for name, value in held.items():
            monkeypatch.setenv(name, value)
        yield tmp_path, resolved


@pytest.mark.long
def test_the_account_is_verified(imported, capsys):
    """Each target is judged in text, JSON and html; what is broken is found by its cause, and no secret is shown."""
    folder, resolved = imported
    written = capsys.readouterr()
    assert run(["config", "check"]) == 0
    reports = ["--report", "all.json", "--report", "all.html"]
    assert run([*ARGUMENTS, *resolved, *reports]) == 1
    shown = capsys.readouterr()
    names = list(tomllib.loads((folder / "sigcheck.toml").read_text(encoding="utf-8"))["targets"])
    document = json.loads((folder / "all.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, json.loads((ROOT / "docs" / "reports.schema.json").read_text(encoding="utf-8")))
    assert [each["target"]["name"] for each in document["reports"]] == names
    failed = {
        each["target"]["name"]: [
            result["rule"] for result in each["results"] if result["status"] == "fail" and result["level"] == "must"
        ]
        for each in document["reports"]
    }
    assert {name: rules for name, rules in failed.items() if rules} == {name: [rule] for name, rule in WRONG.items()}
    assert document["exit_code"] == 1
    page = (folder / "all.html").read_text(encoding="utf-8")
    for name in names:
        assert f"--- {name} ---" in shown.out
        assert name in page
    everything = shown.out + shown.err + page + json.dumps(document) + written.err
    assert not [secret for secret in SECRETS if secret in everything]


def test_the_example_can_be_sent():
    """No callback of the example is commented out because sigcheck refuses it."""
    imported, left = import_all(definitions_in(json.loads(EXAMPLE.read_text(encoding="utf-8"))), problem_of)
    assert [each.of.channel for each in left] == ["EMAIL"]
    assert [each.name for each in imported if each.off.startswith("sigcheck cannot send")] == []
