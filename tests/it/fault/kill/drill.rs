//! A drill among the events: begun in one of the lives, ended in the last.
//!
//! Owns its beginning, its end, and what its record has to hold by then. It must not
//! judge its messages: the oracle does, once it knows which call-out is the drill.

use serde_json::Value;

use super::client::{Told, id, post, tell};
use crate::support::daemon::{Served, TOKEN};
use crate::support::power::DRILL;

/// The drill's name.
const NAME: &str = "contact";

/// Whom it calls.
const CALLED: [&str; 4] = ["deputy-mayor", "it-1", "it-2", "it-manager"];

/// Begins it, where somebody was told that the daemon is there: its call-out; none where
/// it runs already, or the daemon is gone.
fn begin(url: &str) -> Option<String> {
    match post(url, "/api/v1/drills", DRILL)? {
        (202, answer) => Some(id(&answer)),
        (409, _) => None,
        (status, answer) => panic!("{status}: {answer}"),
    }
}

/// Tells of an event, and begins the drill beside it. Why beside one: a drill that is
/// begun while nothing real is open gives way to what comes.
pub(super) fn beside(url: &str, key: String) -> Told {
    let mut told = Told::default();
    let event = tell(url, &key).map(|(_, answer)| id(&answer));
    told.events.insert(key, event.clone());
    if event.is_some() {
        told.drills.extend(begin(url));
    }
    told
}

fn get(daemon: &Served, path: &str) -> Value {
    let (status, answer) = daemon.call("GET", path, Some(TOKEN), None);
    assert_eq!(status, 200, "{answer}");
    serde_json::from_str(&answer).unwrap()
}

/// The drill of this town, once: the one that somebody was told of, or one that was begun
/// and nobody told. Where no life has one it is begun now.
pub(super) fn the_only_one(daemon: &Served, told: &Told) -> String {
    let drills = get(daemon, "/api/v1/drills");
    let mut drills = drills["drills"].as_array().unwrap().iter();
    let drill = drills.find(|drill| drill["name"] == NAME).unwrap();
    let kept = drill["last"].as_str().map(str::to_owned);
    let told: Vec<&String> = told.drills.iter().collect();
    assert!(told.len() <= 1, "one drill runs {} times", told.len());
    if let Some(told) = told.first() {
        assert_eq!(kept.as_ref(), Some(*told), "the drill was lost");
    }
    let began = begin(&daemon.url);
    assert_eq!(began.is_some(), kept.is_none(), "it runs, or is begun now");
    kept.or(began).unwrap()
}

/// It is stood down, and its record is whole: everybody whom it called, when each was told,
/// and its course from the beginning to the end. It is mailed to nobody here: that waits
/// for the end of what is real.
pub(super) fn ends(daemon: &Served, drill: &str) {
    let path = format!("/api/v1/call-outs/{drill}");
    let word = Some(r#"{"reason":"訓練を終わります"}"#);
    let (status, answer) = daemon.call("POST", &format!("{path}/stand-down"), Some(TOKEN), word);
    assert_eq!(status, 200, "{answer}");
    let record = get(daemon, &format!("{path}/report"));
    assert_eq!(record["call_out"], drill);
    assert_eq!(
        (&record["drill"], &record["state"]),
        (&true.into(), &"stood_down".into())
    );
    assert!(record["ended_at"].is_string(), "{record}");
    let people = record["people"].as_array().unwrap();
    for person in CALLED {
        let one = people.iter().find(|one| one["person"] == person);
        let one = one.unwrap_or_else(|| panic!("{person} is not in the record: {record}"));
        assert!(
            one["called_at"].is_string() && one["sent_at"].is_string(),
            "{one}"
        );
    }
    let times = record["timeline"].as_array().unwrap().iter();
    let times: Vec<&str> = times.map(|line| line["at"].as_str().unwrap()).collect();
    assert_eq!(
        times.first(),
        record["opened_at"].as_str().as_ref(),
        "{record}"
    );
    assert!(times.is_sorted(), "{times:?}");
}
