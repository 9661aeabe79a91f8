//! Claims that our own key has signed and that are still not good.

use serde_json::{Value, json};

use super::Gate;

/// J12: `exp` is a whole number of seconds, not past, and not further from `iat` than our tokens live.
#[test]
fn an_end_is_an_instant_within_bounds() {
    let gate = Gate::new();
    let now = gate.app.clock.now().timestamp();
    for end in [now - 11, now - 10, now + 601, now + 86_400, now + 3_650 * 86_400, 0, -1, i64::MAX, i64::MIN] {
        gate.refuses_claim("exp", json!(end));
    }
    let fraction = f64::from(i32::try_from(now).unwrap()) + 300.0;
    for end in [
        json!(null),
        json!("123"),
        json!((now + 300).to_string()),
        json!("never"),
        json!(1e30),
        json!(1.5),
        json!(fraction),
    ] {
        gate.refuses_claim("exp", end);
    }
    for end in [json!(true), json!([now + 300]), json!({"at": now + 300}), json!(u64::MAX)] {
        gate.refuses_claim("exp", end);
    }
    gate.refuses_without("exp");
    let early = gate.forge.clone().claim("iat", json!(now - 5)).claim("exp", json!(now - 9));
    gate.refuses("an end before its beginning", &early.token());
}

/// J13: `iat` is there and not in the future; our tokens have no `nbf`.
#[test]
fn a_beginning_is_an_instant_that_has_come() {
    let gate = Gate::new();
    let now = gate.app.clock.now().timestamp();
    for begin in
        [json!(now + 11), json!(now + 3_600), json!(null), json!(now.to_string()), json!(1.5), json!(-1), json!([now])]
    {
        gate.refuses_claim("iat", begin);
    }
    gate.refuses_without("iat");
    for begin in [json!(now + 3_600), json!(now - 1), json!(null), json!("0"), json!(1.5)] {
        gate.refuses_claim("nbf", begin);
    }
}

/// J14: the issuer is ours to the letter.
#[test]
fn the_issuer_is_ours_to_the_letter() {
    let gate = Gate::new();
    let ours = gate.forge.claims["iss"].as_str().unwrap().to_owned();
    for other in [
        format!("{ours}/"),
        ours.to_uppercase(),
        format!(" {ours}"),
        ours.replace("https", "http"),
        "canbo".to_owned(),
        String::new(),
    ] {
        gate.refuses_claim("iss", json!(other));
    }
    for other in [json!([ours]), json!(1), json!(null), json!({"iss": ours})] {
        gate.refuses_claim("iss", other);
    }
    gate.refuses_without("iss");
}

/// J15: the audience is us, alone or in a list.
#[test]
fn the_audience_is_us() {
    let gate = Gate::new();
    for other in [
        json!("other"),
        json!(""),
        json!("canb"),
        json!("canbo "),
        json!("CANBO"),
        json!("canbo2"),
        json!(null),
        json!(7),
    ] {
        gate.refuses_claim("aud", other);
    }
    for other in [
        json!([]),
        json!(["other"]),
        json!(["canb", "o"]),
        json!([["canbo"]]),
        json!(["canbo", 7]),
        json!({"aud": "canbo"}),
    ] {
        gate.refuses_claim("aud", other);
    }
    gate.refuses_without("aud");
    for good in [json!("canbo"), json!(["canbo"]), json!(["other", "canbo"])] {
        gate.takes("an audience", &gate.forge.clone().claim("aud", good).token());
    }
}

/// J16: who, by which client, and which token: all there, and texts.
#[test]
fn subject_client_and_id_are_there() {
    let gate = Gate::new();
    for name in ["sub", "client_id", "jti"] {
        gate.refuses_without(name);
        for value in [json!(""), json!(null), json!(1), json!([gate.forge.claims[name]]), json!({}), json!(false)] {
            gate.refuses_claim(name, value);
        }
    }
    for value in [json!("x"), json!("00000000-0000-0000-0000-000000000000"), json!("*"), json!("\u{0}")] {
        gate.refuses_claim("sub", value);
    }
    for value in [json!(null), json!(""), json!(1), json!("x")] {
        gate.refuses_claim("sid", value);
    }
}

/// The claims as text, with more of them at the end.
fn with(claims: &Value, more: &str) -> String {
    let text = claims.to_string();
    format!("{},{more}}}", text.strip_suffix('}').unwrap())
}

