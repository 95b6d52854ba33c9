"""Secrets appear in no output, and hostile text is harmless wherever it is shown."""

import html
import json
from base64 import b64encode
from urllib.parse import quote

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigcheck.judge import EXIT_CODES, judge
from sigcheck.model.evidence import Target
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer_answer import Shape
from sigcheck.probes.url import UrlObserver
from sigcheck.redaction.redact import Redactor, redact_url
from sigcheck.redaction.secrets_of import (
    redact_body,
    secrets_of_body,
    secrets_of_header,
    secrets_of_headers,
    secrets_of_url,
)
from sigcheck.redaction.secrets_of_command import redact_command, secrets_of_command
from sigcheck.report import FORMATS, RenderOptions, render
from sigcheck.report.json import schema
from sigcheck.rules import RULES
from tests.evidence import STARTED, answer, evidence, failure, samples

LOOK = RenderOptions(version="0", detail=1)
SCHEMA = jsonschema.Draft202012Validator(json.loads(schema()))
secret_text = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="."), min_size=8, max_size=40
).filter(lambda text: len(set(text)) > 4 and "{" not in text)


def hidden(secret, text):
    """Whether neither a secret nor a telling part of it (8 characters) is in a text."""
    return not any(secret[start : start + 8] in text for start in range(max(1, len(secret) - 7)))


def rendered(report):
    """Render a report in each format."""
    return {name: render(report, name, LOOK) for name in FORMATS}


OWN_WORDS = (*rendered(judge(evidence(), RULES, finished_at=STARTED)).values(), *EXIT_CODES)
"""A secret that is a word of the report itself is no secret of this test."""


@pytest.mark.parametrize(
    "form",
    [
        lambda secret: secret,
        lambda secret: quote(secret, safe=""),
        lambda secret: quote(secret),
        lambda secret: json.dumps(secret)[1:-1],
        lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
        html.escape,
    ],
    ids=["plain", "percent", "percent-but-slash", "json", "php-json", "html"],
)
def test_a_secret_is_known_in_the_forms_of_the_web(form):
    """Echoed in a URL, in JSON or in HTML, a secret is the same secret."""
    secret = "pa/ss\"<w&rd>%'é"
    shown = Redactor([secret]).text(f"you sent {form(secret)}!")
    assert shown == "you sent ***!"


@given(cut=st.integers(4, 19))
def test_a_cut_secret_is_hidden_too(cut):
    """What is left of a secret where a text was shortened is not shown either."""
    secret = "abcdefghijklmnopqrst"
    assert Redactor([secret]).text(f"said '{secret[:cut]}…'") == "said '***…'"
    assert Redactor([secret]).text("x" * 200 + secret[:cut]) == "x" * 200 + "***"


def test_a_secret_cut_in_a_body_is_hidden_too():
    """The kept part of a body may end in the middle of a secret."""
    body = b"x" * 2041 + b"abcdefg"
    shown = Redactor(["abcdefghijklmnopqrst"]).struct(answer(body=body))
    assert b"abcdefg" not in shown.body


@pytest.mark.parametrize(
    "word",
    ["public", "connected", "complete", "previous", "answer", "pass", "must", "retry", "dedup-lost", "reach-refused",
     "fake", "network", "https", "POST", "wait", "sigfox", "2026"],
)  # fmt: skip
def test_a_secret_that_is_one_of_our_words_blanks_none_of_them(word):
    """Whatever the secret, the JSON report keeps to its schema, and rule names and statuses stay readable."""
    seen = evidence(samples=samples(answer(), failure(), answer()))
    report = judge(seen, RULES, finished_at=STARTED)
    shown = Redactor([word]).struct(report)
    SCHEMA.validate(json.loads(render(shown, "json", LOOK)))
    assert [(result.rule, result.status) for result in shown.results] == [
        (result.rule, result.status) for result in report.results
    ]
    assert shown.evidence.network.addresses[0].scope == "public"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pw@a.example/x", "https://***@a.example/x"),
        ("https://token@a.example/x", "https://***@a.example/x"),
        ("https://a.example/?k=abc&id={device}", "https://a.example/?k=***&id={device}"),
        ("https://a.example/?k=abc{device}", "https://a.example/?k=***{device}"),
        ("https://a.example/?k=&x", "https://a.example/?k=&***"),
        ("https://a.example/?s3cret", "https://a.example/?***"),
        ("https://a.example/?{device}", "https://a.example/?{device}"),
        ("https://a.example/x;token=abc/y;v=1", "https://a.example/x;token=***/y;v=***"),
        ("https://a.example/hooks/3f9a0c71b2/in", "https://a.example/hooks/***/in"),
        ("https://a.example/in/T0K3N0fMine{device}", "https://a.example/in/***{device}"),
        ("https://a.example/token/abc/in", "https://a.example/token/***/in"),
        ("https://a.example/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "https://a.example/***"),
        ("https://a.example/AbCdEfGhIjKlMnOpQrStUvWx", "https://a.example/***"),
        (
            "https://a.example/v1/sigfox/uplink-data/device12.php",
            "https://a.example/v1/sigfox/uplink-data/device12.php",
        ),
        ("https://a.example/x;abc/y", "https://a.example/x;***/y"),
        ("https://a.example/bot123456:AAE-x_y/in", "https://a.example/***/in"),
        ("https://a.example/services/qwertyuiopasdfghjklzxcvbnm", "https://a.example/services/***"),
        ("https://a.example/SigfoxCallbackReceiver/api2", "https://a.example/SigfoxCallbackReceiver/api2"),
        ("https://a.example/a@b?c=@", "https://a.example/a@b?c=***"),
        ("https://a.example/#k=abc", "https://a.example/#***"),
        ("user:pw@a.example", "***@a.example"),
        ("https://user:p/w@a.example/x", "https://***@a.example/x"),
        ("no url at all", "no url at all"),
        ("https://a.example:8443/x@y", "https://a.example:8443/x@y"),
    ],
)
def test_urls_are_shown_without_their_secrets(url, shown):
    """A login and literal query values are hidden, placeholders and all else are shown."""
    assert redact_url(url) == shown


