"""Fresh messages that a device could really have sent. Pure: the caller gives the time and the randomness."""

import re
from array import array
from collections.abc import Iterable

from msgspec.structs import replace

from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message

DEVICE_PREFIX = "51"
"""The first digits of the ids that a run draws: eight digits, where real ids that were seen have six
(docs/semantics.md)."""

DRAWN_DEVICES = 16**6
"""How many ids a run draws from. Two runs at the same moment share a device less than once in 50,000 times."""

DEFAULT_DATA = "5169676368656B"
SEQUENCE_CYCLE = 4096
"""The sequence number goes back to 0 after this many (support.sigfox.com/docs, Sequence Number)."""

SHORTEST_DEVICE = 4
"""Hex digits of the other devices' ids at least, so that all scenarios have devices of their own."""

SAMPLE_DEVICES = 1000
"""Where the devices of the samples begin: far behind those of the scenarios."""

SPACING = 600
"""Seconds between two messages of one device on the average: 140 messages a day are one in ten minutes."""

NEXT = 20
"""Seconds between two messages of one device that follow each other at once. Our choice: three frames take about 7 s,
and neither of the two may be older than a minute when it is delivered for the first time."""

PACE = 7.0
"""Seconds between the first deliveries of two messages of one device: a device sends each message in three frames of
2 s, one after the other."""

FRESH = 30
"""How many seconds older than now the newest message of a scenario may be made, so that it has a second of its own."""

FRESH_ALONE = 55
"""The same for a message that comes without an older one: the Cloud delivers a message as it comes."""


HOURS = 6 * 3600
"""Seconds by which a message whose counter came round is older than the others of its plan, at least."""

SLOTS = 25
"""Devices that the scenarios need so that each has its own: what is counted of one is then nobody else's."""

ALIKE = (33, 34)
"""The two devices of the look-alikes one message of which has the time and the counter of the other's."""


def drawn_device(number: int) -> str:
    """Give the device id for a random `number`: what a run uses that was given none."""
    return f"{DEVICE_PREFIX}{number % DRAWN_DEVICES:06X}"


def parse_device(text: str) -> str:
    """Give the device id as it is sent, 1 to 8 hex digits; raises UsageProblem."""
    if not re.fullmatch(r"[0-9A-Fa-f]{1,8}", text):
        raise UsageProblem("--device is not a Sigfox device id", "give 1 to 8 hex digits, such as 20AEAB")
    return text


def parse_data(text: str) -> str:
    """Give the payload as it is sent, 0 to 12 bytes of hex; raises UsageProblem."""
    if not re.fullmatch(r"([0-9A-Fa-f]{2}){0,12}", text):
        fix = "give 0 to 12 bytes as pairs of hex digits (a request body is given with --body)"
        raise UsageProblem("--data is not a Sigfox payload", fix)
    return text


