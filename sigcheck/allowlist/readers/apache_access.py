"""What one section of Apache says about addresses: Require and its sections.

And the older Order, Allow and Deny.
"""

import re
from collections.abc import Iterator, Sequence

from sigcheck.allowlist.addresses import ALL, Addresses, network, of_spans
from sigcheck.allowlist.readers.apache_loads import stranger
from sigcheck.allowlist.readers.apache_syntax import Entry
from sigcheck.allowlist.ruleset import (
    CREDENTIALS,
    Accept,
    Action,
    AllOf,
    Always,
    AnyOf,
    Base,
    Chain,
    Condition,
    Jump,
    Line,
    Not,
    Opaque,
    Refuse,
    Return,
    Rule,
    RuleSet,
    Unknown,
    Where,
)

GROUPS = frozenset({"requireall", "requireany", "requirenone"})
ACCESS = GROUPS | {"require", "order", "allow", "deny", "limit", "limitexcept", "if", "include", "use"}
EVERY_LINE = (
    "<RequireAll> admits only where all of its lines hold, in any order: take the Cloud's range out of that line, "
    "which overrides"
)
DENY_WINS = (
    "with Order allow,deny a Deny wins over an Allow, in any order: take the Cloud's range out of that line, "
    "which overrides"
)
ASKING = re.compile(r"valid-user|user|group|ldap-[a-z]+|dbd-[a-z]+|dbm-[a-z-]+|file-[a-z]+")
CLOUD_METHODS = frozenset({"GET", "POST", "PUT"})


def speaks(entries: Sequence[Entry]) -> bool:
    """Tell whether entries of one section decide on access."""
    return any(entry.name in ACCESS or _filters(entry) or _forbids(entry) or _some_files(entry) for entry in entries)


def of_its_own(entry: Entry) -> bool:
    """Tell the sections for .htaccess files and the like, which every installation has."""
    return entry.name.startswith("files") and any(".ht" in word or "\\.ht" in word for word in entry.words)


def _some_files(entry: Entry) -> bool:
    return entry.name in {"files", "filesmatch"} and not of_its_own(entry) and speaks(entry.entries or ())


def place(entries: Sequence[Entry], name: str, line: Line) -> RuleSet:
    """Make the rule set of one section's own entries; without any of them everybody passes."""
    first = [rule for entry in entries if (rule := _unsettled(entry)) is not None]
    sure = [entry for entry in entries if entry.sure]
    required = [entry for entry in sure if entry.name == "require" or entry.name in GROUPS]
    older = [entry for entry in sure if entry.name in {"order", "allow", "deny"}]
    # Two modules, each of which must let the request pass: mod_access_compat is asked first.
    asked: list[tuple[list[Rule], Action]] = [(first, Accept())] if first or not (required or older) else []
    users = next((entry.line for entry in _lines(required) if _asks(entry)), None)
    if any(entry.name == "satisfy" and [w.lower() for w in entry.words] == ["any"] for entry in sure):
        # Who passes Order, Allow and Deny is asked for nothing else; without any of them everybody passes those.
        order, rest = _order(older)
        passed = [Rule(r.condition, Return() if isinstance(r.action, Refuse) else r.action, r.line) for r in order]
        end = next((entry.line for entry in older if entry.name == "order"), line)
        passed += [Rule(Always(holds=True), Accept(), end)] if isinstance(rest, Accept) else []
        either = [Rule(Always(holds=True), Jump("either"), end), *_require(required)]
        bases = [_base(name, line, 0, first, Accept()), _base(name, line, 1, either, Refuse())]
        return RuleSet(name, tuple(bases), (Chain("either", tuple(passed)),))
    asked += [_order(older)] if older else []
    asked += [(_require(required), Refuse())] if required else []
    notes = (f"{users.where}: {CREDENTIALS}",) if users else ()
    bases = [_base(name, line, number, rules, policy) for number, (rules, policy) in enumerate(asked)]
    return RuleSet(name, tuple(bases), notes=notes)


