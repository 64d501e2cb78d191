"""An organisation's first admin comes by an operator's invitation, and so does a new one when nobody is left to invite.

It is the one way by which an operator can let somebody in. While an admin may sign in it is closed; otherwise those who
were admins are written to.
"""

from uuid import UUID

from django.db import transaction

from tenants.entrance.invitations import Sent, deliver, invite, send_again
from tenants.entrance.models import Invitation
from tenants.errors import Refused
from tenants.models import Membership, Role, User
from tenants.scoping import current_tenant
from tenants.support.letters import tell_admins

HAS_ADMIN = "This organisation has an admin, who invites others. Only they can let somebody in."
LETTER = (
    "{operator}, an operator of your Colloquy installation, has invited {email} to be an admin of your organisation, "
    "since none of its admins may sign in at present.\n\nIf nobody asked for this, talk to your operator.\n"
)


def has_admin(tenant: UUID) -> bool:
    return Membership.objects.filter(tenant=tenant, role=Role.ADMIN, user__is_active=True).exists()


def invite_first_admin(email: str, *, operator: User) -> Sent:
    """In the organisation's scope. Raises Refused while an admin may sign in."""
    tenant = current_tenant()
    with transaction.atomic():
        if has_admin(tenant):
            raise Refused(HAS_ADMIN)
        tell_admins(
            tenant, f"{email} is invited to be an admin", LETTER.format(operator=operator, email=email)
        )
        open_ones = Invitation.objects.filter(email=User.objects.normalise(email), role=Role.ADMIN)
        waiting = next((row for row in open_ones if row.is_open), None)
        if waiting:
            link = send_again(waiting, actor=operator)
        else:
            link = invite(email, role=Role.ADMIN, groups=[], actor=operator)
    return deliver(link, actor=operator)
