//! Comparing what was recorded with what our engine left behind.
//!
//! Recorded values hold placeholders (`<uid-1>`, `<rv-3>`, `<time:2>` ...). Ours are compared through a
//! matching that must stay one-to-one within a scenario: the same placeholder always stands for the
//! same value of ours, and two placeholders never for one. Lists whose order the recordings call
//! noise are compared without it.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Lists that the recordings write in any order, by the last name of their path.
const UNORDERED: &[&str] =
    &["managedResources", "services", "traits", "appliedResources", "managedFields"];

/// The workflow as a revision keeps it is that of one of two runs that raced when it was recorded: its
/// step ids are compared by their shape, and its context by its name.
const RACED: &str = ".status.workflow";

/// Fields and labels whose value is a hash over definitions, among other things.
const HASHES: &[&str] = &["revisionHash", "app.oam.dev/app-revision-hash", "oam.dev/render-hash"];

/// The one-to-one matching of placeholders, kept over all steps of one scenario.
#[derive(Debug, Default)]
pub(crate) struct Matching {
    ours: HashMap<String, String>,
    theirs: HashMap<String, String>,
    hashes: Vec<String>,
}

/// One place where the two differ.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) path: String,
    pub(crate) recorded: Option<Value>,
    pub(crate) ours: Option<Value>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let show = |value: &Option<Value>| value.as_ref().map_or("absent".into(), short);
        write!(f, "{}: recorded {}, ours {}", self.path, show(&self.recorded), show(&self.ours))
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    let cut: String = text.chars().take(300).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

/// All differences below one value; the matching grows by what was learnt.
pub(crate) fn values(
    path: &str,
    recorded: &Value,
    ours: &Value,
    matching: &mut Matching,
    found: &mut Vec<Difference>,
) {
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => {
            objects(path, recorded, ours, matching, found);
        }
        (Value::Array(recorded), Value::Array(ours)) => {
            arrays(path, recorded, ours, matching, found);
        }
        (Value::String(theirs), Value::String(mine)) if raced(path) && is_step_id(theirs, mine) => {
        }
        (Value::String(theirs), Value::String(mine)) if matching.strings(theirs, mine) => {}
        (Value::String(theirs), Value::String(mine)) if generated(path, theirs, mine) => {}
        (Value::String(theirs), Value::String(mine)) if server(path, theirs, mine) => {}
        (recorded, ours) if numbers_equal(recorded, ours) => {}
        (recorded, ours) => found.push(Difference {
            path: path.to_owned(),
            recorded: Some(recorded.clone()),
            ours: Some(ours.clone()),
        }),
    }
}

fn objects(
    path: &str,
    recorded: &Map<String, Value>,
    ours: &Map<String, Value>,
    matching: &mut Matching,
    found: &mut Vec<Difference>,
) {
    let context = raced(path) && path.ends_with(".contextBackend");
    let mut taken = Vec::new();
    for (key, value) in recorded {
        let below = format!("{path}.{key}");
        match matching.key(key, ours) {
            Some(mine) => {
                taken.push(mine.clone());
                values(&below, value, &ours[&mine], matching, found);
            }
            None if is_nothing(&below, value) => {}
            None => {
                let recorded = Some(value.clone());
                found.push(Difference { path: below, recorded, ours: None });
            }
        }
    }
    for (key, value) in ours.iter().filter(|(key, _)| !taken.contains(key)) {
        if context && ["apiVersion", "kind"].contains(&key.as_str()) {
            continue;
        }
        let path = format!("{path}.{key}");
        if !is_nothing(&path, value) {
            found.push(Difference { path, recorded: None, ours: Some(value.clone()) });
        }
    }
}

/// Empty annotations of a recorded manifest are kept until the tracker is read and written again.
fn is_nothing(path: &str, value: &Value) -> bool {
    path.ends_with(".raw.metadata.annotations") && value.as_object().is_some_and(Map::is_empty)
}

/// Names that the controllers of Kubernetes generate by hashing objects in a form of their own.
fn generated(path: &str, theirs: &str, mine: &str) -> bool {
    let revision = path.ends_with(".status.currentRevision") || path.ends_with("updateRevision");
    let named = |text: &str| text.starts_with("ReplicaSet \"");
    (revision || (named(theirs) && named(mine))) && hashless(theirs) == hashless(mine)
}

