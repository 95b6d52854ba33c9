"""What tells the messages of a callback apart, in words: some types have no counter, and events have other names."""

from sigcheck.model.evidence import Evidence
from sigcheck.rules._evidence import listed

USUAL = ("device", "time", "seqNumber")
NAMES = ("device", "sourceId", "time", "eventType", "seqNumber", "deviceMessageSeqnumber")
"""Every variable that is part of some type's identity, in the order in which a key is written."""


def identity(evidence: Evidence) -> tuple[str, ...]:
    """Give the variables that a key should have: those that are sent, or the usual ones where too few are sent."""
    carried = evidence.callback.carries
    if not {"device", "time"} <= set(carried):
        return USUAL
    return tuple(name for name in NAMES if name in evidence.callback.variables)


def key(evidence: Evidence) -> str:
    """Give the key as a database writes it: (device, time, seqNumber)."""
    return f"({', '.join(identity(evidence))})"


def placeholders(evidence: Evidence) -> str:
    """Give what an observer should ask by, as its template writes it: {device}, {time} and {seqNumber}.

    Observers know these names whatever the type calls them.
    """
    told = [name for name in USUAL if name in evidence.callback.carries]
    return listed([f"{{{name}}}" for name in (told if {"device", "time"} <= set(told) else USUAL)])
