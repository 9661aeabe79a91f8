//! The only file that knows all rooms: what is served, in which order it is wrapped, how it starts and stops.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::ready;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_cors::Cors;
use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_server::Server;
use actix_service::{ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::http::header;
use actix_web::middleware::{Compress, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::{HttpResponse, get, web};
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ClientCredentials, Flow, Http, HttpAuthScheme, OAuth2, Scopes, SecurityScheme};
use utoipa::{Modify, OpenApi as _};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::identity::model::{Holder, LoginName, Role};
use crate::identity::standing::Standings;
use crate::identity::tokens::Tokens;
use crate::identity::{AccountProposal, Caller, GrantProposal};
use crate::organisations::founding::Founding;
use crate::organisations::model::UnitId;
use crate::platform::clock::Clock;
use crate::platform::config::{AuditSettings, DatabaseSettings, HttpSettings, Limits, Secret, SignInSettings};
use crate::platform::db::Db;
use crate::platform::error::Result;
use crate::platform::http::fallback::{Known, fallback};
use crate::platform::http::guard::Guarded;
use crate::platform::http::metrics::Metrics;
use crate::platform::http::page::Signer;
use crate::platform::http::problem::{Fault, Problem};
use crate::platform::http::quota::{Buckets, Heavy};
use crate::platform::http::refusals::{self, Operations};
use crate::platform::http::shape::Shapes;
use crate::platform::http::{completion, document, health, problem_page, request};
use crate::platform::id::Ids;
use crate::platform::period::{Period, Timeline, WirePeriod};
use crate::platform::seal::Seal;
use crate::platform::turns::Turns;
use crate::platform::{App, Parts};
use crate::{
    audit, cadres, calendar, catalogues, eligibility, identity, organisations, posts, regulations, reorganisations,
    reports, rotations, training,
};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 2048;
/// What costs so much that one caller may ask for few of them at a time.
const HEAVY: Heavy = Heavy(&["/v1/reports/", "/v1/eligibility-checks/"]);

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "canbo", description = "Cadres (cán bộ), posts (chức danh), rotations (luân chuyển, điều động, biệt phái) and training (đào tạo, bồi dưỡng) of a Vietnamese province. Days are `YYYY-MM-DD`; the last day of a period is included. Every refusal is a problem document with a stable `code` and every finding at once.", contact(name = "The administrator of the service"), license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    servers((url = "/", description = "The service that serves this document")),
    components(schemas(Problem, Fault, WirePeriod, Timeline)),
    modifiers(&Security),
    tags(
        (name = "identity", description = "Sessions, accounts, clients, grants"),
        (name = "organisations", description = "Units: dated names, codes and parents, history and lineage"),
        (name = "posts", description = "Titles, posts, who holds what when"),
        (name = "cadres", description = "The cadre record"),
        (name = "eligibility", description = "Whether a person fits a post on a day, rule by rule"),
        (name = "rotations", description = "Cases of linked moves"),
        (name = "training", description = "Programmes, courses, enrolments, results"),
        (name = "reports", description = "Counts with the shares of women, minorities and people in planning"),
        (name = "calendar", description = "What comes: effects of cases, ends of terms, retirements, courses, acts"),
        (name = "regulations", description = "Law as data"),
        (name = "catalogues", description = "Codes with their labels and official lists"),
        (name = "audit", description = "The record of writes and of reads of sensitive fields, a chain that others can verify"),
        (name = "system", description = "Health, readiness, metrics, the document itself"),
    ),
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("An access token of `POST /v1/sessions` or `POST /oauth/token`."))
            .build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let client = OAuth2::new([Flow::ClientCredentials(ClientCredentials::new("/oauth/token", Scopes::new()))]);
        components.add_security_scheme("client", SecurityScheme::OAuth2(client));
    }
}

