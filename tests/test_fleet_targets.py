"""Where a fleet's targets come from: lists of several formats, what is wrong with them, and what targets are called."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigcheck.account.listed import list_import
from sigcheck.cli.targets import wanted
from sigcheck.config.decoding import decode_settings
from sigcheck.config.file import read_text
from sigcheck.config.target_list import MOST_KEYS, MOST_PROBLEMS, Source, read_list, read_source
from sigcheck.errors import UsageProblem
from sigcheck.listing import _listed, requests_of
from sigcheck.planning import plan_wanted
from tests.commandline import sigcheck

URL = "https://receiver.example/sigfox"
RUN = ("fleet", "run", "--no-config", "--allow-private", "--only", "reach")


def read(text, path="list"):
    """Read a list from its text."""
    return read_list(Source(text, path))


def values(found):
    """Give the names of targets, and what was given for each of their settings."""
    return [
        (each.name, {name: [one.value for one in given] for name, given in each.settings.items()})
        for each in found.targets
    ]


def wrong(text, path="list"):
    """Give what is wrong with a list."""
    return [str(each) for each in read(text, path).problems]


@pytest.mark.parametrize(
    ("text", "path", "form"),
    [
        (f"name,url\na,{URL}\n", "x", "csv"),
        (f"\n# no csv has comments\n{URL}\n", "x", "urls"),
        (f"name;URL;only\na;{URL};reach\n", "x.txt", "csv"),
        (f'"url"\tname\n{URL}\ta\n', "x", "csv"),
        (f"{URL}\n", "x.csv", "csv"),
        (f"{URL}?a=1,2;3\n", "x", "urls"),
        (f'{{"url": "{URL}"}}\n', "x.csv", "jsonl"),
        (f'{{"url": "{URL}", "headers": {{}}}}\n', "x.json", "jsonl"),
        ("nope\n", "x.jsonl", "jsonl"),
        ('{\n "callbackType": 0\n}', "x", "import"),
        ('{\n "data": []\n}', "x.json", "import"),
        ('[{"channel": "URL"}]', "x", "import"),
        ('{"data": []}', "x", "import"),
        ('{"channel": "URL", "url": "https://x.example/"}\n', "x.jsonl", "import"),
        ('{"5f": [{"channel": "URL"}]}', "x.json", "import"),
        ('{"name": "a"}\n', "x.jsonl", "jsonl"),
    ],
)
def test_the_format_is_seen(text, path, form):
    """What a list says decides on its format, and its suffix where that leaves it open."""
    assert Source(text, path).form == form


def test_a_csv(tmp_path):
    """Columns are keys of a target; an empty cell is not given, and a cell with lines is a list where there may be."""
    path = tmp_path / "list.csv"
    path.write_bytes(
        "\ufeffname;url;headers.Authorization;observe.url;no_sni;only;body;#customer\r\n"
        f'orders;{URL};"Bearer ""x""; y";https://o.example/;TRUE;"reach\ntls";"a\nb";Berlin\r\n'
        "\r\n"
        f";{URL}?b;;;no;;=1+1;\r\n".encode()
    )
    found = read_list(read_source(str(path)))
    assert (found.problems, [each.line for each in found.targets]) == ((), [2, 6])
    assert values(found) == [
        (
            "orders",
            {
                "url": [URL],
                "header": ['Authorization: Bearer "x"; y'],
                "observe_url": ["https://o.example/"],
                "no_sni": [True],
                "only": ["reach", "tls"],
                "body": ["a\nb"],
            },
        ),
        ("", {"url": [f"{URL}?b"], "no_sni": [False], "body": ["=1+1"]}),
    ]


def test_json_lines():
    """An object has the keys of a target of the configuration file, in tables or with dots."""
    lines = [
        {"name": "a", "url": URL, "headers": {"X-Key": "k"}, "headers.X.Y": "z", "observe.url": "https://o.example/"},
        {
            "url": URL,
            "observe": {"pointer": "/n"},
            "observe.headers.K": "v",
            "samples": 3,
            "only": ["reach"],
            "body": None,
        },
    ]
    found = read("\r\n".join(map(json.dumps, lines)))
    assert values(found) == [
        ("a", {"url": [URL], "header": ["X-Key: k", "X.Y: z"], "observe_url": ["https://o.example/"]}),
        ("", {"url": [URL], "observe_pointer": ["/n"], "observe_header": ["K: v"], "samples": [3], "only": ["reach"]}),
    ]


def test_a_list_says_what_the_configuration_file_says():
    """A target of a list comes to the same run as one of a sigcheck.toml with the same keys."""
    toml = (
        f'[targets.a]\nurl = "{URL}"\nheaders.K = "v"\nobserve.url = "https://o.example/"\nsamples = 4\nno_sni = true\n'
    )
    (expected,) = wanted([], {}, read_text(toml, "x"), every=True)
    whole = decode_settings(expected.settings)
    cells = f"name,url,headers.K,observe.url,samples,no_sni\na,{URL},v,https://o.example/,4,true\n"
    line = json.dumps({"name": "a", "url": URL, "headers": {"K": "v"}, "observe": {"url": "https://o.example/"},
                       "samples": 4, "no_sni": True})  # fmt: skip
    assert [decode_settings(read(text).targets[0].settings) for text in (cells, line)] == [whole, whole]


def test_plain_urls():
    """One stands on each line; comments and blank lines are passed over, a fragment is none of them."""
    found = read(f"# all\n\n{URL}?a=1  # Berlin\r\n  {URL}#part\n")
    assert [(each.line, each.settings["url"][0].value) for each in found.targets] == [
        (3, f"{URL}?a=1"), (4, f"{URL}#part")]  # fmt: skip


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.lists(cells.filter(str.strip), min_size=1, max_size=5), st.sampled_from(",;\t"), st.booleans())
def test_a_csv_comes_back_as_it_was(bodies, delimiter, windows):
    """Whatever a cell has in it, quotes, delimiters and lines too, is what the target's body is."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n" if windows else "\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["url", "body"], *([URL, body] for body in bodies)])
    found = read(file.getvalue())
    assert [each.settings["body"][0].value for each in found.targets] == bodies


