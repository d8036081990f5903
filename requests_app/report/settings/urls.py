from django.urls import path

from requests_app.report.settings import views

app_name = "reports"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("private/", views.private_reports, name="private"),
    path("networks/", views.compare_networks, name="networks"),
]
