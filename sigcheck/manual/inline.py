"""What stands inside a paragraph: Markdown's marks become styles, and links become what a reader can call."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it.tree import SyntaxTreeNode

from sigcheck.manual.pages import command_for
from sigcheck.manual.paper import Paper, Run, Style, Word, split

_FILE = re.compile(r"\bdocs/(?:rules/)?[\w-]+\.md\b")


@dataclass
class Sentences:
    """Reads the sentences of one page. `folder` is where its relative links start; `links` are those to elsewhere."""

    paper: Paper
    folder: str
    links: dict[str, str] = field(default_factory=dict)

    def words(self, node: SyntaxTreeNode, style: Style = "") -> list[Word]:
        """Give the words of an inline node."""
        return split(self._runs(node, style))

    def _runs(self, node: SyntaxTreeNode, style: Style) -> Iterator[Run]:
        for child in node.children:
            match child.type:
                case "text":
                    yield from self._text(child.content, style)
                case "code_inline":
                    command = command_for(child.content)
                    yield self.paper.spelled(command or child.content), "code"
                case "softbreak":
                    yield " ", style
                case "hardbreak":
                    yield "", style
                case "link":
                    yield from self._link(child, style)
                case "strong" | "em":
                    yield from self._runs(child, "bold")
                case "image":
                    yield from self._text(child.content, style)
                case _:  # a comment
                    continue

    def _text(self, text: str, style: Style) -> Iterator[Run]:
        """Give a text in which the command stands for each page that it names."""
        at = 0
        for match in _FILE.finditer(text):
            command = command_for(match[0])
            if command is not None:
                yield from self._plain(text[at : match.start()], style)
                yield command, "code"
                at = match.end()
        yield from self._plain(text[at:], style)

    def _plain(self, text: str, style: Style) -> Iterator[Run]:
        if text:
            yield self.paper.spelled(text), style

    def _link(self, node: SyntaxTreeNode, style: Style) -> Iterator[Run]:
        target = str(node.attrs["href"])
        runs = list(self._runs(node, style))
        said = "".join(text for text, _ in runs)
        if re.match(r"[a-z]+:", target):
            if said != target:
                self.links[said] = target
            yield from runs
            return
        file = target.partition("#")[0]
        if not file:
            yield from runs
            return
        path = posixpath.normpath(posixpath.join(self.folder, file))
        command = command_for(path)
        if command is None:
            yield from runs
            yield f" ({path} in the source of sigcheck)", style
        elif said.endswith(".md") or said == command.rpartition(" ")[2]:
            yield command, "code"
        else:
            yield from runs
            yield " (", style
            yield command, "code"
            yield ")", style
