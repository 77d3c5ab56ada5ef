//! The compiled form of a program: flat, immutable, `Send + Sync`, shared by all runs of a template.
//!
//! Every reference is resolved to (levels up, label). Nothing here knows of a run; ids are indices into [`Program`].

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::eval::val::Val;
use crate::func::Function;
use crate::label::{Interner, Label};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) struct $name(pub(crate) u32);
        impl $name {
            pub(crate) fn at(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// An expression.
    ExprId
    /// A struct literal.
    StructId
    /// A declaration of a struct literal.
    DeclId
    /// A comprehension.
    CompId
    /// An imported package of this program.
    PkgId
}

/// A place in a source: file number and byte offset. Orders by file, then offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Pos {
    /// 1-based; 0 is nowhere.
    pub(crate) file: u16,
    pub(crate) offset: u32,
}

impl Pos {
    pub(crate) const NONE: Self = Self { file: 0, offset: 0 };

    pub(crate) fn is_none(self) -> bool {
        self.file == 0
    }
}

/// How strongly a field exists. The order is that of the reference: smaller is stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ArcType {
    Member,
    Required,
    Optional,
    Pending,
    NotPresent,
}

impl ArcType {
    /// What stands behind the label of such a field.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Required => "!",
            Self::Optional => "?",
            Self::Member | Self::Pending | Self::NotPresent => "",
        }
    }
}

/// Operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    And,
    BoolAnd,
    BoolOr,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Match,
    NotMatch,
    Add,
    Sub,
    Mul,
    Quo,
    IntDiv,
    IntMod,
    IntQuo,
    IntRem,
    Not,
}

impl Op {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::And => "&",
            Self::BoolAnd => "&&",
            Self::BoolOr => "||",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Match => "=~",
            Self::NotMatch => "!~",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Quo => "/",
            Self::IntDiv => "div",
            Self::IntMod => "mod",
            Self::IntQuo => "quo",
            Self::IntRem => "rem",
            Self::Not => "!",
        }
    }
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Val(Val),
    Struct(StructId),
    List(Box<[Elem]>),
    Bound { op: Op, x: ExprId },
    Unary { op: Op, x: ExprId },
    Binary { op: Op, x: ExprId, y: ExprId },
    Disj { terms: Box<[(ExprId, bool)]>, has_defaults: bool },
    Interp { bytes: bool, parts: Box<[ExprId]> },
    Call { fun: ExprId, args: Box<[ExprId]> },
    Slice { x: ExprId, lo: Option<ExprId>, hi: Option<ExprId> },
    FieldRef { up: u32, label: Label },
    ValueRef { up: u32 },
    LabelRef { up: u32 },
    DynRef { up: u32, label: ExprId },
    LetRef { up: u32, label: Label },
    Import(PkgId),
    Selector { x: ExprId, sel: Label },
    Index { x: ExprId, index: ExprId },
}

/// An element of a list literal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Elem {
    Expr(ExprId),
    Comp(CompId),
    Ellipsis(Option<ExprId>),
}

/// A declaration of a struct literal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Decl {
    Field { arc: ArcType, label: Label, value: ExprId },
    Let { label: Label, value: ExprId },
    Dynamic { arc: ArcType, key: ExprId, value: ExprId },
    Pattern { filter: ExprId, value: ExprId },
    Ellipsis,
    Embed(ExprId),
    Comp(CompId),
}

/// A struct literal.
#[derive(Clone, Debug)]
pub(crate) struct StructLit {
    pub(crate) decls: Box<[DeclId]>,
    pub(crate) pos: Pos,
    pub(crate) is_file: bool,
    /// Made by splitting the body of a comprehension; closes nothing by itself.
    pub(crate) synthetic: bool,
    /// Present when the literal has both fixed fields and other declarations: the two halves.
    pub(crate) split: Option<(StructId, ExprId)>,
}

/// A comprehension.
#[derive(Clone, Debug)]
pub(crate) struct Comp {
    pub(crate) clauses: Box<[Clause]>,
    pub(crate) body: ExprId,
    pub(crate) pos: Pos,
}

/// A clause of a comprehension.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clause {
    For { key: Option<Label>, value: Option<Label>, src: ExprId },
    If(ExprId),
    Let { label: Label, value: ExprId },
}

