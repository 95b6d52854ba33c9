"""Records of undelivered callbacks are read in every form, told apart by callback, and never trusted."""

import json
import re
import shlex
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sigcheck.account.callbacks import callbacks
from sigcheck.account.explained import MOST_CALLBACKS, explain
from sigcheck.account.telling import csv, markdown, text
from sigcheck.account.undelivered import LONGEST, MOST, read, record_of
from sigcheck.errors import UsageProblem
from sigcheck.report import RenderOptions
from tests.account.records import EXAMPLE, KCCS, SECRET, URL, V1, failed

OPTIONS = RenderOptions(version="0", width=80)


def written(document):
    """Give a document as the bytes of a file."""
    return json.dumps(document).encode()


def explained(*records, targets=None):
    """Explain records as they stand in a file."""
    return explain(read(written(list(records)), "FILE"), targets or {}, "0")


def shown(whole):
    """Give everything that is ever printed of an explanation."""
    return "\n".join((text(whole, OPTIONS), csv(whole), markdown(whole), msgspec.json.encode(whole).decode()))


def test_a_published_record():
    """A status that is a number, a date beside the time, milliseconds and a body that is an object are all read."""
    record = record_of(KCCS)
    assert (record.status, record.time, record.body) == (404, 1568980330, '{"device": "20AEAB"}')
    (callback,) = explained(KCCS).callbacks
    assert callback.causes[0].cause == "404 Not Found"
    assert callback.tally.first == datetime(2019, 9, 20, 11, 52, 10, tzinfo=UTC)


def test_records_without_a_url_have_no_command_to_run():
    """Then nobody is told to run the next command, which only explains, but what to look up."""
    (callback,) = explained({"device": "20AEAB", "status": 600, "message": "Unresolved network address"}).callbacks
    (cause,) = callback.causes
    assert cause.command.startswith("sigcheck explain ")
    assert "Run the next command" not in cause.fix
    assert "`sigcheck verify URL --only reach,tls`" in cause.fix


def test_the_first_version_of_the_api():
    """Its names, its times in seconds and its statuses as text are read."""
    record = record_of(V1)
    assert (record.device, record.time, record.status) == ("00A1", 1381766225, 600)
    (callback,) = explained(V1).callbacks
    assert callback.url == "http://host.example.com/single?device={device}&time={time}&duplicate=***&data={data}"


def test_the_example_of_the_definition():
    """It says `messages` and `header`, and its URL has no scheme: the command has one."""
    record = record_of(EXAMPLE)
    assert (record.message, record.headers) == ("Internal Server Error", (("header1", SECRET),))
    (callback,) = explained(EXAMPLE | {"callback": {"url": "www.example.com"}}).callbacks
    assert callback.causes[0].command == "sigcheck verify https://www.example.com --only response"


@pytest.mark.parametrize(
    "content",
    [
        written([KCCS, V1]),
        written({"data": [KCCS, V1], "paging": {}}),
        written([{"data": [KCCS]}, {"data": [V1]}]),
        written([[KCCS], [V1]]),
        written(KCCS) + b"\n" + written(V1) + b"\n",
        written({"data": [KCCS]}) + b"\n\n" + written({"data": [V1]}),
        b"\xef\xbb\xbf" + written([KCCS, V1]),
    ],
    ids=["list", "page", "pages", "lists", "lines", "pages in lines", "mark"],
)
def test_every_form_of_a_file(content):
    """A list, a page, several of them, and a record on each line have the same records."""
    found = read(content, "FILE")
    assert [each.device for each in found.records] == ["20AEAB", "00A1"]
    assert (found.skipped, found.cut, found.more_pages) == (0, False, False)


def test_one_record():
    """The answer for a single callback is one record without a list around it."""
    assert len(read(written(KCCS), "FILE").records) == 1


