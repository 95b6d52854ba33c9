"""Why a callback was not delivered: what a record says → what explains it, the rules to check, and how sure this is.

What the words and numbers mean is in the glossary (`sigcheck.glossary`), which `sigcheck explain` prints; here is only
which of its entries a record leads to. 600 is what the Cloud shows for every failure without an HTTP status, and the
text beside it can mislead: where it fits several causes, all of them are named.
"""

from functools import lru_cache
from typing import Literal

from msgspec import Struct

from sigcheck.account.undelivered import Record
from sigcheck.glossary.clients import PORTAL
from sigcheck.glossary.codes import CANDIDATES, NO_ANSWER, of_status
from sigcheck.glossary.entry import Entry, Section
from sigcheck.glossary.phrases import with_phrase
from sigcheck.model.rule import FAMILIES
from sigcheck.policy import NO_STATUS
from sigcheck.rules import RULES
from sigcheck.words import Own

Certainty = Literal["seen", "likely", "open"]
"""`seen`: the record has the answer of the receiver, or of a proxy in front of it. `likely`: a text names the cause.
`open`: several causes fit."""

FAMILIES_FIRST = ("reach", "tls")
"""What is checked first where all is open: it sends no message to the receiver."""

_TEXTS: frozenset[Section] = frozenset(("portal", "client", "log"))
_RULES = {rule.id: rule for rule in RULES}
_GENERAL = "response-not-2xx"
"""The rule of every status that is no success: its advice is too general where the status says more."""

RUN_IT = "Run the next command, and fix what it finds."
RUN_IT_FIRST = (
    "Run the next command, which sends no message, and fix what it finds. If it finds nothing, run it with "
    "`--only response,deadline`, which sends messages."
)


class Candidate(Struct, frozen=True):
    """One of the causes that fit, and the rules that find it."""

    cause: Own
    rules: tuple[Own, ...]


