import crosschq.core.clock
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('raised_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('logged_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('emailed_at', models.DateTimeField(default=crosschq.core.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='Circuit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, unique=True)),
                ('failures', models.PositiveIntegerField()),
                ('open_until', models.DateTimeField(null=True)),
                ('changed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(default=crosschq.core.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='TryCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=110, unique=True)),
                ('tries', models.PositiveIntegerField()),
                ('ends_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(editable=False, unique=True)),
                ('number', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('system_identifier', models.CharField(max_length=40)),
                ('restored_at', models.DateTimeField(null=True)),
                ('restored_why', models.CharField(blank=True, max_length=200)),
                ('lost_since', models.DateTimeField(null=True)),
                ('lost_until', models.DateTimeField(null=True)),
                ('erasures_repeated_at', models.DateTimeField(null=True)),
                ('compared_at', models.DateTimeField(null=True)),
                ('erasures', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='core_installation_one')],
            },
        ),
        migrations.CreateModel(
            name='Worker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(editable=False, unique=True)),
                ('beat_at', models.DateTimeField()),
                ('steady_since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='KeyHolder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(editable=False, unique=True)),
                ('key_ids', models.TextField()),
                ('seen_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='FailedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.CharField(max_length=80)),
                ('row', models.CharField(max_length=150)),
                ('error', models.CharField(max_length=80)),
                ('times', models.PositiveIntegerField(default=1)),
                ('first_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('last_at', models.DateTimeField(default=crosschq.core.clock.now)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('task', 'row'), name='core_failedrow_once')],
            },
        ),
        migrations.CreateModel(
            name='SecretLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.BinaryField(max_length=32, unique=True)),
                ('purpose', models.CharField(max_length=40)),
                ('subject', models.UUIDField()),
                ('scope_key', models.BigIntegerField()),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['subject', 'purpose'], name='core_secretlink_subject'), models.Index(fields=['expires_at'], name='core_secretlink_expired')],
            },
        ),
    ]
