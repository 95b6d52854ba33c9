"""BATCH_URL callbacks: several messages in one request, a line for each, as the portal's pages describe it."""

import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigcheck.callback import CALLBACK_TYPES, Callback, configure, parse_payload_config, parse_values
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.target import parse_target

PATTERN = "{device};{time};{data};"
FULL = "{device};{time};{seqNumber};{data};"
FORM = "application/x-www-form-urlencoded"
ONE = Message(device="2DC7C1", time=1500452712, seq_number=9, data="deadbeaf")
TWO = Message(device="20AEAB", time=1500452713, seq_number=10, data="")


def callback(url: str = "https://a.example/s?batch={batch}", line: str = PATTERN, **given: Any) -> Callback:
    """Configure a callback with a line pattern."""
    return configure(parse_target(url), SIGFOX_CLOUD, "0badcafe", line=line, **given)


def head(sent: Callback) -> tuple[str, str, str | None, bytes]:
    """Give the method, the target, the content type and the body that two messages make."""
    request = sent.render_batch((ONE, TWO))
    return request.method, request.target, dict(request.headers).get("content-type"), request.body


ESCAPED = "2DC7C1%3B1500452712%3Bdeadbeaf%3B%0A20AEAB%3B1500452713%3B%3B"
PLAIN = "2DC7C1;1500452712;deadbeaf;\n20AEAB;1500452713;;"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_batch_in_the_query(method):
    """The lines fill the query's parameter, percent-encoded as the example of the API has them; there is no body."""
    assert head(callback(method=method)) == (method, f"/s?batch={ESCAPED}", None, b"")


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("body", "content_type", "sent"),
    [
        ("batch={batch}", None, f"batch={ESCAPED}".encode()),
        ("batch={batch}", FORM, f"batch={ESCAPED}".encode()),
        ('{"lines":"{batch}"}', "application/json", b'{"lines":"' + PLAIN.replace("\n", "\\n").encode() + b'"}'),
        ("{batch}", "text/plain", PLAIN.encode()),
    ],
)
def test_a_batch_in_the_body(method, body, content_type, sent):
    """A form has the lines percent-encoded, JSON has them as a string, plain text as they are."""
    made = callback("https://a.example/s", method=method, body=body, content_type=content_type)
    assert head(made) == (method, "/s", content_type or FORM, sent)


def test_the_recorded_line():
    """A batch of one is what the example of the API shows: one line and nothing behind it."""
    request = callback("https://a.example/s", body="var={batch}").render(ONE)
    assert request.body == b"var=2DC7C1%3B1500452712%3Bdeadbeaf%3B"
    assert request.method == "POST"


def test_an_empty_body_keeps_its_content_type():
    """A POST whose parameters all stand in the URL has a content type only where one was given."""
    assert head(callback(content_type="application/json"))[2:] == ("application/json", b"")


@given(
    st.lists(
        st.builds(
            Message,
            device=st.text("0123456789ABCDEFabcdef", min_size=1, max_size=8),
            time=st.integers(0, 2**32),
            seq_number=st.integers(0, 4095),
            data=st.binary(max_size=12).map(bytes.hex),
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["query", FORM, "application/json", "text/plain"]),
)
def test_what_is_rendered_is_read_back(messages, place):
    """A receiver that takes the lines apart gets the messages, in their order, wherever the batch stands."""
    if place == "query":
        request = callback(line=FULL).render_batch(messages)
        lines = parse_qs(urlsplit(request.url).query)["batch"][0]
    else:
        body = {FORM: "x=1&batch={batch}", "application/json": '{"batch":"{batch}"}', "text/plain": "{batch}"}[place]
        made = callback("https://a.example/s", FULL, body=body, content_type=place)
        lines = made.render_batch(messages).body.decode()
        if place == FORM:
            lines = parse_qs(lines)["batch"][0]
        elif place == "application/json":
            lines = json.loads(lines)["batch"]
    found = [line.split(";")[:4] for line in lines.split("\n")]
    assert [Message(device, int(time), int(number), data) for device, time, number, data in found] == list(messages)


def test_other_variables_of_a_line():
    """A line may have defaults, values that were given, and custom variables."""
    values = parse_values(CALLBACK_TYPES["data/bidir"], ("rssi=-120.50",), parse_payload_config("t::uint:8"))
    sent = callback(line="{device} {rssi} {ack} {customData#t}", values=values)
    assert unquote(sent.render(ONE).target) == "/s?batch=2DC7C1 -120.50 true 222"


@pytest.mark.parametrize(
    ("url", "given", "says"),
    [
        ("https://a.example/s", {}, "{batch} stands neither in the URL's query nor in the body: add ?batch={batch}"),
        ("https://a.example/{batch}", {}, "the path of the URL has {batch}"),
        ("https://a.example/?b={batch}&d={device}&t={time}", {}, "the URL has {device} and {time}, and a callback"),
        ("https://a.example/?b={batch}", {"body": "d={device}"}, "the body has {device}, and a callback with a line"),
        ("https://a.example/?b={batch}", {"headers": ("X-D: {device}",)}, "the header 'X-D' has {device}"),
        ("https://a.example/?b={batch}", {"headers": ("X-D: {batch}",), "body": "x={batch}"},
         "the header 'X-D' has {batch}, and a header"),
        ("https://a.example/?b={batch}", {"line": "{devce};{lqi}"}, "--line-pattern has the variables {devce} and"),
        ("https://a.example/?b={batch}", {"line": "{batch}"}, "--line-pattern has {batch}, which stands for all lines"),
        ("https://a.example/?b={batch}", {"line": "{device}\n"}, "--line-pattern has control characters"),
        ("https://a.example/?b={batch}", {"line": None}, "the URL has {batch}, and there is no line pattern: give"),
        ("https://a.example/?b={batch}", {"method": "GET", "body": "x"}, "a GET callback has no body"),
        ("https://a.example/?b={batch}", {"content_type": "text/html"}, "the portal has no such type"),
        ("https://a.example/", {"body": '{"b":"{batch}"}'}, "the body is JSON: give --content-type application/json"),
        ("https://a.example/", {"body": "{batch}"}, "the body is no form: write it as 'batch={batch}'"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_batch_callback(url, given, says):
    """What is wrong is said before anything is sent, at its place."""
    with pytest.raises(UsageProblem) as caught:
        callback(url, **{"line": PATTERN, **given})
    assert says in str(caught.value)


@pytest.mark.parametrize("kind", sorted({*CALLBACK_TYPES} - {"data/uplink", "data/bidir"}))
def test_types_without_batches(kind):
    """Only the types of which the pages say so come in batches."""
    with pytest.raises(UsageProblem) as caught:
        callback(line="{time}", values=parse_values(CALLBACK_TYPES[kind], (), None))
    assert f"no page says that {kind} callbacks come in batches" in str(caught.value)


def test_lines_that_do_not_tell_messages_apart():
    """A pattern without time and sequence number is warned about, as a body without them is."""
    (warning,) = callback(line="{device};{data};").warnings()
    assert warning == (
        "warning: the line pattern carries only {device} and {data}, so all messages of a device look alike to the "
        "receiver: add {time} and {seqNumber}"
    )
    assert not callback().warnings()


def test_the_shape_of_a_batch_callback():
    """The shape says that it is a batch, and has the variables of a line."""
    shape = callback().shape()
    assert shape.batched
    assert shape.variables == ("device", "time", "data")
    assert shape.carries == ("device", "time", "data")
