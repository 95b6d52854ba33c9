"""run(config, environment) -> Report: the one way to run. Probes, evidence, judgement and redaction; nothing else."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct, structs

from sigcheck.afterwards import Identity, joined
from sigcheck.config import RunConfig, decode
from sigcheck.environment import Environment
from sigcheck.errors import UsageProblem
from sigcheck.evidence_builder import EvidenceBuilder
from sigcheck.judge import judge
from sigcheck.model.events import Event
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Report
from sigcheck.model.rule import Rule
from sigcheck.plan import RunPlan
from sigcheck.planning import make_plan
from sigcheck.probes.slots import slots
from sigcheck.redaction.hide import hiding
from sigcheck.redaction.redact import Redactor, untouched
from sigcheck.sockets import sockets

Tell = Callable[[Event], None]

UNEXPLAINED = "interrupted"
"""Why a run ended, where whoever ended it did not say."""

JUDGED_IN = 0.005
"""Seconds that a run is judged in. Measured: about 3 ms, and 7 at the most."""

_T = TypeVar("_T", bound=Struct)


class Run:
    """One run. `play` carries it out; `end` asks it to end now, with what was seen; `report` gives that at any moment.

    `plan` is what the configuration came to. Without an environment it runs over real sockets. Raises UsageProblem
    for a configuration that cannot be used, and for what is none.
    """

    def __init__(
        self,
        config: RunConfig,
        environment: Environment | None = None,
        on_event: Tell | None = None,
        *,
        plan: RunPlan | None = None,
    ) -> None:
        if not isinstance(config, RunConfig):
            # A URL, most likely: `verify` takes one.
            raise UsageProblem(
                "config must be a RunConfig", "give sigcheck.RunConfig(url=…), or what sigcheck.decode makes"
            )
        given = environment or Environment()
        plan = plan or make_plan(config, observer=given.observer, wall=given.wall, draw=given.draw)
        if environment is not None:
            # What the environment cannot do is not planned, whatever command is configured for it.
            plan = structs.replace(plan, commands={kind: plan.commands.get(kind, ()) for kind in environment.hooks})
        self.plan = plan
        self._environment = environment
        self._wall = given.wall
        self._on_event = on_event
        self._builder: EvidenceBuilder | None = None
        self._work: asyncio.Task[None] | None = None
        self._ended: str | None = None
        self._raised: BaseException | None = None
        self._played = False

    def end(self, reason: str | None = None) -> None:
        """Ask the run to end now; `reason` says why, in the report. Asking again ends what takes long to be closed.

        To be called on the run's event loop, or before it is played: then nothing is sent at all. Raises TypeError for
        a reason that is no text: the report could not show it.
        """
        if not isinstance(reason, str | None):
            raise TypeError("the reason why a run ends must be a string")
        if self._ended is None:
            self._ended = (reason or "").strip() or UNEXPLAINED
        if self._work is not None:
            self._work.cancel()

    def date(self) -> None:
        """Date its messages as of now: for a run that is played some time after it was made."""
        self.plan.factory.begin(int(self._wall().timestamp()))

    async def play(self) -> Report:
        """Carry it out, to its end or until `end` is called: once. Whoever cancels this task gets a CancelledError.

        What `on_event` raises ends the run and comes out here, whatever it is.
        """
        # What a sentence of a probe's quotes is hidden when it is quoted.
        with hiding(self.plan.redactor.hidden):
            if self._played:
                raise RuntimeError(
                    "a run can be played only once, because its messages have been sent: make another one"
                )
            self._played = True
            builder = self._begun()
            if self._ended is None:
                self._work = asyncio.create_task(builder.fill())
                await self._finished(self._work)
            if self._raised is not None:
                raise self._raised
            async with slots().quiet(JUDGED_IN):
                return self.report()

    def forget(self) -> None:
        """Drop what was seen, once a report has it: no other report of this run can be had."""
        if self._builder is not None:
            self._builder.forget()
            self._builder = None

    async def _finished(self, work: asyncio.Task[None]) -> None:
        # asyncio.wait holds three times as much meanwhile, and thousands of runs may wait at once.
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def ended(_work: asyncio.Task[None]) -> None:
            if not over.done():
                over.set_result(None)

        work.add_done_callback(ended)
        try:
            await over
        except asyncio.CancelledError:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
            raise
        if not (work.cancelled() and self._ended is not None):
            work.result()

    def report(self, interrupted: str | None = None) -> Report:
        """Judge what was seen up to now, its secrets hidden. `interrupted` says why a run did not come to its end."""
        builder = self._builder
        evidence = self._begun().evidence() if builder is None else builder.evidence()
        reason = interrupted if self._ended is None else self._ended
        if reason is not None:
            evidence = structs.replace(evidence, interrupted=reason)
        return self._judged(evidence, self.plan.rules)

    def counted(self, effects: Mapping[Identity, int], ended: datetime) -> Report:
        """Judge what was seen with the effects of each message that somebody counted after the run.

        `ended` is when the run was over: counting is no part of it.
        """
        evidence = self._begun().evidence() if self._builder is None else self._builder.evidence()
        return self._judged(joined(evidence, effects).evidence, self.plan.rules, ended)

    def _begun(self) -> EvidenceBuilder:
        environment = self._environment or sockets(self.plan)
        judged = None if self._on_event is None else self._judged
        self._builder = EvidenceBuilder(self.plan, environment, self._tell, judged)
        return self._builder

    def _tell(self, event: Event) -> None:
        if self._on_event is None or self._raised is not None:
            return
        told = self._discreet(self.plan.redactor.struct(structs.replace(event, run=self.plan.callback.run)))
        try:
            self._on_event(told)
        except (KeyboardInterrupt, SystemExit):
            # They end the event loop at once, and so reach its caller by themselves.
            raise
        except BaseException as error:  # noqa: BLE001 - it is kept, and raised where the run was played
            # It is the caller's own, even where it looks like a fault of this machine's: no probe of ours met it. The
            # task group of the scenarios would wrap it, or swallow it where it is a cancellation.
            self._raised = error
            self.end("whoever watched it raised an error")

    def _judged(self, evidence: Evidence, rules: tuple[Rule, ...], ended: datetime | None = None) -> Report:
        # Before the rules shorten and quote what a server said: half a secret would be hard to find again.
        shown = self.plan.redactor.struct(evidence)
        report = judge(
            shown,
            rules,
            finished_at=ended or self._wall(),
            fail_on=self.plan.config.fail_on,
            allow_undecided=self.plan.allow_undecided,
            expected=self.plan.expected,
        )
        # Their sentences are ours: no secret may blank a word of them.
        return self._discreet(Redactor(seen=untouched(evidence, shown)).struct(report))

    def _discreet(self, what: _T) -> _T:
        """Hide the host and its addresses, where the user asked for it: in every sentence, since rules name them."""
        addresses = () if self._builder is None else self._builder.addresses
        discreet = self.plan.discreet(addresses)
        return what if discreet is None else discreet.struct(what)


async def run(config: RunConfig, environment: Environment | None = None, on_event: Tell | None = None) -> Report:
    """Verify one callback; gives the report, judged, complete and without secrets.

    `on_event` is called with each event of `sigcheck.model.events`, which carries the run's id. Raises UsageProblem
    for a configuration that cannot be used, before anything is sent.
    """
    return await Run(config, environment, on_event).play()


def verify(url: str, **settings: Any) -> Report:
    """Verify one callback and give its report. `settings` are the options of `sigcheck verify`, with underscores.

    Where an option may be given more than once, a list of texts or a single one. Raises UsageProblem for settings
    that cannot be used, RuntimeError where an event loop runs already: await `sigcheck.run` there.
    """
    if _running_loop() is not None:
        raise RuntimeError(
            "an event loop is running here already: await sigcheck.run instead of calling sigcheck.verify"
        )
    return asyncio.run(run(decode({"url": url, **settings})))


def _running_loop() -> asyncio.AbstractEventLoop | None:
    with suppress(RuntimeError):
        return asyncio.get_running_loop()
    return None
