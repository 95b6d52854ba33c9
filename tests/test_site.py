"""The documentation site, which `make site` builds: it has each page, and loads nothing from another host."""

import re
import tomllib

import pytest

from docs import site
from tests.docs_blocks import ROOT


def pages_of(entries):
    """Give the pages of a navigation, in order."""
    if isinstance(entries, str):
        return [entries]
    if isinstance(entries, dict):
        return [page for value in entries.values() for page in pages_of(value)]
    return [page for entry in entries for page in pages_of(entry)]


def test_each_page_is_in_the_navigation_once():
    """A reader finds every page, one that was added yesterday included, and no page twice."""
    assert sorted(pages_of(site.navigation())) == site.pages()


def test_pages_are_staged_as_they_lie_in_the_repository(tmp_path):
    """Every page and every file of the examples keeps its place, so links mean the same; programs are left out."""
    settings = site.stage(tmp_path / "site")
    pages = tmp_path / "site" / "pages"
    staged = {str(path.relative_to(pages)) for path in pages.rglob("*.*")}
    assert set(site.pages()) <= staged
    assert "examples/ci/gitlab/gitlab-ci.yml" in staged
    assert "docs/generate.py" not in staged
    project = tomllib.loads(settings.read_text())["project"]
    assert project["nav"] == site.navigation()
    assert project["theme"]["font"] is False


def test_what_was_built_before_is_gone(tmp_path):
    """A page that was removed from the repository does not stay on the site."""
    (tmp_path / "site" / "html").mkdir(parents=True)
    (tmp_path / "site" / "html" / "old.html").touch()
    site.stage(tmp_path / "site")
    assert not (tmp_path / "site" / "html").exists()


LOADED = {
    "script": '<script src="https://cdn.example/a.js"></script>',
    "font": '<link rel="stylesheet" href="//fonts.example/css?family=Inter">',
    "preconnect": '<link rel="preconnect" href="https://fonts.example" crossorigin>',
    "image": '<img alt="badge" src="http://badges.example/a.svg">',
    "style": "<p style=\"background: url('https://img.example/a.png')\">",
    "import": "<style>@import 'https://fonts.example/a.css';</style>",
    "diagram": '<pre class="mermaid">graph LR</pre>',
}
FAIR = {
    "link": '<a href="https://support.sigfox.com/docs">Sigfox</a>',
    "canonical": '<link rel="canonical" href="https://docs.example/">',
    "own": '<script src="../assets/a.js"></script><img src="report.svg">',
    "text": "<code>url(https://img.example/a.png)</code>",
}


@pytest.mark.parametrize("name", LOADED)
def test_a_request_to_another_host_is_found(name):
    """Whatever a browser would fetch from elsewhere without being asked to is named."""
    assert len(site.foreign(LOADED[name])) == 1


@pytest.mark.parametrize("name", FAIR)
def test_a_link_is_no_request(name):
    """What a reader may follow, and what lies beside the page, is no request to another host."""
    assert site.foreign(FAIR[name]) == []


def test_faults_of_a_built_site_are_named(tmp_path):
    """A font from elsewhere and a link to a missing file are named with their page; a good link is not."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.css").write_text("@font-face { src: url(https://fonts.example/a.woff2) }")
    (tmp_path / "my page.html").write_text('<a href="my%20page.html#top">here</a> <a href="gone.yml">there</a>')
    assert list(site.faults(tmp_path)) == [
        "assets/a.css loads url(https://fonts.example/a.woff2",
        "my page.html links to gone.yml, which is missing",
    ]


def test_the_site_is_built_by_one_version():
    """The Makefile names the version of Zensical, `.ci/run` builds the site, and Git ignores what is built."""
    assert re.search(r"'zensical==\d+\.\d+\.\d+'", (ROOT / "Makefile").read_text())
    assert re.search(r"^make .*\bsite\b", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert {"build/", ".venv-*/"} <= set((ROOT / ".gitignore").read_text().split())
