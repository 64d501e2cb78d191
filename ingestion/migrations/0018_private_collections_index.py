from django.db import migrations, models

from tenants.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('ingestion', '0017_private_collections'),
    ]

    operations = [
        AddIndexOnline(
            model_name='collection',
            index=models.Index(condition=models.Q(('private_to__isnull', True)), fields=['tenant'], name='collection_shared'),
        ),
        AddIndexOnline(
            model_name='collection',
            index=models.Index(condition=models.Q(('private_to__isnull', False)), fields=['private_to'], name='collection_private'),
        ),
    ]
