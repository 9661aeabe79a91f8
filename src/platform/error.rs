//! What can go wrong, without a word about HTTP: kinds, the table of codes, findings.
//!
//! Nobody below [`crate::platform::http`] names a status. A code is stable for callers; its title comes in Vietnamese
//! and English, and so does every message.

use std::borrow::Cow;
use std::fmt;

/// The classes of failure; each has one HTTP status, given in [`crate::platform::http::problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Cannot be parsed.
    Malformed,
    /// Who are you?
    Unauthenticated,
    /// You may not.
    Forbidden,
    /// Not there, or not yours to see: the same answer.
    NotFound,
    /// No such method on this path.
    MethodNotAllowed,
    /// The answer cannot be had in that form.
    NotAcceptable,
    /// The state of things speaks against it.
    Conflict,
    /// The resource has changed since it was read.
    Stale,
    /// The body came too slowly.
    TooSlow,
    /// The body is too large.
    TooLarge,
    /// The body is of a type that is not understood.
    UnsupportedMediaType,
    /// Understood, and refused by a rule.
    Refused,
    /// `If-Match` is needed.
    PreconditionRequired,
    /// Too often.
    TooMany,
    /// Not now; again later.
    Unavailable,
    /// Our fault.
    Internal,
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// Vietnamese.
    pub vi: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Say {
    /// A text in both languages.
    pub fn new(vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }
}

/// A row of the code table.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable name, lower_snake; the last part of the problem's type.
    pub name: &'static str,
    /// Its class.
    pub kind: Kind,
    /// Short title, Vietnamese.
    pub vi: &'static str,
    /// Short title, English.
    pub en: &'static str,
}

