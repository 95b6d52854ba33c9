"""Runs the real engine over real sockets in this process, with limits short enough for a test."""

import asyncio
from functools import cache

from msgspec import structs

from sigcheck.callback import configure
from sigcheck.clock import SystemClock
from sigcheck.engine import run
from sigcheck.judge import judge
from sigcheck.means import real_means
from sigcheck.message import MessageFactory
from sigcheck.model.evidence import Settings
from sigcheck.model.report import Level, Report, Status
from sigcheck.order import Order
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.probes.network import Resolver
from sigcheck.redact import Redactor
from sigcheck.rules import RULES
from sigcheck.schedule import schedule
from sigcheck.target import parse_target
from sigcheck.trust import load_roots

LIMIT = 0.4
"""Seconds of the answer limit in tests: long enough for a loaded machine to answer a healthy request in."""

WAITS = (0.05, 0.1, 0.2)
"""The schedule in tests: 1, 2 and 4 minutes, 1200 times as fast."""


@cache
def public_roots():
    """Read the public roots once for all tests."""
    return load_roots(None)


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
    tell=lambda event: None,
    **given,
) -> Report:
    """Verify `url` with a policy whose limit and waits are short; `count` is an observer.

    `only` names single rules in place of families.
    """
    policy = structs.replace(SIGFOX_CLOUD, answer_limit=limit, retry_waits=waits)
    callback = configure(parse_target(url), policy, "0badcafe", **given)
    rules = tuple(rule for rule in RULES if (rule.id in only if only else rule.family in families))
    clock = SystemClock()
    order = Order(
        callback=callback,
        settings=Settings(
            allow_private=allow_private, samples=samples, patience=patience, effects_within=effects_within
        ),
        schedule=schedule(policy, 1.0, "previous"),
        rules=rules,
        factory=MessageFactory("516C4EC0", "0102", int(clock.wall().timestamp()), 7),
    )

    roots = public_roots()

    async def main():
        means = real_means(callback, roots, Resolver(clock), observer, tell, lambda: "interrupted", {})
        return await run(order, means)

    redactor = Redactor(callback.secrets())
    return redactor.struct(judge(redactor.struct(asyncio.run(main())), rules, finished_at=clock.wall()))


def failed(report: Report, level: Level = "must") -> list[str]:
    """Give the rules of a level that failed."""
    return [each.rule for each in report.results if each.status is Status.FAIL and each.level == level]


def result(report: Report, rule: str):
    """Give what came of one rule."""
    return next(each for each in report.results if each.rule == rule)
