"""From the options that name an observer to the observer."""

from msgspec import Struct

from sigcheck.chain import Roots
from sigcheck.errors import UsageProblem
from sigcheck.probes.command import CommandObserver
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import Observer
from sigcheck.probes.observer_answer import Shape, check_metric, check_pointer
from sigcheck.probes.pace import make_pace
from sigcheck.probes.sql import SqlObserver


class ObserverOptions(Struct, frozen=True):
    """What the user said about observing; None and () where nothing was."""

    url: str | None = None
    headers: tuple[str, ...] = ()
    pointer: str | None = None
    command: str | None = None
    sql: str | None = None
    query: str | None = None
    metric: str | None = None
    default: int | None = None
    interval: float | None = None
    settle: float = 2.0


def make_observer(options: ObserverOptions, resolver: Resolver, roots: Roots, *, compressed: bool) -> Observer | None:
    """Make the observer that was asked for, None for none; raises UsageProblem for options that do not go together.

    `compressed`: the run is faster than the Cloud's schedule.
    """
    given = {"--observe-url": options.url, "--observe-command": options.command, "--observe-sql": options.sql}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise UsageProblem(f"{' and '.join(named)} exclude each other", "give one of them")
    if options.headers and options.url is None:
        raise UsageProblem("--observe-header has no --observe-url to go with", "give --observe-url")
    if (options.query is None) != (options.sql is None):
        raise UsageProblem("--observe-sql and --observe-query belong together", "give both")
    places = {"--observe-pointer": options.pointer, "--observe-metric": options.metric}
    for name in [name for name, value in places.items() if value is not None]:
        if options.url is None and options.command is None:
            raise UsageProblem(f"{name} has no observer to go with", "give --observe-url or --observe-command")
    if options.pointer is not None and options.metric is not None:
        raise UsageProblem("--observe-pointer and --observe-metric exclude each other", "give one of the two")
    for name, value in {"--observe-default": options.default, "--observe-interval": options.interval}.items():
        if value is not None and not named:
            raise UsageProblem(
                f"{name} has no observer to go with", "give --observe-url, --observe-command or --observe-sql"
            )
    shape = Shape(
        None if options.pointer is None else check_pointer(options.pointer),
        None if options.metric is None else check_metric(options.metric),
        options.default,
    )
    pace = make_pace(options.interval, compressed)
    if options.url is not None:
        from sigcheck.probes.url import UrlObserver

        return UrlObserver(
            options.url, options.headers, shape, options.settle, resolver=resolver, roots=roots.pem(), pace=pace
        )
    if options.command is not None:
        return CommandObserver(options.command, shape, options.settle, pace)
    if options.sql is not None and options.query is not None:
        return SqlObserver(options.sql, options.query, options.settle, options.default, pace)
    return None
