"""The lines of a TOML text's keys: right for whatever tomllib accepts, and in time that grows with the text."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from sigcheck.config.toml_lines import key_lines

ODD = '''# [not.a.table]
a = 1
"b.c" = """x
y = 2 \\"""
""" # z = 3
d . e = [1, # q = "]"
 {f = 2, "g" = {h=3}}, "]"]
[t."u"]
v = 1979-05-27 07:32:00
w = 'x = 1'
[[arr]]
k = \'\'\'it''s
\'\'\'
[[arr]]
k = 2
l = """a"""""
m = "a\\"b = 1"
'''
WHERE = {
    ("a",): 2, ("b.c",): 3, ("d",): 6, ("d", "e"): 6, ("d", "e", "f"): 7, ("d", "e", "g"): 7, ("d", "e", "g", "h"): 7,
    ("t",): 8, ("t", "u"): 8, ("t", "u", "v"): 9, ("t", "u", "w"): 10, ("arr",): 11, ("arr", "k"): 12,
    ("arr", "l"): 16, ("arr", "m"): 17,
}  # fmt: skip


def test_odd_texts():
    """Comments, long texts, quoted and dotted keys, inline tables and arrays of tables hide no key and make none up."""
    tomllib.loads(ODD)
    assert key_lines(ODD) == WHERE


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
VALUES = st.one_of(
    st.integers(-9, 9).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    TEXTS.map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    TEXTS.filter(lambda text: "'" not in text).map(lambda text: f"'''\n{text}\n# k = 1\n'''"),
    st.lists(st.integers(0, 9).map(str)).map(lambda items: "[\n" + ",\n".join(items) + "\n]"),
    TEXTS.map(lambda text: '{ inner = "' + text.replace("\\", "\\\\").replace('"', '\\"') + '" }'),
)


@given(st.lists(st.tuples(st.booleans(), VALUES, st.sampled_from(["", " # note = 1", "\n\n# [x]"]))))
def test_each_key_stands_where_its_name_does(entries):
    """Whatever stands between them: every line that the walk gives begins with the key that was written there."""
    text = ""
    for number, (table, value, trail) in enumerate(entries):
        text += f"[t{number}]\n" if table else f"k{number} = {value}{trail}\n"
    tomllib.loads(text)
    lines = text.split("\n")
    found = key_lines(text)
    written = {f"{'t' if table else 'k'}{number}" for number, (table, _, _) in enumerate(entries)}
    assert {keys[-1] for keys in found} - {"inner"} == written
    for keys, line in found.items():
        if keys[-1] != "inner":
            assert lines[line - 1].lstrip("[").startswith(keys[-1])


def test_a_large_file_is_walked_once():
    """Twenty thousand keys and one text of a megabyte are no reason to wait: each character is looked at once."""
    text = "".join(f'key{number} = "{number}"\n' for number in range(20_000)) + 'long = """' + "x" * 1_000_000 + '"""\n'
    assert key_lines(text)[("long",)] == 20_001