/// A named source text, kept for positions in messages.
#[derive(Clone, Debug)]
pub(crate) struct SourceText {
    pub(crate) name: Arc<str>,
    pub(crate) text: Arc<str>,
}

/// An imported package.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) path: Arc<str>,
    /// One literal per file, all conjuncts of the package's root.
    pub(crate) files: Vec<ExprId>,
    /// Functions, each a member of the root.
    pub(crate) functions: Vec<(Label, FuncId)>,
}

/// A function known to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FuncId {
    /// A predeclared one.
    Core(CoreFn),
    /// One of [`Program::functions`].
    Package(u32),
}

/// The functions that need no import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CoreFn {
    Len,
    Close,
    And,
    Or,
    Div,
    Mod,
    Quo,
    Rem,
    Error,
    MatchN,
    MatchIf,
}

/// A whole program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    /// Lists add and multiply.
    pub(crate) list_arithmetic: bool,
    pub(crate) symbols: Interner,
    pub(crate) exprs: Vec<Expr>,
    pub(crate) expr_pos: Vec<Pos>,
    /// End offset of each expression in its source, for messages that quote it.
    pub(crate) expr_end: Vec<u32>,
    pub(crate) structs: Vec<StructLit>,
    pub(crate) decls: Vec<Decl>,
    pub(crate) decl_pos: Vec<Pos>,
    pub(crate) comps: Vec<Comp>,
    pub(crate) packages: Vec<Package>,
    pub(crate) functions: Vec<(Arc<str>, Function)>,
    pub(crate) sources: Vec<SourceText>,
    /// Comment texts of fields, one per comment line, marker included.
    pub(crate) docs: FxHashMap<DeclId, Arc<[String]>>,
    /// Attributes of fields, as written.
    pub(crate) attrs: FxHashMap<DeclId, Arc<[String]>>,
    /// Root literals: one per file.
    pub(crate) roots: Vec<ExprId>,
}

impl Program {
    pub(crate) fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.at()]
    }

    /// Whether an operand can become a concrete value; a type or bound never does.
    pub(crate) fn can_be_concrete(&self, id: ExprId) -> bool {
        match self.expr(id) {
            Expr::Bound { .. } => false,
            Expr::Val(v) => !matches!(v, Val::Top | Val::Kind(_) | Val::Bound(_) | Val::Conj(_)),
            _ => true,
        }
    }

    pub(crate) fn decl(&self, id: DeclId) -> Decl {
        self.decls[id.at()]
    }

    pub(crate) fn add_expr(&mut self, expr: Expr, pos: Pos) -> ExprId {
        self.exprs.push(expr);
        self.expr_pos.push(pos);
        self.expr_end.push(pos.offset);
        ExprId(self.exprs.len() as u32 - 1)
    }

    pub(crate) fn add_decl(&mut self, decl: Decl, pos: Pos) -> DeclId {
        self.decls.push(decl);
        self.decl_pos.push(pos);
        DeclId(self.decls.len() as u32 - 1)
    }

    pub(crate) fn add_struct(&mut self, lit: StructLit) -> StructId {
        self.structs.push(lit);
        StructId(self.structs.len() as u32 - 1)
    }

    /// Adds a literal together with the halves that a comprehension around it would need.
    pub(crate) fn add_split_struct(&mut self, mut lit: StructLit) -> StructId {
        let fixed =
            |d: &&DeclId| matches!(self.decls[d.at()], Decl::Field { .. } | Decl::Let { .. });
        let fields: Box<[DeclId]> = lit.decls.iter().filter(fixed).copied().collect();
        if !fields.is_empty() && fields.len() < lit.decls.len() {
            let rest: Box<[DeclId]> = lit.decls.iter().filter(|d| !fixed(d)).copied().collect();
            let half =
                |decls, pos| StructLit { decls, pos, is_file: false, synthetic: true, split: None };
            let fields = self.add_struct(half(fields, lit.pos));
            let rest = self.add_struct(half(rest, Pos::NONE));
            let rest = self.add_expr(Expr::Struct(rest), Pos::NONE);
            lit.split = Some((fields, rest));
        }
        self.add_struct(lit)
    }
}
