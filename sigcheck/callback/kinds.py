"""The callback types of the portal, as values: what each carries, what makes two of its calls the same."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from sigcheck.callback import variables
from sigcheck.callback.replies import Reply, ReplyFault, Wrong, downlink_reply, plain_reply
from sigcheck.callback.variables import Variable
from sigcheck.model.delivery import Answer
from sigcheck.policy import SIGFOX_CLOUD

TypeName = Literal[
    "data/uplink",
    "data/bidir",
    "service/data-advanced",
    "service/status",
    "service/acknowledge",
    "service/repeater",
    "service/geoloc",
    "error",
    "event",
]
DEFAULT_TYPE: TypeName = "data/uplink"


class CallbackType(Struct, frozen=True):
    """A type of callback.

    `api` has its numbers in the Sigfox API (callbackType, callbackSubtype; the second is None where there is none),
    None where the API has no such callback. `identity` names the variables that make two of its calls the same.
    `sent` are those of the default template. `custom`: it may have variables of a payload configuration.
    `downlink`: its answer may carry a downlink. `json_only`: one version of Sigfox's page says that its body must be
    JSON. `ends` says that it goes away, as a sentence; "" where it does not.
    """

    name: TypeName
    about: str
    api: tuple[int, int | None] | None
    variables: tuple[Variable, ...]
    identity: tuple[str, ...]
    sent: tuple[str, ...]
    custom: bool = False
    downlink: bool = False
    json_only: bool = False
    ends: str = ""

    def variable(self, name: str) -> Variable | None:
        """Give the variable of that name; None where this type has none."""
        return next((each for each in self.variables if each.name == name), None)

    @property
    def body(self) -> str:
        """The default template of a JSON body."""
        known = {each.name: each for each in self.variables}
        members = (f'"{name}":"{{{name}}}"' if known[name].quoted else f'"{name}":{{{name}}}' for name in self.sent)
        return "{" + ",".join(members) + "}"

    @property
    def form(self) -> str:
        """A form body with the variables of the default template."""
        return "&".join(f"{name}={{{name}}}" for name in self.sent)

    def evaluate(
        self, answer: Answer, asked: Mapping[str, bool], success: tuple[int, int] = SIGFOX_CLOUD.success
    ) -> Reply:
        """Say what is wrong with an answer, and which downlinks the Cloud gets from it.

        Where it takes none, any success is right.
        `asked` has the devices of the request's messages, several for a batch, and whether each waits for a downlink.
        """
        low, high = success
        if not low <= answer.status <= high:
            said = f"was answered {answer.status}, and only {low} to {high} is success"
            return Reply(wrong=(Wrong(ReplyFault.NOT_ACCEPTED, said, "must"),))
        return downlink_reply(answer, asked) if self.downlink else plain_reply(answer)


_MESSAGE = ("device", "time", "seqNumber")
_MOMENT = ("device", "time")

_ALL = (
    CallbackType(
        "data/uplink", "a message of a device, on reception of its first frame", (0, 2), variables.UPLINK,
        _MESSAGE, (*_MESSAGE, "data"), custom=True,
    ),
    CallbackType(
        "data/bidir", "a message whose answer may carry a downlink", (0, 3), variables.BIDIR,
        _MESSAGE, (*_MESSAGE, "data", "ack"), custom=True, downlink=True,
    ),
    CallbackType(
        "service/data-advanced", "a message with link quality and position, 25 to 30 seconds after its first frame",
        (1, 6), variables.ADVANCED, _MESSAGE, (*_MESSAGE, "data", "lqi", "duplicates", "computedLocation"),
        custom=True, json_only=True,
    ),
    CallbackType(
        "service/status", "battery and temperature of a device", (1, 0), variables.STATUS,
        _MESSAGE, (*_MESSAGE, "batt", "temp"),
        ends="Sigfox ends service/status callbacks in April 2027; no new ones can be made since September 2026.",
    ),
    CallbackType(
        "service/acknowledge", "what came of a downlink", (1, 4), variables.ACKNOWLEDGE,
        _MOMENT, (*_MOMENT, "infoCode", "infoMessage", "downlinkAck", "downlinkOverusage"),
    ),
    CallbackType(
        "service/repeater", "what a repeater has repeated", (1, 5), variables.REPEATER,
        _MOMENT, (*_MOMENT, "batt", "whitelistDevices", "repeatedMsg", "unwantedDevices", "unwantedMsg", "wrongMsg",
                  "overRegulMsg"),
    ),
    CallbackType(
        "service/geoloc", "a computed position", (1, 1), variables.GEOLOC,
        _MESSAGE, (*_MESSAGE, "lat", "lng", "radius", "geolocSource"),
        ends="service/geoloc callbacks can no longer be made or edited; Sigfox names service/data-advanced as the "
        "successor.",
    ),
    CallbackType(
        "error", "a device has sent nothing for longer than it should", (2, None), variables.ERROR,
        _MOMENT, (*_MOMENT, "info", "severity"),
    ),
    CallbackType(
        "event", "something happened to a device, a device type or a group", None, variables.EVENT,
        ("time", "sourceId", "eventType", "deviceMessageSeqnumber"),
        ("time", "sourceId", "sourceType", "eventType", "severity", "deviceMessageSeqnumber"),
    ),
)  # fmt: skip

CALLBACK_TYPES: dict[str, CallbackType] = {each.name: each for each in _ALL}
"""Every type by its name, in the order in which they are explained."""


def types_with(variable: str) -> tuple[str, ...]:
    """Give the names of the types that have that variable."""
    return tuple(each.name for each in _ALL if each.variable(variable) is not None)
