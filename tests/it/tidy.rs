//! The rules of the house, held by tests.
//!
//! Owns what no compiler checks: the order of the modules, the length of
//! files, the promises of the unit file, of the README and of the migrations.
//! Each rule is a function from text to problems, and each has a control that
//! feeds it something bad, so that a rule that stopped looking is noticed.
//! Begin with [`order`]; [`scan`] and [`tree`] are the tools.

mod commands;
mod files;
mod migrations;
mod order;
mod papers;
mod scan;
mod tree;
mod unit;

/// Fails with every problem at once, one a line.
fn nothing_wrong(problems: &[String]) {
    assert!(
        problems.is_empty(),
        "{} against the rules of the house:\n{}",
        problems.len(),
        problems.join("\n")
    );
}
