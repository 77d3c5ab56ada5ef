//! The order of fields on export.
//!
//! Literals that contributed to a node are put in the order of the text that brought them; labels get edges in
//! declaration order within and between literals; strongly connected labels are sorted by name, and of several ready
//! components the smallest name comes first. Explicit operands of `&` are unordered among each other.

mod graph;
mod owners;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::Eval;
use super::node::*;
use super::val::Val;
use crate::ir::{Decl, DeclId, Expr, ExprId, Op, Pos, StructId};
use crate::label::Label;

use graph::Graph;
use owners::Owners;

/// What a conjunct or a declaration is, for finding the literal it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Lit(StructId),
    Decl(DeclId),
    Expr(ExprId),
    Data(NodeId),
}

/// A declaration as far as order is concerned.
#[derive(Clone, Copy, Debug)]
enum Item {
    Label(Label, Key),
    Dynamic(DeclId),
    Embed(ExprId),
    Other,
}

struct Meta {
    lit: StructId,
    pos: Pos,
    explicit: bool,
}

/// Labels up to which a list is searched from its start.
const FEW: usize = 24;

type Dynamics = FxHashMap<DeclId, std::collections::VecDeque<Label>>;

impl Eval {
    /// The arcs of a finished node in the order of export.
    pub(crate) fn ordered_arcs(&self, v: NodeId) -> Vec<NodeId> {
        let arcs = &self.node(v).arcs;
        if arcs.len() < 2 {
            return arcs.to_vec();
        }
        if let Some(sorted) = self.single_literal_order(v) {
            return sorted;
        }
        let order = self.feature_order(v);
        if arcs.len() <= FEW {
            return order.into_iter().filter_map(|l| self.arc(v, l)).collect();
        }
        let at: FxHashMap<Label, NodeId> = arcs.iter().map(|a| (self.node(*a).label, *a)).collect();
        order.into_iter().filter_map(|l| at.get(&l).copied()).collect()
    }

    /// One literal without dynamic fields that names all arcs: its own order.
    fn single_literal_order(&self, v: NodeId) -> Option<Vec<NodeId>> {
        let [only] = self.node(v).structs[..] else { return None };
        let arcs = &self.node(v).arcs;
        let mut out = Vec::with_capacity(arcs.len());
        for item in self.items(only.lit) {
            match item {
                Item::Label(l, _) => {
                    if let Some(a) = self.arc(v, l)
                        && !out.contains(&a)
                    {
                        out.push(a);
                    }
                }
                Item::Dynamic(_) => return None,
                Item::Embed(_) | Item::Other => {}
            }
        }
        (out.len() == arcs.len()).then_some(out)
    }

    fn items(&self, lit: StructId) -> Vec<Item> {
        let Some(s) = self.prog.structs.get(lit.at()) else {
            let data = &self.data_lits[lit.at() - self.prog.structs.len()];
            return data
                .fields
                .iter()
                .map(|(f, _)| Item::Label(self.node(*f).label, Key::Data(*f)))
                .collect();
        };
        let item = |d: &DeclId| match self.prog.decl(*d) {
            Decl::Field { label, .. } => Item::Label(label, Key::Decl(*d)),
            Decl::Dynamic { .. } => Item::Dynamic(*d),
            Decl::Embed(x) => Item::Embed(x),
            _ => Item::Other,
        };
        s.decls.iter().map(item).collect()
    }

    fn lit_pos(&self, lit: StructId) -> Pos {
        match self.prog.structs.get(lit.at()) {
            Some(s) => s.pos,
            None => self.data_lits[lit.at() - self.prog.structs.len()].pos,
        }
    }

    fn expr_key(&self, x: ExprId) -> Key {
        match self.prog.expr(x) {
            Expr::Struct(lit) => Key::Lit(*lit),
            _ => Key::Expr(x),
        }
    }

    fn elem_key(&self, elem: &Elem) -> Option<Key> {
        Some(match elem {
            Elem::Expr(x) => self.expr_key(*x),
            Elem::Decl(d) => Key::Decl(*d),
            Elem::Comp(c) => match self.comps[c.at()].value {
                CompValue::Expr(x) => self.expr_key(x),
                CompValue::Decl(d) => Key::Decl(d),
            },
            Elem::Val(Val::Node(n)) => Key::Data(*n),
            Elem::Val(_) | Elem::Terms(_) => return None,
        })
    }