class Cause(Struct, frozen=True, kw_only=True):
    """What explains a record. `name` is the glossary's, `word` is what `sigcheck explain` finds it under.

    `meaning` says what the record means, `fix` what to do. `sure` says how sure this is in a sentence. `candidates` are
    the causes that fit where the record does not decide, the likeliest first. `only` are the families of rules to run,
    none where no run can help.
    """

    name: Own
    word: Own
    meaning: Own
    fix: Own
    certainty: Certainty
    sure: Own
    rules: tuple[Own, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    only: tuple[Own, ...] = ()


def cause_of(record: Record) -> Cause:
    """Give what explains a record: its template's error first, then an answer that there was, then the text."""
    if record.channel == "EMAIL":
        return _of_mail(record.status)
    if record.error:
        return _of_template(_plain(record.error))
    if record.status is not None and record.status != NO_STATUS and (entry := of_status(record.status)) is not None:
        return _of_answer(record.status, entry)
    return _of_text(_plain(record.message) or _plain(record.said), record.status)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@lru_cache(maxsize=64)
def _of_mail(status: int | None) -> Cause:
    entry = _portal("could not send email")
    meaning = entry.summary
    if status is not None and status // 100 == 2:
        meaning = "The record is one of an EMAIL callback, and its status is that of a success."
    return Cause(
        name="EMAIL callback",
        word="email",
        meaning=meaning,
        fix="Use a URL callback for messages that must arrive; EMAIL callbacks are meant for tests.",
        certainty="likely",
        sure=entry.sure,
    )


@lru_cache(maxsize=1024)
def _of_template(error: str) -> Cause:
    entry = _portal("json body could not be evaluated")
    known = any(phrase in error for phrase in entry.phrases)
    return Cause(
        name=entry.title if known else "error of the callback's template",
        word=entry.phrases[0],
        meaning=entry.summary
        if known
        else "The record has an error text of the callback itself. The definition of the API gives a body template "
        "that could not be evaluated as its example.",
        fix=entry.more,
        certainty="likely" if known else "open",
        sure=entry.sure,
    )


def _portal(phrase: str) -> Entry:
    return next(entry for entry in PORTAL if phrase in entry.phrases)


@lru_cache(maxsize=1024)
def _of_answer(status: int, entry: Entry) -> Cause:
    """Give what an HTTP status means: there was an answer, so the name, the port and the certificate were accepted."""
    success = status // 100 == 2
    meaning, rules, fix = entry.summary, entry.rules, _fix(entry.rules)
    if success:
        meaning = (
            "The answer is a success, and the record is listed as undelivered anyway. The answer may have come later "
            "than 10 s, or the Cloud could not use the downlink in it."
        )
        rules, fix = tuple(dict.fromkeys((*rules, "response-downlink"))), RUN_IT
    return Cause(
        name=entry.title,
        word=str(status),
        meaning=meaning,
        fix=fix,
        certainty="open" if success else "seen",
        sure=" ".join(
            (
                "The record has the answer of the receiver, or of a proxy in front of it.",
                *((entry.sure,) if entry.sure else ()),
            )
        ),
        rules=rules,
        candidates=_candidates(rules) if success else (),
        only=_families(rules),
    )


@lru_cache(maxsize=4096)
def _of_text(text: str, status: int | None) -> Cause:
    """Give what a text means beside 600, or where there is no HTTP status at all."""
    entry = with_phrase(text, _TEXTS) if text else None
    if entry is None:
        return _unknown(status, told=bool(text))
    only = _families(entry.rules)
    certain = len(only) <= 1
    first = (
        "The text names the cause, and texts beside 600 can mislead." if certain else "The text fits several causes."
    )
    run_it = RUN_IT_FIRST if set(only) <= set(FAMILIES_FIRST) else RUN_IT
    return Cause(
        name=entry.title,
        word=entry.phrases[0],
        meaning=entry.summary,
        fix=_fix(entry.rules) if certain else run_it,
        certainty="likely" if certain else "open",
        sure=f"{first} {entry.sure}".strip(),
        rules=entry.rules,
        candidates=() if certain else _candidates(entry.rules),
        only=only,
    )


def _unknown(status: int | None, *, told: bool) -> Cause:
    """Give what can be said where neither the status nor the text says anything; `told`: there is a text."""
    number = {NO_STATUS: NO_ANSWER.summary, None: "The record has no HTTP status."}.get(
        status, "The status is neither one of HTTP nor 600."
    )
    return Cause(
        name="600" if status == NO_STATUS else "no HTTP status" if status is None else "unknown status",
        word="600",
        meaning=f"{number} {'sigcheck does not know the text beside it.' if told else 'There is no text beside it.'}",
        fix=RUN_IT_FIRST,
        certainty="open",
        sure=NO_ANSWER.sure if status == NO_STATUS else "Sigfox does not publish what such a record means.",
        rules=tuple(dict.fromkeys(rule for _, rules in CANDIDATES for rule in rules)),
        candidates=tuple(Candidate(cause, rules) for cause, rules in CANDIDATES),
        only=FAMILIES_FIRST,
    )


def _fix(rules: tuple[str, ...]) -> str:
    """Give the advice of the first rule; "" where what is known of the status says it better."""
    first = rules[0] if rules else ""
    if first == _GENERAL:
        return ""
    return _RULES[first].fix if first in _RULES else RUN_IT


def _families(rules: tuple[str, ...]) -> tuple[str, ...]:
    """Give the families to run, in their order; retries, which take minutes, only where the first rule is one."""
    families = {rule.partition("-")[0] for rule in rules}
    if rules and not rules[0].startswith("retry"):
        families -= {"retry"}
    return tuple(family for family in FAMILIES if family in families)


def _candidates(rules: tuple[str, ...]) -> tuple[Candidate, ...]:
    """Give the causes that rules or families stand for, in their order: as 600's table has them, or by the problem."""
    found: list[Candidate] = []
    for rule in rules:
        if rule in _RULES:
            cause = next((Candidate(cause, those) for cause, those in CANDIDATES if those[0] == rule), None)
            problem = _RULES[rule].problem
            found.append(cause or Candidate(problem[0].lower() + problem[1:], (rule,)))
        else:
            found += [Candidate(cause, those) for cause, those in CANDIDATES if those[0].startswith(f"{rule}-")]
    return tuple(each for each in found if each.rules[0] != _GENERAL)
