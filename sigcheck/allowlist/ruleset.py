"""The form every reader produces.

Chains of rules, each a condition on a packet and what happens when it holds.

A condition that cannot be understood is `Opaque`, and keeps its reason; nobody downstream has to guess.
"""

from typing import Literal

from msgspec import Struct

from sigcheck.allowlist.addresses import ALL, Addresses

PortRange = tuple[int, int]
End = Literal["source", "destination"]
Hook = Literal["ingress", "prerouting", "input", "forward", "output", "postrouting"]

CREDENTIALS = "a user name and a password are required as well: the callback must send them in an Authorization header"

ANY_PORT: tuple[PortRange, ...] = ((0, 65535),)


class Line(Struct, frozen=True):
    """Where a rule stands: a line number for text, or a `place` (chain and handle, JSON pointer) for JSON."""

    file: str
    number: int | None = None
    place: str = ""
    text: str = ""

    @property
    def where(self) -> str:
        """The position in one word or two: `rules.v4:12`, or `nft.json: inet filter input, handle 7`."""
        if self.number is not None:
            return f"{self.file}:{self.number}"
        return f"{self.file}: {self.place}" if self.place not in {"", self.file} else self.file


class Where(Struct, frozen=True, tag=True):
    """One end of the packet has one of these addresses."""

    end: End
    addresses: Addresses


class Ports(Struct, frozen=True, tag=True):
    """One end of the packet has a port within these inclusive ranges."""

    end: End
    ranges: tuple[PortRange, ...]


class Protocol(Struct, frozen=True, tag=True):
    """The packet carries one of these protocols: lower case names, or "all"."""

    names: tuple[str, ...]


class State(Struct, frozen=True, tag=True):
    """Connection tracking says one of these of the packet: new, established, related, invalid, untracked."""

    names: tuple[str, ...]


class Flags(Struct, frozen=True, tag=True):
    """Of the TCP flags in `mask`, exactly those in `set` are set."""

    mask: tuple[str, ...]
    set: tuple[str, ...]


class Interface(Struct, frozen=True, tag=True):
    """The packet came in by ("in"), or goes out by ("out"), an interface.

    `+` or `*` at the end matches any rest.
    """

    direction: Literal["in", "out"]
    name: str


class AddressType(Struct, frozen=True, tag=True):
    """One end of the packet is an address of one of these types.

    Local (this host's), unicast, broadcast, ...
    """

    end: End
    names: tuple[str, ...]


class Translated(Struct, frozen=True, tag=True):
    """The connection's destination was translated (DNAT)."""


class Original(Struct, frozen=True, tag=True):
    """The condition holds for the connection as it was opened, before any translation."""

    condition: "Condition"


class Direction(Struct, frozen=True, tag=True):
    """The packet goes the way that the opening one went, or not."""

    original: bool


class Always(Struct, frozen=True, tag=True):
    """Known to hold, or known not to hold, for every packet of a connection to this host."""

    holds: bool


class Opaque(Struct, frozen=True, tag=True):
    """A condition that the file alone cannot settle, with the reason in words."""

    reason: str


class Not(Struct, frozen=True, tag=True):
    """The condition does not hold."""

    condition: "Condition"


class AllOf(Struct, frozen=True, tag=True):
    """Every condition holds; true when there is none."""

    conditions: tuple["Condition", ...] = ()


class AnyOf(Struct, frozen=True, tag=True):
    """At least one condition holds; false when there is none."""

    conditions: tuple["Condition", ...] = ()


Condition = (
    Where | Ports | Protocol | State | Flags | Interface | AddressType | Translated | Original | Direction
    | Always | Opaque | Not | AllOf | AnyOf
)  # fmt: skip


class Accept(Struct, frozen=True, tag=True):
    """Lets the packet pass; later base chains of the same hook still see it."""


class Refuse(Struct, frozen=True, tag=True):
    """Ends the packet: DROP, REJECT, deny, 403. `because` says why it does so wherever its line stands, if it does."""

    because: str = ""


class Return(Struct, frozen=True, tag=True):
    """Goes back to the calling chain, or to the policy from a base chain."""


class Jump(Struct, frozen=True, tag=True):
    """Walks another chain and comes back when it falls off its end.

    With `back` false (goto) it comes back to the caller.
    """

    chain: str
    back: bool = True


class Redirect(Struct, frozen=True, tag=True):
    """Sends the connection to another port of this host."""

    port: int


class Translate(Struct, frozen=True, tag=True):
    """Sends the connection to another address, a container's or another machine's, and there to a port."""

    address: Addresses
    port: int | None = None


class Untrack(Struct, frozen=True, tag=True):
    """Takes the packet out of connection tracking: its state is no longer known."""


class Unknown(Struct, frozen=True, tag=True):
    """May admit, may refuse; with `ends` false it may also let the next rule decide.

    With `leaves` the packet may go where the later chains of this host do not see it.
    """

    reason: str
    ends: bool = False
    leaves: bool = False


Action = Accept | Refuse | Return | Jump | Redirect | Translate | Untrack | Unknown


class Rule(Struct, frozen=True):
    """One rule: what happens when the condition holds, and where it is written."""

    condition: Condition
    action: Action
    line: Line


class Chain(Struct, frozen=True):
    """Rules in the order in which they are asked."""

    name: str
    rules: tuple[Rule, ...]


class Base(Struct, frozen=True):
    """A chain that packets enter by themselves, and what becomes of those that no rule decided.

    `priority` orders the chains of one hook, ascending, as netfilter does. `translates`: only the first packet of a
    connection is asked, and the answer holds for the rest of it (nat).
    """

    chain: Chain
    policy: Action
    policy_line: Line
    hook: Hook = "input"
    priority: int = 0
    translates: bool = False


class RuleSet(Struct, frozen=True):
    """What one file, or one place in it (a location, a security group), does to packets.

    `stateful`: only the opening of a connection is judged (a web server, a cloud firewall); otherwise the later
    packets and the answers have to pass too. `inner` are the networks behind this host, each with its interface.
    """

    name: str
    bases: tuple[Base, ...]
    chains: tuple[Chain, ...] = ()
    stateful: bool = True
    notes: tuple[str, ...] = ()
    inner: tuple[tuple[Addresses, str], ...] = ()


class Doubt(Struct, frozen=True):
    """A line that was not understood, and why."""

    line: Line
    reason: str
    addresses: Addresses = ALL


class FileRules(Struct, frozen=True):
    """What a reader made of a file.

    Several `alternatives`: one of them (or, for security groups, some of them) applies, and the file does not say
    which; `choice` says what would settle it. `notes` are remarks for the report.
    """

    kind: str
    alternatives: tuple[RuleSet, ...]
    choice: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def all_of(*conditions: Condition) -> Condition:
    """Join conditions, dropping the wrapper round a single one."""
    return conditions[0] if len(conditions) == 1 else AllOf(conditions)


def list_of(line: Line, rules: tuple[Rule, ...], policy: Action, name: str = "") -> RuleSet:
    """Make the simplest rule set: one list, first match, with a policy at the end."""
    return RuleSet(name or line.file, (Base(Chain("list", rules), policy, line),))
