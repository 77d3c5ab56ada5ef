//! Data in the graph: inputs and results as finished nodes.

use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::data::Data;
use crate::ir::Pos;
use crate::label::{Label, MAX_INDEX};

/// A struct that came as data: its fields as a literal would have them, for the order of fields.
#[derive(Clone, Debug)]
pub(crate) struct DataLit {
    pub(crate) fields: Vec<(NodeId, Pos)>,
    pub(crate) pos: Pos,
}

impl Eval {
    /// A scalar as a value, anything else as a node of data.
    pub(crate) fn data_val(&mut self, d: &Data) -> R<Val> {
        Ok(match d {
            Data::Null => Val::Null,
            Data::Bool(b) => Val::Bool(*b),
            Data::Num(n) => Val::Num(n.clone()),
            Data::Str(s) => Val::Str(s.clone()),
            Data::Bytes(b) => Val::Bytes(b.clone()),
            Data::List(_) | Data::Struct(_) => {
                Val::Node(self.data_node(d, NodeId::NONE, Label::NONE, Pos::NONE)?)
            }
        })
    }

    /// A finished node of data. With a position, the data counts as text written there.
    pub(crate) fn data_node(
        &mut self,
        d: &Data,
        parent: NodeId,
        label: Label,
        pos: Pos,
    ) -> R<NodeId> {
        self.step()?;
        let mut n = Node::new(parent, label, ArcType::Member);
        n.is_data = true;
        n.status = Status::Finalized;
        let v = self.new_node(n)?;
        let base = match d {
            Data::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    let at = u32::try_from(i).ok().filter(|i| *i < MAX_INDEX);
                    let Some(at) = at else { return Err(self.spent("list length")) };
                    let pos = self.next_pos(pos);
                    let a = self.deeper(|e| e.data_node(item, v, Label::int(at), pos))?;
                    self.node_mut(v).arcs.push(a);
                }
                Val::ListMark { open: false }
            }
            Data::Struct(fields) => {
                let mut arcs = Vec::with_capacity(fields.len());
                let own = self.next_pos(pos);
                for (name, value) in fields.iter() {
                    let label = self.str_label(name);
                    let pos = self.next_pos(pos);
                    arcs.push((self.deeper(|e| e.data_node(value, v, label, pos))?, pos));
                }
                self.node_mut(v).arcs = arcs.iter().map(|(a, _)| *a).collect();
                self.add_data_lit(v, arcs, own);
                Val::StructMark
            }
            scalar => self.data_val(scalar)?,
        };
        self.node_mut(v).base = Some(base);
        Ok(v)
    }

    fn next_pos(&mut self, near: Pos) -> Pos {
        if near.is_none() {
            return near;
        }
        self.input_pos += 1;
        Pos { file: near.file, offset: self.input_pos }
    }

    pub(super) fn add_data_lit(&mut self, v: NodeId, fields: Vec<(NodeId, Pos)>, pos: Pos) {
        self.data_lits.push(DataLit { fields, pos });
        let lit = crate::ir::StructId((self.prog.structs.len() + self.data_lits.len() - 1) as u32);
        self.node_mut(v).structs.push(StructInfo { lit, env: EnvId::NONE });
    }

    /// A copy of a finished value without schema: regular members only, defaults taken.
    pub(super) fn data_copy(&mut self, v: NodeId) -> R<NodeId> {
        self.finalize(v)?;
        let x = self.default_node(v)?;
        let x = self.deref(x);
        let mut n = Node::new(self.node(v).parent, self.node(v).label, ArcType::Member);
        n.is_data = true;
        n.status = Status::Finalized;
        n.structs.clone_from(&self.node(x).structs);
        n.base = match self.node(x).base.clone() {
            None => Some(Val::Top),
            b => b,
        };
        let w = self.new_node(n)?;
        for a in self.node(x).arcs.clone() {
            if self.node(a).label.is_regular() && self.is_defined(a)? {
                let b = self.deeper(|e| e.data_copy(a))?;
                self.node_mut(b).parent = w;
                self.node_mut(w).arcs.push(b);
            }
        }
        Ok(w)
    }
}

impl Eval {
    /// A finished field holding a value.
    pub(crate) fn plain_data(&mut self, label: Label, inner: Val) -> R<NodeId> {
        let mut n = Node::new(NodeId::NONE, label, ArcType::Member);
        let data = match &inner {
            Val::Node(v) => self.is_data(*v),
            _ => true,
        };
        if data {
            n.is_data = true;
            n.status = Status::Finalized;
            n.base = Some(inner);
        } else {
            n.conjuncts.push(Conj {
                env: EnvId::NONE,
                elem: Elem::Val(inner),
                ci: CloseInfo::NONE,
            });
        }
        self.new_node(n)
    }

    /// A struct (or list, for an index) with one field.
    pub(crate) fn single_field(&mut self, field: NodeId) -> R<NodeId> {
        let label = self.node(field).label;
        let mut n = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
        n.is_data = true;
        n.status = Status::Finalized;
        let list = label.is_int();
        n.base = Some(if list { Val::ListMark { open: true } } else { Val::StructMark });
        let v = self.new_node(n)?;
        if list {
            for i in 0..label.index() {
                let any = self.plain_data(Label::int(i), Val::Top)?;
                self.node_mut(any).parent = v;
                self.node_mut(v).arcs.push(any);
            }
        }
        self.node_mut(field).parent = v;
        self.node_mut(v).arcs.push(field);
        self.add_data_lit(v, vec![(field, Pos::NONE)], Pos::NONE);
        Ok(v)
    }

    /// Where the conjuncts of a node are written.
    pub(crate) fn node_positions(&self, v: NodeId) -> Vec<Pos> {
        self.node(v)
            .conjuncts
            .iter()
            .map(|c| self.elem_pos(&c.elem))
            .filter(|p| !p.is_none())
            .collect()
    }

    /// Comment lines at the declarations of a node.
    pub(crate) fn node_docs(&self, v: NodeId) -> Vec<String> {
        let decls = self.node_decls(v);
        let lines = decls.iter().filter_map(|d| self.prog.docs.get(d)).flat_map(|l| l.iter());
        lines.cloned().collect()
    }

    /// Attributes at the declarations of a node, as written.
    pub(crate) fn node_attrs(&self, v: NodeId) -> Vec<String> {
        let decls = self.node_decls(v);
        let texts = decls.iter().filter_map(|d| self.prog.attrs.get(d)).flat_map(|l| l.iter());
        texts.cloned().collect()
    }

    fn node_decls(&self, v: NodeId) -> Vec<crate::ir::DeclId> {
        let decl = |c: &Conj| match &c.elem {
            Elem::Decl(d) => Some(*d),
            Elem::Comp(i) => match self.comps[i.at()].value {
                CompValue::Decl(d) => Some(d),
                CompValue::Expr(_) => None,
            },
            _ => None,
        };
        self.node(v).conjuncts.iter().filter_map(decl).collect()
    }
}
