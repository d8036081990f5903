"""Codes, tokens and grants, and how long each is valid.

Lifetimes are seconds of the sandbox's clock. Access tokens last 30 minutes; refresh tokens 28 days and one use; codes
10 minutes and one use (RFC 6749 4.1.2; the vendor documents no lifetime of codes).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

ACCESS_SECONDS = 1800
REFRESH_SECONDS = 28 * 24 * 3600
CODE_SECONDS = 600
CONSENT_SECONDS = 3600


class OAuthError(Exception):
    """An error of RFC 6749 4.1.2.1 or 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass
class Grant:
    """A user's grant to an app. ``revoked`` invalidates all of its tokens."""

    id: str
    client_id: str
    user_id: str
    scopes: tuple[str, ...]
    revoked: bool = False

    @property
    def credential(self) -> str:
        """The name used to count calls."""
        return f"{self.client_id}/{self.user_id}"


@dataclass
class Consent:
    """An authorize request that is waiting for the user."""

    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    expires: float


@dataclass
class Code:
    grant: Grant
    redirect_uri: str
    expires: float
    used: bool = False


@dataclass
class AccessToken:
    grant: Grant
    expires: float


@dataclass
class RefreshToken:
    grant: Grant
    expires: float
    used: bool = False


@dataclass(frozen=True)
class Client:
    """A client created by the company (client credentials grant) that acts as one user."""

    secret: str
    user_id: str
    scopes: tuple[str, ...]


@dataclass
class OAuthStore:
    consents: dict[str, Consent] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    clients: dict[str, Client] = field(default_factory=dict)
    api_keys: dict[str, Grant] = field(default_factory=dict)

    def ask(self, *, redirect_uri: str, scopes: tuple[str, ...], state: str | None, now: float) -> str:
        """Store an authorize request; returns the id for the consent form."""
        key = secrets.token_urlsafe(24)
        self.consents[key] = Consent(redirect_uri, scopes, state, now + CONSENT_SECONDS)
        return key

    def take_consent(self, key: str, *, now: float) -> Consent | None:
        consent = self.consents.pop(key, None)
        return consent if consent is not None and consent.expires > now else None

    def allow(self, consent: Consent, *, client_id: str, user_id: str, now: float) -> str:
        """Record the user's grant and return the authorization code."""
        grant = Grant(secrets.token_hex(12), client_id, user_id, consent.scopes)
        self.grants.append(grant)
        code = secrets.token_urlsafe(32)
        self.codes[code] = Code(grant, consent.redirect_uri, now + CODE_SECONDS)
        return code

    def exchange(self, code: str, *, redirect_uri: str | None, now: float) -> dict[str, object]:
        """Exchange a code for tokens. Raises OAuthError ``invalid_grant``."""
        found = self.codes.get(code)
        if found is None or found.expires <= now:
            raise OAuthError("invalid_grant", "The authorization code is unknown or expired.")
        if found.used:
            raise OAuthError("invalid_grant", "The authorization code was used before.")
        if redirect_uri is not None and redirect_uri != found.redirect_uri:
            raise OAuthError("invalid_grant", "The redirect URI is not the one of the authorization request.")
        found.used = True
        return self._issue(found.grant, now=now)

    def refresh(self, token: str, *, now: float, spent: str = "refused") -> dict[str, object]:
        """Exchange a refresh token, which is invalid afterwards. Raises OAuthError ``invalid_grant``.

        ``spent`` says what a used token does: ``refused``, ``ends_grant`` or ``accepted``.
        """
        found = self.refresh_tokens.get(token)
        if found is None or found.expires <= now:
            raise OAuthError("invalid_grant", "The refresh token is unknown or expired.")
        if found.used and spent != "accepted":
            found.grant.revoked = found.grant.revoked or spent == "ends_grant"
            raise OAuthError("invalid_grant", "The refresh token was used before.")
        if found.grant.revoked:
            raise OAuthError("invalid_grant", "The user's grant has ended.")
        found.used = True
        return self._issue(found.grant, now=now)

    def grant_of(self, access_token: str, *, now: float) -> Grant | None:
        """The live grant behind a bearer token."""
        found = self.access_tokens.get(access_token)
        if found is None or found.expires <= now or found.grant.revoked:
            return None
        return found.grant

    def grant_of_key(self, api_key: str) -> Grant | None:
        """The live grant behind an API key."""
        found = self.api_keys.get(api_key)
        return None if found is None or found.revoked else found

    def make_client(self, *, user_id: str, scopes: tuple[str, ...]) -> tuple[str, str]:
        """Id and secret of a new client."""
        client_id, secret = secrets.token_hex(12), secrets.token_urlsafe(24)
        self.clients[client_id] = Client(secret, user_id, scopes)
        return client_id, secret

    def make_api_key(self, *, user_id: str, scopes: tuple[str, ...]) -> str:
        key = secrets.token_urlsafe(24)
        grant = Grant(secrets.token_hex(12), "api-key", user_id, scopes)
        self.grants.append(grant)
        self.api_keys[key] = grant
        return key

    def client_credentials(self, client_id: str, *, now: float) -> dict[str, object]:
        """The token response for a company's own client: an access token without a refresh token."""
        client = self.clients[client_id]
        grant = Grant(secrets.token_hex(12), client_id, client.user_id, client.scopes)
        self.grants.append(grant)
        access = secrets.token_urlsafe(32)
        self.access_tokens[access] = AccessToken(grant, now + ACCESS_SECONDS)
        return {"access_token": access, "token_type": "bearer", "expires_in": ACCESS_SECONDS}

    def user_of(self, refresh_token: str) -> str | None:
        """Whose grant a refresh token belongs to."""
        found = self.refresh_tokens.get(refresh_token)
        return found.grant.user_id if found is not None else None

    def revoke_all(self, *, user_id: str | None = None) -> int:
        """End all grants, or those of one user; returns how many ended."""
        ended = [g for g in self.grants if not g.revoked and user_id in (None, g.user_id)]
        for grant in ended:
            grant.revoked = True
        return len(ended)

    def _issue(self, grant: Grant, *, now: float) -> dict[str, object]:
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self.access_tokens[access] = AccessToken(grant, now + ACCESS_SECONDS)
        self.refresh_tokens[refresh] = RefreshToken(grant, now + REFRESH_SECONDS)
        return {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": ACCESS_SECONDS,
            "refresh_token": refresh,
        }
