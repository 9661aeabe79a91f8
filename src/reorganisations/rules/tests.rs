use super::*;
use crate::platform::period::Period;
use crate::posts::{AppointmentId, Basis, Level};

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn post(n: u128) -> Seat {
    Seat {
        id: PostId(id(n)),
        title_id: TitleId(id(1)),
        title_code: "chair".to_owned(),
        title: "Chủ tịch".to_owned(),
        label: format!("Chủ tịch {n}"),
        level: Level::Commune,
        rank_order: 1,
        leadership: true,
        head: false,
        unit_id: id(50),
        unit: "Xã A".to_owned(),
        full_time: true,
        during: Period::since(day("2020-01-01")),
        term_months: None,
        freezes: Vec::new(),
    }
}

fn held(n: u128, post: u128) -> Standing {
    Standing {
        id: AppointmentId(id(n)),
        cadre_id: id(n + 100),
        cadre_name: format!("Người {n}"),
        post_id: PostId(id(post)),
        post_label: format!("Chủ tịch {post}"),
        during: Period::since(day("2020-01-01")),
        full_time: true,
        basis: Basis::Appointed,
        rotation_id: None,
    }
}

fn free(n: u128) -> FreeSeat {
    FreeSeat {
        seat: SeatRef::Known(PostId(id(n))),
        title_id: TitleId(id(1)),
        unit: UnitId(id(60)),
        full_time: true,
        to: None,
        label: format!("Chủ tịch {n}"),
    }
}

fn tenant(subject: PlacementSubject, n: u128) -> Tenant {
    Tenant { subject, id: id(n), label: n.to_string(), unit: UnitId(id(50)), withdraws: false, blocked: None }
}

fn said(subject: PlacementSubject, n: u128, unit: Option<u128>, post: Option<u128>) -> Placement {
    Placement {
        subject,
        subject_id: id(n),
        unit: unit.map(|unit| UnitPlace::Known(UnitId(id(unit)))),
        post_id: post.map(|post| PostId(id(post))),
    }
}

/// A unit without an heir: two seats with their holders, a grant, a file, a case; two free seats in another unit.
struct Scene {
    heirs: Heirs,
    posts: Vec<Seat>,
    appointments: Vec<Standing>,
    free: Vec<FreeSeat>,
    tenants: Vec<Tenant>,
    own: Option<Uuid>,
}

impl Scene {
    fn new() -> Self {
        Self {
            heirs: Heirs::default(),
            posts: vec![post(10), post(11)],
            appointments: vec![held(20, 10), held(21, 11)],
            free: vec![free(12), free(13)],
            tenants: vec![
                tenant(PlacementSubject::Grant, 30),
                Tenant { withdraws: true, ..tenant(PlacementSubject::Rotation, 31) },
            ],
            own: None,
        }
    }

    fn settle(&self, placements: &[Placement], accept: bool) -> Result<Fates, Unsettled> {
        let (units, keys) = (BTreeMap::from([(UnitId(id(60)), "Xã B".to_owned())]), BTreeMap::new());
        let hanging = Hanging {
            day: day("2025-07-01"),
            heirs: &self.heirs,
            posts: &self.posts,
            appointments: &self.appointments,
            free: &self.free,
            tenants: &self.tenants,
            own: self.own,
            units: &units,
            keys: &keys,
        };
        let placed: Vec<_> = placements
            .iter()
            .map(|one| {
                let unit = match &one.unit {
                    Some(UnitPlace::Known(unit)) => Some(*unit),
                    _ => None,
                };
                (one, unit)
            })
            .collect();
        settle(&hanging, &placed, accept, 0)
    }
}

fn told(unsettled: &Unsettled) -> Vec<(&str, &str)> {
    unsettled.findings.iter().map(|finding| (finding.pointer.as_ref(), finding.code.name)).collect()
}

