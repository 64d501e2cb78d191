import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0003_initial'),
        ('tenants', '0002_tenant_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='message',
            name='message_client_id_once',
        ),
        migrations.AlterField(
            model_name='answerpassage',
            name='tenant',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AlterField(
            model_name='conversation',
            name='tenant',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AlterField(
            model_name='message',
            name='client_id',
            field=models.CharField(help_text='Chosen by the browser, so that a question sent twice is asked once.', max_length=64, null=True),
        ),
        migrations.RunSQL(
            "UPDATE chat_message SET client_id = NULL WHERE client_id = ''",
            "UPDATE chat_message SET client_id = '' WHERE client_id IS NULL",
        ),
        migrations.AlterField(
            model_name='message',
            name='tenant',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('user', 'client_id'), name='message_client_id_once'),
        ),
    ]
