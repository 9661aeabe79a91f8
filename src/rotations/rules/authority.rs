//! Which post decides on a move, who may sign for it, and what keeps somebody from signing a decision.

#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use uuid::Uuid;

use super::papers::not_later;
use crate::cadres::{CadreStatus, Person};
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};
use crate::platform::period::Period;
use crate::posts::{Seat, Title};
use crate::rotations::model::{
    AppointingAuthority, AppointingAuthorityAction, Delegation, DelegationRow, Entitled, Rotation, Ruled, Signature,
};

/// What is wrong with which posts a rule is about: a title stands in its group and at its level already.
pub fn ruled(ruled: &Ruled) -> Result<(), Finding> {
    let others = ruled.group.is_some() || ruled.level.is_some();
    let (pointer, vi, en) = match ruled.title_id {
        Some(_) if others => ("/title_id", "Chức danh đã có nhóm và cấp", "A title has its group and level already"),
        None if !others => ("/title_id", "Cần chức danh, nhóm hoặc cấp", "Name a title, a group or a level"),
        _ => return Ok(()),
    };
    let code = if others { code::REPEATED } else { code::REQUIRED };
    Err(Finding::new(pointer, code, Say::new(vi, en)))
}

/// The rule that says which post decides on posts of a title: one on the title itself before one on its group, a group at its
/// level before the group, and the level alone last. All are of the day.
pub fn deciding<'a>(rules: &'a [AppointingAuthority], title: &Title) -> Option<&'a AppointingAuthority> {
    let fits = |rule: &&AppointingAuthority| {
        rule.title.as_ref().is_none_or(|named| named.id == title.id.0)
            && rule.group.is_none_or(|group| title.group == Some(group))
            && rule.level.is_none_or(|level| title.level == level)
    };
    rules.iter().filter(fits).max_by_key(|rule| (rule.title.is_some(), rule.group.is_some(), rule.level.is_some()))
}

/// Whether somebody may do this with a rule now. What `allowed_actions` says is computed by this alone.
pub fn authority_guard(
    rule: &AppointingAuthority,
    action: AppointingAuthorityAction,
    keeps: bool,
    today: NaiveDate,
) -> Result<()> {
    if !keeps {
        return Err(Error::new(code::FORBIDDEN)
            .detail("Cần quyền này trong toàn tỉnh", "Needs this permission in the whole province"));
    }
    let wrong = |vi: &'static str, en: &'static str| Err(Error::new(code::WRONG_STATE).detail(vi, en));
    match action {
        AppointingAuthorityAction::Confirm if rule.confirmation.is_some() => {
            wrong("Quy định đã được xác nhận", "The rule is confirmed already")
        }
        AppointingAuthorityAction::End if rule.during.to().is_some_and(|to| to <= today) => {
            wrong("Quy định đã hết hiệu lực", "The rule is over")
        }
        AppointingAuthorityAction::Confirm | AppointingAuthorityAction::End => Ok(()),
    }
}

/// Whether somebody may take a delegation back now.
pub fn delegation_guard(delegation: &Delegation, keeps: bool, today: NaiveDate) -> Result<()> {
    if !keeps {
        return Err(Error::new(code::FORBIDDEN));
    }
    let over = delegation.during.to().is_some_and(|to| to <= today);
    if delegation.withdrawal.is_some() || over {
        return Err(Error::new(code::WRONG_STATE).detail("Ủy quyền đã chấm dứt", "The delegation is over"));
    }
    Ok(())
}

/// Who signs a decision, and the cadre that its preparer is.
#[derive(Clone, Copy, Debug)]
pub struct Signing {
    /// Who signs, where that is said and they are in the caller's sight.
    pub signer: Option<Uuid>,
    /// The cadre of the account that prepared the case.
    pub preparer: Option<Uuid>,
}

