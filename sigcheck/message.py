"""Fresh messages that a device could really have sent. Pure: the caller gives the time and the randomness."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

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


FIRST_SLOTS = (0, 3, 6, 11, 16, 18, 19, 20)
"""Where the devices of each ten begin among those that a run needs: 0 to 2, 10 to 12, 20 to 24 and so on."""

SLOTS = 25
"""Devices that the scenarios need so that each has its own: what is counted of one is then nobody else's."""

LEAP = 256
"""How far the counters of two devices part again that had the same one: more than a run has messages of one device."""

OLDEST = 1800
"""Seconds in the past in which a second is looked for, where many messages are of one device. Our choice."""


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
    sample has a device of its own. `registered`: the only ids that may be used, in place of `device`; with fewer of
    them than SLOTS, scenarios share devices, and each message has a second and a counter that its device had not yet.
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
        registered: Sequence[str] = (),
        varies_ack: bool = False,
    ) -> None:
        self.registered = tuple(registered)
        self._device = self.registered[0] if registered else device
        self._counters: dict[str, int] = {}
        self._data = data
        self._now = now
        self._seed = seed
        self._taken: set[int] = set()
        self._varies_ack = varies_ack
        self.given = given or bool(registered)

    @property
    def shares(self) -> bool:
        """Whether scenarios share devices, because only so few may be used."""
        return 0 < len(self.registered) < SLOTS

    @property
    def pace(self) -> float:
        """Seconds between two samples: one device sends no faster, and several take turns."""
        return PACE / max(1, len(self.registered)) if self.given else 0.0

    @property
    def others(self) -> int | None:
        """How many devices there are beside the run's own; None where any may be used."""
        return len(self.registered) - 1 if self.registered else None

    def beside(self, number: int) -> int:
        """Give by how many seconds the `number`th message beside another is earlier: a shared device takes its time."""
        return number * int(PACE) if self.shares else number

    def begin(self, now: int) -> None:
        """Take `now` for the run's beginning: it may have been planned long before its turn came."""
        self._now = now

    def message(
        self, place: int = 0, *, device: int = 0, data: str | None = None, earlier: int = 0, ahead: int = 0
    ) -> Message:
        """Give the message at `place` of a device's history: 0 is the newest, -1 the one that came right before it.

        `device` counts on from the run's own device id: other devices for other scenarios. `earlier` moves the
        message's time by seconds, so that it has the time of no other device's message; `ahead` is how far its
        counter is ahead of the run's own device's.
        """
        # Where devices are shared, their messages are numbered when they are dated: here they only have to differ.
        ahead += len(FIRST_SLOTS) * self._slot(device) if self.shares else 0
        return Message(
            device=self.device(device),
            time=self._now + place * NEXT - earlier,
            seq_number=(self._seed + place + ahead) % SEQUENCE_CYCLE,
            data=self._data if data is None else data,
        )

    def sample(self, number: int, elapsed: float = 0.0, *, closing: bool = False) -> Message:
        """Give the message of sample `number` (from 1; 0 is one more), `elapsed` seconds into the run.

        It has a second of its own, as near to the present as there is one. Its counter comes before that of the run's
        own message, and behind it where it is `closing`.
        """
        (time,) = self._present((0,), elapsed)
        ack = number % 2 == 1 if self._varies_ack else None
        if self.registered:
            device = self.device(SAMPLE_DEVICES + number)
            return Message(device, time, self._next_counter(device), self._data, ack)
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
        if self.registered:
            before = self._numbered(before)
        return tuple(replace(each, time=time) for each, time in zip(before, times, strict=True))

    def _present(self, offsets: Iterable[int], elapsed: float) -> tuple[int, ...]:
        """Give times of the present at these distances from it, and remember that they are taken."""
        offsets = tuple(offsets)
        now = self._now + int(elapsed)
        oldest = now - (FRESH_ALONE if offsets == (0,) else FRESH)
        if self.registered:
            # Two messages of one device in one second could not be told apart by a key of device and time.
            oldest = now - OLDEST
        free = (base for base in range(now, oldest, -1) if not any(base + each in self._taken for each in offsets))
        base = next(free, now)
        times = tuple(base + each for each in offsets)
        self._taken.update(times)
        return times

    def _numbered(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """Give each device's messages the counters that it has next, in the order of time.

        Those with equal counters keep them equal: the older of two is a whole cycle back.
        """
        latest: dict[tuple[str, int], int] = {}
        for each in messages:
            key = each.device, each.seq_number
            latest[key] = max(each.time, latest.get(key, each.time))
        counters: dict[tuple[str, int], int] = {}
        for (_, number), keys in groupby(
            sorted(latest, key=lambda key: (latest[key], key[1])), key=lambda key: (latest[key], key[1])
        ):
            devices = [device for device, _ in keys]
            found = [self._next_counter(device) for device in devices]
            if len(found) > 1:
                # Two devices that shall share time and counter: the one that is behind leaps to the other's.
                goal = min(found, key=lambda goal: max((goal - each) % SEQUENCE_CYCLE for each in found))
                found = [goal] * len(found)
                for place, device in enumerate(devices, 1):
                    self._counters[device] = goal + LEAP * place
            counters |= {(device, number): counter for device, counter in zip(devices, found, strict=True)}
        return tuple(replace(each, seq_number=counters[each.device, each.seq_number]) for each in messages)

    def _next_counter(self, device: str) -> int:
        # As far apart as may be: the counters of two devices shall not look alike by chance.
        begin = self._seed + self.registered.index(device) * (SEQUENCE_CYCLE // len(self.registered))
        self._counters[device] = counter = (self._counters.get(device, begin) + 1) % SEQUENCE_CYCLE
        return counter

    @staticmethod
    def _slot(number: int) -> int:
        """Give the place of device `number` among those that a run needs: samples take what is left, in turns."""
        if number >= SAMPLE_DEVICES - SLOTS:
            return SLOTS + number - SAMPLE_DEVICES
        return FIRST_SLOTS[number // 10] + number % 10

    def device(self, number: int) -> str:
        """Give the id of the run's device `number`, in the same case as the first and as long, but not too short."""
        if self.registered:
            return self.registered[self._slot(number) % len(self.registered)]
        if number == 0:
            return self._device
        if not self.given and self._device.startswith(DEVICE_PREFIX) and len(self._device) == len(drawn_device(0)):
            return drawn_device(int(self._device[len(DEVICE_PREFIX) :], 16) + number)
        width = max(len(self._device), SHORTEST_DEVICE)
        digits = f"{(int(self._device, 16) + number) % 16**width:0{width}X}"
        return digits.lower() if self._device.islower() else digits
