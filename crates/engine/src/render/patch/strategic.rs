//! The strategic merge as a rewriting of syntax: what has to be overwritten in the base is, and lists
//! are put into the order that plain unification then merges by index.
//!
//! Invariant: the rewriting never evaluates; base and patch are separate trees, so an element that
//! moves is moved, never shared. Where keys are missing or not literal the list is left to the merge
//! by index, as other controllers leave it.

use std::collections::BTreeMap;

use mizzen_cue::syntax::ast::{Decl, Ellipsis, Expr, Field, Label, ListLit, StructLit};

use super::marker::{self, Markers, PATCH_KEY, PATCH_STRATEGY};

/// Opens every list that is the value of a field, so that a patch may append to it.
pub(super) fn open_lists(expr: &mut Expr) {
    match expr {
        Expr::Struct(literal) => {
            for decl in &mut literal.elts {
                open_in_decl(decl);
            }
        }
        Expr::List(list) => list.elts.iter_mut().for_each(open_lists),
        Expr::Binary(binary) => {
            open_lists(&mut binary.x);
            open_lists(&mut binary.y);
        }
        Expr::Unary(unary) => open_lists(&mut unary.x),
        Expr::Paren(paren) => open_lists(&mut paren.x),
        Expr::Call(call) => call.args.iter_mut().for_each(open_lists),
        _ => {}
    }
}

fn open_in_decl(decl: &mut Decl) {
    match decl {
        Decl::Field(field) => {
            open_lists(&mut field.value);
            if let Expr::List(list) = &mut field.value
                && !matches!(list.elts.last(), Some(Expr::Ellipsis(_)))
            {
                list.elts.push(Expr::Ellipsis(Box::<Ellipsis>::default()));
            }
        }
        Decl::Embed(embed) => open_lists(&mut embed.expr),
        _ => {}
    }
}

/// Rewrites `base` and `patch` so that unifying them gives the merge.
pub(super) fn rewrite(base: &mut Expr, patch: &mut Expr) {
    Walk { base, path: Vec::new() }.expr(patch, &Markers::new());
}

struct Walk<'a> {
    base: &'a mut Expr,
    path: Vec<String>,
}

impl Walk<'_> {
    fn expr(&mut self, node: &mut Expr, inherited: &Markers) {
        match node {
            Expr::Struct(literal) => self.decls(&mut literal.elts, inherited),
            Expr::List(list) => self.items(&mut list.elts, inherited),
            Expr::Binary(binary) => {
                self.expr(&mut binary.x, inherited);
                self.expr(&mut binary.y, inherited);
            }
            Expr::Unary(unary) => self.expr(&mut unary.x, inherited),
            Expr::Comprehension(comprehension) => self.expr(&mut comprehension.value, inherited),
            Expr::Call(call) => match closed(&mut call.fun, &mut call.args) {
                Some(inner) => self.expr(inner, inherited),
                None => self.items(&mut call.args, inherited),
            },
            _ => {}
        }
    }

    fn items(&mut self, items: &mut [Expr], inherited: &Markers) {
        for (index, item) in items.iter_mut().enumerate() {
            self.path.push(index.to_string());
            self.expr(item, inherited);
            self.path.pop();
        }
    }

    fn decls(&mut self, decls: &mut [Decl], inherited: &Markers) {
        for decl in decls {
            match decl {
                Decl::Field(field) => self.field(field, inherited),
                Decl::Embed(embed) => self.expr(&mut embed.expr, inherited),
                Decl::Comprehension(comprehension) => {
                    self.expr(&mut comprehension.value, inherited);
                }
                _ => {}
            }
        }
    }

    fn field(&mut self, field: &mut Field, inherited: &Markers) {
        let own = marker::of(&field.comments);
        let strategy = own.get(PATCH_STRATEGY).map(String::as_str).unwrap_or_default();
        let label = label_text(&field.label);
        if let Some(list) = as_list(&mut field.value) {
            let key = own.get(PATCH_KEY).or_else(|| inherited.get(PATCH_KEY));
            self.list(&label, list, strategy, key.map(String::as_str).unwrap_or_default());
        } else if strategy == "retainKeys" {
            self.retain(&label, &field.value);
        }
        if label.is_empty() || label.starts_with('#') {
            return;
        }
        let mut markers = inherited.clone();
        markers.extend(own);
        self.path.push(label);
        self.expr(&mut field.value, &markers);
        self.path.pop();
    }

    fn list(&mut self, label: &str, patch: &mut ListLit, strategy: &str, key: &str) {
        self.path.push(label.to_owned());
        let found = find(self.base, &self.path).and_then(as_list);
        if let Some(base) = found {
            if strategy == "replace" {
                base.elts.clone_from(&patch.elts);
            } else if !key.is_empty() {
                align(&mut base.elts, &mut patch.elts, key, strategy == "retainKeys");
            }
        }
        self.path.pop();
    }

    /// Overwrites the whole value of the base's field, where the base has it.
    fn retain(&mut self, label: &str, value: &Expr) {
        let Some(Expr::Struct(parent)) = find(self.base, &self.path) else { return };
        for decl in &mut parent.elts {
            if let Decl::Field(field) = decl
                && label_text(&field.label) == label
            {
                field.value = value.clone();
            }
        }
    }
}

