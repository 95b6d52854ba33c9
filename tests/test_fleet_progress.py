"""What a person sees while a fleet runs: figures that are true, a table that fits, and lines that a log can hold."""

import io
import os
import re
from heapq import heappop, heappush

import pytest

from sigcheck import clock
from sigcheck.model.fleet import Cause, TargetSummary
from sigcheck.model.report import Verdict
from sigcheck.progress.fleet import FleetLines, FleetSilence, fleet_progress
from sigcheck.progress.fleet_table import FleetTable, _text, frame
from sigcheck.progress.so_far import Course, SoFar, figures, lasting, rate_words, time_words
from sigcheck.report.page import columns
from tests.clock import FakeClock
from tests.specimens import HOSTILE
from tests.terminal import read_all, terminal

REFUSED = Cause("reach-refused", "must", "fail", "The port refuses connections", "refused", True)


def summary(name, code=0, problem=None, vantage="", cause=REFUSED):
    """Give what came of a target."""
    words: dict[int, Verdict] = {0: "compliant", 1: "non-compliant", 3: "undecided", 4: "internal error"}
    word = words[code]
    causes = (cause,) if code == 1 else ()
    return TargetSummary(
        target=name, vantage=vantage, verdict=word, word=word, exit_code=code, causes=causes, problem=problem
    )


def in_time(work):
    """Run on a clock that moves when somebody sleeps."""
    return FakeClock().run(work)


async def play(watch, takes, at_once, look=None, every=1.0):
    """Begin and end targets that take so long, some at once; `look` is called each `every` seconds."""
    start = clock.now()
    running, left = [], list(enumerate(takes))
    beat = start
    while left or running:
        while left and len(running) < at_once:
            number, seconds = left.pop(0)
            watch.began(f"t{number}", "")
            heappush(running, (clock.now() + seconds, number))
        while beat < running[0][0]:
            await clock.sleep_until(beat)
            if look is not None:
                look(beat - start)
            beat += every
        until, number = heappop(running)
        await clock.sleep_until(until)
        watch.ended(summary(f"t{number}"))
    return clock.now() - start


REPLAYS = [1.0 if place % 20 == 7 else 420.0 for place in range(250)]
"""Seven-minute replays, of which one in twenty fails at once."""


@pytest.mark.parametrize(
    ("takes", "at_once", "planned", "from_", "close"),
    [
        (REPLAYS, 100, 420.0, 5.0, 0.2),
        (REPLAYS * 8, 1000, 420.0, 5.0, 0.2),
        ([420.0] * 80, 100, 420.0, 1.0, 0.05),
        ([0.5 + (place * 7 % 10) / 10 for place in range(2000)], 100, 0.0, 3.0, 0.2),
        # A plan that is wrong is soon not believed any more.
        ([2.0] * 1000, 50, 60.0, 10.0, 0.2),
        ([600.0] * 30, 10, 420.0, 1300.0, 0.2),
    ],
    ids=["replays-and-refusals", "thousands-at-once", "one-wave", "a-scan", "planned-too-long", "planned-too-short"],
)
def test_the_time_left_is_true_to_a_fifth(takes, at_once, planned, from_, close):
    """From early on: those that fail at once are the first results, and do not promise an early end."""
    said = []

    async def work():
        so_far = SoFar(Course(len(takes), at_once, planned))
        return await play(so_far, takes, at_once, lambda at: said.append((at, so_far.left)))

    whole = in_time(work())
    told = [(at, at + left) for at, left in said if at >= from_ and left is not None]
    assert len(told) > 10
    assert [each for each in told if abs(each[1] - whole) > close * whole] == []


def test_many_targets_of_one_host_are_the_last():
    """A host's targets go one after the other: the fleet takes at least as long as those of the largest."""

    async def work():
        so_far = SoFar(Course(300, 100, 10.0, longest=100))
        for place in range(100):
            so_far.began(f"t{place}", "")
        return so_far.left

    assert in_time(work()) == pytest.approx(1000.0, rel=0.01)


def test_nothing_is_promised_where_nothing_is_known():
    """Without a plan and without a result there is no estimate, and the line has none."""

    async def work():
        so_far = SoFar(Course(3))
        so_far.began("a", "")
        return so_far.left, figures(so_far)

    assert in_time(work()) == (
        None,
        "0 of 3 targets done · 0 failing · 0 undecided · 0 not examined · 1 running · 0:00 elapsed",
    )


def test_what_still_runs_counts_as_lasting_longer():
    """Kaplan and Meier by hand: two of four ended, and what is beyond the oldest is as planned."""
    typical, rests = lasting([1.0, 3.0], [2.0, 5.0], 9.0)
    # From 0 to 1 all four are alive, then three of four; at 3 one of the two that are left ends; from 5 on as planned.
    assert typical == pytest.approx(1 + 0.75 * 2 + 0.375 * 2 + 0.375 * 4)
    assert rests == pytest.approx([(typical - 1.75) / 0.75, 4.0])
    assert lasting([], [], 7.0) == (7.0, [])


