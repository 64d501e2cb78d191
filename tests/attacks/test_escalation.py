"""More in a form or a body than the page asks for: other organisations' rows, and rights one does not have."""

from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.db import models
from django.urls import reverse

from chat.models import Conversation
from ingestion.models import Collection
from tenants.models import Group, Membership, Role, Tenant, User
from tenants.row_security import tenant_models
from tenants.scoping import TenantModel, every_tenant, tenant_scope
from tenants.sso.models import IdentityProvider
from tests.matrix.asking import address
from tests.matrix.scene import Scene, undone
from tests.matrix.table import Row

KINDS = [model._meta.label_lower.replace(".", "_") for model in admin.site._registry]


@pytest.fixture
def foreign(scene: Scene) -> dict[type[models.Model], models.Model]:
    """What Globex has that a form at Acme could name."""
    with tenant_scope(scene.globex.id):
        return {
            Collection: Collection.objects.create(name="Globex collection"),
            Group: Group.objects.create(name="Globex group"),
            IdentityProvider: IdentityProvider.objects.create(
                name="Globex provider", issuer="https://127.0.0.1:9", client_id="g"
            ),
            Tenant: scene.globex,
            User: scene.cast["outsider"],
        }


def pages(kind: str, scene: Scene) -> list[str]:
    return [reverse(f"admin:{kind}_add"), reverse(f"admin:{kind}_change", args=[scene.rows[kind].pk])]


def form_of(answer: Any) -> forms.ModelForm | None:
    context = getattr(answer, "context", None) or {}
    return context["adminform"].form if "adminform" in context else context.get("form")


def is_of(row: models.Model, tenant: Tenant) -> bool:
    if isinstance(row, TenantModel):
        return row.tenant_id == tenant.pk
    with tenant_scope(tenant.id):
        return isinstance(row, User) and Membership.objects.filter(user=row).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_no_form_offers_a_row_of_another_organisation(scene, foreign, kind: str) -> None:
    seen = 0
    for who in ("manager", "admin"):
        for page in pages(kind, scene):
            form = form_of(scene.browser(who).get(page))
            for name, field in form.fields.items() if form else ():
                if isinstance(field, forms.ModelChoiceField):
                    with tenant_scope(scene.acme.id):
                        offered = list(field.queryset)
                    assert all(is_of(row, scene.acme) for row in offered), (page, name)
                    seen += 1
    assert seen or kind not in (
        "ingestion_collection",
        "ingestion_document",
        "tenants_group",
        "sources_source",
    )


