"""Finds all that is wrong with a configuration file: the keys, the values, and what does not go together."""

from collections.abc import Iterator

from sigcheck.callback import CALLBACK_TYPES, DEFAULT_TYPE, FORM
from sigcheck.cli.targets import wanted
from sigcheck.cli.verifying import plan_of
from sigcheck.config.decoding import decode_settings
from sigcheck.config.file import ConfigFile
from sigcheck.config.given import OBSERVERS, OF_AN_OBSERVER, Given, Settings
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem

SOMEWHERE = "https://localhost/"


def problems_of(file: ConfigFile) -> Iterator[UsageProblem]:
    """Give each problem once or more, those of the defaults first: they hold for a URL, too, and for new targets."""
    yield from file.problems
    wrong = set()
    for name, problem in _wrong_alone(file.defaults, file.path):
        wrong.add(name)
        yield problem
    if not wrong and file.defaults:
        yield from _wrong_together(file.defaults, f"{file.path}: [defaults]")
    sound = ConfigFile(file.path, file.defaults, file.targets, file.lines)
    for target in wanted([], {}, sound, every=True) if file.targets else []:
        inherited = {name for name in wrong if target.settings.get(name) == file.defaults[name]}
        yield from _wrong_in(file, target, inherited)


def _wrong_in(file: ConfigFile, target: Wanted, inherited: set[str]) -> Iterator[UsageProblem]:
    """Find what is wrong with a target. `inherited` are settings of the defaults which are known to be wrong."""
    own = {name: values for name, values in target.settings.items() if name not in inherited}
    if inherited:
        # Without these, the rest need not make sense together.
        yield from (problem for _, problem in _wrong_alone(own, file.path))
        return
    wrong = list(_unreadable(own))
    yield from wrong
    broken = {str(problem).partition(": ")[0] for problem in file.problems}
    # Where a key of it is wrong, the rest of the target need not make sense.
    if wrong or "url" not in own or target.place in broken:
        return
    try:
        plan_of(target)
    except UsageProblem as problem:
        yield problem


def _unreadable(settings: Settings) -> Iterator[UsageProblem]:
    for name, values in settings.items():
        try:
            decode_settings({**_stand_in("url", SOMEWHERE), name: values})
        except UsageProblem as problem:
            yield problem


def _wrong_alone(settings: Settings, path: str) -> Iterator[tuple[str, UsageProblem]]:
    """Find the settings that could not be used whatever else is said, by name."""
    for name, values in settings.items():
        for problem in _wrong_together({name: values}, values[0].spelled if values else path):
            yield name, problem


def _wrong_together(settings: Settings, place: str) -> Iterator[UsageProblem]:
    """Find the first thing that is wrong with settings of which the rest may be said elsewhere."""
    try:
        plan_of(Wanted("", _completed(settings)))
    except UsageProblem as problem:
        named = problem.message.startswith(place.partition(":")[0] + ":")
        yield problem if named else UsageProblem(f"{place}: {problem.message}", problem.fix)


def _completed(settings: Settings) -> Settings:
    """Add what settings need beside them, which a target or the command line may give."""
    found = {**_stand_in("url", SOMEWHERE), **settings}
    if "observe_sql" not in found:
        # Only with its database can a query be looked at.
        found.pop("observe_query", None)
    if "observe_sql" in found and "observe_query" not in found:
        found |= _stand_in("observe_query", "select 1")
    if OF_AN_OBSERVER & set(found) and not set(OBSERVERS) & set(found):
        found |= _stand_in("observe_url", SOMEWHERE)
    if "body" in found and "content_type" not in found:
        # It says nothing of what the body is like.
        found |= _stand_in("content_type", "text/plain")
    if "body" not in found and [given.value for given in found.get("content_type", ())] == [FORM]:
        found |= _stand_in("body", CALLBACK_TYPES[DEFAULT_TYPE].form)
    return found


def _stand_in(name: str, value: str) -> dict[str, tuple[Given, ...]]:
    return {name: (Given(value, name, ""),)}
