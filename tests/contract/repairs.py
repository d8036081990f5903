"""Where the vendor's document is wrong, and what is right.

The document merges the vendor's documents, one for each API: schemas of the same name were mixed, and parameters
overwritten. Every repair below follows the vendor's own page on that API. Nothing else in the document is changed.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
TEXT_OR_NULL: Schema = {"type": "string", "nullable": True}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def listed(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def shaped(required: str = "", /, **properties: Schema) -> Schema:
    """An object; `required` names the properties that are never left out."""
    schema: Schema = {"type": "object", "properties": properties}
    return schema | {"required": required.split()} if required else schema


def linked(*names: str, required: str = "") -> Schema:
    return shaped(required, **{name: ref("Action") for name in names})


LABELLED = shaped("id", id=TEXT, label=TEXT)
ASSIGNMENT = {
    "status": ref("CandidateStatusEnum"),
    "subStatus": TEXT,
    "startsOn": TIME,
    "source": TEXT,
    "reasonOfRejection": LABELLED,
    "reasonOfWithdrawal": LABELLED,
    "actions": linked("sourceDetails"),
}
JOB = {
    "id": TEXT,
    "title": TEXT,
    "refNumber": TEXT,
    "createdOn": TIME,
    "updatedOn": TIME,
    "lastActivityOn": TIME,
    "department": shaped("label", id=TEXT, label=TEXT, description=TEXT),
    "location": ref("Location"),
    "status": ref("JobStatus"),
    "postingStatus": ref("PostingStatus"),
}
USER = {
    "id": TEXT,
    "email": TEXT,
    "firstName": TEXT,
    "lastName": TEXT,
    "systemRole": ref("SystemRole"),
    "externalData": TEXT_OR_NULL,
    "ssoIdentifier": TEXT_OR_NULL,
    "ssoLoginMode": {"type": "string", "enum": ["SSO", "PASSWORD", None], "nullable": True},
    "language": shaped("code", code=ref("UserLanguageCode")),
    "active": FLAG,
    "updatedOn": TIME,
}
CANDIDATE = {
    "id": TEXT,
    "internal": FLAG,
    "firstName": TEXT,
    "lastName": TEXT,
    "email": TEXT,
    "createdOn": TIME,
    "updatedOn": TIME,
    "location": ref("CandidateLocation"),
    "tags": listed(TEXT),
    "averageRating": {"type": "number"},
}
DETAILED_JOB = shaped("id title", id=TEXT, title=TEXT, actions=linked("details", "positionDetails", required="details"))
# A candidate in the talent pool has a status and no job.
DETAILED_ASSIGNMENT = shaped("status", job=DETAILED_JOB, **ASSIGNMENT)

# Schemas that mix several APIs. Each is replaced by the one of the API that our operations belong to.
SCHEMAS: dict[str, Schema] = {
    # /reference/candidatesall: a list item, not an interview's attendee.
    "Candidate": shaped(
        "id internal firstName lastName createdOn actions",
        **CANDIDATE,
        consent=shaped(status=ref("ConsentStatus")),
        primaryAssignment=shaped(
            "job status",
            job=shaped("id title actions", id=TEXT, title=TEXT, actions=linked("details", required="details")),
            status=ref("CandidateStatusEnum"),
            subStatus=TEXT,
        ),
        secondaryAssignments=listed(
            shaped("job", job=shaped("id actions", id=TEXT, actions=linked("details", required="details")))
        ),
        actions=linked("details", "properties", required="details properties"),
    ),
    # /reference/candidatesget: an assignment refers to its job and isn't a job itself.
    "CandidateDetails": shaped(
        "id internal firstName lastName createdOn updatedOn actions",
        **CANDIDATE,
        phoneNumber=TEXT,
        web=ref("WebProfile"),
        education=listed(ref("Education")),
        experience=listed(ref("Experience")),
        primaryAssignment=DETAILED_ASSIGNMENT,
        secondaryAssignments=listed(DETAILED_ASSIGNMENT),
        actions=linked("properties", "attachments", "consent", "consents", required="properties"),
    ),
    # /reference/candidatesgetapplication: without the ids of the messages API's application.
    "Application": shaped("status url", applicationId=TEXT, url=TEXT, **ASSIGNMENT),
    # The messages API's application, whose name went to the one above.
    "Context": shaped(applications=listed(shaped(candidateId=TEXT, jobId=TEXT))),
    # /reference/messages: not the PUBLIC and INTERNAL of another API.
    "Visibility": {"type": "string", "enum": ["PRIVATE", "DIRECT", "OPEN", "EVERYONE"]},
    # The candidates API requires no field of an education.
    "Education": shaped(
        institution=TEXT,
        degree=TEXT,
        major=TEXT,
        current=FLAG,
        startDate=ref("When"),
        endDate=ref("When"),
        location=TEXT,
        description=TEXT,
    ),
    # Jobs and the company: no property is guaranteed in responses, and coordinates are strings.
    "Location": shaped(
        **dict.fromkeys(
            ["country", "regionCode", "region", "city", "address", "postalCode", "longitude", "latitude"], TEXT
        ),
        countryCode={"type": "string", "minLength": 2, "maxLength": 2},
        manual=FLAG,
        remote=FLAG,
    ),
    # /reference/jobsget
    "JobAdInput": shaped(
        sections=shaped(
            **dict.fromkeys(
                ["companyDescription", "jobDescription", "qualifications", "additionalInformation"],
                ref("JobAdSection"),
            ),
            videos=shaped(title=TEXT, urls=listed(TEXT)),
        ),
        language=ref("Language"),
    ),
    "JobDetails": shaped(
        "id title",
        **JOB,
        targetHiringDate=TIME,
        **dict.fromkeys(["industry", "function", "typeOfEmployment", "experienceLevel", "eeoCategory"], LABELLED),
        template=FLAG,
        creator=ref("UserIdentity"),
        compensation=ref("Compensation"),
        jobAd=ref("JobAdInput"),
        properties=listed(ref("JobProperty")),
        actions=linked("hiringTeam", "publications", "positions", "applyOnWeb", "details"),
    ),
    # /reference/jobsall
    "JobSummary": shaped("id title", **JOB, language=ref("Language"), actions=linked("details", required="details")),
    # /reference/usersget of user-api/v201804: a system role, where the older API has a role.
    "UserEntity": shaped(
        "id firstName lastName systemRole active",
        **USER,
        location=ref("Location"),
        accessGroups=listed(shaped("id", id=TEXT, name=TEXT)),
    ),
    "Users": shaped(
        "limit content",
        limit=NUMBER,
        nextPageId=TEXT,
        content=listed(
            shaped("id firstName lastName systemRole active", **USER, accessGroups=listed(shaped("id", id=TEXT)))
        ),
    ),
    # /reference/subscriptionscreate: a name and a version, not an entry of the audit log.
    "Event": shaped("name", name=ref("EventName"), version=TEXT),
    "CallbackRequest": shaped(
        "status timestamp requestDetails",
        status=ref("CallbackRequestStatus"),
        timestamp=TIME,
        requestDetails=shaped(
            "url body headers", url=TEXT, body=TEXT, headers={"type": "object", "additionalProperties": TEXT}
        ),
    ),
    # /reference/candidatesattachmentslist: neither a file to apply with nor one of an assessment.
    "Attachment": ref("CandidateAttachmentForJob"),
    # Flat, so that unknown properties can be refused.
    "HiringTeamMember": shaped("id role", id=TEXT, role=TEXT),
    "HiringTeamMemberResponse": shaped("id role", id=TEXT, role=TEXT, actions=linked("details", required="details")),
    # `sourceIdentifier` was added: developers.smartrecruiters.com/changelog/configuration-api-source-identifier
    "Source": shaped(
        "id label sourceSubType actions",
        id=TEXT,
        sourceIdentifier={"type": "string", "format": "uuid"},
        label=TEXT,
        sourceSubType=ref("Identifiable"),
        actions=linked("sourceDetails", required="sourceDetails"),
    ),
}

# The first Users API, deprecated and at the root. The document has its parameters, codes and scopes; the index only has
# the newer one's path, and the schemas were mixed.
OLDER = {f"GET /users{end}": f"GET /user-api/v201804/users{end}" for end in ("", "/me", "/{id}")}
OLD_USER = {name: schema for name, schema in USER.items() if name != "systemRole"} | {"role": ref("UserRole")}
OLD_REQUIRED = "id firstName lastName role language active"
ANSWERS: dict[str, Schema] = {
    "GET /users": shaped(
        "totalFound limit offset content",
        **dict.fromkeys(["totalFound", "limit", "offset"], NUMBER),
        content=listed(shaped(OLD_REQUIRED, **OLD_USER)),
    ),
    **dict.fromkeys(["GET /users/me", "GET /users/{id}"], shaped(OLD_REQUIRED, **OLD_USER, location=ref("Location"))),
}

# The query parameters of operations for which the merge used another API's.
QUERY: dict[str, dict[str, Schema]] = {
    # /reference/usersall of user-api/v201804, and /reference/pagination
    "GET /user-api/v201804/users": {
        "limit": {"type": "integer", "minimum": 1, "maximum": 100},
        "pageId": TEXT,
        "q": {"type": "string", "minLength": 3},
        "updatedAfter": TIME,
    },
    # Its cursor has the same format as in the rest of that API.
    "GET /configuration/job-properties/{id}/values": {
        "pageId": TEXT,
        "pageSize": {"type": "integer", "minimum": 1, "maximum": 20000},
    },
}

# The scopes of which any one is enough, if the guide says more than the reference.
SCOPES: dict[str, set[str]] = {
    # /docs/authentication-oauth-authorization-code: the call that says who granted access.
    "GET /user-api/v201804/users/me": {"users_read", "user_me_read"},
}

# Errors that were added after the document was published.
ERRORS: dict[str, dict[int, str]] = {
    # developers.smartrecruiters.com/changelog: email and last name together are unique.
    "PATCH /candidates/{id}": {409: "CANDIDATE_DATA_CONFLICT"},
}

# /docs/error-handling and /docs/rate-limiting: any operation may respond like this, whatever its own page says.
EVERYWHERE = ("401", "403", "429")


def answer(schema: Schema) -> Schema:
    return {"description": "answer", "content": {"application/json": {"schema": schema}}}


ERROR: Schema = {"description": "error", "content": {"application/json": {"schema": ref("ErrorResponse")}}}

APP = {"client_id": TEXT, "client_secret": TEXT}
CODE = {"grant_type": {"type": "string", "enum": ["authorization_code"]}, "code": TEXT, "redirect_uri": TEXT, **APP}
RENEWAL = {"grant_type": {"type": "string", "enum": ["refresh_token"]}, "refresh_token": TEXT, **APP}
TOKENS = {"access_token": TEXT, "token_type": TEXT, "expires_in": NUMBER, "refresh_token": TEXT}
REFUSED = {
    "description": "refused",
    "content": {"application/json": {"schema": shaped("error", error=TEXT, error_description=TEXT)}},
}
# The guide's page on the authorization code; the reference lacks this operation. Errors: RFC 6749, 5.2.
TOKEN: Schema = {
    "parameters": [],
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "oneOf": [
                        shaped("grant_type code client_id client_secret", **CODE),
                        shaped("grant_type refresh_token client_id client_secret", **RENEWAL),
                    ]
                }
            }
        },
    },
    "responses": {
        "200": {
            "description": "tokens",
            "content": {"application/json": {"schema": shaped(" ".join(TOKENS), **TOKENS)}},
        },
        "400": REFUSED,
        "401": REFUSED,
    },
}
