"""Runs `sigcheck verify` against one server of the matrix, as a user with a private authority would."""

import json
from dataclasses import dataclass

from sigcheck.demo.authority import Authority
from tests import warm

LIMIT = 120
EFFECTS = "/effects?device={device}&time={time}&seqNumber={seqNumber}"


@dataclass(frozen=True)
class Verdict:
    """What one run said: its verdict as people read it, the `must` and `should` rules that failed, those undecided."""

    word: str
    exit_code: int
    found: tuple[str, ...]
    undecided: tuple[str, ...]
    examined: tuple[str, ...]
    summaries: dict[str, str]


def verify(authority: Authority, port: int, *options: str) -> Verdict:
    """Verify the receiver on a port of 127.0.0.1, asked for by the name localhost so that SNI is sent."""
    given = [f"https://localhost:{port}/sigfox", "--resolve", f"localhost:{port}:127.0.0.1"]
    given += ["--ca-file", str(authority.ca_file), "--allow-private"]
    given += ["--observe-url", f"https://127.0.0.1:{port}{EFFECTS}", "--observe-pointer", "/count"]
    # Every receiver here has its effect before it answers.
    given += ["--speed", "1000", "--settle", "0.2", "--effects-within", "1"]
    given += ["--allow-undecided=dedup-window", "--format", "json", "--quiet", *options]
    done = warm.run("sigcheck.__main__", ["verify", *given], timeout=LIMIT)
    if done.returncode not in {0, 1, 3}:
        raise AssertionError(f"exit code {done.returncode}: {done.stderr}{done.stdout[-2000:]}")
    report = json.loads(done.stdout)
    results = {result["rule"]: result for result in report["results"]}
    failed = {name: each for name, each in results.items() if each["status"] == "fail" and each["level"] != "note"}
    return Verdict(
        word=report["word"],
        exit_code=report["exit_code"],
        found=tuple(failed),
        undecided=tuple(name for name, each in results.items() if each["status"] == "undecided"),
        examined=tuple(name for name, each in results.items() if each["status"] == "pass"),
        summaries={name: each["summary"] for name, each in results.items() if each["status"] != "skip"},
    )
