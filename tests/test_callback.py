"""A callback as the portal has it becomes a request, to the byte."""

import pytest

from sigcheck.callback import DEFAULT_BODY, FORM, configure
from sigcheck.errors import UsageProblem
from sigcheck.message import parse_device
from sigcheck.model.delivery import Message, Origin, Request
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.target import parse_target

MESSAGE = Message("20AEAB", 1_795_000_000, 7, "0102")
COMMON = (
    ("accept-encoding", "gzip,deflate"),
    ("accept-language", "fr"),
    ("accept-charset", "UTF-8;q=0.9,*;q=0.7"),
    ("user-agent", "SIGFOX"),
    ("x-sigcheck-run", "0badcafe"),
)


def callback(url, **given):
    """Configure a callback of run 0badcafe."""
    return configure(parse_target(url), SIGFOX_CLOUD, "0badcafe", **given)


def test_default_is_a_post_of_json():
    """A plain URL is posted the default body, with the Cloud's headers and no charset."""
    assert callback("https://receiver.example/sigfox").render(MESSAGE) == Request(
        "POST",
        Origin("https", "receiver.example", 443),
        "/sigfox",
        (*COMMON, ("content-type", "application/json")),
        b'{"device":"20AEAB","time":1795000000,"seqNumber":7,"data":"0102"}',
    )


def test_placeholders_in_the_url_make_a_get():
    """A URL with placeholders and no body is a GET without body or content type, as the portal does by default."""
    url = "https://receiver.example:8443/{device}?t={time}&n={seqNumber}&d={data}&k=s%20t"
    assert callback(url).render(MESSAGE) == Request(
        "GET",
        Origin("https", "receiver.example", 8443),
        "/20AEAB?t=1795000000&n=7&d=0102&k=s%20t",
        COMMON,
        b"",
    )


def test_login_in_the_url_becomes_basic_authorization():
    """The portal's login:password@ is sent as a header, percent-decoded, and not in the URL."""
    request = callback("https://us%40er:pa%3Ass@receiver.example/").render(MESSAGE)
    assert request.url == "https://receiver.example/"
    assert request.headers[0] == ("authorization", "Basic dXNAZXI6cGE6c3M=")


def test_headers_and_their_placeholders():
    """The user's headers go first, their placeholders filled; names are left as they are."""
    request = callback("https://receiver.example/", headers=("X-Device: {device}", "Authorization:Bearer  t")).render(
        MESSAGE
    )
    assert request.headers[:2] == (("X-Device", "20AEAB"), ("Authorization", "Bearer  t"))


@pytest.mark.parametrize(
    ("given", "method", "body", "content_type"),
    [
        ({"method": "PUT"}, "PUT", DEFAULT_BODY, "application/json"),
        (
            {"body": "id={device}&time={time}", "content_type": "application/x-www-form-urlencoded"},
            "POST",
            "id=20AEAB&time=1795000000",
            "application/x-www-form-urlencoded",
        ),
        ({"body": "é{data}", "content_type": "text/plain"}, "POST", "é0102", "text/plain"),
        ({"body": ""}, "POST", "", "application/json"),
    ],
    ids=["put", "form", "text", "empty"],
)
def test_bodies(given, method, body, content_type):
    """Method, body and content type are those that were given, the body in UTF-8."""
    request = callback("https://receiver.example/", **given).render(MESSAGE)
    expected = body if body != DEFAULT_BODY else '{"device":"20AEAB","time":1795000000,"seqNumber":7,"data":"0102"}'
    assert (request.method, request.body) == (method, expected.encode())
    assert dict(request.headers)["content-type"] == content_type


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://receiver.example", "https://receiver.example/"),
        ("https://receiver.example?x=1", "https://receiver.example/?x=1"),
        ("https://bücher.example/ü?q=ü", "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC"),
        ("HTTPS://Receiver.Example:443/A", "https://receiver.example/A"),
        ("http://receiver.example:443/", "http://receiver.example:443/"),
        ("https://receiver.example:/", "https://receiver.example/"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/"),
        ("https://receiver.example/a%2Fb;v=1/(x)'*", "https://receiver.example/a%2Fb;v=1/(x)'*"),
        ("https://receiver.example//double//slash", "https://receiver.example//double//slash"),
        ("https://receiver.example/?a={\"x\":[1]}", "https://receiver.example/?a={\"x\":[1]}"),
    ],
    ids=["no-path", "query-alone", "idn", "case", "other-port", "empty-port", "ipv6", "escapes", "slashes", "json"],
)  # fmt: skip
def test_urls_on_the_wire(url, sent):
    """What is sent is ASCII, names the host as it is looked up, and leaves given escapes alone."""
    request = callback(url, method="POST").render(MESSAGE)
    assert request.url == sent
    assert request.url.isascii()


