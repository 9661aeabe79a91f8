//! A small HTTP server that answers every request with what it was told, or misbehaves as it was told.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is answered.
#[derive(Clone)]
pub enum Says {
    /// 200 with this body.
    Text(String),
    /// These bytes.
    Raw(String),
    /// 200 with so many bytes of JSON.
    Large(usize),
    /// 200 with chunks that never end.
    Endless,
    /// Nothing, and the connection is closed.
    Nothing,
    /// Nothing, and the connection stays open.
    Hang,
}

/// The server.
pub struct Server {
    port: u16,
    says: Arc<Mutex<Says>>,
    asked: Arc<AtomicU32>,
}

impl Server {
    /// On a free port of this machine.
    pub fn start(says: Says) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (says, asked) = (Arc::new(Mutex::new(says)), Arc::new(AtomicU32::new(0)));
        let (now, counter) = (Arc::clone(&says), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
                let says = now.lock().unwrap().clone();
                std::thread::spawn(move || answer(stream.unwrap(), says));
            }
        });
        Self { port, says, asked }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/realms/province/certs", self.port)
    }

    /// Answers otherwise from now on.
    pub fn say(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// How often it was asked.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: TcpStream, says: Says) {
    let mut head = [0; 4096];
    let read = stream.read(&mut head).unwrap_or_default();
    let head = String::from_utf8_lossy(&head[..read]).into_owned();
    assert!(head.starts_with("GET /realms/province/certs HTTP/1.1\r\n"), "{head}");
    assert!(!head.to_lowercase().contains("authorization"), "{head}");
    // Who asks may have gone.
    let _ = match says {
        Says::Text(text) => write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len()),
        Says::Raw(text) => stream.write_all(text.as_bytes()),
        Says::Large(bytes) => write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n{{\"keys\":[]}}")
            .and_then(|()| stream.write_all(&vec![b' '; bytes - 11])),
        Says::Endless => endless(&mut stream),
        Says::Nothing => Ok(()),
        Says::Hang => {
            std::thread::sleep(Duration::from_mins(1));
            Ok(())
        }
    };
}

fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    loop {
        stream.write_all(b"8\r\n        \r\n")?;
    }
}
