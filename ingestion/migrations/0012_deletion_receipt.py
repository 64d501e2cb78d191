import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.ids
from tenants.row_security import SecureRows


class Migration(migrations.Migration):

    dependencies = [
        ('ingestion', '0011_document_review_reminded'),
        ('tenants', '0006_audit_of_object'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DeletionReceipt',
            fields=[
                ('id', models.UUIDField(default=tenants.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('document', models.UUIDField(help_text='The id it had.')),
                ('part_of', models.UUIDField(help_text='The e-mail or archive that it had come in.', null=True)),
                ('title', models.CharField(max_length=300)),
                ('name', models.CharField(max_length=500, verbose_name='file name')),
                ('collection', models.CharField(max_length=120)),
                ('asked_at', models.DateTimeField()),
                ('removed', models.JSONField(default=dict, help_text='Counted before anything of it went.')),
                ('check_found', models.JSONField(default=dict, help_text='Counted afterwards, and who said so.')),
                ('done_at', models.DateTimeField(null=True)),
                ('problem', models.TextField(blank=True, help_text='Why the last try did not finish.')),
                ('asked_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'deletion',
                'abstract': False,
                'indexes': [models.Index(fields=['tenant', '-asked_at'], name='receipt_newest'), models.Index(fields=['part_of'], name='receipt_parts')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'document'), name='receipt_of_document_once')],
            },
        ),
        SecureRows('DeletionReceipt'),
    ]
