//! What came up on a call-out's way, in a sentence each, for boards and pages.
//!
//! Owns how a decision that is wanted, a correction that waits, aftershocks,
//! words said, vendors asked for help and clashes of duties are named. It must not lay anything out.

use super::event::brief;
use super::{Mail, Names, Page, Word, event, fill, list};
use crate::domain::call_out::clash::{Clash, Duty, Kind};
use crate::domain::call_out::{CallOut, State};
use crate::domain::text::{Language, Text, one_line};

/// Where a call-out stands, with what became of the decision that it waits for.
pub fn stands(call_out: &CallOut, language: Language) -> &'static str {
    let w = Word::of(language);
    match call_out.state {
        State::AwaitingDecision if call_out.is_in_section() => w.state_asked_again,
        State::Exhausted if call_out.is_undecided() => w.state_undecided,
        other => super::state(other, language),
    }
}

/// [`stands`] in both languages.
pub fn stands_in_both(call_out: &CallOut) -> Text {
    Text::new(
        stands(call_out, Language::Ja),
        stands(call_out, Language::En),
    )
}

/// What a duty officer must know of a call-out besides its figures.
pub fn notes(call_out: &CallOut) -> Vec<Text> {
    let mut notes = Vec::new();
    if call_out.is_undecided() {
        notes.push(both(&|language| asked(call_out, language)));
    }
    notes.extend(happened(call_out));
    if let Some(pause) = call_out.course.paused.filter(|_| call_out.is_paused()) {
        notes.push(both(&|language| {
            let times = pause.times.to_string();
            fill(Page::of(language).paused, &[("times", &times)])
        }));
    }
    if call_out.state == State::Held && call_out.wants_second_person() {
        notes.push(both(&|language| {
            let values = [
                ("digest", &*call_out.digest()),
                ("alarms", &call_out.course.alarms.to_string()),
            ];
            fill(Page::of(language).second_person_wanted, &values)
        }));
    }
    notes
}

/// That so many more call-outs want somebody than are named.
pub fn more_call_outs(count: usize) -> Text {
    let values = [("count", &*count.to_string())];
    both(&|language| fill(Mail::of(language).others_more, &values))
}

fn both(say: &dyn Fn(Language) -> String) -> Text {
    Text::new(say(Language::Ja), say(Language::En))
}

/// What came up on the way: a correction that waits, aftershocks, the last
/// word said, targets that cannot be filled.
pub fn happened(call_out: &CallOut) -> Vec<Text> {
    let mut notes = Vec::new();
    let course = &call_out.course;
    if let Some(growth) = &course.growth {
        notes.push(both(&|language| {
            let w = Page::of(language);
            let what = event(&growth.event.kind, call_out, language);
            let wording = if growth.second_person {
                w.growth_waits_second
            } else {
                w.growth_waits
            };
            fill(wording, &[("what", &*what), ("digest", &growth.digest)])
        }));
    }
    if let Some(correction) = &course.correction {
        notes.push(both(&|language| {
            let w = Page::of(language);
            match &correction.event {
                Some(report) => {
                    let what = event(&report.kind, call_out, language);
                    fill(w.correction_waits, &[("what", &what)])
                }
                None => w.withdrawal_waits.to_owned(),
            }
        }));
    }
    if let Some(aftershock) = &course.aftershock {
        notes.push(both(&|language| {
            let values = [
                ("count", &*course.aftershocks.to_string()),
                ("what", &event(aftershock, call_out, language)),
            ];
            fill(Page::of(language).aftershocks, &values)
        }));
    }
    if let Some(word) = course.words.last() {
        notes.push(both(&|language| {
            let said = one_line(word.text.get(language));
            fill(Page::of(language).last_word, &[("word", &said)])
        }));
    }
    notes.extend(help(call_out));
    for target in call_out.targets.iter().filter(|target| target.unfillable) {
        notes.push(both(&|language| {
            let name = one_line(target.name.get(language));
            fill(Page::of(language).cannot_be_filled, &[("target", &name)])
        }));
    }
    notes
}

/// How each vendor stands who was asked for help, and who could be asked.
fn help(call_out: &CallOut) -> Vec<Text> {
    let both = |say: &dyn Fn(Language) -> String| Text::new(say(Language::Ja), say(Language::En));
    let mut notes = Vec::new();
    for help in &call_out.course.help {
        notes.push(both(&|language| {
            let w = Page::of(language);
            let wording = match (help.helping, help.out) {
                (true, _) => w.help_helps,
                (false, true) => w.help_is_out,
                (false, false) => w.help_waits,
            };
            let vendor = one_line(help.name.get(language));
            fill(wording, &[("vendor", &vendor)])
        }));
    }
    if !call_out.proposed_help().is_empty() {
        notes.push(both(&|language| {
            let vendors = proposed(call_out, true, language);
            fill(Page::of(language).help_proposed, &[("vendors", &vendors)])
        }));
    }
    notes
}

