from django.db import migrations, models

from tenants.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('chat', '0013_pinned_and_archived'),
    ]

    operations = [
        AddIndexOnline(
            model_name='conversation',
            index=models.Index(condition=models.Q(('pinned_at__isnull', False)), fields=['user'], name='conversation_pinned'),
        ),
        AddIndexOnline(
            model_name='conversation',
            index=models.Index(condition=models.Q(('archived_at__isnull', False)), fields=['user', '-updated'], name='conversation_archived'),
        ),
    ]
