from django.db import migrations, models

from tenants.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('chat', '0010_branches'),
    ]

    operations = [
        AddIndexOnline(
            model_name='message',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent'], name='message_parent'),
        ),
    ]
