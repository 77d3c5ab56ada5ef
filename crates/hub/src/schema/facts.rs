//! The facts file in memory: kinds as discovery lists them, types with their fields in order.
//!
//! The file is written by `cargo xtask facts`; this is its only reader. Rows: `K` a kind, `S` a
//! subresource of the kind above, `T` a type, and a line that opens with a space is a field of it.

use std::collections::HashMap;

use serde_json::Value;

const BUILTIN: &str = include_str!("builtin.facts");

/// Index of a type in its [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TypeId(pub(super) usize);

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Text.
    String,
    /// true or false.
    Bool,
    /// A 32-bit integer.
    Int32,
    /// A 64-bit integer.
    Int64,
    /// A floating point number.
    Double,
    /// Bytes in padded base64.
    Bytes,
    /// RFC 3339 in UTC with whole seconds.
    Time,
    /// RFC 3339 in UTC with six decimals.
    MicroTime,
    /// A quantity such as `500m` or `1Gi`.
    Quantity,
    /// An integer or a string such as `25%`.
    IntOrString,
    /// Any JSON object, kept as it is; one value for merging.
    Raw,
    /// The `fieldsV1` of a managed fields entry.
    Fields,
    /// Any JSON value.
    Json,
    /// `JSONSchemaProps` or a list of it.
    PropsOrArray,
    /// `JSONSchemaProps` or a boolean.
    PropsOrBool,
    /// `JSONSchemaProps` or a list of strings.
    PropsOrStrings,
    /// An object of a known type.
    Struct(TypeId),
    /// A list.
    List(Box<FieldType>),
    /// An object with free keys.
    Map(Box<FieldType>),
}

/// How a list is owned and merged by server-side apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListKind {
    /// One value; replaced as a whole.
    #[default]
    Atomic,
    /// Scalars without duplicates.
    Set,
    /// Objects told apart by these keys.
    Map(Vec<String>),
}

/// One field of a type.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name in JSON.
    pub name: String,
    /// The type of its value.
    pub ty: FieldType,
    /// Whether absence differs from the zero value.
    pub pointer: bool,
    /// Left out when empty (objects that are not pointers are written all the same).
    pub omit_empty: bool,
    /// Left out when it is the zero value, objects too.
    pub omit_zero: bool,
    /// Must be present according to OpenAPI.
    pub required: bool,
    /// How a list merges under server-side apply.
    pub list: ListKind,
    /// An object that is owned and replaced as a whole.
    pub atomic: bool,
    /// The strategic patch strategy says `merge`.
    pub patch_merge: bool,
    /// The strategic patch strategy says `retainKeys`.
    pub retain_keys: bool,
    /// The key of a strategic list merge.
    pub merge_key: Option<String>,
    /// A default of the schema itself.
    pub default: Option<Value>,
    /// The values of a closed enumeration; empty when any text will do.
    pub values: Vec<String>,
    /// Protobuf field numbers from the enclosing message inwards; empty when it has none.
    pub numbers: Vec<u32>,
}

/// A named object type.
#[derive(Clone, Debug)]
pub struct TypeFacts {
    /// Such as `apps.v1.DeploymentSpec`.
    pub name: String,
    /// Owned and replaced as a whole under server-side apply.
    pub atomic: bool,
    /// Fields in the order they are written.
    pub fields: Vec<Field>,
    index: HashMap<String, usize>,
}

impl TypeFacts {
    /// A field by its JSON name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.index.get(name).map(|i| &self.fields[*i])
    }

    /// The name without group and version, as Go's messages have it.
    pub fn short_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}

/// A subresource of a kind.
#[derive(Clone, Debug)]
pub struct SubresourceFacts {
    /// Such as `status`.
    pub name: String,
    /// The group of the kind it takes.
    pub group: String,
    /// The version of the kind it takes.
    pub version: String,
    /// The kind it takes.
    pub kind: String,
    /// The verbs discovery lists.
    pub verbs: Vec<String>,
    /// The type of its body, when it has one.
    pub ty: Option<TypeId>,
}

