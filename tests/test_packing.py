"""What a run packs while it waits changes nothing: not what comes out of the packing, and not its report."""

import asyncio
import math
import random

import pytest

import sigcheck
from sigcheck.config import RunConfig
from sigcheck.packing import Packed, PackedList
from sigcheck.report.json import document
from sigcheck.runs import Run
from sigcheck.scenario.playing import runner
from sigcheck.testing.virtual_time import VirtualTimeLoop
from tests.clock import START
from tests.evidence import samples
from tests.fleet.many_waiting import host_of, surroundings_of
from tests.fleet.waiting_receivers import Authority, Receivers


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


@pytest.fixture(params=["naive", "well"])
def played(request, tmp_path):
    """Give what plays one target on the real schedule, always with the same draws, and gives its report."""
    authority = Authority(START)
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    host = host_of(1)
    chain = authority.chain(host)

    async def play():
        receivers = Receivers(frozenset({host}) if request.param == "naive" else frozenset())
        given = surroundings_of(host, receivers, chain, draw=random.Random(7).randrange)
        config = RunConfig(url=f"https://{host}/sigfox?key=secret", ca_file=str(tmp_path / "ca.pem"), speed=1.0)
        return await Run(config, given).play()

    def report():
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as running:
            return document(running.run(play()), sigcheck.__version__)

    return report


def test_a_report_is_the_same_with_packing_and_without(played, monkeypatch):
    """The same run, once packed in each long wait and once never, says the same to the last digit."""
    packed = []
    made = Packed.__init__

    def noted(self, value):
        packed.append(value)
        made(self, value)

    monkeypatch.setattr(Packed, "__init__", noted)
    once = played()
    assert packed
    packed.clear()
    monkeypatch.setattr(runner, "LONG_WAIT", math.inf)
    monkeypatch.setattr(PackedList, "pack", lambda _: None)
    assert played() == once
    assert not packed
