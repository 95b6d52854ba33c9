"""The total over all messages, for an observer that cannot count single ones."""


class SharedTotal:
    """The total over all messages, as the scenarios that share it left it.

    `holder` is the scenario that read it last, `owing` the effects that each waited for in vain so far. Whoever
    finds that the total moved while nothing was sent makes it useless for all: other traffic cannot be told from
    effects of ours. `busy` are the seconds between two counts in which something was sent, `idle` those in which
    nothing was. `newest` is when a message was delivered for the first time, whichever scenario's it was.
    """

    __slots__ = ("busy", "fault", "holder", "idle", "newest", "owing", "read_at", "read_at_sent", "sent", "total")

    def __init__(self) -> None:
        self.holder: object = None
        self.total = 0
        self.sent = 0
        self.read_at_sent = -1
        self.owing: dict[object, int] = {}
        self.read_at = 0.0
        self.busy = 0.0
        self.idle = 0.0
        self.fault: str | None = None
        self.newest: float | None = None

    def moved(self, by: int) -> str:
        """Note that the total moved while nothing was sent; gives the fault."""
        went = f"rose by {by}" if by > 0 else f"fell by {-by}"
        self.fault = (
            f"the total {went} while nothing was sent, because of other traffic or late effects; count single "
            "messages with placeholders"
        )
        return self.fault
