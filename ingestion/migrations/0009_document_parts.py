from django.db import migrations, models

from tenants.online import AddIndexOnline


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('ingestion', '0008_governance'),
    ]

    operations = [
        AddIndexOnline(
            model_name='document',
            index=models.Index(fields=['parent'], name='document_parts'),
        ),
    ]
