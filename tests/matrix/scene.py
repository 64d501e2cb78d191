"""What there is to see: an organisation with one row of everything, and a word that only its own people may read."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from assistant.assistants.models import Assistant
from assistant.assistants.versions import note_version
from assistant.models import ModelEndpoint
from assistant.verified.actions import publish
from assistant.verified.models import VerifiedAnswer
from chat.attachments.models import Attachment, AttachmentRules
from chat.gaps.models import AnswerRules, GapQuestion, KnowledgeGap
from chat.models import Conversation, Message
from chat.prompts.models import OfferedPrompt, SavedPrompt
from chat.rail.models import Tag
from chat.sharing.actions import Audience, share_conversation
from chat.sharing.models import SharingRules
from ingestion import pipeline
from ingestion.actions import accept_upload
from ingestion.claims import claim_version
from ingestion.models import Collection, DeletionReceipt, Document, DocumentVersion, PictureSet, Stage
from ingestion.parse import ParsedDocument
from ingestion.parse.blocks import Block, assemble
from ingestion.sources.models import Source
from tenants.access import require_member
from tenants.actions import add_member, create_tenant
from tenants.audit.models import AuditChain
from tenants.branding.models import Branding
from tenants.datarights.models import DataExport, DataRules, LegalHold, PersonErasure, TenantErasure
from tenants.entrance.invitations import invite
from tenants.entrance.models import SignInPolicy
from tenants.models import AuditEvent, Group, Membership, Role, Tenant, User
from tenants.row_security import tenant_models
from tenants.scim.models import ScimToken, ScimUser
from tenants.scim.tokens import make_token
from tenants.scoping import every_tenant, tenant_scope
from tenants.sso.models import EmailDomain, IdentityProvider, ProviderGroup
from tenants.support.models import SupportAccess
from tests.isolation.world import NoIndex

SECRET = "Acmesecret"
# What others may not read of Acme: the word, its people's addresses.
HIDDEN = (SECRET, "@acme.example")
# Written by whoever knocks.
NOT_TENDED = (AuditEvent, AuditChain)


class Scene:
    """`row` finds Acme's row behind an admin page, `ids` fills the parameters of an address."""

    def __init__(self) -> None:
        self.acme, self.globex = create_tenant("Acme"), create_tenant("Globex")
        self.cast: dict[str, User | None] = {"nobody": None} | {
            who: self.person(tenant, name, role)
            for who, tenant, name, role in (
                ("member", self.acme, "bob", Role.MEMBER),
                ("manager", self.acme, "mia", Role.MANAGER),
                ("admin", self.acme, "alice", Role.ADMIN),
                ("outsider", self.globex, "carol", Role.ADMIN),
            )
        }
        with tenant_scope(self.acme.id):  # without anything that names them: they read nothing here
            self.cast["guest"] = User.objects.create_user("gus@people.example", name="Gus")
            end = timezone.now() + timedelta(days=30)
            Membership.objects.create(user=self.cast["guest"], role=Role.GUEST, expires=end)
        self.own = [self.cast["member"], self.cast["manager"], self.cast["admin"]]
        self.cast["operator"] = User.objects.create_superuser("olga@platform.example", "", name="Olga")
        with tenant_scope(self.globex.id):
            foreign = make_token(ScimToken(name="Provider"), actor=self.cast["outsider"].pk)
        with tenant_scope(self.acme.id):
            own = self._fill()
        self.tokens = {"provider": own, "outsider": foreign}
        self.client = Client()  # one for all: each loads the middleware anew
        self.strict = Client(enforce_csrf_checks=True)
        self.cookies = {who: self._cookies(user) for who, user in self.cast.items()}

    def person(self, tenant: Tenant, name: str, role: str) -> User:
        return add_member(tenant, email=f"{name}@{tenant.name.lower()}.example", name=name.title(), role=role)

    def _fill(self) -> str:
        bob, alice = self.cast["member"], self.cast["admin"]
        admin = require_member(alice.pk, tenant=self.acme.id)
        collection = Collection.objects.create(name=f"{SECRET} collection", everyone=True)
        group = Group.objects.create(name=f"{SECRET} group")
        document = self.document(collection, admin)
        conversation = Conversation.objects.create(user=bob, title=f"About {SECRET}")
        answer = self._answer(conversation, document)
        gap = KnowledgeGap.objects.create(collection=collection)
        GapQuestion.objects.create(
            question=answer.question, user=bob, gap=gap, collection=collection, sent=True
        )
        verified = VerifiedAnswer(collection=collection, text=f"{SECRET} answer")
        publish(verified, [f"{SECRET} question"], author=alice.pk)
        token = ScimToken(name=f"{SECRET} token")
        bearer = make_token(token, actor=alice.pk)
        invited = invite("ivy@people.example", role=Role.MEMBER, groups=[], actor=alice)
        provider = IdentityProvider.objects.create(
            name=f"{SECRET} provider", issuer="https://127.0.0.1:9", client_id=SECRET
        )
        colleague = self.person(self.acme, "ann", Role.MEMBER)
        factor = Authenticator.objects.create(user=colleague, type="webauthn", data={"name": SECRET})
        self.rows: dict[str, Any] = {
            "ingestion_document": document,
            "ingestion_collection": collection,
            "tenants_membership": Membership.objects.get(user=bob),
            "tenants_group": group,
            "tenants_tenant": self.acme,
            "tenants_user": bob,
            "tenants_auditevent": AuditEvent.objects.create(action="acme.happened", detail={"name": SECRET}),
            "audit_auditchain": AuditChain.objects.get(),
            "assistant_modelendpoint": ModelEndpoint.objects.create(
                name=f"{SECRET} model", url="http://127.0.0.1:9/v1", model="m"
            ),
            "assistants_assistant": self._assistant(admin),
            "ingestion_deletionreceipt": DeletionReceipt.objects.create(
                document=uuid4(), title=f"{SECRET} plan", name="a.txt", asked_at=timezone.now()
            ),
            "sources_source": Source.objects.create(
                name=f"{SECRET} source",
                kind="web",
                collection=collection,
                options={"start": "http://127.0.0.1:9/"},
            ),
            "sso_identityprovider": provider,
            "sso_providergroup": ProviderGroup.objects.create(
                provider=provider, value=f"{SECRET} value", group=group
            ),
            "sso_emaildomain": EmailDomain.objects.create(domain=f"{SECRET.lower()}.example"),
            "scim_scimtoken": token,
            "entrance_signinpolicy": SignInPolicy.objects.create(),
            "entrance_invitation": invited.row,
            "sharing_sharingrules": SharingRules.objects.create(),
            "attachments_attachmentrules": AttachmentRules.objects.create(),
            "branding_branding": Branding.objects.create(accent="#0f766e"),
            "prompts_offeredprompt": OfferedPrompt.objects.create(name=f"{SECRET} offer", text=SECRET),
            "gaps_answerrules": AnswerRules.objects.create(),
            "gaps_knowledgegap": gap,
            "verified_verifiedanswer": verified,
            "support_supportaccess": SupportAccess.objects.create(
                operator=self.cast["operator"], operator_name="Olga", reason="Asked", hours=1, documents=True
            ),
            "datarights_datarules": DataRules.objects.create(),
            "datarights_dataexport": DataExport.objects.create(
                kind="own",
                about=bob,
                recipient=bob,
                state="ready",
                expires=timezone.now() + timedelta(days=7),
            ),
            "datarights_legalhold": LegalHold.objects.create(person=colleague, reason=f"{SECRET} matter"),
            "datarights_personerasure": PersonErasure.objects.create(
                person=uuid4(), name=f"{SECRET} gone", done_at=timezone.now()
            ),
            "datarights_tenanterasure": TenantErasure.objects.create(
                tenant=uuid4(), name="Initech", done_at=timezone.now()
            ),
        }
        self.ids: dict[str, object] = {
            "conversation": conversation.pk,
            "message": answer.pk,
            "answer": answer.pk,
            "question": answer.question_id,
            "number": 1,
            "version": document.current_version_id,
            "pk": factor.pk,
            "kind": "csv",
            "attachment": self._attachment(conversation).pk,
            "key": ScimUser.objects.create(user=bob, user_name=bob.email).pk,
            "group": group.pk,
            "person": bob.pk,
            "provider_id": provider.pk,
            "uidb36": "1",
            "app_label": "tenants",
            "url": "nothing",
            "rest": "Me",
            "tenant": self.acme.pk,
        }
        self.ids |= {name.split("_")[1]: row.pk for name, row in self.rows.items()}
        self.ids |= {"membership": self.rows["tenants_membership"].pk, "endpoint": self.ids["modelendpoint"]}
        tag = Tag.objects.create(user=bob, name=f"{SECRET} tag")
        tag.conversations.add(conversation)
        own = SavedPrompt.objects.create(user=bob, name=f"{SECRET} prompt", text=SECRET)
        self.ids |= {"tag": tag.pk, "prompt": own.pk}
        share = share_conversation(conversation, Audience(), require_member(bob.pk, tenant=self.acme.id))
        self.ids |= {"share": share.key, "export": self.ids["dataexport"], "hold": self.ids["legalhold"]}
        self.ids |= {"receipt": self.ids["deletionreceipt"], "domain": self.ids["emaildomain"]}
        self.ids |= {"gap": gap.pk, "verified": verified.pk}
        self.ids |= {"provider": provider.pk, "token": token.pk, "link": invited.address.rsplit("/", 2)[1]}
        return bearer

    def _attachment(self, conversation: Conversation) -> Attachment:
        """A file of Bob's conversation."""
        fields = {"user": conversation.user, "name": f"{SECRET}.txt", "size": 1}
        place = Collection.with_private.create(pk=conversation.pk, name=SECRET, private_to=conversation.user)
        document = Document.with_private.create(collection=place, title=SECRET, name="a.txt", private=True)
        return Attachment.objects.create(conversation=conversation.pk, document=document, **fields)

    def _assistant(self, admin: Any) -> Assistant:
        row = Assistant.objects.create(
            name=f"{SECRET} assistant", instructions=f"{SECRET} instructions", everyone=True
        )
        note_version(row, author=admin.user)
        return row

    def document(
        self, collection: Collection, admin: Any, about: str = "document", name: str = ""
    ) -> Document:
        text, sections = assemble([Block("text", f"{SECRET} words of the {about}.", None, 1)])
        parsed = ParsedDocument(text, sections, "", "text/plain", None, ())
        accepted = accept_upload(
            io.BytesIO(text.encode()), name=name or f"{SECRET.lower()}.txt", collection=collection, member=admin,
            title=f"{SECRET} {about}", send=False,
        )  # fmt: skip
        claim = claim_version(accepted.version.pk)
        passages = pipeline.save_passages(claim, parsed)
        with claim.stage(Stage.PUBLISH), patch.object(pipeline, "active_store", NoIndex):
            pipeline.publish(claim, parsed, passages)
        self._picture(accepted.version)
        Document.objects.filter(pk=accepted.document.pk).update(review_on=timezone.localdate())
        return Document.objects.get(pk=accepted.document.pk)

    def _picture(self, version: DocumentVersion) -> None:
        """Both its sizes are the secret word."""
        item = {"page": 1, "start": None, "width": 1, "height": 1, "words": "", "at": 0}
        item |= {"small": len(SECRET), "large": len(SECRET)}
        row = PictureSet(tenant_id=self.acme.pk, version=version, items=[item])
        row.file.save("", ContentFile(SECRET.encode() * 2))

    def _answer(self, conversation: Conversation, document: Document) -> Message:
        bob, version = self.cast["member"], document.current_version
        question = Message.objects.create(conversation=conversation, user=bob, role="question", text=SECRET)
        answer = Message.objects.create(
            conversation=conversation,
            user=bob,
            role="answer",
            question=question,
            text=f"{SECRET} [1]",
            status="complete",
            finished_at=timezone.now(),
        )
        passage = version.passages.first()
        answer.passages.create(
            tenant_id=self.acme.pk, number=1, passage=passage, version=version, collection=document.collection,
            title=document.title, start=passage.start, end=passage.end, score=1,
            quote=passage.text[:20], quote_start=passage.start, quote_end=passage.start + 20,
        )  # fmt: skip
        return answer

    def _cookies(self, user: User | None) -> dict[str, str]:
        client = Client()
        if user:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return {name: morsel.value for name, morsel in client.cookies.items()}

    def browser(self, who: str, *, strict: bool = False) -> Client:
        """With the session of the beginning, so that nobody's request changes what the next person meets."""
        client = self.strict if strict else self.client
        client.cookies.clear()
        client.cookies.load(self.cookies[who])
        return client

    def state(self) -> dict[str, Any]:
        """Everything that Acme has, apart from its log."""
        with every_tenant():
            found: dict[str, Any] = {
                model.__name__: sorted(
                    map(repr, model._base_manager.filter(tenant=self.acme.pk).values_list())
                )
                for model in tenant_models()
                if model not in NOT_TENDED
            }
            found["links"] = [
                sorted(row.values_list("pk", flat=True))
                for row in (
                    self.rows["tenants_group"].members,
                    self.rows["ingestion_collection"].people,
                    self.rows["ingestion_collection"].groups,
                )
            ]
        people = User.objects.filter(pk__in=[user.pk for user in self.own])
        found["people"] = sorted(
            map(repr, people.values_list("pk", "password", "is_active", "is_superuser", "email"))
        )
        found["factors"] = sorted(Authenticator.objects.values_list("pk", "user", "type"))
        return found


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


# Written by any request: who knocked, and that their session or token was used.
BOOKS = (
    "tenants_auditevent",
    "audit_auditchain",
    "django_session",
    "usersessions_usersession",
    "scim_scimtoken",
)
WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"(\w+)"')


@contextmanager
def written() -> Iterator[set[str]]:
    """The tables that are written to meanwhile."""
    tables: set[str] = set()

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        found = WRITE.match(str(sql))
        if found and found[1] not in BOOKS and context["cursor"].rowcount:
            tables.add(found[1])
        return result

    with connection.execute_wrapper(note):
        yield tables
