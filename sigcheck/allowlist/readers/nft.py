"""Reads `nft -j list ruleset` (libnftables-json(5)).

Tables, base chains with hook and priority, rules, verdict maps.
"""

from typing import Any

from sigcheck.allowlist.addresses import Addresses, network
from sigcheck.allowlist.question import File, Question, Surroundings
from sigcheck.allowlist.readers.json_text import brief, decode, objects, strings
from sigcheck.allowlist.readers.nft_match import Names, condition, elements_equal
from sigcheck.allowlist.ruleset import (
    Accept,
    Action,
    AllOf,
    Always,
    AnyOf,
    Base,
    Chain,
    Condition,
    FileRules,
    Hook,
    Interface,
    Jump,
    Line,
    Opaque,
    Redirect,
    Refuse,
    Return,
    Rule,
    RuleSet,
    Translate,
    Unknown,
    Untrack,
)
from sigcheck.errors import UsageProblem

HOOKS: tuple[Hook, ...] = ("ingress", "prerouting", "input", "forward", "output", "postrouting")
# Statements that let the next statement of the rule go on, and decide nothing.
PASSING = frozenset({"counter", "log", "comment", "set", "map", "mangle", "ct helper", "ct timeout", "secmark"})
# Statements that hold back the rest of the rule at some rates.
HOLDING = frozenset({"limit", "quota", "ct count", "connlimit", "meter", "last"})
POLICIES: dict[str, Action] = {"accept": Accept(), "drop": Refuse()}
FAMILIES = frozenset({"ip", "inet", "netdev"})


def read(file: File, question: Question, surroundings: Surroundings) -> FileRules:  # noqa: ARG001
    """Read a rule set. Raises UsageProblem for JSON of another shape."""
    document = decode(file)
    listed = list(objects(document.get("nftables"))) if isinstance(document, dict) else []
    if not any("metainfo" in each or "table" in each for each in listed):
        raise UsageProblem(f"{file.name} is not an nftables rule set", "export it with `nft -j list ruleset`")
    names = Names(
        {
            (str(each["family"]), str(each["table"]), str(each["name"])): each
            for entry in listed
            for key in ("set", "map")
            if isinstance(each := entry.get(key), dict) and {"family", "table", "name"} <= each.keys()
        }
    )
    rules: dict[str, list[Rule]] = {}
    for entry in listed:
        rule = entry.get("rule")
        if isinstance(rule, dict) and str(rule.get("family")) in FAMILIES:
            owner = f"{rule['family']} {rule.get('table')} {rule.get('chain')}"
            rules.setdefault(owner, []).extend(_rules(file, owner, rule, names))
    bases: list[Base] = []
    chains: list[Chain] = []
    notes: list[str] = []
    asleep = {_owner(each) for entry in listed if isinstance(each := entry.get("table"), dict) and _dormant(each)}
    for entry in listed:
        declared = entry.get("chain")
        if not isinstance(declared, dict) or str(declared.get("family")) not in FAMILIES:
            continue
        if (str(declared["family"]), str(declared.get("table"))) in asleep:
            continue
        name = f"{declared['family']} {declared.get('table')} {declared.get('name')}"
        chain = Chain(name, tuple(rules.get(name, ())))
        chains.append(chain)
        if declared.get("hook") in HOOKS:
            bases.append(_base(file, chain, declared))
    written = (rule for entry in listed if isinstance(rule := entry.get("rule"), dict))
    if any("xt" in statement for rule in written for statement in objects(rule.get("expr"))):
        notes.append("some rules were made by iptables-nft: `iptables-save` shows them in full")
    if not bases:
        line = Line(file.name, text="no chain of the file filters IPv4 packets to this host")
        bases.append(Base(Chain("none", ()), Accept(), line))
    rule_set = RuleSet(file.name, tuple(bases), tuple(chains), stateful=False, inner=_inner(listed))
    return FileRules("nft", (rule_set,), notes=tuple(notes))


def _base(file: File, chain: Chain, declared: dict[str, Any]) -> Base:
    policy = declared.get("policy", "accept")
    line = Line(file.name, place=chain.name, text=f"policy {policy}")
    action = POLICIES.get(str(policy), Unknown(f"policy {policy} is not known"))
    priority = declared.get("prio", 0)
    hook: Hook = declared["hook"]
    known = priority if isinstance(priority, int) else 0
    if hook == "ingress":
        chain, action = _on_devices(chain, strings(declared.get("dev")), action, line), Accept()
    return Base(chain, action, line, hook, known, translates=declared.get("type") == "nat")


def _owner(table: dict[str, Any]) -> tuple[str, str]:
    return str(table.get("family")), str(table.get("name"))


def _dormant(table: dict[str, Any]) -> bool:
    """Tell a table whose chains no packet enters. nft 1.0.6 cuts the flag to its first letter."""
    return any(flag and "dormant".startswith(flag) for flag in strings(table.get("flags")))


def _on_devices(chain: Chain, devices: list[str], policy: Action, line: Line) -> Chain:
    """Make a chain that enters another for packets of these devices alone; some versions of nft do not print them."""
    unsaid = Opaque(f"holds only on the devices of chain {chain.name}, which are not in the file")
    there: Condition = AnyOf(tuple(Interface("in", each) for each in devices)) if devices else unsaid
    return Chain(chain.name, (Rule(there, Jump(chain.name), line), Rule(there, policy, line)))