def test_the_rate_is_that_of_the_last_while():
    """A fleet that became slower says so half a minute later; before the first result there is none."""
    rates = {}

    async def work():
        so_far = SoFar(Course(500, 10))
        takes = [1.0] * 200 + [10.0] * 100

        def look(at):
            rates[at] = so_far.rate

        await play(so_far, takes, 10, look)

    in_time(work())
    assert rates[0.0] is None
    assert rates[15.0] == pytest.approx(10.0, rel=0.1)
    assert rates[80.0] == pytest.approx(1.0, rel=0.35)
    assert [rate_words(each) for each in (None, 0.0, 0.25, 4.24, 74.4)] == [
        "",
        "0.0 targets/min",
        "15.0 targets/min",
        "4.2 targets/s",
        "74 targets/s",
    ]
    assert [time_words(each) for each in (0, 59.9, 75, 3599, 3600, 36061)] == [
        "0:00",
        "0:59",
        "1:15",
        "59:59",
        "1:00:00",
        "10:01:01",
    ]


def test_a_target_that_is_run_twice_is_done_once():
    """A worker was lost: what began again, or has a second result, is one target."""

    async def work():
        so_far = SoFar(Course(2))
        for _ in range(2):
            so_far.began("a", "eu")
        running = so_far.running
        for _ in range(2):
            so_far.ended(summary("a", 1, vantage="eu"))
        so_far.ended(summary("b", 3, problem="no variable"))
        return running, so_far.running, so_far.done, dict(so_far.counts), len(so_far.last)

    assert in_time(work()) == (1, 0, 2, {"failing": 1, "not examined": 1}, 2)


async def halfway(failing=30, vantage="", name="shop", cause=REFUSED):
    """Give a fleet that is half done."""
    so_far = SoFar(Course(300, 100, 10.0))
    for place in range(150):
        so_far.began(f"{name}-{place}", vantage)
    await clock.sleep_until(clock.now() + 9.0)
    for place in range(120):
        so_far.ended(summary(f"{name}-{place}", 1 if place < failing else 0, vantage=vantage, cause=cause))
    return so_far


def lines_of(so_far, width, height):
    """Give the text of a frame."""
    return ["".join(map(_text, line)).rstrip() for line in frame(so_far, width, height)]


@pytest.mark.parametrize(("width", "height"), [(79, 24), (119, 40), (39, 24), (39, 8), (79, 5), (12, 3), (10, 1)])
@pytest.mark.parametrize("hostile", [False, True])
def test_the_table_fits(width, height, hostile):
    """No line is wider than the terminal, there is a line to spare, and how many fail is on it if anything is."""
    more = {"name": HOSTILE, "vantage": HOSTILE} if hostile else {"name": "東京" * 50}
    cause = Cause(HOSTILE, "must", "fail", HOSTILE, HOSTILE, True)

    async def work():
        return lines_of(await halfway(**more, cause=cause if hostile else REFUSED), width, height)

    lines = in_time(work())
    assert len(lines) <= max(1, height - 1)
    assert all(columns(line) <= width for line in lines)
    assert all(line.isprintable() for line in lines)
    assert "120" in "".join(lines)
    assert "30" in lines[1] + lines[2] if height >= 5 else True
    assert lines[-1] == "Ctrl-C keeps the reports" if height >= 24 else True


def test_the_table_at_the_usual_size():
    """All the figures of it, and the last that failed with their cause."""

    async def work():
        return lines_of(await halfway(vantage="eu"), 79, 24)

    bar, *lines = in_time(work())
    assert bar == "━" * 31 + "─" * 48
    assert lines[:4] == [
        "done          120 of 300  40%          running now   30",
        "failing       30                       rate          13 targets/s",
        "undecided     0                        elapsed       0:09",
        "not examined  0                        time left     about 0:47",
    ]
    assert lines[5] == "These failed last:"
    assert lines[13] == "  shop-29 (from eu)  The port refuses connections (reach-refused)"


def test_the_terminal_is_given_back(monkeypatch):
    """It is drawn four times a second at 500 results a second, each line is erased, and the cursor comes back."""
    monkeypatch.setenv("TERM", "xterm")
    leader, follower = terminal(columns=80, lines=24)

    async def work(stream):
        table = FleetTable(stream, Course(5000, 100), colour=False)
        for place in range(1000):
            table.began(f"t{place}", "")
            await clock.sleep_until(clock.now() + 0.002)
            table.ended(summary(f"t{place}\x1b[31m", 1))
            table.tick()
        table.close()

    with os.fdopen(follower, "w") as stream:
        in_time(work(stream))
    shown = read_all(leader).decode()
    assert 7 <= shown.count("running now") <= 9
    assert "\x1b[31m" not in shown
    assert shown.count("\x1b[?25l") == 1
    assert shown.index("\x1b[?25l") < shown.rindex("\x1b[?25h")
    last = shown[shown.rindex("running now") :]
    assert last.count("\x1b[1A\x1b[2K") >= last.count("\r\n")


