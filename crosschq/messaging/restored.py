"""What an email server's or a provider's log knows about messages that are on hold after a restore."""

import re
from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crosschq.core.restore import held
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import cross_tenant

# In a log, an id is surrounded by these.
_BETWEEN = re.compile(r"[\s<>()\[\]{}\"',;=]+")


def compare_with_log(lines: Iterable[str]) -> tuple[int, int]:
    """Mark held messages whose Message-ID or uid the log has. Returns how many, and how many messages are held."""
    with cross_tenant("an email server's log names no organization"):
        waiting = list(_held().values_list("uid", "message_id"))
        by_mark = {mark: uid for uid, message_id in waiting for mark in (message_id.strip("<>"), str(uid))}
        found = {by_mark[mark] for line in lines for mark in _BETWEEN.split(line) if mark in by_mark}
        held.mark(Message, found, held.Known.WENT_OUT, _("It's in the email server's log."))
    return len(found), len(waiting)


def _held() -> "QuerySet[Message]":
    # Sign-in messages belong to no organization, so no organization's manager finds them.
    return Message._base_manager.filter(pk__in=held.rows(Message).values("pk"))
