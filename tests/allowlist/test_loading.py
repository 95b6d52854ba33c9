"""What nginx and Apache would not load is refused by its line; the servers themselves have the last word."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.question import File, Question
from sigcheck.allowlist.readers.refusal import WouldNotLoad
from tests.allowlist.loading import apache, apache_files, mutations, nginx, nginx_files
from tests.allowlist.namespaces import demand

QUESTION = Question((nginx_files.RANGE,), 9443)
SLIPS = 150
# Of the slips, those that the reader may miss: they are in directives that say nothing of addresses.
MOST_MISSED = 0.09


def loads(text: str, kind: str, name: str = "file.conf") -> bool:
    """Tell whether the reader takes a file: it is refused by a line of it, or it is read."""
    try:
        check([File(name, text)], QUESTION, kind)
    except WouldNotLoad as refused:
        found = refused.line
    else:
        return True
    assert found.file == name
    assert 1 <= (found.number or 0) <= text.count("\n") + 1
    return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the one file that the samples name."""
    (tmp_path / "users").touch()
    return tmp_path


@pytest.mark.parametrize(("files", "sound"), [(nginx_files.SOUND, True), (nginx_files.BROKEN, False)])
def test_nginx_agrees(folder: Path, files: dict[str, str], sound: bool) -> None:
    """Every sound file is loaded by nginx and read, every broken one is refused by both."""
    demand("nginx")
    assert len(files) >= 40
    said = {name: (nginx.loads(text, folder), loads(text, "nginx")) for name, text in files.items()}
    assert said == dict.fromkeys(files, (sound, sound))


def test_nginx_agrees_on_slips_of_the_hand(folder: Path) -> None:
    """No file that nginx loads is refused; of those that it refuses, nearly all are."""
    demand("nginx")
    missed = []
    for how, text in mutations.slipped(nginx_files.SOUND, SLIPS, seed=9):
        real, read = nginx.loads(text, folder), loads(text, "nginx")
        assert read or not real, (how, text)
        missed += [how] if read and not real else []
    assert len(missed) <= MOST_MISSED * SLIPS, missed


CONFIGURATIONS = {
    **{name: (True, text) for name, text in apache_files.SOUND.items()},
    **{f"broken: {name}": (False, text) for name, text in apache_files.BROKEN.items()},
}


def test_apache_agrees_on_configurations(tmp_path: Path) -> None:
    """Every sound file is loaded by Apache in some place and read, every broken one is refused by both."""
    demand("apache2")
    files = {**CONFIGURATIONS, **{f"here: {name}": case for name, case in apache_files.CONFIGURATION.items()}}
    folders = [tmp_path / str(number) for number in range(len(files))]
    for each in folders:
        each.mkdir()
    with ThreadPoolExecutor(2) as threads:
        real = list(threads.map(apache.loads, [text for _, text in files.values()], folders))
    said = {name: (real.pop(0), loads(text, "apache")) for name, (_, text) in files.items()}
    assert said == {name: (sound, sound) for name, (sound, _) in files.items()}


@pytest.fixture
def public() -> Iterator[Path]:
    """Give a folder that Apache may read as another user; pytest's own are its user's alone."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def test_apache_agrees_on_htaccess(public: Path) -> None:
    """A .htaccess that is refused is answered with 500 by Apache, one that is read with anything else."""
    demand("apache2")
    files = {**CONFIGURATIONS, **{f"here: {name}": case for name, case in apache_files.HTACCESS.items()}}
    with apache.htaccess(public) as port:
        real = apache.answers([text for _, text in files.values()], public, port)
    said = {name: (real.pop(0), loads(text, "apache", ".htaccess")) for name, (_, text) in files.items()}
    assert said == {name: (sound, sound) for name, (sound, _) in files.items()}


def test_apache_agrees_on_slips_of_the_hand(public: Path) -> None:
    """No .htaccess that Apache obeys is refused; of those that it answers with 500, nearly all are."""
    demand("apache2")
    slips = list(mutations.slipped(apache_files.SOUND, 2 * SLIPS, seed=9))
    with apache.htaccess(public) as port:
        real = apache.answers([text for _, text in slips], public, port)
    missed = []
    for (how, text), obeyed in zip(slips, real, strict=True):
        read = loads(text, "apache", ".htaccess")
        assert read or not obeyed, (how, text)
        missed += [how] if read and not obeyed else []
    assert len(missed) <= MOST_MISSED * len(slips), missed


@pytest.mark.parametrize(
    ("text", "kind", "line", "words"),
    [
        ("allow 10.0.0.0/8;\nallow 192.0.2.1 192.0.2.2;", "nginx", 2, "allow takes one argument, and 2 are given"),
        ("allow 10.0.0.0/8\ndeny all;", "nginx", 1, "write one allow for each address, and end each with"),
        ("location / {\n  allow 10.0.0.0/8;\n", "nginx", 1, 'the block "location /" has no closing'),
        ("deny all;\nreturn 'x;\n", "nginx", 2, "a quote opens here and is never closed"),
        ("Order deny, allow\n", "apache", 1, "write it without a space, as in Order deny,allow"),
        ("# x\nDeny all\n", "apache", 2, "Deny takes at least 2 arguments, and one is given"),
        ("Require all granted\n<Files x>\n", "apache", 2, "add </Files>"),
        ("Require not ip 192.0.2.1\n", "apache", 1, "put it into <RequireAll>, next to what admits"),
    ],
)
def test_the_line_and_the_remedy_are_named(text: str, kind: str, line: int, words: str) -> None:
    """The message names the server, the line, what is wrong and what to write, and that the file shows nothing."""
    with pytest.raises(WouldNotLoad) as refused:
        check([File("file", text)], QUESTION, kind)
    said = str(refused.value)
    assert said.startswith(f"file:{line}: {'nginx' if kind == 'nginx' else 'Apache'} would not load this file, so")
    assert words in said


def test_modules_that_are_not_here_are_not_called_broken() -> None:
    """Directives of other modules are read past, those that may hold a condition included."""
    for text in ("more_set_headers 'X: y';", "access_by_lua_block { if x then y({}) end }", "brotli on;", "echo hi;"):
        assert loads(f"location / {{ allow 185.110.96.0/22; deny all; {text} }}", "nginx")
    for text in ("SecRuleEngine On", "php_value a b", "<IfModule mod_none.c>\nOrder a b\n</IfModule>", "QS_Limit 1"):
        assert loads(f"{text}\nRequire ip 185.110.96.0/22", "apache")
    assert loads("Require shib-session\nRequire claim sub:x", "apache")