/// By which post a decision is signed, or everything that keeps it from being signed so: the signer is moved by the case, or
/// prepared it, or may not sign by a rule that the province has confirmed. Where such a rule applies, somebody must have signed.
pub fn signature(rotation: &Rotation, entitled: &[Entitled], signing: Signing) -> Result<Signature, Vec<Finding>> {
    const AT: &str = "/signed_by_id";
    let confirmed = |one: &&Entitled| one.rule.as_ref().is_some_and(|rule| rule.confirmation.is_some());
    let mut found = Vec::new();
    let Some(signer) = signing.signer else {
        if let Some(rule) = entitled.iter().find(confirmed).and_then(|one| one.rule.as_ref()) {
            let post = &rule.authority_post.label;
            let message =
                Say::new(format!("Thẩm quyền thuộc {post}"), format!("It is for {post} to decide; say who signed"));
            found.push(Finding::new(AT, code::REQUIRED, message).citing(rule.citation()));
        }
        return if found.is_empty() { Ok(Signature::default()) } else { Err(found) };
    };
    if rotation.moves_person(signer) {
        found.push(Finding::plain(AT, code::OWN_CASE));
    }
    if signing.preparer == Some(signer) {
        found.push(Finding::plain(AT, code::SEPARATION_OF_DUTIES));
    }
    for one in entitled.iter().filter(confirmed).filter(|one| !may_sign(one, signer)) {
        if let Some(rule) = &one.rule {
            let (entered, decides) = (&one.to_post.label, &rule.authority_post.label);
            let message = Say::new(
                format!("{entered}: thẩm quyền thuộc {decides}"),
                format!("{entered}: it is for {decides} to decide"),
            );
            found.push(Finding::new(AT, code::NOT_ENTITLED, message).citing(rule.citation()));
        }
    }
    if !found.is_empty() {
        return Err(found);
    }
    let by = entitled.iter().find_map(|one| {
        let rule = one.rule.as_ref()?;
        let signs = one.signers.iter().find(|may| may.cadre.id == signer)?;
        Some(Signature { authority_post_id: Some(rule.authority_post_id()), delegation_id: signs.delegation_id })
    });
    Ok(by.unwrap_or_default())
}

/// Whether somebody may sign for the post that decides on a move.
pub fn may_sign(one: &Entitled, signer: Uuid) -> bool {
    one.signers.iter().any(|may| may.cadre.id == signer)
}

/// Whether a post exists on the first day of what is recorded of it.
pub fn exists_on(pointer: &'static str, post: Period, during: Period) -> Option<Finding> {
    let first = during.from()?;
    (!post.holds(first)).then(|| Finding::plain(pointer, code::OUTSIDE_VALIDITY))
}

/// What is wrong with a delegation: every fault. The post and the person are there where the caller sees them.
pub fn delegation(row: &DelegationRow, seat: Option<&Seat>, person: Option<&Person>, today: NaiveDate) -> Vec<Finding> {
    let mut findings = Findings::new();
    match seat {
        None => findings.push(Finding::plain("/authority_post_id", code::UNKNOWN_REFERENCE)),
        Some(seat) => findings.extend(exists_on("/authority_post_id", seat.during, row.during)),
    }
    match person {
        None => findings.push(Finding::plain("/cadre_id", code::UNKNOWN_REFERENCE)),
        Some(person) if person.status != CadreStatus::Active => {
            findings.push(Finding::plain("/cadre_id", code::NOT_ACTIVE));
        }
        Some(_) => {}
    }
    not_later("/decided_on", row.decided_on, today, &mut findings);
    findings.into_vec()
}

/// The days of a rule that gets a last day: fewer than it has, and at least its first.
pub fn ended(rule: &AppointingAuthority, last_on: NaiveDate) -> Result<Period, Finding> {
    let outside = || Finding::plain("/last_on", code::OUTSIDE_VALIDITY);
    let to = last_on.succ_opt().ok_or_else(outside)?;
    if rule.during.to().is_some_and(|old| old <= to) {
        return Err(outside());
    }
    rule.during.ending(to).map_err(|_| outside())
}
