"""One table from every exception of httpx and httpcore to a FailureKind; a test walks their classes against it."""

import errno
import ssl
from collections.abc import Iterator

import httpcore
import httpx

from sigcheck.model.delivery import Failure, FailureKind, Phase

KINDS: dict[type[BaseException], FailureKind] = {
    # Timeouts of httpx are not set, one deadline stands around the whole delivery; they are named for completeness.
    httpx.ConnectTimeout: FailureKind.NO_CONNECTION,
    httpx.PoolTimeout: FailureKind.NO_CONNECTION,
    httpx.WriteTimeout: FailureKind.NOT_SENT,
    httpx.ReadTimeout: FailureKind.NO_ANSWER,
    httpx.TimeoutException: FailureKind.NO_ANSWER,
    httpx.ConnectError: FailureKind.UNREACHABLE,
    httpx.ReadError: FailureKind.CLOSED,
    httpx.WriteError: FailureKind.NOT_SENT,
    httpx.CloseError: FailureKind.CLOSED,
    httpx.NetworkError: FailureKind.CLOSED,
    httpx.LocalProtocolError: FailureKind.NOT_SENT,
    httpx.RemoteProtocolError: FailureKind.MALFORMED,
    httpx.ProtocolError: FailureKind.MALFORMED,
    httpx.ProxyError: FailureKind.UNREACHABLE,
    httpx.UnsupportedProtocol: FailureKind.NOT_SENT,
    httpx.TransportError: FailureKind.CLOSED,
    httpx.DecodingError: FailureKind.MALFORMED,
    httpx.TooManyRedirects: FailureKind.MALFORMED,
    httpx.RequestError: FailureKind.CLOSED,
    httpx.HTTPStatusError: FailureKind.MALFORMED,
    httpx.HTTPError: FailureKind.CLOSED,
    # Of a stream that is read twice or after its end: that would be a mistake of ours.
    httpx.StreamConsumed: FailureKind.CLOSED,
    httpx.StreamClosed: FailureKind.CLOSED,
    httpx.ResponseNotRead: FailureKind.CLOSED,
    httpx.RequestNotRead: FailureKind.NOT_SENT,
    httpx.StreamError: FailureKind.CLOSED,
    httpcore.ConnectTimeout: FailureKind.NO_CONNECTION,
    httpcore.PoolTimeout: FailureKind.NO_CONNECTION,
    httpcore.WriteTimeout: FailureKind.NOT_SENT,
    httpcore.ReadTimeout: FailureKind.NO_ANSWER,
    httpcore.TimeoutException: FailureKind.NO_ANSWER,
    httpcore.ConnectError: FailureKind.UNREACHABLE,
    httpcore.ReadError: FailureKind.CLOSED,
    httpcore.WriteError: FailureKind.NOT_SENT,
    httpcore.NetworkError: FailureKind.CLOSED,
    httpcore.LocalProtocolError: FailureKind.NOT_SENT,
    httpcore.RemoteProtocolError: FailureKind.MALFORMED,
    httpcore.ProtocolError: FailureKind.MALFORMED,
    httpcore.ProxyError: FailureKind.UNREACHABLE,
    httpcore.UnsupportedProtocol: FailureKind.NOT_SENT,
    httpcore.ConnectionNotAvailable: FailureKind.NO_CONNECTION,
}

DETAIL_LIMIT = 200
"""Characters of an error text that are kept: it may quote the server."""

_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETDOWN}


def failure(error: BaseException, phase: Phase) -> Failure:
    """Say what an exception means that ended a delivery in `phase`. The deepest cause that is known wins."""
    detail = _detail(error)
    for cause in _causes(error):
        match cause:
            case ssl.SSLError() if phase in {Phase.CONNECT, Phase.TLS}:
                return Failure(FailureKind.TLS_FAILED, Phase.TLS, _clip(getattr(cause, "reason", None) or str(cause)))
            case ConnectionRefusedError():
                return Failure(FailureKind.REFUSED, phase, "the connection was refused")
            case ConnectionResetError() | BrokenPipeError() if phase is Phase.TLS:
                return Failure(FailureKind.TLS_FAILED, phase, "the connection was reset in the handshake")
            case ConnectionResetError() | BrokenPipeError():
                return Failure(FailureKind.RESET, phase, "the connection was reset")
            case OSError() if cause.errno in _UNREACHABLE:
                return Failure(FailureKind.UNREACHABLE, phase, _clip(cause.strerror or str(cause)))
            case OSError() if cause.errno == errno.ETIMEDOUT:
                return Failure(FailureKind.NO_CONNECTION, phase, "the connection timed out")
    if isinstance(error, (httpx.RemoteProtocolError, httpcore.RemoteProtocolError)) and "disconnected" in detail:
        return Failure(FailureKind.CLOSED, phase, "the connection was closed before the headers were complete")
    if phase is Phase.TLS:
        return Failure(FailureKind.TLS_FAILED, phase, detail)
    kind = next((KINDS[cls] for cls in type(error).__mro__ if cls in KINDS), FailureKind.CLOSED)
    return Failure(kind, phase, detail)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give the chain of causes, the deepest first; a loop in it ends it."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        if isinstance(current, BaseExceptionGroup) and current.exceptions:
            current = current.exceptions[0]
        else:
            current = current.__cause__ or current.__context__
    return reversed(chain)


def _detail(error: BaseException) -> str:
    return _clip(str(error) or type(error).__name__)


def _clip(text: str) -> str:
    return text if len(text) <= DETAIL_LIMIT else text[: DETAIL_LIMIT - 1] + "…"
