"""What the fleet knows of one receiver."""

from dataclasses import dataclass, field, replace
from typing import Literal, Self

from tests.fleet.design import Design

Server = Literal["uvicorn", "hypercorn", "waitress", "gunicorn"]
Database = Literal["sqlite", "postgresql"]
Scenario = Literal["retry", "lost-answer", "late-answer", "race", "look-alikes", "disorder", "failure", "restart"]


@dataclass(frozen=True)
class Spec:
    """One receiver of the fleet.

    `expected` are the rules that must fail, `scenario` is what shows the fault. `real_time` faults hide from a
    compressed schedule unless their memory is compressed with it (`launch(…, speed=…)`).
    A spec that names no fault is good.
    """

    name: str
    server: Server
    design: Design = field(default_factory=Design)
    database: Database = "sqlite"
    workers: int = 1
    fault: str = ""
    # What a fair receiver does that others do not.
    habit: str = ""
    scenario: Scenario = "retry"
    expected: tuple[str, ...] = ()
    real_time: bool = False
    # Rules that must stay undecided; in a fair receiver, those that may.
    undecided: tuple[str, ...] = ()
    # Rules that may warn, as `should`, of what they saw.
    warned: tuple[str, ...] = ()
    # What counts: a key of `detect.OBSERVERS`.
    observer: str = "message"
    # Further options of `sigcheck verify`.
    options: tuple[str, ...] = ()
    # A second run is made beside the first, and a third one after both.
    thrice: bool = False
    # Verified for the page alone: tests/test_fair_habits.py plays the same in virtual time, without the waits.
    page_only: bool = False

    @property
    def good(self) -> bool:
        return not self.fault

    @property
    def done_at_once(self) -> bool:
        """Whether its effect is there before its answer, and takes no time: nothing comes later to be waited for."""
        return self.design.acknowledge == "after-effect" and not self.design.work

    def compressed(self, speed: float) -> Self:
        return replace(self, design=self.design.compressed(speed))
