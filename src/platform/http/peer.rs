//! Who is at the other end: the address of the socket's peer, or, where that is a proxy of the settings, the address that
//! the proxy names.
//!
//! Worked example: with `10.0.0.0/8` trusted, a request of 10.0.0.7 with `X-Forwarded-For: 6.6.6.6, 203.0.113.9` comes
//! from 203.0.113.9: our proxy wrote the last entry, anybody may have written the first. From 198.51.100.1 the same
//! header is the word of a stranger and means nothing. `Forwarded` is never read.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Once;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpRequest};

use crate::platform::App;
use crate::platform::error::{Error, Result};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Entries of the header that are looked at.
const MOST_HOPS: usize = 32;

/// Addresses that begin alike: `10.0.0.0/8`, `fd00::/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u32,
}

/// A text that is no network.
#[derive(Debug, thiserror::Error)]
#[error("not a network")]
pub struct BadNetwork;

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (first, bits) = text.split_once('/').map_or((text, None), |(first, bits)| (first, Some(bits)));
        let first: IpAddr = first.parse().map_err(|_| BadNetwork)?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| BadNetwork)?;
        if bits > most { Err(BadNetwork) } else { Ok(Self { first, bits }) }
    }
}

impl Network {
    fn has(&self, address: IpAddr) -> bool {
        let differ = match (self.first, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            _ => return false,
        };
        differ >= self.bits
    }
}

/// The address that a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// What one customer of a network operator has: an IPv4 address, or the 64 bits of an IPv6 address that others gave.
    pub fn household(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        }
    }
}

/// An IPv4 address that came over an IPv6 socket is one.
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn seen(socket: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> Peer {
    let trust = |address: IpAddr| trusted.iter().any(|network| network.has(address));
    let mut peer = plain(socket);
    let values: Vec<&str> = headers.get_all(FORWARDED_FOR).map(|value| value.to_str().unwrap_or_default()).collect();
    let hops = values.iter().rev().flat_map(|value| value.rsplit(',')).take(MOST_HOPS);
    for hop in hops {
        if !trust(peer) {
            break;
        }
        // What cannot be read was written by somebody who is not to be believed.
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        peer = plain(address);
    }
    Peer(peer)
}

/// Whom a request comes from; none for one that came over no socket.
pub fn of(app: &App, req: &HttpRequest) -> Option<Peer> {
    static TOLD: Once = Once::new();
    let socket = req.peer_addr()?.ip();
    let trusted = &app.settings.limits.proxies;
    if trusted.is_empty() && req.headers().contains_key(FORWARDED_FOR) {
        TOLD.call_once(|| {
            log::warn!("{socket} sends X-Forwarded-For and is not trusted: if it is your proxy, set CANBO_TRUSTED_PROXIES, or all callers count as one");
        });
    }
    Some(seen(socket, req.headers(), trusted))
}

impl FromRequest for Peer {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let found = App::from_request(req, payload).into_inner();
        std::future::ready(
            found.and_then(|app| of(&app, req).ok_or_else(|| Error::internal("a request without a peer"))),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn from(socket: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(value).unwrap());
        }
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        seen(socket.parse().unwrap(), &headers, &trusted).0.to_string()
    }

    /// Z11: a stranger's word on addresses is nothing; that of a trusted proxy counts from the right.
    #[test]
    fn only_trusted_proxies_are_believed() {
        let ours = ["10.0.0.0/8", "fd00::/8"];
        for (socket, forwarded, seen) in [
            ("198.51.100.1", &["6.6.6.6"][..], "198.51.100.1"),
            ("10.0.0.7", &["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.7", &["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
            ("10.0.0.7", &["6.6.6.6, 203.0.113.9, 10.1.1.1"], "203.0.113.9"),
            ("::ffff:10.0.0.7", &["203.0.113.9"], "203.0.113.9"),
            ("fd00::1", &["2001:db8::5"], "2001:db8::5"),
            ("10.0.0.7", &["6.6.6.6, rubbish"], "10.0.0.7"),
            ("10.0.0.7", &["6.6.6.6, "], "10.0.0.7"),
            ("10.0.0.7", &[], "10.0.0.7"),
            ("10.0.0.7", &["10.2.2.2"], "10.2.2.2"),
        ] {
            assert_eq!(from(socket, forwarded, &ours), seen, "{socket} {forwarded:?}");
            assert_eq!(from(socket, forwarded, &[]), plain(socket.parse().unwrap()).to_string());
        }
    }

    #[test]
    fn networks() {
        let has = |network: &str, address: &str| network.parse::<Network>().unwrap().has(address.parse().unwrap());
        assert!(has("10.0.0.0/8", "10.255.0.1") && !has("10.0.0.0/8", "11.0.0.1"));
        assert!(has("127.0.0.1", "127.0.0.1") && !has("127.0.0.1", "127.0.0.2"));
        assert!(has("0.0.0.0/0", "203.0.113.9") && !has("0.0.0.0/0", "::1") && has("::/0", "::1"));
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "x", "::/129", "10.0.0.0/-1", "10.0.0.0/"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        assert_eq!(Peer("2001:db8:1:2:3:4:5:6".parse().unwrap()).household().to_string(), "2001:db8:1:2::");
    }
}
