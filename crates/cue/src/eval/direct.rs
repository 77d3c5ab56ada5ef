//! The direct way: evaluation by demand, without tasks.
//!
//! Most programs need no scheduling: the conjuncts of a field are known once the fields of its parent are, and no value
//! depends on itself. Such a program is evaluated here in one descent that leaves finished nodes, as the scheduler
//! would. Whatever could come out differently (an error, a value that is still open where it is used, a field asked of
//! a node under work that may still get it) ends the attempt, and the run starts anew under the scheduler, which alone
//! says what is wrong. A field that only lacks something to be complete is left to the scheduler by itself (`aside`). Optional fields are left unevaluated until somebody asks for them.

mod aside;
mod close;
mod compare;
mod comprehension;
mod disjunction;
mod enter;
mod expr;
mod fields;
mod list;
mod lookup;
mod value;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R, Stop};
use crate::ir::Program;

use enter::Draft;

/// Steps that an attempt may take; a program that needs more is not simple.
const MOST_STEPS: u64 = 100_000;
/// Nesting that an attempt may reach.
const DEEPEST: u32 = 200;

/// Why an attempt goes no further.
#[derive(Debug)]
enum Off {
    /// The scheduler has to do all of it.
    Leave,
    /// The scheduler has to do this node: something it needs is not there, or not done directly.
    Aside,
    /// A field that is asked for is not there.
    Missing,
    /// A field is asked for of what may still be anything.
    Shapeless,
    /// Values contradict each other.
    Conflict,
    /// A limit that holds for the whole run.
    Stop(Stop),
}

type D<T> = Result<T, Off>;

impl From<Stop> for Off {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Budget("time" | "cancelled", _) => Self::Stop(stop),
            _ => Self::Leave,
        }
    }
}

/// Progress of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    /// Its literals are being taken apart.
    Entering,
    /// What needs evaluation is being added: some fields may still come.
    Growing,
    /// Its fields are known, and its value where it is a scalar.
    Known,
    /// Its fields are being completed.
    Finishing,
    Done,
    /// Left to the scheduler.
    Aside,
}

/// What of a node waits for evaluation.
#[derive(Clone, Copy, Debug)]
enum Item {
    /// An embedded or joined expression. `alone`: it is all that is said of the node.
    Expr {
        x: crate::ir::ExprId,
        alone: bool,
    },
    Comp(crate::ir::CompId),
    Dynamic(crate::ir::DeclId),
    Pattern(crate::ir::DeclId),
    List(crate::ir::ExprId),
}

/// An item with where it comes from.
#[derive(Clone, Copy, Debug)]
struct Pending {
    item: Item,
    env: EnvId,
    ci: CloseInfo,
}

/// A node that is growing, and what is still to be added.
#[derive(Debug)]
struct Growing {
    node: NodeId,
    items: SmallVec<[Pending; 4]>,
    next: usize,
}

/// One attempt.
struct Direct<'a> {
    e: &'a mut Eval,
    prog: &'a Program,
    /// The first node that is the attempt's; those before it are as they are.
    first: usize,
    phases: Vec<Phase>,
    /// Nothing but the value of a comparison is asked for: what it compares stands where `_` is said of it.
    comparing: bool,
    growing: Vec<Growing>,
    /// Requirements of closedness that hold for the fields of a node.
    reqs: FxHashMap<NodeId, SmallVec<[close::Req; 2]>>,
    /// Nodes on which terms of disjunctions are being tried.
    trials: FxHashMap<NodeId, disjunction::Picks>,
    /// Fields that are left to the scheduler, which completes them when all others are.
    asides: Vec<NodeId>,
    steps: u64,
    nesting: u32,
}

/// Gives the attempt up.
fn leave<T>() -> D<T> {
    Err(Off::Leave)
}

/// Gives the node at work up.
fn aside<T>() -> D<T> {
    Err(Off::Aside)
}

impl Eval {
    /// Evaluates a root directly. False when the attempt was given up; the run is then of no use any more.
    pub(crate) fn direct(&mut self, root: NodeId) -> R<bool> {
        let prog = self.prog.clone();
        let mut direct = Direct::new(self, &prog);
        direct.phases.reserve(512);
        match direct.finish(root).and_then(|()| direct.complete_asides()) {
            Ok(()) => {
                self.lazy = true;
                Ok(true)
            }
            Err(Off::Stop(stop)) => Err(stop),
            Err(_) => Ok(false),
        }
    }

    /// Completes what a direct evaluation left out: optional fields and lets.
    pub(crate) fn settle(&mut self) -> R<()> {
        if !std::mem::take(&mut self.lazy) {
            return Ok(());
        }
        let mut at = 0;
        while at < self.nodes.len() {
            let v = NodeId(at as u32);
            at += 1;
            let n = self.node(v);
            let left = n.status == Status::Unprocessed
                && (n.arc_type == ArcType::Optional || n.label.is_let())
                && !n.parent.is_none();
            if left && self.node(n.parent).status == Status::Finalized {
                self.finalize(v)?;
            }
        }
        Ok(())
    }
}

impl<'a> Direct<'a> {
    fn new(e: &'a mut Eval, prog: &'a Program) -> Self {
        Direct {
            e,
            prog,
            first: 0,
            phases: Vec::new(),
            comparing: false,
            growing: Vec::new(),
            reqs: FxHashMap::default(),
            trials: FxHashMap::default(),
            asides: Vec::new(),
            steps: 0,
            nesting: 0,
        }
    }

