import crosschq.core.clock
import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models

from crosschq.core.database.address_keys import mailbox_of
from crosschq.core.database.rls import tenant_policies


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Organization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('slug', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('time_zone', models.CharField(default='UTC', max_length=60)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('connected_at', models.DateTimeField(null=True)),
                ('color', models.CharField(blank=True, max_length=7)),
                ('logo_digest', models.CharField(blank=True, max_length=40)),
                ('logo_width', models.PositiveSmallIntegerField(default=0)),
                ('logo_height', models.PositiveSmallIntegerField(default=0)),
                ('privacy_url', models.URLField(blank=True, max_length=500)),
                ('reply_to', models.EmailField(blank=True, max_length=254)),
                ('answers_shown_since', models.DateTimeField(null=True)),
                ('reports_private', models.BooleanField(default=False)),
                ('networks_compared_since', models.DateTimeField(null=True)),
                ('retention', models.JSONField(default=dict)),
                ('candidate_deleted', models.CharField(choices=[('nothing', 'Nothing'), ('tell', 'Tell the admins'), ('erase', 'Erase the person')], default='tell', max_length=10)),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, verbose_name='email')),
                ('mailbox', models.GeneratedField(db_persist=True, expression=mailbox_of('email'), output_field=models.CharField(max_length=254))),
                ('name', models.CharField(max_length=200, verbose_name='full name')),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='organizations_user_email')],
                'indexes': [models.Index(fields=['mailbox'], name='organizations_user_mailbox')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('admin', 'Admin'), ('recruiter', 'Recruiter'), ('viewer', 'Viewer')], max_length=10)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='organizations.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'organization'), name='organizations_membership_once')],
            },
        ),
        migrations.CreateModel(
            name='EmailCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.UUIDField()),
                ('known', models.BooleanField()),
                ('address_hash', models.BinaryField(max_length=32)),
                ('code_hash', models.BinaryField(max_length=32)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organization', 'about', 'address_hash', '-created_at'], name='organizations_code_newest'),
                    models.Index(fields=['organization', 'created_at'], name='organizations_code_oldest'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Logo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(db_index=True, max_length=40)),
                ('content_type', models.CharField(max_length=20)),
                ('data', models.BinaryField()),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization',), name='organizations_logo_once')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('email', models.EmailField(max_length=254)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('admin', 'Admin'), ('recruiter', 'Recruiter'), ('viewer', 'Viewer')], max_length=10)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('sent_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('organization'), django.db.models.functions.text.Lower('email'), condition=models.Q(('accepted_at', None), ('cancelled_at', None)), name='organizations_invitation_open')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('action', models.CharField(max_length=60)),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', '-at'], name='organizations_audit_newest'), models.Index(fields=['organization', 'action', '-at'], name='organizations_audit_of_action'), models.Index(fields=['organization', 'actor', '-at'], name='organizations_audit_of_actor'), models.Index(condition=models.Q(('before__reply_to__gt', ''), ('after__reply_to__gt', ''), ('before__fallback_owner_email__gt', ''), ('after__fallback_owner_email__gt', ''), ('before__hiring_manager_email__gt', ''), ('after__hiring_manager_email__gt', ''), _connector='OR'), fields=['organization'], name='organizations_audit_addresses')],
            },
        ),
        *tenant_policies("organizations_auditentry", append_only=True, deletable="at < now() - interval '12 months'"),
        *tenant_policies("organizations_emailcode"),
        *tenant_policies("organizations_invitation"),
        *tenant_policies("organizations_logo"),
    ]
