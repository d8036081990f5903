from django.urls import path

from crosschq.console.styleguide import views

app_name = "styleguide"

urlpatterns = [
    path("", views.show, name="index"),
    path("mail/", views.email, name="mail"),
    path("<slug:name>/", views.show, name="page"),
]
