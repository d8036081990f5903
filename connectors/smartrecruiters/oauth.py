"""OAuth: the authorization code, its exchange, and token refresh.

developers.smartrecruiters.com/docs/authentication-oauth-authorization-code: access tokens last 30 minutes. A refresh
token lasts 28 days and works once; each refresh returns a new one. PKCE isn't documented, so only `state` protects
the callback.
"""

import json
import os
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from oauthlib.oauth2 import OAuth2Error
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidGrantError
from requests_oauthlib import OAuth2Session

from connectors import ats
from connectors.smartrecruiters.permissions import PERMISSIONS
from connectors.smartrecruiters.site import Site
from crosschq.core import clock
from crosschq.core.web import http

SCOPES = tuple(permission.scope for permission in PERMISSIONS)
DEFAULT_LIFETIME_SECONDS = 30 * 60
MAX_LIFETIME_SECONDS = 24 * 3600
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def authorize_url(site: Site, *, state: str) -> str:
    url, _state = _session(site, scope=SCOPES).authorization_url(site.authorize_url, state=state)
    return str(url)


def exchange(site: Site, *, code: str) -> ats.Tokens:
    """Exchange the code for tokens. Raises NeedsSignIn for a used, expired or foreign code, else Unavailable."""
    session = _session(site)
    secret = settings.SMARTRECRUITERS["client_secret"]
    return _ask(lambda: session.fetch_token(site.token_url, code=code, include_client_id=True, client_secret=secret))


def refresh(site: Site, refresh_token: str) -> ats.Tokens:
    """Use the refresh token. Raises NeedsSignIn if the vendor rejects it, Unavailable if we got no clear answer."""
    session = _session(site)
    ours = settings.SMARTRECRUITERS
    return _ask(
        lambda: session.refresh_token(
            site.token_url,
            refresh_token=refresh_token,
            client_id=ours["client_id"],
            client_secret=ours["client_secret"],
        )
    )


def _session(site: Site, *, scope: tuple[str, ...] | None = None) -> OAuth2Session:
    """Pass `scope` only to authorize: SmartRecruiters' token responses omit it, and oauthlib raises on a mismatch."""
    if urlsplit(site.token_url).hostname in LOOPBACK:
        # oauthlib refuses http, and a local sandbox has no certificate.
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    session = OAuth2Session(
        settings.SMARTRECRUITERS["client_id"], redirect_uri=settings.BASE_URL + site.callback_path, scope=scope
    )
    session.register_compliance_hook("access_token_response", _readable)
    session.register_compliance_hook("refresh_token_response", _readable)
    http.guard(session)
    return session


def _readable(answer: requests.Response) -> requests.Response:
    """Return the response if oauthlib can parse it, else raise AtsError: oauthlib would raise unrelated exceptions.

    SmartRecruiters doesn't document the bodies of its refusals. We treat an unreadable one as a lost grant, so that
    work is held for an admin instead of using up its retries.
    """
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        body = None
    if answer.status_code in (400, 401) and not (isinstance(body, dict) and isinstance(body.get("error"), str)):
        raise ats.NeedsSignIn(_("SmartRecruiters no longer accepts our sign-in."))
    if answer.status_code >= 500 or answer.status_code == 429 or not isinstance(body, dict):
        raise ats.Unavailable(_("SmartRecruiters' sign-in is busy or down."))
    if "scope" in body:
        # We don't use it, and oauthlib can't parse every form of it.
        answer._content = json.dumps({**body, "scope": ""}).encode()  # noqa: SLF001 - requests has no setter
    return answer


def _ask(call: Any) -> ats.Tokens:
    try:
        answer = call()
    except InvalidGrantError as error:
        raise ats.NeedsSignIn(_("SmartRecruiters no longer accepts our sign-in.")) from error
    except InvalidClientError as error:
        raise ats.Unavailable(
            _("SmartRecruiters doesn't recognize this Crosschq installation. Contact its operator.")
        ) from error
    except (OAuth2Error, ValueError, OverflowError) as error:
        # SmartRecruiters has answered 200 with an empty object here. The old refresh token stays valid.
        raise ats.Unavailable(_("SmartRecruiters' sign-in returned no token.")) from error
    except (requests.RequestException, http.Unreachable) as error:
        raise ats.Unavailable(_("SmartRecruiters' sign-in can't be reached.")) from error
    access, refresh_token = answer.get("access_token"), answer.get("refresh_token")
    if not (_is_token(access) and _is_token(refresh_token)):
        raise ats.Unavailable(_("SmartRecruiters' sign-in returned no token."))
    return ats.Tokens(
        access=access, refresh=refresh_token, expires_at=clock.now() + timedelta(seconds=_lifetime(answer))
    )


def _is_token(token: Any) -> bool:
    """Whether the token has only the characters that one may have (RFC 6749, appendix A.12 and A.17)."""
    return isinstance(token, str) and token.isascii() and token.isprintable() and bool(token.strip())


def _lifetime(answer: Any) -> int:
    """Return the lifetime in seconds. oauthlib already parsed `expires_in` as an integer or dropped it."""
    seconds = int(answer.get("expires_in") or DEFAULT_LIFETIME_SECONDS)
    return max(0, min(seconds, MAX_LIFETIME_SECONDS))
