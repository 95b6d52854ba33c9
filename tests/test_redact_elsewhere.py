"""Logins and tokens in URLs that a server sends: nobody told us of them, and a report may go to anybody."""

import json
import time

import pytest
from msgspec import structs

from sigcheck.redaction.elsewhere import without_logins
from sigcheck.report import FORMATS, RenderOptions, render
from tests.evidence import answer, samples
from tests.specimens import judged, specimens

HIDDEN = {
    "https://svc:SRVPW@idp.example/login?token=SRVTOKEN&next=/x#access_token=SRVFRAG":
        "https://***@idp.example/login?token=***&next=/x#access_token=***",
    "see http://u:p@h/ and http://v:q@i/": "see http://***@h/ and http://***@i/",
    "https://h/x?X-Api-Key=abc;b=2": "https://h/x?X-Api-Key=***;b=2",
    "https://h/x?id=7&page=2": "https://h/x?id=7&page=2",
    "mail me@example.com, a = b, token = c": "mail me@example.com, a = b, token = c",
    "https://h/@user": "https://h/@user",
}  # fmt: skip


@pytest.mark.parametrize("text", HIDDEN)
def test_logins_and_named_secrets_are_hidden(text):
    """What is no secret by its place or its name stays as it is."""
    assert without_logins(text) == HIDDEN[text]


def test_a_long_text_takes_no_long_time():
    """It grows with the text, whatever a server sends."""
    for hostile in ("://" * 300_000, "https://" + "a" * 900_000, "?a=" * 300_000, "?" + "token" * 200_000 + "="):
        began = time.process_time()
        without_logins(hostile)
        assert time.process_time() - began < 20


@pytest.mark.parametrize("name", FORMATS)
def test_a_redirect_tells_no_secret_in_any_format(name):
    """The place of the redirect is shown, its secrets are not."""
    place = next(iter(HIDDEN))
    redirected = answer(302, reason="Found", headers=(("location", place),))
    report = judged(structs.replace(specimens()["broken"].evidence, samples=samples(*[redirected] * 3)))
    text = render(report, name, RenderOptions("0", width=200, detail=1))
    assert [secret for secret in ("SRVPW", "SRVTOKEN", "SRVFRAG") if secret in text] == []
    if name == "json":
        assert "***@idp.example" in json.dumps(json.loads(text))
