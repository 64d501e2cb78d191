"""System checks: a database role that could get around row-level security is refused."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection

ROLE = """
    SELECT rolsuper OR rolbypassrls, EXISTS (
        SELECT 1 FROM pg_class WHERE relname = 'tenants_membership' AND pg_has_role(relowner, 'USAGE')
    ) FROM pg_roles WHERE rolname = current_user
"""


@register(Tags.database)
def role_is_bound(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The application's role may be neither above row-level security nor able to switch it off."""
    if not databases or connection.vendor != "postgresql":
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(ROLE)
            above, owns = cursor.fetchone()
    except DatabaseError:  # cannot be reached; that is said elsewhere
        return []
    if not above and not owns:
        return []
    problem = "stands above row-level security" if above else "owns the tables and could switch it off"
    hint = "Set DATABASE_OWNER_URL to this role and DATABASE_URL to another one, then run `manage.py prepare_database`."
    return [Error(f"The role of DATABASE_URL {problem}.", hint=hint, id="tenants.E001")]
