"""A backend for Django (it looks for a module `base`): PostgreSQL's, but a transaction opens with its first statement.

BEGIN, the setting of a scope, SAVEPOINT and RELEASE would cost a round trip each. PostgreSQL takes several statements
in one message and returns the result of the last, so these wait for the next statement. A transaction or savepoint
without any statement costs nothing. Nothing is prepared, so a pooler needs no more than it did (docs/decisions/0035).
"""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base, operations
from django.db.backends.utils import CursorWrapper, debug_transaction
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, TRANSACTION_STATUS_INERROR

BEGIN = "BEGIN"
SET = "SELECT set_config('{name}', '{value}', true)"


class _SendsAhead:
    """Base of both kinds of cursors: sends the waiting statements together with the next one."""

    db: "DatabaseWrapper"

    def _execute(self, sql: str, params: Sequence[Any] | None, *context: Any) -> Any:
        with_it = self.db.take_ahead()
        if not with_it:
            return super()._execute(sql, params, *context)  # type: ignore[misc]  # the other base has it
        try:
            return super()._execute("".join(f"{each};" for each in with_it) + sql, params, *context)  # type: ignore[misc]
        except Exception as error:
            self.db.ahead_failed(with_it, error)
            raise

    def _executemany(self, sql: str, params: Any, *context: Any) -> Any:
        if self.db.ahead:
            self._execute("SELECT 1", None)
        return super()._executemany(sql, params, *context)  # type: ignore[misc]  # the other base has it


class Cursor(_SendsAhead, CursorWrapper):
    pass


class DebugCursor(_SendsAhead, base.CursorDebugWrapper):
    pass


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "crosschq.core.database.compiler"
    connection: "DatabaseWrapper"

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """The statement alone: what is logged and counted is round trips."""
        sent = super().last_executed_query(cursor, sql, params) or ""
        return sent.removeprefix("".join(f"{each};" for each in self.connection.sent_ahead))


class DatabaseWrapper(base.DatabaseWrapper):
    """`ahead`: what the next statement takes with it. `sent_ahead`: what the last one took."""

    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ahead: list[str] = []
        self.sent_ahead: list[str] = []

    def set_ahead(self, name: str, value: str) -> None:
        """Give a setting this value until the end of the transaction or savepoint. Neither may contain a quote or %."""
        if self.ahead and self.ahead[-1].startswith(SET.partition("{value}")[0].format(name=name)):
            self.ahead.pop()
        self.ahead.append(SET.format(name=name, value=value))

    def take_ahead(self) -> list[str]:
        self.sent_ahead, self.ahead = self.ahead, []
        return self.sent_ahead

    def ahead_failed(self, with_it: list[str], error: Exception) -> None:
        """The statement that took these with it failed."""
        if self.connection is None or self.connection.closed:
            return
        if getattr(error.__cause__, "pgcode", None) is None:
            self.ahead = with_it  # it wasn't sent
        elif self.connection.info.transaction_status == TRANSACTION_STATUS_IDLE:
            self.needs_rollback = self.in_atomic_block  # PostgreSQL couldn't parse it, so nothing began

    def get_new_connection(self, conn_params: Any) -> Any:
        self.ahead = []
        return super().get_new_connection(conn_params)

    def make_cursor(self, cursor: Any) -> Cursor:
        return Cursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> DebugCursor:
        return DebugCursor(cursor, self)

    def _start_transaction_under_autocommit(self) -> None:
        # Of Atomic. The driver stays in autocommit mode, in which it sends no BEGIN and no COMMIT.
        self.ahead = [BEGIN]

    def _commit(self) -> None:
        self._end("COMMIT", super()._commit)  # type: ignore[misc]  # the stubs lack it

    def _rollback(self) -> None:
        self._end("ROLLBACK", super()._rollback)  # type: ignore[misc]  # the stubs lack it

    def _end(self, sql: str, end: Any) -> None:
        """Nothing that waits matters any more: it ends with the transaction."""
        waiting, self.ahead = self.ahead, []
        if self.connection is None or not self.connection.autocommit:
            end()
        elif BEGIN not in waiting:
            with debug_transaction(self, sql), self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute(sql)

    def _savepoint(self, sid: str) -> None:
        self.ahead.append(self.ops.savepoint_create_sql(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        sql = self.ops.savepoint_create_sql(sid)
        if sql in self.ahead:
            del self.ahead[self.ahead.index(sql) + 1 :]  # it is released next
        else:
            self.ahead = []
            super()._savepoint_rollback(sid)  # type: ignore[misc]  # the stubs lack it

    def _savepoint_commit(self, sid: str) -> None:
        sql = self.ops.savepoint_create_sql(sid)
        if sql in self.ahead:
            self.ahead.remove(sql)
        elif self.connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
            super()._savepoint_commit(sid)  # type: ignore[misc]  # the stubs lack it
        else:
            self.ahead.append(self.ops.savepoint_commit_sql(sid))
