"""What a receiver remembers, and what it refuses before it looks at a message: the state of one process."""

import threading
import time
from collections import OrderedDict, deque
from math import ceil
from typing import NamedTuple

from tests.fleet.design import Design
from tests.fleet.store import Uplink


class Reply(NamedTuple):
    """Status and body (JSON, or nothing) of an answer; `retry_after` in seconds, 0 for no such header."""

    status: int
    body: bytes = b""
    retry_after: int = 0


class Memory:
    """Which keys a process has seen, forgetting as the design says."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._lock = threading.Lock()
        self._seen: dict[str, OrderedDict[str, float]] = {}

    def meet(self, key: str, device: str) -> bool:
        """Remember `key`; True where it was new."""
        now = time.monotonic()
        with self._lock:
            seen = self._seen.setdefault(device if self._design.memory_per_device else "", OrderedDict())
            limit = self._design.memory_seconds
            known = key in seen and (limit is None or now - seen[key] < limit)
            if not known or self._design.memory_sliding:
                seen[key] = now
                seen.move_to_end(key)
            while self._design.memory_size is not None and len(seen) > self._design.memory_size:
                seen.popitem(last=False)
            return not known


class Habits:
    """What a receiver refuses, fairly or not, before it looks at the message."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._lock = threading.Lock()
        self._let_through: deque[float] = deque()
        self._last_of: dict[str, float] = {}
        self._taken = 0
        self.busy = threading.Lock()

    def refusal(self, uplink: Uplink) -> Reply | None:
        """Refuse by age and by register of devices."""
        design = self._design
        if design.max_age is not None and time.time() - uplink.time > design.max_age:
            return Reply(400, b'{"error":"the message is too old"}')
        if design.registered and uplink.device not in design.registered:
            return Reply(404, b'{"error":"unknown device"}')
        return None

    def proxy_limit(self) -> Reply | None:
        """Refuse what comes above the rate of a second."""
        rate = self._design.proxy_rate
        if rate is None:
            return None
        now = time.monotonic()
        with self._lock:
            while self._let_through and now - self._let_through[0] >= 1:
                self._let_through.popleft()
            if len(self._let_through) >= rate:
                return Reply(self._design.limit_status, retry_after=1)
            self._let_through.append(now)
        return None

    def device_limit(self, device: str) -> Reply | None:
        """Refuse a new message that comes too soon after the device's last one."""
        pace = self._design.device_pace
        if pace is None:
            return None
        now = time.monotonic()
        with self._lock:
            if (left := self._last_of.get(device, -pace) + pace - now) > 0:
                return Reply(429, retry_after=ceil(left))
            self._last_of[device] = now
        return None

    def asleep(self) -> bool:
        """Whether this is one of the first messages, which are not stored."""
        with self._lock:
            self._taken += 1
            return self._taken <= self._design.asleep_for
