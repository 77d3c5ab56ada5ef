//! One canonical JSON form for built-in objects: the form a real server would write.
//!
//! Decoding drops what a type does not declare, refuses wrong types in Go's words, and canonicalises
//! quantities and times; the result has every field in order of declaration, empty fields left out
//! or written as Go's encoder does. Invariant: normalising twice changes nothing.

use base64::Engine as _;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::facts::{Field, FieldType, KindFacts, Schema, TypeFacts, TypeId};
use super::quantity::Quantity;
use crate::go_json;

/// Why a body is not an object of its kind; the text is Go's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(pub String);

/// A canonical value, and the paths of the fields that its type does not declare.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalized {
    /// The value as it is stored and served.
    pub value: Value,
    /// Such as `spec.template.spec.containers[0].imagee`; these were dropped.
    pub unknown: Vec<String>,
}

impl Schema {
    /// Brings an object of a kind into its canonical form.
    ///
    /// # Errors
    /// When a value has the wrong type, in the words of Go's decoder.
    pub fn normalize(&self, kind: &KindFacts, value: Value) -> Result<Normalized, DecodeError> {
        self.normalize_type(kind.ty, value)
    }

    /// Brings a value of a type into its canonical form.
    ///
    /// # Errors
    /// When a value has the wrong type, in the words of Go's decoder.
    pub fn normalize_type(&self, ty: TypeId, value: Value) -> Result<Normalized, DecodeError> {
        let mut pass = Pass { schema: self, unknown: Vec::new() };
        let place = Place { path: String::new(), plain: String::new(), owner: "" };
        let value = pass.object(ty, value, &place)?;
        Ok(Normalized { value, unknown: pass.unknown })
    }
}

/// Where a value stands: its path with indices, its path without, and the type that declares it.
struct Place<'a> {
    path: String,
    plain: String,
    owner: &'a str,
}

impl<'a> Place<'a> {
    fn field(&self, name: &str, owner: &'a str) -> Self {
        Self { path: dotted(&self.path, name), plain: dotted(&self.plain, name), owner }
    }

    /// An entry of a map, whose key Go's decoder does not tell.
    fn entry(&self, key: &str) -> Self {
        Self { path: dotted(&self.path, key), plain: self.plain.clone(), owner: self.owner }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            path: format!("{}[{index}]", self.path),
            plain: self.plain.clone(),
            owner: self.owner,
        }
    }
}

fn dotted(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

struct Pass<'s> {
    schema: &'s Schema,
    unknown: Vec<String>,
}

impl<'s> Pass<'s> {
    fn object(&mut self, id: TypeId, value: Value, at: &Place<'_>) -> Result<Value, DecodeError> {
        let facts = self.schema.ty(id);
        let mut given = match value {
            Value::Object(map) => map,
            Value::Null => Map::new(),
            other => return Err(self.mismatch(&other, &FieldType::Struct(id), at)),
        };
        let mut out = Map::new();
        self.note_unknown(facts, &given, at);
        fold_string_data(facts, &mut given);
        for field in &facts.fields {
            let place = at.field(&field.name, facts.short_name());
            let value = match given.shift_remove(&field.name) {
                None | Some(Value::Null) => None,
                Some(value) => Some(self.value(&field.ty, value, &place)?),
            };
            if let Some(value) = self.written(field, value)? {
                out.insert(field.name.clone(), value);
            }
        }
        Ok(Value::Object(out))
    }

    fn note_unknown(&mut self, facts: &TypeFacts, given: &Map<String, Value>, at: &Place<'_>) {
        for key in given.keys().filter(|key| facts.field(key).is_none()) {
            self.unknown.push(dotted(&at.path, key));
        }
    }

    /// What Go's encoder writes for a field, if anything.
    fn written(
        &mut self,
        field: &Field,
        value: Option<Value>,
    ) -> Result<Option<Value>, DecodeError> {
        let Some(value) = value else { return self.absent(field) };
        let droppable = field.omit_empty && !field.pointer;
        Ok((!(droppable && is_empty(&field.ty, &value))).then_some(value))
    }