def test_a_repeat_is_identical():
    """Rendering twice gives the same bytes: a retry is the same request."""
    made = callback("https://receiver.example/{device}", body=DEFAULT_BODY)
    assert made.render(MESSAGE) == made.render(MESSAGE)


@pytest.mark.parametrize(
    ("url", "given", "says"),
    [
        ("https://a.example/", {"method": "DELETE"}, "--method: the portal has no such method"),
        ("https://a.example/", {"method": "GET", "body": "x"}, "a GET callback has no body"),
        ("https://a.example/", {"method": "GET", "content_type": "text/plain"}, "a GET callback has no content type"),
        ("https://a.example/", {"content_type": "application/xml"}, "--content-type: the portal has no such type"),
        ("https://a.example/", {"content_type": "application/json; charset=utf-8"}, "the portal has no such type"),
        ("https://a.example/{snir}", {}, "the URL has the variable {snir}"),
        ("https://a.example/", {"body": "{lqi}"}, "the body has the variable {lqi}, which data/uplink does not have"),
        ("https://a.example/", {"body": "\udcff"}, "the body is not UTF-8"),
        ("https://a.example/", {"headers": ("X-A: {info}",)}, "header 'X-A' has the variable {info}"),
        ("https://a.example/", {"headers": ("Host: x",)}, "header 'Host' cannot be set"),
        ("https://a.example/", {"headers": ("content-LENGTH: 1",)}, "header 'content-LENGTH' cannot be set"),
        ("https://a.example/", {"headers": ("Accept: x",)}, "header 'Accept' cannot be set: the portal forbids every"),
        ("https://a.example/", {"headers": ("cookie: hunter2",)}, "header 'cookie' cannot be set: the portal forbids"),
        ("https://a.example/", {"headers": ("Via: x",)}, "header 'Via' cannot be set: the portal forbids"),
        ("https://a.example/", {"headers": ("Referer: x",)}, "header 'Referer' cannot be set: the portal forbids"),
        ("https://a.example/", {"headers": ("From: x",)}, "header 'From' cannot be set: the portal forbids"),
        ("https://a.example/", {"headers": ("Cache-Control: x",)}, "header 'Cache-Control' cannot be set"),
        ("https://a.example/", {"headers": ("If-None-Match: x",)}, "header 'If-None-Match' cannot be set"),
        ("https://a.example/", {"headers": ("User-Agent: x",)}, "cannot be set: the Cloud sets it itself"),
        ("https://a.example/", {"headers": ("Transfer-Encoding: x",)}, "cannot be set: the Cloud sets it itself"),
        ("https://a.example/", {"headers": ("Content-Type: x",)}, "cannot be set: give --content-type"),
        ("https://a.example/", {"headers": ("X-Sigcheck-Run: x",)}, "cannot be set: sigcheck sends it itself"),
        ("https://a.example/", {"content_type": FORM}, "a form needs a body template, and there is no --body: give"),
        ("https://a.example/", {"content_type": FORM, "body": DEFAULT_BODY}, "and the body is JSON: give"),
        ("https://a.example/", {"content_type": FORM, "body": ' ["{device}"]'}, "and the body is JSON: give"),
        ("https://a.example/", {"content_type": FORM, "body": "{device};{time}"}, "and the body is no form: write it"),
        ("https://a.example/", {"body": "a={device}&b={time}"}, "the body is a form, and its content type is"),
        ("https://a.example/", {"body": "a[0]=hunter2\n", "content_type": "application/json"}, "the body is a form"),
        ("https://a.example/", {"headers": ("X-A: 1", "x-a: 2")}, "is given twice"),
        ("https://u:p@a.example/", {"headers": ("Authorization: x",)}, "cannot be used together"),
        ("https://a.example/", {"headers": ("hunter2",)}, "a header has no colon"),
        ("https://a.example/", {"headers": ("X A: 1",)}, "a header's name is not valid"),
        ("https://a.example/", {"headers": (": 1",)}, "a header's name is not valid"),
        ("https://a.example/", {"headers": ("X-{device}: 1",)}, "a header's name has a variable, and the portal fills"),
        ("https://a.example/", {"headers": ("X-A: hunter2\r\nX-B: 1",)}, "characters that a header cannot carry"),
        ("https://a.example/", {"headers": ("X-A: hunter2é",)}, "characters that a header cannot carry"),
    ],
)  # fmt: skip
def test_what_the_portal_would_not_take(url, given, says):
    """What cannot be configured in the portal is refused by name, without repeating a value."""
    with pytest.raises(UsageProblem) as caught:
        callback(url, **given)
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [("id={device}&time={time}&", FORM), ("a%5B0%5D={data}&b[1]=x=y", FORM), ("a=1", "text/plain"), ('"a=1"', None)],
)
def test_what_is_called_by_its_right_name(body, content_type):
    """A form called a form, and text that is neither, are sent as they are given."""
    assert callback("https://a.example/", body=body, content_type=content_type).render(MESSAGE).body


