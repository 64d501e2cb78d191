from django.db import migrations

from tenants.row_security import SecureRows


class Migration(migrations.Migration):

    dependencies = [
        ('assistant', '0003_tenant_indexes'),
    ]

    operations = [
        SecureRows('ModelEndpoint'),
    ]
