"""What is said of a callback before anything is sent: a URL that a shell cut, a body that is no JSON, and the like."""

from typing import Any

import pytest

from sigcheck.callback import CALLBACK_TYPES, FORM, configure, parse_payload_config, parse_values
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.target import parse_target

EVERY = pytest.mark.parametrize("name", CALLBACK_TYPES)
CUT = "put the URL in quotes"


def warnings(
    url: str = "https://a.example/",
    name: str = "data/uplink",
    var: tuple[str, ...] = (),
    config: str | None = None,
    *,
    typed: bool = True,
    **given: Any,
) -> list[str]:
    """Give the warnings of a callback, without the note that its type ends."""
    kind = CALLBACK_TYPES[name]
    values = parse_values(kind, var, None if config is None else parse_payload_config(config))
    callback = configure(parse_target(url), SIGFOX_CLOUD, "0badcafe", values=values, **given)
    return [each for each in callback.warnings(typed=typed) if kind.ends == "" or kind.ends not in each]


@EVERY
def test_defaults_need_no_caution(name):
    """The default body of each type, and its form, are sent without a word but for what a type must have."""
    kind = CALLBACK_TYPES[name]
    assert warnings(name=name) == []
    form = warnings(name=name, body=kind.form, content_type=FORM)
    assert ["a JSON body is mandatory" in each for each in form] == [True] * kind.json_only


@EVERY
def test_a_url_that_a_shell_cut(name):
    """What is left of ?a={device}&b={time} gets one line that tells to quote it, with a body that has the rest too."""
    for variable in ("sourceId" if name == "event" else "device", "time"):
        url = f"https://a.example/x?v={{{variable}}}"
        (said,) = [each for each in warnings(url, name) if CUT in each]
        assert said.startswith("warning: ")
        (said,) = warnings(url, name, method="POST")
        assert said.startswith("note: ")
        assert CUT in said


@pytest.mark.parametrize("query", ["?id={device}&x=1", "{device}", "?x=1", "?x={1}"])
def test_a_whole_url_is_not_called_cut(query):
    """A query of several parameters, a path with a variable and a query without one are no sign of a shell."""
    assert warnings(f"https://a.example/{query}", method="POST") == []


def test_a_url_of_a_file_is_never_cut():
    """What a configuration file says went through no shell."""
    assert warnings("https://a.example/?id={device}", method="POST", typed=False) == []
    (said,) = warnings("https://a.example/?id={device}", typed=False)
    assert said.endswith("look alike to the receiver: add {time} and {seqNumber}")


ALIKE = "so all messages of a device look alike to the receiver"


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("data/uplink", '{"d":"{data}"}', f"carries only {{data}}, {ALIKE}: add {{time}} and {{seqNumber}}"),
        (
            "service/data-advanced",
            '{"d":"{device}","q":"{lqi}","c":{computedLocation}}',
            f"carries only {{device}}, {{lqi}} and {{computedLocation}}, {ALIKE}: add {{time}} and {{seqNumber}}",
        ),
        ("error", '{"d":"{device}"}', f"carries only {{device}}, {ALIKE}: add {{time}}"),
        ("event", '{"d":"{sourceId}"}', f"only {{sourceId}}, {ALIKE}: add {{time}} and {{deviceMessageSeqnumber}}"),
        ("error", '{"d":{time}}', "does not carry {device}, so the receiver cannot tell which device it hears of: add"),
        ("event", '{"d":{time}}', "does not carry {sourceId}, so the receiver cannot tell which device it hears of"),
        ("data/bidir", '{"n":{seqNumber}}', "does not carry {device}, so"),
    ],
)
def test_what_identifies_a_message_is_missing(name, body, says):
    """What is missing is called as the type calls it."""
    (said,) = warnings(name=name, body=body)
    assert says in said


KEY = '{"d":"{device}","t":{time},"x":'
"""The beginning of a body, which has what identifies a message."""

UNQUOTED = "take it out of its quotes, because the portal inserts raw JSON"


@pytest.mark.parametrize(
    ("name", "body", "place", "fix"),
    [
        ("data/uplink", '{"d":{device},"t":{time}}', "column 6, where {device} stands", "put it in quotes"),
        ("data/uplink", '{"d":"{device}",\n "t":{time},\n "x":{data}}', "line 3, column 6, where {data}", "in quotes"),
        ("data/uplink", '{"d":"{device}","t":{time},}', "column 28", "check the quotes and commas there"),
        ("data/uplink", '"d":"{device}","t":{time}', "column 4", "check the quotes and commas there"),
        ("data/uplink", "{'d':'{device}','t':{time}}", "column 2", "check the quotes"),
        ("data/uplink", '{"d":"{device}" "t":{time}}', "column 17", "check the quotes"),
        ("data/uplink", KEY + "{station}}", "column 32, where {station} stands", "put it in quotes"),
        ("data/uplink", KEY + "NaN}", "once its variables are filled: ", "NaN and Infinity"),
        ("service/acknowledge", KEY + "{infoMessage}}", "where {infoMessage} stands", "put it in quotes"),
        ("service/data-advanced", KEY + '"{duplicates}"}', "column 33, where {duplicates} stands", UNQUOTED),
        ("service/data-advanced", KEY + '"{computedLocation}"}', "where {computedLocation} stands", UNQUOTED),
    ],
)
def test_a_body_that_is_no_json(name, body, place, fix):
    """The place in the template is named, and what to do there."""
    (said,) = warnings(name=name, body=body)
    assert said.startswith("warning: the body is not JSON once its variables are filled")
    assert place in said
    assert fix in said
    assert "older official text" in said


@pytest.mark.parametrize(
    "given",
    [
        {"body": '{"d":"{device}","t":{time},"r":{rssi}}', "var": ("rssi=null",)},
        {"body": '{"d":"{device}","t":{time},"c":{customData#f}}', "config": "f:11:float:32"},
        {"body": '{"d":"{device}","t":{time},"c":"{customData#c}"}', "config": "c::char:2"},
        {"body": '["{device}",{time},' + "9" * 5000 + ",1e999]"},
        {"body": "{device} {time}", "content_type": "text/plain"},
        {"body": "", "url": "https://a.example/?id={device}&t={time}"},
    ],
    ids=["null", "float", "char", "numbers", "text", "empty"],
)
def test_what_is_json_or_called_otherwise(given):
    """null, numbers of any size, text in quotes, another content type and an empty body are no reason for a word."""
    assert warnings(**given) == []


def test_text_of_the_payload_needs_quotes():
    """A char of the payload configuration is text, though this payload has none there."""
    (said,) = warnings(body='{"d":"{device}","t":{time},"c":{customData#c}}', config="c:11:char:1")
    assert "column 32, where {customData#c} stands: put it in quotes" in said


@pytest.mark.parametrize("given", [{"content_type": "text/plain", "body": "x"}, {"method": "GET"}, {"body": ""}])
def test_data_advanced_without_json(given):
    """One version of the page demands JSON, and the line says that it is one version."""
    (said,) = warnings("https://a.example/?id={device}&t={time}", "service/data-advanced", **given)
    assert "one version of Sigfox's page on service/data-advanced says that a JSON body is mandatory" in said


def test_no_word_of_a_body_is_repeated():
    """A line about a body says where it is wrong, and nothing of its text, which may be a secret."""
    for body in ('{"k":"hunter2",}', '{"k":hunter2}', "hunter2", '{"k":"hunter2","d":{device}}', "[" * 100_000):
        said = "".join(warnings(body=body))
        assert "not JSON" in said
        assert "hunter2" not in said
        assert "[[" not in said
