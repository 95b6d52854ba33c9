"""The configuration file: what it can say, which file holds, what wins, and what is wrong with it on which line."""

import os

import click
import pytest

from sigcheck.cli import cli
from sigcheck.cli.targets import wanted
from sigcheck.config.decoding import decode_settings
from sigcheck.config.file import find_file, read_file
from sigcheck.config.given import Given
from sigcheck.config.keys import OF_A_COMMAND, key
from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import fields
from sigcheck.errors import UsageProblem

TARGET = '[targets.orders]\nurl = "https://receiver.example/x"\n'


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder, text, name="sigcheck.toml"):
    """Write a file and read it back as the nearest one."""
    (folder / name).write_text(text, encoding="utf-8")
    return find_file()


def config(file, name="orders", given=None, environment=None):
    """Give what a target of a file comes to."""
    (target,) = wanted([name], given or {}, file, every=False)
    return decode_settings(target.settings, target.spelled, environment or {}, name=target.name)


def test_the_sketch_of_the_design(here):
    """A target says all that `verify` can be told: headers and the observer are tables, variables are filled in."""
    file = written(
        here,
        """
[targets.orders-uplink]
url = "https://callbacks.example.com/sigfox"
type = "data/uplink"
headers.Authorization = "Bearer ${SIGFOX_TOKEN}"
body = '{"device":"{device}","time":{time},"seqNumber":{seqNumber},"data":"{data}"}'
observe.url = "https://callbacks.example.com/effects?device={device}&time={time}&seqNumber={seqNumber}"
observe.headers.X-Key = "k"
observe.pointer = "/count"
""",
    )
    made = config(file, "orders-uplink", environment={"SIGFOX_TOKEN": "hunter2hunter2"})
    assert made.name == "orders-uplink"
    assert made.header == ("Authorization: Bearer hunter2hunter2",)
    assert made.observe_header == ("X-Key: k",)
    assert (made.observe_pointer, made.secrets) == ("/count", ("hunter2hunter2",))


VALUES = {"flag": "true", "whole": "3", "number": "2.5", "text": '"reach"'}


@pytest.mark.parametrize("name", list(fields(RunConfig)))
@pytest.mark.parametrize("hyphens", [False, True], ids=["underscores", "hyphens"])
def test_every_setting_has_its_key(name, hyphens, here):
    """Each setting can be written into a target, and into the defaults, under the name that it is listed by."""
    field = fields(RunConfig)[name]
    value = f'"{field.choices[-1]}"' if field.choices else VALUES[field.kind]
    written_key = key(name).replace("_", "-") if hyphens else key(name)
    for text in (f"{TARGET}{written_key} = {value}\n", f"[defaults]\n{written_key} = {value}\n{TARGET}"):
        file = written(here, text)
        assert file.problems == ()
        (target,) = wanted(["orders"], {}, file, every=False)
        expected = {"true": True, "3": 3, "2.5": 2.5}.get(value, value.strip('"'))
        assert [given.value for given in target.settings[name]] == [expected]


def test_a_target_wins_over_the_defaults_and_a_header_over_its_namesake(here):
    """What a target says replaces what the defaults say; other headers of the defaults stay."""
    defaults = '[defaults]\nsamples = 3\nheaders.X-A = "1"\nheaders.X-B = "2"\n'
    file = written(here, defaults + TARGET + 'samples = 4\nheaders.x-a = "3"\n')
    made = config(file)
    assert (made.samples, made.header) == (4, ("X-B: 2", "x-a: 3"))


def test_values_of_variables_are_a_table_or_a_list(here):
    """Text, numbers and booleans become what --var takes; a name takes the place of its namesake, others stay."""
    defaults = '[defaults]\nvar = ["rssi=-120", "snr=3"]\n'
    more = 'var.ack = true\nvar.rssi = -90.5\nvar."customData#t-1" = 7\nvar.station = "00A0"\n'
    made = config(written(here, defaults + TARGET + more))
    assert made.var == ("snr=3", "ack=true", "rssi=-90.50", "customData#t-1=7", "station=00A0")
    given = {"var": (Given("ack=false", "--var", "--var"),)}
    assert config(written(here, TARGET + "[targets.orders.var]\nack = true\nsnr = 1\n"), given=given).var == (
        "snr=1",
        "ack=false",
    )


