//! YAML text to data. Aliases are expanded, merge keys merged, and equal keys unified, within limits of size and depth.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use granit_parser::{Event, Parser, ScalarStyle, Tag as ParserTag};
use rustc_hash::FxHashMap;

use super::resolve::{Tag, resolve};
use crate::data::{Data, MAX_NESTING};
use crate::func::CallError;
use crate::num::Num;

/// Values that the documents of one text may hold, aliases expanded.
const MOST: usize = 1_000_000;

type Read<T> = Result<T, CallError>;

/// The documents of a text; a text without any is one null.
pub(crate) fn documents(text: &str) -> Read<Vec<Data>> {
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_NESTING as usize,
        block_nesting_limit: MAX_NESTING as usize,
        bom_inside_document_as_content: true,
        block_scalar_eof_without_line_feed: true,
        emit_comments: false,
    };
    let mut tree = Tree::default();
    let mut open: Vec<Open> = Vec::new();
    let mut roots = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, _) = event.map_err(|e| CallError::fatal(format!("yaml: {e}")))?;
        let done = match event {
            Event::DocumentStart(..) => {
                tree.anchors.clear();
                continue;
            }
            Event::Scalar(value, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let tag = tag_of(tag, plain, &value)?;
                tree.add(Node::Scalar(value.into_owned(), tag, plain), anchor)
            }
            Event::Alias(anchor) => match tree.anchors.get(&anchor) {
                Some(&at) => tree.add(Node::Alias(at), 0),
                None => return Err(CallError::fatal("yaml: unknown anchor")),
            },
            Event::SequenceStart(_, anchor, _) => {
                open.push(Open { at: tree.add(Node::List(Vec::new()), anchor), key: None });
                continue;
            }
            Event::MappingStart(_, anchor, _) => {
                open.push(Open { at: tree.add(Node::Map(Vec::new()), anchor), key: None });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(closed) => closed.at,
                None => continue,
            },
            _ => continue,
        };
        match open.last_mut() {
            None => roots.push(done),
            Some(parent) => parent.take(&mut tree, done),
        }
    }
    let mut convert = Convert { tree: &tree, made: 0, inside: Vec::new() };
    if roots.is_empty() {
        return Ok(vec![Data::Null]);
    }
    roots.into_iter().map(|root| convert.data(root)).collect()
}

enum Node {
    /// Text, type, whether it was written without quotes.
    Scalar(String, Tag, bool),
    List(Vec<usize>),
    Map(Vec<(usize, usize)>),
    Alias(usize),
}

#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
    anchors: FxHashMap<usize, usize>,
}

impl Tree {
    fn add(&mut self, node: Node, anchor: usize) -> usize {
        self.nodes.push(node);
        let at = self.nodes.len() - 1;
        if anchor > 0 {
            self.anchors.insert(anchor, at);
        }
        at
    }
}

/// A collection being read; in a mapping, the key that waits for its value.
struct Open {
    at: usize,
    key: Option<usize>,
}

impl Open {
    fn take(&mut self, tree: &mut Tree, node: usize) {
        match &mut tree.nodes[self.at] {
            Node::List(items) => items.push(node),
            Node::Map(fields) => match self.key.take() {
                None => self.key = Some(node),
                Some(key) => fields.push((key, node)),
            },
            Node::Scalar(..) | Node::Alias(_) => {}
        }
    }
}

fn tag_of(tag: Option<Cow<'_, ParserTag>>, plain: bool, value: &str) -> Read<Tag> {
    let Some(tag) = tag.filter(|t| t.original() != "!") else {
        return Ok(if plain { octal_or(resolve(value), value) } else { Tag::Str });
    };
    let known = tag.handle().strip_prefix("tag:yaml.org,2002:").map(|rest| {
        let name = format!("{rest}{}", tag.suffix());
        match name.as_str() {
            "null" => Some(Tag::Null),
            "bool" => Some(Tag::Bool),
            "int" => Some(Tag::Int),
            "float" => Some(Tag::Float),
            "timestamp" => Some(Tag::Timestamp),
            "str" => Some(Tag::Str),
            "binary" => Some(Tag::Binary),
            _ => None,
        }
    });
    known
        .flatten()
        .ok_or_else(|| CallError::fatal(format!("cannot unmarshal tag {:?}", tag.original())))
}

/// What looks like an octal number of old but is none stays text.
fn octal_or(tag: Tag, value: &str) -> Tag {
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    let octal = digits.len() > 1
        && digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if tag == Tag::Float && octal { Tag::Str } else { tag }
}

struct Convert<'a> {
    tree: &'a Tree,
    made: usize,
    /// The collections around the value, aliases included.
    inside: Vec<usize>,
}

