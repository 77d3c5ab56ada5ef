//! A value as it is defined: literals of one field joined to one, plain values computed, everything else as written.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::*;
use crate::ir::ExprId;

/// What the conjuncts of a value contribute, by what can be done with it.
#[derive(Default)]
struct Parts {
    /// Expressions without references: computed together.
    values: Vec<ExprId>,
    /// Shown inside the literal.
    embedded: Vec<Expr>,
    /// Shown beside the literal.
    joined: Vec<Expr>,
    structs: usize,
    lets: Vec<(String, Expr)>,
    fields: Vec<Member>,
    /// The labels of each literal, as they stand there.
    orders: Vec<Vec<Label>>,
    open: bool,
}

struct Member {
    label: Label,
    arc_type: ArcType,
    values: Vec<ExprId>,
    attributes: Vec<String>,
    docs: Vec<String>,
}

impl Viewer<'_> {
    /// The definition of a node.
    pub(super) fn definition(&mut self, v: NodeId) -> R<Expr> {
        self.eval.finalize(v)?;
        let mut conjuncts = Vec::new();
        for c in &self.eval.node(v).conjuncts {
            match self.eval.elem_expr(&c.elem) {
                Some(x) => conjuncts.push(x),
                None => return self.node(v),
            }
        }
        self.merged(Some(v), &conjuncts)
    }

    fn merged(&mut self, v: Option<NodeId>, conjuncts: &[ExprId]) -> R<Expr> {
        if self.depth >= crate::data::MAX_NESTING as usize {
            return Err(self.eval.spent("data nesting"));
        }
        self.eval.step()?;
        self.depth += 1;
        let out = stacker::maybe_grow(256 << 10, 4 << 20, || self.merged_inner(v, conjuncts));
        self.depth -= 1;
        out
    }

    fn merged_inner(&mut self, v: Option<NodeId>, conjuncts: &[ExprId]) -> R<Expr> {
        let mut parts = Parts::default();
        for &x in conjuncts {
            self.sort_in(&mut parts, x, false);
        }
        if !parts.values.is_empty() {
            let value = self.computed(&parts.values)?;
            parts.embedded.push(value);
        }
        if parts.fields.is_empty() && parts.lets.is_empty() && !parts.open {
            match (parts.embedded.len() + parts.joined.len(), parts.structs) {
                (0, 0) => return Ok(Expr::ident("_")),
                (0, _) => return Ok(self.closed(v, false, Vec::new())),
                (1, _) => {
                    let all = parts.embedded.pop().or(parts.joined.pop());
                    return Ok(all.unwrap_or_else(|| Expr::ident("_")));
                }
                _ => {}
            }
        }
        let mut elts: Vec<Decl> = parts.lets.into_iter().map(binding).collect();
        elts.extend(parts.embedded.into_iter().map(embed));
        let order = merged_order(parts.orders);
        parts.fields.sort_by_key(|m| order.get(&m.label).copied().unwrap_or(usize::MAX));
        for member in parts.fields {
            elts.push(self.member(v, member)?);
        }
        if parts.open {
            elts.push(Decl::Ellipsis(Box::default()));
        }
        let shown = parts.structs > 0 || !elts.is_empty();
        let literal = self.closed(v, parts.open, elts);
        let mut joined = parts.joined;
        if joined.is_empty() {
            return Ok(literal);
        }
        if shown {
            joined.push(literal);
        }
        Ok(chain(BinaryOp::And, joined).unwrap_or_else(|| Expr::ident("_")))
    }

    fn closed(&self, v: Option<NodeId>, open: bool, elts: Vec<Decl>) -> Expr {
        let literal = Expr::Struct(Box::new(StructLit { elts, ..StructLit::default() }));
        match v {
            Some(v) if !open && self.eval.node(v).closed_once => {
                Expr::call(Expr::ident("close"), vec![literal])
            }
            _ => literal,
        }
    }

    fn member(&mut self, v: Option<NodeId>, member: Member) -> R<Decl> {
        let arc = v.and_then(|v| self.eval.arc(v, member.label));
        let value = self.merged(arc, &member.values)?;
        let mut field = Field::new(self.label(member.label), value);
        field.constraint = match arc.map_or(member.arc_type, |a| self.eval.node(a).arc_type) {
            ArcType::Required => Constraint::Required,
            ArcType::Optional => Constraint::Optional,
            _ => Constraint::None,
        };
        if self.view.attributes {
            field.attrs = member.attributes.iter().map(|t| attribute(t)).collect();
        }
        if self.view.docs {
            field.comments = Comments::doc_lines(&member.docs);
        }
        Ok(Decl::Field(Box::new(field)))
    }

    fn sort_in(&mut self, parts: &mut Parts, x: ExprId, embedded: bool) {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.sort_in_bare(parts, x, embedded));
    }

    fn sort_in_bare(&mut self, parts: &mut Parts, x: ExprId, embedded: bool) {
        let prog = self.eval.prog.clone();
        match prog.expr(x) {
            ir::Expr::Struct(lit) => {
                let decls = &prog.structs[lit.at()].decls;
                if decls.iter().any(|d| self.is_special(*d)) {
                    parts.embedded.push(self.written(x));
                    return;
                }
                parts.structs += 1;
                parts.orders.push(decls.iter().filter_map(|d| self.fixed_label(*d)).collect());
                for d in decls {
                    match prog.decl(*d) {
                        ir::Decl::Field { arc, label, value } => {
                            self.add_field(parts, *d, arc, label, value);
                        }
                        ir::Decl::Ellipsis => parts.open = true,
                        ir::Decl::Let { label, value } => {
                            let name = self.eval.label_text(label);
                            let value = self.written(value);
                            parts.lets.push((name, value));
                        }
                        ir::Decl::Embed(x) => self.sort_in(parts, x, true),
                        _ => {}
                    }
                }
            }
            ir::Expr::Binary { op: Op::And, x, y } if !embedded => {
                self.sort_in(parts, *x, false);
                self.sort_in(parts, *y, false);
            }
            _ if self.is_plain(x) => parts.values.push(x),
            _ if embedded => parts.embedded.push(self.written(x)),
            _ => parts.joined.push(self.written(x)),
        }
    }

    fn fixed_label(&self, d: crate::ir::DeclId) -> Option<Label> {
        match self.eval.prog.decl(d) {
            ir::Decl::Field { label, .. } => Some(label),
            _ => None,
        }
    }

    fn is_special(&self, d: crate::ir::DeclId) -> bool {
        matches!(
            self.eval.prog.decl(d),
            ir::Decl::Dynamic { .. } | ir::Decl::Pattern { .. } | ir::Decl::Comp(_)
        )
    }

    fn add_field(
        &self,
        parts: &mut Parts,
        d: crate::ir::DeclId,
        arc_type: ArcType,
        label: Label,
        value: ExprId,
    ) {
        let at = match parts.fields.iter().position(|m| m.label == label) {
            Some(at) => at,
            None => {
                parts.fields.push(Member {
                    label,
                    arc_type,
                    values: Vec::new(),
                    attributes: Vec::new(),
                    docs: Vec::new(),
                });
                parts.fields.len() - 1
            }
        };
        let member = &mut parts.fields[at];
        member.arc_type = member.arc_type.min(arc_type);
        member.values.push(value);
        for text in self.eval.prog.attrs.get(&d).into_iter().flat_map(|l| l.iter()) {
            if !member.attributes.contains(text) {
                member.attributes.push(text.clone());
            }
        }
        let docs = self.eval.prog.docs.get(&d).into_iter().flat_map(|l| l.iter());
        member.docs.extend(docs.cloned());
    }

    /// Whether an expression refers to nothing.
    fn is_plain(&self, x: ExprId) -> bool {
        let mut work = vec![x];
        while let Some(x) = work.pop() {
            match self.eval.prog.expr(x) {
                ir::Expr::Val(_) => {}
                ir::Expr::Bound { x, .. } | ir::Expr::Unary { x, .. } => work.push(*x),
                ir::Expr::Binary { x, y, .. } => work.extend([*x, *y]),
                _ => return false,
            }
        }
        true
    }

    /// The value of expressions without references, joined.
    fn computed(&mut self, values: &[ExprId]) -> R<Expr> {
        let mut n = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
        let conj =
            |x: &ExprId| Conj { env: EnvId::NONE, elem: Elem::Expr(*x), ci: CloseInfo::NONE };
        n.conjuncts = values.iter().map(conj).collect();
        let v = self.eval.new_node(n)?;
        self.depth -= 1;
        let out = self.node(v);
        self.depth += 1;
        out
    }
}

