//! Titles and seats: what can be held, with what the simulation needs to know about each seat.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::world::Who;
use super::{PlannedPost, PlannedTitle, PostNo, calendar};
use crate::organisations::founding::{BadData, Founding};
use crate::organisations::model::UnitKind;
use crate::platform::period::Period;

const TITLES: (&str, &str) = ("titles.csv", include_str!("../../../data/titles.csv"));
const TEMPLATES: (&str, &str) = ("post_templates.csv", include_str!("../../../data/post_templates.csv"));

/// The district whose totals the article gives.
pub(super) const STORY_DISTRICT: &str = "district:097";

#[derive(Deserialize)]
struct TitleRow {
    code: String,
    name_vi: String,
    name_en: String,
    category: String,
    level: String,
    leadership: bool,
    rank_order: i32,
    elected: bool,
}

#[derive(Deserialize)]
struct SeatRow {
    template: String,
    title: String,
    seats: i32,
    full_time: bool,
    term_months: Option<i32>,
}

/// A post with what decides who may hold it.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) no: PostNo,
    pub(super) key: String,
    pub(super) title: String,
    pub(super) category: String,
    pub(super) level: UnitKind,
    pub(super) leading: bool,
    /// How one ordinarily comes to it: assigned, appointed, elected.
    pub(super) basis: &'static str,
    pub(super) full_time: bool,
    /// Over all levels, the smaller the higher; a commune's Party secretary stands with the head of a district division.
    pub(super) standing: i32,
    pub(super) template: String,
    pub(super) unit: String,
    /// The administrative unit of the body.
    pub(super) place: String,
    /// Where people rise: the province, a district with its communes, a new commune.
    pub(super) area: String,
    /// Before July 2025 below the district of the article, itself included.
    pub(super) in_story: bool,
    pub(super) wanted: Wanted,
    pub(super) during: Period,
}

/// Women lead the Women's Union, the young the Youth Union, veterans their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Anybody,
    Woman,
    Veteran,
    Young,
}

impl Seat {
    pub(super) fn suits(&self, who: Who, on: NaiveDate) -> bool {
        match self.wanted {
            Wanted::Anybody => true,
            Wanted::Woman => who.female,
            Wanted::Veteran => !who.female,
            Wanted::Young => calendar::age(who.born, on) < 36,
        }
    }
}

fn wanted(title: &str) -> Wanted {
    let is = |part| title.contains(part);
    if is("women_union") {
        Wanted::Woman
    } else if is("veterans") || is("military") {
        Wanted::Veteran
    } else if is("youth_union") {
        Wanted::Young
    } else {
        Wanted::Anybody
    }
}

fn standing(title: &PlannedTitle) -> i32 {
    let of_level = match title.level.as_str() {
        "province" => 0,
        "district" => 110,
        _ => 300,
    };
    title.rank_order + of_level + if title.leadership { 0 } else { 300 }
}

fn basis(title: &PlannedTitle) -> &'static str {
    match (title.leadership, title.elected) {
        (false, _) => "assigned",
        (true, false) => "appointed",
        (true, true) => "elected",
    }
}

/// All titles; all posts; the same posts as the simulation sees them.
pub(super) struct Catalogue {
    pub(super) titles: Vec<PlannedTitle>,
    pub(super) posts: Vec<PlannedPost>,
    pub(super) seats: Vec<Seat>,
}

pub(super) fn catalogue(founding: &Founding) -> Result<Catalogue, BadData> {
    let titles: Vec<PlannedTitle> = rows::<TitleRow>(TITLES)?.into_iter().map(PlannedTitle::from).collect();
    let by_code: BTreeMap<&str, &PlannedTitle> = titles.iter().map(|title| (title.code.as_str(), title)).collect();
    let districts: BTreeMap<&str, &str> = founding
        .units
        .iter()
        .filter(|unit| unit.key.starts_with("commune_until_2025:"))
        .filter_map(|unit| Some((unit.key.as_str(), unit.versions.first()?.parent.as_deref()?)))
        .collect();
    let mut templates: BTreeMap<String, Vec<SeatRow>> = BTreeMap::new();
    for row in rows::<SeatRow>(TEMPLATES)? {
        templates.entry(row.template.clone()).or_default().push(row);
    }
    let (mut posts, mut seats) = (Vec::new(), Vec::new());
    for unit in &founding.units {
        let (Some(template), Some((_, place))) = (&unit.template, unit.key.split_once('@')) else { continue };
        let area = districts.get(place).copied().unwrap_or(place);
        let mut numbered: BTreeMap<&str, i32> = BTreeMap::new();
        for (version, row) in
            unit.versions.iter().flat_map(|v| templates.get(template).into_iter().flatten().map(move |r| (v, r)))
        {
            let title = by_code
                .get(row.title.as_str())
                .ok_or_else(|| BadData::new(TEMPLATES.0, &format!("no title {}", row.title)))?;
            let level = UnitKind::of(&title.level).ok_or_else(|| BadData::new(TITLES.0, &"no such level"))?;
            let during = Period::new(version.during.from().or(Some(calendar::SEATS_SINCE)), version.during.to())
                .map_err(|error| BadData::new(TEMPLATES.0, &error))?;
            for _ in 0..row.seats {
                let number = numbered.entry(&row.title).or_default();
                *number += 1;
                let key = format!("{}:{number}@{}", row.title, unit.key);
                seats.push(Seat {
                    no: PostNo(posts.len()),
                    key: key.clone(),
                    title: row.title.clone(),
                    category: title.category.clone(),
                    level,
                    leading: title.leadership,
                    basis: basis(title),
                    full_time: row.full_time,
                    standing: standing(title),
                    template: template.clone(),
                    unit: unit.key.clone(),
                    place: place.to_owned(),
                    area: area.to_owned(),
                    wanted: wanted(&row.title),
                    in_story: area == STORY_DISTRICT,
                    during,
                });
                posts.push(PlannedPost {
                    key,
                    title: row.title.clone(),
                    unit: unit.key.clone(),
                    seat: *number,
                    full_time: row.full_time,
                    term_months: row.term_months,
                    during,
                });
            }
        }
    }
    Ok(Catalogue { titles, posts, seats })
}

