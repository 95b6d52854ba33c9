"""A payload configuration of the portal, and the values that it reads out of a payload.

The grammar is that of the portal's own help, `name:byteIndex:type:size[:endianness][:bitOffset]`, as it was quoted by
two users (docs/callback-types.md): fields between spaces; bits are counted from 7, the highest of a byte, down to 0.
"""

import re
import struct

from msgspec import Struct

from sigcheck.errors import UsageProblem

CUSTOM = "customData#"
"""What stands before the name of such a field where a template uses it."""

FIELD = re.compile(
    r"(?P<name>[A-Za-z0-9_-]+):(?P<index>[0-9]{0,2}):(?P<kind>[a-z]+):(?P<size>[0-9]{1,2})"
    r"(?::(?P<order>big-endian|little-endian|))?(?::(?P<offset>[0-7]?))?"
    # The help writes a bit offset without an endianness both ways: uint:4::3 and uint:32:2.
)
BYTE = 8
HIGHEST = 7

SIZES: dict[str, tuple[str, frozenset[int]]] = {
    "bool": ("a bit from 0 to 7", frozenset(range(8))),
    "char": ("1 to 12 bytes", frozenset(range(1, 13))),
    "uint": ("1 to 64 bits", frozenset(range(1, 65))),
    "int": ("1 to 64 bits", frozenset(range(1, 65))),
    "float": ("32 or 64 bits", frozenset((32, 64))),
}
"""What stands behind the type of a field, in words and as numbers."""


class Field(Struct, frozen=True):
    """A field: where it starts (byte and bit) and how many bits it has. A `bool` has one."""

    name: str
    kind: str
    byte: int
    bit: int
    bits: int
    little: bool = False

    def read(self, payload: bytes) -> str:
        """Give the field's value as text; null where the payload does not reach so far, or holds no such value."""
        start = self.byte * BYTE + HIGHEST - self.bit
        spare = len(payload) * BYTE - start - self.bits
        if spare < 0:
            return "null"
        number = int.from_bytes(payload) >> spare & (1 << self.bits) - 1
        if self.kind == "bool":
            return "true" if number else "false"
        if self.little:
            number = int.from_bytes(number.to_bytes(self.bits // BYTE, "little"))
        if self.kind == "uint":
            return str(number)
        if self.kind == "int":
            return str(number - (1 << self.bits) if number >> self.bits - 1 else number)
        held = number.to_bytes(self.bits // BYTE)
        if self.kind == "char":
            text = held.decode("ascii", "replace")
            return text if text.isprintable() and "\N{REPLACEMENT CHARACTER}" not in text else "null"
        return _float(held)


class PayloadConfig(Struct, frozen=True):
    """The fields of a payload configuration, in its order."""

    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The fields' names as templates write them."""
        return tuple(CUSTOM + each.name for each in self.fields)

    def values(self, data: str) -> dict[str, str]:
        """Give the text of each field for a payload in hex, by the name that templates write."""
        payload = bytes.fromhex(data)
        return {CUSTOM + each.name: each.read(payload) for each in self.fields}


def parse_payload_config(text: str) -> PayloadConfig:
    """Read a payload configuration; raises UsageProblem that names the field and what is wrong with it."""
    fields: list[Field] = []
    names: set[str] = set()
    at = 0
    for word in text.split():
        match = FIELD.fullmatch(word)
        name = word.partition(":")[0][:40]
        if match is None:
            raise UsageProblem(
                f"--payload-config: field {name!r} is not name:byteIndex:type:size",
                "write a field such as temp:0:int:16:little-endian, and a space between two",
            )
        kind, size = match["kind"], int(match["size"])
        if kind not in SIZES:
            raise UsageProblem(
                f"--payload-config: field {name!r} has an unknown type", f"give one of {', '.join(SIZES)}"
            )
        wanted, sizes = SIZES[kind]
        if size not in sizes:
            raise UsageProblem(f"--payload-config: field {name!r} has a size that its type does not have",
                               f"give {wanted} for {kind}")  # fmt: skip
        if name in names:
            raise UsageProblem(f"--payload-config: field {name!r} is given twice", "give each field a name of its own")
        little = match["order"] == "little-endian"
        bits = {"bool": 1, "char": size * BYTE}.get(kind, size)
        if little and kind in {"bool", "char"}:
            raise UsageProblem(f"--payload-config: field {name!r} cannot be little-endian",
                               "only int, uint and float can be")  # fmt: skip
        if little and bits % BYTE:
            raise UsageProblem(
                f"--payload-config: field {name!r} is little-endian, and its bits do not fill whole bytes",
                "what the portal reads there is not published; give a size of 8, 16, 24, 32, 40, 48, 56 or 64 bits",
            )
        given = match["offset"]
        if kind == "bool" and (given or match["order"]):
            raise UsageProblem(f"--payload-config: field {name!r} has more than a bit", "write name:byteIndex:bool:bit")
        bit = size if kind == "bool" else int(given) if given else HIGHEST
        start = int(match["index"]) if match["index"] else at
        fields.append(Field(name, kind, start, bit, bits, little))
        names.add(name)
        # A field ends where the next one without an index begins: in its last byte if it has a bit offset, and else
        # behind it. A bool leaves its byte to the next field (seen in the portal, docs/callback-types.md).
        end = start + (HIGHEST - bit + bits - 1) // BYTE
        at = end if kind == "bool" or given else end + 1
    if not fields:
        raise UsageProblem("--payload-config has no field", "write one such as temp:0:int:16:little-endian")
    return PayloadConfig(tuple(fields))


def _float(held: bytes) -> str:
    (number,) = struct.unpack(">f" if len(held) == struct.calcsize("f") else ">d", held)
    if number != number or abs(number) == float("inf"):
        return "null"
    if len(held) == struct.calcsize("d"):
        return repr(number)
    # The shortest text that stands for the same 32 bits.
    return next(text for digits in range(1, 18) if struct.pack(">f", float(text := f"{number:.{digits}g}")) == held)
