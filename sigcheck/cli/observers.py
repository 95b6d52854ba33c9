"""From the options that name an observer to the observer."""

from msgspec import Struct

from sigcheck.chain import Roots
from sigcheck.errors import UsageProblem
from sigcheck.probes.command import CommandCount
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import Count, check_pointer
from sigcheck.probes.sql import SqlCount


class ObserverOptions(Struct, frozen=True):
    """What the user said about observing; None and () where nothing was."""

    url: str | None = None
    headers: tuple[str, ...] = ()
    pointer: str | None = None
    command: str | None = None
    sql: str | None = None
    query: str | None = None
    settle: float = 2.0


def make_observer(options: ObserverOptions, resolver: Resolver, roots: Roots) -> Count | None:
    """Make the observer that was asked for, None for none; raises UsageProblem for options that do not go together."""
    given = {"--observe-url": options.url, "--observe-command": options.command, "--observe-sql": options.sql}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise UsageProblem(f"{' and '.join(named)} exclude each other", "give one of them")
    if options.headers and options.url is None:
        raise UsageProblem("--observe-header has no --observe-url to go with", "give --observe-url")
    if (options.query is None) != (options.sql is None):
        raise UsageProblem("--observe-sql and --observe-query belong together", "give both")
    if options.pointer is not None:
        if options.url is None and options.command is None:
            raise UsageProblem(
                "--observe-pointer has no observer to go with", "give --observe-url or --observe-command"
            )
        check_pointer(options.pointer)
    if options.url is not None:
        from sigcheck.probes.url import UrlCount

        return UrlCount(
            options.url, options.headers, options.pointer, options.settle, resolver=resolver, roots=roots.pem()
        )
    if options.command is not None:
        return CommandCount(options.command, options.pointer, options.settle)
    if options.sql is not None and options.query is not None:
        return SqlCount(options.sql, options.query, options.settle)
    return None
