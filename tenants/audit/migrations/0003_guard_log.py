from django.db import migrations

from tenants.audit.guard import GuardLog


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_chain_events'),
        ('tenants', '0008_audit_in_order'),
    ]

    operations = [
        GuardLog('tenants', 'AuditEvent'),
    ]
