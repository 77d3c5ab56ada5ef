//! Paths to fields: `output.spec."a-b"[0].#Def._hidden`.

use std::fmt;

use crate::error::Error;
use crate::label_text::quote_label;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// A regular field.
    Str(String),
    /// A definition, `#` included.
    Def(String),
    /// A hidden field or definition, `_` included, of the package that compiled the template.
    Hidden(String),
    /// An element of a list.
    Index(u32),
}

/// A sequence of selectors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(pub Vec<Selector>);

impl Path {
    /// Reads a path. Strings in quotes use JSON escapes.
    ///
    /// # Errors
    /// [`Error::Path`] when the text is no path.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut steps = Vec::new();
        let mut rest = text.trim();
        let bad = |why: &str| Error::Path { path: text.to_owned(), why: why.to_owned() };
        while !rest.is_empty() {
            if let Some(tail) = rest.strip_prefix('[') {
                let (inner, tail) = tail.split_once(']').ok_or_else(|| bad("missing ']'"))?;
                steps.push(index_or_string(inner).ok_or_else(|| bad("invalid index"))?);
                rest = tail;
            } else {
                let (step, tail) = name(rest).ok_or_else(|| bad("invalid selector"))?;
                steps.push(step);
                rest = tail;
            }
            if let Some(tail) = rest.strip_prefix('.') {
                if tail.is_empty() {
                    return Err(bad("path ends with '.'"));
                }
                rest = tail;
            } else if !rest.is_empty() && !rest.starts_with('[') {
                return Err(bad("expected '.' or '['"));
            }
        }
        Ok(Self(steps))
    }

    /// A path of regular fields, taken literally.
    pub fn of<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self(names.into_iter().map(|n| Selector::Str(n.into())).collect())
    }

    /// The path one step further.
    #[must_use]
    pub fn child(&self, step: Selector) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

fn index_or_string(text: &str) -> Option<Selector> {
    if text.starts_with('"') {
        return serde_json::from_str(text).ok().map(Selector::Str);
    }
    text.trim().parse().ok().map(Selector::Index)
}

fn name(text: &str) -> Option<(Selector, &str)> {
    if text.starts_with('"') {
        let end = closing_quote(text)?;
        let inner = serde_json::from_str(&text[..=end]).ok()?;
        return Some((Selector::Str(inner), &text[end + 1..]));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let ok = !word.is_empty()
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '-'));
    if !ok {
        return None;
    }
    let step = match word {
        w if w.starts_with('#') => Selector::Def(w.to_owned()),
        w if w.starts_with('_') => Selector::Hidden(w.to_owned()),
        w => Selector::Str(w.to_owned()),
    };
    Some((step, rest))
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (i, b) in text.bytes().enumerate().skip(1) {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(i),
            _ => {}
        }
    }
    None
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(s) => f.write_str(&quote_label(s)),
            Self::Def(s) | Self::Hidden(s) => f.write_str(s),
            Self::Index(i) => write!(f, "{i}"),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, s) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            s.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_and_print() {
        for (text, want) in [
            ("output.spec", "output.spec"),
            ("a.\"b-c\"[0].#d._h", "a.\"b-c\".0.#d._h"),
            ("", ""),
            ("a[\"x.y\"]", "a.\"x.y\""),
        ] {
            assert_eq!(Path::parse(text).map(|p| p.to_string()), Ok(want.to_owned()), "{text}");
        }
        for bad in ["a.", "a b", "[", "a[x]"] {
            assert!(Path::parse(bad).is_err(), "{bad}");
        }
    }
}
