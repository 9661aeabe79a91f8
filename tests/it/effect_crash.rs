//! The effect of a case, its connection and the service ended at each of its statements.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use canbo::platform::clock::Clock;
use canbo::platform::config::{DatabaseSettings, Secret};
use canbo::platform::db::Db;
use canbo::platform::id::Ids;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use crate::support::fixtures::{Office, transfer};
use crate::support::{TestApp, database, day};

/// Where the way to PostgreSQL ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Nowhere.
    Never,
    /// The server does not see the statement of this number.
    Before(usize),
    /// The server carries out the statement of this number, and nobody hears of it.
    After(usize),
}

/// A way to PostgreSQL that counts the statements on it, and ends at one of them, for good.
struct Way {
    address: SocketAddr,
    seen: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

trait Link: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Link for T {}

/// The server's host in an address: the folder of its socket, or a name with a port.
async fn server(host: &str) -> Box<dyn Link> {
    if host.starts_with("%2F") {
        let folder: PathBuf = host.split(':').next().unwrap().replace("%2F", "/").into();
        return Box::new(UnixStream::connect(folder.join(".s.PGSQL.5432")).await.unwrap());
    }
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:5432") };
    Box::new(TcpStream::connect(host).await.unwrap())
}

/// The first whole message of what a client has sent: where it ends, and whether it runs a statement. What comes before
/// the client has said who it is has no type.
fn message(bytes: &[u8], greeted: &mut bool) -> Option<(usize, bool)> {
    let head = usize::from(*greeted);
    let length = bytes.get(head..head + 4)?;
    let end = head + usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap();
    let body = bytes.get(..end)?;
    let runs = *greeted && matches!(body[0], b'E' | b'Q');
    // A question whether TLS is spoken is followed by the greeting itself.
    *greeted |= body.get(4..8) != Some(&80_877_103_u32.to_be_bytes());
    Some((end, runs))
}

impl Way {
    /// To the server at this host.
    fn open(host: &str, end: End) -> Self {
        let (seen, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (tell, told) = mpsc::channel();
        let (count, ended, host) = (seen.clone(), over.clone(), host.to_owned());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let tasks = tokio::task::LocalSet::new();
                let accept = async {
                    loop {
                        let (near, _) = listener.accept().await.unwrap();
                        if !ended.load(Ordering::SeqCst) {
                            let far = server(&host).await;
                            tokio::task::spawn_local(carry(near, far, end, count.clone(), ended.clone()));
                        }
                    }
                };
                tasks.run_until(accept).await;
            });
        });
        Self { address: told.recv().unwrap(), seen, over }
    }
}

/// Passes what both sides say, until the statement at which it ends.
async fn carry(near: TcpStream, far: Box<dyn Link>, end: End, seen: Arc<AtomicUsize>, over: Arc<AtomicBool>) {
    let (mut near_read, mut near_write) = near.into_split();
    let (mut far_read, mut far_write) = tokio::io::split(far);
    let unheard = AtomicBool::new(false);
    let up = async {
        let (mut said, mut greeted, mut buffer) = (Vec::new(), false, vec![0; 64 * 1024]);
        while let Ok(count @ 1..) = near_read.read(&mut buffer).await {
            said.extend_from_slice(&buffer[..count]);
            while let Some((length, runs)) = message(&said, &mut greeted) {
                let number = if runs { seen.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
                if end == End::Before(number) && runs {
                    over.store(true, Ordering::SeqCst);
                    return;
                }
                unheard.fetch_or(end == End::After(number) && runs, Ordering::SeqCst);
                if far_write.write_all(&said[..length]).await.is_err() {
                    return;
                }
                said.drain(..length);
            }
        }
    };
    let down = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = far_read.read(&mut buffer).await {
            if unheard.load(Ordering::SeqCst) {
                over.store(true, Ordering::SeqCst);
                return;
            }
            if near_write.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}

/// A service at this address starts on the day of the effect, writes what is due, and ends.
fn run(url: &str) -> Option<usize> {
    let settings = DatabaseSettings::of(Secret::new(url));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let clock = Clock::manual_on(day("2026-12-01"));
        let app = canbo::app::unserved(Db::new(&settings, clock, Ids::random()).unwrap()).unwrap();
        let taken = canbo::rotations::take_due_effects(&app).await;
        app.db.close();
        taken.ok()
    })
}

