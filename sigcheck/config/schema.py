"""The JSON Schema of the configuration file, for editors: made of the settings themselves."""

import json
from typing import Any

from sigcheck.config.file import NAME
from sigcheck.config.keys import HEADERS, OBSERVER, VARIABLES, settings_in
from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import Field, fields

_KINDS = {"flag": "boolean", "whole": "integer", "number": "number", "choice": "string", "text": "string"}


def schema() -> str:
    """Give the schema of sigcheck.toml as JSON; that of [tool.sigcheck] is the same."""
    target = _target()
    defaults = {**target, "properties": {key: value for key, value in target["properties"].items() if key != "url"}}
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": NAME,
        "description": "Targets that sigcheck verifies.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "defaults": {**defaults, "description": "The settings of every target that does not say otherwise."},
            "targets": {
                "description": "The targets, by name.",
                "type": "object",
                "propertyNames": {"pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$"},
                "additionalProperties": {**target, "required": ["url"]},
            },
        },
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _target() -> dict[str, Any]:
    properties = {
        "url": {"type": "string", "description": "The URL pattern, as in the portal."},
        **_table(""),
        OBSERVER: {
            "type": "object",
            "description": "The observer, which counts the effects.",
            "additionalProperties": False,
            "properties": _table(OBSERVER),
        },
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _table(table: str) -> dict[str, Any]:
    """Give the properties of a table: its settings, a name with a hyphen for each underscore, and its headers."""
    known = fields(RunConfig)
    found: dict[str, Any] = {}
    for key, name in settings_in(table).items():
        if name in known:
            found[key] = _property(known[name])
            found[key.replace("_", "-")] = found[key]
    if VARIABLES in found:
        value = {"type": ["string", "number", "boolean"]}
        found[VARIABLES]["anyOf"].append({"type": "object", "additionalProperties": value})
    headers = {"type": "object", "additionalProperties": {"type": "string"}, "description": "Headers, by name."}
    return {**found, HEADERS: headers}


def _property(field: Field) -> dict[str, Any]:
    setting = field.setting
    one: dict[str, Any] = {"type": _KINDS[field.kind]}
    if field.choices:
        one = {"enum": list(field.choices)}
    if setting.low is not None:
        one["minimum"] = setting.low
    if setting.high is not None:
        one["maximum"] = setting.high
    described: dict[str, Any] = {"description": setting.help}
    if field.default not in {None, ()}:
        described["default"] = field.default
    if not field.many:
        return {**described, **one}
    several: list[dict[str, Any]] = [one, {"type": "array", "items": one}]
    if setting.bare is not None:
        several.append({"type": "boolean"})
    return {**described, "anyOf": several}
