"""The page of the callback types, made of their tables."""

from sigcheck.callback import CALLBACK_TYPES
from sigcheck.manual.callbacks import type_section

HEAD = """# Callback types

A callback has a type, and the type decides which variables it may have, what makes two of its calls the same, and
which answer is right. `--type` names it, and so does `type` in `sigcheck.toml`. A value that a message does not bring
itself has the default below, unless `--var NAME=VALUE` says otherwise.

What a variable is called and what it holds is Sigfox's; its default is sigcheck's, and looks like a real one. The last
column says how sure it is that the variable exists: *official* is a page of Sigfox's today, *old official text* a page
of an earlier time, which newer ones no longer confirm, and *third party* a receiver or a portal that uses it.
"""

CUSTOM = """## Custom variables

The types data/uplink, data/bidir and service/data-advanced may have variables of a custom payload config, which
templates write as `{customData#NAME}`. `--payload-config` takes the config as the portal has it:

<!-- needs: receiver -->
```bash
sigcheck verify "$URL" --payload-config 'temp::int:16:little-endian' --body '{"t":{customData#temp}}' --dry-run
```

A field is `name:byteIndex:type:size`, with a space between two, where type is `bool` (size is the bit, 7 the highest),
`char` (bytes), `uint` or `int` (1 to 64 bits) or `float` (32 or 64 bits). `:little-endian` may follow, and then the bit
of the first byte at which the field begins, `:7` unless given.

How sure the rules for reading are:

| Rule | How sure |
|---|---|
| The grammar above; big-endian and bit 7 are the defaults | the portal's help, as two users quoted it (scriptrdotio/sigfox and a web page) |
| A field without a byte index begins behind the field before it; behind one with a bit offset, it begins in that one's last byte | the portal's help, as quoted |
| A bool without a byte index is read from the byte behind the field before it, and leaves this byte to the next field | third party: the examples of a maker of modules send a uint and then a byte of bools so, and a picture of the portal of 2021 shows a uint behind eight bools that holds their byte (TECA-IOT/PROYECTO_Water_Level_UFOX_RS485). The help only says "the current byte" |
| A bit offset may stand without an endianness, as `uint:4::3` or as `uint:32:2` | both are in published examples. The help's own value for the second, 0x167890A, follows from none of its rules, so sigcheck reads it by the rules |
| A field that the payload is too short for arrives as `null` | third party: a user's report (forum.arduino.cc 495975) |
| What is no text or no number arrives as `null`, and a float as the shortest text that stands for it | our reading |
| Little-endian with a size that is not whole bytes | not published, and refused by sigcheck |
"""  # noqa: E501 - rows of a table


def page(_present: str) -> str:
    """Give the page, in Markdown."""
    sections = [type_section(kind) for kind in CALLBACK_TYPES.values()]
    return "\n".join([HEAD, *sections, CUSTOM])
