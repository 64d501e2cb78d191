"""Many who record at once make one chain."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import close_old_connections, connection, transaction

from tenants.actions import record
from tenants.audit.verify import verify
from tenants.scoping import tenant_scope

WRITERS, EACH = 6, 15


@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_follow_one_another(acme, globex) -> None:
    """Some in transactions of several events, some that are rolled back, in two organisations."""
    together = Barrier(WRITERS)

    def write(number: int) -> int:
        close_old_connections()
        kept = 0
        try:
            together.wait()
            with tenant_scope((acme, globex)[number % 2].id):
                for turn in range(EACH):
                    with transaction.atomic():
                        record("thing.happened", actor=None, subject=None, number=number)
                        record("thing.happened", actor=None, subject=None, number=number)
                        if turn % 5 == 4:
                            transaction.set_rollback(True)
                        else:
                            kept += 2
        finally:
            connection.close()
        return kept

    with ThreadPoolExecutor(WRITERS) as pool:
        kept = list(pool.map(write, range(WRITERS)))
    for index, tenant in enumerate((acme, globex)):
        verdict = verify(tenant.id)
        assert verdict.broken == ""
        assert verdict.count == verdict.sequence == sum(kept[index::2])
