"""`--redact path,host`: a report for others' eyes names neither the path nor whose receiver it is."""

import base64
import json
import re

import pytest
from msgspec import Struct

from sigcheck.cli import run
from sigcheck.redaction.places import names_of_host, without_path
from sigcheck.redaction.redact import Redactor
from sigcheck.words import Mark, Own
from tests.misbehaving import misbehaving


class Known(Struct, frozen=True):
    serial: Mark
    said: Own


HOST = "receiver.customer.example"


def shown(capsys, server, *arguments):
    """Verify a server under a name; gives stdout and stderr."""
    port = server.url.split(":")[2].split("/")[0]
    resolve = ["--resolve", f"{HOST}:{port}:127.0.0.1", "--allow-private", "--samples", "1"]
    run(["verify", f"http://{HOST}:{port}/orders-in/{{device}}", *resolve, *arguments])
    found = capsys.readouterr()
    return found.out, found.err


@pytest.mark.parametrize("behaviour", ["answers", "redirects", "closes-at-once", "refuses"])
@pytest.mark.parametrize("format_name", ["text", "json"])
def test_the_host_is_nowhere(behaviour, format_name, capsys):
    """Not in the URL, a sentence of a rule, an address, a line of progress, or the bytes of an answer."""
    with misbehaving(behaviour) as server:
        out, err = shown(capsys, server, "--redact", "host", "--format", format_name, "--only", "reach,tls,response")
    assert "***" in out
    assert not re.search(r"customer|127\.0\.0\.1", out + err)
    if format_name == "json":
        for text in re.findall(r'"([A-Za-z0-9+/=]{16,})"', out):
            assert b"customer" not in base64.b64decode(text + "===")
        assert "orders-in" in json.loads(out)["target"]["url"]


def test_no_certificate_is_left():
    """Its names are not only texts: an address in it is four bytes, and public logs know it by any part."""
    hidden = Redactor(("192.0.2.7",), everywhere=True)
    assert hidden.struct(Known("7F", "of 192.0.2.7")) == Known("***", "of ***")
    assert Redactor(("192.0.2.7",)).struct(Known("7F", "of 192.0.2.7")) == Known("7F", "of 192.0.2.7")
    assert hidden.raw(b"0\x82\xc0\x00\x02\x07") == b"***"
    assert hidden.raw(b"<h1>at 192.0.2.7</h1>") == b"<h1>at ***</h1>"


@pytest.mark.parametrize("format_name", ["text", "json"])
def test_the_path_is_nowhere(format_name, capsys):
    """Neither in the URL nor where the server sends it back; the host stays."""
    with misbehaving("answers", status="404 orders-in") as server:
        out, err = shown(capsys, server, "--redact", "path", "--format", format_name, "--only", "reach,response")
    assert "orders-in" not in out + err
    assert f"{HOST}:" in out
    assert "/***" in out


def test_a_dry_run_hides_as_much(capsys):
    """Both at once, in the list of requests."""
    with misbehaving("answers") as server:
        out, _ = shown(capsys, server, "--redact", "path,host", "--dry-run")
    assert not re.search(r"customer|orders-in", out)
    assert "GET http://***" in out


def test_another_word_is_refused(capsys):
    """It says which there are."""
    assert run(["verify", "https://a.example/", "--redact", "query"]) == 2
    assert "--redact must be path or host, or both" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "left"),
    [
        ("https://a.example/x/y?z=***", "https://a.example/***?z=***"),
        ("https://***@a.example:8443/x", "https://***@a.example:8443/***"),
        ("https://a.example/", "https://a.example/"),
        ("https://a.example", "https://a.example"),
        ("https://a.example?x=1", "https://a.example?x=1"),
    ],
)
def test_what_is_left_of_a_url(url, left):
    """The host, the port and the query stay."""
    assert without_path(url) == left


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("a.b.example.com", ("a.b.example.com", "b.example.com", "example.com")),
        ("example.com", ("example.com",)),
        ("192.0.2.7", ("192.0.2.7",)),
        ("2001:db8::7", ("2001:db8::7",)),
        ("xn--bcher-kva.example", ("xn--bcher-kva.example", "bücher.example")),
    ],
)
def test_what_tells_whose_it_is(host, names):
    """A host's name, the domains above it, and the name as it was written."""
    url = f"https://{'bücher.example' if host.startswith('xn--') else f'[{host}]' if ':' in host else host}/"
    assert names_of_host(host, url, ()) == names
