//! The scheduler of a node: conditions, tasks that provide and need them, suspension and the breaking of deadlocks.
//!
//! A counter condition holds when no unfinished task provides it; a signal condition is set by evidence. A task that
//! needs an unmet condition of another node is registered there and run again when the condition is signalled. When
//! nothing moves any more, what blocked tasks wait for is declared known and they run once more.

use smallvec::SmallVec;

use super::node::*;
use super::val::combine;
use super::{Eval, R, Stop};
use crate::ir::ArcType;

/// A set of conditions.
pub(crate) type Cond = u16;

pub(crate) const ANCESTORS_DONE: Cond = 1;
pub(crate) const ARC_TYPE: Cond = 2;
pub(crate) const VALUE: Cond = 4;
pub(crate) const SCALAR: Cond = 8;
pub(crate) const FIELD_CONJUNCTS: Cond = 16;
pub(crate) const FIELD_SET: Cond = 32;
pub(crate) const ALL_TASKS: Cond = 64;
pub(crate) const SUB_FIELDS: Cond = 128;
pub(crate) const PENDING: Cond = 256;
pub(crate) const DISJUNCTION: Cond = 512;
pub(crate) const ALL: Cond = 0x7fff;
pub(crate) const NEVER: Cond = 0x8000;

const COUNTED: Cond = ARC_TYPE | VALUE | FIELD_CONJUNCTS | ALL_TASKS | PENDING | DISJUNCTION;
const AUTO_UNBLOCK: Cond = SCALAR | ARC_TYPE;
pub(crate) const SCALAR_VALUE: Cond = SCALAR | DISJUNCTION;
pub(crate) const NEED_FIELD_CONJUNCTS: Cond = FIELD_CONJUNCTS | ANCESTORS_DONE;
pub(crate) const NEED_FIELD_SET: Cond = FIELD_SET | ANCESTORS_DONE;
pub(crate) const NEED_TASKS_DONE: Cond = ANCESTORS_DONE | ALL_TASKS;

/// How hard to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RunMode {
    Ignore,
    Attempt,
    Yield,
    Finalize,
}

/// What the evaluation of an expression asks of the nodes it refers to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags {
    pub(crate) cond: Cond,
    pub(crate) mode: RunMode,
}

impl Flags {
    pub(crate) const fn new(cond: Cond, mode: RunMode) -> Self {
        Self { cond, mode }
    }

    /// A known scalar, waiting for it if need be.
    pub(crate) const SCALAR: Self = Self::new(SCALAR, RunMode::Yield);
}

/// Scheduler part of a node's record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sched {
    pub(crate) running: bool,
    pub(crate) completed: Cond,
    pub(crate) needs: Cond,
    pub(crate) provided: Cond,
    pub(crate) frozen: Cond,
    pub(crate) counters: [u32; 10],
    pub(crate) tasks: SmallVec<[TaskId; 4]>,
    pub(crate) task_pos: usize,
    pub(crate) blocking: Vec<TaskId>,
}

impl Sched {
    pub(crate) fn tasks_left(&self) -> bool {
        self.task_pos < self.tasks.len()
    }
}

impl TaskKind {
    fn completes(self) -> Cond {
        let generic = ALL_TASKS | SCALAR | VALUE | FIELD_CONJUNCTS;
        match self {
            Self::Expr | Self::Resolver => generic,
            Self::Dynamic | Self::Pattern | Self::ListLit | Self::ListNode => {
                ALL_TASKS | FIELD_CONJUNCTS
            }
            Self::Comprehension => VALUE | ALL_TASKS | FIELD_CONJUNCTS | PENDING,
            Self::Disjunctions => generic | DISJUNCTION,
        }
    }

    fn priority(self) -> u8 {
        u8::from(self == Self::Disjunctions)
    }
}

