from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0012_differs'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='pinned_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='archived_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
