"""The receiver itself, without a framework: a body comes in, effects and an answer come out."""

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Mapping

from tests.fleet.design import Design
from tests.fleet.habits import Habits, Memory, Reply
from tests.fleet.store import Transaction, Uplink, open_store

COLUMNS = {"device": "device", "time": "time", "seqNumber": "seq_number"}


class Receiver:
    """One process of a receiver. `start` runs its worker, where the design has one."""

    def __init__(self, design: Design, database: str) -> None:
        self.design = design
        self._store = open_store(database)
        self._memory = Memory(design)
        self._habits = Habits(design)
        self._queued = threading.Event()

    def create(self) -> None:
        """Make the tables: once, before any process serves."""
        self._store.create()

    def start(self) -> None:
        if self.design.acknowledge != "after-effect":
            threading.Thread(target=self._work, daemon=True).start()

    def receive(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Take one delivery, work included; headers have lower-case names."""
        if limited := self._habits.proxy_limit():
            return limited
        uplink = read_uplink(body, unauthenticated=self.design.unauthenticated)
        if uplink is None:
            return Reply(400)
        if refused := self._habits.refusal(uplink):
            return refused
        key = self.key(uplink, body)
        if (self.design.device_pace is not None and not self._known(key)) and (
            limited := self._habits.device_limit(uplink.device)
        ):
            return limited
        if self._habits.asleep():
            return Reply(self.design.first_status)
        if not self.design.locked:
            return self._take(key, uplink, headers)
        if not self._habits.busy.acquire(blocking=False):
            return Reply(500, b'{"error":"database is locked"}')
        try:
            return self._take(key, uplink, headers)
        finally:
            self._habits.busy.release()

    def _known(self, key: str) -> bool:
        """Whether a receiver with a key has had this message."""
        if self.design.dedup == "none":
            return False
        with self._store.counted() as transaction:
            return transaction.execute("SELECT 1 FROM seen WHERE key = %s", (key,)).fetchone() is not None

    def _take(self, key: str, uplink: Uplink, headers: Mapping[str, str]) -> Reply:
        """Take what was not refused."""
        if self.design.count_attempts:
            with self._store.transaction() as transaction:
                insert(transaction, "attempts", uplink)
        if headers.get("x-fail") == "1":
            if self.design.failed_is_done:
                self.mark(key)
            return Reply(500)
        if self.design.acknowledge == "after-queue":
            new = self._queue(key, uplink, checked=False)
        elif self.design.acknowledge == "after-inbox":
            new = self._queue(key, uplink, checked=True)
        else:
            new = self._apply(key, uplink)
        return self.reply(uplink, new=new)

    def key(self, uplink: Uplink, body: bytes) -> str:
        parts = {
            "device": uplink.device,
            "time": str(uplink.time),
            "seqNumber": str(uplink.seq_number),
            "data": uplink.data,
            "body": hashlib.sha256(body).hexdigest(),
        }
        return "|".join(parts[name] for name in self.design.key)

    def reply(self, uplink: Uplink, *, new: bool) -> Reply:
        design = self.design
        status = design.first_status if new or design.duplicate_status is None else design.duplicate_status
        if design.answer == "empty":
            return Reply(status)
        if design.answer in {"downlink", "random-downlink"}:
            steady = hashlib.sha256(repr(uplink).encode()).hexdigest()[:16]
            downlink = steady if design.answer == "downlink" else secrets.token_hex(8)
            return Reply(status, json.dumps({uplink.device: {"downlinkData": downlink}}).encode())
        told = {"duplicate": not new} if design.answer == "says-duplicate" else {"ok": True}
        return Reply(status, json.dumps(told).encode())

    def mark(self, key: str) -> bool:
        """Mark `key` as seen in a transaction of its own; True where it was new."""
        with self._store.transaction() as transaction:
            return new_key(transaction, key)

    def effect(self, uplink: Uplink) -> None:
        with self._store.transaction() as transaction:
            insert(transaction, "effects", uplink)

    def effect_once(self, key: str, uplink: Uplink) -> bool:
        """Mark and effect in one transaction; True where it was new."""
        with self._store.transaction() as transaction:
            new = new_key(transaction, key)
            if new:
                insert(transaction, "effects", uplink)
        return new

    def count(self, query: Mapping[str, str]) -> int:
        """Count the effects, of one message where the query names it; with `distinct`, the keys of them."""
        given = {column: query[name] for name, column in COLUMNS.items() if name in query}
        where = " AND ".join(f"{column} = %s" for column in given) or "1 = 1"
        values = tuple(value if column == "device" else int(value) for column, value in given.items())
        with self._store.counted() as transaction:
            rows = (
                "readings" if "distinct" not in query else "(SELECT DISTINCT device, time, seq_number FROM readings) r"
            )
            (count,) = transaction.execute(f"SELECT count(*) FROM {rows} WHERE {where}", values).fetchone()
        return int(count)

    def _apply(self, key: str, uplink: Uplink) -> bool:
        """Work, then have the effect, as often as the design lets it; True where it was had."""
        design = self.design
        match design.dedup:
            case "memory":
                new = self._memory.meet(key, uplink.device)
                if new:
                    time.sleep(design.work)
                    self.effect(uplink)
                return new
            case "check-then-insert":
                with self._store.counted() as transaction:
                    known = transaction.execute("SELECT 1 FROM seen WHERE key = %s", (key,)).fetchone()
                if known:
                    return False
                time.sleep(design.race_window + design.work)
                with self._store.transaction() as transaction:
                    new_key(transaction, key)
                    insert(transaction, "effects", uplink)
                return True
        time.sleep(design.work)
        with self._store.transaction() as transaction:
            match design.dedup:
                case "unique-key":
                    new = new_key(transaction, key)
                case "none":
                    new = True
                case "newest-only":
                    new = follows(transaction, uplink, "time")
                case "highest-counter-only":
                    new = follows(transaction, uplink, "seq_number")
                case "twin":
                    transaction.execute("DELETE FROM effects WHERE device = %s", (uplink.device,))
                    insert(transaction, "effects", uplink)
                    return True
                case "latest-by-arrival":
                    new = changes_state(transaction, uplink)
                case "upsert":
                    transaction.execute(
                        "INSERT INTO keyed (key, device, time, seq_number, data) VALUES (%s, %s, %s, %s, %s)"
                        " ON CONFLICT (key) DO UPDATE SET data = excluded.data",
                        (key, *uplink),
                    )
                    return True
            for _ in range(design.rows if new else 0):
                insert(transaction, "effects", uplink)
        return new

    def _queue(self, key: str, uplink: Uplink, *, checked: bool) -> bool:
        """Store the jobs of a message, unless it is checked and known."""
        with self._store.transaction() as transaction:
            new = not checked or self.design.dedup == "none" or new_key(transaction, key)
            if new:
                for delay in self.design.jobs:
                    transaction.execute(
                        "INSERT INTO jobs (due, key, device, time, seq_number, data) VALUES (%s, %s, %s, %s, %s, %s)",
                        (time.time() + delay, key, *uplink),
                    )
        self._queued.set()
        return new

    def _work(self) -> None:
        while True:
            # The job may be another process's, or not yet due: look again soon.
            self._queued.wait(0.05)
            self._queued.clear()
            while self._do_next_job():
                pass

    def _do_next_job(self) -> bool:
        with self._store.transaction() as transaction:
            row = transaction.execute(
                "SELECT id, key, device, time, seq_number, data FROM jobs WHERE due <= %s ORDER BY id LIMIT 1",
                (time.time(),),
            ).fetchone()
            if row is None:
                return False
            number, key, *uplink = row
            # Taken first: another process that has found the same row waits here, and then finds it gone.
            if transaction.execute("DELETE FROM jobs WHERE id = %s", (number,)).rowcount == 0:
                return True
            if self.design.acknowledge == "after-inbox" or self.design.dedup == "none" or new_key(transaction, key):
                insert(transaction, "effects", Uplink(*uplink))
        return True


def read_uplink(body: bytes, *, unauthenticated: bool = False) -> Uplink | None:
    """Find the uplink in a JSON body, or None; a bare one has neither time nor seqNumber."""
    try:
        fields = json.loads(body)
        fields |= {"time": 0, "seqNumber": 0} if unauthenticated else {}
        return Uplink(str(fields["device"]), int(fields["time"]), int(fields["seqNumber"]), str(fields["data"]))
    except (ValueError, TypeError, KeyError):
        return None


def insert(transaction: Transaction, table: str, uplink: Uplink) -> None:
    """Add the uplink to one of TABLES."""
    transaction.execute(f"INSERT INTO {table} (device, time, seq_number, data) VALUES (%s, %s, %s, %s)", tuple(uplink))


def new_key(transaction: Transaction, key: str) -> bool:
    """Insert a key; True where it was not there."""
    return bool(transaction.execute("INSERT INTO seen VALUES (%s) ON CONFLICT DO NOTHING", (key,)).rowcount == 1)


def follows(transaction: Transaction, uplink: Uplink, column: str) -> bool:
    """Make the message the last of its device, if its `column` is higher; True where it was."""
    return bool(
        transaction.execute(
            "INSERT INTO latest AS known VALUES (%s, %s, %s, %s) ON CONFLICT (device) DO UPDATE"
            " SET time = excluded.time, seq_number = excluded.seq_number, data = excluded.data"
            f" WHERE known.{column} < excluded.{column}",
            tuple(uplink),
        ).rowcount
        == 1
    )


def changes_state(transaction: Transaction, uplink: Uplink) -> bool:
    """Make the message the state of its device; True where the state was another."""
    return bool(
        transaction.execute(
            "INSERT INTO latest AS known VALUES (%s, %s, %s, %s) ON CONFLICT (device) DO UPDATE"
            " SET time = excluded.time, seq_number = excluded.seq_number, data = excluded.data"
            " WHERE (known.time, known.seq_number) <> (excluded.time, excluded.seq_number)",
            tuple(uplink),
        ).rowcount
        == 1
    )
