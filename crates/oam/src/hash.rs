//! The hashes of the contract: revisions, definitions, components, rendered objects.
//!
//! Structural hashes over Go's types: each value is reduced to 64 bits by FNV-1, a struct by the names
//! of its type and fields. Invariant: the numbers equal those of the reference implementation, because
//! another controller compares them; so the names here are Go's, never ours.

mod spec;

use serde_json::Value;

use crate::application::{ApplicationSpec, Component};
use crate::definition::{
    ComponentDefinitionSpec, PolicyDefinitionSpec, TraitDefinitionSpec, WorkflowStepDefinitionSpec,
    WorkloadDefinitionSpec,
};
use crate::gojson;
use crate::revision::ApplicationRevisionSpec;

/// A hash in the form that labels and specs carry: lower-case hex without leading zeros.
#[must_use]
pub fn text(hash: u64) -> String {
    format!("{hash:x}")
}

/// Hash of a rendered object, for the label `oam.dev/render-hash`. The label itself must not be there.
#[must_use]
pub fn rendered_object(object: &Value) -> String {
    text(Struct::new("Unstructured").field("Object", json(object)).done())
}

/// Hash of an application's spec.
#[must_use]
pub fn application_spec(spec: &ApplicationSpec) -> String {
    text(spec::application(spec))
}

/// Hash of a component, which templates see as `context.revision`.
#[must_use]
pub fn component(component: &Component) -> String {
    text(spec::component(component))
}

/// Hash of a component definition's spec.
#[must_use]
pub fn component_definition(spec: &ComponentDefinitionSpec) -> String {
    text(spec::component_definition(spec))
}

/// Hash of a trait definition's spec.
#[must_use]
pub fn trait_definition(spec: &TraitDefinitionSpec) -> String {
    text(spec::trait_definition(spec))
}

/// Hash of a policy definition's spec.
#[must_use]
pub fn policy_definition(spec: &PolicyDefinitionSpec) -> String {
    text(spec::policy_definition(spec))
}

/// Hash of a step definition's spec.
#[must_use]
pub fn step_definition(spec: &WorkflowStepDefinitionSpec) -> String {
    text(spec::step_definition(spec))
}

/// Hash of a workload definition's spec.
#[must_use]
pub fn workload_definition(spec: &WorkloadDefinitionSpec) -> String {
    text(spec::workload_definition(spec))
}

/// Hash of a revision: of the application's spec and of everything that its rendering uses.
#[must_use]
pub fn revision(spec: &ApplicationRevisionSpec) -> String {
    let properties = |value: &Option<Value>| text(optional(value.as_ref().map(raw_extension)));
    let policies = spec
        .policies
        .iter()
        .map(|(name, policy)| (name, properties(&policy.properties) + &policy.policy_type));
    let workflow = spec.workflow.as_ref().map(|workflow| text(spec::steps(&workflow.steps)));
    let whole = Struct::new("")
        .field("ApplicationSpecHash", string(&application_spec(&spec.application.spec)))
        .field(
            "WorkloadDefinitionHash",
            text_map(
                spec.workload_definitions.iter().map(|(k, v)| (k, workload_definition(&v.spec))),
            ),
        )
        .field(
            "ComponentDefinitionHash",
            text_map(
                spec.component_definitions.iter().map(|(k, v)| (k, component_definition(&v.spec))),
            ),
        )
        .field(
            "TraitDefinitionHash",
            text_map(spec.trait_definitions.iter().map(|(k, v)| (k, trait_definition(&v.spec)))),
        )
        .field("ScopeDefinitionHash", map(std::iter::empty()))
        .field(
            "PolicyDefinitionHash",
            text_map(spec.policy_definitions.iter().map(|(k, v)| (k, policy_definition(&v.spec)))),
        )
        .field(
            "WorkflowStepDefinitionHash",
            text_map(
                spec.workflow_step_definitions.iter().map(|(k, v)| (k, step_definition(&v.spec))),
            ),
        )
        .field("PolicyHash", text_map(policies))
        .field("WorkflowHash", string(&workflow.unwrap_or_default()))
        .field("ReferredObjectsHash", string(&text(referred_objects(&spec.referred_objects))));
    text(whole.done())
}

fn referred_objects(objects: &[Value]) -> u64 {
    list(objects.iter().map(|object| {
        Struct::new("ReferredObject").field("RawExtension", raw_extension(object)).done()
    }))
}

/// A struct under construction.
pub(crate) struct Struct(u64);

impl Struct {
    pub(crate) fn new(name: &str) -> Self {
        Self(string(name))
    }

    pub(crate) fn field(self, name: &str, value: u64) -> Self {
        Self(finish(self.0 ^ ordered(string(name), value)))
    }

    pub(crate) fn done(self) -> u64 {
        self.0
    }
}

/// A value that may be absent; absence is the integer zero.
pub(crate) fn optional(value: Option<u64>) -> u64 {
    value.unwrap_or_else(|| bytes(&0_i64.to_le_bytes()))
}

pub(crate) fn string(text: &str) -> u64 {
    bytes(text.as_bytes())
}

pub(crate) fn flag(value: bool) -> u64 {
    bytes(&[u8::from(value)])
}

pub(crate) fn int32(value: i32) -> u64 {
    bytes(&value.to_le_bytes())
}

pub(crate) fn list(items: impl Iterator<Item = u64>) -> u64 {
    items.fold(0, ordered)
}

pub(crate) fn strings(items: &[String]) -> u64 {
    list(items.iter().map(|item| string(item)))
}

pub(crate) fn text_map<'a>(entries: impl Iterator<Item = (&'a String, String)>) -> u64 {
    map(entries.map(|(key, value)| (string(key), string(&value))))
}

fn map(entries: impl Iterator<Item = (u64, u64)>) -> u64 {
    finish(entries.fold(0, |hash, (key, value)| hash ^ ordered(key, value)))
}

/// Free-form JSON as the API server hands it out.
pub(crate) fn raw_extension(value: &Value) -> u64 {
    raw_text(&gojson::to_string(value))
}

/// Free-form JSON of which the text is known.
pub(crate) fn raw_text(text: &str) -> u64 {
    let raw = list(text.bytes().map(|byte| bytes(&[byte])));
    Struct::new("RawExtension").field("Raw", raw).field("Object", optional(None)).done()
}

fn json(value: &Value) -> u64 {
    match value {
        Value::Null => optional(None),
        Value::Bool(value) => flag(*value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => bytes(&integer.to_le_bytes()),
            (None, float) => bytes(&float.unwrap_or_default().to_le_bytes()),
        },
        Value::String(text) => string(text),
        Value::Array(items) => list(items.iter().map(json)),
        Value::Object(entries) => {
            map(entries.iter().map(|(key, value)| (string(key), json(value))))
        }
    }
}

fn ordered(first: u64, second: u64) -> u64 {
    fold(fold(OFFSET, &first.to_le_bytes()), &second.to_le_bytes())
}

fn finish(hash: u64) -> u64 {
    bytes(&hash.to_le_bytes())
}

fn bytes(data: &[u8]) -> u64 {
    fold(OFFSET, data)
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1: multiply, then xor.
fn fold(start: u64, data: &[u8]) -> u64 {
    data.iter().fold(start, |hash, byte| hash.wrapping_mul(PRIME) ^ u64::from(*byte))
}
