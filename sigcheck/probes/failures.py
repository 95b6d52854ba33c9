"""One table from what ends a delivery to a FailureKind: the system's errors, OpenSSL's, and those of this machine."""

import errno
import os
import ssl

from sigcheck.machine import local_fault
from sigcheck.model.delivery import Failure, FailureKind, Phase

DETAIL_LIMIT = 200
"""Characters of an error text that are kept: it may quote the server."""

_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN}
_CLOSED_MEANWHILE = {errno.ENOTCONN, errno.ESHUTDOWN}


def failure(error: BaseException, phase: Phase, *, routed: bool | None = None) -> Failure:
    """Say what an error means that ended a delivery in `phase`; `routed` as in `sigcheck.machine.local_fault`."""
    if (ours := local_fault(error, routed=routed)) is not None:
        return Failure(FailureKind.LOCAL, phase, ours)
    match error:
        case ssl.SSLError():
            return Failure(FailureKind.TLS_FAILED, Phase.TLS, clip(getattr(error, "reason", None) or str(error)))
        case ConnectionRefusedError():
            return Failure(FailureKind.REFUSED, phase, "the connection was refused")
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            if phase is Phase.TLS:
                return Failure(FailureKind.TLS_FAILED, phase, "the connection was reset in the handshake")
            return Failure(FailureKind.RESET, phase, "the connection was reset")
        case OSError() if error.errno in _UNREACHABLE and phase is Phase.CONNECT:
            return Failure(FailureKind.UNREACHABLE, phase, clip(in_words(error).lower()))
        case OSError() if error.errno in _CLOSED_MEANWHILE:
            return Failure(FailureKind.RESET, phase, "the connection was reset")
        case TimeoutError() if phase is Phase.CONNECT:
            return Failure(FailureKind.NO_CONNECTION, phase, "the connection timed out")
        case TimeoutError():
            return Failure(
                FailureKind.RESET, phase, "the operating system gave up the connection, because nothing came back"
            )
        case OverflowError():
            return Failure(FailureKind.MALFORMED, phase, "the server sent too much data")
    kind = FailureKind.UNREACHABLE if phase is Phase.CONNECT else FailureKind.RESET
    words = in_words(error) if isinstance(error, OSError) else type(error).__name__
    return Failure(kind, phase, clip(words.lower()))


def timed_out(phase: Phase, limit: float, listen: float, *, cut: bool) -> Failure:
    """Say what it means that the time of a delivery was over in `phase`: it was cut on purpose, or the peer is slow.

    `limit` and `listen` are seconds: for all before the request was sent, and for the answer.
    """
    within = f"within {limit:g} s"
    match phase:
        case Phase.WAIT if cut:
            return Failure(FailureKind.CUT, phase, "the connection was cut before the answer")
        case Phase.WAIT:
            listened = f"within {listen:g} s after the request was sent"
            return Failure(FailureKind.NO_ANSWER, phase, f"no complete status line and headers came {listened}")
        case Phase.SEND:
            return Failure(FailureKind.NOT_SENT, phase, f"the request could not be sent {within}")
        case Phase.TLS:
            return Failure(FailureKind.TLS_FAILED, phase, f"the TLS handshake was not finished {within}")
    return Failure(FailureKind.NO_CONNECTION, phase, f"no connection was made {within}")


def in_words(error: OSError) -> str:
    """Give the system's own words for an error: asyncio puts the address in their place, written as a tuple."""
    return os.strerror(error.errno) if error.errno else error.strerror or type(error).__name__


def clip(text: str) -> str:
    """Shorten a text that may quote the server."""
    return text if len(text) <= DETAIL_LIMIT else text[: DETAIL_LIMIT - 1] + "…"
