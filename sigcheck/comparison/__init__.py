"""What differs between two saved runs: which failures are new, fixed, unchanged or gone. Pure.

Both are judged by the same rules, those of today, so that what differs is the receiver and not the rules. Times are
never compared.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, cast

from msgspec import Struct

from sigcheck.model.judged import Judged, judged_of
from sigcheck.model.report import Gate, Report, Result
from sigcheck.model.rule import LEVELS, Level, Status
from sigcheck.words import Own, Url

SCHEMA_VERSION = 1
SAME, WORSE, INCOMPARABLE = 0, 1, 3
"""Exit codes: no new failure that binds, at least one, and neither one nor anything that both runs have checked."""

State = Literal["pass", "fail", "skip", "undecided", "broken", "expected", "not checked"]
"""The status of a rule; "expected" for a failure that a baseline expects, "not checked" where the run left it out."""


class Difference(Struct, frozen=True):
    """One rule in both runs. `binds`: it is a failure of the new run, of a level that --fail-on names."""

    rule: Own
    level: Level
    title: Own
    was: State
    now: State
    binds: bool = False


class Side(Struct, frozen=True):
    """One run of a target: its id, its verdict as people read it, its exit code, and whether it is partial."""

    run: Own
    word: Own
    exit_code: int
    partial: bool


class TargetDifference(Struct, frozen=True):
    """What differs for one target. `old` or `new` is None where only the other file has the target.

    `new_failures` are failures that the old run did not have, `fixed` passes of what failed, `unchanged` what failed in
    both. `undecided` is what can no longer be decided, or can be now. `gone` is what the new run has not checked, or
    what failed or was undecided and does not apply any more. `terms` says where the verdict differs what the runs were
    given that it rests on, as rules that may stay undecided.
    """

    name: str
    url: Url
    old: Side | None
    new: Side | None
    new_failures: tuple[Difference, ...] = ()
    fixed: tuple[Difference, ...] = ()
    unchanged: tuple[Difference, ...] = ()
    undecided: tuple[Difference, ...] = ()
    gone: tuple[Difference, ...] = ()
    terms: tuple[Own, ...] = ()
    in_common: int = 0
    """How many rules both runs have checked."""

    @property
    def called(self) -> str:
        """The name in the configuration file, or else the URL."""
        return self.name or self.url

    @property
    def cut_short(self) -> bool:
        """Whether the new run was interrupted, so that what it did not find says nothing."""
        return self.new is not None and self.new.partial

    @property
    def same(self) -> bool:
        """Whether there is nothing to say of it."""
        both = self.old is not None and self.new is not None and self.old.word == self.new.word
        return both and not (self.new_failures or self.fixed or self.undecided or self.gone)

    @property
    def binding(self) -> int:
        """How many new failures bind."""
        return sum(each.binds for each in self.new_failures)


class Comparison(Struct, frozen=True):
    """Two files against each other, the targets that got worst first."""

    schema_version: int
    sigcheck: str
    exit_code: int
    targets: tuple[TargetDifference, ...]


def compare(
    old: Sequence[Report], new: Sequence[Report], version: str, fail_on: Literal["must", "should"] = "must"
) -> Comparison:
    """Compare reports that were judged by the same rules. Targets are matched by name, or else by redacted URL."""
    levels = Gate(fail_on).levels
    pairs = _pairs([judged_of(each) for each in old], [judged_of(each) for each in new])
    targets = sorted((difference(before, after, levels) for before, after in pairs), key=weight)
    # A target or a rule that is new has nothing to be compared with, and its failures count all the same.
    code = SAME if any(each.in_common for each in targets) else INCOMPARABLE
    if any(each.cut_short for each in targets):
        code = INCOMPARABLE  # what the new run did not come to might have failed
    if any(each.binding for each in targets):
        code = WORSE
    return Comparison(SCHEMA_VERSION, version, code, tuple(targets))


def weight(target: TargetDifference) -> tuple[int, ...]:
    """Give what sorts targets: those that got worst first."""
    return (-target.binding, -len(target.new_failures), -len(target.undecided), -len(target.fixed), target.same)


def _pairs(old: Sequence[Judged], new: Sequence[Judged]) -> Iterator[tuple[Judged | None, Judged | None]]:
    """Match reports: by name, those that remain by URL, each at most once."""
    taken: set[int] = set()
    pairs: list[tuple[Judged | None, Judged]] = [(None, report) for report in new]
    for key in (_name, _url):
        waiting: dict[str, deque[int]] = {}
        for number, report in enumerate(old):
            if number not in taken and key(report):
                waiting.setdefault(key(report), deque()).append(number)
        for place, (before, after) in enumerate(pairs):
            left = waiting.get(key(after))
            # Two names for one URL are two targets.
            if before is not None or not left or (key is _url and _name(old[left[0]]) and _name(after)):
                continue
            taken.add(left[0])
            pairs[place] = (old[left.popleft()], after)
    yield from pairs
    yield from ((report, None) for number, report in enumerate(old) if number not in taken)


def _name(report: Judged) -> str:
    return report.name


def _url(report: Judged) -> str:
    return f"{report.method} {report.url}"


def _side(report: Judged | None) -> Side | None:
    if report is None:
        return None
    return Side(report.run, report.word, report.exit_code, report.interrupted is not None)


def difference(old: Judged | None, new: Judged | None, levels: tuple[Level, ...]) -> TargetDifference:
    """Compare two runs of one target, of which one at most is None. `levels` are those whose failures bind."""
    shown = new or old
    assert shown is not None  # noqa: S101 - a pair has at least one
    before = {each.rule: each for each in old.results} if old else {}
    after = {each.rule: each for each in new.results} if new else {}
    parts: dict[str, list[Difference]] = {}
    for rule in (*after, *(each for each in before if each not in after)):
        was, now = before.get(rule), after.get(rule)
        part = _part(was, now, levels)
        told = now if now is not None and now.status is Status.FAIL else was or now
        if part is None or told is None:
            continue
        binds = now is not None and now.failed and now.level in levels
        parts.setdefault(part, []).append(Difference(rule, told.level, told.title, _state(was), _state(now), binds))
    return TargetDifference(
        name=_name(shown),
        url=shown.url,
        old=_side(old),
        new=_side(new),
        terms=() if old is None or new is None or old.word == new.word else tuple(_terms(old, new)),
        in_common=len(_checked(before.values()) & _checked(after.values())),
        **{part: tuple(_worst_first(differences)) for part, differences in parts.items()},
    )


def _terms(old: Judged, new: Judged) -> Iterator[str]:
    """Say in what the runs differ that no rule shows, and that a verdict rests on all the same."""
    for which, one, other in (("OLD", old, new), ("NEW", new, old)):
        allowed = [each for each in one.scope.not_tested if each not in other.scope.not_tested]
        if allowed:
            yield f"only {which} allows undecided rules: {', '.join(allowed)}"
        limits = [each for each in one.scope.conditions if each not in other.scope.conditions]
        if limits:
            yield f"only {which} is limited: {'; '.join(limits)}"
    if old.gate.fail_on != new.gate.fail_on:
        yield f"OLD was made with --fail-on {old.gate.fail_on}, NEW with --fail-on {new.gate.fail_on}"


def _worst_first(differences: Iterable[Difference]) -> list[Difference]:
    return sorted(differences, key=lambda each: (not each.binds, LEVELS.index(each.level)))


def _checked(results: Iterable[Result]) -> set[str]:
    return {each.rule for each in results if each.status is not Status.SKIP}


def _state(result: Result | None) -> State:
    # A result's state is the value of a Status, or "expected": both are among them.
    return "not checked" if result is None else cast("State", result.state)


def _part(old: Result | None, new: Result | None, levels: tuple[Level, ...]) -> str | None:
    """Say to which part of a comparison a rule belongs; None where there is nothing to say of it."""
    was, now = _state(old), _state(new)
    failures = {"fail", "expected"}
    if now in failures:
        if was not in failures or old is None or new is None:
            return "new_failures"
        # What was excused, or weighed little, and binds now, stops a pipeline that it did not stop before.
        bound = old.failed and old.level in levels
        return "new_failures" if new.failed and new.level in levels and not bound else "unchanged"
    if was in failures:
        return {"pass": "fixed", "undecided": "undecided", "broken": "undecided"}.get(now, "gone")
    if now == "not checked":
        return None if was in {"skip", "not checked"} else "gone"
    unclear = {"undecided", "broken"}
    if was in unclear and now == "skip":
        return "gone"
    if (was in unclear and now == "pass") or (was not in unclear and now in unclear):
        return "undecided"
    return None
