from django.urls import path

from . import survey_editor, survey_list, survey_questions

app_name = "surveys"
urlpatterns = [
    path("", survey_list.list_surveys, name="list"),
    path("new/", survey_list.new_survey, name="new"),
    path("<slug:key>/", survey_list.read, name="read"),
    path("<slug:key>/duplicate/", survey_list.duplicate, name="duplicate"),
    path("<uuid:uid>/edit/", survey_editor.edit, name="edit"),
    path("<uuid:uid>/rename/", survey_editor.rename, name="rename"),
    path("<uuid:uid>/publish/", survey_editor.publish, name="publish"),
    path("<uuid:uid>/discard/", survey_editor.discard, name="discard"),
    path("<uuid:uid>/delete/", survey_list.delete, name="delete"),
    path("<uuid:uid>/guard/", survey_questions.guard_note, name="guard"),
    path("<uuid:uid>/questions/new/<slug:kind>/", survey_questions.add, name="add_question"),
    path("<uuid:uid>/questions/<uuid:question_uid>/", survey_questions.change, name="question"),
    path("<uuid:uid>/questions/<uuid:question_uid>/arrange/", survey_questions.arrange, name="arrange"),
]
