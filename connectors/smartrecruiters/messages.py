"""Messages API: notes on a candidate's profile (developers.smartrecruiters.com/reference/messagessharescreate-1)."""

from collections.abc import Callable

from connectors.smartrecruiters.answer import Node, read_each
from connectors.smartrecruiters.client import Client, Operation, segment

SHARE = Operation("POST", "/messages/shares", ("messages_write",))
FETCH = Operation("GET", "/messages", ("messages_read",))


class Messages:
    client: Client

    def post_note(self, *, candidate_id: str, content: str, before_send: Callable[[], object] | None = None) -> str:
        """messages.shares.create, as an open note. The tag #[CANDIDATE:id] puts it on the profile.

        Returns the note's id, which may be empty: the vendor's document doesn't require one.
        """
        tag = f"#[CANDIDATE:{segment(candidate_id)}]"
        body = {"content": f"{tag} {content}", "shareWith": {"openNote": True}}
        return self.client.write(SHARE, body=body, before_send=before_send).id(default="")

    def note_exists(self, *, candidate_id: str, containing: str) -> bool:
        """messages.fetch: search the newest 100 notes. Needs an administrator's grant."""
        notes = self.client.ask(FETCH, params={"candidateId": candidate_id, "limit": "100"})
        return any(containing in text for text in read_each(notes.elements(), _content))


def _content(note: Node) -> str:
    return note.text("content", default="", most=None)
