"""`sigcheck explain` knows every callback type and every variable, offline and from the tables themselves."""

import re

import pytest

from sigcheck.callback import CALLBACK_TYPES
from sigcheck.cli import run
from sigcheck.glossary.entry import Entry
from sigcheck.manual.callbacks import type_page, variable_page
from sigcheck.manual.find import VariableName, find
from sigcheck.manual.paper import Paper
from sigcheck.manual.terminal import rendered
from sigcheck.manual.written import markdown_of

EVERY = pytest.mark.parametrize("kind", CALLBACK_TYPES.values(), ids=CALLBACK_TYPES)
VARIABLES = sorted({each.name for kind in CALLBACK_TYPES.values() for each in kind.variables})


@EVERY
def test_a_type_lists_all_that_is_known_of_it(kind):
    """Its page has its identity, its default body, and each variable with type, default, unit and certainty."""
    page = type_page(find_type(kind.name))
    assert kind.body in page
    assert all(f"`{name}`" in page for name in kind.identity)
    for each in kind.variables:
        (item,) = re.findall(rf"^- `{each.name}` .*", page, re.MULTILINE)
        assert each.about in item
        assert each.certainty in item
        assert each.unit in item
        assert each.needs in item
        assert (each.default in item) == (each.of is None or each.default in each.about)
    assert kind.ends in page


def find_type(name):
    """Find a type by what somebody types."""
    found = find(name)
    assert found in CALLBACK_TYPES.values(), name
    return found


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("DATA BIDIR", "data/bidir"), ("SERVICE DATA_ADVANCED", "service/data-advanced"), ("geoloc", "service/geoloc"),
        ("data-advanced", "service/data-advanced"), ("data_advanced", "service/data-advanced"), ("error", "error"),
        ("error callback", "error"), ("EVENT callback", "event"), ("repeater", "service/repeater"),
        ("status", "service/status"), ("Service/Status", "service/status"), ("uplink callback", "data/uplink"),
    ],
)  # fmt: skip
def test_a_type_as_the_portal_spells_it(typed, name):
    """Capitals, spaces, underscores and the last word of a type lead to it."""
    assert find_type(typed).name == name


@pytest.mark.parametrize("name", VARIABLES)
def test_every_variable_is_explained(name):
    """By itself a name may have an entry of its own; in braces it is the variable, in each type that has it."""
    assert isinstance(find(name), VariableName | Entry)
    found = find(f"{{{name}}}")
    assert found == VariableName(name)
    page = variable_page(name)
    for kind in CALLBACK_TYPES.values():
        assert (kind.name in page.split("Read on")[0]) == (kind.variable(name) is not None)
    assert "How sure this is" in page
    assert "**" not in rendered(*on_paper(found))


def on_paper(found):
    """Give what `rendered` is called with for what was found."""
    markdown, folder = markdown_of(found)
    return markdown, Paper(80), folder


def test_what_an_error_promises_is_there(capsys):
    """An unknown variable's error names a command, and this command lists the variables."""
    for name in CALLBACK_TYPES:
        given = ["verify", "https://a.example/?x={zzzz}", "--type", name, "--dry-run"]
        assert run(given) == 2
        (command,) = re.findall(r"`sigcheck (explain [^`]+)`", capsys.readouterr().err)
        assert run(command.split()) == 0
        said = capsys.readouterr().out
        assert all(each.name in said for each in CALLBACK_TYPES[name].variables)


def test_a_custom_variable_leads_to_the_payload_config(capsys):
    """{customData#NAME} is explained whatever its name, and a slip in a variable names the variable."""
    assert run(["explain", "{customData#temp}"]) == 0
    assert "--payload-config" in capsys.readouterr().out
    assert run(["explain", "infoMesage"]) == 2
    assert "infomessage" in capsys.readouterr().err
