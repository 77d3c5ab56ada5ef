//! `metadata.managedFields`: its entries, their order, and the cap on how many there may be.

use serde_json::{Map, Value, json};

use super::set::Set;
use crate::json;

/// How many update managers keep entries of their own.
const UPDATE_LIMIT: usize = 10;
/// Who the oldest update managers become.
const ANCIENT: &str = "ancient-changes";

/// One entry: who owns which fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) manager: String,
    pub(crate) applied: bool,
    pub(crate) api_version: String,
    pub(crate) time: String,
    pub(crate) subresource: String,
    pub(crate) fields: Set,
}

impl Entry {
    /// Whether this is the entry of a manager: updates are told apart by version too.
    pub(crate) fn is(
        &self,
        manager: &str,
        applied: bool,
        subresource: &str,
        version: &str,
    ) -> bool {
        self.manager == manager
            && self.applied == applied
            && self.subresource == subresource
            && (applied || self.api_version == version)
    }

    fn parse(value: &Value) -> Option<Self> {
        let text = |key: &str| json::text(value, &[key]).to_owned();
        let applied = match json::text(value, &["operation"]) {
            "Apply" => true,
            "Update" => false,
            _ => return None,
        };
        Some(Self {
            manager: text("manager"),
            applied,
            api_version: text("apiVersion"),
            time: text("time"),
            subresource: text("subresource"),
            fields: Set::from_json(value.get("fieldsV1")?)?,
        })
    }

    fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("manager".into(), json!(self.manager));
        map.insert("operation".into(), json!(if self.applied { "Apply" } else { "Update" }));
        map.insert("apiVersion".into(), json!(self.api_version));
        if !self.time.is_empty() {
            map.insert("time".into(), json!(self.time));
        }
        map.insert("fieldsType".into(), json!("FieldsV1"));
        map.insert("fieldsV1".into(), self.fields.to_json());
        if !self.subresource.is_empty() {
            map.insert("subresource".into(), json!(self.subresource));
        }
        Value::Object(map)
    }
}

/// What an object says about its managers.
#[derive(Debug, PartialEq)]
pub(crate) enum Managed {
    /// Nothing, or nothing that can be read.
    Unsaid,
    /// An empty list or a list of one empty entry: forget all owners.
    Reset,
    /// These.
    Entries(Vec<Entry>),
}

/// Reads the managers of an object.
pub(crate) fn read(object: &Value) -> Managed {
    let list = match json::at(object, &["metadata", "managedFields"]) {
        Some(Value::Array(list)) => list,
        _ => return Managed::Unsaid,
    };
    match list.as_slice() {
        [] => Managed::Reset,
        [one] if one.as_object().is_some_and(Map::is_empty) => Managed::Reset,
        list => match list.iter().map(Entry::parse).collect() {
            Some(entries) => Managed::Entries(entries),
            None => Managed::Unsaid,
        },
    }
}

/// Writes the managers of an object, in their order; empty entries are dropped.
pub(crate) fn write(object: &mut Value, mut entries: Vec<Entry>) {
    entries.retain(|entry| !entry.fields.is_empty());
    cap(&mut entries);
    entries.sort_by(|a, b| order(a).cmp(&order(b)));
    if entries.is_empty() {
        json::remove_meta(object, "managedFields");
        return;
    }
    let list: Vec<Value> = entries.iter().map(Entry::to_json).collect();
    json::set_meta(object, "managedFields", list);
}

fn order(entry: &Entry) -> (bool, &str, &str, &str, &str) {
    (!entry.applied, &entry.time, &entry.manager, &entry.api_version, &entry.subresource)
}

/// Merges the oldest update entries into one per version when there are too many.
fn cap(entries: &mut Vec<Entry>) {
    let updates = entries.iter().filter(|e| !e.applied).count();
    if updates <= UPDATE_LIMIT {
        return;
    }
    let mut old: Vec<Entry> = entries.extract_if(.., |e| !e.applied).collect();
    old.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut surplus = updates - UPDATE_LIMIT;
    let mut ancient: Vec<Entry> = old.extract_if(.., |e| e.manager == ANCIENT).collect();
    if ancient.is_empty() {
        surplus += 1;
    }
    for entry in old.drain(..surplus.min(old.len())) {
        match ancient.iter_mut().find(|a| a.api_version == entry.api_version) {
            Some(a) => {
                a.fields = a.fields.union(&entry.fields);
                a.time = entry.time;
            }
            None => ancient.push(Entry { manager: ANCIENT.to_owned(), ..entry }),
        }
    }
    entries.extend(ancient);
    entries.extend(old);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_updaters_become_ancient() {
        let entry = |i: usize| Entry {
            manager: format!("m{i:02}"),
            applied: false,
            api_version: "v1".into(),
            time: format!("2026-01-01T00:00:{i:02}Z"),
            subresource: String::new(),
            fields: Set::of_fields(&[&["data", &format!("k{i}")]]),
        };
        let mut object = json!({});
        write(&mut object, (0..12).map(entry).collect());
        let Managed::Entries(entries) = read(&object) else { panic!("no entries") };
        assert_eq!(entries.len(), UPDATE_LIMIT);
        let ancient = entries.iter().find(|e| e.manager == ANCIENT).unwrap();
        assert_eq!(ancient.fields.paths().len(), 3);
    }

    #[test]
    fn resets_and_nonsense() {
        let object = |list: Value| json!({"metadata": {"managedFields": list}});
        assert_eq!(read(&object(json!([]))), Managed::Reset);
        assert_eq!(read(&object(json!([{}]))), Managed::Reset);
        assert_eq!(read(&object(json!([{"operation": "X"}]))), Managed::Unsaid);
        assert_eq!(read(&json!({})), Managed::Unsaid);
    }
}
