import crosschq.core.clock
import crosschq.core.security.encryption
import django.db.models.deletion
import django.db.models.functions.comparison
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
            name='Connection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('vendor', models.CharField(max_length=40)),
                ('state', models.CharField(choices=[('not_connected', 'Not connected'), ('connected', 'Connected'), ('needs_sign_in', 'Needs sign-in')], default='not_connected', max_length=20)),
                ('company_id', models.CharField(blank=True, max_length=200)),
                ('company_name', models.CharField(blank=True, max_length=200)),
                ('connected_at', models.DateTimeField(null=True)),
                ('ats_user', models.CharField(blank=True, max_length=200)),
                ('ats_user_id', models.CharField(blank=True, max_length=100)),
                ('problem', models.TextField(blank=True)),
                ('access_token', crosschq.core.security.encryption.EncryptedTextField(blank=True)),
                ('refresh_token', crosschq.core.security.encryption.EncryptedTextField(blank=True)),
                ('token_expires_at', models.DateTimeField(null=True)),
                ('token_stored_at', models.DateTimeField(null=True)),
                ('refresh_lease', models.UUIDField(null=True)),
                ('refresh_lease_until', models.DateTimeField(null=True)),
                ('paused_at', models.DateTimeField(null=True)),
                ('requests_on', models.BooleanField(default=False)),
                ('requests_on_since', models.DateTimeField(null=True)),
                ('attach_reports', models.BooleanField(default=False)),
                ('step_name', models.CharField(default='Crosschq', max_length=100)),
                ('field_name', models.CharField(default='Crosschq tag', max_length=100)),
                ('field_id', models.CharField(blank=True, max_length=100)),
                ('default_template', models.UUIDField(null=True)),
                ('fallback_owner_name', models.CharField(blank=True, max_length=200)),
                ('fallback_owner_email', models.EmailField(blank=True, max_length=254)),
                ('directory_read_at', models.DateTimeField(null=True)),
                ('permission_uses', models.JSONField(default=dict)),
                ('connected_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('organization', 'vendor'), name='connectors_connection_once'),
                    models.UniqueConstraint(condition=models.Q(('state', 'not_connected'), _negated=True), fields=('vendor', 'company_id'), name='connectors_company_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DirectoryUser',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('ats_id', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=200)),
                ('email', models.CharField(blank=True, max_length=254)),
                ('active', models.BooleanField()),
                ('read_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='directory_users', to='connectors.connection')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organization', 'read_at'], name='connectors_directory_oldest'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('connection', 'ats_id'), name='connectors_directory_user_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CachedJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ats_id', models.CharField(max_length=100)),
                ('job', models.JSONField(null=True)),
                ('job_read_at', models.DateTimeField(null=True)),
                ('job_invalidated_at', models.DateTimeField(null=True)),
                ('team', models.JSONField(null=True)),
                ('team_read_at', models.DateTimeField(null=True)),
                ('team_invalidated_at', models.DateTimeField(null=True)),
                ('touched_at', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.Greatest('job_read_at', 'job_invalidated_at', 'team_read_at', 'team_invalidated_at'), output_field=models.DateTimeField(null=True))),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='cached_jobs', to='connectors.connection')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organization', 'touched_at'], name='connectors_job_oldest'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('connection', 'ats_id'), name='connectors_job_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='OAuthState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state_hash', models.BinaryField(max_length=32, unique=True)),
                ('session_hash', models.BinaryField(max_length=32)),
                ('vendor', models.CharField(max_length=40)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SetupCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('checked_at', models.DateTimeField()),
                ('snapshot', models.JSONField()),
                ('last_good', models.JSONField(default=dict)),
                ('connection', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='setup_check', to='connectors.connection')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vendor_id', models.CharField(blank=True, max_length=100)),
                ('path_hash', models.BinaryField(max_length=32, unique=True)),
                ('state', models.CharField(choices=[('creating', 'Creating'), ('activating', 'Activating'), ('active', 'Active'), ('removed', 'Removed')], default='creating', max_length=20)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('log_read_at', models.DateTimeField(null=True)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='connectors.connection')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SigningKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key', crosschq.core.security.encryption.EncryptedTextField()),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('valid_until', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='connectors.subscription')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Attachment',
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
                ('candidate_id', models.CharField(max_length=100)),
                ('asked_at', models.DateTimeField(null=True)),
                ('ats_id', models.CharField(blank=True, max_length=100)),
                ('about_kind', models.CharField(max_length=20)),
                ('about_uid', models.UUIDField()),
                ('job_id', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=100)),
                ('contents', crosschq.core.security.encryption.EncryptedTextField(blank=True)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='connectors.connection')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('state', 'pending')), fields=['connection', 'available_at', 'id'], name='connectors_attachment_due'),
                    models.Index(condition=models.Q(('state', 'working')), fields=['connection'], name='connectors_attachment_busy'),
                    models.Index(condition=models.Q(('state', 'held')), fields=['connection', 'held_for'], name='connectors_attachment_held'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('about_kind', 'about_uid', 'name'), name='connectors_attachment_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Writeback',
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
                ('candidate_id', models.CharField(max_length=100)),
                ('text', models.TextField()),
                ('mark', models.CharField(max_length=300)),
                ('asked_at', models.DateTimeField(null=True)),
                ('ats_id', models.CharField(blank=True, max_length=100)),
                ('about_kind', models.CharField(max_length=20)),
                ('about_uid', models.UUIDField()),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='connectors.connection')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('state', 'pending')), fields=['connection', 'available_at', 'id'], name='connectors_writeback_due'),
                    models.Index(condition=models.Q(('state', 'working')), fields=['connection'], name='connectors_writeback_busy'),
                    models.Index(condition=models.Q(('state', 'held')), fields=['connection', 'held_for'], name='connectors_writeback_held'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('about_kind', 'about_uid'), name='connectors_writeback_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BackgroundTask',
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
                ('vendor', models.CharField(max_length=40)),
                ('kind', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=64)),
                ('page', models.TextField()),
                ('arguments', crosschq.core.security.encryption.EncryptedTextField(blank=True)),
                ('result', crosschq.core.security.encryption.EncryptedTextField(blank=True)),
                ('step', models.PositiveSmallIntegerField(default=0)),
                ('steps', models.PositiveSmallIntegerField(default=1)),
                ('doing', models.CharField(blank=True, max_length=200)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['organization', 'available_at', 'id'], name='connectors_backgroundtask_due'), models.Index(condition=models.Q(('state', 'working')), fields=['organization'], name='connectors_backgroundtask_busy'), models.Index(condition=models.Q(('state', 'held')), fields=['organization', 'held_for'], name='connectors_backgroundtask_held')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('pending', 'working'))), fields=('organization', 'vendor', 'kind', 'key'), name='connectors_background_task_once')],
            },
        ),
        *tenant_policies("connectors_attachment", implied_by=["connection_id"]),
        *tenant_policies("connectors_backgroundtask"),
        *tenant_policies("connectors_connection"),
        *tenant_policies("connectors_directoryuser", implied_by=["connection_id"]),
        *tenant_policies("connectors_cachedjob", implied_by=["connection_id"]),
        *tenant_policies("connectors_oauthstate"),
        *tenant_policies("connectors_setupcheck"),
        *tenant_policies("connectors_signingkey"),
        *tenant_policies("connectors_subscription"),
        *tenant_policies("connectors_writeback", implied_by=["connection_id"]),
    ]
