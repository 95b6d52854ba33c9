"""Fresh messages that a device could really have sent. Pure: the caller gives the time and the randomness."""

import re
from itertools import count, islice

from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message

DEFAULT_DEVICE = "516C4EC0"
"""A synthetic id: real ones that were seen are six digits (docs/semantics.md), so it clashes with none of them."""

DEFAULT_DATA = "5169676368656B"
SEQUENCE_CYCLE = 4096
"""The sequence number goes back to 0 after this many (support.sigfox.com/docs, Sequence Number)."""

SHORTEST_DEVICE = 4
"""Hex digits of the other devices' ids at least, so that all scenarios have devices of their own."""

SAMPLE_SPACING, OLDEST_SAMPLE = 3, 55
"""Seconds between the times of two samples, and the age of the oldest: the Cloud delivers a message as it comes."""

SPACING = 600
"""Seconds between two messages of one device: 140 messages a day are one in ten minutes."""


def parse_device(text: str) -> str:
    """Give the device id as it is sent, 1 to 8 hex digits; raises UsageProblem."""
    if not re.fullmatch(r"[0-9A-Fa-f]{1,8}", text):
        raise UsageProblem(f"device {text!r} is not a Sigfox device id", "give 1 to 8 hex digits, such as 20AEAB")
    return text


def parse_data(text: str) -> str:
    """Give the payload as it is sent, 0 to 12 bytes of hex; raises UsageProblem."""
    if not re.fullmatch(r"([0-9A-Fa-f]{2}){0,12}", text):
        raise UsageProblem(f"data {text!r} is not a Sigfox payload", "give 0 to 12 bytes as pairs of hex digits")
    return text


class Mint:
    """Makes the messages of one run, each of which its device could have sent when it says it did.

    `now` is Unix seconds; `seed` (any integer, usually random) keeps two runs from making the same message.
    """

    def __init__(self, device: str, data: str, now: int, seed: int) -> None:
        self._device = device
        self._data = data
        self._now = now
        self._seed = seed

    def message(
        self, place: int = 0, *, device: int = 0, data: str | None = None, earlier: int = 0, ahead: int = 0
    ) -> Message:
        """Give the message at `place` of a device's history: 0 is the newest, -1 the one ten minutes before.

        `device` counts on from the run's own device id: other devices for other scenarios. `earlier` moves the
        message's time by seconds, so that it has the time of no other device's message; `ahead` is how far its
        counter is ahead of the run's own device's.
        """
        return Message(
            device=self.device(device),
            time=self._now + place * SPACING - earlier,
            seq_number=(self._seed + place + ahead) % SEQUENCE_CYCLE,
            data=self._data if data is None else data,
        )

    def sample(self, number: int, of: int) -> Message:
        """Give the message of sample `number` (1 to `of`, and past it): no older than a minute, each a second apart.

        0 is one more, in front of them all. Their counters come before that of the run's own message.
        """
        spacing = max(1, min(SAMPLE_SPACING, OLDEST_SAMPLE // max(1, of)))
        place = number - 1 - of if number <= of else -number - 1
        return Message(
            device=self._device,
            time=self._now + place * spacing,
            seq_number=(self._seed + place) % SEQUENCE_CYCLE,
            data=self._data,
        )

    def closing_sample(self, number: int, of: int, elapsed: int) -> Message:
        """Give the message of sample `number` (1 to `of`, and past it) at the end of a run that took `elapsed` seconds.

        None is from the future, and none shares a second with the run's own message or with a sample before the
        replay. Their counters come after that of the run's own message.
        """
        free = (second for second in count(elapsed, -1) if second % SAMPLE_SPACING)
        back = of - number if number <= of else number - 1
        return self.message(earlier=-next(islice(free, back, None)), ahead=number)

    def device(self, number: int) -> str:
        """Give the id of the run's device `number`, in the same case as the first and as long, but not too short."""
        if number == 0:
            return self._device
        width = max(len(self._device), SHORTEST_DEVICE)
        digits = f"{(int(self._device, 16) + number) % 16**width:0{width}X}"
        return digits.lower() if self._device.islower() else digits