/// State and version of the case; files that have moved, events and audit entries of its effect.
fn standing(database: &str, case: &str, moved: &str) -> String {
    database::text(
        database,
        &format!(
            "SELECT concat_ws(' ', state, version, (SELECT count(*) FROM cadres c WHERE {moved}), \
               (SELECT count(*) FROM outbox_events WHERE kind = 'rotation.effective' AND subject_id = r.id), \
               (SELECT count(*) FROM audit_entries WHERE action = 'take_effect' AND target_id = r.id AND outcome = 'done')) AS text \
             FROM rotations r WHERE id = '{case}'"
        ),
    )
}

/// Whichever statement of the effect of a case is the last of a service, COMMIT included, the next service finds it
/// whole or not at all, and it has happened once: state, files, one event, one audit entry.
#[test]
fn an_effect_that_ends_at_any_statement_happens_once_and_whole() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let units = ["03172", "03181", "03127"].map(|code| office.commune(code));
    let title = office.title("effect_chair", "commune");
    let posts = units.each_ref().map(|unit| office.post(&title, unit));
    let people: Vec<String> = ["Lò Văn Một", "Lò Văn Hai", "Lò Văn Ba"]
        .iter()
        .zip(units.iter().zip(&posts))
        .map(|(name, (unit, post))| office.holder(name, unit, post))
        .collect();
    let ring: Vec<_> = (0..3).map(|n| transfer(&people[n], Some(&posts[n]), &posts[(n + 1) % 3])).collect();
    let case = office.prepare("2026-12-01", &ring).expect(201);
    office.decide(&case).expect(200);
    let case = case.str("/id").to_owned();
    let moved: Vec<String> =
        (0..3).map(|n| format!("(c.id = '{}' AND c.unit_id = '{}')", people[n], units[(n + 1) % 3])).collect();
    let moved = moved.join(" OR ");
    let decided = app.database.clone();
    drop(app);
    database::disconnect(&decided);

    let url = |database: &str| database::service_url(database);
    let (before, after) = ("decided 2 0 0 0", "effective 3 3 1 1");
    assert_eq!(standing(&decided, &case, &moved), before);
    database::disconnect(&decided);
    // The way of one service, cut where it is to end.
    let attempt = |end: End| {
        let database = database::clone_of(&decided);
        let direct = url(&database);
        let (scheme, rest) = direct.split_once("://").unwrap();
        let (user, rest) = rest.split_once('@').unwrap();
        let (host, name) = rest.split_once('/').unwrap();
        let way = Way::open(host, end);
        let taken = run(&format!("{scheme}://{user}@{}/{name}", way.address));
        (database, direct.clone(), way, taken)
    };
    let (whole, _, way, taken) = attempt(End::Never);
    let statements = way.seen.load(Ordering::SeqCst);
    assert_eq!((taken, standing(&whole, &case, &moved).as_str()), (Some(1), after));
    assert!((10..100).contains(&statements), "{statements} statements");
    let each = (1..=statements).map(End::Before).chain([End::After(statements)]);
    for end in each {
        let (database, direct, way, taken) = attempt(end);
        assert!(way.over.load(Ordering::SeqCst), "{end:?}: the statement was met");
        assert_ne!(taken, Some(1), "{end:?}: who was cut off has not heard of it");
        let found = standing(&database, &case, &moved);
        assert_eq!(found, if end == End::After(statements) { after } else { before }, "{end:?}");
        assert_eq!(run(&direct), Some(usize::from(found == before)), "{end:?}: the next service");
        assert_eq!(standing(&database, &case, &moved), after, "{end:?}");
        assert_eq!(run(&direct), Some(0), "{end:?}: and the one after it");
    }
}