@given(
    st.binary(max_size=200),
    st.sampled_from(["x", "x.csv", "x.jsonl", "x.json"]),
    st.sampled_from([b"", b"url\n", b"{"]),
)
def test_nothing_hostile_breaks_the_reading(raw, suffix, start):
    """Whatever bytes a list has, there are targets, problems, or one error."""
    text = (start + raw).decode("utf-8", "replace")
    source = Source(text, suffix)
    try:
        found = list_import(source) if source.form == "import" else read_list(source)
    except UsageProblem:
        return
    assert found.targets or found.problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"url": ' + "[" * 200_000, "list:1: the line is not JSON: write one object on each line"),
        ('{"url": 1' + "0" * 10_000 + "}", "list:1: the line is not JSON: write one object on each line"),
        ('{"url": "\\ud800"}', "list:1: the line has half a character: write the whole of it, or leave it out"),
        ('{"url": NaN}', "list:1: the line is not JSON: write one object on each line"),
        ("url" + "," * 1_000_000, "list:1: the header line has 1000001 columns: leave at most 200"),
        (f"url\n{URL},{',' * 1_000_000}", None),
        ("{" + ",".join(f'"k{number}":1' for number in range(100_000)) + "}",
         "list:1: the target has 100000 settings: give it at most 200"),
    ],
    ids=["deep", "digits", "surrogate", "nan", "columns", "cells", "keys"],
)  # fmt: skip
def test_what_is_large_or_broken_is_one_line(text, said):
    """The line is named, and nothing takes long."""
    assert wrong(text) == ([] if said is None else [said])


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"https://a.example/\nhttps://\xff\n", ":2: the file is not UTF-8: save it as UTF-8"),
        ("url\n".encode("utf-16"), " is UTF-16: save it as UTF-8"),
        (b"", " has no targets: give a file with a target on each line: csv with a header line, JSON objects, or URLs"),
    ],
)
def test_what_is_no_text_is_refused(raw, said, tmp_path):
    """The error names the file, and the line where there is one."""
    path = tmp_path / "list"
    path.write_bytes(raw)
    with pytest.raises(UsageProblem) as problem:
        read_list(read_source(str(path)))
    assert str(problem.value) == f"{path}{said}"


