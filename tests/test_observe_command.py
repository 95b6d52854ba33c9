"""`sigcheck observe` counts once, and proves that an observer can show two effects of a message."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.commandline import PROGRAM, sigcheck
from tests.terminal import read_all, terminal

WHERE = "where device = {device} and time = {time} and seq_number = {seqNumber}"
ROWS = f"select count(*) from readings {WHERE}"
MESSAGE = ("--device", "516C4EC0", "--time", "1795000000", "--seq-number", "7", "--settle", "0.1", "--within", "0.3")
STORE = (
    f"{sys.executable} -c \"import sqlite3; c = sqlite3.connect('FILE'); "
    "c.execute('insert into readings values (?, ?, ?)', ('{device}', {time}, {seqNumber})); c.commit()\""
)


@pytest.fixture
def stored(tmp_path):
    """Give the observer's options for a query, and a command that stores the message, on a table with it once."""

    def options(query=ROWS, key=""):
        path = tmp_path / "readings.db"
        with closing(sqlite3.connect(path)) as made, made:
            made.execute(f"create table readings (device text, time integer, seq_number integer{key})")
            made.execute("insert into readings values ('516C4EC0', 1795000000, 7)")
        observer = ("--observe-sql", f"sqlite:///{path}", "--observe-query", query, *MESSAGE)
        return observer, ("--prove", "--duplicate-command", STORE.replace("FILE", str(path)))

    return options


def test_it_counts_once(stored):
    """The count is told in a sentence, and the code is 0."""
    observer, _ = stored()
    done = sigcheck("observe", *observer)
    assert (done.code, done.out) == (0, "The observer counts 1 effect of this message.\n")


def test_no_count_is_undecided():
    """An observer that fails says why, and the code is 3."""
    done = sigcheck("observe", "--observe-command", "false", "--settle", "0.1")
    assert done.code == 3
    assert done.out == (
        "There is no count: the observer cannot count: the command 'false' exited with code 1. "
        "The question was: false\n"
    )


def test_one_effect_proves_nothing(stored):
    """Without a command the user is told what to do."""
    observer, _ = stored()
    done = sigcheck("observe", *observer, "--prove")
    assert done.code == 3
    assert "counts 1 effect of this message, which proves nothing yet. Store the message once more" in done.out


@pytest.mark.parametrize("query", [ROWS, "select count(*) from readings"], ids=["message", "total"])
def test_a_second_effect_that_shows_proves_it(stored, query):
    """The command stores the message until two effects show, and the code is 0."""
    observer, command = stored(query)
    done = sigcheck("observe", *observer, *command)
    assert done.code == 0
    assert done.out.startswith("The observer is proven: it counted 1 effect of ")
    assert done.out.rstrip().endswith(f"and {2 if query == ROWS else 3} after it.")
    if query == ROWS:
        again = sigcheck("observe", *observer, "--prove")
        assert (again.code, again.out) == (0, "The observer is proven: it counts 2 effects of this message.\n")


def test_a_query_that_cannot_show_two_is_told_without_a_proof(stored):
    """What can be read off the query needs no row."""
    observer, command = stored(f"select exists (select 1 from readings {WHERE})")
    done = sigcheck("observe", *observer, *command)
    assert (done.code, "its query can only return 0 or 1" in done.out) == (1, True)


def test_an_observer_of_distinct_keys_is_found_out(stored):
    """An observer that counts keys, whatever it is, stays at one after the command has stored a second row."""
    (_, url, _, _, *message), command = stored()
    path = url.removeprefix("sqlite:///")
    keys = "select count(*) from (select distinct device from readings where time = {time})"
    ask = f"{sys.executable} -c \"import sqlite3; print(sqlite3.connect('{path}').execute('{keys}').fetchone()[0])\""
    done = sigcheck("observe", "--observe-command", ask, *message, *command)
    assert done.code == 1
    assert "ran once without an error, and the count still was 1 after 0.3 s" in done.out


def test_a_unique_key_leaves_nothing_to_prove(stored):
    """The command's failure is told, with what it may mean."""
    observer, command = stored(key=", primary key (device, time, seq_number)")
    done = sigcheck("observe", *observer, *command)
    assert done.code == 3
    assert done.out.startswith("Nothing is proven: the command")
    assert "a unique key" in done.out


def on_a_terminal(columns, *arguments):
    """Run the command on a terminal of so many columns; gives its lines."""
    ours, theirs = terminal(columns, 24)
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    subprocess.run([*PROGRAM, *map(str, arguments)], stdout=theirs, timeout=60, check=False, env=environment)
    os.close(theirs)
    said = read_all(ours).decode()
    return said.split("\r\n")[:-1]


def test_on_a_terminal_it_is_folded_between_words(stored):
    """At 60 columns no line is longer, and no word is cut."""
    observer, _ = stored()
    lines = on_a_terminal(60, "observe", *observer, "--prove")
    assert max(map(len, lines)) <= 60
    assert " ".join(lines).startswith("The observer counts 1 effect of this message, which proves nothing yet.")
