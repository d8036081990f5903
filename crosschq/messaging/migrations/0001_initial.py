import crosschq.core.clock
import crosschq.core.security.encryption
import crosschq.messaging.models
import django.db.models.deletion
import django.db.models.functions.comparison
import uuid
from django.db import migrations, models

from crosschq.core.database.address_keys import mailbox_of
from crosschq.core.database.rls import tenant_policies


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organizations', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CountedSend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cap', models.CharField(max_length=20)),
                ('organization_key', models.BigIntegerField(null=True)),
                ('address_hash', models.BinaryField(max_length=32)),
                ('network_hash', models.BinaryField(blank=True, max_length=32)),
                ('at', models.DateTimeField(default=crosschq.core.clock.now)),
            ],
            options={
                'indexes': [models.Index(fields=['organization_key', 'cap', '-at'], name='messaging_sends_of'), models.Index(fields=['address_hash', '-at'], name='messaging_sends_to'), models.Index(condition=models.Q(('network_hash', b''), _negated=True), fields=['network_hash', '-at'], name='messaging_sends_from'), models.Index(fields=['at'], name='messaging_sends_at')],
            },
        ),
        migrations.CreateModel(
            name='DeliveryEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_uid', models.UUIDField()),
                ('provider', models.CharField(max_length=40)),
                ('event_id', models.CharField(max_length=200)),
                ('event_type', models.CharField(max_length=40)),
                ('reject_reason', models.CharField(blank=True, max_length=40)),
                ('happened_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'received_at'], name='messaging_delivery_received')],
                'constraints': [models.UniqueConstraint(fields=('organization', 'message_uid', 'provider', 'event_id'), name='messaging_delivery_once')],
            },
        ),
        migrations.CreateModel(
            name='Message',
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
                ('queue', models.CharField(default='messages', max_length=20)),
                ('concurrency_key', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.Coalesce(models.F('organization'), 0), output_field=models.BigIntegerField())),
                ('channel', models.CharField(choices=[('email', 'Email'), ('text', 'Text message')], default='email', max_length=10)),
                ('kind', models.CharField(max_length=60)),
                ('to_email', models.EmailField(blank=True, max_length=254)),
                ('to_mailbox', models.GeneratedField(db_persist=True, expression=mailbox_of('to_email'), output_field=models.CharField(max_length=254))),
                ('to_phone', models.CharField(blank=True, max_length=20)),
                ('to_name', models.CharField(blank=True, max_length=200)),
                ('sender_name', models.CharField(blank=True, max_length=150)),
                ('reply_to', models.CharField(blank=True, max_length=254)),
                ('subject', models.CharField(max_length=250)),
                ('text', crosschq.core.security.encryption.EncryptedTextField(blank=True)),
                ('html', crosschq.core.security.encryption.EncryptedTextField(blank=True)),
                ('list_unsubscribe', crosschq.core.security.encryption.EncryptedTextField(blank=True)),
                ('message_id', models.CharField(default=crosschq.messaging.models.new_message_id, max_length=250)),
                ('in_reply_to', models.CharField(blank=True, max_length=250)),
                ('provider_id', models.CharField(blank=True, max_length=150)),
                ('delivery', models.CharField(blank=True, choices=[('queued', 'Accepted by the provider'), ('sent', 'Sent'), ('soft_bounced', 'Did not arrive: the mailbox was full or unavailable'), ('delivered', 'Delivered'), ('bounced', 'Did not arrive'), ('complained', 'Marked as spam')], max_length=12)),
                ('delivery_at', models.DateTimeField(null=True)),
                ('is_sending_at_fault', models.BooleanField(default=False)),
                ('quiet_zone', models.CharField(blank=True, max_length=60)),
                ('about_kind', models.CharField(blank=True, max_length=20)),
                ('about_uid', models.UUIDField(null=True)),
                ('organization', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('message_id',), name='messaging_message_once')],
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['queue', 'concurrency_key', 'available_at', 'id'], name='messaging_message_due'), models.Index(condition=models.Q(('state', 'working')), fields=['queue', 'concurrency_key'], name='messaging_message_busy'), models.Index(condition=models.Q(('state', 'held')), fields=['queue', 'concurrency_key', 'held_for'], name='messaging_message_held'), models.Index(condition=models.Q(('held_for__in', ['restore', 'restore:went_out', 'restore:not_sent']), ('state', 'held')), fields=['organization', 'created_at', 'id'], name='messaging_message_restored'), models.Index(fields=['organization', 'about_uid'], name='messaging_message_about'), models.Index(condition=models.Q(('to_email__gt', '')), fields=['organization', 'to_mailbox'], name='messaging_message_to'), models.Index(condition=models.Q(('provider_id', ''), _negated=True), fields=['provider_id'], name='messaging_message_provider'), models.Index(condition=models.Q(('channel', 'email'), models.Q(('state', 'dead'), ('delivery__in', ('bounced', 'complained')), _connector='OR')), fields=['about_uid'], name='messaging_message_failed'), models.Index(condition=models.Q(('channel', 'text')), fields=['created_at'], name='messaging_message_texts'), models.Index(fields=['organization', 'created_at'], name='messaging_message_oldest')],
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'Email'), ('text', 'Text message')], max_length=10)),
                ('address_hash', models.BinaryField(max_length=32)),
                ('reason', models.CharField(choices=[('bounced', 'Messages to this address bounce. Correct the address.'), ('complained', 'The recipient marked our email as spam.'), ('not_them', 'The recipient told us that they are a different person.'), ('stopped', 'They opted out of emails about this request.'), ('stop', 'They replied STOP to a text message.'), ('erased', 'Their data was erased.')], max_length=12)),
                ('about_uid', models.UUIDField(null=True)),
                ('created_at', models.DateTimeField(default=crosschq.core.clock.now)),
                ('organization', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('address_hash', 'channel', 'organization', 'reason', 'about_uid'), name='messaging_suppression_once', nulls_distinct=False)],
            },
        ),
        *tenant_policies("messaging_deliveryevent"),
        *tenant_policies("messaging_message"),
        *tenant_policies("messaging_suppression"),
    ]