/// A built-in kind as discovery lists it.
#[derive(Clone, Debug)]
pub struct KindFacts {
    /// API group; empty for core.
    pub group: String,
    /// API version.
    pub version: String,
    /// Resource name.
    pub plural: String,
    /// Singular resource name.
    pub singular: String,
    /// Kind.
    pub kind: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// The verbs discovery lists.
    pub verbs: Vec<String>,
    /// Such as `deploy`.
    pub short_names: Vec<String>,
    /// Such as `all`.
    pub categories: Vec<String>,
    /// The type of its objects.
    pub ty: TypeId,
    /// Its subresources in the order of discovery.
    pub subresources: Vec<SubresourceFacts>,
}

impl KindFacts {
    /// `v1` or `group/version`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Whether this is the given group and kind, in any version.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }
}

/// All built-in kinds and types.
#[derive(Debug)]
pub struct Schema {
    kinds: Vec<KindFacts>,
    types: Vec<TypeFacts>,
    names: HashMap<String, TypeId>,
}

impl Schema {
    /// Reads the facts that are compiled into the program; a few milliseconds, so share the result.
    pub fn builtin() -> Self {
        Reader::default().read(BUILTIN)
    }

    /// Every kind, in the order of discovery.
    pub fn kinds(&self) -> &[KindFacts] {
        &self.kinds
    }

    /// A kind by its resource name.
    pub fn resource(&self, group: &str, version: &str, plural: &str) -> Option<&KindFacts> {
        self.kinds.iter().find(|k| k.group == group && k.version == version && k.plural == plural)
    }

    /// A kind by its name and `apiVersion`.
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<&KindFacts> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        self.kinds.iter().find(|k| k.group == group && k.version == version && k.kind == kind)
    }

    /// A type by its place.
    pub fn ty(&self, id: TypeId) -> &TypeFacts {
        &self.types[id.0]
    }

    /// A type by its name, such as `meta.v1.ObjectMeta`.
    pub fn type_named(&self, name: &str) -> Option<TypeId> {
        self.names.get(name).copied()
    }
}

#[derive(Default)]
struct Reader {
    kinds: Vec<KindFacts>,
    types: Vec<TypeFacts>,
    names: HashMap<String, TypeId>,
}

impl Reader {
    fn read(mut self, text: &str) -> Schema {
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("T ") {
                self.declare(rest);
            }
        }
        let mut current = 0;
        for line in text.lines() {
            match line.split_at_checked(2) {
                Some(("K ", rest)) => self.kind(rest),
                Some(("S ", rest)) => self.subresource(rest),
                Some(("T ", rest)) => {
                    let name = rest.split(' ').next().unwrap_or_default();
                    current = self.names.get(name).map_or(0, |id| id.0);
                }
                _ if line.starts_with(' ') => self.field(current, &line[1..]),
                _ => {}
            }
        }
        Schema { kinds: self.kinds, types: self.types, names: self.names }
    }

    fn declare(&mut self, rest: &str) {
        let (name, atomic) = match rest.split_once(' ') {
            Some((name, word)) => (name, word == "map=atomic"),
            None => (rest, false),
        };
        self.names.insert(name.to_owned(), TypeId(self.types.len()));
        self.types.push(TypeFacts {
            name: name.to_owned(),
            atomic,
            fields: Vec::new(),
            index: HashMap::new(),
        });
    }

    fn kind(&mut self, rest: &str) {
        let words: Vec<&str> = rest.split(' ').collect();
        let [group, version, plural, singular, kind, scope, verbs, short, categories, ty] =
            words.as_slice()
        else {
            return;
        };
        let Some(ty) = self.names.get(*ty).copied() else { return };
        self.kinds.push(KindFacts {
            group: undash(group),
            version: (*version).to_owned(),
            plural: (*plural).to_owned(),
            singular: (*singular).to_owned(),
            kind: (*kind).to_owned(),
            namespaced: *scope == "N",
            verbs: list(verbs),
            short_names: list(short),
            categories: list(categories),
            ty,
            subresources: Vec::new(),
        });
    }

    fn subresource(&mut self, rest: &str) {
        let words: Vec<&str> = rest.split(' ').collect();
        if let ([name, group, version, kind, verbs, ty], Some(owner)) =
            (words.as_slice(), self.kinds.last_mut())
        {
            owner.subresources.push(SubresourceFacts {
                name: (*name).to_owned(),
                group: undash(group),
                version: (*version).to_owned(),
                kind: (*kind).to_owned(),
                verbs: list(verbs),
                ty: self.names.get(*ty).copied(),
            });
        }
    }

    fn field(&mut self, owner: usize, rest: &str) {
        let mut words = rest.split(' ');
        let (Some(name), Some(ty), Some(flags)) = (words.next(), words.next(), words.next()) else {
            return;
        };
        let has = |letter: char| flags.contains(letter);
        let mut field = Field {
            name: name.to_owned(),
            ty: self.field_type(ty),
            pointer: has('p'),
            omit_empty: has('o'),
            omit_zero: has('z'),
            required: has('r'),
            list: ListKind::Atomic,
            atomic: false,
            patch_merge: false,
            retain_keys: false,
            merge_key: None,
            default: None,
            values: Vec::new(),
            numbers: Vec::new(),
        };
        words.for_each(|word| field.fact(word));
        let facts = &mut self.types[owner];
        facts.index.insert(field.name.clone(), facts.fields.len());
        facts.fields.push(field);
    }

    fn field_type(&self, text: &str) -> FieldType {
        if let Some(item) = text.strip_prefix("[]") {
            return FieldType::List(Box::new(self.field_type(item)));
        }
        if let Some(item) = text.strip_prefix("{}") {
            return FieldType::Map(Box::new(self.field_type(item)));
        }
        if let Some(name) = text.strip_prefix('@') {
            return self.names.get(name).map_or(FieldType::Json, |id| FieldType::Struct(*id));
        }
        match text {
            "string" => FieldType::String,
            "bool" => FieldType::Bool,
            "int32" => FieldType::Int32,
            "int64" => FieldType::Int64,
            "double" => FieldType::Double,
            "bytes" => FieldType::Bytes,
            "time" => FieldType::Time,
            "microtime" => FieldType::MicroTime,
            "quantity" => FieldType::Quantity,
            "intstr" => FieldType::IntOrString,
            "raw" => FieldType::Raw,
            "fields" => FieldType::Fields,
            "props-or-array" => FieldType::PropsOrArray,
            "props-or-bool" => FieldType::PropsOrBool,
            "props-or-strings" => FieldType::PropsOrStrings,
            _ => FieldType::Json,
        }
    }
}