def _lines(entries: Sequence[Entry]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from _lines(entry.entries or ())


def _asks(entry: Entry) -> bool:
    return entry.name == "require" and bool(entry.words) and ASKING.fullmatch(entry.words[0].lower()) is not None


def _base(name: str, line: Line, priority: int, rules: list[Rule], policy: Action) -> Base:
    text = "nothing here admits it" if isinstance(policy, Refuse) else "nothing here refuses it"
    return Base(Chain(name, tuple(rules)), policy, Line(line.file, line.number, name, text), priority=priority)


def _forbids(entry: Entry) -> bool:
    """Tell a RewriteRule or a Redirect that answers 4xx: whom it strikes depends on conditions, or on the path."""
    if entry.name in {"redirect", "redirectmatch"}:
        return bool(re.fullmatch(r"4\d\d|gone", entry.words[0] if entry.words else "", re.IGNORECASE))
    flags = r"[\[,]\s*(F|forbidden|G|gone|(R|redirect)=4\d\d)\s*[,\]]"
    return entry.name == "rewriterule" and bool(re.search(flags, entry.words[-1] if entry.words else "", re.IGNORECASE))


def _filters(entry: Entry) -> bool:
    """Tell a web application firewall that refuses, and does not only watch (DetectionOnly)."""
    return entry.name == "secruleengine" and [word.lower() for word in entry.words] == ["on"]


def _unsettled(entry: Entry) -> Rule | None:
    """Keep an entry that may decide otherwise: it stands first, it may strike whatever the others say."""
    anywhere = Always(holds=True)
    if entry.name == "include":
        return Rule(anywhere, Unknown(f"Include {' '.join(entry.words)} cannot be read"), entry.line)
    if stranger(entry):
        return Rule(anywhere, Unknown(f"Apache itself has no directive {entry.line.text.split()[0]}"), entry.line)
    if entry.name == "use":
        return Rule(anywhere, Unknown("what the macro holds is not followed"), entry.line)
    if _filters(entry):
        return Rule(anywhere, Unknown("what the rules of ModSecurity refuse is not followed"), entry.line)
    if _forbids(entry):
        return Rule(anywhere, Unknown(f"a {entry.line.text.split()[0]} may refuse"), entry.line)
    if _some_files(entry):
        return Rule(anywhere, Unknown(f"<{entry.name}> decides for some files"), entry.line)
    if entry.name == "authmerging" and [word.lower() for word in entry.words] != ["off"]:
        return Rule(anywhere, Unknown("AuthMerging joins this section with those around it"), entry.line)
    if entry.name == "if" and speaks(entry.entries or ()):
        return Rule(anywhere, Unknown("an <If> section decides"), entry.line)
    if entry.name in {"limit", "limitexcept"} and speaks(entry.entries or ()):
        named = {word.upper() for word in entry.words}
        if entry.name == "limitexcept" and named >= CLOUD_METHODS:
            return None
        return Rule(anywhere, Unknown(f"<{entry.name}> decides for some methods only"), entry.line)
    if not entry.sure and entry.name in ACCESS:
        return Rule(anywhere, Unknown("holds only if an enclosing <If…> section does"), entry.line)
    return None


def _require(required: Sequence[Entry]) -> list[Rule]:
    """Several Require lines stand as in <RequireAny>: one that holds is enough."""
    if len(required) == 1 and required[0].name == "requireall":
        inner = [entry for entry in required[0].entries or () if _counts(entry)]
        against = [entry for entry in inner if _negative(entry)]
        admitting = [entry for entry in inner if not _negative(entry)]
        rest = tuple(_holds(entry) for entry in admitting)
        line = admitting[0].line if admitting else required[0].line
        refusals = [Rule(_one(entry.words[1:]), Refuse(EVERY_LINE), entry.line) for entry in against]
        return [*refusals, Rule(AllOf(rest), Accept(), line)]
    return [Rule(_holds(entry), Accept(), entry.line) for entry in required]


def _negative(entry: Entry) -> bool:
    return entry.name == "require" and bool(entry.words) and entry.words[0].lower() == "not"


def _counts(entry: Entry) -> bool:
    return entry.name == "require" or entry.name in GROUPS


def _holds(entry: Entry) -> Condition:
    if entry.name == "require":
        if entry.words and entry.words[0].lower() == "not":
            return Not(_one(entry.words[1:]))
        return _one(entry.words)
    inner = [each for each in entry.entries or () if _counts(each)]
    if any(not each.sure for each in inner):
        return Opaque(f"part of <{entry.name}> holds only if an enclosing <If…> section does")
    match entry.name:
        case "requireall":
            return AllOf(tuple(_holds(each) for each in inner))
        case "requirenone":
            return Not(AnyOf(tuple(_holds(each) for each in inner)))
        case _:
            # A negated line cannot make <RequireAny> succeed.
            positive = [each for each in inner if not (each.words and each.words[0].lower() == "not")]
            return AnyOf(tuple(_holds(each) for each in positive))


def _one(words: Sequence[str]) -> Condition:
    said = " ".join(words)
    match [word.lower() for word in words]:
        case ["all", "granted"]:
            return Always(holds=True)
        case ["all", "denied"] | ["local"]:
            return Always(holds=False)
        case ["ip", *texts] if texts:
            return _networks(texts)
        case ["method", *names]:
            if {name.upper() for name in names} >= CLOUD_METHODS:
                return Always(holds=True)
            return Opaque(f"Require {said}: depends on the callback's method")
        case _:
            return Opaque(f"Require {said} does not follow from the address alone")


def _networks(texts: Sequence[str]) -> Condition:
    try:
        return Where("source", of_spans(span for text in texts for span in _network(text).spans))
    except ValueError:
        return Opaque(f"{' '.join(texts)} is not understood")


def _network(text: str) -> Addresses:
    """Read a network; `185.110` is every address that begins so."""
    if re.fullmatch(r"\d{1,3}(\.\d{1,3}){0,2}\.?", text):
        parts = text.rstrip(".").split(".")
        return network(".".join(parts + ["0"] * (4 - len(parts))) + f"/{8 * len(parts)}")
    return network(text)


def _order(older: Sequence[Entry]) -> tuple[list[Rule], Action]:
    """`deny,allow`: allow overrides deny, and the rest gets in; `allow,deny`.

    The other way round (mod_access_compat).
    """
    allows = [Rule(_from(entry.words), Accept(), entry.line) for entry in older if entry.name == "allow"]
    refuse = Refuse(DENY_WINS if _deny_wins(older) else "")
    denies = [Rule(_from(entry.words), refuse, entry.line) for entry in older if entry.name == "deny"]
    return ([*denies, *allows], Refuse()) if _deny_wins(older) else ([*allows, *denies], Accept())


def _deny_wins(older: Sequence[Entry]) -> bool:
    orders = [entry.words[0].lower() for entry in older if entry.name == "order" and entry.words]
    return bool(orders) and orders[-1] in {"allow,deny", "mutual-failure"}


def _from(words: Sequence[str]) -> Condition:
    texts = list(words[1:]) if words and words[0].lower() == "from" else list(words)
    if "all" in (text.lower() for text in texts):
        return Where("source", ALL)
    return _networks(texts)
