//! Two values as lines, beside each changed one who wrote it, and in it the words that changed.

use mizzen_engine::plan;
use mizzen_engine::plan::editors::editors;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use unicode_segmentation::UnicodeSegmentation;

use super::yaml::{self, Line};
use crate::console::model::detail::{DiffKind, DiffLine};
use crate::console::term::clean::Clean;

/// Lines around a difference.
const AROUND: usize = 3;

/// The lines of two values, to be compared.
pub(super) struct Sides {
    left: Vec<Line>,
    right: Vec<Line>,
    ignore_blanks: bool,
}

impl Sides {
    pub(super) fn new(left: &Value, right: &Value, ignore_blanks: bool) -> Self {
        let (left, right) = (yaml::lines(left, right), yaml::lines(right, right));
        Self { left, right, ignore_blanks }
    }

    /// An object that only one side has.
    pub(super) fn alone(object: &Value, left: bool) -> Self {
        let (mut here, mut there) = (yaml::lines(object, object), Vec::new());
        if !left {
            std::mem::swap(&mut here, &mut there);
        }
        Self { left: here, right: there, ignore_blanks: false }
    }

    fn texts(&self) -> (Vec<String>, Vec<String>) {
        let text = |line: &Line| match self.ignore_blanks {
            true => without_blanks(&line.text),
            false => line.text.clone(),
        };
        (self.left.iter().map(text).collect(), self.right.iter().map(text).collect())
    }

    /// The lines in which they differ, with a few around them; beside each who wrote it, and when.
    pub(super) fn lines(&self, live: &Value) -> Vec<DiffLine> {
        let (left, right) = self.texts();
        let left: Vec<&str> = left.iter().map(String::as_str).collect();
        let right: Vec<&str> = right.iter().map(String::as_str).collect();
        let diff = TextDiff::from_slices(&left, &right);
        let mut lines = Vec::new();
        for group in diff.grouped_ops(AROUND) {
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let (kind, line) = match (change.tag(), change.old_index(), change.new_index()) {
                    (ChangeTag::Equal, Some(at), _) => (DiffKind::Same, self.left.get(at)),
                    (ChangeTag::Delete, Some(at), _) => (DiffKind::Remove, self.left.get(at)),
                    (ChangeTag::Insert, _, Some(at)) => (DiffKind::Add, self.right.get(at)),
                    _ => continue,
                };
                let Some(line) = line else { continue };
                let written = (kind == DiffKind::Add).then(|| writer(live, &line.path)).flatten();
                let (who, when) = written.unwrap_or_default();
                let text = Clean::new(&line.text);
                lines.push(DiffLine { kind, text, who, when, differs: None });
            }
        }
        emphasise(&mut lines);
        lines
    }

    /// What `patch` would take, between files of these names.
    pub(super) fn patch(&self, from: &str, to: &str) -> String {
        let text = |lines: &[Line]| lines.iter().map(|line| format!("{}\n", line.text)).collect();
        let (left, right): (String, String) = (text(&self.left), text(&self.right));
        TextDiff::from_lines(&left, &right).unified_diff().header(from, to).to_string()
    }
}