impl Eval {
    pub(super) fn meets(&self, node: NodeId, needs: Cond) -> bool {
        let Some(st) = self.state(node) else { return true };
        let s = &st.sched;
        let needs = if s.running { needs & s.provided } else { needs };
        s.completed & needs == needs
    }

    pub(super) fn block_on(&mut self, node: NodeId, cond: Cond) {
        self.st(node).sched.provided |= cond;
    }

    /// Conditions that follow from those already known.
    fn completions(&mut self, node: NodeId) -> Cond {
        let st = self.st(node);
        let mut x = st.sched.completed;
        if x & ANCESTORS_DONE != 0 {
            x |= COUNTED & !st.sched.provided;
            if st.sched.counters[usize::from(ARC_TYPE)] == 0 && x & SUB_FIELDS != 0 {
                x |= ARC_TYPE;
            }
        }
        let arc_type = self.node(node).arc_type;
        match arc_type {
            ArcType::Member | ArcType::NotPresent => x |= ARC_TYPE,
            ArcType::Pending if x & ARC_TYPE != 0 => {
                self.node_mut(node).arc_type = ArcType::NotPresent
            }
            _ => {}
        }
        let settled = matches!(self.node(node).arc_type, ArcType::Member | ArcType::NotPresent);
        if x & VALUE != 0 && settled {
            x |= SCALAR;
        }
        let needed = NEED_FIELD_CONJUNCTS | NEED_TASKS_DONE;
        if x & needed == needed {
            let pending = |a: &NodeId| self.node(*a).arc_type == ArcType::Pending;
            if x & SUB_FIELDS != 0 || !self.node(node).arcs.iter().any(pending) {
                x |= FIELD_SET;
            }
        }
        x
    }

    pub(super) fn signal(&mut self, node: NodeId, completed: Cond) -> R<()> {
        let s = &mut self.st(node).sched;
        let was = s.completed;
        s.completed |= completed;
        s.frozen |= completed;
        if was == s.completed {
            return Ok(());
        }
        let more = self.completions(node);
        let s = &mut self.st(node).sched;
        s.completed |= more;
        let mut at = 0;
        while let Some(&t) = self.st(node).sched.blocking.get(at) {
            at += 1;
            let done = self.st(node).sched.completed;
            let task = &mut self.tasks[t.at()];
            if task.block_cond & done == task.block_cond {
                task.block_cond = NEVER;
                task.blocked_on = NodeId::NONE;
                self.run_task(t, RunMode::Attempt)?;
            }
        }
        Ok(())
    }

    pub(super) fn freeze(&mut self, node: NodeId, cond: Cond) {
        let s = &mut self.st(node).sched;
        s.frozen |= cond;
        s.completed |= cond;
        self.completions(node);
    }

    fn count(&mut self, node: NodeId, cond: Cond) {
        let s = &mut self.st(node).sched;
        for (bit, n) in s.counters.iter_mut().enumerate() {
            *n += u32::from((cond & COUNTED) >> bit & 1);
        }
    }

    fn uncount(&mut self, node: NodeId, cond: Cond) -> R<()> {
        let mut done = 0;
        let s = &mut self.st(node).sched;
        for (bit, n) in s.counters.iter_mut().enumerate() {
            if (cond & COUNTED) >> bit & 1 == 1 {
                *n = n.saturating_sub(1);
                if *n == 0 {
                    done |= 1 << bit;
                }
            }
        }
        self.signal(node, done)
    }

    /// Works through a node's tasks. True when `needs` hold afterwards.
    pub(super) fn process(&mut self, node: NodeId, needs: Cond, mode: RunMode) -> R<bool> {
        let more = self.completions(node);
        self.signal(node, more)?;
        self.st(node).sched.running = true;
        loop {
            self.run_ready(node, mode)?;
            match mode {
                RunMode::Ignore | RunMode::Attempt => return Ok(self.meets(node, needs)),
                RunMode::Yield => {
                    if self.meets(node, needs) {
                        return Ok(true);
                    }
                    if let Some(&t) = self.stack.last() {
                        self.wait_for(t, node, needs);
                        return Err(Stop::Yield);
                    }
                }
                RunMode::Finalize => {}
            }
            if !self.break_deadlock(node)? {
                self.blocking.clear();
                return Ok(true);
            }
        }
    }