/// What a member's API server calls itself is compared up to its build.
fn server(path: &str, theirs: &str, mine: &str) -> bool {
    let version = |text: &str| -> Option<Map<String, Value>> {
        let mut version: Map<String, Value> = serde_json::from_str(text).ok()?;
        let build = version.get_mut("gitVersion")?;
        let minor = build.as_str()?.rsplit_once('.')?.0.to_owned();
        *build = Value::String(minor);
        Some(version)
    };
    path.ends_with(".cluster.core.oam.dev/cluster-version")
        && version(theirs).is_some_and(|theirs| Some(theirs) == version(mine))
}

/// The text with the last part of generated names left out.
fn hashless(text: &str) -> String {
    let letters = |c: char| "bcdfghjklmnpqrstvwxz0123456789".contains(c);
    let word = |word: &str| match word.trim_end_matches('"').rsplit_once('-') {
        Some((head, hash)) if hash.len() >= 5 && hash.chars().all(letters) => head.to_owned(),
        _ => word.to_owned(),
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn raced(path: &str) -> bool {
    path.starts_with("revisions.") && path.contains(RACED)
}

fn is_step_id(recorded: &str, ours: &str) -> bool {
    recorded.starts_with("<step-id-") && recorded.ends_with('>') && ours.len() == 10
}

fn arrays(
    path: &str,
    recorded: &[Value],
    ours: &[Value],
    matching: &mut Matching,
    found: &mut Vec<Difference>,
) {
    let last = path.rsplit('.').next().unwrap_or(path);
    let ours: Vec<&Value> =
        if UNORDERED.contains(&last) { paired(recorded, ours) } else { ours.iter().collect() };
    for (index, value) in recorded.iter().enumerate() {
        let below = format!("{path}[{index}]");
        match ours.get(index) {
            Some(mine) => values(&below, value, mine, matching, found),
            None => {
                let recorded = Some(value.clone());
                found.push(Difference { path: below, recorded, ours: None });
            }
        }
    }
    for (index, value) in ours.iter().enumerate().skip(recorded.len()) {
        let path = format!("{path}[{index}]");
        found.push(Difference { path, recorded: None, ours: Some((*value).clone()) });
    }
}

/// Ours in the order of the recorded list: each recorded entry takes the first free entry of ours
/// that names the same thing; what is left follows in its own order.
fn paired<'a>(recorded: &[Value], ours: &'a [Value]) -> Vec<&'a Value> {
    let mut free: Vec<&Value> = ours.iter().collect();
    let mut order = Vec::with_capacity(ours.len());
    for value in recorded {
        if let Some(index) = free.iter().position(|mine| same_entry(value, mine)) {
            order.push(free.remove(index));
        }
    }
    order.extend(free);
    order
}

/// Whether two entries of an unordered list are the same entry: what names them is the same, whatever
/// their placeholders stand for.
fn same_entry(recorded: &Value, mine: &Value) -> bool {
    const KEYS: &[&str] = &[
        "kind",
        "name",
        "namespace",
        "cluster",
        "type",
        "trait",
        "component",
        "manager",
        "operation",
        "subresource",
    ];
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    KEYS.iter().all(|key| match (text(recorded, key), text(mine, key)) {
        (Some(theirs), Some(mine)) => walk(&theirs, &mine, &mut Vec::new()),
        (theirs, mine) => theirs == mine,
    })
}

/// `1` and `1.0` are the same number on the wire.
fn numbers_equal(a: &Value, b: &Value) -> bool {
    a == b || a.as_f64().is_some() && a.as_f64() == b.as_f64()
}

