//! Which papers a case takes when, what is wrong with one, and what a vote comes to.

#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use super::Actor;
use super::steps::wrong_state;
use crate::cadres::CadreId;
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};
use crate::platform::http::fields::line;
use crate::platform::http::page::Ref;
use crate::posts::PostId;
use crate::regulations::{Parameter, Ratio, Rulebook};
use crate::rotations::model::{
    Ballot, ConclusionContent, DocumentContent, DossierEntry, DossierItem, ElectionContent, InterviewContent, Meeting,
    OpinionContent, OpinionSide, Paper, PaperContent, PaperKind, Rotation, RotationDocument, RotationDossier,
    RotationProcedure, RotationState, VoteOutcome, WaiverContent,
};

/// Whether this caller may record such a paper now. Who gives an opinion, or proposes somebody, is asked for their unit elsewhere.
pub fn recordable(rotation: &Rotation, kind: PaperKind, actor: Actor) -> Result<()> {
    let may = match kind {
        PaperKind::Opinion | PaperKind::Nomination | PaperKind::Evaluation => true,
        PaperKind::Vote | PaperKind::Waiver | PaperKind::Extension | PaperKind::Placement => actor.decides,
        _ => actor.prepares,
    };
    if !may {
        return Err(Error::new(code::FORBIDDEN));
    }
    if actor.cadre_id.is_some_and(|cadre| rotation.moves_person(cadre)) {
        return Err(Error::new(code::OWN_CASE));
    }
    // The preparer lets nobody pass a rule, and concludes on nobody.
    let decided = matches!(kind, PaperKind::Waiver | PaperKind::Extension | PaperKind::Placement);
    if decided && actor.id == Some(rotation.prepared_by.id) {
        return Err(Error::new(code::SEPARATION_OF_DUTIES));
    }
    if fits(rotation, kind) { Ok(()) } else { Err(wrong_state(rotation)) }
}

/// The post whose unit gives an opinion on somebody: the one that is left, or the one that is entered; none of a body outside, for
/// which the one speaks who prepares the case.
pub fn post_of_opinion(
    rotation: &Rotation,
    cadre: Option<CadreId>,
    side: OpinionSide,
) -> std::result::Result<Option<PostId>, Finding> {
    let step = rotation.moves.iter().find(|step| Some(step.cadre.id) == cadre.map(|cadre| cadre.0));
    let step = step.ok_or_else(|| Finding::plain("/cadre_id", code::UNKNOWN_REFERENCE))?;
    let (post, outside) = match side {
        OpinionSide::Destination => (&step.to_post, &step.to_outside),
        OpinionSide::Origin => (&step.from_post, &step.from_outside),
    };
    match (post, outside) {
        (None, None) => Err(Finding::plain("/side", code::NOT_HELD)),
        (post, _) => Ok(post.as_ref().map(|post| PostId(post.id))),
    }
}

fn fits(rotation: &Rotation, kind: PaperKind) -> bool {
    use RotationState::{Effective, Exchanged, PeopleProposed, PolicyApproved, Prepared, Refused, Withdrawn};
    let state = rotation.state;
    match kind {
        PaperKind::Slate => false,
        PaperKind::Nomination => matches!(state, PolicyApproved | PeopleProposed),
        PaperKind::Conclusion => matches!(state, PeopleProposed | Prepared),
        PaperKind::Opinion | PaperKind::Interview => state == Prepared,
        PaperKind::Vote | PaperKind::Election => {
            state == Exchanged || state == Prepared && rotation.procedure == RotationProcedure::Direct
        }
        PaperKind::Waiver => matches!(state, PeopleProposed | Prepared | Exchanged | Effective),
        PaperKind::Evaluation | PaperKind::SelfReview | PaperKind::Extension | PaperKind::Placement => {
            state == Effective
        }
        PaperKind::Document => !matches!(state, Refused | Withdrawn),
    }
}

/// A kind of paper whose content can be looked at by itself.
pub trait Examined: PaperContent {
    /// Cleans its texts and finds what is wrong with it: every fault.
    fn examine(&mut self, today: NaiveDate) -> Result<(), Vec<Finding>>;
}

/// Whether a day has come: what is recorded has taken place.
pub fn has_come(pointer: &'static str, day: NaiveDate, today: NaiveDate) -> std::result::Result<(), Finding> {
    if day <= today {
        return Ok(());
    }
    Err(Finding::new(pointer, code::BAD_ORDER, Say::new("Ngày ở tương lai", "The day lies in the future")))
}

pub(super) fn not_later(pointer: &'static str, day: NaiveDate, today: NaiveDate, findings: &mut Findings) {
    findings.extend(has_come(pointer, day, today).err());
}

pub(super) fn text(pointer: &'static str, value: &mut String, longest: usize, findings: &mut Findings) {
    if let Some(clean) = findings.keep(line(pointer, value, longest)) {
        *value = clean;
    }
}

