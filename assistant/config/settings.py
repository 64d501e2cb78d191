"""Every setting of Colloquy, read strictly from the environment. `.env.example` documents them all.

Embedded mode is what you get with nothing set: SQLite, LanceDB, an in-memory channel layer and files under
VAR_DIR. Setting DATABASE_URL, REDIS_URL and so on moves the same code onto those services.
"""

import json
import os
import secrets
import socket
from pathlib import Path
from urllib.parse import quote, urlsplit

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from assistant.config.unfold import UNFOLD  # noqa: F401  Django reads it from here
from tenants.assets import EARLY_DIGEST
from tenants.observe.logs import PLAIN

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env", overwrite=False)

VAR_DIR = Path(env.str("VAR_DIR", default="") or BASE_DIR / "var").resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
DEBUG = env.bool("DEBUG", default=False)
WEB_SERVER = env.str("WEB_SERVER", default="uvicorn")
SAMPLE = env.bool("SAMPLE", default=True)
INSTALLATION_NAME = env.str("INSTALLATION_NAME", default="") or "Colloquy"  # of the installed app


def secret(name: str) -> str:
    """The secret NAME from the environment, else from the file NAME_FILE, else ""."""
    if value := str(env.str(name, default="")):
        return value
    if path := env.str(f"{name}_FILE", default=""):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error}.") from error
    return ""


