"""The SQL that Django writes, in little more than half the time: most of it goes into naming the columns of whole rows.

Django finds this module through `compiler_module` (base.py), and in it a class for each kind of statement.
"""

from functools import cache
from typing import Any

from django.db.backends.postgresql import compiler
from django.db.models import Field
from django.db.models.expressions import Col
from django.db.models.options import Options

SQLAggregateCompiler = compiler.SQLAggregateCompiler
SQLDeleteCompiler = compiler.SQLDeleteCompiler
SQLInsertCompiler = compiler.SQLInsertCompiler
SQLUpdateCompiler = compiler.SQLUpdateCompiler


class SQLCompiler(compiler.SQLCompiler):
    def get_default_columns(
        self, select_mask: Any, start_alias: str | None = None, opts: Any = None, from_parent: Any = None
    ) -> Any:
        """A model's columns, from a list made once."""
        opts = opts or self.query.get_meta()
        if select_mask or from_parent or opts.parents:
            return super().get_default_columns(select_mask, start_alias, opts, from_parent)
        return list(_columns(opts, start_alias or self.query.get_initial_alias()))

    def get_select(self, with_col_aliases: bool = False) -> Any:
        """Whole rows, with those that `select_related` adds: each column with its name, which is written once."""
        query = self.query
        is_whole = query.default_cols and query.selected is None and not query.get_select_mask()
        if not is_whole or query.extra_select or query.annotation_select or with_col_aliases:
            return super().get_select(with_col_aliases)
        select: list[Any] = [(col, None) for col in self.get_default_columns({})]
        info: Any = {"model": query.model, "select_fields": list(range(len(select)))}
        if query.select_related:
            # No model has a table of its own next to its parent's, so no columns come from a parent.
            info["related_klass_infos"] = self.get_related_selections(select, {})
        return [self._named(col) for col, _alias in select], info, {}

    def _named(self, col: Any) -> Any:
        """What Django's get_select returns for a column."""
        if col.alias in self.query.table_map and (written := getattr(col, "written", None)):
            return written
        return col, col.select_format(self, *self.compile(col)), None

    def compile(self, node: Any) -> Any:
        """A column of a table without an alias always has the same name."""
        if type(node) is Col and node.alias in self.query.table_map:
            return f'"{node.alias}"."{node.target.column}"', []
        return super().compile(node)

    def _order_by_pairs(self) -> Any:
        """The ORDER BY fields. Searches the selected columns for each only if a column has an alias."""
        select: Any = self.select
        if self.query.combinator or any(alias for *_, alias in select or ()):
            return super()._order_by_pairs()
        self.select = []
        try:
            pairs: Any = super()._order_by_pairs()
            return list(pairs)
        finally:
            self.select = select

    def get_converters(self, expressions: Any) -> Any:
        """The converters of columns whose values need any."""
        converted: list[Any] = [None if _is_plain(each) else each for each in expressions]
        return super().get_converters(converted)


@cache
def _columns(opts: "Options[Any]", alias: str) -> list[Col]:
    columns: list[Any] = [field.get_col(alias) for field in opts.concrete_fields]
    for col in columns:
        col.is_plain = _is_plain(col)
        if type(col.output_field).select_format is Field.select_format:
            # As if the alias were the table's name: `_named` looks whether it is.
            col.written = (col, (f'"{alias}"."{col.target.column}"', ()), None)
    return columns


def _is_plain(expression: Any) -> bool:
    if type(expression) is not Col:
        return False
    if (known := getattr(expression, "is_plain", None)) is not None:
        return bool(known)
    return not (hasattr(expression.target, "from_db_value") or hasattr(expression.output_field, "from_db_value"))
