from itertools import groupby, pairwise
from typing import Any

from django.db import migrations
from django.db.models import F, Q

from tenants.scoping import every_tenant

BATCH = 500


def fill(apps: Any, schema_editor: Any) -> None:
    """Versions that answer or did: in effect since they were ready, until the next one was.

    One that was ready after its successor never answered. Can be interrupted and run again.
    """
    version_model = apps.get_model("ingestion", "DocumentVersion")
    answered = Q(status__in=["ready", "replaced"]) | Q(pk=F("document__current_version"))
    with every_tenant():
        lacking = version_model.objects.filter(answered, effective_from=None)
        last = None
        while documents := next_documents(lacking, after=last):
            last = documents[-1]
            rows = version_model.objects.filter(answered, document__in=documents)
            changed = []
            for _, versions in groupby(rows.order_by("document", "number"), key=lambda row: row.document_id):
                changed += dated(list(versions))
            version_model.objects.bulk_update(changed, ["effective_from", "effective_until"], batch_size=100)


def next_documents(lacking: Any, *, after: Any) -> list[Any]:
    rows = lacking.filter(document__gt=after) if after else lacking
    return list(rows.order_by("document").values_list("document", flat=True).distinct()[:BATCH])


def dated(versions: list[Any]) -> list[Any]:
    """Those that answered, of one document, oldest first."""
    since = {row.pk: row.effective_from or row.ready_at or row.created for row in versions}
    kept: list[Any] = []
    for row in reversed(versions):
        if not kept or since[row.pk] < since[kept[0].pk]:
            kept.insert(0, row)
    for row in kept:
        row.effective_from = since[row.pk]
    for row, following in pairwise(kept):
        row.effective_until = following.effective_from
    return kept


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('ingestion', '0009_document_parts'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, atomic=False),
    ]
