"""The options of the commands that can ask the Sigfox API, and how it is asked on an event loop of its own."""

import signal
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sigcheck.cli.candidates import files
from sigcheck.cli.options import is_exported, is_overruled

if TYPE_CHECKING:
    import asyncio

    from sigcheck.account.client import SigfoxApi

_F = TypeVar("_F", bound=Callable[..., Any])
_T = TypeVar("_T")


def api_options(command: _F) -> _F:
    """Give a command `--api`, and what says where the API is."""
    for choose in (
        click.option(
            "--ca-file", metavar="PEM", shell_complete=files,
            help="With --api: roots to trust in place of the public ones, for a proxy with its own CA.",
        ),
        click.option(
            "--api-url", metavar="URL", help="With --api: the base URL. Default: https://api.sigfox.com/v2."
        ),
        click.option(
            "--api", is_flag=True,
            help="Ask the Sigfox API with SIGFOX_API_LOGIN and SIGFOX_API_PASSWORD from the environment.",
        ),
    ):  # fmt: skip
        command = choose(command)
    return command


def without_exported(ctx: click.Context, options: Mapping[str, Any], more: Iterable[str]) -> dict[str, Any]:
    """Leave out what only a variable says and the command line excludes: --api where FILE is given, and what needs it.

    `more` are the options that need --api.
    """
    kept = dict(options)
    if is_overruled(ctx, "api", by="file"):
        kept["api"] = False
    if not kept["api"]:
        kept |= {name: () if isinstance(kept[name], tuple) else None for name in more if is_exported(ctx, name)}
    return kept


def ask(
    work: "Callable[[SigfoxApi], Coroutine[Any, Any, _T]]",
    api_url: str | None,
    ca_file: str | None,
    told: Callable[[str], None],
) -> _T:
    """Run `work` with a client of the API; raises UsageProblem."""
    import asyncio

    from sigcheck.account.access import access_from
    from sigcheck.account.client import SigfoxApi
    from sigcheck.trust import load_roots

    access = access_from(api_url)
    roots = load_roots(None if ca_file is None else Path(ca_file)).pem()

    async def asked() -> _T:
        _end_by_signals(asyncio.get_running_loop(), asyncio.current_task())
        async with SigfoxApi(access, roots, told=told) as api:
            return await work(api)

    try:
        return asyncio.run(asked())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _end_by_signals(loop: "asyncio.AbstractEventLoop", task: "asyncio.Task[Any] | None") -> None:
    """Let SIGTERM and a closed terminal end the wait for the API as Ctrl-C does, but for one that is ignored."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if task is not None and number is not None and signal.getsignal(number) is signal.SIG_DFL:
            with suppress(NotImplementedError):  # Windows has none
                loop.add_signal_handler(number, task.cancel)