def test_a_terminal_that_becomes_narrower_keeps_no_rest(monkeypatch):
    """Lines that were wide take two rows then, and those are erased as well."""
    monkeypatch.setenv("TERM", "xterm")
    leader, follower = terminal(columns=100, lines=30)

    async def work(stream):
        table = FleetTable(stream, Course(10), colour=False)
        table.tick()
        monkeypatch.setenv("COLUMNS", "50")
        await clock.sleep_until(clock.now() + 1)
        table.tick()
        table.close()

    with os.fdopen(follower, "w") as stream:
        in_time(work(stream))
    shown = read_all(leader).decode()
    end = shown.index("Ctrl-C")
    between = shown[end : shown.index("─", end)]
    # Six lines, of which five were wider than 50 columns.
    assert between.count("\x1b[1A") == 5 + 5


def log(count, code=1, problem=None, seconds=100):
    """Give the lines of a log of a fleet of which so many have come to that after a second."""
    stream = io.StringIO()

    async def work():
        watch = FleetLines(stream, Course(200, 10, 50.0))
        watch.tick()
        for place in range(count):
            watch.began(f"t{place}", "")
        await clock.sleep_until(clock.now() + 1)
        for place in range(count):
            watch.ended(summary(f"t{place}", code, problem))
        for _ in range(seconds * 4):
            await clock.sleep_until(clock.now() + 0.25)
            watch.tick()
        watch.close()

    in_time(work())
    return stream.getvalue().splitlines()


def test_a_log_names_the_first_that_fail():
    """Twenty of them, then that there are more; and a heartbeat with all figures each half minute."""
    lines = log(30)
    assert lines[0] == "sigcheck: t0: non-compliant: The port refuses connections (reach-refused)"
    assert lines[19].startswith("sigcheck: t19: ")
    assert lines[20] == "sigcheck: more targets fail; the ledger has all of them"
    assert len(lines) == 21 + 3
    assert lines[21].startswith("sigcheck: 30 of 200 targets done · 30 failing · 0 undecided · 0 not examined · ")
    assert re.search(r" · 1\.0 targets/s · 0:30 elapsed · about \d+:\d\d left$", lines[21])


def test_a_log_names_what_was_not_examined_and_no_target_that_is_well():
    """What is well or undecided is counted only."""
    assert log(1, 3, "the variable TOKEN is not set", 1) == ["sigcheck: t0: undecided: the variable TOKEN is not set"]
    assert log(5, 0, None, 1) == log(5, 3, None, 1) == []


def test_a_log_that_nobody_reads_ends_nothing():
    """A closed pipe is no reason to end a run; what a server wrote is harmless in a log."""

    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    async def work(stream):
        watch = FleetLines(stream, Course(1))
        watch.ended(summary(HOSTILE, 1))

    in_time(work(Closed()))
    stream = io.StringIO()
    in_time(work(stream))
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue()[:-1].isprintable()


def test_who_wants_nothing_is_shown_nothing():
    """`-q`, and a stream that was closed."""
    stream = io.StringIO()
    quiet = fleet_progress(stream, Course(1), quiet=True, live=True, colour=True)
    assert isinstance(quiet, FleetSilence)
    assert isinstance(fleet_progress(None, Course(1), quiet=False, live=False, colour=False), FleetSilence)
    assert isinstance(fleet_progress(stream, Course(1), quiet=False, live=False, colour=True), FleetLines)


def test_what_is_said_while_it_runs():
    """A lost worker is told at once and whole, disarmed, in each form of progress, with `-q` too."""

    async def work(quiet, live):
        stream = io.StringIO()
        watch = fleet_progress(stream, Course(1), quiet=quiet, live=live, colour=False)
        watch.say(f"worker [bold]one[/] is lost {'x' * 300} {HOSTILE}")
        said = stream.getvalue()
        watch.close()
        return said

    for quiet, live in ((True, False), (False, False), (False, True)):
        said = in_time(work(quiet, live))
        assert "sigcheck: worker [bold]one[/] is lost" in said
        assert said.count("x") >= 300
        assert HOSTILE not in said
    fleet_progress(None, Course(1), quiet=True, live=False, colour=False).say("to nobody")


def test_how_many_run_at_once_shows_when_they_do():
    """Nothing is estimated before somebody began where only the workers know how many they run at once."""

    async def work():
        so_far = SoFar(Course(100, at_once=0, seconds=10.0))
        before = so_far.left
        for each in range(20):
            so_far.began(f"t{each}", "")
        await clock.sleep_until(clock.now() + 1.5)
        return before, so_far.left

    before, left = in_time(work())
    assert before is None
    assert left == pytest.approx(48.5, abs=3)
