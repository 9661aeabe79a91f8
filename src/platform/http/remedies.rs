//! What a code means for the caller, and what they can do: the text of its page.
//!
//! A code without a text of its own has that of its kind.

use crate::platform::error::{Code, Kind, Say};

/// What to do about a code.
pub fn remedy(code: &Code) -> Say {
    let (vi, en) = own(code.name).unwrap_or_else(|| of_kind(code.kind));
    Say::new(vi, en)
}

#[rustfmt::skip]
fn of_kind(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Malformed => (
            "Yêu cầu không đọc được. Sửa chỗ được nêu trong errors rồi gửi lại.",
            "The request cannot be read. Correct what errors names and send it again.",
        ),
        Kind::Unauthenticated => (
            "Không có mã truy cập còn hiệu lực. Đăng nhập lại hoặc lấy mã mới rồi gửi lại yêu cầu.",
            "There is no access token that is still good. Sign in again or ask for a new token, then send the request again.",
        ),
        Kind::Forbidden => (
            "Tài khoản không được phép làm việc này. Phần detail nêu quyền cần có và vai trò có quyền đó; hãy hỏi quản trị hệ thống.",
            "The account may not do this. The detail names the permission and the roles that have it; ask the administrator.",
        ),
        Kind::NotFound => (
            "Không có đối tượng này, hoặc nó nằm ngoài phạm vi được xem. Kiểm tra lại địa chỉ và mã số.",
            "There is no such thing, or it lies outside what the caller may see. Check the address and the id.",
        ),
        Kind::MethodNotAllowed => (
            "Địa chỉ này không nhận phương thức đó. Tiêu đề Allow liệt kê các phương thức được nhận.",
            "This address does not take that method. The header Allow lists those that it takes.",
        ),
        Kind::NotAcceptable => (
            "Không có dạng dữ liệu ghi trong Accept. Bỏ Accept hoặc dùng một dạng có trong tài liệu API.",
            "The form that Accept asks for does not exist. Leave Accept out, or use a form of the API document.",
        ),
        Kind::Conflict => (
            "Trạng thái hiện tại không cho phép. Đọc lại đối tượng, xem điều gì đã thay đổi, rồi quyết định lại.",
            "The present state does not allow it. Read the thing again, see what has changed, and decide again.",
        ),
        Kind::Stale => (
            "Đối tượng đã thay đổi sau lần đọc trước. Đọc lại, lấy ETag mới, rồi gửi lại thay đổi.",
            "The thing has changed since it was read. Read it again, take its new ETag, and send the change again.",
        ),
        Kind::TooSlow => (
            "Nội dung không đến đủ trong thời gian cho phép. Gửi lại trên đường truyền nhanh hơn.",
            "The body did not come within the time allowed. Send it again over a faster line.",
        ),
        Kind::TooLarge => (
            "Nội dung vượt giới hạn được nêu trong detail. Chia nhỏ rồi gửi lại.",
            "The body is over the limit that the detail names. Send less at a time.",
        ),
        Kind::UnsupportedMediaType => (
            "Gửi application/json bằng UTF-8, không nén, với tiêu đề Content-Type.",
            "Send application/json in UTF-8, not compressed, with the header Content-Type.",
        ),
        Kind::Refused => (
            "Nội dung đọc được nhưng trái với một hay nhiều quy tắc. errors nêu từng trường, quy tắc và căn cứ pháp lý; sửa tất cả rồi gửi lại.",
            "It can be read and breaks one or more rules. errors names each field, the rule and the citation; correct all and send it again.",
        ),
        Kind::PreconditionRequired => (
            "Gửi If-Match với ETag của lần đọc gần nhất, để không ghi đè thay đổi của người khác.",
            "Send If-Match with the ETag that was read last, so that nobody's change is overwritten.",
        ),
        Kind::TooMany => (
            "Chờ số giây ghi trong Retry-After rồi gửi lại. Tiêu đề RateLimit cho biết còn được gửi bao nhiêu.",
            "Wait for the seconds of Retry-After and send it again. The header RateLimit says how much is left.",
        ),
        Kind::Unavailable => (
            "Dịch vụ hoặc cơ sở dữ liệu tạm thời không đáp ứng. Chờ theo Retry-After rồi gửi lại; với lệnh ghi, gửi lại cùng Idempotency-Key.",
            "The service or its database does not answer at the moment. Wait as Retry-After says and send it again; a write with the same Idempotency-Key.",
        ),
        Kind::Internal => (
            "Lỗi của hệ thống, không phải của bên gọi. Báo cho bộ phận hỗ trợ kèm request_id.",
            "Our fault, not the caller's. Tell the support, with the request_id.",
        ),
    }
}

