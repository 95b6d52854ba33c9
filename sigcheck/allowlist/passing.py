"""The addresses on their way through one chain: what is left of them, and what has been noted of them already."""

from sigcheck.allowlist.addresses import Addresses, Remaining


class Passing(Remaining):
    """The addresses that reach the next rule, and those of them that nothing has admitted, or refused, so far.

    A line that is not understood strikes all that are left; what an earlier one struck already is not noted again.
    """

    def __init__(self, addresses: Addresses) -> None:
        super().__init__(addresses)
        # Kept apart only once a line has struck addresses that go on all the same.
        self._to_admit: Remaining | None = None
        self._to_refuse: Remaining | None = None

    def fresh_to_admit(self, addresses: Addresses, *, ends: bool) -> Addresses:
        """Give those of the addresses that are admitted for the first time; `ends` says that they are taken next."""
        if ends and self._to_admit is None:
            return self.within(addresses)
        self._to_admit = self._to_admit if self._to_admit is not None else Remaining(self.all())
        return _taken(self._to_admit, addresses)

    def fresh_to_refuse(self, addresses: Addresses, *, ends: bool) -> Addresses:
        """Give those of the addresses that are refused for the first time; `ends` says that they are taken next."""
        if ends and self._to_refuse is None:
            return self.within(addresses)
        self._to_refuse = self._to_refuse if self._to_refuse is not None else Remaining(self.all())
        return _taken(self._to_refuse, addresses)

    def take(self, addresses: Addresses) -> None:
        """Take these addresses out."""
        super().take(addresses)
        for each in (self._to_admit, self._to_refuse):
            if each is not None:
                each.take(addresses)

    def put(self, addresses: Addresses) -> None:
        """Put these addresses back."""
        super().put(addresses)
        for each in (self._to_admit, self._to_refuse):
            if each is not None:
                each.put(addresses)


def _taken(remaining: Remaining, addresses: Addresses) -> Addresses:
    found = remaining.within(addresses)
    remaining.take(found)
    return found