fn binding((name, expr): (String, Expr)) -> Decl {
    Decl::Let(Box::new(ast::LetClause {
        let_pos: Pos::NONE,
        ident: Ident::new(name),
        equal: Pos::NONE,
        expr,
        comments: Comments::default(),
    }))
}

/// The place of each label in an order that keeps that of every literal as far as they agree: of the literals' first
/// labels the first is taken that no other literal still has behind something.
fn merged_order(literals: Vec<Vec<Label>>) -> FxHashMap<Label, usize> {
    let mut waiting: FxHashMap<Label, usize> = FxHashMap::default();
    for l in literals.iter().flat_map(|l| l.iter().skip(1)) {
        *waiting.entry(*l).or_default() += 1;
    }
    let mut rests: Vec<VecDeque<Label>> = literals.into_iter().map(VecDeque::from).collect();
    let mut places = FxHashMap::default();
    loop {
        let free =
            |r: &VecDeque<Label>| r.front().is_some_and(|l| waiting.get(l).is_none_or(|n| *n == 0));
        if let Some(rest) = rests.iter_mut().find(|r| free(r)) {
            if let Some(label) = rest.pop_front() {
                let next = places.len();
                places.entry(label).or_insert(next);
            }
            if rest.len() > 1
                && let Some(n) = rest.front().and_then(|l| waiting.get_mut(l))
            {
                *n = n.saturating_sub(1);
            }
            continue;
        }
        // The literals disagree.
        match rests.iter().find_map(|r| r.front()) {
            Some(label) => waiting.insert(*label, 0),
            None => return places,
        };
    }
}
