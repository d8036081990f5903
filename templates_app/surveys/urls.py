from django.urls import path

from templates_app.surveys.views import editor, questions, survey_list

app_name = "surveys"
urlpatterns = [
    path("", survey_list.list_surveys, name="list"),
    path("new/", survey_list.new_survey, name="new"),
    path("<slug:key>/", survey_list.read, name="read"),
    path("<slug:key>/duplicate/", survey_list.duplicate, name="duplicate"),
    path("<uuid:uid>/edit/", editor.edit, name="edit"),
    path("<uuid:uid>/rename/", editor.rename, name="rename"),
    path("<uuid:uid>/publish/", editor.publish, name="publish"),
    path("<uuid:uid>/discard/", editor.discard, name="discard"),
    path("<uuid:uid>/delete/", survey_list.delete, name="delete"),
    path("<uuid:uid>/guard/", questions.prohibited_topics_note, name="guard"),
    path("<uuid:uid>/questions/new/<slug:kind>/", questions.add, name="add_question"),
    path("<uuid:uid>/questions/<uuid:question_uid>/", questions.change, name="question"),
    path("<uuid:uid>/questions/<uuid:question_uid>/arrange/", questions.arrange, name="arrange"),
]
