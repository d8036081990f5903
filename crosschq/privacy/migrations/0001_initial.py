import crosschq.core.clock
import crosschq.core.security.encryption
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from crosschq.core.database.rls import tenant_policies


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organizations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DataExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('working', 'Working'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('held', 'Held'), ('unknown', 'Unknown'), ('dead', 'Dead')], default='pending', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('interruptions', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('available_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('lease_until', models.DateTimeField(null=True)),
                ('lease_token', models.UUIDField(null=True)),
                ('leased_by', models.UUIDField(null=True)),
                ('held_for', models.CharField(blank=True, max_length=80)),
                ('reason', models.TextField(blank=True)),
                ('trace_id', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('person_uid', models.UUIDField()),
                ('of_organization', models.BooleanField(default=False)),
                ('sought', crosschq.core.security.encryption.EncryptedTextField()),
                ('with_answers', models.BooleanField(default=False)),
                ('size', models.PositiveIntegerField(default=0)),
                ('expires_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(condition=models.Q(('state', 'pending')), fields=['organization', 'available_at', 'id'], name='privacy_dataexport_due'),
                    models.Index(condition=models.Q(('state', 'working')), fields=['organization'], name='privacy_dataexport_busy'),
                    models.Index(condition=models.Q(('state', 'held')), fields=['organization', 'held_for'], name='privacy_dataexport_held'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state__in', ('pending', 'working'))), fields=('organization', 'person_uid', 'with_answers'), name='privacy_dataexport_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('working', 'Working'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('held', 'Held'), ('unknown', 'Unknown'), ('dead', 'Dead')], default='pending', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('interruptions', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('available_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('lease_until', models.DateTimeField(null=True)),
                ('lease_token', models.UUIDField(null=True)),
                ('leased_by', models.UUIDField(null=True)),
                ('held_for', models.CharField(blank=True, max_length=80)),
                ('reason', models.TextField(blank=True)),
                ('trace_id', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('person_uid', models.UUIDField()),
                ('only_reference', models.BooleanField(default=False)),
                ('sought', crosschq.core.security.encryption.EncryptedTextField(blank=True)),
                ('rows', models.PositiveIntegerField(default=0)),
                ('erased_at', models.DateTimeField(null=True)),
                ('left_in_ats', crosschq.core.security.encryption.EncryptedTextField(blank=True)),
                ('proof', models.JSONField(default=dict)),
                ('is_repeated', models.BooleanField(default=False)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('heir', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(condition=models.Q(('state', 'pending')), fields=['organization', 'available_at', 'id'], name='privacy_erasure_due'),
                    models.Index(condition=models.Q(('state', 'working')), fields=['organization'], name='privacy_erasure_busy'),
                    models.Index(condition=models.Q(('state', 'held')), fields=['organization', 'held_for'], name='privacy_erasure_held'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state__in', ('pending', 'working'))), fields=('organization', 'person_uid', 'only_reference'), name='privacy_erasure_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ExportPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('content', crosschq.core.security.encryption.EncryptedTextField()),
                ('export', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='privacy.dataexport')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('export', 'number'), name='privacy_exportpart_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Offboarding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('working', 'Working'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('held', 'Held'), ('unknown', 'Unknown'), ('dead', 'Dead')], default='pending', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('interruptions', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('available_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('lease_until', models.DateTimeField(null=True)),
                ('lease_token', models.UUIDField(null=True)),
                ('leased_by', models.UUIDField(null=True)),
                ('held_for', models.CharField(blank=True, max_length=80)),
                ('reason', models.TextField(blank=True)),
                ('trace_id', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(condition=models.Q(('state', 'pending')), fields=['organization', 'available_at', 'id'], name='privacy_offboarding_due'),
                    models.Index(condition=models.Q(('state', 'working')), fields=['organization'], name='privacy_offboarding_busy'),
                    models.Index(condition=models.Q(('state', 'held')), fields=['organization', 'held_for'], name='privacy_offboarding_held'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state__in', ('pending', 'working'))), fields=('organization',), name='privacy_offboarding_once'),
                ],
            },
        ),
        *tenant_policies("privacy_dataexport"),
        *tenant_policies("privacy_erasure"),
        *tenant_policies("privacy_exportpart"),
        *tenant_policies("privacy_offboarding"),
    ]
