"""The plan of one run: what a RunConfig comes to when all of it is read, checked and parsed.

The run and `--dry-run` have this one plan: which probes are needed, which requests are sent, which scenarios played.
"""

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct, structs

from sigcheck.callback import Callback
from sigcheck.chain import Roots
from sigcheck.config import RunConfig
from sigcheck.message import MessageFactory
from sigcheck.model.delivery import Header, Request
from sigcheck.model.evidence import Settings
from sigcheck.model.network import AllowlistFacts
from sigcheck.model.report import Expectation
from sigcheck.model.rule import Rule
from sigcheck.observers import asked_by
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import Observer
from sigcheck.redaction.places import names_of_host
from sigcheck.redaction.redact import Redactor
from sigcheck.rules import response_http10
from sigcheck.scenario import HookKind, Scenarios, shared
from sigcheck.scenario.choice import choose
from sigcheck.scenario.plans import ReceiverProfile, retry
from sigcheck.scenario.playing.sampler import ENOUGH, FEWEST
from sigcheck.schedule import Schedule

SAMPLED = frozenset(("response", "deadline", "exposure"))
REPLAYED = frozenset(("retry", "dedup"))
"""The families whose rules need samples, and those that need the replay."""


@lru_cache(maxsize=64)
def _families(rules: tuple[str, ...]) -> frozenset[str]:
    """Give the families of rules, by id: many runs have the same."""
    return frozenset(rule.partition("-")[0] for rule in rules)


class RunPlan(Struct, frozen=True):
    """One run, ready to be carried out. `rules` are those to be judged; they decide which probes are needed.

    `fail_header` makes the receiver fail the delivery that carries it; `commands` are the user's hooks. `allowlist` is
    what the user's firewall rules say.
    """

    config: RunConfig
    callback: Callback
    settings: Settings
    schedule: Schedule
    rules: tuple[Rule, ...]
    factory: MessageFactory
    roots: Roots
    resolver: Resolver
    observer: Observer | None
    redactor: Redactor
    fail_header: Header | None = None
    commands: dict[HookKind, tuple[str, ...]] = {}
    allowlist: AllowlistFacts | None = None
    allow_undecided: tuple[str, ...] = ()
    redacts: tuple[str, ...] = ()
    expected: tuple[Expectation, ...] = ()

    def discreet(self, addresses: Iterable[str] = ()) -> Redactor | None:
        """Give what hides the receiver's host, of which these addresses are known; None where it may be seen."""
        if "host" not in self.redacts:
            return None
        target = self.callback.target
        return Redactor(names_of_host(target.host, target.url, addresses), everywhere=True)

    @property
    def families(self) -> frozenset[str]:
        """The families of the rules."""
        return _families(tuple(rule.id for rule in self.rules))

    @property
    def shakes_hands(self) -> bool:
        """Whether TLS is examined."""
        return self.callback.target.scheme == "https" and "tls" in self.families

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know before anything is sent, a line each."""
        plain = self.config.no_sni and self.callback.target.scheme == "http"
        note = ("note: --no-sni has no effect on plain HTTP, which has no TLS handshake",) if plain else ()
        return (*self.callback.warnings(typed=not self.config.file), *note, *self._asked_in_vain())

    def _asked_in_vain(self) -> tuple[str, ...]:
        """Say that the observer is asked by what the receiver is never told: it would count nothing."""
        carried = self.callback.shape().carries
        if not self.counts or not (unsent := [name for name in asked_by(self.config) if name not in carried]):
            return ()
        names = " and ".join(f"{{{name}}}" for name in unsent)
        seen = f"the observer is asked by {names}, which the callback does not carry, so it may count nothing"
        return (f"warning: {seen}: take {names} out of the observer's question, or put it into the callback",)

    @property
    def samples(self) -> bool:
        """Whether messages are sent for the sake of their answers."""
        return bool(self.families & SAMPLED)

    @property
    def replays(self) -> bool:
        """Whether the schedule is replayed."""
        return bool(self.families & REPLAYED)

    @property
    def counts(self) -> bool:
        """Whether effects are counted."""
        return self.observer is not None and "dedup" in self.families

    @property
    def first_samples(self) -> int:
        """How many samples are taken before the replay, where there is one; else all of them."""
        return min(self.settings.samples, FEWEST) if self.replays else self.settings.samples

    @property
    def unauthenticated(self) -> Callback | None:
        """The callback without its credentials, where a message is sent so; None where none is."""
        return self.callback.unauthenticated() if "exposure" in self.families else None

    @property
    def moved(self) -> Callback | None:
        """The callback with its query in the form, where a message is sent so beside the others; None where none is."""
        both = self.config.form_query == "both" and any(rule.id == "response-form-query" for rule in self.rules)
        return self.callback.with_query_in_body() if both else None

    @property
    def http10(self) -> bool:
        """Whether one message is sent by HTTP/1.0."""
        return response_http10.RULE in self.rules

    def closing_samples(self, taken: int, sent: int) -> int:
        """Give how many samples are taken at the end, after `taken` samples and `sent` calm deliveries of the replay.

        A fault on one connection in ten shall be seen, but a number that the user gave is obeyed.
        """
        wanted = self.settings.samples - taken
        return max(wanted, ENOUGH - taken - sent) if self.config.samples is None else wanted

    def profile(self, answer: float | None) -> ReceiverProfile:
        """Give what decides how scenarios are planned; `answer` is the usual answer time in seconds, if it is known."""
        limit = self.callback.policy.answer_limit
        return ReceiverProfile(
            # Without samples nothing is known: as slow as may be is the careful guess.
            answer=limit if answer is None else answer,
            limit=limit,
            sampled=answer is not None,
            counted=self.observer is not None or self.settings.counted_later,
            # Who reads the counts after the run reads them message by message.
            per_message=self.settings.counted_later if self.observer is None else self.observer.facts.per_message,
            failable="fail" in self.commands or self.fail_header is not None,
            fails_by_command="fail" in self.commands,
            restartable="restart" in self.commands,
            batched=self.callback.line is not None,
            carries=self.callback.shape().carries,
        )

    def scenarios(self, profile: ReceiverProfile) -> Scenarios:
        """Plan what is played with a receiver."""
        short, last, left = choose((rule.id for rule in self.rules), self.factory, profile, self.callback.render)
        replay = shared(retry(self.factory, self.schedule, profile))
        return Scenarios(replay, tuple(short), tuple(last), tuple(left))

    def failing(self, request: Request) -> Request:
        """Give a request that the receiver fails on purpose."""
        header = self.fail_header
        return request if header is None else structs.replace(request, headers=(*request.headers, header))
