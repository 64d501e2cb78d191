from django.db import migrations

from tenants.row_security import SecureRows


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0004_tenant_indexes'),
    ]

    operations = [
        SecureRows('Conversation'),
        SecureRows('Message'),
        SecureRows('AnswerPassage'),
    ]
