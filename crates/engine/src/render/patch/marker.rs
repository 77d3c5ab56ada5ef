//! Markers: comment lines such as `// +patchKey=name` that say how a field is merged.

use std::collections::BTreeMap;

use mizzen_cue::syntax::ast::Comments;

/// The key by which list elements are paired; inherited by everything below the field.
pub(super) const PATCH_KEY: &str = "patchKey";
/// How one field is merged.
pub(super) const PATCH_STRATEGY: &str = "patchStrategy";

/// Markers by name; of two with one name the later counts.
pub(super) type Markers = BTreeMap<String, String>;

/// The markers in the comments of a field.
pub(super) fn of(comments: &Comments) -> Markers {
    let lines = comments.groups().iter().flat_map(|group| &group.list);
    from_lines(lines.map(|comment| comment.text.as_str()))
}

/// The markers in lines of comments, with or without their slashes.
pub(super) fn from_lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Markers {
    lines.into_iter().filter_map(marker).collect()
}

fn marker(line: &str) -> Option<(String, String)> {
    let text = line.strip_prefix("//").unwrap_or(line).trim();
    let (name, value) = text.strip_prefix('+')?.split_once('=')?;
    let value = value.trim();
    (value.split_whitespace().count() <= 1).then(|| (name.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_a_name_and_one_word() {
        for (line, expected) in [
            ("// +patchKey=name", Some(("patchKey", "name"))),
            ("//+ patchKey = a,b ", Some(("patchKey", "a,b"))),
            ("// +usage=two words", None),
            ("// patchKey=name", None),
            ("// +short=", Some(("short", ""))),
        ] {
            let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(marker(line), expected, "{line}");
        }
    }
}
