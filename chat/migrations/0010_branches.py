import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0009_incognito_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='leaves',
            field=models.JSONField(editable=False, help_text='Ids of the ends of the paths that were shown, the last one last.', null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='answered_at',
            field=models.DateTimeField(editable=False, help_text='When an answer ended last.', null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='seen_at',
            field=models.DateTimeField(editable=False, help_text='When its person looked at it last.', null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='parent',
            field=models.ForeignKey(db_index=False, help_text='Of a question: the answer it was asked after, or the first question that it replaces.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.message'),
        ),
    ]