def test_the_command_line_wins_over_the_file(here):
    """What was given to the command replaces what the file says."""
    file = written(here, TARGET + "samples = 4\npatience = 1\n")
    made = config(file, given={"samples": (Given(9, "--samples", "--samples"),)})
    assert (made.samples, made.patience) == (9, 1.0)


MORE = 'observe.pointer = "/n"\nobserve.default = 0\nobserve.interval = 0.5'
NOTHING_MORE = {"observe_pointer": None, "observe_default": None, "observe_interval": None}


@pytest.mark.parametrize(
    ("defaults", "own", "left"),
    [
        (f'observe.url = "https://a.example/"\n{MORE}', 'observe.command = "count"',
         {"observe_command": "count", "observe_url": None, **NOTHING_MORE}),
        (f'observe.command = "count"\n{MORE}', 'observe.sql = "sqlite:///x"\nobserve.query = "select 1"',
         {"observe_sql": "sqlite:///x", "observe_command": None, **NOTHING_MORE}),
        (f'observe.command = "count"\n{MORE}', 'observe.command = "other"',
         {"observe_command": "other", **NOTHING_MORE}),
        (f'observe.url = "https://a.example/"\nobserve.headers.X-Key = "k"\n{MORE}',
         'observe.url = "https://b.example/"',
         {"observe_url": "https://b.example/", "observe_header": (), **NOTHING_MORE}),
        ('observe.metric = "n"\nobserve.default = 0', 'observe.command = "count"',
         {"observe_command": "count", "observe_metric": "n", "observe_default": 0}),
        (MORE, 'observe.sql = "sqlite:///x"\nobserve.query = "select 1"',
         {"observe_sql": "sqlite:///x", "observe_pointer": None, "observe_default": 0, "observe_interval": 0.5}),
        ('observe.url = "https://a.example/"\nobserve.pointer = "/n"', 'observe.metric = "n"',
         {"observe_url": "https://a.example/", "observe_metric": "n", "observe_pointer": None}),
        ('fail_header = "X-Fail: 1"', 'fail_command = "fail"', {"fail_command": "fail", "fail_header": None}),
    ],
    ids=["command", "sql", "another-command", "another-url", "metric-for-any", "default-for-any", "metric", "fail"],
)  # fmt: skip
def test_who_names_another_way_leaves_the_first(defaults, own, left, here):
    """A target with an observer of its own has no half of the defaults' one; what is said of any observer holds."""
    made = config(written(here, f"[defaults]\n{defaults}\n{TARGET}{own}\n"))
    assert {name: getattr(made, name) for name in left} == left


