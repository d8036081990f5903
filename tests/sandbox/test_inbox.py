"""The inbox: emails arrive by real SMTP and are shown safely."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import pytest

from tests.sandbox.running import Running

LINK = "http://localhost:8000/c/token-1/"


def send(sandbox: Running, *, to: str = "maya.osei@example.com", html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Acme <hello@product.example>", to
    message["Subject"], message["Message-ID"] = "Références: please name two at Acme", "<m1@product.example>"
    message.set_content(f"Name your references:\n{LINK}.\n")
    if html is not None:
        message.add_alternative(html, subtype="html")
    with smtplib.SMTP("localhost", sandbox.smtp_port) as smtp:
        smtp.send_message(message)
    return message


def test_an_email_sent_by_smtp_is_in_the_inbox_with_its_links(sandbox: Running) -> None:
    send(sandbox, html=f'<p>Name them <a href="{LINK}?a=1&amp;b=2">here</a></p>')
    (email,) = sandbox.read("mails")
    assert email["to"] == ["maya.osei@example.com"]
    assert email["subject"] == "Références: please name two at Acme"
    assert email["message_id"] == "<m1@product.example>"
    assert email["text"].startswith("Name your references:")
    assert email["html"].startswith("<p>Name them")
    assert email["links"] == [LINK, f"{LINK}?a=1&b=2"]
    assert sandbox.read(f"mails/{email['n']}") == email
    assert sandbox.read("mails", to="MAYA.OSEI@example.com") == [email]
    assert sandbox.read("mails", to="somebody@example.com") == []


def test_an_emails_html_is_framed_without_scripts_and_with_its_own_policy(sandbox: Running) -> None:
    send(sandbox, html="<script>alert(1)</script><p>Hello</p>")
    (email,) = sandbox.read("mails")
    page = sandbox.http.get(f"/inbox/{email['n']}")
    assert f'<iframe src="/inbox/{email["n"]}/html" sandbox ' in page.text
    assert "<script" not in page.text
    framed = sandbox.http.get(f"/inbox/{email['n']}/html")
    policy = framed.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy
    assert "<p>Hello</p>" in framed.text


def test_the_list_shows_subject_and_address_and_can_be_cleared(sandbox: Running) -> None:
    send(sandbox)
    page = sandbox.http.get("/inbox/").text
    assert "Références: please name two at Acme" in page
    assert "maya.osei@example.com" in page
    sandbox.act("mails/clear")
    assert sandbox.read("mails") == []
    assert sandbox.http.get("/inbox/1").status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no headers at all\r\n",
        b"Subject: =?nonsense?b?////?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\nhi\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nbroken",
        b"Subject: \xff\xfe\r\nTo: <<<\r\n\r\n\xff\r\n",
    ],
)
def test_a_malformed_email_is_stored_and_shown(sandbox: Running, raw: bytes) -> None:
    with smtplib.SMTP("localhost", sandbox.smtp_port) as smtp:
        smtp.sendmail("a@example.com", ["b@example.com"], raw)
    (email,) = sandbox.read("mails")
    assert sandbox.http.get(f"/inbox/{email['n']}").status_code == 200
    assert sandbox.http.get(f"/inbox/{email['n']}/html").status_code == 200


def test_the_smtp_server_can_reject_emails(sandbox: Running) -> None:
    sandbox.act("faults", route="SMTP", kind="status", status=451)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(sandbox)
    assert refused.value.smtp_code == 451
    assert sandbox.read("mails") == []
    send(sandbox)
    assert len(sandbox.read("mails")) == 1


def test_an_email_can_be_stored_although_the_sender_sees_an_error(sandbox: Running) -> None:
    sandbox.act("faults", route="SMTP", kind="status", status=451, when="after")
    with pytest.raises(smtplib.SMTPDataError):
        send(sandbox)
    send(sandbox)
    assert [email["message_id"] for email in sandbox.read("mails")] == ["<m1@product.example>"] * 2
