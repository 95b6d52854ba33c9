"""Whatever stands in a callback's templates and options: no crash, no secret in what is said, and nothing is lost."""

import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sigcheck.callback import (
    CALLBACK_TYPES,
    FORM,
    CallbackType,
    Values,
    configure,
    parse_payload_config,
    parse_values,
)
from sigcheck.errors import UsageProblem
from sigcheck.message import parse_device
from sigcheck.model.delivery import Message, Request
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.target import parse_target

NAMES = sorted({each.name for kind in CALLBACK_TYPES.values() for each in kind.variables})
CONTENT_TYPES = (None, FORM, "application/json", "text/plain")
PIECES = (
    *(f"{{{name}}}" for name in NAMES), "{customData#a}", "{customData#}", "{customData%23a}", "{customData#b-1}",
    "{", "}", "{}", "{{", "{1}", "${A}", "$${A}", '"', "'", ":", ",", "[", "]", "=", "&", "?", "#", "%", "%2", "+", ";",
    "/", "\\", "\n", "\r", "\t", " ", "\x00", "é", "\ud800", "\u2028", "null", "true", "1e999", "NaN", "@", "x",
    "token",
)  # fmt: skip
templates = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=12).map("".join)
kinds = st.sampled_from(list(CALLBACK_TYPES.values()))
messages = st.builds(
    Message,
    device=st.integers(0, 2**32 - 1).map("{:X}".format),
    time=st.integers(0, 2**33),
    seq_number=st.integers(0, 4095),
    data=st.binary(max_size=12).map(lambda data: data.hex().upper()),
)
FIELDS = ("a", "b-1", "", ":", "::", "0", "7", "12", "99", "uint", "int", "float", "char", "bool", "big-endian",
          "little-endian", "8", "16", "64", " ", "\t", "a::int:8", "b-1:11:bool:0",
          "c::float:32:little-endian:3")  # fmt: skip
payload_configs = st.lists(st.one_of(st.sampled_from(FIELDS), st.text(max_size=3)), max_size=14).map("".join)
variables = st.tuples(st.one_of(st.sampled_from(NAMES), st.text(max_size=5)), st.sampled_from(("=", "", "==")),
                      st.text(max_size=6)).map("".join)  # fmt: skip
SECRET = "hunter2/Qx+9"


def attempt(work: Any) -> str:
    """Do some work that may refuse what it gets; gives what was said, "" where it refused nothing."""
    try:
        work()
    except UsageProblem as problem:
        return str(problem)
    return ""


def whole(
    url: str, kind: CallbackType, message: Message, var: tuple[str, ...] = (), config: str | None = None, **options: Any
) -> tuple[Request, tuple[str, ...]]:
    """Do all that is done with a callback: make it, fill it, describe it; gives the request and the warnings."""
    payload = None if config is None else parse_payload_config(config)
    values = parse_values(kind, var, payload)
    callback = configure(parse_target(url), SIGFOX_CLOUD, "0badcafe", values=values, **options)
    callback.shape()
    callback.secrets()
    bare = callback.unauthenticated()
    if bare is not None:
        bare.render(message)
    return callback.render(message), callback.warnings()


@given(kinds, messages, templates, templates, templates, st.sampled_from((None, "GET", "POST", "PUT")),
       st.sampled_from(CONTENT_TYPES), st.sampled_from((None, "a::int:8 b-1:11:bool:0")), st.booleans())  # fmt: skip
@settings(max_examples=120)
def test_no_template_crashes(kind, message, url, header, body, method, content_type, config, has_body):
    """Whatever stands in the URL, a header and the body, the callback is made, or refused in one line."""
    options = {"method": method, "content_type": content_type, "body": body if has_body else None}

    def work() -> None:
        request, warnings = whole(
            f"https://a.example/{url}", kind, message, config=config, headers=(f"X-A: {header}",), **options
        )
        assert request.target.isascii()
        assert all(value.isascii() for _, value in request.headers)
        assert all(each.isprintable() for each in warnings)

    attempt(work)


