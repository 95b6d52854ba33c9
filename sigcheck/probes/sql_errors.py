"""Says what a database's refusal of an observer's query means, and which cast mends it."""

import re

_LONGEST = 200
"""Characters of a database's own text that are shown."""

_BEHIND = re.compile(r" (?:HINT|CONTEXT|LINE \d+): ?.*")
"""What PostgreSQL says beyond the error: its advice, and the query, which the user knows."""

_NO_OPERATOR = re.compile(r"operator does not exist: (.+?) [=<>!~]+ (smallint|integer|bigint)\b")
_NO_NUMBER = re.compile(
    r'invalid input syntax for (?:type )?(?:integer|bigint|smallint|numeric|double precision|real): "'
)
_NO_TIME = re.compile(r"date/time field value out of range|invalid input syntax for type (?:timestamp|date|time)\b")
_TEXT = ("text", "character varying", "character", "citext", "name")
_TIMES = ("timestamp", "date", "time")


def refusal(text: str) -> str:
    """Give one line for what a database said, with the mend where one is known."""
    line = " ".join(text.split())
    # The sentence goes on behind it.
    return f"{_BEHIND.sub('', line)[:_LONGEST].rstrip(' .?!;')}{_mend(line)}"


def _mend(line: str) -> str:
    if (found := _NO_OPERATOR.search(line)) is not None:
        # Only two placeholders are numbers, and a sequence number is a small one.
        name = "{seqNumber}" if found[2] == "smallint" else "{time}"
        if found[1].startswith(_TIMES):
            return _time(name)
        if found[1] in _TEXT:
            return f"; the column holds text: write {name}::text"
        return f"; compare them as text: column::text = {name}::text"
    if _NO_TIME.search(line) is not None:
        return _time("{time}")
    if _NO_NUMBER.search(line) is not None:
        return (
            "; the column holds numbers, and {device} and {data} are hexadecimal text: if it holds the device's id as "
            "a number, write ('x' || lpad({device}, 8, '0'))::bit(32)::bigint"
        )
    if "unrecognized token" in line and '":"' in line:
        return "; SQLite has no ::, write cast({time} as text)"
    if re.search(r'relation "[^"]*" does not exist', line) is not None:
        return "; if the table is in another schema, write schema.table"
    return ""


def _time(name: str) -> str:
    if name == "{time}":
        return "; the column holds times, and {time} is a number of seconds: write to_timestamp({time})"
    return f"; the column holds times, and {name} is not one"
