"""What holds for every test: no network beyond loopback, a clean environment, and system tests that may not hide."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import settings

from tests import warm
from tests.misbehaving import misbehaving

# On a busy machine one example may take long: a test fails for what it finds, never for how fast it runs.
settings.register_profile("sigcheck", deadline=None)
settings.load_profile("sigcheck")

CLEANED = (
    "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "SIGCHECK_TRACEBACK", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "PYTHONUNBUFFERED", "GITHUB_STEP_SUMMARY",
    *(name for proxy in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for name in (proxy, proxy.upper())),
)  # fmt: skip
"""Variables that change what a command line prints, when, or whom it talks to."""

GUARDED = {"socket.connect", "socket.sendto", "socket.getaddrinfo"}
_guard = {"closed": False, "installed": False}


def is_local(host: Any) -> bool:
    """Whether an address or a name means this machine, without asking a resolver."""
    if host in {None, "", "localhost", b"localhost"}:
        return True
    try:
        return ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_beyond_loopback(event: str, args: tuple[Any, ...], guard: dict[str, bool] = _guard) -> None:
    # An audit hook sees every connection of the process, whichever library makes it. It can never be taken away: at
    # the very end of the process, where this module's names are gone, it still has its guard.
    if not guard["closed"] or event not in GUARDED:
        return
    if event == "socket.getaddrinfo":
        host = args[0]
        allowed = is_local(host) or _is_address(host)
    else:
        address = args[1]
        host = address[0] if isinstance(address, tuple) else "localhost"  # a Unix socket has a path
        allowed = is_local(host)
    if not allowed:
        pytest.fail(f"{event} to {host!r}: tests stay on this machine")


def _is_address(host: Any) -> bool:
    """Whether looking it up asks nobody."""
    try:
        ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


def pytest_configure(config: pytest.Config) -> None:
    """Begin the server of warm processes: one for all workers, which inherit its address."""
    warm_server = ExitStack()
    warm_server.enter_context(warm.server())
    config.add_cleanup(warm_server.close)


@pytest.fixture(scope="module")
def good():
    """Serve 204 to everything."""
    with misbehaving("answers") as server:
        yield server.url


@pytest.fixture(scope="module")
def bad():
    """Serve 500 to everything."""
    with misbehaving("answers", status="500 Oh") as server:
        yield server.url


@pytest.fixture(autouse=True)
def loopback_only(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuse every connection and look-up beyond loopback; a system test may have namespaces of its own."""
    if not _guard["installed"]:
        sys.addaudithook(_refuse_beyond_loopback)
        _guard["installed"] = True
    _guard["closed"] = request.node.get_closest_marker("system") is None
    yield
    _guard["closed"] = False


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the developer's shell says about colours, proxies and roots."""
    for name in CLEANED:
        monkeypatch.delenv(name, raising=False)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Any:
    """Look for garbage only in what tests make: what is collected stays, and is not to be searched over and over."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Make the skip of a system test a failure under SIGCHECK_SYSTEM=require: CI has the servers."""
    report = yield
    if (
        report.skipped
        and not hasattr(report, "wasxfail")
        and item.get_closest_marker("system")
        and os.environ.get("SIGCHECK_SYSTEM") == "require"
    ):
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.longrepr = f"{item.nodeid}: SIGCHECK_SYSTEM=require forbids skipping ({reason})"
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin long tests first, so that no worker is left alone with one at the end, and late ones last.

    xdist's worksteal gives each worker an equal run of neighbours: the long ones go to the heads of every second one,
    so that somebody works while others wait, and the late ones to the ends of all.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    waiting = (workers + 1) // 2
    long, late, others = [], [], []
    for item in items:
        kind = long if item.get_closest_marker("long") else late if item.get_closest_marker("late") else others
        kind.append(item)
    ordered: list[pytest.Item] = []
    for place in range(workers):
        left = len(items) - len(ordered)
        share = left // (workers - place)
        heads = [] if place % 2 else long[place // 2 :: waiting]
        ends = late[place::workers]
        between = max(0, share - len(heads) - len(ends)) if place < workers - 1 else len(others)
        ordered += heads + others[:between] + ends
        others = others[between:]
    items[:] = ordered
