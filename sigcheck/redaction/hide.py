"""Hides a run's secrets in text from elsewhere at the moment when a sentence of ours quotes it.

A sentence is ours, and no secret may blank its words; what it quotes is not. Whoever puts text from a server, an
observer or a command into a sentence passes it through `hide` first. Fields that hold nothing else need not: they are
known by their type (`sigcheck.redaction.redact`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_HIDES: ContextVar[Callable[[str], str] | None] = ContextVar("hides", default=None)


def hide(text: str) -> str:
    """Give text from elsewhere without the secrets of the run that is going on. To be called before it is shortened."""
    hides = _HIDES.get()
    return text if hides is None else hides(text)


@contextmanager
def hiding(hides: Callable[[str], str]) -> Iterator[None]:
    """Let `hides` hide the secrets of everything that is run in this context, its tasks and its threads."""
    token = _HIDES.set(hides)
    try:
        yield
    finally:
        _HIDES.reset(token)
