"""The work on a list grows with its length; what no server would take is given up at once."""

import json
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.question import File, Question
from sigcheck.errors import UsageProblem
from tests.growth import TIMES, grows

RANGE = "185.110.96.0/22"
QUESTION = Question((RANGE,))
LINES = 1600
SIZE = 16 * 1024


def single(number: int) -> str:
    """Give one of many addresses that are never neighbours, none of them in the range."""
    return f"{20 + (number >> 16)}.{number >> 8 & 255}.{number & 255}.7"


def each(line: str, before: str = "", after: str = "") -> Callable[[int], str]:
    """Write a line for each of many addresses ("@"), each with its number ("#")."""
    return lambda count: (
        before + "".join(line.replace("@", single(n)).replace("#", str(n)) for n in range(count)) + after
    )


def cloud(rule: Callable[[int], object], wrap: Callable[[list[object]], object]) -> Callable[[int], str]:
    """Write the export of a cloud with many rules."""
    return lambda count: json.dumps(wrap([rule(n) for n in range(count)]))


WORLD = f"allow {RANGE};\ndeny all;\n"
GUARD = "server { listen 443; if ($a = 0) { return 403; } }"
INPUT = [
    {"table": {"family": "inet", "name": "f"}},
    {
        "chain": {
            "family": "inet",
            "table": "f",
            "name": "i",
            "type": "filter",
            "hook": "input",
            "prio": 0,
            "policy": "drop",
        }
    },
]
SADDR = {"payload": {"protocol": "ip", "field": "saddr"}}
LISTS: dict[str, tuple[str, Callable[[int], str]]] = {
    "nginx deny": ("nginx", each("deny @;\n", after=WORLD)),
    "nginx allow": ("nginx", each("allow @;\n", after=WORLD)),
    "nginx include": ("nginx", each("deny @;\ninclude x#;\n", after=WORLD)),
    "nginx geo": ("nginx", each("@ #;\n", "geo $a { default 0;\n", f"{RANGE} 1; }}\n{GUARD}")),
    "nginx nobody's": ("nginx", each("frob# x;\n", after=WORLD)),
    "nginx locations": ("nginx", each("location /# { deny @; }\n", "server { listen 443;\n", "}")),
    "apache require": ("apache", each("Require ip @\n")),
    "apache one line": ("apache", each(" @", "Require ip")),
    "apache not": ("apache", each("Require not ip @\n", "<RequireAll>\nRequire all granted\n", "</RequireAll>\n")),
    "apache deny": ("apache", each("Deny from @\n", "Order allow,deny\nAllow from all\n")),
    "apache satisfy": ("apache", each("Allow from @\n", "Satisfy any\nOrder deny,allow\nDeny from all\n")),
    "apache if": ("apache", each("<If x#>\nRequire ip @\n</If>\n")),
    "cidr": ("cidr", each("@\n")),
    "cidr one line": ("cidr", each("@,")),
    "cidr words": ("cidr", each("x#\n")),
    "cidr json": ("cidr", cloud(single, lambda ranges: {"ranges": ranges})),
    "iptables drop": ("iptables", each("-A INPUT -s @/32 -j DROP\n", "*filter\n:INPUT DROP [0:0]\n", "COMMIT\n")),
    "iptables accept": ("iptables", each("-A INPUT -s @/32 -j ACCEPT\n", "*filter\n:INPUT DROP [0:0]\n", "COMMIT\n")),
    "ufw": ("ufw", each("443/tcp    DENY IN    @\n", "Status: active\nDefault: deny (incoming)\n\n")),
    "nft": (
        "nft",
        cloud(
            lambda n: {"rule": {"family": "inet", "table": "f", "chain": "i", "handle": n, "expr": [
                {"match": {"op": "==", "left": SADDR, "right": single(n)}}, {"drop": None}]}},
            lambda rules: {"nftables": [*INPUT, *rules]},
        ),
    ),
    "aws": (
        "aws",
        cloud(
            lambda n: {"CidrIp": f"{single(n)}/32"},
            lambda ranges: {"SecurityGroups": [{"GroupId": "a", "IpPermissions": [
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": ranges}]}]},
        ),
    ),
    "azure": (
        "azure",
        cloud(
            lambda n: {"name": f"r{n}", "priority": n, "access": "Deny", "direction": "Inbound", "protocol": "*",
                       "sourceAddressPrefix": single(n), "destinationPortRange": "*", "sourcePortRange": "*",
                       "destinationAddressPrefix": "*"},
            lambda rules: {"securityRules": rules},
        ),
    ),
    "gcp": (
        "gcp",
        cloud(
            lambda n: {"name": f"r{n}", "priority": n, "direction": "INGRESS", "denied": [{"IPProtocol": "all"}],
                       "sourceRanges": [f"{single(n)}/32"]},
            lambda rules: rules,
        ),
    ),
}  # fmt: skip
# What a file of one piece, over and over, may be made of; its kind is found out from it.
PIECES = (
    " ", "\n", "\t", "\r", " \n", " #\n", "#", "#\n", "a", "1", "1.", "1.1.1.1 ", "\\", "\\\n", '"', "'", '"a',
    "{", "}", "{}", "a{", "a{}", ";", "$", "${", "<", "<a>\n", "</a>\n", "<If", "(", "[", "-", "-A INPUT ",
    "*filter\n", "if (", "allow ", "allow\n", "allow all;", "return ", "include\n", "location ", "location / {",
    "server\n", "geo $a {", "Require\n", "Require ip ", "<RequireAll>\n", "Order ", "Allow from ",
    "create a hash:ip\n", "é", "\u2028",
)  # fmt: skip


def checking(text: str, kind: str | None = None) -> Callable[[], object]:
    """Give the work of checking a file."""
    return partial(check, [File("file", text)], QUESTION, kind)


@pytest.mark.parametrize("name", LISTS)
def test_the_work_grows_with_the_list_and_not_with_its_square(name: str) -> None:
    """Lists of addresses, of lines that are not understood and of rules in JSON are read in linear time."""
    kind, text = LISTS[name]
    assert not grows(checking(text(LINES // TIMES), kind), checking(text(LINES), kind))


def test_a_file_of_one_piece_over_and_over() -> None:
    """Blank lines, quotes, braces, brackets and beginnings of directives: no text makes a search go back and forth."""
    for piece in PIECES:
        part, text = ((piece * size)[:size] + "\nx" for size in (SIZE // TIMES, SIZE))
        assert not grows(checking(part), checking(text)), piece


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("nginx", 'auth_basic "' + "x;\n" * 500_000),
        ("nginx", "server {" * 100_000),
        ("apache", "<Files x>\n" * 100_000),
        ("apache", "<IfModule x>\n" * 100_000),
        ("aws", "[" * 100_000),
        ("nft", '{"nftables":' * 100_000),
    ],
    ids=["quote", "braces", "sections", "conditions", "brackets", "objects"],
)
def test_what_never_closes_is_refused_at_once(kind: str, text: str) -> None:
    """An open quote or 100,000 open braces are one line on stderr, without a second of work or a megabyte for each."""
    begun = time.process_time()
    with pytest.raises(UsageProblem):
        check([File("file", text)], QUESTION, kind)
    assert time.process_time() - begun < 2


def test_lines_that_are_not_understood_take_no_room_for_each_other() -> None:
    """Two thousand includes between two thousand refusals are remembered by what they mean for the range alone."""
    _, text = LISTS["nginx include"]
    files = [File("file", text(count)) for count in (1_000, 2_000)]
    peaks = []
    for file in files:
        tracemalloc.start()
        check([file], QUESTION, "nginx")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 3 * peaks[0]
    assert peaks[1] < 30 * 2**20
