//! A live value in the shape of what was delivered: without what the cluster completed, its lists in the
//! order of the delivered ones. What was left out is counted, so that nothing is hidden in silence.

use mizzen_engine::plan::quantity;
use serde_json::{Map, Value};

/// What was left out of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Folded {
    /// Fields that only the cluster has.
    pub(super) fields: u32,
    /// Lists whose entries are the same in another order.
    pub(super) lists: u32,
}

/// The fields by which lists name their entries.
const NAMES: &[&str] = &["name", "mountPath", "containerPort", "port", "key", "ip", "topologyKey"];

/// What names an entry of a list.
pub(super) fn name(entry: &Value) -> Option<(&'static str, &Value)> {
    let fields = entry.as_object()?;
    NAMES.iter().find_map(|key| Some((*key, fields.get(*key)?)))
}

/// Brings one value into the shape of another.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shaper {
    /// Lists stay in the order in which they stand.
    pub(super) in_order: bool,
    /// Fields that the other value has not stay, too.
    pub(super) keeps_fields: bool,
    /// What was left out.
    pub(super) folded: Folded,
}

impl Shaper {
    /// The live value as far as it was delivered.
    pub(super) fn shaped(&mut self, live: &Value, delivered: &Value) -> Value {
        match (live, delivered) {
            (Value::Object(live), Value::Object(delivered)) => self.fields(live, delivered),
            (Value::Array(live), Value::Array(delivered)) => {
                let pairs = self.paired(live, delivered);
                let null = Value::Null;
                let one = |(live, at): (&Value, Option<usize>)| {
                    self.shaped(live, at.map_or(&null, |at| &delivered[at]))
                };
                pairs.into_iter().map(one).collect()
            }
            // A server writes amounts in its own way.
            (live, delivered) if quantity::same(live, delivered) => delivered.clone(),
            (live, _) => live.clone(),
        }
    }

    fn fields(&mut self, live: &Map<String, Value>, delivered: &Map<String, Value>) -> Value {
        let own: Vec<_> = live.iter().filter(|(key, _)| !delivered.contains_key(*key)).collect();
        let mut kept: Map<String, Value> = Map::new();
        for (key, value) in delivered {
            if let Some(live) = live.get(key) {
                kept.insert(key.clone(), self.shaped(live, value));
            }
        }
        for (key, value) in own {
            match self.keeps_fields {
                true => drop(kept.insert(key.clone(), value.clone())),
                false => self.folded.fields += leaves(value),
            }
        }
        Value::Object(kept)
    }

    /// The live entries beside the delivered ones: by their names where all have one, else by their places.
    fn paired<'a>(
        &mut self,
        live: &'a [Value],
        delivered: &[Value],
    ) -> Vec<(&'a Value, Option<usize>)> {
        let named = |all: &[Value]| {
            let names: Vec<_> = all.iter().filter_map(name).collect();
            let unique = names.iter().enumerate().all(|(at, name)| !names[..at].contains(name));
            names.len() == all.len() && unique
        };
        if !named(live) || !named(delivered) {
            let place = |at: usize| (at < delivered.len()).then_some(at);
            return live.iter().enumerate().map(|(at, entry)| (entry, place(at))).collect();
        }
        let place = |entry: &Value| delivered.iter().position(|other| name(other) == name(entry));
        let mut pairs: Vec<_> = live.iter().map(|entry| (entry, place(entry))).collect();
        if self.in_order {
            return pairs;
        }
        let before: Vec<_> = pairs.iter().map(|(_, at)| *at).collect();
        // What was not delivered comes last.
        pairs.sort_by_key(|(_, at)| at.unwrap_or(usize::MAX));
        if pairs.iter().map(|(_, at)| *at).ne(before) {
            self.folded.lists += 1;
        }
        pairs
    }
}

fn leaves(value: &Value) -> u32 {
    match value {
        Value::Object(fields) => fields.values().map(leaves).sum(),
        Value::Array(entries) => entries.iter().map(leaves).sum(),
        _ => 1,
    }
}

/// A live object without what only the server keeps of it.
pub(super) fn bare(live: &Value) -> Value {
    let mut live = live.clone();
    if let Some(object) = live.as_object_mut() {
        object.shift_remove("status");
    }
    if let Some(metadata) = live["metadata"].as_object_mut() {
        for key in ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp"] {
            metadata.shift_remove(key);
        }
    }
    live
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(live: Value, delivered: Value, expected: Value, folded: (u32, u32)) {
        let mut shaper = Shaper::default();
        assert_eq!(shaper.shaped(&live, &delivered), expected);
        assert_eq!((shaper.folded.fields, shaper.folded.lists), folded);
    }

    #[test]
    fn what_the_cluster_added_is_counted_and_left_out() {
        check(
            json!({"spec": {"replicas": 3, "extra": {"a": 1, "b": 2}, "list": [{"a": 1, "b": 2}]}}),
            json!({"spec": {"replicas": 2, "list": [{"a": 1}]}}),
            json!({"spec": {"replicas": 3, "list": [{"a": 1}]}}),
            (3, 0),
        );
    }

    #[test]
    fn lists_stand_in_the_order_of_the_delivered() {
        check(
            json!([{"name": "b", "v": 2}, {"name": "new"}, {"name": "a", "v": 1}]),
            json!([{"name": "a", "v": 1}, {"name": "b", "v": 1}]),
            json!([{"name": "a", "v": 1}, {"name": "b", "v": 2}, {"name": "new"}]),
            (0, 1),
        );
        let mut shaper = Shaper { in_order: true, keeps_fields: true, ..Shaper::default() };
        let live = json!([{"name": "b"}, {"name": "a", "more": 1}]);
        assert_eq!(shaper.shaped(&live, &json!([{"name": "a"}, {"name": "b"}])), live);
        check(json!(["b", "a"]), json!(["a", "b"]), json!(["b", "a"]), (0, 0));
        check(json!({"cpu": "1"}), json!({"cpu": "1000m"}), json!({"cpu": "1000m"}), (0, 0));
    }
}
