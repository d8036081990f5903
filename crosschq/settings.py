"""Settings, all from the environment (see .env.example), safe for production by default."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue

from crosschq.core.outbox import queues
from crosschq.core.web.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
FIELD_KEYS = env.str("FIELD_KEYS")
# Hashes addresses that we must recognize but don't store (core/security/pseudonyms.py). Never change it.
PSEUDONYM_KEY = env.str("PSEUDONYM_KEY", default=SECRET_KEY)
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
OUTBOUND_HOSTS = frozenset(env.list("OUTBOUND_HOSTS", default=[]))
# For tests only: points at which a process dies, and shorter leases.
FAULT_DIR = env.str("FAULT_DIR", default="")
LEASE_SCALE = env.float("LEASE_SCALE", default=1.0)
# How long an ATS may work on a write: longer than the 128 s that SmartRecruiters asks clients to wait.
ATS_WRITE_SECONDS = env.float("ATS_WRITE_SECONDS", default=130.0)

# These three are on a disk that outlives the process. How far the database had advanced (core/restore):
RESTORE_STAMP_FILE = env.str("RESTORE_STAMP_FILE", default="")
# Every erasure, so that a restored backup brings nobody back (crosschq/privacy/erase/ledger.py):
ERASURE_LEDGER = env.str("ERASURE_LEDGER", default="")
# What went out, to know what happened after a restored backup (core/restore/sent_ledger.py):
SENT_LEDGER = env.str("SENT_LEDGER", default="")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "crosschq.core",
    "crosschq.tenancy",
    "crosschq.messaging",
    "crosschq.accounts",
    "connectors",
    "templates_app",
    "requests_app",
    "webhooks",
    "prospects",
    "crosschq.console",
    "crosschq.privacy",
    "crosschq.privacy.retention",
]
MIDDLEWARE = [
    "crosschq.core.web.request_log.RequestLogMiddleware",
    "crosschq.core.web.network_guard.WebRequestMiddleware",
    "crosschq.core.web.browser_rules.BrowserRulesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crosschq.core.web.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "crosschq.accounts.profile.sessions.LastUsedMiddleware",
    "crosschq.core.web.link_ends.LinkEndMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "crosschq.errors.CapReachedMiddleware",
]
ROOT_URLCONF = "crosschq.urls"
WSGI_APPLICATION = "crosschq.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["crosschq.core.ui", "django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "crosschq.core.text.ats_name.context",
                "crosschq.tenancy.context_processors.organizations",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# PostgreSQL is the only source of truth. `migrate` uses the owner's URL; everything else connects as the role `app`.
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"]["ENGINE"] = "crosschq.core.database"
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {})
# The URL leads to PgBouncer, whose server connections change hands after each transaction: docs/decisions/0035.
DATABASE_POOLER = env.bool("DATABASE_POOLER", default=False)
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
if not DATABASE_POOLER:
    # Client-side timeouts are in core/database. With these options the server notices that a client has disconnected.
    # The role has them too (scripts/docker/roles.sql), because a pooler doesn't pass options on.
    DATABASES["default"]["OPTIONS"].setdefault(
        "options",
        "-c statement_timeout=15s -c idle_in_transaction_session_timeout=30s -c client_connection_check_interval=1s",
    )

# Celery only wakes workers. Tasks carry no data, so a lost, late, or duplicate one is harmless.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="redis://localhost:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Work mostly waits for networks, so a worker uses threads. `--queues` and `--concurrency` of a worker override both.
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = queues.CELERY_THREADS
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in queues.CELERY_QUEUES]
CELERY_TASK_DEFAULT_QUEUE = CELERY_TASK_DEFAULT_EXCHANGE = CELERY_TASK_DEFAULT_ROUTING_KEY = queues.PERIODIC
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BEAT_SCHEDULER = "crosschq.scheduler:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 30
# Short for the web: a delivery is answered within 5 seconds even without a broker. celery.py raises it for workers.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_timeout": 0.2,
    "socket_connect_timeout": 0.2,
    "max_retries": 0,
    "retry_on_timeout": False,
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL", default="redis://localhost:6379/1"),
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

# Staff sign in with allauth; candidates, references, and report readers have no account.
AUTH_USER_MODEL = "organizations.User"
# A constraint on lower(email) makes emails unique, which this check can't see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("UserAttributeSimilarityValidator", {"user_attributes": ["email", "name"]}),
    ]
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "crosschq.accounts.sign_in.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "crosschq.accounts.sign_up.forms.SignUpForm"
ACCOUNT_FORMS = {
    "login": "crosschq.accounts.sign_in.forms.allauth.SignIn",
    "signup": "crosschq.accounts.sign_in.forms.allauth.SignUp",
    "reset_password": "crosschq.accounts.sign_in.forms.allauth.NewPassword",
    "add_email": "crosschq.accounts.sign_in.forms.allauth.OtherAddress",
    "change_password": "crosschq.accounts.sign_in.forms.allauth.ChangedPassword",
    "set_password": "crosschq.accounts.sign_in.forms.allauth.FirstPassword",
    "reset_password_from_key": "crosschq.accounts.sign_in.forms.allauth.ForgottenPassword",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
# allauth offers it only to someone without an account yet, which tells who has one. Signing up again does the same.
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = False
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "crosschq.accounts.sign_in.mfa_adapter.SecondStepAdapter"
MFA_TOTP_ISSUER = "Crosschq"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "crosschq.accounts.sign_in.forms.allauth.SecondStepCode",
    "reauthenticate": "crosschq.accounts.sign_in.forms.allauth.ConfirmingCode",
    "add_webauthn": "crosschq.accounts.sign_in.forms.passkeys.AddPasskey",
    "edit_webauthn": "crosschq.accounts.sign_in.forms.passkeys.RenamePasskey",
    "login_webauthn": "crosschq.accounts.sign_in.forms.passkeys.SignInWithPasskey",
    "authenticate_webauthn": "crosschq.accounts.sign_in.forms.passkeys.UsePasskey",
    "reauthenticate_webauthn": "crosschq.accounts.sign_in.forms.passkeys.ConfirmWithPasskey",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
SESSION_COOKIE_AGE = 14 * 24 * 3600

# Browser security. Nothing loads from other hosts, and there are no inline scripts or styles.
COOKIE_SECURE = env.bool("COOKIE_SECURE", default=True)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = COOKIE_SECURE
SESSION_COOKIE_NAME = "__Host-sessionid" if COOKIE_SECURE else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if COOKIE_SECURE else "csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "crosschq.errors.form_refused"
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=COOKIE_SECURE)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if COOKIE_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = COOKIE_SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
# With no-referrer Chromium posts `Origin: null`, which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_HANDLERS = ["crosschq.core.web.uploads.BoundedUploadHandler"]
WEBHOOK_MAX_BYTES = 64 * 1024
# How many requests one connection may start automatically within ten minutes. Further ones wait for a person.
BURST_LIMIT = env.int("BURST_LIMIT", default=50)

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / ".state" / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_MANIFEST = env.bool("STATIC_MANIFEST", default=not DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not STATIC_MANIFEST
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Emails are sent from messaging.Message rows; EMAIL_URL is the SMTP server.
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
if vars()["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
    EMAIL_BACKEND = "crosschq.messaging.channels.smtp.EmailBackend"
# For each reply of the server.
EMAIL_TIMEOUT = 20
# Email with one-click unsubscribe has its own sender, to keep its reputation separate.
LIST_FROM_EMAIL = env.str("LIST_FROM_EMAIL", default="Crosschq <prospects@crosschq.example>")
# A django-anymail provider sends by API instead, and reports delivery.
EMAIL_PROVIDER = env.str("EMAIL_PROVIDER", default="")
ANYMAIL = {"IGNORE_UNSUPPORTED_FEATURES": True, **env.json("ANYMAIL", default={})}
if EMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{EMAIL_PROVIDER}.EmailBackend"
    if not ANYMAIL.get("WEBHOOK_SECRET"):
        raise ImproperlyConfigured("EMAIL_PROVIDER needs ANYMAIL with a WEBHOOK_SECRET: see .env.example")
# Receives the alarms of core/outbox/alarm.py.
OPERATOR_EMAIL = env.str("OPERATOR_EMAIL", default="")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Crosschq <no-reply@crosschq.example>")

# Text messages, through Twilio's API. Without an account none are sent.
TEXT_MESSAGES = {
    "account": env.str("TWILIO_ACCOUNT_SID", default=""),
    "token": env.str("TWILIO_AUTH_TOKEN", default=""),
    "sender": env.str("TWILIO_SENDER", default=""),
    "api_url": env.str("TWILIO_API_URL", default="https://api.twilio.com").rstrip("/"),
    "countries": frozenset(env.list("TEXT_COUNTRIES", default=["US", "CA", "GB", "DE"])),
    "most_a_day": env.int("TEXTS_A_DAY", default=2000),
    "most_of_one_organization": env.int("TEXTS_A_DAY_OF_ONE_ORGANIZATION", default=200),
}

# SmartRecruiters' hosts are settings: its documentation names two, and a sandbox has its own.
SMARTRECRUITERS = {
    "client_id": env.str("SMARTRECRUITERS_CLIENT_ID", default=""),
    "client_secret": env.str("SMARTRECRUITERS_CLIENT_SECRET", default=""),
    "authorize_url": env.str(
        "SMARTRECRUITERS_AUTHORIZE_URL", default="https://www.smartrecruiters.com/identity/oauth/allow"
    ),
    "token_url": env.str("SMARTRECRUITERS_TOKEN_URL", default="https://api.smartrecruiters.com/identity/oauth/token"),
    "api_url": env.str("SMARTRECRUITERS_API_URL", default="https://api.smartrecruiters.com").rstrip("/"),
    # The hosts for customers' sandbox companies; without them that connector isn't offered.
    "sandbox_authorize_url": env.str("SMARTRECRUITERS_SANDBOX_AUTHORIZE_URL", default=""),
    "sandbox_token_url": env.str("SMARTRECRUITERS_SANDBOX_TOKEN_URL", default=""),
    "sandbox_api_url": env.str("SMARTRECRUITERS_SANDBOX_API_URL", default="").rstrip("/"),
    "alert_email": env.str("SMARTRECRUITERS_ALERT_EMAIL", default=""),
    "rate_scale": env.float("SMARTRECRUITERS_RATE_SCALE", default=1.0),
}

# We ship one language; docs/decisions/0014 says what another one needs.
LANGUAGE_CODE = "en-us"
LANGUAGES = [("en", "English")]
USE_TZ = True
FORMAT_MODULE_PATH = "crosschq.formats"
TIME_ZONE = "UTC"
LOCALE_PATHS = [BASE_DIR / "locale"]

LOGGING_CONFIG = None
logging_config(env.str("LOG_LEVEL", default="INFO"))
