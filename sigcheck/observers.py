"""From the settings that name an observer to the observer."""

from sigcheck.callback import PLACEHOLDERS, message_fields, variables_in
from sigcheck.chain import Roots
from sigcheck.config import RunConfig
from sigcheck.config.setting import option
from sigcheck.errors import UsageProblem
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import Observer

WAYS = ("observe_url", "observe_command", "observe_sql")
PLACES = ("observe_pointer", "observe_metric")


def make_observer(config: RunConfig, resolver: Resolver, roots: Roots, *, paced: bool = True) -> Observer | None:
    """Make the observer that was asked for, None for none; raises UsageProblem for settings that do not go together.

    `paced`: on the Cloud's own schedule it is not asked more often than a small database admits.
    """
    _see_together(config)
    if all(getattr(config, way) is None for way in WAYS):
        return None
    from sigcheck.probes.observer_answer import Shape, check_metric, check_pointer
    from sigcheck.probes.pace import make_pace

    shape = Shape(
        None if config.observe_pointer is None else check_pointer(config.observe_pointer),
        None if config.observe_metric is None else check_metric(config.observe_metric),
        config.observe_default,
    )
    pace = make_pace(config.observe_interval, compressed=(config.speed or 1) > 1 or not paced)
    if config.observe_url is not None:
        from sigcheck.probes.url import UrlObserver

        return UrlObserver(
            config.observe_url,
            config.observe_header,
            shape,
            config.settle,
            resolver=resolver,
            roots=roots.pem(),
            pace=pace,
        )
    if config.observe_command is not None:
        from sigcheck.probes.command import CommandObserver

        folder = config.folders.get("observe_command", "")
        return CommandObserver(config.observe_command, shape, config.settle, pace, folder)
    if config.observe_sql is not None and config.observe_query is not None:
        from sigcheck.probes.sql import SqlObserver

        folder = config.folders.get("observe_sql", "")
        return SqlObserver(
            config.observe_sql, config.observe_query, config.settle, config.observe_default, pace, folder
        )
    return None


def asked_by(config: RunConfig) -> tuple[str, ...]:
    """Give what of a message the observer's question names, by the names of `PLACEHOLDERS`."""
    given = (config.observe_url, config.observe_command, config.observe_query, config.observe_pointer,
             config.observe_metric, *config.observe_header)  # fmt: skip
    names = {name for template in given if template is not None for name in variables_in(template)}
    return tuple(name for name in PLACEHOLDERS if message_fields(names) & message_fields((name,)))


def _see_together(config: RunConfig) -> None:
    def given(names: tuple[str, ...]) -> list[str]:
        return [name for name in names if getattr(config, name) is not None]

    ways = given(WAYS)
    if len(ways) > 1:
        *others, last = map(option, ways)
        raise UsageProblem(f"{', '.join(others)} and {last} cannot be used together", "give one of them")
    if config.observe_header and config.observe_url is None:
        raise UsageProblem("--observe-header needs --observe-url", "give --observe-url")
    if (config.observe_query is None) != (config.observe_sql is None):
        raise UsageProblem("--observe-sql and --observe-query must be given together", "give both")
    places = given(PLACES)
    if places and config.observe_url is None and config.observe_command is None:
        fix = "give --observe-url or --observe-command"
        raise UsageProblem(f"{option(places[0])} needs an observer", fix)
    if len(places) > 1:
        raise UsageProblem("--observe-pointer and --observe-metric cannot be used together", "give one of the two")
    for name in given(("observe_default", "observe_interval")):
        if not ways:
            raise UsageProblem(
                f"{option(name)} needs an observer", "give --observe-url, --observe-command or --observe-sql"
            )
