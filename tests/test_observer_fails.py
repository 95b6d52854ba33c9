"""What a report says of an observer that gave no count at all: why, what to do about that, and to do it first."""

import asyncio
import socket
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigcheck.model.effects import ObserverCause
from sigcheck.model.rule import Status
from sigcheck.overrides import parse_overrides
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import ObserverFault
from sigcheck.probes.observer_answer import Shape
from sigcheck.probes.url import UrlObserver
from sigcheck.report import RenderOptions, render
from sigcheck.words import shortened
from tests.evidence import MESSAGE
from tests.test_observer_first import counting, result
from tests.test_observers import counter
from tests.tls_servers import authority, context_of, tls_server


def fault_of(url, roots=None, resolve=()):
    """Ask an observer at a URL, which trusts the roots (PEM text), and give its fault."""
    with pytest.raises(ObserverFault) as caught:
        asyncio.run(
            UrlObserver(url, (), Shape(), 0.1, resolver=Resolver(parse_overrides(resolve)), roots=roots)(MESSAGE)
        )
    return caught.value


@contextmanager
def nobody():
    """Give a port that nobody listens at."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_a_private_ca(tmp_path):
    """The certificate of an unknown CA is told from one of another name, and no line of Python's source is shown."""
    good = authority(tmp_path)
    with tls_server(context_of(good)) as server:
        unknown = fault_of(f"https://localhost:{server.port}/")
        other = fault_of(
            f"https://other.example:{server.port}/",
            good.ca_file.read_text(),
            [f"other.example:{server.port}:127.0.0.1"],
        )
    assert (str(unknown), unknown.cause) == (
        "the observer's certificate was not accepted: unable to get local issuer certificate",
        ObserverCause.UNTRUSTED,
    )
    assert other.cause is ObserverCause.CERTIFICATE
    assert "mismatch" in str(other)
    assert "_ssl" not in str(other)


def test_other_causes():
    """Plain HTTP, a refused connection and refused credentials are each a cause of their own; a 500 says nothing."""
    with counter((200, b"0")) as (origin, _):
        plain = fault_of(origin.replace("http:", "https:"))
    assert plain.cause is ObserverCause.TLS
    assert "_ssl" not in str(plain)
    assert "[SSL" not in str(plain)
    with nobody() as port:
        assert fault_of(f"http://127.0.0.1:{port}/").cause is ObserverCause.REFUSED
    for status, cause in ((401, ObserverCause.DENIED), (403, ObserverCause.DENIED), (500, None)):
        with counter((status, b"")) as (origin, _):
            assert fault_of(origin).cause is cause


@pytest.mark.parametrize(
    ("cause", "fix"),
    [
        (ObserverCause.UNTRUSTED, "--ca-file"),
        (ObserverCause.CERTIFICATE, "the host name that stands in the certificate"),
        (ObserverCause.TLS, "speaks TLS"),
        (ObserverCause.DENIED, "--observe-header"),
        (ObserverCause.REFUSED, "is running"),
        (None, "sigcheck explain observing"),
    ],
)
def test_the_report_names_the_cause_first(cause, fix):
    """Its title says that there is no count, its fix goes by the cause, and it is what to decide first."""
    report, _ = counting(lambda _message, _now: ObserverFault("the observer failed", cause), samples=2)
    observer = result(report, "dedup-observer")
    assert (observer.status, observer.title) == (Status.FAIL, "The observer gave no count")
    assert fix in observer.fix
    assert report.evidence.observer_check.cause is cause
    text = render(report, "text", RenderOptions("0.1.0", width=200))
    assert "The observer gave no count" in text
    assert "Decide first: dedup-observer" in text


def test_an_observer_that_counts_too_much_gave_a_count():
    """Its title is the rule's own."""
    report, _ = counting(lambda _message, _now: 3, samples=2)
    assert result(report, "dedup-observer").title == "The observer's counts prove less than they should"


@given(st.text(alphabet="ab é ", max_size=60), st.integers(2, 40))
def test_a_long_text_ends_at_a_blank(text, most):
    """It is never longer than allowed, and no word of it is cut in two unless it would fill more than half of it."""
    short = shortened(text, most)
    assert len(short) <= most
    if len(text) <= most:
        assert short == text
    else:
        kept = short.removesuffix("…")
        assert short.endswith("…")
        assert text.startswith(kept)
        whole = text[len(kept) :][:1].isspace() or not kept
        assert whole or " " not in text[most // 2 + 1 : most]
