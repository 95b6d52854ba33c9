"""Which runs may go on beside each other.

A run that counts a total would take another run's effects for its own, and a command that restarts a receiver or makes
it fail would hit another run's delivery. Two runs with the same device of the user's would send messages of the same
second. Such runs share a lane, and a lane's runs go one after the other.
"""

from collections.abc import Iterator, Sequence

from sigcheck.plan import RunPlan

Place = tuple[str, str]
"""What runs may share, and its kind: `host`, `device` or `observer`."""


def lanes(plans: Sequence[RunPlan]) -> list[list[int]]:
    """Give the places of the plans, those of a lane together; lanes and their runs are in the order of the plans."""
    lane = list(range(len(plans)))
    shared: dict[Place, list[int]] = {}
    for number, plan in enumerate(plans):
        for place in places(plan):
            shared.setdefault(place, []).append(number)
    for (_, kind), sharing in shared.items():
        if kind != "host" or any(_needs_quiet(plans[number]) for number in sharing):
            joined = {lane[number] for number in sharing}
            lane = [min(joined) if each in joined else each for each in lane]
    return [[number for number, each in enumerate(lane) if each == first] for first in sorted(set(lane))]


def _needs_quiet(plan: RunPlan) -> bool:
    """Whether what others do with the same receiver would change what this run sees."""
    return _counts_a_total(plan) or bool(plan.commands)


def _counts_a_total(plan: RunPlan) -> bool:
    return plan.counts and plan.observer is not None and not plan.observer.facts.per_message


def places(plan: RunPlan) -> Iterator[Place]:
    """Give what a run shares with another one, and its kind: the host, a device, and whoever counts for both."""
    yield (plan.callback.target.host, "host")
    if plan.factory.given:
        # An id is a number, however it is written: a receiver that knows this would take 20aeab and 020AEAB for one.
        for device in plan.factory.registered or (plan.factory.device(0),):
            yield (str(int(device, 16)), "device")
    if _counts_a_total(plan) and plan.observer is not None:
        yield (plan.observer.asks, "observer")
