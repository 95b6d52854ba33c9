"""Reports of every kind, on which each format is tried: healthy, broken, undecided, interrupted, worst, hostile.

They come of scripted runs on the real schedule in virtual time, with the facts of a real chain.
"""

from collections.abc import Callable
from functools import cache
from itertools import count

from msgspec import structs

from sigcheck.chain.facts import describe
from sigcheck.judge import judge
from sigcheck.model.delivery import FailureKind, Phase
from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import Handshake, TlsFacts
from sigcheck.model.report import Report, Reports
from sigcheck.model.rule import Finding, Undecided
from sigcheck.redaction.redact import Redactor
from sigcheck.rules import RULES
from tests import pki
from tests.chains import roots_of
from tests.clock import FakeClock
from tests.evidence import answer, failure, samples
from tests.fleet.in_virtual_time import Receiver, verified
from tests.tls_facts import offers, shown

HOSTILE = (
    "\x1b[31mred\x1b[0m \x9b31m ::error file=x::owned ##[error]owned ##vso[task.complete]x ]]> "
    "<script>alert(1)</script> "
    "<img src=x onerror=alert(1)> [link](https://evil.example) ![i](https://evil.example/x.png) | a | **b** `c` "
    "@everyone #1 =cmd|' /C calc'!A0 +1 -1 &amp; \"q\" 'q' \u202egnp.exe\u200b \ufffe\x00\x0b \ud800 "
    "javascript:alert(1) </style></svg></title> %0A::error::x \r\n::warning::y\n# heading\n- item\n"
)
"""What a server may send to a terminal, a CI log, Markdown, HTML, XML and a spreadsheet."""
SECRET = "hunter2-s3cret-token"


@cache
def _finished(naive: bool) -> Evidence:
    """Give the evidence of a whole run on the real schedule; a naive receiver stores each delivery."""
    fresh = count()
    key = (lambda _message: next(fresh)) if naive else (lambda message: message.identity)
    return verified(Receiver(FakeClock(), key=key), speed=1.0, samples=None).evidence


def _tls(**changes) -> TlsFacts:
    chain = pki.chain(**changes)
    facts = describe(chain.presented, roots_of(chain), chain.host, pki.NOW)
    handshake: Handshake = shown(address="192.0.2.1", chain=chain.presented, answered=True)
    return TlsFacts(
        trust=facts.trust,
        handshakes=(handshake,),
        chain=facts,
        protocols=offers(False, False, True, True),
        without_server_name=structs.replace(handshake, server_name=None),
        jdk=handshake,
        jdk_handshakes=(handshake,),
        connections=40,
    )


def _evidence(*, naive: bool = False, **changes) -> Evidence:
    evidence = _finished(naive)
    settings = structs.replace(evidence.settings, selected=None, left_out=(), name="orders")
    return structs.replace(
        evidence,
        target=structs.replace(evidence.target, url="https://receiver.example/sigfox?id={device}"),
        settings=settings,
        started_at=pki.NOW,
        **{"tls": _tls(), **changes},
    )


def judged(evidence: Evidence, **gate) -> Report:
    """Judge evidence by all rules, as a run does."""
    report = judge(Redactor().struct(evidence), RULES, finished_at=pki.NOW, **gate)
    return Redactor().struct(report)


def _worst() -> Report:
    """Give a report in which every rule has something to say, and most have failed."""
    report = judged(_evidence(naive=True))
    broken = []
    for number, rule in enumerate(RULES):
        what = f"{rule.problem}, as was seen in delivery {number}; " + "and so on, at some length, " * (number % 5)
        finding = Finding(what.strip(), measured=f"{number} ms", where="delivery 2", level=rule.level)
        check = lambda _evidence, finding=finding, number=number: (  # noqa: E731
            (finding, finding) if number % 9 else (Undecided("it could not be seen", "look again"),)
        )
        broken.append(structs.replace(rule, check=check))
    worst = judge(report.evidence, broken, finished_at=pki.NOW)
    return Redactor().struct(worst)


def _hostile() -> Report:
    refused = answer(500, reason=HOSTILE, body=HOSTILE.encode("utf-8", "replace"), headers=(("server", HOSTILE),))
    lost = failure(FailureKind.MALFORMED, Phase.WAIT, HOSTILE)
    tls = _tls(leaf={"subject": "CN=" + HOSTILE.replace("\x00", "").encode("utf-8", "replace").decode()[:60]})
    return judged(_evidence(samples=samples(refused, refused, lost, refused), whole=(), tls=tls))


_MAKERS: dict[str, Callable[[], Report]] = {
    "healthy": lambda: judged(_evidence()),
    "broken": lambda: judged(_evidence(naive=True)),
    "mismatch": lambda: judged(_evidence(tls=_tls(leaf={"names": pki.dns("other.example")}))),
    "undecided": lambda: judged(structs.replace(_evidence(), observer=None, whole=(), scenarios=_uncounted())),
    "in part": lambda: judged(
        structs.replace(_evidence(), observer=None, whole=(), scenarios=_uncounted()),
        allow_undecided=tuple(rule.id for rule in RULES),
    ),
    "interrupted": lambda: judged(_evidence(interrupted="interrupted by Ctrl-C", scenarios=())),
    "worst": _worst,
    "hostile": _hostile,
}
SPECIMENS = tuple(_MAKERS)
"""The names of all: each worker of a test run collects tests by them, and few make the reports."""


@cache
def specimens() -> dict[str, Report]:
    """Give one report of each kind, by name."""
    return {name: make() for name, make in _MAKERS.items()}


def _uncounted():
    return tuple(structs.replace(each, counts=()) for each in _finished(naive=False).scenarios)


def several() -> Reports:
    """Give the reports of several targets."""
    named = [
        structs.replace(
            report,
            evidence=structs.replace(report.evidence, settings=structs.replace(report.evidence.settings, name=name)),
        )
        for name, report in specimens().items()
    ]
    return Reports(tuple(named))
