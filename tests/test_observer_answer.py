"""What observers answer, as real systems do: numbers however written, arrays, Prometheus text, and what is none."""

import re

import pytest

from sigcheck.errors import UsageProblem
from sigcheck.probes.observer import ObserverFault
from sigcheck.probes.observer_answer import Shape, check_metric, check_pointer, read_answer
from tests.evidence import MESSAGE

METRICS = """# HELP readings_total Readings that were stored.
# TYPE readings_total counter
readings_total{device="A",worker="1"} 2.0
readings_total{device="A",worker="2"} 1
readings_total{device="B"} 7
"""
COUNTER = '# HELP readings Stored.\n \t# TYPE readings counter\nreadings{tenant="x"} 7\n'
VECTOR = '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795000000.5,"3"]}]}}'
NOTHING = '{"status":"success","data":{"resultType":"vector","result":[]}}'


@pytest.mark.parametrize(
    ("text", "shape", "count"),
    [
        ("3", Shape(), 3),
        (" 3\n", Shape(), 3),
        ("007", Shape(), 7),
        ("3.0", Shape(), 3),
        ("\ufeff3\r\n", Shape(), 3),
        ('"3"', Shape(), 3),
        ("[]", Shape(), 0),
        ('[{"id": 1}, {"id": 2}]', Shape(), 2),
        ('{"count": 3}', Shape("/count"), 3),
        ('{"count": "3"}', Shape("/count"), 3),
        ('{"count": 3.0}', Shape("/count"), 3),
        ('{"items": [1, 2]}', Shape("/items"), 2),
        ('{"a": [{"b": 3}]}', Shape("/a/0/b"), 3),
        ('{"a/b": {"~": 3}}', Shape("/a~1b/~0"), 3),
        ('{"": 3}', Shape("/"), 3),
        ("3", Shape(""), 3),
        ("[0, 3]", Shape("/1"), 3),
        (VECTOR, Shape("/data/result/0/value/1"), 3),
        (NOTHING, Shape("/data/result/0/value/1", default=0), 0),
        ('{"n": 3, "id": %s}' % ("7" * 10_000), Shape("/n"), 3),
        ("", Shape(default=0), 0),
        ("null", Shape(default=2), 2),
        ('{"count": null}', Shape("/count", default=0), 0),
        (METRICS, Shape(metric="readings_total"), 10),
        (METRICS, Shape(metric='readings_total{device="A"}'), 3),
        (METRICS, Shape(metric='readings_total{worker="2", device="A"}'), 1),
        (METRICS, Shape(metric='readings_total{device="C"}', default=0), 0),
        ('x{a="1 } {\\" b"} 4', Shape(metric="x"), 4),
        (COUNTER, Shape(metric="readings"), 7),
        (COUNTER, Shape(metric="readings", default=0), 7),
        (COUNTER, Shape(metric='readings{tenant="x"}'), 7),
        (COUNTER, Shape(metric="readings_total", default=0), 0),
    ],
)  # fmt: skip
def test_counts(text, shape, count):
    """A whole number however it is written, an array by its length, series added up, the default for what is absent."""
    assert read_answer(text, shape) == count


