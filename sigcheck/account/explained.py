"""What records of undelivered callbacks come to: each callback, its causes, and what to run next. Pure.

Whatever is shown of a record passes through here: URLs without their secrets, texts without those of the URL, the
headers and the body, and everything disarmed and cut.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from shlex import quote

from msgspec import Struct

from sigcheck.account.callbacks import Called, callbacks, named, secret_pairs, type_of
from sigcheck.account.causes import RUN_IT, RUN_IT_FIRST, Candidate, Cause, Certainty, cause_of
from sigcheck.account.undelivered import Channel, Record, Records
from sigcheck.callback.checks import CONTENT_TYPES, JSON, METHODS
from sigcheck.callback.kinds import DEFAULT_TYPE
from sigcheck.redaction.disarm import disarm
from sigcheck.redaction.redact import Redactor, redact_url
from sigcheck.redaction.secrets_of import (
    HIDDEN,
    looks_drawn,
    names_a_secret,
    secrets_of_body,
    secrets_of_headers,
    secrets_of_url,
)
from sigcheck.words import Own, shortened

SCHEMA_VERSION = 1
NONE, SOME = 0, 1
"""Exit codes: no undelivered record, at least one."""

MOST_CALLBACKS = 200
"""Callbacks that are told of, those with the most records."""

MOST_TEXTS, LONGEST_TEXT = 3, 120
"""Different texts of one cause that are quoted, and the characters of each."""

MOST_DEVICES, LONGEST_DEVICE = 5, 16
MOST_SECRETS = 2000
_MAIL = re.compile(r"[^\s@<>\"',;:]{1,64}@(?=[A-Za-z0-9.-]{1,255})")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SENDS = ("response", "deadline", "retry")
"""Families whose rules need messages that are sent, so that the callback's method and content type matter."""


class Tally(Struct, frozen=True):
    """How much there is of something. A message has several records where its retries failed, too.

    `first` and `last` are when the first and the last of the messages were received, None where no record says it.
    """

    records: int
    messages: int
    devices: int
    first: datetime | None
    last: datetime | None


class CauseSeen(Struct, frozen=True, kw_only=True):
    """One cause of a callback's failures. `texts` are what stands beside the status, the commonest first.

    `more_texts` counts those that are left out. `command` is what to run next.
    """

    status: int | None
    texts: tuple[str, ...]
    more_texts: int
    tally: Tally
    cause: Own
    meaning: Own
    fix: Own
    certainty: Certainty
    sure: Own
    rules: tuple[Own, ...]
    candidates: tuple[Candidate, ...]
    explain: Own
    command: str
    sends: bool
    """Whether the command sends messages to the receiver."""


class CallbackSeen(Struct, frozen=True, kw_only=True):
    """One callback. `url` has placeholders where values of messages were, and *** for secrets.

    `target` is what the configuration file calls it, "" where it does not have it. `devices` are some of its devices.
    """

    channel: Channel
    method: str
    url: str
    content_type: str
    target: str
    tally: Tally
    devices: tuple[str, ...]
    causes: tuple[CauseSeen, ...]


class Explained(Struct, frozen=True, kw_only=True):
    """All of it. `notes` say what was left out, or what a reader must know."""

    schema_version: int
    sigcheck: str
    exit_code: int
    tally: Tally
    notes: tuple[Own, ...]
    callbacks: tuple[CallbackSeen, ...]
    more_callbacks: int = 0
    """How many there are beside those that `callbacks` has."""


def explain(read: Records, targets: Mapping[str, str], version: str) -> Explained:
    """Explain records; `targets` has the URLs of the configuration file by name, `version` is sigcheck's."""
    found = callbacks(read.records)
    notes = list(_notes(read, len(found)))
    return Explained(
        schema_version=SCHEMA_VERSION,
        sigcheck=version,
        exit_code=SOME if read.records else NONE,
        tally=_tally(read.records),
        notes=tuple(notes),
        callbacks=tuple(_callback(each, targets) for each in found[:MOST_CALLBACKS]),
        more_callbacks=max(0, len(found) - MOST_CALLBACKS),
    )


def _notes(read: Records, callbacks: int) -> Iterable[str]:
    if read.cut:
        yield f"There are more records: only the first {len(read.records):,} were read."
    if read.more_pages:
        yield "The last page names a next one, which was not given: there are more records."
    if read.skipped:
        noun, verb = ("entry", "is") if read.skipped == 1 else ("entries", "are")
        yield f"{read.skipped:,} {noun} {verb} not a record, and {'was' if read.skipped == 1 else 'were'} left out."
    if callbacks > MOST_CALLBACKS:
        yield f"There are {callbacks:,} callbacks: the {MOST_CALLBACKS} with the most records are shown."