    /// What stands for a field that was not given.
    fn absent(&mut self, field: &Field) -> Result<Option<Value>, DecodeError> {
        if field.omit_zero || (field.pointer && field.omit_empty) {
            return Ok(None);
        }
        if field.pointer {
            return Ok(Some(Value::Null));
        }
        Ok(match &field.ty {
            FieldType::Struct(id) => {
                let place = Place { path: String::new(), plain: String::new(), owner: "" };
                Some(self.object(*id, json!({}), &place)?)
            }
            FieldType::Time | FieldType::MicroTime | FieldType::Raw => Some(Value::Null),
            FieldType::IntOrString => Some(json!(0)),
            FieldType::Quantity => Some(json!("0")),
            _ if field.omit_empty => None,
            FieldType::String => Some(json!("")),
            FieldType::Bool => Some(json!(false)),
            FieldType::Int32 | FieldType::Int64 | FieldType::Double => Some(json!(0)),
            _ => Some(Value::Null),
        })
    }

    fn value(
        &mut self,
        ty: &'s FieldType,
        value: Value,
        at: &Place<'_>,
    ) -> Result<Value, DecodeError> {
        match ty {
            FieldType::Struct(id) => self.object(*id, value, at),
            FieldType::List(item) => self.list(ty, item, value, at),
            FieldType::Map(item) => self.map(ty, item, value, at),
            FieldType::PropsOrArray | FieldType::PropsOrBool | FieldType::PropsOrStrings => {
                self.props(value, at)
            }
            FieldType::Raw | FieldType::Fields | FieldType::Json => Ok(value),
            FieldType::Time | FieldType::MicroTime if value.is_null() => Ok(value),
            _ => self.scalar(ty, value, at),
        }
    }

    fn list(
        &mut self,
        ty: &FieldType,
        item: &'s FieldType,
        value: Value,
        at: &Place<'_>,
    ) -> Result<Value, DecodeError> {
        let Value::Array(items) = value else { return Err(self.mismatch(&value, ty, at)) };
        let mut out = Vec::with_capacity(items.len());
        for (index, value) in items.into_iter().enumerate() {
            let value = if value.is_null() { zero(item) } else { value };
            out.push(self.value(item, value, &at.item(index))?);
        }
        Ok(Value::Array(out))
    }

    fn map(
        &mut self,
        ty: &FieldType,
        item: &'s FieldType,
        value: Value,
        at: &Place<'_>,
    ) -> Result<Value, DecodeError> {
        let Value::Object(map) = value else { return Err(self.mismatch(&value, ty, at)) };
        let mut entries: Vec<(String, Value)> = map.into_iter().collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let mut out = Map::new();
        for (key, value) in entries {
            let value = if value.is_null() { zero(item) } else { value };
            let value = self.value(item, value, &at.entry(&key))?;
            out.insert(key, value);
        }
        Ok(Value::Object(out))
    }

    /// A schema, or one of the shorter forms it may take.
    fn props(&mut self, value: Value, at: &Place<'_>) -> Result<Value, DecodeError> {
        let props = self.schema.type_named("apiextensions.v1.JSONSchemaProps");
        match (props, value) {
            (Some(props), value @ Value::Object(_)) => self.object(props, value, at),
            (_, other) => Ok(other),
        }
    }

    fn scalar(&self, ty: &FieldType, value: Value, at: &Place<'_>) -> Result<Value, DecodeError> {
        let kept = match (ty, &value) {
            (FieldType::String, Value::String(_)) | (FieldType::Bool, Value::Bool(_)) => true,
            (FieldType::Int32, Value::Number(n)) => {
                n.as_i64().is_some_and(|n| i32::try_from(n).is_ok())
            }
            (FieldType::Int64, Value::Number(n)) => n.as_i64().is_some(),
            (FieldType::Double, Value::Number(_)) => true,
            (FieldType::IntOrString, Value::String(_)) => true,
            (FieldType::IntOrString, Value::Number(n)) => n.as_i64().is_some(),
            _ => false,
        };
        if kept {
            return Ok(value);
        }
        self.converted(ty, &value).ok_or_else(|| self.mismatch(&value, ty, at))?
    }

