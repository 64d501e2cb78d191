"""Carol, an admin of Globex, tries everything against Acme through the admin."""

from http import HTTPStatus
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from assistant.models import ModelEndpoint
from ingestion.models import Collection, DeletionReceipt, Document
from ingestion.sources.models import Source
from tenants.audit.models import AuditChain
from tenants.datarights.models import DataExport, DataRules, Kind, LegalHold, PersonErasure
from tenants.models import AuditEvent, Group, Membership
from tenants.scim.models import ScimToken
from tenants.scoping import every_tenant, tenant_scope
from tenants.sso.models import EmailDomain, IdentityProvider, ProviderGroup

UNKNOWN = "0192f0c1-2b3c-7def-8000-000000000000"


@pytest.fixture
def acme_rows(acme, alice, bob, handbook, add_document):
    """One row of Acme behind each page of the admin, with a word that only Acme's pages may show."""
    with tenant_scope(acme.id):
        group = Group.objects.create(name="Acmesecret group")
        Collection.objects.filter(pk=handbook.pk).update(name="Acmesecret collection")
        endpoint = ModelEndpoint.objects.create(name="Acmesecret model", url="http://m.example/v1", model="m")
        token = ScimToken.objects.create(name="Acmesecret token", hash="0" * 64)
        source = Source.objects.create(name="Acmesecret source", kind="web", collection=handbook)
        event = AuditEvent.objects.create(action="acmesecret.happened", detail={"name": "Acmesecret"})
        chain = AuditChain.objects.get()
        membership = Membership.objects.get(user=bob)
        receipt = DeletionReceipt.objects.create(
            document=uuid4(), title="Acmesecret plan", name="a.txt", collection="x", asked_at=timezone.now()
        )
        provider = IdentityProvider.objects.create(
            name="Acmesecret provider", issuer="https://id.example", client_id="Acmesecret"
        )
        mapped = ProviderGroup.objects.create(provider=provider, value="Acmesecret value", group=group)
        domain = EmailDomain.objects.create(domain="acmesecret.example")
        export = DataExport.objects.create(
            kind=Kind.PERSON, about=bob, recipient=alice, state="ready", file="x"
        )
        held = LegalHold.objects.create(reason="Acmesecret case")
        erasure = PersonErasure.objects.create(person=uuid4(), name="Acmesecret person")
        rules = DataRules.objects.create()
    alice.name = bob.name = "Acmesecret person"
    alice.save()
    bob.save()
    document = add_document(handbook, "Acmesecret document")
    return {
        "ingestion_document": document,
        "ingestion_collection": handbook,
        "tenants_membership": membership,
        "tenants_group": group,
        "tenants_auditevent": event,
        "audit_auditchain": chain,
        "assistant_modelendpoint": endpoint,
        "ingestion_deletionreceipt": receipt,
        "sources_source": source,
        "sso_identityprovider": provider,
        "sso_providergroup": mapped,
        "sso_emaildomain": domain,
        "scim_scimtoken": token,
        "datarights_dataexport": export,
        "datarights_legalhold": held,
        "datarights_personerasure": erasure,
        "datarights_datarules": rules,
    }


PAGES = [
    "ingestion_document",
    "ingestion_collection",
    "tenants_membership",
    "tenants_group",
    "tenants_auditevent",
    "audit_auditchain",
    "assistant_modelendpoint",
    "ingestion_deletionreceipt",
    "sources_source",
    "sso_identityprovider",
    "sso_providergroup",
    "sso_emaildomain",
    "scim_scimtoken",
    "datarights_dataexport",
    "datarights_legalhold",
    "datarights_personerasure",
    "datarights_datarules",
]


