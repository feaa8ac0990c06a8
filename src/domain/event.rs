//! What happened: told once, never changed.
//!
//! Owns the kinds of event that the plan knows (5(1)) and how two tellings of
//! the same one are told apart. It must not decide who is called: `rule` does.

use jiff::Timestamp;

use super::drill::DrillKind;
use super::drill_report::DrillReport;
use super::id::{DrillId, EventId, PersonId, Principal, RuleId};
use super::schedule::Changed;
use super::text::Text;

/// Seismic intensity on the scale of the Japan Meteorological Agency (震度).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Intensity {
    /// 震度1
    One,
    /// 震度2
    Two,
    /// 震度3
    Three,
    /// 震度4
    Four,
    /// 震度5弱
    FiveLower,
    /// 震度5強
    FiveUpper,
    /// 震度6弱
    SixLower,
    /// 震度6強
    SixUpper,
    /// 震度7
    Seven,
}

impl Intensity {
    /// All, weakest first.
    pub const ALL: [Self; 9] = [
        Self::One,
        Self::Two,
        Self::Three,
        Self::Four,
        Self::FiveLower,
        Self::FiveUpper,
        Self::SixLower,
        Self::SixUpper,
        Self::Seven,
    ];

    /// The name in commands, HTTP and files, as JMA XML writes it (`5-`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
            Self::Three => "3",
            Self::Four => "4",
            Self::FiveLower => "5-",
            Self::FiveUpper => "5+",
            Self::SixLower => "6-",
            Self::SixUpper => "6+",
            Self::Seven => "7",
        }
    }

    /// As people say it: `5弱` in Japanese, `5 lower` in English.
    pub const fn spoken(self) -> (&'static str, &'static str) {
        match self {
            Self::One => ("1", "1"),
            Self::Two => ("2", "2"),
            Self::Three => ("3", "3"),
            Self::Four => ("4", "4"),
            Self::FiveLower => ("5弱", "5 lower"),
            Self::FiveUpper => ("5強", "5 upper"),
            Self::SixLower => ("6弱", "6 lower"),
            Self::SixUpper => ("6強", "6 upper"),
            Self::Seven => ("7", "7"),
        }
    }

    /// Reads [`Self::name`], and `5弱`, `6強` as people type them.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|intensity| text == intensity.name() || text == intensity.spoken().0)
    }
}

/// The town's emergency posture for wind and flood (非常配備体制), 1 to 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Posture(u8);

impl Posture {
    /// A posture of the plan, or `None` outside 1 to 3.
    pub const fn new(level: u8) -> Option<Self> {
        if level >= 1 && level <= 3 {
            Some(Self(level))
        } else {
            None
        }
    }

    /// 1, 2 or 3.
    pub const fn level(self) -> u8 {
        self.0
    }
}

/// How far a security incident reaches (5(1)ウ).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// The section in charge handles it; nobody musters.
    Small,
    /// Use of the systems is threatened and the town's work hindered, or may be.
    WorkHindered,
    /// Residents or the whole office are affected.
    Residents,
}

impl Effect {
    /// All, least first.
    pub const ALL: [Self; 3] = [Self::Small, Self::WorkHindered, Self::Residents];

    /// The name in commands, HTTP and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::WorkHindered => "work-hindered",
            Self::Residents => "residents",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| text == effect.name())
    }
}

/// What kind of thing happened, with what the rules ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// An earthquake, by the greatest intensity in the town.
    Earthquake {
        /// 震度
        intensity: Intensity,
    },
    /// Wind or flood: a posture was ordered.
    WindFlood {
        /// 非常配備体制
        posture: Posture,
        /// Who ordered it; the plan demands the mayor for the third (5(1)イ).
        ordered_by: PersonId,
        /// The post for whose holder they acted (職務代理), where they did.
        acting_for: Option<Text>,
    },
    /// A security incident (情報セキュリティ事象).
    SecurityIncident {
        /// How far it reaches.
        effect: Effect,
        /// Numbers of the information systems it touches (3(4)).
        systems: Vec<u16>,
    },
    /// Any other threat, handled as a rule that a person chose (5(1)エ).
    Threat {
        /// The rule that fits the damage.
        like: RuleId,
        /// What the threat is, in words.
        threat: String,
        /// Who ordered it, where the rule wants an order.
        ordered_by: Option<PersonId>,
    },
    /// What stands in the way of a call-out, told by the daemon itself.
    Readiness {
        /// One sentence each, without an address; empty where nothing does.
        findings: Vec<Text>,
    },
    /// What became of a drill that was due, told by the daemon itself.
    Schedule(Box<Changed>),
    /// The report of a drill that is over, told by the daemon itself.
    DrillReport(Box<DrillReport>),
    /// What fails, told by the daemon itself at once.
    Alarm {
        /// One sentence each, without an address.
        says: Vec<Text>,
    },
}

