from django.db import migrations

from tenants.row_security import SecureRows


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0002_tenant_indexes'),
    ]

    operations = [
        SecureRows('Membership'),
        SecureRows('Group'),
        SecureRows('AuditEvent'),
    ]
