//! From terminal events to messages: keys in the names that keymaps use, pastes, sizes.
//!
//! A lone Escape that is followed at once by `[` or `O` is the beginning of a sequence that was cut in
//! two by the network; its rest is swallowed, so that an arrow never becomes a command.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use serde::{Deserialize, Serialize};

/// How long a lone Escape is held to see whether it is one: the network may cut a sequence in two.
#[must_use]
pub fn escape_hold(remote: bool) -> Duration {
    Duration::from_millis(if remote { 100 } else { 25 })
}

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// A key by its name, such as `j`, `G`, `ctrl-d`, `enter`.
    Key(String),
    /// A pasted text.
    Paste(String),
    /// A new size in columns and rows.
    Resize(u16, u16),
}

/// The input that a terminal event means, if any.
#[must_use]
pub fn of(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => name(key).map(Input::Key),
        Event::Paste(text) => Some(Input::Paste(text)),
        Event::Resize(width, height) => Some(Input::Resize(width, height)),
        _ => None,
    }
}

/// The name of a key as keymaps write it.
#[must_use]
pub fn name(key: KeyEvent) -> Option<String> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let name = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(c) if control => return Some(format!("ctrl-{}", c.to_ascii_lowercase())),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "enter".into(),
        KeyCode::Esc => "esc".into(),
        KeyCode::Backspace => "backspace".into(),
        KeyCode::Tab => "tab".into(),
        KeyCode::BackTab => "shift-tab".into(),
        KeyCode::Up => "up".into(),
        KeyCode::Down => "down".into(),
        KeyCode::Left => "left".into(),
        KeyCode::Right => "right".into(),
        KeyCode::Home => "home".into(),
        KeyCode::End => "end".into(),
        KeyCode::PageUp => "page-up".into(),
        KeyCode::PageDown => "page-down".into(),
        KeyCode::Delete => "delete".into(),
        _ => return None,
    };
    Some(name)
}

/// Swallows what is left of a sequence whose Escape came alone.
#[derive(Debug, Default)]
pub struct Splice {
    held: bool,
    swallowing: bool,
}

/// What to do with a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Spliced {
    /// Use it.
    Take,
    /// Wait at most [`escape_hold`] for the next one; if none comes, it was Escape.
    Hold,
    /// It is the rest of a sequence.
    Swallow,
    /// Use the held Escape first, then this one.
    Both,
}

impl Splice {
    /// Looks at the next key.
    pub fn next(&mut self, key: &str) -> Spliced {
        if self.swallowing {
            let ends =
                key.len() == 1 && key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '~');
            self.swallowing = !ends;
            return Spliced::Swallow;
        }
        let held = std::mem::replace(&mut self.held, key == "esc");
        match (held, key) {
            (true, "[" | "O") => {
                self.swallowing = true;
                Spliced::Swallow
            }
            (true, _) => Spliced::Both,
            (false, "esc") => Spliced::Hold,
            (false, _) => Spliced::Take,
        }
    }

    /// The time is over: a held Escape was one.
    pub fn expired(&mut self) -> bool {
        self.swallowing = false;
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_sequences_are_swallowed() {
        let mut splice = Splice::default();
        assert_eq!(splice.next("esc"), Spliced::Hold);
        assert_eq!(splice.next("["), Spliced::Swallow);
        assert_eq!(splice.next("A"), Spliced::Swallow);
        assert_eq!(splice.next("A"), Spliced::Take);
        assert_eq!(splice.next("esc"), Spliced::Hold);
        assert_eq!(splice.next("j"), Spliced::Both);
        assert_eq!(splice.next("esc"), Spliced::Hold);
        assert!(splice.expired());
        assert!(!splice.expired());
    }
}
