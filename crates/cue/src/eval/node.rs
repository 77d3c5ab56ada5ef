//! The graph: nodes, the records of nodes under evaluation, environments, conjuncts and tasks.
//!
//! All of it lives in arenas of one run and is addressed by number. Node 0 is no node.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;

use crate::ir::{ArcType, CompId, DeclId, ExprId, Pos, StructId};
use crate::kind::Kind;
use crate::label::Label;

use super::close::{ConjunctInfo, RefInfo, Replace, ReqSet};
use super::sched::{Cond, Sched};
use super::val::{Arg, Bottom, Val};

macro_rules! run_ids {
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

/// Ids of which one stands for none.
macro_rules! absent {
    ($($name:ident)*) => {$(
        impl $name {
            pub(crate) const NONE: Self = Self(0);
            pub(crate) fn is_none(self) -> bool {
                self.0 == 0
            }
        }
    )*};
}

absent!(NodeId EnvId LinkId CompInstId CellId);

run_ids! {
    /// A node of the value tree.
    NodeId
    /// An environment: what the references of a conjunct are relative to.
    EnvId
    /// A unit of work.
    TaskId
    /// A link of the list of references a conjunct came through.
    LinkId
    /// A comprehension as attached to a node.
    CompInstId
    /// The shared result of one comprehension in one environment.
    CellId
}

/// Progress of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Unprocessed,
    Evaluating,
    Finalized,
}

/// Role of a conjunct in a reference cycle. Larger is more cyclic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CycleType {
    None,
    Optional,
    Maybe,
    Cyclic,
}

/// How a conjunct got here, for closedness and for cycles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CloseInfo {
    pub(crate) def_id: u32,
    pub(crate) embed: u32,
    pub(crate) outer: u32,
    pub(crate) from_def: bool,
    pub(crate) from_embed: bool,
    pub(crate) top_def: bool,
    pub(crate) cycle: CycleType,
    pub(crate) is_cyclic: bool,
    pub(crate) links: LinkId,
    /// Where the comprehension stands whose body this is a field of, as the direct way enters it.
    pub(crate) guard: EnvId,
}

impl CloseInfo {
    pub(crate) const NONE: Self = Self {
        def_id: 0,
        embed: 0,
        outer: 0,
        from_def: false,
        from_embed: false,
        top_def: false,
        cycle: CycleType::None,
        is_cyclic: false,
        links: LinkId::NONE,
        guard: EnvId::NONE,
    };

    pub(crate) fn optional(mut self) -> Self {
        if self.cycle == CycleType::None {
            self.cycle = CycleType::Optional;
        }
        self
    }

    pub(crate) fn sub_field(mut self) -> Self {
        self.from_embed = false;
        self
    }
}

/// A reference that was followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) expr: Option<ExprId>,
    pub(crate) arc: NodeId,
    pub(crate) node: NodeId,
    pub(crate) next: LinkId,
    pub(crate) depth: u32,
}

/// An environment.
#[derive(Clone, Debug)]
pub(crate) struct Env {
    pub(crate) up: EnvId,
    pub(crate) node: NodeId,
    pub(crate) label: Label,
    pub(crate) lets: SmallVec<[(NodeId, NodeId); 0]>,
}

/// What a conjunct contributes.
#[derive(Clone, Debug)]
pub(crate) enum Elem {
    Expr(ExprId),
    /// The value of a field-like declaration.
    Decl(DeclId),
    Comp(CompInstId),
    Val(Val),
    /// A disjunction of values, made by `or`.
    Terms(Arc<[Val]>),
}

/// One contribution to a node.
#[derive(Clone, Debug)]
pub(crate) struct Conj {
    pub(crate) env: EnvId,
    pub(crate) elem: Elem,
    pub(crate) ci: CloseInfo,
}

/// A comprehension attached to a node, possibly cut down to one field of its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CompInst {
    pub(crate) comp: CompId,
    pub(crate) value: CompValue,
    pub(crate) arc_type: ArcType,
    pub(crate) kind: Kind,
    pub(crate) cell: CellId,
    pub(crate) parent: CompInstId,
    pub(crate) arc: NodeId,
}

/// What a comprehension yields.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CompValue {
    Expr(ExprId),
    Decl(DeclId),
}

/// Result of a comprehension, shared by all fields it was pushed down to.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) comp: CompId,
    pub(crate) node: NodeId,
    pub(crate) envs: Vec<EnvId>,
    pub(crate) done: bool,
    pub(crate) structs: Vec<StructId>,
}

