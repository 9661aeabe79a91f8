//! People and units as they are found and ordered: pairs for tones, đ, the place of the tone mark, initials, forms of
//! Unicode; what comes first; the order of Vietnamese lists.

use std::fmt::Write as _;

use crate::posts::{person, unit};
use crate::support::{Client, TestApp};

/// People of the province: Kinh, Thái, Mông, Hà Nhì, Khơ Mú and others; one with a single word.
const PEOPLE: &[&str] = &[
    "Nguyễn Văn An",
    "Trần Văn Ân",
    "Trần Thị Ánh",
    "Bùi Văn Án",
    "Lò Thị Hoà",
    "Lò Thị Hóa",
    "Lường Thị Hoa",
    "Quàng Văn Khoẻ",
    "Quàng Thị Thuý",
    "Lò Thị Thùy",
    "Đinh Văn Đông",
    "Đỗ Văn Dong",
    "Giàng A Dế",
    "Giàng Thị Của",
    "Vàng A Páo",
    "Sùng A Lử",
    "Thào Thị Mỷ",
    "Chang Go Xá",
    "Khoàng Gió Hừ",
    "Pờ Dần Sinh",
    "Lỳ Xuyến Phù",
    "Páo",
    "Nguyễn Thị Ngọc Ước",
];

fn found(client: &Client, path: &str, name: &str) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        // Small pages, so that each order is also that of its cursors.
        let page = client.get(&format!("{path}limit=2{cursor}")).expect(200);
        names.extend(page.rows().iter().map(|row| row[name].as_str().unwrap().to_owned()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return names,
        }
    }
}

fn populated() -> (TestApp, Client) {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let commune = unit(&officer, "03172", "2025-07-01");
    for name in PEOPLE {
        person(&officer, name, &commune);
    }
    (app, officer)
}

#[test]
fn people_are_found_whatever_the_marks_the_case_and_the_form() {
    let (_app, officer) = populated();
    for (q, names) in [
        // Tones and vowels: marks aside, but those with the same marks first.
        ("an", &["Nguyễn Văn An", "Bùi Văn Án", "Trần Thị Ánh", "Trần Văn Ân"][..]),
        ("án", &["Bùi Văn Án", "Trần Thị Ánh", "Nguyễn Văn An", "Trần Văn Ân"]),
        ("ân", &["Trần Văn Ân", "Nguyễn Văn An", "Bùi Văn Án", "Trần Thị Ánh"]),
        ("ÁNH", &["Trần Thị Ánh"]),
        // The place of the tone mark.
        ("hòa", &["Lò Thị Hoà", "Lường Thị Hoa", "Lò Thị Hóa"]),
        ("hoà", &["Lò Thị Hoà", "Lường Thị Hoa", "Lò Thị Hóa"]),
        ("hoá", &["Lò Thị Hóa", "Lường Thị Hoa", "Lò Thị Hoà"]),
        ("khỏe", &["Quàng Văn Khoẻ"]),
        ("thúy", &["Quàng Thị Thuý", "Lò Thị Thùy"]),
        ("thuỳ", &["Lò Thị Thùy", "Quàng Thị Thuý"]),
        ("cuả", &["Giàng Thị Của"]),
        ("nguyễn", &["Nguyễn Văn An", "Nguyễn Thị Ngọc Ước"]),
        // đ, and what stands in its place in old files.
        ("đông", &["Đinh Văn Đông", "Đỗ Văn Dong"]),
        ("dong", &["Đỗ Văn Dong", "Đinh Văn Đông"]),
        ("ĐÔNG", &["Đinh Văn Đông", "Đỗ Văn Dong"]),
        ("Ðông", &["Đinh Văn Đông", "Đỗ Văn Dong"]),
        // Decomposed, the marks in either order.
        ("nguye\u{302}\u{303}n", &["Nguyễn Văn An", "Nguyễn Thị Ngọc Ước"]),
        ("Lu\u{31b}o\u{31b}\u{300}ng", &["Lường Thị Hoa"]),
        ("u\u{31b}\u{301}o\u{31b}c", &["Nguyễn Thị Ngọc Ước"]),
        // Several words in any order, each by its beginning.
        ("hoa lo", &["Lò Thị Hoà", "Lò Thị Hóa"]),
        ("lò  thị-hoà", &["Lò Thị Hoà", "Lò Thị Hóa"]),
        ("gi a", &["Giàng A Dế"]),
        ("thi ng u", &["Nguyễn Thị Ngọc Ước"]),
        ("uyen", &[]),
        // Initials, by their beginning too.
        ("nva", &["Nguyễn Văn An"]),
        ("ntnu", &["Nguyễn Thị Ngọc Ước"]),
        ("đvđ", &["Đỗ Văn Dong", "Đinh Văn Đông"]),
        ("kg", &["Khoàng Gió Hừ"]),
        ("lxp", &["Lỳ Xuyến Phù"]),
        ("vap", &["Vàng A Páo"]),
        // Names of the northwest, and of one word.
        ("giàng", &["Giàng Thị Của", "Giàng A Dế"]),
        ("vang", &["Vàng A Páo"]),
        ("sung", &["Sùng A Lử"]),
        ("thao", &["Thào Thị Mỷ"]),
        ("chang", &["Chang Go Xá"]),
        ("khoang", &["Khoàng Gió Hừ"]),
        ("po", &["Pờ Dần Sinh"]),
        ("lỳ", &["Lỳ Xuyến Phù"]),
        ("pao", &["Páo", "Vàng A Páo"]),
        ("páo", &["Páo", "Vàng A Páo"]),
        // What means something in a pattern or an expression.
        ("%", &[]),
        ("_", &[]),
        ("(", &[]),
        ("\\", &[]),
        ("nobody", &[]),
    ] {
        let seen = found(&officer, &format!("/v1/cadres?q={}&", url(q)), "full_name");
        assert_eq!(seen, names, "{q}");
    }
}

