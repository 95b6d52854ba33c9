"""Markdown → text for a terminal: what our pages use of Markdown, without any of its marks."""

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from sigcheck.manual.inline import Sentences
from sigcheck.manual.paper import Paper, Word, paragraph
from sigcheck.manual.tables import table

BODY = "  "
"""How far everything but a heading is indented."""


def rendered(markdown: str, paper: Paper, folder: str = "docs") -> str:
    """Render one page; `folder` is its place in the source, where its relative links start. Ends in a newline."""
    return laid_out(parsed(markdown), paper, folder)


def parsed(markdown: str) -> SyntaxTreeNode:
    """Read the Markdown of a page."""
    return SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(markdown))


def laid_out(tree: SyntaxTreeNode, paper: Paper, folder: str = "docs") -> str:
    """Render a page that was parsed, as `rendered`; the tree stays as it is."""
    page = _Page(paper, Sentences(paper, folder))
    lines = list(page.blocks(tree.children, BODY))
    if page.sentences.links:
        lines += ["", *page.heading([(("Links", "bold"),)], "")]
        for said, target in page.sentences.links.items():
            lines += ["", f"{BODY}{paper.spelled(said)}", f"{BODY}  {target}"]
    return "\n".join(lines).strip("\n") + "\n"


class _Page:
    """Writes the blocks of one page."""

    def __init__(self, paper: Paper, sentences: Sentences) -> None:
        self.paper = paper
        self.sentences = sentences

    def blocks(self, nodes: Sequence[SyntaxTreeNode], indent: str) -> Iterator[str]:
        """Give the lines of blocks, with an empty line between each two that are not of a tight list."""
        begun = tight = False
        for node in nodes:
            lines = list(self._block(node, indent))
            if lines and begun and not tight:
                yield ""
            if lines:
                begun, tight = True, node.type == "paragraph" and bool(node.hidden)
            yield from lines

    def heading(self, words: Sequence[Word], indent: str) -> list[str]:
        """Give the lines of a heading."""
        return paragraph(words, self.paper, indent, indent)

    def _block(self, node: SyntaxTreeNode, indent: str) -> Iterator[str]:
        match node.type:
            case "heading":
                deep = int(node.tag[1]) > 2
                yield from self.heading(self.sentences.words(node.children[0], "bold"), " " if deep else "")
            case "paragraph":
                yield from paragraph(self.sentences.words(node.children[0]), self.paper, indent, indent)
            case "bullet_list" | "ordered_list":
                yield from self._list(node, indent)
            case "fence" | "code_block":
                yield from (f"{indent}  {self._code(line)}".rstrip() for line in node.content.splitlines())
            case "table":
                yield from self._table(node, indent)
            case "blockquote":
                yield from self.blocks(node.children, f"{indent}  ")
            case "hr":
                yield indent + self.paper.spelled("─") * (self.paper.width - len(indent))
            case _:  # a comment, or another piece of HTML
                return

    def _code(self, line: str) -> str:
        return self.paper.drawn(((self.paper.spelled(line), "code"),)) if line else ""

    def _list(self, node: SyntaxTreeNode, indent: str) -> Iterator[str]:
        start = int(node.attrs.get("start", 1))
        spread = any(
            child.type == "paragraph" and not child.hidden for item in node.children for child in item.children
        )
        for number, item in enumerate(node.children):
            mark = f"{start + number}. " if node.type == "ordered_list" else self.paper.spelled("• ")
            lines = list(self.blocks(item.children, indent + " " * len(mark)))
            if number and spread:
                yield ""
            if lines:
                # The first line begins behind the indentation, which the mark takes the place of.
                lines[0] = indent + mark + lines[0][len(indent) + len(mark) :]
            yield from lines

    def _table(self, node: SyntaxTreeNode, indent: str) -> Iterator[str]:
        head, *body = [
            [self.sentences.words(cell.children[0], "bold" if cell.type == "th" else "") for cell in row.children]
            for part in node.children
            for row in part.children
        ]
        yield from table(head, body, self.paper, indent)