/// A literal that contributed to a node (for the order of fields).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StructInfo {
    pub(crate) lit: StructId,
    pub(crate) env: EnvId,
}

/// The fields of a node. Most have few, which then need no memory of their own.
pub(crate) type Arcs = SmallVec<[NodeId; 4]>;

/// The contributions to a node: most often one.
pub(crate) type Conjuncts = SmallVec<[Conj; 1]>;

/// A place in the value tree.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) parent: NodeId,
    pub(crate) label: Label,
    pub(crate) status: Status,
    pub(crate) arc_type: ArcType,
    pub(crate) is_data: bool,
    pub(crate) closed_rec: bool,
    pub(crate) closed_once: bool,
    pub(crate) has_ellipsis: bool,
    pub(crate) multi_let: bool,
    pub(crate) dynamic: bool,
    pub(crate) is_pattern: bool,
    pub(crate) non_rooted: bool,
    pub(crate) anonymous: bool,
    pub(crate) is_disjunct: bool,
    pub(crate) is_shared: bool,
    pub(crate) base: Option<Val>,
    pub(crate) child_errors: Option<Arc<Bottom>>,
    pub(crate) arcs: Arcs,
    pub(crate) patterns: Vec<(Val, NodeId)>,
    pub(crate) conjuncts: Conjuncts,
    pub(crate) structs: SmallVec<[StructInfo; 2]>,
    pub(crate) state: Option<Box<State>>,
}

impl Node {
    pub(crate) fn new(parent: NodeId, label: Label, arc_type: ArcType) -> Self {
        Self {
            parent,
            label,
            status: Status::Unprocessed,
            arc_type,
            is_data: false,
            closed_rec: false,
            closed_once: false,
            has_ellipsis: false,
            multi_let: false,
            dynamic: false,
            is_pattern: false,
            non_rooted: false,
            anonymous: false,
            is_disjunct: false,
            is_shared: false,
            base: None,
            child_errors: None,
            arcs: Arcs::new(),
            patterns: Vec::new(),
            conjuncts: Conjuncts::new(),
            structs: SmallVec::new(),
            state: None,
        }
    }
}

/// Whether a term of a disjunction is a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    Maybe,
    Default,
    NotDefault,
}

impl Mode {
    /// The mode of a term of a disjunction in which some or no terms are marked.
    pub(crate) fn of_term(some_marked: bool, marked: bool) -> Self {
        match (some_marked, marked) {
            (false, _) => Self::Maybe,
            (true, true) => Self::Default,
            (true, false) => Self::NotDefault,
        }
    }
}

/// A disjunction waiting to be multiplied out.
#[derive(Clone, Debug)]
pub(crate) struct PendingDisj {
    pub(crate) env: EnvId,
    pub(crate) ci: CloseInfo,
    pub(crate) terms: SmallVec<[(Elem, Mode); 4]>,
}

/// A comparison with `_|_` whose outcome must still hold at the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PostCheck {
    pub(crate) env: EnvId,
    pub(crate) expr: ExprId,
    pub(crate) expect_error: bool,
}

