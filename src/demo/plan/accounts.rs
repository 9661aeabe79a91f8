//! Who may sign in to the demo province: one account per role, named after it, and one system.

use super::calendar::{FIRST_DAY, REFORM};
use super::{PersonNo, PlannedAccount, PlannedClient};

pub(super) fn accounts(story: PersonNo) -> (Vec<PlannedAccount>, Vec<PlannedClient>) {
    let of =
        |role, display_name| PlannedAccount { role, display_name, unit: "province", since: FIRST_DAY, person: None };
    let na_sang = "commune:03172";
    let accounts = vec![
        of("administrator", "Quản trị hệ thống"),
        of("organisation_officer", "Cán bộ Ban Tổ chức"),
        PlannedAccount { unit: na_sang, since: REFORM, ..of("unit_officer", "Cán bộ xã Na Sang") },
        of("decider", "Người ra quyết định"),
        of("training_officer", "Cán bộ đào tạo, bồi dưỡng"),
        of("auditor", "Kiểm tra, giám sát"),
        of("reader", "Người xem"),
        PlannedAccount { unit: na_sang, since: REFORM, person: Some(story), ..of("cadre", "Cán bộ") },
    ];
    let clients = vec![PlannedClient {
        client_id: "demo-system",
        name: "Hệ thống mẫu",
        role: "reader",
        unit: "province",
        since: FIRST_DAY,
    }];
    (accounts, clients)
}