    /// A value that is written otherwise than it was given; none when its type is wrong.
    fn converted(&self, ty: &FieldType, value: &Value) -> Option<Result<Value, DecodeError>> {
        match (ty, value) {
            (FieldType::Int32 | FieldType::Int64 | FieldType::IntOrString, Value::Number(n)) => {
                whole_float(n.as_f64()?).map(Ok)
            }
            (FieldType::Quantity, Value::String(_) | Value::Number(_)) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Some(Quantity::parse(&text).map(|q| json!(q.to_string())).ok_or_else(|| {
                    DecodeError(format!(
                        "quantities must match the regular expression '{QUANTITY_PATTERN}'"
                    ))
                }))
            }
            (FieldType::Time | FieldType::MicroTime, Value::String(text)) => {
                Some(canonical_time(text, *ty == FieldType::MicroTime))
            }
            (FieldType::Bytes, Value::String(text)) => Some(check_base64(text)),
            _ => None,
        }
    }

    fn mismatch(&self, value: &Value, ty: &FieldType, at: &Place<'_>) -> DecodeError {
        let got = match value {
            Value::Number(n) if matches!(ty, FieldType::Int32 | FieldType::Int64) => {
                format!("number {n}")
            }
            other => go_json::kind(other).to_owned(),
        };
        let go = self.go_type(ty);
        DecodeError(if at.owner.is_empty() {
            go_json::cannot_unmarshal(&got, &go)
        } else {
            format!(
                "json: cannot unmarshal {got} into Go struct field {}.{} of type {go}",
                at.owner, at.plain
            )
        })
    }

    /// The name of a type in Go's messages.
    fn go_type(&self, ty: &FieldType) -> String {
        match ty {
            FieldType::String => "string".to_owned(),
            FieldType::Bool => "bool".to_owned(),
            FieldType::Int32 => "int32".to_owned(),
            FieldType::Int64 => "int64".to_owned(),
            FieldType::Double => "float64".to_owned(),
            FieldType::Bytes => "[]uint8".to_owned(),
            FieldType::Time => "v1.Time".to_owned(),
            FieldType::MicroTime => "v1.MicroTime".to_owned(),
            FieldType::Quantity => "resource.Quantity".to_owned(),
            FieldType::IntOrString => "intstr.IntOrString".to_owned(),
            FieldType::List(item) => format!("[]{}", self.go_type(item)),
            FieldType::Map(item) => format!("map[string]{}", self.go_type(item)),
            FieldType::Struct(id) => {
                let name = &self.schema.ty(*id).name;
                name.split_once('.').map_or(name.as_str(), |(_, rest)| rest).to_owned()
            }
            _ => "v1.JSON".to_owned(),
        }
    }
}

const QUANTITY_PATTERN: &str = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$";

/// Secret's write-only text is folded into its data, where it wins.
fn fold_string_data(facts: &TypeFacts, given: &mut Map<String, Value>) {
    if facts.name != "core.v1.Secret" {
        return;
    }
    let Some(Value::Object(texts)) = given.shift_remove("stringData") else { return };
    let data = given.entry("data").or_insert_with(|| json!({}));
    if data.is_null() {
        *data = json!({});
    }
    if let Value::Object(data) = data {
        for (key, text) in texts {
            let text = text.as_str().unwrap_or_default();
            data.insert(key, json!(base64::engine::general_purpose::STANDARD.encode(text)));
        }
    }
}

fn zero(ty: &FieldType) -> Value {
    match ty {
        FieldType::String | FieldType::Bytes => json!(""),
        FieldType::Bool => json!(false),
        FieldType::Int32 | FieldType::Int64 | FieldType::Double => json!(0),
        FieldType::IntOrString => json!(0),
        FieldType::Quantity => json!("0"),
        FieldType::Struct(_) | FieldType::Map(_) => json!({}),
        FieldType::List(_) => json!([]),
        _ => Value::Null,
    }
}