def _holding(statement: Any) -> str | None:
    """Give what holds back the rule behind `add @set { … limit rate … }`, if anything does."""
    inner = objects(statement.get("stmt")) if isinstance(statement, dict) else ()
    return next((key for each in inner for key in each if key in HOLDING), None)


def _rules(file: File, chain: str, rule: dict[str, Any], names: Names) -> list[Rule]:
    """Turn one rule into one or, for a verdict map, several: one for each element."""
    line = Line(file.name, place=f"{chain}, handle {rule.get('handle')}", text=brief(rule.get("expr", [])))
    scope = names.within(rule)
    met: list[Condition] = []
    found: list[Rule] = []
    for statement in objects(rule.get("expr")):
        key = next(iter(statement), "")
        value = statement.get(key)
        if key == "match":
            met.append(condition(value, scope))
        elif key in HOLDING:
            met.append(Opaque(f"{key}: holds only at some rates"))
        elif key in {"set", "map"} and (held := _holding(value)):
            met.append(Opaque(f"{key} {brief(value, 60)}: {held} holds only at some rates"))
        elif key == "xt":
            met.append(Opaque(f"an iptables match or target: {brief(value, 60)}"))
            # Old and new versions print null: it may be the target.
            if not isinstance(value, dict) or value.get("type") != "match":
                found.append(Rule(AllOf(tuple(met)), Unknown("an iptables target"), line))
        elif key == "vmap":
            found.extend(Rule(AllOf((*met, holds)), action, line) for holds, action in _verdicts(value, scope, chain))
        elif key not in PASSING and (action := _action(key, value, chain)) is not None:
            found.append(Rule(AllOf(tuple(met)), action, line))
    return found


def _verdicts(value: Any, scope: Names, chain: str) -> list[tuple[Condition, Action]]:
    pairs = elements_equal(value.get("key"), value.get("data"), scope) if isinstance(value, dict) else None
    if pairs is None:
        return [(Always(holds=True), Unknown(f"verdict map {brief(value, 80)} is not understood"))]
    verdicts: list[tuple[Condition, Action]] = []
    for holds, data in pairs:
        key = next(iter(data), "") if isinstance(data, dict) else ""
        action = _action(key, data.get(key), chain) if key else Unknown("a verdict that is not understood")
        if action is not None:
            verdicts.append((holds, action))
    return verdicts


def _destination(value: Any) -> Translate | None:
    """Read `dnat to ADDRESS` or `ADDRESS:PORT`; None for several of them, or a map."""
    address, port = (value.get("addr"), value.get("port")) if isinstance(value, dict) else (None, None)
    if not isinstance(address, str) or not isinstance(port, int | None):
        return None
    try:
        sent = network(address)
    except ValueError:
        return None
    return Translate(sent, port) if sent.size == 1 else None


def _inner(listed: list[dict[str, Any]]) -> tuple[tuple[Addresses, str], ...]:
    """Learn which interface leads to a network: `ip saddr NET oifname != IF masquerade`, `ip daddr NET oifname IF`."""
    found: dict[Addresses, str] = {}
    for entry in listed:
        rule = entry.get("rule")
        statements = list(objects(rule.get("expr"))) if isinstance(rule, dict) else []
        masquerades = any("masquerade" in each for each in statements)
        ends: dict[str, Any] = {}
        for match in (each["match"] for each in statements if isinstance(each.get("match"), dict)):
            left = match.get("left")
            payload, meta = (left.get(key, {}) if isinstance(left, dict) else {} for key in ("payload", "meta"))
            field = payload.get("field") if payload.get("protocol") == "ip" else meta.get("key")
            ends[f"{field} {match.get('op')}"] = match.get("right")
        where = ends.get("saddr ==" if masquerades else "daddr ==")
        name = ends.get("oifname !=" if masquerades else "oifname ==")
        if isinstance(name, str) and (net := _network(where)) is not None:
            found[net] = name
    return tuple(found.items())


def _network(value: Any) -> Addresses | None:
    prefix = value.get("prefix") if isinstance(value, dict) else None
    text = f"{prefix.get('addr')}/{prefix.get('len')}" if isinstance(prefix, dict) else value
    try:
        return network(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _action(key: str, value: Any, chain: str) -> Action | None:
    table = chain.rpartition(" ")[0]
    match key:
        case "accept" | "masquerade" | "snat":
            return Accept()
        case "drop" | "reject":
            return Refuse()
        case "return":
            return Return()
        case "continue":
            return None
        case "jump" | "goto" if isinstance(value, dict):
            return Jump(f"{table} {value.get('target')}", back=key == "jump")
        case "notrack":
            return Untrack()
        case "redirect":
            port = value.get("port") if isinstance(value, dict) else None
            if port is None:
                return Accept()
            return Redirect(port) if isinstance(port, int) else Unknown("redirects to several ports", ends=True)
        case "dnat" if (sent := _destination(value)) is not None:
            return sent
        case "dnat" | "tproxy" | "fwd" | "queue" | "synproxy":
            said = f"{key} {brief(value, 60)}: the packet goes on beyond these chains"
            return Unknown(said, ends=True, leaves=key in {"dnat", "fwd"})
        case _:
            return Unknown(f"statement {key} is not understood")
