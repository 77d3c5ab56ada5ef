//! What is odd about a keymap that can be read: actions without a key, keys that no terminal sends or that
//! somebody else takes, keys that mean something else on one side.

use super::super::action::RECORDS;
use super::Keymap;

/// Names of keys that are more than one character.
const NAMED: &[&str] = &[
    "space",
    "enter",
    "esc",
    "backspace",
    "tab",
    "shift-tab",
    "up",
    "down",
    "left",
    "right",
    "home",
    "end",
    "page-up",
    "page-down",
    "delete",
];

/// Control keys that are the same bytes as another key.
const SAME_BYTES: &[(&str, &str)] = &[
    ("ctrl-h", "backspace"),
    ("ctrl-i", "tab"),
    ("ctrl-j", "enter"),
    ("ctrl-m", "enter"),
    ("ctrl-[", "esc"),
];

/// Keys that something between the person and the program may take.
const TAKEN: &[(&str, &str)] = &[
    ("ctrl-b", "tmux"),
    ("ctrl-a", "screen"),
    ("ctrl-s", "the flow control of some links"),
    ("ctrl-q", "the flow control of some links"),
    ("ctrl-w", "browsers, which close the tab"),
    ("~", "ssh, after the enter key"),
];

impl Keymap {
    /// Every oddity in a sentence; none when there is nothing to say.
    #[must_use]
    pub fn report(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (_, name, _) in RECORDS.iter().filter(|(action, ..)| self.keys(*action).is_empty()) {
            lines.push(format!("{name} has no key; the palette still finds it"));
        }
        let sides =
            self.sides.iter().flat_map(|(tab, keys)| keys.keys().map(move |key| (Some(*tab), key)));
        for (side, key) in self.keys.keys().map(|key| (None, key)).chain(sides) {
            lines.extend(odd(key));
            let hidden = side.and(self.keys.get(key));
            if let (Some(tab), Some(action)) = (side, hidden) {
                let (side, name) = (tab.title(), action.name());
                lines.push(format!(
                    "key {key:?} does not {name:?} on the {side}, where it has another meaning"
                ));
            }
        }
        lines
    }
}

/// What is odd about a key by itself.
fn odd(key: &str) -> Option<String> {
    if let Some((_, other)) = SAME_BYTES.iter().find(|(same, _)| *same == key) {
        return Some(format!("key {key:?} cannot be told from {other:?}"));
    }
    if let Some((_, who)) = TAKEN.iter().find(|(taken, _)| *taken == key) {
        return Some(format!("key {key:?} may be taken by {who}"));
    }
    let control = key.strip_prefix("ctrl-").unwrap_or(key);
    let sent = NAMED.contains(&key) || control.chars().count() == 1;
    (!sent).then(|| format!("key {key:?} never arrives: no terminal sends it under this name"))
}

#[cfg(test)]
mod tests {
    use super::super::BUILT_IN;
    use super::*;

    #[test]
    fn built_in_keymaps_have_keys_that_arrive() {
        for (name, _) in BUILT_IN {
            let report = Keymap::built_in(name).map(|keymap| keymap.report());
            let report = report.unwrap_or_else(|why| vec![why]);
            // On one side a key may mean something of its own; ctrl-b is what vim's hands know.
            let odd = |line: &&String| !line.contains("another meaning") && !line.contains("tmux");
            let odd: Vec<&String> = report.iter().filter(odd).collect();
            assert!(odd.is_empty(), "{name}: {odd:?}");
        }
    }

    #[test]
    fn what_is_odd_is_said() {
        let text = "[keys]\nup = [\"f5\", \"ctrl-j\", \"k\", \"ctrl-s\"]\n[logs]\ndown = [\"k\"]";
        let report = Keymap::parse(text).map(|keymap| keymap.report()).unwrap_or_default();
        for part in [
            "approve has no key",
            "key \"f5\" never arrives",
            "key \"ctrl-j\" cannot be told from \"enter\"",
            "key \"ctrl-s\" may be taken by the flow control",
            "key \"k\" does not \"up\" on the logs",
        ] {
            assert!(report.iter().any(|line| line.contains(part)), "{part}: {report:?}");
        }
    }

    #[test]
    fn keys_without_chords_are_without_chords() {
        let keymap = Keymap::built_in("basic").expect("a built-in keymap is valid");
        assert!(keymap.keys.keys().all(|key| !key.starts_with("ctrl-")));
    }
}
