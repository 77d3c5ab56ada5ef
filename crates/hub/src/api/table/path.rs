//! The part of JSONPath that printer columns, scale and selectable fields use:
//! `.a.b`, `['a.b']`, `[0]`, `[*]`, and `[?(@.type=="Ready")]`.

use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Index(i64),
    All,
    Where(Vec<String>, bool, String),
}

/// A compiled path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonPath(Vec<Step>);

impl JsonPath {
    /// Compiles a path; the error says what is not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let inner = trimmed.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(trimmed);
        let mut steps = Vec::new();
        let mut rest = inner.strip_prefix('$').unwrap_or(inner);
        while !rest.is_empty() {
            let (step, after) =
                step(rest).ok_or_else(|| format!("unrecognized path {text:?} at {rest:?}"))?;
            steps.push(step);
            rest = after;
        }
        Ok(Self(steps))
    }

    /// Every value the path leads to.
    pub(crate) fn find<'a>(&self, root: &'a Value) -> Vec<&'a Value> {
        let mut found = vec![root];
        for step in &self.0 {
            found = found.into_iter().flat_map(|value| step.follow(value)).collect();
        }
        found
    }

    /// The first value the path leads to.
    pub(crate) fn first<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.find(root).into_iter().next()
    }
}

fn step(text: &str) -> Option<(Step, &str)> {
    if let Some(rest) = text.strip_prefix('.') {
        return match rest.strip_prefix('*') {
            Some(after) => Some((Step::All, after)),
            None => field(rest),
        };
    }
    let rest = text.strip_prefix('[')?;
    if let Some(filter) = rest.strip_prefix("?(") {
        return condition(filter);
    }
    if let Some(quoted) = rest.strip_prefix('\'') {
        let (name, after) = quoted.split_once("']")?;
        return Some((Step::Field(name.to_owned()), after));
    }
    let (index, after) = rest.split_once(']')?;
    match index {
        "*" => Some((Step::All, after)),
        index => Some((Step::Index(index.parse().ok()?), after)),
    }
}

/// A field name; a backslash keeps a dot inside it.
fn field(text: &str) -> Option<(Step, &str)> {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => name.push(chars.next()?.1),
            '.' | '[' => return (!name.is_empty()).then(|| (Step::Field(name), &text[at..])),
            c => name.push(c),
        }
    }
    (!name.is_empty()).then_some((Step::Field(name), ""))
}

/// `@.a.b=="c")]`
fn condition(text: &str) -> Option<(Step, &str)> {
    let (inner, after) = text.split_once(")]")?;
    let (left, equal, right) = match inner.split_once("==") {
        Some((left, right)) => (left, true, right),
        None => inner.split_once("!=").map(|(left, right)| (left, false, right))?,
    };
    let path = left.trim().strip_prefix("@.")?.split('.').map(str::to_owned).collect();
    let value = right.trim().trim_matches(['"', '\'']).to_owned();
    Some((Step::Where(path, equal, value), after))
}

impl Step {
    fn follow<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match self {
            Self::Field(name) => value.get(name).into_iter().collect(),
            Self::Index(i) => index(value, *i).into_iter().collect(),
            Self::All => children(value),
            Self::Where(path, equal, wanted) => children(value)
                .into_iter()
                .filter(|child| holds(child, path, wanted) == *equal)
                .collect(),
        }
    }
}

fn index(value: &Value, i: i64) -> Option<&Value> {
    let list = value.as_array()?;
    let at = if i < 0 { list.len().checked_sub(i.unsigned_abs() as usize)? } else { i as usize };
    list.get(at)
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

fn holds(child: &Value, path: &[String], wanted: &str) -> bool {
    match path.iter().try_fold(child, |v, key| v.get(key)) {
        Some(Value::String(text)) => text == wanted,
        Some(other) => *other == *wanted || other.to_string().as_str() == wanted,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths() {
        let object = json!({"status": {"conditions": [
            {"type": "Ready", "status": "True"}, {"type": "Other", "status": "False"}]},
            "spec": {"a.b": 1, "list": [1, 2, 3]}});
        let check = |path: &str, expected: Value| {
            let found = JsonPath::parse(path).unwrap();
            assert_eq!(json!(found.find(&object)), expected, "{path}");
        };
        check(".status.conditions[?(@.type==\"Ready\")].status", json!(["True"]));
        check(".status.conditions[?(@.type=='Ready')].status", json!(["True"]));
        check(".spec.list[0]", json!([1]));
        check(".spec.list[-1]", json!([3]));
        check(".spec.list[*]", json!([1, 2, 3]));
        check(".spec['a.b']", json!([1]));
        check(".spec.a\\.b", json!([1]));
        check(".spec.none.deep", json!([]));
        for bad in ["spec", ".a[", ".a[?(x)]", ".", "..a"] {
            assert!(JsonPath::parse(bad).is_err(), "{bad}");
        }
    }
}
