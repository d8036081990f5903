from django.urls import path

from requests_app.report.settings import views
from requests_app.report.sharing import views as sharing

app_name = "reports"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("shared/", sharing.shared_reports, name="shared"),
    path("private/", views.private_reports, name="private"),
    path("networks/", views.compare_networks, name="networks"),
]
