//! From the bytes of a body to JSON, noting every key that is given twice.
//!
//! JSON and YAML go through one visitor, so that both report duplicates by path. The last of
//! several values wins, as in Go. Protobuf has no duplicates to note.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::api::protobuf;
use crate::api::request::Request;
use crate::go_json;
use crate::schema::Schema;
use crate::status::Status;

/// The media types of bodies that can be read.
const READABLE: &[&str] = &["application/json", "application/yaml"];

/// A body with the paths of keys given more than once.
#[derive(Debug, PartialEq)]
pub(crate) struct Decoded {
    pub(crate) value: Value,
    pub(crate) duplicates: Vec<String>,
}

/// Reads the body of a create, update or delete, which is to be of a kind.
pub(crate) fn body(request: &Request, schema: &Schema, kind: &str) -> Result<Decoded, Status> {
    let unrecognized = |why: String| unrecognized(kind, &why, &request.body);
    match request.content_type().as_str() {
        "application/vnd.kubernetes.protobuf" => {
            let value = protobuf::read(schema, &request.body)?;
            Ok(Decoded { value, duplicates: Vec::new() })
        }
        "" | "application/json" => json(&request.body).map_err(unrecognized),
        "application/yaml" | "text/yaml" | "application/x-yaml" => {
            yaml(&request.body).map_err(unrecognized)
        }
        other => Err(Status::unsupported_media_type(other, READABLE)),
    }
}

/// 400 for a body that does not tell its kind; it is quoted from its beginning.
pub(crate) fn unrecognized(kind: &str, why: &str, body: &[u8]) -> Status {
    Status::bad_request(format!(
        "the object provided is unrecognized (must be of type {kind}): {why} ({})",
        go_json::excerpt(body)
    ))
}

/// Reads a JSON object.
fn json(bytes: &[u8]) -> Result<Decoded, String> {
    let mut duplicates = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let seed = Noting { path: String::new(), duplicates: &mut duplicates };
    let value = seed.deserialize(&mut reader).and_then(|v| reader.end().map(|()| v));
    let no_kind = |why: &str| format!("couldn't get version/kind; json parse error: {why}");
    match value {
        Ok(value @ Value::Object(_)) => Ok(Decoded { value, duplicates }),
        Ok(Value::Null) => Ok(Decoded { value: Value::Object(Map::new()), duplicates }),
        Ok(other) => Err(no_kind(&go_json::cannot_unmarshal(go_json::kind(&other), TYPE_META))),
        Err(why) => Err(no_kind(&go_json::unreadable(bytes, &why))),
    }
}

/// What Go reads from a body to learn its kind.
const TYPE_META: &str = r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;

/// Reads YAML as Go's YAML 1.1 readers do; JSON is YAML.
pub(crate) fn yaml(bytes: &[u8]) -> Result<Decoded, String> {
    let text = std::str::from_utf8(bytes).map_err(|why| format!("yaml: invalid UTF-8: {why}"))?;
    if text.trim_start().starts_with('{') {
        return json(bytes);
    }
    let options = serde_saphyr::options! {
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::PassThrough,
        legacy_octal_numbers: true,
    };
    let mut duplicates = Vec::new();
    let value = serde_saphyr::with_deserializer_from_str_with_options(text, options, |reader| {
        Noting { path: String::new(), duplicates: &mut duplicates }.deserialize(reader)
    });
    match value {
        Ok(value) => Ok(Decoded { value, duplicates }),
        Err(why) => Err(format!("error converting YAML to JSON: yaml: {why}")),
    }
}

/// Builds a value and notes duplicates below a path.
struct Noting<'a> {
    path: String,
    duplicates: &'a mut Vec<String>,
}

impl Noting<'_> {
    fn below(&mut self, path: String) -> Noting<'_> {
        Noting { path, duplicates: self.duplicates }
    }

    fn field(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

impl<'de> DeserializeSeed<'de> for Noting<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Noting<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(Number::from_f64(v).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        self.deserialize(reader)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, list.len());
            match seq.next_element_seed(self.below(path))? {
                Some(value) => list.push(value),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<Key>()? {
            let path = self.field(&key.0);
            let value = map.next_value_seed(self.below(path.clone()))?;
            if object.insert(key.0, value).is_some() {
                self.duplicates.push(path);
            }
        }
        Ok(Value::Object(object))
    }
}

/// A map key: YAML may write it as a number or boolean, JSON wants text.
struct Key(String);

impl<'de> serde::Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_str<E>(self, v: &str) -> Result<Key, E> {
                Ok(Key(v.to_owned()))
            }
            fn visit_bool<E>(self, v: bool) -> Result<Key, E> {
                Ok(Key(v.to_string()))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Key, E> {
                Ok(Key(v.to_string()))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Key, E> {
                Ok(Key(v.to_string()))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Key, E> {
                Ok(Key(v.to_string()))
            }
        }
        reader.deserialize_any(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn duplicates_are_noted_and_the_last_wins() {
        let text = br#"{"a":1,"b":{"c":1,"c":2},"l":[{"x":1,"x":3}],"a":4}"#;
        let decoded = super::json(text).unwrap();
        assert_eq!(decoded.value, json!({"a":4,"b":{"c":2},"l":[{"x":3}]}));
        assert_eq!(decoded.duplicates, ["b.c", "l[0].x", "a"]);
    }

    #[test]
    fn yaml_reads_as_in_go() {
        let decoded = yaml(b"a: yes\nm: 0644\ns: '1'\nf: 1.5\nx: ~\nd: 1\nd: 2\n").unwrap();
        assert_eq!(decoded.value, json!({"a":true,"m":420,"s":"1","f":1.5,"x":null,"d":2}));
        assert_eq!(decoded.duplicates, ["d"]);
    }

    #[test]
    fn malformed_bodies_are_sentences() {
        for bytes in [&b"{"[..], b"[1,", b"{} {}", b"\xff"] {
            assert!(super::json(bytes).is_err());
        }
        let deep = "[".repeat(100_000);
        assert!(super::json(deep.as_bytes()).is_err());
        assert!(yaml(b"a: [").is_err());
    }
}
