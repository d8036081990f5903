from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "crosschq.tenancy"
    label = "organizations"
