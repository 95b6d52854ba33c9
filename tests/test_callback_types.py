"""The callback types: their variables, their default templates, and what stands in the place of each variable."""

import json
from typing import Any

import pytest

from sigcheck.callback import CALLBACK_TYPES, Values, configure, parse_payload_config, parse_values
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.redaction.redact import redact_url
from sigcheck.target import parse_target

MESSAGE = Message(device="20AEAB", time=1548682015, seq_number=9, data="1012")
EVERY = pytest.mark.parametrize("kind", CALLBACK_TYPES.values(), ids=CALLBACK_TYPES)


def sent(url: str = "https://a.example/", values: Values = Values(), **given: Any) -> tuple[str, bytes]:  # noqa: B008
    """Give the target and the body of the request for the message."""
    request = configure(parse_target(url), SIGFOX_CLOUD, "0badcafe", values=values, **given).render(MESSAGE)
    return request.target, request.body


@EVERY
def test_the_default_body_is_json_with_what_identifies_a_call(kind):
    """Each type's default body is JSON, carries the message, and all of its identity."""
    body = json.loads(sent(values=Values(kind))[1])
    assert set(kind.identity) <= set(body)
    assert body["time"] == MESSAGE.time
    assert MESSAGE.device in body.values()


@EVERY
def test_each_default_has_its_kind(kind):
    """Every default is what its kind says, as JSON reads it."""
    for variable in kind.variables:
        value = json.loads(variable.default if not variable.quoted else f'"{variable.default}"')
        wanted: dict[str, Any] = {
            "int": int,
            "float": float,
            "hex": str,
            "string": str,
            "bool": bool,
            "raw": (list, dict),
        }
        assert isinstance(value, wanted[variable.kind]), variable.name
        assert variable.kind != "hex" or int(value, 16) >= 0


def test_names_are_unique_within_a_type():
    """No type has a variable twice, and what it sends by default and is known by are its own."""
    for kind in CALLBACK_TYPES.values():
        names = [each.name for each in kind.variables]
        assert len(set(names)) == len(names)
        assert {*kind.sent, *kind.identity} <= set(names)


@pytest.mark.parametrize(
    ("config", "data", "values"),
    [
        ("int1::uint:8 int2::uint:8", "1234", {"int1": "18", "int2": "52"}),
        ("b1::bool:7 b2::bool:6 i1:1:uint:16", "C01234", {"b1": "true", "b2": "true", "i1": "4660"}),
        ("b1::bool:7 b2::bool:6 i1:1:uint:16:little-endian", "801234", {"b1": "true", "b2": "false", "i1": "13330"}),
        ("b1::bool:7 i1:1:uint:16:little-endian i2::uint:8", "80123456", {"b1": "true", "i1": "13330", "i2": "86"}),
        ("str::char:6 i1::uint:16 i2::uint:32", "41424344454601234567890A",
         {"str": "ABCDEF", "i1": "291", "i2": str(0x4567890A)}),
        ("s::uint:8 d::uint:4 x:1:uint:4::3", "FF5A", {"s": "255", "d": "5", "x": "10"}),
        ("s::uint:8 d:1:uint:4::3 x::uint:8", "FF5A", {"s": "255", "d": "10", "x": "90"}),
        ("i::uint:8 j::uint:16:2", "FF4567", {"i": "255", "j": "null"}),
        ("i::uint:8 j::uint:11:2", "FF4567", {"i": "255", "j": str(0x567)}),
        ("battery::uint:8 d8::bool:7 d1::bool:0", "6401", {"battery": "100", "d8": "false", "d1": "true"}),
        ("s::uint:16 b8::bool:7 b1::bool:0 bools::uint:8 bat::uint:8", "00FA8126",
         {"s": "250", "b8": "true", "b1": "true", "bools": "129", "bat": "38"}),
        ("b:1:bool:0 u::uint:8", "0081", {"b": "true", "u": "129"}),
        ("u:0:uint:4::3 b::bool:7", "8F00", {"u": "15", "b": "true"}),
        ("t::int:16", "FFFE", {"t": "-2"}),
        ("t::int:16:little-endian", "FEFF", {"t": "-2"}),
        ("f::float:32", "41C80000", {"f": "25"}),
        ("f::float:32:little-endian", "CDCC4C3E", {"f": "0.2"}),
        ("d::float:64", "3FF0000000000000", {"d": "1.0"}),
        ("a:0:int:16 b:1:int:16", "0001", {"a": "1", "b": "null"}),
        ("f::float:32", "7FC00000", {"f": "null"}),
        ("c::char:2", "00FF", {"c": "null"}),
        ("c::uint:8", "", {"c": "null"}),
    ],
)  # fmt: skip
def test_payload_configs(config, data, values):
    """A payload is read as the portal's own help says; what it is too short for is null."""
    read = parse_payload_config(config).values(data)
    assert read == {f"customData#{name}": text for name, text in values.items()}


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("", "has no field"),
        ("temp:int:16", "field 'temp' is not name:byteIndex:type:size"),
        ("temp::word:16", "field 'temp' has an unknown type: give one of bool, char, uint, int, float"),
        ("temp::int:65", "field 'temp' has a size that its type does not have: give 1 to 64 bits for int"),
        ("temp::float:16", "give 32 or 64 bits for float"),
        ("a::int:8 a::int:8", "field 'a' is given twice"),
        ("a::int:12:little-endian", "field 'a' is little-endian, and its bits do not fill whole bytes: what"),
        ("a::char:2:little-endian", "field 'a' cannot be little-endian"),
        ("a::bool:7:little-endian", "field 'a' cannot be little-endian"),
        ("a::bool:8", "give a bit from 0 to 7 for bool"),
    ],
)
def test_wrong_payload_configs(config, says):
    """What is wrong with a payload configuration is said with the field's name."""
    with pytest.raises(UsageProblem) as caught:
        parse_payload_config(config)
    assert says in str(caught.value)


