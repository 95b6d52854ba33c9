"""Every exception that a delivery can raise has one meaning, in one table."""

import errno
import inspect
import ssl

import httpcore
import httpx
import pytest

from sigcheck.model.delivery import FailureKind, Phase
from sigcheck.probes.failures import DETAIL_LIMIT, KINDS, failure
from sigcheck.probes.http import HTTP_ERRORS

NOT_OF_A_DELIVERY = {httpx.InvalidURL, httpx.CookieConflict}
"""Raised for a URL that our own parser has let through, or for a cookie jar, which we have not."""


def exceptions(module):
    """Give every public exception class of a module."""
    return {
        value
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, Exception) and not name.startswith("_")
    }


WALKED = sorted(
    (exceptions(httpx) | exceptions(httpcore)) - NOT_OF_A_DELIVERY, key=lambda each: (each.__module__, each.__name__)
)


def test_the_walk_finds_exceptions():
    """Both libraries have dozens: an empty walk would prove nothing."""
    assert len(WALKED) > 35
    assert {httpx.ReadError, httpcore.ConnectError, httpx.StreamClosed} <= set(WALKED)


@pytest.mark.parametrize("error", WALKED, ids=lambda each: f"{each.__module__.partition('.')[0]}.{each.__name__}")
def test_every_exception_is_in_the_table(error):
    """A new version of the libraries cannot bring an exception that nobody has thought about."""
    assert error in KINDS


@pytest.mark.parametrize("error", WALKED, ids=lambda each: f"{each.__module__.partition('.')[0]}.{each.__name__}")
def test_every_exception_is_caught(error):
    """Whatever the libraries raise for a peer's doing ends as an outcome, not as a bug of ours."""
    assert issubclass(error, HTTP_ERRORS)


def test_the_table_names_each_kind_it_can():
    """No kind is spelled out that does not exist, and the table holds classes alone."""
    assert all(issubclass(error, Exception) for error in KINDS)
    assert all(isinstance(kind, FailureKind) for kind in KINDS.values())


def caused(error, cause):
    """Give `error` as it is raised from `cause`."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "phase", "kind", "at"),
    [
        (caused(httpx.ConnectError("x"), ConnectionRefusedError()), Phase.CONNECT, FailureKind.REFUSED, Phase.CONNECT),
        (caused(httpx.ConnectError("x"), OSError(errno.ENETUNREACH, "unreachable")), Phase.CONNECT,
         FailureKind.UNREACHABLE, Phase.CONNECT),
        (caused(httpx.ConnectError("x"), OSError(errno.ETIMEDOUT, "late")), Phase.CONNECT, FailureKind.NO_CONNECTION,
         Phase.CONNECT),
        (caused(httpx.ConnectError("x"), ssl.SSLError(1, "bad")), Phase.CONNECT, FailureKind.TLS_FAILED, Phase.TLS),
        (caused(httpx.ConnectError("x"), ConnectionResetError()), Phase.TLS, FailureKind.TLS_FAILED, Phase.TLS),
        (httpx.RemoteProtocolError("Server disconnected"), Phase.TLS, FailureKind.CLOSED, Phase.TLS),
        (caused(httpx.ReadError("x"), ConnectionResetError()), Phase.WAIT, FailureKind.RESET, Phase.WAIT),
        (caused(httpx.WriteError("x"), BrokenPipeError()), Phase.SEND, FailureKind.RESET, Phase.SEND),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), Phase.WAIT, FailureKind.CLOSED,
         Phase.WAIT),
        (httpx.RemoteProtocolError("illegal status line"), Phase.WAIT, FailureKind.MALFORMED, Phase.WAIT),
        (httpx.ReadError(""), Phase.WAIT, FailureKind.CLOSED, Phase.WAIT),
        (type("Newer", (httpx.ReadError,), {})("x"), Phase.WAIT, FailureKind.CLOSED, Phase.WAIT),
        (caused(httpx.ConnectError("x"), ExceptionGroup("all", [ConnectionRefusedError()])), Phase.CONNECT,
         FailureKind.REFUSED, Phase.CONNECT),
    ],
    ids=["refused", "unreachable", "connect-timeout", "tls", "tls-reset", "tls-closed", "reset", "pipe", "closed",
         "garbage", "read", "subclass", "group"],
)  # fmt: skip
def test_the_deepest_known_cause_wins(error, phase, kind, at):
    """A refused port is 'refused' however the libraries wrap it."""
    found = failure(error, phase)
    assert (found.kind, found.phase) == (kind, at)
    assert found.detail


def test_details_are_short():
    """An error text may quote megabytes of the server's."""
    assert len(failure(httpx.RemoteProtocolError("x" * 10_000), Phase.WAIT).detail) == DETAIL_LIMIT


def test_a_circle_of_causes_ends():
    """Exceptions that name each other as their cause are walked once."""
    first, second = httpx.ReadError("a"), httpx.ReadError("b")
    first.__cause__, second.__cause__ = second, first
    assert failure(first, Phase.WAIT).kind is FailureKind.CLOSED
