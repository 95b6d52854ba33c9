"""Leads the packets of one TCP connection through rule sets, for all IPv4 addresses at once.

Three-valued: a condition gives the addresses for which it surely holds and those for which it may. What cannot be
settled goes both ways, so an address is admitted only if nothing could have refused it, and the other way round.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.allowlist import ruleset as form
from sigcheck.allowlist.addresses import ALL, NONE, Addresses, Span, networks, of_spans
from sigcheck.allowlist.packets import Packet, PacketKind, answering, following, opening, region, unseen
from sigcheck.allowlist.packets import untracked as out_of_tracking
from sigcheck.allowlist.passing import Passing
from sigcheck.allowlist.question import Question
from sigcheck.errors import UsageProblem

# A hostile file can nest jumps so that the number of ways doubles with every chain: an end to that, far above real
# files.
MOST_STEPS = 20_000
DEEPEST_JUMP = 60
# NF_IP_PRI_CONNTRACK (linux/netfilter_ipv4.h): chains that are asked earlier see no state of a connection.
CONNECTION_TRACKING = -200


class Piece(Struct, frozen=True):
    """What one line may do to which of the addresses asked for, of which packet; `explicit` is false for a policy."""

    line: form.Line
    addresses: Addresses
    packet: PacketKind = "opening"
    explicit: bool = True


class Outcome(Struct, frozen=True):
    """Which addresses may be admitted and may be refused (each address is in one or both), by which lines."""

    may_admit: Addresses
    may_refuse: Addresses
    admitting: tuple[Piece, ...] = ()
    refusing: tuple[Piece, ...] = ()
    doubts: tuple[form.Doubt, ...] = ()
    # The outcomes that this one is joined of, where a file has several places that may apply.
    parts: tuple["Outcome", ...] = ()

    @property
    def admitted(self) -> Addresses:
        """Surely admitted."""
        return self.may_admit - self.may_refuse

    @property
    def refused(self) -> Addresses:
        """Surely refused."""
        return self.may_refuse - self.may_admit


class Place(Struct, frozen=True):
    """Where a connection goes: a port of this host, or of the address that a translation sent it to."""

    port: int
    address: Addresses | None = None


Flows = dict[Place, Addresses]
"""For each place the addresses whose connections go there."""


class Walk:
    """One packet on its way through the chains of one rule set; collects what each line may do to it."""

    def __init__(self, rules: form.RuleSet, question: Question, without: frozenset[form.Line]) -> None:
        self.chains = {chain.name: chain for chain in rules.chains}
        self.question = question
        self.without = without
        self.wanted = networks(question.ranges)
        self.admitting: list[Piece] = []
        self.refusing: list[Piece] = []
        self.doubts: list[form.Doubt] = []
        self.redirected: dict[Place, Addresses] = {}
        self.untracked = False
        self.away: Addresses = NONE
        # Pieces, joined when the chain ends: a long list of addresses is not joined anew at each of them.
        self._accepted: list[Span] = []
        self.refused: list[Span] = []
        self._port = question.port
        self._steps = 0
        # A long list is walked once and is no attack, so every rule counts towards the limit.
        every = sum(len(chain.rules) for chain in (*rules.chains, *(base.chain for base in rules.bases)))
        self._most = MOST_STEPS + 2 * every

    def _send(self, place: "Place", addresses: Addresses) -> None:
        self.redirected[place] = self.redirected.get(place, NONE) | addresses

    def base(self, base: form.Base, packet: Packet, reaching: Addresses) -> Addresses:
        """Lead the packet through a base chain; gives the addresses that may go on to the next one."""
        self._accepted = []
        self._port = packet.destination_port[0]
        left = self._chain(base.chain, packet, reaching, 0)
        piece = Piece(base.policy_line, left & self.wanted, packet.kind, explicit=False)
        self._act(base.policy, Passing(left), left, piece)
        return of_spans(self._accepted)

    def _chain(self, chain: form.Chain, packet: Packet, reaching: Addresses, depth: int) -> Addresses:
        if depth > DEEPEST_JUMP:
            raise UsageProblem(f"chain {chain.name}: jumps nest too deep", "break the loop of chains")
        returned = list[Span]()
        left = Passing(reaching)
        for rule in chain.rules:
            if not left:
                break
            self._steps += 1
            if self._steps > self._most:
                raise UsageProblem("the rules branch too often to be followed", "check fewer chains at a time")
            if rule.line in self.without and isinstance(rule.action, form.Refuse):
                continue
            if self.untracked and packet.tracked:
                packet = out_of_tracking(packet)
            found = region(rule.condition, packet, self.question)
            if not left.touches(found.may):
                continue
            asked = left.within(found.may & self.wanted)
            if found.reasons and (unsure := asked - found.must):
                self.doubts.extend(form.Doubt(rule.line, reason, unsure) for reason in found.reasons)
            match rule.action:
                case form.Jump(chain=name, back=back):
                    fallen = self._jump(name, packet, left.within(found.may), rule.line, depth)
                    left.take(found.must)
                    if back:
                        left.put(fallen)
                    else:
                        returned.extend(fallen.spans)
                case form.Return():
                    returned.extend(left.within(found.may).spans)
                    left.take(found.must)
                case action:
                    ends = found.must == found.may
                    if self._act(action, left, found.may, Piece(rule.line, asked, packet.kind), ends=ends):
                        left.take(found.must)
        rest = left.all()
        return of_spans([*returned, *rest.spans]) if returned else rest

    def _jump(self, name: str, packet: Packet, hit: Addresses, line: form.Line, depth: int) -> Addresses:
        chain = self.chains.get(name)
        if chain is None:
            piece = Piece(line, hit & self.wanted, packet.kind)
            self._act(form.Unknown(f"chain {name} is not in the file"), Passing(hit), hit, piece)
            return hit
        return self._chain(chain, packet, hit, depth + 1)

    def _act(self, action: form.Action, left: Passing, may: Addresses, piece: Piece, *, ends: bool = False) -> bool:
        """Let an action happen to what is left of some addresses; says whether it ends the way of those it is sure of.

        The piece holds those that were asked for alone: a long list is remembered by its lines that matter.
        """
        match action:
            case form.Accept():
                self._admit(left, may, piece, ends=ends)
            case form.Refuse():
                self._refuse(left, may, piece, ends=ends)
            case form.Redirect(port=port):
                self._send(Place(port), left.within(may))
            case form.Translate(address=address, port=port):
                self._send(Place(self._port if port is None else port, address), left.within(may))
            case form.Unknown(reason=reason, ends=last, leaves=leaves):
                if leaves:
                    self.away = self.away | left.within(may)
                self._admit(left, may, piece, ends=False)
                self._refuse(left, may, piece, ends=False)
                if piece.addresses:
                    self.doubts.append(form.Doubt(piece.line, reason, piece.addresses))
                return last
            case form.Untrack():
                self.untracked = True
                return False
            case _:
                return False
        return True

    def _admit(self, left: Passing, may: Addresses, piece: Piece, *, ends: bool) -> None:
        self._accepted.extend(left.fresh_to_admit(may, ends=ends).spans)
        if piece.addresses:
            self.admitting.append(piece)

    def _refuse(self, left: Passing, may: Addresses, piece: Piece, *, ends: bool) -> None:
        self.refused.extend(left.fresh_to_refuse(may, ends=ends).spans)
        if piece.addresses:
            self.refusing.append(piece)


def follow(rules: form.RuleSet, question: Question, without: frozenset[form.Line] = frozenset()) -> Outcome:
    """Lead a whole connection through a rule set. `without` leaves the refusals of these lines out.

    What if they were gone.

    Raises UsageProblem for chains that loop or branch without end.
    """
    flows, walks = _incoming(rules, question, without, opening(question.port))
    arrived = [_union(flows)]
    away = _spans(walk.away for walk in walks)
    if not rules.stateful:
        later, more = _incoming(rules, question, without, following(question.port))
        answers, rest = _outgoing(rules, question, without, flows)
        arrived += [_union(later), answers]
        walks += more + rest
    may_admit = ALL
    for each in arrived:
        may_admit = may_admit & each
    # Chains that a packet leaves behind, those of this host's input, cannot refuse it.
    may_admit = may_admit | away
    refusing = tuple(piece for walk in walks for piece in walk.refusing)
    return Outcome(
        may_admit=may_admit,
        may_refuse=of_spans(span for walk in walks for span in walk.refused),
        admitting=tuple(piece for walk in walks for piece in walk.admitting if piece.packet == "opening"),
        refusing=refusing,
        doubts=tuple(doubt for walk in walks for doubt in walk.doubts),
    )


def _union(flows: Flows) -> Addresses:
    return _spans(flows.values())


def _spans(sets: Iterable[Addresses]) -> Addresses:
    return of_spans(span for addresses in sets for span in addresses.spans)


def _ordered(rules: form.RuleSet, *hooks: form.Hook) -> list[form.Base]:
    found = [base for base in rules.bases if base.hook in hooks]
    return sorted(found, key=lambda base: (hooks.index(base.hook), base.priority))


def _as_seen_by(base: form.Base, packet: Packet) -> Packet:
    before = base.hook == "ingress" or (base.hook in {"prerouting", "output"} and base.priority < CONNECTION_TRACKING)
    return unseen(packet) if before else packet


def _toward(packet: Packet, place: Place, rules: form.RuleSet, opened_to: int) -> Packet:
    """Give the packet as it is on its way to a place."""
    behind = _spans(network for network, _ in rules.inner)
    packet = replace(packet, inner=frozenset(name for _, name in rules.inner), behind=behind)
    if packet.kind == "answering":
        packet = replace(packet, source_port=(place.port, place.port))
    else:
        packet = replace(packet, destination_port=(place.port, place.port))
    if place.address is None:
        return packet
    leads = next((name for network, name in rules.inner if place.address <= network), None)
    return replace(packet, own=place.address, toward=leads, opened_to=opened_to)


def _incoming(
    rules: form.RuleSet, question: Question, without: frozenset[form.Line], first: Packet
) -> tuple[Flows, list[Walk]]:
    """Lead packets in; gives where they arrive, for which addresses."""
    walks: list[Walk] = []
    untracked = False
    flows: Flows = {Place(question.port): ALL}
    for base in _ordered(rules, "ingress", "prerouting", "input", "forward"):
        after: Flows = {}
        for place, addresses in flows.items():
            if base.hook in {"input", "forward"} and (base.hook == "forward") != (place.address is not None):
                after[place] = after.get(place, NONE) | addresses
                continue
            walk = Walk(rules, question, without)
            walks.append(walk)
            # A translation is decided by the packet that opens the connection, whatever packet this is.
            packet = _toward(opening(place.port) if base.translates else first, place, rules, question.port)
            passed = walk.base(base, out_of_tracking(packet) if untracked else _as_seen_by(base, packet), addresses)
            for target, moved in walk.redirected.items():
                after[target] = after.get(target, NONE) | moved
            after[place] = after.get(place, NONE) | passed
            untracked = untracked or walk.untracked
        flows = {place: addresses for place, addresses in after.items() if addresses}
    return flows, walks


def _outgoing(
    rules: form.RuleSet, question: Question, without: frozenset[form.Line], flows: Flows
) -> tuple[Addresses, list[Walk]]:
    """Lead the answers out."""
    walks: list[Walk] = []
    passed = list[tuple[int, int]]()
    for place, arrived in flows.items():
        addresses, untracked = arrived, False
        for base in _ordered(rules, "output" if place.address is None else "forward", "postrouting"):
            if base.translates:
                continue
            walk = Walk(rules, question, without)
            walks.append(walk)
            packet = _as_seen_by(base, _toward(answering(place.port), place, rules, question.port))
            addresses = walk.base(base, out_of_tracking(packet) if untracked else packet, addresses)
            untracked = untracked or walk.untracked
        passed.extend(addresses.spans)
    return of_spans(passed), walks
