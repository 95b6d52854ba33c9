"""Reads `ufw status`, plain, verbose or numbered. ufw accepts established connections before these rules."""

import re

from sigcheck.allowlist.addresses import ALL, interval
from sigcheck.allowlist.question import File, Question, Surroundings
from sigcheck.allowlist.readers.iptables_match import port_ranges
from sigcheck.allowlist.ruleset import (
    Accept,
    Action,
    AllOf,
    Always,
    Base,
    Chain,
    Condition,
    FileRules,
    Interface,
    Line,
    Opaque,
    Ports,
    Protocol,
    Refuse,
    Rule,
    RuleSet,
    Unknown,
    Where,
)

ROW = re.compile(
    r"(?:\[ *\d+\] )?(?P<to>\S.*?)\s+(?P<action>ALLOW|DENY|REJECT|LIMIT)"
    r"(?: (?P<way>IN|OUT|FWD))?\s+(?P<origin>\S.*)"
)
ACTIONS: dict[str, Action] = {
    "ALLOW": Accept(),
    "DENY": Refuse(),
    "REJECT": Refuse(),
    "LIMIT": Unknown("LIMIT refuses an address that opens 6 connections within 30 s"),
}
DEFAULTS: dict[str, Action] = {"deny": Refuse(), "reject": Refuse(), "allow": Accept()}


def read(file: File, question: Question, surroundings: Surroundings) -> FileRules:  # noqa: ARG001
    """Read the rows of the table, first match; the default stands only in `ufw status verbose`."""
    policy: Action = Unknown("the default is not in the file: use `ufw status verbose`")
    policy_line = Line(file.name, place="default (incoming)", text="not in the file")
    rules: list[Rule] = []
    begun = False
    for number, raw in enumerate(file.text.splitlines(), 1):
        line = Line(file.name, number, text=" ".join(raw.split()))
        if default := re.match(r"Default: (\w+) \(incoming\)", raw):
            policy, policy_line = DEFAULTS.get(default[1], Unknown("a default that is not known")), line
        elif re.match(r"Status: inactive", raw):
            policy, policy_line = Accept(), line
        elif re.match(r"\s*--\s+------", raw):
            begun = True
        elif raw.strip() and (begun or ROW.fullmatch(raw.strip())):
            rules.extend(_row(raw, line))
    base = Base(Chain("incoming", tuple(rules)), policy, policy_line)
    return FileRules("ufw", (RuleSet(file.name, (base,)),))


def _row(raw: str, line: Line) -> list[Rule]:
    text = re.sub(r"\s+#.*$", "", raw.strip())
    text = re.sub(r"\s+\((log|log-all|out)(, ?\w+)*\)$", "", text)
    row = ROW.fullmatch(text.strip())
    if row is None:
        return [Rule(Always(holds=True), Unknown("not a row of `ufw status`"), line)]
    if row["way"] in {"OUT", "FWD"} or "(v6)" in text:
        return []
    return [Rule(AllOf((*_to(row["to"]), *_origin(row["origin"]))), ACTIONS[row["action"]], line)]


def _to(text: str) -> list[Condition]:
    """`443/tcp`, `443`, `Anywhere`, `10.0.0.1 443/tcp`, `80/tcp on eth0`, `80,443/tcp (Nginx Full)`."""
    place, _, interface = text.partition(" on ")
    found: list[Condition] = [Interface("in", interface.strip())] if interface else []
    place = re.sub(r"^([\d,:]+(?:/\w+)?) \(.+\)$", r"\1", place.strip())
    for word in place.split():
        service, slash, protocol = word.partition("/")
        if word in {"Anywhere", "on"}:
            continue
        if re.fullmatch(r"[\d,:]+", service) and "::" not in service:
            found.append(Ports("destination", port_ranges(service)))
        elif slash and service == "Anywhere":
            found.append(Protocol((protocol,)))
            continue
        elif _is_network(word):
            found.append(Where("destination", interval(word)))
            continue
        else:
            return [Opaque(f"what {place} stands for is not in the file: use `ufw status verbose`")]
        if slash:
            found.append(Protocol((protocol,)))
    return found


def _origin(text: str) -> list[Condition]:
    """`Anywhere`, `185.110.96.0/22`, `1.1.1.1/tcp`, `1.2.3.4 53/udp`, `53/tcp`."""
    place, _, interface = text.partition(" on ")
    found: list[Condition] = [Interface("out", interface.strip())] if interface else []
    for word in place.split():
        address, _, protocol = word.rpartition("/")
        if protocol in {"tcp", "udp"}:
            found.append(Protocol((protocol,)))
        else:
            address = word
        if address == "Anywhere":
            found.append(Where("source", ALL))
        elif re.fullmatch(r"[\d,:]+", address) and "::" not in address:
            found.append(Ports("source", port_ranges(address)))
        elif _is_network(address):
            found.append(Where("source", interval(address)))
        else:
            found.append(Opaque(f"{word} is not understood"))
    return found


def _is_network(text: str) -> bool:
    try:
        interval(text)
    except ValueError:
        return False
    return True