def test_paths_are_relative_to_the_file(here, monkeypatch):
    """Files, headers in files, commands and SQLite databases are looked for beside the file, wherever one stands."""
    (here / "body.json").write_text('{"t": {time}}', encoding="utf-8")
    (here / "heads").write_text("X-A: 1\n", encoding="utf-8")
    text = 'body = "@body.json"\nheader = "@heads"\nca_file = "root.pem"\nobserve.command = "./count"\n'
    text += 'allowlist = ["/etc/a", "b"]\n'
    (here / "sigcheck.toml").write_text(TARGET + text, encoding="utf-8")
    (here / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(here / "deep" / "er")
    made = config(find_file())
    assert (made.body, made.header, made.ca_file) == ('{"t": {time}}', ("X-A: 1",), "../../root.pem")
    assert (made.allowlist, made.folders) == (("/etc/a", "../../b"), {"observe_command": "../.."})


def test_the_nearest_file_holds_alone(here, monkeypatch):
    """A pyproject.toml without our table is passed over; beside a sigcheck.toml it is not read; nothing is merged."""
    (here / "sigcheck.toml").write_text("[defaults]\nsamples = 3\n", encoding="utf-8")
    inner = here / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    (inner / "pyproject.toml").write_text('[project]\nname = "sigcheck-user"\n', encoding="utf-8")
    assert find_file().path == "../sigcheck.toml"
    (inner / "pyproject.toml").write_text(
        '[tool.sigcheck.targets.orders]\nurl = "https://a.example/"\n', encoding="utf-8"
    )
    assert (find_file().path, list(find_file().targets), find_file().defaults) == ("pyproject.toml", ["orders"], {})
    (inner / "sigcheck.toml").write_text("", encoding="utf-8")
    assert (find_file().path, list(find_file().targets)) == ("sigcheck.toml", [])


@pytest.mark.parametrize(
    "text",
    [
        'tool = {sigcheck = {targets = {orders = {url = "https://a.example/"}}}}',
        '"tool" = {sigcheck = {targets = {orders = {url = "https://a.example/"}}}}',
        '\ufefftool={sigcheck = {targets = {orders = {url = "https://a.example/"}}}}',
        'tool.sigcheck = {targets = {orders = {url = "https://a.example/"}}}',
        '["tool"]\nsigcheck.targets.orders.url = "https://a.example/"',
        '[ tool . "sigcheck".targets.orders]\nurl = "https://a.example/"',
    ],
)
def test_our_table_is_found_however_it_is_written(text, here):
    """TOML has many ways to write a table: what is read with --config is found without it."""
    found = written(here, text, "pyproject.toml")
    assert found is not None
    assert list(found.targets) == list(read_file("pyproject.toml").targets) == ["orders"]


@pytest.mark.parametrize(
    "text", ["tool = {ruff = {line-length = 100}}", "[tool]\nruff.line-length = 100", "tools = {}"]
)
def test_the_inline_table_of_another_tool_is_passed_over(text, here):
    """It is no configuration of ours, and no error."""
    assert written(here, text, "pyproject.toml") is None


def test_nothing_is_found_where_there_is_nothing(here, monkeypatch):
    """A folder of that name is no file; a folder that was removed has none."""
    (here / "sigcheck.toml").mkdir()
    assert find_file() is None
    gone = here / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert find_file() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_strangers_file_is_not_taken(here):
    """In a folder of others, such as /tmp, a third user's file could name commands; one that is named may be theirs."""
    written(here, TARGET)
    os.chown(here / "sigcheck.toml", 4243, 4243)
    with pytest.raises(UsageProblem, match="belongs to another user"):
        find_file()
    assert list(read_file("sigcheck.toml").targets) == ["orders"]


BAD = {
    "typo": (TARGET + "\nsampels = 3\n", "sigcheck.toml:4: there is no key 'sampels': did you mean samples?"),
    "typo-in-defaults": (
        "[defaults]\npatiense = 3\n",
        "sigcheck.toml:2: there is no key 'patiense': did you mean patience?",
    ),
    "typo-in-observe": (
        TARGET + '[targets.orders.observe]\nulr = "x"\n',
        "sigcheck.toml:4: there is no key 'observe.ulr': did you mean observe.url?",
    ),
    "flat-observer": (
        TARGET + 'observe_url = "x"\n',
        "sigcheck.toml:3: there is no key 'observe_url': write observe.url",
    ),
    "an-option": (
        TARGET + 'format = "json"\n',
        "sigcheck.toml:3: there is no key 'format': it is an option of the command: --format",
    ),
    "var-list": (TARGET + "var.rssi = [1]\n", "var.rssi must be a string, a number or a boolean: write it as a string"),
    "var-nan": (TARGET + "var.rssi = nan\n", "var.rssi must be a string, a number or a boolean"),
    "var-name": (TARGET + 'var."a b" = 1\n', "'a b' is not a valid name for a variable: use letters and digits"),
    "far-off": (TARGET + "zzzz = 1\n", "there is no key 'zzzz': `sigcheck config schema` lists the keys"),
    "table": (
        '[target.orders]\nurl = "x"\n',
        "sigcheck.toml:1: there is no key 'target' at the top: did you mean [targets.NAME]?",
    ),
    "top": ("samples = 3\n", "there is no key 'samples' at the top: put it under [defaults] or [targets.NAME]"),
    "no-url": ("\n[targets.orders]\nsamples = 3\n", "sigcheck.toml:2: the target 'orders' has no url: write url = "),
    "url-for-all": ('[defaults]\nurl = "https://a/"\n', "sigcheck.toml:2: a URL belongs to one target"),
    "name": ('[targets."a b"]\nurl = "https://a/"\n', "sigcheck.toml:1: 'a b' is not a valid name for a target"),
    "no-table": ("targets = 3\n", "sigcheck.toml:1: targets must be a table"),
    "target-no-table": (
        "targets.orders = 3\n",
        "sigcheck.toml:1: orders must be a table: write [targets.orders] above its keys",
    ),
    "observe-no-table": (TARGET + 'observe = "x"\n', "sigcheck.toml:3: observe must be a table"),
    "headers-no-table": (TARGET + 'headers = ["x"]\n', "sigcheck.toml:3: headers must be a table: write headers.NAME"),
    "header-no-text": (TARGET + "headers.X-A = 3\n", "sigcheck.toml:3: headers.X-A must be a string"),
    "header-at": (TARGET + 'headers."@x" = "3"\n', "sigcheck.toml:3: '@x' is not a valid name for a header"),
    "header-colon": (
        TARGET + 'headers."X-A:evil" = "c"\n',
        "sigcheck.toml:3: 'X-A:evil' is not a valid name for a header: use letters, digits and hyphens",
    ),
    "header-space": (
        TARGET + 'observe.headers."X A" = "c"\n',
        "sigcheck.toml:3: 'X A' is not a valid name for a header",
    ),
    "twice": (TARGET + "allow_private = true\nallow-private = true\n", "sigcheck.toml:4: allow_private is given twice"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_key_is_named_with_its_line(case, here):
    """Each has the line, what is wrong and what to do; it is an error for every target of the file."""
    text, says = BAD[case]
    file = written(here, text)
    assert says in "\n".join(map(str, file.problems))
    with pytest.raises(UsageProblem) as refused:
        wanted(["https://receiver.example/"], {}, file, every=False)
    assert str(refused.value) == str(file.problems[0])


VALUE = {
    "samples": (TARGET + "samples = 0\n", "sigcheck.toml:3: samples must be a whole number from 1 to 100"),
    "flag": (TARGET + 'allow_private = "hunter2"\n', "sigcheck.toml:3: allow_private must be true or false"),
    "list": (TARGET + "only = 7\n", "sigcheck.toml:3: only must be a list of strings"),
    "list-in-text": (TARGET + 'method = ["GET"]\n', "sigcheck.toml:3: method must be a string"),
    "date": (TARGET + "device = 1979-05-27\n", "sigcheck.toml:3: device must be a string"),
    "of-defaults": ("[defaults]\nsettle = 0\n" + TARGET, "sigcheck.toml:2: settle must be a number from 0.1 to 60"),
    "url": ("[targets.orders]\nurl = 7\n", "sigcheck.toml:2: url must be a string"),
    "unset": (TARGET + 'headers.X-A = "${TOKEN}"\n', "sigcheck.toml:3: headers.X-A needs the environment variable TO"),
    "file": (TARGET + 'body = "@none.json"\n', "sigcheck.toml:3: body file 'none.json' cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", VALUE)
def test_a_wrong_value_is_named_with_its_line(case, here):
    """It says what the value must be, and does not quote it."""
    text, says = VALUE[case]
    with pytest.raises(UsageProblem) as refused:
        config(written(here, text))
    assert str(refused.value).startswith(says)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"a = \n", "sigcheck.toml is not TOML (Invalid value (at line 1, column 5)): fix it"),
        (b"a = '\xff'\n", "sigcheck.toml is not UTF-8"),
        (b"a = " + b"[" * 5000, "sigcheck.toml is nested too deeply"),
        (b"a = " + b"9" * 5000 + b"\n", "sigcheck.toml is not TOML"),
        (b"#" * ((4 << 20) + 1), "configuration file sigcheck.toml is larger than 4 MiB"),
    ],
    ids=["syntax", "latin-1", "deep", "digits", "large"],
)
def test_what_is_no_configuration_is_refused(raw, says, here):
    """One line, whatever the file turns out to be."""
    (here / "sigcheck.toml").write_bytes(raw)
    with pytest.raises(UsageProblem) as refused:
        find_file()
    assert str(refused.value).startswith(says)


def test_an_editors_mark_at_the_beginning_is_no_fault(here):
    """Some editors on Windows begin a file with U+FEFF, and end its lines with CR LF."""
    (here / "sigcheck.toml").write_bytes(b"\xef\xbb\xbf" + TARGET.replace("\n", "\r\n").encode())
    assert list(find_file().targets) == ["orders"]


def test_options_that_no_target_takes_are_called_so():
    """Every option of `verify` is a key of a target, or the error for it says that it is an option."""
    command = cli.get_command(click.Context(cli), "verify")
    options = {max(param.opts, key=len).removeprefix("--").replace("-", "_") for param in command.params}
    assert options - set(fields(RunConfig)) - {"words"} == OF_A_COMMAND
