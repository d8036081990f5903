import crosschq.core.clock
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from crosschq.core.database.rls import tenant_policies


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('connectors', '0001_initial'),
        ('organizations', '0001_initial'),
        ('requests_app', '0001_initial'),
        ('templates_app', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ExportSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('existing_on', models.BooleanField(default=False)),
                ('new_on', models.BooleanField(default=False)),
                ('source_type_id', models.CharField(blank=True, max_length=100)),
                ('source_type_label', models.CharField(blank=True, max_length=200)),
                ('source_subtype_id', models.CharField(blank=True, max_length=100)),
                ('source_id', models.CharField(blank=True, max_length=100)),
                ('source_label', models.CharField(blank=True, max_length=200)),
                ('jobs', models.JSONField(default=list)),
                ('tags', models.JSONField(default=list)),
                ('saved_at', models.DateTimeField(null=True)),
                ('problem', models.TextField(blank=True)),
                ('lacks_permission', models.BooleanField(default=False)),
                ('cached_options', models.JSONField(default=dict)),
                ('options_read_at', models.DateTimeField(null=True)),
                ('connection', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='export_settings', to='connectors.connection')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ExportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('started_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('reopened_at', models.DateTimeField(null=True)),
                ('stopped_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('created_count', models.PositiveIntegerField(null=True)),
                ('linked_count', models.PositiveIntegerField(null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('settings', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='prospects.exportsettings')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['settings', '-started_at'], name='prospects_run_newest'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('finished_at', None)), fields=('settings',), name='prospects_one_run_at_a_time'),
                ],
            },
        ),
        migrations.CreateModel(
            name='JobOption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job_id', models.CharField(max_length=100)),
                ('title', models.CharField(max_length=300)),
                ('ref_number', models.CharField(blank=True, max_length=100)),
                ('city', models.CharField(blank=True, max_length=100)),
                ('status', models.CharField(max_length=40)),
                ('search_key', models.TextField()),
                ('sort_key', models.CharField(max_length=500)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('settings', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='job_options', to='prospects.exportsettings')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['settings', 'sort_key', 'job_id'], name='prospects_job_option_sorted'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('settings', 'job_id'), name='prospects_job_option_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='OptInExclusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('relationship', models.CharField(choices=[('manager', 'Manager'), ('direct_report', 'Direct report'), ('coworker', 'Coworker or peer'), ('customer', 'Customer or supplier'), ('mentor', 'Mentor'), ('any', 'Any relationship type')], max_length=20)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('survey', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='opt_in_exclusions', to='templates_app.survey')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('survey', 'relationship'), name='prospects_opt_in_exclusion_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='OptionsRefresh',
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
                ('part', models.CharField(blank=True, max_length=120)),
                ('parts_read', models.PositiveSmallIntegerField(default=0)),
                ('parts', models.PositiveSmallIntegerField(default=0)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('settings', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='refresh', to='prospects.exportsettings')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('state', 'pending')), fields=['organization', 'available_at', 'id'], name='prospects_optionsrefresh_due'),
                    models.Index(condition=models.Q(('state', 'working')), fields=['organization'], name='prospects_optionsrefresh_busy'),
                    models.Index(condition=models.Q(('state', 'held')), fields=['organization', 'held_for'], name='prospects_optionsrefresh_held'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Prospect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('first_name', models.CharField(blank=True, max_length=100)),
                ('last_name', models.CharField(blank=True, max_length=100)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('email_key', models.CharField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('employer', models.CharField(blank=True, max_length=200)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('area_of_interest', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('consented_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('ends_at', models.DateTimeField()),
                ('renewal_sent_at', models.DateTimeField(null=True)),
                ('removed_at', models.DateTimeField(null=True)),
                ('removal', models.CharField(blank=True, choices=[('left', 'Opted out'), ('by_staff', 'Removed by staff'), ('ended', 'Consent expired'), ('erased', 'Data erased')], max_length=10)),
                ('ats_candidate_id', models.CharField(blank=True, max_length=100)),
                ('ats_attempted_at', models.DateTimeField(null=True)),
                ('ats_deleted_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organization', '-created_at', '-id'], name='prospects_newest'),
                    models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['ends_at'], name='prospects_ending'),
                    models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['organization', 'consented_at'], name='prospects_oldest'),
                    models.Index(condition=models.Q(('removed_at__isnull', False)), fields=['organization', 'removed_at'], name='prospects_tombstones'),
                    models.Index(condition=models.Q(('ats_deleted_at__isnull', True), ('removed_at__isnull', False), models.Q(models.Q(('ats_candidate_id', ''), _negated=True), ('ats_attempted_at__isnull', False), _connector='OR')), fields=['organization', 'removed_at', 'id'], name='prospects_to_delete_there'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('removed_at__isnull', True)), fields=('organization', 'email_key'), name='prospects_one_per_address'),
                    models.CheckConstraint(condition=models.Q(models.Q(('removal', ''), ('removed_at__isnull', True), models.Q(('email_key', ''), _negated=True)), models.Q(('area_of_interest', ''), ('email', ''), ('email_key', ''), ('employer', ''), ('first_name', ''), ('last_name', ''), ('phone', ''), ('removed_at__isnull', False), ('title', ''), models.Q(('removal', ''), _negated=True)), _connector='OR'), name='prospects_tombstone_is_empty'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ExportItem',
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
                ('job_id', models.CharField(blank=True, max_length=100)),
                ('job_title', models.CharField(blank=True, max_length=200)),
                ('automatic', models.BooleanField(default=False)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('created', 'Exported'), ('linked', 'Linked to an existing candidate')], max_length=10)),
                ('candidate_id', models.CharField(blank=True, max_length=100)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('run', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='items', to='prospects.exportrun')),
                ('settings', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='prospects.exportsettings')),
                ('prospect', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='exports', to='prospects.prospect')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('state', 'pending')), fields=['settings', 'available_at', 'id'], name='prospects_exportitem_due'),
                    models.Index(condition=models.Q(('state', 'working')), fields=['settings'], name='prospects_exportitem_busy'),
                    models.Index(condition=models.Q(('state', 'held')), fields=['settings', 'held_for'], name='prospects_exportitem_held'),
                    models.Index(condition=models.Q(('state', 'done'), models.Q(('outcome', 'created'), ('reason', ''), _negated=True)), fields=['run', 'id'], include=['organization'], name='prospects_export_notes'),
                    models.Index(fields=['run', 'state', 'outcome'], include=('organization', 'finished_at'), name='prospects_export_by_run'),
                    models.Index(fields=['settings', 'state'], name='prospects_export_by_settings'),
                    models.Index(fields=['organization', 'prospect', 'state'], name='prospects_export_by_prospect'),
                    models.Index(condition=models.Q(('state', 'held')), fields=['held_for'], name='prospects_export_held'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('prospect', 'settings', 'job_id'), name='prospects_export_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('given_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('ends_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('reference', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='consents', to='requests_app.reference')),
                ('prospect', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='prospects.prospect')),
            ],
            options={
                'ordering': ['-given_at', '-id'],
                'indexes': [
                    models.Index(fields=['prospect', '-given_at', '-id'], name='prospects_consent_newest'),
                ],
            },
        ),
        migrations.CreateModel(
            name='KnownTag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tag', models.CharField(max_length=150)),
                ('tag_key', models.CharField(max_length=150)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('settings', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='known_tags', to='prospects.exportsettings')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('settings', 'tag_key'), name='prospects_tag_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ProspectWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(db_collation='C', max_length=60)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('prospect', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='words', to='prospects.prospect')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organization', 'word', 'prospect'], name='prospects_word'),
                    models.Index(fields=['prospect', 'word'], name='prospects_words_of'),
                ],
            },
        ),
        *tenant_policies("prospects_prospectword"),
        *tenant_policies("prospects_consent"),
        *tenant_policies("prospects_exportitem", implied_by=["settings_id", "run_id"]),
        *tenant_policies("prospects_exportrun"),
        *tenant_policies("prospects_exportsettings"),
        *tenant_policies("prospects_joboption"),
        *tenant_policies("prospects_optinexclusion"),
        *tenant_policies("prospects_optionsrefresh"),
        *tenant_policies("prospects_prospect"),
        *tenant_policies("prospects_knowntag"),
    ]
