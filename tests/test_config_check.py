"""`config check` looks at [defaults] on their own: what is wrong there is wrong for a URL, and for targets to come."""

import tomllib

import pytest

from sigcheck.cli import run

TARGET = '[targets.orders]\nurl = "https://receiver.example/x"\n'


@pytest.fixture
def checked(tmp_path, monkeypatch, capsys):
    """Check a file, and give the exit code and what was printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNSET_A", raising=False)

    def check(text):
        (tmp_path / "sigcheck.toml").write_text(text, encoding="utf-8")
        code = run(["config", "check"])
        shown = capsys.readouterr()
        return code, (shown.out + shown.err).splitlines()

    return check


WRONG = (
    '[defaults]\nsamples = 500\nonly = ["nonsense"]\nheaders.X-A = "${UNSET_A}"\ndevice = "zz"\npolicy = "none.json"\n'
)
SAYS = (
    "sigcheck: sigcheck.toml:2: samples must be a whole number from 1 to 100",
    "sigcheck: sigcheck.toml:3: only: no rule or family has this name",
    "sigcheck: sigcheck.toml:4: headers.X-A needs the environment variable UNSET_A",
    "sigcheck: sigcheck.toml:5: device is not a Sigfox device id",
    "sigcheck: sigcheck.toml:6: policy: policy none.json cannot be read",
)


@pytest.mark.parametrize("targets", ["", TARGET, TARGET + 'samples = 5\nonly = "reach"\ndevice = "20AE"\n'])
def test_every_wrong_default_has_its_line_once(targets, checked):
    """With targets or without, also if each says something else: another would not."""
    code, lines = checked(WRONG + targets)
    assert code == 2
    assert [line[: len(says)] for line, says in zip(lines, SAYS, strict=True)] == list(SAYS)


def test_what_is_wrong_with_a_target_is_said_beside_its_defaults(checked):
    """One mistake does not hide the others."""
    code, lines = checked('[defaults]\nonly = "nonsense"\n' + TARGET + 'device = "zz"\ndata = "zz"\n')
    assert code == 2
    assert [line.split(" ")[1:3] for line in lines] == [
        ["sigcheck.toml:2:", "only:"],
        ["sigcheck.toml:5:", "device"],
        ["sigcheck.toml:6:", "data"],
    ]


FINE = {
    "nothing": "",
    "pointer": 'observe.pointer = "/count"',
    "metric": 'observe.metric = "readings"',
    "number": "observe.default = 0\nobserve.interval = 5",
    "observe-headers": 'observe.headers.X-A = "1"',
    "query": 'observe.query = "select 1"',
    "form": 'content_type = "application/x-www-form-urlencoded"',
    "form-body": 'body = "d={device}&t={time}"',
    "post": 'method = "POST"\ncontent_type = "text/plain"\nbody = "{device} {time}"',
    "get": 'method = "GET"',
    "fail": 'fail_header = "X-Fail: 1"',
    "commands": 'fail_command = "fail"\nrestart_command = "restart"',
    "no-header": "headers = {}\nonly = []",
    "effects": "effects_per_message = 2\neffects_within = 3",
}


@pytest.mark.parametrize("case", FINE)
def test_a_default_needs_no_partner(case, checked):
    """A target, or the command line, may name the observer, the body or the URL that it goes with."""
    assert checked(f"[defaults]\n{FINE[case]}\n") == (0, ["sigcheck.toml: no targets, and no mistakes"])


TOGETHER = {
    "observers": 'observe.url = "https://a.example/"\nobserve.command = "count"',
    "places": 'observe.pointer = "/a"\nobserve.metric = "a"',
    "failing": 'fail_header = "X-Fail: 1"\nfail_command = "fail"',
    "body-of-a-get": 'method = "GET"\nbody = "{time}"',
    "no-rule": 'only = "reach"\nskip = "reach"',
}


@pytest.mark.parametrize("case", TOGETHER)
def test_defaults_that_exclude_each_other_are_refused(case, checked):
    """No URL could be verified with them."""
    code, lines = checked(f"[defaults]\n{TOGETHER[case]}\n")
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith("sigcheck: sigcheck.toml:")


@pytest.mark.parametrize(
    "line",
    ['observe.pointer = "#x"', 'observe.url = "zz"', 'observe.metric = "{"', 'body = "{devic}"', 'method = "PATCH"',
     'content_type = "x/y"', 'resolve = "a"', 'redact = "all"', 'headers.Host = "a"', 'fail_header = "a"',
     'restart_command = "X=1 a"', 'observe.command = "https://a/"', 'data = "zz"', 'allowlist = "none"',
     'observe.sql = "mysql://a"', 'ca_file = "none.pem"', 'allow_undecided = ["nonsense"]'],
)  # fmt: skip
def test_a_wrong_default_is_found_alone(line, checked):
    """Whatever the setting is, the error says where it stands."""
    code, lines = checked(f"[defaults]\n\n{line}\n")
    assert (code, len(lines)) == (2, 1), lines
    assert lines[0].startswith("sigcheck: sigcheck.toml:3: ")


def test_what_is_shown_can_be_written_so(tmp_path, monkeypatch, capsys):
    """A payload configuration has two colons, which are disarmed for CI logs without becoming another value."""
    monkeypatch.chdir(tmp_path)
    payload = 'payload_config = "temp::int:16"\n'
    url = '[targets.orders]\nurl = "https://receiver.example/{customData#temp}"\n'
    (tmp_path / "sigcheck.toml").write_text(url + payload, encoding="utf-8")
    assert run(["config", "show", "orders"]) == 0
    shown = capsys.readouterr().out
    assert "::" not in shown
    (orders,) = tomllib.loads(shown)["targets"].values()
    assert orders["payload_config"] == "temp::int:16"
    assert orders["url"] == "https://receiver.example/{customData#temp}"
