import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ingestion', '0007_version_waiting'),
        ('tenants', '0006_audit_of_object'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='document',
            name='owner',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Who tends it, and is reminded when it is due for review. Else whoever uploaded it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='document',
            name='parent',
            field=models.ForeignKey(db_index=False, help_text='The e-mail or archive that it came in.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='ingestion.document'),
        ),
        migrations.AddField(
            model_name='document',
            name='review_on',
            field=models.DateField(blank=True, help_text='From this day on its owner is reminded.', null=True, verbose_name='review due'),
        ),
        migrations.AddField(
            model_name='document',
            name='tags',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name='document',
            name='valid_from',
            field=models.DateField(blank=True, help_text='Empty: from when it was uploaded.', null=True),
        ),
        migrations.AddField(
            model_name='document',
            name='valid_until',
            field=models.DateField(blank=True, help_text='The last day on which it holds. Afterwards, citations say so.', null=True),
        ),
        migrations.AddField(
            model_name='documentversion',
            name='effective_from',
            field=models.DateTimeField(help_text='Since when it is, or was, the one that answers.', null=True),
        ),
        migrations.AddField(
            model_name='documentversion',
            name='effective_until',
            field=models.DateTimeField(help_text='When a newer version took its place.', null=True),
        ),
        migrations.AddField(
            model_name='documentversion',
            name='embedded_count',
            field=models.PositiveIntegerField(help_text='Passages that were embedded; the others took over the vector of an earlier version.', null=True),
        ),
        migrations.AddField(
            model_name='documentversion',
            name='password',
            field=models.TextField(blank=True, db_default='', help_text='Of a protected file, encrypted under ENCRYPTION_KEY.'),
        ),
        migrations.AddField(
            model_name='documentversion',
            name='stage_began',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='document',
            name='name',
            field=models.CharField(help_text='With the folders it was uploaded in, such as “Policies/2026/travel.pdf”.', max_length=500, verbose_name='file name'),
        ),
        migrations.AlterField(
            model_name='documentversion',
            name='status',
            field=models.CharField(choices=[('queued', 'Waiting'), ('processing', 'Working'), ('ready', 'Ready'), ('failed', 'Failed'), ('replaced', 'Replaced'), ('canceled', 'Canceled')], default='queued', max_length=10),
        ),
    ]