impl Matching {
    /// Notes the recorded hashes that cover the text of definitions. With our own definitions they
    /// can only be compared in shape: from here on each is a placeholder like any other.
    pub(crate) fn learn_hashes(&mut self, recorded: &Value) {
        match recorded {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let hash = value.as_str().filter(|text| text.len() > 6);
                    match hash.filter(|_| HASHES.contains(&key.as_str())) {
                        Some(hash) if !self.hashes.iter().any(|known| known == hash) => {
                            self.hashes.push(hash.to_owned());
                        }
                        _ => self.learn_hashes(value),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|value| self.learn_hashes(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn hashes_named(&self, recorded: &str) -> String {
        let mut text = recorded.to_owned();
        for (index, hash) in self.hashes.iter().enumerate() {
            text = text.replace(hash, &format!("<hash-{index}>"));
        }
        text
    }

    /// The key of ours that a recorded key, which may hold placeholders, stands for.
    fn key(&mut self, recorded: &str, ours: &Map<String, Value>) -> Option<String> {
        if ours.contains_key(recorded) {
            return Some(recorded.to_owned());
        }
        placeholder(recorded)?;
        ours.keys().find(|mine| self.strings(recorded, mine)).cloned()
    }

    /// Whether our text is the recorded one, placeholders matched. A text may hold several.
    pub(crate) fn strings(&mut self, recorded: &str, ours: &str) -> bool {
        let mut pairs = Vec::new();
        if !walk(&self.hashes_named(recorded), ours, &mut pairs) {
            return false;
        }
        if pairs.iter().any(|(theirs, mine)| !self.consistent(theirs, mine)) {
            return false;
        }
        for (theirs, mine) in pairs {
            self.ours.insert(theirs.clone(), mine.clone());
            self.theirs.insert(mine, theirs);
        }
        true
    }

    fn consistent(&self, theirs: &str, mine: &str) -> bool {
        self.ours.get(theirs).is_none_or(|known| known == mine)
            && self.theirs.get(mine).is_none_or(|known| known == theirs)
    }
}

/// Walks both texts; every placeholder takes the shortest run of ours that lets the rest fit.
fn walk(recorded: &str, ours: &str, pairs: &mut Vec<(String, String)>) -> bool {
    let Some((start, placeholder, rest)) = placeholder(recorded) else { return recorded == ours };
    let Some(tail) = ours.strip_prefix(&recorded[..start]) else { return false };
    let ends = tail.char_indices().map(|(index, _)| index).skip(1).chain([tail.len()]);
    for end in ends {
        let before = pairs.len();
        if fits(placeholder, &tail[..end]) {
            if numbered(placeholder) {
                pairs.push((placeholder.to_owned(), tail[..end].to_owned()));
            }
            if walk(rest, &tail[end..], pairs) {
                return true;
            }
        }
        pairs.truncate(before);
    }
    false
}

/// The first `<...>` of a known family: where it starts, itself, and what follows it.
fn placeholder(text: &str) -> Option<(usize, &str, &str)> {
    const FAMILIES: &[&str] = &[
        "<uid-",
        "<rv-",
        "<step-id-",
        "<ip-",
        "<nodeport-",
        "<event-",
        "<pod-template-hash>",
        "<port>",
        "<time:",
        "<token>",
        "<text>",
        "<data>",
        "<hash-",
    ];
    let (start, _) = text
        .match_indices('<')
        .find(|(at, _)| FAMILIES.iter().any(|family| text[*at..].starts_with(family)))?;
    let end = start + text[start..].find('>')? + 1;
    Some((start, &text[start..end], &text[end..]))
}

/// Whether the matching remembers what this placeholder stood for. Resource versions of objects are
/// compared for equality only, as the recordings advise, and times by their shape.
fn numbered(placeholder: &str) -> bool {
    ["<uid-", "<step-id-", "<event-", "<hash-"].iter().any(|family| placeholder.starts_with(family))
}

/// Whether a text can be what the placeholder stands for.
fn fits(placeholder: &str, text: &str) -> bool {
    let all = |allowed: fn(char) -> bool| !text.is_empty() && text.chars().all(allowed);
    match placeholder {
        p if p.starts_with("<uid-") => {
            text.len() == 36 && all(|c| c.is_ascii_hexdigit() || c == '-')
        }
        p if p.starts_with("<hash-") => {
            (6..=20).contains(&text.len()) && all(|c| c.is_ascii_hexdigit())
        }
        p if p.starts_with("<time:") => {
            text.len() >= 20 && text.contains('T') && text.ends_with('Z')
        }
        p if p.starts_with("<rv-") || p.starts_with("<nodeport-") || p == "<port>" => {
            all(|c| c.is_ascii_digit())
        }
        p if p.starts_with("<step-id-") => text.len() == 10 && all(|c| c.is_ascii_alphanumeric()),
        _ => !text.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_stand_for_one_value_each() {
        let mut matching = Matching::default();
        let a = "11111111-1111-1111-1111-111111111111";
        let b = "22222222-2222-2222-2222-222222222222";
        assert!(matching.strings("id <uid-1>.", &format!("id {a}.")));
        assert!(matching.strings("<uid-1>", a));
        assert!(!matching.strings("<uid-1>", b));
        assert!(!matching.strings("<uid-2>", a));
        assert!(matching.strings("<uid-2>", b));
        assert!(matching.strings("at <time:1>", "at 2026-01-01T00:00:00Z"));
        assert!(!matching.strings("at <time:1>", "at noon"));
    }
}
