"""The database of a fleet receiver: SQLite or PostgreSQL behind the same few statements."""

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple, Protocol


class Uplink(NamedTuple):
    """One uplink as the callback carries it."""

    device: str
    time: int
    seq_number: int
    data: str


# `seen` holds keys, `keyed` effects under their key, `effects` all others, `jobs` work to be done.
# `readings` is what an observer may look at, as in the examples.
TABLES = (
    "CREATE TABLE IF NOT EXISTS seen (key text PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS keyed (key text PRIMARY KEY, device text, time bigint, seq_number bigint, data text)",
    "CREATE TABLE IF NOT EXISTS effects (device text, time bigint, seq_number bigint, data text)",
    "CREATE TABLE IF NOT EXISTS latest (device text PRIMARY KEY, time bigint, seq_number bigint, data text)",
    "CREATE TABLE IF NOT EXISTS attempts (device text, time bigint, seq_number bigint, data text)",
    """CREATE TABLE IF NOT EXISTS jobs
       (id {serial}, due double precision, key text, device text, time bigint, seq_number bigint, data text)""",
    """CREATE VIEW readings AS SELECT device, time, seq_number, data FROM effects
       UNION ALL SELECT device, time, seq_number, data FROM keyed""",
)


class Transaction(Protocol):
    """An open transaction, committed when its block is left without an error."""

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> Any:
        """Run a statement with %s for each value; returns a cursor."""


class Kept(ABC):
    """A database of which each thread keeps a connection: nothing is open in it between two transactions."""

    def __init__(self) -> None:
        self._kept = threading.local()

    @property
    def _connection(self) -> Any:
        if not hasattr(self._kept, "connection"):
            self._kept.connection = self._connect()
        return self._kept.connection

    @abstractmethod
    def _connect(self) -> Any:
        """Open a connection."""


class Sqlite(Kept):
    """A SQLite file."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def _connect(self) -> sqlite3.Connection:
        # A writer waits for its turn longer than a race of many may take.
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    def create(self) -> None:
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'readings'").fetchone():
                for statement in TABLES:
                    connection.execute(statement.format(serial="INTEGER PRIMARY KEY"))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield _Question(connection)

    @contextmanager
    def counted(self) -> Iterator[Transaction]:
        yield _Question(self._connection)


class _Question:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> Any:
        return self._connection.execute(statement.replace("%s", "?"), values)


class Postgres(Kept):
    """A PostgreSQL schema, named by the search path in the URL."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def _connect(self) -> Any:
        import psycopg

        return psycopg.connect(self._url, autocommit=True)

    def create(self) -> None:
        with self.transaction() as transaction:
            if transaction.execute("SELECT to_regclass('readings')").fetchone()[0] is None:
                for statement in TABLES:
                    transaction.execute(statement.format(serial="serial PRIMARY KEY"))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._connection.transaction():
            yield self._connection

    counted = transaction


def open_store(url: str) -> Sqlite | Postgres:
    """`sqlite:////path` or `postgresql://…`."""
    return Sqlite(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else Postgres(url)