/// J17: no name stands twice, not even with the same value, and no name is unknown.
#[test]
fn no_claim_stands_twice() {
    let gate = Gate::new();
    let (header, claims) = (&gate.forge.header, &gate.forge.claims);
    for name in ["exp", "iat", "sub", "aud", "iss", "jti", "client_id"] {
        let again = with(claims, &format!("\"{name}\":{}", claims[name]));
        gate.refuses(&again, &gate.forge.raw(header.to_string(), &again));
        let first = name.chars().next().unwrap();
        let hidden = with(claims, &format!("\"\\u{:04x}{}\":{}", u32::from(first), &name[1..], claims[name]));
        gate.refuses(&hidden, &gate.forge.raw(header.to_string(), &hidden));
    }
    for more in [
        r#""scope":"units.read","scope":"units.read""#,
        r#""unknown":1"#,
        r#""unknown":1,"unknown":2"#,
        r#""x":{"a":1,"a":2}"#,
        r#""roles":["administrator"]"#,
        r#""":1"#,
    ] {
        gate.refuses(more, &gate.forge.raw(header.to_string(), with(claims, more)));
    }
    for name in ["alg", "kid", "typ"] {
        let again = with(header, &format!("\"{name}\":{}", header[name]));
        gate.refuses(&again, &gate.forge.raw(&again, claims.to_string()));
    }
}

/// J18: the claims are one JSON object and nothing more.
#[test]
fn claims_are_one_object() {
    let gate = Gate::new();
    let (header, claims) = (gate.forge.header.to_string(), gate.forge.claims.to_string());
    let deep = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
    let deeper = with(&gate.forge.claims, &format!("\"x\":{}1{}", "{\"a\":".repeat(500), "}".repeat(500)));
    let in_audience = with(&json!({}), &format!("\"aud\":{deep}")).replace("{,", "{");
    let bodies: Vec<Vec<u8>> = vec![
        b"[]".to_vec(),
        format!("[{claims}]").into_bytes(),
        b"\"text\"".to_vec(),
        b"7".to_vec(),
        b"null".to_vec(),
        b"{}".to_vec(),
        b" ".to_vec(),
        format!("{claims}x").into_bytes(),
        format!("{claims}{claims}").into_bytes(),
        format!("{claims}\u{0}").into_bytes(),
        format!("\u{feff}{claims}").into_bytes(),
        [claims.as_bytes(), &[0xff]].concat(),
        claims.replace("canbo", "canbo\u{fffd}").into_bytes(),
        [b"{\"iss\":\"", [0xc3, 0x28].as_slice(), b"\"}"].concat(),
        deep.into_bytes(),
        deeper.into_bytes(),
        in_audience.into_bytes(),
        claims.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ];
    for body in bodies {
        gate.refuses(&String::from_utf8_lossy(&body), &gate.forge.raw(&header, &body));
        gate.refuses("as a header", &gate.forge.raw(&body, &claims));
    }
}

/// J19: a token is three parts of base64url, each in its one spelling.
#[test]
fn a_token_has_one_spelling() {
    let gate = Gate::new();
    // One with letters in which the two spellings differ.
    let mut tokens = (0..).map(|n| {
        let jti = uuid::Uuid::from_u128(n).to_string();
        gate.forge.clone().claim("jti", serde_json::json!(jti)).token()
    });
    let good = tokens.find(|token| token.contains('-') && token.contains('_')).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    let standard = good.replace('-', "+").replace('_', "/");
    assert_ne!(standard, good, "there is something to replace");
    let json = json!({"protected": header, "payload": claims, "signature": signature}).to_string();
    let flat = part_again(claims);
    for token in [
        format!("{good}="),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}==.{signature}"),
        standard,
        format!("{header}. {claims}.{signature}"),
        format!("{header}.{claims}.{signature}."),
        format!(".{good}"),
        format!("{header}.{claims}"),
        format!("{header}.{claims}.{signature}.{signature}"),
        format!("{good}.{claims}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{header}.{claims}.{signature}%3D"),
        format!("{header}.{flat}.{signature}"),
        good.replace('.', ","),
        json,
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "Bearer".to_owned(),
    ] {
        gate.refuses(&token, &token);
    }
}

/// Encoded twice.
fn part_again(text: &str) -> String {
    crate::support::forge::part(text)
}
