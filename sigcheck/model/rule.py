"""Rules, and what a check yields: findings, passes, what is undecided or skipped. A rule is pure and does no I/O."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from sigcheck.model.evidence import Evidence
from sigcheck.policy import Source
from sigcheck.words import Own

Level = Literal["must", "should", "note"]
LEVELS: tuple[Level, ...] = ("must", "should", "note")
"""The heaviest first."""
FAMILIES = ("reach", "tls", "response", "deadline", "retry", "dedup", "exposure")


class Status(StrEnum):
    """What came of one rule. `undecided`: could not be decided; `broken`: a bug of ours."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SKIP = "skip"
    UNDECIDED = "undecided"
    BROKEN = "broken"


class Finding(Struct, frozen=True):
    """One thing that is wrong. `message` says what was seen; `measured` the figures; `where` the place.

    `level`, `fix` and `title` override the rule's level, fix and problem where this occurrence needs it. The first
    finding's title is the result's. `scenario` is the one in which it was seen.
    """

    message: Own
    measured: Own | None = None
    where: Own | None = None
    level: Level | None = None
    fix: Own | None = None
    title: Own | None = None
    scenario: Own | None = None


Kind = Literal["addresses", "answers", "certificates", "connections", "counts", "deliveries", "handshakes", "settings"]
"""What a rule can examine."""


class Examined(Struct, frozen=True):
    """How much a rule that passed has examined. `settings` are those of the callback itself, known without a probe."""

    count: int
    of: Kind


class Passed(Struct, frozen=True):
    """A rule found in order all that it examined; `message` says what was seen and becomes the summary.

    A pass of nothing cannot be made: raises ValueError for a `count` under 1.
    """

    message: Own
    count: int
    of: Kind

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"a pass that examined no {self.of}")


class Undecided(Struct, frozen=True):
    """The rule could not be decided, and why; `fix` says how to decide it."""

    reason: Own
    fix: Own | None = None


class Skipped(Struct, frozen=True):
    """The rule does not apply here, or was not asked for."""

    reason: Own


Remark = Finding | Passed | Undecided | Skipped
"""What a check yields. Any Finding fails the rule; else Inconclusive, else Skipped decides; else it passes.

A check that yields nothing has examined nothing: that is a bug of ours, never a pass.
"""


class Rule(Struct, frozen=True):
    """One rule: pure, no I/O. `id` is its name, file name and page name; `family` is its first word.

    `title` says what holds where it passes, `problem` what does not where it fails.
    """

    id: Own
    level: Level
    title: Own
    problem: Own
    fix: Own
    source: Source
    check: Callable[[Evidence], Iterable[Remark]]

    @property
    def family(self) -> str:
        """The first word of the id."""
        return self.id.partition("-")[0]

    @property
    def page(self) -> str:
        """Where the rule's page stands in the documentation."""
        return f"docs/rules/{self.id}.md"
