"""The race scenario: how close together the copies are sent, and how often it meets a narrow window."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from secrets import randbelow
from statistics import median

from bench.figure import Figure, milliseconds
from sigcheck.callback import configure
from sigcheck.clock import SystemClock
from sigcheck.message import DEFAULT_DATA, SEQUENCE_CYCLE, Mint
from sigcheck.model.effects import Trial
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.probes.delivery import HttpDelivery
from sigcheck.probes.ledger import Ledger
from sigcheck.probes.network import Resolver
from sigcheck.probes.reading import Shape
from sigcheck.probes.replay import Replay
from sigcheck.probes.stage import Stage
from sigcheck.probes.url import UrlCount
from sigcheck.scenario import Plan
from sigcheck.scenario.plans import Circumstances, race
from sigcheck.schedule import schedule
from sigcheck.target import parse_target
from tests.fleet.design import Design
from tests.fleet.launch import Running, launch
from tests.fleet.spec import Spec

WINDOWS = (1, 5, 20)
RUNS = 50
SETTLE = 0.2


def measure() -> Iterator[Figure]:
    """Yield the spread of the copies, and for each window how many of the runs caught it."""
    spreads: list[float] = []
    for window in WINDOWS:
        spec = Spec(f"window-{window}ms", "uvicorn", Design(dedup="check-then-insert", race_window=window / 1000))
        with tempfile.TemporaryDirectory() as folder, launch(spec, Path(folder)) as running:
            trials = asyncio.run(_race(running))
        caught = sum(_caught(trial) for trial in trials)
        spreads += [spread for trial in trials for spread in _spreads(trial)]
        yield Figure(f"check-then-insert window of {window} ms caught", f"{caught} of {RUNS} runs")
    yield Figure("spread of 8 copies, median", milliseconds(median(spreads)))
    yield Figure("spread of 8 copies, largest", milliseconds(max(spreads)))


async def _race(running: Running) -> list[Trial]:
    clock = SystemClock()
    resolver = Resolver(clock)
    callback = configure(parse_target(running.url), SIGFOX_CLOUD, "bench")
    count = UrlCount(running.effects_url, (), Shape("/count"), SETTLE, resolver=resolver, roots=None)
    origin = clock.now()
    stage = Stage(
        clock=clock,
        deliver=HttpDelivery(resolver, clock, origin),
        render=callback.render,
        schedule=schedule(SIGFOX_CLOUD, 1.0, "previous"),
        policy=SIGFOX_CLOUD,
        origin=origin,
        count=count,
        tell=lambda _event: None,
    )
    circumstances = Circumstances(
        answer=0.01,
        limit=SIGFOX_CLOUD.answer_limit,
        sampled=True,
        counted=True,
        per_message=True,
        failable=False,
        fails_by_command=False,
        restartable=False,
    )
    trials = []
    for _ in range(RUNS):
        # A message of its own for each run: the clock is set on by ten minutes a run, the counter is random.
        now = int(clock.wall().timestamp()) - 600 * len(trials)
        plan = race(Mint("516C4EC0", DEFAULT_DATA, now, randbelow(SEQUENCE_CYCLE)), circumstances)
        if not isinstance(plan, Plan):
            raise TypeError("the race was left out")
        replay = Replay(plan, stage, Ledger())
        await replay.play()
        trials.append(replay.trial)
    return trials


def _caught(trial: Trial) -> bool:
    if trial.fault:
        raise RuntimeError(trial.fault)
    return any((reading.effects or 0) > reading.expected for reading in trial.readings)


def _spreads(trial: Trial) -> Iterator[float]:
    for message in trial.messages:
        sent = [each.sent for each in trial.exchanges if each.message == message and each.sent is not None]
        yield max(sent) - min(sent)
