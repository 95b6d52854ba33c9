"""Whether of each registered device the first message alone had an effect: the others were taken for duplicates."""

from msgspec import Struct

from sigcheck.model.delivery import Message
from sigcheck.model.evidence import Evidence
from sigcheck.rules._evidence import accepted

FEWEST = 3
"""Later messages without an effect that say something of the receiver: fewer may be lost for another reason."""


class FirstOnly(Struct, frozen=True):
    """Devices of which the first message had an effect, and how many later messages of theirs had none."""

    devices: tuple[str, ...]
    later: int


def first_only(evidence: Evidence) -> FirstOnly | None:
    """Give the devices, where several messages come from each and the first ones alone had an effect; else None.

    It takes an observer of single messages: a total may count the devices themselves.
    """
    observer = evidence.observer
    if not evidence.settings.devices or observer is None or not observer.per_message:
        return None
    if any(scenario.fault for scenario in evidence.scenarios):
        return None
    effects = _effects(evidence)
    first: dict[str, Message] = {}
    later = 0
    for exchange in sorted(evidence.exchanges, key=lambda each: each.started):
        if not accepted(exchange, evidence):
            continue
        for message in exchange.messages:
            opened = first.setdefault(message.device, message)
            if message == opened:
                if message in effects and not effects[message]:
                    return None
            elif effects.get(message):
                return None
    seen = {message.device for message, count in effects.items() if count}
    later = sum(message != first.get(message.device) and message.device in seen for message in effects)
    return FirstOnly(tuple(sorted(seen)), later) if later >= FEWEST else None


def _effects(evidence: Evidence) -> dict[Message, int]:
    """Give the most effects that were counted of each message, for those that were accepted and counted."""
    taken = {message for each in evidence.exchanges if accepted(each, evidence) for message in each.messages}
    most: dict[Message, int] = {}
    counted = [(evidence.samples[each.message].message, each) for each in evidence.whole if each.message is not None]
    for scenario in evidence.scenarios:
        counted += [(scenario.messages[each.message], each) for each in scenario.counts if each.message is not None]
    for message, each in counted:
        if each.effects is not None and message in taken:
            most[message] = max(most.get(message, 0), each.effects)
    return most
