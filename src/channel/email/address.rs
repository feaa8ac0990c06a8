//! Mail addresses as they stand on the wire.
//!
//! Owns the reading of an address and its quoted form, so that the old
//! addresses of carriers (`a..b.@docomo.ne.jp`), which RFC 5321 allows only in
//! quotes, can be delivered to. It must not ask whether anybody lives there.

use std::fmt;

/// The longest path, RFC 5321 4.5.3.1.3, without the angle brackets.
const LONGEST_OCTETS: usize = 254;

/// A mail address that can stand in an envelope: printable ASCII, no line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The part before the `@`, quoted where it has to be.
    local: String,
    /// The domain in ASCII, or an address literal in brackets.
    domain: String,
}

impl Address {
    /// Reads an address as people write it: plain, odd, quoted, or with a
    /// domain in Japanese. The error says what is wrong.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (local, domain) = text.rsplit_once('@').ok_or("it has no @")?;
        let local = read_local(local)?;
        let domain = read_domain(domain)?;
        if local.len() + 1 + domain.len() > LONGEST_OCTETS {
            return Err("it is longer than 254 characters");
        }
        Ok(Self { local, domain })
    }

    /// Stands where no mail is ever sent.
    pub(super) fn unused() -> Self {
        Self {
            local: "nobody".to_owned(),
            domain: "localhost".to_owned(),
        }
    }

    /// The part before the `@`, quoted where it has to be.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain.
    pub fn domain(&self) -> &str {
        &self.domain
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

fn read_local(local: &str) -> Result<String, &'static str> {
    if local.is_empty() {
        return Err("nothing stands before the @");
    }
    // Why: a name in other letters needs SMTPUTF8 on the whole way, which
    // carriers and relays of towns do not give.
    if !local.is_ascii() {
        return Err("the part before the @ must be in ASCII letters");
    }
    if local.chars().any(|c| c.is_ascii_control()) {
        return Err("it holds a control character");
    }
    if is_dot_atom(local) || is_quoted(local) {
        return Ok(local.to_owned());
    }
    let escaped = local.replace('\\', "\\\\").replace('"', "\\\"");
    Ok(format!("\"{escaped}\""))
}

/// RFC 5322 3.2.3.
fn is_dot_atom(local: &str) -> bool {
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(atext))
}

/// Whether it is a quoted string as it stands, each inner quote escaped.
fn is_quoted(local: &str) -> bool {
    let Some(inner) = local
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return false;
    };
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let whole = match c {
            '\\' => chars.next().is_some(),
            '"' => false,
            _ => true,
        };
        if !whole {
            return false;
        }
    }
    true
}

fn read_domain(domain: &str) -> Result<String, &'static str> {
    if let Some(literal) = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']')) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':');
        return if !literal.is_empty() && literal.chars().all(allowed) {
            Ok(domain.to_owned())
        } else {
            Err("the address in brackets does not read")
        };
    }
    let ascii = if domain.is_ascii() {
        domain.to_owned()
    } else {
        // The URL parser carries the same rules for international names.
        reqwest::Url::parse(&format!("http://{domain}/"))
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .ok_or("the domain does not read")?
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    if ascii.split('.').all(label) {
        Ok(ascii)
    } else {
        Err("the domain does not read")
    }
}
