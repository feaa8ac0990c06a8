//! More people than the example town has.
//!
//! Owns their lines in its roster, and that nobody is asked again while they are called
//! for long. It must not say who is called.

use super::daemon::Town;

/// The mail addresses of so many more.
pub(crate) fn staff(so_many: usize) -> impl Iterator<Item = String> {
    (0..so_many).map(|number| format!("crowd-{number}@example.jp"))
}

impl Town {
    /// So many more work in general affairs.
    pub(crate) fn grows_by(&self, so_many: usize) {
        let file = self.config().join("roster.toml");
        let mut roster = std::fs::read_to_string(file).unwrap();
        for (number, address) in staff(so_many).enumerate() {
            roster.push_str(&format!(
                "\n[[person]]\nid = \"crowd-{number}\"\nname = {{ ja = \"職員\", en = \"Staff\" }}\n\
                 section = \"general-affairs\"\ncontacts = [{{ email = \"{address}\" }}]\n"
            ));
        }
        self.write("roster.toml", &roster);
    }

    /// Within a stage nobody is asked a second time, however long the calling takes.
    pub(crate) fn asks_once(&self) {
        let rules = std::fs::read_to_string(self.config().join("rules.toml")).unwrap();
        let once = rules.lines().filter(|line| !line.starts_with("resend = "));
        let once: Vec<&str> = once.collect();
        self.write("rules.toml", &once.join("\n"));
    }
}
