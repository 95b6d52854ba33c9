"""Every request that sigcheck sends, by type, method and content type, as a socket reads it from `sigcheck send`.

`python -m docs.generate golden` writes tests/golden_requests.txt anew.
"""

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from sigcheck.callback import CALLBACK_TYPES, FORM, CallbackType
from sigcheck.cli import run
from tests.misbehaving import Server, misbehaving

FILE = Path(__file__).with_suffix(".txt")
FIXED = ("--device", "20AEAB", "--time", "1548682015", "--seq-number", "9", "--data", "5169676368656B")
JSON, TEXT = "application/json", "text/plain"
VOLATILE = (
    (rb"(?m)^host: [^\r\n]*", b"host: receiver.example.com"),
    (rb"(?m)^(x-sigcheck-run: )\w*", rb"\g<1>0badcafe"),
)
"""What differs from run to run, and what stands in its place."""

HEAD = """Written by `python -m docs.generate golden`, from what a socket read of `sigcheck send`: one request for each
type, method and content type. Line ends of a head are CR LF on the wire; a body has none behind it. The host and
the id of the run, which differ each time, are replaced.
"""


def cases() -> Iterator[tuple[str, list[str]]]:
    """Give each case: what it is called, and the options and the URL's end that make it."""
    for kind in CALLBACK_TYPES.values():
        yield f"{kind.name}, GET", ["?" + kind.form, "--type", kind.name]
        for method in ("POST", "PUT"):
            for content_type in (JSON, FORM, TEXT):
                options = ["--type", kind.name, "--method", method, "--content-type", content_type]
                yield f"{kind.name}, {method}, {content_type}", ["", *options, *_body(kind, content_type)]


def batches() -> Iterator[tuple[str, list[str]]]:
    """Give the same for batches, here of one message."""
    line = ["--line-pattern", "{device};{time};{data};"]
    yield "batch, in the query", ["?batch={batch}", *line]
    for method in ("POST", "PUT"):
        yield (
            f"batch, {method}, {FORM}",
            ["", "--method", method, "--content-type", FORM, "--body", "batch={batch}", *line],
        )


def _body(kind: CallbackType, content_type: str) -> list[str]:
    if content_type == JSON:
        return []
    return ["--body", kind.form if content_type == FORM else ";".join(f"{{{name}}}" for name in kind.sent)]


def recorded(server: Server, end: str, *options: str) -> bytes:
    """Send one callback and give what the server read, whole."""
    before = len(server.requests)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        code = run(["send", server.url + end, "--no-config", *FIXED, *options])
    if code != 0 or len(server.requests) != before + 1:
        raise RuntimeError(f"{options}: exit {code}, {len(server.requests) - before} requests")
    return server.requests[-1]


def masked(request: bytes) -> bytes:
    """Give a request without what differs from run to run."""
    for pattern, instead in VOLATILE:
        request = re.sub(pattern, instead, request)
    return request


def render(_present: str) -> str:
    """Give the text of the file."""
    with misbehaving("answers") as server:
        requests = [(name, masked(recorded(server, *words))) for name, words in (*cases(), *batches())]
    blocks = ["=== " + name + "\n" + request.decode().replace("\r\n", "\n") + "\n" for name, request in requests]
    return HEAD + "\n" + "\n".join(blocks)
