from django.db import migrations, models

from tenants.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('chat', '0008_incognito'),
    ]

    operations = [
        AddIndexOnline(
            model_name='conversation',
            index=models.Index(condition=models.Q(('incognito', True)), fields=['updated'], name='conversation_to_forget'),
        ),
    ]
