//! The evaluator: one run over one program.
//!
//! [`Eval`] owns the arenas of a run and the state of the expression being computed. A node is completed by tasks that
//! declare what they provide and need (`sched`); a task that must wait returns [`Stop::Yield`] and is run again later,
//! so everything that evaluates returns `Result`. Budgets stop a run with [`Stop::Budget`], which is never a CUE error.

pub(crate) mod binop;
mod bounds;
mod call;
mod close;
mod compact;
mod comprehension;
mod conjunct;
mod corefn;
mod cycle;
mod data;
mod direct;
mod disjunct;
mod dump;
mod equal;
mod errors;
mod export;
mod expr;
mod fields;
mod host;
mod insert;
mod list;
mod listfn;
mod lookup;
pub(crate) mod node;
pub(crate) mod order;
mod output;
mod overlay;
mod pattern;
mod print;
mod resolve;
mod sched;
mod share;
mod task;
mod unify;
pub(crate) mod val;
pub(crate) mod validate;
mod vertex;
pub(crate) mod view;

use std::sync::Arc;
use std::time::Instant;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{PkgId, Pos, Program, StructId};
use crate::label::{Interner, Label, LabelKind, visible};
use crate::limits::Limits;

use node::*;
use val::*;

/// Why evaluation stopped before it had a result.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    /// The running task waits for another node; it will be run again.
    Yield,
    /// A limit of the run was reached while this node was at work.
    Budget(&'static str, NodeId),
}

/// Result of everything that evaluates.
pub(crate) type R<T> = Result<T, Stop>;

/// The program as one run holds it. What is evaluated keeps it alive by counting, and a count that
/// runs of several threads shared would be fought over by them.
#[derive(Debug)]
pub(crate) struct OwnProgram(Arc<Program>);

impl std::ops::Deref for OwnProgram {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.0
    }
}

/// A list with room for what an ordinary run needs.
fn holding<T, const N: usize>(room: usize, first: [T; N]) -> Vec<T> {
    let mut list = Vec::with_capacity(room);
    list.extend(first);
    list
}

/// One run.
#[derive(Debug)]
pub(crate) struct Eval {
    pub(crate) prog: Arc<OwnProgram>,
    ext: Interner,
    nodes: Vec<Node>,
    envs: Vec<Env>,
    tasks: Vec<Task>,
    links: Vec<Link>,
    comps: Vec<CompInst>,
    cells: Vec<Cell>,
    /// The environment, origin, position and errors of the expression being computed.
    env: EnvId,
    ci: CloseInfo,
    pos: Pos,
    errs: Option<Arc<Bottom>>,
    vertex: NodeId,
    stack: Vec<TaskId>,
    blocking: Vec<TaskId>,
    eval_depth: u32,
    in_detached: u32,
    in_validator: u32,
    is_validator: bool,
    overlays: Vec<(NodeId, Arc<FxHashMap<NodeId, NodeId>>)>,
    containments: Vec<u32>,
    imports: FxHashMap<PkgId, NodeId>,
    to_finalize: Vec<NodeId>,
    /// Literals that really contributed (those of comprehensions only once they yield).
    live_lits: FxHashSet<StructId>,
    data_lits: Vec<data::DataLit>,
    placeholder: Arc<Bottom>,
    empty: NodeId,
    regexes: FxHashMap<Arc<str>, Result<regex::Regex, String>>,
    limits: Limits,
    steps: u64,
    nesting: u32,
    /// Lists and structs around the value being turned into data or syntax.
    data_depth: u32,
    started: Instant,
    /// Positions after the sources, for inputs given as data.
    pub(crate) input_pos: u32,
    /// Optional fields are not evaluated yet.
    lazy: bool,
}

impl Eval {
    pub(crate) fn new(prog: Arc<Program>, limits: Limits) -> Self {
        let mut placeholder = Bottom::bare(Code::Cycle);
        placeholder.placeholder = true;
        placeholder.msgs.push(Arc::new(Msg {
            fmt: "cycle error".into(),
            args: Default::default(),
            node: NodeId::NONE,
            pos: Pos::NONE,
            more: Default::default(),
        }));
        let none = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
        let mut empty = none.clone();
        empty.status = Status::Finalized;
        let no_link = Link {
            expr: None,
            arc: NodeId::NONE,
            node: NodeId::NONE,
            next: LinkId::NONE,
            depth: 0,
        };
        Self {
            prog: Arc::new(OwnProgram(prog)),
            ext: Interner::default(),
            nodes: holding(512, [none, empty]),
            envs: holding(
                128,
                [Env {
                    up: EnvId::NONE,
                    node: NodeId::NONE,
                    label: Label::NONE,
                    lets: Default::default(),
                }],
            ),
            tasks: holding(128, [Task::vacant()]),
            links: holding(128, [no_link]),
            comps: holding(64, [CompInst::vacant()]),
            cells: vec![Cell::vacant()],
            env: EnvId::NONE,
            ci: CloseInfo::NONE,
            pos: Pos::NONE,
            errs: None,
            vertex: NodeId::NONE,
            stack: Vec::new(),
            blocking: Vec::new(),
            eval_depth: 0,
            in_detached: 0,
            in_validator: 0,
            is_validator: false,
            overlays: Vec::new(),
            containments: vec![0],
            imports: FxHashMap::default(),
            to_finalize: Vec::new(),
            live_lits: FxHashSet::default(),
            data_lits: Vec::new(),
            placeholder: Arc::new(placeholder),
            empty: NodeId(1),
            regexes: FxHashMap::default(),
            limits,
            steps: 0,
            nesting: 0,
            data_depth: 0,
            started: Instant::now(),
            input_pos: 1 << 30,
            lazy: false,
        }
    }

