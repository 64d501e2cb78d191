"""The organisation of the permission matrix, as it can stand on a product page: names of a real house, more rows than one."""

import pytest

from assistant.assistants.models import Assistant
from assistant.models import ModelEndpoint
from ingestion.models import Collection
from tenants.access import require_member
from tenants.models import Group, Role, User
from tenants.scoping import tenant_scope
from tenants.sso.models import IdentityProvider
from tests.matrix import scene as matrix
from tests.matrix.scene import Scene

PROJECT = "Aurora"
NAMES = {
    "bob": "Bob Berg",
    "mia": "Mia Moss",
    "alice": "Alice Arnold",
    "ann": "Ann Adler",
    "olga": "Olga Operator",
}
COLLEAGUES = ("clara holm", "david okafor", "emma lindqvist", "farid haddad", "greta nilsson")
GROUPS = ("Engineering", "Finance", "Oslo office")
COLLECTIONS = ("People handbook", "IT and security", "Contracts")
DOCUMENTS = ("budget 2026", "risk register", "security review", "timetable")
INSTRUCTIONS = """Answer in two or three sentences, and name the milestone that a question is about.

When the plan and the minutes disagree, say so and give both dates."""


def furnished(monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(matrix, "SECRET", PROJECT)
    scene = Scene()
    with tenant_scope(scene.acme.pk):
        admin = require_member(scene.cast["admin"].pk, tenant=scene.acme.pk)
        for first, name in NAMES.items():
            User.objects.filter(email__startswith=f"{first}@").update(name=name)
        for name in GROUPS:
            Group.objects.create(name=name)
        for name in COLLEAGUES:
            colleague = scene.person(scene.acme, name.replace(" ", "."), Role.MEMBER)
            User.objects.filter(pk=colleague.pk).update(name=name.title())
        for name in COLLECTIONS:
            Collection.objects.create(name=name, everyone=True)
        for about in DOCUMENTS:
            scene.document(scene.rows["ingestion_collection"], admin, about, f"{about}.txt")
        Assistant.objects.update(instructions=INSTRUCTIONS)
        ModelEndpoint.objects.update(
            name=f"{PROJECT} 2", url="https://models.acme.example/v1", model="large-2"
        )
        IdentityProvider.objects.update(name="Acme staff", issuer="https://login.acme.example")
    return scene