    fn run_ready(&mut self, node: NodeId, mode: RunMode) -> R<()> {
        loop {
            let s = &mut self.st(node).sched;
            let Some(&t) = s.tasks.get(s.task_pos) else { return Ok(()) };
            s.task_pos += 1;
            if self.tasks[t.at()].state == TaskState::Ready {
                self.run_task(t, mode)?;
            }
        }
    }

    /// Declares known what blocked tasks wait for and runs them once. True when the node has new tasks.
    fn break_deadlock(&mut self, node: NodeId) -> R<bool> {
        loop {
            for at in 0..self.blocking.len() {
                // What runs here may have emptied the list.
                let Some(&t) = self.blocking.get(at) else { break };
                let on = self.tasks[t.at()].blocked_on;
                if !on.is_none() {
                    self.signal(on, AUTO_UNBLOCK)?;
                }
            }
            for at in 0..self.blocking.len() {
                let Some(&t) = self.blocking.get(at) else { break };
                let task = &self.tasks[t.at()];
                if !task.blocked_on.is_none() {
                    let (on, cond) = (task.blocked_on, task.block_cond);
                    self.freeze(on, cond);
                }
            }
            let blocked = self.blocking.len();
            for at in 0..blocked {
                let Some(&t) = self.blocking.get(at) else { break };
                let task = &mut self.tasks[t.at()];
                if !task.blocked_on.is_none() && !task.defunct {
                    let (on, cond) = (task.blocked_on, task.block_cond);
                    task.blocked_on = NodeId::NONE;
                    task.block_cond = NEVER;
                    self.signal(on, cond)?;
                    self.run_task(t, RunMode::Attempt)?;
                }
            }
            if self.st(node).sched.tasks_left() {
                return Ok(true);
            }
            if blocked >= self.blocking.len() {
                return Ok(false);
            }
        }
    }

    fn wait_for(&mut self, t: TaskId, node: NodeId, needs: Cond) {
        let s = &mut self.st(node).sched;
        s.needs |= needs;
        s.blocking.push(t);
        let task = &mut self.tasks[t.at()];
        task.state = TaskState::Waiting;
        task.block_cond = needs;
        task.blocked_on = node;
        self.blocking.push(t);
    }

    /// Suspends the running task until `node` meets `needs`.
    pub(super) fn wait_current<T>(&mut self, node: NodeId, needs: Cond) -> R<Option<T>> {
        if let Some(&t) = self.stack.last() {
            self.wait_for(t, node, needs);
            return Err(Stop::Yield);
        }
        Ok(None)
    }

    pub(super) fn add_task(
        &mut self,
        kind: TaskKind,
        node: NodeId,
        env: EnvId,
        x: Elem,
        ci: CloseInfo,
    ) -> TaskId {
        self.tasks.push(Task {
            kind,
            state: TaskState::Ready,
            completes: kind.completes(),
            defunct: false,
            blocked_on: NodeId::NONE,
            block_cond: NEVER,
            err: None,
            node,
            env,
            ci,
            x,
            cell: CellId::NONE,
            leaf: CompInstId::NONE,
        });
        let id = TaskId(self.tasks.len() as u32 - 1);
        self.enqueue(id);
        id
    }

    fn enqueue(&mut self, id: TaskId) {
        let (node, kind) = (self.tasks[id.at()].node, self.tasks[id.at()].kind);
        let completes = kind.completes();
        self.st(node).sched.provided |= completes;
        self.count(node, completes);
        let mut list = std::mem::take(&mut self.st(node).sched.tasks);
        let pos = self.st(node).sched.task_pos;
        let mut at = list.len();
        while at > pos && self.tasks[list[at - 1].at()].kind.priority() > kind.priority() {
            at -= 1;
        }
        list.insert(at, id);
        self.st(node).sched.tasks = list;
    }

