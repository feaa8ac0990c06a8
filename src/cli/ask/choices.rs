//! What can be chosen where an event is told: the plan in force in the daemon.
//!
//! Owns the lists of rules, people and information systems, and finding one
//! by its number or by a part of its name. It asks nothing itself.

use serde_json::Value;

use super::super::client::Client;
use super::super::failure::Failure;

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// As the API names it.
    pub(super) id: String,
    /// As shown.
    pub(super) label: String,
    /// By what else it is found.
    words: Vec<String>,
}

/// A rule.
#[derive(Clone, Debug)]
pub(super) struct RuleChoice {
    pub(super) choice: Choice,
    posture: Option<u64>,
    ordered_by: Vec<String>,
}

/// Everything that can be chosen.
#[derive(Clone, Debug)]
pub(super) struct Choices {
    pub(super) rules: Vec<RuleChoice>,
    pub(super) people: Vec<Choice>,
    pub(super) systems: Vec<Choice>,
}

impl Choices {
    /// Asks the daemon.
    pub(super) async fn read(client: &Client) -> Result<Self, Failure> {
        let plan = client.get("/api/v1/plan").await?;
        let people = client.get("/api/v1/roster/people").await?;
        Ok(Self {
            rules: each(&plan["rules"], rule),
            people: each(&people["people"], person),
            systems: each(&plan["systems"], system),
        })
    }

    /// Those whose order the rule of a posture takes; empty where anybody's
    /// does.
    pub(super) fn orderers_of_posture(&self, posture: u8) -> Vec<Choice> {
        self.orderers(|rule| rule.posture == Some(u64::from(posture)))
    }

    /// The same for a rule.
    pub(super) fn orderers_of_rule(&self, id: &str) -> Vec<Choice> {
        self.orderers(|rule| rule.choice.id == id)
    }

    fn orderers(&self, wanted: impl Fn(&RuleChoice) -> bool) -> Vec<Choice> {
        let rules = self.rules.iter().filter(|rule| wanted(rule));
        let ids: Vec<&String> = rules.flat_map(|rule| &rule.ordered_by).collect();
        let people = self.people.iter();
        people
            .filter(|person| ids.contains(&&person.id))
            .cloned()
            .collect()
    }
}

/// Those that a text means: the one of that very name, or else every one that
/// has it in its name.
pub(super) fn find<'a>(choices: &'a [Choice], text: &str) -> Vec<&'a Choice> {
    let text = text.to_lowercase();
    let is = |word: &String| word.to_lowercase() == text;
    let has = |word: &String| word.to_lowercase().contains(&text);
    let named = |choice: &&Choice| is(&choice.id) || choice.words.iter().any(is);
    let exact: Vec<&Choice> = choices.iter().filter(named).collect();
    if !exact.is_empty() {
        return exact;
    }
    let partly = |choice: &&Choice| has(&choice.id) || choice.words.iter().any(has);
    choices.iter().filter(partly).collect()
}

fn each<T>(list: &Value, read: fn(&Value) -> T) -> Vec<T> {
    list.as_array().into_iter().flatten().map(read).collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

fn rule(value: &Value) -> RuleChoice {
    let (id, title) = (text(value, "rule"), text(value, "title"));
    RuleChoice {
        choice: Choice {
            label: format!("{id}  {title} / {}", text(value, "title_en")),
            words: vec![title],
            id,
        },
        posture: value["posture"].as_u64(),
        ordered_by: texts(&value["ordered_by"]),
    }
}

fn person(value: &Value) -> Choice {
    let (id, name) = (text(value, "person"), text(value, "name"));
    let mut words = texts(&value["posts"]);
    words.push(name.clone());
    Choice {
        label: format!("{name} ({id})"),
        words,
        id,
    }
}

fn system(value: &Value) -> Choice {
    let (id, name) = (value["number"].to_string(), text(value, "name"));
    Choice {
        label: format!("{id} {name}"),
        words: vec![name],
        id,
    }
}
