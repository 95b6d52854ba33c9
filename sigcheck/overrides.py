"""`--resolve`: addresses that are used in place of the resolver's, as curl has them."""

from collections.abc import Iterable

from sigcheck.errors import UsageProblem
from sigcheck.target import parse_target


def parse_overrides(texts: Iterable[str]) -> dict[tuple[str, int], tuple[str, ...]]:
    """Give the addresses for each host and port; several for one host are all used. Raises UsageProblem."""
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for text in texts:
        place, addresses = parse_override(text)
        found[place] = tuple(dict.fromkeys((*found.get(place, ()), *addresses)))
    return found


def parse_override(text: str) -> tuple[tuple[str, int], tuple[str, ...]]:
    """Split HOST:PORT:ADDR[,ADDR…] as curl's --resolve does; raises UsageProblem."""
    from ipaddress import ip_address

    host, _, rest = text.partition(":")
    port, _, address = rest.partition(":")
    try:
        parsed = tuple(str(ip_address(each.strip().strip("[]"))) for each in address.split(","))
        target = parse_target(f"https://{host}:{int(port)}/")
    except (ValueError, UsageProblem):
        raise UsageProblem(
            "--resolve cannot be read", "write HOST:PORT:ADDRESS, such as a.example:443:192.0.2.1"
        ) from None
    return (target.host, target.port), parsed
