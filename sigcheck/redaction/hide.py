"""Hides a run's secrets in text from elsewhere at the moment when a sentence of ours quotes it.

A sentence is ours, and no secret may blank its words; what it quotes is not. Whoever puts text from a server, an
observer or a command into a sentence passes it through `hide` first. Fields that hold nothing else need not: they are
known by their type (`sigcheck.redaction.redact`).
"""

from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType

_HIDES: ContextVar[Callable[[str], str] | None] = ContextVar("hides", default=None)


def hide(text: str) -> str:
    """Give text from elsewhere without the secrets of the run that is going on. To be called before it is shortened."""
    hides = _HIDES.get()
    return text if hides is None else hides(text)


class hiding:  # noqa: N801 - it is read as what a block does
    """Let `hides` hide the secrets of everything that is run in a block, its tasks and its threads."""

    # A generator would hold more, for each run that waits.
    __slots__ = ("_hides", "_token")

    def __init__(self, hides: Callable[[str], str]) -> None:
        self._hides = hides
        self._token: Token[Callable[[str], str] | None]

    def __enter__(self) -> None:
        self._token = _HIDES.set(self._hides)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _HIDES.reset(self._token)
