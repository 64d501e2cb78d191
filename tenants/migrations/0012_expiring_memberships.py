from django.db import migrations, models

from tenants.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('tenants', '0011_guests_and_managers'),
    ]

    operations = [
        AddIndexOnline(
            model_name='membership',
            index=models.Index(condition=models.Q(('ended_at', None), ('expires__isnull', False)), fields=['expires'], name='membership_expiring'),
        ),
    ]
