//! Kubernetes' protobuf encoding of request bodies, which typed Go clients (`kubectl create` among
//! them) send without asking. Read only: every answer is JSON.
//!
//! The facts of the schema give each field's number; a body of a kind that has no facts, such as a
//! custom resource, is refused.

use std::collections::HashMap;

use base64::Engine as _;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::schema::{Field, FieldType, Schema, TypeId};
use crate::status::Status;

/// What every body starts with.
const MAGIC: &[u8] = b"k8s\0";
/// How deep messages may nest.
const DEPTH: usize = 64;

/// Reads a body; the object carries the kind that the envelope names.
pub(crate) fn read(schema: &Schema, bytes: &[u8]) -> Result<Value, Status> {
    let wrong =
        |why: &str| Status::bad_request(format!("couldn't decode the protobuf body: {why}"));
    let envelope = bytes.strip_prefix(MAGIC).ok_or_else(|| wrong("it lacks the k8s prefix"))?;
    let envelope = message(envelope).ok_or_else(|| wrong("its envelope is malformed"))?;
    let meta = envelope.message(1).unwrap_or_default();
    let (version, kind) = (meta.text(1), meta.text(2));
    let ty = type_of(schema, &version, &kind).ok_or_else(|| {
        Status::unsupported_media_type(
            "application/vnd.kubernetes.protobuf",
            &["application/json", "application/yaml"],
        )
    })?;
    let raw = envelope.bytes(2).unwrap_or_default();
    let body = message(raw).ok_or_else(|| wrong("the object is malformed"))?;
    let reader = Reader { schema };
    let object = reader.object(ty, &body, 0).ok_or_else(|| wrong("a field is malformed"))?;
    let mut out = Map::new();
    out.insert("kind".into(), json!(kind));
    out.insert("apiVersion".into(), json!(version));
    for (key, value) in object {
        out.entry(key).or_insert(value);
    }
    Ok(Value::Object(out))
}

/// The type of a kind: a served one, or one that only travels in bodies.
fn type_of(schema: &Schema, api_version: &str, kind: &str) -> Option<TypeId> {
    if let Some(facts) = schema.kind(api_version, kind) {
        return Some(facts.ty);
    }
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("core", api_version));
    let short = group.split('.').next().unwrap_or(group);
    schema
        .type_named(&format!("{short}.{version}.{kind}"))
        .or_else(|| schema.type_named(&format!("meta.v1.{kind}")))
}

#[derive(Clone, Copy, Debug)]
enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of one message, by number.
#[derive(Debug, Default)]
struct Message<'a>(HashMap<u32, Vec<Wire<'a>>>);

fn message(mut bytes: &[u8]) -> Option<Message<'_>> {
    let mut fields: HashMap<u32, Vec<Wire<'_>>> = HashMap::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let wire = match tag & 7 {
            0 => Wire::Number(varint(&mut bytes)?),
            1 => Wire::Number(fixed::<8>(&mut bytes)?),
            5 => Wire::Number(fixed::<4>(&mut bytes)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (value, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                Wire::Bytes(value)
            }
            _ => return None,
        };
        fields.entry(u32::try_from(tag >> 3).ok()?).or_default().push(wire);
    }
    Some(Message(fields))
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn fixed<const N: usize>(bytes: &mut &[u8]) -> Option<u64> {
    let (value, rest) = bytes.split_at_checked(N)?;
    *bytes = rest;
    Some(value.iter().rev().fold(0, |all, byte| (all << 8) | u64::from(*byte)))
}

impl<'a> Message<'a> {
    fn all(&self, number: u32) -> &[Wire<'a>] {
        self.0.get(&number).map_or(&[], Vec::as_slice)
    }

    fn bytes(&self, number: u32) -> Option<&'a [u8]> {
        match self.all(number).last()? {
            Wire::Bytes(bytes) => Some(bytes),
            Wire::Number(_) => None,
        }
    }

    fn message(&self, number: u32) -> Option<Message<'a>> {
        message(self.bytes(number)?)
    }

    fn text(&self, number: u32) -> String {
        String::from_utf8_lossy(self.bytes(number).unwrap_or_default()).into_owned()
    }

    fn number(&self, number: u32) -> i64 {
        match self.all(number).last() {
            Some(Wire::Number(n)) => n.cast_signed(),
            _ => 0,
        }
    }
}