/// All paths.
fn routes(cfg: &mut ServiceConfig) {
    health::configure(cfg);
    problem_page::configure(cfg);
    identity::api::configure_root(cfg);
    cfg.service(get_openapi);
    cfg.service(utoipa_actix_web::scope("/v1").configure(|cfg: &mut ServiceConfig| {
        identity::api::configure(cfg);
        audit::configure(cfg);
        catalogues::configure(cfg);
        regulations::configure(cfg);
        organisations::configure(cfg);
        posts::configure(cfg);
        cadres::configure(cfg);
        eligibility::configure(cfg);
        rotations::configure(cfg);
        training::configure(cfg);
        reorganisations::configure(cfg);
        reports::configure(cfg);
        calendar::configure(cfg);
    }));
}

/// The document of the paths.
pub fn document() -> OpenApi {
    let app = actix_web::App::new().into_utoipa_app().openapi(Document::openapi()).configure(routes);
    app.split_for_parts().1
}

/// The document as it is checked in and served.
pub fn document_text() -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(&document::tidy(serde_json::to_value(document())?))?;
    Ok(text + "\n")
}

/// The document's bytes, made once.
#[derive(Clone)]
struct DocumentText(web::Bytes);

/// This document.
///
/// OpenAPI 3.1, generated from the code that serves it. Clients and tests can be generated from it.
#[utoipa::path(operation_id = "getOpenapi", tag = "system", security(()), responses((status = 200, body = Object, description = "OpenAPI 3.1")))]
#[get("/openapi.json")]
async fn get_openapi(text: web::Data<DocumentText>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(text.0.clone())
}

/// The parts of a running service.
pub fn assemble(
    database: &DatabaseSettings,
    http: HttpSettings,
    tokens: &Tokens,
    clock: Clock,
    ids: Ids,
) -> Result<App> {
    assemble_anchored(database, http, tokens, AuditSettings::default(), clock, ids)
}

/// The parts of a running service whose audit record is anchored elsewhere.
pub fn assemble_anchored(
    database: &DatabaseSettings,
    settings: HttpSettings,
    tokens: &Tokens,
    audit: AuditSettings,
    clock: Clock,
    ids: Ids,
) -> Result<App> {
    let db = Db::new(database, clock.clone(), ids)?;
    let (cursors, seal, metrics) = (tokens.cursors(), tokens.seal(), Metrics::new()?);
    let (turns, buckets) = (Turns::new(settings.sign_in.hashes_at_once), Buckets::default());
    Ok(App::new(Parts { db, clock, cursors, seal, audit, metrics, buckets, turns, settings }))
}

/// Binds the address and starts to serve; the server runs when it is awaited.
pub fn serve(app: &App, tokens: Arc<Tokens>) -> std::io::Result<(Server, SocketAddr)> {
    let listener = TcpListener::bind(app.settings.listen)?;
    let address = listener.local_addr()?;
    let text = document_text()?;
    let value = serde_json::from_str(&text)?;
    let text = web::Data::new(DocumentText(text.into()));
    let operations = web::Data::new(Operations::of(&value));
    let (shapes, known) = (web::Data::new(Shapes::of(&value)), web::Data::new(Known::of(&value)));
    let (state, tokens) = (web::Data::new(app.clone()), web::Data::from(tokens));
    let standings = Arc::new(Standings::default());
    let changing = Arc::clone(&standings);
    app.db.watch(move |kind, id| changing.forget(kind, id));
    let standings = web::Data::from(standings);
    let (origins, workers) = (app.settings.cors_origins.clone(), app.settings.workers);
    let (patience, local) = (app.settings.limits.patience, address);
    let heavy = web::Data::new(HEAVY);
    let builder = Server::build();
    let ending = builder.graceful_shutdown_signal();
    // HTTP/1.1 alone, over connections that wait for nobody longer than they should.
    let factory = move || {
        let app = actix_web::App::new()
            .app_data(state.clone())
            .app_data(tokens.clone())
            .app_data(standings.clone())
            .app_data(text.clone())
            .app_data(shapes.clone())
            .app_data(known.clone())
            .app_data(operations.clone())
            .app_data(heavy.clone())
            .wrap(from_fn(refusals::record))
            .wrap(from_fn(completion::to_completion))
            .wrap(cors(&origins))
            .wrap(Compress::default())
            .wrap(from_fn(request::observe))
            .into_utoipa_app()
            .configure(routes)
            .map(|app| {
                app.service(web::redirect("/docs", "/docs/"))
                    .service(
                        SwaggerUi::new("/docs/{_:.*}")
                            .config(Config::from("/openapi.json").try_it_out_enabled(true).persist_authorization(true)),
                    )
                    .default_service(web::to(fallback))
            })
            .into_app();
        let ending = ending.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let ending = ending.clone();
                async move { ending.notified().await }
            })
            .keep_alive(patience.keep_alive)
            .client_request_timeout(patience.head)
            .client_disconnect_timeout(Duration::from_secs(1))
            .tcp_nodelay(true)
            .local_addr(local)
            .h1(map_config(app, |()| AppConfig::default()));
        let guarded = fn_service(move |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            ready(Ok::<_, DispatchError>((Guarded::new(stream, patience.exchange), peer)))
        });
        guarded.and_then(http)
    };
    let server = builder
        .workers(workers)
        .backlog(BACKLOG)
        .shutdown_timeout(patience.drain.as_secs())
        .disable_signals()
        .listen("canbo", listener, factory)?
        .run();
    Ok((server, address))
}

