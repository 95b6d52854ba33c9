"""The variables that callbacks may have: name, kind, a realistic default, unit, and how sure it is that they exist."""

from typing import Literal

from msgspec import Struct

Kind = Literal["int", "float", "hex", "string", "bool", "raw"]
"""What a variable's text is: `hex` and `string` stand in quotes in JSON; `raw` is JSON of its own, never quoted."""

Certainty = Literal["official", "old official text", "third party", "inferred"]


class Variable(Struct, frozen=True):
    """A variable of the portal. `default` is the text that is put in its place where a message does not say.

    `of` names the field of a message (`sigcheck.model.delivery.Message`) that it carries. `needs` is the contract
    option that a device needs to have it; `source` the page that names it.
    """

    name: str
    kind: Kind
    default: str
    about: str
    unit: str = ""
    source: str = "support.sigfox.com/docs/uplink"
    certainty: Certainty = "official"
    needs: str = ""
    of: Literal["device", "time", "seq_number", "data"] | None = None

    @property
    def quoted(self) -> bool:
        """Whether the default template of JSON puts it in quotes."""
        return self.kind in {"hex", "string"}


_UPLINK = "support.sigfox.com/docs/uplink"
_BIDIR = "support.sigfox.com/docs/bidir"
_ACK = "support.sigfox.com/docs/acknowledge"
_REPEATER = "support.sigfox.com/docs/repeater"
_ADVANCED = "support.sigfox.com/docs/data-advanced"
_ERROR = "support.sigfox.com/docs/error-callback"
_EVENT = "support.sigfox.com/docs/event-type"
_OLD_PAGE = "github.com/Iotnet/Callback (2017)"
_OLD: Certainty = "old official text"
_METADATA, _ATLAS = "NETWORK METADATA", "ATLAS"

DEVICE = Variable("device", "hex", "20AEAB", "the device's id, up to 8 hex digits", of="device")
TIME = Variable("time", "int", "1548682015", "when the message was received", "Unix seconds", of="time")
SEQUENCE = Variable("seqNumber", "int", "9", "the device's counter of messages", of="seq_number")
DATA = Variable("data", "hex", "5169676368656B", "the payload, 0 to 12 bytes", of="data")

_DEVICE_TYPE = Variable("deviceTypeId", "hex", "5c4f1a2be833d9003a8f1c20", "the id of the device type", source=_UPLINK)
_ACK_FLAG = Variable("ack", "bool", "true", "whether the device waits for a downlink", source=_BIDIR)
_POLLING = Variable("longPolling", "bool", "false", "whether the downlink may wait for a long poll", source=_BIDIR)
_SNR = Variable("snr", "float", "18.11", "signal to noise ratio", "dB", needs=_METADATA)
_RSSI = Variable("rssi", "float", "-118.00", "signal strength; may be null", "dBm", needs=_METADATA)
_STATION = Variable("station", "hex", "3849", "the base station, 4 hex digits", needs=_METADATA)


def _old(name: str, kind: Kind, default: str, about: str, unit: str = "") -> Variable:
    return Variable(name, kind, default, about, unit, source=_OLD_PAGE, certainty=_OLD)


_FORMER = (
    _old("duplicate", "bool", "false", "whether another base station reported the message before"),
    _old("avgSnr", "float", "17.52", "average signal to noise ratio", "dB"),
    _old("lat", "int", "44", "latitude of the base station, rounded", "degrees"),
    _old("lng", "int", "1", "longitude of the base station, rounded", "degrees"),
)

UPLINK = (
    DEVICE, TIME, SEQUENCE, DATA, _DEVICE_TYPE,
    Variable("ack", "bool", "false", "whether the device waits for a downlink",
             source="receivers that use it", certainty="third party"),
    _SNR, _RSSI, _STATION, *_FORMER,
)  # fmt: skip

BIDIR = (DEVICE, TIME, SEQUENCE, DATA, _DEVICE_TYPE, _ACK_FLAG, _POLLING, _SNR, _RSSI, _STATION, *_FORMER)

_RADIO = tuple(_old(each.name, each.kind, each.default, each.about, each.unit) for each in (_SNR, _RSSI, _STATION))

STATUS = (
    DEVICE, TIME, SEQUENCE,
    _old("batt", "float", "3.05", "battery voltage", "V"),
    _old("temp", "float", "21.50", "the device's temperature", "degrees Celsius"),
    *_RADIO, *_FORMER,
)  # fmt: skip

ACKNOWLEDGE = (
    DEVICE, TIME,
    Variable("infoCode", "int", "0", "what came of the downlink: 0 acked to 8 invalid configuration", source=_ACK),
    Variable("infoMessage", "string", "Acked", "the same in words", source=_ACK),
    Variable("downlinkAck", "bool", "true", "whether a base station sent the downlink", source=_ACK),
    Variable("downlinkOverusage", "bool", "false", "whether the contract's downlinks are used up", source=_ACK),
    *_RADIO, *_FORMER,
)  # fmt: skip

