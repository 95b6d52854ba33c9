"""Twice the rules are not four times the work, whatever the format: counted in steps of Python, not in time."""

from collections.abc import Callable
from cProfile import Profile

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.question import File, Question
from sigcheck.errors import UsageProblem

HEAD = "*filter\n:INPUT DROP\n:FORWARD DROP\n:OUTPUT ACCEPT\n"
LONG = 500


def address(number: int) -> str:
    """Give one of many addresses that do not join."""
    return f"10.{number // 100 % 250}.{number % 100 * 2}.{number * 7 % 251}"


def lines(text: str, number: int) -> str:
    """Write a line for each address."""
    return "".join(text.replace("{}", address(each)).replace("{n}", str(each)) + "\n" for each in range(number))


FORMATS: dict[str, Callable[[int], str]] = {
    "cidr": lambda number: lines("{}/32", number),
    "nginx": lambda number: lines("allow {};", number) + "deny all;\n",
    "apache": lambda number: "<RequireAny>\n" + lines("Require ip {}", number) + "</RequireAny>\n",
    "iptables": lambda number: HEAD + lines("-A INPUT -s {}/32 -p tcp --dport 443 -j ACCEPT", number) + "COMMIT\n",
    "iptables-refusals": lambda number: HEAD + lines("-A INPUT -s {}/32 -j DROP", number) + "COMMIT\n",
    "iptables-chains": lambda number: (
        HEAD + lines(":C{n} -\n-A INPUT -s {}/32 -j C{n}\n-A C{n} -p tcp --dport 443 -j ACCEPT", number) + "COMMIT\n"
    ),
    "iptables-S": lambda number: "-P INPUT DROP\n" + lines("-A INPUT -s {}/32 -j ACCEPT", number),
    "ufw": lambda number: (
        "Status: active\nDefault: deny (incoming), allow (outgoing)\n" + lines("443/tcp  ALLOW IN    {}", number)
    ),
}


def work(text: str) -> int:
    """Count the calls of a check; what one call copies is looked at in `test_a_part_is_taken_out_in_place`."""
    profile = Profile(builtins=False)
    profile.runcall(check, [File("rules", text)], Question(("185.110.96.0/22",), 443))
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("name", FORMATS)
def test_twice_the_rules_are_twice_the_work(name: str) -> None:
    """The calls grow with the list, and not with its square."""
    once, twice = work(FORMATS[name](LONG)), work(FORMATS[name](2 * LONG))
    assert once > LONG
    assert twice < 2.5 * once


def test_chains_that_double_at_each_step_are_refused() -> None:
    """A hostile file of forty chains, each jumping twice to the next, would be walked for ever."""
    declared = "".join(f":C{each} -\n" for each in range(41))
    jumps = "".join(f"-A C{each} -j C{each + 1}\n" * 2 for each in range(40))
    file = File("rules", f"{HEAD}{declared}-A INPUT -j C0\n{jumps}COMMIT\n")
    with pytest.raises(UsageProblem, match="the rules branch too often to be followed"):
        check([file], Question(("192.0.2.0/24",), 443))