def test_secrets_of_a_url():
    """User, password, both in Base64, and query values, each as it stands and decoded."""
    found = secrets_of_url("https://us%65r:p%40ss@a.example/?k=a%20b&id={device}")
    assert {"us%65r", "user", "p%40ss", "p@ss", "user:p@ss", "a%20b", "a b"} <= set(found)
    assert b64encode(b"user:p@ss").decode() in found
    assert "{device}" not in found


def test_secrets_of_a_header():
    """The value, its words without the scheme, and the login that a Basic one encodes."""
    encoded = b64encode(b"user:pass:word").decode()
    found = secrets_of_header(f"Basic {encoded}")
    assert {encoded, "user:pass:word", "user", "pass:word"} <= set(found)
    assert not {"Basic", "basic"} & set(found)
    assert "abc" in secrets_of_header("Bearer abc")
    assert secrets_of_header("{device}") == ()


def test_headers_that_say_how_to_talk_are_no_secrets():
    """Accept and Content-* are sent by everybody: their words may stand in any output."""
    public = (("Accept", "text/plain"), ("Content-Language", "en-GB"), ("user-agent", "gateway/7"))
    assert secrets_of_headers(public) == ()
    assert secrets_of_headers((*public, ("X-Accept", "hunter2"))) == ("hunter2",)
    observer = UrlObserver(
        "https://a.example/", ("Accept: text/plain", "X-Key: hunter2"), Shape(), 1.0, resolver=Resolver(), roots=None
    )
    assert observer.secrets == ("hunter2",)