@given(payload_configs, messages)
@example("a::char:12 b::float:64::0", Message("1", 1, 1, ""))
@example("a::char:2", Message("1", 1, 1, "000A"))
@settings(max_examples=120)
def test_no_payload_config_crashes(config, message):
    """Whatever is given as a payload configuration is refused in one line, or gives text for each field."""

    def work() -> None:
        read = parse_payload_config(config)
        values = read.values(message.data)
        assert tuple(values) == read.names
        for each, text in zip(read.fields, values.values(), strict=True):
            assert text.isprintable()
            assert each.kind == "char" or json.loads(text) != text

    attempt(work)


@given(st.lists(variables, max_size=3).map(tuple), kinds, messages)
@settings(max_examples=120)
def test_no_value_crashes(var, kind, message):
    """Whatever --var is given, the callback is made with its default body, or refused in one line."""
    attempt(lambda: whole("https://a.example/", kind, message, var))


@given(st.text(max_size=12))
def test_no_device_crashes(text):
    """A device is taken as hex digits, or refused."""
    attempt(lambda: whole("https://a.example/{device}?t={time}", KIND, Message(parse_device(text), 1, 1, "")))


KIND = CALLBACK_TYPES["data/uplink"]
SLIPS = (*PIECES, *FIELDS, SECRET)


@given(st.lists(st.sampled_from(SLIPS), max_size=8), kinds, st.sampled_from(("url", "header", "body", "var", "raw")),
       st.sampled_from(CONTENT_TYPES))  # fmt: skip
@settings(max_examples=120)
def test_no_secret_is_said(pieces, kind, place, content_type):
    """What is wrong with a callback, and what is warned of, is said without the values in it."""
    text = "".join([*pieces, SECRET])
    message = Message("20AEAB", 1548682015, 9, "1012")
    url = f"https://a.example/?{text}" if place == "url" else "https://a.example/"
    options: dict[str, Any] = {}
    if place == "header":
        options["headers"] = (f"X-A: {text}",)
    if place == "body":
        options |= {"body": text, "content_type": content_type}
    var = (f"info={text}",) if place == "var" else (text,) if place == "raw" else ()
    warned: tuple[str, ...] = ()

    def work() -> None:
        nonlocal warned
        _, warned = whole(url, kind, message, var, **options)

    said = attempt(work)
    assert SECRET not in said
    assert SECRET not in "".join(warned)


def given_values(kind: CallbackType) -> st.SearchStrategy[tuple[str, ...]]:
    """Give a strategy of values that a user may set for a type, each fit for its kind."""
    text = st.text(st.characters(categories=("L", "N", "P", "S")), max_size=12)
    fit: dict[str, st.SearchStrategy[str]] = {
        "int": st.integers(-(2**40), 2**40).map(str),
        "float": st.decimals(-1000, 1000, places=2).map(str),
        "bool": st.sampled_from(("true", "false")),
        "hex": st.binary(max_size=8).map(bytes.hex),
        "string": text,
        "raw": st.recursive(st.one_of(st.none(), st.booleans(), text), st.lists, max_leaves=5).map(json.dumps),
    }
    own = [each for each in kind.variables if each.of is None]
    chosen = {each.name: st.one_of(st.none(), fit[each.kind]) for each in own}
    return st.fixed_dictionaries(chosen).map(
        lambda found: tuple(f"{name}={value}" for name, value in found.items() if value is not None)
    )


