"""The glossary: every word leads to its entry, every entry to rules and pages that exist, and a slip to a near name."""

import click
import pytest

from sigcheck.cli import cli
from sigcheck.errors import UsageProblem
from sigcheck.glossary import GLOSSARY
from sigcheck.glossary.entry import Entry
from sigcheck.glossary.families import FAMILY_NEEDS, FAMILY_PAGES, FAMILY_TITLES
from sigcheck.manual.find import LONGEST, Family, Page, Status, find, find_each, names_of
from sigcheck.manual.pages import names as page_names
from sigcheck.manual.paper import Paper
from sigcheck.manual.written import contents, markdown_of
from sigcheck.model.rule import FAMILIES, Rule
from sigcheck.report import FORMATS
from sigcheck.rules import RULES

IDS = {rule.id for rule in RULES}
PASTED = {
    "sun.security.validator.ValidatorException: PKIX path building failed: sun.security.provider.certpath."
    "SunCertPathBuilderException: unable to find valid certification path to requested target":
        "PKIX path building failed",
    "curl: (60) SSL certificate problem: unable to get local issuer certificate":
        "unable to get local issuer certificate",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1000)":
        "certificate has expired",
    "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate":
        "self-signed certificate",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:1000)": "CERTIFICATE_VERIFY_FAILED",
    "javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure": "handshake_failure",
    "java.net.ConnectException: Connection timed out (Connection timed out)": "timeout",
    "curl: (7) Failed to connect to x.example port 443: Connection refused": "Connection refused",
    "curl: (56) Recv failure: Connection reset by peer": "Connection reset",
    "600 - Unresolved network address - #4": "Unresolved network address",
    "[ERROR] 401 - Unauthorized - #1": "401 Unauthorized",
    "401 - Unauthorized - #1": "401 Unauthorized",
    "HTTP/1.1 502 Bad Gateway": "502 Bad Gateway",
    "the portal shows 504 Gateway Timeout": "504 Gateway Timeout",
    "we get the error code 404": "404 Not Found",
    "SSL_do_handshake() failed (SSL: error:0A000418:SSL routines::tlsv1 alert unknown ca:SSL alert number 48) while":
        "alert unknown_ca (48)",
    "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:1000)": "alert unknown_ca (48)",
    "routines:ssl3_read_bytes:sslv3 alert certificate unknown:SSL alert number 46": "alert certificate_unknown (46)",
    "javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_expired": "alert certificate_expired (45)",
    "SSL alert number 40": "handshake_failure",
    "SSL alert number 42": "alert bad_certificate (42)",
    "SSL alert number 70": "protocol_version",
    "SSL alert number 80": "alert internal_error (80)",
    "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1000)": "wrong version number",
    "javax.net.ssl.SSLException: Unrecognized SSL message, plaintext connection?": "wrong version number",
    "x509: certificate signed by unknown authority": "x509: certificate signed by unknown authority",
    "error: JSON body could not be evaluated": "JSON body could not be evaluated",
    "sqlite3.IntegrityError: UNIQUE constraint failed: m.device": "duplicate key value violates unique constraint",
    "connect() failed (111: Connection refused) while connecting to upstream": "while connecting to upstream",
    "upstream prematurely closed connection while reading": "upstream prematurely closed connection",
    "no live upstreams while connecting to upstream": "no live upstreams",
    "[ERROR] - Base station 3849 - 1 second": "Base station 3849",
    "[ERROR] - Base station 3849 - 1 second 401 - Unauthorized - #1": "401 Unauthorized",
    "Base station 3849 - error: 401 - Unauthorised": "401 Unauthorized",
    "user-agent : SIGFOX accept-charset : UTF-8": "user-agent: SIGFOX",
    "1.2.3.4 - - [28/Nov/2026:12:00:00 +0000] \"POST /x HTTP/1.1\" 404 12": "404 Not Found",
    "my messages are lost": "Readings are missing, although the portal is green",
    "messages arrive several times": "Some messages arrive twice",
    "deny all; allow 185.110.96.0/22;": "Nothing arrives, and the server's log is empty",
}  # fmt: skip
ASKED = """
    Unresolved network address;Connection refused;PKIX path building failed;unable to find valid certification path;
    CERTIFICATE_VERIFY_FAILED;unable to get local issuer certificate;self-signed certificate;certificate has expired;
    handshake_failure;Connection reset;timeout;timed out;duplicates;lost messages;missing readings;late;firewall;
    185.110.96.0/22;idempotency;observer;downlink;seqNumber;retries;schedule;certbot;cron;speed;--speed;quick gate;
    compliant;non-compliant;undecided;passed in part;internal error;interrupted;partial;pass;fail;skip;skipped;broken;
    must;should;note;0;1;2;3;4;130;600;301;302;303;304;307;308;400;401;403;404;405;408;409;413;415;421;426;429;500;502;
    503;504;499;nginx 499;redirect;dead;infoCode;batch;duplicate=true;proxy;IPv6;basic auth;wildcard;no messages;cert
"""


