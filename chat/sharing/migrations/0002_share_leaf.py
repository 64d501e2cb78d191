from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sharing', '0001_sharing'),
    ]

    operations = [
        migrations.AddField(
            model_name='share',
            name='leaf',
            field=models.UUIDField(editable=False, help_text='The end of the path that it shows.', null=True),
        ),
    ]
