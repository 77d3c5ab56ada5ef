//! Roles to colours, read from TOML. Views name roles; no view names a colour.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// The built-in themes by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("ansi", include_str!("../../../themes/ansi.toml")),
    ("colour-blind", include_str!("../../../themes/colour-blind.toml")),
    ("none", include_str!("../../../themes/none.toml")),
];

/// Roles that every theme paints.
pub const ROLES: &[&str] = &[
    "text",
    "muted",
    "title",
    "cursor",
    "rule",
    "context",
    "armed",
    "key",
    "waiting",
    "degraded",
    "drifted",
    "progressing",
    "held",
    "unknown",
    "healthy",
    "diff-add",
    "diff-remove",
    "diff-head",
];

/// Roles to styles.
#[derive(Clone, Debug, Default)]
pub struct Theme {
    roles: BTreeMap<String, Style>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "name")]
    _name: String,
    roles: BTreeMap<String, String>,
}

impl Theme {
    /// Reads a theme.
    ///
    /// # Errors
    /// A sentence: no TOML, a role that does not exist or is missing, a colour that is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut roles = BTreeMap::new();
        for (role, words) in file.roles {
            if !ROLES.contains(&role.as_str()) {
                return Err(format!("no role is named {role:?}"));
            }
            let style = style(&words).ok_or_else(|| format!("{role}: {words:?} is no style"))?;
            roles.insert(role, style);
        }
        match ROLES.iter().find(|role| !roles.contains_key(**role)) {
            Some(missing) => Err(format!("the role {missing:?} is missing")),
            None => Ok(Self { roles }),
        }
    }

    /// A built-in theme.
    ///
    /// # Errors
    /// A sentence that names the ones there are.
    pub fn built_in(name: &str) -> Result<Self, String> {
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::parse(text),
            None => {
                let names: Vec<_> = BUILT_IN.iter().map(|(name, _)| *name).collect();
                Err(format!("no theme is named {name:?}; there are: {}", names.join(", ")))
            }
        }
    }

    /// The style of a role.
    #[must_use]
    pub fn role(&self, role: &str) -> Style {
        self.roles.get(role).copied().unwrap_or_default()
    }
}

/// `171 bold`, `red`, `#d75fff`, `default reversed`.
fn style(words: &str) -> Option<Style> {
    let mut style = Style::default();
    for word in words.split_whitespace() {
        style = match word {
            "default" => style,
            "bold" => style.add_modifier(Modifier::BOLD),
            "underlined" => style.add_modifier(Modifier::UNDERLINED),
            "reversed" => style.add_modifier(Modifier::REVERSED),
            colour => style.fg(colour.parse::<Color>().ok()?),
        };
    }
    Some(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_themes_are_whole() {
        for (name, _) in BUILT_IN {
            assert!(Theme::built_in(name).is_ok(), "{name}: {:?}", Theme::built_in(name).err());
        }
    }

    #[test]
    fn bad_themes_are_refused() {
        for (text, why) in [
            ("name = \"x\"\n[roles]\nsky = \"blue\"", "no role is named \"sky\""),
            ("name = \"x\"\n[roles]\ntext = \"sky blue\"", "is no style"),
            ("name = \"x\"\n[roles]\ntext = \"blue\"", "is missing"),
        ] {
            let error = Theme::parse(text).expect_err("it is bad");
            assert!(error.contains(why), "{error}");
        }
    }
}
