"""Which links a member can open. What they cannot open does not exist, whatever the reason."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from chat.errors import ChatError, NotFound
from chat.models import Conversation
from chat.sharing.models import Share, SharingRules
from tenants.access import Member
from tenants.models import Group, Membership, Role, User
from tenants.nesting import groups_of_person

PARTNERS = (Role.MEMBER, Role.MANAGER, Role.ADMIN)  # by name, so that a role added later has to be let in
CLOSED = "This link does not work, or not any more. Ask whoever gave it to you."
SWITCHED_OFF = "Your organisation does not allow sharing conversations."


def sharing_allowed(member: Member) -> bool:
    rules = SharingRules.objects.filter(tenant=member.tenant).first()
    return member.role in PARTNERS and (rules is None or rules.allowed)


def require_sharing(member: Member) -> None:
    if not sharing_allowed(member):
        raise ChatError(SWITCHED_OFF, code="sharing_off")


def own_shares(member: Member) -> QuerySet[Share]:
    """Also while they do not open: their owner can always withdraw them."""
    rows: QuerySet[Share] = Share.objects.filter(conversation__in=Conversation.objects.owned_by(member))
    return rows


def groups_of(member: Member) -> QuerySet[Group]:
    rows: QuerySet[Group] = Group.objects.filter(pk__in=groups_of_person(member.user, member.tenant))
    return rows


def opened_share(key: str, member: Member) -> Share:
    """The share that this link shows to this member now. Raises NotFound."""
    share = _open_to(member).filter(key=key).select_related("conversation__user").first()
    if share is None or not sharing_allowed(member):
        raise NotFound(CLOSED)
    return share


def _open_to(member: Member) -> QuerySet[Share]:
    """Of conversations that are not deleted and belong to somebody who can share today; to its owner, their own."""
    own = Q(conversation__user=member.user)
    named = Q(people=member.user) | Q(groups__in=groups_of(member))
    sharing = Membership.objects.filter(
        user=OuterRef("conversation__user"), tenant=member.tenant, user__is_active=True, role__in=PARTNERS
    )
    rows: QuerySet[Share] = Share.objects.filter(
        Q(everyone=True) | own | named, Exists(sharing), tenant=member.tenant, conversation__deleted_at=None
    ).distinct()
    return rows


def partner(email: str, member: Member) -> User | None:
    """A colleague with whom something can be shared."""
    rows = Membership.objects.filter(
        user__email=email.strip().lower(), tenant=member.tenant, user__is_active=True, role__in=PARTNERS
    )
    row = rows.select_related("user").first()
    return row.user if row else None