fn cors(origins: &[String]) -> Cors {
    let mut cors = Cors::default()
        .allowed_methods(["GET", "POST", "PATCH", "DELETE"])
        .allowed_headers([
            "authorization",
            "content-type",
            "if-match",
            "if-none-match",
            "idempotency-key",
            "accept-language",
            "traceparent",
            "tracestate",
            "x-request-id",
        ])
        .expose_headers([
            "etag",
            "location",
            "link",
            "idempotency-replayed",
            "ratelimit",
            "ratelimit-policy",
            "retry-after",
            "traceresponse",
            "x-request-id",
        ])
        .block_on_origin_mismatch(false)
        .max_age(600);
    for origin in origins {
        cors = cors.allowed_origin(origin);
    }
    cors
}

/// Serves until the process is told to stop; then lets what runs end.
pub async fn run(app: App, tokens: Tokens) -> anyhow::Result<()> {
    let tokens = Arc::new(tokens);
    let (server, address) = serve(&app, Arc::clone(&tokens))?;
    let (handle, patience) = (server.handle(), app.settings.limits.patience);
    log::info!("serving on http://{address}, documentation at http://{address}/docs/");
    let stopping = async move {
        stop_signal().await;
        log::info!("stopping");
        health::stop_being_ready();
        // Until the load balancer has seen it, requests still come.
        tokio::time::sleep(patience.pause).await;
        completion::drained(patience.drain).await;
        handle.stop(true).await;
    };
    let impatience = async {
        stop_signal().await;
        stop_signal().await;
        log::warn!("told twice: stopping at once");
    };
    let (ended, ()) = tokio::select! {
        ended = async { tokio::join!(server, stopping) } => ended,
        never = background(&app) => match never {},
        never = app.db.write_records() => match never {},
        never = follow_keys(&app, &tokens) => match never {},
        () = impatience => (Ok(()), ()),
    };
    app.db.write_last_records().await;
    app.db.close();
    Ok(ended?)
}

/// How often each replica looks for cases whose day has come. At midnight the calendar itself moves people; what follows
/// is at most this late.
const CALENDAR: Duration = Duration::from_secs(5);
/// How often what is over is forgotten.
const FORGET: Duration = Duration::from_mins(10);

/// How often it is looked whether the audit record wants a checkpoint.
const CHECKPOINT: Duration = Duration::from_mins(1);

