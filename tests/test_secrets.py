"""No form of a secret, wherever it comes back, is in any output; and no secret blanks a word of ours."""

import gzip
import html
import json
import re
import zlib
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.callback import configure
from sigcheck.chain.names import COMMON_NAME, short, written
from sigcheck.http1.excerpt import not_http
from sigcheck.http1.text import quoted
from sigcheck.judge import judge
from sigcheck.model.delivery import Answer, FailureKind, Phase
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.probes.observer import ObserverFault
from sigcheck.probes.observer_answer import Shape, read_answer
from sigcheck.redaction.hide import hiding
from sigcheck.redaction.redact import Redactor
from sigcheck.report import FORMATS, RenderOptions, render
from sigcheck.rules import RULES
from sigcheck.target import parse_target
from sigcheck.wire.records import excerpt
from tests.evidence import STARTED, answer, evidence, failure, network, samples, scenario

LOOK = RenderOptions(version="0", detail=1)
secrets = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=".{}"), min_size=8, max_size=40
).filter(lambda text: len(set(text.lower())) > 4)


def raw_deflate(content):
    """Compress as servers do that take "deflate" at its word."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda each: each,
    "upper": str.upper,
    "lower": str.lower,
    "percent": lambda each: quote(each, safe=""),
    "percent-lower": lambda each: quote(each, safe="").lower(),
    "percent-twice": lambda each: quote(quote(each, safe=""), safe=""),
    "percent-all": lambda each: "".join(f"%{ord(one):02X}" for one in each),
    "form": quote_plus,
    "base64": lambda each: b64encode(each.encode()).decode(),
    "base64-behind-1": lambda each: b64encode(b"x" + each.encode()).decode(),
    "base64-in-the-middle": lambda each: b64encode(b"xy" + each.encode() + b"z").decode(),
    "base64-of-a-url": lambda each: urlsafe_b64encode(each.encode()).decode().rstrip("="),
    "hex": lambda each: each.encode().hex(),
    "hex-upper": lambda each: each.encode().hex().upper(),
    "json": lambda each: json.dumps(each)[1:-1],
    "json-twice": lambda each: json.dumps(json.dumps(each)[1:-1])[1:-1],
    "json-escapes": lambda each: "".join(f"\\u{ord(one):04X}" for one in each),
    "html": html.escape,
    "html-numbers": lambda each: "".join(f"&#{ord(one)};" for one in each),
    "percent-twice-all": lambda each: "".join(f"%25{ord(one):02X}" for one in each),
    "json-go": lambda each: "".join(f"\\u{ord(one):04x}" if one in "<>&" else one for one in json.dumps(each)[1:-1]),
    "html-text": lambda each: html.escape(each, quote=False),
    "html-double-quotes": lambda each: each.replace('"', "&quot;"),
    "python": lambda each: repr(each)[1:-1],
    "backslashes": lambda each: re.sub(r"(['\"\\])", r"\\\1", each),
    "shell": lambda each: each.replace("'", "'\\''"),
    "hex-colons": lambda each: each.encode().hex(":"),
    "base64-of-capitals": lambda each: b64encode(each.upper().encode()).decode(),
    "sql": lambda each: each.replace("'", "''"),
}
PACKERS = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "deflate": raw_deflate,
    "gzip-of-gzip": lambda content: gzip.compress(gzip.compress(content)),
    "gzip-behind-a-text": lambda content: b"see below:\r\n" + gzip.compress(content),
    "gzip-second-member": lambda content: gzip.compress(b"first") + gzip.compress(content),
}


def fault_of(text):
    """Give what an observer's fault says of an answer that is no count."""
    with pytest.raises(ObserverFault) as caught:
        read_answer(f"no count: {text}", Shape())
    return str(caught.value)


def everywhere(echo):
    """Give evidence with a text wherever a server can put one; sentences of ours that quote it, as probes make them."""
    raw = echo.encode("utf-8", "replace")
    name = ((0, COMMON_NAME, echo),)
    quoting = [
        quoted(raw),
        excerpt(raw),
        not_http(raw) or "",
        fault_of(echo),
        short(name),
        written(name),
    ]
    failures = [failure(FailureKind.MALFORMED, Phase.WAIT, each) for each in quoting]
    return evidence(
        network=network(problem=quoting[0]),
        samples=samples(
            answer(500, reason=echo[:256], headers=(("Location", echo[:256]),), body=raw[:2048]),
            answer(302, reason=echo[:256], headers=(("Location", echo[:256]),)),
            *failures,
        ),
        scenario=scenario(answer(200, body=raw), answer(500, reason=echo), failures[0]),
    )


