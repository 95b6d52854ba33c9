"""What the observer counted: the only proof of idempotency. Times are seconds from the start of the run."""

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from sigcheck.model.delivery import Exchange, Message
from sigcheck.words import Own

ObserverKind = Literal["url", "command", "sql", "afterwards"]
"""How effects are counted; "afterwards": somebody read them after the run, once for each message."""

AFTERWARDS = "after the run"
"""The label of counts of that kind."""


class ObserverFacts(Struct, frozen=True):
    """How effects are observed. `per_message`: it counts one message; otherwise it counts them all.

    `at_most_one` says what keeps it from ever showing two effects of a message, where that can be read off it.
    """

    kind: ObserverKind
    per_message: bool
    settle: float
    at_most_one: Own | None = None
    of_device: bool = False
    """It counts all messages of one device: its question names nothing of a message but that."""


class ObserverCause(StrEnum):
    """Why an observer gave no count, where that says what to do about it."""

    UNTRUSTED = "certificate of an unknown CA"
    CERTIFICATE = "certificate not accepted"
    TLS = "tls failed"
    DENIED = "access denied"
    REFUSED = "connection refused"


class ObserverCheck(Struct, frozen=True):
    """The observer, asked before anything was sent: of one message, which nobody had sent, or of the total.

    `asked` is the question, with its secrets. `count` is the answer, None where there was none; `fault` says why, or
    what is wrong with it, and `cause` is that as a kind, where it is one of these. `took` is how long that was, in
    seconds.
    """

    asked: str
    count: int | None
    took: float
    fault: Own | None = None
    cause: ObserverCause | None = None


class EffectCount(Struct, frozen=True):
    """One settled look at the observer, taken until `at`; the count first stood there at `since`.

    `message` indexes the scenario's messages; None for a total over all of them. `effects` is what was
    counted since the scenario began, `expected` what a receiver that handles each message once would show;
    `count` is the observer's own number. `fault` says why there is no count. `label` names the moment
    ("after delivery 2"); `polls` is how often the observer was asked until the count stood still.
    """

    at: float
    since: float
    label: Own
    message: int | None
    expected: int
    effects: int | None
    count: int | None
    polls: int
    fault: Own | None = None
    exchange: int | None = None
    """The index of the exchange that this count follows."""


class NotPlayedKind(StrEnum):
    """Why a scenario was left out or cut short: rules go by this, never by the words of `ScenarioResult.not_played`."""

    OPTION = "needs an option"
    QUICK = "answers too quickly"
    UNCOUNTED = "no observer"
    ALIKE = "messages look alike"
    TOO_LONG = "takes too long"
    NOT_ACCEPTED = "no sample accepted"
    UNREACHED = "not reached"
    NO_EFFECT = "no effect"
    OBSERVER = "observer failed"
    COMMAND = "command failed"
    CUT_SHORT = "run ended"


INAPPLICABLE = frozenset((NotPlayedKind.OPTION, NotPlayedKind.QUICK))
"""What makes a scenario one that does not apply to this run; for any other reason, what it would show is open."""


class ScenarioResult(Struct, frozen=True):
    """One scenario as it was played: what was sent, what came back, what was counted.

    `names` say what each message is.
    `not_played` says why a scenario was left out or cut short, and `left` is that as a kind (None in runs that were
    saved before there were kinds); `fault` why its counts cannot be used; `doubt` why
    what was done between its deliveries, a restart, may not have happened. `no_effect`: it was cut short, because its
    first delivery was accepted, and no effect of it was counted in all the time that it may take.
    """

    scenario: Own
    messages: tuple[Message, ...]
    names: tuple[Own, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    counts: tuple[EffectCount, ...] = ()
    not_played: Own | None = None
    fault: Own | None = None
    doubt: Own | None = None
    no_effect: bool = False
    left: NotPlayedKind | None = None
