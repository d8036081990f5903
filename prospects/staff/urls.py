from django.urls import path

from prospects.export import urls as export_urls
from prospects.opt_in.views import audience
from prospects.staff.views import detail, prospect_list

app_name = "prospects"
urlpatterns = [
    path("", prospect_list.index, name="list"),
    path("csv/", prospect_list.download, name="download"),
    path("question/", audience.audience, name="question"),
    path("question/<uuid:uid>/", audience.change, name="question_change"),
    path("removed/", detail.removed, name="removed"),
    path("removed/<uuid:uid>/", detail.mark_deleted, name="deleted_there"),
    path("<uuid:uid>/", detail.detail, name="detail"),
    path("<uuid:uid>/remove/", detail.remove, name="remove"),
    *export_urls.urlpatterns,
]
