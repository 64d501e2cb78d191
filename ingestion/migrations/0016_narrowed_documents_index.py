from django.db import migrations, models

from tenants.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('ingestion', '0015_narrowed_documents'),
    ]

    operations = [
        AddIndexOnline(
            model_name='document',
            index=models.Index(condition=models.Q(('narrowing__isnull', False)), fields=['narrowing'], name='document_narrowed'),
        ),
    ]
