"""What a record says leads to its cause: every status and every text that is known, and how sure each is."""

import pytest

from sigcheck.account.causes import FAMILIES_FIRST, cause_of
from sigcheck.account.undelivered import record_of
from sigcheck.glossary.clients import PORTAL
from sigcheck.glossary.codes import CANDIDATES
from sigcheck.manual.find import find
from sigcheck.model.rule import FAMILIES
from sigcheck.rules import RULES

IDS = {rule.id for rule in RULES}
ANSWERS = {
    200: ("2xx", "open", "response,deadline"),
    202: ("2xx", "open", "response,deadline"),
    301: ("301 Moved Permanently", "seen", "response"),
    302: ("302 Found", "seen", "response"),
    308: ("308 Permanent Redirect", "seen", "response"),
    399: ("3xx", "seen", "response"),
    400: ("400 Bad Request", "seen", "response"),
    401: ("401 Unauthorized", "seen", "response"),
    403: ("403 Forbidden", "seen", "reach,response"),
    404: ("404 Not Found", "seen", "response"),
    405: ("405 Method Not Allowed", "seen", "response"),
    408: ("408 Request Timeout", "seen", "response,deadline"),
    409: ("409 Conflict", "seen", "response,retry"),
    413: ("413 Content Too Large", "seen", "response"),
    415: ("415 Unsupported Media Type", "seen", "response"),
    421: ("421 Misdirected Request", "seen", "tls,response"),
    422: ("422 Unprocessable Content", "seen", "response"),
    426: ("426 Upgrade Required", "seen", "response"),
    429: ("429 Too Many Requests", "seen", "response"),
    418: ("4xx", "seen", "response"),
    500: ("500 Internal Server Error", "seen", "response"),
    502: ("502 Bad Gateway", "seen", "response"),
    503: ("503 Service Unavailable", "seen", "response"),
    504: ("504 Gateway Timeout", "seen", "response,deadline"),
    599: ("5xx", "seen", "response,deadline"),
    100: ("1xx", "seen", "deadline"),
}
TEXTS = {
    "Connection refused": ("Connection refused", "likely", "reach"),
    "Unresolved network address": ("Unresolved network address", "open", "reach,tls"),
    "Read timed out": ("Read timed out", "open", "tls,deadline"),
    "connect timed out": ("connect timed out", "likely", "reach"),
    "Connection timed out (Connection timed out)": ("timeout", "open", "reach,deadline"),
    "sun.security.validator.ValidatorException: PKIX path building failed: x":
        ("PKIX path building failed", "likely", "tls"),
    "Received fatal alert: handshake_failure": ("handshake_failure", "likely", "tls"),
    "Received fatal alert: protocol_version": ("protocol_version", "likely", "tls"),
    "Received fatal alert: unrecognized_name": ("unrecognized_name", "likely", "tls"),
    "Received fatal alert: certificate_expired": ("alert certificate_expired (45)", "likely", "tls"),
    "java.security.cert.CertificateExpiredException: NotAfter: Fri": ("certificate has expired", "likely", "tls"),
    "No name matching h.example.com found": ("hostname mismatch", "likely", "tls"),
    "Remote host terminated the handshake": ("handshake_failure", "likely", "tls"),
    "Unrecognized SSL message, plaintext connection?": ("wrong version number", "likely", "tls"),
    "Connection reset": ("Connection reset", "open", "reach,tls,response"),
    "Unexpected end of file from server": ("Connection reset", "open", "reach,tls,response"),
    "h.example.com:443 failed to respond": ("Connection reset", "open", "reach,tls,response"),
    "No route to host (Host unreachable)": ("No route to host", "likely", "reach"),
    "java.net.UnknownHostException: h.example.com": ("could not resolve host", "likely", "reach"),
    "": ("600", "open", "reach,tls"),
    "something else": ("600", "open", "reach,tls"),
}  # fmt: skip


def cause(**record):
    """Give the cause of a record of a URL callback."""
    found = record_of({"callback": {"url": "https://h.example.com/"}, **record})
    assert found is not None
    return cause_of(found)


@pytest.mark.parametrize(("status", "expected"), ANSWERS.items())
def test_an_answer(status, expected):
    """A status of HTTP leads to its entry, whatever the text beside it says, and whether it is a number or a text."""
    found = cause(status=str(status), message="Connection refused")
    assert found is cause(status=status)
    assert (found.name, found.certainty, ",".join(found.only)) == expected


