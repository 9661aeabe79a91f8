//! Problem documents (RFC 9457): the one form of every answer that is not 2xx.

use std::cell::RefCell;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use super::request::Language;
use crate::platform::error::{Destination, Error, Finding, Kind, Proposal, Say, code};

/// Media type of problem documents.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// How long a caller is asked to wait when we are busy, seconds.
const RETRY_AFTER: u32 = 1;
/// Characters of a path that a problem shows.
const LONGEST_INSTANCE: usize = 2000;
/// As many findings are told; a body that has more is not corrected by hand.
const MOST_ERRORS: usize = 500;

/// A refusal: what went wrong, in the language of the request, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "/problems/refused", "title": "Yêu cầu bị từ chối", "status": 422, "instance": "/v1/rotations", "code": "refused",
    "request_id": "019aa1c2", "errors": [{"pointer": "/moves/0/to_post_id", "code": "not_vacated", "message": "Vị trí vẫn có người giữ vào ngày đó"}]
}))]
pub struct Problem {
    /// Address of a page that explains the code.
    #[serde(rename = "type")]
    #[schema(max_length = 200)]
    pub kind: String,
    /// Short title of the code.
    #[schema(max_length = 200)]
    pub title: String,
    /// HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// A sentence about this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub detail: Option<String>,
    /// Path of the request, the first 2,000 characters.
    #[schema(max_length = 2000)]
    pub instance: String,
    /// Stable code.
    #[schema(max_length = 80)]
    pub code: &'static str,
    /// Id of the request, for our support.
    #[schema(max_length = 128)]
    pub request_id: String,
    /// Everything that is wrong, all at once.
    #[schema(max_items = 500)]
    pub errors: Vec<Fault>,
    /// What would be left without its place, each with what is proposed; to be accepted, or said otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 100_000)]
    pub proposals: Option<Vec<ProposedPlacement>>,
    /// At `/oauth/`: the error as RFC 6749 (5.2) names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 80)]
    pub error: Option<&'static str>,
    /// At `/oauth/`: what is wrong, in English and plain ASCII (RFC 6749, 5.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub error_description: Option<String>,
}

/// One thing that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fault {
    /// JSON pointer into the body, or the name of a parameter or header.
    #[schema(max_length = 400)]
    pub pointer: String,
    /// The rule that is broken.
    #[schema(max_length = 80)]
    pub code: &'static str,
    /// What is wrong, with the facts compared.
    #[schema(max_length = 2000)]
    pub message: String,
    /// Instrument and article of a rule of law.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    pub citation: Option<String>,
}

/// What may become of something that would be left without its place.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposedPlacement {
    /// Kind of the thing.
    #[schema(max_length = 80, example = "appointment")]
    pub subject: &'static str,
    /// The thing.
    pub subject_id: uuid::Uuid,
    /// Its name.
    #[schema(max_length = 800)]
    pub label: String,
    /// What becomes of it: it `moves`, `ends`, or is `withdrawn`; `blocked`: something else must be done first.
    #[schema(max_length = 80, example = "moves")]
    pub outcome: &'static str,
    /// Where it goes.
    pub to: Option<ProposedDestination>,
}

/// Where something goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposedDestination {
    /// What is there; null: the request itself would make it.
    pub id: Option<uuid::Uuid>,
    /// The key that the request gives to what it would make.
    #[schema(max_length = 200)]
    pub key: Option<String>,
    /// Its name.
    #[schema(max_length = 800)]
    pub label: String,
}

fn proposed(proposals: &[Proposal]) -> Option<Vec<ProposedPlacement>> {
    let one = |proposal: &Proposal| {
        let Proposal { subject, id, label, outcome, to } = proposal.clone();
        let to = to.map(|Destination { id, key, label }| ProposedDestination { id, key, label });
        ProposedPlacement { subject, subject_id: id, label, outcome, to }
    };
    (!proposals.is_empty()).then(|| proposals.iter().map(one).collect())
}