struct Reader<'a> {
    schema: &'a Schema,
}

impl Reader<'_> {
    fn object(&self, ty: TypeId, body: &Message<'_>, depth: usize) -> Option<Map<String, Value>> {
        if depth > DEPTH {
            return None;
        }
        let mut out = Map::new();
        for field in &self.schema.ty(ty).fields {
            if let Some(value) = self.field(field, body, depth)? {
                out.insert(field.name.clone(), value);
            }
        }
        Some(out)
    }

    /// The value of a field, inside the embedded messages its numbers lead through; the inner
    /// `None` when the body does not have it.
    fn field(&self, field: &Field, body: &Message<'_>, depth: usize) -> Option<Option<Value>> {
        let Some((last, outer)) = field.numbers.split_last() else { return Some(None) };
        let mut place = Message(body.0.clone());
        for number in outer {
            match place.bytes(*number) {
                Some(bytes) => place = message(bytes)?,
                None => return Some(None),
            }
        }
        let wires = place.all(*last);
        if wires.is_empty() {
            return Some(None);
        }
        self.values(&field.ty, wires, depth).map(Some)
    }

    fn values(&self, ty: &FieldType, wires: &[Wire<'_>], depth: usize) -> Option<Value> {
        match ty {
            FieldType::List(item) => self.list(item, wires, depth).map(Value::Array),
            FieldType::Map(value) => {
                let mut out = Map::new();
                for wire in wires {
                    let entry = message(bytes(*wire)?)?;
                    let value = match entry.all(2) {
                        [] => self.value(value, Wire::Bytes(&[]), depth)?,
                        [wire, ..] => self.value(value, *wire, depth)?,
                    };
                    out.insert(entry.text(1), value);
                }
                Some(Value::Object(out))
            }
            ty => self.value(ty, *wires.last()?, depth),
        }
    }

    fn list(&self, item: &FieldType, wires: &[Wire<'_>], depth: usize) -> Option<Vec<Value>> {
        let numeric = matches!(item, FieldType::Int32 | FieldType::Int64 | FieldType::Bool);
        let mut out = Vec::new();
        for wire in wires.iter().copied() {
            match wire {
                Wire::Bytes(mut packed) if numeric => {
                    while !packed.is_empty() {
                        let number = Wire::Number(varint(&mut packed)?);
                        out.push(self.value(item, number, depth)?);
                    }
                }
                wire => out.push(self.value(item, wire, depth)?),
            }
        }
        Some(out)
    }

    fn value(&self, ty: &FieldType, wire: Wire<'_>, depth: usize) -> Option<Value> {
        match ty {
            FieldType::Bool => Some(json!(number(wire)? != 0)),
            FieldType::Int32 | FieldType::Int64 => Some(json!(number(wire)?)),
            FieldType::Double => Some(json!(f64::from_bits(number(wire)?.cast_unsigned()))),
            FieldType::String => text(bytes(wire)?),
            FieldType::Bytes => {
                Some(json!(base64::engine::general_purpose::STANDARD.encode(bytes(wire)?)))
            }
            FieldType::Time | FieldType::MicroTime => time(ty, &message(bytes(wire)?)?),
            FieldType::Quantity => Some(json!(message(bytes(wire)?)?.text(1))),
            FieldType::IntOrString => {
                let body = message(bytes(wire)?)?;
                Some(if body.number(1) == 0 { json!(body.number(2)) } else { json!(body.text(3)) })
            }
            FieldType::Raw | FieldType::Fields | FieldType::Json => raw(&message(bytes(wire)?)?),
            FieldType::PropsOrArray => self.either(&message(bytes(wire)?)?, 1, depth, |m| {
                let list = m.all(2).iter();
                list.map(|w| self.props(*w, depth)).collect::<Option<Vec<_>>>().map(Value::Array)
            }),
            FieldType::PropsOrBool => {
                self.either(&message(bytes(wire)?)?, 2, depth, |m| Some(json!(m.number(1) != 0)))
            }
            FieldType::PropsOrStrings => self.either(&message(bytes(wire)?)?, 1, depth, |m| {
                let list = m.all(2).iter();
                list.map(|w| text(bytes(*w)?)).collect::<Option<Vec<_>>>().map(Value::Array)
            }),
            FieldType::Struct(id) => {
                self.object(*id, &message(bytes(wire)?)?, depth + 1).map(Value::Object)
            }
            // A list inside a list or map is a message of its own, with the items as field 1.
            FieldType::List(item) => {
                let body = message(bytes(wire)?)?;
                self.list(item, body.all(1), depth + 1).map(Value::Array)
            }
            FieldType::Map(_) => self.values(ty, &[wire], depth + 1),
        }
    }

    fn props(&self, wire: Wire<'_>, depth: usize) -> Option<Value> {
        let id = self.schema.type_named("apiextensions.v1.JSONSchemaProps")?;
        self.object(id, &message(bytes(wire)?)?, depth + 1).map(Value::Object)
    }

    fn either(
        &self,
        body: &Message<'_>,
        schema: u32,
        depth: usize,
        other: impl FnOnce(&Message<'_>) -> Option<Value>,
    ) -> Option<Value> {
        match body.all(schema).last() {
            Some(wire) => self.props(*wire, depth),
            None => other(body),
        }
    }
}

fn bytes(wire: Wire<'_>) -> Option<&[u8]> {
    match wire {
        Wire::Bytes(bytes) => Some(bytes),
        Wire::Number(_) => None,
    }
}

fn number(wire: Wire<'_>) -> Option<i64> {
    match wire {
        Wire::Number(n) => Some(n.cast_signed()),
        Wire::Bytes([]) => Some(0),
        Wire::Bytes(_) => None,
    }
}

fn text(bytes: &[u8]) -> Option<Value> {
    String::from_utf8(bytes.to_vec()).ok().map(Value::String)
}

/// A time; an empty message is no time.
fn time(ty: &FieldType, body: &Message<'_>) -> Option<Value> {
    if body.0.is_empty() {
        return Some(Value::Null);
    }
    let nanos = i32::try_from(body.number(2)).ok()?;
    let at = Timestamp::new(body.number(1), nanos).ok()?;
    Some(match ty {
        FieldType::MicroTime => json!(at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()),
        _ => json!(crate::clock::format_seconds(at)),
    })
}

/// Raw JSON inside a message.
fn raw(body: &Message<'_>) -> Option<Value> {
    match body.bytes(1) {
        None | Some([]) => Some(Value::Null),
        Some(bytes) => serde_json::from_slice(bytes).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, bytes.len() as u8];
        out.extend_from_slice(bytes);
        out
    }

    fn body(version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
        let meta = [field(1, version.as_bytes()), field(2, kind.as_bytes())].concat();
        [MAGIC.to_vec(), field(1, &meta), field(2, raw)].concat()
    }

    #[test]
    fn a_config_map() {
        let schema = Schema::builtin();
        let entry = [field(1, b"k"), field(2, b"v")].concat();
        let raw = [field(1, &field(1, b"name")), field(2, &entry)].concat();
        let value = read(&schema, &body("v1", "ConfigMap", &raw)).unwrap();
        let expected = json!({"kind": "ConfigMap", "apiVersion": "v1",
            "metadata": {"name": "name"}, "data": {"k": "v"}});
        assert_eq!(value, expected);
    }

    #[test]
    fn malformed_bodies_are_refused() {
        let schema = Schema::builtin();
        assert_eq!(read(&schema, b"nonsense").unwrap_err().code, 400);
        assert_eq!(read(&schema, b"k8s\0\x0a\xff").unwrap_err().code, 400);
        assert_eq!(read(&schema, &body("x.io/v1", "Thing", b"")).unwrap_err().code, 415);
        assert_eq!(read(&schema, &body("v1", "Pod", b"\x0a\x7f")).unwrap_err().code, 400);
    }
}
