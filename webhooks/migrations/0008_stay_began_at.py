from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('webhooks', '0007_hourly_setup_check'),
    ]

    operations = [
        migrations.AddField(
            model_name='inboundevent',
            name='stay_began_at',
            field=models.DateTimeField(null=True),
        ),
    ]