@pytest.mark.parametrize(
    "name", ["Authorization", "X-Forwarded-For", "X-Api-Key", "Ocp-Apim-Subscription-Key", "Token"]
)
def test_headers_that_the_portal_takes(name):
    """Authorization, and whatever no standard defines, can be set."""
    assert callback("https://a.example/", headers=(f"{name}: x",)).headers == ((name, "x"),)


@pytest.mark.parametrize(
    ("url", "given", "says"),
    [
        ("https://a.example/?id={device}", {}, "look alike to the receiver: put the URL in quotes"),
        ("https://a.example/{device}", {}, "look alike to the receiver: add {time} and {seqNumber}"),
        ("https://a.example/{data}", {}, "carries only {data}, so all messages of a device look alike"),
        ("https://a.example/", {"method": "GET"}, "carries no variable, so all messages of a device look alike"),
        ("https://a.example/", {"body": '{"id":"{device}","d":"{data}"}'}, "carries only {device} and {data}, so"),
        ("https://a.example/", {}, None),
        ("https://a.example/?id={device}&t={time}", {}, None),
        ("https://a.example/?n={seqNumber}&id={device}", {}, None),
        ("https://a.example/?id={device}", {"headers": ("X-Time: {time}",)}, None),
    ],
)  # fmt: skip
def test_messages_that_look_alike(url, given, says):
    """A callback that carries neither time nor seqNumber, as a URL that a shell cut at &, gets a warning."""
    warnings = [each for each in callback(url, **given).warnings() if each.startswith("warning: ")]
    assert len(warnings) == (says is not None)
    assert says is None or says in warnings[0]


@pytest.mark.parametrize(
    ("url", "headers", "authenticated", "in_url"),
    [
        ("https://a.example/?id={device}", (), False, False),
        ("https://a.example/?token=abc", (), True, True),
        ("https://a.example/?token={device}", (), False, False),
        ("https://a.example/?api_key=abc&x=1", (), True, True),
        ("https://a.example/?apiKey=abc", (), True, True),
        ("https://a.example/?code=abc{device}", (), True, True),
        ("https://a.example/?signal=abc&design=b&author=c", (), False, False),
        ("https://u:p@a.example/", (), True, False),
        ("https://a.example/", ("X-Key: abc",), True, False),
    ],
    ids=["open", "token", "placeholder", "two-words", "humps", "half-literal", "other-words", "login", "header"],
)
def test_shape(url, headers, authenticated, in_url):
    """Rules see whether there is a secret, and where, but no value."""
    shape = callback(url, headers=headers).shape()
    assert (shape.authenticated, shape.secret_in_url) == (authenticated, in_url)


def test_default_device_needs_no_escape():
    """What fills a placeholder is hex or an integer: it can break out of no URL, header or JSON text."""
    assert parse_device(MESSAGE.device).isalnum()