def test_each_mistake_of_a_csv_is_named():
    """Columns that do not exist, rows without a URL, names that are none, cells too many: each with its line."""
    assert wrong("name,url,headrs.X,url,observe.pointr\n") == [
        (
            "list:1: no setting is called 'headrs.X': did you mean headers?; a column that is not for sigcheck may be "
            "called #headrs.X"
        ),
        "list:1: the column 'url' is there twice: leave one of the two out",
        (
            "list:1: no setting is called 'observe.pointr': did you mean observe.pointer?; a column that is not for "
            "sigcheck may be called #observe.pointr"
        ),
    ]
    assert wrong(f'name,url\na b,{URL}\nc,\nd,{URL},1\ne,"{URL}\n') == [
        "list:2: 'a b' is not a valid name for a target: use letters, digits and . _ -, at most 64 of them",
        "list:3: the target c has no url: give it one: https://host/path",
        (
            "list:4: the row has 1 cell for which the header line has no name: name the columns, or put quotes "
            "around a cell that has the delimiter in it"
        ),
        "list:5: the row is not csv (unexpected end of data): close the quotes, and double each one in a cell",
    ]
    assert wrong(f"name,address\na,{URL}\n", "x.csv") == [
        "x.csv:1: the header line has no column url: begin with a line such as name,url,headers.Authorization"
    ]


def test_each_mistake_of_json_lines_is_named():
    """What is no object, what has a key twice, and what has none that exists."""
    assert wrong(
        f'{{"url": "{URL}", "url": "{URL}"}}\n[]\n{{"url": "{URL}", "sample": 3}}\n{{"name": 3, "url": "{URL}"}}\n'
    ) == [
        "list:1: 'url' is given twice: leave one of the two out",
        'list:2: the line is not a JSON object: write {"url": "https://host/path"}',
        "list:3: there is no key 'sample': did you mean samples?",
        "list:4: name must be a string: put it in quotes",
    ]


def test_many_mistakes_are_counted(tmp_path):
    """So many are listed, of the list and of what it says, and the number of the others is told; nothing is sent."""
    path = tmp_path / "list.csv"
    path.write_text("name,url\n" + "".join(f"t{number},ftp://x.example/\n" for number in range(30)))
    done = sigcheck(*RUN, "--targets", str(path), "--ledger", str(tmp_path / "ledger"))
    lines = done.err.splitlines()
    assert (done.code, done.out, len(lines)) == (2, "", MOST_PROBLEMS + 1)
    assert lines[0] == (
        f"sigcheck: {path}:2: target t0: the URL has the scheme 'ftp': "
        "the Sigfox Cloud calls https:// (or http://) URLs"
    )
    assert (
        lines[-1]
        == "sigcheck: the targets have 20 mistakes, and 10 more that are not listed: fix them; nothing was sent"
    )
    assert not (tmp_path / "ledger").exists()


def test_what_targets_are_called(tmp_path):
    """Without a name it is the URL without secrets, with a number from the second on; what is the same is run once."""
    path = tmp_path / "list.txt"
    urls = [f"http://127.0.0.1:9/x?key=hunter{number}hunter" for number in (1, 2, 1, 3)]
    path.write_text("\n".join(urls))
    done = sigcheck(*RUN, "--targets", str(path), "--dry-run", "--format", "json", "--seed", "1")
    targets = json.loads(done.out)["targets"]
    shown = "http://127.0.0.1:9/x?key=***"
    assert sorted(each["target"] for each in targets) == [shown, f"{shown} (2)", f"{shown} (3)"]
    assert done.err == f"sigcheck: {path}:3: this target was given before with the same settings, and is run once\n"
    assert "hunter" not in done.out + done.err


def test_two_targets_with_one_name_are_refused(tmp_path):
    """Both places are named."""
    path = tmp_path / "list.csv"
    path.write_text("name,url\na,http://127.0.0.1:9/x\na,http://127.0.0.1:9/y\n")
    done = sigcheck(*RUN, "--targets", str(path), "--dry-run")
    assert (done.code, done.err) == (2, (f"sigcheck: {path}:3: there is a second target called a, beside that of "
                                        f"{path}:2: give one of the two another name\n"))  # fmt: skip


def test_defaults_and_options_hold_for_a_list(tmp_path):
    """A target of a list goes over the defaults of the configuration file, and an option over both."""
    (tmp_path / "sigcheck.toml").write_text(
        '[defaults]\nsamples = 2\nonly = ["response"]\n[targets.z]\nurl = "https://z.example/"\n'
    )
    path = tmp_path / "list.csv"
    path.write_text("name,url,samples\na,https://a.example/,\nb,https://b.example/,5\n")
    command = (
        "fleet",
        "run",
        "--config",
        str(tmp_path / "sigcheck.toml"),
        "--targets",
        str(path),
        "--dry-run",
        "--format",
        "json",
    )

    def requests(*more):
        done = sigcheck(*command, *more)
        return {each["target"]: each["requests"] for each in json.loads(done.out)["targets"]}

    assert requests() == {"a": 3, "b": 6}
    assert requests("b") == {"b": 6}
    assert requests("--samples", "7") == {"a": 8, "b": 8}
    done = sigcheck(*command, "bb")
    assert (done.code, done.err) == (2, f"sigcheck: {path} has no target of this name: did you mean b?\n")


