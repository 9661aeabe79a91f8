//! Keys over TLS: from who shows a certificate of an authority that is trusted, for the name that was asked for.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jsonwebtoken::Algorithm;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::server::Says;
use super::{QUICK, Signs, app, ask, claims, set, setting, soon};

fn tls(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/gate/providers/tls")).join(name)
}

/// A server with a certificate for `localhost`; gives its port, and how often somebody came.
fn serve(text: String) -> (u16, Arc<AtomicU32>) {
    let certificate = CertificateDer::from_pem_file(tls("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(tls("server.key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let came = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&came);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            tell.send(listener.local_addr().unwrap().port()).unwrap();
            let acceptor = TlsAcceptor::from(Arc::new(config));
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                // Who does not trust the certificate goes away.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let _ = stream.read(&mut [0; 4096]).await;
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len());
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
    });
    (told.recv().unwrap(), came)
}

/// I20: a server that cannot show who it is gives no keys.
#[test]
fn keys_come_from_who_is_trusted() {
    let key = Signs::new("rsa", Algorithm::RS256);
    let Says::Text(text) = set(&[&key]) else { panic!() };
    let (port, came) = serve(text);
    let token = key.token(&claims("reader"));
    let trusting = |host: &str, authority: &str| {
        let mut setting = setting(&format!("https://{host}:{port}/keys"));
        setting["ca_file"] = json!(tls(authority));
        app(&setting, QUICK)
    };
    let good = trusting("localhost", "ca.pem");
    soon("the first token", || ask(&good, &token).status == 200);
    drop(good);
    for (host, authority) in [("localhost", "other_ca.pem"), ("127.0.0.1", "ca.pem")] {
        let before = came.load(Ordering::SeqCst);
        let bad = trusting(host, authority);
        soon("the asking", || {
            std::thread::sleep(Duration::from_millis(100));
            ask(&bad, &token).problem(401, "unauthenticated");
            came.load(Ordering::SeqCst) >= before + 2
        });
        ask(&bad, &token).problem(401, "unauthenticated");
    }
}
