"""Collections, whose readers share what is in them, and the narrowing of a document to some of these.

Decided from the database each time it is asked: nothing about access is copied anywhere.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from tenants.access import Member
from tenants.entrance.models import Invitation
from tenants.models import Group, User
from tenants.nesting import groups_of_person
from tenants.scoping import TenantManager, TenantModel


def names(kind: Any, member: Member) -> Q:
    """Rows of a kind with `groups` and `people` that name the member, or a group that holds them.

    Through sub-queries: no row comes twice.
    """
    groups = Group.objects.filter(pk__in=groups_of_person(member.user, member.tenant)).values("pk")
    column = kind._meta.model_name
    by_group = kind.groups.through.objects.filter(group__in=groups).values(column)
    in_person = kind.people.through.objects.filter(user=member.user).values(column)
    return Q(pk__in=by_group) | Q(pk__in=in_person)


class CollectionManager(TenantManager["Collection"]):
    """Of those that people share. A person's own are only in `Collection.with_private`."""

    def get_queryset(self) -> QuerySet["Collection"]:
        return super().get_queryset().filter(private_to=None)

    def readable_by(self, member: Member) -> QuerySet["Collection"]:
        """Decided from the database each time it is asked: nothing about access is copied anywhere."""
        rows = self.filter(tenant=member.tenant)
        if member.tends_all:
            return rows
        if member.is_guest:
            return rows.filter(names(Collection, member))
        return rows.filter(Q(everyone=True) | names(Collection, member) | self._tended(member))

    def tended_by(self, member: Member) -> QuerySet["Collection"]:
        """Those whose documents the member uploads, changes and deletes."""
        rows = self.filter(tenant=member.tenant)
        return rows if member.tends_all else rows.filter(self._tended(member))

    def _tended(self, member: Member) -> Q:
        if not member.tends_documents:
            return Q(pk__in=[])
        rows = Collection.managers.through.objects.filter(user=member.user)
        return Q(pk__in=rows.values("collection"))


class PrivateCollections(TenantManager["Collection"]):
    def of(self, member: Member) -> QuerySet["Collection"]:
        """Their own and nobody else's, whatever the other's role."""
        return self.filter(tenant=member.tenant, private_to=member.user)


class Collection(TenantModel):
    """Documents that the same people may read."""

    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="What is in here, in a sentence. People see it.")
    everyone = models.BooleanField(
        "everyone in the organisation may read",
        default=False,
        help_text="Else only the groups and people below.",
    )
    groups = models.ManyToManyField(Group, blank=True, related_name="+")
    people = models.ManyToManyField(User, blank=True, related_name="+")
    managers = models.ManyToManyField(
        User,
        blank=True,
        related_name="+",
        verbose_name="knowledge managers",
        help_text="Of those who tend chosen collections only, who tends this one.",
    )
    invited = models.ManyToManyField(
        Invitation, blank=True, editable=False, related_name="+", help_text="Read it once they accept."
    )
    private_to = models.ForeignKey(
        User,
        null=True,
        editable=False,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        help_text="Its only reader: it holds the files of one of their conversations, and is in no list.",
    )
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[CollectionManager] = CollectionManager()  # type: ignore[misc]
    with_private: ClassVar[PrivateCollections] = PrivateCollections()

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            models.Index(fields=["tenant"], condition=Q(private_to__isnull=True), name="collection_shared"),
            models.Index(
                fields=["private_to"], condition=Q(private_to__isnull=False), name="collection_private"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="collection_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """Beside a source; a private one is called by its id."""
        return "This conversation" if self.private_to_id else self.name


class NarrowingManager(TenantManager["Narrowing"]):
    def letting_in(self, member: Member) -> QuerySet["Narrowing"]:
        return self.filter(names(Narrowing, member), tenant=member.tenant)


class Narrowing(TenantModel):
    """Who, of a collection's readers, reads a document in it. What came in the document shares its row.

    With nobody in it, those who tend the collection are the only ones. It outlives a document that answers quote.
    """

    groups = models.ManyToManyField(Group, blank=True, related_name="+")
    people = models.ManyToManyField(User, blank=True, related_name="+")

    objects: ClassVar[NarrowingManager] = NarrowingManager()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        abstract = False

    def __str__(self) -> str:
        return ", ".join(str(reader) for reader in (*self.groups.all(), *self.people.all())) or "nobody"


def open_to(member: Member, document: str = "") -> Q:
    """Of documents in a member's collections, those that are not narrowed to others. `document` is the way there."""
    if member.tends_all:
        return Q()
    narrowing, collection = f"{document}narrowing", f"{document}collection"
    rule = Q(**{narrowing: None}) | Q(**{f"{narrowing}__in": Narrowing.objects.letting_in(member)})
    if member.tends_documents:
        rule |= Q(**{f"{collection}__in": Collection.objects.tended_by(member)})
    return rule


def shared_with(member: Member, document: str = "") -> Q:
    """Documents that the member may read as others may: not narrowed to others, in collections shared with them."""
    private, collection = f"{document}private", f"{document}collection__in"
    return open_to(member, document) & Q(
        **{private: False, collection: Collection.objects.readable_by(member)}
    )


def own_of(member: Member, document: str = "") -> Q:
    """The files of the member's own conversations, which nobody else reads."""
    private, collection = f"{document}private", f"{document}collection__in"
    return Q(**{private: True, collection: Collection.with_private.of(member)})
