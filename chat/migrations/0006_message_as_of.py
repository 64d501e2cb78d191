from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0005_row_security'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='as_of',
            field=models.DateField(help_text='The day that was asked about, on both; null is the day itself.', null=True),
        ),
    ]
