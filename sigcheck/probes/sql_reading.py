"""Reads an observer's query: whether it could show two effects of a message, or can only ever say 0 or 1."""

import logging
import re
from collections.abc import Iterable

from sigcheck.callback import PLACEHOLDERS

_PLACEHOLDER = re.compile(r"'?\{(" + "|".join(PLACEHOLDERS) + r")\}'?")
_BOUND = "sigcheck_bound"
"""A column's name in place of a placeholder, which every dialect parses."""


def at_most_one(query: str, dialect: str) -> str | None:
    """Say what keeps a query for single messages from ever giving 2; None where nothing does, or none can tell.

    `dialect` is "sqlite" or "postgres". A query that cannot be parsed is the database's to refuse.
    """
    import sqlglot
    from sqlglot import expressions as exp

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        tree = sqlglot.parse_one(_PLACEHOLDER.sub(_BOUND, query), read=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return None
    if not isinstance(tree, exp.Select):
        return None
    bound = {
        column.name.lower()
        for equal in tree.find_all(exp.EQ)
        if any(column.name == _BOUND for column in equal.find_all(exp.Column))
        for column in equal.find_all(exp.Column)
        if column.name != _BOUND
    }

    def the_messages_own(parts: Iterable[exp.Expression]) -> bool:
        """Whether parts are made of columns alone that are the same for every effect of one message."""
        columns = [column.name.lower() for part in parts for column in part.find_all(exp.Column)]
        stars = any(isinstance(part, exp.Star) for part in parts)
        return not stars and all(name in bound for name in columns)

    def of_rows(select: exp.Select) -> str | None:
        """Say why a sub-query gives one row for each message at most."""
        limit = select.args.get("limit")
        if limit is not None and limit.expression is not None and limit.expression.name == "1":
            return "LIMIT 1 inside the count"
        if select.args.get("distinct") and the_messages_own(select.expressions):
            return "DISTINCT inside the count"
        group = select.args.get("group")
        if group is not None and the_messages_own(group.expressions):
            return "GROUP BY inside the count"
        return None

    def of_value(value: exp.Expression) -> str | None:
        """Say why a value is 0 or 1."""
        while isinstance(value, exp.Alias | exp.Paren | exp.Cast | exp.Coalesce):
            value = value.this
        if isinstance(value, exp.Subquery) and isinstance(value.this, exp.Select):
            return of_select(value.this)
        if isinstance(value, exp.Exists):
            return "EXISTS is true or false"
        if isinstance(value, exp.Predicate | exp.Not | exp.Boolean):
            return "a comparison is true or false"
        if isinstance(value, exp.Literal) and value.name in {"0", "1"}:
            return f"the query gives the number {value.name} itself"
        if isinstance(value, exp.Case):
            given = [each.args["true"] for each in value.args["ifs"]] + [value.args.get("default")]
            return "CASE gives 0 or 1" if all(each is None or of_value(each) for each in given) else None
        if isinstance(value, exp.Sign):
            return "SIGN of a count is 0 or 1"
        if isinstance(value, exp.Least | exp.Min) and any(
            isinstance(each, exp.Literal) and each.name == "1" for each in (value.this, *value.expressions)
        ):
            return "the count is cut off at 1"
        if isinstance(value, exp.Count) and isinstance(value.this, exp.Distinct):
            return "COUNT(DISTINCT …)" if the_messages_own(value.this.expressions) else None
        return None

    def of_select(select: exp.Select) -> str | None:
        if not select.expressions:
            return None
        value = of_value(select.expressions[0])
        if value is not None:
            return value
        source = select.args.get("from_") or select.args.get("from")
        inner = source.this if source is not None else None
        if isinstance(inner, exp.Table):
            named = {each.alias: each.this for each in tree.find_all(exp.CTE)}
            inner = named.get(inner.name, inner)
        elif isinstance(inner, exp.Subquery):
            inner = inner.this
        return of_rows(inner) if isinstance(inner, exp.Select) else None

    return of_select(tree)