/// The status of each kind: the only place where the two meet.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Stale => StatusCode::PRECONDITION_FAILED,
        Kind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The text in one language.
pub fn say(say: &Say, language: Language) -> String {
    match language {
        Language::Vietnamese => say.vi.to_string(),
        Language::English => say.en.to_string(),
    }
}

fn fault(finding: &Finding, language: Language) -> Fault {
    Fault {
        pointer: finding.pointer.to_string(),
        code: finding.code.name,
        message: say(&finding.message, language),
        citation: finding.citation.clone(),
    }
}

/// The error as RFC 6749 names it. Clients of its grants know these names and no others.
fn oauth_error(error: &Error) -> &'static str {
    let name = error.code().name;
    match (error.kind(), name) {
        (_, "invalid_client" | "invalid_scope" | "unauthorized_client" | "unsupported_grant_type") => name,
        (Kind::TooMany | Kind::Unavailable, _) => "temporarily_unavailable",
        (Kind::Internal, _) => "server_error",
        _ => "invalid_request",
    }
}

/// What is wrong, in the characters that RFC 6749 allows.
fn oauth_description(error: &Error) -> String {
    let text = error.said().map_or(error.code().en, |said| &said.en);
    text.chars().filter(|c| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~')).collect()
}

/// The path as far as the document lets it be shown, no escape cut in two: whoever sent a longer one knows it.
fn shortened(path: &str) -> &str {
    let Some((end, _)) = path.char_indices().nth(LONGEST_INSTANCE) else { return path };
    let whole = path.get(..end).unwrap_or(path);
    match whole.rfind('%') {
        Some(escape) if escape + 3 > end => whole.get(..escape).unwrap_or(whole),
        _ => whole,
    }
}

/// The answer for an error.
pub fn render(error: &Error, language: Language, instance: &str, request_id: &str) -> HttpResponse {
    let status = status(error.kind());
    let code = error.code();
    let oauth = instance.starts_with("/oauth/");
    let body = Problem {
        kind: format!("/problems/{}", code.name),
        title: say(&Say::new(code.vi, code.en), language),
        status: status.as_u16(),
        detail: error.said().map(|detail| say(detail, language)),
        instance: shortened(instance).to_owned(),
        code: code.name,
        request_id: request_id.to_owned(),
        errors: error.findings().iter().take(MOST_ERRORS).map(|finding| fault(finding, language)).collect(),
        proposals: proposed(error.proposals()),
        error: oauth.then(|| oauth_error(error)),
        error_description: oauth.then(|| oauth_description(error)),
    };
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.insert_header((header::CONTENT_LANGUAGE, language.tag()));
    match error.kind() {
        Kind::Unauthenticated => {
            let challenge = if oauth { "Basic realm=\"canbo\"" } else { "Bearer realm=\"canbo\"" };
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        Kind::TooMany | Kind::Unavailable => {
            let seconds = error.retry_after().unwrap_or(RETRY_AFTER);
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        _ => {}
    }
    if let Some(methods) = error.allow() {
        response.insert_header((header::ALLOW, methods));
    }
    let bytes = serde_json::to_vec(&body).unwrap_or_default();
    response.insert_header((header::CONTENT_TYPE, MEDIA_TYPE)).body(bytes)
}

/// actix asks this where no middleware of ours saw the error; [`super::request::observe`] renders it anew.
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        status(self.kind())
    }

    fn error_response(&self) -> HttpResponse {
        render(self, Language::Vietnamese, "", "")
    }
}

/// An error whose answer is complete already.
pub struct Rendered(RefCell<Option<HttpResponse>>);

impl Rendered {
    /// Wraps an answer.
    pub fn of(answer: HttpResponse) -> Self {
        Self(RefCell::new(Some(answer)))
    }
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rendered")
    }
}

impl std::fmt::Display for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a rendered problem")
    }
}