#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "a table, one row a code")]
fn own(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "malformed_json" => (
            "Nội dung không phải JSON hợp lệ. detail nêu dòng và cột; kiểm tra dấu phẩy, ngoặc và mã hóa UTF-8.",
            "The body is no JSON. The detail names line and column; check commas, brackets and UTF-8.",
        ),
        "invalid_path" => (
            "Một phần của địa chỉ sai dạng, thường là mã số không phải UUID.",
            "A part of the address has the wrong form, mostly an id that is no UUID.",
        ),
        "invalid_query" => (
            "Một tham số truy vấn sai, bị lặp hoặc không được biết; errors nêu tên. Xem tham số của thao tác trong tài liệu API.",
            "A query parameter is wrong, stands twice or is not known; errors names it. The API document lists those of the operation.",
        ),
        "invalid_header" => (
            "Một tiêu đề sai dạng; errors nêu tên tiêu đề.",
            "A header has the wrong form; errors names it.",
        ),
        "invalid_cursor" => (
            "Con trỏ chỉ dùng được với đúng truy vấn đã sinh ra nó. Đọc lại danh sách từ trang đầu.",
            "A cursor works for the query that it came from alone. Read the list again from its first page.",
        ),
        "invalid_request" => (
            "Yêu cầu thiếu hoặc lặp tham số, hoặc không đúng giao thức.",
            "The request lacks a parameter, has one twice, or breaks the protocol.",
        ),
        "unsupported_grant_type" => (
            "Máy chủ chỉ cấp mã theo các kiểu nêu trong /.well-known/oauth-authorization-server.",
            "Tokens are given for the grant types that /.well-known/oauth-authorization-server lists, and for no others.",
        ),
        "invalid_credentials" => (
            "Tên đăng nhập hoặc mật khẩu sai, hoặc tài khoản đã bị khóa; không nói rõ điều nào. Quản trị hệ thống có thể đặt lại mật khẩu.",
            "The user name or the password is wrong, or the account is disabled; it is not said which. The administrator can set a new password.",
        ),
        "invalid_client" => (
            "Mã hoặc khóa bí mật của hệ thống gọi sai. Quản trị hệ thống có thể cấp khóa mới.",
            "The id or the secret of the client is wrong. The administrator can give a new secret.",
        ),
        "invalid_refresh_token" => (
            "Mã làm mới chỉ dùng được một lần và có hạn. Đăng nhập lại.",
            "A refresh token is good once and ends. Sign in again.",
        ),
        "separation_of_duties" => (
            "Người chuẩn bị hồ sơ không được quyết định hồ sơ đó. Để người khác có quyền quyết định.",
            "Who prepared a case may not decide it. Another who may decide has to.",
        ),
        "own_case" => (
            "Không ai được xử lý việc về chính mình. Để người khác thực hiện.",
            "Nobody acts on a case about themselves. Another has to do it.",
        ),
        "post_taken" => (
            "Vị trí đã có người giữ trong một phần của khoảng thời gian đó. Xem /v1/posts/{id}/holders rồi chọn ngày hoặc vị trí khác.",
            "Somebody holds the post on a day of that period. Look at /v1/posts/{id}/holders and choose another day or post.",
        ),
        "person_taken" => (
            "Cán bộ giữ một chức danh chuyên trách khác trong khoảng thời gian đó. Kết thúc hoặc điều động khỏi vị trí cũ trước.",
            "The person holds another full-time post in that period. End it, or move them from it, first.",
        ),
        "wrong_state" => (
            "Thao tác không dùng được ở trạng thái này. Đọc lại đối tượng: allowed_actions nêu các thao tác tiếp theo.",
            "The action does not fit the state. Read the thing again: allowed_actions names what may be done next.",
        ),
        "duplicate" => (
            "Đã có một đối tượng với cùng mã hoặc số. Dùng đối tượng đó, hoặc mã khác.",
            "There is one with the same code or number already. Use that one, or another code.",
        ),
        "key_in_flight" => (
            "Yêu cầu với cùng Idempotency-Key đang được xử lý. Chờ rồi gửi lại y nguyên để nhận kết quả.",
            "A request with the same Idempotency-Key is still at work. Wait and send it again unchanged to get its answer.",
        ),
        "key_reused" => (
            "Idempotency-Key này đã dùng cho nội dung khác. Dùng khóa mới cho yêu cầu mới.",
            "This Idempotency-Key was used for another body. Use a new key for a new request.",
        ),
        "required" => (
            "Trường này bắt buộc và không được để trống.",
            "The field is needed and may not be empty.",
        ),
        "unknown_field" => (
            "Không có trường hay tham số với tên này. Kiểm tra chính tả; trường chỉ đọc không gửi lại được.",
            "No field or parameter has this name. Check its spelling; a field that is only read cannot be sent.",
        ),
        "wrong_type" => (
            "Giá trị có kiểu JSON khác với tài liệu API, ví dụ chuỗi thay cho số.",
            "The value has another JSON type than the API document says, a text instead of a number for example.",
        ),
        "out_of_range" => (
            "Giá trị quá dài, quá lớn hoặc quá nhỏ; message nêu giới hạn.",
            "The value is too long, too large or too small; the message names the limit.",
        ),
        "bad_format" => (
            "Giá trị không đúng dạng, ví dụ ngày phải là YYYY-MM-DD.",
            "The value has the wrong form; a day is YYYY-MM-DD, for example.",
        ),
        "bad_character" => (
            "Chuỗi có ký tự điều khiển, U+0000 hoặc ký tự đổi chiều chữ. Xóa ký tự đó; thường do sao chép từ văn bản khác.",
            "The text has a control character, U+0000, or one that turns the direction of writing. Remove it; mostly it was pasted along.",
        ),
        "bad_period" => (
            "Ngày cuối phải không trước ngày đầu; to là ngày cuối cùng còn hiệu lực.",
            "The last day may not lie before the first; to is the last day included.",
        ),
        "unknown_code" => (
            "Giá trị không có trong danh mục. Xem /v1/catalogues hoặc danh sách trong message.",
            "The value is in no catalogue. See /v1/catalogues, or the list in the message.",
        ),
        "unknown_reference" => (
            "Mã số không dẫn tới đối tượng nào mà bên gọi được xem.",
            "The id names nothing that the caller may see.",
        ),
        "repeated" => (
            "Cùng một khóa hoặc phần tử xuất hiện hai lần. Chỉ giữ lại một.",
            "The same key or item stands there twice. Keep one.",
        ),
        "outside_validity" => (
            "Ngày nằm ngoài thời gian tồn tại của đơn vị, vị trí hoặc lớp học.",
            "The day lies outside the life of the unit, the post or the course.",
        ),
        "not_held" => (
            "Cán bộ không giữ vị trí rời đi vào ngày đó. Kiểm tra quá trình công tác.",
            "The person does not hold the post that is left on that day. Look at their career.",
        ),
        "not_vacated" => (
            "Vị trí đến vẫn có người giữ vào ngày đó. Đưa người đang giữ vào cùng hồ sơ, hoặc chọn ngày khác.",
            "Somebody still holds the post on that day. Move them in the same case, or choose another day.",
        ),
        "bad_order" => (
            "Các ngày trái thứ tự, ví dụ quyết định sau ngày có hiệu lực.",
            "The days are in the wrong order; a decision after its effective day, for example.",
        ),
        "course_full" => (
            "Lớp không còn chỗ. Chọn lớp khác hoặc bớt người.",
            "The course has no seat left. Choose another, or fewer people.",
        ),
        "not_active" => (
            "Cán bộ không còn công tác vào ngày đó.",
            "The person is not in service on that day.",
        ),
        "number_mismatch" => (
            "Số định danh cá nhân chứa giới tính và năm sinh; chúng không khớp với hồ sơ. Kiểm tra lại cả ba.",
            "A personal number holds sex and year of birth; they do not agree with the record. Check all three.",
        ),
        "needs_a_case" => (
            "Bổ nhiệm trong tương lai phải lập hồ sơ tại /v1/rotations để được quyết định.",
            "A future appointment needs a case at /v1/rotations that is decided.",
        ),
        _ => return None,
    })
}
