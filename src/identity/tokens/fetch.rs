//! One GET of a small document over HTTP/1.1: bounded in bytes and time, no redirects, no proxies, no cookies, no pool.
//! hyper's bare connection does just that; a full client would bring what must then be switched off.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The largest document, bytes.
const LARGEST: usize = 256 * 1024;
/// How long all of it may take.
const DEADLINE: Duration = Duration::from_secs(5);

/// A document at an address.
pub struct Remote {
    uri: Uri,
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
}

impl Remote {
    /// At an `https` address; `http` goes no further than this machine. Certificates are those that the system trusts,
    /// or, with a file, those of that file alone.
    pub fn new(address: &str, authorities: Option<&Path>) -> Result<Self, String> {
        let uri: Uri = address.parse().map_err(|_| format!("{address} is no address"))?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let host = authority.map(|authority| authority.host().trim_matches(['[', ']']).to_owned()).unwrap_or_default();
        let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let (tls, usual) = match uri.scheme_str() {
            _ if host.is_empty() => return Err(format!("{address} names no host")),
            Some("https") => (Some(connector(authorities)?), 443),
            Some("http") if here => (None, 80),
            _ => return Err(format!("{address} is not https")),
        };
        let port = uri.port_u16().unwrap_or(usual);
        Ok(Self { uri, host, port, tls })
    }

    /// The document as it is now.
    pub async fn get(&self) -> Result<Vec<u8>, String> {
        tokio::time::timeout(DEADLINE, self.exchange()).await.map_err(|_| "did not answer in time".to_owned())?
    }

    async fn exchange(&self) -> Result<Vec<u8>, String> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(|error| error.to_string())?;
        match &self.tls {
            None => self.ask(stream).await,
            Some(tls) => {
                let name = ServerName::try_from(self.host.clone()).map_err(|error| error.to_string())?;
                let stream = tls.connect(name, stream).await.map_err(|error| error.to_string())?;
                self.ask(stream).await
            }
        }
    }

    async fn ask(&self, stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<Vec<u8>, String> {
        let failed = |error: hyper::Error| error.to_string();
        let (mut sender, connection) =
            http1::Builder::new().max_buf_size(16 * 1024).handshake(TokioIo::new(stream)).await.map_err(failed)?;
        let request = Request::get(self.uri.path_and_query().map_or("/", |path| path.as_str()))
            .header(header::HOST, self.uri.authority().map_or("", |authority| authority.as_str()))
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, "canbo")
            .body(Empty::<Bytes>::new())
            .map_err(|error| error.to_string())?;
        let answer = async {
            let answer = sender.send_request(request).await.map_err(failed)?;
            if answer.status() != 200 {
                return Err(format!("answered {}", answer.status()));
            }
            let body = Limited::new(answer.into_body(), LARGEST).collect().await.map_err(|error| error.to_string())?;
            Ok(body.to_bytes().to_vec())
        };
        let (answer, connection) = (Box::pin(answer), Box::pin(connection));
        // The connection moves only while it is awaited, and it may end before its last bytes are read.
        match futures_util::future::select(answer, connection).await {
            futures_util::future::Either::Left((answer, _)) => answer,
            futures_util::future::Either::Right((_, answer)) => answer.await,
        }
    }
}

fn connector(authorities: Option<&Path>) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(file) => {
            let unreadable =
                |error: &dyn std::fmt::Display| format!("{} holds no certificates: {error}", file.display());
            for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(&error))? {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                roots.add(certificate).map_err(|error| unreadable(&error))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err("no certificate is trusted: install ca-certificates, or name a file in ca_file".to_owned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
