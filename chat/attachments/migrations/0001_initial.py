import django.db.models.deletion
import tenants.ids
from django.conf import settings
from django.db import migrations, models

from tenants.row_security import SecureRows


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('chat', '0009_incognito_index'),
        ('ingestion', '0018_private_collections_index'),
        ('tenants', '0013_person_language'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.UUIDField(default=tenants.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('conversation', models.UUIDField(help_text="Its id, and its private collection's. There before it is.")),
                ('name', models.CharField(max_length=500)),
                ('size', models.PositiveBigIntegerField()),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('document', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='ingestion.document')),
                ('question', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='chat.message')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'abstract': False,
                'indexes': [models.Index(fields=['conversation'], name='attachment_of_conversation'), models.Index(condition=models.Q(('question', None)), fields=['user', 'created'], name='attachment_unsent')],
            },
        ),
        migrations.CreateModel(
            name='AttachmentRules',
            fields=[
                ('id', models.UUIDField(default=tenants.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('allowed', models.BooleanField(default=True, help_text='Such a file answers questions of its own conversation alone, and nobody else can read it, admins included. It goes with the conversation. Switched off, no new files are taken.', verbose_name='members may put files into their conversations')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'rules for files in conversations',
                'verbose_name_plural': 'rules for files in conversations',
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('tenant',), name='attachment_rules_once')],
            },
        ),
        SecureRows('Attachment'),
        SecureRows('AttachmentRules'),
    ]