def expected(values: Values, message: Message, name: str) -> Any:
    """Give what JSON has for a variable."""
    text = values.of(message)[name]
    variable = values.type.variable(name)
    assert variable is not None
    return text if variable.quoted else json.loads(text)


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("kind", CALLBACK_TYPES.values(), ids=CALLBACK_TYPES)
@given(data=st.data(), message=messages)
@settings(max_examples=8)
def test_bodies_give_the_message_back(kind, method, data, message):
    """JSON, a form and plain text, filled and parsed again, have every value of every variable of the type."""
    names = [each.name for each in kind.variables]
    values = parse_values(kind, data.draw(given_values(kind)), None)
    texts = values.of(message)

    def body(template: str, content_type: str) -> str:
        made = configure(parse_target("https://a.example/"), SIGFOX_CLOUD, "0badcafe", values=values, method=method,
                         body=template, content_type=content_type)  # fmt: skip
        assert made.render(message).method == method
        return made.render(message).body.decode()

    members = (f'"{each.name}":"{{{each.name}}}"' if each.quoted else f'"{each.name}":{{{each.name}}}'
               for each in kind.variables)  # fmt: skip
    filled = json.loads(body("{" + ",".join(members) + "}", "application/json"))
    assert filled == {name: expected(values, message, name) for name in names}
    form = body("&".join(f"{name}={{{name}}}" for name in names), FORM)
    assert parse_qs(form, keep_blank_values=True, strict_parsing=True) == {name: [texts[name]] for name in names}
    plain = body("\n".join(f"{{{name}}}" for name in names), "text/plain")
    assert plain.split("\n") == [texts[name] for name in names]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("kind", CALLBACK_TYPES.values(), ids=CALLBACK_TYPES)
@given(data=st.data(), message=messages)
@settings(max_examples=8)
def test_urls_and_headers_give_the_message_back(kind, method, data, message):
    """The query, the path and a header have every value of every variable of the type."""
    names = [each.name for each in kind.variables]
    values = parse_values(kind, data.draw(given_values(kind)), None)
    texts = values.of(message)
    carried = tuple(name for name in names if texts[name].isascii())
    query = "&".join(f"{name}={{{name}}}" for name in names)
    path = "/".join(f"{{{name}}}" for name in names)
    made = configure(
        parse_target(f"https://a.example/{path}?{query}"), SIGFOX_CLOUD, "0badcafe", values=values, method=method,
        headers=tuple(f"X-{name}: {{{name}}}" for name in carried),
    )  # fmt: skip
    request = made.render(message)
    parts = urlsplit(request.target)
    assert parse_qs(parts.query, keep_blank_values=True) == {name: [texts[name]] for name in names}
    assert [unquote(each) for each in parts.path[1:].split("/")] == [texts[name] for name in names]
    held = dict(request.headers)
    assert {name: held[f"X-{name}"] for name in carried} == {name: texts[name] for name in carried}


def test_a_header_cannot_carry_every_value():
    """A value that is not ASCII is refused for a header by the variable's name, and is fine in a body."""
    values = parse_values(CALLBACK_TYPES["error"], ("info=é",), None)
    with pytest.raises(UsageProblem, match="--var info has characters that the header 'X-I' cannot carry"):
        configure(parse_target("https://a.example/"), SIGFOX_CLOUD, "0badcafe", values=values, headers=("X-I: {info}",))
    assert (
        "é"
        in configure(parse_target("https://a.example/"), SIGFOX_CLOUD, "0badcafe", values=values)
        .render(Message("1", 1, 1, ""))
        .body.decode()
    )


def test_many_unknown_variables_are_not_all_named():
    """Ten are named, and the number of the others."""
    body = "".join(f"{{zz{number}}}" for number in range(2000))
    said = attempt(
        lambda: whole("https://a.example/", KIND, Message("1", 1, 1, ""), body=body, content_type="text/plain")
    )
    assert "{zz9} and 1990 more, which data/uplink does not have" in said
    assert len(said) < 2000


def test_a_raw_value_must_be_json():
    """What is inserted as JSON is JSON, also where a user sets it."""
    kind = CALLBACK_TYPES["service/data-advanced"]
    with pytest.raises(UsageProblem, match="--var duplicates: the value is not JSON"):
        parse_values(kind, ("duplicates=[x]",), None)
    assert parse_values(kind, ("duplicates=null",), None).given == {"duplicates": "null"}
