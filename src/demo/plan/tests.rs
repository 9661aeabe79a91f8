use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use unicode_normalization::is_nfc;

use super::calendar::{REFORM, day, plus_months};
use super::seats::STORY_DISTRICT;
use super::*;
use crate::organisations::founding::founding;

fn demo() -> &'static (Founding, Plan) {
    static DEMO: OnceLock<(Founding, Plan)> = OnceLock::new();
    DEMO.get_or_init(|| {
        let founding = founding().unwrap();
        let plan = plan(2015, &founding).unwrap();
        (founding, plan)
    })
}

/// Units at and below the district of the article.
fn story_units(founding: &Founding) -> BTreeSet<&str> {
    let mut below = BTreeSet::from([STORY_DISTRICT]);
    for unit in &founding.units {
        if unit.versions.iter().any(|version| version.parent.as_deref().is_some_and(|key| below.contains(key))) {
            below.insert(&unit.key);
        }
    }
    below
}

fn post<'a>(plan: &'a Plan, key: &str) -> (PostNo, &'a PlannedPost) {
    let at = plan.posts.iter().position(|post| post.key == key).unwrap();
    (PostNo(at), &plan.posts[at])
}

/// Moves by kind and direction, and passes by kind and level, of the district of the article.
fn article(founding: &Founding, plan: &Plan) -> (BTreeMap<String, usize>, BTreeMap<String, usize>) {
    let units = story_units(founding);
    let inside = |no: PostNo| units.contains(plan.posts[no.0].unit.as_str());
    let (mut moves, mut passes) = (BTreeMap::new(), BTreeMap::new());
    for step in &plan.steps {
        let Happening::Case(case) = &step.what else { continue };
        for part in &case.moves {
            let old = case.effective_from >= day(2017, 1, 1) && case.effective_from < REFORM;
            if old && (inside(part.from) || inside(part.to)) {
                *moves.entry(format!("{} {}", part.kind, part.direction)).or_default() += 1;
            }
        }
    }
    let spells = replay::spells(&plan.steps);
    let programmes: BTreeMap<_, _> = plan.programmes.iter().map(|programme| (programme.code, programme)).collect();
    for course in &plan.courses {
        let programme = programmes[course.programme];
        for enrolment in course.enrolments.iter().filter(|enrolment| enrolment.state == "passed") {
            let result = enrolment.result_on.unwrap();
            let mut held = spells[&enrolment.person].iter().filter(|spell| spell.holds(result));
            if training::COUNTED.contains(&programme.kind) && held.any(|spell| inside(spell.post)) {
                assert!(result < REFORM && result >= day(2015, 1, 1));
                let key = if programme.kind == "political_theory" { programme.level } else { programme.kind };
                *passes.entry(key.to_owned()).or_default() += 1;
            }
        }
    }
    (moves, passes)
}

fn assert_totals(founding: &Founding, plan: &Plan) {
    let (moves, passes) = article(founding, plan);
    assert_eq!(moves, BTreeMap::from([("rotation down".to_owned(), 3), ("transfer sideways".to_owned(), 3)]));
    let count = |keys: &[&str]| keys.iter().map(|key| passes.get(*key).copied().unwrap_or(0)).sum::<usize>();
    assert_eq!((count(&["advanced"]), count(&["intermediate"]), count(&["elementary"])), (28, 280, 0));
    assert_eq!(count(&["professional_degree", "postgraduate"]), 104);
    let courses = ["job_position_skills", "state_management_by_title", "state_management_by_rank"];
    assert_eq!(count(&courses), 618);
}

#[test]
fn the_district_gives_the_totals_of_the_article() {
    let (founding, plan) = demo();
    assert_totals(founding, plan);
}

#[test]
fn a_seed_repeats_and_every_seed_keeps_the_totals() {
    let (founding, first) = demo();
    let text = |plan: &Plan| serde_json::to_string(plan).unwrap();
    assert_eq!(text(first), text(&plan(2015, founding).unwrap()));
    for seed in [7, u64::MAX] {
        let other = plan(seed, founding).unwrap();
        assert_ne!(text(first), text(&other));
        assert_totals(founding, &other);
    }
}