@pytest.mark.parametrize("content", [b"[]", b'{"data":[]}', b'{"data":[],"paging":{}}\n'])
def test_nothing_undelivered(content):
    """A list without records is good news, and no mistake."""
    whole = explain(read(content, "FILE"), {}, "0")
    assert (whole.exit_code, text(whole, OPTIONS)) == (0, "NOTHING UNDELIVERED  there is no record (exit 0)\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"{", "is not JSON (line 1, column 2)"),
        (b"<html>", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"1" * 5000, "has a number that is too large"),
        (b'{"message":"bad request","errors":[]}', "has no records"),
        (b'"text"', "has no records"),
        (b'[1,2,"x"]', "has no records"),
    ],
)
def test_what_is_no_file_of_records(content, says):
    """One line says what is wrong with it, and what to give."""
    with pytest.raises(UsageProblem, match="callbacks-not-delivered") as problem:
        read(content, "FILE")
    assert says in problem.value.message


def test_what_was_left_out_is_said():
    """Entries that are not records, and a next page that nobody gave."""
    whole = explain(read(written({"data": [KCCS, 1, {}], "paging": {"next": "https://x/"}}), "FILE"), {}, "0")
    assert whole.notes == (
        "The last page names a next one, which was not given: there are more records.",
        "2 entries are not a record, and were left out.",
    )
    assert all(note.rstrip(".") in shown(whole).replace("\n", " ") for note in whole.notes)


def test_a_huge_file_is_cut():
    """More records than are read, and more callbacks than are told of, are both said."""
    lines = b"\n".join([written({"status": 600})] * (MOST + 1))
    found = read(lines, "FILE")
    assert (len(found.records), found.cut) == (MOST, True)
    assert explain(found, {}, "0").notes == (f"There are more records: only the first {MOST:,} were read.",)
    many = explained(*(failed(url=f"https://h{'abcdefghij'[n // 100]}{n}.example.com/") for n in range(300)))
    assert len(many.callbacks) == MOST_CALLBACKS
    assert "There are 300 callbacks" in many.notes[0]
    assert "by 300 callbacks (exit 1)" in " ".join(text(many, OPTIONS).split())
    assert len(record_of({"status": 600, "message": "x" * 10_000}).message) == LONGEST


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (1568980330000, 1568980330),
        (1568980330, 1568980330),
        ("1568980330", 1568980330),
        ("1568980330000", 1568980330),
        (0, None),
        (-1, None),
        (True, None),
        (1e300, None),
        (float("nan"), None),
        (float("inf"), None),
        ("soon", None),
        (None, None),
        ([1], None),
        ("2019-09-20T20:52:10+09:00", 1568980330),
        ("2019-09-20T11:52:10Z", 1568980330),
        ("2019-09-20T11:52:10", None),
    ],
)
def test_times(given, seconds):
    """Seconds and milliseconds are told apart by their size; a text counts if it says its zone; all else is no time."""
    assert record_of({"status": 600, "time": given}).time == seconds


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("2019-09-20T20:52:10+09:00", 1568980330), ("2019-09-20T11:52:10Z", 1568980330), ("2019/09/20 20:52:10", None),
     ("2019-09-20T20:52:10", None), ("0001-01-01T00:00:00+23:59", None), (7, None)],
)  # fmt: skip
def test_a_date_without_a_time(given, seconds):
    """It counts only if it says its zone."""
    assert record_of({"status": 600, "date": given}).time == seconds


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [(404, 404, ""), ("404", 404, ""), ("404 Not Found", 404, ""), (600.0, 600, ""), ("OK", None, "OK"),
     ("4040", None, "4040"), (True, None, "true"), (None, None, ""), ({"a": 1}, None, '{"a": 1}'),
     (1e400, None, "Infinity")],
)  # fmt: skip
def test_statuses(given, status, said):
    """A number in whatever form, or else what stands in its place."""
    record = record_of({"status": given})
    assert (record.status, record.said) == (status, said)


def test_the_values_of_messages_become_placeholders():
    """Records of one callback are put together by their own values, in path and query, batches too."""
    url = "https://h.example.com/{device}/in?t={time}&seq={seqNumber}&rssi={rssi}&batch={device}%3B{time}%3B{data}%3B"
    whole = explained(*(failed(number, url=url) for number in range(1, 40)))
    assert len(whole.callbacks) == 1
    # The literal signs of the batch are hidden, as each literal of a query is.
    assert whole.callbacks[0].url == (
        "https://h.example.com/{device}/in?t={time}&seq={seqNumber}&rssi={rssi}&batch=***{device}{time}{data}"
    )