impl EventKind {
    /// The name in commands, HTTP and the store.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Earthquake { .. } => "earthquake",
            Self::WindFlood { .. } => "wind-flood",
            Self::SecurityIncident { .. } => "security-incident",
            Self::Threat { .. } => "threat",
            Self::Readiness { .. } => "readiness",
            Self::Schedule(_) => "schedule",
            Self::DrillReport(_) => "drill-report",
            Self::Alarm { .. } => "alarm",
        }
    }

    /// Who ordered it, where somebody did.
    pub const fn ordered_by(&self) -> Option<&PersonId> {
        match self {
            Self::WindFlood { ordered_by, .. } => Some(ordered_by),
            Self::Threat { ordered_by, .. } => ordered_by.as_ref(),
            Self::Earthquake { .. }
            | Self::SecurityIncident { .. }
            | Self::Readiness { .. }
            | Self::Schedule(_)
            | Self::DrillReport(_)
            | Self::Alarm { .. } => None,
        }
    }

    /// Numbers of the information systems that it touches.
    pub fn systems(&self) -> &[u16] {
        match self {
            Self::SecurityIncident { systems, .. } => systems,
            Self::Earthquake { .. }
            | Self::WindFlood { .. }
            | Self::Threat { .. }
            | Self::Readiness { .. }
            | Self::Schedule(_)
            | Self::DrillReport(_)
            | Self::Alarm { .. } => &[],
        }
    }

    /// Whether it is the daemon's own, which no rule applies to.
    pub const fn is_own(&self) -> bool {
        matches!(
            self,
            Self::Readiness { .. } | Self::Schedule(_) | Self::DrillReport(_) | Self::Alarm { .. }
        )
    }

    /// How a later report compares with this one; `None` between kinds, or
    /// where it is another happening.
    pub fn compare(&self, later: &Self) -> Option<std::cmp::Ordering> {
        match (self, later) {
            (Self::Earthquake { intensity }, Self::Earthquake { intensity: new }) => {
                Some(new.cmp(intensity))
            }
            (Self::WindFlood { posture, .. }, Self::WindFlood { posture: new, .. }) => {
                Some(new.cmp(posture))
            }
            (Self::SecurityIncident { effect, .. }, Self::SecurityIncident { effect: new, .. }) => {
                Some(new.cmp(effect))
            }
            _ => None,
        }
    }
}

/// Real or exercise: fixed when the event is told, and nothing turns one into
/// the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It is happening.
    Real,
    /// It is an exercise (訓練), and every artefact says so. The vendors whom a
    /// rule names are left alone.
    Drill,
    /// An exercise in which those vendors take part.
    DrillWithVendors,
}

impl Mode {
    /// True for an exercise.
    pub const fn is_drill(self) -> bool {
        matches!(self, Self::Drill | Self::DrillWithVendors)
    }

    /// Whether the vendors whom a rule names are asked for help.
    pub const fn asks_vendors(self) -> bool {
        matches!(self, Self::Real | Self::DrillWithVendors)
    }
}

/// Something that happened, as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// Names one report: the same key again is the same event, so that a
    /// sender who got no reply may ask again.
    pub key: Option<String>,
    /// What happened.
    pub kind: EventKind,
    /// The sender's own words, one line.
    pub headline: Option<String>,
    /// Where to gather, if not where the rule says; one line.
    pub place: Option<String>,
    /// When it happened, where the sender knows.
    pub occurred_at: Timestamp,
    /// When it was told to this daemon.
    pub received_at: Timestamp,
    /// Who told it.
    pub entered_by: Principal,
    /// Real or exercise.
    pub mode: Mode,
    /// Which drill of the plan plays it, where it is an exercise.
    pub drill: Option<Played>,
}

/// The drill of the plan that an event plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// Which.
    pub drill: DrillId,
    /// Of which kind it was then; older ones do not say.
    pub kind: Option<DrillKind>,
    /// Why it was started although a real call-out was open, where it was.
    pub forced: Option<String>,
}

impl Event {
    /// Which drill of the plan plays it.
    pub fn drill_id(&self) -> Option<&DrillId> {
        self.drill.as_ref().map(|played| &played.drill)
    }
}

impl Event {
    /// What stands once a later report is taken over: what somebody said of
    /// the headline, the place and the systems stands until somebody says
    /// otherwise.
    pub fn united(&self, later: &Self) -> Self {
        let mut event = later.clone();
        event.headline = later.headline.clone().or_else(|| self.headline.clone());
        event.place = later.place.clone().or_else(|| self.place.clone());
        event.drill = later.drill.clone().or_else(|| self.drill.clone());
        if let (
            EventKind::SecurityIncident { systems: known, .. },
            EventKind::SecurityIncident { systems, .. },
        ) = (&self.kind, &mut event.kind)
        {
            let named = std::mem::replace(systems, known.clone());
            for number in named {
                if !systems.contains(&number) {
                    systems.push(number);
                }
            }
            // Why: that it is worse than told is no new time of its beginning.
            if later.occurred_at == later.received_at {
                event.occurred_at = self.occurred_at;
            }
        }
        event
    }

    /// Whether it says the same as another telling, whoever told it and when.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (&self.kind, &self.headline, &self.place) == (&other.kind, &other.headline, &other.place)
    }
}

/// The longest headline or place, in characters: what still fits a lock screen
/// three times over.
pub const LINE_CHARS: usize = 200;
