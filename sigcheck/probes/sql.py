"""Counts effects in a database: SQLite with the standard library, PostgreSQL with the extra `sigcheck[postgresql]`.

The query's placeholders become bound parameters, never text; the connection can only read.
"""

import asyncio
import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

from sigcheck.callback import PLACEHOLDERS, check_spelling, tells_messages
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.model.effects import ObserverFacts
from sigcheck.probes.blocking import on_a_thread
from sigcheck.probes.observer import ASK_LIMIT, ObserverFault
from sigcheck.probes.observer_answer import Shape, as_count
from sigcheck.probes.pace import Pace
from sigcheck.probes.sql_errors import refusal
from sigcheck.probes.sql_reading import at_most_one
from sigcheck.redaction.disarm import disarm
from sigcheck.redaction.hide import hide
from sigcheck.redaction.redact import redact_url
from sigcheck.redaction.secrets_of import secrets_of_url

STEPS = 100_000
"""Instructions of SQLite's machine between two looks at whether its answer is still waited for: some milliseconds."""

_PLACEHOLDER = re.compile(r"(')?\{(" + "|".join(PLACEHOLDERS) + r")\}(?(1)')")
_LITERAL = re.compile(r"'(?:[^']|'')*'")


class Connection(Protocol):
    """What both databases' connections offer."""

    def execute(self, query: Any, parameters: Any = ..., /) -> Any:
        """Run a query and give its cursor."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class SqlObserver:
    """Runs a query whose first value is the count. `url` is sqlite:///FILE or postgresql://….

    A quoted placeholder ('{time}') is taken with its quotes, and bound as text, as it would be in the query.
    """

    def __init__(
        self,
        url: str,
        query: str,
        wait: float,
        default: int | None = None,
        pace: Pace | None = None,
        folder: str = "",
    ) -> None:
        try:
            scheme = urlsplit(url).scheme
        except ValueError as error:
            raise UsageProblem(
                f"--observe-sql cannot be parsed ({redact_url(hide(str(error)))})",
                "give sqlite:///FILE or postgresql://user@host/database",
            ) from None
        check_spelling("--observe-query", query)
        _check_literals(query)
        self._bound = tuple((name, bool(quote)) for quote, name in _PLACEHOLDER.findall(query))
        self._shape = Shape(default=default)
        self.pace = pace or Pace()
        if scheme == "sqlite":
            self._connect: Callable[[Event], Connection] = _sqlite(url, folder)
            self._query = _PLACEHOLDER.sub("?", query)
        elif scheme in {"postgresql", "postgres"}:
            self._connect = _postgresql(url)
            self._query = _PLACEHOLDER.sub("%s", query.replace("%", "%%"))
        else:
            raise UsageProblem(
                "--observe-sql does not have the scheme of a database",
                "give sqlite:///FILE or postgresql://user@host/database",
            )
        if not query.strip():
            raise UsageProblem("--observe-query is empty", "give a query such as 'select count(*) from readings'")
        self._lock = asyncio.Lock()
        dialect = "sqlite" if scheme == "sqlite" else "postgres"
        told = tells_messages(query)
        once = at_most_one(query, dialect) if self._bound else None
        self.facts = ObserverFacts("sql", bool(self._bound), wait, once, of_device=bool(self._bound) and not told)
        self.secrets = secrets_of_url(url)
        self.asks = disarm(hide(query))

    async def __call__(self, message: Message) -> int:
        """Ask once, on a thread: a database that hangs must hold up neither a delivery nor the end of the run."""
        abandoned = Event()
        async with self._lock:
            try:
                return await asyncio.wait_for(
                    on_a_thread(lambda: self._ask(message, abandoned), "observer's query"), ASK_LIMIT
                )
            except TimeoutError:
                raise ObserverFault(f"the observer's database did not answer within {ASK_LIMIT:g} s") from None
            finally:
                abandoned.set()

    def _ask(self, message: Message, abandoned: Event) -> int:
        values: dict[str, str | int] = {
            "device": message.device,
            "time": message.time,
            "seqNumber": message.seq_number,
            "data": message.data,
        }
        try:
            connection = self._connect(abandoned)
            try:
                parameters = [str(values[name]) if text else values[name] for name, text in self._bound]
                row = connection.execute(self._query, parameters).fetchone()
            finally:
                connection.close()
        except Exception as error:  # noqa: BLE001 - two drivers, each with a tree of its own; all mean the same here
            raise ObserverFault(
                f"the observer's query failed: {refusal(hide(str(error)) or type(error).__name__)}"
            ) from None
        if not row:
            return self._shape.absent("the observer's query returned no row; let it count: select count(*) …")
        return as_count(row[0], self._shape)


def _check_literals(query: str) -> None:
    """See that no placeholder stands inside a longer literal, where no parameter can; raises UsageProblem."""
    for literal in _LITERAL.findall(query):
        found = _PLACEHOLDER.search(literal)
        if found is not None and found[0] != literal:
            raise UsageProblem(
                f"--observe-query has {{{found[2]}}} inside a longer text, where a parameter is not possible",
                f"join the parts, such as 'id-' || {{{found[2]}}}",
            )


def _sqlite(url: str, folder: str) -> Callable[[Event], Connection]:
    path = unquote(urlsplit(url).path.removeprefix("/"))
    if not path:
        raise UsageProblem(
            "--observe-sql does not name a file", "write sqlite:///readings.db, or sqlite:////absolute/path"
        )
    path = os.path.join(folder, path)  # noqa: PTH118 - a text that is shown: no ./ is taken away from it
    try:
        found = Path(path).is_file()
    except OSError as error:
        raise UsageProblem(
            f"--observe-sql: {path!r} cannot be opened ({error.strerror})", "give the receiver's database"
        ) from None
    if not found:
        raise UsageProblem(f"--observe-sql: there is no file {path!r}", "give the receiver's database")

    def connect(abandoned: Event) -> Connection:
        # Read only: an observer that creates or changes what it observes proves nothing.
        connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=ASK_LIMIT / 2)
        # SQLite works in this process: a query that nobody waits for any more is broken off.
        connection.set_progress_handler(abandoned.is_set, STEPS)
        return connection

    return connect


def _postgresql(url: str) -> Callable[[Event], Connection]:
    try:
        import psycopg
    except ImportError:
        raise UsageProblem(
            "--observe-sql postgresql:// needs psycopg", "install it: pip install 'sigcheck[postgresql]'"
        ) from None

    def connect(_abandoned: Event) -> Connection:
        connection = psycopg.connect(url, connect_timeout=int(ASK_LIMIT / 2), autocommit=True)
        # Set here, not in the connection's options: the URL may have options of its own.
        connection.execute("set session characteristics as transaction read only")
        connection.execute(f"set statement_timeout = {int(ASK_LIMIT * 1000 / 2)}")
        return connection

    return connect
