//! How often one caller may ask, and how much at once.
//!
//! Token buckets in memory, one for each account or client and one for each address of those who show no token. Each
//! replica has its own: behind N replicas a caller may ask N times as often. That is on purpose: a quota shields a
//! replica from one caller, and must not cost a write to the database. Guessing of passwords is slowed down elsewhere.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, web};

use super::request::RequestInfo;
use crate::platform::App;
use crate::platform::config::Quotas;
use crate::platform::db::Actor;
use crate::platform::error::{Error, Result, code};

/// The time that a quota is given for.
const WINDOW: Duration = Duration::from_mins(1);
/// Buckets kept; full ones are forgotten first, and beyond it strangers share one.
const MOST: usize = 50_000;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// Paths whose answers cost much, by their beginnings; set by who knows the paths.
pub struct Heavy(pub &'static [&'static str]);

/// Whose bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// An account or client.
    Principal(String),
    /// One IPv4 address, or the network of an IPv6 address.
    Address(IpAddr),
    /// Strangers beyond number.
    Others,
}

#[derive(Clone, Copy)]
struct Bucket {
    level: f64,
    seen: Instant,
}

/// Where a caller stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    name: &'static str,
    quota: u32,
    left: u32,
    /// Until the bucket is full again, or, when it is empty, until one may ask again, seconds.
    wait: u64,
}

impl Standing {
    /// As the headers of the IETF's draft say it.
    pub fn tell(self, headers: &mut HeaderMap) {
        let Self { name, quota, left, wait } = self;
        let policy = format!("\"{name}\";q={quota};w={}", WINDOW.as_secs());
        for (header, text) in [(POLICY, policy), (LEFT, format!("\"{name}\";r={left};t={wait}"))] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(header, value);
            }
        }
    }
}

/// The buckets of this process.
#[derive(Default)]
pub struct Buckets {
    buckets: Mutex<HashMap<Key, Bucket>>,
    heavy: Arc<Mutex<HashMap<String, usize>>>,
}

/// The right to one costly answer at a time; given back when it is dropped.
pub struct Held {
    who: String,
    heavy: Arc<Mutex<HashMap<String, usize>>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut heavy = self.heavy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = heavy.get_mut(&self.who) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                heavy.remove(&self.who);
            }
        }
    }
}

impl Buckets {
    /// Takes one from a bucket; says where its owner stands, and whether there was one to take.
    fn take(&self, key: Key, name: &'static str, quota: u32, now: Instant) -> (Standing, bool) {
        let (most, rate) = (f64::from(quota), f64::from(quota) / WINDOW.as_secs_f64());
        let level = |bucket: &Bucket| {
            (bucket.level + now.saturating_duration_since(bucket.seen).as_secs_f64() * rate).min(most)
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| level(bucket) < most);
        }
        let key = if buckets.len() >= MOST && !buckets.contains_key(&key) { Key::Others } else { key };
        let bucket = buckets.entry(key).or_insert(Bucket { level: most, seen: now });
        let level = level(bucket);
        let taken = level >= 1.0;
        *bucket = Bucket { level: if taken { level - 1.0 } else { level }, seen: now };
        let missing = if bucket.level >= 1.0 { most - bucket.level } else { 1.0 - bucket.level };
        let standing = Standing { name, quota, left: whole(bucket.level), wait: seconds(missing / rate) };
        (standing, taken)
    }

    fn hold(&self, who: &str, most: usize) -> Option<Held> {
        let mut heavy = self.heavy.lock().unwrap_or_else(PoisonError::into_inner);
        let count = heavy.entry(who.to_owned()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Held { who: who.to_owned(), heavy: self.heavy.clone() })
    }
}

fn whole(level: f64) -> u32 {
    Duration::try_from_secs_f64(level.max(0.0)).map_or(0, |level| u32::try_from(level.as_secs()).unwrap_or(u32::MAX))
}

fn seconds(time: f64) -> u64 {
    Duration::try_from_secs_f64(time.ceil()).map_or(u64::MAX, |time| time.as_secs()).max(1)
}

fn settle(app: &App, info: &RequestInfo, key: Key, name: &'static str, quota: u32) -> Result<()> {
    if quota == 0 {
        return Ok(());
    }
    let (standing, taken) = app.buckets.take(key, name, quota, Instant::now());
    let _ = info.standing.set(standing);
    if taken {
        return Ok(());
    }
    Err(Error::new(code::TOO_MANY).retry_after(standing.wait).detail(
        format!("Tối đa {quota} yêu cầu mỗi {} giây", WINDOW.as_secs()),
        format!("At most {quota} requests in {} seconds", WINDOW.as_secs()),
    ))
}

