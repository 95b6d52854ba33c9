"""The targets of a fleet: from the configuration file or a list, all checked before anything is sent, and named."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, structs

from sigcheck import signals
from sigcheck.callback import variables_in
from sigcheck.cli import output
from sigcheck.cli.targets import wanted
from sigcheck.config.concealing import concealing
from sigcheck.config.decoding import decode_settings
from sigcheck.config.file import ConfigFile
from sigcheck.config.given import Settings, over
from sigcheck.config.setting import option
from sigcheck.config.tables import Problems
from sigcheck.config.target_list import MOST_PROBLEMS, TargetList, read_list, read_source
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.fleet import vantages
from sigcheck.fleet.elsewhere import target_elsewhere
from sigcheck.fleet.grouping import HOST, host_of
from sigcheck.fleet.lanes import Place, places
from sigcheck.fleet.scanning import plan_scan, scan_settings, see_scannable
from sigcheck.fleet.target import FleetTarget
from sigcheck.judge import names_in
from sigcheck.listing import requests_of
from sigcheck.machine import Shortage
from sigcheck.model.evidence import Target
from sigcheck.planning import plan_wanted
from sigcheck.redaction.places import names_of_host
from sigcheck.redaction.redact import Redactor, redact_url
from sigcheck.target import parse_target

MANY = 2000
"""Targets from which on their check is announced: it takes seconds."""


class Checked(Struct, frozen=True):
    """A target that can be run.

    `places` are what it shares with others. `url` and `host` are as they may be shown; `url` is "" where it has a name
    and nobody asked. `requests` is how many a run sends at the most, None where nobody asked.
    """

    target: FleetTarget
    places: tuple[Place, ...]
    url: str
    host: str
    https: bool
    requests: int | None = None


def targets(
    names: Sequence[str],
    path: str | None,
    given: Settings,
    file: ConfigFile | None,
    *,
    scan: bool = False,
    counted: bool = False,
    elsewhere: bool = False,
) -> list[Checked]:
    """Give the targets that are to be run, all checked; `counted`: with how many requests each has.

    `elsewhere`: other machines run them, which have their variables and files.

    `path` names a list of targets in place of the configuration file's. Raises UsageProblem where anything is wrong
    with any of them, after each problem has been told on stderr.
    """
    problems = Problems(MOST_PROBLEMS)
    if file is not None and file.problems:
        for problem in file.problems:
            problems.add(problem.message, problem.fix)
        _see(problems)
    chosen = (
        wanted(names, given, file, every=not names) if path is None else _listed(names, path, given, file, problems)
    )
    if len(chosen) >= MANY:
        output.notice(f"checking {len(chosen)} targets before anything is sent")
    wrong: dict[str, tuple[UsageProblem, int]] = {}
    alike: set[object] = set()
    found: list[Checked] = []
    for each in chosen:
        signals.look()
        try:
            if elsewhere:
                found.append(_seen_elsewhere(each, scan=scan, counted=counted))
            else:
                found.append(_scanned(each, alike, counted=counted) if scan else _planned(each, counted=counted))
        except Shortage:
            raise
        except UsageProblem as problem:
            # What is wrong with the defaults, or with an option, is wrong with many, and is told once.
            first, count = wrong.get(str(problem), (problem, 0))
            wrong[str(problem)] = first, count + 1
    for first, count in wrong.values():
        of = f", which concerns {count} of {len(chosen)} targets" if 1 < count < len(chosen) else ""
        problems.add(f"{first.message}{of}", first.fix)
    keyed = list(_keyed(found, problems))
    _see(problems)
    return keyed


def _listed(
    names: Sequence[str], path: str, given: Settings, file: ConfigFile | None, problems: Problems
) -> list[Wanted]:
    source = read_source(path)
    if source.form == "import":
        from sigcheck.account.listed import list_import

        listed = list_import(source)
    else:
        listed = read_list(source)
    for notice in listed.notices:
        output.notice(notice)
    for problem in listed.problems:
        problems.add(problem.message, problem.fix)
    problems.more += listed.more
    defaults: Settings = {} if file is None else file.defaults
    chosen = [
        Wanted(each.name, over(given, over(each.settings, defaults)), listed.place(each)) for each in listed.targets
    ]
    return chosen if not names else _named(names, chosen, listed)


def _named(names: Sequence[str], chosen: Sequence[Wanted], listed: TargetList) -> list[Wanted]:
    known = {each.name for each in chosen if each.name}
    for name in names:
        if name not in known:
            from difflib import get_close_matches

            close = get_close_matches(name, known, n=1)
            fix = f"did you mean {close[0]}?" if close else "leave the names out to run all of its targets"
            # It is not quoted: a slip may have put a secret in its place.
            raise UsageProblem(f"{listed.path} has no target of this name", fix)
    asked = set(names)
    return [each for each in chosen if each.name in asked]


def _planned(chosen: Wanted, *, counted: bool) -> Checked:
    """Plan a run, and keep of the plan what it shares with others; raises UsageProblem."""
    plan = plan_wanted(chosen)
    target = plan.callback.target
    shared = tuple((host_of(each), kind) if kind == HOST else (each, kind) for each, kind in places(plan))
    # What is secret of it is looked for only where it is shown: in 50,000 targets that takes long.
    url = plan.redactor.url(target.url) if counted or not chosen.name else ""
    host, discreet = target.host, plan.discreet()
    if discreet is not None:
        url, host = discreet.text(url), discreet.text(host)
    requests = requests_of(plan) if counted else None
    return Checked(FleetTarget(chosen.name, chosen, host), shared, url, host, target.scheme == "https", requests)


def _seen_elsewhere(chosen: Wanted, *, scan: bool, counted: bool) -> Checked:
    """Check what is known here of a target that another machine examines; raises UsageProblem."""
    target, plan = target_elsewhere(chosen, scan=scan)
    shared: tuple[Place, ...] = ((host_of(target.host) or target.key, HOST),)
    if plan is not None and target.host:
        shared = tuple((host_of(each), kind) if kind == HOST else (each, kind) for each, kind in places(plan))
    url = redact_url(str(chosen.settings["url"][-1].value))
    requests = requests_of(plan) if counted and plan is not None else None
    return Checked(target, shared, url, target.host, False, requests)


def spread(checked: Sequence[Checked], asked: vantages.Asked, *, many: bool) -> list[Checked]:
    """Give each target once for each place that it is examined from; raises UsageProblem.

    Says how many name places and are examined from here all the same.
    """
    known = {each.target.key: each for each in checked}
    seen = vantages.spread([each.target for each in checked], asked, many=many)
    if seen.elsewhere:
        one = seen.elsewhere == 1
        some = "1 target names a place, and is" if one else f"{seen.elsewhere} targets name places, and are"
        output.notice(f"{some} examined from this machine; --vantage says where it is")
    return [structs.replace(known[target.key], target=target) for target in seen.targets]


def _scanned(chosen: Wanted, alike: set[object], *, counted: bool = False) -> Checked:
    """Check what a scan needs of a target: its settings and its URL; raises UsageProblem.

    `alike` has the settings with which another target was planned already: in most fleets they are the same for all.
    """
    settings = scan_settings(chosen.settings)
    config = decode_settings(settings, chosen.spelled, name=chosen.name, place=chosen.shown_place)
    try:
        with concealing(config, chosen.spelled):
            see_scannable(config)
            target = parse_target(config.url)
    except UsageProblem as problem:
        raise chosen.in_place(problem) from None
    rest = {name: given for name, given in settings.items() if name != "url"}
    planned = (_like(target), repr(_said(rest)))
    if planned not in alike:
        plan_scan(chosen)
        alike.add(planned)
    redacts = names_in(config.redact, option("redact"))
    # As of a plan: what is secret of it is looked for only where it is shown.
    known = Redactor(config.secrets, path="path" in redacts)
    url, host = known.url(target.url) if counted or not chosen.name else "", target.host
    if "host" in redacts:
        discreet = Redactor(names_of_host(target.host, target.url, ()), everywhere=True)
        url, host = discreet.text(url), discreet.text(host)
    shared = ((host_of(target.host), HOST),)
    return Checked(FleetTarget(chosen.name, chosen, host), shared, url, host, target.scheme == "https", 0)


def _like(target: Target) -> object:
    """Give what of a URL decides whether other settings go with it: a scan sends none of them, but its plan has all."""
    return target.scheme, variables_in(target.url), "@" in target.url, "?" in target.url


def _keyed(found: Iterable[Checked], problems: Problems) -> Iterator[Checked]:
    """Give each target its key: its name, or its URL with a number where it is not the first of that kind."""
    by_key: dict[str, list[Checked]] = {}
    again: list[str] = []
    for each in found:
        wanted_ = each.target.wanted
        key = wanted_.name or each.url
        others = by_key.setdefault(key, [])
        if others and any(_said(other.target.wanted.settings) == _said(wanted_.settings) for other in others):
            again.append(f"{wanted_.place}: " if wanted_.place else "")
            continue
        if others and wanted_.name:
            first = others[0].target.wanted.place
            problems.add(
                f"{wanted_.place}: there is a second target called {key}, beside that of {first}",
                "give one of the two another name",
            )
            continue
        others.append(each)
        numbered = key if len(others) == 1 else f"{key} ({len(others)})"
        yield structs.replace(each, target=structs.replace(each.target, key=numbered))
    if again:
        one = len(again) == 1
        said = "this target was" if one else f"this target and {len(again) - 1} after it were"
        output.notice(f"{again[0]}{said} given before with the same settings, and {'is' if one else 'are'} run once")


def _said(settings: Settings) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give what was said of a target, wherever it was said."""
    return sorted((name, [(repr(one.value), one.folder) for one in values]) for name, values in settings.items())


def _see(problems: Problems) -> None:
    """Tell what is wrong, if anything is; raises UsageProblem then."""
    if not problems.count:
        return
    if problems.count == 1:
        raise problems.kept[0]
    for each in problems.kept:
        output.notice(" ".join(str(each).split()))
    more = f", and {problems.more} more that are not listed" if problems.more else ""
    raise UsageProblem(f"the targets have {len(problems.kept)} mistakes{more}", "fix them; nothing was sent")


def tell_sharing(found: Sequence[Checked]) -> None:
    """Say how many targets share a device, or an observer that counts totals: they wait for each other."""
    shared = Counter(place for each in found for place in each.places if place[1] != HOST)
    count = sum(any(shared[place] > 1 for place in each.places) for each in found)
    if count:
        output.notice(f"{count} targets share a device, or an observer of totals, and so are not run at the same time")
