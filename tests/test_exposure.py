"""The delivery without credentials: what is taken off the callback, and what a real receiver does with it."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from sigcheck.callback import configure
from sigcheck.message import DEFAULT_DATA
from sigcheck.model.delivery import Message
from sigcheck.model.rule import Status
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.target import parse_target
from tests.running import result, verify
from tests.serving import Quiet, serving

MESSAGE = Message("516C4EC0", 1_795_000_000, 7, DEFAULT_DATA)
TOKEN = "hunter2-hunter2"


def callback(url, headers=()):
    """Configure a callback."""
    return configure(parse_target(url), SIGFOX_CLOUD, "0badcafe", headers=headers)


@pytest.mark.parametrize(
    ("url", "headers", "sent"),
    [
        pytest.param("https://a.example/x", (), None, id="nothing-to-take-off"),
        pytest.param("https://a.example/?id={device}", (), None, id="placeholders"),
        pytest.param("https://u:p@a.example/x?id=7", (), "https://a.example/x?id=7", id="login"),
        pytest.param("https://a.example/x", ("Authorization: x",), "https://a.example/x", id="header"),
        pytest.param("https://a.example/x?token=abc&id=7", (), "https://a.example/x?id=7", id="secret-of-two"),
        pytest.param("https://a.example/x?api-key=abc", (), "https://a.example/x", id="secret-alone"),
        pytest.param("https://a.example:8443/x?sig={time}", ("X-A: b",), None, id="placeholder-is-no-secret"),
    ],
)
def test_what_is_taken_off(url, headers, sent):
    """Headers, login and secrets of the query go, all else stays; None where there is nothing to take off."""
    unauthenticated = callback(url, headers).unauthenticated()
    if sent is None and not headers:
        assert unauthenticated is None
        return
    rendered = unauthenticated.render(MESSAGE)
    assert rendered.url == (sent or f"https://a.example:8443/x?sig={MESSAGE.time}")
    assert not {"authorization", "x-a"} & {name.lower() for name, _ in rendered.headers}
    assert rendered.body == callback(url, headers).render(MESSAGE).body
    assert unauthenticated.shape().authenticated is False


@contextmanager
def receiver(asks):
    """Serve 204; `asks` says whether to 401 what has neither the token as header nor in the query. Keeps the bodies."""
    seen = []

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known = TOKEN in self.path or TOKEN in self.headers.get("Authorization", "")
            seen.append((known, body))
            self.send_response(204 if known or not asks else 401)
            self.end_headers()

    with serving(Handler) as origin:
        yield f"{origin}/sigfox", seen


@pytest.mark.parametrize("place", ["header", "query"])
@pytest.mark.parametrize(("asks", "status"), [(True, Status.PASS), (False, Status.FAIL)], ids=["checked", "unchecked"])
def test_credentials_are_tried_by_leaving_them_out(asks, status, place):
    """One message goes out without the credentials, another than the samples; being accepted is a warning."""
    with receiver(asks) as (url, seen):
        url, headers = (url, (f"Authorization: Bearer {TOKEN}",)) if place == "header" else (f"{url}?token={TOKEN}", ())
        report = verify(url, families=("exposure",), headers=headers)
    assert [known for known, _ in seen] == [True, True, False]
    assert len({body for _, body in seen}) == 3
    found = result(report, "exposure-unauthenticated")
    assert (found.status, found.level) == (status, "should")
    assert report.evidence.requests == 3
    assert TOKEN not in repr(report)


def test_no_credentials_no_extra_message():
    """A callback without credentials is not sent once more without them."""
    with receiver(asks=False) as (url, seen):
        report = verify(url, families=("exposure",))
    assert len(seen) == 2
    assert report.evidence.unauthenticated is None
    assert report.evidence.breakdowns == ()
