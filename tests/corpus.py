"""Named chains, each with one defect (or none), for pure tests and for handshakes with real clients.

Expectations are written by hand. `rules` names the failing rules with their levels; `refused` the families of
clients that refuse; `explained` says why a real client may differ from the family that stands for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests import pki


@dataclass(frozen=True)
class Case:
    """One case: how to make the chain, and what is expected of it."""

    id: str
    make: Callable[[datetime], pki.Chain]
    rules: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    """The families that refuse, of "o" (OpenSSL), "j" (JDK) and "s" (strict)."""
    explained: Mapping[str, str] = field(default_factory=dict)
    about: str = ""


CASES: dict[str, Case] = {}


def case(identifier: str, rules: str = "", refused: str = "", *, about: str = "", **explained: str):
    """Register a case. `rules` is written "tls-expired:must tls-name-mismatch:should"."""

    def register(make: Callable[[datetime], pki.Chain]) -> Callable[[datetime], pki.Chain]:
        if identifier in CASES:
            raise ValueError(f"two cases are called {identifier}")
        wanted = dict(rule.split(":") for rule in rules.split())
        text = about or (make.__doc__ or "").strip()
        CASES[identifier] = Case(identifier, make, wanted, refused, explained, text)
        return make

    return register


def simple(
    identifier: str, rules: str = "", refused: str = "", *, about: str, why: Mapping[str, str] | None = None, **fields
):
    """Register a case that `pki.chain` makes from keywords alone."""
    case(identifier, rules, refused, about=about, **(why or {}))(lambda now: pki.chain(now=now, **fields))


def cases() -> list[Case]:
    """Give all cases, in the order in which they were written."""
    from tests import (  # noqa: F401 - importing registers the cases
        corpus_chains,
        corpus_gaps,
        corpus_leaves,
        corpus_names,
        corpus_paths,
        corpus_profiles,
        corpus_staples,
    )

    return list(CASES.values())
