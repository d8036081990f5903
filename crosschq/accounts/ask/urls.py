from django.urls import path

from crosschq.accounts.ask import views

app_name = "ask"
urlpatterns = [
    path("<slug:wish>/<path:about>", views.send, name="send"),
]