def _callback(called: Called, targets: Mapping[str, str]) -> CallbackSeen:
    secrets = _secrets(called)
    url = redact_url(called.url) if called.url else ""
    target = named(called, targets) if called.url else ""
    groups: dict[tuple[int | None, str], list[Record]] = {}
    causes: dict[tuple[int | None, str], Cause] = {}
    for record in called.records:
        cause = cause_of(record)
        key = (record.status, cause.name)
        groups.setdefault(key, []).append(record)
        causes.setdefault(key, cause)
    counted = {key: _counted(records) for key, records in groups.items()}
    # One for all texts of the callback: making it takes long where there are many secrets.
    hidden = Redactor(secrets | {each for texts in counted.values() for each in _own(texts, secrets)})
    method = called.method if called.method in METHODS else ""
    content_type = called.content_type.partition(";")[0].strip().lower()
    seen = []
    for key, records in sorted(groups.items(), key=lambda each: -len(each[1])):
        cause = causes[key]
        texts, more = _texts(counted[key], hidden)
        seen.append(
            CauseSeen(
                status=key[0],
                texts=texts,
                more_texts=more,
                tally=_tally(records),
                cause=cause.name,
                meaning=cause.meaning,
                fix=_fix(cause, runs=bool(target or url)),
                certainty=cause.certainty,
                sure=cause.sure,
                rules=cause.rules,
                candidates=cause.candidates,
                explain=f"sigcheck explain {quote(cause.word)}",
                command=_command(cause, target, url, method, content_type),
                sends=bool((target or url) and set(cause.only) & set(_SENDS)),
            )
        )
    return CallbackSeen(
        channel=called.channel,
        method=shortened(hidden.text(called.method), LONGEST_DEVICE),
        url=url,
        content_type=content_type if content_type in CONTENT_TYPES else "",
        target=target,
        tally=_tally(called.records),
        devices=_devices(called.records),
        causes=tuple(seen),
    )


def _fix(cause: Cause, *, runs: bool) -> str:
    """Give what to do; `runs`: the command is a run, for which a URL must be known."""
    if runs or cause.fix not in {RUN_IT, RUN_IT_FIRST}:
        return cause.fix
    return (
        "The records do not say which URL was called. Look it up in the portal, and run "
        f"`sigcheck verify URL --only {','.join(cause.only)}` with it."
    )


def _command(cause: Cause, target: str, url: str, method: str, content_type: str) -> str:
    """Give the command that decides, or that shows the fault again; one that explains, where no run can help."""
    if not cause.only or not (target or url):
        return f"sigcheck explain {quote(cause.word)}"
    only = f"--only {','.join(cause.only)}"
    if target:
        return f"sigcheck verify {quote(target)} {only}"
    # A record may name a host alone, as the examples of the API's definition do.
    whole = url if _SCHEME.match(url) and "://" in url else f"https://{url}"
    words = ["sigcheck verify", quote(whole), only]
    kind = type_of(whole)
    words += [f"--type {kind}"] if kind not in {"", DEFAULT_TYPE} else []
    if set(cause.only) & set(_SENDS):
        words += [f"--method {method}"] if method else []
        words += [f"--content-type {content_type}"] if content_type in CONTENT_TYPES and content_type != JSON else []
    return " ".join(words)


def _secrets(called: Called) -> set[str]:
    """Give what must not be seen of a callback's own; of very many records, of the first ones."""
    found: set[str] = set()
    for url in called.patterns:
        found.update(secrets_of_url(url))
    for header in {header for record in called.records for header in record.headers}:
        found.update(secrets_of_headers([header]))
    for record in called.records:
        if len(found) > MOST_SECRETS:
            break
        found |= _of_body(record)
    return found - {"", HIDDEN}


def _of_body(record: Record) -> set[str]:
    """Give what looks like a secret of a record's body and parameters, or is named like one."""
    own = {record.device, record.data, *(value for _, value in record.parameters)}
    named_values = (*secret_pairs(record.body), *record.parameters)
    return {each for each in secrets_of_body(record.body) if each not in own and looks_drawn(each)} | {
        value for name, value in named_values if _names_a_secret(name)
    }


_names_a_secret = lru_cache(maxsize=1024)(names_a_secret)


def _counted(records: Iterable[Record]) -> list[tuple[str, Record]]:
    """Give the different texts of records, the commonest first, each with the first record that has it."""
    counted: Counter[str] = Counter()
    of: dict[str, Record] = {}
    for record in records:
        text = " ".join(" ".join((record.said, record.error or record.message)).split())
        counted[text] += 1
        of.setdefault(text, record)
    del counted[""]
    return [(text, of[text]) for text, _ in counted.most_common()]


def _own(counted: Sequence[tuple[str, Record]], secrets: set[str]) -> set[str]:
    """Give what must not be seen of the records whose texts are quoted."""
    found: set[str] = set()
    for _, record in counted[:MOST_TEXTS]:
        own = {*secrets_of_url(record.url), *secrets_of_headers(record.headers), *_of_body(record)}
        found |= own - ({record.device, record.data, HIDDEN, *(value for _, value in record.parameters)} - secrets)
    return found


def _texts(counted: Sequence[tuple[str, Record]], hidden: Redactor) -> tuple[tuple[str, ...], int]:
    """Give the commonest of the different texts of records, and how many more there are."""
    shown = [hidden.text(_MAIL.sub(f"{HIDDEN}@", text)) for text, _ in counted[:MOST_TEXTS]]
    return tuple(shortened(each, LONGEST_TEXT) for each in shown), len(counted) - len(shown)


def _devices(records: Iterable[Record]) -> tuple[str, ...]:
    counted = Counter(record.device for record in records if record.device)
    return tuple(shortened(disarm(device), LONGEST_DEVICE) for device, _ in counted.most_common(MOST_DEVICES))


def _tally(records: Sequence[Record]) -> Tally:
    times = [record.time for record in records if record.time is not None]
    return Tally(
        records=len(records),
        messages=len({_identity(record, number) for number, record in enumerate(records)}),
        devices=len({record.device for record in records if record.device}),
        first=datetime.fromtimestamp(min(times), UTC) if times else None,
        last=datetime.fromtimestamp(max(times), UTC) if times else None,
    )


def _identity(record: Record, number: int) -> tuple[object, ...]:
    """Give what makes two records ones of one message; a record that does not say is one by itself."""
    if not record.device or record.time is None:
        return (number,)
    counter = next((value for name, value in record.parameters if name == "seqNumber"), "")
    return (record.device, record.time, counter, record.data)
