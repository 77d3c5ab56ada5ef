//! Sets of fields: a tree of path elements, each of which may itself be a member.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::path::Element;
use super::shape::Shape;

/// A set of field paths.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Set(BTreeMap<Element, Node>);

#[derive(Clone, Debug, Default, PartialEq)]
struct Node {
    member: bool,
    below: Set,
}

impl Node {
    fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }
}

impl Set {
    /// A set of paths of plain field names.
    pub(crate) fn of_fields(paths: &[&[&str]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            let path: Vec<Element> = path.iter().map(|f| Element::Field((*f).to_owned())).collect();
            set.insert(&path);
        }
        set
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a path; the empty path names nothing.
    pub(crate) fn insert(&mut self, path: &[Element]) {
        match path {
            [] => {}
            [last] => self.0.entry(last.clone()).or_default().member = true,
            [first, rest @ ..] => self.0.entry(first.clone()).or_default().below.insert(rest),
        }
    }

    /// Whether an element is a member at the top.
    pub(crate) fn has(&self, element: &Element) -> bool {
        self.0.get(element).is_some_and(|node| node.member)
    }

    /// What lies below an element, if anything does.
    pub(crate) fn below(&self, element: &Element) -> Option<&Set> {
        self.0.get(element).map(|node| &node.below).filter(|set| !set.is_empty())
    }

    /// Members of either.
    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut out = self.clone();
        for (element, node) in &other.0 {
            let mine = out.0.entry(element.clone()).or_default();
            mine.member |= node.member;
            mine.below = mine.below.union(&node.below);
        }
        out
    }

    /// Members of both.
    pub(crate) fn intersection(&self, other: &Self) -> Self {
        self.combine(other, |mine, theirs| Node {
            member: mine.member && theirs.is_some_and(|t| t.member),
            below: theirs.map(|t| mine.below.intersection(&t.below)).unwrap_or_default(),
        })
    }

    /// Members of this one that are not members of the other.
    pub(crate) fn difference(&self, other: &Self) -> Self {
        self.combine(other, |mine, theirs| match theirs {
            None => mine.clone(),
            Some(theirs) => Node {
                member: mine.member && !theirs.member,
                below: mine.below.difference(&theirs.below),
            },
        })
    }

    /// Members of this one that are neither members of the other nor below one.
    pub(crate) fn without(&self, other: &Self) -> Self {
        self.combine(other, |mine, theirs| match theirs {
            None => mine.clone(),
            Some(theirs) if theirs.member => Node::default(),
            Some(theirs) => Node { member: mine.member, below: mine.below.without(&theirs.below) },
        })
    }

    fn combine(&self, other: &Self, with: impl Fn(&Node, Option<&Node>) -> Node) -> Self {
        let pairs = self.0.iter().map(|(e, node)| (e.clone(), with(node, other.0.get(e))));
        Self(pairs.filter(|(_, node)| !node.is_empty()).collect())
    }

    /// This set, with every declared field on the way to a member being a member.
    pub(crate) fn with_named_fields(&self, shape: Shape<'_>) -> Self {
        let nodes = self.0.iter().map(|(element, node)| {
            let named = match element {
                Element::Field(name) => !node.below.is_empty() && shape.declares(name),
                _ => false,
            };
            let below = node.below.with_named_fields(shape.below(element));
            (element.clone(), Node { member: node.member || named, below })
        });
        Self(nodes.collect())
    }

    /// Every member as a printed path.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.collect("", &mut out);
        out
    }

    fn collect(&self, prefix: &str, out: &mut Vec<String>) {
        let path = |element: &Element| format!("{prefix}{element}");
        out.extend(self.0.iter().filter(|(_, node)| node.member).map(|(e, _)| path(e)));
        for (element, node) in &self.0 {
            node.below.collect(&path(element), out);
        }
    }

    /// The `fieldsV1` object.
    pub(crate) fn to_json(&self) -> Value {
        let mut map = Map::new();
        for (element, node) in &self.0 {
            let mut below = node.below.to_json();
            if node.member && !node.below.is_empty() {
                let mut with_self = Map::new();
                with_self.insert(".".into(), json!({}));
                if let Value::Object(rest) = below {
                    with_self.extend(rest);
                }
                below = Value::Object(with_self);
            }
            map.insert(element.spell(), below);
        }
        Value::Object(map)
    }

    /// Reads a `fieldsV1` object; `None` when it is malformed.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let mut set = Self::default();
        for (key, child) in value.as_object()? {
            if key == "." {
                continue;
            }
            let map = child.as_object()?;
            let member = map.is_empty() || map.contains_key(".");
            let below = Self::from_json(child)?;
            set.0.insert(Element::parse(key)?, Node { member, below });
        }
        Some(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(value: Value) -> Set {
        Set::from_json(&value).unwrap()
    }

    #[test]
    fn fields_v1_round_trips() {
        let value = json!({"f:spec": {"f:containers": {
            "k:{\"name\":\"a\"}": {".": {}, "f:image": {}, "f:name": {}}}, "f:replicas": {}}});
        assert_eq!(set(value.clone()).to_json(), value);
        assert!(Set::from_json(&json!({"q:spec": {}})).is_none());
    }

    #[test]
    fn algebra() {
        let a = set(json!({"f:a": {".": {}, "f:b": {}, "f:c": {}}, "f:d": {}}));
        let b = set(json!({"f:a": {"f:b": {}}, "f:d": {}}));
        assert_eq!(a.difference(&b), set(json!({"f:a": {".": {}, "f:c": {}}})));
        assert_eq!(a.intersection(&b), b);
        assert_eq!(b.union(&a), a);
        assert_eq!(a.without(&set(json!({"f:a": {}}))), set(json!({"f:d": {}})));
        assert_eq!(b.paths(), [".d", ".a.b"]);
    }
}
