"""Observers of a real PostgreSQL: columns of the usual types, and what its refusals mean."""

import asyncio

import psycopg
import pytest

from sigcheck.probes.observer import ObserverFault
from sigcheck.probes.sql import SqlObserver
from tests.evidence import MESSAGE

COLUMNS = "t text, i integer, b bigint, v varchar(20), n numeric, at timestamptz, id uuid"
ROW = """insert into r (t, i, b, v, n, at)
  values (%(time)s, %(time)s, %(time)s, %(time)s, %(time)s, to_timestamp(%(time)s))"""


@pytest.fixture(scope="module")
def database(cluster):
    """Make a table with one reading of the message's time."""
    url = cluster.new_schema()
    with psycopg.connect(url) as connection:
        connection.execute(f"create table r ({COLUMNS})")
        connection.execute(ROW, {"time": MESSAGE.time})
    return url


def count(url, query, **given):
    """Ask once."""
    return asyncio.run(SqlObserver(url, query, 0.1, **given)(MESSAGE))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("select count(*) from r where t = '{time}'", 1),
        ("select count(*) from r where v = '{time}'", 1),
        ("select count(*) from r where i = '{time}'", 1),
        ("select count(*) from r where i = {time}", 1),
        ("select count(*) from r where n = {time}", 1),
        ("select count(*) from r where t = {time}::text", 1),
        ("select count(*) from r where at = to_timestamp({time})", 1),
        ("select count(*) from r where i = ('x' || lpad({device}, 8, '0'))::bit(32)::bigint", 0),
        ("select sum(1) from r where i = {time}", 1),
        ("select sum(1.0) from r where i = {time}", 1),
        ("select count(*)::text from r", 1),
        ("select array_agg(t) from r", 1),
        ("select count(*) from r where t like '%' || {device} || '%'", 0),
    ],
)
def test_counts(database, query, found):
    """A quoted placeholder is text, another has its own type, and a sum, a text or an array is a count as well."""
    assert count(database, query) == found


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("select count(*) from r where t = {time}", "text = integer; the column holds text: write {time}::text"),
        ("select count(*) from r where v = {seqNumber}", "the column holds text: write {seqNumber}::text"),
        ("select count(*) from r where at = {time}", "write to_timestamp({time})"),
        ("select count(*) from r where at = '{time}'", "write to_timestamp({time})"),
        ("select count(*) from r where id = {time}", "column::text = {time}::text"),
        ("select count(*) from r where i = '{device}'", "('x' || lpad({device}, 8, '0'))::bit(32)::bigint"),
        ("select count(*) from nowhere", 'relation "nowhere" does not exist; if the table is in another schema'),
        ("select sum(i) from r where i = 0", "is null; if that means no effects, give --observe-default 0"),
        ("select i from r where i = 0", "returned no row; let it count: select count(*) …"),
        ("select i = 0 from r", "not a whole number"),
        ("insert into r (t) values ('x')", "read-only transaction"),
    ],
)
def test_refusals(database, query, says):
    """What the database refuses is told in one line, with the cast that mends it."""
    with pytest.raises(ObserverFault) as caught:
        count(database, query)
    assert says in str(caught.value)
    assert "LINE 1" not in str(caught.value)


def test_null_has_the_default(database):
    """sum() of no rows is null."""
    assert count(database, "select sum(i) from r where i = 0", default=0) == 0
    assert count(database, "select i from r where i = 0", default=0) == 0
