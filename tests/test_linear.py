"""What runs on text that a user or a server controls takes eight times as long for eight times as much, at most."""

from collections.abc import Callable
from functools import partial

import pytest

from sigcheck.callback import (
    CALLBACK_TYPES,
    Callback,
    Values,
    check_placeholders,
    check_spelling,
    configure,
    fill,
    filled_target,
    login,
    of_message,
    parse_header,
    parse_payload_config,
    parse_values,
)
from sigcheck.callback.template import check_variables
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.model.evidence import Target
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.redaction.disarm import disarm
from sigcheck.redaction.needles import Needles
from sigcheck.redaction.redact import Redactor, redact_url
from sigcheck.redaction.secrets_of import secrets_of_header, secrets_of_url
from sigcheck.redaction.secrets_of_command import secrets_of_command
from sigcheck.target import LONGEST_URL, parse_target
from tests.commandline import sigcheck
from tests.growth import TIMES, grows

MESSAGE = Message(device="1A2B3C", time=1_700_000_000, seq_number=1, data="00")
UNITS = ("a", "Aa", "1.", "@", "?", "#", "##", ":", "::", "::a", "/", "//a:", "{", "{device", "{device}", "&", "&a=b",
         ";", "%41", "http://", "a:@", "[", "…", "'", '"', "\\", "pass", "é", "\x1b", " ", "s3cret.s3cret")  # fmt: skip
LONG = 16 * 1024
MANY = 1000

REDACTOR = Redactor(["s3cret.s3cret!", "aaaaaaaaaaaaab", "::::::::::::::x", "…………………………x"])


def whole(text: str) -> Callback:
    """Make a callback with a text wherever one may stand."""
    line = text.replace("\x1b", "").replace("é", "e").replace("…", ".")
    target = Target(f"https://{text}@a.example/{text}?token={text}&{text}", "https", "a.example", 443)
    return configure(target, SIGFOX_CLOUD, "run", method="POST", body=text, headers=(f"X-Key: {line}",))