/// Puts the patch's elements where the base's elements of the same key are; new ones come after.
fn align(base: &mut [Expr], patch: &mut Vec<Expr>, keys: &str, retain: bool) {
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    let mut order: Vec<Option<usize>> = Vec::new();
    for key in keys.split(',') {
        match index_patch(patch, key, &mut by_key) {
            Indexed::Some => {}
            Indexed::None if patch.is_empty() => continue,
            Indexed::None | Indexed::NotLiteral => return,
        }
        if !pair_with_base(base, key, retain, &mut by_key, &mut order) {
            return;
        }
    }
    let mut left: Vec<usize> = by_key.into_values().collect();
    left.sort_unstable();
    let mut taken: Vec<Option<Expr>> = std::mem::take(patch).into_iter().map(Some).collect();
    let mut place = |slot: Option<usize>| match slot {
        Some(index) => taken[index].take().unwrap_or_else(empty),
        None => empty(),
    };
    for slot in order.into_iter().chain(left.into_iter().map(Some)) {
        patch.push(place(slot));
    }
    patch.push(Expr::Ellipsis(Box::<Ellipsis>::default()));
}

enum Indexed {
    Some,
    None,
    NotLiteral,
}

fn index_patch(patch: &mut [Expr], key: &str, by_key: &mut BTreeMap<String, usize>) -> Indexed {
    let mut found = Indexed::None;
    for (index, item) in patch.iter_mut().enumerate() {
        match key_of(item, key) {
            Key::Missing => {}
            Key::NotLiteral => return Indexed::NotLiteral,
            Key::Text(text) => {
                found = Indexed::Some;
                by_key.insert(text, index);
            }
        }
    }
    found
}

/// False when a key of the base is not literal: then the list is not aligned at all.
fn pair_with_base(
    base: &mut [Expr],
    key: &str,
    retain: bool,
    by_key: &mut BTreeMap<String, usize>,
    order: &mut Vec<Option<usize>>,
) -> bool {
    for item in base {
        match key_of(item, key) {
            Key::Missing => {}
            Key::NotLiteral => return false,
            Key::Text(text) => {
                let slot = by_key.remove(&text);
                if slot.is_some() && retain {
                    *item = empty();
                }
                order.push(slot);
            }
        }
    }
    true
}

enum Key {
    Missing,
    NotLiteral,
    Text(String),
}

fn key_of(item: &mut Expr, key: &str) -> Key {
    if matches!(item, Expr::Ellipsis(_)) {
        return Key::Missing;
    }
    let path: Vec<String> = key.split('.').map(str::to_owned).collect();
    match find(item, &path) {
        None => Key::Missing,
        Some(Expr::Lit(literal)) => Key::Text(format!("{key} {}", literal.text)),
        Some(_) => Key::NotLiteral,
    }
}

fn empty() -> Expr {
    Expr::Struct(Box::new(StructLit::new(Vec::new())))
}

/// The expression at a path of labels and indices; `close()` is looked through.
fn find<'a>(expr: &'a mut Expr, path: &[String]) -> Option<&'a mut Expr> {
    let expr = peeled(expr);
    let Some((first, rest)) = path.split_first() else { return Some(expr) };
    match expr {
        Expr::Struct(literal) => {
            let field = literal.elts.iter_mut().find_map(|decl| match decl {
                Decl::Field(field) if same_label(&label_text(&field.label), first) => Some(field),
                _ => None,
            })?;
            find(&mut field.value, rest)
        }
        Expr::List(list) => find(list.elts.get_mut(first.parse::<usize>().ok()?)?, rest),
        _ => None,
    }
}

fn peeled(expr: &mut Expr) -> &mut Expr {
    if !matches!(expr, Expr::Call(call) if is_close(&call.fun, &call.args)) {
        return expr;
    }
    match expr {
        Expr::Call(call) => &mut call.args[0],
        other => other,
    }
}

fn closed<'a>(fun: &mut Expr, args: &'a mut [Expr]) -> Option<&'a mut Expr> {
    if is_close(fun, args) { args.first_mut() } else { None }
}

fn is_close(fun: &Expr, args: &[Expr]) -> bool {
    args.len() == 1 && matches!(fun, Expr::Ident(ident) if ident.name == "close")
}

fn as_list(expr: &mut Expr) -> Option<&mut ListLit> {
    match peeled(expr) {
        Expr::List(list) => Some(list),
        _ => None,
    }
}

/// A label as written; empty for what is computed.
fn label_text(label: &Label) -> String {
    match label {
        Label::Ident(ident) => ident.name.to_string(),
        Label::Lit(literal) => literal.text.to_string(),
        _ => String::new(),
    }
}

fn same_label(left: &str, right: &str) -> bool {
    left.trim_matches('"') == right.trim_matches('"')
}
