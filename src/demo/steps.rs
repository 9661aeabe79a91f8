//! Cases of the plan, each taken through the steps of its procedure by who prepares and who decides, with what the steps
//! yield.

use chrono::{Days, NaiveDate};

use super::load::{Loader, Result, missing};
use super::plan::PlannedCase;
use crate::cadres::CadreId;
use crate::identity::Caller;
use crate::platform::App;
use crate::rotations::{
    self, Approval, Ballot, ConclusionContent, Decision, DocumentContent, DossierItem, InterviewContent, Meeting,
    MoveKind, OpinionContent, OpinionSide, Proposal, ProposedMove, RotationId, RotationProcedure, RotationState, Slate,
    WaiverContent,
};

/// Who decides in the demo province.
const AUTHORITY: &str = "Ban Thường vụ Tỉnh ủy";

/// The state in which a case ends, or from which it is refused or withdrawn.
fn reached(procedure: RotationProcedure, state: RotationState) -> RotationState {
    match (procedure, state) {
        (RotationProcedure::FiveSteps, RotationState::Refused) => RotationState::PeopleProposed,
        (RotationProcedure::FiveSteps, RotationState::Withdrawn) => RotationState::PolicyApproved,
        (_, RotationState::Refused | RotationState::Withdrawn) => RotationState::Prepared,
        (_, state) => state,
    }
}

/// One case on its way.
struct Way<'a> {
    app: &'a App,
    id: RotationId,
    preparer: Caller,
    decider: Caller,
    moves: Vec<ProposedMove>,
    state: RotationState,
    /// The day of the last paper.
    on: NaiveDate,
}

impl Way<'_> {
    /// So many days before the last paper.
    fn ago(&self, days: u64) -> NaiveDate {
        self.on.checked_sub_days(Days::new(days)).unwrap_or(self.on)
    }

    async fn conclude(&self, cadre: CadreId, meets: bool) -> Result<()> {
        let note = (!meets).then(|| "Đang trong thời gian xem xét kết quả kiểm tra".to_owned());
        let content = ConclusionContent {
            meets,
            concluded_by: "Ban Tổ chức Tỉnh ủy".to_owned(),
            concluded_on: self.ago(12),
            number: Some("45-KL/BTCTU".to_owned()),
            note,
        };
        rotations::record(self.app, &self.preparer, self.id, &(Some(cadre), content)).await?;
        Ok(())
    }

    async fn opine(&self, cadre: CadreId, side: OpinionSide) -> Result<()> {
        let content = OpinionContent {
            side,
            agrees: true,
            given_on: self.ago(9),
            text: "Nhất trí với chủ trương và nhân sự".to_owned(),
            number: None,
        };
        rotations::record_opinion(self.app, &self.preparer, self.id, &(Some(cadre), content)).await?;
        Ok(())
    }

    async fn talk(&self, cadre: CadreId, accepts: bool) -> Result<()> {
        let wishes =
            if accepts { "Được bố trí nhà công vụ" } else { "Xin ở lại vì hoàn cảnh gia đình" };
        let content = InterviewContent {
            held_on: self.ago(8),
            held_by: "Trưởng Ban Tổ chức Tỉnh ủy".to_owned(),
            purpose_explained: true,
            wishes: Some(wishes.to_owned()),
            accepts,
            commitment: accepts.then(|| "Hoàn thành nhiệm vụ được giao".to_owned()),
            number: None,
        };
        rotations::record(self.app, &self.preparer, self.id, &(Some(cadre), content)).await?;
        Ok(())
    }

    /// From the policy to people whose standards have been looked into.
    async fn first_steps(&self, reached: RotationState, effective_from: NaiveDate) -> Result<()> {
        if reached < RotationState::PolicyApproved {
            return Ok(());
        }
        let approval =
            Approval { number: "112-TB/TU".to_owned(), issuer: AUTHORITY.to_owned(), approved_on: self.ago(20) };
        rotations::approve_policy(self.app, &self.decider, self.id, (&approval, &[])).await?;
        if reached < RotationState::PeopleProposed {
            return Ok(());
        }
        let slate = Slate { effective_from: Some(effective_from), moves: self.moves.clone() };
        rotations::propose_people(self.app, &self.preparer, self.id, &slate).await?;
        if reached == RotationState::PeopleProposed {
            if self.state == RotationState::Refused {
                for step in self.moves.iter().take(1) {
                    self.conclude(step.cadre_id, false).await?;
                }
            }
            return Ok(());
        }
        for step in &self.moves {
            self.conclude(step.cadre_id, true).await?;
            self.document(step.cadre_id).await?;
        }
        rotations::conclude_preparation(self.app, &self.preparer, self.id).await?;
        Ok(())
    }

    async fn document(&self, cadre: CadreId) -> Result<()> {
        let content = DocumentContent {
            item: DossierItem::SelfAssessment,
            number: None,
            issued_on: self.ago(14),
            issuer: "Cá nhân".to_owned(),
            sha256: None,
            kept_at: "Tủ hồ sơ Ban Tổ chức Tỉnh ủy".to_owned(),
        };
        rotations::record(self.app, &self.preparer, self.id, &(Some(cadre), content)).await?;
        Ok(())
    }

    /// The units and the people are asked.
    async fn exchange(&self, reached: RotationState) -> Result<()> {
        if reached < RotationState::Prepared {
            return Ok(());
        }
        for step in &self.moves {
            self.opine(step.cadre_id, OpinionSide::Origin).await?;
        }
        if reached == RotationState::Prepared {
            for step in self.moves.iter().take(1) {
                self.waive(step.cadre_id).await?;
                if self.state == RotationState::Refused {
                    self.talk(step.cadre_id, false).await?;
                }
            }
            return Ok(());
        }
        for step in &self.moves {
            self.opine(step.cadre_id, OpinionSide::Destination).await?;
            self.talk(step.cadre_id, true).await?;
        }
        rotations::conclude_exchange(self.app, &self.preparer, self.id).await?;
        Ok(())
    }

    async fn waive(&self, cadre: CadreId) -> Result<()> {
        let content = WaiverContent {
            rule: "rotation.must_be_planned".to_owned(),
            reason: "Cán bộ có năng lực nổi trội, địa bàn thiếu nguồn".to_owned(),
            number: "116-TB/TU".to_owned(),
            issuer: AUTHORITY.to_owned(),
            approved_on: self.ago(7),
        };
        rotations::record(self.app, &self.decider, self.id, &(Some(cadre), content)).await?;
        Ok(())
    }

    /// The committee votes, all in favour but who moves.
    async fn vote(&self, committee: &[CadreId]) -> Result<()> {
        let moves = |cadre: &CadreId| self.moves.iter().any(|step| step.cadre_id == *cadre);
        let excluded: Vec<CadreId> = committee.iter().copied().filter(moves).collect();
        let members = u32::try_from(committee.len()).unwrap_or_default();
        let in_favour = u32::try_from(committee.len() - excluded.len()).unwrap_or_default();
        let meeting = Meeting {
            body: AUTHORITY.to_owned(),
            held_on: self.ago(5),
            present: committee.to_vec(),
            excluded,
            ballot: Ballot { members, in_favour, against: 0, abstained: 0 },
            number: Some("BB-07/BTVTU".to_owned()),
        };
        rotations::record_vote(self.app, &self.decider, self.id, &meeting).await?;
        Ok(())
    }
}

