//! One reported change of a person's contacts -> the roster after it.
//!
//! Owns what becomes of the contacts. It must not decide that it is taken, nor
//! write a file.

use super::book::Book;
use super::change::{Changes, changes};
use super::complaint::Complaints;
use super::merge::Merged;
use super::{Import, after_import, edit, kept_whole, open, refuse, with_line_ends_of};
use crate::config::{Problems, Sources};
use crate::domain::contact_change::{Kind, Proposal};
use crate::domain::roster::{ChannelName, Contact};
use crate::domain::text::Text;
use crate::domain::typed::{dialled, fold, mail_address};

/// What a reported change would change in `roster.toml`. Nothing changes where
/// the file has it so already, and none for a note. The error is about the
/// file as it stands.
pub fn amend(
    sources: &Sources,
    overrides: &[(String, String)],
    proposal: &Proposal,
) -> Result<Import, Problems> {
    let (file, before) = open(sources)?;
    let mut complaints = Complaints::new(&sources.roster.path);
    let mut after = before.clone();
    apply(&mut after, proposal, &mut complaints);
    if complaints.has_errors() || before == after {
        return Ok(Import {
            complaints,
            changes: Changes::default(),
            ..Import::default()
        });
    }
    let order: Vec<String> = before.people.keys().cloned().collect();
    let text = edit::write(file, (&before, &after), &order)
        .and_then(|text| kept_whole(&text, &after).map(|()| text))
        .map(|text| with_line_ends_of(&sources.roster.text, text))
        .map_err(|why| refuse(&sources.roster, &why))?;
    let merged = Merged {
        after,
        ..Merged::default()
    };
    let mut import = Import {
        complaints,
        changes: changes(&before, &merged, false),
        ..Import::default()
    };
    import.problems = after_import(sources, overrides, &text);
    if !import.problems.has_errors() {
        import.text = Some(text);
    }
    Ok(import)
}

fn same(channel: &ChannelName, one: &str, other: &str) -> bool {
    match channel {
        ChannelName::Email => fold(one).eq_ignore_ascii_case(&fold(other)),
        ChannelName::Webhook(_) => dialled(one) == dialled(other),
    }
}

fn apply(book: &mut Book, proposal: &Proposal, complaints: &mut Complaints) {
    look(book, proposal, complaints);
    let Some(person) = book.people.get_mut(proposal.person.as_str()) else {
        complaints.error(
            None,
            format!("「{}」は roster.toml にいません", proposal.person),
            format!("there is no person \"{}\" in roster.toml", proposal.person),
        );
        return;
    };
    let contacts = &mut person.contacts;
    let at = proposal.contact.as_ref().map(|old| {
        let is_it = |own: &Contact| {
            own.channel == old.channel && same(&own.channel, &own.address, &old.address)
        };
        contacts.iter().position(is_it)
    });
    match (proposal.kind, at, &proposal.new_address) {
        (Kind::New, Some(Some(at)), Some(new)) => contacts[at].address = new.as_str().into(),
        (Kind::New, None, Some(new)) => add(contacts, new),
        (Kind::Wrong | Kind::Gone, Some(Some(at)), _) => {
            contacts.remove(at);
            if contacts.is_empty() {
                complaints.warn(
                    None,
                    "この人の連絡先がなくなります。ほかの連絡先を聞いてください",
                    "this person has no contact left then: ask for another",
                );
            }
        }
        (Kind::New, Some(None), Some(new)) if !has(contacts, proposal, new) => {
            complaints
                .error(
                    None,
                    "変える前の連絡先が roster.toml にありません",
                    "the contact that is to change is not in roster.toml",
                )
                .advise(
                    "roster.toml を手で直すか、muster contacts refuse で見送ってください",
                    "mend roster.toml by hand, or refuse the report",
                );
        }
        // Why: the file has it so already, by whatever hand.
        _ => {}
    }
}

/// What is wrong with the new address itself.
fn look(book: &Book, proposal: &Proposal, complaints: &mut Complaints) {
    let Some(new) = proposal.new_address.as_deref() else {
        return;
    };
    let others = book.people.values();
    let others = others.filter(|one| one.id != proposal.person.as_str());
    let mut addresses = others.flat_map(|person| &person.contacts);
    if addresses.any(|contact| same(&contact.channel, &contact.address, new)) {
        complaints
            .warn(
                None,
                format!("「{new}」は別の人の連絡先にもあります"),
                format!("\"{new}\" is a contact of somebody else as well"),
            )
            .advise(
                "一人が別の人の代わりに答えられてしまいます。本人に確かめてください",
                "one could answer for the other: ask the person",
            );
    }
    let old = proposal.contact.as_ref();
    let is_mail = old.is_none_or(|old| old.channel == ChannelName::Email);
    if is_mail && let Err(Text { ja, en }) = mail_address(new) {
        complaints.error(
            None,
            format!("「{new}」はメールのアドレスではありません: {ja}"),
            format!("\"{new}\" is no mail address: {en}"),
        );
    }
}

fn has(contacts: &[Contact], proposal: &Proposal, new: &str) -> bool {
    let channel = proposal.contact.as_ref().map(|old| &old.channel);
    contacts
        .iter()
        .any(|own| Some(&own.channel) == channel && same(&own.channel, &own.address, new))
}

/// Puts a mail address behind the others.
fn add(contacts: &mut Vec<Contact>, new: &str) {
    let is_mail = |contact: &Contact| contact.channel == ChannelName::Email;
    let known =
        |contact: &Contact| is_mail(contact) && same(&ChannelName::Email, &contact.address, new);
    if contacts.iter().any(known) {
        return;
    }
    let at = contacts
        .iter()
        .rposition(is_mail)
        .map_or(contacts.len(), |at| at + 1);
    let contact = Contact {
        channel: ChannelName::Email,
        address: new.into(),
    };
    contacts.insert(at, contact);
}
