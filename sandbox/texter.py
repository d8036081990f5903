"""Posts status callbacks and incoming texts to the product, like a text message carrier."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from html import unescape

import httpx

from sandbox.config import Config
from sandbox.state import State
from sandbox.texts import ENDINGS, Text, signature

ANSWER_SECONDS = 5.0
_MESSAGE = re.compile(r"<Message>(.*?)</Message>", re.DOTALL)


class Texter:
    """Reads ``state`` each time, because a reset replaces it."""

    def __init__(self, state: Callable[[], State], client: httpx.AsyncClient, config: Config) -> None:
        self._state = state
        self._client = client
        self._config = config
        self._running: set[asyncio.Task[None]] = set()

    def follow(self, text: Text) -> None:
        """Process a text: sent, then the status that its number's ending determines."""
        task = asyncio.create_task(self._go(text))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settle(self) -> None:
        """Wait until all texts have been processed."""
        while self._running:
            await asyncio.wait(self._running)

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def receive(self, sender: str, body: str) -> int | None:
        """Send a text to the product. Returns its response status, or None without a response."""
        box, now = self._state().textbox, self._state().clock.now()
        text = box.add(ours=False, sender=sender, to=self._config.text_number, body=body, at=now)
        text.status = "received"
        own_answer = box.hear(sender, body)
        if own_answer:
            self._reply(sender, own_answer)
        if not self._config.text_webhook:
            return None
        fields = {"MessageSid": text.sid, "From": sender, "To": text.to, "Body": body}
        answer = await self._post(self._config.text_webhook, fields)
        if answer is None:
            return None
        found = _MESSAGE.search(answer.text)
        if found and sender not in box.stopped:
            self._reply(sender, unescape(found.group(1)))
        return answer.status_code

    async def tell(self, text: Text, status: str, error: str = "") -> None:
        """Post one status callback; tests may repeat or reorder them."""
        text.status, text.error = status, error
        fields = {
            "MessageSid": text.sid,
            "MessageStatus": status,
            "To": text.to,
            "From": text.sender,
            "AccountSid": self._config.text_account,
        }
        if error:
            fields["ErrorCode"] = error
        if text.callback_url:
            answer = await self._post(text.callback_url, fields)
            text.responses.append(answer.status_code if answer is not None else None)

    async def _go(self, text: Text) -> None:
        await self.tell(text, "sent")
        status, error = ENDINGS.get(text.to[-4:], ("delivered", ""))
        await self.tell(text, status, error)

    def _reply(self, to: str, body: str) -> None:
        state = self._state()
        text = state.textbox.add(ours=True, sender=self._config.text_number, to=to, body=body, at=state.clock.now())
        text.status = "delivered"

    async def _post(self, url: str, fields: dict[str, str]) -> httpx.Response | None:
        headers = {"X-Twilio-Signature": signature(self._config.text_token, url, fields)}
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._client.post(url, data=fields, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError):
            return None
