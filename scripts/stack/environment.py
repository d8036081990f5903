"""The product's settings for a stack on this machine. ``.env.example`` explains each one."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass

from scripts.stack.folder import StateFolder

STAMP_FILE = "database-stamp.json"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """TCP ports on loopback."""

    web: int = 8000
    sandbox: int = 8010
    smtp: int = 8025


def product_environment(folder: StateFolder, ports: Ports) -> dict[str, str]:
    """Every setting except the addresses of the database and the broker, which ``Stack.environment`` adds."""
    product = f"http://localhost:{ports.web}"
    sandbox = f"http://localhost:{ports.sandbox}"
    return {
        "SECRET_KEY": folder.secret("django secret key", lambda: secrets.token_urlsafe(48)),
        "FIELD_KEYS": folder.secret("field keys", _field_key),
        "PSEUDONYM_KEY": folder.secret("pseudonym key", lambda: secrets.token_urlsafe(48)),
        "DEBUG": "false",
        "DATABASE_POOLER": "false",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "BASE_URL": product,
        # Browsers send a Secure cookie over http only to localhost, and some not even there.
        "COOKIE_SECURE": "false",
        "EMAIL_URL": f"smtp://localhost:{ports.smtp}",
        "DEFAULT_FROM_EMAIL": "Crosschq <no-reply@crosschq.example>",
        "LIST_FROM_EMAIL": "Crosschq <prospects@crosschq.example>",
        "OPERATOR_EMAIL": "",
        "EMAIL_PROVIDER": "",
        "ANYMAIL": "{}",
        "TWILIO_ACCOUNT_SID": "AC-demo",
        "TWILIO_AUTH_TOKEN": folder.secret("text token"),
        "TWILIO_SENDER": "+12025550100",
        "TWILIO_API_URL": sandbox,
        "TEXT_COUNTRIES": "US,CA,GB,DE",
        "TEXTS_A_DAY": "2000",
        "TEXTS_A_DAY_OF_ONE_ORGANIZATION": "200",
        "OUTBOUND_HOSTS": f"localhost:{ports.sandbox},127.0.0.1:{ports.sandbox}",
        "SSL_REDIRECT": "false",
        "TRUSTED_PROXY_COUNT": "0",
        "STATIC_ROOT": str(folder.path / "static"),
        "STATIC_MANIFEST": "true",
        "BURST_LIMIT": "50",
        "FAULT_DIR": "",
        "LEASE_SCALE": "1",
        "ATS_WRITE_SECONDS": "130",
        "RESTORE_STAMP_FILE": str(folder.path / STAMP_FILE),
        "ERASURE_LEDGER": str(folder.path / "erasures.jsonl"),
        "SENT_LEDGER": str(folder.path / "sent"),
        "LOG_LEVEL": "INFO",
        "SMARTRECRUITERS_CLIENT_ID": "crosschq-demo",
        "SMARTRECRUITERS_CLIENT_SECRET": folder.secret("client secret"),
        "SMARTRECRUITERS_AUTHORIZE_URL": f"{sandbox}/identity/oauth/allow",
        "SMARTRECRUITERS_TOKEN_URL": f"{sandbox}/identity/oauth/token",
        "SMARTRECRUITERS_API_URL": sandbox,
        "SMARTRECRUITERS_SANDBOX_AUTHORIZE_URL": "",
        "SMARTRECRUITERS_SANDBOX_TOKEN_URL": "",
        "SMARTRECRUITERS_SANDBOX_API_URL": "",
        "SMARTRECRUITERS_ALERT_EMAIL": "integrations@crosschq.example",
        "SMARTRECRUITERS_RATE_SCALE": "1",
    }


def _field_key() -> str:
    return f"k1:{b64encode(secrets.token_bytes(32)).decode()}"
