from django.urls import path

from crosschq.accounts.email_code.views import code

app_name = "email_code"
urlpatterns = [
    path("o/<slug:slug>/code/", code.code, name="code"),
    path("o/<slug:slug>/code/sign-out/", code.sign_out, name="sign_out"),
    path("signed-out/", code.signed_out, name="signed_out"),
]
