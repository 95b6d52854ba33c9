"""The exporter's connections: one that asks nothing, or that does not take its answer, keeps no other out for long."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

ASKING = 5.0
"""Seconds for a whole request head, from the connection or the last answer on. Our choice."""

TAKING = 30.0
"""Seconds in which the other side takes an answer: megabytes, where targets are thousands. Our choice."""


class Connection(H11Protocol):
    """A connection with time limits.

    Where as many as are allowed are open, a new one takes the place of the oldest that waits for a request: the limit
    of uvicorn counts all connections, and each request would be answered 503. Its limit for idle ones is put off by
    each byte that comes. A limit for each address would be no help: behind a proxy all have the same.
    """

    since = 0.0
    _bound: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    @property
    def asked(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    # asyncio's protocol takes any transport, and uvicorn's narrows it to those that can be written to, as TCP's can.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let it wait for a request, in the place of another if need be."""
        super().connection_made(transport)
        self._wait()
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            others = [each for each in self.connections if isinstance(each, Connection) and each is not self]
            waiting = [each for each in others if not each.asked]
            if waiting:
                oldest = min(waiting, key=lambda each: each.since)
                self.connections.discard(oldest)
                oldest.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; only a whole head stops the clock."""
        super().data_received(data)
        if self.asked and self._bound is not None:
            self._bound.cancel()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless that has come already."""
        super().on_response_complete()
        if not self.asked:
            self._wait()

    def pause_writing(self) -> None:
        """Give the other side its time to take the answer."""
        super().pause_writing()
        self._stuck = self.loop.call_later(TAKING, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: it has taken it."""
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave no timer behind."""
        super().connection_lost(exc)
        for each in (self._bound, self._stuck):
            if each is not None:
                each.cancel()

    def _wait(self) -> None:
        self.since = self.loop.time()
        if self._bound is not None:
            self._bound.cancel()
        self._bound = self.loop.call_later(ASKING, self._over)

    def _over(self) -> None:
        self.transport.close()
        # What is left of an answer keeps a connection open.
        self._bound = self.loop.call_later(TAKING, self.transport.abort)
