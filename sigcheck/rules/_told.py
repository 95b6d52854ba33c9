"""One exchange of a run and its place in it, and whose rule tells how it failed."""

from msgspec import Struct

from sigcheck.model.delivery import CROWD, Answer, Exchange, Failure, FailureKind

SAMPLES, REPLAY, UNAUTHENTICATED = "samples", "deliveries of the replay", "deliveries without credentials"
MOVED = "deliveries with the query in their body"
HTTP10 = "deliveries by HTTP/1.0"

OWNERS: dict[FailureKind, str] = {
    FailureKind.UNRESOLVED: "reach-unresolved",
    FailureKind.REFUSED: "reach-refused",
    FailureKind.UNREACHABLE: "reach-no-answer",
    FailureKind.NO_CONNECTION: "reach-no-answer",
    FailureKind.LOCAL: "reach-no-answer",
    FailureKind.TLS_FAILED: "tls-handshake-failed",
    FailureKind.NOT_SENT: "response-malformed",
    FailureKind.RESET: "response-malformed",
    FailureKind.CLOSED: "response-malformed",
    FailureKind.MALFORMED: "response-malformed",
    FailureKind.NO_ANSWER: "deadline-exceeded",
}
"""Which rule tells of a delivery that failed in this way. One that was cut on purpose is nobody's."""

BY_VERSION = frozenset(("response-malformed", "deadline-exceeded"))
"""The rules whose failures, of a delivery by HTTP/1.0, may come of the version."""


def owner(told: "Told") -> str | None:
    """Give the rule that tells how a delivery failed: one that the peer gave up after the limit came too late."""
    if told.failure is None:
        return None
    if told.part == HTTP10 and OWNERS.get(told.failure.kind) in BY_VERSION:
        return "response-http10"
    waited = told.exchange.phases.wait or 0.0
    if told.failure.kind in {FailureKind.CLOSED, FailureKind.RESET} and waited > told.exchange.limit:
        return "deadline-exceeded"
    return OWNERS[told.failure.kind]


class Told(Struct, frozen=True):
    """One exchange and its place in the run.

    `label` names it in a message ("sample 3"), `part` the part of the run, in the plural. `retried`: the same message
    had been accepted before, or beside it, or its answer was cut off. `foreign`: its device is another than the one
    that the user named. `asked`: it failed because we asked for it, or another rule judges what it was answered.
    `timed`: its times say something of the receiver. `raced`: it was released together with others on purpose.
    `after_a_cut`: the receiver may still be at work on a delivery of the same scenario that we cut off before.
    """

    label: str
    part: str
    exchange: Exchange
    retried: bool = False
    foreign: bool = False
    asked: bool = False
    timed: bool = True
    raced: bool = False
    after_a_cut: bool = False

    @property
    def crowded(self) -> bool:
        """Whether it was one of many that we sent at the same time."""
        return self.raced or self.exchange.company >= CROWD

    @property
    def answer(self) -> Answer | None:
        """Its answer, if it got one."""
        return self.exchange.outcome if isinstance(self.exchange.outcome, Answer) else None

    @property
    def failure(self) -> Failure | None:
        """How it failed, unless that was on purpose."""
        outcome = self.exchange.outcome
        return outcome if isinstance(outcome, Failure) and outcome.kind is not FailureKind.CUT else None