fn url(text: &str) -> String {
    text.bytes().fold(String::new(), |mut url, byte| {
        write!(url, "%{byte:02X}").unwrap();
        url
    })
}

#[test]
fn lists_of_people_have_the_vietnamese_order() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let commune = unit(&officer, "03172", "2025-07-01");
    // Given name, then middle, then family name; in each the letters (a ă â ... d đ e ê ... o ô ơ ... u ư), then the tones.
    let ordered = [
        "An",
        "Lò An",
        "Lò Văn An",
        "Quàng Văn An",
        "Trần Văn Án",
        "Bùi Thị Ăn",
        "Lò Thị Ân",
        "Bùi Văn Dung",
        "Bùi Văn Dũng",
        "Bùi Văn Đa",
        "Vì Văn Em",
        "Vì Văn Êm",
        "Lò Văn Hoa",
        "Lò Văn Hoà",
        "Lường Văn Hòa",
        "Lò Văn Hỏa",
        "Lò Văn Hóa",
        "Lò Văn Hoạ",
        "Giàng A Lử",
        "Giàng A Lự",
        "Mùa A Lự",
        "Pờ Văn Ơn",
        "Sùng A Páo",
        "Lò Văn Uy",
        "Lò Văn Ư",
    ];
    for name in ordered.iter().rev() {
        person(&officer, name, &commune);
    }
    assert_eq!(found(&officer, "/v1/cadres?", "full_name"), ordered);
}

/// The row of an index has an end: the longest names of the widest letters are kept and found.
#[test]
fn the_longest_names_are_kept_and_found() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let commune = unit(&officer, "03172", "2025-07-01");
    let alike = |c: char, words: bool| -> String {
        (0..200_u32)
            .map(|n| if words && n % 2 == 1 { ' ' } else { char::from_u32(u32::from(c) + n % 37).unwrap() })
            .collect()
    };
    for (name, q) in [
        (alike('\u{ac00}', false), "\u{ac00}\u{ac01}"),
        (alike('\u{10428}', false), "\u{10428}\u{10429}"),
        (alike('\u{20000}', false), "\u{20000}\u{20001}"),
        (alike('\u{ac00}', true).trim().to_owned(), "\u{ac00} \u{ac02}"),
        (alike('\u{20000}', true).trim().to_owned(), "\u{20000} \u{20002}"),
        ("Ộ".repeat(200), "ộộ"),
    ] {
        person(&officer, &name, &commune);
        assert!(found(&officer, &format!("/v1/cadres?q={}&", url(q)), "full_name").contains(&name), "{q}");
    }
}

#[test]
fn units_are_found_as_people_are() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let commune = unit(&officer, "03172", "2025-07-01");
    for name in ["Ban Hòa giải", "Ban Hoà nhập", "Ban Hóa chất", "Đội Điện", "Đội Diễn"] {
        let body = serde_json::json!({"kind": "government", "name": name, "parent_id": commune, "from": "2026-01-01"});
        officer.post("/v1/units", &body).expect(201);
    }
    for (q, names) in [
        ("ban hòa", &["Ban Hòa giải", "Ban Hoà nhập", "Ban Hóa chất"][..]),
        ("ban hoà", &["Ban Hòa giải", "Ban Hoà nhập", "Ban Hóa chất"]),
        ("ban hoá", &["Ban Hóa chất", "Ban Hòa giải", "Ban Hoà nhập"]),
        ("BAN HO\u{300}A GI", &["Ban Hòa giải"]),
        ("đội diễn", &["Đội Diễn", "Đội Điện"]),
        ("đội điện", &["Đội Điện", "Đội Diễn"]),
        ("bhg", &["Ban Hòa giải"]),
        ("giai ban", &["Ban Hòa giải"]),
        ("iai", &[]),
        ("%", &[]),
    ] {
        let path = format!("/v1/units?under={commune}&q={}&", url(q));
        assert_eq!(found(&officer, &path, "name"), names, "{q}");
    }
}