class MessageFactory:
    """Makes the messages of one run, each of which its device could have sent when it says it did.

    `now` is Unix seconds; `seed` (any integer, usually random) keeps two runs of one device from making the same
    message. `given`: the user named the device, so the samples are its own; otherwise `device` was drawn, and each
    sample has a device of its own.
    `varies_ack`: every second sample's device does not wait for a downlink.
    """

    def __init__(
        self,
        device: str,
        data: str,
        now: int,
        seed: int,
        *,
        given: bool = False,
        varies_ack: bool = False,
    ) -> None:
        self.registered: tuple[str, ...] = ()
        """The only ids that may be used, where there is a list of them (`sigcheck.devices`)."""
        self._device = device
        self._data = data
        self._now = now
        self._seed = seed
        # Some numbers: a set of them takes ten times the memory, and thousands of runs may wait at once.
        self._taken = array("q")
        self._varies_ack = varies_ack
        self.given = given

    @property
    def shares(self) -> bool:
        """Whether scenarios share devices, because only so few may be used."""
        return 0 < len(self.registered) < SLOTS

    @property
    def pace(self) -> float:
        """Seconds between two samples: one device sends no faster, and several take turns."""
        return PACE / max(1, len(self.registered)) if self.given else 0.0

    def begin(self, now: int) -> None:
        """Take `now` for the run's beginning: it may have been planned long before its turn came."""
        self._now = now

    def message(
        self,
        place: int = 0,
        *,
        device: int = 0,
        data: str | None = None,
        earlier: int = 0,
        ahead: int = 0,
        unlike: int | None = None,
    ) -> Message:
        """Give the message at `place` of a device's history: 0 is the newest, -1 the one that came right before it.

        `device` counts on from the run's own device id: other devices for other scenarios. `earlier` moves the
        message's time by seconds, so that it has the time of no other device's message; `ahead` is how far its
        counter is ahead of the run's own device's. `unlike` is a device whose id this one must not have.
        """
        return Message(
            device=self.device(device, unlike),
            time=self._now + place * NEXT - earlier,
            seq_number=(self._seed + place + ahead) % SEQUENCE_CYCLE,
            data=self.data_of(device, place) if data is None else data,
        )

    def ack_of(self, number: int) -> bool | None:
        """Give whether the device of sample `number` waits for a downlink; None where the callback says so."""
        return number % 2 == 1 if self._varies_ack else None

    def data_of(self, device: int, place: int = 0) -> str:
        """Give the data of a device's message: the same for all, unless ids are shared."""
        del device, place
        return self._data

    def delay(self, messages: Iterable[Message], elapsed: float) -> float:
        """Give the seconds to wait until messages, not dated yet, can have been sent: devices of their own always can.

        `elapsed` is how many seconds into the run it is.
        """
        del messages, elapsed
        return 0.0

    def ahead(self, message: Message, elapsed: float) -> float:
        """Give the seconds until the time of a dated message has come: none is from the future."""
        del message, elapsed
        return 0.0

    def sample(self, number: int, elapsed: float = 0.0, *, closing: bool = False) -> Message:
        """Give the message of sample `number` (from 1; 0 is one more), `elapsed` seconds into the run.

        It has a second of its own, as near to the present as there is one. Its counter comes before that of the run's
        own message, and behind it where it is `closing`.
        """
        (time,) = self._present((0,), elapsed)
        ack = self.ack_of(number)
        return Message(
            device=self._device if self.given else self.device(SAMPLE_DEVICES + number),
            time=time,
            seq_number=(self._seed + number + (1 if closing else -SAMPLE_DEVICES)) % SEQUENCE_CYCLE,
            data=self._data,
            ack=ack,
        )

    def dated(self, messages: Iterable[Message], elapsed: float) -> tuple[Message, ...]:
        """Give messages of this factory as they would be `elapsed` seconds later, the distances between them kept.

        The Cloud delivers a message as it comes: what is delivered minutes into a run was not sent before it. None is
        from the future, and they take seconds that no other message of the run has, where there are such.
        """
        before = tuple(messages)
        times = self._present([each.time - self._now for each in before], elapsed)
        return tuple(replace(each, time=time) for each, time in zip(before, times, strict=True))

    def _present(self, offsets: Iterable[int], elapsed: float) -> tuple[int, ...]:
        """Give times of the present at these distances from it, and remember that they are taken."""
        offsets = tuple(offsets)
        now = self._now + int(elapsed)
        oldest = now - (FRESH_ALONE if offsets == (0,) else FRESH)
        taken = set(self._taken)
        free = (base for base in range(now, oldest, -1) if taken.isdisjoint(base + each for each in offsets))
        base = next(free, now)
        times = tuple(base + each for each in offsets)
        self._taken.extend(times)
        return times

    def device(self, number: int, unlike: int | None = None) -> str:
        """Give the id of the run's device `number`, in the same case as the first and as long, but not too short.

        No two numbers have the same one, so that `unlike`, a number too, is met anyway.
        """
        del unlike
        if number == 0:
            return self._device
        if not self.given and self._device.startswith(DEVICE_PREFIX) and len(self._device) == len(drawn_device(0)):
            return drawn_device(int(self._device[len(DEVICE_PREFIX) :], 16) + number)
        width = max(len(self._device), SHORTEST_DEVICE)
        digits = f"{(int(self._device, 16) + number) % 16**width:0{width}X}"
        return digits.lower() if self._device.islower() else digits
