//! Walking the types beside a value, for strategic merge and for server-side apply.
//!
//! A [`Node`] is a place in a type tree: it answers how the value there merges and gives the nodes of
//! its fields and items.

use super::facts::{Field, FieldType, KindFacts, ListKind, Schema, TypeFacts, TypeId};

/// A place in the type tree of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    schema: &'a Schema,
    ty: Place<'a>,
    field: Option<&'a Field>,
}

#[derive(Clone, Copy, Debug)]
enum Place<'a> {
    Root(TypeId),
    Type(&'a FieldType),
}

impl Schema {
    /// The root of a kind's type tree.
    pub fn root(&self, kind: &KindFacts) -> Node<'_> {
        self.root_of(kind.ty)
    }

    /// The root of a type's tree.
    pub fn root_of(&self, ty: TypeId) -> Node<'_> {
        Node { schema: self, ty: Place::Root(ty), field: None }
    }
}

impl<'a> Node<'a> {
    /// The object type here, if it is one with declared fields.
    pub fn object(&self) -> Option<&'a TypeFacts> {
        match self.ty {
            Place::Root(id) => Some(self.schema.ty(id)),
            Place::Type(FieldType::Struct(id)) => Some(self.schema.ty(*id)),
            Place::Type(_) => None,
        }
    }

    /// The type here; none at the root, which is always an object.
    pub fn field_type(&self) -> Option<&'a FieldType> {
        match self.ty {
            Place::Root(_) => None,
            Place::Type(ty) => Some(ty),
        }
    }

    /// The facts of the field that holds this value; none for the root, items and map values.
    pub fn facts(&self) -> Option<&'a Field> {
        self.field
    }

    /// The node of a declared field or of a map's value; none where the name is not declared.
    pub fn field(&self, name: &str) -> Option<Node<'a>> {
        if let Place::Type(FieldType::Map(value)) = self.ty {
            return Some(Node { schema: self.schema, ty: Place::Type(value), field: None });
        }
        let field = self.object()?.field(name)?;
        Some(Node { schema: self.schema, ty: Place::Type(&field.ty), field: Some(field) })
    }

    /// The node of a list's items.
    pub fn item(&self) -> Option<Node<'a>> {
        match self.ty {
            Place::Type(FieldType::List(item)) => {
                Some(Node { schema: self.schema, ty: Place::Type(item), field: None })
            }
            _ => None,
        }
    }

    /// An object with free keys.
    pub fn is_map(&self) -> bool {
        matches!(self.ty, Place::Type(FieldType::Map(_)))
    }

    /// A list.
    pub fn is_list(&self) -> bool {
        matches!(self.ty, Place::Type(FieldType::List(_)))
    }

    /// Any JSON is allowed here and nothing is declared of it.
    pub fn is_untyped(&self) -> bool {
        matches!(self.ty, Place::Type(FieldType::Raw | FieldType::Fields | FieldType::Json))
    }

    /// How server-side apply treats a list here.
    pub fn list_kind(&self) -> ListKind {
        self.field.map(|f| f.list.clone()).unwrap_or_default()
    }

    /// Owned and replaced as a whole by server-side apply (objects; lists say it in `list_kind`).
    pub fn is_atomic(&self) -> bool {
        self.field.is_some_and(|f| f.atomic)
            || self.object().is_some_and(|t| t.atomic)
            || matches!(self.ty, Place::Type(FieldType::Raw))
    }

    /// The default that completes a list-map key, such as `TCP` for a port's protocol.
    pub fn key_default(&self) -> Option<&'a serde_json::Value> {
        self.field.and_then(|f| f.default.as_ref())
    }

    /// A strategic patch merges the list here instead of replacing it.
    pub fn patch_merge(&self) -> bool {
        self.field.is_some_and(|f| f.patch_merge)
    }

    /// A strategic patch merges objects of the list here by this key; none for scalars.
    pub fn merge_key(&self) -> Option<&'a str> {
        self.field.and_then(|f| f.merge_key.as_deref())
    }

    /// A strategic patch may carry `$retainKeys` here.
    pub fn retain_keys(&self) -> bool {
        self.field.is_some_and(|f| f.retain_keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk<'a>(schema: &'a Schema, api_version: &str, kind: &str, path: &str) -> Node<'a> {
        let mut node = schema.root(schema.kind(api_version, kind).expect("kind"));
        for step in path.split('.') {
            node = if step == "[]" { node.item() } else { node.field(step) }.expect("step");
        }
        node
    }

    #[test]
    fn places_know_how_they_merge() {
        let schema = Schema::builtin();
        let node = walk(&schema, "apps/v1", "Deployment", "spec.template.spec.containers");
        assert!(node.patch_merge());
        assert_eq!(node.merge_key(), Some("name"));
        assert_eq!(node.list_kind(), ListKind::Map(vec!["name".into()]));
        assert!(walk(&schema, "apps/v1", "Deployment", "spec.selector").is_atomic());
        assert!(walk(&schema, "apps/v1", "Deployment", "spec.strategy").retain_keys());
        assert!(walk(&schema, "v1", "Service", "spec.selector").is_atomic());
        let key = walk(&schema, "v1", "Service", "spec.ports.[].protocol");
        assert_eq!(key.key_default(), Some(&"TCP".into()));
        let finalizers = walk(&schema, "v1", "Pod", "metadata.finalizers");
        assert_eq!((finalizers.list_kind(), finalizers.merge_key()), (ListKind::Set, None));
        assert!(walk(&schema, "v1", "Pod", "metadata.labels").is_map());
    }
}
