"""The addresses on their way through one chain: what is left of them, and what has been noted of them already."""

from sigcheck.allowlist.addresses import Addresses, Remaining


class Passing(Remaining):
    """The addresses that reach the next rule, and those of them that nothing has admitted, or refused, so far.

    A line that is not understood strikes all that are left; what an earlier one struck already is not noted again.
    """

    def __init__(self, addresses: Addresses) -> None:
        super().__init__(addresses)
        self._to_admit = Remaining(addresses)
        self._to_refuse = Remaining(addresses)

    def fresh_to_admit(self, addresses: Addresses) -> Addresses:
        """Give those of the addresses that are admitted for the first time."""
        return _taken(self._to_admit, addresses)

    def fresh_to_refuse(self, addresses: Addresses) -> Addresses:
        """Give those of the addresses that are refused for the first time."""
        return _taken(self._to_refuse, addresses)

    def take(self, addresses: Addresses) -> None:
        """Take these addresses out."""
        super().take(addresses)
        self._to_admit.take(addresses)
        self._to_refuse.take(addresses)

    def put(self, addresses: Addresses) -> None:
        """Put these addresses back."""
        super().put(addresses)
        self._to_admit.put(addresses)
        self._to_refuse.put(addresses)


def _taken(remaining: Remaining, addresses: Addresses) -> Addresses:
    found = remaining.within(addresses)
    remaining.take(found)
    return found
