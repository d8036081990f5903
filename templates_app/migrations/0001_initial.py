import crosschq.core.clock
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import templates_app.models
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
            name='RequestTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('ats_tag', models.CharField(max_length=80)),
                ('tag_key', models.CharField(max_length=240)),
                ('description', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('deleted_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('deleted_at__isnull', True)), fields=('organization', 'tag_key'), name='templates_app_one_live_template_per_tag'),
                    models.CheckConstraint(condition=models.Q(('tag_key', ''), _negated=True), name='templates_app_tag_not_empty'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Survey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('built_in', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('deleted_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('organization', 'key'), name='templates_app_survey_key'),
                    models.UniqueConstraint(models.F('organization'), django.db.models.functions.text.Lower('name'), condition=models.Q(('built_in', False), ('deleted_at__isnull', True)), name='templates_app_one_survey_per_name'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='templates_app_survey_named'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DraftQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(default=templates_app.models.question_key, max_length=40)),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('rating', 'Rating'), ('single_choice', 'Single choice'), ('multiple_choice', 'Multiple choice'), ('yes_no', 'Yes or no, with a reason'), ('short_text', 'Short text'), ('long_text', 'Long text'), ('section', 'Section text')], max_length=20)),
                ('text', models.TextField()),
                ('self_text', models.TextField(blank=True)),
                ('purpose', models.TextField(blank=True)),
                ('labels', models.JSONField(blank=True, default=list)),
                ('relationships', models.JSONField(blank=True, default=list)),
                ('in_self_reference', models.BooleanField(default=True)),
                ('required', models.BooleanField(default=True)),
                ('comment_allowed', models.BooleanField(default=False)),
                ('kept_reason', models.TextField(blank=True)),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('survey', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='draft', to='templates_app.survey')),
            ],
            options={
                'ordering': ['position'],
                'abstract': False,
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(django.db.models.lookups.Exact(models.Func('labels', function='jsonb_array_length', output_field=models.IntegerField()), 5), ('kind', 'rating')), models.Q(django.db.models.lookups.GreaterThanOrEqual(models.Func('labels', function='jsonb_array_length', output_field=models.IntegerField()), 2), django.db.models.lookups.LessThanOrEqual(models.Func('labels', function='jsonb_array_length', output_field=models.IntegerField()), 12), ('kind__in', ('single_choice', 'multiple_choice'))), models.Q(django.db.models.lookups.Exact(models.Func('labels', function='jsonb_array_length', output_field=models.IntegerField()), 0), ('kind__in', ('yes_no', 'short_text', 'long_text', 'section'))), _connector='OR'), name='templates_app_draftquestion_labels_of_kind'),
                    models.CheckConstraint(condition=models.Q(('comment_allowed', False), ('kind__in', ('rating', 'single_choice', 'multiple_choice', 'yes_no')), _connector='OR'), name='templates_app_draftquestion_comment_of_kind'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'section'), _negated=True), ('required', False), _connector='OR'), name='templates_app_draftquestion_section_open'),
                    models.CheckConstraint(condition=models.Q(models.Q(('text', ''), _negated=True), models.Q(('in_self_reference', False), models.Q(('self_text', ''), _negated=True), _connector='OR')), name='templates_app_draftquestion_worded'),
                    models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('survey', 'position'), name='templates_app_draft_position'),
                    models.UniqueConstraint(fields=('survey', 'key'), name='templates_app_draft_key'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SurveyVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('minutes', models.PositiveSmallIntegerField()),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('survey', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='templates_app.survey')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('survey', 'number'), name='templates_app_survey_number'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(default=templates_app.models.question_key, max_length=40)),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('rating', 'Rating'), ('single_choice', 'Single choice'), ('multiple_choice', 'Multiple choice'), ('yes_no', 'Yes or no, with a reason'), ('short_text', 'Short text'), ('long_text', 'Long text'), ('section', 'Section text')], max_length=20)),
                ('text', models.TextField()),
                ('self_text', models.TextField(blank=True)),
                ('purpose', models.TextField(blank=True)),
                ('labels', models.JSONField(blank=True, default=list)),
                ('relationships', models.JSONField(blank=True, default=list)),
                ('in_self_reference', models.BooleanField(default=True)),
                ('required', models.BooleanField(default=True)),
                ('comment_allowed', models.BooleanField(default=False)),
                ('kept_reason', models.TextField(blank=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='templates_app.surveyversion')),
            ],
            options={
                'ordering': ['position'],
                'abstract': False,
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(django.db.models.lookups.Exact(models.Func('labels', function='jsonb_array_length', output_field=models.IntegerField()), 5), ('kind', 'rating')), models.Q(django.db.models.lookups.GreaterThanOrEqual(models.Func('labels', function='jsonb_array_length', output_field=models.IntegerField()), 2), django.db.models.lookups.LessThanOrEqual(models.Func('labels', function='jsonb_array_length', output_field=models.IntegerField()), 12), ('kind__in', ('single_choice', 'multiple_choice'))), models.Q(django.db.models.lookups.Exact(models.Func('labels', function='jsonb_array_length', output_field=models.IntegerField()), 0), ('kind__in', ('yes_no', 'short_text', 'long_text', 'section'))), _connector='OR'), name='templates_app_question_labels_of_kind'),
                    models.CheckConstraint(condition=models.Q(('comment_allowed', False), ('kind__in', ('rating', 'single_choice', 'multiple_choice', 'yes_no')), _connector='OR'), name='templates_app_question_comment_of_kind'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'section'), _negated=True), ('required', False), _connector='OR'), name='templates_app_question_section_open'),
                    models.CheckConstraint(condition=models.Q(models.Q(('text', ''), _negated=True), models.Q(('in_self_reference', False), models.Q(('self_text', ''), _negated=True), _connector='OR')), name='templates_app_question_worded'),
                    models.UniqueConstraint(fields=('version', 'position'), name='templates_app_question_position'),
                    models.UniqueConstraint(fields=('version', 'key'), name='templates_app_question_key'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TemplateVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=120)),
                ('position', models.CharField(blank=True, max_length=200)),
                ('due_days', models.PositiveSmallIntegerField(default=14)),
                ('reminder_days', models.JSONField(default=templates_app.models.default_reminder_days)),
                ('self_reference', models.BooleanField(default=True)),
                ('hiring_manager_name', models.CharField(blank=True, max_length=200)),
                ('hiring_manager_email', models.EmailField(blank=True, max_length=254)),
                ('job_hiring_managers', models.BooleanField(default=False)),
                ('notify_hiring_managers', models.BooleanField(default=False)),
                ('finish_answers', models.PositiveSmallIntegerField(default=0)),
                ('finish_relationship', models.CharField(choices=[('manager', 'Manager'), ('direct_report', 'Direct report'), ('coworker', 'Coworker or peer'), ('customer', 'Customer or supplier'), ('mentor', 'Mentor'), ('any', 'Any relationship type')], default='any', max_length=20)),
                ('finish_days', models.PositiveSmallIntegerField(default=0)),
                ('rules', models.JSONField(default=list)),
                ('messages', models.JSONField(default=dict)),
                ('text_messages_enabled', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('saved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('survey_version', models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='template_versions', to='templates_app.surveyversion')),
                ('template', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='templates_app.requesttemplate')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('template', 'number'), name='templates_app_template_number'),
                    models.CheckConstraint(condition=models.Q(('due_days__range', (1, 30))), name='templates_app_due_days_in_life_of_links'),
                ],
            },
        ),
        *tenant_policies("templates_app_draftquestion"),
        *tenant_policies("templates_app_question"),
        *tenant_policies("templates_app_requesttemplate"),
        *tenant_policies("templates_app_survey"),
        *tenant_policies("templates_app_surveyversion"),
        *tenant_policies("templates_app_templateversion"),
    ]
