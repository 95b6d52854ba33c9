"""What to do about a refusing answer, by its status, the method and its own words, which are shown harmless."""

import gzip
import json
import time
from base64 import b64decode

import pytest
from msgspec import structs

from sigcheck.judge import judge
from sigcheck.model.delivery import BODY_KEPT
from sigcheck.model.rule import Status
from sigcheck.redaction.redact import Redactor
from sigcheck.report import FORMATS, RenderOptions, render
from sigcheck.rules import RULES
from sigcheck.rules._advice import BY_WORDS, FIXES, REDIRECTS, WITHOUT_A_BODY, advice, moved, plain, says
from sigcheck.rules._evidence import SHOWN
from sigcheck.rules._told import SAMPLES, Told
from tests.evidence import STARTED, answer, evidence, exchange, samples, scenario
from tests.misbehaving import misbehaving
from tests.rulecases import judged
from tests.running import failed, result, verify
from tests.workflow_commands import spoken

DJANGO = (
    b"<!DOCTYPE html><html><head><title>Bad Request (400)</title><style>body { color: red }</style></head>"
    b"<body><h1>DisallowedHost at /callback</h1><p>Invalid HTTP_HOST header: &#x27;a.example&#x27;. You may need to "
    b"add &#x27;a.example&#x27; to ALLOWED_HOSTS.</p></body></html>"
)
CSRF = b"<h1>Forbidden <span>(403)</span></h1><p>CSRF verification failed. Request aborted.</p>"
FASTAPI = b'{"detail":[{"type":"missing","loc":["body","seqNumber"],"msg":"Field required"}]}'
HOSTILE = "\x1b[31mred\x1b[0m \x07\x9b2J \u202eevil\u200b ::error::owned ##[group]x\r\n\x00end"
SECRET = "hunter2hunter2"


def refused(status, body=b"", *, method="POST", **more):
    """Give the result of response-not-2xx for a receiver that answers everything so."""
    seen = evidence(samples=samples(*(answer(status, reason="No", body=body, **more),) * 5), scenario=None)
    seen = structs.replace(seen, callback=structs.replace(seen.callback, method=method))
    return next(each for each in judge(seen, RULES, finished_at=STARTED).results if each.rule == "response-not-2xx")


@pytest.mark.parametrize("status", sorted(FIXES))
def test_every_status_has_one_thing_to_do(status):
    """What is advised for a status is one instruction of its own, which stands at the result."""
    assert refused(status).fix == FIXES[status]
    assert len(set(FIXES.values())) == len(FIXES)


@pytest.mark.parametrize(("status", "like"), [(402, 400), (418, 400), (499, 400), (505, 500), (520, 500), (599, 500)])
def test_other_statuses_are_treated_like_their_class(status, like):
    """A status without advice of its own gets that of its class."""
    assert refused(status).fix == FIXES[like]


@pytest.mark.parametrize("status", [100, 199, 600, 999])
def test_a_status_that_means_nothing_is_told_as_such(status):
    """Beyond the known classes nothing failed: the answer is no success, and that is what is said."""
    if status < 200:
        assert "200 or 204" in advice(answer(status), "POST")
        return
    assert "no such status" in advice(answer(status), "POST")


@pytest.mark.parametrize("status", [400, 415, 422, 418])
def test_a_get_has_no_body_to_speak_of(status):
    """A GET that is refused is never told to mind its body or its content type."""
    words = refused(status, method="GET").fix
    assert words == WITHOUT_A_BODY.get(status, WITHOUT_A_BODY[400])
    assert "GET has n" in words
    assert "GET" not in refused(status).fix


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, DJANGO, "ALLOWED_HOSTS in Django's settings"),
        (403, CSRF, "@csrf_exempt"),
        (419, b'{"message":"CSRF token mismatch."}', "@csrf_exempt"),
        (400, b"message too old", "because of its age"),
        (422, b'{"error":"stale"}', "because of its age"),
        (422, FASTAPI, "compare its fields with the callback's body template"),
    ],
    ids=["django", "csrf", "laravel", "too-old", "stale", "fastapi"],
)
def test_the_words_of_frameworks_name_the_cause(status, body, says):
    """What the answer itself says is more precise than its status."""
    assert says in refused(status, body).fix


@pytest.mark.parametrize("status", [500, 503])
def test_words_in_an_error_name_no_cause(status):
    """An error page that mentions such a word is an error all the same."""
    for body in (DJANGO, CSRF, b"too old"):
        assert refused(status, body).fix == FIXES[status]
    assert len(BY_WORDS) == 3


