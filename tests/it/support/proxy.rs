//! A way to PostgreSQL that fails as networks do: slow, silent, dripping, reset, cut beside a COMMIT.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the way does with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Passes them.
    Pass,
    /// Passes them later.
    Delay(Duration),
    /// Takes them and says nothing: the black hole.
    Freeze,
    /// One byte a second.
    Drip,
    /// Takes no new connection.
    Refuse,
}

/// Where the next COMMIT is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The server never sees it.
    BeforeCommit,
    /// The server commits, and nobody hears of it.
    AfterCommit,
}

/// What is done with the connection there.
#[derive(Clone)]
enum Then {
    Reset,
    /// Told, and held for ever.
    Hold(mpsc::Sender<()>),
}

struct State {
    mode: watch::Sender<Mode>,
    resets: watch::Sender<usize>,
    cut: Mutex<Option<(Cut, Then)>>,
    accepted: AtomicUsize,
}

/// A running proxy; it ends with the process.
#[derive(Clone)]
pub struct Proxy {
    /// Where to connect.
    pub address: SocketAddr,
    state: Arc<State>,
}

impl Proxy {
    /// In front of a server.
    pub fn start(upstream: SocketAddr) -> Self {
        let state = Arc::new(State {
            mode: watch::Sender::new(Mode::Pass),
            resets: watch::Sender::new(0),
            cut: Mutex::default(),
            accepted: AtomicUsize::new(0),
        });
        let (tell, told) = mpsc::channel();
        let shared = state.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let tasks = tokio::task::LocalSet::new();
                tasks
                    .run_until(async {
                        loop {
                            let (near, _) = listener.accept().await.unwrap();
                            shared.accepted.fetch_add(1, Ordering::SeqCst);
                            tokio::task::spawn_local(serve(near, upstream, shared.clone()));
                        }
                    })
                    .await;
            });
        });
        Self { address: told.recv().unwrap(), state }
    }

    /// From now on.
    pub fn set(&self, mode: Mode) {
        self.state.mode.send_replace(mode);
    }

    /// RST on all connections, to both sides.
    pub fn reset_all(&self) {
        self.state.resets.send_modify(|count| *count += 1);
    }

    /// Resets the connection of the next COMMIT.
    pub fn cut(&self, cut: Cut) {
        *self.state.cut.lock().unwrap() = Some((cut, Then::Reset));
    }

    /// Holds the connection of the next COMMIT for ever, and tells when.
    pub fn hold(&self, cut: Cut) -> mpsc::Receiver<()> {
        let (tell, told) = mpsc::channel();
        *self.state.cut.lock().unwrap() = Some((cut, Then::Hold(tell)));
        told
    }

    /// Whether the cut is still to come.
    pub fn is_armed(&self) -> bool {
        self.state.cut.lock().unwrap().is_some()
    }

    /// How many connections were asked for.
    pub fn accepted(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }
}

async fn serve(near: TcpStream, upstream: SocketAddr, state: Arc<State>) {
    if *state.mode.borrow() == Mode::Refuse {
        let _ = near.set_zero_linger();
        return;
    }
    let mut resets = state.resets.subscribe();
    resets.mark_unchanged();
    let Ok(far) = TcpStream::connect(upstream).await else {
        let _ = near.set_zero_linger();
        return;
    };
    let (_, _) = (near.set_nodelay(true), far.set_nodelay(true));
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let lost = Arc::new(Mutex::new(None));
    let cut = tokio::select! {
        _ = resets.changed() => true,
        cut = up(near_read, far_write, state.clone(), lost.clone()) => cut,
        cut = down(far_read, near_write, state.clone(), lost.clone()) => cut,
    };
    if cut {
        log::debug!("the proxy cut a connection");
    }
}

/// A cut after the COMMIT: what the server says is not passed on.
type Lost = Arc<Mutex<Option<Then>>>;

fn abrupt(half: &impl AsRef<TcpStream>) {
    let _ = half.as_ref().set_zero_linger();
}

/// From the service to the server.
async fn up(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: Arc<State>, lost: Lost) -> bool {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else {
            let _ = to.shutdown().await;
            return false;
        };
        let chunk = &buffer[..count];
        let armed =
            if chunk.windows(7).any(|part| part == b"COMMIT\0") { state.cut.lock().unwrap().take() } else { None };
        match armed {
            Some((Cut::BeforeCommit, Then::Reset)) => {
                abrupt(&from);
                abrupt(&to);
                return true;
            }
            Some((Cut::BeforeCommit, Then::Hold(tell))) => {
                let _ = tell.send(());
                // The service is killed meanwhile: then the server must hear of its end.
                while matches!(from.read(&mut buffer).await, Ok(1..)) {}
                return true;
            }
            Some((Cut::AfterCommit, then)) => *lost.lock().unwrap() = Some(then),
            None => {}
        }
        if !pass(chunk, &mut to, &state).await {
            return false;
        }
    }
}

/// From the server to the service.
async fn down(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: Arc<State>, lost: Lost) -> bool {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else {
            let _ = to.shutdown().await;
            return false;
        };
        // What was asked before the COMMIT may still be answered.
        let committed = buffer[..count].windows(7).any(|part| part == b"COMMIT\0");
        let held = if committed { lost.lock().unwrap().clone() } else { None };
        match held {
            Some(Then::Reset) => {
                abrupt(&from);
                abrupt(&to);
                return true;
            }
            Some(Then::Hold(tell)) => {
                let _ = tell.send(());
                while matches!(from.read(&mut buffer).await, Ok(1..)) {}
                return true;
            }
            None => {}
        }
        if !pass(&buffer[..count], &mut to, &state).await {
            return false;
        }
    }
}

/// Writes a chunk as the mode says.
async fn pass(chunk: &[u8], to: &mut OwnedWriteHalf, state: &State) -> bool {
    let mut mode = state.mode.subscribe();
    let mut rest = chunk;
    while !rest.is_empty() {
        let now = *mode.borrow_and_update();
        let (count, wait) = match now {
            Mode::Pass | Mode::Refuse => (rest.len(), Duration::ZERO),
            Mode::Delay(wait) => (rest.len(), wait),
            Mode::Drip => (1, Duration::from_secs(1)),
            Mode::Freeze => {
                if mode.changed().await.is_err() {
                    return false;
                }
                continue;
            }
        };
        let started = Instant::now();
        while started.elapsed() < wait && *mode.borrow() == now {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if to.write_all(&rest[..count]).await.is_err() {
            return false;
        }
        rest = &rest[count..];
    }
    true
}
