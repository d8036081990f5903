from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0006_outbox'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='referencerequest',
            index=models.Index(
                fields=['connection', 'ats_application_id'],
                name='requests_app_by_app_id',
            ),
        ),
    ]
