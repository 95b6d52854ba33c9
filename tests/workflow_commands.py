"""Reads a log as a runner of GitHub does: which lines are commands, and what they say."""

import re
from dataclasses import dataclass


@dataclass
class Command:
    """One command: its name, its properties and its data, unescaped."""

    name: str
    properties: dict[str, str]
    data: str

    @property
    def texts(self):
        """Everything that it says, line by line."""
        return [*self.properties.values(), *self.data.split("\n")]


ESCAPES = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}


def unescaped(text):
    """Undo the escapes, as the runner does: each once."""
    return re.sub("|".join(ESCAPES), lambda match: ESCAPES[match.group()], text)


def read(log):
    """Give the commands of a log, and its other lines."""
    commands, others = [], []
    for line in log.split("\n"):
        told = line.lstrip()
        end = told.find("::", 2)
        if not told.startswith("::") or end < 0:
            others.append(line)
            continue
        name, _, pairs = told[2:end].partition(" ")
        properties = dict(pair.split("=", 1) for pair in pairs.split(",") if pair)
        data = unescaped(told[end + 2 :])
        commands.append(Command(name, {key: unescaped(value) for key, value in properties.items()}, data))
    return commands, others


def spoken(name, text):
    """Give what a report in the format `name` says, without the syntax that is the format's own."""
    if name == "github":
        commands, others = read(text)
        return "\n".join([*(each for command in commands for each in command.texts), *others])
    return text.replace("\r\n", "\n") if name == "csv" else text
