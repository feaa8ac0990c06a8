//! The configuration: what is taken, and what is said about what is not.

use muster::config;
#[test]
fn example() {
    match config::check(&config::Sources::example(), &[]) {
        Ok(c) => println!("{:#?}", config::Problems(c.warnings)),
        Err(p) => panic!("{p}"),
    }
}