#[test]
fn steps_fit_the_state_before_them() {
    let (_, plan) = demo();
    let (mut holders, mut main, mut gone) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    let mut born: BTreeMap<PersonNo, BTreeSet<PostNo>> = BTreeMap::new();
    let mut last = plan.steps[0].day;
    let mut numbers = BTreeSet::new();
    for step in &plan.steps {
        assert!(step.day >= last && step.day <= plan.last_day);
        last = step.day;
        let mut enter = |person: PersonNo,
                         no: PostNo,
                         holders: &mut BTreeMap<PostNo, PersonNo>,
                         main: &mut BTreeMap<PersonNo, PostNo>| {
            let post = &plan.posts[no.0];
            assert!(post.during.holds(step.day), "{} on {}", post.key, step.day);
            assert!(plan.people[person.0].recruited_on <= step.day);
            assert_eq!(holders.insert(no, person), None, "{} on {}", post.key, step.day);
            if post.full_time {
                assert_eq!(main.insert(person, no), None, "{person:?} on {}", step.day);
            } else {
                assert!(main.contains_key(&person), "{} on {}", post.key, step.day);
            }
            born.entry(person).or_default().insert(no);
        };
        match &step.what {
            Happening::Appoint { person, post, decided_on, .. } => {
                assert!(*decided_on <= step.day && !gone.contains(person));
                enter(*person, *post, &mut holders, &mut main);
            }
            Happening::End { person, post, .. } => {
                assert_eq!(holders.remove(post), Some(*person));
                main.retain(|_, held| held != post);
            }
            Happening::Leave { person, .. } => {
                assert!(!holders.values().any(|holder| holder == person) && gone.insert(*person));
            }
            Happening::Case(case) => {
                assert!(numbers.insert(case.number.clone()));
                for part in &case.moves {
                    assert_eq!(holders.get(&part.from), Some(&part.person));
                }
                if case.state != "effective" {
                    assert!(case.effective_from > plan.last_day);
                    continue;
                }
                assert!(case.effective_from == step.day && case.decided_on.unwrap() <= step.day);
                for part in &case.moves {
                    assert!(holders.values().filter(|holder| **holder == part.person).count() == 1);
                    holders.remove(&part.from);
                    main.remove(&part.person);
                }
                for part in &case.moves {
                    enter(part.person, part.to, &mut holders, &mut main);
                }
            }
        }
        // Nothing outlives its seat.
        assert!(holders.keys().all(|no| plan.posts[no.0].during.to().is_none_or(|to| step.day <= to)));
    }
    assert!(holders.keys().all(|no| plan.posts[no.0].during.to().is_none()));
}

#[test]
fn about_two_thousand_serve_and_most_leading_seats_are_held() {
    let (_, plan) = demo();
    let spells = replay::spells(&plan.steps);
    let serving = |on: NaiveDate| {
        let main = |spell: &&Spell| spell.holds(on) && plan.posts[spell.post.0].full_time;
        spells.values().filter(|spells| spells.iter().any(|spell| main(&spell))).count()
    };
    for year in 2015..=2026 {
        let count = serving(day(year, 10, 31));
        println!("{year}: {count}");
        assert!((1850..=2150).contains(&count), "{year}: {count}");
    }
    let leading: BTreeSet<_> =
        plan.titles.iter().filter(|title| title.leadership).map(|title| title.code.as_str()).collect();
    let held: BTreeSet<PostNo> =
        spells.values().flatten().filter(|spell| spell.holds(plan.last_day)).map(|spell| spell.post).collect();
    let seats: Vec<_> = (0..plan.posts.len())
        .filter(|at| plan.posts[*at].during.holds(plan.last_day) && leading.contains(plan.posts[*at].title.as_str()))
        .collect();
    let filled = seats.iter().filter(|at| held.contains(&PostNo(**at))).count();
    println!("leading {filled} of {}", seats.len());
    assert!((860..=940).contains(&(filled * 1000 / seats.len())));
}

#[test]
fn people_are_plausible() {
    let (_, plan) = demo();
    let retirement = calendar::Retirement::read().unwrap();
    let spells = replay::spells(&plan.steps);
    let mut numbers = BTreeSet::new();
    for (at, person) in plan.people.iter().enumerate() {
        assert_eq!(person.no, PersonNo(at));
        assert!(is_nfc(&person.full_name) && person.full_name.split(' ').count() >= 3, "{}", person.full_name);
        let female = person.sex == "female";
        let century = if person.born_on.year() < 2000 { 0 } else { 2 };
        assert_eq!(person.personal_number[3..4], (century + i32::from(female)).to_string());
        assert_eq!(person.personal_number[4..6], format!("{:02}", person.born_on.year() % 100));
        assert!(person.personal_number.len() == 12 && numbers.insert(&person.personal_number));
        assert!(calendar::age(person.born_on, person.recruited_on) >= 22);
        assert!(person.party_joined_on.is_none_or(|on| calendar::age(person.born_on, on) >= 18));
        let last = retirement.last_day(person.born_on, female);
        for spell in &spells[&person.no] {
            assert!(spell.to.is_none_or(|to| to.pred_opt().unwrap() <= last));
            assert!(spell.from <= last);
        }
        assert!(!person.qualifications.is_empty());
        assert!(person.qualifications.iter().all(|held| calendar::age(person.born_on, held.obtained_on) >= 18));
    }
}