#[test]
fn everything_hangs_until_it_is_accepted() {
    let scene = Scene::new();
    let unsettled = scene.settle(&[], false).unwrap_err();
    assert_eq!(told(&unsettled), [("/placements", "left_hanging"); 4]);
    let outcomes: Vec<_> = unsettled.proposals.iter().map(|one| (one.subject, one.outcome)).collect();
    let [post, appointment] = [("post", "ends"), ("appointment", "ends")];
    assert_eq!(outcomes, [post, post, appointment, appointment, ("grant", "ends"), ("rotation", "withdrawn")]);
    let fates = scene.settle(&[], true).unwrap();
    assert_eq!((fates.appointments, fates.tenants), (vec![Fate::Ends; 2], vec![Fate::Ends, Fate::Withdrawn]));
}

#[test]
fn a_seat_that_goes_on_takes_its_holder_along() {
    let scene = Scene::new();
    let fates = scene.settle(&[said(PlacementSubject::Post, 11, Some(60), None)], true).unwrap();
    assert_eq!(fates.posts, BTreeMap::from([(PostId(id(10)), None), (PostId(id(11)), Some(UnitId(id(60))))]));
    assert_eq!(fates.appointments, [Fate::Ends, Fate::Seat(SeatRef::New(0))]);
}

#[test]
fn each_holder_has_a_seat_of_their_own() {
    let scene = Scene::new();
    let to = |n, post| said(PlacementSubject::Appointment, n, None, Some(post));
    let fates = scene.settle(&[to(20, 12), said(PlacementSubject::Appointment, 21, Some(60), None)], true).unwrap();
    let seat = |n| Fate::Seat(SeatRef::Known(PostId(id(n))));
    assert_eq!(fates.appointments, [seat(12), seat(13)]);
    let twice = scene.settle(&[to(20, 12), to(21, 12)], true).unwrap_err();
    assert_eq!(told(&twice), [("/placements/1/post_id", "repeated")]);
    let none = scene.settle(&[to(20, 99)], true).unwrap_err();
    assert_eq!(told(&none), [("/placements/0/post_id", "unknown_reference")]);
}

#[test]
fn what_is_not_the_caller_s_to_place_is_told() {
    let grant = |unit| said(PlacementSubject::Grant, 30, unit, None);
    let file = tenant(PlacementSubject::Cadre, 32);
    let mut with_file = Scene::new();
    with_file.tenants.push(file);
    let mut homeless = Scene::new();
    homeless.tenants.push(tenant(PlacementSubject::Cadre, 32));
    let mut own = Scene::new();
    own.own = Some(id(120));
    let mut later = Scene::new();
    later.appointments[1].during = Period::since(day("2025-07-01"));
    for (case, scene, placements, expected) in [
        (
            "a role only where the unit goes",
            Scene::new(),
            vec![grant(Some(60))],
            vec![("/placements/0/unit", "out_of_range")],
        ),
        (
            "a unit out of sight",
            Scene::new(),
            vec![grant(Some(70))],
            vec![("/placements/0/unit/unit_id", "unknown_reference"), ("/placements/0/unit", "out_of_range")],
        ),
        ("said twice", Scene::new(), vec![grant(None), grant(None)], vec![("/placements/1/subject_id", "repeated")]),
        (
            "what does not hang",
            Scene::new(),
            vec![said(PlacementSubject::Course, 99, None, None)],
            vec![("/placements/0/subject_id", "unknown_reference")],
        ),
        (
            "a file is kept somewhere",
            with_file,
            vec![said(PlacementSubject::Cadre, 32, None, None)],
            vec![("/placements/0/unit", "required")],
        ),
        ("a file that nobody takes over", homeless, vec![], vec![("/placements", "left_hanging")]),
        ("one's own", own, vec![], vec![("/placements", "own_case")]),
        ("of a later day", later, vec![], vec![("/effective_from", "overtaken")]),
    ] {
        let unsettled = scene.settle(&placements, true).expect_err(case);
        assert_eq!(told(&unsettled), expected, "{case}");
    }
}