pub(super) fn optional(pointer: &'static str, value: &mut Option<String>, longest: usize, findings: &mut Findings) {
    if let Some(value) = value {
        text(pointer, value, longest, findings);
    }
}

pub(super) fn settled(findings: Findings) -> Result<(), Vec<Finding>> {
    let found = findings.into_vec();
    if found.is_empty() { Ok(()) } else { Err(found) }
}

impl Examined for ConclusionContent {
    fn examine(&mut self, today: NaiveDate) -> Result<(), Vec<Finding>> {
        let mut findings = Findings::new();
        text("/concluded_by", &mut self.concluded_by, 200, &mut findings);
        optional("/number", &mut self.number, 100, &mut findings);
        optional("/note", &mut self.note, 1000, &mut findings);
        not_later("/concluded_on", self.concluded_on, today, &mut findings);
        settled(findings)
    }
}

impl Examined for OpinionContent {
    fn examine(&mut self, today: NaiveDate) -> Result<(), Vec<Finding>> {
        let mut findings = Findings::new();
        text("/text", &mut self.text, 2000, &mut findings);
        optional("/number", &mut self.number, 100, &mut findings);
        not_later("/given_on", self.given_on, today, &mut findings);
        settled(findings)
    }
}

impl Examined for InterviewContent {
    fn examine(&mut self, today: NaiveDate) -> Result<(), Vec<Finding>> {
        let mut findings = Findings::new();
        text("/held_by", &mut self.held_by, 200, &mut findings);
        optional("/wishes", &mut self.wishes, 2000, &mut findings);
        optional("/commitment", &mut self.commitment, 2000, &mut findings);
        optional("/number", &mut self.number, 100, &mut findings);
        not_later("/held_on", self.held_on, today, &mut findings);
        settled(findings)
    }
}

impl Examined for ElectionContent {
    fn examine(&mut self, today: NaiveDate) -> Result<(), Vec<Finding>> {
        let mut findings = Findings::new();
        optional("/confirmed_by", &mut self.confirmed_by, 200, &mut findings);
        optional("/number", &mut self.number, 100, &mut findings);
        not_later("/held_on", self.held_on, today, &mut findings);
        if self.in_favour > self.electors {
            findings.push(Finding::plain("/in_favour", code::OUT_OF_RANGE));
        }
        match self.confirmed_on {
            Some(on) if on < self.held_on => findings.push(Finding::plain("/confirmed_on", code::BAD_ORDER)),
            Some(on) => not_later("/confirmed_on", on, today, &mut findings),
            None => {}
        }
        if self.confirmed_on.is_some() != self.confirmed_by.is_some() {
            let missing = if self.confirmed_on.is_some() { "/confirmed_by" } else { "/confirmed_on" };
            findings.push(Finding::plain(missing, code::REQUIRED));
        }
        settled(findings)
    }
}

impl Examined for WaiverContent {
    fn examine(&mut self, today: NaiveDate) -> Result<(), Vec<Finding>> {
        let mut findings = Findings::new();
        text("/rule", &mut self.rule, 100, &mut findings);
        text("/reason", &mut self.reason, 1000, &mut findings);
        text("/number", &mut self.number, 100, &mut findings);
        text("/issuer", &mut self.issuer, 200, &mut findings);
        not_later("/approved_on", self.approved_on, today, &mut findings);
        settled(findings)
    }
}

impl Examined for DocumentContent {
    fn examine(&mut self, today: NaiveDate) -> Result<(), Vec<Finding>> {
        let mut findings = Findings::new();
        optional("/number", &mut self.number, 100, &mut findings);
        text("/issuer", &mut self.issuer, 200, &mut findings);
        text("/kept_at", &mut self.kept_at, 400, &mut findings);
        not_later("/issued_on", self.issued_on, today, &mut findings);
        let is_digest =
            |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if self.sha256.as_deref().is_some_and(|hash| !is_digest(hash)) {
            findings.push(Finding::plain("/sha256", code::BAD_FORMAT));
        }
        settled(findings)
    }
}

