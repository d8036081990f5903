from django.urls import path

from . import detail, export_urls, listing, question

app_name = "prospects"
urlpatterns = [
    path("", listing.index, name="list"),
    path("csv/", listing.download, name="download"),
    path("question/", question.question, name="question"),
    path("question/<uuid:uid>/", question.change, name="question_change"),
    path("removed/", detail.removed, name="removed"),
    path("removed/<uuid:uid>/", detail.deleted_there, name="deleted_there"),
    path("<uuid:uid>/", detail.detail, name="detail"),
    path("<uuid:uid>/remove/", detail.remove, name="remove"),
    *export_urls.urlpatterns,
]