impl ResponseError for Rendered {
    fn error_response(&self) -> HttpResponse {
        self.0.borrow_mut().take().unwrap_or_else(|| HttpResponse::InternalServerError().finish())
    }
}

/// The error that a framework's own answer means.
pub fn of_status(status: StatusCode) -> Error {
    Error::new(match status {
        StatusCode::NOT_FOUND => code::NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED => code::METHOD_NOT_ALLOWED,
        StatusCode::PAYLOAD_TOO_LARGE => code::TOO_LARGE,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => code::UNSUPPORTED_MEDIA_TYPE,
        StatusCode::NOT_ACCEPTABLE => code::NOT_ACCEPTABLE,
        StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => code::UNAVAILABLE,
        StatusCode::TOO_MANY_REQUESTS => code::TOO_MANY,
        status if status.is_client_error() => code::INVALID_REQUEST,
        _ => code::INTERNAL,
    })
}

/// Headers that every answer carries.
pub const STANDARD_HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

macro_rules! problem_response {
    ($name:ident, $doc:literal, $($variant:ident $status:literal $text:literal),* $(,)?) => {
        #[doc = $doc]
        #[derive(IntoResponses)]
        pub enum $name {
            $(
                #[doc = $text]
                #[response(status = $status, description = $text, content_type = "application/problem+json")]
                $variant(Problem),
            )*
        }
    };
}

problem_response!(ReadProblems, "The refusals that a read of one thing can give.",
    Malformed 400 "Cannot be parsed",
    Unauthenticated 401 "No good token",
    Forbidden 403 "No grant with the permission",
    NotFound 404 "Not there, or not yours to see",
    NotAcceptable 406 "Not available in that form",
    Unavailable 503 "Not available at the moment",
);
problem_response!(ListProblems, "The refusals that a list can give.",
    Malformed 400 "Cannot be parsed, or an unknown parameter",
    Unauthenticated 401 "No good token",
    Forbidden 403 "No grant with the permission",
    NotAcceptable 406 "Not available in that form",
    Unavailable 503 "Not available at the moment",
);
problem_response!(WriteProblems, "The refusals that a write can give.",
    Malformed 400 "Cannot be parsed",
    Unauthenticated 401 "No good token",
    Forbidden 403 "No grant with the permission, or a separation of duties",
    NotFound 404 "Not there, or not yours to see",
    NotAcceptable 406 "Not available in that form",
    Conflict 409 "The present state speaks against it",
    Stale 412 "Changed since it was read",
    TooLarge 413 "The body is too large",
    UnsupportedMediaType 415 "Not application/json",
    Refused 422 "Refused by one or more rules",
    PreconditionRequired 428 "If-Match is required",
    Unavailable 503 "Not available at the moment",
);
problem_response!(QuestionProblems, "The refusals that a question with a body can give.",
    Malformed 400 "Cannot be parsed",
    Unauthenticated 401 "No good token",
    Forbidden 403 "No grant with the permission",
    TooLarge 413 "The body is too large",
    UnsupportedMediaType 415 "Not application/json",
    Refused 422 "Refused by one or more rules",
    Unavailable 503 "Not available at the moment",
);
problem_response!(AttemptProblems, "The refusal of whoever tries too often to show who they are.",
    TooManyAttempts 429 "Too many attempts, by an address or on a name; Retry-After says for how long",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_is_shown_in_part_and_no_escape_is_cut() {
        assert_eq!(shortened("/v1/units"), "/v1/units");
        let long = |before: usize| format!("{}%C3%A0{}", "a".repeat(before), "b".repeat(9));
        for before in 1990..=2003 {
            let (path, shown) = (long(before), shortened(&long(before)).to_owned());
            assert!(shown.len() <= 2000 && path.starts_with(&shown), "{before}");
            assert!(shown.len() == path.len() || shown.len() > 1997, "{before}");
            let rest = shown.rsplit('%').next().unwrap();
            assert!(!shown.contains('%') || rest.len() >= 2, "{before}: {shown}");
        }
    }
}
