"""The baseline: a TOML file of failures that are expected, each with a reason."""

import tomllib
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from sigcheck.config.keys import quoted
from sigcheck.config.toml_lines import array_lines
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input
from sigcheck.judge import see_names
from sigcheck.model.report import Expectation
from sigcheck.model.rule import FAMILIES
from sigcheck.rules import RULES

LARGEST = 1 << 20
"""Bytes of a baseline: thousands of entries."""

KEYS = ("rule", "target", "reason", "until")
OBSERVER = "dedup-observer"
"""The rule that tells of a broken observer: no baseline excuses that."""

FIX = "write [[expected]] with a rule and a reason for each failure"


def read_baseline(path: str) -> tuple[Expectation, ...]:
    """Read a baseline; raises UsageProblem, with the line, for the first entry that cannot be used."""
    raw = read_input(path, what="baseline", fix="give --baseline a TOML file", limit=LARGEST)
    try:
        text = raw.decode("utf-8-sig")
        whole = tomllib.loads(text)
    except UnicodeDecodeError:
        raise UsageProblem(f"baseline {path} is not UTF-8", FIX) from None
    except RecursionError:
        raise UsageProblem(f"baseline {path} is nested too deeply", FIX) from None
    except ValueError as error:  # tomllib's own, or a number of thousands of digits
        raise UsageProblem(f"baseline {path} is not TOML ({error})", FIX) from None
    for name in whole:
        if name != "expected":
            raise UsageProblem(f"baseline {path} has the key {quoted(name)}, which means nothing there", FIX)
    entries = whole.get("expected", [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise UsageProblem(f"baseline {path} has no entries, because expected is not an array of tables", FIX)
    lines = array_lines(text, ("expected",))
    # Entries of an inline array stand on whatever lines they like.
    places = [f"{path}:{line}" for line in lines] if len(lines) == len(entries) else [path] * len(entries)
    found: dict[tuple[str, str], Expectation] = {}
    for place, entry in zip(places, entries, strict=True):
        read = _entry(entry, place)
        if (first := found.get((read.rule, read.target))) is not None:
            raise UsageProblem(f"{place}: this failure is expected twice, first at {first.where}", "leave one out")
        found[read.rule, read.target] = read
    return tuple(found.values())


def _entry(entry: dict[str, Any], place: str) -> Expectation:
    for key in entry:
        if key not in KEYS:
            close = get_close_matches(key, KEYS, n=1)
            fix = f"did you mean {close[0]}?" if close else f"an entry has {', '.join(KEYS)}"
            raise UsageProblem(f"{place}: an entry has no key {quoted(key)}", fix)
    for key in ("rule", "reason"):
        if key not in entry:
            raise UsageProblem(f"{place}: the entry has no {key}", f'write {key} = "…"')
    for key in ("rule", "target", "reason"):
        if key in entry and not (isinstance(entry[key], str) and entry[key].strip()):
            raise UsageProblem(f"{place}: {key} must be a text that is not empty", f'write {key} = "…"')
    rule, until = entry["rule"], entry.get("until")
    if rule in FAMILIES:
        raise UsageProblem(f"{place}: {rule} is a family", "name each rule that is expected to fail")
    see_names(RULES, [rule], f"{place}: rule")
    if rule == OBSERVER:
        raise UsageProblem(f"{place}: no baseline can expect {OBSERVER} to fail", "fix the observer")
    if until is not None and (not isinstance(until, date) or isinstance(until, datetime)):
        raise UsageProblem(f"{place}: until must be a date", "write until = 2026-12-31, without quotes")
    return Expectation(rule, entry["reason"].strip(), place, entry.get("target", ""), until)
