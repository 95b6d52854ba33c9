"""Calls that block, on daemon threads: one that hangs keeps neither the loop nor the interpreter from ending."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import copy_context
from threading import Thread
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

AT_ONCE = 64
"""Calls of one event loop that are waited for at once; the others wait for their turn. Our choice: names that nobody
answers for must not keep the resolver from those that come behind them."""

_T = TypeVar("_T")
_P = ParamSpec("_P")
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class DaemonThread(Executor):
    """Runs each call on a daemon thread of its own.

    The executors of the standard library wait for their threads when the interpreter ends, for a resolver that hangs
    too.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Run `fn`. Raises RuntimeError where this machine has no thread left."""
        future: Future[_T] = Future()
        future.set_running_or_notify_cancel()

        def run() -> None:
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=run, name=self._name, daemon=True).start()
        return future


async def on_a_thread(work: Callable[[], _T], name: str, limit: float | None = None) -> _T:
    """Give what `work` gives, or raise what it raises; a thread that is no longer waited for is left behind.

    The thread hides what this task hides (`sigcheck.redaction.hide`). Raises TimeoutError after `limit` seconds, which
    begin with the turn: waiting for that is nobody's fault but ours.
    """
    loop = asyncio.get_running_loop()
    async with _turns.setdefault(loop, asyncio.Semaphore(AT_ONCE)), asyncio.timeout(limit):
        return await loop.run_in_executor(DaemonThread(name), copy_context().run, work)
