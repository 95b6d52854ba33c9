"""Two clocks: this machine's, and the one that the server writes into the Date header of its answers.

A certificate is judged by this machine's clock, as every client judges it by its own. Where the server's clock shows
another time, one of the two is wrong, and what depends on which of them is not decided.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from msgspec import Struct

from sigcheck.model.chain import ChainFacts, Defect, DefectKind
from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Undecided
from sigcheck.rules._exchanges import every

TOLERANCE = timedelta(minutes=5)
"""Clocks that are set by a network agree to seconds; five minutes are what Kerberos and most tokens allow."""

LONGEST_DATE = 64
"""Characters of a Date header that are read: one is 29 long."""

FITTING = ("leaf", "intermediate", "root")
"""The certificates that belong to the chain, of all that were sent."""

SET_IT = (
    "Correct the clock that is wrong (on this machine: timedatectl set-ntp true) and run again. To judge the chain "
    "at another time, run sigcheck chain FILE --at TIME."
)


class Discord(Struct, frozen=True):
    """The times of the two clocks at one moment, further apart than TOLERANCE."""

    here: datetime
    server: datetime

    def at(self, moment: datetime) -> datetime | None:
        """Give what the server's clock showed when this machine's showed `moment`; None beyond the calendar."""
        try:
            return moment + (self.server - self.here)
        except OverflowError:
            return None

    @property
    def said(self) -> str:
        """Name both times."""
        return (
            f"this machine's clock says {self.here:%Y-%m-%d %H:%M} UTC, but the server's Date header says "
            f"{self.server:%Y-%m-%d %H:%M} UTC: one of them is wrong"
        )


def discord(evidence: Evidence) -> Discord | None:
    """Give how far the clocks are apart by the answer whose Date fits best; None where one fits, or none says."""
    found = min(_told(evidence), key=_apart, default=None)
    return None if found is None or _apart(found) <= TOLERANCE else found


def doubted(defect: Defect, facts: ChainFacts, evidence: Evidence) -> Undecided | None:
    """Say that a date is out of bounds by this machine's clock alone, where the server's shows another time."""
    turns = defect.turns
    if defect.kind not in (DefectKind.EXPIRED, DefectKind.NOT_YET_VALID) or turns is None:
        return None
    apart, there = discord(evidence), _there(facts, evidence)
    if apart is None or there is None:
        return None
    wrong_there = there >= turns if defect.kind is DefectKind.EXPIRED else there < turns
    if wrong_there:
        return None
    return Undecided(f"{apart.said}, and by this machine's clock {defect.message}", fix=SET_IT)


def expired_there(facts: ChainFacts, evidence: Evidence) -> Undecided | None:
    """Say that a certificate has expired by the server's clock alone; None where it has not."""
    apart, there, ends = discord(evidence), _there(facts, evidence), facts.expires_at
    if apart is None or there is None or ends is None or there < ends:
        return None
    return Undecided(f"{apart.said}, and by the server's clock a certificate has expired", fix=SET_IT)


def doubted_soon(facts: ChainFacts, margin: timedelta, evidence: Evidence) -> Undecided | None:
    """Say that the end of validity is near by this machine's clock alone."""
    apart, there, ends = discord(evidence), _there(facts, evidence), facts.expires_at
    if apart is None or there is None or ends is None or timedelta(0) < ends - there < margin:
        return None
    return Undecided(
        f"{apart.said}, and only this machine's clock shows that a certificate expires soon, on "
        f"{ends:%Y-%m-%d %H:%M} UTC",
        fix=SET_IT,
    )


def _there(facts: ChainFacts, evidence: Evidence) -> datetime | None:
    """Give the moment of the judgement by the server's clock, where that is apart from this machine's and can be right.

    It cannot where the server has a certificate that was issued later: then this machine's clock stands alone.
    """
    apart = discord(evidence)
    there = apart.at(facts.observed_at) if apart is not None else None
    issued = [each.not_before for each in facts.certificates if each.role in FITTING and each.not_before]
    begun = max((moment for moment in issued if moment <= facts.observed_at), default=None)
    return None if there is None or (begun is not None and there < begun) else there


def _apart(told: Discord) -> timedelta:
    return abs(told.server - told.here)


def _told(evidence: Evidence) -> Iterator[Discord]:
    """Give what each answer with a Date says of the clocks, at the moment in which its headers were there."""
    for exchange in (each.exchange for each in every(evidence)):
        text = exchange.outcome.header("date") if isinstance(exchange.outcome, Answer) else None
        server = _parsed(text) if text is not None else None
        if server is None:
            continue
        begun = evidence.started_at + timedelta(seconds=exchange.started)
        ended = begun + timedelta(seconds=max(0.0, exchange.total))
        # The server wrote its Date at some time between the two: the one that is nearer to it counts.
        yield Discord(min(max(server, begun), ended), server)


def _parsed(text: str) -> datetime | None:
    """Read a Date header, in UTC where it names no zone; None for anything else, however hostile."""
    if len(text) > LONGEST_DATE or not text.isascii():
        return None
    try:
        when = parsedate_to_datetime(text)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
