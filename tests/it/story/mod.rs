//! Stories that a duty officer could read: the example plan, the real store,
//! a clock moved by hand.

mod absence;
mod addresses;
mod answers;
mod away;
mod call_list;
mod contact_tree;
mod contacts;
mod drill;
mod drill_due;
mod drill_mail;
mod drill_months;
mod drill_played;
mod drill_year;
mod earthquake;
mod edition;
mod growth;
mod held_growth;
mod incident;
mod mail;
mod mail_reply;
mod own_texts;
mod readiness;
mod report;
mod report_promises;
mod rest;
mod restart;
mod schedule;
mod schedule_changed;
mod schedule_kept;
mod side_by_side;
mod standing;
mod two_rules;
mod vendors;
mod wind_flood;
mod word;
