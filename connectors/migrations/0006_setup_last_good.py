from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0005_background_task'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='ats_user_id',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name='setupcheck',
            name='last_good',
            field=models.JSONField(default=dict),
        ),
    ]
