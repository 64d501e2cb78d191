from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ingestion', '0010_fill_effective_dates'),
    ]

    operations = [
        migrations.AddField(
            model_name='document',
            name='review_reminded_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
