import django.core.validators
import django.db.models.deletion
import tenants.ids
from django.db import migrations, models

from tenants.row_security import SecureRows


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0008_audit_in_order'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditChain',
            fields=[
                ('id', models.UUIDField(default=tenants.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sequence', models.BigIntegerField(default=0, editable=False, verbose_name='events recorded')),
                ('hash', models.CharField(default='', editable=False, max_length=64, verbose_name='hash of the newest event')),
                ('anchor_sequence', models.BigIntegerField(default=0, editable=False, verbose_name='events removed by age')),
                ('anchor_hash', models.CharField(default='', editable=False, max_length=64, verbose_name='hash of the last one removed')),
                ('keep_days', models.PositiveIntegerField(blank=True, help_text='Older events are removed every night. Empty: kept for ever. At least 30.', null=True, validators=[django.core.validators.MinValueValidator(30)], verbose_name='days to keep events')),
                ('delivered', models.JSONField(default=dict, editable=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'retention of the audit trail',
                'verbose_name_plural': 'retention of the audit trail',
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('tenant',), name='audit_chain_once')],
            },
        ),
        SecureRows('AuditChain'),
    ]
