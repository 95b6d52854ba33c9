"""What a run packs while it waits changes nothing: not what comes out of the packing, and not its report."""

import asyncio
import copy
import math
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

import sigcheck
from sigcheck.config import RunConfig
from sigcheck.model.effects import NotPlayedKind
from sigcheck.packing import LOOSE, WINDOW, Packed, PackedList, _typical
from sigcheck.report.json import document
from sigcheck.runs import Run
from sigcheck.scenario import Count, Deliver, NotPlayed, Plan, same, shared
from sigcheck.scenario.playing import runner
from sigcheck.scenario.playing.scheduler import ScenarioScheduler
from sigcheck.testing.virtual_time import VirtualTimeLoop
from tests.clock import START
from tests.evidence import samples
from tests.fleet.many_waiting import host_of, surroundings_of
from tests.fleet.waiting_receivers import Authority, Receivers


class Kind(tuple):
    """A kind of value that nothing else packs."""

    __slots__ = ()


def test_what_was_packed_comes_out_equal():
    """A list that is packed twice has all its items in their order, and takes more behind them."""
    given = samples()
    items = PackedList()
    for each in given[:2]:
        items.append(each)
    items.pack()
    items.append(given[2])
    items.pack()
    items.append(given[3])
    assert (tuple(items), len(items), items[0], items[-1]) == (given[:4], 4, given[0], given[3])
    assert Packed(given).value() == given


def test_a_list_packs_itself_before_it_is_long():
    """Of many items only the newest are loose, and all of them come out; packed inside of something else, too."""
    (given, *_) = samples()
    items = PackedList()
    for _ in range(2 * LOOSE + 1):
        items.append(given)
    assert len(items._loose) == 1
    assert tuple(items) == (given,) * (2 * LOOSE + 1)
    (inside,) = Packed([items]).value()
    inside.append(given)
    assert (tuple(inside), len(inside)) == ((given,) * (2 * LOOSE + 2), 2 * LOOSE + 2)


def test_what_is_like_something_before_takes_less():
    """A value that is packed after its like is kept as what differs, and both come out as they were."""
    noise = random.Random(1).randbytes(2_000)
    first, second = Packed(Kind((noise, 1))), Packed(Kind((noise, 2)))
    assert len(second._data) < len(first._data) / 10
    assert (first.value(), second.value()) == ((noise, 1), (noise, 2))


def test_what_is_remembered_of_a_kind_is_bounded():
    """However much that is unlike is packed, what is remembered of its kind is no longer than zlib looks back."""
    for seed in range(80):
        Packed(Kind((random.Random(seed).randbytes(1_500),)), "bounded")
    assert WINDOW - 1_500 < len(_typical[Kind, "bounded"]) <= WINDOW
    known = len(_typical)
    Packed(Kind((b"another",)), "bounded")
    assert len(_typical) == known


def test_what_is_packed_never_leaves_its_process():
    """It cannot be pickled, as it would be to be sent: it is worth nothing where its like is not known."""
    with pytest.raises(TypeError, match="never leaves its process"):
        pickle.dumps(Packed(1))
    with pytest.raises(TypeError, match="never leaves its process"):
        copy.copy(Packed(1))


def test_threads_that_pack_at_once_get_their_own_back():
    """What threads pack of one kind at once, and while it is learned what the kind is like, comes out as it was."""

    def some(thread):
        values = [Kind((random.Random(f"{thread} {each}").randbytes(1_200), thread)) for each in range(40)]
        packed = [Packed(each, "threads") for each in values]
        return [each.value() for each in packed] == values

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(some, range(8)))


def test_equal_plans_share_their_steps():
    """Two runs that plan the same have it in memory once, and messages of their own."""

    def plan(device):
        return shared(Plan("race", (device,), (f"the {'first'} message",), (Count("before", (0,)), Deliver((0,)))))

    one, other = plan("a"), plan("b")
    assert (one.messages, other.messages) == (("a",), ("b",))
    assert one.steps is other.steps
    assert one.names is other.names

    def left():
        return same(NotPlayed("race", f"no {'observer'}", NotPlayedKind.UNCOUNTED))

    assert left() is left()


@pytest.fixture(params=["naive", "well"])
def played(request, tmp_path):
    """Give what plays one target on the real schedule, always with the same draws, and gives its report."""
    authority = Authority(START)
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    host = host_of(1)
    chain = authority.chain(host)

    async def play(until):
        receivers = Receivers(frozenset({host}) if request.param == "naive" else frozenset())
        given = surroundings_of(host, receivers, chain, draw=random.Random(7).randrange)
        config = RunConfig(url=f"https://{host}/sigfox?key=secret", ca_file=str(tmp_path / "ca.pem"), speed=1.0)
        run = Run(config, given)
        if until is not None:
            asyncio.get_running_loop().call_later(until, run.end, "enough")
        return await run.play()

    def report(until):
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as running:
            return document(running.run(play(until)), sigcheck.__version__)

    return report


@pytest.mark.parametrize("until", [None, 20, 100, 200, 430])
def test_a_report_is_the_same_with_packing_and_without(played, until, monkeypatch):
    """The same run, once packed in each long wait and once never, says the same to the last digit; also in part."""
    packed = []
    made = Packed.__init__

    def noted(self, value, about=""):
        packed.append(value)
        made(self, value, about)

    monkeypatch.setattr(Packed, "__init__", noted)
    once = played(until)
    assert packed
    packed.clear()
    monkeypatch.setattr(runner, "LONG_WAIT", math.inf)
    monkeypatch.setattr(PackedList, "pack", lambda _: None)
    monkeypatch.setattr(ScenarioScheduler, "rest", lambda _: None)
    assert played(until) == once
    assert not packed
