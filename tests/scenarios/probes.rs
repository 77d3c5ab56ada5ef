//! Requests with small variations of everything that can be wrong: the embedded hub answers each as
//! the genuine API server beside it does, to the letter of its messages and the order of its fields.
//!
//! The table is `probes.yaml`. What time and chance decide (uids, versions, times, addresses) is not
//! compared, nor are the sentences that explain columns.

use std::fmt::Write as _;

use http::{Request, Response};
use kube::client::Body;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::backend::Cluster;

const TABLE: &str = include_str!("probes.yaml");

/// One request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Probe {
    about: String,
    r#do: String,
    #[serde(default = "as_json")]
    r#as: String,
    #[serde(default = "as_json")]
    accept: String,
    body: Option<Value>,
    /// A collection that is served before the request is made.
    wait: Option<String>,
    /// Why the hub may answer otherwise.
    differs: Option<String>,
}

fn as_json() -> String {
    "application/json".to_owned()
}

/// Makes every request of both and compares the answers.
pub(crate) async fn are_answered_alike(genuine: &Cluster, embedded: &Cluster) {
    let table = TABLE.replace("{ns}", "probes").replace("{group}", "probes.example.org");
    let probes: Vec<Probe> = serde_saphyr::from_str(&table).expect("the table is well formed");
    let mut told = String::new();
    for cluster in [genuine, embedded] {
        super::backend::namespace(cluster, "probes").await;
    }
    let chance = Chance::new();
    let mut alike = 0;
    for probe in &probes {
        if let Some(path) = &probe.wait {
            tokio::join!(genuine.listed(path), embedded.listed(path));
        }
        let (theirs, ours) = tokio::join!(answer(genuine, probe), answer(embedded, probe));
        let (theirs, ours) = (chance.settled(theirs), chance.settled(ours));
        let mut found = Vec::new();
        differences("", &theirs, &ours, &mut found);
        let told = &mut told;
        match (&probe.differs, found.as_slice()) {
            (None, []) => alike += 1,
            (Some(_), []) => writeln!(told, "{}: alike now; strike `differs`", probe.about)
                .expect("a string takes all"),
            (Some(why), _) => eprintln!("differs: {}: {why}", probe.about),
            (None, found) => {
                writeln!(told, "{}: {}\n  {}", probe.about, probe.r#do, found.join("\n  "))
                    .expect("a string takes all");
            }
        }
    }
    eprintln!("{alike} of {} probes are answered alike", probes.len());
    assert!(told.is_empty(), "the hub answers otherwise than a genuine server:\n{told}");
}

/// Status code, content type, warnings and body of an answer.
async fn answer(cluster: &Cluster, probe: &Probe) -> Value {
    let (method, path) = probe.r#do.split_once(' ').expect("a method and a path");
    let body = match &probe.body {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", &probe.r#as)
        .header("accept", &probe.accept)
        .body(body.into_bytes().into())
        .expect("a request");
    let response = cluster.client.send(request).await.expect("an answer");
    let warnings = headers(&response, "warning");
    let form = headers(&response, "content-type");
    let code = response.status().as_u16();
    let bytes = response.into_body().collect_bytes().await.expect("a whole answer");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    json!({"code": code, "form": form, "warnings": warnings, "body": body})
}

fn headers(response: &Response<Body>, name: &str) -> Vec<String> {
    let all = response.headers().get_all(name).iter();
    all.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

/// Fields that time and chance decide.
const CHANCE: &[&str] = &[
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "time",
    "lastTransitionTime",
    "lastPhaseTransitionTime",
    "continue",
    "storageVersionHash",
    "clusterIP",
    "nodePort",
];

/// What stands for uids, times, versions and the place of the store in texts. Objects are quoted in
/// them, so that quotes may be escaped.
const CHANCE_IN_TEXTS: &[(&str, &str)] = &[
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "*"),
    (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z", "*"),
    (r#"(resourceVersion\\*":\\*")[0-9]+"#, "$1*"),
    (r"in record \([0-9]+\)", "in record (*)"),
    (r"Key: /[^/]+/", "Key: /*/"),
];

/// Takes out of answers what time and chance decide.
struct Chance {
    in_texts: Vec<(Regex, &'static str)>,
    /// How long ago something was, and the address of a Service.
    in_cells: Regex,
}

impl Chance {
    fn new() -> Self {
        let pattern = |text: &str| Regex::new(text).expect("a pattern");
        Self {
            in_texts: CHANCE_IN_TEXTS
                .iter()
                .map(|(text, stand_in)| (pattern(text), *stand_in))
                .collect(),
            in_cells: pattern("^([0-9]+[dhms])+$|^10([.][0-9]+){3}$"),
        }
    }

    fn settled(&self, value: Value) -> Value {
        match value {
            Value::Object(map) => {
                Value::Object(map.into_iter().map(|(k, v)| self.settled_field(k, v)).collect())
            }
            Value::Array(items) => items.into_iter().map(|item| self.settled(item)).collect(),
            Value::String(text) => Value::String(self.settled_text(text)),
            other => other,
        }
    }

    fn settled_field(&self, key: String, value: Value) -> (String, Value) {
        let set = !value.is_null() && value != "" && value != "None";
        let chance = set && CHANCE.contains(&key.as_str()) && !value.is_object();
        let value = match (key.as_str(), value) {
            ("clusterIPs", value) if value != json!(["None"]) => json!("*"),
            ("cells", Value::Array(cells)) => {
                cells.into_iter().map(|c| self.settled_cell(c)).collect()
            }
            ("columnDefinitions", columns) => without_descriptions(columns),
            ("managedFields", owners) => by_owner(self.settled(owners)),
            _ if chance => json!("*"),
            (_, value) => self.settled(value),
        };
        (key, value)
    }

    fn settled_cell(&self, cell: Value) -> Value {
        match cell.as_str() {
            Some(text) if self.in_cells.is_match(text) => json!("*"),
            _ => self.settled(cell),
        }
    }

    fn settled_text(&self, text: String) -> String {
        self.in_texts.iter().fold(text, |text, (pattern, stand_in)| {
            pattern.replace_all(&text, *stand_in).into_owned()
        })
    }
}

/// Owners in an order of their own: a server sorts them by time, to the second.
fn by_owner(mut owners: Value) -> Value {
    if let Some(list) = owners.as_array_mut() {
        list.sort_by_key(Value::to_string);
    }
    owners
}

/// Columns without the sentences that explain them, which no client prints.
fn without_descriptions(mut columns: Value) -> Value {
    for column in columns.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        column.shift_remove("description");
    }
    columns
}

/// Where two answers differ, in sentences.
fn differences(place: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => fields(place, a, b, found),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{place}[{index}]"), a, b, found);
            }
        }
        _ if theirs == ours => {}
        _ => found.push(format!("{place}: genuine {theirs}, embedded {ours}")),
    }
}

fn fields(place: &str, a: &Map<String, Value>, b: &Map<String, Value>, found: &mut Vec<String>) {
    let before = found.len();
    for (key, theirs) in a {
        match b.get(key) {
            Some(ours) => differences(&format!("{place}.{key}"), theirs, ours, found),
            None => found.push(format!("{place}.{key}: only genuine: {theirs}")),
        }
    }
    for (key, ours) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
        found.push(format!("{place}.{key}: only embedded: {ours}"));
    }
    if found.len() == before && !a.keys().eq(b.keys()) {
        let order = |map: &Map<String, Value>| map.keys().cloned().collect::<Vec<_>>().join(" ");
        found.push(format!("{place}: order: genuine {}, embedded {}", order(a), order(b)));
    }
}
