"""A page as a browser reads it: its elements with their attributes, and its text."""

from html.parser import HTMLParser

from sigcheck.report import RenderOptions, render

LOOK = RenderOptions("0")
KNOWN = frozenset(
    {"a", "article", "b", "body", "br", "circle", "code", "dd", "desc", "details", "div", "dl", "dt", "figcaption",
     "figure", "footer", "g", "h1", "h2", "h3", "h4", "h5", "head", "header", "html", "li", "line", "main", "meta", "p",
     "path", "rect", "section", "span", "strong", "style", "summary", "svg", "table", "tbody", "td", "text", "th",
     "thead", "title", "tr", "ul"}
)  # fmt: skip
VOID = {"meta", "br"}


class Page(HTMLParser):
    """What a browser makes of a page: its elements with their attributes, and its text without the style sheet."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.shown, self.titles, self.styles = [], [], [], 0
        self._open = []
        self.feed(text)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, attrs))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] == "style":
            self.styles += 1
        elif self._open[-2:] == ["g", "title"]:
            self.titles.append(data)
        else:
            self.shown.append(data)

    def handle_comment(self, data):
        raise AssertionError(data)

    @property
    def text(self):
        return " ".join("".join(self.shown).split())


def page(report):
    """Render a report and read it as a browser does."""
    return Page(render(report, "html", LOOK))


def is_harmless(read):
    """Whether a page holds nothing that runs, loads or leads anywhere else."""
    for name, attributes in read.elements:
        values = dict(attributes)
        assert name in KNOWN, name
        assert len(values) == len(attributes), (name, attributes)
        assert not any(key.startswith("on") or key in {"style", "src", "srcdoc", "xlink:href"} for key in values), (
            values
        )
        assert values.get("href", "#").startswith("#"), values
        assert not any("url(" in (value or "") for value in values.values()), values
    assert sum(name == "style" for name, _ in read.elements) == read.styles == 1