def test_every_name_leads_to_its_entry():
    """Title, words and phrases are found, whatever their capitals, and belong to nothing else that has a name."""
    for entry in GLOSSARY:
        for name in names_of(entry):
            assert find(name) is entry, name
            assert find(f'  "{name.upper()}". ') is entry, name


def test_every_phrase_is_found_in_a_longer_text():
    """A phrase is found in a pasted line, and no entry before this one takes it for its own."""
    for entry in GLOSSARY:
        for phrase in entry.phrases:
            assert find(f"2026-11-28 12:00:00 x9 {phrase} y9") is entry, phrase


def test_every_entry_leads_on():
    """Its rules and pages exist, and whoever reads it is told where to look or what to read."""
    for entry in GLOSSARY:
        assert set(entry.rules) <= IDS | set(FAMILIES), entry.title
        assert set(entry.pages) <= set(page_names()), entry.title
        assert entry.rules or entry.pages or entry.sure, entry.title
        assert entry.summary.endswith((".", "`.")), entry.title


@pytest.mark.parametrize(("line", "title"), PASTED.items(), ids=PASTED.values())
def test_a_pasted_line(line, title):
    """The most specific thing that a line says explains it."""
    found = find(line)
    assert isinstance(found, Entry)
    assert found.title == title


@pytest.mark.parametrize("word", [word.strip() for word in ASKED.split(";")])
def test_what_people_ask(word):
    """Each of these has an entry of its own."""
    assert isinstance(find(word), Entry)


def test_rules_families_and_pages():
    """Ids, with other hyphens too, families and pages are found by their names; a report's line by its rule."""
    assert {find(rule.id) for rule in RULES} == set(RULES)
    assert {find(family) for family in FAMILIES} == {Family(family) for family in FAMILIES}
    assert {find(name) for name in page_names()} == {Page(name) for name in page_names()}
    assert find("docs/observing.md") == Page("observing")
    assert find("exit codes") == Page("exit-codes")
    for text in ("TLS Expired", "docs/rules/tls-expired.md", "  ✗ FAIL tls-expired   must: it expired (timeout)"):
        found = find(text)
        assert isinstance(found, Rule)
        assert found.id == "tls-expired"


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1", "192.168.1.10:443", "http://10.1.2.3/x", "172.16.0.1 port 443", "fe80::1", "::1", "[::1]:8080"],
)  # fmt: skip
def test_a_private_address(text):
    """A number inside an address is no status, and an address that the internet cannot reach has its rule."""
    found = find(text)
    assert isinstance(found, Rule)
    assert found.id == "reach-private-address"


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "203.0.113.9:443", "404:12:30", "500.1.2", "500 ms", "error 503s", "status 200 messages", "port 443",
     "1.2.3", "10.0.0.256"],
)  # fmt: skip
def test_a_number_that_is_no_status(text):
    """A number of a public address, a time, a version, a port or with a unit explains nothing."""
    with pytest.raises(UsageProblem, match="nothing is known"):
        find(text)


def test_several_at_once():
    """A text of nothing but statuses and rules explains each of them, once."""
    assert find_each("600 404") == (find("600"), find("404"))
    assert find_each("tls-expired, 502 and 502/418") == (find("tls-expired"), find("502"), find("418"))
    assert find_each("600 - Unresolved network address") == (find("unresolved network address"),)


def test_every_command_and_option_is_known():
    """Whatever `--help` names has an answer: each command, and each option of it."""
    pending: list[click.Command] = [cli]
    named = set()
    while pending:
        command = pending.pop()
        named |= {option for param in command.params if isinstance(param, click.Option) for option in param.opts}
        if isinstance(command, click.Group):
            names = command.list_commands(click.Context(command))
            named |= set(names)
            pending += [each for name in names if (each := command.get_command(click.Context(command), name))]
    assert {"diff", "--effects", "--observe-later", "--baseline"} < named
    for name in [*named, *FORMATS]:
        find(name)
    assert find("--report=x.xml") == find("--report")