    /// Creates the root of the program with the given extra conjuncts and leaves it unevaluated.
    pub(crate) fn new_root(&mut self) -> R<NodeId> {
        let root = self.new_node(Node::new(NodeId::NONE, Label::NONE, ArcType::Member))?;
        let prog = self.prog.clone();
        let env = self.new_env(EnvId::NONE, NodeId::NONE);
        for &expr in &prog.roots {
            self.node_mut(root).conjuncts.push(Conj {
                env,
                elem: Elem::Expr(expr),
                ci: CloseInfo::NONE,
            });
        }
        Ok(root)
    }

    /// Counts one step and checks the budgets that grow with work.
    fn step(&mut self) -> R<()> {
        self.steps += 1;
        if self.steps > self.limits.steps {
            return Err(self.spent("steps"));
        }
        if self.steps & 0x3ff == 0 {
            if self.started.elapsed() > self.limits.time {
                return Err(self.spent("time"));
            }
            if self.limits.cancelled() {
                return Err(self.spent("cancelled"));
            }
        }
        Ok(())
    }

    /// The end of a run that used up a limit, at the node being worked on.
    fn spent(&self, what: &'static str) -> Stop {
        Stop::Budget(what, self.vertex)
    }

    /// Restarts the clock and the step counter: each question asked of a finished run has its own budget.
    pub(crate) fn renew_budget(&mut self) {
        self.steps = 0;
        self.started = Instant::now();
        self.nesting = 0;
        self.data_depth = 0;
    }

    /// Runs `f` one level deeper: refuses beyond the depth limit and grows the stack when it runs low.
    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        if self.nesting >= self.limits.depth {
            return Err(self.spent("depth"));
        }
        self.nesting += 1;
        let out = stacker::maybe_grow(256 << 10, 4 << 20, || f(self));
        self.nesting -= 1;
        out
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.at()]
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.at()]
    }

    /// The evaluation record of a node that is known to have one; creates it otherwise.
    fn st(&mut self, id: NodeId) -> &mut State {
        self.nodes[id.at()].state.get_or_insert_with(|| Box::new(State::new(id)))
    }

    fn state(&self, id: NodeId) -> Option<&State> {
        self.nodes[id.at()].state.as_deref()
    }

    pub(crate) fn new_node(&mut self, node: Node) -> R<NodeId> {
        if self.nodes.len() as u64 >= self.limits.nodes {
            return Err(self.spent("nodes"));
        }
        self.nodes.push(node);
        Ok(NodeId(self.nodes.len() as u32 - 1))
    }

    fn new_env(&mut self, up: EnvId, node: NodeId) -> EnvId {
        self.envs.push(Env { up, node, label: Label::NONE, lets: Default::default() });
        EnvId(self.envs.len() as u32 - 1)
    }

    fn env_up(&self, count: u32) -> EnvId {
        (0..count).fold(self.env, |e, _| self.envs[e.at()].up)
    }

    fn env_node(&self, env: EnvId) -> NodeId {
        self.envs[env.at()].node
    }

    fn new_comp(&mut self, comp: CompInst) -> CompInstId {
        self.comps.push(comp);
        CompInstId(self.comps.len() as u32 - 1)
    }

    /// Text of a label's symbol, package qualifier included.
    pub(crate) fn symbol(&self, label: Label) -> &str {
        self.symbol_name(label).map_or("", |n| n)
    }

    pub(crate) fn symbol_arc(&self, label: Label) -> Arc<str> {
        self.symbol_name(label).cloned().unwrap_or_else(|| "".into())
    }

    fn symbol_name(&self, label: Label) -> Option<&Arc<str>> {
        let base = self.prog.symbols.len();
        let at = label.index();
        if at < base { self.prog.symbols.name(at) } else { self.ext.name(at - base) }
    }

    /// The regular label of a string.
    pub(crate) fn str_label(&mut self, text: &str) -> Label {
        let at = self
            .prog
            .symbols
            .find(text)
            .unwrap_or_else(|| self.prog.symbols.len() + self.ext.add(text));
        Label::new(LabelKind::Str, at)
    }

    /// The label of an identifier such as `#A` or `_x`; hidden ones belong to `package`.
    pub(crate) fn ident_label(&mut self, name: &str, package: &str) -> Label {
        let probe = Interner::default().ident(name, package);
        let key = if probe.is_hidden() {
            crate::label::hidden_name(name, package)
        } else {
            name.to_owned()
        };
        let at = self
            .prog
            .symbols
            .find(&key)
            .unwrap_or_else(|| self.prog.symbols.len() + self.ext.add(&key));
        Label::new(probe.kind().unwrap_or(LabelKind::Str), at)
    }

    /// A label as a selector shows it.
    pub(crate) fn label_text(&self, label: Label) -> String {
        match label.kind() {
            None => "_".to_owned(),
            Some(LabelKind::Int) => label.index().to_string(),
            Some(LabelKind::Str) => crate::label_text::quote_label(self.symbol(label)),
            Some(_) => visible(self.symbol(label)).to_owned(),
        }
    }
}

pub(crate) use crate::ir::ArcType;
