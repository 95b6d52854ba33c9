"""What .ci/wheel runs on the installed wheel, copied to a folder without the source tree. `make test` leaves it out."""

import pkgutil
import subprocess
import sysconfig
from importlib import import_module
from pathlib import Path

import sigcheck

PACKAGE = Path(sigcheck.__file__).parent
SOURCE = Path("source.txt")
"""The paths of the source tree, one a line."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command that the wheel installed."""
    command = Path(sysconfig.get_path("scripts")) / "sigcheck"
    return subprocess.run([str(command), *arguments], capture_output=True, text=True, timeout=120, check=False)


def test_package_is_the_installed_one() -> None:
    """What is imported is in site-packages."""
    assert Path(sysconfig.get_path("purelib")) / "sigcheck" == PACKAGE


def test_nothing_is_missing() -> None:
    """Each file of sigcheck/ is in the wheel, and each page of docs/ as a page of the package."""
    paths = [path.replace("docs/", "sigcheck/pages/") for path in SOURCE.read_text(encoding="utf-8").split()]
    assert len(paths) > 100
    assert [path for path in paths if not (PACKAGE.parent / path).is_file()] == []


OF_AN_EXTRA = ("sigcheck.exporter.serving", "sigcheck.exporter.connections", "sigcheck.fleet.dask.")
"""The beginnings of the names of modules that need what an extra brings."""


def test_every_module_can_be_imported() -> None:
    """No module needs a package that pyproject.toml does not require, or anything of the source tree."""
    names = [module.name for module in pkgutil.walk_packages([str(PACKAGE)], "sigcheck.")]
    assert len(names) > 100
    for name in names:
        if not name.startswith(OF_AN_EXTRA):
            import_module(name)


def test_version() -> None:
    """`sigcheck --version` says the version of the package."""
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"sigcheck {sigcheck.__version__}\n", "")


def test_explain() -> None:
    """The number of the portal is explained, and a rule by its page."""
    number, rule = run("explain", "600"), run("explain", "dedup-duplicate")
    assert (number.returncode, number.stderr) == (0, "")
    assert "no HTTP answer" in " ".join(number.stdout.split())
    assert (rule.returncode, rule.stderr) == (0, "")
    assert "dedup-duplicate" in rule.stdout


def test_explain_prints_every_page() -> None:
    """Each page of docs/ is printed by its name, without a mark of Markdown, and so is each rule's."""
    pages = [path for path in SOURCE.read_text(encoding="utf-8").split() if path.endswith(".md")]
    names = [Path(path).stem for path in pages if not path.endswith("README.md")]
    assert {"observing", "deduplication", "exit-codes", "tls-expired"} <= set(names)
    for name in names:
        done = run("explain", name)
        assert (done.returncode, done.stderr) == (0, ""), name
        assert "<!--" not in done.stdout
        assert "](" not in done.stdout


def test_manual() -> None:
    """The man pages stand where `man` looks for those of the commands beside them."""
    folder = Path(sysconfig.get_path("data")) / "share" / "man" / "man1"
    assert {"sigcheck.1", "sigcheck-verify.1", "sigcheck-doctor.1"} <= {path.name for path in folder.iterdir()}


def test_demo() -> None:
    """The demo runs its two receivers, and ends well."""
    done = run("demo")
    assert done.returncode == 0, done.stderr
