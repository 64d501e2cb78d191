from django.db import migrations, models

from tenants.online import AddIndexOnline


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('tenants', '0005_last_turn'),
    ]

    operations = [
        AddIndexOnline(
            model_name='auditevent',
            index=models.Index(fields=['object_id', '-created'], name='audit_of_object'),
        ),
    ]