macro_rules! codes {
    ($($constant:ident $kind:ident $name:literal $vi:literal $en:literal)*) => {
        $(#[doc = $en] pub const $constant: &Code = &Code { name: $name, kind: Kind::$kind, vi: $vi, en: $en };)*
        /// Every code, in the order of the table.
        pub const ALL: &[&Code] = &[$($constant),*];
    };
}

/// The code table: constant, kind, name, titles. Codes of findings stand here too.
pub mod code {
    use super::{Code, Kind};
    codes! {
        MALFORMED_JSON          Malformed            "malformed_json"          "JSON không đọc được" "The JSON cannot be read"
        INVALID_PATH            Malformed            "invalid_path"            "Đường dẫn không hợp lệ" "The path is not valid"
        INVALID_QUERY           Malformed            "invalid_query"           "Tham số truy vấn không hợp lệ" "The query is not valid"
        INVALID_HEADER          Malformed            "invalid_header"          "Tiêu đề yêu cầu không hợp lệ" "A request header is not valid"
        INVALID_CURSOR          Malformed            "invalid_cursor"          "Con trỏ trang không hợp lệ" "The cursor is not valid"
        INVALID_REQUEST         Malformed            "invalid_request"         "Yêu cầu không hợp lệ" "The request is not valid"
        UNSUPPORTED_GRANT_TYPE  Malformed            "unsupported_grant_type"  "Không hỗ trợ kiểu cấp quyền này" "This grant type is not supported"
        INVALID_SCOPE           Malformed            "invalid_scope"           "Phạm vi (scope) không được phép" "The scope is not allowed"
        UNAUTHORIZED_CLIENT     Malformed            "unauthorized_client"     "Hệ thống này không được cấp token" "The client may not get tokens"
        UNAUTHENTICATED         Unauthenticated      "unauthenticated"         "Chưa xác thực" "Not authenticated"
        INVALID_CREDENTIALS     Unauthenticated      "invalid_credentials"     "Sai tên đăng nhập hoặc mật khẩu" "Wrong user name or password"
        INVALID_CLIENT          Unauthenticated      "invalid_client"          "Hệ thống gọi không được xác thực" "The client is not authenticated"
        INVALID_REFRESH_TOKEN   Unauthenticated      "invalid_refresh_token"   "Mã làm mới phiên không còn hiệu lực" "The refresh token is no longer good"
        FORBIDDEN               Forbidden            "forbidden"               "Không có quyền" "Not permitted"
        WRONG_PASSWORD          Forbidden            "wrong_password"          "Mật khẩu hiện tại không đúng" "The present password is wrong"
        NEW_PASSWORD_NEEDED     Forbidden            "new_password_needed"     "Cần đặt mật khẩu mới thay cho mật khẩu ban đầu" "The initial password is to be replaced by a new one"
        SEPARATION_OF_DUTIES    Forbidden            "separation_of_duties"    "Người chuẩn bị không được quyết định" "Who prepared a case may not decide it"
        OWN_CASE                Forbidden            "own_case"                "Không được xử lý việc của chính mình" "Nobody acts on a case about themselves"
        NOT_FOUND               NotFound             "not_found"               "Không tìm thấy" "Not found"
        METHOD_NOT_ALLOWED      MethodNotAllowed     "method_not_allowed"      "Phương thức không được phép" "The method is not allowed"
        NOT_ACCEPTABLE          NotAcceptable        "not_acceptable"          "Không có dạng biểu diễn được yêu cầu" "Not available in that form"
        CONFLICT                Conflict             "conflict"                "Xung đột với trạng thái hiện tại" "In conflict with the present state"
        POST_TAKEN              Conflict             "post_taken"              "Vị trí đã có người giữ" "The post is taken"
        PERSON_TAKEN            Conflict             "person_taken"            "Cán bộ đã giữ một chức danh chuyên trách" "The person holds a full-time post already"
        WRONG_STATE             Conflict             "wrong_state"             "Trạng thái không cho phép thao tác này" "The state does not allow this"
        STEP_INCOMPLETE         Conflict             "step_incomplete"         "Bước này chưa đủ thủ tục" "The step is not complete"
        DUPLICATE               Conflict             "duplicate"               "Đã tồn tại" "Exists already"
        RECORD_CHANGED          Conflict             "record_changed"          "Hồ sơ đã được sửa sau khi đề nghị" "The record was changed after the proposal"
        TOO_MANY_OPEN           Conflict             "too_many_open"           "Quá nhiều đề nghị đang chờ" "Too many proposals wait already"
        ACT_EXISTS              Conflict             "act_exists"              "Văn bản này đã được ghi nhận với nội dung khác" "The act is recorded with other content"
        NUMBER_TAKEN            Conflict             "number_taken"            "Số định danh đã có ở hồ sơ khác" "Another record has this personal number"
        KEY_IN_FLIGHT           Conflict             "key_in_flight"           "Yêu cầu cùng khóa đang được xử lý" "A request with this key is in flight"
        STALE                   Stale                "stale"                   "Dữ liệu đã thay đổi" "Changed since it was read"
        TOO_SLOW                TooSlow              "too_slow"                "Nội dung gửi quá chậm" "The body came too slowly"
        TOO_LARGE               TooLarge             "too_large"               "Nội dung quá lớn" "The body is too large"
        UNSUPPORTED_MEDIA_TYPE  UnsupportedMediaType "unsupported_media_type"  "Kiểu nội dung không được hỗ trợ" "The media type is not supported"
        REFUSED                 Refused              "refused"                 "Yêu cầu bị từ chối" "Refused"
        INVALID_BODY            Refused              "invalid_body"            "Nội dung không đúng quy tắc" "The body breaks a rule"
        KEY_REUSED              Refused              "key_reused"              "Khóa đã dùng cho nội dung khác" "The key was used for another body"
        PRECONDITION_REQUIRED   PreconditionRequired "precondition_required"   "Cần tiêu đề If-Match" "If-Match is required"
        TOO_MANY                TooMany              "too_many_requests"       "Quá nhiều yêu cầu" "Too many requests"
        TOO_MANY_ATTEMPTS       TooMany              "too_many_attempts"       "Thử quá nhiều lần" "Too many attempts"
        UNAVAILABLE             Unavailable          "unavailable"             "Tạm thời không phục vụ được" "Not available at the moment"
        OUTCOME_UNKNOWN         Unavailable          "outcome_unknown"         "Chưa rõ thay đổi đã được ghi hay chưa" "It is not known whether the change was kept"
        INTERNAL                Internal             "internal"                "Lỗi hệ thống" "Internal error"
        // Codes of findings.
        REQUIRED                Refused              "required"                "Bắt buộc phải có" "Is required"
        UNKNOWN_FIELD           Refused              "unknown_field"           "Trường không được biết" "Is not a known field"
        WRONG_TYPE              Refused              "wrong_type"              "Sai kiểu dữ liệu" "Is of the wrong type"
        OUT_OF_RANGE            Refused              "out_of_range"            "Ngoài giới hạn cho phép" "Is out of range"
        BAD_FORMAT              Refused              "bad_format"              "Sai định dạng" "Is of the wrong form"
        BAD_CHARACTER           Refused              "bad_character"           "Có ký tự không được phép" "Has a character that is not allowed"
        GUESSABLE               Refused              "guessable"               "Dễ đoán" "Is easily guessed"
        BAD_PERIOD              Refused              "bad_period"              "Khoảng thời gian không hợp lệ" "Is not a valid period"
        UNKNOWN_CODE            Refused              "unknown_code"            "Mã không có trong danh mục" "Is not in the catalogue"
        UNKNOWN_REFERENCE       Refused              "unknown_reference"       "Không tìm thấy đối tượng được dẫn chiếu" "Refers to nothing that can be seen"
        REPEATED                Refused              "repeated"                "Bị lặp lại" "Is repeated"
        OUTSIDE_VALIDITY        Refused              "outside_validity"        "Ngoài thời gian hiệu lực" "Lies outside the validity"
        RULE_NOT_MET            Refused              "rule_not_met"            "Không đáp ứng quy định đã được xác nhận" "Does not meet a rule that is confirmed"
        NOT_ENTITLED            Refused              "not_entitled"            "Không có thẩm quyền ký" "Is not entitled to sign"
        NOT_HELD                Refused              "not_held"                "Cán bộ không giữ chức danh này vào ngày đó" "The person does not hold this post on that day"
        NOT_VACATED             Refused              "not_vacated"             "Vị trí vẫn có người giữ vào ngày đó" "The post is still held on that day"
        POST_FROZEN             Refused              "post_frozen"             "Vị trí đang tạm dừng bổ nhiệm" "The post is frozen on that day"
        BAD_ORDER               Refused              "bad_order"               "Sai thứ tự thời gian" "Is in the wrong order of time"
        COURSE_FULL             Refused              "course_full"             "Lớp đã đủ học viên" "The course is full"
        MUST_BE_FILLED          Refused              "must_be_filled"          "Chức danh đứng đầu không được để trống" "The post of a head may not be left without anybody in charge"
        NOT_ACTIVE              Refused              "not_active"              "Cán bộ không còn công tác" "The person is not in service"
        POSSIBLE_DUPLICATE      Refused              "possible_duplicate"      "Có thể đã có hồ sơ của người này" "There may be a record of this person already"
        PLANNING_LIMIT          Refused              "planning_limit"          "Vượt số lượng quy hoạch cho phép" "Is beyond the numbers of planning"
        NOT_HIGHER              Refused              "not_higher"              "Không cao hơn chức danh đang giữ" "Is no higher title"
        STILL_HOLDS             Refused              "still_holds"             "Cán bộ còn giữ chức danh" "The person still holds posts"
        NUMBER_MISMATCH         Refused              "number_mismatch"         "Số định danh không khớp ngày sinh, giới tính" "The personal number does not agree with birth and sex"
        UNCHANGED               Refused              "unchanged"               "Không khác dữ liệu hiện có" "Is what the record says already"
        OVERTAKEN               Refused              "overtaken"               "Thay đổi về sau mâu thuẫn với việc này" "A later change speaks against it"
        WITHOUT_PARENT          Refused              "without_parent"          "Đơn vị sẽ không có cấp trên" "A unit would have no unit above"
        WRONG_PARENT            Refused              "wrong_parent"            "Không thể trực thuộc đơn vị này" "Cannot stand below that unit"
        WRONG_SHARES            Refused              "wrong_shares"            "Cần từ hai phần khác nhau, đúng một phần chính" "Needs two or more different parts, one of them the main part"
        LEFT_HANGING            Refused              "left_hanging"            "Chưa được bố trí khi đơn vị kết thúc" "Is not placed when its unit ends"
        NEEDS_A_CASE            Refused              "needs_a_case"            "Bổ nhiệm trong tương lai phải qua hồ sơ điều động" "A future appointment needs a case"
    }
}

/// Why something is refused: which field or fact, which rule, and where the rule stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// JSON pointer into the body, or the name of a parameter or header.
    pub pointer: Cow<'static, str>,
    /// The rule.
    pub code: &'static Code,
    /// What is wrong, with the facts compared.
    pub message: Say,
    /// Instrument and article, where the rule is one of law.
    pub citation: Option<String>,
}

