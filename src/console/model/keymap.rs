//! Which key does what, read from TOML. A key that would do two things is refused by name.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::action::Action;

/// The built-in keymaps by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("default", include_str!("../../../keymaps/default.toml")),
    ("vim", include_str!("../../../keymaps/vim.toml")),
    ("k9s", include_str!("../../../keymaps/k9s.toml")),
];

/// Keys to actions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<String, Action>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    keys: BTreeMap<String, Vec<String>>,
}

impl Keymap {
    /// Reads a keymap.
    ///
    /// # Errors
    /// A sentence: text that is no TOML, an action that does not exist, a key that would do two things.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut keys = BTreeMap::new();
        for (name, bound) in file.keys {
            let action = Action::named(&name)
                .ok_or_else(|| format!("no action is named {name:?}; see the default keymap"))?;
            for key in bound {
                if let Some(other) = keys.insert(key.clone(), action)
                    && other != action
                {
                    return Err(format!("key {key:?} would both {:?} and {:?}", other, action));
                }
            }
        }
        Ok(Self { keys })
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

    /// What a key does.
    #[must_use]
    pub fn action(&self, key: &str) -> Option<Action> {
        self.keys.get(key).copied()
    }

    /// The keys of an action, the shortest first.
    #[must_use]
    pub fn keys(&self, action: Action) -> Vec<&str> {
        let bound = self.keys.iter().filter(|(_, known)| **known == action);
        let mut keys: Vec<&str> = bound.map(|(key, _)| key.as_str()).collect();
        keys.sort_by_key(|key| (key.len(), *key));
        keys
    }
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
        ] {
            let error = Keymap::parse(text).expect_err("it is bad");
            assert!(error.contains(why), "{error}");
        }
    }
}
