//! Field paths such as `spec.template.spec.containers[0].image`, read and written.

use serde_json::{Map, Value};

/// One part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Key(String),
    Index(usize),
}

/// The value at a path.
#[must_use]
pub fn get<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    parts(path).into_iter().try_fold(object, |value, part| match part {
        Part::Key(key) => value.get(key),
        Part::Index(index) => value.get(index),
    })
}

/// Sets the value at a path, making objects on the way; false when the path does not fit.
pub fn set(object: &mut Value, path: &str, new: Value) -> bool {
    let mut place = object;
    for part in parts(path) {
        place = match part {
            Part::Key(key) => {
                if place.is_null() {
                    *place = Value::Object(Map::new());
                }
                let Some(map) = place.as_object_mut() else { return false };
                map.entry(key).or_insert(Value::Null)
            }
            Part::Index(index) => match place.get_mut(index) {
                Some(item) => item,
                None => return false,
            },
        };
    }
    *place = new;
    true
}

/// Brackets hold an index, or a key that itself holds dots.
fn parts(path: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut word = String::new();
    let mut rest = path.chars();
    let flush = |word: &mut String, parts: &mut Vec<Part>| {
        if !word.is_empty() {
            parts.push(Part::Key(std::mem::take(word)));
        }
    };
    while let Some(character) = rest.next() {
        match character {
            '.' => flush(&mut word, &mut parts),
            '[' => {
                flush(&mut word, &mut parts);
                let inside: String = rest.by_ref().take_while(|next| *next != ']').collect();
                let inside = inside.trim_matches(['"', '\'']).to_owned();
                parts.push(inside.parse().map_or(Part::Key(inside), Part::Index));
            }
            other => word.push(other),
        }
    }
    flush(&mut word, &mut parts);
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{get, set};

    #[test]
    fn paths_reach_into_lists_and_dotted_keys() {
        let mut object = json!({"a": {"l": [{"x": 1}], "b.c/d": 2}});
        assert_eq!(get(&object, "a.l[0].x"), Some(&json!(1)));
        assert_eq!(get(&object, "a[b.c/d]"), Some(&json!(2)));
        assert_eq!(get(&object, "a.none"), None);
        assert!(set(&mut object, "a.l[0].x", json!(5)) && set(&mut object, "n.m", json!(6)));
        assert!(!set(&mut object, "a.l[7]", json!(0)));
        assert_eq!(get(&object, "a.l[0].x"), Some(&json!(5)));
        assert_eq!(get(&object, "n.m"), Some(&json!(6)));
    }
}