/// Whether Go's `omitempty` leaves a value out; objects are never empty in its sense.
fn is_empty(ty: &FieldType, value: &Value) -> bool {
    match (ty, value) {
        (FieldType::Struct(_) | FieldType::IntOrString | FieldType::Quantity, _) => false,
        (FieldType::Raw | FieldType::Fields | FieldType::Json, _) => false,
        (_, Value::Null) => true,
        (_, Value::Bool(b)) => !b,
        (_, Value::Number(n)) => n.as_f64() == Some(0.0),
        (_, Value::String(s)) => s.is_empty(),
        (_, Value::Array(a)) => a.is_empty(),
        (_, Value::Object(o)) => o.is_empty(),
    }
}

/// `3.0` as `3`.
fn whole_float(number: f64) -> Option<Value> {
    #[allow(clippy::cast_possible_truncation, reason = "bounded and without fraction")]
    (number.fract() == 0.0 && number.abs() < 9.0e15).then(|| json!(number as i64))
}

fn canonical_time(text: &str, micro: bool) -> Result<Value, DecodeError> {
    let time: Timestamp = text.parse().map_err(|_| {
        DecodeError(format!(
            "parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text:?} as \"2006\""
        ))
    })?;
    let format = if micro { "%Y-%m-%dT%H:%M:%S%.6fZ" } else { "%Y-%m-%dT%H:%M:%SZ" };
    Ok(json!(time.strftime(format).to_string()))
}

fn check_base64(text: &str) -> Result<Value, DecodeError> {
    let compact: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    let engine = base64::engine::general_purpose::STANDARD;
    match engine.decode(&compact) {
        Ok(bytes) => Ok(json!(engine.encode(bytes))),
        Err(base64::DecodeError::InvalidByte(at, _)) => {
            Err(DecodeError(format!("illegal base64 data at input byte {at}")))
        }
        Err(_) => Err(DecodeError(format!("illegal base64 data at input byte {}", compact.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalize(value: Value) -> Result<Normalized, DecodeError> {
        let schema = Schema::builtin();
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let kind = schema.kind(&text("apiVersion"), &text("kind")).expect("kind").clone();
        schema.normalize(&kind, value)
    }

    fn check(given: Value, expected: &str) {
        let once = normalize(given).expect("decodes");
        assert_eq!(once.value.to_string(), expected);
        let twice = normalize(once.value.clone()).expect("decodes");
        assert_eq!(twice.value, once.value);
    }

    #[test]
    fn objects_are_written_as_go_writes_them() {
        check(
            json!({"kind": "Deployment", "spec": {"template": {"spec": {"containers": [
                {"image": "b", "name": "a", "resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}}}]}},
                "replicas": 0, "selector": null}, "metadata": {"name": "x", "labels": {"b": "1", "a": "2"}},
                "apiVersion": "apps/v1"}),
            r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"x","labels":{"a":"2","b":"1"}},"spec":{"replicas":0,"selector":null,"template":{"metadata":{},"spec":{"containers":[{"name":"a","image":"b","resources":{"limits":{"cpu":"500m","memory":"1Gi"}}}]}},"strategy":{}},"status":{}}"#,
        );
        check(
            json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}}),
            r#"{"kind":"Service","apiVersion":"v1","metadata":{},"spec":{"ports":[{"port":80,"targetPort":0}]},"status":{"loadBalancer":{}}}"#,
        );
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "b"}, "data": {"c": "ZA=="}}),
            r#"{"kind":"Secret","apiVersion":"v1","metadata":{},"data":{"a":"Yg==","c":"ZA=="}}"#,
        );
    }

    #[test]
    fn unknown_fields_are_named_and_dropped() {
        let got = normalize(json!({"apiVersion": "apps/v1", "kind": "Deployment", "foo": 1,
            "spec": {"template": {"spec": {"containers": [{"name": "a", "imagee": "b"}]}}}}))
        .expect("decodes");
        assert_eq!(got.unknown, ["foo", "spec.template.spec.containers[0].imagee"]);
    }

    #[test]
    fn wrong_types_are_refused_in_go_words() {
        for (spec, expected) in [
            (
                json!({"replicas": "3"}),
                "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
            (
                json!({"template": {"spec": {"containers": {"a": 1}}}}),
                "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
            ),
            (
                json!({"replicas": 1.5}),
                "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
        ] {
            let body = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec});
            assert_eq!(normalize(body).expect_err("wrong type").to_string(), expected);
        }
    }
}
