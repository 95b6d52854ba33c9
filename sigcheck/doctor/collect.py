"""Looks at this machine. Nothing is sent, unless a name is to be resolved or a server's clock to be compared."""

import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar

from sigcheck import clock, machine
from sigcheck.doctor.facts import Bundle, Clock, Dns, Facts, Files, Name, Openssl, Room, Terminal, Trouble
from sigcheck.doctor.openssl_conf import unread
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input
from sigcheck.model.evidence import Target
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.redaction.redact import redact_url

LIMIT = 10.0
"""Seconds that a name and a server's clock may take, each."""

RESOLV_CONF = Path("/etc/resolv.conf")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
PROXIES = tuple(each for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY") for each in (name, name.lower()))
SYSTEMS = {
    "GITHUB_ACTIONS": "GitHub Actions",
    "GITLAB_CI": "GitLab CI",
    "JENKINS_URL": "Jenkins",
    "TF_BUILD": "Azure Pipelines",
    "BITBUCKET_BUILD_NUMBER": "Bitbucket Pipelines",
    "CIRCLECI": "CircleCI",
    "TRAVIS": "Travis CI",
    "TEAMCITY_VERSION": "TeamCity",
    "CI": "a CI system",
}
"""Variable → the CI system that sets it."""

_SHOWN = 100
_IPV6_FAR_AWAY = "2001:500:9f::42"
"""A root name server: far from every machine, so that its route is the one to the internet. Nothing is sent to it."""

_RESOLV_CONF_LIMIT = 1 << 20

_T = TypeVar("_T")


def collect(
    version: str,
    terminal: Terminal,
    *,
    host: str | None = None,
    clock_of: tuple[str, Target] | None = None,
    variables: Mapping[str, str] = os.environ,
) -> Facts:
    """Look at everything. `host` is a name to be resolved, `clock_of` a URL as it may be shown, and parsed.

    Only these two send anything. Raises nothing for what it finds.
    """
    from sigcheck.probes.interfaces import own_addresses
    from sigcheck.probes.route import has_route

    ranges = SIGFOX_CLOUD.ranges
    cloud = str(ip_network(ranges[0])[1])
    return Facts(
        at=clock.wall(),
        sigcheck=version,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        system=f"{platform.system()} {platform.machine()}",
        openssl=_trying(_openssl),
        bundle=_trying(_bundle),
        variables=tuple((name, variables[name][:_SHOWN]) for name in CERTIFICATES if variables.get(name)),
        proxies=tuple((name, redact_url(variables[name])[:_SHOWN]) for name in PROXIES if variables.get(name)),
        dns=_trying(name_servers),
        name=None if host is None else _name(host),
        clock=None if clock_of is None else _clock(*clock_of),
        addresses=own_addresses(cloud),
        ranges=ranges,
        ipv4=has_route(cloud),
        ipv6=has_route(_IPV6_FAR_AWAY),
        files=_files(),
        room=_trying(_room),
        terminal=terminal,
        ci=next((system for name, system in SYSTEMS.items() if variables.get(name)), None),
        postgresql=_trying(_postgresql),
    )


def _trying(work: Callable[[], _T]) -> _T | Trouble:
    """Give what `work` gives, or why it could not be had: a machine that is broken shall be described all the same."""
    try:
        return work()
    except UsageProblem as problem:
        return Trouble(problem.message)
    except Exception as error:  # noqa: BLE001 - whatever is wrong here is what is looked for
        return Trouble(" ".join(f"{type(error).__name__}: {error}".split())[: 2 * _SHOWN])


def _openssl() -> Openssl:
    import ssl

    from sigcheck.probes.own_tls import offered_versions, plain_versions

    fips = False
    with suppress(ImportError, AttributeError, ValueError):
        from _hashlib import get_fips_mode

        fips = bool(get_fips_mode())
    named = os.environ.get("OPENSSL_CONF", "")
    try:
        offered = offered_versions()
    except ssl.SSLError:
        offered = ()
    try:
        plain = plain_versions()
    except ssl.SSLError:
        plain = ()
    return Openssl(ssl.OPENSSL_VERSION, offered, plain, fips, bool(named), unread(named) if named else None)


def _bundle() -> Bundle:
    import certifi

    from sigcheck.trust import certifi_roots

    trust = certifi_roots().trust
    where = Path(certifi.where())
    own = Path(certifi.__file__).parent
    elsewhere = None if where.resolve().is_relative_to(own.resolve()) else str(where)
    return Bundle(trust.version, trust.roots, trust.released, elsewhere)


def name_servers(path: Path = RESOLV_CONF) -> Dns:
    """Read the resolver's configuration; raises UsageProblem where it cannot be read."""
    data = read_input(path, what="", fix="", limit=_RESOLV_CONF_LIMIT)
    lines = (line.split() for line in data.decode("utf-8", "replace").splitlines())
    return Dns(tuple(words[1][:_SHOWN] for words in lines if len(words) > 1 and words[0] == "nameserver"))


def _name(host: str) -> Name:
    """Resolve a name."""
    import asyncio

    from sigcheck.probes.network import Resolver
    from sigcheck.probes.route import has_route

    found = _trying(lambda: asyncio.run(Resolver().resolve(host, 443, LIMIT)))
    if isinstance(found, Trouble):
        return Name(host, problem=found.reason, local=True)
    unrouted = tuple(each for each in found.addresses if not has_route(each))
    return Name(host, found.addresses, unrouted, found.problem, found.local)


def _clock(shown: str, target: Target) -> Clock:
    """Ask a server for its time."""
    import asyncio

    from sigcheck.probes.server_date import server_date

    found = _trying(lambda: asyncio.run(server_date(target, LIMIT)))
    if isinstance(found, Trouble):
        return Clock(shown, problem=found.reason)
    return Clock(shown, found.ahead, found.within, found.problem)


def _files() -> Files:
    limit = None
    with suppress(OSError, ValueError, AttributeError):
        limit = os.sysconf("SC_OPEN_MAX")
    try:
        machine.see_room()
    except UsageProblem as problem:
        return Files(limit, (problem.message, problem.fix))
    except (OSError, RuntimeError, MemoryError) as error:
        return Files(limit, (str(error), "end other programs"))
    return Files(limit)


def _room() -> Room:
    import shutil
    import tempfile

    folder = tempfile.gettempdir()
    return Room(folder, shutil.disk_usage(folder).free)


def _postgresql() -> str | None:
    """Give the version of the driver, None where it is not installed."""
    from importlib.util import find_spec

    if find_spec("psycopg") is None:
        return None
    import psycopg  # it fails to load where libpq is missing

    return psycopg.__version__
