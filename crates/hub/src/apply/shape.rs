//! How values merge: one view over the facts of built-in kinds and the schemas of custom resources.
//!
//! Where nothing is declared, the shape is deduced from the value: objects merge field by field,
//! lists are replaced as a whole.

use serde_json::{Map, Value};

use super::path::{Element, Scalar};
use crate::crd::structural::{ListType, Structural, Type};
use crate::schema::{FieldType, ListKind, Node};

/// The shape of a place in an object.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape<'a> {
    /// A place in a built-in kind.
    Builtin(Node<'a>),
    /// The root of a custom resource, whose metadata is that of every object.
    CustomRoot(&'a Structural, Node<'a>),
    /// A place in a custom resource.
    Custom(&'a Structural, Node<'a>),
    /// Nothing is declared.
    Deduced,
}

/// How the value at a place is treated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Form {
    /// As one value.
    Leaf,
    /// Field by field.
    Map,
    /// As a set of scalars.
    Set,
    /// Item by item, told apart by keys.
    Keyed(Vec<String>),
}

/// What kind of value is taken at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Atom {
    Anything,
    Map,
    List,
    Numeric,
    Text,
    Boolean,
    /// Any value but a map or a list.
    Scalar,
}

impl Atom {
    pub(crate) fn takes_maps(self) -> bool {
        matches!(self, Self::Anything | Self::Map)
    }

    pub(crate) fn takes_lists(self) -> bool {
        matches!(self, Self::Anything | Self::List)
    }

    fn of_field(ty: &FieldType) -> Self {
        match ty {
            FieldType::String | FieldType::Bytes => Self::Text,
            FieldType::Bool => Self::Boolean,
            FieldType::Int32 | FieldType::Int64 | FieldType::Double => Self::Numeric,
            FieldType::Time
            | FieldType::MicroTime
            | FieldType::Quantity
            | FieldType::IntOrString => Self::Scalar,
            FieldType::Struct(_) | FieldType::Map(_) => Self::Map,
            FieldType::List(_) => Self::List,
            _ => Self::Anything,
        }
    }

    fn of_schema(schema: &Structural) -> Self {
        match schema.ty {
            _ if schema.int_or_string => Self::Scalar,
            Type::Object => Self::Map,
            Type::Array => Self::List,
            Type::String => Self::Text,
            Type::Integer | Type::Number => Self::Numeric,
            Type::Boolean => Self::Boolean,
            Type::Any => Self::Anything,
        }
    }
}

impl<'a> Shape<'a> {
    /// What kind of value is taken here.
    pub(crate) fn atom(self) -> Atom {
        match self {
            Self::Builtin(node) => node.field_type().map_or(Atom::Map, Atom::of_field),
            Self::CustomRoot(..) => Atom::Map,
            Self::Custom(schema, _) => Atom::of_schema(schema),
            Self::Deduced => Atom::Anything,
        }
    }

    /// Whether an object here may have a field, declared or free.
    pub(crate) fn allows(self, name: &str) -> bool {
        match self {
            Self::Builtin(node) => self.atom() == Atom::Anything || node.field(name).is_some(),
            Self::CustomRoot(schema, _) | Self::Custom(schema, _) => {
                self.declares(name) || schema.allows(name) || schema.ty == Type::Any
            }
            Self::Deduced => true,
        }
    }

    /// The path element of an item of a list; `None` where items have only a position.
    pub(crate) fn element(self, item: &Value, form: &Form) -> Option<Element> {
        match form {
            Form::Set => Some(Element::Value(Scalar::of(item))),
            Form::Keyed(keys) => self.key(item, keys),
            Form::Leaf | Form::Map => None,
        }
    }

    /// How a value that is not null is treated here.
    pub(crate) fn form(self, value: &Value) -> Form {
        match (value, self.is_atomic()) {
            (Value::Object(_) | Value::Array(_), true) => Form::Leaf,
            (Value::Object(_), false) => Form::Map,
            (Value::Array(_), false) => self.list_form(),
            _ => Form::Leaf,
        }
    }

