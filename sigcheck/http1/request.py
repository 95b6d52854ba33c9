"""How a request is written."""

from sigcheck.model.delivery import Request


def written(request: Request) -> tuple[bytes, bytes]:
    """Give a request as it is sent: the head with its blank line, and the body.

    No Connection header is sent: the portal's records show none, and HTTP/1.0 closes without one.
    """
    body = request.body if request.method != "GET" else b""
    lines = [
        f"{request.method} {request.target} HTTP/{request.version}",
        *(f"{name}: {value}".rstrip() for name, value in request.fields),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8"), body