    fn phase(&self, v: NodeId) -> Phase {
        let Some(at) = v.at().checked_sub(self.first) else {
            let done = self.e.node(v).status == Status::Finalized;
            return if done { Phase::Done } else { Phase::Aside };
        };
        match self.phases.get(at) {
            Some(Phase::New) | None => {
                if self.e.node(v).status == Status::Finalized {
                    Phase::Done
                } else {
                    Phase::New
                }
            }
            Some(p) => *p,
        }
    }

    fn set_phase(&mut self, v: NodeId, phase: Phase) {
        let Some(at) = v.at().checked_sub(self.first) else { return };
        if self.phases.len() <= at {
            let len = self.e.nodes.len() - self.first;
            self.phases.resize(len.max(at + 1), Phase::New);
        }
        self.phases[at] = phase;
    }

    fn step(&mut self) -> D<()> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return leave();
        }
        Ok(self.e.step()?)
    }

    /// Runs `f` one level deeper.
    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> D<T>) -> D<T> {
        if self.nesting >= DEEPEST {
            return leave();
        }
        self.nesting += 1;
        let out = stacker::maybe_grow(256 << 10, 4 << 20, || f(self));
        self.nesting -= 1;
        out
    }

    /// Completes a node with all its fields.
    fn finish(&mut self, v: NodeId) -> D<()> {
        self.expand(v)?;
        match self.phase(v) {
            Phase::Known => {}
            // It is asked for by what it holds.
            Phase::Finishing => return leave(),
            _ => return Ok(()),
        }
        self.set_phase(v, Phase::Finishing);
        if let Some(Val::Node(w)) = self.e.node(v).base {
            let done = self.deeper(|d| d.finish_shared(v, w));
            self.or_aside(v, done)?;
        } else {
            self.check_closed(v)?;
            self.deeper(|d| d.finish_fields(v))?;
        }
        self.set_phase(v, Phase::Done);
        self.e.node_mut(v).status = Status::Finalized;
        Ok(())
    }

    fn finish_fields(&mut self, v: NodeId) -> D<()> {
        let mut at = 0;
        while let Some(&a) = self.e.node(v).arcs.get(at) {
            at += 1;
            let n = self.e.node(a);
            if n.arc_type <= ArcType::Required && !n.label.is_let() {
                let done = self.finish(a);
                self.pass_over(a, done)?;
            }
        }
        Ok(())
    }

    fn finish_shared(&mut self, v: NodeId, w: NodeId) -> D<()> {
        if self.is_within(v, w) {
            return leave();
        }
        self.foreign(|d| d.finish(w))?;
        let own = self.e.deref(w);
        let (closed, ellipsis) = (self.e.node(own).closed_rec, self.e.node(own).has_ellipsis);
        let n = self.e.node_mut(v);
        n.closed_rec |= closed;
        n.has_ellipsis |= ellipsis;
        Ok(())
    }

    /// Runs `f` on another node than the one under work: what is wrong there is not a matter of this one.
    fn foreign<T>(&mut self, f: impl FnOnce(&mut Self) -> D<T>) -> D<T> {
        f(self).map_err(|off| match off {
            Off::Conflict | Off::Shapeless => Off::Leave,
            Off::Missing => Off::Aside,
            other => other,
        })
    }

    /// Whether `v` is `w` or lies below it.
    fn is_within(&self, v: NodeId, w: NodeId) -> bool {
        let mut at = v;
        while !at.is_none() {
            if at == w {
                return true;
            }
            at = self.e.node(at).parent;
        }
        false
    }

    /// Makes the fields of a node known, and its value where it has none.
    fn expand(&mut self, v: NodeId) -> D<()> {
        match self.phase(v) {
            Phase::Known | Phase::Finishing | Phase::Done => return Ok(()),
            Phase::Aside => return aside(),
            Phase::Entering | Phase::Growing => return leave(),
            Phase::New => {}
        }
        self.step()?;
        if self.plain(v) {
            return Ok(());
        }
        let growing = self.growing.len();
        let done = self.deeper(|d| d.expand_node(v));
        self.growing.truncate(growing);
        self.or_aside(v, done)
    }

    /// One literal scalar or kind is a node's whole value.
    fn plain(&mut self, v: NodeId) -> bool {
        let [c] = &self.e.node(v).conjuncts[..] else { return false };
        let val = match &c.elem {
            Elem::Val(v) => v,
            elem => match self.e.elem_expr(elem).map(|x| self.prog.expr(x)) {
                Some(crate::ir::Expr::Val(v)) => v,
                _ => return false,
            },
        };
        let scalar = matches!(
            val,
            Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_) | Val::Bytes(_) | Val::Kind(_)
        );
        if !scalar || !self.e.node(v).arcs.is_empty() {
            return false;
        }
        let (val, from_def) = (val.clone(), c.ci.from_def);
        let n = self.e.node_mut(v);
        n.closed_rec |= from_def;
        n.base = Some(val);
        n.status = Status::Finalized;
        true
    }

    fn expand_node(&mut self, v: NodeId) -> D<()> {
        self.set_phase(v, Phase::Entering);
        let place = self.growing.len();
        self.growing.push(Growing { node: v, items: SmallVec::new(), next: 0 });
        let mut draft = Draft::default();
        let alone = self.e.node(v).conjuncts.len() == 1;
        let mut at = 0;
        while let Some(c) = self.e.node(v).conjuncts.get(at).cloned() {
            at += 1;
            self.enter(v, &mut draft, c, alone)?;
        }
        self.set_phase(v, Phase::Growing);
        loop {
            let own = &mut self.growing[place];
            let Some(&next) = own.items.get(own.next) else { break };
            own.next += 1;
            self.grow(v, &mut draft, next)?;
        }
        self.growing.truncate(place);
        self.conclude(v, draft)
    }
}
