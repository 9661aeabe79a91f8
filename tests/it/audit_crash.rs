//! The audit record after crashes of PostgreSQL under load.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::support::process::Dev;
use crate::support::{Client, PASSWORD};

/// D20: after `kill -9` of PostgreSQL under writes, three times, every write that was acknowledged is there with its one
/// entry, and the chain verifies.
#[test]
fn after_crashes_the_chain_verifies_and_has_every_acknowledged_write() {
    let mut dev = Dev::start(&[]);
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let sign_in = |name: &str| Client::new(dev.socket()).signed_in(name, PASSWORD);
        let officer = sign_in("organisation_officer");
        let stop = AtomicBool::new(false);
        let postmaster = std::fs::read_to_string(dev.folder().join("pg/data/postmaster.pid")).unwrap();
        let postmaster = postmaster.lines().next().unwrap().to_owned();
        let told: Vec<String> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..6)
                .map(|writer| {
                    let (officer, stop) = (&officer, &stop);
                    scope.spawn(move || {
                        let mut told = Vec::new();
                        for n in 0.. {
                            if stop.load(Ordering::SeqCst) {
                                break;
                            }
                            let code = format!("crash_{round}_{writer}_{n}");
                            let body = json!({"code": code, "name_vi": "Sự cố", "name_en": "Crash", "category": "government",
                                "level": "commune", "leadership": false, "rank_order": 900});
                            let sent = officer.request(Method::POST, "/v1/titles").header("x-request-id", &code).json(&body).send();
                            if sent.is_ok_and(|answer| answer.status() == 201) {
                                told.push(code);
                            } else {
                                std::thread::sleep(Duration::from_millis(20));
                            }
                        }
                        told
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_millis(700));
            assert!(Command::new("kill").args(["-9", &postmaster]).status().unwrap().success());
            std::thread::sleep(Duration::from_millis(200));
            stop.store(true, Ordering::SeqCst);
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
        });
        assert!(told.len() > 5, "only {} writes were acknowledged", told.len());
        acknowledged.extend(told);
        dev.kill();
        dev.restart(&[]);
    }
    let sign_in = |name: &str| Client::new(dev.socket()).signed_in(name, PASSWORD);
    let auditor = sign_in("auditor");
    let all = |first: &str, field: &str| {
        let (mut found, mut next) = (Vec::new(), Some(first.to_owned()));
        while let Some(path) = next {
            let page = auditor.get(&path).expect(200);
            found.extend(page.rows().iter().map(|row| row[field].as_str().unwrap().to_owned()));
            next = page.header("link").split(['<', '>']).nth(1).map(str::to_owned);
        }
        found
    };
    let done = all("/v1/audit/entries?action=create_title&outcome=done&limit=200", "request_id");
    let titles: BTreeSet<String> = all("/v1/titles?limit=200", "code").into_iter().collect();
    for code in &acknowledged {
        assert!(titles.contains(code), "{code} was acknowledged and is not there");
        assert_eq!(done.iter().filter(|known| *known == code).count(), 1, "{code} has no single entry");
    }
    let (started, mut from) = (Instant::now(), 1);
    loop {
        let part = auditor.get(&format!("/v1/audit/verification?from_seq={from}&limit=2000")).expect(200).body;
        assert_eq!(part["valid"], true, "{part}");
        match part["next_from_seq"].as_i64() {
            Some(next) => from = next,
            None => break,
        }
        assert!(started.elapsed() < Duration::from_mins(1));
    }
    dev.stop();
}
