"""Messages whose numbers of effects contradict each other: those that were delivered once show how many are right."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Undecided
from sigcheck.rules._unit import Counted, counted_messages, effects_in_words, effects_per_message

MOST_NAMED = 3
"""Messages that a sentence names; more are counted."""


def contradictions(evidence: Evidence) -> Iterator[Undecided]:
    """Say that messages had other numbers of effects than most that were delivered once, as nobody can explain yet.

    It may be a receiver that handles a message twice at times, or a count that was read wrongly. Where an observer
    counted, only more effects than expected are told: it has seen how many the first delivery made.
    """
    if evidence.observer is None or not evidence.observer.per_message:
        return
    unit = effects_per_message(evidence)
    found = list(counted_messages(evidence))
    once = [each for each in found if each.deliveries == 1]
    more = [each for each in once if each.effects > unit]
    less = [each for each in found if each.effects < unit] if evidence.observer.kind == "afterwards" else []
    for odd in (more, less):
        if odd:
            yield Undecided(
                _said(odd, unit),
                fix="Count again, each message by its device, time and sequence number. If the numbers stay the same, "
                "find out why the receiver handles these messages otherwise than the rest.",
            )


def _said(odd: list[Counted], unit: int) -> str:
    least, most = min(each.effects for each in odd), max(each.effects for each in odd)
    effects = effects_in_words(most) if least == most else f"{least} to {effects_in_words(most)}"
    more = len(odd) - MOST_NAMED
    names = ", ".join(each.name for each in odd[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    times = {each.deliveries for each in odd}
    delivered = "" if len(times) > 1 else "once" if times == {1} else f"{times.pop()} times"
    had = f"{'was' if len(odd) == 1 else 'were'} delivered {delivered} and had" if delivered else "had"
    each = "" if len(odd) == 1 else " each"
    return f"{names} {had} {effects}{each}, while most messages that were delivered once had {unit}"