@pytest.fixture
def carols(carol, browser_of):
    return browser_of(carol)


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("query", ["", "?q=mesecret"])
def test_lists_show_nothing_of_acme(acme_rows, carols, kind, query):
    body = carols.get(reverse(f"admin:{kind}_changelist") + query).content.decode()
    assert "Acmesecret" not in body


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("view", ["change", "delete", "history"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_foreign_and_unknown_ids_are_answered_alike(acme_rows, carols, kind, view, method):
    foreign = str(acme_rows[kind].pk)
    data = {"post": "yes"} if method == "post" else {}
    answers = []
    for pk in (foreign, UNKNOWN):
        response = getattr(carols, method)(reverse(f"admin:{kind}_{view}", args=[pk]), data)
        answers.append((response.status_code, response.headers.get("Location")))
        body = carols.get("/admin/").content.decode()  # shows the message that a redirect left
        assert "Acmesecret" not in body
    assert answers[0] == answers[1]
    assert answers[0][0] in (HTTPStatus.FOUND, HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN)
    with every_tenant():
        assert type(acme_rows[kind]).objects.filter(pk=foreign).exists()


OWN_VIEWS = [
    ("ingestion_document", "retry", "post"),
    ("ingestion_document", "reindex", "post"),
    ("ingestion_document", "reviewed", "post"),
    ("ingestion_deletionreceipt", "json", "get"),
    ("ingestion_document", "text", "get"),
    ("ingestion_document", "passages", "get"),
    ("tenants_membership", "password", "post"),
    ("assistant_modelendpoint", "test", "post"),
    ("sources_source", "test", "post"),
    ("sources_source", "sync", "post"),
    ("sources_source", "confirm", "post"),
    ("sources_source", "cancel", "post"),
    ("sources_source", "bring_back", "post"),
    ("sources_source", "state", "get"),
    ("sso_identityprovider", "test", "post"),
    ("sso_emaildomain", "confirm", "post"),
    ("scim_scimtoken", "revoke", "post"),
    ("datarights_dataexport", "fetch", "get"),
    ("datarights_legalhold", "release", "post"),
    ("datarights_personerasure", "json", "get"),
    ("tenants_membership", "erase", "post"),
    ("tenants_membership", "export", "post"),
]


@pytest.mark.parametrize(("kind", "view", "method"), OWN_VIEWS)
def test_own_views_know_no_foreign_rows(acme_rows, carols, kind, view, method):
    address = reverse(f"admin:{kind}_{view}", args=[acme_rows[kind].pk])
    assert getattr(carols, method)(address).status_code == HTTPStatus.NOT_FOUND


def test_foreign_original_is_not_served_by_the_admin(acme_rows, carols):
    address = reverse("admin:ingestion_document_file", args=[acme_rows["ingestion_document"].pk, 1])
    assert carols.get(address).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "action",
    [
        "delete_selected",
        *("retry_failed", "reindex", "move", "tag", "assign", "review", "reviewed", "validity"),
    ],
)
def test_actions_do_not_reach_foreign_documents(acme_rows, carols, globex, action):
    document = acme_rows["ingestion_document"]
    with tenant_scope(globex.id):
        mine = Collection.objects.create(name="Carol's")
    data = {
        "action": action,
        "_selected_action": document.pk,
        "post": "yes",
        "apply": "1",
        "collection": mine.pk,
        "add": "stolen",
        "review_on": "2030-01-01",
        "months": "3",
        "valid_until": "2020-01-01",
    }
    carols.post(reverse("admin:ingestion_document_changelist"), data)
    with every_tenant():
        after = Document.objects.get(pk=document.pk)
    assert (after.collection_id, after.deleted_at) == (document.collection_id, None)
    assert (after.tags, after.owner, after.review_on, after.valid_until) == ([], None, None, None)


def test_progress_leaves_foreign_documents_out(acme_rows, carols):
    address = reverse("admin:ingestion_document_progress")
    response = carols.get(address, {"ids": str(acme_rows["ingestion_document"].pk)})
    assert response.json() == {"items": []}


def test_upload_into_a_foreign_collection_is_refused(acme_rows, carols, acme):
    from django.core.files.uploadedfile import SimpleUploadedFile

    data = {"collection": acme_rows["ingestion_collection"].pk, "file": SimpleUploadedFile("a.txt", b"words")}
    response = carols.post(reverse("admin:ingestion_document_upload_file"), data)
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert response.json()["error"]["code"] == "collection"
    with every_tenant():
        assert Document.objects.count() == 1


def test_new_version_of_a_foreign_document_is_refused(acme_rows, carols):
    from django.core.files.uploadedfile import SimpleUploadedFile

    document = acme_rows["ingestion_document"]
    data = {"document": document.pk, "file": SimpleUploadedFile("a.txt", b"words")}
    response = carols.post(reverse("admin:ingestion_document_upload_file"), data)
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert (
        carols.get(reverse("admin:ingestion_document_upload"), {"document": document.pk}).status_code == 404
    )


def test_document_cannot_be_moved_into_a_foreign_collection(acme_rows, carols, globex, add_document):
    with tenant_scope(globex.id):
        mine = Collection.objects.create(name="Carol's")
    document = add_document(mine, "Plans")
    address = reverse("admin:ingestion_document_change", args=[document.pk])
    foreign = acme_rows["ingestion_collection"].pk
    response = carols.post(address, {"title": "Plans", "collection": foreign})
    assert "not one of the available choices" in response.content.decode()
    with every_tenant():
        assert Document.objects.get(pk=document.pk).collection_id == mine.pk


def test_collection_cannot_be_opened_to_foreign_people_and_groups(acme_rows, carols, globex, bob):
    with tenant_scope(globex.id):
        mine = Collection.objects.create(name="Carol's")
    address = reverse("admin:ingestion_collection_change", args=[mine.pk])
    assert "Acmesecret" not in carols.get(address).content.decode()
    data = {"name": "Carol's", "people": [bob.pk], "groups": [acme_rows["tenants_group"].pk]}
    assert carols.post(address, data).status_code == HTTPStatus.OK  # the form again, with its errors
    with tenant_scope(globex.id):
        assert not mine.people.exists()
        assert not mine.groups.exists()


def test_group_cannot_take_in_foreign_people(acme_rows, carols, globex, bob):
    response = carols.post(reverse("admin:tenants_group_add"), {"name": "Ours", "members": [bob.pk]})
    assert response.status_code == HTTPStatus.OK
    with tenant_scope(globex.id):
        assert not Group.objects.exists()


@pytest.mark.parametrize(
    ("app", "model", "field", "allowed"),
    [
        ("ingestion", "document", "collection", True),
        ("ingestion", "document", "uploader", False),
        ("ingestion", "collection", "people", False),
        ("tenants", "membership", "user", False),
    ],
)
def test_autocomplete_offers_nothing_of_acme(acme_rows, carols, app, model, field, allowed):
    query = {"app_label": app, "model_name": model, "field_name": field, "term": "Acmesecret"}
    response = carols.get(reverse("admin:autocomplete"), query)
    if allowed:
        assert response.json()["results"] == []
    else:
        assert response.status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "lookup", ["uploader__password__startswith=p", "collection__people__email__contains=acme"]
)
def test_lookups_through_relations_are_refused(acme_rows, carols, lookup):
    response = carols.get(reverse("admin:ingestion_document_changelist") + "?" + lookup)
    assert response.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.FOUND)


def test_shortcut_to_any_object_is_gone(acme_rows, carols):
    assert carols.get(f"/admin/r/1/{acme_rows['ingestion_document'].pk}/").status_code == HTTPStatus.NOT_FOUND


def test_foreign_version_file_is_not_found(acme_rows, carols, acme):
    version = acme_rows["ingestion_document"].current_version_id
    assert carols.get(reverse("document-file", args=[version])).status_code == HTTPStatus.NOT_FOUND
