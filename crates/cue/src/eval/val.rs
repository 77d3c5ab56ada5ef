//! Values a node can hold, and bottoms.
//!
//! `Val` is what one conjunct contributes or what a node ended up with. Cloning is cheap.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::ir::{ExprId, FuncId, Op, Pos};
use crate::kind::Kind;
use crate::label::Label;
use crate::num::Num;

use super::node::NodeId;

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Val {
    Null,
    Bool(bool),
    Num(Num),
    Str(Arc<str>),
    Bytes(Arc<[u8]>),
    Top,
    Kind(Kind),
    Bound(Arc<Bound>),
    Valid(Arc<Validator>),
    Func(FuncId),
    Conj(Arc<[Val]>),
    Disj(Arc<Disj>),
    Bottom(Arc<Bottom>),
    Node(NodeId),
    /// Only as the value of a node: it is a struct.
    StructMark,
    /// Only as the value of a node: it is a list.
    ListMark {
        open: bool,
    },
}

/// `< <= > >= != =~ !~` with a concrete operand.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) op: Op,
    pub(crate) val: Val,
}

/// A function with all arguments but its first.
#[derive(Clone, Debug)]
pub(crate) struct Validator {
    pub(crate) func: FuncId,
    pub(crate) args: Box<[Val]>,
    /// Set by a call; a bare function used as validator has none.
    pub(crate) call: Option<ExprId>,
}

/// A disjunction of finished terms, defaults first.
#[derive(Clone, Debug)]
pub(crate) struct Disj {
    pub(crate) vals: Vec<Val>,
    pub(crate) defaults: usize,
    pub(crate) has_defaults: bool,
}

/// Class of an error. The order is that of severity: smaller is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Code {
    Eval,
    User,
    /// The literal `_|_`.
    Literal,
    Structural,
    Incomplete,
    Cycle,
}

/// A part of a message that is rendered only when someone reads it.
#[derive(Clone, Debug)]
pub(crate) enum Arg {
    Val(Val),
    Expr(ExprId),
    /// An expression, on one line.
    Written(ExprId),
    /// A struct literal, on one line.
    Struct(crate::ir::StructId),
    Label(Label),
    Kind(Kind),
    Text(Arc<str>),
    Int(i64),
}

/// One message: a template whose `{}` are the arguments.
#[derive(Clone, Debug)]
pub(crate) struct Msg {
    pub(crate) fmt: Arc<str>,
    pub(crate) args: SmallVec<[Arg; 3]>,
    pub(crate) node: NodeId,
    pub(crate) pos: Pos,
    pub(crate) more: SmallVec<[Pos; 2]>,
}

/// An error value: one or more messages under one class.
#[derive(Clone, Debug)]
pub(crate) struct Bottom {
    pub(crate) code: Code,
    pub(crate) msgs: Vec<Arc<Msg>>,
    pub(crate) has_recursive: bool,
    pub(crate) child_error: bool,
    pub(crate) close_check: bool,
    /// The stand-in of a node under evaluation.
    pub(crate) placeholder: bool,
    /// Asks the node that meets it not to share.
    pub(crate) no_share: bool,
    pub(crate) node: NodeId,
}

impl Bottom {
    pub(crate) fn new(code: Code, msg: Msg) -> Self {
        Self { node: msg.node, msgs: vec![Arc::new(msg)], ..Self::bare(code) }
    }

    pub(crate) fn bare(code: Code) -> Self {
        Self {
            code,
            msgs: Vec::new(),
            has_recursive: false,
            child_error: false,
            close_check: false,
            placeholder: false,
            no_share: false,
            node: NodeId::NONE,
        }
    }

    /// More data could make the error go away.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.code >= Code::Incomplete
    }
}

/// Messages one error holds at most: joining errors takes time that grows with the square of their number.
const MOST_MESSAGES: usize = 1_000;

/// Two errors as one: the worse class wins; open ones are dropped beside a fatal one.
pub(crate) fn combine(a: Option<Arc<Bottom>>, b: Option<Arc<Bottom>>) -> Option<Arc<Bottom>> {
    let (mut a, mut b) = match (a, b) {
        (None, x) | (x, None) => return x,
        (Some(a), Some(b)) => (a, b),
    };
    if Arc::ptr_eq(&a, &b) {
        return Some(a);
    }
    if a.code != b.code {
        if a.code > b.code {
            std::mem::swap(&mut a, &mut b);
        }
        if b.is_incomplete() {
            return Some(a);
        }
    }
    if a.msgs.len() >= MOST_MESSAGES {
        return Some(a);
    }
    let mut msgs = a.msgs.clone();
    for m in &b.msgs {
        if !msgs.iter().any(|x| Arc::ptr_eq(x, m)) {
            msgs.push(m.clone());
        }
    }
    let close_check = a.close_check || b.close_check;
    Some(Arc::new(Bottom { msgs, close_check, node: a.node, ..Bottom::bare(a.code) }))
}

/// How concrete a value is; smaller is more so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Concreteness {
    Bottom,
    Concrete,
    Constraint,
    Type,
    Any,
}

impl Val {
    /// An error with the given flags.
    pub(crate) fn as_bottom(&self) -> Option<&Arc<Bottom>> {
        match self {
            Self::Bottom(b) => Some(b),
            _ => None,
        }
    }

    pub(crate) fn is_placeholder(&self) -> bool {
        self.as_bottom().is_some_and(|b| b.placeholder)
    }

    pub(crate) fn is_mark(&self) -> bool {
        matches!(self, Self::StructMark | Self::ListMark { .. })
    }

    /// Same allocation or same plain value; never looks into nodes.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bottom(a), Self::Bottom(b)) => Arc::ptr_eq(a, b),
            (Self::Valid(a), Self::Valid(b)) => Arc::ptr_eq(a, b),
            (Self::Bound(a), Self::Bound(b)) => Arc::ptr_eq(a, b),
            (Self::Disj(a), Self::Disj(b)) => Arc::ptr_eq(a, b),
            (Self::Conj(a), Self::Conj(b)) => Arc::ptr_eq(a, b),
            (Self::Node(a), Self::Node(b)) => a == b,
            (Self::Func(a), Self::Func(b)) => a == b,
            _ => false,
        }
    }
}