/// Record of a node under evaluation.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) sched: Sched,
    pub(crate) initialized: bool,
    pub(crate) underlying: NodeId,
    /// The node a detached node is attached to by sharing.
    pub(crate) attached: NodeId,
    pub(crate) depth: u32,
    pub(crate) eval_depth: u32,
    pub(crate) kind: Kind,
    pub(crate) kind_expr: Option<Arg>,
    pub(crate) kind_pos: Pos,
    pub(crate) has_top: bool,
    pub(crate) has_struct: bool,
    pub(crate) is_def: bool,
    /// What makes the node a struct.
    pub(crate) a_struct: Option<Arg>,
    pub(crate) a_struct_id: CloseInfo,
    pub(crate) scalar: Option<Val>,
    pub(crate) scalar_pos: Pos,
    pub(crate) lower: Option<Arc<super::val::Bound>>,
    pub(crate) upper: Option<Arc<super::val::Bound>>,
    pub(crate) checks: Vec<Conj>,
    pub(crate) post_checks: Vec<PostCheck>,
    pub(crate) errs: Option<Arc<Bottom>>,
    pub(crate) notify: Vec<(NodeId, CloseInfo)>,
    pub(crate) arc_map: SmallVec<[NodeId; 4]>,
    pub(crate) has_disjunction: bool,
    pub(crate) disjunctions: Vec<PendingDisj>,
    pub(crate) disjuncts: SmallVec<[NodeId; 4]>,
    pub(crate) disjunct_errs: Vec<Arc<Bottom>>,
    pub(crate) mode: Mode,
    pub(crate) orig_mode: Mode,
    pub(crate) default_attempt: NodeId,
    pub(crate) vertex_map: Option<Arc<FxHashMap<NodeId, NodeId>>>,
    pub(crate) run_mode: Option<super::sched::RunMode>,
    pub(crate) has_any_cyclic: bool,
    pub(crate) has_ancestor_cycle: bool,
    pub(crate) has_non_cycle: bool,
    pub(crate) has_non_cyclic: bool,
    pub(crate) has_field_value: bool,
    pub(crate) cyclic: Vec<(Conj, NodeId)>,
    pub(crate) no_sharing: bool,
    pub(crate) is_shared: bool,
    pub(crate) orig_base: Option<Val>,
    pub(crate) shared: Option<Conj>,
    pub(crate) shared_ids: Vec<CloseInfo>,
    pub(crate) share_cycle: CycleType,
    pub(crate) share_decremented: bool,
    pub(crate) max_list_len: usize,
    pub(crate) list_is_closed: bool,
    pub(crate) reqs: Vec<RefInfo>,
    pub(crate) replaces: Vec<Replace>,
    pub(crate) infos: SmallVec<[ConjunctInfo; 2]>,
    pub(crate) req_sets: Vec<ReqSet>,
    pub(crate) computed_close: bool,
    pub(crate) drop_parent_reqs: bool,
    pub(crate) to_complete: bool,
    pub(crate) completing: bool,
}

/// Progress of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskState {
    Ready,
    Running,
    Waiting,
    Done,
    Cancelled,
}

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskKind {
    Expr,
    Resolver,
    Dynamic,
    Pattern,
    Comprehension,
    ListLit,
    ListNode,
    Disjunctions,
}

/// A unit of work of a node.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) kind: TaskKind,
    pub(crate) state: TaskState,
    pub(crate) completes: Cond,
    pub(crate) defunct: bool,
    pub(crate) blocked_on: NodeId,
    pub(crate) block_cond: Cond,
    pub(crate) err: Option<Arc<Bottom>>,
    pub(crate) node: NodeId,
    pub(crate) env: EnvId,
    pub(crate) ci: CloseInfo,
    pub(crate) x: Elem,
    pub(crate) cell: CellId,
    pub(crate) leaf: CompInstId,
}

impl State {
    /// Whether nothing but `_` has been said of the node so far.
    pub(crate) fn knows_nothing(&self) -> bool {
        self.kind == Kind::TOP
            && self.scalar.is_none()
            && self.lower.is_none()
            && self.upper.is_none()
            && self.errs.is_none()
            && self.checks.is_empty()
            && self.disjunctions.is_empty()
            && self.cyclic.is_empty()
            && self.sched.tasks.is_empty()
    }

    pub(crate) fn new(node: NodeId) -> Self {
        Self {
            sched: Sched::default(),
            initialized: false,
            underlying: node,
            attached: NodeId::NONE,
            depth: 0,
            eval_depth: 0,
            kind: Kind::TOP,
            kind_expr: None,
            kind_pos: Pos::NONE,
            has_top: false,
            has_struct: false,
            is_def: false,
            a_struct: None,
            a_struct_id: CloseInfo::NONE,
            scalar: None,
            scalar_pos: Pos::NONE,
            lower: None,
            upper: None,
            checks: Vec::new(),
            post_checks: Vec::new(),
            errs: None,
            notify: Vec::new(),
            arc_map: SmallVec::new(),
            has_disjunction: false,
            disjunctions: Vec::new(),
            disjuncts: SmallVec::new(),
            disjunct_errs: Vec::new(),
            mode: Mode::Maybe,
            orig_mode: Mode::Maybe,
            default_attempt: NodeId::NONE,
            vertex_map: None,
            run_mode: None,
            has_any_cyclic: false,
            has_ancestor_cycle: false,
            has_non_cycle: false,
            has_non_cyclic: false,
            has_field_value: false,
            cyclic: Vec::new(),
            no_sharing: false,
            is_shared: false,
            orig_base: None,
            shared: None,
            shared_ids: Vec::new(),
            share_cycle: CycleType::None,
            share_decremented: false,
            max_list_len: 0,
            list_is_closed: false,
            reqs: Vec::new(),
            replaces: Vec::new(),
            infos: SmallVec::new(),
            req_sets: Vec::new(),
            computed_close: false,
            drop_parent_reqs: false,
            to_complete: false,
            completing: false,
        }
    }
}