def outputs(seen, redactor):
    """Judge and render as a run does; gives each format's text."""
    report = Redactor().struct(judge(redactor.struct(seen), RULES, finished_at=STARTED))
    return {name: render(report, name, LOOK) for name in FORMATS}


def counts(texts):
    """Give what the texts say, and what the Base64 in them does, each once."""
    runs = {run for text in texts for run in re.findall(r"[A-Za-z0-9+/]{8,}={0,2}", text)}
    return {
        *(text.lower() for text in texts),
        *("".join(text.split()).lower() for text in texts),
        *map(unpacked, runs),
    }


@cache
def unpacked(run):
    """Give what a run of Base64 says, or "" where its length is that of none."""
    return b64decode(run + "=" * (-len(run) % 4)).decode("latin-1").lower() if len(run.rstrip("=")) % 4 != 1 else ""


def callback(secret):
    """Give a callback that has the secret in a header."""
    return configure(parse_target("https://receiver.example/"), SIGFOX_CLOUD, "r", headers=(f"X-Key: {secret}",))


OWN = counts(outputs(everywhere("."), Redactor()).values())


@pytest.mark.parametrize("form", FORMS)
# Each renders a whole report in every format; the forms are what differs.
@settings(max_examples=5)
@given(secret=secrets, padding=st.integers(0, 150))
def test_no_form_of_a_secret_is_in_an_output(form, secret, padding):
    """A server that throws a secret back, in whatever form and place, gets it into no report."""
    echo = "." * padding + FORMS[form](secret)
    redactor = Redactor(callback(secret).secrets())
    with hiding(redactor.hidden):
        texts = outputs(everywhere(echo), redactor)
    forms = {FORMS[form](secret).strip("=").lower(), secret.lower()}
    sought = [each for each in forms if not any(each in own for own in OWN)]
    for counted in counts(texts.values()):
        assert not any(each in counted for each in sought)


@pytest.mark.parametrize("packer", PACKERS)
@settings(max_examples=25)
@given(secret=secrets, padding=st.integers(0, 3000))
def test_no_compressed_secret_is_in_an_output(packer, secret, padding):
    """The bytes of a compressed body that has a secret are in no report."""
    packed = PACKERS[packer](b"." * padding + secret.encode() + b"." * padding)
    seen = evidence(samples=samples(answer(200, body=packed)))
    redactor = Redactor(callback(secret).secrets())
    shown = redactor.struct(seen).samples[0].outcome.body
    assert shown == b"***"
    assert Redactor(["another secret"]).struct(seen).samples[0].outcome.body == packed


def test_a_bomb_is_not_unpacked_wholly():
    """What is unpacked to look for secrets has a bound."""
    bomb = gzip.compress(b"\0" * 100_000_000 + b"hunter2hunter2", 1)
    assert Redactor(["hunter2hunter2"]).raw(bomb) == bomb


def sentences(report):
    """Give every text of ours that a report has, and what it says of the run."""
    return [
        (
            each.rule,
            each.status,
            each.summary,
            each.reason,
            each.fix,
            [(one.message, one.fix) for one in each.findings],
        )
        for each in report.results
    ]


REFUSED = failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused")
FAULTY = evidence(
    network=network(),
    samples=samples(
        answer(404), failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused"), answer(500)
    ),
    scenario=scenario(answer(204), failure(), answer(500)),
)
JUDGED = sentences(judge(FAULTY, RULES, finished_at=STARTED))
EXCHANGES = [
    *FAULTY.samples,
    FAULTY.unauthenticated,
    *(each for scenario in FAULTY.scenarios for each in scenario.exchanges),
]
ANSWERED = [each.outcome for each in EXCHANGES if each is not None and isinstance(each.outcome, Answer)]
DATA = f"{FAULTY.target} {[(each.reason, each.headers, each.body) for each in ANSWERED]}".lower()
"""What did not come from us, and may be a secret."""

SAID = set(re.findall(r"[A-Za-z]{4,}", " ".join(map(str, JUDGED))))
WORDS = sorted(word for word in SAID if word.lower() not in DATA)


@pytest.mark.parametrize("form", [str.lower, str.upper, str.title], ids=["lower", "upper", "title"])
def test_no_secret_blanks_a_word_of_ours(form):
    """Whatever the secret is: what the report says itself is the same as if there were none."""
    for word in WORDS:
        redactor = Redactor((form(word),))
        with hiding(redactor.hidden):
            report = Redactor().struct(judge(redactor.struct(FAULTY), RULES, finished_at=STARTED))
        assert sentences(report) == JUDGED, word


def test_there_are_many_words_of_ours():
    """The test above has something to blank."""
    assert {"answered", "must", "connection", "refused", "status", "message"} <= {*WORDS, "must"}
    assert len(WORDS) > 150
