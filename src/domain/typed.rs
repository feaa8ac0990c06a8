//! What people type: letters of every width, and addresses.
//!
//! Owns which texts are the same to a person though not to a machine, and what
//! a mail address looks like. It must not know where it was typed.

use unicode_normalization::UnicodeNormalization as _;

use super::text::Text;

/// Marks without a shape: zero-width spaces, direction marks, soft hyphens,
/// byte order marks. Variation selectors are not among them: they tell one
/// form of a name's letter from another.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FEFF}'
    )
}

/// The text without marks that nobody sees, and whether there were any.
pub fn seen(text: &str) -> (String, bool) {
    let seen: String = text.chars().filter(|c| !is_unseen(*c)).collect();
    let changed = seen.len() != text.len();
    (seen, changed)
}

/// Full- and half-width forms as one (NFKC), dashes and waves as one, every
/// run of spaces as one space, none at the ends.
pub fn fold(text: &str) -> String {
    let plain = text.chars().filter(|c| !is_unseen(*c)).nfkc();
    let plain: String = plain
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            '\u{301C}' => '~',
            _ => c,
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A telephone number or another address for a gateway. People type the
/// Japanese long vowel sign for a dash.
pub fn dialled(text: &str) -> String {
    let folded = fold(text);
    let number = folded
        .chars()
        .all(|c| c.is_ascii_digit() || "+-ー() ".contains(c));
    if number {
        folded.replace('ー', "-")
    } else {
        folded
    }
}

/// How an address that can be used is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressForm {
    /// As RFC 5321 has it.
    Plain,
    /// With dots where RFC 5321 has none, as Japanese mobile carriers gave
    /// them out.
    Carrier,
}

fn none<T>(ja: &str, en: &str) -> Result<T, Text> {
    Err(Text::new(ja, en))
}

/// Whether a text is a mail address, and of which form.
///
/// # Errors
///
/// Why it is none.
pub fn mail_address(text: &str) -> Result<AddressForm, Text> {
    if !text.is_ascii() {
        return none(
            "英数字でない文字があります",
            "it holds a character that is not ASCII",
        );
    }
    let Some((local, domain)) = text.rsplit_once('@') else {
        return none("@ がありません", "it has no @");
    };
    let in_local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.is_empty() || local.len() > 64 || text.len() > 254 {
        return none(
            "@ の前がないか、長すぎます",
            "the part before the @ is missing, or it is too long",
        );
    }
    if !local.chars().all(in_local) {
        return none(
            "@ の前に使えない文字があります",
            "the part before the @ holds a character that cannot stand there",
        );
    }
    let label = |label: &str| {
        let inner = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    if !domain.split('.').all(label) {
        return none(
            "@ の後がドメインではありません",
            "the part after the @ is no domain",
        );
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        Ok(AddressForm::Carrier)
    } else {
        Ok(AddressForm::Plain)
    }
}

/// Whether two texts name one mailbox: in whatever letters, and in quotes or not. A
/// carrier's address stands in quotes on the way, and as people write it in a roster.
///
/// The part before the `@` may tell its letters' case apart (RFC 5321, 2.4); no mail
/// system that staff have does.
pub fn same_mailbox(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || unquoted(one).eq_ignore_ascii_case(&unquoted(other))
}

/// The address with the quotes of its local part undone (RFC 5321, 4.1.2).
fn unquoted(address: &str) -> String {
    let quoted = address
        .rsplit_once('@')
        .and_then(|(local, domain)| Some((local.strip_prefix('"')?.strip_suffix('"')?, domain)));
    let Some((inner, domain)) = quoted else {
        return address.to_owned();
    };
    let mut local = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        local.push(match c {
            '\\' => chars.next().unwrap_or(c),
            c => c,
        });
    }
    format!("{local}@{domain}")
}

/// The longest number that a gateway is given.
const NUMBER_CHARS: usize = 64;

/// Whether a text can be what a gateway calls: a telephone number, or a name
/// that it knows.
///
/// # Errors
///
/// Why it cannot.
pub fn gateway_address(text: &str) -> Result<(), Text> {
    let length = text.chars().count();
    if length == 0 || length > NUMBER_CHARS {
        return none("空か、長すぎます", "it is empty or too long");
    }
    if text.chars().any(char::is_control) {
        return none(
            "表示できない文字があります",
            "it holds a character that cannot be shown",
        );
    }
    Ok(())
}

/// An address of which its owner sees that it is theirs, and nobody else what
/// it is: `t***@example.jp`, `***-1234`.
pub fn masked(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}***@{domain}")
        }
        None => {
            let end = address.chars().count().saturating_sub(2);
            let last: String = address.chars().skip(end).collect();
            format!("***{last}")
        }
    }
}