    fn is_atomic(self) -> bool {
        match self {
            Self::Builtin(node) => node.is_atomic(),
            Self::CustomRoot(..) | Self::Deduced => false,
            Self::Custom(schema, _) => schema.atomic_map,
        }
    }

    fn list_form(self) -> Form {
        match self {
            Self::Builtin(node) => match node.list_kind() {
                ListKind::Atomic => Form::Leaf,
                ListKind::Set => Form::Set,
                ListKind::Map(keys) => Form::Keyed(keys),
            },
            Self::Custom(schema, _) | Self::CustomRoot(schema, _) => match &schema.list {
                ListType::Atomic => Form::Leaf,
                ListType::Set => Form::Set,
                ListType::Map(keys) => Form::Keyed(keys.clone()),
            },
            Self::Deduced => Form::Leaf,
        }
    }

    /// The shape of a field.
    pub(crate) fn field(self, name: &str) -> Shape<'a> {
        match self {
            Self::Builtin(node) => node.field(name).map_or(Self::Deduced, Self::Builtin),
            Self::CustomRoot(_, meta) if name == "metadata" => Self::Builtin(meta),
            Self::CustomRoot(schema, meta) | Self::Custom(schema, meta) => {
                schema.field(name).map_or(Self::Deduced, |s| Self::custom(s, meta))
            }
            Self::Deduced => Self::Deduced,
        }
    }

    fn custom(schema: &'a Structural, meta: Node<'a>) -> Self {
        if schema.embedded { Self::CustomRoot(schema, meta) } else { Self::Custom(schema, meta) }
    }

    /// The shape of the items of a list.
    pub(crate) fn item(self) -> Shape<'a> {
        match self {
            Self::Builtin(node) => node.item().map_or(Self::Deduced, Self::Builtin),
            Self::CustomRoot(schema, meta) | Self::Custom(schema, meta) => {
                schema.items.as_deref().map_or(Self::Deduced, |s| Self::custom(s, meta))
            }
            Self::Deduced => Self::Deduced,
        }
    }

    /// The shape below a path element.
    pub(crate) fn below(self, element: &Element) -> Shape<'a> {
        match element {
            Element::Field(name) => self.field(name),
            Element::Key(_) | Element::Value(_) | Element::Index(_) => self.item(),
        }
    }

    /// Whether a field is declared by name, rather than being an entry of a free map.
    pub(crate) fn declares(self, name: &str) -> bool {
        match self {
            Self::Builtin(node) => node.object().is_some_and(|t| t.field(name).is_some()),
            Self::CustomRoot(schema, _) => {
                ["apiVersion", "kind", "metadata"].contains(&name)
                    || schema.properties.contains_key(name)
            }
            Self::Custom(schema, _) => schema.properties.contains_key(name),
            Self::Deduced => false,
        }
    }

    fn key_default(self, key: &str) -> Option<&'a Value> {
        match self {
            Self::Builtin(node) => node.field(key)?.key_default(),
            Self::CustomRoot(schema, _) | Self::Custom(schema, _) => {
                schema.field(key)?.default.as_ref()
            }
            Self::Deduced => None,
        }
    }

    /// The path element of an item of a keyed list; `None` when it has none of the keys.
    fn key(self, item: &Value, keys: &[String]) -> Option<Element> {
        let map: &Map<String, Value> = item.as_object()?;
        let shape = self.item();
        let mut found: Vec<(String, Scalar)> = keys
            .iter()
            .filter_map(|key| {
                let given = map.get(key).filter(|v| !v.is_null());
                let value = given.or_else(|| shape.key_default(key))?;
                Some((key.clone(), Scalar::of(value)))
            })
            .collect();
        found.sort();
        (!found.is_empty()).then_some(Element::Key(found))
    }

    /// The items of a list with their path elements; `None` where an item has no key.
    pub(crate) fn elements(self, list: &[Value], form: &Form) -> Option<Vec<Element>> {
        list.iter().map(|item| self.element(item, form)).collect()
    }
}