/// Counts a request of somebody who is known. Called once it is known who calls, before anything is done for them.
pub async fn of_principal(req: &HttpRequest, actor: &Actor) -> Result<()> {
    let app = <App as actix_web::FromRequest>::extract(req).await?;
    let info = RequestInfo::of(req);
    let who = actor.id.map_or_else(|| actor.label.clone(), |id| id.to_string());
    let Quotas { principal, heavy, .. } = app.settings.limits.quotas;
    settle(&app, &info, Key::Principal(who.clone()), "caller", principal)?;
    let costly =
        req.app_data::<web::Data<Heavy>>().is_some_and(|known| known.0.iter().any(|at| req.path().starts_with(at)))
            || req.query_string().split('&').any(|pair| pair == "count=true");
    if costly && heavy > 0 {
        let held = app.buckets.hold(&who, heavy).ok_or_else(|| {
            Error::new(code::TOO_MANY).detail(
                format!("Tối đa {heavy} báo cáo hoặc phép đếm cùng một lúc"),
                format!("At most {heavy} reports or counts at the same time"),
            )
        })?;
        let _ = info.held.set(held);
    }
    Ok(())
}

/// Counts a request of a stranger: one without a token, or with one that is not good.
pub fn of_address(app: &App, info: &RequestInfo, address: Option<IpAddr>) -> Result<()> {
    let Some(address) = address else { return Ok(()) };
    settle(app, info, Key::Address(network(address)), "address", app.settings.limits.quotas.address)
}

/// Somebody has a whole IPv6 network of 64 bits, not one address of it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        ip @ IpAddr::V4(_) => ip,
    }
}

/// The address that a request comes from: of the peer, or, where the peer is a proxy of the settings, the last address in
/// `X-Forwarded-For` that is none of them.
pub fn address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let peer = peer?.to_canonical();
    if !proxies.contains(&peer) {
        return Some(peer);
    }
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    for hop in hops.into_iter().rev() {
        match hop.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            Ok(ip) if proxies.contains(&ip) => {}
            Ok(ip) => return Some(ip),
            Err(_) => break,
        }
    }
    Some(peer)
}

/// Tells where the caller stands, where their request was counted.
pub fn tell(info: &RequestInfo, headers: &mut HeaderMap) {
    if let Some(standing) = info.standing.get() {
        standing.tell(headers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key::Principal(name.to_owned())
    }

    #[test]
    fn a_bucket_gives_its_quota_and_fills_again() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        for left in (0..60).rev() {
            let (standing, taken) = buckets.take(key("one"), "caller", 60, start);
            assert!(taken);
            assert_eq!(standing.left, left);
        }
        let (standing, taken) = buckets.take(key("one"), "caller", 60, start);
        assert!(!taken);
        assert_eq!((standing.left, standing.wait), (0, 1));
        assert!(buckets.take(key("two"), "caller", 60, start).1, "another caller has a bucket of their own");
        assert!(buckets.take(key("one"), "caller", 60, start + Duration::from_secs(1)).1);
        assert!(!buckets.take(key("one"), "caller", 60, start + Duration::from_secs(1)).1);
    }

    #[test]
    fn strangers_without_number_share_a_bucket() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        for n in 0..MOST + 100 {
            buckets.take(key(&n.to_string()), "address", 10, start);
        }
        assert!(buckets.buckets.lock().unwrap().len() <= MOST + 1);
        // A minute later all are full, and are forgotten when the next one comes.
        buckets.take(key("new"), "address", 10, start + WINDOW);
        assert!(buckets.buckets.lock().unwrap().len() < 10);
    }

    #[test]
    fn costly_answers_are_given_back() {
        let buckets = Buckets::default();
        let first = buckets.hold("one", 1).unwrap();
        assert!(buckets.hold("one", 1).is_none());
        assert!(buckets.hold("two", 1).is_some());
        drop(first);
        assert!(buckets.hold("one", 1).is_some());
    }

    /// Z11: a header that anybody can send is believed from a proxy of the settings alone.
    #[test]
    fn only_known_proxies_name_other_addresses() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut headers = HeaderMap::new();
        headers
            .insert(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static("1.1.1.1, 2.2.2.2, 10.0.0.2"));
        let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
        assert_eq!(address(Some(ip("9.9.9.9")), &headers, &proxies), Some(ip("9.9.9.9")));
        assert_eq!(address(Some(ip("10.0.0.1")), &headers, &proxies), Some(ip("2.2.2.2")));
        assert_eq!(address(Some(ip("::ffff:10.0.0.1")), &headers, &proxies), Some(ip("2.2.2.2")));
        assert_eq!(network(ip("2001:db8::1:2:3:4")), network(ip("2001:db8::9:9:9:9")));
    }
}
