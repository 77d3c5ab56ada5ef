//! The format of one recorded scenario: `scenario.yaml`, its inputs and its expected states.
//!
//! Reference: the README beside the recordings. Unknown keys are errors, so that a new kind of step
//! is never passed over in silence.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// One scenario as its `scenario.yaml` describes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) area: String,
    pub(crate) namespace: String,
    #[serde(default)]
    pub(crate) namespaces: Vec<String>,
    #[serde(default)]
    pub(crate) extra: Vec<Target>,
    #[serde(default)]
    pub(crate) definitions: bool,
    #[serde(default)]
    pub(crate) controller_flags: OneOrMany<String>,
    pub(crate) steps: Vec<Step>,
}

/// One step: one action, then what to wait for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) apply: Option<OneOrMany<String>>,
    pub(crate) patch: Option<Change>,
    pub(crate) edit: Option<Change>,
    pub(crate) delete: Option<Target>,
    pub(crate) cli: Option<String>,
    pub(crate) cluster: Option<String>,
    pub(crate) wait: Option<OneOrMany<Wait>>,
    pub(crate) settle: Option<f64>,
    pub(crate) quiet: Option<f64>,
}

/// An object by kind and name.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Target {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) cluster: Option<String>,
}

/// A merge patch (a map) or a JSON patch (a list) of one object.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Change {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) cluster: Option<String>,
    pub(crate) subresource: Option<String>,
    pub(crate) body: Value,
}

/// A condition on one object; without kind and name, on the Application `app`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Wait {
    pub(crate) kind: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) cluster: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) equals: Option<Value>,
    pub(crate) not: Option<Value>,
    pub(crate) matches: Option<String>,
    #[serde(default)]
    pub(crate) absent: bool,
    #[serde(default)]
    pub(crate) gone: bool,
    pub(crate) timeout: Option<f64>,
}

impl std::fmt::Display for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |text: &Option<String>, none: &str| text.clone().unwrap_or(none.to_owned());
        write!(f, "{} {} ", part(&self.kind, "app"), part(&self.name, "app"))?;
        write!(f, "{} to be {:?}", part(&self.path, "itself"), self.equals)
    }
}

/// YAML that may hold one thing or a list of them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A scenario with the folder that it was read from.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) id: String,
    pub(crate) folder: PathBuf,
    pub(crate) scenario: Scenario,
    after: Vec<Map<String, Value>>,
}

impl Recorded {
    /// Reads a scenario's folder whole; a missing or malformed file is named.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let text = read(&folder.join("scenario.yaml"))?;
        let name = format!("{}/scenario.yaml", folder.display());
        let value: Value =
            serde_saphyr::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
        let scenario: Scenario =
            serde_json::from_value(value).map_err(|error| format!("{name}: {error}"))?;
        let after = (1..=scenario.steps.len())
            .map(|step| {
                let path = folder.join(format!("after-{step}.json"));
                serde_json::from_str(&read(&path)?)
                    .map_err(|error| format!("{}: {error}", path.display()))
            })
            .collect::<Result<_, _>>()?;
        let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { id, folder: folder.to_owned(), scenario, after })
    }

    /// The text of one input, with the placeholders of the scenario filled in.
    pub(crate) fn input(&self, name: &str) -> Result<String, String> {
        let http = format!("http://127.0.0.1:19480/{}", self.scenario.namespace);
        Ok(read(&self.folder.join("inputs").join(name))?
            .replace("$HTTP", &http)
            .replace("$NS", &self.scenario.namespace))
    }

    /// One section of the state after a step (counted from 1), `$unchanged` references followed.
    pub(crate) fn section(&self, step: usize, section: &str) -> Map<String, Value> {
        let Some(Value::Object(entries)) = self.after.get(step - 1).and_then(|s| s.get(section))
        else {
            return Map::new();
        };
        entries
            .iter()
            .map(|(key, value)| (key.clone(), self.resolve(section, key, value, step)))
            .collect()
    }

    /// A list-valued or scalar part of the state after a step.
    pub(crate) fn plain(&self, step: usize, section: &str) -> Option<&Value> {
        self.after.get(step - 1).and_then(|state| state.get(section))
    }

    fn resolve(&self, section: &str, key: &str, value: &Value, step: usize) -> Value {
        let Some(at) = value.get("$unchanged").and_then(Value::as_str) else {
            return value.clone();
        };
        let earlier = at.strip_prefix("after-").and_then(|number| number.parse::<usize>().ok());
        match earlier.filter(|earlier| *earlier < step) {
            Some(earlier) => {
                let value = self.after[earlier - 1].get(section).and_then(|s| s.get(key));
                value.map_or(Value::Null, |value| self.resolve(section, key, value, earlier))
            }
            None => Value::Null,
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
