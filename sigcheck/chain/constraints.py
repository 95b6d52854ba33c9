"""Name constraints of RFC 5280 4.2.1.10, as the clients that were measured apply them."""

from sigcheck.chain.certificate import Cert
from sigcheck.chain.der import MalformedDer, single
from sigcheck.chain.extensions import Constraints, GeneralName
from sigcheck.chain.hostnames import LABEL
from sigcheck.chain.names import attributes, canonical, common_names
from sigcheck.redaction.hide import hide

# OpenSSL gives up when names times constraints pass 2**20; ours is smaller, so that a hostile chain costs nothing.
MAX_COMPARISONS = 65_536


def breach(child: Cert, constraints: Constraints, *, leaf: bool) -> str | None:
    """Say which name of `child` the constraints of an issuer above it do not allow, None where all are allowed."""
    names = list(child.names or ())
    if leaf and not any(name.kind == "dns" for name in names):
        # OpenSSL holds a common name that looks like a DNS name against the constraints.
        names += [GeneralName("dns", text, text.encode()) for text in common_names(child.subject) if _like_dns(text)]
    if len(names) * (len(constraints.permitted) + len(constraints.excluded)) > MAX_COMPARISONS:
        return f"more names and constraints than any client compares ({len(names)} names)"
    trees = (*constraints.permitted, *constraints.excluded)
    if any(name.kind == "other" for name in names) and any(tree.kind == "other" for tree in trees):
        return "a name of a kind that clients cannot compare"
    for name in names:
        inside = [_within(name, tree) for tree in constraints.permitted if tree.kind == name.kind]
        if (inside and not any(inside)) or any(_within(name, tree) for tree in constraints.excluded):
            return hide(name.text) or name.kind
    subject = [_directory_within(child, tree) for tree in constraints.permitted if tree.kind == "directory"]
    if child.subject and subject and not any(subject):
        return child.label
    if child.subject and any(
        _directory_within(child, tree) for tree in constraints.excluded if tree.kind == "directory"
    ):
        return child.label
    return None


def _like_dns(text: str) -> bool:
    labels = text.lower().removeprefix("*.").split(".")
    return len(labels) > 1 and all(LABEL.match(label) for label in labels)


def _within(name: GeneralName, tree: GeneralName) -> bool:
    if name.kind != tree.kind:
        return False
    text, base = name.text.lower(), tree.text.lower()
    match name.kind:
        case "dns":
            # A leading dot, which RFC 5280 has for URIs alone, leaves out the domain itself for both families.
            return not base or text == base or text.endswith("." + base.removeprefix("."))
        case "ip":
            half = len(tree.raw) // 2
            if len(name.raw) != half:
                return False
            address, net, mask = name.raw, tree.raw[:half], tree.raw[half:]
            return all(a & m == n & m for a, n, m in zip(address, net, mask, strict=True))
        case "email":
            _, _, domain = text.rpartition("@")
            return text == base or domain == base or (base.startswith(".") and domain.endswith(base))
        case "uri":
            host = text.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
            return host == base or (base.startswith(".") and host.endswith(base))
        case _:
            return False


def _directory_within(child: Cert, tree: GeneralName) -> bool:
    if tree.kind != "directory":
        return False
    try:
        base = canonical(attributes(single(tree.raw, "a directory name").raw))
    except MalformedDer:
        return False
    return canonical(child.subject)[: len(base)] == base
