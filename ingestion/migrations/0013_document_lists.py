from django.db import models
from django.db.models.functions import Lower
from django.db import migrations

from tenants.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('ingestion', '0012_deletion_receipt'),
    ]

    operations = [
        AddIndexOnline(
            model_name='document',
            index=models.Index(models.F('tenant'), Lower('title'), models.F('id'), name='document_by_title'),
        ),
        AddIndexOnline(
            model_name='document',
            index=models.Index(models.F('tenant'), Lower('name'), models.F('id'), name='document_by_name'),
        ),
        AddIndexOnline(
            model_name='documentversion',
            index=models.Index(fields=['tenant', 'status', 'heartbeat'], name='version_by_state'),
        ),
    ]
