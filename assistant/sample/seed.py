"""The sample organisation that embedded mode starts with: Acme, its people and a small set of documents."""

from pathlib import Path

from django.db import transaction

from assistant.sample import DOCUMENTS, SAMPLE_COLLECTIONS, SampleCollection
from ingestion.actions import accept_upload
from ingestion.models import Collection
from tenants.access import Member, require_member
from tenants.actions import add_member, create_tenant
from tenants.first_sign_in import SignIn, write_sign_in
from tenants.members import new_password
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope

ORGANISATION = "Acme"
ADMIN = ("Alice Archer", "alice@acme.example")
COLLEAGUE = ("Bob Baker", "bob@acme.example")


def seed() -> bool:
    """Create the sample organisation in an empty installation; False when there is an organisation already."""
    if Tenant.objects.exists():
        return False
    password, colleague = new_password(), new_password()
    with transaction.atomic():
        tenant = create_tenant(ORGANISATION)
        admin = add_member(tenant, email=ADMIN[1], name=ADMIN[0], role=Role.ADMIN, password=password)
        add_member(tenant, email=COLLEAGUE[1], name=COLLEAGUE[0], role=Role.MEMBER, password=colleague)
        write_sign_in(
            SignIn("", ADMIN[1], password),
            SignIn("A colleague who may only ask questions:", COLLEAGUE[1], colleague),
        )
        with tenant_scope(tenant.id):
            member = require_member(admin.id, tenant=tenant.id)
            for sample in SAMPLE_COLLECTIONS:
                upload_collection(sample, member)
    return True


def upload_collection(sample: SampleCollection, member: Member) -> None:
    collection = Collection.objects.create(name=sample.name, description=sample.description, everyone=True)
    for item in sample.files:
        with (DOCUMENTS / item.path).open("rb") as file:
            accept_upload(
                file, name=Path(item.path).name, collection=collection, member=member, title=item.title
            )
