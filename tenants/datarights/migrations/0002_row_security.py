from django.db import migrations

from tenants.row_security import SecureRows


class Migration(migrations.Migration):

    dependencies = [
        ('datarights', '0001_data_rights'),
    ]

    operations = [
        SecureRows('DataRules'),
        SecureRows('DataExport'),
        SecureRows('LegalHold'),
        SecureRows('PersonErasure'),
    ]