    fn feature_order(&self, v: NodeId) -> Vec<Label> {
        let metas = self.literals(v);
        match self.chain(v, &metas) {
            Some(order) => order,
            None => self.graph_order(v, metas),
        }
    }

    /// The order where the graph would be a single chain: literals of one file in different places, nothing explicit
    /// and nothing dynamic among them. A label stands where it is named first.
    fn chain(&self, v: NodeId, metas: &[Meta]) -> Option<Vec<Label>> {
        let file = metas.first()?.pos.file;
        if metas.iter().any(|m| m.explicit || m.pos.is_none() || m.pos.file != file) {
            return None;
        }
        let mut sorted: SmallVec<[&Meta; 4]> = metas.iter().collect();
        sorted.sort_by_key(|m| m.pos);
        if sorted.windows(2).any(|w| w[0].pos == w[1].pos) {
            return None;
        }
        let mut order = Vec::new();
        let mut named = FxHashSet::default();
        for m in sorted {
            for item in self.items(m.lit) {
                let label = match item {
                    Item::Label(label, _) => label,
                    Item::Dynamic(_) => return None,
                    Item::Embed(_) | Item::Other => continue,
                };
                if order.len() <= FEW {
                    if order.contains(&label) {
                        continue;
                    }
                    if order.len() == FEW {
                        named.extend(order.iter().copied());
                        named.insert(label);
                    }
                } else if !named.insert(label) {
                    continue;
                }
                order.push(label);
            }
        }
        let is_named = |a: &NodeId| {
            let label = self.node(*a).label;
            if order.len() <= FEW { order.contains(&label) } else { named.contains(&label) }
        };
        self.node(v).arcs.iter().all(is_named).then_some(order)
    }

    fn graph_order(&self, v: NodeId, mut metas: Vec<Meta>) -> Vec<Label> {
        let mut graph = Graph::default();
        let mut dynamics = Dynamics::default();
        for &a in &self.node(v).arcs {
            let label = self.node(a).label;
            graph.ensure(label);
            for c in &self.node(a).conjuncts {
                if let Some(Key::Decl(d)) = self.elem_key(&c.elem)
                    && matches!(self.prog.decl(d), Decl::Dynamic { .. })
                {
                    dynamics.entry(d).or_default().push_back(label);
                }
            }
        }
        let has_dynamic = |m: &Meta, dynamics: &Dynamics| {
            !dynamics.is_empty()
                && self
                    .items(m.lit)
                    .iter()
                    .any(|i| matches!(i, Item::Dynamic(d) if dynamics.contains_key(d)))
        };
        metas.sort_by_key(|m| (m.pos.is_none(), m.pos, has_dynamic(m, &dynamics)));
        let batches = self.batches(metas, |m| has_dynamic(m, &dynamics));
        let mut previous: Vec<Label> = Vec::new();
        let mut file = None;
        for batch in batches {
            let explicit = batch.len() > 1 || batch[0].explicit;
            if file.is_some_and(|f| f != batch[0].pos.file) {
                previous.clear();
            }
            file = Some(batch[0].pos.file);
            let mut next = Vec::new();
            for m in &batch {
                next.extend(self.add_edges(&mut graph, &mut dynamics, &previous, m, explicit));
            }
            previous = next;
        }
        graph.sort(|l| self.symbol(l))
    }

    /// The contributing literals with the positions of what brought them.
    fn literals(&self, v: NodeId) -> Vec<Meta> {
        let structs = &self.node(v).structs;
        let mut metas: Vec<Meta> = structs
            .iter()
            .map(|s| Meta { lit: s.lit, pos: self.lit_pos(s.lit), explicit: false })
            .collect();
        let mut keys = Vec::with_capacity(32);
        for (i, s) in structs.iter().enumerate() {
            keys.push((Key::Lit(s.lit), i));
            for item in self.items(s.lit) {
                let key = match item {
                    Item::Label(_, k) => k,
                    Item::Dynamic(d) => Key::Decl(d),
                    Item::Embed(x) => self.expr_key(x),
                    Item::Other => continue,
                };
                keys.push((key, i));
            }
        }
        let mut owners = Owners::new(keys);
        for &a in &self.node(v).arcs {
            for c in &self.node(a).conjuncts {
                self.place(c, &mut metas, &mut owners);
            }
        }
        self.mark_explicit(v, &mut metas, &owners);
        metas
    }