/// A line of which only the words count.
fn without_blanks(text: &str) -> String {
    text.replace("\\n", " ").replace("\\t", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Who wrote a field of a live object last, and when.
fn writer(live: &Value, path: &str) -> Option<(Clean, Option<jiff::Timestamp>)> {
    let change =
        plan::Change { path: path.to_owned(), before: Some(Value::Bool(true)), after: None };
    let found = editors(live, &plan::Diff { changes: vec![change] });
    let last = found.iter().max_by(|a, b| a.time.cmp(&b.time))?;
    Some((Clean::new(&last.manager), last.time.parse().ok()))
}

/// Marks in each line that was changed the words that are not in the line it was changed from.
fn emphasise(lines: &mut [DiffLine]) {
    let mut at = 0;
    while at < lines.len() {
        let run = |from: usize, kind: DiffKind| {
            lines[from..].iter().take_while(|line| line.kind == kind).count()
        };
        let removed = run(at, DiffKind::Remove);
        let added = run(at + removed, DiffKind::Add);
        for n in 0..removed.min(added) {
            let (before, after) = (at + n, at + removed + n);
            let found = differing(lines[before].text.as_str(), lines[after].text.as_str());
            if let Some((in_before, in_after)) = found {
                (lines[before].differs, lines[after].differs) = (Some(in_before), Some(in_after));
            }
        }
        at += (removed + added).max(1);
    }
}

/// Where a text begins and ends, in bytes.
type Span = (usize, usize);

/// The words in the middle that differ; nothing when the texts have no more than blanks in common.
fn differing(before: &str, after: &str) -> Option<(Span, Span)> {
    let (left, right): (Vec<&str>, Vec<&str>) =
        (before.split_word_bounds().collect(), after.split_word_bounds().collect());
    let head = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let rest = left.len().min(right.len()) - head;
    let tails = left.iter().rev().zip(right.iter().rev());
    let tail = tails.take_while(|(a, b)| a == b).count().min(rest);
    let common = left[..head].iter().chain(&left[left.len() - tail..]);
    if common.into_iter().all(|word| word.trim_matches([' ', '-']).is_empty()) {
        return None;
    }
    let span = |words: &[&str]| {
        let length = |words: &[&str]| words.iter().map(|word| word.len()).sum::<usize>();
        (length(&words[..head]), length(&words[..words.len() - tail]))
    };
    Some((span(&left), span(&right)))
}

/// The values of a Secret are replaced by their length and a short fingerprint: a difference stays a
/// difference.
pub(in crate::console::effect) fn redacted(value: &Value) -> Value {
    if value["kind"] != "Secret" {
        return value.clone();
    }
    let mut value = value.clone();
    for field in ["data", "stringData"] {
        for (_, secret) in value[field].as_object_mut().into_iter().flatten() {
            let text = secret.as_str().unwrap_or_default();
            *secret = Value::String(format!("redacted, {} bytes, {}", text.len(), mark(text)));
        }
    }
    // It holds the values too.
    if let Some(notes) = value["metadata"]["annotations"].as_object_mut() {
        notes.retain(|key, _| !key.ends_with("last-applied-configuration"));
    }
    value
}

fn mark(text: &str) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("#{:04x}", hasher.finish() & 0xFFFF)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_compared_and_not_shown() {
        let secret = |text: &str| json!({"kind": "Secret", "data": {"key": text}});
        let told = super::super::lines(&secret("aGVsbG8="), &secret("d29ybGQ="));
        assert!(told.iter().any(|line| line.kind == DiffKind::Add));
        assert!(told.iter().all(|line| !line.text.as_str().contains("aGVsbG8=")));
    }

    #[test]
    fn the_words_that_changed_are_marked() {
        for (before, after, expected) in [
            ("  replicas: 2", "  replicas: 5", Some(("2", "5"))),
            ("image: shop/web:2.1", "image: shop/web:2.1-debug", Some(("", "-debug"))),
            ("a: b", "c: d", None),
            ("- x", "- y", None),
            ("args: a b c", "args: a d c", Some(("b", "d"))),
        ] {
            let found = differing(before, after);
            let found = found.map(|((a, b), (c, d))| (&before[a..b], &after[c..d]));
            // A colon between two words that differ is nothing in common worth a mark.
            assert_eq!(found, expected, "{before} -> {after}");
        }
    }

    #[test]
    fn white_space_is_no_difference_when_nobody_asks() {
        let sides = |ignore| {
            let (left, right) = (json!({"a": "x  y"}), json!({"a": "x y"}));
            Sides::new(&left, &right, ignore).lines(&Value::Null).len()
        };
        assert_eq!((sides(false), sides(true)), (2, 0));
    }
}
