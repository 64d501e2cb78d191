"""The sample organisation that embedded mode starts with: Acme, its people and a small set of documents."""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import transaction

from assistant.sample import DOCUMENTS, SAMPLE_COLLECTIONS, SampleCollection
from ingestion.actions import accept_upload
from ingestion.models import Collection
from tenants.access import Member, require_member
from tenants.actions import add_member, create_tenant
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope

ORGANISATION = "Acme"
ADMIN = ("Alice Archer", "alice@acme.example")
COLLEAGUE = ("Bob Baker", "bob@acme.example")
SIGN_IN_FILE = "first-sign-in.txt"


def seed() -> bool:
    """Create the sample organisation in an empty installation; False when there is an organisation already."""
    if Tenant.objects.exists():
        return False
    password, colleague = new_password(), new_password()
    with transaction.atomic():
        tenant = create_tenant(ORGANISATION)
        admin = add_member(tenant, email=ADMIN[1], name=ADMIN[0], role=Role.ADMIN, password=password)
        add_member(tenant, email=COLLEAGUE[1], name=COLLEAGUE[0], role=Role.MEMBER, password=colleague)
        write_sign_in(settings.VAR_DIR / SIGN_IN_FILE, password, colleague)
        with tenant_scope(tenant.id):
            member = require_member(admin.id, tenant=tenant.id)
            for sample in SAMPLE_COLLECTIONS:
                upload_collection(sample, member)
    return True


def new_password() -> str:
    return "-".join(secrets.token_hex(2) for _ in range(4))


def write_sign_in(path: Path, password: str, colleague: str) -> None:
    """For the person who started the installation alone: mode 600."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(
            f"Address:  {settings.PUBLIC_URL or f'http://localhost:{settings.PORT}'}/\n"
            f"E-mail:   {ADMIN[1]}\n"
            f"Password: {password}\n"
            "\n"
            "A colleague who may only ask questions:\n"
            f"E-mail:   {COLLEAGUE[1]}\n"
            f"Password: {colleague}\n"
        )


def upload_collection(sample: SampleCollection, member: Member) -> None:
    collection = Collection.objects.create(name=sample.name, description=sample.description, everyone=True)
    for item in sample.files:
        with (DOCUMENTS / item.path).open("rb") as file:
            accept_upload(
                file, name=Path(item.path).name, collection=collection, member=member, title=item.title
            )
