"""Whether an observer's query could show two effects is read off the query, as its database reads it."""

import pytest

from sigcheck.model.effects import ObserverFacts
from sigcheck.model.rule import Status
from sigcheck.probes.sql import SqlObserver
from sigcheck.probes.sql_reading import at_most_one
from tests.clock import FakeClock
from tests.fleet.in_virtual_time import Receiver, said
from tests.scripted import ScriptedObserver, Served
from tests.test_replay import play, status

WHERE = "from readings where device = {device} and time = {time} and seq_number = {seqNumber}"
ONE = {
    f"select exists(select 1 {WHERE})": "EXISTS",
    f"select (exists(select 1 {WHERE}))::int as n": "EXISTS",
    f"select case when exists(select 1 {WHERE}) then 1 else 0 end": "CASE",
    f"select count(*) > 0 {WHERE}": "comparison",
    f"select 1 {WHERE} limit 1": "number 1",
    f"select count(distinct seq_number) {WHERE}": "COUNT(DISTINCT",
    f"select count(distinct (device, time)) {WHERE}": "COUNT(DISTINCT",
    f"select count(*) from (select 1 {WHERE} limit 1) one": "LIMIT 1",
    f"select count(*) from (select distinct device, time {WHERE}) one": "DISTINCT",
    f"select count(*) from (select 1 {WHERE} group by device, time, seq_number) one": "GROUP BY",
    f"with found as (select distinct device {WHERE}) select count(*) from found": "DISTINCT",
    f"select sign(count(*)) {WHERE}": "SIGN",
    f"select least(count(*), 1) {WHERE}": "cut off",
    f"select (select count(*) from (select 1 {WHERE} limit 1) one)": "LIMIT 1",
}
MANY = (
    f"select count(*) {WHERE}",
    f"SELECT COUNT(*) AS n {WHERE};",
    f"select coalesce(sum(rows), 0) {WHERE}",
    f"select count(distinct id) {WHERE}",
    f"select count(*) from (select distinct id, device {WHERE}) each",
    f"select count(*) from (select distinct * {WHERE}) each",
    f"select count(*) {WHERE} group by device, time, seq_number",
    f"select count(*) {WHERE} limit 1",
    f"select count(*) from (select 1 {WHERE} limit 10) some",
    f"select count(*) from (select 1 {WHERE} group by id) each",
    f"with found as (select id {WHERE}) select count(*) from found",
    "select count(*) from readings where device = '{device}' and exists (select 1 from devices)",
    "select effects from counters where device = {device} and time = {time}",
    "not a query at all (",
)


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
@pytest.mark.parametrize("query", ONE)
def test_query_that_cannot_show_two(query, dialect):
    """What says yes or no, or counts kinds in place of rows, is named."""
    if "::" in query and dialect == "sqlite":
        query = query.replace("::int", "")
    assert ONE.get(query, "EXISTS") in (at_most_one(query, dialect) or "")


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
@pytest.mark.parametrize("query", MANY)
def test_query_that_may_show_two(query, dialect):
    """What counts rows, or what cannot be told, is not held against anybody."""
    assert at_most_one(query, dialect) is None


def test_total_is_not_read(tmp_path):
    """A query without placeholders counts all messages: one for each distinct key is more than one."""
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    (tmp_path / "x.sqlite3").touch()
    assert SqlObserver(url, "select count(distinct device) from readings", 2.0).facts.at_most_one is None
    assert SqlObserver(url, f"select count(distinct device) {WHERE}", 2.0).facts.at_most_one


RULES = ("dedup-duplicate", "dedup-race", "dedup-window", "dedup-restart")


def verified(why):
    """Verify a right receiver with a query that counts, or that cannot show two for the reason `why`."""

    async def restart(_message):
        """Restart, with everything remembered."""

    clock = FakeClock()
    receiver = Receiver(clock)
    count = ScriptedObserver(receiver.of)
    count.facts = ObserverFacts("sql", per_message=True, settle=2.0, at_most_one=why)
    deliver = Served(clock, receiver.receive)
    return play(clock, deliver, observer=count, families=("dedup",), hooks={"restart": restart})


def test_rules_on_second_effects_are_undecided_where_none_could_show():
    """Nothing passes for want of a second effect that could not have shown; losses are told all the same."""
    sighted, blind = verified(None), verified("EXISTS is true or false")
    assert [status(sighted, rule) for rule in RULES] == [Status.PASS] * len(RULES)
    assert [status(blind, rule) for rule in RULES] == [Status.UNDECIDED] * len(RULES)
    assert "can only return 0 or 1 for a message (EXISTS is true or false)" in said(blind, "dedup-duplicate")
    assert (blind.verdict, status(blind, "dedup-lost")) == ("undecided", Status.PASS)


def test_an_observer_that_never_showed_two_is_unproven():
    """Where no message had more than one effect, it is said that the observer may be unable to show two."""
    assert "does not prove that it can" in said(verified(None), "dedup-observer")
    clock = FakeClock()
    receiver = Receiver(clock)
    count = ScriptedObserver(lambda message: 2 * receiver.of(message))
    report = play(clock, Served(clock, receiver.receive), observer=count, families=("dedup",))
    assert status(report, "dedup-observer") is Status.PASS
    assert "prove" not in said(report, "dedup-observer")