def different(text: str, form: str) -> str:
    """Give a text of that length whose parts all differ."""
    return "".join(form % number for number in range(len(text) // len(form)))


def cautious(text: str) -> object:
    """Say what is to be known of a callback with a text wherever one may stand."""
    kind = CALLBACK_TYPES["service/data-advanced"]
    target = Target(f"https://a.example/{text}?{text}", "https", "a.example", 443)
    return configure(target, SIGFOX_CLOUD, "run", method="POST", body=f"{{{text}}}", values=Values(kind)).warnings()


WORK: dict[str, Callable[[str], object]] = {
    "disarm": disarm,
    "redact_url": redact_url,
    "redact_url path": lambda text: redact_url(f"https://a.example/{text}"),
    "redact_url login": lambda text: redact_url(f"https://u:{text}@a.example/?k=v"),
    "redact_url query": lambda text: redact_url(f"https://u:p@a.example/?k={text}"),
    "secrets_of_url": lambda text: secrets_of_url(f"https://{text}@a.example/?k={text}"),
    "secrets_of_url query": lambda text: secrets_of_url(f"https://a.example/?{text}"),
    "secrets_of_header": secrets_of_header,
    "secrets_of_header basic": lambda text: secrets_of_header(f"Basic {text}"),
    "secrets_of_command": lambda text: secrets_of_command(["curl", text, f"-{text}", f"--{text}", "sh", "-c", text]),
    "parse_target host": lambda text: parse_target(f"https://{text[:LONGEST_URL]}/"),
    "parse_target": lambda text: parse_target(f"https://a.example/{text}"),
    "parse_header": lambda text: parse_header(f"X-Key: {text}"),
    "parse_header name": lambda text: parse_header(f"{text}: x"),
    "fill": lambda text: fill(text, MESSAGE),
    "target": lambda text: filled_target(
        Target(f"https://a.example/{text}?{text}", "https", "a.example", 443), of_message(MESSAGE)
    ),
    "login": lambda text: login(f"https://{text}@a.example/"),
    "check_placeholders": lambda text: check_placeholders("it", text),
    "check_variables": lambda text: check_variables({"it": text}, Values()),
    "check_variables different": lambda text: check_variables({"it": different(text, "{zz%d}")}, Values()),
    "parse_payload_config": parse_payload_config,
    "parse_payload_config different": lambda text: parse_payload_config(different(text, "a%d:0:int:8 ")),
    "parse_values": lambda text: parse_values(CALLBACK_TYPES["error"], (text, f"info={text}", f"{text}=x"), None),
    "warnings": cautious,
    "check_spelling": lambda text: check_spelling("it", text),
    "shape": lambda text: whole(text).shape(),
    "bare": lambda text: whole(text).unauthenticated(),
    "secrets": lambda text: whole(text).secrets(),
    "Redactor.text": REDACTOR.text,
    "Redactor.text cut": lambda text: REDACTOR.text(f"{text}s3cret.s3…"),
    "Redactor of the text": lambda text: Redactor([text]).text(f"x{text[1:]}…{text[:-1]}"),
    "Redactor.struct": lambda text: REDACTOR.struct(Target(text, "https", text, 443)),
    "Needles.hide": lambda text: Needles([text.encode()]).hide(2 * text.encode(), b"***"),
}


@pytest.mark.parametrize("name", WORK)
def test_the_work_grows_with_the_text_and_not_with_its_square(name: str) -> None:
    """At 16 KB a work that grows with the square takes far more than eight times what it takes at 2 KB."""
    for unit in UNITS:
        part, text = ((unit * (size // len(unit) + 1))[:size] for size in (LONG // TIMES, LONG))
        assert not grows(partial(WORK[name], part), partial(WORK[name], text)), (name, unit)


@pytest.mark.parametrize("same", [True, False], ids=["alike", "different"])
def test_many_secrets_are_no_burden(same: bool) -> None:
    """To learn many secrets, and to hide them in a text, grows with their number, also where they all begin alike."""
    text = "GET /x 404 the quick brown fox, " * 500

    def made(many: int) -> Redactor:
        return Redactor([f"token{number:06}" if same else f"{number:06}token" for number in range(many)])

    part, all_of_them = made(MANY // TIMES), made(MANY)
    assert not grows(partial(part.text, text), partial(all_of_them.text, text))
    assert not grows(partial(made, MANY // TIMES), partial(made, MANY))


def test_a_url_of_1_mb_is_refused_unseen() -> None:
    """A URL that no server would take is a usage error, which does not print it."""
    for size in (LONGEST_URL, 1_000_000):
        url = "https://a.example/?k=" + "s3cret" * (size // 6 + 1)
        with pytest.raises(UsageProblem, match=r"the URL has [0-9]+ characters: give one of at most 16384") as caught:
            parse_target(url)
        assert "s3cret" not in str(caught.value)
    assert parse_target("https://a.example/".ljust(LONGEST_URL, "a")).host == "a.example"


@pytest.mark.parametrize("unit", ["a", "?", "#", "{", "@", "/:", "&a=b"])
def test_a_long_url_on_the_command_line(unit: str) -> None:
    """100 KB are refused in one short line, in every option that takes a URL."""
    long = "https://a.example/" + unit * (100_000 // len(unit))
    for arguments in ((long,), ("https://a.example/", "--observe-url", long)):
        done = sigcheck("verify", *arguments, "--dry-run")
        assert done.code == 2
        assert done.err.removeprefix("sigcheck: ").removeprefix("--observe-url: ").startswith("the URL has 1000")
        assert len(done.err) < 200
    assert sigcheck("allowlist", "check", "/dev/null", "--url", long).code == 2


def test_headers_of_100_kb() -> None:
    """They are sent and hidden, each of a thousand secrets on its own."""
    words = " ".join(f"s3cret{number:094}" for number in range(1000))
    done = sigcheck("verify", "https://a.example/", "--header", f"X-Key: {words}", "--dry-run")
    assert done.code == 0
    assert "s3cret" not in done.out
