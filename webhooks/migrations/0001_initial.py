import crosschq.core.clock
import django.db.models.deletion
import django.db.models.functions.comparison
import uuid
from django.db import migrations, models

from crosschq.core.database.rls import tenant_policies


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('connectors', '0001_initial'),
        ('organizations', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Replay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('since', models.DateTimeField()),
                ('by_name', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connectors.connection')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='InboundEvent',
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
                ('event_id', models.CharField(max_length=200)),
                ('event_name', models.CharField(max_length=100)),
                ('event_version', models.CharField(blank=True, max_length=40)),
                ('body', models.BinaryField()),
                ('happened_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, max_length=40)),
                ('values', models.JSONField(default=dict)),
                ('checks', models.JSONField(default=list)),
                ('candidate_id', models.CharField(blank=True, max_length=100)),
                ('candidate_name', models.CharField(blank=True, max_length=200)),
                ('job_id', models.CharField(blank=True, max_length=100)),
                ('stay_began_at', models.DateTimeField(null=True)),
                ('job_title', models.CharField(blank=True, max_length=300)),
                ('reference_request_uid', models.UUIDField(null=True)),
                ('template_uid', models.UUIDField(null=True)),
                ('attempt_log', models.JSONField(default=list)),
                ('outcome_at', models.DateTimeField(null=True)),
                ('chosen_template', models.UUIDField(null=True)),
                ('chosen_email', models.EmailField(blank=True, db_default='', default='', max_length=254)),
                ('allow_repeat', models.BooleanField(default=False)),
                ('asked_by', models.CharField(blank=True, max_length=200)),
                ('notified_outcome', models.CharField(blank=True, max_length=40)),
                ('family', models.GeneratedField(db_persist=True, expression=models.Case(models.When(outcome__in=('no.other_step', 'no.other_event', 'no.duplicate'), then=models.Value('other')), default=models.Func(models.F('outcome'), models.Value('.'), models.Value(1), function='split_part', output_field=models.CharField())), output_field=models.CharField(max_length=40))),
                ('for_template', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.Coalesce('chosen_template', 'template_uid'), output_field=models.UUIDField(null=True))),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='connectors.connection')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('replay', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='events', to='webhooks.replay')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('state', 'pending')), fields=['connection', 'available_at', 'id'], name='webhooks_inboundevent_due'),
                    models.Index(condition=models.Q(('state', 'working')), fields=['connection'], name='webhooks_inboundevent_busy'),
                    models.Index(condition=models.Q(('state', 'held')), fields=['connection', 'held_for'], name='webhooks_inboundevent_held'),
                    models.Index(fields=['organization', '-created_at', '-id'], include=['connection'], name='webhooks_event_newest'),
                    models.Index(fields=['connection', 'candidate_id', 'job_id'], name='webhooks_event_application'),
                    models.Index(condition=models.Q(('family', 'other'), _negated=True), fields=['organization', 'connection', '-created_at', '-id'], name='webhooks_event_log'),
                    models.Index(fields=['organization', 'connection', 'family', '-created_at', '-id'], name='webhooks_event_family'),
                    models.Index(condition=models.Q(('for_template__isnull', False)), fields=['organization', 'connection', 'for_template', '-created_at', '-id'], name='webhooks_event_of_template'),
                    models.Index(condition=models.Q(('outcome__in', ('hold.old', 'no.stood_there')), ('state__in', ['held', 'done'])), fields=['organization', 'connection', 'created_at', 'id'], name='webhooks_event_to_review'),
                    models.Index(condition=models.Q(('outcome__in', ('hold.old', 'no.stood_there')), ('state__in', ['pending', 'working'])), fields=['organization', 'connection'], name='webhooks_event_again'),
                    models.Index(condition=models.Q(('chosen_email__gt', '')), fields=['organization'], name='webhooks_event_chosen_email'),
                    models.Index(condition=models.Q(('replay__isnull', False)), fields=['replay'], name='webhooks_event_replayed'),
                    models.Index(condition=models.Q(('family__in', ['no', 'hold', 'fail']), models.Q(('notified_outcome', models.F('outcome')), _negated=True)), fields=['outcome_at'], name='webhooks_event_unnotified'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('connection', 'event_id'), name='webhooks_event_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ConnectionJob',
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
                ('kind', models.CharField(choices=[('backfill_log', 'Backfill Log'), ('scan_step', 'Scan Step'), ('check_setup', 'Check Setup'), ('read_directory', 'Read Directory'), ('keep_alive', 'Keep Alive'), ('renew_signing_key', 'Renew Signing Key')], max_length=20)),
                ('last_done_at', models.DateTimeField(null=True)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connectors.connection')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['connection', 'available_at', 'id'], name='webhooks_connectionjob_due'), models.Index(condition=models.Q(('state', 'working')), fields=['connection'], name='webhooks_connectionjob_busy'), models.Index(condition=models.Q(('state', 'held')), fields=['connection', 'held_for'], name='webhooks_connectionjob_held')],
                'constraints': [models.UniqueConstraint(fields=('connection', 'kind'), name='webhooks_connectionjob_once')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
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
                ('outcome', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=260)),
                ('to_email', models.CharField(blank=True, max_length=254)),
                ('to_name', models.CharField(blank=True, max_length=200)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connectors.connection')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='webhooks.inboundevent')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['connection', 'available_at', 'id'], name='webhooks_notice_due'), models.Index(condition=models.Q(('state', 'working')), fields=['connection'], name='webhooks_notice_busy'), models.Index(condition=models.Q(('state', 'held')), fields=['connection', 'held_for'], name='webhooks_notice_held'), models.Index(condition=models.Q(('held_for__in', ['restore', 'restore:went_out', 'restore:not_sent']), ('state', 'held')), fields=['organization', 'created_at', 'id'], name='webhooks_notice_restored')],
                'constraints': [models.UniqueConstraint(fields=('connection', 'key'), name='webhooks_notice_once')],
            },
        ),
        migrations.CreateModel(
            name='MutedJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job_id', models.CharField(max_length=100)),
                ('by_name', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connectors.connection')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('connection', 'job_id'), name='webhooks_muted_job_once')],
            },
        ),
        migrations.CreateModel(
            name='ErasedCandidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('candidate_hash', models.BinaryField(max_length=32)),
                ('address_hashes', models.JSONField(default=list)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connectors.connection')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('connection', 'candidate_hash'), name='webhooks_erased_candidate_once')],
            },
        ),
        migrations.CreateModel(
            name='RefusedDeliveries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField()),
                ('count', models.PositiveIntegerField(default=1)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connectors.connection')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('connection', 'hour'), name='webhooks_refused_hour')],
            },
        ),
        *tenant_policies("webhooks_connectionjob"),
        *tenant_policies("webhooks_erasedcandidate", implied_by=["connection_id"]),
        *tenant_policies("webhooks_inboundevent", implied_by=["connection_id", "replay_id"]),
        *tenant_policies("webhooks_notice", implied_by=["connection_id"]),
        *tenant_policies("webhooks_mutedjob"),
        *tenant_policies("webhooks_refuseddeliveries"),
        *tenant_policies("webhooks_replay"),
    ]
