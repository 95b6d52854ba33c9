"""Which name leads to which endpoint, and which endpoints are broken how: drawn by a seed, so a test knows it."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from random import Random
from typing import Literal

DOMAIN = "fleet.test"
SHARE = 0.03
ENDPOINTS = 200
EACH_WAY = 2
"""Endpoints that are broken in one way."""

TLS_WAYS = {
    "expired": "tls-expired",
    "not-yet-valid": "tls-not-yet-valid",
    "self-signed": "tls-self-signed",
    "untrusted-root": "tls-untrusted-root",
    "missing-intermediate": "tls-chain-incomplete",
    "name-mismatch": "tls-name-mismatch",
    "port-closed": "reach-refused",
    "silent": "tls-handshake-failed",
    "handshake-refused": "tls-handshake-failed",
    "plain-http": "tls-handshake-failed",
    "old-protocol": "tls-protocol-old",
    "wrong-key": "tls-handshake-failed",
}
"""Way of being broken that one connection shows → the rule that names it."""

UNDECIDED_BY_SCAN = ("handshake-refused",)
"""Ways that a scan names, and does not call a failure: it has tried one client, and another one may be served."""

ANSWER_WAYS = {
    "answers-500": "response-not-2xx",
    "redirects": "response-redirect",
    "answers-late": "deadline-exceeded",
    "keeps-duplicates": "dedup-duplicate",
}
"""Way of being broken that only messages show → the rule that names it."""

RULES = TLS_WAYS | ANSWER_WAYS
KINDS = ("p256", "rsa2048", "p384")
LENGTHS = (2, 1, 3)
VERSIONS: tuple[Literal["both", "1.2", "1.3"], ...] = ("both", "1.2", "1.3")
STYLES = ("nginx", "apache", "haproxy", "asyncio")
SHAPES = tuple(product(VERSIONS, LENGTHS, KINDS, STYLES))
"""What healthy endpoints are made of: versions of TLS, certificates sent, kind of key, who answers. nginx is real."""


@dataclass(frozen=True)
class Endpoint:
    """One listener. `way` is "" for a healthy one; `length` is how many certificates it sends."""

    number: int
    way: str
    versions: Literal["both", "1.2", "1.3"]
    length: int
    kind: str
    style: str

    @property
    def address(self) -> str:
        """Give its loopback address, which no other endpoint has."""
        return f"127.1.{self.number // 250}.{self.number % 250 + 1}"

    @property
    def real_nginx(self) -> bool:
        """Whether nginx serves it."""
        return not self.way and self.style == "nginx"


@dataclass(frozen=True)
class Place:
    """One name, and the endpoint behind it."""

    name: str
    endpoint: Endpoint

    @property
    def host(self) -> str:
        """Give its host name."""
        return f"{self.name}.{DOMAIN}"

    @property
    def rule(self) -> str:
        """Give the rule that must name it, "" where none may."""
        return RULES[self.endpoint.way] if self.endpoint.way else ""


@dataclass(frozen=True)
class Plan:
    """Endpoints and names; the same arguments make the same plan."""

    targets: int
    seed: int = 1
    share: float = SHARE
    ways: tuple[str, ...] = tuple(TLS_WAYS)
    count: int = ENDPOINTS

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Give the endpoints, those that are broken first."""
        broken = [way for way in self.ways for _ in range(EACH_WAY)]
        ways = [*broken, *[""] * (self.count - len(broken))]
        order = list(SHAPES)
        self._random("shapes").shuffle(order)
        return tuple(Endpoint(number, way, *order[number % len(order)]) for number, way in enumerate(ways))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Give the names; each way of being broken has as many as any other, or one less."""
        draw = self._random("places")
        healthy = [each for each in self.endpoints if not each.way]
        by_way = {way: [each for each in self.endpoints if each.way == way] for way in self.ways}
        broken = draw.sample(range(self.targets), round(self.targets * self.share)) if self.ways else []
        ways = {number: self.ways[turn % len(self.ways)] for turn, number in enumerate(broken)}
        return tuple(
            Place(f"t{number + 1:04}", draw.choice(by_way[ways[number]] if number in ways else healthy))
            for number in range(self.targets)
        )

    @property
    def broken(self) -> dict[str, str]:
        """Give the name of each broken target → the rule that must name it."""
        return {each.name: each.rule for each in self.places if each.rule}

    def _random(self, what: str) -> Random:
        return Random(f"{self.seed} {what}")
