"""An observer that asks a database counts by a query, and a query without an end holds nothing up."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from sigcheck.errors import UsageProblem
from sigcheck.probes.observer import ObserverFault
from sigcheck.probes.sql import SqlObserver
from sigcheck.probes.sql_errors import refusal
from tests.evidence import MESSAGE

LONG = "with recursive c(x) as (select 1 union all select x + 1 from c limit 20000000) select count(*) from c"
"""Takes longer than any test waits, but not for ever, so that a failure of this test ends too."""


@pytest.fixture
def database(tmp_path):
    """Make a database with one reading of the message and one of another."""
    path = tmp_path / "readings.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("create table readings (device text, seq_number integer)")
        rows = [(MESSAGE.device, MESSAGE.seq_number), (MESSAGE.device, MESSAGE.seq_number + 1)]
        made.executemany("insert into readings values (?, ?)", rows)
    return f"sqlite:///{path}"


def test_a_query_counts_one_message_or_all(database):
    """Placeholders become parameters, quoted or not; without them the count is of all."""
    one = "select count(*) from readings where device = '{device}' and seq_number = {seqNumber}"
    assert asyncio.run(SqlObserver(database, one, 0.1)(MESSAGE)) == 1
    assert asyncio.run(SqlObserver(database, "select count(*) from readings", 0.1)(MESSAGE)) == 2


def test_what_is_quoted_is_text(tmp_path):
    """A column without a type compares no text with a number: quotes say which of the two is meant."""
    path = tmp_path / "plain.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("create table readings (at)")
        made.executemany("insert into readings values (?)", [(str(MESSAGE.time),), (MESSAGE.time,), (MESSAGE.time,)])
    url = f"sqlite:///{path}"
    assert asyncio.run(SqlObserver(url, "select count(*) from readings where at = '{time}'", 0.1)(MESSAGE)) == 1
    assert asyncio.run(SqlObserver(url, "select count(*) from readings where at = {time}", 0.1)(MESSAGE)) == 2


@pytest.mark.parametrize("literal", ["'id-{device}'", "'%{device}%'", "'it''s {device}'"])
def test_a_placeholder_is_no_part_of_a_text(database, literal):
    """No parameter can stand there: the parts are joined."""
    with pytest.raises(UsageProblem, match=r"join the parts, such as 'id-' \|\| \{device\}"):
        SqlObserver(database, f"select count(*) from readings where device like {literal}", 0.1)
    SqlObserver(database, "select count(*) from readings where a = 'x' and device = {device} and b = 'y'", 0.1)


def test_a_cast_of_another_database_is_named(database):
    """SQLite has a word for casts, and no sign."""
    with pytest.raises(ObserverFault, match=r"SQLite has no ::, write cast\(\{time\} as text\)"):
        asyncio.run(SqlObserver(database, "select count(*) from readings where device = {time}::text", 0.1)(MESSAGE))


def test_a_query_that_fails_is_a_fault(database):
    """What the database says is told in one line."""
    with pytest.raises(ObserverFault, match="the observer's query failed: no such table: elsewhere"):
        asyncio.run(SqlObserver(database, "select count(*) from elsewhere", 0.1)(MESSAGE))


def test_a_query_without_an_end_holds_nothing_up(database):
    """When the run ends the loop ends at once, and the query with it: Ctrl-C waits for no database."""

    async def interrupted():
        async with asyncio.timeout(0.2):
            await SqlObserver(database, LONG, 0.1)(MESSAGE)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(interrupted())
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(timeout=2)
    assert time.monotonic() - began < 2
    assert threading.active_count() == 1


def test_what_a_database_says_is_no_sentence_of_its_own():
    """A sentence of ours goes on behind it."""
    assert refusal("the server is not running on that host and accepting TCP/IP connections?\n") == (
        "the server is not running on that host and accepting TCP/IP connections"
    )
