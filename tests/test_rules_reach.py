"""The `reach` rules: resolving, addresses, connecting."""

from sigcheck.model.delivery import FailureKind, Phase
from sigcheck.model.rule import Status
from tests.evidence import address, answer, failure, network, samples
from tests.rulecases import Case, check, table

PASS, FAIL, SKIP, OPEN = Status.PASS, Status.FAIL, Status.SKIP, Status.UNDECIDED
REFUSED = failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused")
SILENT = {"outcome": "no answer", "detail": "no answer to the connection attempt came within 10 s"}
UNRESOLVED = {"network": network(problem="Name or service not known"), "samples": (), "scenario": None}


@table(
    Case("reach-unresolved", "good", {}, PASS, "receiver.example resolves to 192.0.2.1 (by the system's resolver)"),
    Case("reach-unresolved", "overridden", {"network": network(overridden=True)}, PASS, "by --resolve"),
    Case("reach-unresolved", "literal", {"network": network(literal=True)}, SKIP, "an address, not a name"),
    Case("reach-unresolved", "not-looked-at", {"network": None}, SKIP),
    Case("reach-unresolved", "no-such-name", UNRESOLVED, FAIL, "does not resolve: Name or service not known"),
    Case(
        "reach-unresolved",
        "many",
        {"network": network(*(address(f"192.0.2.{n}") for n in range(1, 7)))},
        PASS,
        "192.0.2.4 and 2 more",
    ),
    Case("reach-no-ipv4", "good", {}, PASS, "the only address is IPv4"),
    Case(
        "reach-no-ipv4",
        "one-of-two",
        {"network": network(address(), address("2001:db8::1"))},
        PASS,
        "1 of 2 addresses is IPv4",
    ),
    Case("reach-no-ipv4", "both", {"network": network(address("2001:db8::1"), address())}, PASS, "1 of 2"),
    Case("reach-no-ipv4", "six-only", {"network": network(address("2001:db8::1"))}, FAIL, "the only address", "should"),
    Case("reach-no-ipv4", "unresolved", UNRESOLVED, SKIP),
    Case("reach-private-address", "good", {}, PASS, "the only address is public"),
    Case(
        "reach-private-address",
        "private",
        {"network": network(address("10.0.0.1", scope="private"))},
        FAIL,
        "10.0.0.1 is a private address",
        "must",
    ),
    Case(
        "reach-private-address",
        "one-of-two",
        {"network": network(address(), address("127.0.0.1", scope="loopback"))},
        FAIL,
        "127.0.0.1 is a loopback address",
    ),
    Case(
        "reach-private-address",
        "local-test",
        {"network": network(address("127.0.0.1", scope="loopback")), "allow_private": True},
        SKIP,
        "local test",
    ),
    Case("reach-private-address", "unresolved", UNRESOLVED, SKIP),
    Case("reach-refused", "good", {}, PASS, "port 443 accepts connections"),
    Case(
        "reach-refused",
        "all",
        {"network": network(address(outcome="refused"), address("192.0.2.2", outcome="refused"))},
        FAIL,
        "192.0.2.1, 192.0.2.2 refused the connection to port 443",
        "must",
    ),
    Case("reach-refused", "one-of-two", {"network": network(address(), address(outcome="refused"))}, PASS),
    Case(
        "reach-refused",
        "samples",
        {"samples": samples(answer(), REFUSED, REFUSED)},
        FAIL,
        "2 of 3 samples were refused, though the port had accepted",
    ),
    Case("reach-refused", "silence", {"network": network(address(**SILENT))}, SKIP, "reach-no-answer"),
    Case("reach-refused", "unresolved", UNRESOLVED, SKIP),
    Case("reach-no-answer", "good", {}, PASS, "the only address answered"),
    Case(
        "reach-address-differs",
        "second-silent",
        {"network": network(address(), address("192.0.2.2", outcome="no answer"))},
        FAIL,
        "192.0.2.2 does not answer",
        "must",
    ),
    Case(
        "reach-address-differs",
        "first-silent",
        {"network": network(address("192.0.2.2", outcome="no answer"), address())},
        FAIL,
        "does not answer",
        "must",
    ),
    Case(
        "reach-address-differs",
        "ipv6-silent",
        {"network": network(address(), address("2001:db8::2", outcome="no answer"))},
        FAIL,
        "2001:db8::2 does not answer",
        "should",
    ),
    Case(
        "reach-address-differs",
        "second-refuses",
        {"network": network(address(), address("192.0.2.2", outcome="refused"))},
        FAIL,
        "192.0.2.2 refuses connections",
        "should",
    ),
    Case("reach-no-answer", "refused-is-anothers", {"network": network(address(outcome="refused"))}, SKIP),
    Case(
        "reach-no-answer",
        "public-silence",
        {"network": network(address(**SILENT)), "samples": (), "scenario": None},
        OPEN,
        "this may be the allowlist doing its work",
    ),
    Case(
        "reach-no-answer",
        "private-silence",
        {"network": network(address("10.0.0.1", scope="private", **SILENT))},
        FAIL,
        "10.0.0.1 port 443: no answer",
        "must",
    ),
    Case(
        "reach-no-answer",
        "unreachable",
        {"network": network(address(outcome="unreachable", detail="No route to host"))},
        FAIL,
        "No route to host",
    ),
    Case("reach-no-answer", "unresolved", UNRESOLVED, SKIP),
)
def test_reach(case):
    """Each state of the network is named by its rule, with the address."""
    check(case)