    /// A field moves its literal to where the field, or the outermost reference that brought it, is written.
    fn place(&self, c: &Conj, metas: &mut [Meta], owners: &mut Owners) {
        let Some(key) = self.elem_key(&c.elem) else { return };
        let own = owners.of(key);
        let Some(&first) = own.first() else { return };
        let pos = match key {
            Key::Data(n) => self.data_pos(metas[first].lit, n),
            _ => self.elem_pos(&c.elem_or_field(self)),
        };
        if !pos.is_none() {
            own.iter().for_each(|i| metas[*i].pos = pos);
        }
        let mut at = c.ci.links;
        let mut outermost = None;
        while !at.is_none() {
            outermost = self.links[at.at()].expr;
            at = self.links[at.at()].next;
        }
        let Some(x) = outermost else { return };
        let all = owners.add(self.expr_key(x), &own);
        let pos = self.prog.expr_pos[x.at()];
        if !pos.is_none() {
            all.iter().for_each(|i| metas[*i].pos = pos);
        }
    }

    /// Where a field of a literal that came as data counts as written.
    fn data_pos(&self, lit: StructId, n: NodeId) -> Pos {
        let data = lit.at().checked_sub(self.prog.structs.len()).map(|at| &self.data_lits[at]);
        let own = data.and_then(|l| l.fields.iter().find(|(f, _)| *f == n));
        own.map(|(_, pos)| *pos).unwrap_or_default()
    }

    fn mark_explicit(&self, v: NodeId, metas: &mut [Meta], owners: &Owners) {
        let mut work: Vec<ExprId> =
            self.node(v).conjuncts.iter().filter_map(|c| self.elem_expr(&c.elem)).collect();
        for s in &self.node(v).structs {
            work.extend(self.items(s.lit).iter().filter_map(|i| match i {
                Item::Embed(x) => Some(*x),
                _ => None,
            }));
        }
        while let Some(x) = work.pop() {
            if let Expr::Binary { op: Op::And, x, y } = *self.prog.expr(x) {
                for side in [x, y] {
                    owners.of(self.expr_key(side)).iter().for_each(|i| metas[*i].explicit = true);
                    work.push(side);
                }
            }
        }
    }

    /// Literals at one position form a batch; neighbouring explicit batches of a file are one.
    fn batches(&self, metas: Vec<Meta>, has_dynamic: impl Fn(&Meta) -> bool) -> Vec<Vec<Meta>> {
        let mut out: Vec<Vec<Meta>> = Vec::new();
        let mut batch: Vec<Meta> = Vec::new();
        let explicit = |b: &[Meta]| b.len() > 1 || b[0].explicit;
        let push = |out: &mut Vec<Vec<Meta>>, batch: Vec<Meta>| {
            if batch.is_empty() {
                return;
            }
            match out.last_mut() {
                Some(prev)
                    if explicit(prev)
                        && explicit(&batch)
                        && prev[0].pos.file == batch[0].pos.file =>
                {
                    prev.extend(batch);
                }
                _ => out.push(batch),
            }
        };
        for m in metas {
            let joins = batch.is_empty() || (batch[0].pos == m.pos && !has_dynamic(&m));
            if !joins {
                push(&mut out, std::mem::take(&mut batch));
            }
            batch.push(m);
        }
        push(&mut out, batch);
        out
    }

    fn add_edges(
        &self,
        graph: &mut Graph,
        dynamics: &mut Dynamics,
        previous: &[Label],
        m: &Meta,
        explicit: bool,
    ) -> Vec<Label> {
        let mut previous = previous.to_vec();
        let id = (m.lit, m.pos);
        for item in self.items(m.lit) {
            let label = match item {
                Item::Label(l, _) => l,
                Item::Dynamic(d) => match dynamics.get_mut(&d).and_then(|q| q.pop_front()) {
                    Some(l) => l,
                    None => continue,
                },
                Item::Embed(_) | Item::Other => continue,
            };
            if let Some(owner) = graph.owner(label)
                && (owner == id || (!explicit && !m.pos.is_none() && owner.1.file == m.pos.file))
            {
                continue;
            }
            graph.own(label, id);
            for &p in &previous {
                graph.edge(p, label);
            }
            previous = vec![label];
        }
        previous
    }
}

impl Conj {
    /// The declaration behind a comprehension's field, or the element itself.
    fn elem_or_field(&self, eval: &Eval) -> Elem {
        match &self.elem {
            Elem::Comp(c) => match eval.comps[c.at()].value {
                CompValue::Expr(x) => Elem::Expr(x),
                CompValue::Decl(d) => Elem::Decl(d),
            },
            other => other.clone(),
        }
    }
}
