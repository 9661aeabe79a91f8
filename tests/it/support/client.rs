//! Clients: what a caller sends and sees, over a real connection.

use std::net::SocketAddr;

use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};

/// A caller.
#[derive(Clone)]
pub struct Client {
    base: String,
    token: Option<String>,
    http: reqwest::blocking::Client,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as JSON; null where it is none.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Client {
    /// Without a token.
    pub fn new(address: SocketAddr) -> Self {
        let http = reqwest::blocking::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            // Less than the service keeps a silent connection, or a request meets its end.
            .pool_idle_timeout(std::time::Duration::from_secs(10))
            .build()
            .unwrap();
        Self { base: format!("http://{address}"), token: None, http }
    }

    /// With this token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Its token; empty without one.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// The same caller at another replica.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { base: format!("http://{address}"), ..self.clone() }
    }

    /// Signed in over HTTP.
    pub fn signed_in(&self, user_name: &str, password: &str) -> Self {
        let answer = self.post("/v1/sessions", &json!({"user_name": user_name, "password": password})).expect(200);
        self.with_token(answer.body["access_token"].as_str().unwrap())
    }

    /// A request to be completed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path))
    }

    /// GET; nothing when there is no answer at all.
    pub fn try_get(&self, path: &str) -> Option<Answer> {
        Answer::try_of(self.request(Method::GET, path))
    }

    /// POST with a JSON body, and a key if there is one; nothing when there is no answer at all.
    pub fn try_post(&self, path: &str, key: Option<&str>, body: &Value) -> Option<Answer> {
        let request = self.request(Method::POST, path).json(body);
        Answer::try_of(key.into_iter().fold(request, |request, key| request.header("idempotency-key", key)))
    }

    /// POST with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body))
    }

    /// POST with a JSON body and `If-Match`.
    pub fn act(&self, path: &str, etag: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).header("if-match", etag).json(body))
    }

    /// PATCH with `If-Match`.
    pub fn patch(&self, path: &str, etag: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::PATCH, path).header("if-match", etag).json(body))
    }

    /// DELETE with `If-Match`.
    pub fn delete(&self, path: &str, etag: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path).header("if-match", etag))
    }
}

impl Answer {
    /// Sends a request.
    pub fn of(request: RequestBuilder) -> Self {
        let response = request.send().unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().unwrap();
        Self { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    /// Sends a request; nothing when no whole answer comes back.
    pub fn try_of(request: RequestBuilder) -> Option<Self> {
        let response = request.send().ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().ok()?;
        Some(Self { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text })
    }

    /// The answer, if its status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The answer, if it is a problem with this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status);
        self
    }

    /// The codes and pointers of the findings.
    pub fn findings(&self) -> Vec<(&str, &str)> {
        self.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| (fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap()))
            .collect()
    }

    /// A header; empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The tag.
    pub fn etag(&self) -> &str {
        self.header("etag")
    }

    /// A string of the body.
    #[track_caller]
    pub fn str(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {}", self.text))
    }

    /// The rows of a list.
    #[track_caller]
    pub fn rows(&self) -> &[Value] {
        self.body["data"].as_array().unwrap_or_else(|| panic!("no rows in {}", self.text))
    }
}
