//! What the terminal can do, as its environment says. Asking the terminal itself would cost a round
//! trip; nothing here does.

/// What the terminal can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// How many colours it shows.
    pub depth: Depth,
    /// Whether it shows more than ASCII.
    pub unicode: bool,
    /// Whether the program runs inside tmux, through which sequences have to be passed.
    pub tmux: bool,
    /// Whether it is reached over the network, where sequences arrive in pieces.
    pub remote: bool,
    /// Whether its background is said to be light.
    pub light: bool,
    /// Whether it can place the cursor at all.
    pub dumb: bool,
}

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// None: `NO_COLOR` is set.
    None,
    /// The sixteen of old.
    Sixteen,
    /// 256 or more.
    Many,
}

impl Capabilities {
    /// What an environment says.
    #[must_use]
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
        let utf8 = |text: String| {
            let text = text.to_lowercase();
            text.contains("utf-8") || text.contains("utf8")
        };
        Self {
            depth: depth(set("NO_COLOR").is_some(), &term),
            unicode: term != "linux" && locale.is_some_and(utf8),
            tmux: set("TMUX").is_some(),
            remote: set("SSH_CONNECTION").is_some() || set("SSH_TTY").is_some(),
            light: set("COLORFGBG").is_some_and(|colours| is_light(&colours)),
            dumb: matches!(term.as_str(), "" | "dumb"),
        }
    }

    /// The built-in theme that fits when nobody asked for another.
    #[must_use]
    pub fn theme(&self) -> &'static str {
        match self.depth {
            Depth::None => "none",
            Depth::Sixteen => "ansi",
            Depth::Many if self.light => "light",
            Depth::Many => "dark",
        }
    }
}

/// Whether the background in `15;0` is one of the light ones of sixteen.
fn is_light(colours: &str) -> bool {
    let ground = colours.rsplit(';').next().and_then(|number| number.parse::<u8>().ok());
    ground.is_some_and(|ground| matches!(ground, 7 | 9..=15))
}

fn depth(no_colour: bool, term: &str) -> Depth {
    let sixteen = ["linux", "xterm", "screen", "rxvt", "ansi", "cygwin"].contains(&term);
    match (no_colour, sixteen || term.starts_with("vt")) {
        (true, _) => Depth::None,
        (false, true) => Depth::Sixteen,
        (false, false) => Depth::Many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Capabilities {
        Capabilities::of(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn environments() {
        for (variables, theme, unicode, dumb) in [
            (&[("TERM", "xterm-256color"), ("LANG", "en_US.UTF-8")][..], "dark", true, false),
            (
                &[("TERM", "tmux-256color"), ("LANG", "C.utf8"), ("NO_COLOR", "1")],
                "none",
                true,
                false,
            ),
            (&[("TERM", "tmux-256color"), ("NO_COLOR", "")], "dark", false, false),
            (&[("TERM", "linux"), ("LANG", "en_US.UTF-8")], "ansi", false, false),
            (
                &[("TERM", "xterm-256color"), ("LC_ALL", "C"), ("LANG", "x.UTF-8")],
                "dark",
                false,
                false,
            ),
            (&[("TERM", "rxvt-256color"), ("COLORFGBG", "0;15")], "light", false, false),
            (&[("TERM", "rxvt-256color"), ("COLORFGBG", "15;default;0")], "dark", false, false),
            (&[("TERM", "dumb")], "dark", false, true),
            (&[], "dark", false, true),
        ] {
            let found = of(variables);
            assert_eq!((found.theme(), found.unicode, found.dumb), (theme, unicode, dumb));
        }
    }

    #[test]
    fn the_way_to_the_terminal() {
        let found = of(&[("TERM", "screen"), ("TMUX", "/tmp/x,1,0"), ("SSH_TTY", "/dev/pts/1")]);
        assert!(found.tmux && found.remote);
    }
}