impl Loader<'_> {
    fn moves(&self, case: &PlannedCase) -> Result<Vec<ProposedMove>> {
        let step = |step: &super::plan::PlannedMove| {
            Ok(ProposedMove {
                kind: MoveKind::of(step.kind).ok_or_else(|| missing(step.kind))?,
                cadre_id: self.person(step.person)?,
                from_post_id: Some(self.post(step.from)?),
                from_outside: None,
                to_post_id: Some(self.post(step.to)?),
                to_outside: None,
                stand_in_id: None,
                expected_end_on: step.expected_end_on,
                special_case: false,
                by_election: false,
                purpose: None,
                allowance_kept: false,
                reason: Some(step.reason.to_owned()),
            })
        };
        case.moves.iter().map(step).collect()
    }

    /// Takes a case as far as the plan says.
    pub(super) async fn case(&self, case: &PlannedCase) -> Result<()> {
        let procedure = RotationProcedure::of(case.procedure).ok_or_else(|| missing(case.procedure))?;
        let state = RotationState::of(case.state).ok_or_else(|| missing(case.state))?;
        let begins_with_policy = procedure == RotationProcedure::FiveSteps;
        let moves = self.moves(case)?;
        let proposal = Proposal {
            number: Some(case.number.clone()),
            subject: case.subject.clone(),
            need: begins_with_policy.then(|| "Tăng cường cán bộ lãnh đạo cho địa bàn khó khăn".to_owned()),
            procedure,
            unit_id: self.unit(&case.unit)?,
            plan_id: None,
            compensates: None,
            effective_from: case.effective_from,
            moves: if begins_with_policy { Vec::new() } else { moves.clone() },
        };
        let preparer = self.system.clone().acting_as(self.account("organisation_officer")?.0);
        let decider = self.system.clone().acting_as(self.account("decider")?.0);
        let id = rotations::prepare(self.app, &preparer, &proposal).await?.value.id;
        let way = Way { app: self.app, id, preparer, decider, moves, state, on: self.plan.last_day };
        let reached = reached(procedure, state);
        if begins_with_policy {
            way.first_steps(reached, case.effective_from).await?;
        }
        if procedure != RotationProcedure::Direct {
            way.exchange(reached).await?;
        }
        if begins_with_policy && reached >= RotationState::Decided {
            let committee =
                self.plan.committee.iter().map(|member| self.person(*member)).collect::<Result<Vec<_>>>()?;
            way.vote(&committee).await?;
        }
        if let (Some(number), Some(decided_on)) = (&case.decision_number, case.decided_on) {
            let issuer = case.decision_issuer.to_owned();
            let decision = Decision { number: number.clone(), issuer, decided_on, state: None, signed_by: None };
            rotations::decide(self.app, &way.decider, id, &decision).await?;
        }
        match state {
            RotationState::Withdrawn => {
                rotations::withdraw(self.app, &way.decider, id, "Không còn nhu cầu").await?;
            }
            RotationState::Refused => {
                rotations::refuse(self.app, &way.preparer, id, "Nhân sự không đáp ứng").await?;
            }
            _ => {}
        }
        Ok(())
    }
}
