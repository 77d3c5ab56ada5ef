//! Copying through the terminal (OSC 52), which works over SSH: written, never read.

use base64::Engine as _;

/// Base64 bytes that terminals still take.
const MOST: usize = 74_000;

/// The sequence that hands a text to the terminal's clipboard, or `None` when it is too long.
/// Inside tmux it is wrapped so that it passes through.
#[must_use]
pub fn sequence(text: &str, inside_tmux: bool) -> Option<String> {
    let data = base64::engine::general_purpose::STANDARD.encode(text);
    if data.len() > MOST {
        return None;
    }
    let copy = format!("\x1b]52;c;{data}\x07");
    Some(if inside_tmux { format!("\x1bPtmux;\x1b{copy}\x1b\\") } else { copy })
}

#[cfg(test)]
mod tests {
    use super::sequence;

    #[test]
    fn text_is_wrapped_and_bounded() {
        assert_eq!(sequence("hi", false).as_deref(), Some("\x1b]52;c;aGk=\x07"));
        assert_eq!(sequence("hi", true).as_deref(), Some("\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\"));
        assert_eq!(sequence(&"x".repeat(80_000), false), None);
    }
}