/// The vendors who could be asked for help; with the systems and the sections
/// that own them, where the reader may know.
pub(crate) fn proposed(call_out: &CallOut, in_full: bool, language: Language) -> String {
    let w = Page::of(language);
    let vendors = call_out.proposed_help().into_iter().map(|proposal| {
        let vendor = one_line(proposal.name.get(language));
        if !in_full {
            return vendor;
        }
        let systems = proposal.systems.iter().map(|number| {
            let system = super::event::system(*number, call_out);
            let known = call_out.course.systems.get(number);
            let owner = known.map(|known| one_line(known.owner.get(language)));
            match owner.filter(|owner| !owner.is_empty()) {
                Some(owner) => fill(
                    w.help_system_owner,
                    &[("system", &system), ("owner", &owner)],
                ),
                None => system,
            }
        });
        let systems = list(&systems.collect::<Vec<_>>(), language);
        fill(
            w.help_proposed_systems,
            &[("vendor", &vendor), ("systems", &systems)],
        )
    });
    list(&vendors.collect::<Vec<_>>(), language)
}

/// Systems with their numbers, where the names are known.
pub(crate) fn systems(numbers: &[u16], names: &dyn Names, language: Language) -> String {
    let systems = numbers.iter();
    let systems = systems.map(|number| super::event::system(*number, names));
    list(&systems.collect::<Vec<_>>(), language)
}

fn asked(call_out: &CallOut, language: Language) -> String {
    let asked = call_out.participants.values();
    let asked = asked.filter(|participant| {
        participant.part == crate::domain::call_out::Part::Asked || participant.is_called()
    });
    let names: Vec<String> = asked
        .map(|participant| one_line(participant.name.get(language)))
        .collect();
    fill(
        Page::of(language).decision_wanted,
        &[("people", &list(&names, language))],
    )
}

/// People in more than one duty, and who could stand in for each.
pub fn clash(clash: &Clash, names: &dyn Names, language: Language) -> String {
    let w = Page::of(language);
    let what = |duty: &Duty| brief(&duty.event, true, language);
    let duties = clash.duties.iter();
    match clash.kind {
        Kind::Between => {
            let duties: Vec<String> = duties.map(|it| duty(it, names, language)).collect();
            let values = [
                ("person", &*people(clash, language)),
                ("duties", &list(&duties, language)),
            ];
            fill(w.clash, &values)
        }
        Kind::Within => {
            let Some(first) = clash.duties.first() else {
                return within(clash, language);
            };
            let values = [
                ("what", &*what(first)),
                ("call_out", first.call_out.as_str()),
                ("within", &within(clash, language)),
            ];
            fill(w.clash_within_of, &values)
        }
        Kind::AllStaff => {
            let call_out = |duty: &Duty| {
                let values = [("what", &*what(duty)), ("call_out", duty.call_out.as_str())];
                fill(w.clash_call_out, &values)
            };
            let call_outs: Vec<String> = duties.map(call_out).collect();
            let values = [
                ("people", &*clash.people.len().to_string()),
                ("call_outs", &list(&call_outs, language)),
            ];
            fill(w.clash_all_staff, &values)
        }
    }
}

/// Who stands in several targets of one call-out, without saying which it is.
pub fn within(clash: &Clash, language: Language) -> String {
    let targets = clash.duties.iter();
    let targets: Vec<String> = targets
        .map(|duty| one_line(duty.target.get(language)))
        .collect();
    let values = [
        ("targets", &*list(&targets, language)),
        ("people", &people(clash, language)),
    ];
    fill(Page::of(language).clash_within, &values)
}

fn people(clash: &Clash, language: Language) -> String {
    let people = clash.people.iter();
    let people: Vec<String> = people
        .map(|(_, name)| one_line(name.get(language)))
        .collect();
    list(&people, language)
}

fn duty(duty: &Duty, names: &dyn Names, language: Language) -> String {
    let w = Page::of(language);
    let target = one_line(duty.target.get(language));
    let values = [
        ("what", &*brief(&duty.event, true, language)),
        ("target", &target),
        ("call_out", duty.call_out.as_str()),
    ];
    let said = fill(w.clash_duty, &values);
    match &duty.deputy {
        None if !duty.replaceable => said,
        None => fill(w.clash_vacant, &[("duty", &said)]),
        Some(deputy) => {
            let name = names.person(deputy, language);
            let name = name.unwrap_or_else(|| deputy.to_string());
            let values = [("duty", &*said), ("deputy", &name)];
            fill(w.clash_deputy, &values)
        }
    }
}
