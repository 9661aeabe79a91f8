//! What the law asks of a move, each rule with the facts compared. `unknown` where a fact or the rule is missing, never a
//! silent pass.

use chrono::NaiveDate;

use crate::platform::error::Say;
use crate::platform::period::whole_months;
use crate::posts::TitleId;
use crate::regulations::{Parameter, Rulebook};
use crate::rotations::model::{Check, MoveKind, Verdict};

/// What one move is held against.
pub struct MoveFacts<'a> {
    /// By which kind of decision.
    pub kind: MoveKind,
    /// The effective day.
    pub effective: NaiveDate,
    /// Last day expected there.
    pub expected_end_on: Option<NaiveDate>,
    /// Last day of the person's working life, where it can be computed.
    pub retires_on: Option<NaiveDate>,
    /// Titles that the person is planned for on the effective day.
    pub planned_for: &'a [TitleId],
}

/// All checks that apply to a move of this kind, in a fixed order.
pub fn checks(facts: &MoveFacts<'_>, rules: &Rulebook) -> Vec<Check> {
    match facts.kind {
        MoveKind::Rotation => vec![minimum_stay(facts, rules), remaining_time(facts, rules), planned(facts, rules)],
        MoveKind::Secondment => vec![maximum_secondment(facts, rules)],
        MoveKind::Transfer | MoveKind::ChangeOfPosition | MoveKind::Appointment => vec![],
    }
}

fn check<T>(rule: &'static str, parameter: Option<Parameter<T>>, judge: impl FnOnce(T) -> (Verdict, Say)) -> Check {
    match parameter {
        None => Check {
            rule,
            verdict: Verdict::Unknown,
            facts: Say::new("Không có quy định vào ngày này", "No rule is known for this day"),
            citation: None,
            confirmed: false,
        },
        Some(Parameter { value, citation, confirmed }) => {
            let (verdict, facts) = judge(value);
            Check { rule, verdict, facts, citation: Some(citation), confirmed }
        }
    }
}

fn pass_if(holds: bool) -> Verdict {
    if holds { Verdict::Pass } else { Verdict::Fail }
}

/// Months from the effective day to the end of the last day expected.
fn stay(facts: &MoveFacts<'_>) -> Option<u32> {
    Some(whole_months(facts.effective, facts.expected_end_on?.succ_opt()?))
}

fn minimum_stay(facts: &MoveFacts<'_>, rules: &Rulebook) -> Check {
    const RULE: &str = "rotation.minimum_months";
    check(RULE, rules.number(RULE), |least| match stay(facts) {
        None => (Verdict::Unknown, Say::new("Chưa có ngày dự kiến kết thúc", "No expected end is given")),
        Some(months) => (pass_if(months >= least), compared(months, least, "tháng", "months")),
    })
}

fn maximum_secondment(facts: &MoveFacts<'_>, rules: &Rulebook) -> Check {
    const RULE: &str = "secondment.maximum_months";
    check(RULE, rules.number(RULE), |most| match stay(facts) {
        None => (Verdict::Unknown, Say::new("Chưa có ngày dự kiến kết thúc", "No expected end is given")),
        Some(months) => (pass_if(months <= most), compared(months, most, "tháng", "months")),
    })
}

fn remaining_time(facts: &MoveFacts<'_>, rules: &Rulebook) -> Check {
    const RULE: &str = "rotation.remaining_years";
    check(RULE, rules.number(RULE), |years| match facts.retires_on {
        None => (Verdict::Unknown, Say::new("Chưa tính được ngày nghỉ hưu", "The retirement day is not known")),
        Some(day) => {
            // The last day in service counts.
            let months = whole_months(facts.effective, day.succ_opt().unwrap_or(day));
            (
                pass_if(months >= years * 12),
                compared(months, years * 12, "tháng công tác còn lại", "months of service left"),
            )
        }
    })
}

fn planned(facts: &MoveFacts<'_>, rules: &Rulebook) -> Check {
    const RULE: &str = "rotation.must_be_planned";
    check(RULE, rules.flag(RULE), |needed| {
        let count = facts.planned_for.len();
        let said = Say::new(format!("Quy hoạch {count} chức danh"), format!("Planned for {count} titles"));
        (pass_if(!needed || count > 0), said)
    })
}

fn compared(have: u32, want: u32, vi: &str, en: &str) -> Say {
    let sign = match have.cmp(&want) {
        std::cmp::Ordering::Less => "<",
        std::cmp::Ordering::Equal => "=",
        std::cmp::Ordering::Greater => ">",
    };
    Say::new(format!("{have} {sign} {want} {vi}"), format!("{have} {sign} {want} {en}"))
}
