//! Tables as `kubectl get` prints them: columns and cells of the built-in kinds.
//!
//! Follows the printers of the API server cell by cell. Pure: an object and the present moment give
//! a row. Kinds without a printer show name and creation time.

mod network;
mod pod;
mod rest;
mod workload;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::facts::KindFacts;
use super::time::translate_age;

/// A column's definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The heading.
    pub name: &'static str,
    /// `string`, `integer` or `date`.
    pub ty: &'static str,
    /// `name` for the first column, otherwise empty.
    pub format: &'static str,
    /// 0 always shown, 1 only in wide output.
    pub priority: i32,
}

/// A row's cells, and its conditions (a pod that ended is marked `Completed`).
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// One value a column.
    pub cells: Vec<Value>,
    /// `TableRowCondition` objects.
    pub conditions: Vec<Value>,
}

/// A printer: headings, each with its type, and the cells of an object.
struct Printer {
    columns: &'static [(&'static str, &'static str, i32)],
    cells: fn(&Value, Timestamp) -> Vec<Value>,
}

const S: &str = "string";
const I: &str = "integer";

fn printer(kind: &KindFacts) -> Printer {
    let group = kind.group.as_str();
    workload::printer(group, &kind.kind)
        .or_else(|| network::printer(group, &kind.kind))
        .or_else(|| rest::printer(group, &kind.kind))
        .unwrap_or(Printer {
            columns: &[("Name", S, 0), ("Created At", "date", 0)],
            cells: |object, _| vec![name(object), object["metadata"]["creationTimestamp"].clone()],
        })
}

/// The columns of a kind.
pub fn columns(kind: &KindFacts) -> Vec<Column> {
    let list = printer(kind).columns.iter();
    list.map(|(name, ty, priority)| Column {
        name,
        ty,
        format: if *name == "Name" { "name" } else { "" },
        priority: *priority,
    })
    .collect()
}

/// The row of an object.
pub fn row(kind: &KindFacts, object: &Value, now: Timestamp) -> Row {
    let cells = (printer(kind).cells)(object, now);
    let conditions = if kind.is("", "Pod") { pod::conditions(object) } else { Vec::new() };
    Row { cells, conditions }
}

/// The age cell of custom resources.
pub fn custom_age(object: &Value, now: Timestamp) -> Value {
    age(object, now)
}

fn name(object: &Value) -> Value {
    object["metadata"]["name"].clone()
}

fn age(object: &Value, now: Timestamp) -> Value {
    json!(translate_age(&object["metadata"]["creationTimestamp"], now))
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn or_none(joined: String) -> Value {
    json!(if joined.is_empty() { "<none>".to_owned() } else { joined })
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// Container names and images of a pod spec, each joined by commas.
fn containers(spec: &Value) -> (Value, Value) {
    let join = |key: &str| {
        let list: Vec<&str> = items(spec, "containers").iter().map(|c| text(&c[key])).collect();
        json!(list.join(","))
    };
    (join("name"), join("image"))
}

/// Labels as `a=1,b=2`.
fn labels(map: &Value) -> String {
    let mut pairs: Vec<String> = map
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", text(value)))
        .collect();
    pairs.sort();
    pairs.join(",")
}

/// A label selector as one line.
fn selector(selector: &Value) -> Value {
    if selector.is_null() {
        return json!("<none>");
    }
    let mut parts: Vec<String> = Vec::new();
    let plain = labels(&selector["matchLabels"]);
    if !plain.is_empty() {
        parts.push(plain);
    }
    for expression in items(selector, "matchExpressions") {
        let key = text(&expression["key"]);
        let values: Vec<&str> = items(expression, "values").iter().map(text).collect();
        parts.push(match text(&expression["operator"]) {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        });
    }
    or_none(parts.join(","))
}

/// The status of a condition.
fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(&object["status"], "conditions").iter().find(|c| c["type"] == kind)
}

#[cfg(test)]
mod tests;
