//! Structural schemas: the form of `openAPIV3Schema` that pruning, defaulting, apply and validation
//! can walk, read once when a definition changes.

use indexmap::IndexMap;
use regex::Regex;
use serde_json::Value;

/// The JSON type that a schema demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    /// No type: int-or-string, or anything under preserve-unknown-fields.
    Any,
}

impl Type {
    /// The name in schemas; empty for no type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Any => "",
        }
    }

    fn parse(name: &str) -> Self {
        match name {
            "object" => Self::Object,
            "array" => Self::Array,
            "string" => Self::String,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            _ => Self::Any,
        }
    }
}

/// How apply and patches treat a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ListType {
    #[default]
    Atomic,
    Set,
    Map(Vec<String>),
}

/// What keys beside the declared properties may hold.
#[derive(Clone, Debug, Default)]
pub(crate) enum Additional {
    /// Nothing is said.
    #[default]
    Unsaid,
    /// `true`: anything.
    Anything,
    /// Values of a schema.
    Schema(Box<Structural>),
}

/// One node of a structural schema.
#[derive(Clone, Debug)]
pub(crate) struct Structural {
    pub(crate) ty: Type,
    pub(crate) properties: IndexMap<String, Structural>,
    pub(crate) additional: Additional,
    pub(crate) items: Option<Box<Structural>>,
    pub(crate) nullable: bool,
    pub(crate) default: Option<Value>,
    pub(crate) preserve_unknown: bool,
    pub(crate) embedded: bool,
    pub(crate) int_or_string: bool,
    pub(crate) list: ListType,
    pub(crate) atomic_map: bool,
    pub(crate) rules: Rules,
}

/// The keywords that restrict values without giving them structure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) required: Vec<String>,
    pub(crate) allowed: Vec<Value>,
    pub(crate) pattern: Option<Regex>,
    pub(crate) pattern_text: String,
    pub(crate) format: String,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    pub(crate) exclusive_minimum: bool,
    pub(crate) exclusive_maximum: bool,
    pub(crate) multiple_of: Option<f64>,
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) min_items: Option<u64>,
    pub(crate) max_items: Option<u64>,
    pub(crate) min_properties: Option<u64>,
    pub(crate) max_properties: Option<u64>,
    pub(crate) all_of: Vec<Structural>,
    pub(crate) any_of: Vec<Structural>,
    pub(crate) one_of: Vec<Structural>,
    pub(crate) not: Option<Box<Structural>>,
    /// CEL rules are present; they are not evaluated.
    pub(crate) expressions: bool,
}

impl Structural {
    /// Reads a schema; what is malformed in it was refused by the admission of definitions.
    pub(crate) fn parse(schema: &Value) -> Self {
        let flag = |key: &str| schema.get(key).and_then(Value::as_bool).unwrap_or(false);
        let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
        Self {
            ty: Type::parse(text("type")),
            properties: properties(schema),
            additional: additional(schema),
            items: schema.get("items").filter(|i| i.is_object()).map(|i| Box::new(Self::parse(i))),
            nullable: flag("nullable"),
            default: schema.get("default").cloned(),
            preserve_unknown: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            int_or_string: flag("x-kubernetes-int-or-string"),
            list: list_type(schema),
            atomic_map: text("x-kubernetes-map-type") == "atomic",
            rules: Rules::parse(schema),
        }
    }

    /// The schema of a key of an object, declared or additional.
    pub(crate) fn field(&self, key: &str) -> Option<&Structural> {
        self.properties.get(key).or(match &self.additional {
            Additional::Schema(schema) => Some(schema),
            Additional::Unsaid | Additional::Anything => None,
        })
    }

    /// Whether an object may have a key, specified or free.
    pub(crate) fn allows(&self, key: &str) -> bool {
        self.field(key).is_some()
            || self.preserve_unknown
            || matches!(self.additional, Additional::Anything)
    }
}

fn properties(schema: &Value) -> IndexMap<String, Structural> {
    let map = schema.get("properties").and_then(Value::as_object);
    map.into_iter().flatten().map(|(key, s)| (key.clone(), Structural::parse(s))).collect()
}

fn additional(schema: &Value) -> Additional {
    match schema.get("additionalProperties") {
        Some(Value::Bool(true)) => Additional::Anything,
        Some(schema @ Value::Object(_)) => Additional::Schema(Box::new(Structural::parse(schema))),
        _ => Additional::Unsaid,
    }
}

fn list_type(schema: &Value) -> ListType {
    match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("set") => ListType::Set,
        Some("map") => {
            let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
            let keys = keys.into_iter().flatten().filter_map(|k| Some(k.as_str()?.to_owned()));
            ListType::Map(keys.collect())
        }
        _ => ListType::Atomic,
    }
}

impl Rules {
    fn parse(schema: &Value) -> Self {
        let number = |key: &str| schema.get(key).and_then(Value::as_f64);
        let count = |key: &str| schema.get(key).and_then(Value::as_u64);
        let flag = |key: &str| schema.get(key).and_then(Value::as_bool).unwrap_or(false);
        let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
        let list =
            |key: &str| schema.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let schemas = |key: &str| list(key).iter().map(Structural::parse).collect();
        Self {
            required: list("required")
                .iter()
                .filter_map(|r| Some(r.as_str()?.to_owned()))
                .collect(),
            allowed: list("enum"),
            pattern: schema.get("pattern").and_then(Value::as_str).and_then(|p| Regex::new(p).ok()),
            pattern_text: text("pattern").to_owned(),
            format: text("format").to_owned(),
            minimum: number("minimum"),
            maximum: number("maximum"),
            exclusive_minimum: flag("exclusiveMinimum"),
            exclusive_maximum: flag("exclusiveMaximum"),
            multiple_of: number("multipleOf"),
            min_length: count("minLength"),
            max_length: count("maxLength"),
            min_items: count("minItems"),
            max_items: count("maxItems"),
            min_properties: count("minProperties"),
            max_properties: count("maxProperties"),
            all_of: schemas("allOf"),
            any_of: schemas("anyOf"),
            one_of: schemas("oneOf"),
            not: schema.get("not").map(|n| Box::new(Structural::parse(n))),
            expressions: schema.get("x-kubernetes-validations").is_some(),
        }
    }
}
