"""Every column that holds a secret under ENCRYPTION_KEY: what a new key and a restored backup have to go through."""

from assistant.models import ModelEndpoint
from ingestion.models import DocumentVersion
from ingestion.sources.models import Source
from tenants.scoping import TenantModel
from tenants.sso.models import IdentityProvider

SECRETS: list[tuple[type[TenantModel], str]] = [
    (ModelEndpoint, "encrypted_key"),
    (Source, "encrypted_secret"),
    (DocumentVersion, "password"),
    (IdentityProvider, "encrypted_secret"),
]