@pytest.mark.parametrize(("message", "expected"), TEXTS.items())
@pytest.mark.parametrize("status", [600, None])
def test_no_answer(status, message, expected):
    """Beside 600, or without any status, the text leads on; where it does not decide, all that fits is named."""
    found = cause(status=status, message=message)
    name = expected[0] if status == 600 or expected[0] != "600" else "no HTTP status"
    assert (found.name, found.certainty, ",".join(found.only)) == (name, *expected[1:])


def test_rules_are_named_once():
    """Neither the rules of a cause nor what fits is listed twice."""
    for record in [{"status": status} for status in ANSWERS] + [{"status": 600, "message": text} for text in TEXTS]:
        found = cause(**record)
        assert len(set(found.rules)) == len(found.rules)
        assert len(set(found.candidates)) == len(found.candidates)


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"status": 600}, "whatever the reason. There is no text beside it."),
        ({"status": 600, "message": "Panne"}, "sigcheck does not know the text beside it."),
        ({"status": -1, "message": "Panne"}, "The record has no HTTP status. sigcheck does not know"),
        ({"status": 999}, "The status is neither one of HTTP nor 600. There is no text beside it."),
    ],
)
def test_no_more_is_said_than_is_known(record, says):
    """A text is spoken of only where there is one, and what 600 means only of 600."""
    found = cause(**record)
    assert says in found.meaning
    assert ("what 600 means" in found.sure) is (record["status"] == 600)


@pytest.mark.parametrize("status", [0, 99, 601, 700, 999, "4040"])
def test_a_status_that_is_none(status):
    """A number that neither HTTP nor the portal has says nothing, and is not called 600."""
    found = cause(status=status)
    assert found.name in {"no HTTP status", "unknown status"}
    assert found.certainty == "open"


def test_a_template_that_cannot_be_filled_in():
    """The error of the template comes before the status, and no run against the receiver would help."""
    found = cause(status="500", callback={"url": "https://h/", "error": "JSON body could not be evaluated"})
    assert (found.name, found.certainty, found.only) == ("JSON body could not be evaluated", "likely", ())
    other = cause(status="500", callback={"url": "https://h/", "error": "Some other error"})
    assert (other.certainty, other.only) == ("open", ())


def test_a_mail_is_no_fault_of_a_receiver():
    """An EMAIL callback has no URL, and nothing to verify."""
    found = cause(status="600", message="Could not send email to a@b", callback={"subject": "x", "message": "y"})
    assert (found.name, found.only) == ("EMAIL callback", ())
    assert "100 mails" in found.meaning
    sent = cause(status="202", message="OK", callback={"subject": "x"})
    assert "is that of a success" in sent.meaning


def test_what_decides_first_sends_no_message():
    """Where all is open, the first command sends nothing to the receiver, and the candidates are those of `explain`."""
    found = cause(status=600)
    assert found.only == FAMILIES_FIRST
    assert tuple((each.cause, each.rules) for each in found.candidates) == CANDIDATES
    assert "sends no message" in found.fix


def test_the_unreliable_text():
    """The text that says "Unresolved network address" was seen for an expired certificate, so that is a candidate."""
    found = cause(status=600, message="Unresolved network address")
    assert found.candidates[0].rules == ("reach-unresolved",)
    assert any("tls-expired" in each.rules for each in found.candidates)
    assert "third party" in found.sure


@pytest.mark.parametrize(
    "found", [*(cause(status=each) for each in ANSWERS), *(cause(status=600, message=each) for each in TEXTS)]
)
def test_every_cause_leads_on(found):
    """Its rules exist, its families are in their order, its word is explained, and it says what it means and why."""
    assert set(found.rules) <= IDS | set(FAMILIES)
    assert all(set(each.rules) <= IDS for each in found.candidates)
    assert list(found.only) == [family for family in FAMILIES if family in found.only]
    find(found.word)
    assert found.meaning.endswith((".", "`."))
    assert found.sure.endswith((".", '".'))
    assert (found.certainty == "open") == bool(found.candidates)


def test_the_words_are_those_of_the_glossary():
    """No fact is written twice: what a text means is what `sigcheck explain` says."""
    for entry in PORTAL[:2]:
        assert cause(status=600, message=entry.title).meaning == entry.summary
