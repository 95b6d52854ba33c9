"""A shell on a terminal, in which somebody types and presses the tab key."""

import os
import select
import subprocess
import time
from contextlib import contextmanager

from tests.terminal import terminal

START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
PREPARE = {
    "bash": "bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; source {script}",
    "zsh": "unsetopt beep zle_bracketed_paste; autoload -U compinit; compinit -D -u; source {script}",
}
PATIENCE = 30.0


class Shell:
    """`type` writes as a person does; `until` gives what was shown up to a text."""

    def __init__(self, leader):
        self._leader = leader
        self._shown = ""

    def type(self, text):
        """Press keys."""
        os.write(self._leader, text.encode())

    def until(self, text):
        """Read until `text` is shown, and forget what was shown up to there; fails with what was shown instead."""
        give_up = time.monotonic() + PATIENCE
        while text not in self._shown:
            ready, _, _ = select.select([self._leader], [], [], max(0, give_up - time.monotonic()))
            assert ready, f"{text!r} was not shown, but {self._shown!r}"
            self._shown += os.read(self._leader, 65536).decode("utf-8", "replace")
        before, _, self._shown = self._shown.partition(text)
        return before


@contextmanager
def shell(name, script, folder, path):
    """Start a shell in a folder, with the script of its completion read; `path` is where it finds sigcheck."""
    leader, follower = terminal(columns=200, lines=60)
    environment = {
        "HOME": str(folder), "PATH": f"{path}{os.pathsep}{os.environ['PATH']}", "TERM": "xterm", "LC_ALL": "C.UTF-8",
        "PS1": "$ ",
    }  # fmt: skip
    process = subprocess.Popen(
        START[name],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    os.close(follower)
    try:
        opened = Shell(leader)
        opened.type(PREPARE[name].format(script=script) + "; printf 'RE''ADY\\n'\r")
        opened.until("READY\r\n")
        yield opened
    finally:
        process.kill()
        process.wait()
        os.close(leader)