def generated_secret(path: Path) -> str:
    """The secret kept in `path`, made on first use so that no installation shares one."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = secret("SECRET_KEY") or generated_secret(VAR_DIR / "secret-key")
# Keys of model endpoints are encrypted with this; kept apart so that SECRET_KEY can be rotated alone.
ENCRYPTION_KEY = secret("ENCRYPTION_KEY") or generated_secret(VAR_DIR / "encryption-key")
# Earlier keys, which still open what they closed.
SECRET_KEY_FALLBACKS = secret("SECRET_KEY_FALLBACKS").replace(",", " ").split()
ENCRYPTION_KEY_FALLBACKS = secret("ENCRYPTION_KEY_FALLBACKS").replace(",", " ").split()

PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or [
    *("localhost", "127.0.0.1", "[::1]", socket.gethostname()),
    urlsplit(PUBLIC_URL).hostname or "localhost",
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
CSRF_FAILURE_VIEW = "tenants.audit.refusals.forged"
HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "assistant.config.admin.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "allauth.usersessions",
    "channels",
    "tenants",
    "tenants.sso",
    "tenants.audit",
    "tenants.entrance",
    "tenants.scim",
    "tenants.support",
    "tenants.datarights",
    "tenants.branding",
    "ingestion",
    "ingestion.sources",
    "assistant",
    "assistant.assistants",
    "assistant.verified",
    "chat",
    "chat.attachments",
    "chat.choices",
    "chat.sharing",
    "chat.search",
    "chat.rail",
    "chat.prompts",
    "chat.gaps",
]

MIDDLEWARE = [
    "tenants.shield.HeadersMiddleware",
    "assistant.observe.middleware.OperatorMiddleware",
    "assistant.observe.middleware.RequestMiddleware",
    "tenants.shield.MethodsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "assistant.config.static_files.CompressedStaticMiddleware",
    "assistant.config.pages.CompressedPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.language.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tenants.audit.origin.OriginMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.entrance.middleware.EntranceMiddleware",
    "tenants.middleware.TenantMiddleware",
    "tenants.audit.refusals.RefusalMiddleware",
]

ROOT_URLCONF = "assistant.config.urls"
ASGI_APPLICATION = "assistant.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Database -------------------------------------------------------------------------------------------------
DATABASE_URL = secret("DATABASE_URL") or f"sqlite:///{quote(str(VAR_DIR / 'colloquy.sqlite3'))}"
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # Write locks are taken when a transaction starts, so two writers wait for each other instead of
        # failing half way; WAL lets readers go on meanwhile.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-16000;",
    }
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
    DATABASES["default"]["CONN_MAX_AGE"] = 600
else:
    DATABASES["default"]["ENGINE"] = "tenants.postgresql"
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 0, "max_size": env.int("DATABASE_POOL_MAX", default=16), "timeout": 10},
        "connect_timeout": 5,
    }
# The role that owns the tables: `migrate` works as this one, the application as that of DATABASE_URL.
DATABASE_OWNER_URL = secret("DATABASE_OWNER_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People ---------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_ADAPTER = "tenants.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = bool(env.str("EMAIL_HOST", default=""))
# Failed sign-ins: see tenants/entrance/lockout.py. "login" would count for everybody behind one address.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "5/15m/key",
    "login_failed_by_strangers": "50/15m/ip,50/h/key",
}
MFA_ADAPTER = "tenants.entrance.factors.MFAAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # admins vouch for addresses; nobody signs up by themselves
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Colloquy"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/chat/"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=24 * 14) * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:  # browsers then take them from this host alone, over TLS, and from no subdomain
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"

# --- Sign-in by an organisation's identity provider ------------------------------------------------------------
SOCIALACCOUNT_ADAPTER = "tenants.sso.adapters.TenantSocialAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "tenants.sso.oidc.TenantOidcProvider"},
    "saml": {"provider_class": "tenants.sso.saml.provider.TenantSamlProvider"},
}
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"  # the provider has verified it, or nobody is let in
SSO_ALLOWED_NETWORKS = env.list("SSO_ALLOWED_NETWORKS", default=[])
SSO_CA_FILE = env.str("SSO_CA_FILE", default="")

# --- Security headers -----------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS and env.bool("SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
# Not for the names below this one, and on no browser's list: what else runs in the company's domain is not ours to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],  # unfold's Alpine needs eval; admin pages carry their own policy
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'", EARLY_DIGEST],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],  # of the installed app, and pdf.js
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- E-mail: without a server nothing is sent --------------------------------------------------------------------
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_USER", default="")
EMAIL_HOST_PASSWORD = secret("EMAIL_PASSWORD")
EMAIL_SECURITY = env.str("EMAIL_SECURITY", default="starttls")
if EMAIL_SECURITY not in ("starttls", "tls", "none"):
    raise ImproperlyConfigured(f"EMAIL_SECURITY={EMAIL_SECURITY} is not known: choose starttls, tls or none.")
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_SECURITY == "starttls", EMAIL_SECURITY == "tls"
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="") or f"colloquy@{socket.gethostname()}"

# --- Words, files ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# Each under its own name, so that people find theirs whatever the page is in.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "assistant" / "config" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
FORMAT_MODULE_PATH = ["assistant.config.formats"]
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise asks for it; files are served from where they lie
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
# The names that deploy/bundle.py gives say what is in the file: it never changes.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/built/.+-[0-9A-Z]{8}\.(js|css)$"
# Originals are private: they are served by a view that checks permission, never from a public address.
MEDIA_ROOT = VAR_DIR / "files"
S3_BUCKET = env.str("S3_BUCKET", default="")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", default="")
S3_PUBLIC_ENDPOINT_URL = env.str("S3_PUBLIC_ENDPOINT_URL", default="")
S3_REGION = env.str("S3_REGION", default="")
S3_ACCESS_KEY_ID = secret("S3_ACCESS_KEY_ID")
S3_SECRET_ACCESS_KEY = secret("S3_SECRET_ACCESS_KEY")
STORAGES = {
    "default": {
        "BACKEND": "ingestion.s3.S3Originals" if S3_BUCKET else "django.core.files.storage.FileSystemStorage"
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- Channels and Celery --------------------------------------------------------------------------------------


def launched_broker(path: Path) -> str:
    """The broker of a running `manage.py run`, for commands typed beside it; "" when none runs."""
    try:
        record = json.loads(path.read_text())
        os.kill(record["pid"], 0)
    except (OSError, ValueError, KeyError):
        return ""
    return str(record["url"])


REDIS_URL = secret("REDIS_URL") or launched_broker(VAR_DIR / "run" / "valkey.json")
# One web process needs no server between its sockets, and counts in its own memory. Several need both.
CHANNEL_LAYER_URL = secret("CHANNEL_LAYER_URL")
CACHE_URL = secret("CACHE_URL")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # Tried once more: what is sent first after Redis has restarted meets a connection that is gone.
        "CONFIG": {"hosts": [{"address": CHANNEL_LAYER_URL, "retry": Retry(NoBackoff(), 1)}]},
    }
    if CHANNEL_LAYER_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
# A worker takes from both in turn: a deletion never waits behind an import.
INGEST_QUEUE = "ingest"
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {"celery": {}, INGEST_QUEUE: {}}
CELERY_TASK_ROUTES = {"ingestion.tasks.ingest": {"queue": INGEST_QUEUE}}
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Two beyond the cores: while some wait for the embedder, others have the next documents ready for it.
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=min(8, (os.cpu_count() or 1) + 2))
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "assistant.observe.pulse:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "ingestion.tasks.sweep", "schedule": 15.0},
    "reconcile": {
        "task": "ingestion.tasks.reconcile",
        "schedule": crontab(hour=env.int("RECONCILE_HOUR", default=3), minute=0),
    },
    "remind-of-reviews": {
        "task": "ingestion.tasks.remind_of_reviews",
        "schedule": crontab(hour=env.int("REVIEW_REMINDER_HOUR", default=7), minute=0),
    },
    "rest-idle-tenants": {"task": "ingestion.tasks.rest_idle_tenants", "schedule": 600.0},
    "maintain": {"task": "ingestion.tasks.maintain_indexes", "schedule": 60.0},
    "sweep-gaps": {"task": "chat.gaps.tasks.sweep", "schedule": 15.0},
    "sync-sources": {"task": "ingestion.sources.tasks.sweep_sources", "schedule": 15.0},
    "end-expired-guests": {"task": "tenants.tasks.end_expired_guests", "schedule": 5.0},
    "forget-incognito": {"task": "chat.tasks.forget_incognito", "schedule": 300.0},
    "sweep-attachments": {"task": "chat.attachments.tasks.sweep", "schedule": 600.0},
    "interrupt-orphans": {"task": "chat.tasks.interrupt_orphans", "schedule": 10.0},
    "expire-conversations": {
        "task": "chat.tasks.apply_retention",
        "schedule": crontab(hour=env.int("RECONCILE_HOUR", default=3), minute=45),
    },
    "sweep-data-rights": {"task": "tenants.datarights.tasks.sweep", "schedule": 60.0},
    "forward-audit": {"task": "tenants.audit.tasks.forward_events", "schedule": 5.0},
    "end-support-access": {"task": "tenants.support.tasks.end_expired_access", "schedule": 60.0},
    "expire-audit": {
        "task": "tenants.audit.tasks.apply_retention",
        "schedule": crontab(hour=env.int("RECONCILE_HOUR", default=3), minute=30),
    },
}

# --- Search index: a folder below VAR_DIR, or Weaviate ---------------------------------------------------------
WEAVIATE_URL = env.str("WEAVIATE_URL", default="")
WEAVIATE_GRPC_URL = env.str("WEAVIATE_GRPC_URL", default="")
WEAVIATE_API_KEY = secret("WEAVIATE_API_KEY")
WEAVIATE_CONSISTENCY_LEVEL = env.str("WEAVIATE_CONSISTENCY_LEVEL", default="QUORUM").upper()
WEAVIATE_REPLICATION_FACTOR = env.int("WEAVIATE_REPLICATION_FACTOR", default=1)
WEAVIATE_TENANT_IDLE_MINUTES = env.int("WEAVIATE_TENANT_IDLE_MINUTES", default=60)

# --- Ingestion ------------------------------------------------------------------------------------------------
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MB", default=100) * 1024 * 1024
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_MB", default=25) * 1024 * 1024
ATTACHMENTS_TOTAL_BYTES = env.int("ATTACHMENTS_TOTAL_MB", default=100) * 1024 * 1024
ATTACHMENTS_PER_CONVERSATION = env.int("ATTACHMENTS_PER_CONVERSATION", default=20)
ATTACHMENT_WAIT_SECONDS = env.int("ATTACHMENT_WAIT_SECONDS", default=600)
TENANT_QUOTA_BYTES = env.int("TENANT_QUOTA_MB", default=20_000) * 1024 * 1024
EARLIER_VERSIONS_KEPT = env.int("EARLIER_VERSIONS_KEPT", default=20)
DOCUMENT_OCR = env.bool("DOCUMENT_OCR", default=True)
DOCUMENT_OCR_PAGES = env.int("DOCUMENT_OCR_PAGES", default=200)
DOCUMENT_OCR_DPI = env.int("DOCUMENT_OCR_DPI", default=200)
DOCUMENT_OCR_SECONDS = env.int("DOCUMENT_OCR_SECONDS", default=600)
DOCUMENT_PARSE_SECONDS = env.float("DOCUMENT_PARSE_SECONDS", default=300.0)
DOCUMENT_PARSE_CPU_SECONDS = env.int("DOCUMENT_PARSE_CPU_SECONDS", default=240)
DOCUMENT_PARSE_MEMORY_BYTES = env.int("DOCUMENT_PARSE_MEMORY_MB", default=1536) * 1024 * 1024
DOCUMENT_PARSE_RESIDENT_BYTES = env.int("DOCUMENT_PARSE_RESIDENT_MB", default=800) * 1024 * 1024
DOCUMENT_MAX_PARTS = env.int("DOCUMENT_MAX_PARTS", default=5000)
DOCUMENT_MAX_PARTS_BYTES = env.int("DOCUMENT_MAX_PARTS_MB", default=2000) * 1024 * 1024
DOCUMENT_MAX_DEPTH = env.int("DOCUMENT_MAX_DEPTH", default=4)
CLAMAV_URL = env.str("CLAMAV_URL", default="")
EMBEDDING_URL = env.str("EMBEDDING_URL", default="")  # empty: the local model
EMBEDDING_KEY = secret("EMBEDDING_KEY")
EMBEDDING_MODEL = env.str("EMBEDDING_MODEL", default="")
EMBEDDING_DIMENSION = env.int("EMBEDDING_DIMENSION", default=0)
EMBEDDING_QUERY_PREFIX = env.str("EMBEDDING_QUERY_PREFIX", default="")
EMBEDDING_PASSAGE_PREFIX = env.str("EMBEDDING_PASSAGE_PREFIX", default="")
EMBEDDING_TOKENIZER = env.str("EMBEDDING_TOKENIZER", default="")  # empty: tokens are estimated
EMBEDDING_MAX_TOKENS = env.int("EMBEDDING_MAX_TOKENS", default=512)  # what the model reads of a text
CHUNK_TOKENS = env.int("CHUNK_TOKENS", default=128)
CHUNK_OVERLAP_TOKENS = env.int("CHUNK_OVERLAP_TOKENS", default=30)

# --- Sources beyond upload --------------------------------------------------------------------------------------
SOURCES = env.list("SOURCES", default=[]) or ["web", "folder", "s3", "imap", "git"]
SOURCES_ALLOWED_NETWORKS = env.list("SOURCES_ALLOWED_NETWORKS", default=[])
SOURCES_ALLOWED_PORTS = env.list("SOURCES_ALLOWED_PORTS", cast=int, default=[])
SOURCES_CA_FILE = env.str("SOURCES_CA_FILE", default="")
SOURCES_AT_ONCE = env.int("SOURCES_AT_ONCE", default=1)
SOURCE_MAX_DOCUMENTS = env.int("SOURCE_MAX_DOCUMENTS", default=20_000)
SOURCE_RUN_MAX_BYTES = env.int("SOURCE_RUN_MAX_MB", default=10_000) * 1024 * 1024
SOURCE_RUN_SECONDS = env.int("SOURCE_RUN_MINUTES", default=50) * 60
WATCHED_FOLDERS = env.list("WATCHED_FOLDERS", default=[])

# --- Answers --------------------------------------------------------------------------------------------------
CHAT_URL = env.str("CHAT_URL", default="")  # used where a tenant has configured no model of its own
CHAT_KEY = secret("CHAT_KEY")
CHAT_MODEL = env.str("CHAT_MODEL", default="")
CHAT_TITLES = env.bool("CHAT_TITLES", default=True)  # one short request more for each conversation
CHAT_CONTEXT_WINDOW = env.int("CHAT_CONTEXT_WINDOW", default=16_000)
QUESTION_MAX_CHARACTERS = env.int("QUESTION_MAX_CHARACTERS", default=8000)
QUESTIONS_PER_MINUTE = env.int("QUESTIONS_PER_MINUTE", default=30)
PASSAGES_PER_ANSWER = env.int("PASSAGES_PER_ANSWER", default=8)
MODEL_TIMEOUT_SECONDS = env.float("MODEL_TIMEOUT_SECONDS", default=60.0)
DRAIN_SECONDS = env.float("DRAIN_SECONDS", default=20.0)

# --- Data rights ------------------------------------------------------------------------------------------------
DATA_EXPORT_DAYS = env.int("DATA_EXPORT_DAYS", default=7)

# --- Audit log: sent on as it is written ------------------------------------------------------------------------
AUDIT_SYSLOG = env.str("AUDIT_SYSLOG", default="")
if AUDIT_SYSLOG and not (urlsplit(AUDIT_SYSLOG).scheme in ("udp", "tcp") and urlsplit(AUDIT_SYSLOG).hostname):
    raise ImproperlyConfigured(
        f"AUDIT_SYSLOG={AUDIT_SYSLOG} is not known: udp://host:port or tcp://host:port."
    )
AUDIT_WEBHOOK_URL = env.str("AUDIT_WEBHOOK_URL", default="")
AUDIT_WEBHOOK_SECRET = secret("AUDIT_WEBHOOK_SECRET")
if AUDIT_WEBHOOK_URL and not AUDIT_WEBHOOK_SECRET:
    raise ImproperlyConfigured(
        "AUDIT_WEBHOOK_URL needs AUDIT_WEBHOOK_SECRET, which signs what is sent there."
    )

# --- Seen from outside ----------------------------------------------------------------------------------------
METRICS_TOKEN = secret("METRICS_TOKEN")
METRICS_BY_TENANT = env.bool("METRICS_BY_TENANT", default=False)
WORKER_METRICS_PORT = env.int("WORKER_METRICS_PORT", default=0)
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
OTEL_EXPORTER_OTLP_HEADERS = secret("OTEL_EXPORTER_OTLP_HEADERS")
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
LOG_FORMAT = env.str("LOG_FORMAT", default="plain")
LOG_FORMATTERS = {
    "plain": {"()": "tenants.observe.logs.SafeFormatter", "format": PLAIN},
    "json": {"()": "tenants.observe.json_logs.JsonFormatter"},
}
if LOG_FORMAT not in LOG_FORMATTERS:
    raise ImproperlyConfigured(f"LOG_FORMAT={LOG_FORMAT} is not known: choose plain or json.")
OURS = ("assistant", "chat", "ingestion", "tenants")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"chosen": LOG_FORMATTERS[LOG_FORMAT]},
    "filters": {"ids": {"()": "tenants.observe.logs.IdsFilter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen", "filters": ["ids"]}},
    # Libraries write requests and their bodies at DEBUG, so LOG_LEVEL=DEBUG is for our own lines alone.
    "root": {"handlers": ["console"], "level": "INFO" if LOG_LEVEL == "DEBUG" else LOG_LEVEL},
    "loggers": {
        **{name: {"level": LOG_LEVEL} for name in OURS},
        "celery": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "httpcore2": {"level": "WARNING"},
        # uvicorn brings handlers of its own, which would write what an exception said.
        "uvicorn": {"handlers": [], "propagate": True},
        "uvicorn.error": {"handlers": [], "propagate": True},
        "uvicorn.access": {"handlers": [], "propagate": False},  # whole paths; our own lines name the route
    },
}