    /// Runs one task, containing its suspension.
    pub(super) fn run_task(&mut self, t: TaskId, mode: RunMode) -> R<()> {
        let task = &mut self.tasks[t.at()];
        if task.defunct {
            task.state = TaskState::Cancelled;
            return Ok(());
        }
        if task.state == TaskState::Done {
            return Ok(());
        }
        self.step()?;
        let out = self.deeper(|e| e.run_task_body(t, mode));
        let node = self.tasks[t.at()].node;
        if std::mem::take(&mut self.st(node).to_complete) {
            self.complete_tasks(node, RunMode::Attempt)?;
        }
        match out {
            Err(Stop::Yield) => {
                let task = &mut self.tasks[t.at()];
                if task.state == TaskState::Running {
                    task.state = TaskState::Done;
                }
                Ok(())
            }
            other => other,
        }
    }

    fn run_task_body(&mut self, t: TaskId, mode: RunMode) -> R<()> {
        let (node, env, ci) = {
            let task = &mut self.tasks[t.at()];
            task.state = TaskState::Running;
            task.err = None;
            (task.node, task.env, task.ci)
        };
        let saved = self.save();
        self.vertex = node;
        self.stack.push(t);
        if self.tasks[t.at()].kind != TaskKind::Disjunctions {
            self.errs = None;
            self.env = env;
            self.ci = ci;
            self.pos = self.elem_pos(&self.tasks[t.at()].x.clone());
        }
        let out = self.task_body(t, mode).and_then(|()| self.finish_task(t));
        self.restore(saved);
        out
    }

    fn finish_task(&mut self, t: TaskId) -> R<()> {
        let task = &mut self.tasks[t.at()];
        if task.state == TaskState::Waiting {
            return Ok(());
        }
        task.blocked_on = NodeId::NONE;
        task.block_cond = NEVER;
        task.state = TaskState::Done;
        let completes = std::mem::take(&mut task.completes);
        let node = task.node;
        let err = task.err.take();
        let err = combine(err, self.errs.take());
        self.tasks[t.at()].err.clone_from(&err);
        self.add_bottom_to(node, err);
        self.uncount(node, completes)
    }
}

/// What a suspended or finished task must leave behind as it found it.
pub(super) struct Saved {
    env: EnvId,
    ci: CloseInfo,
    pos: crate::ir::Pos,
    errs: Option<std::sync::Arc<super::val::Bottom>>,
    vertex: NodeId,
    stack: usize,
    eval_depth: u32,
    in_detached: u32,
    in_validator: u32,
    is_validator: bool,
    overlays: usize,
    nesting: u32,
}

impl Eval {
    fn save(&mut self) -> Saved {
        Saved {
            env: self.env,
            ci: self.ci,
            pos: self.pos,
            errs: self.errs.clone(),
            vertex: self.vertex,
            stack: self.stack.len(),
            eval_depth: self.eval_depth,
            in_detached: self.in_detached,
            in_validator: self.in_validator,
            is_validator: self.is_validator,
            overlays: self.overlays.len(),
            nesting: self.nesting,
        }
    }

    fn restore(&mut self, s: Saved) {
        self.env = s.env;
        self.ci = s.ci;
        self.pos = s.pos;
        self.errs = s.errs;
        self.vertex = s.vertex;
        self.stack.truncate(s.stack);
        self.eval_depth = s.eval_depth;
        self.in_detached = s.in_detached;
        self.in_validator = s.in_validator;
        self.is_validator = s.is_validator;
        self.overlays.truncate(s.overlays);
        self.nesting = s.nesting;
    }
}