REPEATER = (
    DEVICE, TIME,
    Variable("batt", "float", "3.05", "battery voltage", "V", source=_REPEATER),
    Variable("whitelistDevices", "int", "3", "devices on the whitelist", source=_REPEATER),
    Variable("repeatedMsg", "int", "12", "messages that were repeated, as a range code 0 to 15", source=_REPEATER),
    Variable("unwantedDevices", "int", "1", "devices that are not on the whitelist, 0 to 15", source=_REPEATER),
    Variable("unwantedMsg", "int", "2", "their messages, as a range code 0 to 15", source=_REPEATER),
    Variable("wrongMsg", "int", "0", "messages that could not be read, as a range code 0 to 15", source=_REPEATER),
    Variable("overRegulMsg", "int", "0", "messages kept back by the duty cycle, as a range code 0 to 15",
             source=_REPEATER),
)  # fmt: skip

ADVANCED = (
    DEVICE, TIME, SEQUENCE, DATA,
    Variable("deviceTypeId", "hex", _DEVICE_TYPE.default, _DEVICE_TYPE.about,
             source="receivers that use it", certainty="third party"),
    Variable("lqi", "string", "GOOD", "link quality: LIMIT, AVERAGE, GOOD, EXCELLENT or NA", source=_ADVANCED),
    Variable("linkQuality", "int", "2", "the same as a number, 0 to 4", source=_ADVANCED),
    Variable("fixedLat", "float", "43.54", "latitude that was set for the device", "degrees", source=_ADVANCED),
    Variable("fixedLng", "float", "1.51", "longitude that was set for the device", "degrees", source=_ADVANCED),
    Variable("operatorName", "string", "SIGFOX_France", "the operator whose network received it", source=_ADVANCED),
    Variable("countryCode", "int", "250", "the country's numeric ISO 3166 code", source=_ADVANCED),
    Variable("duplicates", "raw", '[{"bsId":"3849","nbRep":3,"rssi":-118.00,"snr":18.11},'
             '{"bsId":"14D1","nbRep":2,"rssi":-127.00,"snr":9.42}]',
             "every base station that received it, as a JSON array", source=_ADVANCED, needs=_METADATA),
    Variable("computedLocation", "raw", '{"lat":43.5428,"lng":1.5104,"radius":8000,"source":2,"status":1}',
             "the computed position, as a JSON object", source=_ADVANCED, needs=_ATLAS),
)  # fmt: skip


def _from_omnyvore(name: str, kind: Kind, default: str, about: str, unit: str = "") -> Variable:
    return Variable(name, kind, default, about, unit, source="docs.omnyvore.com", certainty="third party")


GEOLOC = (
    DEVICE, TIME, SEQUENCE,
    _from_omnyvore("radius", "int", "8000", "radius of the position", "m"),
    _from_omnyvore("geolocSource", "int", "2", "how the position was found"),
    _from_omnyvore("lat", "float", "43.5428", "latitude of the device", "degrees"),
    _from_omnyvore("lng", "float", "1.5104", "longitude of the device", "degrees"),
    _from_omnyvore("duplicate", "bool", "false", "whether another base station reported the message before"),
    _from_omnyvore("snr", "float", _SNR.default, _SNR.about, _SNR.unit),
    _from_omnyvore("rssi", "float", _RSSI.default, _RSSI.about, _RSSI.unit),
    _from_omnyvore("station", "hex", _STATION.default, _STATION.about),
)  # fmt: skip

ERROR = (
    DEVICE, TIME,
    Variable("info", "string", "No message received for 24 hours", "what is wrong", source=_ERROR),
    Variable("severity", "string", "ERROR", "ERROR; older pages name WARN as well", source=_ERROR),
)  # fmt: skip


def _event(name: str, kind: Kind, default: str, about: str, unit: str = "") -> Variable:
    return Variable(name, kind, default, about, unit, source=_EVENT)


EVENT = (
    TIME,
    Variable("sourceId", "hex", DEVICE.default, "the id of what the event is about", source=_EVENT, of="device"),
    _event("sourceType", "string", "DEVICE", "what the event is about: a group, a device type or a device"),
    _event("eventType", "string", "DEVICE_MESSAGE_LOST", "what has happened"),
    _event("severity", "string", "WARN", "how bad it is"),
    _DEVICE_TYPE,
    _event("groupId", "hex", "5c4f19f0e833d9003a8f0b11", "the id of the group"),
    _event("deviceInfo", "string", "Device 20AEAB", "the device in words"),
    Variable("deviceMessageSeqnumber", "int", SEQUENCE.default, "the counter of the message that it is about",
             source=_EVENT, of="seq_number"),
    _event("deviceMessageTime", "int", TIME.default, "when that message was received", "Unix seconds"),
    _event("deviceLastSeqnumber", "int", "8", "the counter of the message before"),
    _event("deviceExpectedSeqnumber", "int", "10", "the counter that was expected"),
    _event("deviceShortCause", "string", "SEQNUM_GAP", "the cause in a word"),
    _event("deviceCause", "string", "Messages were lost between the two counters", "the cause in words"),
    _event("contractId", "hex", "5c4f1999e833d9003a8f0a02", "the id of the contract"),
    _event("contractIds", "string", "5c4f1999e833d9003a8f0a02", "the ids of the contracts"),
    _event("subscriptionState", "string", "OK", "the state of the subscription"),
    _event("businessOperatorId", "hex", "5c4f1998e833d9003a8f0a01", "the id of the business operator"),
    _event("networkOperatorId", "hex", "5c4f1997e833d9003a8f0a00", "the id of the network operator"),
    _event("expectedTokenEndTime", "int", "1893456000", "when the token ends", "Unix seconds"),
    _event("expectedSubscriptionDurationEndTime", "int", "1893456000", "when the subscription ends", "Unix seconds"),
)  # fmt: skip
