"""Runs the real thing over real sockets in this process, with limits short enough for a test."""

import asyncio

from msgspec import structs

from sigcheck.callback import configure
from sigcheck.config import RunConfig
from sigcheck.message import MessageFactory
from sigcheck.model.report import Report
from sigcheck.model.rule import Level, Status
from sigcheck.plan import RunPlan
from sigcheck.planning import make_plan
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.runs import Run
from sigcheck.schedule import schedule

LIMIT = 0.4
"""Seconds of the answer limit in tests: long enough for a loaded machine to answer a healthy request in."""

WAITS = (0.05, 0.1, 0.2)
"""The schedule in tests: 1, 2 and 4 minutes, 1200 times as fast."""

RUN = "0badcafe"


def planned(
    url, *, policy=SIGFOX_CLOUD, only=(), observer=None, shortest=0.0, factory=None, callback=None, **settings
) -> RunPlan:
    """Plan a run under a policy of the test's own; `settings` are those of a RunConfig, `callback` of a callback."""
    plan = make_plan(RunConfig(url=url, only=only, **{"speed": 1.0, **settings}), observer=observer)
    factory = factory or plan.factory
    return structs.replace(
        plan,
        callback=configure(plan.callback.target, policy, RUN, **(callback or {})),
        schedule=schedule(policy, plan.settings.speed, plan.config.schedule_from, shortest),
        factory=factory,
        settings=structs.replace(
            plan.settings, device=factory.device(0), drawn=not factory.given, devices=factory.registered
        ),
    )


def verify(
    url,
    *,
    families=("reach", "response", "deadline", "retry", "dedup"),
    only=(),
    limit=LIMIT,
    patience=0.0,
    samples=2,
    observer=None,
    waits=WAITS,
    effects_within=0.3,
    allow_private=True,
    tell=None,
    resolve=(),
    ca_file=None,
    **callback,
) -> Report:
    """Verify `url` with a policy whose limit and waits are short.

    `only` names single rules in place of families; `callback` is what the callback has of its own.
    """
    plan = planned(
        url,
        policy=structs.replace(SIGFOX_CLOUD, answer_limit=limit, retry_waits=waits),
        only=tuple(only or families),
        observer=observer,
        allow_private=allow_private,
        samples=samples,
        patience=patience,
        effects_within=effects_within,
        resolve=resolve,
        ca_file=ca_file,
        callback=callback,
        factory=MessageFactory("516C4EC0", "0102", 1_795_000_000, 7),
    )
    return asyncio.run(Run(plan.config, on_event=tell, plan=plan).play())


def failed(report: Report, level: Level = "must") -> list[str]:
    """Give the rules of a level that failed."""
    return [each.rule for each in report.results if each.status is Status.FAIL and each.level == level]


def result(report: Report, rule: str):
    """Give what came of one rule."""
    return next(each for each in report.results if each.rule == rule)
