from django.db import migrations, models

from tenants.online import AddIndexOnline


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('tenants', '0007_audit_chain'),
    ]

    operations = [
        AddIndexOnline(
            model_name='auditevent',
            index=models.Index(fields=['tenant', 'sequence'], name='audit_in_order'),
        ),
    ]