/// What is wrong with a meeting: who was there and took part cast the votes, nobody votes on their own move.
pub fn meeting(rotation: &Rotation, meeting: &Meeting, today: NaiveDate) -> Vec<Finding> {
    let mut findings = Findings::new();
    not_later("/held_on", meeting.held_on, today, &mut findings);
    let members = usize::try_from(meeting.ballot.members).unwrap_or(usize::MAX);
    if meeting.present.is_empty() || meeting.present.len() > members {
        let message = Say::new(
            format!("Từ 1 đến {members} thành viên có mặt"),
            format!("1 to {members} members can have been there"),
        );
        findings.push(Finding::new("/present_ids", code::OUT_OF_RANGE, message));
    }
    for (list, ids) in [("/present_ids", &meeting.present), ("/excluded_ids", &meeting.excluded)] {
        let repeated = ids.iter().enumerate().filter(|(index, id)| ids.iter().take(*index).any(|one| one == *id));
        for (index, _) in repeated {
            findings.push(Finding::plain(format!("{list}/{index}"), code::REPEATED));
        }
    }
    for (index, id) in meeting.excluded.iter().enumerate().filter(|(_, id)| !meeting.present.contains(id)) {
        let message = Say::new(format!("{id} không có mặt"), format!("{id} was not there"));
        findings.push(Finding::new(format!("/excluded_ids/{index}"), code::UNKNOWN_REFERENCE, message));
    }
    let voters: Vec<&CadreId> = meeting.present.iter().filter(|id| !meeting.excluded.contains(id)).collect();
    for (index, _) in
        meeting.present.iter().enumerate().filter(|(_, id)| voters.contains(id) && rotation.moves_person(id.0))
    {
        findings.push(Finding::plain(format!("/present_ids/{index}"), code::OWN_CASE));
    }
    let Ballot { in_favour, against, abstained, .. } = meeting.ballot;
    let cast: u64 = [in_favour, against, abstained].into_iter().map(u64::from).sum();
    let voters = u64::try_from(voters.len()).unwrap_or(u64::MAX);
    if cast != voters {
        let message =
            Say::new(format!("{cast} phiếu, {voters} người biểu quyết"), format!("{cast} votes of {voters} voters"));
        findings.push(Finding::new("/ballot", code::OUT_OF_RANGE, message));
    }
    findings.into_vec()
}

/// What a vote comes to, by the rules of quorum and majority of its day. A rule that nobody has confirmed is told and decides nothing:
/// then more must be in favour than against.
pub fn carried(ballot: &Ballot, present: usize, book: &Rulebook) -> VoteOutcome {
    let (quorum, majority) = (book.ratio("collective.quorum"), book.ratio("collective.majority"));
    let present = u32::try_from(present).unwrap_or(u32::MAX);
    let enough = quorum.as_ref().map(|rule| rule.value.reached_by(present, ballot.members));
    let most = majority.as_ref().map(|rule| rule.value.exceeded_by(ballot.in_favour, ballot.members));
    let binding = |rule: &Option<Parameter<Ratio>>, holds: Option<bool>| {
        rule.as_ref().is_none_or(|rule| !rule.confirmed || holds.unwrap_or(true))
    };
    let carried = ballot.in_favour > ballot.against && binding(&quorum, enough) && binding(&majority, most);
    let mut vi = vec![format!("{} thuận, {} không thuận", ballot.in_favour, ballot.against)];
    let mut en = vec![format!("{} in favour, {} against", ballot.in_favour, ballot.against)];
    if let (Some(rule), Some(enough)) = (&quorum, enough) {
        let (members, ratio) = (ballot.members, rule.value);
        vi.push(format!("{present}/{members} có mặt, cần ít nhất {ratio}: {}", if enough { "đủ" } else { "không đủ" }));
        let word = if enough { "enough" } else { "not enough" };
        en.push(format!("{present} of {members} there, at least {ratio} needed: {word}"));
    }
    if let (Some(rule), Some(most)) = (&majority, most) {
        let (members, ratio) = (ballot.members, rule.value);
        let votes = ballot.in_favour;
        vi.push(format!("{votes}/{members} thuận, cần quá {ratio}: {}", if most { "đủ" } else { "không đủ" }));
        let word = if most { "enough" } else { "not enough" };
        en.push(format!("{votes} of {members} in favour, more than {ratio} needed: {word}"));
    }
    let rules: Vec<&Parameter<Ratio>> = quorum.iter().chain(&majority).collect();
    let mut citations: Vec<&str> = rules.iter().map(|rule| rule.citation.as_str()).collect();
    citations.dedup();
    VoteOutcome {
        carried,
        how_vi: vi.join("; "),
        how_en: en.join("; "),
        citation: (!citations.is_empty()).then(|| citations.join("; ")),
        confirmed: !rules.is_empty() && rules.iter().all(|rule| rule.confirmed),
    }
}

/// The dossier of each person of a case: which of its papers are there, and who owes the others. What is not about one person counts for all.
pub fn dossier(rotation: &Rotation, documents: &[Paper<DocumentContent>]) -> Vec<RotationDossier> {
    let of = |cadre: &Ref| {
        let entry = |item: DossierItem| {
            let theirs = documents.iter().filter(|paper| paper.content.item == item);
            let theirs = theirs.filter(|paper| paper.cadre.as_ref().is_none_or(|about| about.id == cadre.id));
            let papers: Vec<_> = theirs.cloned().map(RotationDocument::from).collect();
            DossierEntry { item, there: !papers.is_empty(), owed_by: item.owed_by(), papers }
        };
        RotationDossier { cadre: cadre.clone(), entries: DossierItem::REQUIRED.into_iter().map(entry).collect() }
    };
    rotation.moves.iter().map(|step| of(&step.cadre)).collect()
}