def test_values_that_no_record_tells():
    """A part that differs from record to record is a variable too, and two callbacks stay two."""
    records = [failed(n) | {"callback": {"url": f"https://h.example.com/v2/x{n}/in?k={n}"}} for n in range(5)]
    (callback,) = explained(*records).callbacks
    assert callback.url == "https://h.example.com/v2/…/in?k=***"
    two = explained(failed(url="https://h.example.com/hook1"), failed(url="https://h.example.com/hook2"))
    assert [each.url for each in two.callbacks] == ["https://h.example.com/hook1", "https://h.example.com/hook2"]


def test_a_short_device_id_in_a_path():
    """An id of two or three digits is put back where it is a whole part of the path, and nowhere else."""
    record = failed() | {"deviceId": "A2", "callback": {"url": "https://h.example.com/A2/v2/x-A2?k={time}"}}
    assert explained(record).callbacks[0].url == "https://h.example.com/{device}/v2/x-A2?k={time}"


def test_methods_and_hosts_tell_callbacks_apart():
    """A GET is not the POST of the same URL; capitals of a host make no difference."""
    get = failed() | {"callback": {"url": URL, "method": "get"}}
    same = failed(url=URL.replace("callbacks.example.com", "CALLBACKS.example.com"))
    assert len(callbacks(read(written([get, failed(), same]), "FILE").records)) == 2


def test_messages_are_counted_as_well():
    """Four records of one message are its delivery and three retries."""
    whole = explained(*[failed(1)] * 4, failed(2), {"status": 600}, {"status": 600})
    assert (whole.tally.records, whole.tally.messages, whole.tally.devices) == (7, 4, 2)
    assert "5 records of 2 messages from 2 devices, received 2025-11-20 09:23:20 to\n" in text(whole, OPTIONS)


def test_causes_in_order_of_their_count():
    """The commonest cause of the callback with the most records comes first."""
    rare = failed(3, status=500, message="Internal Server Error")
    whole = explained(failed(9, url="https://other.example.com/"), rare, *(failed(n) for n in range(3)))
    assert [each.url for each in whole.callbacks] == [URL, "https://other.example.com/"]
    assert [(each.status, each.tally.records) for each in whole.callbacks[0].causes] == [(600, 3), (500, 1)]


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://CALLBACKS.example.com/sigfox".lower(),
        "https://${HOST}/sigfox",
        "https://callbacks.example.com/sigfox?device={device}",
    ],
)
def test_a_target_of_the_configuration_file(url):
    """The command has its name, so that it runs with the target's own headers and body."""
    (callback,) = explained(failed(), targets={"other": "https://x.example.com/", "orders": url}).callbacks
    assert callback.target == "orders"
    assert callback.causes[0].command == "sigcheck verify orders --only reach"


def test_a_target_with_placeholders():
    """The URL of a target has variables where the record has values."""
    url = "https://callbacks.example.com/{device}?t={time}&k=${KEY}"
    record = failed(url="https://callbacks.example.com/{device}?t={time}&k=hunter2hunter2")
    assert explained(record, targets={"orders": url}).callbacks[0].target == "orders"
    assert explained(record, targets={"orders": url.replace("{device}", "x")}).callbacks[0].target == ""


def test_the_command_is_safe_to_paste():
    """Whatever a URL holds, a shell takes it for one word, and only known methods and content types are options."""
    hostile = failed(url="https://h.example.com/';rm -rf ~;'$(id)`id`\n--x") | {"status": 404}
    hostile["callback"] |= {"method": "X --config /etc/passwd", "contentType": "a/b; rm"}
    (callback,) = explained(hostile).callbacks
    words = shlex.split(callback.causes[0].command)
    assert words[:2] == ["sigcheck", "verify"]
    assert words[3:] == ["--only", "response"]
    assert words[2].startswith("https://h.example.com/")
    assert "\n" not in callback.causes[0].command


def test_the_command_has_what_the_callback_has():
    """Method, content type and the type that has the variables of its URL."""
    form = "application/x-www-form-urlencoded"
    record = failed(status=401, message="Unauthorized", url="https://h.example.com/?b={batt}", contentType=form)
    record["parameters"]["batt"] = "3.61"
    record["callback"]["url"] = "https://h.example.com/?b=3.61"
    (callback,) = explained(record).callbacks
    assert callback.causes[0].command == (
        f"sigcheck verify 'https://h.example.com/?b={{batt}}' --only response --type service/status --method POST "
        f"--content-type {form}"
    )