@pytest.mark.parametrize(
    ("text", "shape", "says"),
    [
        ("", Shape(), "answered with nothing"),
        ("  \n", Shape(), "nothing instead of a count; if that means no effects, give --observe-default 0"),
        ("three", Shape(), "'three', not a whole number"),
        ("3.5", Shape(), "'3.5', not a whole number"),
        ("1,234", Shape(), "'1,234', not a whole number"),
        ("-1", Shape(), "a count cannot be negative"),
        ('{"count": 3}', Shape(), "name the count with --observe-pointer /count"),
        ('{"data": {"n": "3"}, "items": []}', Shape(), "name the count with --observe-pointer /data/n or /items"),
        ("9" * 5000, Shape(), "the observer's number is too large to be a count"),
        ("9" * 18, Shape(), "too large to be a count"),
        ("-" + "9" * 5000, Shape(), "a count cannot be negative"),
        ('{"count": 1%s}' % ("0" * 10_000), Shape("/count"), "the observer's number is too large to be a count"),
        ('{"count": -1%s}' % ("0" * 10_000), Shape("/count"), "a count cannot be negative"),
        ('{"count": 1e300}', Shape("/count"), "too large to be a count"),
        ("x 1e300", Shape(metric="x"), "too large to be a count"),
        ('{"n": 3, "id": %s}' % ("7" * 10_000), Shape("/total"), "has nothing at /total"),
        ('{"count": true}', Shape("/count"), "not a whole number"),
        ('{"count": null}', Shape("/count"), "is null; if that means no effects, give --observe-default 0"),
        ('{"count": 3.5}', Shape("/count"), "not a whole number"),
        ('{"count": "many"}', Shape("/count"), "not a whole number"),
        ('{"count": {"value": 3}}', Shape("/count"), "name the count with --observe-pointer /count/value"),
        ('{"count": -2}', Shape("/count"), "cannot be negative"),
        ('{"count": -2}', Shape("/count", default=0), "cannot be negative"),
        ('{"count": 3}', Shape("/total"), "has nothing at /total; if that means no effects, give --observe-default 0"),
        ("[1]", Shape("/1"), "has nothing at /1"),
        ("[1]", Shape("/-1"), "has nothing at /-1"),
        ("[1, 2]", Shape("/-"), "has nothing at /-"),
        ("[1, 2]", Shape("/01"), "has nothing at /01"),
        ("3", Shape("/a"), "has nothing at /a"),
        ("<html>", Shape("/a", default=0), "is not JSON"),
        ("[" * 100_000, Shape("/a"), "is not JSON"),
        ('{"count": NaN}', Shape("/count"), "not a whole number"),
        ('{"count": 1e400}', Shape("/count"), "not a whole number"),
        ("count(*)\n3\n", Shape(), "psql -XAtc, mysql -N -B, sqlite3 -noheader"),
        (" count \n-------\n     3\n(1 row)\n", Shape(), "psql -XAtc"),
        ("+----------+\n| count(*) |\n+----------+\n|        3 |\n+----------+", Shape(), "mysql -N -B"),
        (METRICS, Shape(), "name the series with --observe-metric"),
        ("readings_total 3", Shape(), "name the series with --observe-metric"),
        (METRICS, Shape(metric="rows"), "has no series 'rows'; if that means no effects, give --observe-default 0"),
        (COUNTER, Shape(metric="readings_total"), "has no series 'readings_total'; if"),
        (METRICS, Shape(metric="readings"), "has no series 'readings'; if"),
        ("<html>", Shape(metric="x", default=0), "is not Prometheus text"),
        ("x{ 3", Shape(metric="x", default=0), "is not Prometheus text"),
        ("x NaN", Shape(metric="x", default=0), "not a whole number"),
        ("x 0.5", Shape(metric="x", default=0), "not a whole number"),
    ],
    ids=lambda value: None if not isinstance(value, str) or len(value) > 40 else value,
)  # fmt: skip
def test_what_is_no_count(text, shape, says):
    """Text, nothing, negative numbers, tables and places that are empty are named, with what to give instead."""
    with pytest.raises(ObserverFault) as caught:
        read_answer(text, shape)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("given", "meant"),
    [("count", "put a slash before it"), (".count", "write /count"), ("$.count", "write /count"),
     ("$['a/b'][0].n", "write /a~1b/0/n"), ("data[0].count", "write /data/0/count"), ("#/count", "leave it out"),
     ("$", "write /data/0/count for")],
)  # fmt: skip
def test_a_pointer_begins_with_a_slash(given, meant):
    """A pointer in another notation is a usage error before anything is sent, and the right one is named."""
    with pytest.raises(UsageProblem, match=re.escape(meant)):
        check_pointer(given)


@pytest.mark.parametrize("given", ["a b", "sum(x)", "x{", 'x{a="b"', "x{a='b'}", '{a="b"}', 'x{a="b" c="d"}', ""])
def test_a_metric_is_a_series(given):
    """A query is no series."""
    with pytest.raises(UsageProblem, match="does not name a series"):
        check_metric(given)


def test_a_place_may_depend_on_the_message():
    """Pointer and series are templates; what they name is then one message's."""
    assert read_answer('{"516C4EC0": 3}', Shape("/{device}").filled(MESSAGE)) == 3
    assert read_answer('x{d="516C4EC0"} 3', Shape(metric='x{d="{device}"}').filled(MESSAGE)) == 3
    assert Shape("/{device}").per_message
    assert not Shape("/count").per_message
