import django.db.models.deletion
from django.db import migrations, models

import ingestion.models
import tenants.ids
from tenants.row_security import SecureRows


class Migration(migrations.Migration):

    dependencies = [
        ('ingestion', '0018_private_collections_index'),
        ('tenants', '0006_audit_of_object'),
    ]

    operations = [
        migrations.CreateModel(
            name='PictureSet',
            fields=[
                ('id', models.UUIDField(default=tenants.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('items', models.JSONField(default=list, help_text='Of each: its page or place in the text, its size, and where in the file it lies.')),
                ('file', models.FileField(blank=True, max_length=200, upload_to=ingestion.models.pictures_path)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
                ('version', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='ingestion.documentversion')),
            ],
            options={
                'abstract': False,
            },
        ),
        SecureRows('PictureSet'),
    ]
