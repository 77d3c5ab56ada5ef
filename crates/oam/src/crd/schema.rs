//! Reads the short notation of [`super::kinds`] into OpenAPI schemas.
//!
//! `{a b!:int64 c:[T] d:map<T>}` is an object with a string `a`, a required integer `b`, a list and a
//! map; `$Name` stands for a named part; `?` makes nullable, `~atomic` sets the map type, `%` keeps
//! unknown fields, `(x|y)` is an enumeration, `=value` a default. Invariant: the notation is a constant of this crate and is checked
//! by its tests, so a mistake in it reads as an empty schema rather than an error.

use serde_json::{Map, Value, json};

use super::kinds::PARTS;

/// The schema that a text in the notation stands for.
pub(super) fn parse(text: &str) -> Value {
    Reader { rest: text }.schema()
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn schema(&mut self) -> Value {
        let mut schema = self.bare();
        loop {
            if self.eat("?") {
                schema["nullable"] = true.into();
            } else if self.eat("~atomic") {
                schema["x-kubernetes-map-type"] = "atomic".into();
            } else if self.eat("&") {
                schema["x-kubernetes-embedded-resource"] = true.into();
            } else if self.eat("%") {
                schema["x-kubernetes-preserve-unknown-fields"] = true.into();
            } else if self.eat("(") {
                schema["enum"] = self.until(')').split('|').collect();
            } else if self.eat("=") {
                let text = self.word();
                schema["default"] = serde_json::from_str(text).unwrap_or_else(|_| text.into());
            } else {
                return schema;
            }
        }
    }

    fn bare(&mut self) -> Value {
        self.space();
        if self.eat("{") {
            return self.object();
        }
        if self.eat("[") {
            let items = self.schema();
            self.eat("]");
            return json!({"type": "array", "items": items});
        }
        if self.eat("map<") {
            let values = self.schema();
            self.eat(">");
            return json!({"type": "object", "additionalProperties": values});
        }
        if self.eat("$") {
            let name = self.word();
            let part = PARTS.iter().find(|(known, _)| *known == name);
            return part.map_or(Value::Null, |(_, text)| parse(text));
        }
        simple(self.word())
    }

    fn object(&mut self) -> Value {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        loop {
            self.space();
            let name = self.word();
            if name.is_empty() {
                self.eat("}");
                break;
            }
            if self.eat("!") {
                required.push(Value::from(name));
            }
            let schema = if self.eat(":") { self.schema() } else { simple("string") };
            properties.insert(name.to_owned(), schema);
        }
        let mut schema = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }

    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn until(&mut self, end: char) -> &'a str {
        let (text, rest) = self.rest.split_once(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        text
    }
}

fn simple(word: &str) -> Value {
    match word {
        "string" => json!({"type": "string"}),
        "time" => json!({"type": "string", "format": "date-time"}),
        "bool" => json!({"type": "boolean"}),
        "int" => json!({"type": "integer"}),
        "int32" => json!({"type": "integer", "format": "int32"}),
        "int64" => json!({"type": "integer", "format": "int64"}),
        "any" => json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}),
        _ => json!({"type": "object"}),
    }
}
