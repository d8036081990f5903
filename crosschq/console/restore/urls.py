from django.urls import path

from crosschq.console.restore import views

app_name = "restored"
urlpatterns = [
    path("", views.index, name="held"),
    path("decide/", views.decide, name="decide"),
]
