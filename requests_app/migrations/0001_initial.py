import crosschq.core.clock
import crosschq.core.security.encryption
import django.db.models.deletion
import django.db.models.functions.comparison
import uuid
from django.conf import settings
from django.db import migrations, models

from crosschq.core.database.address_keys import address_key_of
from crosschq.core.database.rls import tenant_policies


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('connectors', '0001_initial'),
        ('organizations', '0001_initial'),
        ('templates_app', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReferenceRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('state', models.CharField(choices=[('sent', 'Sent'), ('started', 'Started'), ('naming_references', 'Naming references'), ('waiting_for_references', 'Waiting for references'), ('ready', 'Ready'), ('closed_early', 'Closed early'), ('cancelled', 'Canceled'), ('expired', 'Expired')], default='sent', max_length=30)),
                ('position', models.CharField(max_length=200)),
                ('job_title', models.CharField(blank=True, max_length=200)),
                ('candidate_first_name', models.CharField(max_length=100)),
                ('candidate_last_name', models.CharField(blank=True, max_length=100)),
                ('candidate_email', models.EmailField(max_length=254)),
                ('candidate_phone', models.CharField(blank=True, max_length=40)),
                ('owner_name', models.CharField(max_length=200)),
                ('owner_email', models.EmailField(max_length=254)),
                ('owner_rule', models.TextField(blank=True)),
                ('owner_key', models.GeneratedField(db_persist=True, expression=address_key_of('owner_email'), output_field=models.CharField(max_length=254))),
                ('ats_candidate_id', models.CharField(blank=True, max_length=100)),
                ('ats_job_id', models.CharField(blank=True, max_length=100)),
                ('ats_application_id', models.CharField(blank=True, max_length=100)),
                ('origin_event', models.UUIDField(null=True)),
                ('origin_sentence', models.TextField(blank=True)),
                ('personal_message', models.TextField(blank=True)),
                ('is_test', models.BooleanField(default=False)),
                ('erased_references', models.PositiveSmallIntegerField(default=0)),
                ('reference_erased_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('started_at', models.DateTimeField(null=True)),
                ('invited_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField()),
                ('closes_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('reopened_at', models.DateTimeField(null=True)),
                ('bounce_notified_for', models.UUIDField(null=True)),
                ('paused_until', models.DateTimeField(null=True)),
                ('due_notified_at', models.DateTimeField(null=True)),
                ('silence_notified_at', models.DateTimeField(null=True)),
                ('search_text', models.TextField(blank=True)),
                ('problem', models.CharField(blank=True, choices=[('candidate_bounced', 'Bounced'), ('reference_bounced', 'Bounced'), ('all_declined', 'Declined'), ('approval', 'To approve'), ('late_answer', 'Late answer'), ('note_failed', 'Note not posted'), ('due', 'Overdue'), ('paused', 'Paused'), ('silent', 'Silent')], max_length=20)),
                ('silent_at', models.DateTimeField(null=True)),
                ('attention_at', models.GeneratedField(db_persist=True, expression=models.Case(models.When(problem__gt='', then='created_at'), models.When(state__in=('sent', 'started', 'naming_references', 'waiting_for_references'), then=django.db.models.functions.comparison.Least('due_at', 'silent_at'))), output_field=models.DateTimeField(null=True))),
                ('connection', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='requests', to='connectors.connection')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='templates_app.templateversion')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organization', '-created_at', '-id'], name='requests_app_newest'),
                    models.Index(fields=['organization', 'state'], name='requests_app_state'),
                    models.Index(fields=['organization', 'owner_key', '-created_at', '-id'], name='requests_app_of_owner'),
                    models.Index(condition=models.Q(('attention_at__isnull', False)), fields=['organization', 'attention_at'], name='requests_app_attention'),
                    models.Index(fields=['connection', 'ats_candidate_id', 'ats_job_id'], name='requests_app_application'),
                    models.Index(fields=['connection', 'ats_application_id'], name='requests_app_by_app_id'),
                    models.Index(condition=models.Q(('state__in', ('sent', 'started', 'naming_references', 'waiting_for_references'))), fields=['closes_at'], name='requests_app_closing'),
                    models.Index(condition=models.Q(('due_notified_at__isnull', True), ('state__in', ('sent', 'started', 'naming_references', 'waiting_for_references'))), fields=['due_at'], name='requests_app_falling_due'),
                    models.Index(condition=models.Q(('paused_until__isnull', False), ('state__in', ('sent', 'started', 'naming_references', 'waiting_for_references'))), fields=['paused_until'], name='requests_app_paused'),
                    models.Index(condition=models.Q(('silence_notified_at__isnull', True), ('state', 'sent')), fields=['created_at'], name='requests_app_silent'),
                    models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['organization', 'finished_at'], name='requests_app_oldest'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('connection__isnull', False), ('state__in', ('sent', 'started', 'naming_references', 'waiting_for_references'))), fields=('connection', 'ats_candidate_id', 'ats_job_id'), name='requests_app_one_open_per_application'),
                    models.CheckConstraint(condition=models.Q(('is_test', False), ('connection__isnull', True), _connector='OR'), name='requests_app_test_stays_here'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Reference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('slot', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('named', 'Named'), ('invited', 'Invited'), ('started', 'Started'), ('answered', 'Answered'), ('declined', 'Declined'), ('replaced', 'Replaced'), ('not_completed', 'Not completed'), ('late', 'Answered late')], default='named', max_length=20)),
                ('name', models.CharField(max_length=200)),
                ('relationship', models.CharField(blank=True, choices=[('manager', 'Manager'), ('direct_report', 'Direct report'), ('coworker', 'Coworker or peer'), ('customer', 'Customer or supplier'), ('mentor', 'Mentor'), ('any', 'Any relationship type')], max_length=20)),
                ('company', models.CharField(blank=True, max_length=200)),
                ('years', models.CharField(blank=True, max_length=60)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('email_key', models.CharField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=20)),
                ('candidate_title', models.CharField(blank=True, max_length=200)),
                ('message', models.TextField(blank=True)),
                ('held_since', models.DateTimeField(null=True)),
                ('other_kind_reason', models.TextField(blank=True)),
                ('approval', models.CharField(blank=True, choices=[('waiting', 'Waiting for approval'), ('approved', 'Approved'), ('refused', 'Refused')], max_length=20)),
                ('relationship_confirmed', models.BooleanField(null=True)),
                ('relationship_comment', models.TextField(blank=True)),
                ('stated_title', models.CharField(blank=True, max_length=200)),
                ('stated_years', models.CharField(blank=True, max_length=60)),
                ('still_there', models.BooleanField(null=True)),
                ('facts_only', models.BooleanField(default=False)),
                ('decline_reason', models.CharField(blank=True, choices=[('no_time', 'I don\'t have the time'), ('not_close', 'We didn\'t work together closely enough'), ('rather_not', 'I\'d rather not, or my employer doesn\'t allow it'), ('wrong_person', 'I\'m not the right person')], max_length=20)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('invited_at', models.DateTimeField(null=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('bounce_notified_for', models.UUIDField(null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('reference_request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='references', to='requests_app.referencerequest')),
            ],
            options={
                'ordering': ['slot', 'id'],
                'indexes': [
                    models.Index(condition=models.Q(('state__in', ('invited', 'started'))), fields=['reference_request'], name='requests_app_asked'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state__in', ('named', 'invited', 'started', 'answered', 'not_completed', 'late'))), fields=('reference_request', 'slot'), name='requests_app_one_reference_per_slot'),
                    models.UniqueConstraint(condition=models.Q(('state__in', ('named', 'invited', 'started', 'answered', 'not_completed', 'late')), models.Q(('email_key', ''), _negated=True)), fields=('reference_request', 'email_key'), name='requests_app_one_reference_per_address'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Reader',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('email', models.EmailField(max_length=254)),
                ('email_key', models.CharField(max_length=254)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('hiring_manager', 'Hiring manager'), ('hiring_team', 'Hiring team')], max_length=20)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('reference_request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='readers', to='requests_app.referencerequest')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('reference_request', 'email_key'), name='requests_app_one_reader_per_address'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('working', 'Working'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('held', 'Held'), ('unknown', 'Unknown'), ('dead', 'Dead')], default='pending', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('available_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('lease_until', models.DateTimeField(null=True)),
                ('lease_token', models.UUIDField(null=True)),
                ('leased_by', models.UUIDField(null=True)),
                ('held_for', models.CharField(blank=True, max_length=80)),
                ('reason', models.TextField(blank=True)),
                ('trace_id', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('planned_for', models.DateTimeField()),
                ('requested_by', models.CharField(blank=True, max_length=200)),
                ('by_candidate', models.BooleanField(default=False)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('reference', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='requests_app.reference')),
                ('reference_request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='requests_app.referencerequest')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('state', 'pending')), fields=['organization', 'available_at', 'id'], name='requests_app_reminder_due'),
                    models.Index(condition=models.Q(('state', 'working')), fields=['organization'], name='requests_app_reminder_busy'),
                    models.Index(fields=['reference_request', 'reference', 'planned_for'], name='requests_app_reminders'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('reference_request', 'reference', 'planned_for'), name='requests_app_one_reminder_at_a_time', nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name='ReportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('working', 'Working'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('held', 'Held'), ('unknown', 'Unknown'), ('dead', 'Dead')], default='pending', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('available_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('lease_until', models.DateTimeField(null=True)),
                ('lease_token', models.UUIDField(null=True)),
                ('leased_by', models.UUIDField(null=True)),
                ('held_for', models.CharField(blank=True, max_length=80)),
                ('reason', models.TextField(blank=True)),
                ('trace_id', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('fingerprint', models.CharField(max_length=64)),
                ('pdf', crosschq.core.security.encryption.EncryptedTextField(blank=True)),
                ('attach', models.BooleanField(default=False)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('reference_request', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='file', to='requests_app.referencerequest')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('state', 'pending')), fields=['organization', 'available_at', 'id'], name='requests_app_reportfile_due'),
                    models.Index(condition=models.Q(('state', 'working')), fields=['organization'], name='requests_app_reportfile_busy'),
                    models.Index(fields=['organization', 'created_at'], name='requests_app_file_oldest'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ReportView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('last_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('logged_at', models.DateTimeField(null=True)),
                ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('reader', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='views', to='requests_app.reader')),
                ('reference_request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='views', to='requests_app.referencerequest')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('reference_request', 'reader', 'member'), name='requests_app_one_view_per_person', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('reader__isnull', True), ('member__isnull', True), _connector='XOR'), name='requests_app_view_of_one_person'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DeletedReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('link_hash', models.BinaryField(max_length=32, unique=True)),
                ('deleted_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'deleted_at'], name='requests_app_deleted_oldest')],
            },
        ),
        migrations.CreateModel(
            name='Response',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('started_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('submitted_at', models.DateTimeField(null=True)),
                ('replaced_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('reference', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='responses', to='requests_app.reference')),
                ('reference_request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='responses', to='requests_app.referencerequest')),
                ('survey_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='templates_app.surveyversion')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('reference__isnull', True)), fields=('reference_request',), name='requests_app_one_self_reference'),
                    models.UniqueConstraint(condition=models.Q(('submitted_at__isnull', True)), fields=('reference',), name='requests_app_one_open_response'),
                    models.UniqueConstraint(condition=models.Q(('replaced_at__isnull', True), ('submitted_at__isnull', False)), fields=('reference',), name='requests_app_one_valid_response'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rating', models.PositiveSmallIntegerField(null=True)),
                ('not_seen', models.BooleanField(default=False)),
                ('choices', models.JSONField(default=list)),
                ('yes_no', models.BooleanField(null=True)),
                ('text', models.TextField(blank=True)),
                ('saved_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='templates_app.question')),
                ('response', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='requests_app.response')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('response', 'question'), name='requests_app_one_answer_per_question'),
                    models.CheckConstraint(condition=models.Q(('rating__isnull', True), models.Q(('not_seen', False), ('rating__range', (1, 5))), _connector='OR'), name='requests_app_rating_1_to_5'),
                    models.CheckConstraint(condition=models.Q(models.Q(('not_seen', False), ('rating__isnull', True), ('yes_no__isnull', True)), models.Q(('choices', []), ('not_seen', False), ('rating__isnull', True)), models.Q(('choices', []), ('yes_no__isnull', True)), _connector='OR'), name='requests_app_answer_of_one_kind'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TimelineEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('kind', models.CharField(choices=[('ok', 'Done'), ('warn', 'To do'), ('err', 'Problem'), ('info', 'Note'), ('quiet', 'Small')], default='info', max_length=10)),
                ('sentence', models.TextField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('reference_request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='timeline', to='requests_app.referencerequest')),
            ],
            options={
                'ordering': ['-at', '-id'],
                'indexes': [
                    models.Index(fields=['reference_request', '-at', '-id'], name='requests_app_timeline'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('given_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('reference', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='agreements', to='requests_app.reference')),
                ('reference_request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='agreements', to='requests_app.referencerequest')),
            ],
            options={
                'ordering': ['given_at', 'id'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('reference__isnull', True)), fields=('reference_request',), name='requests_app_one_agreement_of_the_candidate'),
                ],
            },
        ),
        *tenant_policies("requests_app_agreement"),
        *tenant_policies("requests_app_answer"),
        *tenant_policies("requests_app_deletedreport"),
        *tenant_policies("requests_app_reader"),
        *tenant_policies("requests_app_reference"),
        *tenant_policies("requests_app_referencerequest"),
        *tenant_policies("requests_app_reminder"),
        *tenant_policies("requests_app_reportfile"),
        *tenant_policies("requests_app_reportview"),
        *tenant_policies("requests_app_response"),
        *tenant_policies("requests_app_timelineentry"),
    ]
