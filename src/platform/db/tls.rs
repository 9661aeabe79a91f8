//! TLS to PostgreSQL: the server must show a certificate that a trusted authority gave for its name. There is no mode
//! that encrypts and does not look.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::{TlsConnector, client};

/// Whom to trust.
#[derive(Clone)]
pub(super) struct Trust(Option<Arc<ClientConfig>>);

impl Trust {
    /// Nobody: for servers that are reached without TLS.
    pub fn nobody() -> Self {
        Self(None)
    }

    /// Those of a file of certificates, or else those that this machine trusts.
    pub fn of(file: Option<&Path>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let certificates = match file {
            Some(file) => CertificateDer::pem_file_iter(file)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| format!("DATABASE_CA_FILE cannot be read ({}): {error}", file.display()))?,
            None => rustls_native_certs::load_native_certs().certs,
        };
        let (good, _) = roots.add_parsable_certificates(certificates);
        if good == 0 {
            return Err(
                "no authority is trusted for TLS to PostgreSQL: set DATABASE_CA_FILE to a file of certificates \
                        (PEM), or install those of the system"
                    .to_owned(),
            );
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Some(Arc::new(config))))
    }
}

/// A handshake with one server.
pub(super) struct Handshake {
    config: Option<Arc<ClientConfig>>,
    name: String,
}

impl<S> MakeTlsConnect<S> for Trust
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Encrypted<S>;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, name: &str) -> io::Result<Handshake> {
        Ok(Handshake { config: self.0.clone(), name: name.to_owned() })
    }
}

impl<S> TlsConnect<S> for Handshake
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let config = self.config.ok_or_else(|| io::Error::other("nobody is trusted"))?;
            let name = ServerName::try_from(self.name).map_err(io::Error::other)?;
            Ok(Encrypted(TlsConnector::from(config).connect(name, stream).await?))
        })
    }
}

/// A stream inside TLS.
pub(super) struct Encrypted<S>(client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    /// The password exchange is not bound to the certificate: that is looked at before.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
