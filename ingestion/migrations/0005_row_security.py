from django.db import migrations

from tenants.row_security import SecureRows


class Migration(migrations.Migration):

    dependencies = [
        ('ingestion', '0004_tenant_indexes'),
    ]

    operations = [
        SecureRows('Collection'),
        SecureRows('Document'),
        SecureRows('DocumentVersion'),
        SecureRows('ExtractedText'),
        SecureRows('Passage'),
    ]
