"""From the arguments of `chain` to evidence that has certificates alone, and its report."""

import re
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from sigcheck import clock
from sigcheck.chain import describe
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input, read_stdin
from sigcheck.judge import judge
from sigcheck.model.evidence import CallbackShape, Evidence, Settings
from sigcheck.model.handshake import TlsFacts
from sigcheck.model.report import Report
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.redaction.redact import Redactor
from sigcheck.rules import RULES
from sigcheck.rules._chain import CHAIN_RULES
from sigcheck.target import parse_target
from sigcheck.trust import BEGIN, MAX_FILE, load_roots, pem_certificates

REMEDY = "give a PEM file with the server certificate first, or - for standard input"


LISTINGS = (
    ("openssl s_client", re.compile(rb"^ *\d{1,3} s:", re.MULTILINE), "-showcerts"),
    ("keytool -printcert", re.compile(rb"^Certificate #\d{1,3}\r?$", re.MULTILINE), "-rfc"),
    ("gnutls-cli", re.compile(rb"^ *- Certificate\[\d{1,3}\] info:", re.MULTILINE), "--print-cert"),
)
"""What prints the certificates that a server sent: its name, a line for each of them, the option that shows them."""


def read_pem(name: str) -> tuple[bytes, ...]:
    """Give the certificates (DER) of a PEM file, `-` for standard input; raises UsageProblem."""
    if not name:
        raise UsageProblem("PEMFILE is empty", REMEDY)
    if name == "-":
        data, called = read_stdin(fix=REMEDY, limit=MAX_FILE), "standard input"
    else:
        data, called = read_input(name, what="PEMFILE", fix=REMEDY, limit=MAX_FILE), name
    _see_whole(data, called)
    return pem_certificates(data, called)


def _see_whole(data: bytes, called: str) -> None:
    """Raise UsageProblem for the output of a tool that lists more certificates than it shows."""
    shown = len(BEGIN.findall(data))
    for tool, line, option in LISTINGS:
        listed = len(line.findall(data))
        if listed > shown:
            sent = f"{listed} certificate{'' if listed == 1 else 's'}"
            raise UsageProblem(
                f"{called} lists {sent} that the server sent, and holds {shown or 'none'} of them",
                f"export it again with {option}: {tool} prints each of them only then",
            )


def parse_time(text: str, option: str = "--at") -> datetime:
    """Read a time in ISO 8601, in UTC where it names no zone; raises UsageProblem that names the option."""
    try:
        when = datetime.fromisoformat(text)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageProblem(f"{option} is not a date", "write 2026-11-23 or 2026-11-23T12:00:00Z") from None


def _literal(host: str) -> str:
    """Give a host as it stands in a URL; raises UsageProblem when it is more than a host."""
    try:
        return f"[{host}]" if ip_address(host).version == 6 else host
    except ValueError:
        pass
    if not host or set(host) & set("/:@?#[]{}") or any(map(str.isspace, host)):
        raise UsageProblem("--host is not a host name", "give only the name: callback.example.com")
    return host


def judged(
    ders: tuple[bytes, ...], host: str, ca_file: str | None, at_text: str | None, *, fail_on: Literal["must", "should"]
) -> Report:
    """Judge certificates for a host by the rules about certificates alone; raises UsageProblem."""
    target = parse_target(f"https://{_literal(host)}/")
    started = clock.wall()
    at = parse_time(at_text) if at_text is not None else started
    roots = load_roots(Path(ca_file) if ca_file is not None else None)
    facts = describe(ders, roots, target.host, at, live=False)
    rules = tuple(rule for rule in RULES if rule.id in CHAIN_RULES)
    evidence = Evidence(
        run="offline",
        target=target,
        callback=CallbackShape("none", None, (), authenticated=False, secret_in_url=False),
        policy=SIGFOX_CLOUD,
        settings=Settings(
            custom_roots=ca_file is not None,
            roots=roots.trust.name if ca_file is not None else "",
            samples=0,
            offline=True,
            selected=tuple(rule.id for rule in rules),
        ),
        started_at=started,
        clock="system" if at_text is None else f"certificates judged for {at.isoformat()}",
        tls=TlsFacts(trust=roots.trust, handshakes=(), chain=facts),
    )
    report = judge(evidence, rules, finished_at=clock.wall(), fail_on=fail_on)
    return Redactor().struct(report)
