import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0006_audit_of_object'),
    ]

    operations = [
        migrations.AddField(
            model_name='auditevent',
            name='actor_name',
            field=models.CharField(db_default='', default='', max_length=400),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='address',
            field=models.CharField(db_default='', default='', max_length=45),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='agent',
            field=models.CharField(db_default='', default='', max_length=80),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='hash',
            field=models.CharField(db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='previous',
            field=models.CharField(db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='sequence',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='session',
            field=models.CharField(db_default='', default='', max_length=16),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='actor',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='created',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
    ]
