"""How long a text may be, in characters. Columns, forms, and input from an ATS all use these numbers."""

PERSON_NAME = 200
PART_OF_NAME = 100  # a first or last name
ORGANIZATION = 120
EMAIL = 254  # RFC 5321, section 4.5.3.1
EMAIL_LOCAL_PART = 64
PHONE = 40
E164 = 20  # a phone number that gets text messages
YEARS = 60  # when two people worked together
AREA_OF_INTEREST = 200
WEB_ADDRESS = 500
SENDER_NAME = 150
SUBJECT = 250
COMPANY_NAME = 200  # an employer, or a company in the ATS
JOB_TITLE = 200
ATS_JOB_TITLE = 300  # in the ATS, before it is shortened for a request
ATS_ID = 100
ATS_NAME = 100  # of a hiring step, and of a job field
ATS_STATUS = 40
ATS_LABEL = 200  # of a source, or of its type
ATS_TEXT = 1000  # any other text from the ATS
TEMPLATE_NAME = 120
TEMPLATE_TAG = 80
CANDIDATE_TAG = 150


def fitted(text: str, most: int) -> str:
    """Shorten a longer text to its start and an ellipsis. For text that no one can correct now."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