def test_custom_data_in_a_url_and_a_body():
    """A custom variable begins no fragment of the URL, and is filled in both places."""
    values = parse_values(CALLBACK_TYPES["data/uplink"], (), parse_payload_config("t::int:16 far:9:int:16"))
    target, body = sent("https://a.example/{customData#t}?x={customData#far}", values, body='{"t":{customData#t}}',
                        method="POST")  # fmt: skip
    assert target == "/4114?x=null"
    assert body == b'{"t":4114}'


def test_a_custom_variable_is_no_secret():
    """A URL is shown with the variables of the payload configuration, whose names may have a hyphen and digits."""
    url = parse_target("https://a.example/{customData#t-1}?x={customData#t-1}&k=hunter2").url
    assert redact_url(url) == "https://a.example/{customData%23t-1}?x={customData%23t-1}&k=***"


def test_values_fit_where_they_stand():
    """In a URL and a form a value is percent-encoded; in JSON it is a string; raw JSON and plain text stay."""
    kind = CALLBACK_TYPES["service/acknowledge"]
    values = parse_values(kind, ('infoMessage=a "b"&ü',), None)
    assert sent("https://a.example/?m={infoMessage}", values)[0] == "/?m=a%20%22b%22%26%C3%BC"
    assert json.loads(sent(values=values)[1])["infoMessage"] == 'a "b"&ü'
    form = {"body": "m={infoMessage}", "content_type": "application/x-www-form-urlencoded"}
    assert sent(values=values, **form)[1] == b"m=a%20%22b%22%26%C3%BC"
    assert sent(values=values, body="{infoMessage}", content_type="text/plain")[1] == 'a "b"&ü'.encode()
    advanced = Values(CALLBACK_TYPES["service/data-advanced"])
    assert json.loads(sent(values=advanced)[1])["computedLocation"]["source"] == 2


def test_all_unknown_variables_are_named_at_once():
    """The nearest names, and the types that have a variable, stand in one message."""
    with pytest.raises(UsageProblem) as caught:
        sent(body="{seqnumber}{lqi}{batt}{zzz}{customData#t}", content_type="text/plain")
    text = str(caught.value)
    assert "variables {seqnumber}, {lqi}, {batt}, {zzz} and {customData#t}, which data/uplink" in text
    assert "for {seqnumber} write {seqNumber}" in text
    assert "{lqi} needs --type service/data-advanced" in text
    assert "{batt} needs --type service/status or service/repeater" in text
    assert "give --payload-config for {customData#t}" in text


@pytest.mark.parametrize(
    ("kind", "var", "says"),
    [
        ("data/uplink", "rssi", "--var is not NAME=VALUE"),
        (
            "data/uplink",
            "rsi=1",
            "--var rsi: data/uplink has no such variable: for {rsi} write {rssi}",
        ),
        ("data/uplink", "nope=1", "--var nope: data/uplink has no such variable: `sigcheck explain data/uplink` lists"),
        ("data/uplink", "device=51", "--var device: each message brings its own: give --device"),
        ("data/uplink", "time=51", "--var time: each message brings its own: leave it out"),
        ("event", "sourceId=51", "--var sourceId: each message brings its own: give --device"),
        ("data/uplink", "rssi=hunter\n2", "--var rssi has control characters"),
    ],
)
def test_wrong_values(kind, var, says):
    """What is wrong with --var is said without its value."""
    with pytest.raises(UsageProblem) as caught:
        parse_values(CALLBACK_TYPES[kind], (var,), None)
    assert says in str(caught.value)
    assert "hunter" not in str(caught.value)


def test_a_value_takes_the_place_of_a_default():
    """--var overrides a default, and only that."""
    values = parse_values(CALLBACK_TYPES["data/uplink"], ("rssi=-120",), None)
    assert sent("https://a.example/?r={rssi}&s={snr}", values)[0] == "/?r=-120&s=18.11"


def test_unknown_variables_of_all_places_are_named_together():
    """The URL, the body and a header are looked at before anything is said."""
    with pytest.raises(UsageProblem) as caught:
        sent("https://a.example/?a={foo}", body="{lqi}", content_type="text/plain", headers=("X-A: {batt}",))
    text = str(caught.value)
    assert text.startswith("the URL has the variable {foo}, the body has the variable {lqi}, the header 'X-A' has")
    assert "{lqi} needs --type service/data-advanced" in text
    assert "{batt} needs --type service/status or service/repeater" in text
