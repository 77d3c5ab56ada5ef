//! Custom resources: from a CustomResourceDefinition to served, checked versions.
//!
//! [`resources`] reads a definition into rows of the catalog; the parts below prune, default and
//! validate objects; [`definition`] checks definitions themselves; [`lifecycle`] accepts names and
//! keeps the catalog true.

pub(crate) mod defaulting;
pub(crate) mod definition;
mod formats;
pub(crate) mod lifecycle;
pub(crate) mod prune;
pub(crate) mod scale;
pub(crate) mod structural;
pub(crate) mod validation;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use self::scale::ScalePaths;
use crate::api::table::{AGE_DESCRIPTION, JsonPath};
use crate::catalog::{Resource, Rules, Subresource};
use crate::json;
use crate::schema::translate_age;
use crate::store::Collection;
use structural::Structural;

/// Group and plural of the definitions themselves.
pub(crate) const GROUP: &str = "apiextensions.k8s.io";
pub(crate) const PLURAL: &str = "customresourcedefinitions";
/// Holds a definition until its instances are gone.
pub(crate) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// What can be done with custom resources, in the order of discovery.
const VERBS: [&str; 8] =
    ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/// A printer column of a custom resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) format: String,
    pub(crate) description: String,
    pub(crate) priority: i64,
    path: JsonPath,
}

impl Column {
    fn parse(column: &Value) -> Option<Self> {
        let text = |key: &str| json::text(column, &[key]).to_owned();
        Some(Self {
            name: text("name"),
            kind: text("type"),
            format: text("format"),
            description: match text("description") {
                given if given.is_empty() => {
                    let path = text("jsonPath");
                    format!("Custom resource definition column (in JSONPath format): {path}")
                }
                given => given,
            },
            priority: json::int(column, &["priority"]).unwrap_or(0),
            path: JsonPath::parse(json::text(column, &["jsonPath"])).ok()?,
        })
    }

    fn age() -> Option<Self> {
        Some(Self {
            name: "Age".to_owned(),
            kind: "date".to_owned(),
            format: String::new(),
            description: AGE_DESCRIPTION.to_owned(),
            priority: 0,
            path: JsonPath::parse(".metadata.creationTimestamp").ok()?,
        })
    }

    /// The cell of an object.
    pub(crate) fn cell(&self, object: &Value, now: Timestamp) -> Value {
        let Some(value) = self.path.first(object) else { return Value::Null };
        match (self.kind.as_str(), value) {
            (_, Value::Null) => Value::Null,
            ("date", time @ Value::String(_)) => Value::String(translate_age(time, now)),
            ("string", Value::String(text)) => Value::String(text.clone()),
            ("string", other) => Value::String(other.to_string()),
            ("integer", Value::Number(n)) => n.as_i64().map_or(Value::Null, Value::from),
            ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => value.clone(),
            _ => Value::Null,
        }
    }
}

/// One served version of a custom resource.
#[derive(Clone, Debug)]
pub(crate) struct CustomVersion {
    pub(crate) columns: Vec<Column>,
    /// Dotted paths that field selectors may name.
    pub(crate) selectable: Vec<String>,
    pub(crate) schema: Structural,
    /// The schema as it was written, for OpenAPI.
    pub(crate) published: Value,
    pub(crate) scale: Option<ScalePaths>,
    /// The warning for every use of a deprecated version.
    pub(crate) deprecation: Option<String>,
}

/// The rows of the catalog that a definition serves.
pub(crate) fn resources(definition: &Value) -> Vec<Resource> {
    json::items(definition, &["spec", "versions"])
        .iter()
        .filter(|version| version.get("served") == Some(&Value::Bool(true)))
        .map(|version| resource(definition, version))
        .collect()
}

fn resource(definition: &Value, version: &Value) -> Resource {
    let spec = |path: &[&str]| json::text(&definition["spec"], path).to_owned();
    let names = |key: &str| {
        let list = json::items(definition, &["spec", "names", key]);
        list.iter().filter_map(|n| Some(n.as_str()?.to_owned())).collect::<Vec<_>>()
    };
    let (group, plural, kind) =
        (spec(&["group"]), spec(&["names", "plural"]), spec(&["names", "kind"]));
    Resource {
        version: json::text(version, &["name"]).to_owned(),
        singular: spec(&["names", "singular"]),
        list_kind: spec(&["names", "listKind"]),
        namespaced: spec(&["scope"]) == "Namespaced",
        verbs: VERBS.map(str::to_owned).to_vec(),
        short_names: names("shortNames"),
        categories: names("categories"),
        subresources: subresources(version, &kind),
        rules: Rules { generation: true, version_required: true, ..Rules::default() },
        storage: Collection::new(&group, &plural),
        facts: None,
        custom: Some(Arc::new(custom(version, &group, &kind))),
        projection: None,
        group,
        plural,
        kind,
    }
}

fn subresources(version: &Value, kind: &str) -> Vec<Subresource> {
    let has = |name: &str| version.get("subresources").and_then(|s| s.get(name)).is_some();
    let row = |name: &str, kind: &str, foreign: Option<(&str, &str)>| Subresource {
        name: name.to_owned(),
        kind: kind.to_owned(),
        foreign: foreign.map(|(group, version)| (group.to_owned(), version.to_owned())),
        verbs: ["get", "patch", "update"].map(str::to_owned).to_vec(),
    };
    let mut list = Vec::new();
    if has("status") {
        list.push(row("status", kind, None));
    }
    if has("scale") {
        list.push(row("scale", "Scale", Some(("autoscaling", "v1"))));
    }
    list
}

fn custom(version: &Value, group: &str, kind: &str) -> CustomVersion {
    let schema = json::at(version, &["schema", "openAPIV3Schema"]).cloned().unwrap_or_default();
    let columns = json::items(version, &["additionalPrinterColumns"]);
    let columns: Vec<Column> = match columns {
        [] => Column::age().into_iter().collect(),
        given => given.iter().filter_map(Column::parse).collect(),
    };
    CustomVersion {
        columns,
        selectable: json::items(version, &["selectableFields"])
            .iter()
            .map(|f| json::text(f, &["jsonPath"]).trim_start_matches('.').to_owned())
            .collect(),
        schema: Structural::parse(&schema),
        published: schema,
        scale: scale(version),
        deprecation: deprecation(version, group, kind),
    }
}

fn scale(version: &Value) -> Option<ScalePaths> {
    let scale = json::at(version, &["subresources", "scale"])?;
    let path = |key: &str| json::text(scale, &[key]).trim_start_matches('.').to_owned();
    Some(ScalePaths {
        spec_replicas: path("specReplicasPath"),
        status_replicas: path("statusReplicasPath"),
        selector: path("labelSelectorPath"),
    })
}

fn deprecation(version: &Value, group: &str, kind: &str) -> Option<String> {
    if version.get("deprecated") != Some(&Value::Bool(true)) {
        return None;
    }
    let name = json::text(version, &["name"]);
    match json::text(version, &["deprecationWarning"]) {
        "" => Some(format!("{group}/{name} {kind} is deprecated")),
        text => Some(text.to_owned()),
    }
}