@pytest.mark.parametrize(
    "arguments",
    [
        ["psql", "postgresql://user:hunter2@db/x"],
        ["psql", "--dbname=postgresql://user:hunter2@db/x"],
        ["mysql", "--password=hunter2"],
        ["mysql", "--password", "hunter2"],
        ["curl", "-H", "Authorization: Bearer hunter2"],
        ["curl", "-u", "me:hunter2"],
        ["env", "PGPASSWORD=hunter2", "psql"],
        ["curl", "https://a.example/?token=hunter2"],
        ["curl", "-sH", "Authorization: Bearer hunter2"],
        ["curl", "-HAuthorization: Bearer hunter2"],
        ["curl", "--header=Authorization: Bearer hunter2"],
        ["curl", "-su", "me:hunter2"],
        ["curl", "-ume:hunter2"],
        ["curl", "--user=me:hunter2"],
        ["bash", "-c", "curl -sH 'Authorization: Bearer hunter2' https://a.example/ | jq .count"],
        ["sh", "-c", "curl -u 'me:hunter2' \"unfinished"],
        ["sh", "-c", 'curl --user "me:hunter2"'],
        ["docker", "exec", "db", "/bin/sh", "-ec", "PGPASSWORD=hunter2 psql -c 'select 1'"],
        ["mysql", "-phunter2", "-N", "-B", "-e", "select 1"],
        ["/usr/bin/mariadb", "-uroot", "-phunter2"],
        ["ssh", "db", "mysql", "-phunter2"],
        ["redis-cli", "-a", "hunter2", "get", "count"],
        ["psql", "host=db password=hunter2 dbname=x"],
        ["psql", "host=db password='hunter2' dbname=x"],
        ["bash", "-c", "psql 'host=db password=hunter2' -c 'select 1'"],
        ["mongosh", "-u", "me", "-p", "hunter2"],
        ["sshpass", "-phunter2", "ssh", "db"],
        ["sqlcmd", "-S", "db", "-P", "hunter2"],
        ["isql", "-P", "hunter2"],
        ["curl", "-b", "sid=hunter2"],
        ["curl", "--oauth2-bearer", "hunter2"],
        ["curl", "-U", "me:hunter2"],
        ["https", "-a", "me:hunter2", "a.example"],
        ["smbclient", "-U", "me%hunter2"],
        ["influx", "query", "--token", "hunter2"],
        ["az", "--account-key", "hunter2"],
        ["mosquitto_sub", "-P", "hunter2"],
        ["sqlplus", "scott/hunter2@orcl"],
        ["curl", "-d", '{"token":"hunter2"}', "https://a.example/"],
        ["influx", "query", "-t", "hunter2"],
        ["cypher-shell", "-p", "hunter2"],
        ["vault", "login", "hunter2"],
        ["http", "a.example", "X-Api-Key:hunter2"],
        ["python", "-c", 'connect(password="hunter2")'],
    ],
    ids=" ".join,
)
def test_secrets_of_a_command(arguments):
    """Logins in URLs and the values of options that are named like a secret are found in a command."""
    assert "hunter2" not in Redactor(secrets_of_command(arguments)).text(" ".join(arguments))
    assert "hunter2" not in " ".join(redact_command(arguments))


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{"k":"abc","d":"{device}","t":{time}}', '{"k":"***","d":"{device}","t":{time}}'),
        ('{"k":"abc{device}","pin":73419055,"n":1}', '{"k":"***{device}","pin":***,"n":1}'),
        ("k=abc&d={device}", "k=***&d={device}"),
        ("{device},abc;{time}", "{device},***;{time}"),
        ("{device}", "{device}"),
        ("[]", "[]"),
    ],
)
def test_bodies_are_shown_without_their_secrets(body, shown):
    """Literal values are hidden in JSON, in forms and in lists; names, placeholders and punctuation are shown."""
    assert redact_body(body) == shown
    assert ("abc" in secrets_of_body(body)) == ("abc" in body)


def test_a_short_secret_of_a_command_is_hidden_where_it_stands():
    """It is too short to be looked for, but not to be printed."""
    assert redact_command(["mysql", "-px", "-e", "select x"]) == ["mysql", "-p***", "-e", "select x"]
    assert redact_command(["curl", "-u", "me:x", "https://me:y@a.example/?k=z"])[2:] == [
        "me:***",
        "https://***@a.example/?k=***",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["psql", "-c", "select password from readings where token = 'x'"],
        ["bash", "-c", "echo 'unfinished"],
        ["awk", "/device: {device}/ {n++} END {print n+0}", "receiver.log"],
    ],
    ids=" ".join,
)
def test_a_command_without_secrets(arguments):
    """Words of a query or of a script are not taken for secrets: that would blank them all over a report."""
    assert [secret for secret in secrets_of_command(arguments) if len(secret) >= 4] == []


def test_structs_are_walked_wholly():
    """A target's URL loses its query values even where no secret was announced."""
    shown = Redactor().struct(Target("https://u:p@a.example/?k=v", "https", "a.example", 443))
    assert shown.url == "https://***@a.example/?k=***"


def test_nothing_to_hide_changes_nothing():
    """Evidence without secrets or hostile text comes back as the same object."""
    seen = evidence()
    assert Redactor(["unrelated-secret"]).struct(seen) is seen
    assert msgspec.json.encode(Redactor().struct(seen)) == msgspec.json.encode(seen)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://r.example/{customData#t}", "https://r.example/{customData#t}"),
        ("https://r.example/{customData%23t}", "https://r.example/{customData%23t}"),
        (
            "https://r.example/{customData#t}?key=hunter2&x={customData#t}",
            "https://r.example/{customData#t}?key=***&x={customData#t}",
        ),
        ("https://r.example/{customData#t}#hunter2", "https://r.example/{customData#t}#***"),
        ("https://r.example/{other#hunter2}", "https://r.example/{other#***"),
    ],
)
def test_a_custom_variable_begins_no_fragment(url, shown):
    """The URL is shown as the portal has it, and what stands behind such a variable is hidden as ever."""
    assert redact_url(url) == shown
    assert ("hunter2" in url) == any("hunter2" in secret for secret in secrets_of_url(url))
    if "key=" in url:
        assert "hunter2" in secrets_of_url(url)
