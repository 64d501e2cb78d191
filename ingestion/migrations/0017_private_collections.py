import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('entrance', '0003_guests_and_managers'),
        ('ingestion', '0016_narrowed_documents_index'),
        ('tenants', '0013_person_language'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='collection',
            name='private_to',
            field=models.ForeignKey(db_index=False, editable=False, help_text='Its only reader: it holds the files of one of their conversations, and is in no list.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='document',
            name='private',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text="In a collection of one person's conversation: in no list and no count."),
        ),
    ]
