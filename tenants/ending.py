"""The end of someone's access: what is open for them must close at once, wherever they are.

Each request is decided anew in any case (`tenants.access`). What lives longer than a request listens to
`access_ended`: sockets and running answers, in every process.
"""

from uuid import UUID

from django.db import transaction
from django.dispatch import Signal

from tenants.entrance.sessions import end_all_sessions

access_ended = Signal()  # user: UUID, tenant: UUID | None (None: everywhere)


def end_membership(user: UUID, *, tenant: UUID) -> None:
    """Call it in the transaction that takes the membership away."""
    _announce(user, tenant)


def end_account(user: UUID) -> None:
    """Call it in the transaction that deactivates the account. Its sessions do not come back when it does."""
    end_all_sessions(user)
    _announce(user, None)


def _announce(user: UUID, tenant: UUID | None) -> None:
    transaction.on_commit(
        lambda: access_ended.send_robust(sender=None, user=user, tenant=tenant), robust=True
    )
