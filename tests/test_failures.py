"""Every error that a delivery can raise has one meaning, in one table; those of this machine are nobody else's."""

import errno
import os
import ssl

import pytest

from sigcheck.model.delivery import FailureKind, Phase
from sigcheck.probes.failures import DETAIL_LIMIT, failure, in_words


@pytest.mark.parametrize(
    ("error", "phase", "kind", "at"),
    [
        (ConnectionRefusedError(), Phase.CONNECT, FailureKind.REFUSED, Phase.CONNECT),
        (OSError(errno.EHOSTUNREACH, "No route to host"), Phase.CONNECT, FailureKind.UNREACHABLE, Phase.CONNECT),
        (TimeoutError(errno.ETIMEDOUT, "late"), Phase.CONNECT, FailureKind.NO_CONNECTION, Phase.CONNECT),
        (TimeoutError(errno.ETIMEDOUT, "late"), Phase.WAIT, FailureKind.RESET, Phase.WAIT),
        (ssl.SSLError(1, "bad"), Phase.TLS, FailureKind.TLS_FAILED, Phase.TLS),
        (ssl.SSLError(1, "bad"), Phase.WAIT, FailureKind.TLS_FAILED, Phase.TLS),
        (ConnectionResetError(), Phase.TLS, FailureKind.TLS_FAILED, Phase.TLS),
        (ConnectionResetError(), Phase.WAIT, FailureKind.RESET, Phase.WAIT),
        (BrokenPipeError(), Phase.SEND, FailureKind.RESET, Phase.SEND),
        (ConnectionAbortedError(), Phase.BODY, FailureKind.RESET, Phase.BODY),
        (OSError(errno.ENOTCONN, "not connected"), Phase.SEND, FailureKind.RESET, Phase.SEND),
        (OSError(errno.EIO, "odd"), Phase.WAIT, FailureKind.RESET, Phase.WAIT),
        (OSError(errno.EIO, "odd"), Phase.CONNECT, FailureKind.UNREACHABLE, Phase.CONNECT),
        (OverflowError(), Phase.WAIT, FailureKind.MALFORMED, Phase.WAIT),
        (OSError(errno.EMFILE, "Too many open files"), Phase.CONNECT, FailureKind.LOCAL, Phase.CONNECT),
        (OSError(errno.ENETUNREACH, "unreachable"), Phase.CONNECT, FailureKind.LOCAL, Phase.CONNECT),
        (OSError(errno.EADDRNOTAVAIL, "no port"), Phase.CONNECT, FailureKind.LOCAL, Phase.CONNECT),
        (PermissionError(errno.EPERM, "forbidden"), Phase.CONNECT, FailureKind.LOCAL, Phase.CONNECT),
        (MemoryError(), Phase.BODY, FailureKind.LOCAL, Phase.BODY),
        (RuntimeError("can't start new thread"), Phase.RESOLVE, FailureKind.LOCAL, Phase.RESOLVE),
    ],
    ids=["refused", "unreachable", "connect-timeout", "given-up", "tls", "tls-after", "tls-reset", "reset", "pipe",
         "aborted", "not-connected", "odd", "odd-connect", "too-much", "no-descriptor", "no-route", "no-port",
         "forbidden", "no-memory", "no-thread"],
)  # fmt: skip
def test_each_error_has_its_kind(error, phase, kind, at):
    """What the peer did, what the network did and what this machine lacks are told apart."""
    found = failure(error, phase)
    assert (found.kind, found.phase) == (kind, at)
    assert found.detail


def test_a_router_that_says_unreachable_is_not_this_machine():
    """Where this machine has a route, "unreachable" came from the network behind it."""
    error = OSError(errno.ENETUNREACH, "Network is unreachable")
    assert failure(error, Phase.CONNECT, routed=True).kind is FailureKind.UNREACHABLE
    assert failure(error, Phase.CONNECT, routed=False).kind is FailureKind.LOCAL


def test_details_are_short():
    """An error text may quote megabytes of the server's."""
    assert len(failure(ssl.SSLError(1, "x" * 10_000), Phase.TLS).detail) == DETAIL_LIMIT


def test_an_error_is_told_in_the_words_of_the_system():
    """What asyncio makes of a refused route is a tuple of Python's: it reaches no user."""
    unreachable = OSError(errno.EHOSTUNREACH, "Connect call failed ('192.0.2.1', 443)")
    assert failure(unreachable, Phase.CONNECT, routed=True).detail == os.strerror(errno.EHOSTUNREACH).lower()
    assert in_words(OSError("without a number")) == "OSError"
