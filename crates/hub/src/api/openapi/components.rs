//! The schemas of a document: built-in types from their facts, custom ones as they were written.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::catalog::Resource;
use crate::schema::{Field, FieldType, ListKind, Schema, TypeId};

/// The schemas collected for one document.
pub(super) struct Components<'a> {
    schema: &'a Schema,
    found: BTreeMap<String, Value>,
}

fn component(name: &str) -> String {
    match name.strip_prefix("meta.") {
        Some(rest) => format!("io.k8s.apimachinery.pkg.apis.meta.{rest}"),
        None => format!("io.k8s.api.{name}"),
    }
}

fn reference(component: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{component}")})
}

impl<'a> Components<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        Self { schema, found: BTreeMap::new() }
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.found.into_iter().collect()
    }

    /// Adds what a resource needs; a reference to its schema.
    pub(super) fn of_resource(&mut self, resource: &Resource) -> Value {
        let kind = json!([{
            "group": resource.group, "version": resource.version, "kind": resource.kind}]);
        let name = match &resource.facts {
            Some(facts) => self.of_type(facts.ty),
            None => self.of_custom(resource),
        };
        if let Some(schema) = self.found.get_mut(&name) {
            schema["x-kubernetes-group-version-kind"] = kind;
        }
        reference(&name)
    }

    fn of_custom(&mut self, resource: &Resource) -> String {
        let reversed: Vec<&str> = resource.group.rsplit('.').collect();
        let name = format!("{}.{}.{}", reversed.join("."), resource.version, resource.kind);
        let mut schema =
            resource.custom.as_ref().map(|c| c.published.clone()).unwrap_or_else(|| json!({}));
        let properties = crate::json::object_mut(&mut schema, "properties");
        for field in ["apiVersion", "kind"] {
            properties.entry(field).or_insert_with(|| json!({"type": "string"}));
        }
        if let Some(meta) = self.schema.type_named("meta.v1.ObjectMeta") {
            let meta = reference(&self.of_type(meta));
            crate::json::object_mut(&mut schema, "properties").insert("metadata".into(), meta);
        }
        self.found.insert(name.clone(), schema);
        name
    }

    fn of_type(&mut self, id: TypeId) -> String {
        let facts = self.schema.ty(id);
        let name = component(&facts.name);
        if self.found.contains_key(&name) {
            return name;
        }
        self.found.insert(name.clone(), json!({}));
        let mut properties = Map::new();
        for field in &facts.fields {
            properties.insert(field.name.clone(), self.of_field(field));
        }
        let mut schema = json!({"type": "object", "properties": properties});
        let required: Vec<&str> =
            facts.fields.iter().filter(|f| f.required).map(|f| f.name.as_str()).collect();
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        self.found.insert(name.clone(), schema);
        name
    }

    fn of_field(&mut self, field: &Field) -> Value {
        let mut schema = self.of_field_type(&field.ty);
        if schema.get("$ref").is_some() {
            schema = json!({"allOf": [schema]});
        }
        match &field.list {
            ListKind::Atomic => {}
            ListKind::Set => schema["x-kubernetes-list-type"] = json!("set"),
            ListKind::Map(keys) => {
                schema["x-kubernetes-list-type"] = json!("map");
                schema["x-kubernetes-list-map-keys"] = json!(keys);
            }
        }
        if let Some(key) = &field.merge_key {
            schema["x-kubernetes-patch-merge-key"] = json!(key);
        }
        match (field.patch_merge, field.retain_keys) {
            (true, true) => schema["x-kubernetes-patch-strategy"] = json!("merge,retainKeys"),
            (true, false) => schema["x-kubernetes-patch-strategy"] = json!("merge"),
            (false, true) => schema["x-kubernetes-patch-strategy"] = json!("retainKeys"),
            (false, false) => {}
        }
        if !field.values.is_empty() {
            schema["enum"] = json!(field.values);
        }
        schema
    }

    fn of_field_type(&mut self, ty: &FieldType) -> Value {
        match ty {
            FieldType::String | FieldType::Quantity => json!({"type": "string"}),
            FieldType::Bool => json!({"type": "boolean"}),
            FieldType::Int32 => json!({"type": "integer", "format": "int32"}),
            FieldType::Int64 => json!({"type": "integer", "format": "int64"}),
            FieldType::Double => json!({"type": "number", "format": "double"}),
            FieldType::Bytes => json!({"type": "string", "format": "byte"}),
            FieldType::Time | FieldType::MicroTime => {
                json!({"type": "string", "format": "date-time"})
            }
            FieldType::IntOrString => {
                json!({"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"})
            }
            FieldType::Raw | FieldType::Fields => json!({"type": "object"}),
            FieldType::Json
            | FieldType::PropsOrArray
            | FieldType::PropsOrBool
            | FieldType::PropsOrStrings => json!({}),
            FieldType::Struct(id) => reference(&self.of_type(*id)),
            FieldType::List(item) => {
                json!({"type": "array", "items": self.of_field_type(item)})
            }
            FieldType::Map(value) => {
                json!({"type": "object", "additionalProperties": self.of_field_type(value)})
            }
        }
    }
}