#[test]
fn nobody_learns_the_same_twice_or_out_of_order() {
    let (_, plan) = demo();
    let spells = replay::spells(&plan.steps);
    let programmes: BTreeMap<_, _> = plan.programmes.iter().map(|programme| (programme.code, programme)).collect();
    let mut theory: BTreeMap<(PersonNo, &str), NaiveDate> = BTreeMap::new();
    for person in &plan.people {
        for held in person.qualifications.iter().filter(|held| held.kind == "political_theory") {
            assert_eq!(theory.insert((person.no, held.level), held.obtained_on), None);
        }
    }
    let mut codes = BTreeSet::new();
    for course in &plan.courses {
        assert!(codes.insert(&course.code));
        assert!(i32::try_from(course.enrolments.len()).unwrap() <= course.seats);
        let mut there = BTreeSet::new();
        for enrolment in &course.enrolments {
            assert!(there.insert(enrolment.person));
            assert_eq!(enrolment.state == "enrolled", enrolment.result_on.is_none());
            assert!(enrolment.result_on.is_none_or(|on| course.during.holds(on) && on <= plan.last_day));
            for on in [Some(enrolment.enrolled_on), enrolment.result_on].into_iter().flatten() {
                assert!(spells[&enrolment.person].iter().any(|spell| spell.holds(on)));
            }
            let programme = programmes[course.programme];
            if enrolment.state == "passed" && programme.kind == "political_theory" {
                let before = theory.insert((enrolment.person, programme.level), enrolment.result_on.unwrap());
                assert_eq!(before, None, "{:?} {}", enrolment.person, programme.level);
            }
        }
    }
    for ((person, level), on) in &theory {
        if *level == "advanced" {
            assert!(theory.get(&(*person, "intermediate")).is_none_or(|before| before < on));
        }
    }
    let units: BTreeMap<_, _> = demo().0.units.iter().map(|unit| (unit.key.as_str(), unit)).collect();
    for course in &plan.courses {
        assert!(units[course.unit.as_str()].versions[0].during.encloses(&course.during), "{}", course.code);
    }
}

#[test]
fn the_career_of_the_article() {
    let (_, plan) = demo();
    let spells = &replay::spells(&plan.steps)[&plan.story];
    let at = |on: NaiveDate| {
        let held: Vec<_> = spells.iter().filter(|spell| spell.holds(on)).collect();
        assert!(!held.is_empty(), "{on}");
        plan.posts[held[0].post.0].key.as_str()
    };
    assert_eq!(at(day(2017, 6, 1)), "district_inspector:1@district_inspectorate@district:097");
    assert_eq!(
        at(day(2019, 6, 1)),
        "commune_people_committee_vice_chair:1@commune_people_committee_until_2025@commune_until_2025:03200"
    );
    assert_eq!(at(day(2021, 6, 1)), "district_deputy_chief_inspector:1@district_inspectorate@district:097");
    assert_eq!(at(plan.last_day), story::AFTER);
    assert_eq!(spells[1].from, day(2018, 3, 1));
    assert_eq!(spells[2].from, day(2020, 4, 1));
    assert!(post(plan, story::AFTER).1.full_time);
}

#[test]
fn rotations_meet_what_the_regulations_ask() {
    let (_, plan) = demo();
    let retirement = calendar::Retirement::read().unwrap();
    let titles: BTreeMap<_, _> = plan.titles.iter().map(|title| (title.code.as_str(), title)).collect();
    let (mut moves, mut people, mut kinds) = (0, BTreeSet::new(), BTreeMap::<_, usize>::new());
    for step in &plan.steps {
        let Happening::Case(case) = &step.what else { continue };
        for part in &case.moves {
            moves += 1;
            people.insert(part.person);
            *kinds.entry((part.kind, part.direction)).or_default() += 1;
            let (from, to) = (&plan.posts[part.from.0], &plan.posts[part.to.0]);
            let (from, to) = (titles[from.title.as_str()], titles[to.title.as_str()]);
            let rank = |level: &str| ["commune", "district", "province"].iter().position(|name| *name == level);
            let direction = match rank(&from.level).cmp(&rank(&to.level)) {
                std::cmp::Ordering::Greater => "down",
                std::cmp::Ordering::Less => "up",
                std::cmp::Ordering::Equal => "sideways",
            };
            assert_eq!(part.direction, direction);
            if part.kind == "rotation" {
                let person = &plan.people[part.person.0];
                let last = retirement.last_day(person.born_on, person.sex == "female");
                assert!(last >= plus_months(case.effective_from, 120) || step.day > case.effective_from);
                assert!(to.leadership && (from.leadership || part.person == plan.story));
                let on = if case.state == "effective" { case.effective_from } else { step.day };
                let planned = plan.plannings.iter();
                assert!(planned.filter(|p| p.person == part.person).any(|p| p.during.holds(on)), "{}", case.number);
            }
        }
    }
    println!("{moves} moves of {} people: {kinds:?}", people.len());
    assert!(people.len() > 250);
}