impl Finding {
    /// A finding whose message is the code's title.
    pub fn plain(pointer: impl Into<Cow<'static, str>>, code: &'static Code) -> Self {
        Self { pointer: pointer.into(), code, message: Say::new(code.vi, code.en), citation: None }
    }

    /// A finding with its own message.
    pub fn new(pointer: impl Into<Cow<'static, str>>, code: &'static Code, message: Say) -> Self {
        Self { pointer: pointer.into(), code, message, citation: None }
    }

    /// With the citation of the rule.
    #[must_use]
    pub fn citing(mut self, citation: impl Into<String>) -> Self {
        self.citation = Some(citation.into());
        self
    }

    /// The same finding, seen from an enclosing document.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer = format!("{prefix}{}", self.pointer).into();
        self
    }
}

/// What may become of something that a change would leave without its place: what the caller may accept, or say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Kind of the thing.
    pub subject: &'static str,
    /// The thing.
    pub id: uuid::Uuid,
    /// Its name.
    pub label: String,
    /// What becomes of it.
    pub outcome: &'static str,
    /// Where it goes.
    pub to: Option<Destination>,
}

/// Where something goes: to what is there, or to what the change itself makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// What is there.
    pub id: Option<uuid::Uuid>,
    /// The caller's own name of what is to be made.
    pub key: Option<String>,
    /// Its name.
    pub label: String,
}

