from django.urls import path

from crosschq.accounts.audit_log import views as audit_log

app_name = "audit"
urlpatterns = [
    path("", audit_log.index, name="list"),
]