@pytest.mark.parametrize("who", ["manager", "admin"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_form_takes_a_row_of_another_organisation_or_a_right(scene, foreign, kind: str, who: str) -> None:
    """Whether the form has such a field or not: each is sent along."""
    model = type(scene.rows[kind])
    before = operators(), of_globex(scene)
    for page in pages(kind, scene):
        with undone():
            form = form_of(scene.browser(who).get(page))
            sent = filled(form) | named(model, foreign) | rights(scene)
            scene.browser(who).post(page, sent)
            assert (operators(), of_globex(scene)) == before
            assert not strays(scene)


def filled(form: forms.ModelForm | None) -> dict[str, Any]:
    """What a browser would send of the form as it stands, with something where something is asked for."""
    sent: dict[str, Any] = {}
    for name, field in form.fields.items() if form else ():
        value = form.initial.get(name, field.initial)
        value = value() if callable(value) else value
        if isinstance(value, list):
            value = [getattr(each, "pk", each) for each in value]
        sent[name] = "Something" if value in (None, "") and field.required else "" if value is None else value
    return sent


def named(model: type[models.Model], foreign: dict[type[models.Model], models.Model]) -> dict[str, Any]:
    fields = [*model._meta.fields, *model._meta.many_to_many]
    return {field.name: foreign[field.related_model].pk for field in fields if field.related_model in foreign}


def rights(scene: Scene) -> dict[str, Any]:
    return {"is_superuser": "on", "is_staff": "on", "tenant": scene.globex.pk, "tenant_id": scene.globex.pk} | {
        "id": str(scene.cast["outsider"].pk), "confirmed": "on", "confirmed_at": "2030-01-01", "user_permissions": "1"
    }  # fmt: skip


def operators() -> int:
    return User.objects.filter(is_superuser=True).count()


def of_globex(scene: Scene) -> dict[str, int]:
    with tenant_scope(scene.globex.id):
        return {model.__name__: model.objects.count() for model in tenant_models()}


def strays(scene: Scene) -> list[str]:
    """Rows of Acme that point out of it."""
    found = []
    with every_tenant():
        for model in tenant_models():
            rows = model._base_manager.filter(tenant=scene.acme.pk)
            for field in model._meta.fields:
                if field.related_model and issubclass(field.related_model, TenantModel):
                    others = rows.exclude(**{f"{field.name}__tenant": scene.acme.pk})
                    if others.exclude(**{field.name: None}).exists():
                        found.append(f"{model.__name__}.{field.name}")
            for field in model._meta.many_to_many:
                wrong = (
                    {f"{field.name}__tenant": scene.globex.pk}
                    if issubclass(field.related_model, TenantModel)
                    else {field.name: scene.cast["outsider"].pk}
                )
                if rows.filter(**wrong).exists():
                    found.append(f"{model.__name__}.{field.name}")
    return found


def test_the_last_step_to_operator_is_not_in_any_members_reach(scene) -> None:
    """The page that makes operators is for operators; an organisation's admin cannot post to it either."""
    bob = scene.cast["member"]
    for who in ("member", "manager", "admin", "outsider"):
        answer = scene.browser(who).post(
            reverse("admin:tenants_user_change", args=[bob.pk]), {"email": bob.email, "is_superuser": "on"}
        )
        assert answer.status_code in (302, 403)
    bob.refresh_from_db()
    assert not bob.is_superuser


@pytest.mark.parametrize("role", ["operator", "owner", "superuser", "ADMIN", ""])
def test_a_role_that_there_is_not_is_refused(scene, role: str) -> None:
    row = scene.rows["tenants_membership"]
    page = reverse("admin:tenants_membership_change", args=[row.pk])
    scene.browser("admin").post(page, {"role": role, "is_active": "on", "name": "Bob"})
    with tenant_scope(scene.acme.id):
        row.refresh_from_db()
    assert row.role == Role.MEMBER


EXTRA = [
    {"tenant": "{globex}", "tenant_id": "{globex}"},
    {"collection": "{theirs}", "collection_id": "{theirs}"},
    {"user": "{carol}", "user_id": "{carol}", "owner": "{carol}", "uploader": "{carol}"},
    {"role": "admin", "is_superuser": True, "is_staff": True},
    {"id": "{carol}", "pk": "{carol}", "deleted_at": None, "current_version": "{carol}"},
]


@pytest.mark.parametrize("extra", EXTRA)
@pytest.mark.parametrize("name", ["documents-rename", "conversation-rename"])
def test_a_body_changes_what_its_address_is_for_and_nothing_else(
    scene, foreign, name: str, extra: dict
) -> None:
    words = {"globex": scene.globex.pk, "theirs": foreign[Collection].pk, "carol": scene.cast["outsider"].pk}
    body = {
        key: str(value).format(**words) if isinstance(value, str) else value for key, value in extra.items()
    }
    who = "admin" if name.startswith("documents") else "member"
    with undone():
        ask(scene, who, address(Row(name, "POST", {}), scene), {"title": "New"})
        wanted = bare(scene)
    ask(scene, who, address(Row(name, "POST", {}), scene), {"title": "New", **body})
    assert bare(scene) == wanted
    assert not strays(scene)


def ask(scene: Scene, who: str, where: str, body: dict) -> None:
    kind = {"content_type": "application/json"} if where.startswith("/documents") else {}
    answer = scene.browser(who).post(where, {k: v for k, v in body.items() if kind or v is not None}, **kind)
    assert answer.status_code == 200


def bare(scene: Scene) -> dict[str, Any]:
    """Who owns what, and where it is."""
    document, conversation = scene.rows["ingestion_document"], scene.ids["conversation"]
    with every_tenant():
        document.refresh_from_db()
        row = Conversation.objects.get(pk=conversation)
    return {
        "document": (document.tenant_id, document.collection_id, document.uploader_id, document.owner_id, document.title,
                     document.current_version_id, document.deleted_at),
        "conversation": (row.tenant_id, row.user_id, row.title),
        "operators": operators(),
        "roles": sorted(_roles()),
    }  # fmt: skip


def _roles() -> list[tuple[Any, ...]]:
    with every_tenant():
        return list(Membership.objects.values_list("user", "tenant", "role"))


def test_documents_are_moved_into_no_foreign_collection(scene, foreign) -> None:
    body = {
        "action": "move",
        "documents": [str(scene.ids["document"])],
        "collection": str(foreign[Collection].pk),
    }
    answer = scene.browser("admin").post("/documents/api/act", body, content_type="application/json")
    assert answer.status_code in (404, 422)
    assert not strays(scene)