impl From<TitleRow> for PlannedTitle {
    fn from(row: TitleRow) -> Self {
        let TitleRow { code, name_vi, name_en, category, level, leadership, rank_order, elected } = row;
        Self { code, name_vi, name_en, category, level, leadership, rank_order, elected }
    }
}

fn rows<Row: DeserializeOwned>((file, text): (&str, &str)) -> Result<Vec<Row>, BadData> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| BadData::new(file, &error))
}

/// Which concurrent seat goes with which main one, in the same administrative unit: templates and `TITLE:SEAT`.
pub(super) const CONCURRENT: [(&str, &str, &str, &str); 26] = [
    (
        "province_party_committee",
        "province_party_secretary:1",
        "province_people_council",
        "province_people_council_chair:1",
    ),
    (
        "province_people_committee",
        "province_people_committee_chair:1",
        "province_party_committee",
        "province_party_deputy_secretary:2",
    ),
    (
        "province_people_committee",
        "province_people_committee_chair:1",
        "province_party_government_committee",
        "province_bloc_party_secretary:1",
    ),
    (
        "province_party_organisation_board",
        "province_party_board_head:1",
        "province_party_bodies_committee",
        "province_bloc_party_secretary:1",
    ),
    (
        "province_party_internal_affairs_board",
        "province_party_board_head:1",
        "province_council_legal_committee",
        "province_council_committee_head:1",
    ),
    (
        "province_party_office",
        "province_party_office_chief:1",
        "province_council_economy_budget_committee",
        "province_council_committee_head:1",
    ),
    (
        "province_front",
        "province_front_chair:1",
        "province_council_culture_society_committee",
        "province_council_committee_head:1",
    ),
    (
        "province_party_inspection",
        "province_party_inspection_chair:1",
        "province_council_ethnic_committee",
        "province_council_committee_head:1",
    ),
    (
        "district_party_committee",
        "district_party_secretary:1",
        "district_people_council",
        "district_people_council_chair:1",
    ),
    (
        "district_people_committee",
        "district_people_committee_chair:1",
        "district_party_committee",
        "district_party_deputy_secretary:2",
    ),
    (
        "district_party_inspection",
        "district_party_inspection_chair:1",
        "district_people_council",
        "district_council_committee_head:1",
    ),
    (
        "district_party_organisation_board",
        "district_party_board_head:1",
        "district_people_council",
        "district_council_committee_head:2",
    ),
    (
        "commune_party_committee_until_2025",
        "commune_party_secretary:1",
        "commune_people_council_until_2025",
        "commune_people_council_chair:1",
    ),
    (
        "commune_people_committee_until_2025",
        "commune_people_committee_chair:1",
        "commune_party_committee_until_2025",
        "commune_party_deputy_secretary:2",
    ),
    (
        "commune_party_committee_until_2025",
        "commune_party_deputy_secretary:1",
        "commune_people_council_until_2025",
        "commune_council_committee_head:1",
    ),
    (
        "commune_front_until_2025",
        "commune_front_chair:1",
        "commune_people_council_until_2025",
        "commune_council_committee_head:2",
    ),
    (
        "commune_party_committee",
        "commune_party_secretary:1",
        "commune_people_council",
        "commune_people_council_chair:1",
    ),
    (
        "commune_people_committee",
        "commune_people_committee_chair:1",
        "commune_party_committee",
        "commune_party_deputy_secretary:2",
    ),
    (
        "commune_party_inspection",
        "commune_party_inspection_chair:1",
        "commune_council_legal_committee",
        "commune_council_committee_head:1",
    ),
    (
        "commune_party_building_board",
        "commune_party_board_head:1",
        "commune_council_economy_society_committee",
        "commune_council_committee_head:1",
    ),
    (
        "commune_people_committee",
        "commune_people_committee_vice_chair:2",
        "commune_service_centre",
        "commune_service_centre_director:1",
    ),
    ("commune_youth_union", "commune_youth_union_secretary:1", "commune_front", "commune_front_vice_chair:1"),
    ("commune_women_union", "commune_women_union_chair:1", "commune_front", "commune_front_vice_chair:2"),
    (
        "commune_farmers_association",
        "commune_farmers_association_chair:1",
        "commune_front",
        "commune_front_vice_chair:3",
    ),
    (
        "commune_veterans_association",
        "commune_veterans_association_chair:1",
        "commune_front",
        "commune_front_vice_chair:4",
    ),
    ("commune_trade_union", "commune_trade_union_chair:1", "commune_front", "commune_front_vice_chair:5"),
];
