//! What differs between two vendors and between two information systems.
//!
//! Owns which desk is which before and now: by its name, or else by its place
//! in line.

use super::super::id::{SectionId, VendorId};
use super::super::roster::{ChannelName, Contact, Roster, System, Vendor, VendorDesk};
use super::{Difference, Item, Parts, Subject, SubjectChange, Value, keyed};

/// Vendors and information systems.
pub(super) fn changes(old: &Roster, new: &Roster) -> Vec<SubjectChange> {
    let mut changes = keyed(
        (&old.vendors, &new.vendors),
        |vendor| Subject::Vendor(vendor.id.clone(), vendor.name.clone()),
        vendor,
    );
    changes.extend(keyed(
        (&old.systems, &new.systems),
        |system| Subject::System(system.number, system.name.clone()),
        |was, is| system((old, was), (new, is)),
    ));
    changes
}

fn vendor(before: &Vendor, after: &Vendor) -> Vec<Difference> {
    let mut parts = Parts(Vec::new());
    let both = [before, after];
    let names = both.map(|vendor| vendor.name.clone());
    parts.part(Item::Title, names, Value::Text);
    parts.part(
        Item::VendorKind,
        both.map(|vendor| vendor.kind),
        Value::VendorKind,
    );
    let line = both.map(|vendor| {
        let desks = vendor.desks.iter();
        desks.map(|desk| desk.name.clone()).collect::<Vec<_>>()
    });
    parts.part(Item::Desks, line, Value::Line);
    for (place, desk) in after.desks.iter().enumerate() {
        if let Some(was) = same_desk(place, desk, before, after) {
            contacts(&mut parts, was, desk);
        }
    }
    parts.0
}

/// The desk as it was: the one of its name, or else the one in its place whose
/// name is gone.
fn same_desk<'a>(
    place: usize,
    desk: &VendorDesk,
    before: &'a Vendor,
    after: &Vendor,
) -> Option<&'a VendorDesk> {
    let named = before.desks.iter().find(|was| was.name == desk.name);
    let stays = |was: &VendorDesk| after.desks.iter().any(|desk| desk.name == was.name);
    named.or_else(|| before.desks.get(place).filter(|was| !stays(was)))
}

/// Which contacts of a desk are others.
fn contacts(parts: &mut Parts, before: &VendorDesk, after: &VendorDesk) {
    let only_in = |one: &VendorDesk, other: &VendorDesk| -> Vec<Contact> {
        let contacts = one.contacts.iter();
        let only = contacts.filter(|contact| !other.contacts.contains(contact));
        only.cloned().collect()
    };
    let (gone, new) = (only_in(before, after), only_in(after, before));
    let mut channels: Vec<&ChannelName> = Vec::new();
    for contact in gone.iter().chain(&new) {
        if !channels.contains(&&contact.channel) {
            channels.push(&contact.channel);
        }
    }
    for channel in channels {
        let addresses = [&gone, &new].map(|contacts| {
            let through = contacts
                .iter()
                .filter(|contact| contact.channel == *channel);
            through
                .map(|contact| contact.address.clone())
                .collect::<Vec<_>>()
        });
        for index in 0..addresses[0].len().max(addresses[1].len()) {
            let item = Item::DeskContact(after.name.clone(), channel.clone());
            let pair = [addresses[0].get(index), addresses[1].get(index)];
            parts.maybe(
                item,
                pair.map(|words| words.map(ToString::to_string)),
                Value::Words,
            );
        }
    }
    if gone.is_empty() && new.is_empty() && before.contacts != after.contacts {
        parts.0.push(Difference {
            item: Item::DeskOrder(after.name.clone()),
            before: None,
            after: None,
        });
    }
}

fn system((old, before): (&Roster, &System), (new, after): (&Roster, &System)) -> Vec<Difference> {
    let mut parts = Parts(Vec::new());
    let owner = |roster: &Roster, id: &SectionId| {
        let section = roster.sections.get(id);
        section
            .map(|section| section.name.clone())
            .unwrap_or_default()
    };
    let owners = [owner(old, &before.owner), owner(new, &after.owner)];
    parts.part(Item::Owner, owners, Value::Text);
    let maintainer = |roster: &Roster, id: Option<&VendorId>| {
        let vendor = id.and_then(|id| roster.vendors.get(id));
        vendor.map(|vendor| vendor.name.clone())
    };
    let maintainers = [
        maintainer(old, before.maintainer.as_ref()),
        maintainer(new, after.maintainer.as_ref()),
    ];
    parts.maybe(Item::Maintainer, maintainers, Value::Text);
    let names = [before, after].map(|system| system.name.clone());
    parts.part(Item::Title, names, Value::Words);
    parts.0
}