def test_every_family_is_described():
    """A family has its question, what it needs, and pages that exist."""
    assert set(FAMILY_TITLES) == set(FAMILY_NEEDS) == set(FAMILY_PAGES) == set(FAMILIES)
    assert {page for pages in FAMILY_PAGES.values() for page in pages} <= set(page_names())
    for family in FAMILIES:
        text, _ = markdown_of(Family(family))
        assert [
            rule.id for rule in RULES if rule.family == family and f"| {rule.id} | {rule.level} |" not in text
        ] == []


def test_every_status():
    """A status has an entry of its own or that of its class; 130 is the exit code."""
    for code in range(100, 600):
        found = find(str(code))
        entry = found.entry if isinstance(found, Status) else found
        assert isinstance(entry, Entry), code
        assert entry.title.startswith(("INTERRUPTED",) if code == 130 else (str(code), f"{code // 100}xx")), code


@pytest.mark.parametrize("word", ["601", "999", "000", "60", "6000", "x600", "٦٠٠", "5", "swordfish", "x" * LONGEST])
def test_what_nobody_knows(word):
    """One line, which does not repeat what may be a secret."""
    with pytest.raises(UsageProblem) as caught:
        find(word)
    assert "nothing is known under this name" in str(caught.value)
    assert word.isdigit() or word not in str(caught.value)


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("dedup-duplicat", "dedup-duplicate"), ("observr", "observer"), ("undecidet", "undecided"),
     ("configuraton", "configuration"), ("what is late today", "late"), ("idempotenzy", "idempotency")],
)  # fmt: skip
def test_a_slip_gets_the_nearest_names(slip, meant):
    """What was probably meant is named."""
    with pytest.raises(UsageProblem) as caught:
        find(slip)
    assert meant in caught.value.fix


@pytest.mark.parametrize(
    ("text", "says"), [("", "empty"), (" '' ", "empty"), ("x" * (LONGEST + 1), "2,000 characters")]
)
def test_a_text_that_cannot_be_looked_up(text, says):
    """Nothing, and too much, are usage errors of their own."""
    with pytest.raises(UsageProblem, match=says):
        find(text)


@pytest.mark.parametrize(
    ("slip", "typed"),
    [("messages are mising", "explain messages are missing`"), ("idempotenzy", "explain idempotency`"),
     ("let's encrypd", "explain 'let'\"'\"'s encrypt'`")],
)  # fmt: skip
def test_one_near_name_comes_with_its_command(slip, typed):
    """Names of one entry count once, and what to type is said as a shell takes it."""
    with pytest.raises(UsageProblem) as caught:
        find(slip)
    assert typed in caught.value.fix


def test_an_alert_was_sent_by_the_other_side():
    """An alert that a program reports was sent to it: in the receiver's log, by the client."""
    for number in (42, 43, 45, 46, 48, 80):
        found = find(f"SSL alert number {number}")
        assert isinstance(found, Entry)
        assert "In the receiver's log, the client sent it" in found.more


def test_what_is_inferred_is_not_called_a_rule_of_sigfox():
    """What 600 means, and which client the Cloud is, are said to be inferred, and that Sigfox does not publish it."""
    for name in ("600", "PKIX path building failed", "JDK", "HTTP/1.0"):
        found = find(name)
        assert isinstance(found, Entry)
        assert "Sigfox does not publish" in found.sure


def test_the_list_fits_a_screen():
    """All kinds of words are listed in 24 lines of 80 columns, and each word of it is one."""
    lines = contents(Paper()).splitlines()
    assert len(lines) <= 22  # a prompt stands below them
    assert max(len(line) for line in lines) <= 80
    listed = [line.split(None, 1)[1] for line in contents(Paper(10_000)).splitlines()[3:]]
    named = [
        name.removeprefix("portal ").removeprefix("is seen ").strip() for line in listed for name in line.split(", ")
    ]
    assert set(page_names()) <= set(named)
    for name in set(named) - {"…", "any HTTP status", "and the exit codes 0 to 4 and 130"}:
        find(name)
