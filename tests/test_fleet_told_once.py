"""A mistake is told before anything is sent: once where it concerns many targets, and with the line where it is."""

import pytest

from tests.commandline import sigcheck

URL = "https://receiver.example/sigfox"
RUN = ("fleet", "run", "--no-config", "--allow-private", "--only", "reach")


NONSENSE = {
    "only": ('only = ["nonsense"]', "sigcheck.toml:2: only: no rule or family has this name"),
    "ca": ('ca_file = "none.pem"', "sigcheck.toml:2: ca_file none.pem cannot be read (No such file or directory)"),
    "baseline": ('baseline = "b.toml"', "sigcheck.toml:2: b.toml:1: the entry has no rule"),
    "header": ('header = ["Content-Length: 3"]', "sigcheck.toml:2: header 'Content-Length' cannot be set"),
    "allowlist": ('allowlist = ["a.txt"]', "sigcheck.toml:2: a.txt is not a recognised rules format"),
}
OPTIONS = {
    "baseline": (("--baseline", "none.toml"), "baseline none.toml cannot be read (No such file or directory)"),
    "policy": (("--policy", "none.json"), "policy none.json cannot be read (No such file or directory)"),
    "entry": (("--baseline", "b.toml"), "b.toml:1: the entry has no rule"),
}


@pytest.fixture
def three(tmp_path):
    """Three targets with the same defaults: `three(text, *options)` says what a run of them says on stderr."""
    (tmp_path / "b.toml").write_text("[[expected]]\n")
    (tmp_path / "a.txt").write_text("x\n")

    def said(defaults, *options, own=""):
        targets = "".join(f'[targets.{name}]\nurl = "https://{name}.example/"\n' for name in "abc")
        (tmp_path / "sigcheck.toml").write_text(f"[defaults]\n{defaults}\n{targets}{own}")
        done = sigcheck("fleet", "run", "--config", str(tmp_path / "sigcheck.toml"), *options)
        assert done.code == 2
        return done.err.replace(f"{tmp_path}/", "")

    return said


@pytest.mark.parametrize("scan", [(), ("--scan",)], ids=["full", "scan"])
@pytest.mark.parametrize("case", NONSENSE)
def test_a_wrong_default_of_the_configuration_file_is_told_once(case, scan, three):
    """Not for each target, in a scan too; where a target says something else, how many are concerned is told."""
    line, said = NONSENSE[case]
    found = three(line, *scan)
    assert (found.count("\n"), found.startswith(f"sigcheck: {said}: ")) == (1, True)
    own = {"ca": "ca_file = '/dev/null'\n", "allowlist": "allowlist = []\n", "only": "only = 'reach'\n"}.get(case)
    if case == "header":
        # A header of its own stands beside those of the defaults.
        assert three(line, *scan, own="header = 'X: 1'\n") == found
    if own is not None:
        assert f"{said}, which concerns 2 of 3 targets: " in three(line, *scan, own=own)


@pytest.mark.parametrize("scan", [(), ("--scan",)], ids=["full", "scan"])
@pytest.mark.parametrize("case", OPTIONS)
def test_a_file_of_an_option_that_cannot_be_used_is_told_once(case, scan, three, tmp_path):
    """It is of no target, and none is named."""
    (option, file), said = OPTIONS[case]
    found = three("", option, str(tmp_path / file), *scan)
    assert (found.count("\n"), found.startswith(f"sigcheck: {said}: ")) == (1, True)


OF_ITS_OWN = {
    "url": ("?d={nonsense}", "", "the URL has the variable {nonsense}"),
    "header": ("", 'header = "X: {nonsense}"', "the header 'X' has the variable {nonsense}"),
    "body": ("", 'body = \'{"x": "{nonsense}"}\'', "the body has the variable {nonsense}"),
    "form": ("", 'body = "x={device}"', "the body is a form"),
}


@pytest.mark.parametrize("scan", [(), ("--scan",)], ids=["full", "scan"])
@pytest.mark.parametrize("case", OF_ITS_OWN)
def test_a_mistake_of_one_target_among_others_that_are_alike_is_found_before_anything_is_sent(case, scan, three):
    """Also in a scan, which sends none of it: its plan has all that a target says."""
    query, line, said = OF_ITS_OWN[case]
    found = three("", *scan, own=f'[targets.d]\nurl = "https://d.example/{query}"\n{line}\n')
    assert (found.count("\n"), found.startswith(f"sigcheck: sigcheck.toml:9: target d: {said}")) == (1, True)


def test_a_wrong_default_is_told_once_and_where_it_stands(tmp_path):
    """What the configuration file says for all targets of a list is wrong there, not on each line of the list."""
    (tmp_path / "sigcheck.toml").write_text('[defaults]\nonly = ["reech"]\n')
    (tmp_path / "list.csv").write_text(f"name,url,only\na,{URL},\nb,{URL},\nc,{URL},reesh\n")
    arguments = ("--config", str(tmp_path / "sigcheck.toml"), "--targets", str(tmp_path / "list.csv"))
    done = sigcheck("fleet", "run", *arguments, "--dry-run")
    said = "only: no rule or family has this name: did you mean reach? `sigcheck rules` lists them"
    assert done.err.splitlines() == [
        f"sigcheck: {tmp_path}/sigcheck.toml:2: " + said.replace(": did", ", which concerns 2 of 3 targets: did"),
        f"sigcheck: {tmp_path}/list.csv:4: target c: {said}",
        "sigcheck: the targets have 2 mistakes: fix them; nothing was sent",
    ]
    assert done.code == 2