def test_standard_input_is_a_list():
    """- reads it, and messages call it so."""
    done = sigcheck(*RUN, "--targets", "-", "--dry-run", shell='printf "https://a.example/\\nnope\\n" | "$@"')
    assert (done.code, done.err) == (2, "sigcheck: standard input:2: the URL has no scheme: write https://host/path\n")


def test_variables_are_filled_and_hidden(tmp_path):
    """A host may come from the environment: it is grouped by what it is, and the ledger has no secret."""
    path = tmp_path / "list.csv"
    path.write_text("name,url\na,http://${HOST}:9/x?k=${KEY}\nb,http://127.0.0.3:9/y\n")
    ledger = tmp_path / "results.jsonl"
    given = {"HOST": "127.0.0.3", "KEY": "hunter2hunter2"}
    done = sigcheck(*RUN, "--targets", str(path), "--dry-run", environment=given)
    assert done.out.startswith("dry run of 2 targets in 1 group: nothing was sent")
    done = sigcheck(*RUN, "--targets", str(path), "--ledger", str(ledger), environment=given)
    assert done.code == 1
    assert "hunter2" not in done.out + done.err + ledger.read_text()
    done = sigcheck(*RUN, "--targets", str(path), "--dry-run", environment={"HOST": "127.0.0.3"})
    assert (done.code, done.err.partition(", which")[0]) == (
        2, f"sigcheck: {path}:2: url needs the environment variable KEY")  # fmt: skip


def test_an_import_is_a_list():
    """A saved answer of the API gives the targets that `sigcheck import` names, with their secrets in place."""
    definitions = [
        {"id": "5f01", "channel": "URL", "callbackType": 0, "callbackSubtype": 2, "url": f"{URL}?key=hunter2hunter2",
         "httpMethod": "POST", "headers": {"Authorization": "Bearer ${x}"}, "contentType": "application/json",
         "bodyTemplate": '{"d":"{device}"}'},
        {"id": "5f02", "channel": "EMAIL"},
        {"id": "5f03", "channel": "URL", "callbackType": 0, "callbackSubtype": 2, "url": URL, "httpMethod": "GET",
         "enabled": False},
    ]  # fmt: skip
    found = list_import(Source(json.dumps(definitions, indent=1), "saved.json"))
    ((name, said),) = values(found)
    assert (name, found.targets[0].line) == ("uplink", 3)
    assert (said["url"], said["body"]) == ([f"{URL}?key=hunter2hunter2"], ['{"d":"{device}"}'])
    made = decode_settings(found.targets[0].settings, environment={})
    assert made.header == ("Authorization: Bearer ${x}",)
    assert found.notices == (
        "saved.json: 1 callback left out: it sends e-mail, and calls no receiver",
        "saved.json: 1 callback left out: it is disabled in the portal",
    )


@pytest.mark.parametrize(
    "more",
    ["", "only = ['retry']", "samples = 3", "only = ['response', 'exposure']\nheaders.Authorization = 'Bearer xyz'",
             "observe.url = 'https://o.example/{device}'", "devices = ['2141866', '2141867']", "only = ['reach']"]
)  # fmt: skip
def test_requests_are_counted_as_they_are_listed(more):
    """The number of requests that a fleet's dry run has is that of the target's own dry run."""
    (target,) = wanted([], {}, read_text(f'[targets.a]\nurl = "{URL}"\n{more}\n', "x"), every=True)
    plan = plan_wanted(target)
    assert requests_of(plan) == _listed(plan, "text").requests


def test_a_list_has_a_bounded_number_of_columns():
    """The most is taken, and one more is refused."""
    names = ["url", *(f"#{number}" for number in range(MOST_KEYS - 1))]
    row = ",".join(["https://a.example/", *["x"] * (MOST_KEYS - 1)])
    (target,) = read(f"{','.join(names)}\n{row}\n", "list.csv").targets
    assert target.line == 2
    (problem,) = read(f"{','.join([*names, '#more'])}\n{row},x\n", "list.csv").problems
    assert f"the header line has {MOST_KEYS + 1} columns" in str(problem)
