"""Messages of registered devices: what a run sends where only certain ids may be used, down to one.

With fewer ids than the scenarios have devices, several messages come from one device, each with a time and a counter of
its own, in the order in which they are delivered. Pure.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from sigcheck.message import (
    ALIKE,
    FRESH,
    FRESH_ALONE,
    HOURS,
    PACE,
    SAMPLE_DEVICES,
    SEQUENCE_CYCLE,
    SLOTS,
    MessageFactory,
)
from sigcheck.model.delivery import Message

STAGGER = 97
"""How far the counters of two devices are apart at the run's beginning: more than a run sends for one device."""

GAP = int(PACE)
"""Seconds between two messages of one device at the least."""


class RegisteredDevices(MessageFactory):
    """Makes the messages of a run that may use these `ids` alone, at least one; otherwise as MessageFactory.

    A message's time and counter say only how it lies to the others of its plan, until it is dated.
    `varied`: each message has data of its own, in the last two bytes, so that a receiver which takes device and data
    for the key is found by the look-alikes and loses nothing else.
    """

    def __init__(
        self, ids: tuple[str, ...], data: str, now: int, seed: int, *, varied: bool = True, varies_ack: bool = False
    ) -> None:
        super().__init__(ids[0], data, now, seed, given=True, varies_ack=varies_ack)
        self.registered = ids
        self._varied = varied and len(data) >= 4
        self._latest: dict[str, int] = {}
        # The last two devices begin alike: one of the look-alikes has the time and the counter of another device.
        alike = len(ids) - 1
        self._following = {
            each: (seed + STAGGER * (place - (place == alike and place > 0))) % SEQUENCE_CYCLE
            for place, each in enumerate(ids)
        }

    def device(self, number: int, unlike: int | None = None) -> str:
        """Give the id that stands for the run's device `number`; another than that of `unlike`, where there is one."""
        first, *others = self.registered
        if number == 0 or not others:
            return first
        if number in ALIKE:
            return self.registered[ALIKE.index(number) - len(ALIKE)]
        if number >= SAMPLE_DEVICES - SLOTS:
            return self.registered[(number - SAMPLE_DEVICES) % len(self.registered)]
        found = others[_place(number) % len(others)]
        return first if unlike is not None and found == self.device(unlike) else found

    def data_of(self, device: int, place: int = 0) -> str:
        """Give the data of a message that is at `place` of its device's history."""
        # Even numbers: data that differs in its last bit is another message's nowhere.
        return f"{self._data[:-4]}{4 * device + 2 * (place + 1):04X}" if self._varied else self._data

    def sample(self, number: int, elapsed: float = 0.0, *, closing: bool = False) -> Message:
        """Give the message of sample `number`: the next of its device. Its time may lie a little ahead (`delay`)."""
        del closing  # The counter of each device goes up with time, whatever part of the run a message belongs to.
        made = replace(self.message(device=SAMPLE_DEVICES + number), ack=self.ack_of(number))
        return self.dated((made,), elapsed)[0]

    def delay(self, messages: Iterable[Message], elapsed: float) -> float:
        """Give the seconds to wait until all of these messages, not dated yet, can have been sent."""
        newest = max((each.time for each in self._laid_out(tuple(messages), elapsed)), default=0)
        return max(0.0, newest - self._now - elapsed)

    def ahead(self, message: Message, elapsed: float) -> float:
        """Give the seconds until the time of a dated message has come."""
        return max(0.0, message.time - self._now - elapsed)

    def dated(self, messages: Iterable[Message], elapsed: float) -> tuple[Message, ...]:
        """Give messages times and counters, each the next of its device, and remember them.

        They keep their order. Two that had the same time keep that, and the same counter; one that is hours older
        keeps its distance from the message that has its counter.
        """
        made = self._laid_out(tuple(messages), elapsed)
        for each in made:
            self._taken.append(each.time)
            if each.time > self._latest.get(each.device, 0):
                self._latest[each.device] = each.time
                self._following[each.device] = (each.seq_number + 1) % SEQUENCE_CYCLE
        return made

    def _laid_out(self, messages: tuple[Message, ...], elapsed: float) -> tuple[Message, ...]:
        newest = max((each.time for each in messages), default=0)
        old = {each for each in messages if each.time < newest - HOURS}
        groups: dict[int, list[Message]] = {}
        for each in sorted(set(messages) - old, key=lambda each: each.time):
            groups.setdefault(each.time, []).append(each)
        order = list(groups.values())
        offsets = _offsets(order)
        base = self._base(order, offsets, self._now + int(elapsed))
        laid: dict[Message, Message] = {}
        following = dict(self._following)
        for group, offset in zip(order, offsets, strict=True):
            number = max((following[each.device] for each in group), key=self._since)
            for each in group:
                laid[each] = replace(each, time=base + offset, seq_number=number)
                following[each.device] = (number + 1) % SEQUENCE_CYCLE
        for each in old:
            partner = next(other for other in laid if _same_counter(other, each))
            moved = laid[partner]
            laid[each] = replace(each, time=moved.time - (partner.time - each.time), seq_number=moved.seq_number)
        return tuple(laid[each] for each in messages)

    def _since(self, number: int) -> int:
        """Give how far a counter is from the seed, over the end of the cycle."""
        return (number - self._seed) % SEQUENCE_CYCLE

    def _base(self, order: list[list[Message]], offsets: list[int], now: int) -> int:
        """Give the time of the newest: of the present where the devices can have sent by then, and of no other."""
        # A device sends its next message when the one before is sent.
        soonest = max(
            (
                self._latest[each.device] + GAP - offset
                for group, offset in zip(order, offsets, strict=True)
                for each in group
                if each.device in self._latest
            ),
            default=now,
        )

        taken = set(self._taken)

        def free(base: int) -> bool:
            return taken.isdisjoint(base + offset for offset in offsets)

        oldest = max(soonest, now - (FRESH_ALONE if len(offsets) == 1 else FRESH))
        base = next((each for each in range(now, oldest - 1, -1) if free(each)), max(soonest, now))
        while not free(base):
            base += 1
        return base


def _offsets(order: list[list[Message]]) -> list[int]:
    """Give how many seconds (0 or less) each group of messages lies before the last: a second, or the device's pace."""
    offsets: list[int] = []
    for place in range(len(order) - 1, -1, -1):
        mine = {each.device for each in order[place]}
        offset = min((offsets[0] - 1 for _ in offsets[:1]), default=0)
        for later, known in zip(order[place + 1 :], offsets, strict=True):
            if mine & {each.device for each in later}:
                offset = min(offset, known - GAP)
        offsets.insert(0, offset)
    return offsets


def _same_counter(one: Message, other: Message) -> bool:
    return one.device == other.device and one.seq_number == other.seq_number


_FIRST = {0: -1, 1: 2, 2: 5, 3: 10, 4: 15, 5: 17, 6: 18, 7: 19}
"""The tens of a device's number in the plans → where the ids of that scenario begin; the replay's first has its own."""


def _place(number: int) -> int:
    return _FIRST.get(number // 10, 0) + number % 10
