"""What nginx and Apache would not load is refused by its line; the servers themselves have the last word."""

from pathlib import Path

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.readers.refusal import WouldNotLoad
from sigcheck.allowlist.ruleset import File, Question
from tests.allowlist.loading import mutations, nginx, nginx_files
from tests.allowlist.namespaces import demand

QUESTION = Question((nginx_files.RANGE,), 9443)
SLIPS = 260
# Of the slips, those that the reader may miss: they are in directives that say nothing of addresses.
MOST_MISSED = 0.06


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
