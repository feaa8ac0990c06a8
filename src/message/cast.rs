//! Pages that are alike but for one name: made once, and cast again for each.
//!
//! Owns the moulds that it keeps, a few at a time. It must not know what a page
//! says, nor keep one whose name cannot be told from its other words.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::HtmlEscape;

/// How many are kept. Why so few: a page says the minute in which it was made, and
/// most of what one minute needs differs in who is asked why.
const MOST: usize = 64;

/// Stands where the name comes. Unicode sets it apart as no character.
const MARK: &str = "\u{fdd0}";

/// What a page says, with the place for its name.
pub(super) trait Named {
    /// The name, which is nobody's where two pages are compared.
    fn name(&mut self) -> &mut String;
}

/// A page, cut where the name stands. Without one it is in one part.
type Mould = Arc<[Box<str>]>;

/// The moulds, by what their pages say.
pub(super) struct Casts<K>(Arc<Mutex<HashMap<K, Mould>>>);

impl<K> Clone for Casts<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Default for Casts<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K> fmt::Debug for Casts<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Casts").finish_non_exhaustive()
    }
}

impl<K: Named + Eq + Hash> Casts<K> {
    /// The page that says `says` to whoever has this name; `render` makes it where
    /// there is no mould of it.
    pub(super) fn cast<E>(
        &self,
        mut says: K,
        name: &str,
        render: impl Fn(&K) -> Result<String, E>,
    ) -> Result<String, E> {
        MARK.clone_into(says.name());
        let kept = self.moulds().get(&says).cloned();
        if let Some(mould) = kept {
            return Ok(fill(&mould, name));
        }
        let made = render(&says)?;
        let parts: Mould = made.split(MARK).map(Box::from).collect();
        // Why: somebody else's words may hold the mark as well.
        if parts.len() > 2 {
            name.clone_into(says.name());
            return render(&says);
        }
        let page = fill(&parts, name);
        let mut moulds = self.moulds();
        if moulds.len() >= MOST {
            moulds.clear();
        }
        moulds.insert(says, parts);
        Ok(page)
    }

    /// Why: nothing that is done under the lock can fail half-way.
    fn moulds(&self) -> MutexGuard<'_, HashMap<K, Mould>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fill(mould: &Mould, name: &str) -> String {
    let length: usize = mould.iter().map(|part| part.len()).sum();
    // Why so much: a letter that means something in HTML takes several.
    let mut page = String::with_capacity(length + 6 * name.len());
    for (index, part) in mould.iter().enumerate() {
        if index > 0 {
            page.push_str(&HtmlEscape(name).to_string());
        }
        page.push_str(part);
    }
    page
}