#[test]
fn about_one_in_eight_is_planned_once_per_title() {
    let (_, plan) = demo();
    for on in [day(2016, 6, 1), day(2022, 1, 1), plan.last_day] {
        let planned: BTreeSet<_> = plan
            .plannings
            .iter()
            .filter(|planning| planning.during.holds(on))
            .map(|planning| planning.person)
            .collect();
        println!("{on}: {} planned", planned.len());
        assert!((190..=340).contains(&planned.len()), "{on}: {}", planned.len());
    }
    for (at, one) in plan.plannings.iter().enumerate() {
        let same = |other: &&PlannedPlanning| other.person == one.person && other.title == one.title;
        let twice = plan.plannings.iter().skip(at + 1).filter(same).any(|other| other.during.overlaps(&one.during));
        assert!(!twice, "{:?} {}", one.person, one.title);
    }
}

#[test]
fn what_there_is() {
    let (_, plan) = demo();
    let kinds = |what: &Happening| match what {
        Happening::Appoint { .. } => "appoint",
        Happening::End { .. } => "end",
        Happening::Leave { status, .. } => status,
        Happening::Case(_) => "case",
    };
    let mut steps = BTreeMap::<_, usize>::new();
    for step in &plan.steps {
        *steps.entry(kinds(&step.what)).or_default() += 1;
    }
    let enrolments: usize = plan.courses.iter().map(|course| course.enrolments.len()).sum();
    println!(
        "{} posts, {} people, {} plannings, steps {steps:?}, {} courses with {enrolments} enrolments",
        plan.posts.len(),
        plan.people.len(),
        plan.plannings.len(),
        plan.courses.len(),
    );
    let roles: BTreeSet<_> = plan.accounts.iter().map(|account| account.role).collect();
    assert_eq!((roles.len(), plan.accounts.len()), (8, 8));
    let keys: BTreeSet<_> = demo().0.units.iter().map(|unit| unit.key.as_str()).collect();
    assert!(plan.accounts.iter().all(|account| keys.contains(account.unit)));
    assert_eq!(plan.accounts.iter().filter_map(|account| account.person).collect::<Vec<_>>(), [plan.story]);
}

#[test]
fn files_say_what_careers_and_the_law_allow() {
    let (_, plan) = demo();
    let (files, spells) = (&plan.files, replay::spells(&plan.steps));
    let holds = |person: PersonNo, on: NaiveDate| {
        spells[&person].iter().any(|spell| plan.posts[spell.post.0].full_time && spell.holds(on))
    };
    assert!(files.assessments.len() > 4000 && files.relatives.len() > 300, "{}", files.assessments.len());
    assert!((5..60).contains(&files.disciplines.len()), "{} disciplines", files.disciplines.len());
    let mut years = BTreeSet::new();
    for fact in &files.assessments {
        assert!(holds(fact.person, day(fact.content.year, 12, 15)), "{fact:?}");
        assert!(years.insert((fact.person, fact.content.year)), "{fact:?}");
        assert!(fact.source.decided_on.unwrap() <= plan.last_day && fact.source.decision_number.is_some());
    }
    let party = |person: &PlannedPerson| {
        let organisation = crate::cadres::MemberOrganisation::Party;
        files.memberships.iter().find(|fact| fact.person == person.no && fact.content.organisation == organisation)
    };
    for person in &plan.people {
        assert_eq!(party(person).map(|fact| fact.content.joined_on), person.party_joined_on, "{person:?}");
    }
    for pair in files.ranks.windows(2).filter(|pair| pair[0].person == pair[1].person) {
        assert_eq!(pair[0].content.to.and_then(|last| last.succ_opt()), Some(pair[1].content.from), "{pair:?}");
    }
    assert!(files.disciplines.iter().all(|fact| fact.content.to.is_some_and(|to| to < plan.last_day)));
    assert!(files.health_certificates.iter().all(|fact| holds(fact.person, plan.last_day)));
}
