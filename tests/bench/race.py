"""The race scenario: how close together the deliveries are sent, and how often it meets a narrow window."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from secrets import randbelow
from statistics import median

from sigcheck import clock
from sigcheck.callback import configure
from sigcheck.message import DEFAULT_DATA, SEQUENCE_CYCLE, MessageFactory
from sigcheck.model.effects import ScenarioResult
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.probes.delivery import HttpTransport
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer_answer import Shape
from sigcheck.probes.url import UrlObserver
from sigcheck.scenario import Plan
from sigcheck.scenario.plans import ReceiverProfile, race
from sigcheck.scenario.playing.context import ScenarioContext
from sigcheck.scenario.playing.runner import ScenarioRunner
from sigcheck.scenario.playing.shared_total import SharedTotal
from sigcheck.schedule import schedule
from sigcheck.target import parse_target
from tests.bench.figure import Figure, milliseconds
from tests.fleet.design import Design
from tests.fleet.launch import Running, launch
from tests.fleet.spec import Spec

WINDOWS = (1, 5, 20)
RUNS = 50
SETTLE = 0.2


def measure() -> Iterator[Figure]:
    """Yield the spread of the deliveries, and for each window how many of the runs caught it."""
    spreads: list[float] = []
    for window in WINDOWS:
        spec = Spec(f"window-{window}ms", "uvicorn", Design(dedup="check-then-insert", race_window=window / 1000))
        with tempfile.TemporaryDirectory() as folder, launch(spec, Path(folder)) as running:
            scenarios = asyncio.run(_race(running))
        caught = sum(_caught(scenario) for scenario in scenarios)
        spreads += [spread for scenario in scenarios for spread in _spreads(scenario)]
        yield Figure(f"check-then-insert window of {window} ms caught", f"{caught} of {RUNS} runs")
    yield Figure("spread of 8 deliveries, median", milliseconds(median(spreads)))
    yield Figure("spread of 8 deliveries, largest", milliseconds(max(spreads)))


async def _race(running: Running) -> list[ScenarioResult]:
    resolver = Resolver()
    callback = configure(parse_target(running.url), SIGFOX_CLOUD, "bench")
    count = UrlObserver(running.effects_url, (), Shape("/count"), SETTLE, resolver=resolver, roots=None)
    origin = clock.now()
    context = ScenarioContext(
        deliver=HttpTransport(resolver),
        render=callback.render,
        render_batch=callback.render_batch,
        schedule=schedule(SIGFOX_CLOUD, 1.0, "previous"),
        policy=SIGFOX_CLOUD,
        origin=origin,
        observer=count,
        tell=lambda _event: None,
    )
    profile = ReceiverProfile(
        answer=0.01,
        limit=SIGFOX_CLOUD.answer_limit,
        sampled=True,
        counted=True,
        per_message=True,
        failable=False,
        fails_by_command=False,
        restartable=False,
        batched=False,
    )
    scenarios = []
    for _ in range(RUNS):
        # A message of its own for each run: the clock is set on by ten minutes a run, the counter is random.
        now = int(clock.wall().timestamp()) - 600 * len(scenarios)
        plan = race(MessageFactory("516C4EC0", DEFAULT_DATA, now, randbelow(SEQUENCE_CYCLE)), profile)
        if not isinstance(plan, Plan):
            raise TypeError("the race was left out")
        replay = ScenarioRunner(plan, context, SharedTotal())
        await replay.play()
        scenarios.append(replay.scenario)
    return scenarios


def _caught(scenario: ScenarioResult) -> bool:
    if scenario.fault:
        raise RuntimeError(scenario.fault)
    return any((counted.effects or 0) > counted.expected for counted in scenario.counts)


def _spreads(scenario: ScenarioResult) -> Iterator[float]:
    for message in scenario.messages:
        sent = [each.sent for each in scenario.exchanges if each.message == message and each.sent is not None]
        yield max(sent) - min(sent)