def test_a_304_is_no_redirect():
    """A 304 speaks of a cache: it is refused as a status, and its advice is about caches."""
    assert 304 not in REDIRECTS
    assert not moved(Told("a", SAMPLES, exchange(answer(304))))
    result = refused(304)
    assert (result.status, "cache" in result.fix) == (Status.FAIL, True)
    everywhere = {"samples": samples(*(answer(304),) * 5), "scenario": None}
    assert judged("response-redirect", everywhere).status is Status.PASS


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
def test_every_redirect_is_one(status):
    """The statuses that send a client elsewhere are the redirect rule's, and no other rule's."""
    assert refused(status).status is Status.SKIP
    everywhere = {"samples": samples(*(answer(status),) * 5), "scenario": None}
    assert judged("response-redirect", everywhere).status is Status.FAIL


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (DJANGO, "'DisallowedHost at /callback Invalid HTTP_HOST header: 'a.example'. You may need…'"),
        (CSRF, "'Forbidden (403) CSRF verification failed. Request aborted.'"),
        (FASTAPI, '\'{"detail":[{"type":"missing","loc":["body","seqNumber"],"msg":"Field required"}…\''),
        (b"  too\n\n  old \t", "'too old'"),
        (b"a < b and c > d", "'a < b and c > d'"),
        (b"<script>alert(1)</script>", ""),
        (b" \r\n ", ""),
        (b"", ""),
        (b"caf\xe9 closed", "'caf\ufffd closed'"),
        (b"\x1f\x8b\x08\x00\x01\x02", ""),
        (b"x" * 1000, f"'{'x' * (SHOWN - 1)}…'"),
    ],
    ids=[
        "django",
        "csrf",
        "json",
        "spaces",
        "no-markup",
        "script-alone",
        "blank",
        "empty",
        "not-utf-8",
        "binary",
        "long",
    ],
)
def test_the_first_words(body, words):
    """The start of a body is quoted as a person would read it: no markup, one line, not long."""
    assert says(answer(400, body=body)) == words


def test_the_first_words_of_a_compressed_body():
    """What was compressed is quoted as it reads, not as it came."""
    packed = answer(400, body=gzip.compress(DJANGO), decoded=DJANGO, headers=(("Content-Encoding", "gzip"),))
    assert plain(packed).startswith("DisallowedHost")
    assert "ALLOWED_HOSTS" in advice(packed, "POST")


def test_a_debug_page_that_is_cut_short_still_names_the_cause():
    """Of Django's debug page no more is kept than its title and its styles: the title is enough."""
    page = b"<!DOCTYPE html><html><head><title>DisallowedHost at /callback</title><style>" + b"h1 { margin: 0 } " * 200
    cut = answer(400, body=page[:BODY_KEPT])
    assert says(cut).startswith("'DisallowedHost at /callback")
    assert "ALLOWED_HOSTS" in advice(cut, "POST")


def test_markup_without_an_end_is_read_in_time():
    """Hostile markup that is never closed costs milliseconds: no more of a body is kept than can be searched."""
    begun = time.monotonic()
    for piece in (b"<", b"<script", b"<script>", b"<head><", b"<style/", b"<a "):
        assert len(plain(answer(400, body=(piece * BODY_KEPT)[:BODY_KEPT]))) <= BODY_KEPT
    assert time.monotonic() - begun < 1


def shown(body, *, secrets=(), **more):
    """Judge, redact and render as the command line does, in every format; give the texts."""
    seen = evidence(
        samples=samples(*(answer(400, reason="No", body=body, **more),) * 5),
        scenario=scenario(*(answer(400, body=body),) * 4),
    )
    redactor = Redactor(secrets)
    report = redactor.struct(judge(redactor.struct(seen), RULES, finished_at=STARTED))
    look = RenderOptions(version="0", width=400, colour=False, ascii=False, detail=1)
    return {name: spoken(name, render(report, name, look)) for name in FORMATS}


@pytest.mark.parametrize("body", [HOSTILE.encode(), f"<p>{HOSTILE}</p>".encode()], ids=["plain", "html"])
def test_hostile_words_are_harmless_in_every_format(body):
    """Controls, invisible characters and orders to a CI log reach no reader as such."""
    for name, text in shown(body).items():
        assert not set(text) & set("\x1b\x07\x9b\u202e\u200b\x00"), name
        assert "::error" not in text, name
        assert "##[" not in text, name
    assert "the answer says" in shown(body)["text"]
    assert "owned" in shown(body)["text"]


def test_entities_do_not_smuggle_controls_in():
    """What HTML writes as entities is disarmed after it was read."""
    for text in shown(b"<p>&#27;[31m &#x202e; &colon;&colon;error&colon;&colon;x</p>").values():
        assert not set(text) & set("\x1b\u202e")
        assert "::error" not in text


@pytest.mark.parametrize(
    "body",
    [
        f"bad token {SECRET}".encode(),
        f'{{"error":"bad token {SECRET}"}}'.encode(),
        f"<p>bad token <b>{SECRET}</b></p>".encode(),
        b"x" * (SHOWN - 10) + SECRET.encode(),
    ],
    ids=["plain", "json", "html", "cut"],
)
def test_a_secret_in_an_answer_is_hidden(body):
    """A server that throws the credentials back gives them to nobody, not even their beginning."""
    for packed in ({}, {"decoded": body, "headers": (("Content-Encoding", "gzip"),)}):
        for name, text in shown(gzip.compress(body) if packed else body, secrets=(SECRET,), **packed).items():
            assert SECRET[:8] not in text, name
    texts = shown(body, secrets=(SECRET,))
    assert "the answer says" in texts["text"]
    kept = json.loads(texts["json"])["evidence"]["samples"][0]["outcome"]["body"]
    assert SECRET[:8].encode() not in b64decode(kept)


def test_the_answers_own_words_over_a_socket():
    """A real receiver's refusal is reported with what it said, and the hostile part of it is harmless."""
    with misbehaving("control-characters-in-body") as server:
        report = verify(server.url, families=("response",))
    assert failed(report) == ["response-not-2xx"]
    said = result(report, "response-not-2xx").summary
    assert "; the answer says '" in said
    assert "\x1b" not in said
