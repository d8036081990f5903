from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "crosschq.organizations"
    label = "organizations"
