"""Calls that block, on daemon threads: one that hangs keeps neither the loop nor the interpreter from ending."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

_T = TypeVar("_T")


async def on_a_thread(work: Callable[[], _T], name: str) -> _T:
    """Give what `work` gives, or raise what it raises; a thread that is no longer waited for is left behind."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_T] = loop.create_future()

    def settle(settled: Callable[[], None]) -> None:
        if not future.done():
            settled()

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            problem = error
            outcome = lambda: future.set_exception(problem)  # noqa: E731
        else:
            outcome = lambda: future.set_result(result)  # noqa: E731
        try:
            loop.call_soon_threadsafe(settle, outcome)
        except RuntimeError:
            return  # the loop has ended: nobody waits for the answer any more

    # The thread hides what this task hides (`sigcheck.redaction.hide`).
    Thread(target=copy_context().run, args=(run,), name=name, daemon=True).start()
    return await future
