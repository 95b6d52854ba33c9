"""The SQL in the documentation does what the pages say: the second copy of a message leaves no second row."""

import re
import sqlite3
from contextlib import closing

import pytest

from tests.docs_blocks import PAGES, ROOT, blocks

SQL = [block for page in PAGES for block in blocks(page) if block.language == "sql"]
GUIDE = ROOT / "docs" / "deduplication.md"
ELSEWHERE = ("MySQL and MariaDB",)
TABLES = """
CREATE TABLE IF NOT EXISTS {name} (
    device TEXT NOT NULL, time INTEGER NOT NULL, seq_number INTEGER, data TEXT,
    PRIMARY KEY (device, time, seq_number)
);
"""


MESSAGE = re.compile(r"\('([0-9A-F]+)', ([0-9]+), ([0-9]+),")
"""A message as a statement has its values: device, time and sequence number."""


def section(block):
    """Give the heading above a block."""
    lines = block.page.read_text(encoding="utf-8").splitlines()[: block.line]
    return next(line.lstrip("# ") for line in reversed(lines) if line.startswith("#"))


@pytest.mark.parametrize("block", SQL, ids=[block.name for block in SQL])
def test_sql_leaves_one_row(block):
    """SQLite takes the statements; run twice, they leave at most one row for each message in a table of messages."""
    if section(block) in ELSEWHERE:
        assert "ON DUPLICATE KEY" in block.text
        pytest.skip("SQLite does not speak MySQL's dialect")
    with closing(sqlite3.connect(":memory:")) as database:
        if block.page != GUIDE:
            for name in ("inbox", "readings", "alarms", "device_state"):
                if f"EXISTS {name}" not in block.text:
                    database.executescript(TABLES.format(name=name))
        database.executescript(block.text)
        database.executescript(block.text)
        for table in ("inbox", "readings"):
            exists = database.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
            if exists:
                messages = max(1, len(set(MESSAGE.findall(block.text))))
                assert database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] <= messages


def test_guide_stores_the_message_once():
    """The guide's statements leave exactly one row of the two copies, in each dialect that SQLite understands."""
    told = [block for block in SQL if block.page == GUIDE and section(block) not in ELSEWHERE]
    assert [section(block) for block in told] == ["PostgreSQL", "SQLite"]
    for block in told:
        with closing(sqlite3.connect(":memory:")) as database:
            database.executescript(block.text + block.text)
            assert database.execute("SELECT count(*) FROM inbox").fetchall() == [(1,)]
