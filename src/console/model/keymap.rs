//! Which key does what, read from TOML: everywhere, and on one side of an application alone, where such
//! a key comes first. A key that would do two things in one place is refused by name.

mod report;

use std::collections::BTreeMap;

use super::action::Action;
use super::nav::Tab;

/// The built-in keymaps by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("default", include_str!("../../../keymaps/default.toml")),
    ("vim", include_str!("../../../keymaps/vim.toml")),
    ("k9s", include_str!("../../../keymaps/k9s.toml")),
    ("basic", include_str!("../../../keymaps/basic.toml")),
];

/// The table of the keys that mean the same everywhere; other tables are named after a side.
const EVERYWHERE: &str = "keys";

/// Keys to actions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<String, Action>,
    sides: BTreeMap<Tab, BTreeMap<String, Action>>,
}

type File = BTreeMap<String, BTreeMap<String, Vec<String>>>;

impl Keymap {
    /// Reads a keymap.
    ///
    /// # Errors
    /// A sentence: text that is no TOML, an action or a side that does not exist, a key that would do
    /// two things.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut keymap = Self::default();
        for (table, bound) in file {
            let side = Tab::ALL.into_iter().find(|tab| tab.title() == table);
            match (table.as_str(), side) {
                (EVERYWHERE, _) => keymap.keys = keys(bound)?,
                (_, Some(tab)) => drop(keymap.sides.insert(tab, keys(bound)?)),
                (name, None) => return Err(format!("no side of an application is {name:?}")),
            }
        }
        Ok(keymap)
    }

    /// A built-in keymap.
    ///
    /// # Errors
    /// A sentence that names the ones there are.
    pub fn built_in(name: &str) -> Result<Self, String> {
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::parse(text),
            None => {
                let names: Vec<_> = BUILT_IN.iter().map(|(name, _)| *name).collect();
                Err(format!("no keymap is named {name:?}; there are: {}", names.join(", ")))
            }
        }
    }

    /// What a key does in a place: on a side of an application, or elsewhere.
    #[must_use]
    pub fn action(&self, key: &str, side: Option<Tab>) -> Option<Action> {
        let here = side.and_then(|tab| self.sides.get(&tab)?.get(key));
        here.or_else(|| self.keys.get(key)).copied()
    }

    /// The keys of an action wherever it has any, the shortest first.
    #[must_use]
    pub fn keys(&self, action: Action) -> Vec<&str> {
        let all = self.sides.values().flatten().chain(&self.keys);
        shortest_first(all.filter(|(_, known)| **known == action).map(|(key, _)| key.as_str()))
    }

    /// The keys of an action that mean it in this place.
    #[must_use]
    pub fn keys_in(&self, action: Action, side: Option<Tab>) -> Vec<&str> {
        let mut keys = self.keys(action);
        keys.retain(|key| self.action(key, side) == Some(action));
        keys
    }

    /// The only side on which an action has keys; nothing for what works everywhere.
    #[must_use]
    pub fn side_of(&self, action: Action) -> Option<Tab> {
        let holds = |keys: &BTreeMap<String, Action>| keys.values().any(|known| *known == action);
        if holds(&self.keys) {
            return None;
        }
        self.sides.iter().find(|(_, keys)| holds(keys)).map(|(tab, _)| *tab)
    }
}

/// The keys of one table.
fn keys(table: BTreeMap<String, Vec<String>>) -> Result<BTreeMap<String, Action>, String> {
    let mut keys = BTreeMap::new();
    let mut conflicts = Vec::new();
    for (name, bound) in table {
        let action = Action::named(&name)
            .ok_or_else(|| format!("no action is named {name:?}; see the default keymap"))?;
        for key in bound {
            if let Some(other) = keys.insert(key.clone(), action)
                && other != action
            {
                let (one, two) = (other.name(), action.name());
                conflicts.push(format!("key {key:?} would both {one:?} and {two:?}"));
            }
        }
    }
    // All of them at once, so that a file is mended in one go.
    if conflicts.is_empty() { Ok(keys) } else { Err(conflicts.join("; ")) }
}

fn shortest_first<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut keys: Vec<&str> = keys.collect();
    keys.sort_by_key(|key| (key.len(), *key));
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::super::action::RECORDS;
    use super::*;

    #[test]
    fn built_in_keymaps_bind_every_action() {
        for (name, _) in BUILT_IN {
            let keymap = Keymap::built_in(name).expect("a built-in keymap is valid");
            for (action, word, _) in RECORDS {
                assert!(!keymap.keys(*action).is_empty(), "{name} binds nothing to {word}");
            }
        }
    }

    #[test]
    fn bad_keymaps_are_refused() {
        for (text, why) in [
            ("[keys]\nfly = [\"f\"]", "no action is named \"fly\""),
            ("[keys]\nup = [\"k\"]\ndown = [\"k\"]", "key \"k\" would both"),
            ("keys = 1", "invalid type"),
            ("[nowhere]\nup = [\"k\"]", "no side of an application is \"nowhere\""),
        ] {
            let error = Keymap::parse(text).expect_err("it is bad");
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_key_of_a_side_comes_first_there() {
        let text = "[keys]\ntree = [\"t\"]\nup = [\"k\"]\n[logs]\ndown = [\"t\"]";
        let keymap = Keymap::parse(text).expect("it is valid");
        assert_eq!(keymap.action("t", None), Some(Action::Tree));
        assert_eq!(keymap.action("t", Some(Tab::Tree)), Some(Action::Tree));
        assert_eq!(keymap.action("t", Some(Tab::Logs)), Some(Action::Down));
        assert_eq!(keymap.action("k", Some(Tab::Logs)), Some(Action::Up));
        assert!(keymap.keys_in(Action::Tree, Some(Tab::Logs)).is_empty());
        assert_eq!(keymap.side_of(Action::Down), Some(Tab::Logs));
        assert_eq!(keymap.side_of(Action::Tree), None);
    }
}
