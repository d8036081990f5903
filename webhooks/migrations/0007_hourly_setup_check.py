from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('webhooks', '0006_outbox'),
    ]

    operations = [
        migrations.AlterField(
            model_name='chore',
            name='kind',
            field=models.CharField(choices=[('recover', 'Recover'), ('step', 'Step'), ('setup', 'Setup'), ('directory', 'Directory'), ('keep_alive', 'Keep Alive'), ('signing_key', 'Signing Key')], max_length=20),
        ),
    ]
