from django.db import migrations

from tenants.audit.chain import chain_loose
from tenants.scoping import every_tenant


def chain_events(apps, schema_editor):
    AuditEvent = apps.get_model('tenants', 'AuditEvent')
    AuditChain = apps.get_model('audit', 'AuditChain')
    people = apps.get_model('tenants', 'User').objects.values_list('id', 'name', 'email')
    names = {key: f'{name} ({email})' if name else email for key, name, email in people}
    with every_tenant():
        for tenant in apps.get_model('tenants', 'Tenant').objects.values_list('id', flat=True):
            events = AuditEvent.objects.filter(tenant=tenant)
            chain = AuditChain(tenant_id=tenant)
            if chain_loose(events, chain, lambda actor: names.get(actor, '')):
                chain.save()


def unchain_events(apps, schema_editor):
    with every_tenant():
        apps.get_model('tenants', 'AuditEvent').objects.update(sequence=None, previous='', hash='')


class Migration(migrations.Migration):
    """What is recorded already, in the order of its time. Later versions of `chain_loose` must go on doing this."""

    dependencies = [
        ('audit', '0001_audit_chain'),
    ]

    operations = [
        migrations.RunPython(chain_events, unchain_events),
    ]