/// Work that nobody asks for: the effects of a day that has come, checkpoints, and forgetting what is over: idempotency
/// keys, tries to sign in, revoked tokens. A stop in the middle of it rolls back; the next start does it.
async fn background(app: &App) -> Infallible {
    let (mut calendar, mut forget) = (tokio::time::interval(CALENDAR), tokio::time::interval(FORGET));
    let mut checkpoint = tokio::time::interval(CHECKPOINT);
    loop {
        let failed = tokio::select! {
            _ = calendar.tick() => take_due_effects(app).await.err(),
            _ = forget.tick() => forget_what_is_over(app).await.err(),
            _ = checkpoint.tick() => audit::checkpoint(app).await.err(),
        };
        if let Some(error) = failed {
            log::warn!("background work will be tried again: {error}: {}", error.chain());
        }
    }
}

/// What days that have come bring about, in the order in which rooms stand.
pub async fn take_due_effects(app: &App) -> Result<()> {
    rotations::take_due_effects(app).await?;
    reorganisations::take_due_effects(app).await?;
    Ok(())
}

async fn forget_what_is_over(app: &App) -> Result<()> {
    app.db.forget_old_keys().await?;
    identity::forget_what_is_over(app).await
}

/// Follows the signing keys and those of the identity providers.
pub async fn follow_keys(app: &App, tokens: &Tokens) -> Infallible {
    tokens.tend(&app.clock).await;
    std::future::pending().await
}

/// SIGTERM, SIGINT.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// An application that is used from the command line and serves nothing.
pub fn unserved(db: Db) -> Result<App> {
    let settings = HttpSettings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        issuer: String::new(),
        cors_origins: Vec::new(),
        body_limit: 0,
        deadline: Duration::ZERO,
        limits: Limits::default(),
        workers: 1,
        sign_in: SignInSettings::default(),
    };
    let cursors = Signer::new(&db.ids().bytes::<32>());
    let (clock, seal, audit) = (db.clock().clone(), Seal::of(&[]), AuditSettings::default());
    let (metrics, buckets) = (Metrics::new()?, Buckets::default());
    let turns = Turns::new(settings.sign_in.hashes_at_once);
    Ok(App::new(Parts { db, clock, cursors, seal, audit, metrics, buckets, turns, settings }))
}

/// Loads what every province starts with, where it is not there: regulations, units, titles and their standards. Gives the units by key when
/// they were loaded now.
pub async fn found(
    app: &App,
    caller: &Caller,
    founding: &Founding,
) -> anyhow::Result<Option<BTreeMap<String, UnitId>>> {
    regulations::load(app, caller).await?;
    posts::load_titles(app, caller).await?;
    posts::load_standards(app, caller).await?;
    if organisations::is_founded(app).await? {
        return Ok(None);
    }
    Ok(Some(organisations::found(app, caller, founding).await?))
}

/// Makes the first administrator of a province, and what every province starts with.
pub async fn bootstrap(db: Db, caller: &Caller, user_name: &str, password: Secret) -> anyhow::Result<()> {
    let app = unserved(db)?;
    found(&app, caller, &organisations::founding::founding()?).await?;
    let root = organisations::root(&app).await?;
    let user_name =
        LoginName::parse("user_name", user_name).map_err(|finding| anyhow::anyhow!("{}", finding.message.en))?;
    let display_name = "Quản trị hệ thống".to_owned();
    let proposal = AccountProposal { user_name, display_name, password: Some(password), cadre_id: None };
    // A run that ended between the account and its grant is carried on.
    let account = match identity::find_account(&app, proposal.user_name.as_str()).await {
        Ok(account) if !identity::has_grants(&app, account.id).await? => account,
        _ => identity::create_account(&app, caller, &proposal).await?.value.account,
    };
    let during = Period::since(app.clock.today());
    let holder = Holder::Account(account.id);
    let grant = GrantProposal { holder, role: Role::Administrator, unit_id: root.0, during };
    identity::create_grant(&app, caller, &grant).await?;
    log::info!("{} may sign in and manage accounts", account.user_name);
    Ok(())
}