impl Convert<'_> {
    fn data(&mut self, at: usize) -> Read<Data> {
        self.made += 1;
        if self.made > MOST || self.inside.len() > MAX_NESTING as usize {
            return Err(CallError::budget("YAML too large"));
        }
        let tree = self.tree;
        match &tree.nodes[at] {
            Node::Scalar(text, Tag::Str, true) if text == "<<" => {
                Err(CallError::fatal("cannot unmarshal tag \"!!merge\""))
            }
            Node::Scalar(text, tag, _) => scalar(text, *tag),
            Node::Alias(to) => self.nested(*to, |c| c.data(*to)),
            Node::List(items) => self.nested(at, |c| {
                items.iter().map(|i| c.data(*i)).collect::<Read<Vec<Data>>>().map(Data::list)
            }),
            Node::Map(fields) => self.nested(at, |c| {
                let mut out = Vec::with_capacity(fields.len());
                c.insert(fields, &mut out, false)?;
                Ok(Data::Struct(out.into()))
            }),
        }
    }

    fn nested<T>(&mut self, at: usize, f: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let alias = matches!(self.tree.nodes.get(at), Some(Node::List(_) | Node::Map(_)));
        if alias && self.inside.iter().filter(|i| **i == at).count() > 1 {
            return Err(CallError::fatal("anchor value contains itself"));
        }
        self.inside.push(at);
        let out = stacker::maybe_grow(64 << 10, 1 << 20, || f(self));
        self.inside.pop();
        out
    }

    /// Adds the fields of a mapping; those that come after a merge key replace what it brought.
    fn insert(
        &mut self,
        fields: &[(usize, usize)],
        out: &mut Vec<(Arc<str>, Data)>,
        merged: bool,
    ) -> Read<()> {
        let mut merged = merged;
        for &(key, value) in fields {
            if matches!(&self.tree.nodes[key], Node::Scalar(text, Tag::Str, true) if text == "<<") {
                merged = true;
                self.merge(value, out)?;
                continue;
            }
            let name: Arc<str> = self.key(key)?.into();
            let value = self.data(value)?;
            match out.iter_mut().find(|(k, _)| *k == name) {
                None => out.push((name, value)),
                Some((_, known)) if merged => *known = value,
                Some((_, known)) => *known = unified(known, &value)?,
            }
        }
        Ok(())
    }

    fn merge(&mut self, at: usize, out: &mut Vec<(Arc<str>, Data)>) -> Read<()> {
        let tree = self.tree;
        match &tree.nodes[at] {
            Node::Map(fields) => self.nested(at, |c| c.insert(fields, out, true)),
            Node::Alias(to) => self.nested(*to, |c| c.merge(*to, out)),
            Node::List(items) => {
                self.nested(at, |c| items.iter().rev().try_for_each(|i| c.merge(*i, out)))
            }
            Node::Scalar(..) => {
                Err(CallError::fatal("map merge requires map or sequence of maps as the value"))
            }
        }
    }

    /// A key as the text it is in CUE.
    fn key(&self, at: usize) -> Read<String> {
        match &self.tree.nodes[at] {
            Node::Alias(to) => self.key(*to),
            Node::Scalar(text, tag, _) => match tag {
                Tag::Str | Tag::Timestamp => Ok(text.clone()),
                Tag::Null => Ok("null".to_owned()),
                Tag::Bool => Ok(is_true(text).to_string()),
                Tag::Int | Tag::Float if text.starts_with('-') => {
                    Err(CallError::fatal(format!("invalid label {text}")))
                }
                Tag::Int => Ok(octal(text).into_owned()),
                Tag::Float => Ok(text.clone()),
                Tag::Binary => Err(CallError::fatal("invalid map key: !!binary")),
            },
            Node::List(_) => Err(CallError::fatal("invalid map key: !!seq")),
            Node::Map(_) => Err(CallError::fatal("invalid map key: !!map")),
        }
    }
}

fn is_true(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE")
}

/// An octal number of old with the prefix of today.
fn octal(text: &str) -> Cow<'_, str> {
    let old = text.len() > 1 && text.starts_with('0') && text.as_bytes()[1] <= b'9';
    if old { format!("0o{}", &text[1..]).into() } else { text.into() }
}

fn scalar(text: &str, tag: Tag) -> Read<Data> {
    match tag {
        Tag::Null => Ok(Data::Null),
        Tag::Bool => Ok(Data::Bool(is_true(text))),
        Tag::Str | Tag::Timestamp => Ok(Data::str(text)),
        Tag::Binary => {
            let clean: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
            let decoded = base64::engine::general_purpose::STANDARD.decode(clean);
            decoded
                .map(Data::bytes)
                .map_err(|_| CallError::fatal("!!binary value contains invalid base64 data"))
        }
        Tag::Int => number(&octal(text)),
        Tag::Float => number(text),
    }
}

fn number(text: &str) -> Read<Data> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let bad = |why| CallError::fatal(format!("cannot decode {text:?} as a number: {why}"));
    let n: Num = crate::compile::number(unsigned).map_err(bad)?;
    Ok(Data::Num(if text.starts_with('-') { n.negated() } else { n.spelled(text) }))
}

/// Two values of one key.
fn unified(a: &Data, b: &Data) -> Read<Data> {
    match (a, b) {
        (Data::Struct(x), Data::Struct(y)) => stacker::maybe_grow(64 << 10, 1 << 20, || {
            let mut all = x.to_vec();
            for (name, value) in y.iter() {
                match all.iter_mut().find(|(k, _)| k == name) {
                    Some((_, known)) => *known = unified(known, value)?,
                    None => all.push((name.clone(), value.clone())),
                }
            }
            Ok(Data::Struct(all.into()))
        }),
        (a, b) if a == b => Ok(a.clone()),
        (a, b) => {
            Err(CallError::fatal(format!("conflicting values {} and {}", b.to_json(), a.to_json())))
        }
    }
}