impl Field {
    /// Takes one `word=value` of a field row.
    fn fact(&mut self, word: &str) {
        if let Some(numbers) = word.strip_prefix('#') {
            self.numbers = numbers.split('.').filter_map(|n| n.parse().ok()).collect();
            return;
        }
        let Some((word, value)) = word.split_once('=') else { return };
        match word {
            "list" if value == "set" => self.list = ListKind::Set,
            "keys" => self.list = ListKind::Map(list(value)),
            "map" => self.atomic = value == "atomic",
            "patch" => {
                self.patch_merge = value.split(',').any(|s| s == "merge");
                self.retain_keys = value.split(',').any(|s| s == "retainKeys");
            }
            "merge" => self.merge_key = Some(value.to_owned()),
            "default" => self.default = serde_json::from_str(value).ok(),
            "enum" => self.values = value.split('|').map(str::to_owned).collect(),
            _ => {}
        }
    }
}

fn undash(word: &str) -> String {
    if word == "-" { String::new() } else { word.to_owned() }
}

fn list(words: &str) -> Vec<String> {
    if words == "-" { Vec::new() } else { words.split(',').map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_fields_are_read() {
        let schema = Schema::builtin();
        let kind = schema.resource("apps", "v1", "deployments").expect("deployments");
        assert_eq!(kind.short_names, ["deploy"]);
        let subresources: Vec<_> = kind.subresources.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(subresources, ["scale", "status"]);
        let spec = schema.ty(schema.type_named("core.v1.Container").expect("container"));
        let ports = spec.field("ports").expect("ports");
        assert_eq!(ports.list, ListKind::Map(vec!["containerPort".into(), "protocol".into()]));
        assert_eq!(ports.merge_key.as_deref(), Some("containerPort"));
        assert_eq!(spec.fields[1].name, "image");
        assert!(schema.kinds().len() > 60);
    }

    #[test]
    fn every_named_type_exists() {
        for line in BUILTIN.lines().filter(|l| l.starts_with(' ')) {
            let ty = line.split(' ').nth(2).unwrap_or_default();
            let name = ty.trim_start_matches(['[', ']', '{', '}']);
            if let Some(name) = name.strip_prefix('@') {
                assert!(BUILTIN.contains(&format!("\nT {name}")), "{name}");
            }
        }
    }
}
