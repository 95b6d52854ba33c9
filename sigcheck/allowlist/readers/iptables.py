"""Reads `iptables-save`: tables, chains, policies, jumps, and the matches of `readers.iptables_match`."""

import re
import shlex

from sigcheck.allowlist.readers.iptables_match import Options, conditions, options
from sigcheck.allowlist.ruleset import (
    Accept,
    Action,
    AllOf,
    Always,
    Base,
    Chain,
    File,
    Hook,
    Jump,
    Line,
    Question,
    Reading,
    Redirect,
    Refuse,
    Return,
    Rule,
    RuleSet,
    Surroundings,
    Unknown,
    Untrack,
)

# Netfilter's hook priorities (linux/netfilter_ipv4.h): the order in which the tables of one hook are asked.
PRIORITY = {"raw": -300, "mangle": -150, "nat": -100, "filter": 0, "security": 50}
HOOKS: dict[str, Hook] = {
    "PREROUTING": "prerouting",
    "INPUT": "input",
    "OUTPUT": "output",
    "POSTROUTING": "postrouting",
}
# Targets after which the packet goes on to the next rule as if nothing had been.
PASSING = frozenset(
    [
        "LOG",
        "NFLOG",
        "ULOG",
        "MARK",
        "CONNMARK",
        "TCPMSS",
        "TTL",
        "HL",
        "SET",
        "CLASSIFY",
        "TRACE",
        "AUDIT",
        "DSCP",
        "TOS",
        "CHECKSUM",
        "SECMARK",
        "CONNSECMARK",
        "ECN",
        "TCPOPTSTRIP",
        "LED",
        "RATEEST",
        "IDLETIMER",
    ]
)
ENDING: dict[str, Action] = {
    "ACCEPT": Accept(),
    "DROP": Refuse(),
    "REJECT": Refuse(),
    "TARPIT": Refuse(),
    "RETURN": Return(),
    "NOTRACK": Untrack(),
    "MASQUERADE": Accept(),
    "SNAT": Accept(),
}
KNOWN_TABLES = frozenset(PRIORITY)


def read(file: File, question: Question, surroundings: Surroundings) -> Reading:  # noqa: ARG001
    """Read the output of iptables-save, with or without counters."""
    if re.match(r"#[^\n]*ip6tables-save", file.text):
        nothing = Unknown("ip6tables-save holds the rules for IPv6 alone; the Cloud's range is IPv4")
        line = Line(file.name, 1, text=file.text.splitlines()[0])
        return Reading("iptables", (RuleSet(file.name, (Base(Chain("", ()), nothing, line),)),))
    bases: list[Base] = []
    chains: list[Chain] = []
    section = Section("filter")
    for number, raw in enumerate(file.text.splitlines(), 1):
        text = re.sub(r"^\[\d+:\d+\]\s*", "", raw.strip())
        line = Line(file.name, number, text=text)
        if text.startswith("*"):
            section.close(bases, chains)
            section = Section(text[1:].strip(), order=number)
        elif text.startswith(":"):
            section.declare(text[1:].split(), line)
        elif text.startswith(("-A ", "--append ")):
            section.append(text, line, surroundings)
        elif text and not text.startswith("#") and text != "COMMIT":
            section.misread(line)
    section.close(bases, chains)
    if not any(base.hook == "input" for base in bases):
        end = Line(file.name, place="*filter INPUT", text="the chain is not in the file")
        bases.append(Base(Chain("INPUT", ()), Accept(), end))
    return Reading("iptables", (RuleSet(file.name, tuple(bases), tuple(chains), stateful=False),))


class Section:
    """One table of the file: `*name` up to the next one."""

    def __init__(self, table: str, order: int = 0) -> None:
        self.table = table
        # Two sections of one table are two sets of chains (iptables-legacy and iptables-nft side by side).
        self.prefix = f"{table}@{order} "
        self.policies: dict[str, tuple[Action, Line]] = {}
        self.rules: dict[str, list[Rule]] = {}

    def declare(self, words: list[str], line: Line) -> None:
        """Take `:NAME POLICY [counters]`."""
        if not words:
            return self.misread(line)
        name, policy = words[0], words[1] if len(words) > 1 else "-"
        self.rules.setdefault(name, [])
        if policy != "-":
            known = ENDING.get(policy, Unknown(f"policy {policy} is not known"))
            self.policies[name] = (known, line)
        return None

    def append(self, text: str, line: Line, surroundings: Surroundings) -> None:
        """Take `-A CHAIN …`."""
        try:
            words = shlex.split(text)
        except ValueError:
            return self.misread(line)
        if len(words) < 2:
            return self.misread(line)
        parsed = options(words[2:])
        rules = self.rules.setdefault(words[1], [])
        action = self._action(parsed)
        if action is not None:
            rules.append(Rule(AllOf(tuple(conditions(parsed, surroundings.sets))), action, line))
        return None

    def misread(self, line: Line) -> None:
        """Keep a line that is none of the format's: it may do anything, wherever it belongs."""
        rule = Rule(Always(holds=True), Unknown("not a line of iptables-save"), line)
        self.rules.setdefault("INPUT", []).append(rule)

    def _action(self, parsed: Options) -> Action | None:
        for option in parsed:
            match option.names:
                case ("-j" | "--jump", target, *_):
                    return self._target(target, parsed)
                case ("-g" | "--goto", target, *_):
                    return Jump(self.prefix + target, back=False)
                case _:
                    continue
        return None

    def _target(self, target: str, parsed: Options) -> Action | None:
        if target in ENDING:
            return ENDING[target]
        if target in PASSING:
            return None
        given = {option.names[0]: option.names[1:] for option in parsed}
        if target == "CT":
            return Untrack() if "--notrack" in given else None
        if target == "REDIRECT":
            ports = given.get("--to-ports", ())
            if not ports:
                return Accept()
            return Redirect(int(ports[0])) if ports[0].isdigit() else Unknown("redirects to several ports", ends=True)
        if target == "DNAT":
            onward = " ".join(given.get("--to-destination", ("another address",)))
            return Unknown(f"the packet is sent on to {onward}, beyond these chains", ends=True, leaves=True)
        if target in self.rules:
            return Jump(self.prefix + target)
        return Unknown(f"target {target} is not understood")

    def close(self, bases: list[Base], chains: list[Chain]) -> None:
        """Put the table's chains into the rule set's."""
        for name, rules in self.rules.items():
            chain = Chain(self.prefix + name, tuple(rules))
            chains.append(chain)
            hook = HOOKS.get(name)
            if hook is None or (name not in self.policies and not rules):
                continue
            silent = Line(
                chain.rules[0].line.file if rules else "",
                place=f"*{self.table} {name}",
                text="no policy line",
            )
            policy, line = self.policies.get(name, (Accept(), silent))
            source_nat = self.table == "nat" and hook in {"input", "postrouting"}
            priority = 100 if source_nat else PRIORITY.get(self.table, 0)
            bases.append(Base(chain, policy, line, hook, priority, translates=self.table == "nat"))
