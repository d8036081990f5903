"""Django's SMTP backend, with a time limit on each reply, however slowly it arrives.

Otherwise EMAIL_TIMEOUT is that of a single read, and a server that sends its reply byte by byte holds the email beyond
its lease. Then another worker sends it too.
"""

import io
import smtplib

from django.core.mail.backends import smtp

from crosschq.core.web.http import UntilTimeout


class SmtpSession(smtplib.SMTP):
    def getreply(self) -> tuple[int, bytes]:
        sock = self.sock
        if sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        seconds = sock.gettimeout()
        # A server sends nothing between its replies.
        self.file = io.BufferedReader(UntilTimeout(sock.makefile("rb", buffering=0), sock))
        try:
            return super().getreply()
        finally:
            if self.file is not None:  # otherwise it closed the connection
                self.file.close()
                self.file = None
                sock.settimeout(seconds)


class SmtpSessionOverTls(SmtpSession, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self) -> type[SmtpSession]:
        return SmtpSessionOverTls if self.use_ssl else SmtpSession