SECRETIVE = failed(
    1,
    status=600,
    message=f"failed for https://bob:{SECRET}1@h.example.com/x?token={SECRET}2 with {SECRET}3 and {SECRET}4",
    url=f"https://bob:{SECRET}1@h.example.com/hooks/9f8e7d6c5b4a39281706/x?token={SECRET}2&a={SECRET}5",
    headers={"Authorization": f"Bearer {SECRET}3", "X-Key": f"{SECRET}4"},
    body={"device": "20AE01", "apiKey": f"{SECRET}6"},
    error=f"could not send {SECRET}6 to https://h.example.com/hooks/9f8e7d6c5b4a39281706/",
)


@pytest.mark.parametrize("error", [True, False])
def test_no_secret_is_shown(error):
    """Not of the URL, of its query or path, of headers, or of the body, though the record's own texts repeat them."""
    record = json.loads(json.dumps(SECRETIVE))
    if not error:
        del record["callback"]["error"]
    seen = shown(explained(record))
    assert SECRET not in seen
    assert "9f8e7d6c5b4a39281706" not in seen
    assert "https://***@h.example.com/hooks/***/x?token=***&a=***" in seen


def test_hostile_text_is_disarmed():
    """Escapes, orders to a CI log, formulas and markup of a record are shown and do nothing."""
    message = "\x1b[31m::error::x \ud800 =cmd|' /C calc'!A0 | [x](https://evil.example.com) <b> @team"
    whole = explained(failed(message=message, status=418), failed(url="https://h.example.com/\u202e|`x`"))
    for rendering in (text(whole, OPTIONS), csv(whole), markdown(whole)):
        assert "\x1b" not in rendering
        assert "::error::" not in rendering
        assert "\u202e" not in rendering
        rendering.encode()
    assert '"=cmd' not in csv(explained(failed(message="=cmd", status=418)))
    html = MarkdownIt().enable("table").render(markdown(whole))
    assert "<a " not in html
    assert "<b>" not in html
    assert re.search(r"<code>[^<]*@team", html)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = ("deviceId", "device", "deviceTypeId", "time", "date", "data", "status", "message", "messages", "parameters")
SENT = ("url", "headers", "header", "body", "contentType", "method", "error", "subject", "message")


def _some(names, values):
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, values))


RECORDS = st.builds(
    lambda record, callback: {**record, "callback": callback}, _some(NAMES, JSON), _some(SENT, JSON) | JSON
)


@given(st.lists(RECORDS | JSON, min_size=1, max_size=5))
def test_no_json_crashes(entries):
    """Whatever stands in a file is read or refused, and what is printed can be written anywhere."""
    try:
        found = read(json.dumps({"data": entries}).encode(), "FILE")
    except UsageProblem:
        return
    whole = explain(found, {"orders": URL}, "0")
    assert whole.tally.records == sum(each.tally.records for each in whole.callbacks)
    seen = shown(whole)
    seen.encode()
    assert "\x1b" not in seen
    assert all(cause.command.startswith("sigcheck ") for each in whole.callbacks for cause in each.causes)


TOKEN = "Zx9Qw8Er7Ty6Ui5Op4"


@given(
    st.sampled_from(("https://h.example.com/a?k={}", "https://u:{}@h.example.com/", "https://h.example.com/{}/x")),
    st.text(max_size=10),
    st.text(max_size=10),
    st.sampled_from((200, 302, 404, 500, 600, None, "text")),
)
def test_no_token_is_ever_shown(url, before, after, status):
    """A token of the URL, of a header or of the body is in no output, whatever text of the record has it."""
    said = f"{before} {TOKEN} {after}"
    callback = {"url": url.format(TOKEN), "headers": {"Authorization": f"Bearer {TOKEN}"}, "body": {"token": TOKEN}}
    record = {"deviceId": "20AEAB", "status": status, "message": said, "callback": callback}
    assert TOKEN not in shown(explained(record, record | {"callback": {**callback, "error": said}}))