/// A failure on its way to the edge.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: &'static Code,
    detail: Option<Say>,
    findings: Vec<Finding>,
    proposals: Vec<Proposal>,
    retryable: bool,
    retry_after: Option<u32>,
    allow: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What everything here returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure with the title of its code alone.
    pub fn new(code: &'static Code) -> Self {
        Self(Box::new(Inner {
            code,
            detail: None,
            findings: Vec::new(),
            proposals: Vec::new(),
            retryable: false,
            allow: None,
            retry_after: None,
            source: None,
        }))
    }

    /// Refused for these findings, all of them.
    pub fn refused(findings: Vec<Finding>) -> Self {
        let mut error = Self::new(code::REFUSED);
        error.0.findings = findings;
        error
    }

    /// Not there, or not yours to see.
    pub fn not_found() -> Self {
        Self::new(code::NOT_FOUND)
    }

    /// Our fault: the chain goes to the log, a fixed text to the caller.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(code::INTERNAL).caused_by(source)
    }

    /// With a sentence about this case.
    #[must_use]
    pub fn detail(mut self, vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(Say::new(vi, en));
        self
    }

    /// With one more finding.
    #[must_use]
    pub fn with(mut self, finding: Finding) -> Self {
        self.0.findings.push(finding);
        self
    }

    /// With what would settle it.
    #[must_use]
    pub fn proposing(mut self, proposals: Vec<Proposal>) -> Self {
        self.0.proposals = proposals;
        self
    }

    /// With the cause, for the log alone.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Marks a failure that a rerun of the whole transaction may cure.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.0.retryable = true;
        self
    }

    /// With the seconds after which it may be tried again.
    #[must_use]
    pub fn after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// With the methods that a path knows.
    #[must_use]
    pub fn allowing(mut self, methods: String) -> Self {
        self.0.allow = Some(methods);
        self
    }

    /// Its code.
    pub fn code(&self) -> &'static Code {
        self.0.code
    }

    /// Its class.
    pub fn kind(&self) -> Kind {
        self.0.code.kind
    }

    /// Its findings.
    pub fn findings(&self) -> &[Finding] {
        &self.0.findings
    }

    /// What would settle it.
    pub fn proposals(&self) -> &[Proposal] {
        &self.0.proposals
    }

    /// The sentence about this case.
    pub fn said(&self) -> Option<&Say> {
        self.0.detail.as_ref()
    }

    /// Whether a rerun of the whole transaction may cure it.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// The seconds after which it may be tried again, where they are known.
    pub fn retry_after(&self) -> Option<u32> {
        self.0.retry_after
    }

    /// The methods that the path knows, for a wrong method.
    pub fn allow(&self) -> Option<&str> {
        self.0.allow.as_deref()
    }

    /// The causes, outermost first, for the log.
    pub fn chain(&self) -> String {
        let mut text = String::new();
        let mut next: Option<&dyn std::error::Error> =
            self.0.source.as_deref().map(|e| -> &dyn std::error::Error { e });
        while let Some(cause) = next {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.code.name)?;
        if let Some(detail) = &self.0.detail {
            write!(f, ": {}", detail.en)?;
        }
        for finding in &self.0.findings {
            write!(f, "; {} {} ({})", finding.pointer, finding.code.name, finding.message.en)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|e| -> &(dyn std::error::Error + 'static) { e })
    }
}

/// Gathers findings, so that all are told at once.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more.
    pub fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Keeps the value, or the finding and nothing.
    pub fn keep<T>(&mut self, result: Result<T, Finding>) -> Option<T> {
        result.map_err(|finding| self.0.push(finding)).ok()
    }

    /// `Ok` when there are none.
    pub fn settle(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::refused(self.0)) }
    }

    /// Those of another check.
    pub fn extend(&mut self, more: impl IntoIterator<Item = Finding>) {
        self.0.extend(more);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those gathered.
    pub fn into_vec(self) -> Vec<Finding> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_lower_snake() {
        let names: HashSet<_> = code::ALL.iter().map(|code| code.name).collect();
        assert_eq!(names.len(), code::ALL.len());
        for code in code::ALL {
            assert!(code.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", code.name);
            assert!(!code.vi.is_empty() && !code.en.is_empty());
        }
    }
}
